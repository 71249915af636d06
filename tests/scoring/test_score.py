from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import confusion_matrix, f1_score

from scoring.errors import ScoringError
from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metric import Scored
from scoring.metrics import metric
from scoring.score import assemble, between, breakdown, confusion, score, within
from scoring.segments import Example, Reading, Segments
from scoring.statistics import wilson
from scoring.tasks import ImhiRule, Label, Task

LABELS = ("yes", "no")
TASK = Task(
    id="test/score",
    title="Score",
    family="f",
    dataset="d",
    platform="sms",
    annotation="human",
    unit="post",
    kind="binary",
    labels=tuple(Label(name, name.title()) for name in LABELS),
    question="q",
    headline="weighted_f1",
    references="project",
    licence="MIT",
    citation="c",
    attributes={"factor": ("second", "first")},
    imhi_rule=ImhiRule((("yes", "yes"),), "no"),
)


def segments_of(
    golds: Sequence[str],
    predicted: Sequence[str | None],
    posts: Sequence[str] | None = None,
    task: Task = TASK,
    explanations: Sequence[str | None] | None = None,
) -> Segments:
    posts = posts or [f"p{i:03}" for i in range(len(golds))]
    explanations = explanations or [None] * len(golds)
    factors = ("first", "second")
    examples = tuple(
        Example(
            str(i),
            post,
            "q",
            "p",
            gold,
            "the reference",
            attributes={"factor": factors[i % 2]} if i < 20 else {},
        )
        for i, (gold, post) in enumerate(zip(golds, posts, strict=True))
    )
    readings = tuple(
        Reading(label, label and "given", None if label else "none stated", text)
        for label, text in zip(predicted, explanations, strict=True)
    )
    return Segments(task, examples, tuple(predicted), readings)


def noisy(
    n: int, seed: int, right: float = 0.8, unparsed: float = 0.05
) -> tuple[list[str], list[str | None]]:
    rng = np.random.default_rng(seed)
    golds = rng.choice(LABELS, n, p=[0.3, 0.7]).tolist()
    predicted = [gold if rng.random() < right else LABELS[1 - LABELS.index(gold)] for gold in golds]
    return golds, [None if rng.random() < unparsed else label for label in predicted]


def scored(name: str, *segments: Segments, **options: int) -> Scored:
    return score(metric(name), segments, Instruments(), **options)


def test_value_and_counts_of_one_repetition() -> None:
    golds, predicted = noisy(50, 13)
    found = scored("weighted_f1", segments_of(golds, predicted))
    labels = [label or "unparsed" for label in predicted]
    assert found.value == pytest.approx(
        f1_score(golds, labels, average="weighted", zero_division=0)
    )
    assert found.items.shape == (1, 50, 6)
    assert (found.n, found.n_absent, found.n_unparsed) == (50, 0, predicted.count(None))
    assert predicted.count(None) > 0
    assert found.sd is None
    assert found.low < found.value < found.high
    assert found.interval == "Bayesian bootstrap over posts, 1000 draws, seed 0"


def test_refused_and_cut_off_outputs_are_counted_beside_the_unparsed() -> None:
    outputs = [
        "I cannot answer that.",
        "<think>Hmm",
        "<think>Yes?</think>I cannot answer that.",
        "So.",
    ]
    readings = tuple(read(TASK, output=output) for output in outputs)
    segments = replace(segments_of(["yes"] * 4, [None] * 4), readings=readings)
    found = scored("accuracy", segments)
    assert (found.n_unparsed, found.n_refused, found.n_cut_off) == (4, 2, 1)


def test_the_spread_over_prompts_and_over_seeds() -> None:
    """By hand: the prompts' means are .5 and .7."""
    values = np.array([0.45, 0.5, 0.55, 0.65, 0.7, 0.75])
    prompts = ["a"] * 3 + ["b"] * 3
    assert between(values, prompts) == pytest.approx(0.2 / 2**0.5)
    assert between(values, ["1"] * 6) is None
    # A one-way analysis of variance says the same of what is left within groups.
    of_prompts = [values[:3], values[3:]]
    f = scipy.stats.f_oneway(*of_prompts).statistic
    assert within(values, prompts) == pytest.approx(between(values, prompts) * (3 / f) ** 0.5)
    assert within(values, list("abcdef")) is None
    assert within(values, ["1"] * 6) == pytest.approx(values.std(ddof=1))
    assert within(np.array([0.5, np.nan, 0.7]), ["a", "a", "b"]) is None
    blank = np.array([np.nan, np.nan, 0.5])
    assert between(blank, ["a", "b", "c"]) is None


