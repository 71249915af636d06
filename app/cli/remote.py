"""`--server`: submitting to and following a board on the network."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from app.cli.client import Answer, Server
from app.cli.options import ChosenBoard, notes
from app.cli.watching import watched
from scoring.errors import ReasonBoardError
from scoring.sources import Sources
from submissions.declarations.meta import read_meta
from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.receiving.examination import told_apart
from submissions.receiving.formats import read_rows
from submissions.receiving.intake import check_items, require_benchmark
from submissions.store.files.posts import PostStore
from submissions.wording import counted

EPOCH = (1980, 1, 1, 0, 0, 0)
LONG = 500


def submit_to(server: Server, board: ChosenBoard, file: Path, benchmark: str, meta: Path) -> Answer:
    """Check here what can be checked here, then send.

    Raises:
        ReasonBoardError: Something is wrong with the files, or the server refuses.
    """
    check_here(board, file, benchmark, meta)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with (
        _one_file(file) as packed,
        Progress(*columns, console=notes, transient=True) as bar,
    ):
        shown = bar.add_task("sending", total=None)

        def advance(sent: int, size: int) -> None:
            # All is sent, and the answer may take minutes: the bar would seem to hang.
            done = "the server reads it" if sent == size else "sending"
            bar.update(shown, completed=sent, total=size, description=done)

        return server.submit(packed, benchmark, meta.read_text(encoding="utf-8"), advance)


def check_here(board: ChosenBoard, file: Path, benchmark: str, meta: Path) -> None:
    """Refuse what the server would refuse.

    Outputs are held against the gold where it is imported here; else their form alone is checked.

    Raises:
        SubmissionRefused: With everything that is wrong.
    """
    folder, tasks = board.folder, board.tasks
    if not file.exists():
        raise ReasonBoardError(f"{file}: no such file or folder")
    require_benchmark(tasks, benchmark)
    rows = read_rows(file, benchmark=benchmark)
    # Without the gold of any task here, what was sent cannot be held against it.
    if any(
        task.benchmark == benchmark and PostStore(folder.posts).has(task) for task in tasks.values()
    ):
        checked = check_items(folder, tasks, rows, benchmark)
        if not checked.accepted:
            checked = told_apart(folder, tasks, checked, file, benchmark)
        problems, unlisted = checked.problems, checked.unlisted
    else:
        problems, unlisted = tuple(item for item in rows if isinstance(item, Problem)), 0
    try:
        read_meta(meta, Sources.of(tasks))
    except SubmissionRefused as refusal:
        problems = (*refusal.problems, *problems)
    if problems:
        raise SubmissionRefused(problems, unlisted)


def follow(server: Server, submission: str) -> Answer:
    """Wait for a submission's scores, with progress, and with why it waits."""
    with watched(notes) as shown:

        def report(answer: Answer) -> None:
            shown(answer["state"], answer["done"], answer["total"], answer["reason"])

        return server.wait(submission, report)


def describe(answer: Answer) -> Iterator[str]:
    """Describe a submission in a few lines, each no longer than LONG.

    Args:
        answer: A submission as the API describes it.
    """
    name = f"{answer['system']} {answer['version']} ({answer['id']})"
    done = f"{answer['done']} of {counted(answer['total'], 'score')}"
    yield shorten(f"{name}: {answer['state']}, {done}", LONG)
    texts = [answer["reason"], f"next: {answer['next_step']}", *answer.get("notes", ())]
    yield from (f"    {shorten(text, LONG)}" for text in texts if text)


@contextmanager
def _one_file(path: Path) -> Iterator[Path]:
    """Provide `path`, or a folder's files as a zip, which is the same bytes each time."""
    if not path.is_dir():
        yield path
        return
    with TemporaryDirectory() as folder:
        packed = Path(folder) / f"{path.name}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(part for part in path.iterdir() if part.is_file()):
                # A fixed date: with the files' own, the same folder would be other bytes, and a
                # new submission.
                member = zipfile.ZipInfo(part.name, EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, part.read_bytes())
        yield packed
