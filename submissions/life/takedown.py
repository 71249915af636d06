"""Takedowns: a team takes a system back, a maintainer redacts an example, an output or a transcript.

What is taken down is deleted from the data, not merely hidden, and a tombstone stays: the
submission's row, or the example with its gold label and a note in place of its texts. Scores that
were made of it stay numbers; they are in no release from the next one on where a whole system was
withdrawn. An earlier release that lists a withdrawn system is served no more
(`submissions.store.released.serving.lists_withdrawn`).

A takedown is an intention that is stored first (`submissions.store.submitted.takedowns`), with the
words that it is about, and carried out then; every step of it may be done again for nothing. If the
process is killed, whichever starts next on the data goes on (`complete`). It is done when a search
finds nothing more of it: in the files of outputs, whoever they are of, in uploads that were looked
at, in posts and their full-text index, in rated texts, arrays, judges' verdicts, the working database
and releases.
Only then is anybody told that it is gone.

What was redacted is remembered by hash: a file of ratings does not bring it back
(`submissions.rating.ratings`), nor an upload, whenever it was looked at (`submissions.receiving`),
a declaration or a reason (`submissions.store.redacted`).

A transcript goes with what raters wrote about it, and with what quotes it in the database and in
releases. Neither its words nor its id come in again, nor its words here and there reworded
(`submissions.likeness.sketches`); their ratings stay numbers of no text. Other
transcripts may have sentences in common with it, as those of one simulated patient do, and stay.

Of an example of several posts one alone may go, or all. Where it goes, it goes from every example
that holds it, be it the only post there or one of many; the others stay where they are. What was
asked about is then no more, and so each of these examples is redacted as a whole: its query and
reference, which are of all of its posts, and what anybody said of it.

An example keeps its place and label, so that tasks keep their size and ids stay what they are, and
counts for no system from then on (`submissions.releasing.redaction`): whoever comes later cannot be
asked about it. Explanations of it are gone from every submission: they would quote it; and so is
every output, of whichever example, that quotes its post or holds its reference
(`submissions.likeness.quotation`), as a baseline's may. What a team declared that quotes the post
goes from its declarations, names and links included, from the record of events and runs, and from
releases, with all that they derive from it: this is the one thing that changes a release, and its
new digest is written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from scoring.counterfactuals import JOINT
from scoring.errors import ReasonBoardError, nearest
from scoring.segments import REDACTED, Example, Post
from scoring.tasks import Task
from submissions.judging.forgetting import (
    Marks,
    forget_verdicts,
    marks_of_outputs,
    marks_of_rated,
)
from submissions.life.decisions import require_standing
from submissions.life.states import find_submission
from submissions.life.traces import (
    Batch,
    Sought,
    rated_of,
    redacted_by,
    runs_of,
    said_of,
    submission_of,
    traces_of,
)
from submissions.likeness.quotation import TELLING, Quotation
from submissions.likeness.sketches import Sketch, are_nearly_one
from submissions.store.clock import now
from submissions.store.database import StoreTrouble
from submissions.store.files.annotators import pseudonyms
from submissions.store.files.gold import TakenDown, post_id_of
from submissions.store.files.outputs import (
    OutputsError,
    keep_outputs,
    read_outputs,
    rewrite_outputs,
    without_texts,
)
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, sha256_of, sweep_asides
from submissions.store.rated.ratings import (
    forget_texts,
    rated_texts,
    redacted_hashes,
    remember_redacted,
    sources,
    text_hash,
    transcript_hash,
    transcripts_of,
)
from submissions.store.released.ledger import record_altered
from submissions.store.released.release import ReleaseReader, release_path
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.submitted.submissions import (
    Change,
    Submission,
    change_submission,
    drop_outputs,
    outputs_in_use,
    submissions,
)
from submissions.store.submitted.takedowns import (
    EXAMPLE,
    OUTPUT,
    TRANSCRIPT,
    WITHDRAWAL,
    Quotes,
    Takedown,
    add_takedowns,
    mark_verified,
    note,
    noted_in,
    pending_takedowns,
    tables_holding,
    take_out_of_database,
    take_out_of_release,
)

SHOWN = 3
SHOWN_POSTS = 20
ABOUT_TO_BE = 3600
"""Seconds for which a file of outputs that no submission names may be one that is
being submitted.
"""


class NothingToRedact(ReasonBoardError):
    """There is no such example or transcript."""


class TakedownIncomplete(ReasonBoardError):
    """Something of what was taken down is still there; it stays an intention."""


@dataclass(frozen=True)
class Unfinished:
    """A takedown that is not done.

    Attributes:
        takedown: Which.
        left: Where something of it still is, or why that could not be found out.
    """

    takedown: Takedown
    left: tuple[str, ...]

    @property
    def told(self) -> str:
        """In a sentence."""
        more = f" and {len(self.left) - SHOWN} more" if len(self.left) > SHOWN else ""
        return (
            f"{self.takedown.subject}: its takedown of {self.takedown.asked_at} is not finished: "
            f"{'; '.join(self.left[:SHOWN])}{more}"
        )


def withdraw(folder: DataFolder, submission: Submission, author: str, reason: str) -> Submission:
    """Take a submission back: its outputs are deleted, its row stays as a tombstone; again, for
    nothing.

    The next release no longer lists it.

    Raises:
        TakedownIncomplete: Something of it could not be deleted yet.
    """
    standing = find_submission(folder, submission.id)
    if standing.withdrawn_at is None:
        asked = Takedown(
            WITHDRAWAL, submission.name, author, reason, submission.id, files=(standing.outputs,)
        )
        _carry_out_now(folder, add_takedowns(folder, [asked]))
    return find_submission(folder, submission.id)


def redact_output(
    folder: DataFolder, submission: Submission, task: str, example_id: str, author: str, reason: str
) -> None:
    """Delete what a submission says of one example, in every repetition; the label that was read
    stays.

    Raises:
        NothingToRedact: It says nothing of such an example.
        TooLate: The submission is withdrawn.
        TakedownIncomplete: Something of it could not be deleted yet.
    """
    standing = find_submission(folder, submission.id)
    require_standing(standing)
    gone = {task: [example_id]}
    if task not in standing.tasks or not any(said_of(runs_of(folder, standing.outputs), gone)):
        raise NothingToRedact(
            f"{submission.name} says nothing of example {example_id!r} of {task!r}"
        )
    subject = f"{submission.name} on {task} {example_id}"
    asked = Takedown(OUTPUT, subject, author, reason, submission.id, task, example_id)
    _carry_out_now(folder, add_takedowns(folder, [asked]))


def redact_example(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    task_id: str,
    example_id: str,
    author: str,
    reason: str,
    post: str | None = None,
) -> int:
    """Delete an example's post, query and reference, and what every submission says of it.

    The whole post goes: from every question about it, in every imported task, and from what people
    rated.

    Args:
        folder: The data.
        tasks: Every declared task.
        task_id: The example's.
        example_id: The example.
        author: Who asked.
        reason: Why.
        post: Of an example of several posts: the name of the one that goes; None for all.

    Returns:
        How many submissions said something of it.

    Raises:
        NothingToRedact: There is no such example or post.
        TakedownIncomplete: Something of it could not be deleted yet.
    """
    store = PostStore(folder.posts)
    task = tasks.get(task_id)
    if task is None or not store.has(task):
        raise NothingToRedact(
            f"{task_id!r} is not an imported task; `reasonboard benchmark list` lists them"
        )
    example = next(
        (candidate for candidate in store.examples(task) if candidate.example_id == example_id),
        None,
    )
    if example is None:
        raise NothingToRedact(f"{example_id!r} is not an example of {task_id}")
    own = _posts_to_go(task_id, example, post)
    posts = [each.text for each in own if each.text != REDACTED]
    gone = TakenDown.by_words(posts, {each.post_id for each in own})
    holding = store.holding(store.standing(gone))
    asked = _asked(task_id, example, own, _written_about(holding, own), author, reason)
    remembered = sorted({*Quotation.of(posts).hashes(), *_hashes_of(holding, gone)})
    # All at once, so that whoever is killed leaves none of them unsaid.
    numbers = add_takedowns(folder, asked, "example redacted", remembered)
    return len(_carry_out_now(folder, numbers))


def _posts_to_go(task_id: str, example: Example, name: str | None) -> list[Post]:
    """Return the posts of an example that are to be taken down.

    Raises:
        NothingToRedact: None of them is called so.
    """
    several = example.posts
    if name is None:
        return list(example.parts)
    chosen = [post for post in several if post.name == name]
    if not chosen:
        names = [post.name for post in several]
        which = nearest(name, names) or f"its posts are {', '.join(names[:SHOWN_POSTS])}"
        why = which if several else "it is of a single post, which needs no name"
        raise NothingToRedact(
            f"{name!r} is not a post of example {example.example_id!r} of {task_id}; {why}"
        )
    return chosen


def _asked(
    task_id: str,
    example: Example,
    own: Sequence[Post],
    about: Sequence[str],
    author: str,
    reason: str,
) -> list[Takedown]:
    """Return the intentions of taking posts down; where one is redacted already, of searching for
    what its examples left.
    """
    return [
        Takedown(
            EXAMPLE,
            " ".join(filter(None, (task_id, example.example_id, post.name))),
            author,
            reason,
            task=task_id,
            example_id=example.example_id,
            post_id=post.post_id,
            post_hash=post_id_of(post.text),
            post="" if post.text == REDACTED else post.text,
            # They are carried out together: it is enough to say it of the first.
            texts=tuple(about) if post is own[0] else (),
        )
        for post in own
    ]


def _written_about(holding: Iterable[Example], own: Iterable[Post]) -> list[str]:
    """Return texts that a post is in, and their references, as far as they tell of it."""
    known = {REDACTED, *(post.text for post in own)}
    every = {
        text
        for each in holding
        for text in (each.post, each.reference, each.reference_full)
        if text and len(text) >= TELLING
    }
    return sorted(every - known)


def _hashes_of(holding: Iterable[Example], gone: TakenDown) -> Iterator[str]:
    """Yield by what texts that hold posts are remembered: whatever is said of these is not kept,
    from before they are deleted.
    """
    for example in holding:
        made = JOINT in example.example_id
        parts = [post for post in example.parts if made or gone.quotes(post.text)]
        for post in parts:
            yield from (post.post_id, post_id_of(post.text))
        if parts and example.post != REDACTED:
            yield post_id_of(example.post)


def has_transcripts(folder: DataFolder, task_id: str) -> bool:
    """Return whether transcripts ever came in for a task."""
    return bool(sources(folder, transcripts_of(task_id)))


def redact_transcript(
    folder: DataFolder, task_id: str, item: str, author: str, reason: str
) -> tuple[str, ...]:
    """Delete a transcript, wherever it is rated, and what raters wrote about it.

    Returns:
        The ids of other transcripts of the task that may be reworded from it, and stay.

    Raises:
        NothingToRedact: There is no such transcript.
        TakedownIncomplete: Something of it could not be deleted yet.
    """
    every = rated_texts(folder, transcripts_of(task_id)).values()
    here = {text.item: text for text in every}
    if item not in here:
        taken = transcript_hash(task_id, item) in redacted_hashes(folder)
        why = "it was taken down" if taken else nearest(item, list(here))
        raise NothingToRedact(
            f"{item!r} is not a transcript of {task_id}" + (f"; {why}" if why else "")
        )
    said = here[item].output or ""
    hashes = (text_hash(said, of_post=False), transcript_hash(task_id, item))
    others = {text.item: text.output or "" for text in every if text.output != said}
    near = tuple(name for name, text in others.items() if are_nearly_one(said, text))
    unlike = (text for name, text in others.items() if name not in near)
    sketch = Sketch.of(said, unlike, pseudonyms(folder.path))
    remembered = (*hashes, *([sketch.written] if sketch else []))
    # No database holds half of a surrogate pair.
    sought = said.encode(errors="replace").decode()
    asked = Takedown(
        TRANSCRIPT,
        f"{task_id} {item}",
        author,
        reason,
        task=task_id,
        example_id=item,
        post=sought,
    )
    _carry_out_now(folder, add_takedowns(folder, [asked], "transcript redacted", remembered))
    return near


def counterfactuals_to_come(folder: DataFolder, tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Return ids of counterfactual tasks that are declared and not imported: their files, which
    nobody knows the place of, may hold what was made of a post that is redacted.
    """
    store = PostStore(folder.posts)
    return tuple(
        task.id
        for task in tasks.values()
        if task.counterfactual_of is not None and not store.has(task)
    )


