"""What is kept of a text that was taken down, so that a reworded copy of it is known.

Its words are gone, and must not be had from what is kept. So that is a sample: of the runs of three
words (`scoring.near_posts`) that the text shares with no other that stands, one in four
and 128 at most, each as 32 bits of a hash that is keyed with a secret of the board. Without the key
nobody can try words. With it a guess at three words can be looked up, which four billion values
answer falsely more often than rightly if one tries them all; and since three in four runs are
missing, one run does not lead to the next, as all of them would.

What others say too is left out because it is not the text's own: one simulated patient says the same
to every therapist, and a new session with them is no copy.

A text is like it where two in five of the sample are among its own runs. Of a copy with one word in
ten changed there are 0.9 ** 3 = 73%, with one in four 42%. One that is rewritten throughout, or cut to
a third, is not known; nor is a copy of a text with fewer than 32 runs of its own, of which a sample
would say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Self

from scoring.near_posts import RUN, words_of

ONE_IN, MOST, FEWEST = 4, 128, 8
SHARE, NEARLY = 0.4, 0.65
"""Of a sample of a text's own runs, and of all of its runs."""
DIGITS = 8
MARK = "like-"
"""What a sketch begins with among the hashes that are kept."""
Keyed = Callable[[str], str]
"""Gives hexadecimal digits for a text, by a key."""


@dataclass(frozen=True)
class Sketch:
    """A sample of a text's own runs.

    Attributes:
        sample: Keyed hashes.
    """

    sample: frozenset[str]

    @classmethod
    def of(cls, text: str, others: Iterable[str], keyed: Keyed) -> Self | None:
        """Return a text's sketch; None where it has too few runs of its own.

        Args:
            text: The text.
            others: Those that stand.
            keyed: By the board's key.
        """
        own = run_hashes(text, keyed).difference(*(run_hashes(each, keyed) for each in others))
        # By a keyed hash, smallest first: at random, and always the same ones.
        sample = sorted(run[:DIGITS] for run in own)[: min(MOST, len(own) // ONE_IN)]
        return cls(frozenset(sample)) if len(sample) >= FEWEST else None

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Return a sketch from what is kept; None where that is something else."""
        if not written.startswith(MARK):
            return None
        digits = written.removeprefix(MARK)
        starts = range(0, len(digits), DIGITS)
        return cls(frozenset(digits[start : start + DIGITS] for start in starts))

    @property
    def written(self) -> str:
        """As it is kept."""
        return MARK + "".join(sorted(self.sample))

    def is_like(self, runs: frozenset[str]) -> bool:
        """Return whether a text is like this one, by its `run_hashes`."""
        return len(self.sample & {run[:DIGITS] for run in runs}) >= ceil(SHARE * len(self.sample))


def are_nearly_one(first: str, second: str) -> bool:
    """Return whether the second of two texts that are there is the first, reworded here and there:
    by so many of its runs that sessions with one simulated patient have fewer in common.
    """
    runs = run_hashes(first, str)
    return len(runs & run_hashes(second, str)) >= max(1, NEARLY * len(runs))


def run_hashes(text: str, keyed: Keyed) -> frozenset[str]:
    """Return the keyed hashes of a text's runs."""
    words = words_of(text)
    runs = zip(*(words[start:] for start in range(RUN)), strict=False)
    return frozenset(keyed(" ".join(run)) for run in runs)
