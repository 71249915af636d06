"""What installed packages bring by entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from scoring.errors import ScoringError


def package_of(point: EntryPoint) -> str:
    """Return the name of the package that brings it."""
    return point.dist.name if point.dist else point.value


def loaded(point: EntryPoint) -> Any:
    """Return what an entry point names.

    Raises:
        ScoringError: It cannot be imported; which package brings it.
    """
    try:
        return point.load()
    except Exception as error:  # a package's own code runs
        raise ScoringError(
            f"the package {package_of(point)} cannot be used: {point.value}: {error}; uninstall or"
            " mend it"
        ) from error
