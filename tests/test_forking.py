"""A program that is forked cannot be told from one that is executed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forking
from tests.commands import COMMAND, environment

Done = tuple[int, str, str]


def done(completed: subprocess.CompletedProcess[str]) -> Done:
    return completed.returncode, completed.stdout, completed.stderr


def forked(data: Path, command: list[str | Path], cwd: Path, **variables: str) -> Done:
    settings = {**environment(data), **variables}
    return done(forking.run(command, 120, env=settings, cwd=cwd, text=True))


def executed(data: Path, command: list[str | Path], cwd: Path, **variables: str) -> Done:
    settings = {**environment(data), **variables}
    return done(
        subprocess.run(
            command,
            env=settings,
            cwd=cwd,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("--version", 0),
        ("team list", 0),
        ("leaderboard --help", 0),
        ("leaderboard", 1),
        ("leaderbord", 2),
        ("check nothing.csv --benchmark demo", 1),
    ],
)
def test_a_command_says_the_same_and_ends_with_the_same_status(
    tmp_path: Path, line: str, status: int
) -> None:
    command = [COMMAND, *line.split()]
    ours = forked(tmp_path, command, tmp_path, COLUMNS="50")
    assert ours == executed(tmp_path, command, tmp_path, COLUMNS="50")
    assert ours[0] == status


ALL_OF_IT = """
import os, signal, sys, threading, atexit
print(sys.argv, sys.path, os.getcwd(), sorted(os.environ.items()), sorted(os.listdir("/proc/self/fd"))[:3])
print(os.getppid(), os.getpgrp(), os.getsid(0), __name__, sys.stdin.read())
print({n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)}, sys.stdout.encoding)
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), threading.active_count(), file=sys.stderr)
atexit.register(print, "the end")
"""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", 0),
        ("sys.exit(7)", 7),
        ("sys.exit('over')", 1),
        ("os._exit(300)", 44),
        ("raise SystemExit(True)", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("raise KeyboardInterrupt", -2),
        # Where tests run in the background, SIGINT is ignored in all that they start.
        (
            (
                "signal.signal(signal.SIGINT, signal.default_int_handler); "
                "os.kill(os.getpid(), signal.SIGINT)"
            ),
            -2,
        ),
    ],
)
def test_a_process_is_the_same(tmp_path: Path, end: str, status: int) -> None:
    command = [sys.executable, "-c", ALL_OF_IT + end, "one", "two words", "é"]
    ours = forked(tmp_path, command, tmp_path, REASONBOARD_NAME="ü")
    theirs = executed(tmp_path, command, tmp_path, REASONBOARD_NAME="ü")
    assert ours[:2] == theirs[:2]
    assert ours[0] == status
    assert ours[2].splitlines()[0] == theirs[2].splitlines()[0]
    assert ours[2].splitlines()[-1] == theirs[2].splitlines()[-1]


def test_what_is_raised_is_said() -> None:
    ended = forking.run([sys.executable, "-c", "raise ValueError('no')"], text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback")
    assert ended.stderr.endswith("ValueError: no\n")


def test_streams_go_both_ways_and_signals_arrive() -> None:
    code = "import sys; print(input(), flush=True); sys.stdin.read()"
    process = forking.start(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert type(process) is not subprocess.Popen, "or nothing here is forked"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("said\n")
        process.stdin.flush()
        assert process.stdout.readline() == "said\n"
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM


def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forking.run([sys.executable, "-c", "import signal; signal.pause()"], 0.1)


def test_what_the_loader_cannot_give_is_executed(tmp_path: Path) -> None:
    code = [sys.executable, "-c", "import os; print('torch' in __import__('sys').modules)"]
    assert forking.run(code, text=True).stdout == "True\n"
    other = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert forking.run(code, env=other, text=True).stdout == "False\n"
    assert forking.run(["echo", "hello"], text=True).stdout == "hello\n"


def test_threads_are_as_many_as_the_environment_says() -> None:
    code = (
        "import torch; print(torch.get_num_threads(), torch.ones(300, 300).matmul(torch.ones(300,"
        " 300)).sum())"
    )
    settings = {**os.environ, "OMP_NUM_THREADS": "2"}
    ours = forking.run([sys.executable, "-c", code], 60, env=settings, text=True)
    assert ours.stdout.split() == ["2", "tensor(27000000.)"]
