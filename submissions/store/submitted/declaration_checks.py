"""Rows of `declaration_checks`: for maintainers alone, never in a release."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from submissions.store.database import fetch_as, writing
from submissions.store.folder import DataFolder


@dataclass(frozen=True)
class DeclarationCheck:
    """How far one submission's explanations of one task repeat the references.

    Attributes:
        submission: Its id.
        task: The task's id.
        task_revision: Of the references.
        version: Of the rules.
        explanations: Distinct ones looked at.
        copied: How many of them share a long run.
        longest: Words of the longest run.
        flagged: Whether a maintainer should look.
        checked_at: UTC, ISO 8601.
    """

    submission: str
    task: str
    task_revision: int
    version: str
    explanations: int
    copied: int
    longest: int
    flagged: bool
    checked_at: str


def record_check(folder: DataFolder, check: DeclarationCheck) -> None:
    """Store what was found; again, for nothing."""
    with writing(folder) as db:
        db.table("declaration_checks").insert(asdict(check), ignore=True)


def checked(folder: DataFolder, version: str) -> tuple[DeclarationCheck, ...]:
    """Return all checks by the rules of `version`, oldest first."""
    checks = fetch_as(DeclarationCheck, folder, "declaration_checks", "version = ?", [version])
    return tuple(replace(check, flagged=bool(check.flagged)) for check in checks)
