"""Verdicts on what is taken down: which they are, and that they go.

A verdict knows texts by their hashes alone. So while a takedown still has the texts their hashes are
noted (`Gone`), and whoever goes on after a crash knows what is to go. What somebody else said word
for word, and that stands, keeps its verdicts.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scoring.extraction import with_references_cut
from scoring.instruments import Pair
from scoring.judging.pairs import judged_pairs
from scoring.judging.verdicts import texts_hash, verdict_in
from scoring.segments import Segments
from submissions.declarations.settings import board_tasks
from submissions.rating.rated_values import rated_sets
from submissions.rating.rubrics import usable_rubrics
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, replace_file
from submissions.store.rated.ratings import RatedText, spoken_texts
from submissions.store.submitted.submissions import submissions

Marks = frozenset[str]
"""Hashes by which verdicts are known to be of some texts."""
Examples = Mapping[str, Collection[str]]
"""Task id -> ids of examples."""


def marks_of_outputs(folder: DataFolder, outputs: str, gone: Examples | None = None) -> Marks:
    """Return what verdicts on a submission are known by.

    Args:
        folder: The data.
        outputs: The digest of its file.
        gone: Of which examples; None for all.
    """
    store, marks = PostStore(folder.posts), set[str]()
    for task in board_tasks(folder.path).values():
        if not task.explained or not store.has(task) or (gone is not None and task.id not in gone):
            continue
        examples = with_references_cut(task, store.examples(task))
        for run in segments(folder.outputs(outputs), task, examples):
            marks |= _marks(_pairs(run, None if gone is None else gone[task.id]))
    return frozenset(marks)


def marks_of_rated(folder: DataFolder, gone: Callable[[RatedText], bool]) -> Marks:
    """Return what verdicts on rated texts are known by, of those that `gone` names."""
    marks = set[str]()
    for rated in rated_sets(folder, board_tasks(folder.path), usable_rubrics(folder.path)):
        for part in rated.parts:
            pairs = judged_pairs(part.segments)
            of = zip(part.places.tolist(), pairs, strict=True)
            marks |= _marks(pair for place, pair in of if pair and gone(rated.texts[place]))
    spoken = (text.output or "" for text in spoken_texts(folder) if gone(text))
    return frozenset(marks.union(map(texts_hash, spoken)))


def marks_that_stand(folder: DataFolder) -> Marks:
    """Return what verdicts on all that stands are known by."""
    standing = {each.outputs for each in submissions(folder) if each.withdrawn_at is None}
    marks = (marks_of_outputs(folder, outputs) for outputs in sorted(standing))
    return marks_of_rated(folder, lambda _: True).union(*marks)


def forget_verdicts(folder: DataFolder, gone: Marks) -> None:
    """Take the verdicts out of every judge's file that are of what is gone, and of nothing that
    stands. A file that a judge is writing stays as it is, and `files_with_verdicts` names it.
    """
    for path in _holding(folder, gone):
        left = gone - marks_that_stand(folder)
        with _held(path) as held:
            if held:
                kept = [line for line in _lines(path) if not _is_of(line, left)]
                replace_file(path, b"".join(kept))


def files_with_verdicts(folder: DataFolder, gone: Marks) -> tuple[Path, ...]:
    """Return the files with verdicts on what is gone, and on nothing that stands."""
    if not any(True for _ in _holding(folder, gone)):
        return ()
    return tuple(_holding(folder, gone - marks_that_stand(folder)))


def _pairs(run: Segments, wanted: Collection[str] | None) -> Iterator[Pair]:
    for example, pair in zip(run.examples, judged_pairs(run), strict=True):
        if pair is not None and (wanted is None or example.example_id in wanted):
            yield pair


def _marks(pairs: Iterable[Pair]) -> set[str]:
    """Return what verdicts on pairs of post and answer are known by: those on them alone, and those
    that compare them with others.
    """
    return {mark for pair in pairs for mark in (texts_hash(*pair), _compared(*pair))}


def _compared(post: str, answer: str) -> str:
    return f"{texts_hash(post)}:{texts_hash(answer)}"


def _is_of(line: bytes, gone: Marks) -> bool:
    verdict = verdict_in(line)
    if verdict is None:
        return False
    post, *answers = verdict.texts or ("",)
    return verdict.key.pair in gone or any(f"{post}:{answer}" in gone for answer in answers)


def _holding(folder: DataFolder, gone: Marks) -> Iterator[Path]:
    for path in sorted(folder.judged.glob("*.jsonl")):
        if gone and any(_is_of(line, gone) for line in _lines(path)):
            yield path


def _lines(path: Path) -> Sequence[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Hold a file as whoever writes verdicts does; say whether nobody else has it."""
    handle = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
