"""One text, one score: by whichever route a text comes, and on both sides."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, corpus_chrf

from scoring.evaluate_module.inputs import INPUTS, Options, segments_of
from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metrics import METRICS, metric
from scoring.metrics.confidence import ConfidenceMetric
from scoring.metrics.correctness import CorrectnessMetric
from scoring.segments import Example, Reading, Segments
from scoring.texts import ABSENT, NORMALIZATION, normalized, said
from tests.scoring.extraction.test_extraction_properties import YES_NO
from tests.scoring.metrics.test_registry import INSTRUMENTS

PIECES = st.sampled_from(
    [
        "**",
        "__",
        "`",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "*",
        "- ",
        "# ",
        "é",
        "e\u0301",
        "Å",
        "“",
        "”",
        '"',
        "'",
        ".",
        ", ",
        "\\",
        "{",
        "the poster",
        " sleeps",
        " badly",
        "重い",
        "नींद",
        "\U0001f62d",
        "&amp;",
        "<b>",
    ]
)
TEXTS = (
    st.lists(PIECES, min_size=1, max_size=25).map("".join).map(lambda text: f"{text} They sleep.")
)
COMPARED = (
    "rouge1",
    "rouge2",
    "rougel",
    "bleu",
    "chrf",
    "grounded_chrf",
    "grounded_chrf_post",
    "own_words",
    "words",
    "bartscore_f",
    "bartscore_src_to_hyp",
)

Route = Callable[[str], Reading]
ROUTES: Mapping[str, Route] = {
    "output": lambda text: read(YES_NO, output=f"Yes. Reasoning: {text}"),
    "bold label": lambda text: read(YES_NO, output=f"**Answer:** Yes\n**Reasoning:** {text}"),
    "explanation column": lambda text: read(YES_NO, output="Yes.", explanation=text),
    "label and explanation": lambda text: read(YES_NO, label="yes", explanation=text),
    "JSON": lambda text: read(YES_NO, output=json.dumps({"label": "yes", "explanation": text})),
    "JSON, letters as they are": lambda text: read(
        YES_NO, output=json.dumps({"label": "yes", "explanation": text}, ensure_ascii=False)
    ),
    "another Unicode form": lambda text: read(
        YES_NO, label="yes", explanation=unicodedata.normalize("NFD", text)
    ),
    "line ends of Windows": lambda text: read(
        YES_NO, output=f"Yes. Reasoning: {normalized(text)}".replace("\n", "\r\n")
    ),
    "space around": lambda text: read(YES_NO, label="yes", explanation=f" \t{text}\n\n"),
}


def values(reading: Reading, reference: str, post: str) -> dict[str, float]:
    example = Example("1", "1", post, post, "yes", reference, reference)
    return measured(Segments(YES_NO, (example,), (None,), (reading,)))


def measured(segments: Segments) -> dict[str, float]:
    sums = {name: metric(name).measure(segments, INSTRUMENTS).sum(axis=0) for name in COMPARED}
    return {name: float(metric(name).aggregate(sums[name], segments.task)) for name in COMPARED}


@settings(max_examples=60)
@given(text=TEXTS, reference=TEXTS, post=TEXTS)
def test_every_route_gives_a_text_the_same_scores(text: str, reference: str, post: str) -> None:
    found = {name: values(route(text), reference, post) for name, route in ROUTES.items()}
    found["the other side in another form"] = values(
        ROUTES["output"](text),
        unicodedata.normalize("NFD", f" {reference}"),
        unicodedata.normalize("NFD", f"{post}\r\n"),
    )
    for name in COMPARED:
        texts = {"predictions": [text], "references": [reference], "sources": [post]}
        given = {column: texts[column] for column in INPUTS[name].names}
        of_evaluate = measured(segments_of(metric(name), given, Options()))[name]
        assert {route: scored[name] for route, scored in found.items()} == dict.fromkeys(
            found, of_evaluate
        )


@settings(max_examples=60)
@given(text=TEXTS)
def test_a_copy_is_a_copy(text: str) -> None:
    found = values(ROUTES["output"](text), text, text)
    assert [found[name] for name in ("rouge1", "rougel", "chrf")] == pytest.approx([1, 1, 100])


@settings(max_examples=60)
@given(text=TEXTS.filter(str.isascii), reference=TEXTS.filter(str.isascii))
def test_scores_are_the_published_programs_on_the_text_as_it_is(text: str, reference: str) -> None:
    """The libraries are given what was sent, markup and all; they make nothing of white space
    around it.
    """
    found = values(ROUTES["output"](text), reference, "A post.")
    rouge = RougeScorer(["rouge1", "rougeL"], use_stemmer=True).score(reference, text)
    assert found["rouge1"] == pytest.approx(rouge["rouge1"].fmeasure)
    assert found["rougel"] == pytest.approx(rouge["rougeL"].fmeasure)
    assert found["bleu"] == pytest.approx(corpus_bleu([text], [[reference]]).score)
    assert found["chrf"] == pytest.approx(corpus_chrf([text], [[reference]]).score)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("Cafe\u0301", "Café"),
        ("\ufeff x".lstrip("\ufeff"), "x"),
        ("**bold**  two `code`", "**bold**  two `code`"),
        ("“quoted” – don’t", "“quoted” – don’t"),
        ("½ ﬁ", "½ ﬁ"),
    ],
)
def test_the_form(text: str, form: str) -> None:
    assert normalized(text) == form
    assert normalized(form) == form


@pytest.mark.parametrize(
    "text", [*sorted(ABSENT), "NaN", "None", "NULL", "N/A", "<NA>", " nan \n", "...", "—", None]
)
def test_what_says_nothing_is_absent_on_both_sides(text: str | None) -> None:
    assert said(text) is None
    reference, explanation = (
        values(read(YES_NO, label="yes", explanation=one), other, "A post.")
        for one, other in (("They sleep.", text or ""), (text or "", "They sleep."))
    )
    assert all(np.isnan(reference[name]) for name in ("rouge1", "bleu", "chrf", "bartscore_f"))
    assert all(np.isnan(explanation[name]) for name in COMPARED)


def test_an_output_may_be_a_label_that_is_a_word_for_a_missing_value() -> None:
    """Of CAMS, "None" is an answer: scored as a whole text. "nan" is none, and says nothing."""
    causes = YES_NO
    example = Example("1", "1", "q", "A post.", "yes", "They sleep.", "Yes. Reasoning: They sleep.")

    def words(output: str, wording: str) -> float:
        from dataclasses import replace

        labels = (replace(causes.labels[0], gold=(wording,)), causes.labels[1])
        task = replace(causes, labels=labels)
        segments = Segments(task, (example,), (output,), (Reading("yes", "x", None, None),))
        return float(metric("words_full").measure(segments, Instruments())[0, 1])

    assert words("None", "none") == 1
    assert words("None", "Yes.") == 0
    assert words("nan", "none") == 0


def test_the_form_is_part_of_the_identity() -> None:
    for entry in METRICS:
        identity = entry.identity(INSTRUMENTS)
        of_no_text = isinstance(entry, CorrectnessMetric | ConfidenceMetric) or entry.across_runs
        expected = "" if of_no_text else NORMALIZATION
        # Metrics of sentences say besides how they cut them, and one of like posts which are alike.
        assert identity.normalization.split("+")[0] == expected
        signature = identity.signature(YES_NO)
        assert (f"norm:{NORMALIZATION}" in signature) == bool(expected)
