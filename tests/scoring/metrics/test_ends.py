"""What every metric says where its formula has nothing to go by: the table "Ends" of
docs/methods.md, by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

from scoring.metric import Metric, Scored
from scoring.metrics import METRICS, metric
from scoring.score import UNDEFINED, assemble
from scoring.segments import Example, Reading, Segments
from tests.scoring.metrics.test_registry import INSTRUMENTS, LABELS, TASK

TOO_FEW = "none: fewer than two posts have a value"
VARIED = LABELS * 2
POST = "I cannot sleep and I feel alone"
TEXT = "The poster cannot sleep and feels alone at work."


def scored_on(measured: Metric, given: Segments) -> Scored:
    return assemble(measured, [given], [measured.measure(given, INSTRUMENTS)])


def labelled(
    golds: Sequence[str], given: Sequence[str | None], *, outputs: bool = True
) -> Segments:
    return segments(golds, given, [None] * len(golds), [None] * len(golds), outputs=outputs)


def explained(
    explanations: Sequence[str | None], references: Sequence[str | None], post: str = "A post."
) -> Segments:
    golds = ["low"] * len(explanations)
    return segments(golds, golds, explanations, references, post=post)


def segments(
    golds: Sequence[str],
    given: Sequence[str | None],
    explanations: Sequence[str | None],
    references: Sequence[str | None],
    *,
    outputs: bool = True,
    post: str = "A post.",
) -> Segments:
    examples = tuple(
        Example(str(i), str(i), "q", post, gold, reference, reference)
        for i, (gold, reference) in enumerate(zip(golds, references, strict=True))
    )
    readings = tuple(
        Reading(label, label and "given", None if label else "none", text)
        for label, text in zip(given, explanations, strict=True)
    )
    written = tuple(
        (text or label or "I cannot say") if outputs else None
        for label, text in zip(given, explanations, strict=True)
    )
    return Segments(TASK, examples, written, readings)


CORRECTNESS = {
    "one class in the gold, all of it right": (
        labelled(["low"] * 6, ["low"] * 6),
        {"mcc": None, "quadratic_weighted_kappa": None, "mean_absolute_error": 0.0},
        1.0,
    ),
    "one class in the gold, none of it right": (
        labelled(["low"] * 6, ["middle"] * 6),
        # Of the script's labels, gold and answered: both have an F1 of 0.
        {
            "mcc": None,
            "quadratic_weighted_kappa": 0.0,
            "mean_absolute_error": 1.0,
            "parse_rate": 1.0,
        },
        0.0,
    ),
    "one class answered": (
        labelled(VARIED, ["low"] * 6),
        # F1 of "low" is 2 * 2 / (2 + 6) = 1/2, of the others 0.
        {
            "weighted_f1": 1 / 6,
            "macro_f1": 1 / 6,
            "balanced_accuracy": 1 / 3,
            "accuracy": 1 / 3,
            "mcc": 0.0,
            "quadratic_weighted_kappa": 0.0,
            "mean_absolute_error": 1.0,
            "parse_rate": 1.0,
        },
        None,
    ),
    "all unparsed": (
        labelled(VARIED, [None] * 6),
        {
            "mean_absolute_error": None,
            "quadratic_weighted_kappa": None,
            # The published script gives them its fallback label, "low" here.
            "weighted_f1_imhi_rule": 1 / 6,
            "macro_f1_imhi_rule": 1 / 6,
            "balanced_accuracy_imhi_rule": 1 / 3,
            "accuracy_imhi_rule": 1 / 3,
        },
        0.0,
    ),
    "no outputs": (
        labelled(VARIED, [None] * 6, outputs=False),
        {
            "mean_absolute_error": None,
            "quadratic_weighted_kappa": None,
            "weighted_f1_imhi_rule": None,
            "macro_f1_imhi_rule": None,
            "balanced_accuracy_imhi_rule": None,
            "accuracy_imhi_rule": None,
        },
        0.0,
    ),
}

OVERLAP = ("rouge1", "rouge2", "rougel", "bleu", "chrf")
TEXTS = {
    "all equal": (explained([TEXT] * 4, [TEXT] * 4), (1.0, 1.0, 1.0, 100.0, 100.0)),
    "nothing shared": (explained(["Zzz zzz zzz zzz."] * 4, ["Qqq qqq qqq qqq!"] * 4), (0.0,) * 5),
    # rouge-score and sacrebleu call pairs, and runs of four words, that neither text has 0.
    "one word": (explained(["Alone."] * 4, ["Alone."] * 4), (1.0, 0.0, 1.0, 0.0, 100.0)),
    "no explanation": (explained([None, "", " \n", "nan"], [TEXT] * 4), (None,) * 5),
    "no reference": (explained([TEXT] * 4, [None, "", "None", "<NA>"]), (None,) * 5),
    "marks alone": (explained(["...", "—", "!", "**"], [TEXT] * 4), (None,) * 5),
}


@pytest.mark.parametrize("end", CORRECTNESS)
@pytest.mark.parametrize(
    "measured",
    [
        entry
        for entry in METRICS
        if entry.group == "correctness" and entry.applies_to(TASK) and not entry.optional
    ],
    ids=lambda entry: entry.name,
)
def test_labels(measured: Metric, end: str) -> None:
    given, special, otherwise = CORRECTNESS[end]
    plain = measured.name.removesuffix("_imhi_rule")
    expected = special.get(measured.name, special.get(plain, otherwise))
    scored = scored_on(measured, given)
    assert scored.value == (None if expected is None else pytest.approx(expected, abs=1e-12))
    if expected is None and scored.n:
        assert (scored.interval, scored.low, scored.high) == (f"none: {UNDEFINED}", None, None)


@pytest.mark.parametrize("end", TEXTS)
@pytest.mark.parametrize(
    "measured",
    [entry for entry in METRICS if entry.group == "explanation"],
    ids=lambda entry: entry.name,
)
def test_texts(measured: Metric, end: str) -> None:
    given, overlaps = TEXTS[end]
    scored = scored_on(measured, given)
    if measured.name in OVERLAP:
        expected = overlaps[OVERLAP.index(measured.name)]
        assert scored.value == (None if expected is None else pytest.approx(expected, abs=1e-9))
    elif end == "no explanation" or (end == "marks alone" and "full" not in measured.name):
        assert scored.value is None or "full" in measured.name
    if scored.value is None:
        assert (scored.n, scored.low, scored.interval) == (
            0,
            None,
            TOO_FEW,
        )


POSTS = {
    # Seven words, all in one run of the post.
    "the post itself": (POST, (0.0, 0.0, None, 0.0)),
    "nothing shared": ('"Zzz" zzz zzz', (0.0, 0.0, 0.0, 1.0)),
    "no explanation": ("nan", (None, None, None, None)),
}


@pytest.mark.parametrize("end", POSTS)
def test_posts(end: str) -> None:
    text, expected = POSTS[end]
    given = explained([text] * 4, ["Qqq qqq qqq."] * 4, POST)
    names = ("grounded_chrf", "grounded_chrf_post", "verified_quotations", "own_words")
    found = tuple(scored_on(metric(name), given).value for name in names)
    assert found == expected


@pytest.mark.parametrize("measured", METRICS, ids=lambda entry: entry.name)
def test_one_example_has_no_interval(measured: Metric) -> None:
    scored = scored_on(measured, segments(["low"], ["low"], [TEXT], [TEXT]))
    assert (scored.low, scored.interval) == (None, TOO_FEW)


def test_answers_of_one_label_are_where_scikit_learn_puts_them() -> None:
    golds, answers = list(VARIED), ["low"] * 6
    assert matthews_corrcoef(golds, answers) == 0.0
    assert cohen_kappa_score(golds, answers, weights="quadratic", labels=list(LABELS)) == 0.0
