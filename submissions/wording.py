"""Counts and times as messages say them: "1 row", "1,204 rows", "3 h ago"."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, the noun in the number that goes with it.

    Args:
        count: How many.
        noun: For one.
        plural: For any other count, where an "s" does not make it.
    """
    return f"{count:,} {noun_for(count, noun, plural)}"


def ago(seconds: float) -> str:
    """Return how long ago something was, in the largest unit that it fills: "3 h ago"."""
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name} ago"
    return f"{max(0.0, seconds):.0f} s ago"


def noun_for(count: int, noun: str, plural: str = "") -> str:
    """Return the noun alone, where the count stands elsewhere."""
    return noun if count == 1 else plural or f"{noun}s"
