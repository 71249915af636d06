"""The server's process: how it ends, what it leaves alone, and what it does when connections are
too many or idle.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from app.server.launch import running, url
from submissions.receiving.examination import new_workspace
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.commands import COMMAND, environment
from tests.live import children, free_port
from tests.workers import wait_until

LINES = 100
"""That a server may write in which connections are too many; it once wrote more than a million."""


def started(data: Path, log: Path, port: int, *before: str) -> subprocess.Popen[bytes]:
    """The command, its output in `log`, once it says where it is."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*before, COMMAND, "serve", "--port", str(port)],
            env=environment(data),
            stdout=said,
            stderr=said,
        )
    wait_until(lambda: "is on" in log.read_text() or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    return process


def test_kill_9_of_the_command_leaves_nothing_on_the_port(tmp_path: Path) -> None:
    port = free_port()
    command = started(tmp_path / "data", tmp_path / "log", port)
    left = children(command.pid)
    assert left
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in left))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_a_second_server_on_a_folder_leaves_the_uploads_of_the_first(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    left_over = new_workspace(folder)
    with running(folder.path, port=free_port()):
        assert not left_over.exists(), "of a server that is no more"
        under_way = new_workspace(folder)
        with running(folder.path, port=free_port()):
            assert under_way.is_dir()
    with running(folder.path, port=free_port()):
        assert not under_way.exists()


@pytest.mark.timeout(300)
def test_too_many_connections_are_refused_without_a_word_each_and_idle_ones_are_ended(
    tmp_path: Path,
) -> None:
    log, port = tmp_path / "log", free_port()
    limited = ("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")
    process = started(tmp_path / "data", log, port, *limited)
    try:
        with ExitStack() as opened:
            many = []
            for number in range(80):
                with suppress(OSError):
                    one = opened.enter_context(socket.create_connection(("localhost", port)))
                    # Some say nothing, some begin a request, and none goes on.
                    one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" if number % 2 else b"")
                    many.append(one)
            assert len(many) > 64
            for one in many:
                one.settimeout(120)
                with suppress(ConnectionResetError):
                    assert one.recv(100) == b"", "ended by the server"
        health = requests.get(f"{url('localhost', port)}/api/v1/health", timeout=60)
        assert health.status_code == 200
    finally:
        process.terminate()
        process.wait()
    assert len(log.read_text().splitlines()) < LINES, log.read_text()[:2000]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "request_line",
    ["GET /api/v1/health HTTP/1.1", "GET /no/such/page.json HTTP/1.1\r\nContent-Length: 5"],
    ids=["answered", "answered before a body that never comes"],
)
def test_who_holds_many_connections_keeps_nobody_else_out(
    tmp_path: Path, request_line: str
) -> None:
    log, port = tmp_path / "log", free_port()
    process = started(tmp_path / "data", log, port, "sh", "-c", 'ulimit -n 160; exec "$@"', "sh")
    try:
        with ExitStack() as opened:
            for number in range(160):
                holder = (f"127.0.0.{2 + number // 150}", 0)  # one of 150, and one of ten
                one = opened.enter_context(
                    socket.create_connection(("127.0.0.1", port), source_address=holder)
                )
                one.sendall(f"{request_line}\r\nHost: x\r\n\r\n".encode())
                one.settimeout(60)
                assert one.recv(9) == b"HTTP/1.1 ", number
            health = requests.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=60)
            assert health.status_code == 200
    finally:
        process.terminate()
        process.wait()
