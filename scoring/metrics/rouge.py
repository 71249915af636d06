"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), by the rouge-score library.

The F-measure, because recall alone pays for length and precision alone for saying little. With the
Porter stemmer (ROUGE-1.5.5's `-m`, usual in work on summaries): "isolating" against "isolated" is
not another reason. The value is the plain mean over examples, never a bootstrap midpoint that
depends on a global seed.

The library reads ASCII letters and digits and drops all else, so that equal Chinese or Hindi texts
share nothing. Here words are those of any script (`scoring.words`); on ASCII text the values are
the library's.

The library stems every word anew, which is most of its time; words repeat, so stems are remembered
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from scoring.metric import Floats, Instruments, MeanMetric
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.segments import Segments
from scoring.words import words


class Rouge(ExplanationMetric, MeanMetric):
    """Overlap of words or word sequences with the reference.

    Args:
        kind: "rouge1", "rouge2" or "rougeL", as the library calls them.
        title: The column's head.
        counted: What is counted, in plain words.
    """

    version = "2"
    limits = (
        "Rewards the reference's words, not its meaning: a right reason in other words scores low."
    )

    def __init__(self, kind: str, title: str, counted: str) -> None:
        self.kind = kind
        self.name = kind.lower()
        self.title = title
        self.measures = (
            f"How much the explanation and the reference share of {counted}, as an F-measure."
        )

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return F-measures."""
        return np.array(
            [
                np.nan if pair is None else self._f_measure(pair.against, pair.explanation)
                for pair in compared(segments)
            ],
            dtype=np.float64,
        )

    def _f_measure(self, reference: str, hypothesis: str) -> float:
        return float(_scorer(self.kind).score(reference, hypothesis)[self.kind].fmeasure)


class RougeL(Rouge):
    """The library's value in a fraction of its time: it fills a table, which takes a third of a
    second for a long text.
    """

    def _f_measure(self, reference: str, hypothesis: str) -> float:
        from rouge_score.scoring import fmeasure

        expected, given = _tokenizer().tokenize(reference), _tokenizer().tokenize(hypothesis)
        if not expected or not given:
            return 0.0
        common = longest_common(expected, given)
        return float(fmeasure(common / len(given), common / len(expected)))


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence.

    Bit by bit: a row of the usual table is one whole number, in which a 0 stands wherever the
    length grows (Hyyro, "Bit-parallel LCS-length computation revisited", AWOCA 2004).
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(first)) - 1
    row = every
    for word in second:
        met = row & places.get(word, 0)
        row = ((row + met) | (row - met)) & every
    return len(first) - row.bit_count()


class StemmingTokenizer:
    """Words of any script, English ones stemmed by the library's Porter stemmer; remembers those it
    has seen.
    """

    def __init__(self) -> None:
        from rouge_score.tokenizers import DefaultTokenizer

        stemmed = DefaultTokenizer(use_stemmer=True).tokenize
        self._stem = lru_cache(maxsize=100_000)(lambda word: "".join(stemmed(word)))

    def tokenize(self, text: str) -> list[str]:
        """Return lower-case, stemmed words of `text`."""
        return [self._stem(word) if word.isascii() else word for word in words(text)]


@cache
def _scorer(kind: str) -> Any:  # the library has no types
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([kind], tokenizer=_tokenizer())


@cache
def _tokenizer() -> StemmingTokenizer:
    return StemmingTokenizer()


ROUGE = (
    Rouge("rouge1", "ROUGE-1", "single words"),
    Rouge("rouge2", "ROUGE-2", "pairs of neighbouring words"),
    RougeL("rougeL", "ROUGE-L", "words in the same order"),
)