def complete(folder: DataFolder) -> tuple[Unfinished, ...]:
    """Carry out what an earlier process left; every process does so when it starts.

    Returns:
        What is still not done: told, and tried again by whoever starts next.
    """
    batches: dict[tuple[object, ...], list[Takedown]] = {}
    for takedown in pending_takedowns(folder):
        batches.setdefault(_together(takedown), []).append(takedown)
    return tuple(each for batch in batches.values() for each in _tried(folder, batch))


def _together(takedown: Takedown) -> tuple[object, ...]:
    """Return what takedowns share that are carried out together."""
    if takedown.kind != EXAMPLE:
        return (takedown.kind, takedown.n)
    return (takedown.kind, takedown.task, takedown.example_id)


def _tried(folder: DataFolder, batch: Batch) -> tuple[Unfinished, ...]:
    try:
        _carry_out(folder, batch)
        left = tuple(traces_of(folder, batch))
    except (ReasonBoardError, *StoreTrouble) as trouble:
        left = (str(trouble),)
    if left:
        return tuple(Unfinished(takedown, left) for takedown in batch)
    mark_verified(folder, [takedown.n for takedown in batch])
    return ()


def _carry_out_now(folder: DataFolder, numbers: Collection[int]) -> frozenset[str]:
    """Carry out what was asked, and say so only if nothing of it is left.

    Returns:
        The ids of the submissions that had something of it.
    """
    batch = [takedown for takedown in pending_takedowns(folder) if takedown.n in numbers]
    if not batch:  # another process was as fast
        return frozenset()
    had = _carry_out(folder, batch)
    left = tuple(traces_of(folder, batch))
    if left:
        raise TakedownIncomplete(
            f"{Unfinished(batch[0], left).told}. It stays to be done: the next command, worker or"
            " server that starts on the data goes on with it, and `reasonboard status` says what"
            " is left."
        )
    mark_verified(folder, numbers)
    return had