def test_recalls_are_estimated_and_the_mix_of_labels_is_not() -> None:
    """A row's posterior is a beta distribution's; scipy's quantiles of the mean of two, for many
    posts.
    """
    golds = ["yes"] * 300 + ["no"] * 700
    predicted = ["yes"] * 240 + ["no"] * 60 + ["no"] * 630 + ["yes"] * 70
    found = scored("balanced_accuracy", segments_of(golds, predicted), draws=4000)
    rng = np.random.default_rng(0)
    recalls = (rng.beta(240.5, 60.5, 200_000) + rng.beta(630.5, 70.5, 200_000)) / 2
    assert (found.low, found.high) == pytest.approx(
        tuple(np.quantile(recalls, (0.025, 0.975))), abs=0.002
    )


def test_one_label_throughout_has_no_interval_though_a_label_is_rare() -> None:
    three = replace(
        TASK, kind="multi-class", labels=tuple(Label(name, name) for name in ("a", "b", "c"))
    )
    golds = ["a"] * 17 + ["b"] * 17 + ["c"]
    for name, value in (("balanced_accuracy", 1 / 3), ("weighted_f1", 17 / 35 * 34 / 52)):
        found = scored(name, segments_of(golds, ["a"] * 35, task=three))
        assert found.value == pytest.approx(value)
        assert (found.low, found.high) == (None, None)
        assert found.interval == (
            "none: one label throughout, so the value follows from the gold labels alone"
        )
    perfect = scored("balanced_accuracy", segments_of(golds, list(golds), task=three))
    # The least mean recall whose likelihood is .05: the label with one post alone.
    assert (perfect.low, perfect.high) == pytest.approx(((2 + 0.05) / 3, 1))
    nearly = scored("balanced_accuracy", segments_of(golds, ["b", *golds[1:]], task=three))
    # One error of 35 may lower the bound, and has no right to move it far.
    assert perfect.low - 0.05 < nearly.low < perfect.low


def test_fewer_than_ten_posts_have_no_interval_by_resampling() -> None:
    golds, predicted = noisy(9, 1, right=0.6)
    segments = segments_of(golds, predicted)
    for name in ("weighted_f1", "balanced_accuracy", "mcc"):
        found = scored(name, segments)
        assert (found.low, found.interval) == (None, "none: fewer than 10 posts")
    assert scored("accuracy", segments).interval == "Wilson"
    clustered = segments_of(golds * 4, predicted * 4, [f"p{i % 9}" for i in range(36)])
    assert scored("accuracy", clustered).interval == "none: fewer than 10 posts"
    assert scored("weighted_f1", segments_of(*noisy(10, 1))).low is not None


def test_repetitions_are_averaged_and_share_each_draws_posts() -> None:
    golds, first = noisy(60, 3)
    _, second = noisy(60, 4)
    one, other = segments_of(golds, first), segments_of(golds, second)
    alone, both = scored("weighted_f1", one), scored("weighted_f1", one, other)
    values = [alone.value, scored("weighted_f1", other).value]
    assert both.value == pytest.approx(np.mean(values))
    assert both.sd == pytest.approx(np.std(values, ddof=1))
    assert both.n_unparsed == max(first.count(None), second.count(None))
    twice = scored("weighted_f1", one, one)
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high))
    assert twice.sd == 0


def test_the_smallest_count_of_all_repetitions_is_given() -> None:
    golds = ["yes", "no", "no"]
    full = segments_of(golds, golds, explanations=["a b", "c", "d"])
    partial = segments_of(golds, golds, explanations=["a b", None, "d"])
    found = scored("words", full, partial)
    assert (found.n, found.n_absent) == (2, 1)
    assert found.value == pytest.approx((4 / 3 + 3 / 2) / 2)


def test_plain_proportions_have_wilsons_interval() -> None:
    golds, predicted = noisy(35, 5)
    found = scored("accuracy", segments_of(golds, predicted))
    expected = wilson(sum(gold == label for gold, label in zip(golds, predicted, strict=True)), 35)
    assert (found.low, found.high, found.interval) == (expected.low, expected.high, "Wilson")
    parsed = scored("parse_rate", segments_of(golds, predicted))
    assert parsed.low == wilson(35 - predicted.count(None), 35).low


