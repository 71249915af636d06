"""Who is to blame when an upload cannot be read."""

from __future__ import annotations

import csv
import logging
import stat
import sys
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.receiving.examination import ReadingFailed, examine_apart, new_workspace
from submissions.store.folder import DataFolder
from submissions.store.sqlite.trouble import DiskFull
from submissions.teams.limits import load_limits
from tests.boards import demo_board, gold_rows


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


@pytest.fixture
def upload(board: DataFolder, tasks: dict[str, Task]) -> Path:
    path = new_workspace(board) / "outputs.csv"
    rows = gold_rows(board, tasks["demo/stress"])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def script(where: Path, text: str) -> str:
    """A program of the shell that stands for Python."""
    path = where / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_full_disk_is_no_fault_of_the_file(
    board: DataFolder, upload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = load_limits(board)
    with monkeypatch.context() as patched:
        patched.setattr(
            sys, "executable", script(tmp_path, f'ulimit -f 1; exec {sys.executable} "$@"')
        )
        with pytest.raises(DiskFull, match="no fault of the file"):
            examine_apart(board, upload, "demo", limits)
    assert examine_apart(board, upload, "demo", limits).preview.accepted


def test_a_process_that_breaks_is_no_fault_of_the_file_and_is_logged(
    board: DataFolder,
    upload: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = script(tmp_path, "echo ImportError: no module named scoring >&2\nexit 1")
    monkeypatch.setattr(sys, "executable", broken)
    with caplog.at_level(logging.ERROR), pytest.raises(ReadingFailed, match="none of the file's"):
        examine_apart(board, upload, "demo", load_limits(board))
    assert "no module named scoring" in caplog.text
