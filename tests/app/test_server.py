from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app.server.launch import ServerError, running, serve, url

PROGRAM = """
import sys
from pathlib import Path
from app.server.launch import serve
sys.exit(serve(Path(sys.argv[1]), port=int(sys.argv[2]), say=lambda text: print(text, flush=True)))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 (http only)
            return bool(response.read() == b"ok")
    except OSError:
        return False


def test_a_taken_port_is_said_with_another_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"Port {port} .* `--port {port + 1}`"):
            serve(tmp_path, port=port, address="127.0.0.1")


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"no address|cannot be used"):
        serve(tmp_path, port=free_port(), address="192.0.2.1")


def test_it_answers_from_any_folder_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port()
    with running(tmp_path, port=port):
        assert answers(f"{url('localhost', port)}/_stcore/health")
    assert not answers(f"{url('localhost', port)}/_stcore/health")


def test_being_told_to_end_ends_the_site_too(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        assert url("localhost", port) in program.stdout.readline(), (
            "the address is printed once it answers"
        )
        assert answers(f"{url('localhost', port)}/_stcore/health")
        os.kill(program.pid, signal.SIGTERM)
        assert program.wait(timeout=20) == 128 + signal.SIGTERM
    deadline = time.monotonic() + 5
    while answers(f"{url('localhost', port)}/_stcore/health"):
        assert time.monotonic() < deadline
