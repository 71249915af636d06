"""Verbatim runs that a submission's explanations share with a task's references: a check on what it
declares.

A model that has not seen a test set's references does not write twelve words of one in their order,
unless they are the post's own words, which it may quote, or a phrase that references use all the
time. So a run counts by its *own* words: those of at least twelve consecutive words found in a
reference that are neither within four consecutive words of the post nor within six consecutive
words that the references of three posts or more share. Six words rather than twelve make a phrase,
because stock phrases are chained; four make a quotation, because quotations are cut up.

One such run may be chance: of references that the same writer gave on other sets, up to 3 in 1,000
have one (measured on the six IMHI sets at hand), of a copier's explanations 80% or more. So a task
is flagged from two explanations and 2% on; who copied less goes unnoticed.

What is found is for the maintainer, who asks the team. It is in no release, and on no page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scoring.segments import Example
from scoring.tasks import Task
from submissions.store.clock import now
from submissions.store.files.outputs import read_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.declaration_checks import DeclarationCheck, checked, record_check
from submissions.store.submitted.submissions import Submission, submissions

VERSION = "1"
RUN, QUOTED, PHRASE = 12, 4, 6
FEWEST, SHARE = 2, 0.02
COMMON = 3
"""References of how many posts must share a phrase for it to be a phrase of references."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class ReferenceIndex:
    """A task's references, indexed.

    Attributes:
        runs: Every RUN consecutive words of a reference.
        phrases: Every PHRASE consecutive words that references of COMMON posts share.
        posts: Example id -> the post's words.
    """

    runs: frozenset[Words]
    phrases: frozenset[Words]
    posts: Mapping[str, Words]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> ReferenceIndex:
        """Index them."""
        runs: set[Words] = set()
        users: defaultdict[Words, set[str]] = defaultdict(set)
        for example in examples:
            # A task may have references for some of its examples alone.
            words = words_of(example.reference or "")
            runs.update(_grams(words, RUN))
            for gram in _grams(words, PHRASE):
                users[gram].add(example.post_id)
        phrases = frozenset(gram for gram, posts in users.items() if len(posts) >= COMMON)
        return cls(
            frozenset(runs),
            phrases,
            {example.example_id: words_of(example.post) for example in examples},
        )

    def longest_copied(self, example_id: str, explanation: str) -> int:
        """Return the longest run that the explanation shares with a reference, in words of its own.

        0 below RUN.
        """
        words = words_of(explanation)
        copied = _within(words, RUN, self.runs)
        # Most share nothing, and need not be held against post and phrases.
        if not any(copied):
            return 0
        quoted = _within(words, QUOTED, frozenset(_grams(self.posts[example_id], QUOTED)))
        stock = _within(words, PHRASE, self.phrases)
        longest = run = 0
        for shared, *excused in zip(copied, quoted, stock, strict=True):
            run = run + (not any(excused)) if shared else 0
            longest = max(longest, run)
        return longest if longest >= RUN else 0


def check_declarations(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> tuple[DeclarationCheck, ...]:
    """Check every submission and task that these rules have not been through yet.

    Args:
        folder: The data.
        tasks: The declared tasks.

    Returns:
        What was found by this call and by earlier ones, flagged or not; trivial baselines are not
        checked.
    """
    store = PostStore(folder.posts)
    for task in tasks.values():
        waiting = (
            [declared for declared in _unchecked(folder, task) if store.has(task)]
            if task.explained
            else []
        )
        if waiting:
            references = ReferenceIndex.of(store.examples(task))
            for submission in waiting:
                record_check(folder, _check(folder, submission, task, references))
    return checked(folder, VERSION)


def words_of(text: str) -> Words:
    """Return lower-case words without punctuation."""
    return tuple(re.findall(r"\w+(?:['’]\w+)*", text.casefold()))


def _unchecked(folder: DataFolder, task: Task) -> Iterator[Submission]:
    done = {
        check.submission
        for check in checked(folder, VERSION)
        if (check.task, check.task_revision) == _key(task)
    }
    for submission in submissions(folder):
        if task.id in submission.tasks and not submission.trivial and submission.id not in done:
            yield submission


def _key(task: Task) -> tuple[str, int]:
    return task.id, task.revision


def _check(
    folder: DataFolder, submission: Submission, task: Task, references: ReferenceIndex
) -> DeclarationCheck:
    runs = read_outputs(folder.outputs(submission.outputs), task.id).runs
    # Each text once, however many repetitions have it.
    texts = {
        (example_id, reading.explanation)
        for run in runs
        for example_id, reading in zip(run.example_ids, run.readings, strict=True)
        if reading.explanation and example_id in references.posts
    }
    lengths = [references.longest_copied(*text) for text in texts]
    copied = sum(length > 0 for length in lengths)
    return DeclarationCheck(
        submission.id,
        task.id,
        task.revision,
        VERSION,
        len(texts),
        copied,
        max(lengths, default=0),
        flagged=copied >= max(FEWEST, SHARE * len(texts)),
        checked_at=now(),
    )


def _grams(words: Sequence[str], size: int) -> Iterator[Words]:
    return zip(*(words[start:] for start in range(size)), strict=False)


def _within(words: Words, size: int, grams: Collection[Words]) -> list[bool]:
    """Return which words are part of `size` consecutive ones that are among `grams`."""
    inside = [False] * len(words)
    for start, gram in enumerate(_grams(words, size)):
        if gram in grams:
            inside[start : start + size] = [True] * size
    return inside
