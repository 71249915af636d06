"""Takes a submission: hash, check, recognise a duplicate, store. Nothing is stored unless all of it
is accepted.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scoring.baselines import SYSTEMS
from scoring.errors import ReasonBoardError
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.declarations.meta import Meta, name_problems, read_meta
from submissions.declarations.strategies import strategy_problems, usable_strategies
from submissions.likeness.names import likeness
from submissions.problems import SubmissionRefused
from submissions.receiving.examination import (
    Examined,
    examine,
    gold_of,
    new_workspace,
    recognise,
    told_apart,
)
from submissions.receiving.formats import read_rows
from submissions.receiving.formats.row import Item, Note
from submissions.receiving.preview import Preview
from submissions.receiving.taken_down import leave_out
from submissions.receiving.validate import Checked, check, not_kept
from submissions.store.clock import now
from submissions.store.files.outputs import keep_outputs, keep_written
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.rated.ratings import remembered
from submissions.store.redacted import quotations_in
from submissions.store.submitted.submissions import (
    NameTaken,
    RedactedMeanwhile,
    Submission,
    add_submission,
    drop_outputs,
    earlier_submission,
    same_bytes,
)
from submissions.teams.accounts import NotAllowed, Team
from submissions.teams.limits import BoardLimits
from submissions.wording import counted

logger = logging.getLogger(__name__)

WAITS_FOR_REVIEW = "waits for a maintainer's review"


@dataclass(frozen=True)
class Sender:
    """Who submits, and under which rules.

    Attributes:
        author: For the record.
        team: Whose submission it is; None for whoever runs the board.
        most_a_day: How many the team may send to one benchmark within 24 hours; None for any
            number.
        held: Why what it sends is kept off the board at first; "" where it is not.
    """

    author: str
    team: str | None = None
    most_a_day: int | None = None
    held: str = ""


def sender_of(team: Team, limits: BoardLimits) -> Sender:
    """Return `team` as it submits under `limits`.

    Raises:
        NotAllowed: It may not submit.
    """
    if not team.may_submit:
        raise NotAllowed(
            f"{team.name} has the role {team.role}, which may not submit. Ask a maintainer for"
            " another."
        )
    held = WAITS_FOR_REVIEW if limits.publication.review and not team.maintains else ""
    return Sender(
        team.author, team.name, None if team.maintains else limits.team.submissions_a_day, held
    )


@dataclass(frozen=True)
class Accepted:
    """A submission that is stored.

    Attributes:
        submission: As stored, now or earlier.
        new: Whether this call stored it.
        copies: The sender's earlier submissions to the benchmark with the same bytes, under another
            name or version.
        notes: How the file was read, where that is worth knowing.
    """

    submission: Submission
    new: bool
    copies: tuple[Submission, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What to tell whoever submitted."""
        done, name = self.submission, f"{self.submission.system} {self.submission.version}"
        tasks = ", ".join(done.tasks)
        verdict = (
            "accepted" if self.new else "was here already, with the same bytes: nothing changed"
        )
        lines = [f"{name}: {verdict} ({done.id}; {counted(done.n_rows, 'row')}; {tasks})"]
        lines += [
            f"note: {c.system} {c.version} sent the same bytes on {c.received_at}"
            for c in self.copies
        ]
        lines += [f"note: {note}" for note in self.notes]
        if not done.consent:
            lines.append("note: `consent` is not given, so its scores stay private until it is")
        return tuple(lines)


def check_file(
    folder: DataFolder, tasks: Mapping[str, Task], path: Path, benchmark: str | None = None
) -> Checked:
    """Read `path` and hold it against the gold that is imported; store nothing.

    Files that do not name their benchmark are taken for the one that they plainly look like, and it
    is said; those of another benchmark than was said are told so, in one problem.

    Raises:
        ReasonBoardError: There is no such file or benchmark. What is wrong *in* the file is in the
            result.
    """
    if not path.exists():
        raise ReasonBoardError(f"{path}: no such file or folder")
    if benchmark is not None:
        require_benchmark(tasks, benchmark)
    checked = check_items(folder, tasks, read_rows(path, benchmark=benchmark), benchmark)
    if checked.accepted:
        return checked
    if benchmark is not None:
        return told_apart(folder, tasks, checked, path, benchmark)
    recognised = recognise(folder, tasks, path, None)
    if recognised is None or not recognised.by_place:
        return checked
    rows = read_rows(path, benchmark=recognised.benchmark)
    again = check_items(folder, tasks, rows, recognised.benchmark)
    said = (
        f"no benchmark was said; the file looks like {recognised} and is checked as that: submit it"
        " with "
    )
    note = Note(path.name, f"{said}--benchmark {recognised.benchmark}")
    return replace(again, notes=(*again.notes, note))


