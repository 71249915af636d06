"""Which browsers are signed in with a team's token: so that a reload, or a second tab, need not
sign in again.

Kept in this process's memory under the hash of the browser's secret (see `browser_binding.py`):
what is written down opens nothing, and a restart of the server signs everybody out. The token
itself is not kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

HOURS = 12
"""After so long without a look at the site a browser is signed out."""
_MOST = 10_000


@dataclass(frozen=True)
class SignIn:
    """A team that signed in.

    Attributes:
        team: Its name.
        token_id: Which of its tokens that was; a token that is replaced or revoked ends what it
            began.
    """

    team: str
    token_id: str | None


class SignIns:
    """The browsers that are signed in; safe to use from every session's thread.

    Args:
        now: Seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        # In order of the last look at the site, so that the one to go stands first.
        self._kept: OrderedDict[str, tuple[float, SignIn]] = OrderedDict()

    def begin(self, browser: str, sign_in: SignIn) -> None:
        """Sign a browser in; the one that was away longest makes room where there are too many."""
        with self._lock:
            self._kept[browser] = (self._now(), sign_in)
            self._kept.move_to_end(browser)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def of(self, browser: str) -> SignIn | None:
        """Return who is signed in there, if anybody still is."""
        with self._lock:
            seen, sign_in = self._kept.get(browser, (0.0, None))
            if sign_in is None:
                return None
            # Found when somebody asks: what nobody asks for harms nobody.
            if self._now() - seen > HOURS * 3600:
                del self._kept[browser]
                return None
            self._kept[browser] = (self._now(), sign_in)
            self._kept.move_to_end(browser)
            return sign_in

    def end(self, browser: str) -> None:
        """Sign a browser out, in all of its tabs."""
        with self._lock:
            self._kept.pop(browser, None)


SIGN_INS = SignIns()
"""Of this server."""
