"""Whose upload is read next: several at once, up to the machine's cores, in fair turns between
teams.

Of one team no more are read at the same time than leave a reader to others, where there is more
than one; and of those who wait, the team that was served longest ago comes next. So what one team
sends keeps another waiting for a file that is being read at most, never for all that stand in line.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from submissions.problems import TooOften
from submissions.teams.quota import Quota

Place = Future[None]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Turns:
    """The line in front of the readers; safe to use from every thread.

    Attributes:
        available: How many cores there are.
    """

    available: Callable[[], int] = cores
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: dict[str, deque[tuple[Place, int]]] = field(default_factory=dict)
    _reading: Counter[str] = field(default_factory=Counter)
    _served: Counter[str] = field(default_factory=Counter)
    _turn: int = 0

    def ask(self, team: str, readers: int) -> Place:
        """Stand in line; what is returned is done when it is the team's turn.

        Args:
            team: Whose upload it is.
            readers: How many may read at the same time, where there are as many cores.
        """
        place: Place = Future()
        with self._lock:
            self._waiting.setdefault(team, deque()).append((place, readers))
            self._give()
        return place

    def leave(self, team: str, place: Place) -> None:
        """Give up one's place, in line or at a reader."""
        with self._lock:
            if not place.cancel():  # it was given
                self._reading[team] -= 1
                self._reading += Counter()  # drops what is zero
            self._give()

    @contextmanager
    def turn(self, team: str, readers: int) -> Iterator[None]:
        """Wait for one's turn, and have it for the length of a `with`."""
        place = self.ask(team, readers)
        try:
            place.result()
            yield
        finally:
            self.leave(team, place)

    def _give(self) -> None:
        """Give places away, to the team that was served longest ago first."""
        while (team := self._next()) is not None:
            line = self._waiting[team]
            place, _ = line.popleft()
            if not line:
                del self._waiting[team]
            # Who has left the line meanwhile is passed over.
            if place.set_running_or_notify_cancel():
                self._turn += 1
                self._served[team] = self._turn
                self._reading[team] += 1
                place.set_result(None)

    def _next(self) -> str | None:
        for team in sorted(self._waiting, key=self._served.__getitem__):
            most = max(1, min(self._waiting[team][0][1], self.available()))
            # One reader is left to others, where there are two or more.
            of_team = max(1, most - 1)
            if self._reading.total() < most and self._reading[team] < of_team:
                return team
        return None


TURNS = Turns()
"""Of this server: pages and API together."""
_READINGS = Quota(3600)


class TooManyReadings(TooOften):
    """A team has had as many files read as it may for now."""


def count_reading(team: str, most: int) -> None:
    """Count a file that is to be read for a team, which may have so many read within an hour.

    Raises:
        TooManyReadings: It has had them.
    """
    seconds = _READINGS.wait(team, most)
    if seconds:
        raise TooManyReadings(
            f"The team's {most} files within an hour are read: those that it checked, and those"
            f" that it submitted. The next is possible in {seconds} s. Nothing was changed; files"
            " can be checked on your own machine with `reasonboard check`.",
            seconds,
        )