def _carry_out(folder: DataFolder, batch: Batch) -> frozenset[str]:
    """Do all of it that is not done yet.

    Returns:
        The ids of the submissions that something was deleted of.
    """
    sought = Sought.of(folder, batch)
    # While the post is there that they are about.
    rated = rated_of(batch, sought)
    _note_verdicts(folder, batch[0], lambda: marks_of_rated(folder, rated))
    had = _STEPS[batch[0].kind](folder, batch, sought)
    # Read again: the step before has noted more.
    for outputs in noted_in(folder, batch, "files"):
        drop_outputs(folder, outputs)
    forget_texts(folder, rated)
    forget_verdicts(folder, noted_in(folder, batch, "verdicts"))
    for place in (folder.files, folder.posts, folder.posts / "rated", folder.judged):
        sweep_asides(place)
    return had


def _take_back(folder: DataFolder, batch: Batch, _: Sought) -> frozenset[str]:
    (takedown,) = batch

    def change(own: Submission) -> Change | None:
        if own.withdrawn_at is not None:
            return None
        note = replace(own.meta, contact=None, consent=False)
        gone = replace(own, withdrawn_at=now(), consent=False, meta=note)
        return Change(gone, "withdrawn", takedown.reason)

    # Another takedown may have given it another file since this one was asked for.
    own = submission_of(folder, takedown)
    note(folder, takedown.n, "files", [own.outputs])
    if own.withdrawn_at is None:
        _note_verdicts(folder, takedown, lambda: marks_of_outputs(folder, own.outputs))
    change_submission(folder, str(takedown.submission), change, takedown.author)
    return frozenset({own.id})