def check_items(
    folder: DataFolder, tasks: Mapping[str, Task], items: Iterable[Item], benchmark: str | None
) -> Checked:
    """Hold rows against the gold that is imported."""
    gold = gold_of(folder, tasks, benchmark)
    return check(items, gold, tasks, benchmark, remembered(folder))


def submit_file(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    path: Path,
    benchmark: str,
    meta_path: Path,
    sender: Sender | None = None,
) -> Accepted:
    """Check a file of outputs and its `submission.toml`, then store them.

    Raises:
        SubmissionRefused: Something in either file is wrong: all of it is listed, nothing is
            stored.
        NameTaken: This system and version was submitted with other bytes, or the name is another
            team's.
        DayIsFull: The team has sent as many as it may for now.
    """
    if not path.exists():
        raise ReasonBoardError(f"{path}: no such file or folder")
    require_benchmark(tasks, benchmark)
    workspace, sources = new_workspace(folder), Sources.of(tasks)
    try:
        examined = examine(
            folder, tasks, path, benchmark, hash_of(path), workspace, remembered(folder)
        )
        try:
            meta = read_meta(meta_path, sources)
        except SubmissionRefused as refusal:
            preview = examined.preview
            raise SubmissionRefused(
                [*refusal.problems, *preview.problems], preview.unlisted
            ) from refusal
        accepted = submit_examined(
            folder, examined, meta, benchmark, sender or Sender("import"), sources, meta_path.name
        )
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    # Nothing of a submission changes by sending it again; the file may say otherwise.
    if accepted.submission.meta != meta:
        raise NameTaken(
            f"{meta.system} {meta.version} was submitted before with the same outputs and other"
            " declarations; nothing changed. Declarations are part of a submission: give it a new"
            f" `version`, or change those of the first: `reasonboard edit {accepted.submission.id}"
            f" --meta {meta_path.name}`."
        )
    return accepted


def submit_examined(
    folder: DataFolder,
    examined: Examined,
    meta: Meta,
    benchmark: str,
    sender: Sender,
    sources: Sources,
    file: str = "submission.toml",
) -> Accepted:
    """Store what was looked at: the one way into the board for files, pages and the HTTP API alike.

    The outputs are on disk under their name before the row that names them; what was aside is
    moved, not copied.

    Args:
        folder: The data.
        examined: From `submissions.receiving.examination`.
        meta: What the team declares.
        benchmark: That it was examined for.
        sender: Who submits.
        sources: What the tasks tell about source data sets.
        file: Where `meta` was declared, for messages.

    Raises:
        SubmissionRefused: The file has problems, `trained_on` names what no task knows, `strategy`
            is none of the board's, or what is declared quotes a post that was taken down.
        NameTaken: This system and version was submitted with other bytes, or the name is another
            team's.
        DayIsFull: The team has sent as many as it may for now.
    """
    preview, asked = examined.preview, name_problems(meta, sources, file)
    asked += strategy_problems(meta, usable_strategies(folder.path), file)
    if preview.problems or examined.outputs is None:
        raise SubmissionRefused([*asked, *preview.problems], preview.unlisted)
    # Before the declaration is asked about: who sends the same again after a lost answer gets the
    # same answer.
    earlier = earlier_of(folder, meta, benchmark, examined.sha256, sender.team)
    if earlier is not None:  # whatever it declared, it was taken
        return Accepted(earlier, new=False, copies=same_bytes(folder, earlier))
    asked += quotations_in(folder, meta, file)
    if asked:
        raise SubmissionRefused(asked)
    declared = _submission(meta, benchmark, examined.sha256, sender)
    submission = replace(declared, tasks=examined.tasks, n_rows=examined.n_rows)
    accepted, lost = _store_examined(folder, examined, examined.outputs, submission, sender)
    kept = (not_kept(lost),) if lost else ()
    return replace(accepted, notes=(*preview.notes, *_unread(preview), *kept))


def _unread(preview: Preview) -> Iterator[str]:
    """Tell a team in how many of its outputs no label was read: they are stored, and count as
    wrong.
    """
    unread = [
        f"{task.unread:,} of {counted(task.rows, 'output')} of {task.task}"
        for task in preview.tasks
        if task.unread
    ]
    if unread:
        yield (
            f"no label was read in {', '.join(unread)}; they count as wrong, and `reasonboard"
            " check` says why"
        )


