"""What the whole awkward board says of human ratings: agreement, validity and the contests with
baselines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from tests.oracle import association, awkward, formulas
from tests.oracle.association import Key, Rated
from tests.oracle.awkward import ONE_NOTE, PLAIN, Said
from tests.oracle.published import Published, Row, pairs, text_value

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
SCALE = range(4)
MEASURES = ("pearson", "spearman", "kendall", "acc_eq")
DRAWN, PERMUTATIONS, BOARDS = 1_000, 1_000, 1_000
"""Own resamples and permutations, and the board's resamples."""
UNSTATED = ("label_explanation_agreement", "verified_quotations")
"""None of the rated texts states a label or quotes: nobody's explanations were written so."""


def rated(aspect: str, system: str) -> Rated:
    """What was given on an aspect, to one system's texts or to all."""
    by: dict[Key, dict[str, int]] = defaultdict(dict)
    for one in awkward.ratings():
        if one["aspect"] == aspect and system in ("pooled", one["system"]):
            key = (str(one["system"]), str(one["example_id"]))
            by[key][str(one["annotator"])] = int(one["rating"])
    return Rated(tuple(by), by)


@cache
def values(metric: str) -> Mapping[Key, float]:
    """A metric's value of every text that may have been rated."""
    known, found = awkward.systems(), {}
    for system in (PLAIN, ONE_NOTE):
        for one in known[system]:
            if one.asked.task == "oracle/mood":
                ((h, r, s),) = pairs([one], full=metric.endswith("_full"))
                found[system, one.asked.example] = _value(metric, one, h, r, s)
    return found


def _value(metric: str, one: Said, h: str, r: str, s: str) -> float:
    if metric == "label_right":
        return float(one.label == one.asked.gold)
    if metric == "log_words":
        return float(np.log(1 + text_value("words", h, r, s)))
    if metric == "relative_length":
        return float(min(1, text_value("words", h, r, s) / len(s.split())) ** 0.5)
    return text_value(metric, h, r, s)


def test_agreement(whole: Published) -> None:
    compared = 0
    for row in whole.rows("agreement"):
        given = rated(str(row["aspect"]), str(row["system"]))
        count, value = _agreement(str(row["coefficient"]), given)
        assert row["value"] == pytest.approx(value, abs=1e-12), row
        assert (row["n"], row["raters"]) == (count, 3), row
        drawn = association.resamples(
            given, lambda some, row=row: _agreement(str(row["coefficient"]), some)[1], DRAWN, 3
        )
        for end, share in ((row["low"], 0.025), (row["high"], 0.975)):
            assert formulas.quantile_fits(drawn, float(str(end)), share, BOARDS), row
        compared += 1
    assert (
        compared == 9 * 2 * 2
    )  # coefficients, aspects, systems: of one system's texts, never pooled


def _agreement(coefficient: str, given: Rated) -> tuple[int, float | None]:
    """Over how many texts, and the value."""
    each = [given.ratings[key] for key in given.keys]
    units = [list(ratings.values()) for ratings in each]
    several = [unit for unit in units if len(unit) > 1]
    full = [
        [ratings[name] for name in ("ana", "ben", "cleo")] for ratings in each if len(ratings) == 3
    ]
    if coefficient.startswith("Gwet"):
        return len(units), formulas.gwet(units, SCALE, quadratic="AC2" in coefficient)
    if "ICC" in coefficient:
        known = formulas.icc(np.array(full, float))["k" in coefficient]
        root = coefficient.startswith("square root") and known is not None
        return len(full), max(known, 0.0) ** 0.5 if root else known
    if coefficient.startswith("Fleiss"):
        return len(full), formulas.fleiss(full)
    if coefficient == "exact agreement":
        return len(several), formulas.exact_agreement(units)
    return len(several), formulas.alpha(units, coefficient.removeprefix("alpha (").rstrip(")"))


def test_validity(whole: Published) -> None:
    """Each metric against people, and beside it itself, a human and both word counts in each
    rater's place.
    """
    compared = 0
    for row in whole.rows("validity"):
        metric, measure = str(row["metric"]), str(row["measure"])
        if metric in UNSTATED:
            assert row["value"] is None, row
            assert row["why_blank"], row
            continue
        given = rated(str(row["aspect"]), str(row["system"]))
        if metric == "human":
            _same(row, "value", given.in_place_of_one(measure))
        elif measure == "system accuracy":
            _same(row, "value", _system_accuracy(given.of(values(metric))))
        elif measure == "soft pairwise accuracy":
            expected = _soft_accuracy(given.of(values(metric)))
            # Of two times two shares of 1,000 and of 20,000 permutations: four standard errors.
            assert row["value"] == pytest.approx(expected, abs=0.1), row
        else:
            own = given.of(values(metric))
            assert (row["n"], row["n_rated"]) == (len(own.keys), len(given.keys)), row
            several = [key for key in own.keys if len(own.ratings[key]) > 1]
            assert row["n_alike"] == len(several), row
            _same(row, "value", own.against_all(measure))
            _same(row, "alike", own.in_place_of_one(measure, given.usable(measure)))
            _same(row, "human", given.in_place_of_one(measure))
            for words in ("words", "words_full"):
                of_words = given.of(values(words))
                _same(row, words, of_words.in_place_of_one(measure, given.usable(measure)))
            assert row["yardstick"] == _yardstick(row), row
        compared += 1
    # BARTScore's, ROUGE's, BLEU and chrF, grounded chrF, words, own words, baselines, the human
    metrics = 8 + 3 + 2 + 2 + 2 + 1 + 3 + 1
    assert compared == 2 * (3 * metrics * 4 + 2 * (metrics - 1))


