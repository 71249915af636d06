"""Gold data as they come in, from whatever file: examples, and what is wrong with them. A post is
known by its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.segments import Example
from scoring.texts import normalized
from submissions.likeness.quotation import Quotation, Remembered
from submissions.problems import Problem


@dataclass(frozen=True)
class Imported:
    """What an import found for one task.

    Attributes:
        task_id: The task.
        source: The file, relative to what was imported; where it would be if it is missing.
        sha256: Of the file's bytes; None where it is missing or cannot be read.
        hash_matches: Whether it is the published file; None where there is no file or no declared
            hash.
        n_rows: Rows of the file, the header apart.
        label_counts: Label name -> rows, in the task's order.
        examples: Gold in file order; empty where the set is missing or has faults.
        notes: What differs from what the task expects, one sentence each.
        faults: Why the set was not imported; `source` is their file.
    """

    task_id: str
    source: str
    sha256: str | None = None
    hash_matches: bool | None = None
    n_rows: int = 0
    label_counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is such a file."""
        return self.sha256 is not None or bool(self.faults)


def post_id_of(text: str) -> str:
    """Return the id that equal posts share in all tasks.

    A hash of the text, normalised, case and white space folded.
    """
    folded = " ".join(normalized(text).casefold().split())
    return f"p-{hashlib.sha256(folded.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


@dataclass(frozen=True)
class TakenDown:
    """Posts that were taken down, or are about to be: what no gold may hold.

    Attributes:
        quotes: Whether a text is one of them, whatever id it bears, or quotes one.
        ids: Those that the posts were known by: what was made of one bears its id, and may say
            nothing of it.
    """

    quotes: Callable[[str], bool]
    ids: frozenset[str] = frozenset()

    @classmethod
    def by_words(cls, posts: Sequence[str], ids: Iterable[str]) -> TakenDown:
        """Return what is about to go, of which the words are there."""
        words = Quotation.of(posts)
        # Anybody may have said so little: nothing quotes it, and it goes where it is the whole.
        brief = {post_id_of(post) for post in posts if not Quotation.of([post])}

        def quotes(text: str) -> bool:
            return words.is_in(text) or (bool(brief) and post_id_of(text) in brief)

        return cls(quotes, frozenset(ids))

    @classmethod
    def by_hash(cls, remembered: Remembered, ids: Iterable[str]) -> TakenDown:
        """Return what went, of which hashes alone are left."""

        def quotes(text: str) -> bool:
            return post_id_of(text) in remembered.hashes or remembered.are_in(text)

        return cls(quotes, frozenset(ids))


NONE_TAKEN_DOWN = TakenDown(lambda _: False)
