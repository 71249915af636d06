"""ROUGE, BLEU and chrF against the libraries that define them."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer
from sacrebleu import corpus_bleu, corpus_chrf
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.score import score
from scoring.segments import Segments
from scoring.texts import normalized, said
from scoring.words import spaced, words

Make = Callable[..., Segments]
nltk_stem = cache(PorterStemmer().stem)

SENTENCE = (
    "the poster feels feeling tired tiring of work, working nights; sleeps badly. don't unicode"
    ' 3.5 - a "b"'
)
WORDS = st.sampled_from(SENTENCE.split())
TEXT = st.lists(WORDS, min_size=1, max_size=25).map(" ".join).filter(said)
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6)
# Few words, repeated beyond a machine word's 64.
REPEATING = st.lists(st.sampled_from("abcd"), min_size=1, max_size=140).map(" ".join)
REPEATING_PAIRS = st.lists(st.tuples(REPEATING, REPEATING), min_size=1, max_size=2)
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
@given(pairs=st.one_of(PAIRS, ASCII_PAIRS, REPEATING_PAIRS))
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
@given(pairs=st.one_of(PAIRS, ODD_PAIRS, REPEATING_PAIRS))
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


class WordsOfAnyScript(Tokenizer):
    """The project's words, for the library; English ones with NLTK's stem."""

    def tokenize(self, text: str) -> list[str]:
        return [
            nltk_stem(word) if len(word) > 3 and word.isascii() else word for word in words(text)
        ]


@settings(max_examples=60, deadline=None)
@given(pairs=ODD_PAIRS)
def test_rouge_of_any_text_is_the_librarys_by_our_words(
    explained: Make, pairs: list[tuple[str, str]]
) -> None:
    segments = explained(*zip(*pairs, strict=True))
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=WordsOfAnyScript())
    expected = [scorer.score(reference, text) for text, reference in pairs]
    for kind in ("rouge1", "rouge2", "rougeL"):
        mean = np.mean([scores[kind].fmeasure for scores in expected])
        assert value(kind.lower(), segments) == pytest.approx(mean, abs=1e-12)


LONG = {
    "one word": ("sad " * 16_384, "sad " * 10_000),
    "every second word": (
        " ".join(f"w{i}" for i in range(0, 10_000, 2)),
        " ".join(f"w{i}" for i in range(10_000)),
    ),
    "marks": ("a.5,-" * 13_107, "a..5-" * 13_107),
    "thousands of characters": (
        "".join(chr(0x4E00 + i % 20_000) for i in range(21_845)),
        "".join(chr(0x4E00 + i % 7_919) for i in range(21_845)),
    ),
}


@pytest.mark.parametrize("kind", LONG)
def test_texts_of_64_kib_have_the_librarys_values(explained: Make, kind: str) -> None:
    text, reference = LONG[kind]
    segments = explained([text], [reference])
    scorer = RougeScorer(["rouge1", "rouge2"], tokenizer=WordsOfAnyScript())
    expected = scorer.score(reference, text)
    assert value("rouge1", segments) == pytest.approx(expected["rouge1"].fmeasure, abs=1e-12)
    assert value("rouge2", segments) == pytest.approx(expected["rouge2"].fmeasure, abs=1e-12)
    bleu = corpus_bleu([spaced(text)], [[spaced(reference)]]).score
    assert value("bleu", segments) == pytest.approx(bleu, abs=1e-9)
    chrf = corpus_chrf([text], [[reference]]).score
    assert value("chrf", segments) == pytest.approx(chrf, abs=1e-9)
    # The library's table would have 10**8 cells. All shared words are in order, in these.
    if kind in ("one word", "every second word"):
        assert value("rougel", segments) == pytest.approx(expected["rouge1"].fmeasure, abs=1e-12)


def _changed(reference: str, vocabulary: list[str], draw: random.Random) -> str:
    """Leave out a tenth of the words, replace a tenth, and move the end to the beginning."""
    kept = [word for word in reference.split() if draw.random() > 0.1]
    changed = [draw.choice(vocabulary) if draw.random() < 0.1 else word for word in kept]
    cut = draw.randrange(len(changed) + 1)
    return " ".join(changed[cut:] + changed[:cut])


@pytest.mark.parametrize("name", ["CAMS", "DR", "Irf", "MultiWD", "SAD", "dreaddit"])
def test_real_references_against_changed_ones_have_the_librarys_values(
    explained: Make, imhi_dir: Path, name: str
) -> None:
    references = [
        row["gpt-3.5-turbo"]
        for path in sorted(imhi_dir.rglob(f"test_instruction*/{name}.csv"))
        for row in csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True))
    ]
    draw = random.Random(0)  # noqa: S311
    vocabulary = sorted({word for reference in references for word in reference.split()})
    pairs = [
        (text, reference)
        for reference in map(normalized, dict.fromkeys(references))
        if said(reference) and said(text := _changed(reference, vocabulary, draw))
    ]
    assert len(pairs) > 300
    texts, references = map(list, zip(*pairs, strict=True))
    segments = explained(texts, references)
    tokenizer = WordsOfAnyScript()
    short = RougeScorer(["rouge1", "rouge2"], tokenizer=tokenizer)
    long = RougeScorer(["rougeL"], tokenizer=tokenizer)
    expected = [short.score(reference, text) for text, reference in pairs]
    for kind in ("rouge1", "rouge2"):
        items = metric(kind).measure(segments, Instruments())[:, 0]
        librarys = [scores[kind].fmeasure for scores in expected]
        np.testing.assert_allclose(items, librarys, rtol=0, atol=1e-12)
    # Of every tenth, since the library's table takes most of its time.
    items = metric("rougel").measure(segments, Instruments())[::10, 0]
    librarys = [long.score(reference, text)["rougeL"].fmeasure for text, reference in pairs[::10]]
    np.testing.assert_allclose(items, librarys, rtol=0, atol=1e-12)
    for kind, sacrebleus in (("bleu", BLEU(effective_order=True)), ("chrf", CHRF())):
        rows = sacrebleus._extract_corpus_statistics(texts, [references])
        np.testing.assert_array_equal(metric(kind).measure(segments, Instruments()), rows)
