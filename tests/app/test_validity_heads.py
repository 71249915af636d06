from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest

from app.site.tables.base import Table
from app.site.tables.board_frame import MEAN, SYSTEM
from app.site.tables.validity_heads import Believed, believed, widened
from app.summing_up import headline
from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.scored_rows import MetricRow


@pytest.fixture
def rows(invented: ModuleType) -> list[ValidityRow]:
    """Of a metric on all 35 rated texts, in a release from before figures of the same texts were
    told.
    """
    return [replace(row, measure="pearson", n=row.n_rated) for row in invented.validity_rows()]


@pytest.fixture
def bartscore(invented: ModuleType) -> MetricRow:
    return next(metric for metric in invented.METRICS if metric.name == "bartscore")


def test_one_rated_system_is_told_with_its_interval(
    rows: list[ValidityRow], bartscore: MetricRow
) -> None:
    found = believed(rows, bartscore, {}, invented=False)
    assert found.short == "r 0.30 [0.10, 0.50] with people", (
        "the other rated system has no value, pooled ones mix"
    )
    assert found.beside == "r 0.40 to 0.40"


def test_where_lower_is_better_the_head_says_so(
    rows: list[ValidityRow], bartscore: MetricRow
) -> None:
    errors = replace(bartscore, higher_is_better=False)
    found = believed(rows, errors, {}, invented=False)
    assert found.short == "r 0.30 [0.10, 0.50] with people, lower is better"


def test_what_is_held_against_each_other_is_of_the_same_texts_and_means(
    rows: list[ValidityRow], bartscore: MetricRow
) -> None:
    beside = {"alike": 0.25, "alike_low": 0.2, "alike_high": 0.3, "words": 0.1, "words_full": 0.2}
    own = [
        replace(row, n=20, yardstick="words_full", **beside) if row.metric == "bartscore" else row
        for row in rows
    ]
    found = believed(own, bartscore, {}, invented=False)
    assert found.short == "r 0.25 [0.20, 0.30] on 20 of 35 texts with people"
    assert found.beside == "r 0.20 on the same texts"


def test_several_are_told_as_the_lowest_and_the_highest(
    rows: list[ValidityRow], bartscore: MetricRow
) -> None:
    lower = [
        replace(r, value=-0.1) if (r.system, r.metric) == ("beta", "bartscore") else r for r in rows
    ]
    assert (
        believed(lower, bartscore, {}, invented=True).short
        == "r -0.10 to 0.30 with invented ratings"
    )


def test_only_the_aspect_that_sums_up_counts(rows: list[ValidityRow], bartscore: MetricRow) -> None:
    other = [replace(row, aspect="fluency", value=0.9) for row in rows]
    assert believed([*other, *rows], bartscore, {}, invented=False) == believed(
        rows, bartscore, {}, invented=False
    )
    assert "0.90" in believed(other, bartscore, {}, invented=False).short


def test_nobody_has_rated_is_said_and_labels_are_not_asked(
    bartscore: MetricRow, invented: ModuleType
) -> None:
    assert believed([], bartscore, {}, invented=False) == Believed("not validated here")
    assert believed([], invented.METRICS[0], {}, invented=False) == Believed()


def test_word_count_is_not_held_against_itself(
    rows: list[ValidityRow], invented: ModuleType
) -> None:
    words = next(metric for metric in invented.METRICS if metric.name == "words")
    assert believed(rows, words, {}, invented=False).beside == ""


def test_columns_side_by_side_share_a_head_that_fits() -> None:
    frame = pd.DataFrame({SYSTEM: ["a"], MEAN: 0.5, "x": 0.5})
    table = Table(frame, {name: {"width": 50} for name in frame})
    over = {
        SYSTEM: "",
        MEAN: "a long thing to say above two columns",
        "x": "a long thing to say above two columns",
    }
    widths = {name: column["width"] for name, column in widened(table, over).columns.items()}
    assert widths[SYSTEM] == widths[MEAN] == 50
    assert widths[MEAN] + widths["x"] > 6 * len(over[MEAN])


def test_metrics_of_whole_outputs_are_held_against_the_words_of_whole_outputs(
    rows: list[ValidityRow], bartscore: MetricRow
) -> None:
    full = [
        replace(row, metric=f"{row.metric}_full", value=0.9 if row.metric == "words" else 0.6)
        for row in rows
    ]
    found = believed([*rows, *full], replace(bartscore, name="bartscore_full"), {}, invented=False)
    assert (found.short[:6], found.beside) == ("r 0.60", "r 0.90 to 0.90")
    assert believed([*rows, *full], bartscore, {}, invented=False).beside == "r 0.40 to 0.40"


def test_sets_of_ratings_are_never_mixed(rows: list[ValidityRow], bartscore: MetricRow) -> None:
    """The larger set is told, by its own rubric's headline aspect."""
    other = [
        replace(
            r, ratings="second", rubric="ctrs", aspect="understanding", n=99, n_rated=99, value=0.8
        )
        for r in rows
    ]
    less = [replace(row, aspect="a first one", value=0.1) for row in other]
    found = believed([*rows, *less, *other], bartscore, {"ctrs": "understanding"}, invented=False)
    assert found == Believed(
        "r 0.80 to 0.80 with people (second)",
        "r 0.80 to 0.80",
        validated=True,
        aspect="understanding",
    )
    unrated = [row for row in other if row.metric != "bartscore"]
    assert believed([*rows, *unrated], bartscore, {}, invented=False).short.endswith(
        "with people (invented ratings)"
    )


@pytest.mark.parametrize(
    ("aspects", "declared", "found"),
    [
        (["fluency", "overall", "depth"], "depth", "depth"),
        (["fluency", "overall"], "depth", "overall"),
        (["fluency", "overall"], None, "overall"),
        (["fluency", "depth"], None, "fluency"),
    ],
)
def test_the_aspect_that_sums_up_is_the_declared_one(
    aspects: list[str], declared: str | None, found: str
) -> None:
    assert headline(aspects, declared) == found


def test_no_correlation_is_a_minus_zero(rows: list[ValidityRow], bartscore: MetricRow) -> None:
    near = [
        replace(row, value=-0.001, low=-0.004, high=0.001) for row in rows if row.system == "alpha"
    ]
    assert believed(near, bartscore, {}, invented=False).short == "r 0.00 [0.00, 0.00] with people"
