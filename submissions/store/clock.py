"""The one form in which times are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def now() -> str:
    """Return the time in UTC to the second, ISO 8601: "2026-01-31T12:00:00Z"."""
    return ago(0)


def ago(seconds: float) -> str:
    """Return the time that many seconds before now, in the same form.

    After now where they are negative.
    """
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime(_FORM)


def second_after(time: str) -> str:
    """Return the second after `time`, in the same form."""
    return (parse(time) + timedelta(seconds=1)).strftime(_FORM)


def parse(text: str) -> datetime:
    """Return the time that `text` says in that form."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
