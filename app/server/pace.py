"""How slowly a body may arrive: whoever sends byte by byte would hold a place, or room, for as long
as they like.
"""

from __future__ import annotations

import time
from collections.abc import Callable

GRACE = 20.0
"""Seconds that any body may take."""
SLOWEST = 16 * 1024
"""Bytes a second that it has to bring after those."""


class Pace:
    """Says how long the next part of a body may take.

    Args:
        most: Seconds that the whole body may take.
        now: Seconds of a clock that never goes back.
    """

    def __init__(self, most: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._now, self._begun, self._arrived = most, now, now(), 0

    def arrived(self, size: int) -> None:
        """Count what came."""
        self._arrived += size

    def left(self) -> float:
        """Return the seconds within which more has to come; 0 when it is too late."""
        # What was brought buys time: a fast beginning is not held against a slow end.
        allowed = min(self._most, GRACE + self._arrived / SLOWEST)
        return max(0.0, allowed - (self._now() - self._begun))
