"""Which sentences a post supports, by a plain double loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.entailment import NliScorer
from scoring.entailment.support import judged, judged_sentences, support_pairs
from scoring.sentences import passages, short_sentences

Sentence = Callable[[int, int], str]


@pytest.fixture(scope="module")
def scorer(save_nli: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> NliScorer:
    folder = save_nli(tmp_path_factory.mktemp("nli"), "bert", positions=512)
    return NliScorer.load(str(folder), device="cpu")


def test_a_sentence_has_its_best_passage(scorer: NliScorer, sentence: Sentence) -> None:
    post = " ".join(f"{sentence(12, row)} ." for row in range(60))
    explanation = "The poster slept. A letter called. The poster slept. Rain."
    assert len(passages(post)) > 2
    expected = []
    for said in short_sentences(explanation):
        rows = [scorer.score([passage], [said])[0] for passage in passages(post)]
        expected.append((said, max(row[0] for row in rows), max(row[2] for row in rows)))
    made = judged_sentences(explanation, post, scorer)
    assert [one.text for one in made] == [text for text, _, _ in expected]
    ours = [(one.support, one.contradiction) for one in made]
    assert ours == pytest.approx(np.array([pair for _, *pair in expected]), abs=1e-5)


def test_a_post_that_repeats_a_passage_is_asked_once(scorer: NliScorer) -> None:
    repeated = " ".join(f"word{'x' * (row % 5)} " * 35 + "." for row in [1] * 20)
    pairs = support_pairs("One. Two.", repeated)
    assert len(pairs) == len(set(pairs)) == 2 * len(set(passages(repeated)))
    assert len(judged_sentences("One. Two.", repeated, scorer)) == 2


def test_nothing_said_has_no_sentences(scorer: NliScorer) -> None:
    none: Any = np.empty((0, 3))
    assert judged((), none) == ()
    assert judged_sentences("...", "A post.", scorer) == ()
