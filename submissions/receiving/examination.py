"""Looks at an upload: reads it, holds it against the gold, sums it up, and writes aside what would
be kept.

What comes from strangers is read in a process of its own, which may take so much memory and time
and no more, and which gives all of it back when it ends. Whatever happens to it, the server goes
on.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from scoring.errors import ReasonBoardError
from scoring.segments import Example
from scoring.tasks import Task
from submissions.likeness.quotation import Remembered
from submissions.problems import Problem, new_fault
from submissions.receiving.formats import LIMITS, Limits, read_rows
from submissions.receiving.preview import Preview, preview
from submissions.receiving.recognition import UNSAID, Recognised, Recogniser
from submissions.receiving.validate import Checked, check
from submissions.store.files.damage import DamagedFile
from submissions.store.files.outputs import write_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import EXAMINED, DataFolder, sha256_of
from submissions.store.rated.ratings import remembered
from submissions.store.sqlite.trouble import DiskFull
from submissions.teams.limits import MEGABYTE, BoardLimits

FAULT, DISK_FULL = 1, 5
"""Exit statuses of the process that reads: it broke; there was no room to write."""
LOGGED = 4000
"""Characters of what a process said that broke."""
LEFT_BEHIND = 24 * 3600
"""Seconds after which an upload that nobody came back for is dropped."""


logger = logging.getLogger(__name__)


class ReadingFailed(ReasonBoardError):
    """The process that reads uploads broke."""


@dataclass(frozen=True)
class Examined:
    """An upload that was looked at.

    Attributes:
        sha256: Of its bytes.
        preview: What was read of it, problems included.
        outputs: What would be kept of it, written aside; None where there are problems.
        tasks: Task id -> repetitions.
        n_rows: Rows that would be kept.
        remembered: How much was remembered of takedowns: where it is more by now, what is aside is
            not to be kept as it is.
    """

    sha256: str
    preview: Preview
    outputs: Path | None
    tasks: Mapping[str, int]
    n_rows: int
    remembered: int = 0


def new_workspace(folder: DataFolder) -> Path:
    """Return a folder of its own for one upload, under `incoming/`.

    Those that were left behind long ago are dropped.
    """
    folder.incoming.mkdir(parents=True, exist_ok=True)
    for old in folder.incoming.iterdir():
        with suppress(FileNotFoundError):  # somebody else is done with theirs
            # Whoever checked a file may submit it hours later.
            if old.stat().st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(old, ignore_errors=True)
    return Path(mkdtemp(dir=folder.incoming))


def examine(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    path: Path,
    benchmark: str,
    sha256: str,
    workspace: Path,
    redacted: Remembered,
    name: str | None = None,
    limits: Limits = LIMITS,
) -> Examined:
    """Look at an upload, here and now.

    Args:
        folder: The data.
        tasks: The declared tasks.
        path: The upload.
        benchmark: For which it is.
        sha256: Of its bytes.
        workspace: Where to write what would be kept.
        redacted: What is remembered of posts that were taken down (`remembered`).
        name: What the team called it.
        limits: How much it may hold.

    Raises:
        DamagedFile: It has problems, and gold of the benchmark is damaged: they may be ours.
    """
    gold = gold_of(folder, tasks, benchmark)
    items = read_rows(path, benchmark=benchmark, name=name, limits=limits)
    checked = check(items, gold, tasks, benchmark, redacted)
    if not checked.accepted:
        # Only now: an upload without problems fits the gold that there is, damaged or not.
        _refuse_to_blame(folder, tasks, benchmark)
        checked = told_apart(folder, tasks, checked, path, benchmark, name, limits)
    outputs = None
    if checked.accepted:
        outputs = workspace / EXAMINED
        write_outputs(outputs, checked.runs)
    shown = preview(checked, gold, tasks, benchmark, folder.path)
    return Examined(
        sha256, shown, outputs, checked.repetitions, checked.n_rows, remembered=len(redacted)
    )


def recognise(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    path: Path,
    asked: str | None,
    name: str | None = None,
    limits: Limits = LIMITS,
) -> Recognised | None:
    """Return which benchmark an upload looks like, if it is not the one that was asked about.

    None where that is not plain.
    """
    recogniser, store = Recogniser(), PostStore(folder.posts)
    for task in tasks.values():
        if store.has(task) and not store.fault(task):
            recogniser.learn(task, store.examples(task))
    return recogniser.look(read_rows(path, benchmark=UNSAID, name=name, limits=limits), asked)


def told_apart(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    checked: Checked,
    path: Path,
    benchmark: str,
    name: str | None = None,
    limits: Limits = LIMITS,
) -> Checked:
    """Return what a check found; where the upload is another benchmark's, that alone."""
    with suppress(MemoryError):  # as much as it may take: then what was found first is said
        recognised = recognise(folder, tasks, path, benchmark, name, limits)
        if recognised is not None:
            problem = recognised.problem(benchmark, name or path.name)
            return replace(checked, runs=(), coverage=(), problems=(problem,), unlisted=0)
    return checked


