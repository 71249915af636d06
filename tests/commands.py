"""Runs the installed `reasonboard` command as a person would: a real process, its output and its
exit status.

It need not load all of its libraries each time: see `tests.forking`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import forking

COMMAND = Path(sys.executable).with_name("reasonboard")


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    status: int
    out: str
    err: str


def environment(data: Path) -> dict[str, str]:
    """The environment of a command that must touch `data` alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REASONBOARD_", "COLUMNS"))
    }
    return {
        **kept,
        "REASONBOARD_DATA": str(data),
        "REASONBOARD_AUTHOR": "tester",
        "HF_HUB_OFFLINE": "1",
    }


def reasonboard(
    data: Path, *arguments: str | Path, cwd: Path | None = None, timeout: float = 300
) -> Finished:
    """Run `reasonboard` on the board under `data`."""
    command = [COMMAND, *arguments]
    done = forking.run(command, timeout, env=environment(data), cwd=cwd, text=True)
    return Finished(done.returncode, done.stdout, done.stderr)


def succeed(
    data: Path, *arguments: str | Path, cwd: Path | None = None, timeout: float = 300
) -> str:
    """Run a command that must succeed, without a traceback or a warning; its standard output."""
    done = reasonboard(data, *arguments, cwd=cwd, timeout=timeout)
    assert done.status == 0, done.err
    assert "Traceback" not in done.err
    return done.out


def refuse(data: Path, *arguments: str | Path, cwd: Path | None = None) -> str:
    """Run a command that must be refused in plain words; what it said."""
    done = reasonboard(data, *arguments, cwd=cwd)
    assert done.status == 1, (done.out, done.err)
    assert "Traceback" not in done.err
    assert "Error" in done.err
    return done.err
