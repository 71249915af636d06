"""Which sessions may send files: those that a team is signed in to, however it signed in.

A page says so each time that it is drawn, and the middleware that takes files (`upload_room.py`)
asks.
"""

from __future__ import annotations

import threading


class Uploaders:
    """Session -> the team that is signed in to it; safe to use from every session's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._teams: dict[str, str] = {}

    def admit(self, session: str, team: str) -> None:
        """Note that a team is signed in to a session."""
        with self._lock:
            self._teams[session] = team

    def dismiss(self, session: str) -> None:
        """Note that nobody is signed in to a session any more, or that it has ended."""
        with self._lock:
            self._teams.pop(session, None)

    def team_of(self, session: str) -> str | None:
        """Return whose files a session's are; None where nobody is signed in."""
        with self._lock:
            return self._teams.get(session)

    def sessions_of(self, team: str) -> tuple[str, ...]:
        """Return the sessions that a team is signed in to."""
        with self._lock:
            # A tuple, made under the lock: whoever counts is not disturbed by those who come and
            # go.
            return tuple(session for session, of in self._teams.items() if of == team)


UPLOADERS = Uploaders()
"""Of this server."""