def gold_of(
    folder: DataFolder, tasks: Mapping[str, Task], benchmark: str | None
) -> dict[str, tuple[Example, ...]]:
    """Return task id -> examples, of every imported task of the benchmark (of any) whose file is
    whole.
    """
    store = PostStore(folder.posts)
    wanted = (task for task in tasks.values() if benchmark in (None, task.benchmark))
    return {
        task.id: store.examples(task)
        for task in wanted
        if store.has(task) and not store.fault(task)
    }


def _refuse_to_blame(folder: DataFolder, tasks: Mapping[str, Task], benchmark: str) -> None:
    """Stop where an upload was held against less than the whole gold."""
    store = PostStore(folder.posts)
    for task in tasks.values():
        if task.benchmark == benchmark and (fault := store.fault(task)):
            raise DamagedFile(fault)


def examine_apart(
    folder: DataFolder, path: Path, benchmark: str, limits: BoardLimits, name: str | None = None
) -> Examined:
    """Look at an upload in a process that cannot do harm; it lies in a workspace, where the result
    goes too.

    Whoever does so for others waits for their turn first (`turns.py`).

    Args:
        folder: The data.
        path: The upload, in a folder from `new_workspace`.
        benchmark: For which it is: one that is declared.
        limits: How much it may hold, and how much memory and time looking at it may take.
        name: What the team called it.

    Returns:
        What was found. A process that took too much is a problem of the upload.

    Raises:
        DiskFull: There is no room for what is read.
        ReadingFailed: The process broke.
    """
    report = path.parent / "report.json"
    # Read here and passed on: what is taken down while it reads is noticed when it is stored.
    sha256, redacted = sha256_of(path), remembered(folder)
    order = {
        "data": str(folder.path),
        "path": str(path),
        "benchmark": benchmark,
        "sha256": sha256,
        "name": name,
        "memory": limits.check.memory_mb * MEGABYTE,
        "seconds": limits.check.seconds,
        "sent": limits.upload.sent,
        "unpacked": limits.upload.unpacked,
        "rows": limits.upload.rows,
        "report": str(report),
        "redacted": sorted(redacted.hashes),
    }
    # -P, so that nothing in the folder that it is started in is imported instead of ours.
    command = [sys.executable, "-P", "-m", "submissions.receiving.examiner"]
    quiet = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    try:
        ended = subprocess.run(  # noqa: S603 (no shell; what came from outside goes in as JSON)
            command,
            input=json.dumps(order).encode(),
            env=os.environ | quiet,
            timeout=limits.check.seconds,
            # Only the report is read: what a library prints must not fill a pipe.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _broken(sha256, name, f"could not be read within {limits.check.seconds} s")
    if ended.returncode == DISK_FULL:
        raise DiskFull(
            "The board's disk is full, so that uploads cannot be read now. Nothing was stored, and"
            " it is no fault of the file; try again later."
        )
    if ended.returncode == FAULT:
        fault = new_fault()
        said = ended.stderr.decode(errors="replace")[-LOGGED:]
        logger.error("reading an upload: %s", said, extra={"ids": {"fault": fault}})
        raise ReadingFailed(
            "The upload could not be read, through a fault of the board's and none of the file's."
            " Nothing was stored; the maintainers find what happened in the server's log, under"
            f" the fault's id: {fault}."
        )
    if ended.returncode:
        memory = f"{limits.check.memory_mb:,} MB of memory"
        return _broken(
            sha256, name, f"could not be read within {memory} and {limits.check.seconds} s"
        )
    return _from_report(report)


def _broken(sha256: str, name: str | None, problem: str) -> Examined:
    hint = "send one task at a time; if that does not help, ask a maintainer"
    return Examined(
        sha256,
        Preview(problems=(Problem(name or "", None, "", "", problem, "", hint),)),
        None,
        {},
        0,
    )


def write_report(examined: Examined, path: Path) -> None:
    """Write down what was found, for the process that asked."""
    content = json.dumps(asdict(examined), default=str)  # a path is text in JSON
    path.write_text(content, encoding="utf-8")


def _from_report(path: Path) -> Examined:
    report = json.loads(path.read_text(encoding="utf-8"))
    report["preview"] = Preview.from_json(report["preview"])
    report["outputs"] = report["outputs"] and Path(report["outputs"])
    return Examined(**report)