def test_posts_with_several_questions_are_drawn_whole() -> None:
    golds, predicted = noisy(60, 6)
    doubled = (
        [label for label in golds for _ in range(2)],
        [label for label in predicted for _ in range(2)],
    )
    posts = [f"p{i // 2}" for i in range(120)]
    for name in ("accuracy", "weighted_f1"):
        clustered = scored(name, segments_of(*doubled, posts))
        independent = scored(name, segments_of(*doubled))
        assert clustered.value == independent.value
        assert clustered.high - clustered.low > 1.2 * (independent.high - independent.low)
        assert clustered.interval.startswith("Bayesian bootstrap over posts")


def test_a_perfect_score_is_not_certain() -> None:
    golds, _ = noisy(35, 7)
    perfect = segments_of(golds, list(golds))
    bound = 0.05 ** (1 / 35)
    accuracy = scored("accuracy", perfect)
    assert (accuracy.low, accuracy.high) == pytest.approx((bound, 1.0))
    # All wrong answers in the gold label where that costs most: "no" or "yes", as many as .05^(1 /
    # posts) allows.
    yes, no = golds.count("yes"), golds.count("no")
    recalls = [0.05 ** (1 / yes), 0.05 ** (1 / no)]
    balanced = scored("balanced_accuracy", perfect)
    assert (balanced.low, balanced.high) == pytest.approx(((1 + min(recalls)) / 2, 1.0))
    worst = []
    for rare, often, recall in ((yes, no, recalls[0]), (no, yes, recalls[1])):
        first = 2 * rare * recall / (rare + rare * recall)
        second = 2 * often / (2 * often + rare * (1 - recall))
        worst.append((first + second) / 2)
    macro = scored("macro_f1", perfect)
    assert (macro.low, macro.high) == pytest.approx((min(worst), 1.0))
    assert macro.interval == "exact one-sided bound on wrong posts, 35 posts"


@pytest.mark.parametrize("answer", [None, "wrong"])
def test_a_score_without_one_right_answer_is_not_certain(answer: str | None) -> None:
    golds = ["yes"] * 4 + ["no"] * 6
    wrong = {"yes": "no", "no": "yes"}
    found = {
        name: scored(
            name, segments_of(golds, [None if answer is None else wrong[gold] for gold in golds])
        )
        for name in ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc")
    }
    # As many right in one label as .05^(1 / posts) allows, or in all.
    one, other, both = (1 - 0.05 ** (1 / posts) for posts in (4, 6, 10))
    assert found["accuracy"].high == pytest.approx(both)
    balanced = found["balanced_accuracy"]
    assert (balanced.low, balanced.high) == pytest.approx((0, max(one / 2, other / 2, both)))
    assert balanced.interval == "exact one-sided bound on right posts, 10 posts"
    if answer is None:
        f1 = max(right / (1 + right) for right in (one, other))  # of the one label, meaned with 0
        assert found["macro_f1"].high == pytest.approx(max(f1, 2 * both / (1 + both)))
    assert all(one.low < one.high for one in found.values())


def test_what_is_the_same_in_every_replicate_has_no_interval() -> None:
    golds = ["yes", "no"] * 5
    found = scored("words", segments_of(golds, golds, explanations=["two words"] * 10))
    assert found.value == 2
    assert (found.low, found.high, found.interval) == (
        None,
        None,
        "none: no spread in the resamples",
    )


def test_a_bound_without_a_value_is_none_and_says_why() -> None:
    ordinal = replace(TASK, kind="ordinal")
    kappa = scored(
        "quadratic_weighted_kappa", segments_of(["yes"] * 10, ["yes"] * 10, task=ordinal)
    )
    assert (kappa.value, kappa.low, kappa.high) == (None, None, None)
    assert (kappa.interval, kappa.n) == ("none: undefined: one label throughout", 10)
    mcc = scored("mcc", segments_of(["yes"] * 10, ["yes"] * 10))
    assert (mcc.value, mcc.low, mcc.interval) == (
        None,
        None,
        "none: undefined: one label throughout",
    )


def test_a_perfect_score_on_few_posts_is_bounded_by_posts() -> None:
    golds = ["yes", "no"] * 10
    clustered = scored("accuracy", segments_of(golds, golds, [f"p{i // 4}" for i in range(20)]))
    assert clustered.low == pytest.approx(0.05 ** (1 / 5))
    assert clustered.interval == "exact one-sided bound, 5 posts"


