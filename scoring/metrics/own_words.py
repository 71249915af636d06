"""Which of an explanation's words are its own: those outside verbatim runs of the post.

A word is the post's where it stands in six consecutive words that the post has in the same order.
Fewer are anybody's ("I do not know what to"). Words are compared in lower case and keep their
apostrophes; on ASCII texts they are the matches of `[a-z0-9']+`. Of other scripts they are letters
and digits likewise, a letter alone where a script has no spaces: six letters of Chinese are a run,
which is less text than six words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import POST, MeanMetric
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.metrics.recent import Pairs, keep_recent
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import words_with_apostrophes

RUN = 6
"""Words of the post in a row from which on an explanation repeats it."""


class OwnWords(ExplanationMetric, MeanMetric):
    """The share of an explanation's words outside verbatim runs of the post."""

    name = "own_words"
    title = "Own words"
    measures = (
        f"The share of an explanation's words that are outside runs of {RUN} or more words that it"
        " has in common with the post."
    )
    limits = (
        "No quality: a text about something else has only words of its own, and a filler every few"
        " words hides a copy. Quoting the post, which may be right, lowers it."
    )
    held_against = (POST,)
    higher_is_better = None

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) shares, NaN where there is no explanation or no post."""
        return own_shares(compared(segments, POST))


# Several metrics ask for the same run, one after the other.
@keep_recent
def own_shares(pairs: Pairs) -> Floats:
    """Return (n,) share of each explanation's words outside runs of the post; NaN for no pair."""
    return np.array([np.nan if pair is None else _own_share(*pair) for pair in pairs], float)


def _own_share(explanation: str, post: str) -> float:
    words = words_with_apostrophes(explanation)
    copied = np.zeros(len(words), dtype=bool)
    known = set(_runs(words_with_apostrophes(post)))
    for at, run in enumerate(_runs(words)):
        if run in known:
            copied[at : at + RUN] = True
    return float(1 - copied.mean())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(RUN)), strict=False)
