"""What the maintainer allows: sizes, submissions a day, turns, review, visitors (`limits.toml`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, Strict

from scoring.declarations import Flag, Must, fitted, table_of, text_of
from submissions.declarations.settings import SettingsError, declared_in
from submissions.rescoring.pending import NEW_SUBMISSION, Unit
from submissions.store.folder import DataFolder

MEGABYTE = 10**6
_FEW_EDITS = 10
NAME = "limits.toml"
Count = Annotated[int, Strict(), Field(gt=0), Must("it must be a whole number above 0")]


@dataclass(frozen=True)
class UploadLimits:
    """What holds of one upload.

    Attributes:
        sent_mb: Its size as it is sent.
        unpacked_mb: Its size once unpacked.
        rows: Rows of it.
        at_once: How many are received at the same time.
        seconds: How long one may take to arrive.
    """

    sent_mb: Count
    unpacked_mb: Count
    rows: Count
    at_once: Count
    seconds: Count

    @property
    def sent(self) -> int:
        """Bytes of one upload, as sent."""
        return self.sent_mb * MEGABYTE

    @property
    def unpacked(self) -> int:
        """Bytes of it once unpacked."""
        return self.unpacked_mb * MEGABYTE


@dataclass(frozen=True)
class CheckLimits:
    """What holds of the process which reads an upload.

    Attributes:
        memory_mb: What it may take.
        seconds: How long it may take.
        at_once: How many uploads are read at the same time, where there are as many cores.
    """

    memory_mb: Count
    seconds: Count
    at_once: Count


@dataclass(frozen=True)
class TeamLimits:
    """What holds of each team.

    Attributes:
        submissions_a_day: To each benchmark, within 24 hours.
        readings_an_hour: How many uploads are read within an hour, accepted or not.
        edits_an_hour: How often it may change what it declares, or consent to publication, within
            an hour.
        scoring_at_once: How many submissions are scored before its others get their turn.
    """

    submissions_a_day: Count
    readings_an_hour: Count
    edits_an_hour: Count
    scoring_at_once: Count


@dataclass(frozen=True)
class PublicationLimits:
    """What holds of publication.

    Attributes:
        review: Whether a maintainer has to approve what teams send before it can stand on the
            board.
    """

    review: Flag


@dataclass(frozen=True)
class BrowserLimits:
    """What holds of files that pages have sent and not used up.

    Attributes:
        session_mb: Those of a browser's session.
        team_mb: Those of all sessions of a team.
        total_mb: Everybody's.
    """

    session_mb: Count
    team_mb: Count
    total_mb: Count


@dataclass(frozen=True)
class VisitorLimits:
    """What holds of the site's visitors, signed in or not.

    Attributes:
        sessions: Pages that may be open at the same time.
        sessions_of_address: The same from one address.
        requests_a_minute: That an address may send to the API, or open pages with; as many may come
            at once.
        messages_a_minute: That all pages of an address may send before they are made to wait.
    """

    sessions: Count
    sessions_of_address: Count
    requests_a_minute: Count
    messages_a_minute: Count


@dataclass(frozen=True)
class BoardLimits:
    """What `limits.toml` says, a table an attribute."""

    upload: UploadLimits
    check: CheckLimits
    team: TeamLimits
    publication: PublicationLimits
    browser: BrowserLimits
    visitors: VisitorLimits


def load_limits(folder: DataFolder) -> BoardLimits:
    """Return the limits that hold for the board under `folder`.

    Raises:
        SettingsError: Every missing or unknown table or key, and every value that is no such limit.
    """
    own, shipped = declared_in(folder.path, NAME)
    tables = _read(shipped)
    limits = fitted(BoardLimits, tables, str(shipped), SettingsError)
    if not own.is_file():
        return limits
    return fitted(BoardLimits, _merged(tables, _read(own)), str(own), SettingsError)


def visitor_limits(folder: DataFolder) -> tuple[BrowserLimits, VisitorLimits]:
    """Return what visitors of the board under `folder` may take.

    Where limits have a fault, no file is taken from a page.
    """
    try:
        limits = load_limits(folder)
    except SettingsError:
        return BrowserLimits(0, 0, 0), VisitorLimits(100, 20, 300, 600)
    return limits.browser, limits.visitors


def scoring_at_once(folder: DataFolder) -> int:
    """Return how many of a team's submissions are scored before its others get their turn.

    One where nobody can tell.
    """
    try:
        return load_limits(folder).team.scoring_at_once
    except SettingsError:
        return 1


def edits_an_hour(folder: DataFolder) -> int:
    """Return how often a team may edit within an hour; a few times where nobody can tell."""
    try:
        return load_limits(folder).team.edits_an_hour
    except SettingsError:
        return _FEW_EDITS


def whose_turn(units: Sequence[Unit], at_once: int) -> tuple[Unit, ...]:
    """Return those of `units` that need not wait.

    Of each team's new submissions, only the oldest are begun.

    What is scored anew, under a corrected metric or model, does not wait: there it is the
    maintainer's turn, and systems that are scored together cost less.

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


def _read(path: Path) -> dict[str, Any]:
    return table_of(text_of(path, SettingsError), str(path), SettingsError)


def _merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shipped tables with the board's own values in place of single ones."""
    return {
        **shipped,
        **{
            name: {**shipped.get(name, {}), **table} if isinstance(table, dict) else table
            for name, table in own.items()
        },
    }
