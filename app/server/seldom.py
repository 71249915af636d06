"""What a visitor can make the server say again and again is said once a minute: a log must not fill
the disk.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

EVERY_SECONDS = 60.0
LONGEST = 2_000
"""Characters of a line; what a visitor wrote may stand in it."""
_REMEMBERED = 1_000
_OF_THE_SERVER = ("streamlit", "uvicorn", "websockets", "app", "submissions")
_EACH = ("app.server.request_log",)
"""Loggers of which every line is wanted: each stands for one request, of which an address may send
so many.
"""


class Seldom:
    """Says of each thing once a minute that it may be said.

    Args:
        now: Seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._said: OrderedDict[Hashable, float] = OrderedDict()

    def may_say(self, what: Hashable) -> bool:
        """Return whether it was not said within the last minute, and count it as said then."""
        now = self._now()
        said = self._said.get(what)
        # Not refreshed by what is suppressed: what goes on and on is said every minute.
        if said is not None and now - said < EVERY_SECONDS:
            return False
        self._said[what] = now
        self._said.move_to_end(what)
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        return True


class SeldomLogged(logging.Filter):
    """Lets a line through once a minute, however its blanks are filled; an error is told from
    others by its place.
    """

    def __init__(self, seldom: Seldom) -> None:
        super().__init__()
        self._seldom = seldom

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it is written; it is cut where it is long."""
        # By the pattern and not by the filled line: a visitor can make as many lines as there are
        # names.
        if not self._seldom.may_say((record.name, str(record.msg)[:LONGEST], *_place(record))):
            return False
        text = record.getMessage()
        if len(text) > LONGEST:
            record.msg, record.args = f"{text[:LONGEST]} [...]", ()
        return True


def _place(record: logging.LogRecord) -> tuple[object, ...]:
    """Return what kind of error is logged, and where it was raised; nothing where none is."""
    kind, _, at = record.exc_info or (None, None, None)
    # To the innermost frame: one handler logs errors of many places.
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if at is None:
        return (kind,)
    return (kind, at.tb_frame.f_code.co_filename, at.tb_lineno)


def log_seldom() -> None:
    """Have every logger of the server that there is now write each line once a minute."""
    filtered = SeldomLogged(Seldom())
    # A copy, since other threads make loggers. A filter of a parent does not see what its
    # children log.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in _OF_THE_SERVER and name not in _EACH:
            logging.getLogger(name).addFilter(filtered)
