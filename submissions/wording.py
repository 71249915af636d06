"""Counts as messages say them: "1 row", "1,204 rows"."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun, the noun in the number that goes with it.

    Args:
        count: How many.
        noun: For one.
        plural: For any other count, where an "s" does not make it.
    """
    return f"{count:,} {noun_for(count, noun, plural)}"


def noun_for(count: int, noun: str, plural: str = "") -> str:
    """The noun alone, where the count stands elsewhere."""
    return noun if count == 1 else plural or f"{noun}s"
