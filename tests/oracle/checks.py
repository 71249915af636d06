"""What every board is held to: each returns how many numbers were compared, for a test to say how
many those have to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
import pytest

from tests.oracle import formulas
from tests.oracle.awkward import Declared
from tests.oracle.published import (
    FEW,
    LABELS,
    REFERENCE,
    Answers,
    Published,
    Row,
    entering,
    label_value,
    tables,
)

UNRANKED = ("words", "words_full", "own_words")
"""Metrics of which neither direction is better."""
PERMUTATIONS = 2_000
LEVEL, UNCERTAIN = 0.05, 0.02
"""A p value this near to the level may fall on either side of it by other permutations: four and
more of their errors.
"""


def metrics_of_labels(published: Published) -> int:
    """Values, their spread over repetitions, and what they are of."""
    compared = 0
    for row, task, groups in published.cells():
        name = str(row["metric"])
        if name not in LABELS:
            continue
        values = [label_value(name, task, group) for group in groups]
        count = min(len(entering(name, group)) for group in groups)
        known = [value for value in values if value is not None]
        if count < FEW or len(known) < len(values):
            assert row["value"] is None, row
            assert row["why_blank"], row
        else:
            assert row["value"] == pytest.approx(np.mean(known), abs=1e-12), row
            spread = np.std(known, ddof=1) if len(known) > 1 else None
            assert row["sd"] == (None if spread is None else pytest.approx(spread, abs=1e-12)), row
        unparsed = max(sum(one.label is None for one in group) for group in groups)
        assert (row["n"], row["n_given"]) == (count, count), row
        assert (row["n_unparsed"], row["repetitions"]) == (unparsed, len(groups)), row
        compared += 1
    return compared


def flips_of_labels(published: Published) -> int:
    """How often a label is not the same in all runs of a system, and that there is no such value of
    a single run.
    """
    compared = 0
    for row, _, groups in published.cells():
        if row["metric"] != "flip_rate":
            continue
        if len(groups) < 2:
            assert (row["value"], row["why_blank"]) in ((None, "one output an example"), UNSENT), (
                row
            )
            continue
        labels = [{one.asked.example: one.label for one in group} for group in groups]
        flips = [len({run[example] for run in labels}) > 1 for example in labels[0]]
        if len(flips) < FEW:
            assert row["value"] is None, row
        else:
            assert row["value"] == pytest.approx(np.mean(flips), abs=1e-12), row
            assert row["low"] <= row["value"] <= row["high"], row
        compared += 1
    return compared


UNSENT = (None, "task not submitted")


def intervals_of_labels(published: Published, drawn: int) -> int:
    """Ends, by own draws where they are drawn, and that there is none only where
    there may be none.
    """
    compared = 0
    for row, task, groups in published.cells():
        if row["metric"] not in LABELS or row["value"] is None:
            continue
        if row["low"] is None:
            assert str(row["interval"]).startswith("none"), row
            assert _nothing_to_estimate(groups), row
        else:
            _hold_interval(row, task, groups, drawn)
            compared += 1
    return compared


def _nothing_to_estimate(groups: Answers) -> bool:
    labels = {one.label for group in groups for one in group}
    return len(labels) == 1 or len({one.asked.post_id for group in groups for one in group}) < FEW


def _hold_interval(row: Row, task: Declared, groups: Answers, drawn: int) -> None:
    name, method = str(row["metric"]), str(row["interval"])
    value, low, high = (float(str(row[key])) for key in ("value", "low", "high"))
    repetitions = [tables(task, group) for group in groups]
    posts = int(np.count_nonzero(repetitions[0].any((1, 2))))
    assert low <= value <= high, row
    if method.startswith("Bayesian"):
        weights = formulas.weights(drawn, posts, 7)
        replicates = formulas.label_replicates(name, repetitions, weights, 7)
        assert formulas.quantile_fits(replicates, low, 0.025, 1000), row
        assert formulas.quantile_fits(replicates, high, 0.975, 1000), row
    elif method == "Wilson":
        count = len(entering(name, groups[0]))
        assert (low, high) == pytest.approx(formulas.wilson(value, count), abs=1e-12), row
    elif name in ("accuracy", "parse_rate"):
        assert high - low == pytest.approx(formulas.bound_of_none(posts), abs=1e-9), row
    else:
        ends = formulas.bound_ends(name, repetitions[0])
        assert (low, high) == pytest.approx(ends, abs=1e-9), row


def coverage_and_means(published: Published) -> int:
    """How many tasks each system covers, its mean over them, and that it is ranked where it covers
    all.
    """
    compared = 0
    for row in published.rows("overall"):
        name, metric = published.names[str(row["system"])], str(row["metric"])
        asked = [task.id for task in published.asked_on(metric)]
        covered = [
            task for task in asked if published.covered_value(name, task, metric) is not None
        ]
        assert (row["covered"], row["total"]) == (len(covered), len(asked)), row
        mean = published.mean(name, covered, metric)
        assert row["value"] == (None if mean is None else pytest.approx(mean, abs=1e-12)), row
        assert (row["rank"] is None) == (covered != asked or metric in UNRANKED), row
        compared += 1
    return compared


def intervals_of_means(published: Published, drawn: int) -> int:
    """The ends of overall means of labels, by own draws over the posts of all tasks."""
    compared = 0
    for row in published.rows("overall"):
        name, metric = published.names[str(row["system"])], str(row["metric"])
        if metric not in LABELS or row["low"] is None or "conditional" not in str(row["interval"]):
            continue
        asked = published.asked_on(metric)
        covered = [t for t in asked if published.covered_value(name, t.id, metric) is not None]
        replicates = sum_replicates(published, name, metric, covered, (), drawn)
        for end, share in ((row["low"], 0.025), (row["high"], 0.975)):
            assert formulas.quantile_fits(replicates, float(str(end)), share, 1000), (name, row)
        compared += 1
    return compared


def sum_replicates(
    published: Published,
    name: str,
    metric: str,
    plus: Sequence[Declared],
    minus: Sequence[Declared],
    drawn: int,
    *,
    mirrored: bool = False,
) -> np.ndarray:
    """Replicates of a mean over tasks less a mean over others; one of all of them has the unseen
    post.

    The tasks share no posts. `mirrored`: of the other system of a pair, on the same draws.
    """
    tasks = [*plus, *minus]
    which = np.random.default_rng(3).integers(len(tasks), size=drawn)
    total = np.zeros(drawn)
    for number, task in enumerate(tasks):
        repetitions = [tables(task, group) for group in published.answers(name, task.id)]
        weights = formulas.weights(drawn, len(repetitions[0]), 11 + number)
        values = formulas.label_replicates(
            metric, repetitions, weights, 29 + number, which == number, mirrored=mirrored
        )
        total += values / len(plus) if number < len(plus) else -values / len(minus)
    return total


def ranks_of_labels(published: Published) -> int:
    """Ranks, and their intervals by own permutations."""
    compared = 0
    for metric in LABELS:
        ranked = {
            published.names[str(row["system"])]: row
            for row in published.rows("overall")
            if row["metric"] == metric and row["rank"] is not None
        }
        sign = -1 if metric == "mean_absolute_error" else 1
        values = {name: sign * float(str(row["value"])) for name, row in ranked.items()}
        chances = dict(_chances(published, metric, list(ranked)))
        for name, row in ranked.items():
            better = [other for other in ranked if values[other] > values[name] + 1e-12]
            assert row["rank"] == 1 + len(better), (metric, name)
            low, high, unsure = _rank_interval(name, values, chances)
            assert low <= int(str(row["rank_low"])) <= low + unsure, (metric, name)
            assert high - unsure <= int(str(row["rank_high"])) <= high, (metric, name)
            compared += 1
    return compared


def _chances(
    published: Published, metric: str, names: list[str]
) -> Iterator[tuple[frozenset[str], float]]:
    """Two systems -> p of their difference, by permutation."""
    asked = published.asked_on(metric)
    posts = published.posts([task.id for task in asked])
    own = {
        name: [
            [tables(task, group, posts) for group in published.answers(name, task.id)]
            for task in asked
        ]
        for name in names
    }
    for first, second in combinations(names, 2):
        p = formulas.swapped_p(metric, own[first], own[second], PERMUTATIONS, 5)
        yield frozenset((first, second)), p


def _rank_interval(
    name: str, values: dict[str, float], chances: dict[frozenset[str], float]
) -> tuple[int, int, int]:
    """Source: docs/methods.md "Rank intervals"; the last is how many verdicts are
    too near to tell.
    """
    better = worse = unsure = 0
    for other in values:
        if other != name:
            p = chances[frozenset((name, other))]
            unsure += abs(p - LEVEL) < UNCERTAIN
            if p <= LEVEL - UNCERTAIN:
                better += values[other] > values[name]
                worse += values[other] < values[name]
    return 1 + better, len(values) - worse, unsure


def gaps(
    published: Published, notion: str, seen_by: Callable[[str], list[str] | None], drawn: int = 0
) -> int:
    """Seen, unseen, gap and adjusted gap of every system by one notion; with draws, the intervals
    of gaps of labels too.

    Args:
        published: The release.
        notion: As the release names it.
        seen_by: System -> the tasks that it has seen, None where that cannot be told.
        drawn: How many replicates.
    """
    compared = 0
    for row in published.rows("generalization"):
        name, metric = published.names[str(row["system"])], str(row["metric"])
        if row["notion"] != notion or row["quantity"] == "full - held-out":
            continue
        known, quantity = seen_by(name), str(row["quantity"])
        asked = [task.id for task in published.asked_on(metric)]
        seen = [task for task in asked if task in (known or ())]
        rest = [task for task in asked if task not in seen]
        parts = {"seen": (seen, []), "unseen": (rest, [])}
        plus, minus = parts.get(quantity, (seen, rest))
        less = REFERENCE if quantity == "adjusted gap" else ""
        expected = contrast(published, name, plus, minus, metric, less)
        if known is None or name == less or (quantity.endswith("gap") and not (seen and rest)):
            expected = None
        assert row["value"] == (None if expected is None else pytest.approx(expected, abs=1e-12)), (
            row
        )
        assert bool(row["why_blank"]) == (expected is None), row
        if drawn and metric in LABELS and row["low"] is not None and len({*plus, *minus}) > 1:
            _hold_sum(published, name, row, (plus, minus), drawn)
        compared += expected is not None
    return compared


def contrast(
    published: Published,
    name: str,
    plus: Sequence[str],
    minus: Sequence[str],
    metric: str,
    less: str = "",
) -> float | None:
    """A mean over tasks less that over others, of values or of differences to another system."""
    first = published.mean(name, plus, metric, less)
    second = published.mean(name, minus, metric, less) if minus else 0.0
    return None if first is None or second is None else first - second


def _hold_sum(
    published: Published, name: str, row: Row, sides: tuple[list[str], list[str]], drawn: int
) -> None:
    tasks = {task.id: task for task in published.tasks}
    plus, minus = ([tasks[one] for one in side] for side in sides)
    metric = str(row["metric"])
    replicates = sum_replicates(published, name, metric, plus, minus, drawn)
    if row["quantity"] == "adjusted gap":  # the reference answers one label throughout
        replicates = replicates - _of_reference(published, metric, plus, minus, drawn)
    for end, share in ((row["low"], 0.025), (row["high"], 0.975)):
        assert formulas.quantile_fits(replicates, float(str(end)), share, 1000), (name, row)


def _of_reference(
    published: Published, metric: str, plus: list[Declared], minus: list[Declared], drawn: int
) -> np.ndarray | float:
    """What is subtracted for the reference: replicates of proportions of posts, else the constant
    that follows from gold.
    """
    if metric in ("accuracy", "parse_rate"):
        return sum_replicates(published, REFERENCE, metric, plus, minus, drawn, mirrored=True)
    value = contrast(published, REFERENCE, [t.id for t in plus], [t.id for t in minus], metric)
    assert value is not None
    return value


def the_command(published: Published, said: Sequence[Row]) -> int:
    """What is answered in JSON, by the command or by the HTTP API, is what the file says."""
    assert len(said) == len(published.by_name)
    kept = (
        "value",
        "low",
        "high",
        "interval",
        "sd",
        "sd_prompts",
        "sd_seeds",
        "repetitions",
        "n",
        "n_given",
        "n_absent",
        "n_unparsed",
        "n_refused",
        "n_cut_off",
        "n_truncated",
        "signature",
    )
    over = {(row["system"], row["metric"]): row for row in published.rows("overall")}
    ids = {name: number for number, name in published.names.items()}
    for cell in said:
        row = published.by_name[str(cell["system"]), str(cell["task"]), str(cell["metric"])]
        assert {key: cell[key] for key in kept} == {key: row[key] for key in kept}
        # Where nobody has a value there is no mean.
        mean = over.get((ids[str(cell["system"])], cell["metric"]), {})
        for key, column in (
            ("mean", "value"),
            ("mean_low", "low"),
            ("mean_high", "high"),
            ("mean_sd", "sd"),
        ):
            assert cell[key] == mean.get(column), (key, cell)
        for key in ("rank", "rank_low", "rank_high", "cluster", "covered", "total"):
            assert cell[key] == mean.get(key), (key, cell)
    return len(said)
