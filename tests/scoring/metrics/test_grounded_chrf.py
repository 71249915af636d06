"""Grounded chrF by its formula with sacrebleu's chrF, and by the figures of the study that it comes
from.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF
from scipy import stats

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.metrics.chrf import sentence_chrf
from scoring.metrics.explanation_metric import ExplanationPair
from scoring.segments import REDACTED, Segments
from scoring.texts import normalized, said
from tests.scoring.metrics.test_own_words import ASCII_WORD, by_definition

Make = Callable[..., Segments]
NAMES = ("grounded_chrf", "grounded_chrf_post")
LIBRARY = CHRF()


def values(name: str, segments: Segments) -> np.ndarray:
    """(n,) values, NaN for none."""
    measured = metric(name)
    return measured.aggregate(measured.measure(segments, Instruments()), segments.task)


def chrf(explanation: str, other: str) -> float:
    return LIBRARY.sentence_score(explanation, [other]).score / 100


def by_formula(
    explanation: str, reference: str, post: str, word: str = ASCII_WORD
) -> tuple[float, float]:
    """With the reference, and without: own x (r + min(p, r)) / 2, own x p."""
    own = by_definition(explanation, post, word)
    r, p = chrf(explanation, reference), chrf(explanation, post)
    return own * (r + min(p, r)) / 2, own * p


SENTENCE = "i can't sleep at night and don't know what 3 to do, they say."
WORD = st.sampled_from(SENTENCE.split())
TEXT = st.lists(WORD, min_size=1, max_size=30).map(" ".join).filter(said)
ASCII = (
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=40).map(normalized).filter(said)
)
ROWS = st.lists(st.tuples(*[st.one_of(TEXT, ASCII)] * 3), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_it_is_the_formula(explained: Make, rows: list[tuple[str, str, str]]) -> None:
    segments = explained(*zip(*rows, strict=True))
    expected = np.array([by_formula(*row) for row in rows]).T
    for name, own in zip(NAMES, expected, strict=True):
        np.testing.assert_allclose(values(name, segments), own, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(TEXT, st.text(min_size=1, max_size=40).filter(said)), min_size=1))
def test_chrf_of_a_sentence_is_sacrebleus(rows: list[tuple[str, str]]) -> None:
    found = sentence_chrf(tuple(ExplanationPair(*row) for row in rows))
    expected = [LIBRARY.sentence_score(text, [other]).score for text, other in rows]
    np.testing.assert_allclose(found, expected, atol=1e-9)


POST = "I can't sleep at night and I don't know what to do anymore"
REFERENCE = "The poster sleeps badly and feels helpless."


def test_a_copy_of_the_post_has_nothing(explained: Make) -> None:
    segments = explained([POST], [REFERENCE], [POST])
    assert [values(name, segments).tolist() for name in NAMES] == [[0.0], [0.0]]


def test_likeness_to_the_post_counts_as_far_as_likeness_to_the_reference_goes(
    explained: Make,
) -> None:
    """A reference that shares nothing with the explanation leaves nothing to count."""
    segments = explained(["Sleep is bad."], ["Zzz"], [POST])
    assert values("grounded_chrf", segments).tolist() == [0.0]
    assert values("grounded_chrf_post", segments)[0] == pytest.approx(chrf("Sleep is bad.", POST))
    copied = explained([REFERENCE], [REFERENCE], ["Zzz"])
    assert values("grounded_chrf", copied).tolist() == [0.5]


def test_without_one_of_its_texts_there_is_none(explained: Make) -> None:
    texts = ["They sleep badly."] * 5
    segments = explained(
        [*texts[:4], None],
        [REFERENCE, None, REFERENCE, REFERENCE, REFERENCE],
        [POST, POST, "", REDACTED, POST],
    )
    absent = [np.isnan(values(name, segments)).tolist() for name in NAMES]
    assert absent == [[False, True, True, True, True], [False, False, True, True, True]]


FILES = {
    "chatgpt_data": "gpt-3.5-turbo",
    "chatgpt_false_data": "gpt-3.5-turbo",
    "gpt3_data": "curie-instruct-beta",
}


def test_the_figures_of_the_study(explained: Make, imhi_dir: Path) -> None:
    """Pearson with "overall", as the study printed it.

    It read explanations by the first rules, which left more of the label's sentences: where each
    explanation began is kept in `dr_explanations.json`. References it took as published.
    """
    rated = {name: list(_rated(imhi_dir, name)) for name in FILES}
    both = rated["chatgpt_data"] + rated["chatgpt_false_data"]
    curie, right, wrong = rated["gpt3_data"], rated["chatgpt_data"], rated["chatgpt_false_data"]
    printed = {
        "curie": (curie, 0.58, 54, 0.52, 72),
        "gpt-3.5-turbo": (both, 0.46, 148, 0.43, 164),
        "label right": (right, 0.54, 121, 0.47, 121),
        "label wrong": (wrong, 0.35, 27, 0.17, 43),
    }
    for name, (rows, grounded, n, to_post, n_post) in printed.items():
        explanations, references, posts, ratings = zip(*rows, strict=True)
        segments = explained(explanations, references, posts)
        assert _pearson(values("grounded_chrf", segments), ratings) == (grounded, n), name
        pairs = [
            None if text is None else ExplanationPair(text, post)
            for text, post in zip(explanations, posts, strict=True)
        ]
        assert _pearson(sentence_chrf(tuple(pairs)), ratings) == (to_post, n_post), name


def _pearson(found: np.ndarray, ratings: Sequence[float]) -> tuple[float, int]:
    there = ~np.isnan(found)
    return round(stats.pearsonr(found[there], np.array(ratings)[there]).statistic, 2), int(
        there.sum()
    )


def _rated(imhi_dir: Path, name: str) -> Iterator[tuple[str | None, str | None, str, float]]:
    """Explanation, reference, post and mean rating of each text of a file."""
    begins = json.loads((Path(__file__).parent / "dr_explanations.json").read_text("utf-8"))[name]
    references = _references(imhi_dir)
    path = imhi_dir / "human_evaluation" / "DR_annotation" / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row, begin in zip(csv.DictReader(stream), begins, strict=True):
            explanation = None if begin is None else row[FILES[name]][begin:]
            overall = float(np.mean(json.loads(row["overall"])))
            yield explanation, references.get(_folded(row["text"])), row["text"], overall


def _references(imhi_dir: Path) -> dict[str, str]:
    """Post -> its reference explanation."""
    path = imhi_dir / "test_data" / "test_instruction" / "DR.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            _folded(
                row["query"].split('Consider this post: "')[1].rsplit('" Question:', 1)[0]
            ): row["gpt-3.5-turbo"].split("Reasoning:", 1)[1]
            for row in csv.DictReader(stream)
        }


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
