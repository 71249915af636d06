"""Takes a submission: hash, check, recognise a duplicate, store. Nothing is stored unless all of it is accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scoring.baselines import SYSTEMS
from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.formats import read_rows
from submissions.formats.row import Item
from submissions.meta import Meta, read_meta
from submissions.outputs import write_outputs
from submissions.problems import SubmissionRefused
from submissions.store.clock import now
from submissions.store.folder import DataFolder, replace_file
from submissions.store.posts import PostStore
from submissions.store.submissions import NameTaken, Submission, add_submission, same_bytes
from submissions.validate import Checked, check


@dataclass(frozen=True)
class Accepted:
    """A submission that is stored.

    Attributes:
        submission: As stored, now or earlier.
        new: Whether this call stored it.
        copies: Earlier submissions to the benchmark with the same bytes, under another name or version.
    """

    submission: Submission
    new: bool
    copies: tuple[Submission, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What to tell whoever submitted."""
        done, name = self.submission, f"{self.submission.system} {self.submission.version}"
        tasks = ", ".join(done.tasks)
        verdict = "accepted" if self.new else "was here already, with the same bytes: nothing changed"
        lines = [f"{name}: {verdict} ({done.id}; {done.n_rows} rows; {tasks})"]
        lines += [f"note: {c.system} {c.version} sent the same bytes on {c.received_at}" for c in self.copies]
        if not done.consent:
            lines.append("note: `consent` is not given, so its scores will not be published")
        return tuple(lines)


def check_file(folder: DataFolder, tasks: Mapping[str, Task], path: Path, benchmark: str | None = None) -> Checked:
    """Read `path` and hold it against the gold that is imported; store nothing.

    Raises:
        ReasonBoardError: There is no such file or benchmark. What is wrong *in* the file is in the result.
    """
    if not path.exists():
        raise ReasonBoardError(f"{path}: no such file or folder")
    _known_benchmark(tasks, benchmark)
    return check_items(folder, tasks, read_rows(path, benchmark=benchmark), benchmark)


def check_items(folder: DataFolder, tasks: Mapping[str, Task], items: Iterable[Item], benchmark: str | None) -> Checked:
    """Hold rows against the gold that is imported."""
    store = PostStore(folder.posts)
    wanted = (task for task in tasks.values() if benchmark in (None, task.benchmark))
    gold = {task.id: store.examples(task) for task in wanted if store.has(task)}
    return check(items, gold, tasks, benchmark)


def submit_file(folder: DataFolder, tasks: Mapping[str, Task], path: Path, benchmark: str, meta_path: Path) -> Accepted:
    """Check a file of outputs and its `submission.toml`, then store them.

    Raises:
        SubmissionRefused: Something in either file is wrong: all of it is listed, nothing is stored.
        NameTaken: This system and version was submitted with other bytes.
    """
    checked = check_file(folder, tasks, path, benchmark)
    try:
        meta = read_meta(meta_path, {task.dataset for task in tasks.values()})
    except SubmissionRefused as refusal:
        raise SubmissionRefused([*refusal.problems, *checked.problems], checked.unlisted) from refusal
    _not_a_baselines_name(meta)
    accepted = store_checked(folder, checked.require(), meta, benchmark, hash_of(path))
    if accepted.submission.meta != meta:
        raise NameTaken(
            f"{meta.system} {meta.version} was submitted before with the same outputs and other declarations; nothing "
            "changed. Declarations are part of a submission: give it a new `version`."
        )
    return accepted


def _not_a_baselines_name(meta: Meta) -> None:
    """The baselines stand on every board: nobody else's system may take their place."""
    if " ".join(meta.system.split()).casefold() in {system.name.casefold() for system in SYSTEMS}:
        raise ReasonBoardError(f"system {meta.system!r} is the name of a baseline; give the system another name")


def store_checked(
    folder: DataFolder, checked: Checked, meta: Meta, benchmark: str, sha256: str, *, trivial: bool = False
) -> Accepted:
    """Store what was checked. The outputs are on disk before the row that names them."""
    submission = Submission(
        id=_submission_id(benchmark, meta, sha256), benchmark=benchmark, system=meta.system, version=meta.version,
        sha256=sha256, outputs=_keep_outputs(folder, checked),
        tasks={coverage.task: coverage.repetitions for coverage in checked.coverage},
        n_rows=sum(coverage.rows for coverage in checked.coverage), meta=meta, received_at=now(), trivial=trivial,
        consent=meta.consent,
    )  # fmt: skip
    stored = add_submission(folder, submission)
    return Accepted(stored, new=stored is submission, copies=same_bytes(folder, stored))


def hash_of(path: Path) -> str:
    """sha256 of a file's bytes; of a folder, of its files' names and bytes in order."""
    if path.is_dir():
        parts = sorted(part for part in path.iterdir() if part.is_file())
        listed = "\n".join(f"{part.name} {hash_of(part)}" for part in parts)
        return hashlib.sha256(listed.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _keep_outputs(folder: DataFolder, checked: Checked) -> str:
    with TemporaryDirectory(dir=folder.files, prefix=".aside-") as aside:
        written = Path(aside) / "outputs.parquet"
        write_outputs(written, checked.runs)
        content = written.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kept = folder.files / f"{digest}.parquet"
    if not kept.exists():
        replace_file(kept, content)
    return digest


def _submission_id(benchmark: str, meta: Meta, sha256: str) -> str:
    return hashlib.sha256("\n".join([benchmark, meta.system, meta.version, sha256]).encode()).hexdigest()[:12]


def _known_benchmark(tasks: Mapping[str, Task], benchmark: str | None) -> None:
    known = dict.fromkeys(task.benchmark for task in tasks.values())
    if benchmark is not None and benchmark not in known:
        raise ReasonBoardError(f"{benchmark!r} is not a benchmark; there are: {', '.join(known)}")