def _note_verdicts(folder: DataFolder, takedown: Takedown, marks: Callable[[], Marks]) -> None:
    """Note by what verdicts of judges are known that are to go, where there are any of anything."""
    if any(folder.judged.glob("*.jsonl")):
        note(folder, takedown.n, "verdicts", sorted(marks()))


def _blank_output(folder: DataFolder, batch: Batch, _: Sought) -> frozenset[str]:
    (takedown,) = batch
    gone = redacted_by(takedown)
    reason = f"{takedown.task} {takedown.example_id}: {takedown.reason}"
    own = submission_of(folder, takedown)
    return frozenset({own.id} if _redact(folder, takedown, own, gone, reason) else ())


def _blank_example(folder: DataFolder, batch: Batch, sought: Sought) -> frozenset[str]:
    """Blank the examples, submissions first.

    The posts' words stand in their files until nobody quotes them.
    """
    takedown = batch[0]
    reason = f"the post of {takedown.subject} was redacted"
    had = set()
    for submission in submissions(folder):
        if submission.withdrawn_at is None:
            gone = sought.said_in(runs_of(folder, submission.outputs))
            if _redact(folder, takedown, submission, gone, reason):
                had.add(submission.id)
    # Submissions first: an upload that is submitted meanwhile is held against what is remembered.
    _take_out_of_uploads(folder, sought)
    _take_out_of_declarations(folder, batch, sought.is_in)
    # Last: until then its words tell what quotes it.
    PostStore(folder.posts).redact(sought.standing)
    _note_abandoned(folder, takedown, sought)
    return frozenset(had)


def _blank_transcript(folder: DataFolder, batch: Batch, sought: Sought) -> frozenset[str]:
    _take_out_of_declarations(folder, batch, sought.is_in)
    return frozenset()


