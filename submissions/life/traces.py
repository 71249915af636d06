"""Searches everything for what was taken down: it is done when nothing of it is found anywhere.

Searched are files of outputs, whoever they are of, uploads, posts, rated texts, arrays, judges'
verdicts, the database and releases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from submissions.judging.forgetting import files_with_verdicts
from submissions.life.states import find_submission
from submissions.likeness.quotation import TELLING, Quotation
from submissions.store.files.gold import TakenDown
from submissions.store.files.outputs import (
    OutputsError,
    TaskOutputs,
    read_outputs,
)
from submissions.store.files.posts import PostStore, StandingPosts
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, count_texts, text_hash
from submissions.store.submitted.submissions import (
    Submission,
    outputs_in_use,
)
from submissions.store.submitted.takedowns import (
    EXAMPLE,
    OUTPUT,
    TRANSCRIPT,
    WITHDRAWAL,
    Takedown,
    noted_in,
    tables_holding,
)
from submissions.wording import counted

Batch = Sequence[Takedown]
"""Takedowns that are searched for and carried out together: of posts of one example; any other by
itself.
"""


@dataclass(frozen=True)
class Sought:
    """What the takedown of posts, or of a transcript, is about.

    Attributes:
        standing: Where gold still holds the posts; nowhere where a transcript goes.
        examples: Task id -> the ids of the posts' examples and of all that are redacted already:
            nobody may have said anything of these.
        quotation: The words of the posts, and of what was written about them.
        wholes: Texts that are looked for to the letter.
    """

    standing: Mapping[Path, StandingPosts]
    examples: Mapping[str, Sequence[str]]
    quotation: Quotation
    wholes: tuple[str, ...]

    @classmethod
    def of(cls, folder: DataFolder, batch: Batch) -> Sought:
        """Return what takedowns are about, while their posts are stored, or after."""
        posts = [takedown.post for takedown in batch if takedown.post]
        texts = [text for takedown in batch for text in takedown.texts]
        wholes = dict.fromkeys(text for text in (*posts, *texts) if len(text) >= TELLING)
        store = PostStore(folder.posts)
        standing = store.standing(_posts_of(batch)) if batch[0].kind == EXAMPLE else {}
        return cls(
            standing,
            _by_task(store, standing) if batch[0].kind == EXAMPLE else {},
            Quotation.of(posts, texts),
            tuple(wholes),
        )

    def quoted(self, *texts: str | None) -> bool:
        """Return whether any of some texts quotes the post by its words."""
        return any(map(self.quotation.is_in, texts))

    def is_in(self, text: str) -> bool:
        """Return whether a text quotes the post, by its words or to the letter."""
        return self.quoted(text) or any(whole in text for whole in self.wholes)

    def in_outputs(self, path: Path) -> bool:
        """Return whether a file of outputs says anything of the examples, or of others what quotes
        the post.
        """
        runs = read_outputs(path).runs
        # Other examples' outputs may quote the post: baselines copy references.
        every = {run.task: run.example_ids for run in runs}
        return any(said_of(runs, self.examples)) or self.quoted(*said_of(runs, every))

    def said_in(self, runs: Iterable[TaskOutputs]) -> dict[str, Sequence[str]]:
        """Return the post's examples by task, and the others of some runs whose
        output quotes it.
        """
        by_task = dict(self.examples)
        for run in runs:
            said = zip(
                run.example_ids, run.outputs, run.explanations_given, run.readings, strict=True
            )
            quoting = {
                name
                for name, *texts, reading in said
                if self.quoted(*texts, reading.explanation, *(reading.evidence or ()))
            }
            by_task[run.task] = sorted(quoting.union(by_task.get(run.task, ())))
        return by_task


def _posts_of(batch: Batch) -> TakenDown:
    return TakenDown.by_words(
        [takedown.post for takedown in batch if takedown.post],
        {str(takedown.post_id) for takedown in batch},
    )


def _by_task(store: PostStore, standing: Mapping[Path, StandingPosts]) -> dict[str, Sequence[str]]:
    by_task = {task: set(names) for task, names in store.redacted().items()}
    for here in standing.values():
        by_task.setdefault(here.task, set()).update(here.examples.values())
    return {task: sorted(names) for task, names in by_task.items()}


def submission_of(folder: DataFolder, takedown: Takedown) -> Submission:
    """Return the submission as it stands now that a takedown is about."""
    return find_submission(folder, str(takedown.submission))


def redacted_by(takedown: Takedown) -> dict[str, list[str]]:
    """Return the one example, by its task, of which a takedown redacts an output."""
    return {str(takedown.task): [str(takedown.example_id)]}


def rated_of(batch: Batch, sought: Sought) -> Callable[[RatedText], bool]:
    """Return which rated texts takedowns are about."""
    takedown = batch[0]
    if takedown.kind == WITHDRAWAL:
        return lambda text: text.submission == takedown.submission
    if takedown.kind == OUTPUT:
        key = (takedown.submission, takedown.task, takedown.example_id)
        return lambda text: (text.submission, text.task, text.example_id) == key
    if takedown.kind == TRANSCRIPT:
        return _transcript_of(takedown)
    hashes = {each.post_hash for each in batch}

    def gone(text: RatedText) -> bool:
        of_it = text.example_id in sought.examples.get(text.task, ())
        return (
            of_it
            or text.post_id in hashes
            or sought.quoted(text.post, text.output, text.explanation)
        )

    return gone


def _transcript_of(takedown: Takedown) -> Callable[[RatedText], bool]:
    named, said = (takedown.task, takedown.example_id), text_hash(takedown.post, of_post=False)

    def gone(text: RatedText) -> bool:
        # The same words may have come in under another id.
        return text.session is not None and (
            (text.task, text.item) == named or text_hash(text.output or "", of_post=False) == said
        )

    return gone


def traces_of(folder: DataFolder, batch: Batch) -> Iterator[str]:
    """Search everything for what was to go, and say where something of it still is."""
    kept = {path.stem: path for path in folder.kept_outputs}
    takedown, sought = batch[0], Sought.of(folder, batch)
    yield from _left_to_delete(folder, batch, kept)
    if rated := count_texts(folder, rated_of(batch, sought)):
        yield f"{counted(rated, 'rated text')}"
    for path in files_with_verdicts(folder, noted_in(folder, batch, "verdicts")):
        yield f"{_told(folder, path)} holds verdicts on it; is `reasonboard judge` at work on it?"
    if takedown.kind == EXAMPLE:
        yield from _left_of_example(folder, sought)
        return
    if takedown.kind == TRANSCRIPT:
        yield from _left_in_tables(folder, sought)
        return
    own = submission_of(folder, takedown)
    if own.withdrawn_at is not None:
        return
    if takedown.kind == WITHDRAWAL:
        yield "its submission stands"
    elif any(said_of(runs_of(folder, own.outputs), redacted_by(takedown))):
        yield f"{_told(folder, kept[own.outputs])} holds the output"


def _left_to_delete(folder: DataFolder, batch: Batch, kept: Mapping[str, Path]) -> Iterator[str]:
    # What another submission has too must stay.
    gone = noted_in(folder, batch, "files") - outputs_in_use(folder)
    for digest in sorted(gone & kept.keys()):
        yield f"{_told(folder, kept[digest])} is not deleted"


def _left_of_example(folder: DataFolder, sought: Sought) -> Iterator[str]:
    for path in _holding(folder, sought):
        yield f"{_told(folder, path)} holds words of it"
    for path in sorted({*sought.standing, *PostStore(folder.posts).unclean()}):
        yield f"{_told(folder, path)} holds the post"
    yield from _left_in_tables(folder, sought)


def _left_in_tables(folder: DataFolder, sought: Sought) -> Iterator[str]:
    for path in (folder.database, *sorted(folder.releases.glob("*.db"))):
        for table in tables_holding(path, sought.is_in):
            yield f"{_told(folder, path)} holds words of it (table {table})"


def _holding(folder: DataFolder, sought: Sought) -> Iterator[Path]:
    """Yield outputs, uploads that were looked at, and arrays that hold words of a post."""
    yield from filter(sought.in_outputs, folder.kept_outputs)
    for path in folder.examined:
        # Uploads come and go, and may be half written: whoever submits one holds it against
        # takedowns then.
        with suppress(OutputsError, FileNotFoundError):
            if sought.in_outputs(path):
                yield path
    # Arrays hold numbers; that no text ever got into one is looked at rather than believed.
    needles = [text.encode("utf-8", "surrogatepass") for text in sought.wholes]
    for path in sorted([*folder.arrays.iterdir(), *folder.partial.iterdir()]):
        content = path.read_bytes()
        if any(needle in content for needle in needles):
            yield path


def _told(folder: DataFolder, path: Path) -> str:
    return str(path.relative_to(folder.path))


def runs_of(folder: DataFolder, outputs: str) -> tuple[TaskOutputs, ...]:
    """Return what is kept of a submission, by the digest of its file."""
    return read_outputs(folder.outputs(outputs)).runs


def said_of(runs: Sequence[TaskOutputs], gone: Mapping[str, Sequence[str]]) -> Iterator[str | None]:
    """Yield every output and explanation about examples (by task)."""
    for run in runs:
        columns = (run.example_ids, run.outputs, run.explanations_given, run.readings)
        # A post may have hundreds of examples; each row is looked up.
        wanted = set(gone.get(run.task, ()))
        for name, output, given, reading in zip(*columns, strict=True):
            if name in wanted:
                yield from (output, given, reading.explanation, *(reading.evidence or ()))
