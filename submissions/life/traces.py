"""Searches everything for what was taken down: it is done when nothing of it is found anywhere.

Searched are files of outputs, whoever they are of, uploads, posts, rated texts, arrays, the database and releases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from submissions.life.states import find_submission
from submissions.likeness.quotation import TELLING, Quotation
from submissions.store.folder import DataFolder
from submissions.store.outputs import (
    OutputsError,
    TaskOutputs,
    read_outputs,
)
from submissions.store.posts import PostStore
from submissions.store.ratings import (
    RatedText,
    count_texts,
)
from submissions.store.submissions import (
    Submission,
    outputs_in_use,
)
from submissions.store.takedowns import (
    EXAMPLE,
    OUTPUT,
    WITHDRAWAL,
    Quotes,
    Takedown,
    tables_holding,
    with_notes,
)
from submissions.wording import counted


def quotes_of(takedown: Takedown) -> Quotes:
    """Whether a text quotes the post of a takedown, by its words or to the letter."""
    sought, words = Quotation.of(takedown.post, takedown.texts), _words_of(takedown)
    return lambda text: sought.is_in(text) or any(one in text for one in words)


def _words_of(takedown: Takedown) -> tuple[str, ...]:
    return tuple(text for text in (takedown.post, *takedown.texts) if len(text) >= TELLING)


def submission_of(folder: DataFolder, takedown: Takedown) -> Submission:
    """Return the submission as it stands now that a takedown is about."""
    return find_submission(folder, str(takedown.submission))


def rated_of(folder: DataFolder, takedown: Takedown) -> Callable[[RatedText], bool]:
    """Which rated texts a takedown is about."""
    if takedown.kind == WITHDRAWAL:
        return lambda text: text.submission == takedown.submission
    if takedown.kind == OUTPUT:
        one = (takedown.submission, takedown.task, takedown.example_id)
        return lambda text: (text.submission, text.task, text.example_id) == one
    examples = PostStore(folder.posts).examples_of(str(takedown.post_id))
    sought = Quotation.of(takedown.post, takedown.texts)

    def gone(text: RatedText) -> bool:
        of_it = text.post_id == takedown.post_hash or text.example_id in examples.get(text.task, ())
        return of_it or any(map(sought.is_in, (text.post, text.output, text.explanation)))

    return gone


def traces_of(folder: DataFolder, takedown: Takedown) -> Iterator[str]:
    """Search everything for what was to go, and say where something of it still is."""
    yield from _left_in_outputs(folder, takedown)
    if rated := count_texts(folder, rated_of(folder, takedown)):
        yield f"{counted(rated, 'rated text')}"
    if takedown.kind == WITHDRAWAL:
        if submission_of(folder, takedown).withdrawn_at is None:
            yield "its submission stands"
        return
    if takedown.kind == EXAMPLE:
        traces = PostStore(folder.posts).traces(str(takedown.post_id))
        yield from (f"{_told(folder, path)} holds the post" for path in traces)
        yield from _left_in_databases(folder, quotes_of(takedown))
        yield from _left_in_arrays(folder, _words_of(takedown))


def _left_in_outputs(folder: DataFolder, takedown: Takedown) -> Iterator[str]:
    used = outputs_in_use(folder)
    there = {path.stem: path for path in folder.kept_outputs}
    noted = with_notes(folder, takedown).files
    yield from (
        f"{_told(folder, there[one])} is not deleted"
        for one in noted
        if one in there and one not in used
    )
    if takedown.kind == OUTPUT:
        own = submission_of(folder, takedown)
        gone = {str(takedown.task): [str(takedown.example_id)]}
        if own.withdrawn_at is None and any(said_of(runs_of(folder, own.outputs), gone)):
            yield f"{_told(folder, there[own.outputs])} holds the output"
    if takedown.kind == EXAMPLE:
        examples = PostStore(folder.posts).examples_of(str(takedown.post_id))
        sought = Quotation.of(takedown.post, takedown.texts)
        for path in there.values():
            if holds_example(path, examples, sought):
                yield f"{_told(folder, path)} holds words of it"
        for path in folder.examined:
            with suppress(OutputsError, FileNotFoundError):
                if holds_example(path, examples, sought):
                    yield f"{_told(folder, path)} holds words of it"


def holds_example(path: Path, examples: Mapping[str, Sequence[str]], sought: Quotation) -> bool:
    """Whether a file of outputs says anything of examples (by task), or of others what quotes what is sought."""
    runs = read_outputs(path).runs
    every = {run.task: run.example_ids for run in runs}
    return any(said_of(runs, examples)) or any(map(sought.is_in, said_of(runs, every)))


def _left_in_databases(folder: DataFolder, quotes: Quotes) -> Iterator[str]:
    for path in (folder.database, *sorted(folder.releases.glob("*.db"))):
        for table in tables_holding(path, quotes):
            yield f"{_told(folder, path)} holds words of it (table {table})"


def _left_in_arrays(folder: DataFolder, texts: Collection[str]) -> Iterator[str]:
    needles = [text.encode("utf-8", "surrogatepass") for text in texts]
    for path in sorted([*folder.arrays.iterdir(), *folder.partial.iterdir()]):
        content = path.read_bytes()
        if any(needle in content for needle in needles):
            yield f"{_told(folder, path)} holds words of it"


def _told(folder: DataFolder, path: Path) -> str:
    return str(path.relative_to(folder.path))


def runs_of(folder: DataFolder, outputs: str) -> tuple[TaskOutputs, ...]:
    """Return what is kept of a submission, by the digest of its file."""
    return read_outputs(folder.outputs(outputs)).runs


def said_of(runs: Sequence[TaskOutputs], gone: Mapping[str, Sequence[str]]) -> Iterator[str | None]:
    """Every output and explanation about examples (by task)."""
    for run in runs:
        columns = (run.example_ids, run.outputs, run.explanations_given, run.readings)
        wanted = set(gone.get(run.task, ()))
        for name, output, given, reading in zip(*columns, strict=True):
            if name in wanted:
                yield from (output, given, reading.explanation)
