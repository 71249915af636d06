"""Many teams who submit at once to one server and one worker, while both are killed again and
again.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from scoring.tasks import Task
from submissions.life.states import State, lives
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions
from submissions.teams.accounts import Role, add_team
from tests.boards import demo_board, gold_rows
from tests.commands import COMMAND, environment
from tests.live import Client, children, free_port, with_limits
from tests.workers import split_units, start_worker, wait_until


@dataclass
class Crowd:
    """A board with a server and a worker that may be killed at any time, and what the server has
    acknowledged.

    Attributes:
        folder: The data.
        tasks: The declared tasks.
        port: Of the server, before and after it was killed.
        acknowledged: Id -> (team, version) of every submission whose 201 or 200 somebody has read.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    port: int
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, which: str) -> None:
        """Start the server or the worker."""
        if which == "worker":
            self._processes[which] = start_worker(self.folder.path, "--publish")
            return
        command = [COMMAND, "serve", "--port", str(self.port)]
        log = self.folder.path.with_name("server.log").open("ab")
        with log:
            self._processes[which] = subprocess.Popen(
                command,
                env=environment(self.folder.path),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, which: str) -> None:
        """`kill -9`, with everything that it started."""
        process = self._processes[which]
        if which == "server":
            _kill_tree(process.pid)
        process.kill()
        process.wait()

    def submit_until_answered(self, client: Client, team: str, version: str, outputs: bytes) -> int:
        """Send a submission again and again until the server says what it makes of
        it; the status.
        """
        while True:
            try:
                answer = client.submit(
                    outputs, system=f"System of {team}", version=version, consent=True
                )
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status in (200, 201):
                self.acknowledged[answer.json["id"]] = (team, version)
            return answer.status


@contextmanager
def crowd(where: Path, tasks: Mapping[str, Task]) -> Iterator[Crowd]:
    """Server and worker on a small board; both are ended afterwards."""
    folder = demo_board(where / "data", tasks, ["loneliness"])
    with_limits(  # all of them come from one address, and come again after each kill
        folder,
        "[team]\nsubmissions_a_day = 100\nreadings_an_hour = 1000\n"
        "[visitors]\nrequests_a_minute = 100000\n",
    )
    found = Crowd(folder, tasks, free_port())
    found.start("server")
    found.start("worker")
    try:
        yield found
    finally:
        for which in ("server", "worker"):
            found.kill(which)


def under_fire(
    where: Path, tasks: Mapping[str, Task], *, teams: int, each: int, kills: int, seed: int
) -> tuple[Crowd, Sequence[int]]:
    """Every team submits `each` systems at once; meanwhile server or worker are killed `kills`
    times.

    Returns:
        The board when all is scored, and the status of each submission's answer.
    """
    chance = random.Random(seed)  # noqa: S311
    with crowd(where, tasks) as board:
        clients = {
            f"T{n}": Client(
                f"http://localhost:{board.port}",
                add_team(board.folder, f"T{n}", Role.member, "tester"),
            )
            for n in range(teams)
        }
        orders = [(team, str(version)) for version in range(each) for team in clients]
        with ThreadPoolExecutor(len(orders)) as pool:
            answers = [
                pool.submit(
                    board.submit_until_answered,
                    clients[team],
                    team,
                    version,
                    _outputs(board, team, version),
                )
                for team, version in orders
            ]
            for _ in range(kills):
                before = len(board.acknowledged)
                wait_until(lambda before=before: len(board.acknowledged) > before or _all(answers))
                which = chance.choice(["server", "server", "worker"])
                time.sleep(chance.uniform(0, 0.5))
                board.kill(which)
                board.start(which)
            statuses = [answer.result() for answer in answers]
        wait_until(lambda: _settled(board), seconds=1800)
    return board, statuses


def check_nothing_lost(board: Crowd, statuses: Sequence[int], orders: int) -> None:
    """Every one answered, none lost, none there twice, none scored twice, and what was acknowledged
    is there.
    """
    assert Counter(status in (200, 201) for status in statuses) == {True: orders}
    stored = {one.id: (str(one.team), one.version) for one in submissions(board.folder) if one.team}
    assert stored == board.acknowledged
    assert len(set(stored.values())) == len(stored) == orders
    assert not split_units(board.folder)
    for one in submissions(board.folder):
        assert (board.folder.files / f"{one.outputs}.parquet").is_file()


def _all(answers: Sequence[Future[int]]) -> bool:
    return all(answer.done() for answer in answers)


def _settled(board: Crowd) -> bool:
    found = lives(board.folder, board.tasks)
    return bool(found) and all(life.state in (State.scored, State.published) for life in found)


def _outputs(board: Crowd, team: str, version: str) -> bytes:
    rows = gold_rows(board.folder, board.tasks["demo/loneliness"])
    lines = [
        f'{row["task"]},{row["example_id"]},"Yes. Reasoning: so says {team} in {version}."'
        for row in rows
    ]
    return "\n".join(["task,example_id,output", *lines]).encode()


def _kill_tree(process: int) -> None:
    for child in children(process):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
