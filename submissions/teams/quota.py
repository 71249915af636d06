"""Counts what somebody does, and says how long they have to wait when it is too much."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# Callers; beyond them the one that called longest ago is forgotten.
_REMEMBERED = 20_000


class Quota:
    """A bucket for each who is counted: as many as may be done within the time at once, filled
    again steadily.

    Safe to use from every thread; what is counted is forgotten when the process ends.

    Args:
        seconds: The time.
        now: Seconds of a clock that never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str, most: int) -> int:
        """Count one more of somebody's, of whom `most` are allowed; how many seconds it has to
        wait, 0 for none.
        """
        with self._lock:
            now = self._now()
            left, then = self._left.get(who, (float(most), now))
            left = min(float(most), left + (now - then) * most / self._seconds)
            taken = left >= 1
            self._left[who] = (left - 1 if taken else left, now)
            # So that the first is always the one that called longest ago.
            self._left.move_to_end(who)
            if len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)
            # What floating point adds is no second.
            return 0 if taken else math.ceil((1 - left) * self._seconds / most - 1e-6)
