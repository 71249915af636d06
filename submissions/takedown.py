"""Takedowns: a team takes a system back, a maintainer redacts an example or an output.

What is taken down is deleted from the data, not merely hidden, and a tombstone stays: the submission's row, or the
example with its gold label and a note in place of its texts. Scores that were made of it stay numbers; they are in
no release from the next one on where a whole system was withdrawn. An earlier release that lists a withdrawn system
is served no more (`is_tainted`).

What was redacted is remembered by hash: a file of ratings does not bring it back (`submissions.rating.ratings`).

An example keeps its place and label, so that tasks keep their size and ids stay what they are, and counts for no
system from then on (`submissions.releasing.redaction`): whoever comes later cannot be asked about it.
Explanations of it are gone from every submission: they would quote it; and so is every output, of whichever example,
that holds its post or reference word for word, as a baseline's may.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.gold import post_id_of
from submissions.life import require_standing
from submissions.outputs import Run, read_outputs, write_outputs
from submissions.store.clock import now
from submissions.store.database import writing
from submissions.store.folder import DataFolder, replace_file
from submissions.store.ledger import add_event
from submissions.store.posts import PostStore
from submissions.store.ratings import forget_texts, remember_redacted, text_hash
from submissions.store.release import ReleaseReader
from submissions.store.release_rows import ReleaseContent
from submissions.store.submissions import Change, Submission, change_submission, submissions

T = TypeVar("T")

TELLING = 40
"""Characters from which on a text found in an output is a quotation; a shorter one may be anybody's words."""


class NothingToRedact(ReasonBoardError):
    """There is no such example."""


def withdraw(folder: DataFolder, submission: Submission, author: str, reason: str) -> Submission:
    """Take a submission back: its outputs are deleted, its row stays as a tombstone; again, for nothing.

    The next release no longer lists it.
    """

    def change(own: Submission) -> Change | None:
        forgotten = replace(own.meta, contact=None, consent=False)
        gone = replace(own, withdrawn_at=now(), consent=False, meta=forgotten)
        return None if own.withdrawn_at is not None else Change(gone, "withdrawn", reason)

    gone = change_submission(folder, submission.id, change, author)
    _drop_outputs(folder, gone.outputs)
    forget_texts(folder, lambda text: text.submission == submission.id)
    return gone


def redact_output(
    folder: DataFolder, submission: Submission, task: str, example_id: str, author: str, reason: str
) -> None:
    """Delete what a submission says of one example, in every repetition; the label that was read stays.

    Raises:
        NothingToRedact: It says nothing of such an example.
        TooLate: The submission is withdrawn.
    """
    require_standing(submission)
    gone = {task: [example_id]}
    if not _redact(
        folder, submission, gone, author, f"{task} {example_id}: {reason}", of_post=False
    ):
        raise NothingToRedact(
            f"{submission.name} says nothing of example {example_id!r} of {task!r}"
        )
    forget_texts(
        folder,
        lambda text: (
            (text.submission, text.task, text.example_id) == (submission.id, task, example_id)
        ),
    )


def redact_example(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    task_id: str,
    example_id: str,
    author: str,
    reason: str,
) -> int:
    """Delete an example's post, query and reference, and what every submission says of it.

    The whole post goes: from every question about it, in every imported task, and from what people rated.

    Returns:
        How many submissions said something of it.

    Raises:
        NothingToRedact: There is no such example.
    """
    store = PostStore(folder.posts)
    task = tasks.get(task_id)
    if task is None or not store.has(task):
        raise NothingToRedact(
            f"{task_id!r} is not an imported task; `reasonboard benchmark list` lists them"
        )
    example = next((one for one in store.examples(task) if one.example_id == example_id), None)
    if example is None:
        raise NothingToRedact(f"{example_id!r} is not an example of {task_id}")
    imported = [one for one in tasks.values() if store.has(one)]
    texts = {text for one in imported for text in _texts(store, one, example.post_id)}
    redacted = {one.id: store.redact(one, example.post_id) for one in imported}
    same_post = post_id_of(example.post)
    remember_redacted(folder, [same_post])
    forget_texts(
        folder,
        lambda text: text.post_id == same_post or text.example_id in redacted.get(text.task, ()),
    )
    with writing(folder) as db:
        add_event(db, author, "example redacted", f"{task_id} {example_id}", reason)
    there = [one for one in submissions(folder) if one.withdrawn_at is None]
    why = f"the post of {task_id} {example_id} was redacted"
    return sum(
        _redact(folder, one, _quoting(folder, one, redacted, texts), author, why, of_post=True)
        for one in there
    )


def _texts(store: PostStore, task: Task, post_id: str) -> Iterator[str]:
    """What is known of a post's words in one task: itself, and its references."""
    for example in store.examples(task):
        if example.post_id == post_id:
            yield from filter(None, (example.post, example.reference, example.reference_full))