def _same(row: Row, column: str, expected: float | None) -> None:
    loose = 2e-5 if "bartscore" in str(row["metric"]) else 1e-9  # float32 against float64
    found = row[column]
    assert found == (None if expected is None else pytest.approx(expected, abs=loose)), (
        column,
        row,
    )


def _yardstick(row: Row) -> str:
    words, full = (row[name] for name in ("words", "words_full"))
    known = {n: float(str(v)) for n, v in (("words", words), ("words_full", full)) if v is not None}
    return max(known, key=lambda name: known[name]) if known else ""


def _system_accuracy(given: Rated) -> float:
    assert given.values is not None
    keys = {name: [key for key in given.keys if key[0] == name] for name in (PLAIN, ONE_NOTE)}
    metric = [np.mean([given.values[key] for key in own]) for own in keys.values()]
    people = [
        np.mean([np.mean(list(given.ratings[key].values())) for key in own])
        for own in keys.values()
    ]
    return float(np.sign(metric[0] - metric[1]) == np.sign(people[0] - people[1]))


def _soft_accuracy(given: Rated) -> float:
    """1 - |p_human - p_metric| of the one pair of systems, on the examples that both have."""
    assert given.values is not None
    first, second = sorted({system for system, _ in given.keys})
    both = sorted(
        {example for system, example in given.keys if system == first}
        & {example for system, example in given.keys if system == second}
    )
    rng, p = np.random.default_rng(5), []
    for value in (given.values.__getitem__, lambda key: np.mean(list(given.ratings[key].values()))):
        ahead = np.array([value((first, example)) - value((second, example)) for example in both])
        signs = rng.choice([-1, 1], (20_000, len(both)))
        p.append(np.mean(signs @ ahead >= ahead.sum() - 1e-9))
    return 1 - abs(p[0] - p[1])


def test_intervals_of_validity(whole: Published) -> None:
    """BCa, over posts; of two systems' texts on a post both are drawn."""
    compared = 0
    for row in whole.rows("validity"):
        metric, measure = str(row["metric"]), str(row["measure"])
        if row["aspect"] != "overall" or metric not in ("rouge1", "words_full", "human"):
            continue
        if measure not in MEASURES:
            continue
        given = rated("overall", str(row["system"]))
        usable = given.usable(measure)
        own = given.of(None if metric == "human" else values(metric))
        asked = {
            "alike": lambda some, m=measure, u=usable: some.in_place_of_one(m, u),
            "value": lambda some, m=measure: some.against_all(m),
        }
        ends = {"alike": ("alike_low", "alike_high"), "value": ("low", "high")}
        if metric == "human":
            asked["value"] = asked.pop("alike")
        for column, statistic in asked.items():
            if row[ends[column][0]] is None:
                assert measure == "acc_eq", row
                assert column == "alike", row
                continue
            replicates = association.resamples(own, statistic, DRAWN, 3)
            jackknife = association.left_out(own, statistic)
            for name, tail in zip(ends[column], (0.025, 0.975), strict=True):
                assert association.bca_fits(
                    float(str(row[name])),
                    tail,
                    float(str(row[column])),
                    replicates,
                    jackknife,
                    BOARDS,
                ), (name, row)
                compared += 1
    assert compared == 2 * 3 * (4 + 2 * (4 + 3))


def test_contests_with_baselines(whole: Published) -> None:
    """Difference, p by own permutations, and Holm's correction over the metrics and baselines of one
    measure, aspect and system.
    """
    families: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    compared, constant = 0, 0
    for row in whole.rows("contests"):
        families[row["aspect"], row["system"], row["measure"]].append(row)
        metric, measure = str(row["first"]), str(row["measure"])
        if row["aspect"] != "overall" or metric not in ("rouge1", "bleu", "bartscore_f"):
            continue
        given = rated("overall", str(row["system"]))
        second = str(row["second"])
        people = np.array([np.mean(list(given.ratings[key].values())) for key in given.keys])
        first, other = (
            np.array([values(name)[key] for key in given.keys]) for name in (metric, second)
        )
        if np.ptp(other) == 0:
            assert (row["p"], row["why_blank"]) == (None, "no variance in the metric"), row
            constant += 1
            continue
        posts = [example for _, example in given.keys]
        difference, p = association.perm_both(measure, first, other, people, posts, PERMUTATIONS, 9)
        loose = 2e-5 if metric.startswith("bartscore") else 1e-9
        assert row["difference"] == pytest.approx(difference, abs=loose), row
        said = float(str(row["p"]))
        error = np.sqrt(max(p * (1 - p), 1e-3) * (1 / PERMUTATIONS + 1 / 10_000))
        assert abs(said - p) < 5 * error, row
        compared += 1
    # Metrics, systems, measures and baselines.
    assert compared + constant == 3 * 3 * 2 * 5
    assert compared >= 3 * 3 * 2 * 4
    for rows in families.values():
        tested = [row for row in rows if row["p"] is not None]
        corrected = formulas.holm([float(str(row["p"])) for row in tested])
        assert [row["p_holm"] for row in tested] == pytest.approx(corrected, abs=1e-12)
    assert len(families) == 2 * 3 * 2