def earlier_of(
    folder: DataFolder, meta: Meta, benchmark: str, sha256: str, team: str | None
) -> Submission | None:
    """Return the submission of this name and these bytes, if it was received before.

    Then nothing need be looked at.

    Raises:
        NameTaken: This system and version was submitted with other bytes, or the name is another's.
    """
    _not_a_baselines_name(meta)
    return earlier_submission(folder, _submission(meta, benchmark, sha256, Sender("", team)))


def _not_a_baselines_name(meta: Meta) -> None:
    """Refuse the name of a baseline, which stands on every board."""
    for baseline in SYSTEMS:
        how = likeness(meta.system, baseline.name)
        if how is not None:
            own = meta.system == baseline.name
            alike = "is" if own else f"differs {how}, from {baseline.name!r},"
            raise ReasonBoardError(
                f"system {meta.system!r} {alike} the name of a baseline; give the system another"
                " name"
            )


def store_checked(
    folder: DataFolder,
    checked: Checked,
    meta: Meta,
    benchmark: str,
    sha256: str,
    *,
    trivial: bool = False,
) -> Accepted:
    """Store what was checked in this process: a baseline's outputs, made by whoever
    runs the board.
    """
    submission = replace(
        _submission(meta, benchmark, sha256, Sender("import")),
        outputs=keep_outputs(folder, checked.runs),
        tasks=checked.repetitions,
        n_rows=checked.n_rows,
        trivial=trivial,
    )
    return _store(folder, submission, Sender("import"))


def _store_examined(
    folder: DataFolder, examined: Examined, aside: Path, submission: Submission, sender: Sender
) -> tuple[Accepted, int]:
    """Store what was looked at, without what was redacted since, up to the moment at which it is
    stored.

    Returns:
        What is stored; how many outputs went.
    """
    known, lost = examined.remembered, 0
    while True:
        # Stored before it is asked whether more is remembered, and dropped where that is so.
        outputs = keep_written(folder, aside)
        try:
            accepted = _store(folder, replace(submission, outputs=outputs), sender, known)
        except RedactedMeanwhile:
            shutil.copyfile(folder.outputs(outputs), aside)
            left = leave_out(folder, aside)
            drop_outputs(folder, outputs)
            known, lost = left.known, lost + left.lost
        else:
            return accepted, lost


def _submission(meta: Meta, benchmark: str, sha256: str, sender: Sender) -> Submission:
    """Return the submission as declared and sent; its outputs are to be filled in."""
    named = "\n".join([benchmark, meta.system, meta.version, sha256])
    return Submission(
        id=hashlib.sha256(named.encode()).hexdigest()[:12],
        benchmark=benchmark,
        system=meta.system,
        version=meta.version,
        sha256=sha256,
        outputs="",
        tasks={},
        n_rows=0,
        meta=meta,
        received_at=now(),
        consent=meta.consent,
        team=sender.team,
        held=sender.held,
    )


def _store(
    folder: DataFolder, submission: Submission, sender: Sender, known: int | None = None
) -> Accepted:
    """Store the row, once the outputs that it names are on disk; `known` as in `add_submission`."""
    # On disk first, then named: a crash in between leaves a file that nobody refers to.
    stored = add_submission(folder, submission, sender.author, sender.most_a_day, known)
    ids = {"submission": stored.id, "team": sender.team, "rows": submission.n_rows}
    logger.info("submission received", extra={"ids": ids})
    return Accepted(stored, new=stored is submission, copies=same_bytes(folder, stored))


def hash_of(path: Path) -> str:
    """Return sha256 of a file's bytes.

    Of a folder, of its files' names and bytes in order, hidden files apart.
    """
    if path.is_dir():
        parts = sorted(
            part for part in path.iterdir() if part.is_file() and not part.name.startswith(".")
        )
        listed = "\n".join(f"{part.name} {hash_of(part)}" for part in parts)
        return hashlib.sha256(listed.encode()).hexdigest()
    return sha256_of(path)


def require_benchmark(tasks: Mapping[str, Task], benchmark: str) -> None:
    """Refuse a benchmark that is not declared.

    Raises:
        ReasonBoardError: With those that are.
    """
    known = dict.fromkeys(task.benchmark for task in tasks.values())
    if benchmark not in known:
        raise ReasonBoardError(f"{benchmark!r} is not a benchmark; there are: {', '.join(known)}")
