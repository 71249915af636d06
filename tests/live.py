"""A real server on a demo board, and teams that talk to it over HTTP."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from app.server import launch
from app.server.launch import url
from scoring.tasks import Task
from submissions.releasing.publish import Published
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team
from tests import forking
from tests.boards import a_run, gold_rows, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import COMMAND, environment
from tests.workers import wait_until

Start = Callable[..., subprocess.Popen[bytes]]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body, which must say that it is JSON."""
        assert "json" in self.headers["Content-Type"], self.headers
        return json.loads(self.content)


@dataclass(frozen=True)
class Client:
    """Somebody with a token, or without."""

    site: str
    token: str | None = None

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request below /api/v1."""
        headers = {
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **options.pop("headers", {}),
        }
        found = requests.request(
            method,
            f"{self.site}/api/v1{path}",
            headers=headers,
            timeout=900,
            allow_redirects=False,
            **options,
        )
        return Answer(found.status_code, found.headers, found.content)

    def get(self, path: str, **options: Any) -> Answer:
        """Read."""
        return self.ask("GET", path, **options)

    def submit(
        self, outputs: bytes, benchmark: str = "demo", name: str = "outputs.csv", **meta: Any
    ) -> Answer:
        """Submit outputs; `meta` wins over plain declarations."""
        declared = {"system": "S", "version": "1", "method": "zero-shot", **meta}
        return self.ask(
            "POST",
            "/submissions",
            data={"benchmark": benchmark, "metadata": json.dumps(declared)},
            files={"file": (name, outputs)},
        )


@dataclass(frozen=True)
class Live:
    """A board with a server on it."""

    folder: DataFolder
    tasks: Mapping[str, Task]
    site: str
    process: subprocess.Popen[bytes]

    def team(self, name: str, role: Role = Role.member) -> Client:
        """A new team."""
        return Client(self.site, add_team(self.folder, name, role, "tester"))

    @property
    def anybody(self) -> Client:
        """Someone without a token."""
        return Client(self.site)

    def outputs(self, names: Sequence[str] = ("stress",), say: str = "") -> bytes:
        """Right answers for some tasks, with `say` after each, as CSV."""
        rows = [row for name in names for row in gold_rows(self.folder, self.tasks[f"demo/{name}"])]
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "output": row["output"] + say} for row in rows)
        return stream.getvalue().encode()

    def score(self) -> None:
        """Score what is pending."""
        place = workplace(self.folder, self.tasks)
        run(place, plan(place), LocalEngine(), a_run(self.folder))

    def publish(self, reason: str | None = "a test") -> Published:
        """Make a release."""
        return publish(self.folder, self.tasks, "tester", reason)


def running(
    data: Path, port: int, start: Start = forking.start
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The site on a data folder, answering, for the length of a `with`."""
    return launch.running(data, port=port, start=start)


@contextmanager
def logged(data: Path, log: Path, *before: str, **variables: str) -> Iterator[str]:
    """The command `serve` on a data folder, what it says in `log`; its address, once it says that.

    Args:
        data: The data folder.
        log: Where the output goes.
        before: What the command is started by.
        variables: Of its environment, besides the usual.
    """
    port = free_port()
    with log.open("wb") as said:
        process = forking.start(
            [*before, COMMAND, "serve", "--port", str(port)],
            env={**environment(data), **variables},
            stdout=said,
            stderr=said,
        )
    try:
        wait_until(lambda: "is on" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield url("localhost", port)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def live(
    folder: DataFolder, tasks: Mapping[str, Task], start: Start = forking.start, **options: str
) -> Iterator[Live]:
    """A server on the board under `folder`, started by `start`; `options` are Streamlit's, with _
    for the dot.
    """
    port = free_port()
    variables = {f"STREAMLIT_{name.upper()}": value for name, value in options.items()}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        with running(folder.path, port, start) as process:
            yield Live(folder, tasks, url("localhost", port), process)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def with_limits(folder: DataFolder, text: str) -> None:
    """Give a board limits of its own."""
    (folder.path / "limits.toml").write_text(text, encoding="utf-8")


def memory(process: int) -> float:
    """Megabytes that a process and its children take now.

    A child on its way to its own program still has its parent's memory and command line, and would
    be counted as a second parent.
    """
    own = _resident(process)
    command = _command_line(process)
    started = (child for child in children(process) if _command_line(child) != command)
    return own + sum(_resident(child) for child in started)


def _resident(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _command_line(process: int) -> bytes | None:
    """What it was started with; None where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(process: int) -> list[int]:
    """The processes that it started, and they."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            started = [int(child) for child in task.read_text(encoding="utf-8").split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [one for child in started for one in (child, *children(child))]
    return found