def test_an_error_without_a_miss_has_its_bound_above() -> None:
    ordinal = replace(TASK, kind="ordinal")
    golds = ["yes", "no"] * 10
    predicted: list[str | None] = [*golds[:-1], None]
    found = scored("mean_absolute_error", segments_of(golds, predicted, task=ordinal))
    assert (found.value, found.low, found.n, found.n_absent) == (0.0, 0.0, 19, 1)
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 19))


def test_nothing_measured_is_none_and_not_zero() -> None:
    golds, predicted = noisy(10, 8)
    found = scored("rouge1", segments_of(golds, predicted))
    assert (found.value, found.low, found.high, found.sd) == (None, None, None, None)
    assert (found.n, found.n_absent) == (0, 10)
    assert found.interval == "none: fewer than two posts have a value"
    empty = scored("accuracy", segments_of([], []))
    assert (empty.value, empty.low, empty.n, empty.n_absent, empty.n_unparsed) == (
        None,
        None,
        0,
        0,
        0,
    )


def test_one_post_has_a_value_and_no_interval() -> None:
    found = scored("weighted_f1", segments_of(["yes", "no"], ["yes", "yes"], ["p", "p"]))
    assert found.value == pytest.approx(1 / 3)
    assert (found.low, found.high) == (None, None)


def test_the_order_of_examples_changes_neither_value_nor_interval() -> None:
    golds, predicted = noisy(50, 9)
    segments = segments_of(golds, predicted)
    order = np.random.default_rng(0).permutation(50)
    shuffled = Segments(
        TASK,
        tuple(segments.examples[i] for i in order),
        tuple(segments.outputs[i] for i in order),
        tuple(segments.readings[i] for i in order),
    )
    one, other = scored("mcc", segments), scored("mcc", shuffled)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_the_published_rule_leaves_nothing_unparsed() -> None:
    segments = segments_of(["yes", "no", "no"], ["yes", None, None])
    assert scored("accuracy", segments).n_unparsed == 2
    rule = scored("accuracy_imhi_rule", segments)
    assert (rule.n_unparsed, rule.n, rule.n_absent) == (0, 1, 2)


def test_assembling_stored_statistics_gives_what_scoring_gave() -> None:
    golds, predicted = noisy(30, 10)
    segments = segments_of(golds, predicted)
    first = scored("mcc", segments)
    again = assemble(metric("mcc"), [segments], list(first.items), n_truncated=4)
    assert (again.value, again.low, again.high, again.n_truncated) == (
        first.value,
        first.low,
        first.high,
        4,
    )


def test_breakdown_scores_each_value_on_its_own() -> None:
    golds, predicted = noisy(30, 11)
    segments = segments_of(golds, predicted)
    found = breakdown(
        metric("macro_f1"), [segments], list(scored("macro_f1", segments).items), "factor"
    )
    assert list(found) == [
        "second",
        "first",
    ]  # as the task declares them; rows 20 on have no factor
    for start, name in enumerate(("first", "second")):
        part = Segments(
            TASK,
            segments.examples[start:20:2],
            segments.outputs[start:20:2],
            segments.readings[start:20:2],
        )
        alone = scored("macro_f1", part)
        assert (found[name].value, found[name].n) == (pytest.approx(alone.value), 10)
        assert (found[name].low, found[name].high) == pytest.approx((alone.low, alone.high))
    assert (
        breakdown(metric("macro_f1"), [segments], [scored("macro_f1", segments).items[0]], "colour")
        == {}
    )


def test_confusion_counts_unparsed_apart() -> None:
    golds, predicted = noisy(80, 12)
    labels = [label or "unparsed" for label in predicted]
    expected = confusion_matrix(golds, labels, labels=[*LABELS, "unparsed"])[:2]
    found = confusion(scored("accuracy", segments_of(golds, predicted)).items, TASK)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int64


def test_what_does_not_fit_is_refused() -> None:
    segments = segments_of(["yes", "no"], ["yes", "no"])
    other = segments_of(["yes", "no", "no"], ["yes", "no", "no"])
    with pytest.raises(
        ScoringError, match="repetition 1 is not of the same examples as repetition 0"
    ):
        scored("accuracy", segments, other)
    with pytest.raises(ScoringError, match="not one repetition"):
        scored("accuracy")
    with pytest.raises(ScoringError, match="mean_absolute_error does not apply to test/score"):
        scored("mean_absolute_error", segments)
    with pytest.raises(ScoringError, match=r"statistics of \[3\] items for repetitions of \[2\]"):
        assemble(metric("accuracy"), [segments], [scored("accuracy", other).items[0]])
