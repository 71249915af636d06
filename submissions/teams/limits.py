"""What the maintainer allows: sizes, submissions a day, turns, review, visitors (`limits.toml`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.declarations import FLAG, NUMBER, Fields, Form, table_of, text_of
from submissions.declarations.settings import SettingsError, declared_in
from submissions.rescoring.pending import NEW_SUBMISSION, Unit
from submissions.store.folder import DataFolder

MEGABYTE = 10**6
_FEW_EDITS = 10
NAME = "limits.toml"
_POSITIVE = Form(
    "it must be a whole number above 0", lambda value: NUMBER.fits(value) and value > 0
)
_UPLOAD = ("sent_mb", "unpacked_mb", "rows", "at_once", "seconds")
_VISITORS = ("sessions", "sessions_of_address", "requests_a_minute", "messages_a_minute")
_TABLES = {
    "upload": Fields("limit", dict.fromkeys(_UPLOAD, _POSITIVE)),
    "check": Fields("limit", dict.fromkeys(("memory_mb", "seconds", "at_once"), _POSITIVE)),
    "team": Fields(
        "limit",
        dict.fromkeys(
            ("submissions_a_day", "readings_an_hour", "edits_an_hour", "scoring_at_once"), _POSITIVE
        ),
    ),
    "publication": Fields("limit", {"review": FLAG}),
    "browser": Fields("limit", dict.fromkeys(("session_mb", "team_mb", "total_mb"), _POSITIVE)),
    "visitors": Fields("limit", dict.fromkeys(_VISITORS, _POSITIVE)),
}


@dataclass(frozen=True)
class TeamLimits:
    """What `limits.toml` says.

    Attributes:
        sent: Bytes of one upload, as sent.
        unpacked: Bytes of it once unpacked.
        rows: Rows of it.
        uploads_at_once: How many are received at the same time.
        upload_seconds: How long one may take to arrive.
        check_memory: Bytes that the process which reads an upload may take.
        check_seconds: How long that may take.
        readers: How many uploads are read at the same time, where there are as many cores.
        readings_an_hour: How many uploads of a team are read within an hour, accepted or not.
        edits_an_hour: How often a team may change what it declares, or consent to publication, within an hour.
        submissions_a_day: Of a team to each benchmark, within 24 hours.
        scoring_at_once: Of a team's submissions, how many are scored before its others get their turn.
        review: Whether a maintainer has to approve what teams send before it can stand on the board.
    """

    sent: int
    unpacked: int
    rows: int
    uploads_at_once: int
    upload_seconds: int
    check_memory: int
    check_seconds: int
    readers: int
    readings_an_hour: int
    edits_an_hour: int
    submissions_a_day: int
    scoring_at_once: int
    review: bool


@dataclass(frozen=True)
class VisitorLimits:
    """What `limits.toml` says of the site's visitors, signed in or not.

    Attributes:
        of_session: Bytes of files that a browser's session may have sent and not used up.
        of_team: The same of all sessions of a team.
        in_all: The same of everybody.
        sessions: Pages that may be open at the same time.
        sessions_of_address: The same from one address.
        requests_a_minute: That an address may send to the API, or open pages with; as many may come at once.
        messages_a_minute: That all pages of an address may send before they are made to wait.
    """

    of_session: int
    of_team: int
    in_all: int
    sessions: int
    sessions_of_address: int
    requests_a_minute: int
    messages_a_minute: int


_WITH_A_FAULT = VisitorLimits(
    of_session=0,
    of_team=0,
    in_all=0,
    sessions=100,
    sessions_of_address=20,
    requests_a_minute=300,
    messages_a_minute=600,
)


def load_limits(folder: DataFolder) -> TeamLimits:
    """The limits that hold for the board under `folder`.

    Raises:
        SettingsError: Every missing or unknown table or key, and every value that is no such limit.
    """
    tables = _tables(folder)
    upload, check, team = tables["upload"], tables["check"], tables["team"]
    return TeamLimits(
        sent=upload["sent_mb"] * MEGABYTE,
        unpacked=upload["unpacked_mb"] * MEGABYTE,
        rows=upload["rows"],
        uploads_at_once=upload["at_once"],
        upload_seconds=upload["seconds"],
        check_memory=check["memory_mb"] * MEGABYTE,
        check_seconds=check["seconds"],
        readers=check["at_once"],
        readings_an_hour=team["readings_an_hour"],
        edits_an_hour=team["edits_an_hour"],
        submissions_a_day=team["submissions_a_day"],
        scoring_at_once=team["scoring_at_once"],
        review=tables["publication"]["review"],
    )


def visitor_limits(folder: DataFolder) -> VisitorLimits:
    """What visitors of the board under `folder` may take; where limits have a fault, no file is taken from a page."""
    try:
        tables = _tables(folder)
    except SettingsError:
        return _WITH_A_FAULT
    browser, visitors = tables["browser"], tables["visitors"]
    return VisitorLimits(
        of_session=browser["session_mb"] * MEGABYTE,
        of_team=browser["team_mb"] * MEGABYTE,
        in_all=browser["total_mb"] * MEGABYTE,
        **visitors,
    )


def _tables(folder: DataFolder) -> Mapping[str, Mapping[str, Any]]:
    own, declared = declared_in(folder.path, NAME)
    tables = _read(declared)
    faults = [
        f"[{name}]: {fault}"
        for name, table in _TABLES.items()
        for fault in table.faults(tables.get(name, {}))
    ]
    faults += [f"[{name}] is no table here" for name in tables if name not in _TABLES]
    if faults:
        raise SettingsError("\n".join(f"{declared}: {fault}" for fault in faults))
    return _merged(own, tables, _read(own)) if own.is_file() else tables


def scoring_at_once(folder: DataFolder) -> int:
    """How many of a team's submissions are scored before its others get their turn; one where nobody can tell."""
    try:
        return load_limits(folder).scoring_at_once
    except SettingsError:
        return 1