def _quoting(
    folder: DataFolder,
    submission: Submission,
    redacted: Mapping[str, Sequence[str]],
    texts: Collection[str],
) -> dict[str, Sequence[str]]:
    """The redacted examples by task, and the submission's others whose output holds one of `texts`."""
    telling = [text for text in texts if len(text) >= TELLING]
    found: dict[str, Sequence[str]] = dict(redacted)
    for run in read_outputs(folder.files / f"{submission.outputs}.parquet").runs:
        said = zip(run.example_ids, run.outputs, run.explanations_given, strict=True)
        quoting = {
            name
            for name, *parts in said
            if any(text in part for part in parts if part for text in telling)
        }
        found[run.task] = sorted(quoting.union(found.get(run.task, ())))
    return found


def is_tainted(folder: DataFolder, reader: ReleaseReader) -> bool:
    """Whether a release lists a submission that was withdrawn since."""
    gone = {one.id for one in submissions(folder) if one.withdrawn_at is not None}
    return bool(gone) and any(system.id in gone for system in reader.systems())


def withdrawn_systems(folder: DataFolder, served: ReleaseContent) -> frozenset[tuple[str, str]]:
    """Benchmark and name, with and without version, of the systems in `served` that were withdrawn since."""
    gone = {one.id for one in submissions(folder) if one.withdrawn_at is not None}
    listed = [system for system in served.systems if system.id in gone]
    return frozenset(
        (system.benchmark, name)
        for system in listed
        for name in (system.system, f"{system.system} {system.version}")
    )


def _redact(
    folder: DataFolder, submission: Submission, gone: Mapping[str, Sequence[str]], author: str, reason: str, *,
    of_post: bool,
) -> bool:  # fmt: skip
    """Redact what a submission says of examples (task id -> example ids), for their posts' sake or for its own.

    Returns:
        Whether it said anything.
    """
    replaced: list[str] = []

    def change(own: Submission) -> Change | None:
        changed = _without(folder, own, gone) if own.withdrawn_at is None else None
        if changed is None:
            return None
        replaced.append(own.outputs)
        return Change(changed, "output redacted", reason)

    if any(gone.get(task) for task in submission.tasks):
        change_submission(folder, submission.id, change, author)
    for outputs in replaced:
        said = _said(read_outputs(folder.files / f"{outputs}.parquet").runs, gone)
        remember_redacted(folder, {text_hash(text, of_post) for text in said if text})
        _drop_outputs(folder, outputs)
    return bool(replaced)


def _without(
    folder: DataFolder, submission: Submission, gone: Mapping[str, Sequence[str]]
) -> Submission | None:
    """The submission with a file that lacks what it says of examples (by task); None where it says nothing."""
    runs = read_outputs(folder.files / f"{submission.outputs}.parquet").runs
    redacted = [_blanked(run, gone.get(run.task, ())) for run in runs]
    if all(old is new for old, new in zip(runs, redacted, strict=True)):
        return None
    with TemporaryDirectory(dir=folder.files, prefix=".aside-") as aside:
        written = Path(aside) / "outputs.parquet"
        write_outputs(written, redacted)
        content = written.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    replace_file(folder.files / f"{digest}.parquet", content)
    return replace(submission, outputs=digest)


def _said(runs: Sequence[Run], gone: Mapping[str, Sequence[str]]) -> Iterator[str | None]:
    """Every output and explanation about examples (by task)."""
    for run in runs:
        columns = (run.example_ids, run.outputs, run.explanations_given, run.readings)
        for name, output, given, reading in zip(*columns, strict=True):
            if name in gone.get(run.task, ()):
                yield from (output, given, reading.explanation)


def _blanked(run: Run, examples: Sequence[str]) -> Run:
    gone = set(examples)
    if gone.isdisjoint(run.example_ids):
        return run
    hit = [example_id in gone for example_id in run.example_ids]
    labels = tuple(reading.label for reading in run.readings)
    return replace(
        run,
        outputs=_where(hit, [None for _ in hit], run.outputs),
        labels_given=_where(hit, labels, run.labels_given),
        explanations_given=_where(hit, [None for _ in hit], run.explanations_given),
        readings=_where(
            hit, [replace(reading, explanation=None) for reading in run.readings], run.readings
        ),
    )


def _where(hit: Sequence[bool], new: Sequence[T], old: Sequence[T]) -> tuple[T, ...]:
    return tuple(n if changes else o for changes, n, o in zip(hit, new, old, strict=True))


def _drop_outputs(folder: DataFolder, outputs: str) -> None:
    """Delete a file of outputs that no submission has any more."""
    if not any(one.outputs == outputs and one.withdrawn_at is None for one in submissions(folder)):
        (folder.files / f"{outputs}.parquet").unlink(missing_ok=True)
