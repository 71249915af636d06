"""Rows of `submissions`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlite_utils

from scoring.errors import ReasonBoardError
from submissions.meta import Meta
from submissions.store.database import reading, writing
from submissions.store.folder import DataFolder


class NameTaken(ReasonBoardError):
    """The same system and version was submitted before with other bytes."""


@dataclass(frozen=True)
class Submission:
    """One accepted file.

    Attributes:
        id: 12 hex digits, from benchmark, system, version and bytes: the same submission has the same id anywhere.
        benchmark: What it was submitted to.
        system: The system's name.
        version: The system's version.
        sha256: Of the bytes that were sent.
        outputs: sha256 of `files/<outputs>.parquet`.
        tasks: Task id -> number of repetitions.
        n_rows: Rows accepted.
        meta: What the team declares.
        trivial: Whether it is a baseline that needs no training data.
        received_at: UTC, ISO 8601.
    """

    id: str
    benchmark: str
    system: str
    version: str
    sha256: str
    outputs: str
    tasks: Mapping[str, int]
    n_rows: int
    meta: Meta
    received_at: str
    trivial: bool = False
    consent: bool = field(default=False)


def add_submission(folder: DataFolder, submission: Submission) -> Submission:
    """Store `submission`; the same name, version and bytes again is a no-op.

    Returns:
        The stored one: the earlier one where it was there already.

    Raises:
        NameTaken: Same benchmark, system and version, other bytes.
    """
    with writing(folder) as db:
        earlier = _named(db, submission.benchmark, submission.system, submission.version)
        if earlier is None:
            db.table("submissions").insert(_to_row(submission))
            return submission
    if earlier.sha256 != submission.sha256:
        raise NameTaken(
            f"{submission.system} {submission.version} was submitted to {submission.benchmark} on "
            f"{earlier.received_at} with other bytes (sha256 {earlier.sha256[:12]}, now {submission.sha256[:12]}). "
            "A submission is never replaced: give the new outputs a new `version`."
        )
    return earlier


def submissions(folder: DataFolder, benchmark: str | None = None) -> tuple[Submission, ...]:
    """All submissions (of one benchmark), oldest first."""
    where, arguments = ("benchmark = ?", [benchmark]) if benchmark else (None, None)
    with reading(folder) as db:
        rows = db.table("submissions").rows_where(where, arguments, order_by="rowid")
        return tuple(_from_row(row) for row in rows)


def same_bytes(folder: DataFolder, submission: Submission) -> tuple[Submission, ...]:
    """Other submissions to the same benchmark with byte-identical content."""
    return tuple(
        other
        for other in submissions(folder, submission.benchmark)
        if other.sha256 == submission.sha256 and other.id != submission.id
    )


def _named(db: sqlite_utils.Database, benchmark: str, system: str, version: str) -> Submission | None:
    found = db.table("submissions").rows_where(
        "benchmark = ? AND system = ? AND version = ?", [benchmark, system, version]
    )
    return next((_from_row(row) for row in found), None)


def _to_row(submission: Submission) -> dict[str, Any]:
    row = asdict(submission)
    return {**row, "tasks": json.dumps(dict(submission.tasks)), "meta": json.dumps(asdict(submission.meta))}


def _from_row(row: dict[str, Any] | sqlite3.Row) -> Submission:
    fields = dict(row)
    fields["tasks"] = json.loads(fields["tasks"])
    fields["meta"] = meta_from_json(fields["meta"])
    fields["trivial"], fields["consent"] = bool(fields["trivial"]), bool(fields["consent"])
    return Submission(**fields)


def meta_from_json(text: str) -> Meta:
    """The stored form of `Meta`: JSON has no tuples."""
    fields: dict[str, Any] = json.loads(text)
    for name in ("trained_on", "links"):
        fields[name] = None if fields[name] is None else tuple(fields[name])
    return Meta(**fields)