def edits_an_hour(folder: DataFolder) -> int:
    """How often a team may edit within an hour; a few times where nobody can tell."""
    try:
        return load_limits(folder).edits_an_hour
    except SettingsError:
        return _FEW_EDITS


def whose_turn(units: Sequence[Unit], at_once: int) -> tuple[Unit, ...]:
    """Those of `units` that need not wait: of each team's new submissions, only the oldest are begun.

    What is scored anew, under a corrected metric or model, does not wait: there it is the maintainer's turn, and
    systems that are scored together cost less.

    Args:
        units: What is outstanding.
        at_once: How many submissions of a team are scored at the same time.
    """
    waiting: dict[str, dict[str, str]] = {}
    for unit in units:
        if unit.submission.team and _is_new(unit):
            waiting.setdefault(unit.submission.team, {})[unit.submission.id] = (
                unit.submission.received_at
            )
    first = {
        submission
        for team in waiting.values()
        for submission in sorted(team, key=team.__getitem__)[:at_once]
    }
    return tuple(
        unit
        for unit in units
        if not unit.submission.team or unit.submission.id in first or not _is_new(unit)
    )


def _is_new(unit: Unit) -> bool:
    return all(lacking.why == NEW_SUBMISSION for lacking in unit.lacking)


def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    return table_of(text_of(path, SettingsError), str(path), SettingsError)


def _merged(
    path: Path, declared: Mapping[str, Mapping[str, Any]], own: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    merged = {name: dict(table) for name, table in declared.items()}
    faults = []
    for name, table in own.items():
        for key, value in table.items() if isinstance(table, Mapping) else [("", table)]:
            if key not in merged.get(name, {}):
                faults.append(f"[{name}] {key} is no setting")
            elif not _fits(value, merged[name][key]):
                faults.append(f"[{name}] {key} = {value!r} must be like {merged[name][key]!r}")
            else:
                merged[name][key] = value
    if faults:
        raise SettingsError(f"{path}: {'; '.join(faults)}; there are: {', '.join(_keys(declared))}")
    return merged


def _fits(value: object, like: object) -> bool:
    if isinstance(like, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(like, bool)
    return isinstance(value, int) and value > 0


def _keys(tables: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    return (f"[{name}] {key}" for name, table in tables.items() for key in table)
