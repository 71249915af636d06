"""Which sentences of an explanation a post supports, and which it contradicts.

A sentence's support is the best over the post's passages of P(entailment), as SummaC takes the best
over sentences (Laban et al., TACL 2022); its contradiction the largest P(contradiction). A claim
may follow from two passages together and from neither alone: then it stands as unsupported.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from scoring.entailment.checkpoint import OUTPUTS
from scoring.entailment.judged import JudgedSentence
from scoring.entailment.scorer import NliScorer
from scoring.instruments import Pair
from scoring.sentences import MOST_SENTENCES, passages, short_sentences
from scoring.statistics.bootstrap import Floats

ENTAILMENT, NEUTRAL, CONTRADICTION = range(len(OUTPUTS))
"""Columns of what a pair gets."""


def support_pairs(explanation: str, post: str) -> tuple[Pair, ...]:
    """Return every passage of a post with every sentence of an explanation, sentence by sentence;
    of very many sentences the first `MOST_SENTENCES`.
    """
    return crossed(passages(post), short_sentences(explanation)[:MOST_SENTENCES])


def crossed(premises: Sequence[str], hypotheses: Sequence[str]) -> tuple[Pair, ...]:
    """Return every premise with every hypothesis, hypothesis by hypothesis.

    A premise that stands twice says nothing more, and is taken once: so `by_hypothesis` can tell
    from pairs alone which of them are one hypothesis's.
    """
    distinct = tuple(dict.fromkeys(premises))
    return tuple((premise, hypothesis) for hypothesis, premise in product(hypotheses, distinct))


def by_hypothesis(pairs: Sequence[Pair], outputs: Floats) -> Floats:
    """Return (hypotheses, premises, 3) what `crossed` pairs got: (pairs, 3)."""
    premises = len({premise for premise, _ in pairs})
    return outputs.reshape(-1, premises, outputs.shape[-1])


def judged(pairs: Sequence[Pair], outputs: Floats) -> tuple[JudgedSentence, ...]:
    """Return the sentences of `support_pairs`, by what the pairs got: (pairs, 3)."""
    if not pairs:
        return ()
    best = by_hypothesis(pairs, outputs).max(axis=1)
    texts = [hypothesis for _, hypothesis in pairs[:: len(pairs) // len(best)]]
    return tuple(
        JudgedSentence(text, float(row[ENTAILMENT]), float(row[CONTRADICTION]))
        for text, row in zip(texts, best, strict=True)
    )


def judged_sentences(explanation: str, post: str, scorer: NliScorer) -> tuple[JudgedSentence, ...]:
    """Return the sentences of an explanation in order, held against a post."""
    pairs = support_pairs(explanation, post)
    outputs = scorer.score([premise for premise, _ in pairs], [said for _, said in pairs])
    return judged(pairs, outputs)
