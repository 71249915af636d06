"""ROUGE, BLEU and chrF against the libraries that define them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer, _lcs_table
from sacrebleu import corpus_bleu, corpus_chrf

from scoring.metric import Instruments
from scoring.metrics import metric
from scoring.metrics.rouge import longest_common
from scoring.score import score
from scoring.segments import Segments
from scoring.texts import normalized, said
from scoring.words import spaced

Make = Callable[..., Segments]

SENTENCE = (
    "the poster feels feeling tired tiring of work, working nights; sleeps badly. don't unicode"
    ' 3.5 - a "b"'
)
WORDS = st.sampled_from(SENTENCE.split())
TEXT = st.lists(WORDS, min_size=1, max_size=25).map(" ".join).filter(said)
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6)
# Any text that says something: symbols, other scripts.
ANYTHING = st.text(min_size=1, max_size=40).map(normalized).filter(said)
ASCII = (
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=40).map(normalized).filter(said)
)
ASCII_PAIRS = st.lists(st.tuples(ASCII, ASCII), min_size=1, max_size=4)
ODD_PAIRS = st.lists(st.tuples(ANYTHING, ANYTHING), min_size=1, max_size=4)


def value(name: str, segments: Segments) -> float:
    measured = metric(name)
    return float(
        measured.aggregate(measured.measure(segments, Instruments()).sum(axis=0), segments.task)
    )


@settings(max_examples=60, deadline=None)
@given(pairs=st.one_of(PAIRS, ASCII_PAIRS))
def test_rouge_is_the_mean_of_the_librarys_f_measures(
    explained: Make, pairs: list[tuple[str, str]]
) -> None:
    texts, references = zip(*pairs, strict=True)
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    expected = [scorer.score(reference, text) for text, reference in pairs]
    for kind in ("rouge1", "rouge2", "rougeL"):
        mean = np.mean([scores[kind].fmeasure for scores in expected])
        assert value(kind.lower(), explained(texts, references)) == pytest.approx(mean, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(pairs=st.one_of(PAIRS, ODD_PAIRS))
def test_bleu_and_chrf_are_sacrebleus_of_the_corpus(
    explained: Make, pairs: list[tuple[str, str]]
) -> None:
    texts, references = (list(column) for column in zip(*pairs, strict=True))
    segments = explained(texts, references)
    if not any(spaced(text) != text for pair in pairs for text in pair):
        assert value("bleu", segments) == pytest.approx(
            corpus_bleu(texts, [references]).score, abs=1e-9
        )
    assert value("chrf", segments) == pytest.approx(
        corpus_chrf(texts, [references]).score, abs=1e-9
    )


@pytest.mark.parametrize("name", ["rouge1", "rouge2", "rougel", "bleu", "chrf"])
@pytest.mark.parametrize("absent", [(None, "b c"), ("b c", None), ("  ", "b c"), ("b c", "\n")])
def test_a_pair_with_a_side_missing_is_left_out(
    name: str, absent: tuple[str | None, str | None], explained: Make
) -> None:
    present = ("the poster sleeps badly at night", "the poster sleeps very badly at night")
    scored = score(metric(name), [explained(*zip(present, absent, strict=True))], Instruments())
    assert scored.value == pytest.approx(value(name, explained(*zip(present, strict=True))))
    assert (scored.n, scored.n_absent) == (1, 1)


def test_explanation_metrics_apply_only_where_explanations_are_asked_for(tasks: dict) -> None:
    bare = next(task for task in tasks.values() if not task.explained)
    full = next(task for task in tasks.values() if task.explained)
    for name in ("rouge1", "bleu", "chrf", "own_words", "words", "label_explanation_agreement"):
        assert metric(name).applies_to(full)
        assert not metric(name).applies_to(bare)


@pytest.mark.parametrize(
    "text",
    [
        "我昨天晚上没有睡好觉，觉得很累。",
        "मुझे रात को नींद नहीं आती और मैं अकेला हूँ।",
        "眠れない日が続いています。とても疲れました。",
        "ฉันนอนไม่หลับและรู้สึกเหนื่อยมาก",
        "Я не сплю по ночам и очень устал.",
    ],
)
def test_equal_texts_of_any_script_have_the_best_score(explained: Make, text: str) -> None:
    same = explained([text] * 2, [text] * 2)
    assert [value(name, same) for name in ("rouge1", "rouge2", "rougel")] == [1.0, 1.0, 1.0]
    assert [value(name, same) for name in ("bleu", "chrf")] == pytest.approx([100.0, 100.0])


def test_words_of_other_scripts_are_told_apart(explained: Make) -> None:
    """By hand: of 7 characters and of 5, 5 are shared and in order; of 4 Hindi words, 3."""
    chinese = explained(["我昨天没有睡觉"], ["我没有睡觉"])
    assert value("rouge1", chinese) == pytest.approx(2 * 5 / (7 + 5))
    assert value("rougel", chinese) == pytest.approx(2 * 5 / (7 + 5))
    hindi = explained(["मुझे नींद नहीं आती"], ["मुझे भूख नहीं आती"])
    assert value("rouge1", hindi) == pytest.approx(3 / 4)


def test_bleu_of_chinese_is_sacrebleus_by_its_tokenizer_for_chinese(explained: Make) -> None:
    texts, references = ["我昨天晚上没有睡好觉，很累。"], ["我昨天没有睡好觉，所以很累。"]
    expected = corpus_bleu(texts, [references], tokenize="zh").score
    assert value("bleu", explained(texts, references)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("I can't - sleep", 4),
        ("我很累，睡不着。", 6),
        ("Я не сплю", 3),
        ("मुझे नींद नहीं", 3),
        ("我用 ChatGPT 写", 4),
    ],
)
def test_words_are_counted_in_any_script(explained: Make, text: str, count: int) -> None:
    assert value("words", explained([text], [None])) == count


@given(
    st.lists(st.sampled_from("abcd"), max_size=70), st.lists(st.sampled_from("abcde"), max_size=70)
)
def test_the_longest_common_subsequence_is_that_of_the_librarys_table(
    one: list[str], other: list[str]
) -> None:
    expected = _lcs_table(one, other)[-1][-1] if one and other else 0
    assert longest_common(one, other) == expected
