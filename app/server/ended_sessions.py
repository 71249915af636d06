"""Gives back what ended sessions hold.

Streamlit keeps a session whose browser has gone, so that a dropped connection can be resumed, and
forgets it when a later one ends: until then its files and its state stay in memory. Here it is
closed soon after.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
from streamlit.runtime import Runtime

from app.server.uploaders import UPLOADERS

KEPT_SECONDS = 30.0
"""How long a session may be resumed after its browser went."""
_EVERY = 5.0


class EndedSessions:
    """Sessions whose browser has gone; for the event loop alone.

    Args:
        now: Seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since: dict[str, float] = {}

    def note(self, session: str) -> None:
        """Note that a session's connection has ended."""
        self._since[session] = self._now()

    def close(self, runtime: Runtime) -> None:
        """Close those that were not resumed in time."""
        # A copy, since entries are taken out on the way.
        for session, since in list(self._since.items()):
            if runtime.is_active_session(session):
                del self._since[session]
            elif self._now() - since >= KEPT_SECONDS:
                del self._since[session]
                # Before it is closed: no file may be put into a session that nobody can see any
                # more.
                UPLOADERS.dismiss(session)
                runtime.close_session(session)

    async def keep_closing(self) -> None:
        """Close them as time goes by."""
        while True:
            await anyio.sleep(_EVERY)
            # Not yet while the server starts, and not any more while it ends.
            if Runtime.exists():
                self.close(Runtime.instance())


ENDED_SESSIONS = EndedSessions()
"""Of this server."""