_STEPS: Mapping[str, Callable[[DataFolder, Batch, Sought], frozenset[str]]] = {
    WITHDRAWAL: _take_back,
    OUTPUT: _blank_output,
    EXAMPLE: _blank_example,
    TRANSCRIPT: _blank_transcript,
}
"""Kind -> what is done besides deleting the rated texts, files and verdicts."""


def _take_out_of_declarations(folder: DataFolder, batch: Batch, quotes: Quotes) -> None:
    """Take what quotes a post out of what teams declared and people noted, in the database and in
    releases.
    """
    number = batch[0].n
    take_out_of_database(folder, number, quotes)
    new_names = _new_names(folder, batch)
    for path in sorted(folder.releases.glob("*.db")):
        if tables_holding(path, quotes):
            note(folder, number, "releases", [int(path.stem)])
            take_out_of_release(path, quotes, new_names)
    # All that were noted, not those of this call: an earlier one may have been killed in between.
    for release in sorted(noted_in(folder, batch, "releases")):
        path = release_path(folder, release)
        record_altered(folder, release, sha256_of(path), ReleaseReader(path).content().digest())


def _new_names(folder: DataFolder, batch: Batch) -> dict[str, str]:
    """Return name that quotes -> what it is called from now on, as it stands now."""
    numbers = {takedown.n for takedown in batch}
    pending = (takedown for takedown in pending_takedowns(folder) if takedown.n in numbers)
    return {old: new for takedown in pending for old, new in takedown.new_names.items()}


def _note_abandoned(folder: DataFolder, takedown: Takedown, sought: Sought) -> None:
    """Have files deleted that hold words of the post and are of no submission; a new one may be
    about to be.
    """
    # Outputs lie in their place a moment before their submission's row does.
    used, latest = outputs_in_use(folder), time.time() - ABOUT_TO_BE
    unused = [path for path in folder.kept_outputs if path.stem not in used]
    old = [path for path in unused if path.stat().st_mtime < latest]
    holding = [path.stem for path in old if sought.in_outputs(path)]
    note(folder, takedown.n, "files", holding)


def _take_out_of_uploads(folder: DataFolder, sought: Sought) -> None:
    """Take the post's words out of what was looked at and is not submitted yet; what is being
    written is left out later.
    """
    for path in folder.examined:
        with suppress(OutputsError, FileNotFoundError):
            runs = read_outputs(path).runs
            gone = sought.said_in(runs)
            if any(said_of(runs, gone)):
                rewrite_outputs(path, (without_texts(run, gone[run.task]) for run in runs))


def withdrawn_systems(folder: DataFolder, served: ReleaseContent) -> frozenset[tuple[str, str]]:
    """Return benchmark and name, with and without version, of the systems in `served` that were
    withdrawn since.
    """
    gone = {
        submission.id for submission in submissions(folder) if submission.withdrawn_at is not None
    }
    listed = [system for system in served.systems if system.id in gone]
    return frozenset(
        (system.benchmark, name)
        for system in listed
        for name in (system.system, f"{system.system} {system.version}")
    )


def _redact(
    folder: DataFolder,
    takedown: Takedown,
    submission: Submission,
    gone: Mapping[str, Sequence[str]],
    reason: str,
) -> bool:
    """Redact what a submission says of examples (task id -> example ids).

    What it says is remembered, and its file noted, before it is changed: after a crash nobody could
    tell.

    Returns:
        Whether it said anything.
    """
    if submission.withdrawn_at is not None or not any(gone.get(task) for task in submission.tasks):
        return False
    said = set(filter(None, said_of(runs_of(folder, submission.outputs), gone)))
    if not said:
        return False
    of_post = takedown.kind == EXAMPLE
    remember_redacted(folder, {text_hash(text, of_post) for text in said})
    note(folder, takedown.n, "files", [submission.outputs])
    _note_verdicts(folder, takedown, lambda: marks_of_outputs(folder, submission.outputs, gone))
    changed = []

    def change(own: Submission) -> Change | None:
        if own.withdrawn_at is not None or own.outputs != submission.outputs:
            return None
        changed.append(own)
        return Change(_without(folder, own, gone), "output redacted", reason)

    standing = change_submission(folder, submission.id, change, takedown.author)
    return bool(changed) or _redact(folder, takedown, standing, gone, reason)


def _without(
    folder: DataFolder, submission: Submission, gone: Mapping[str, Sequence[str]]
) -> Submission:
    """Return the submission with a file that lacks what it says of examples (by task)."""
    runs = runs_of(folder, submission.outputs)
    redacted = [without_texts(run, gone.get(run.task, ())) for run in runs]
    return replace(submission, outputs=keep_outputs(folder, redacted))
