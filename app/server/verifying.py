"""Has the whole of a board looked at once a day, by a process of its own, as long as a server or a
worker runs.

Each of them asks for it, and one does it (`submissions.keeping.daily`). A process that has just
begun has better things to do, and so has one that soon ends again.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from submissions.keeping.daily import is_due
from submissions.store.files.damage import A_DAY
from submissions.store.folder import DataFolder

SETTLE_SECONDS, ASK_SECONDS = 600.0, 60.0
_LOG = 2
"""Where the process says what it found: the log, which is what these write to standard error."""


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=_LOG)  # noqa: S603


@dataclass
class DailyLook:
    """What sees to it that a board is looked at once a day.

    Attributes:
        folder: The data.
        clock: Seconds.
        start: Starts a process.
    """

    folder: DataFolder
    clock: Callable[[], float] = time.monotonic
    start: Callable[[Sequence[str]], subprocess.Popen[bytes]] = _start
    _not_before: float = field(init=False)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self._not_before = self.clock() + SETTLE_SECONDS

    def ask(self) -> None:
        """Have it done, where it is due and nobody does it yet."""
        if self.clock() < self._not_before or self._is_under_way() or not is_due(self.folder):
            return
        # Also where the process fails: else it would be tried again every minute.
        self._not_before = self.clock() + A_DAY
        # A process of its own, which may be slowed down and killed without the server noticing.
        command = [sys.executable, "-P", "-m", "app.cli.main", "verify", "--daily"]
        with suppress(OSError):  # no memory, or no process more: another day
            self._process = self.start([*command, "--data", str(self.folder.path.resolve())])

    def end(self) -> None:
        """Leave off what is under way."""
        if self._process is not None and self._is_under_way():
            self._process.kill()  # it only reads
            self._process.wait()

    def _is_under_way(self) -> bool:
        return self._process is not None and self._process.poll() is None


@contextmanager
def ending_with(look: DailyLook) -> Iterator[DailyLook]:
    """Hand over the look, and leave it off in the end."""
    try:
        yield look
    finally:
        look.end()


@asynccontextmanager
async def looked_at_daily(folder: DataFolder) -> AsyncIterator[None]:
    """Ask for it as long as a server runs."""
    look = DailyLook(folder)

    async def go_on_asking() -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            # It reads files and starts a process, and the loop serves everybody.
            await asyncio.to_thread(look.ask)

    asking = asyncio.create_task(go_on_asking())
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.to_thread(look.end)
