"""When a system has a value on a task: releases and the site's own means go by the same rule."""

from __future__ import annotations

from collections.abc import Mapping

Place = tuple[str, str]
"""A system and a task."""

ENOUGH = 0.95
"""The share of the examples with a value from which on a task counts as covered."""


def enough(fullest: float) -> float:
    """The least number of examples with a value that counts as a value on the task.

    Args:
        fullest: How many the system with the most has; what even that one lacks cannot be had.
    """
    return ENOUGH * fullest


def thin(counts: Mapping[Place, int]) -> frozenset[Place]:
    """The places whose value rests on too few examples.

    Args:
        counts: Examples with a value, of one metric, wherever there is a value.
    """
    fullest: dict[str, int] = {}
    for (_, task), n in counts.items():
        fullest[task] = max(fullest.get(task, 0), n)
    return frozenset(place for place, n in counts.items() if n < enough(fullest[place[1]]))
