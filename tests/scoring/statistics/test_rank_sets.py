"""Confidence sets for ranks: their promise in simulations, and the definition worked out slowly."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from scoring.statistics.rank_sets import PairedReplicates, RankSets, rank_sets

# Mean scores in mathematics and their standard errors, PISA 2018 (OECD), of the 37 countries that
# are the worked example of the authors' own R package csranks, in its order.
PISA = """
491.36003 1.93983 498.94231 2.97100 508.07031 2.26266 512.01694 2.35748 417.40656 2.41589
390.93227 2.98956 499.46765 2.46066 509.39837 1.73500 523.41458 1.74360 507.30136 1.96792
495.40758 2.32021 500.04378 2.64708 451.37034 3.09123 481.08264 2.31960 495.18738 1.95308
499.63289 2.19862 463.03455 3.49856 486.58986 2.78005 526.97325 2.47148 525.93300 3.12139
496.12633 1.96277 481.19119 1.95328 483.42149 1.09763 408.80147 2.49323 519.23098 2.63228
494.48968 1.70594 500.96379 2.21904 515.64787 2.60209 492.48741 2.68457 486.16485 2.55560
508.89754 1.36388 481.39261 1.46242 502.38770 2.65425 515.31471 2.90800 453.50778 2.26041
501.76990 2.56443 478.24472 3.23544
"""


def gaussian(
    values: np.ndarray, errors: np.ndarray, rng: np.random.Generator, draws: int = 1_000
) -> PairedReplicates:
    """Independent estimates, whose replicates are normal."""
    drawn = values[:, None] + errors[:, None] * rng.standard_normal((len(values), draws))
    return PairedReplicates(
        values, drawn, drawn, np.arange(len(values)), np.full(len(values), True)
    )


def slowly(replicates: PairedReplicates, coverage: float = 0.95) -> RankSets:
    """The definition, pair by pair and draw by draw."""
    systems, draws = replicates.plain.shape
    difference, error, scaled = {}, {}, {}
    for j in range(systems):
        for k in range(systems):
            drawn = [replicates.plain[j, b] - replicates.plain[k, b] for b in range(draws)]
            difference[j, k] = replicates.values[j] - replicates.values[k]
            error[j, k] = np.std(drawn, ddof=1)
            if j != k:
                scaled[j, k] = [abs(one - difference[j, k]) / error[j, k] for one in drawn]

    def ranks(j: int, critical: float) -> tuple[int, int]:
        others = [k for k in range(systems) if k != j]
        better = sum(difference[k, j] - critical * error[k, j] > 0 for k in others)
        worse = sum(difference[k, j] + critical * error[k, j] < 0 for k in others)
        return 1 + better, systems - worse

    place = int(np.ceil(coverage * (draws - 1)))
    marginal, table = [], []
    everybody = sorted(max(scaled[pair][b] for pair in scaled) for b in range(draws))
    for j in range(systems):
        farthest = sorted(
            max(scaled[j, k][b] for k in range(systems) if k != j) for b in range(draws)
        )
        marginal.append(ranks(j, farthest[place]))
        table.append(ranks(j, everybody[place]))
    return RankSets(*np.array(marginal).T, *np.array(table).T)


def ends(sets: RankSets) -> list[list[int]]:
    return [list(map(int, side)) for side in (sets.low, sets.high, sets.table_low, sets.table_high)]


def test_it_is_the_definition_on_the_authors_own_example() -> None:
    table = np.array(PISA.split(), dtype=float).reshape(-1, 2)
    replicates = gaussian(table[:, 0], table[:, 1], np.random.default_rng(101), draws=200)
    sets = rank_sets(replicates)
    assert ends(sets) == ends(slowly(replicates))
    japan, mexico, colombia = 18, 23, 5
    assert (sets.low[japan], sets.table_low[japan]) == (1, 1)
    assert (sets.low[mexico], sets.high[mexico]) == (35, 36), (
        "Chile is 8.6 above, at an error of 3.5"
    )
    assert ends(sets)[2][colombia] == ends(sets)[3][colombia] == 37
    place = 1 + (table[:, 0][None, :] > table[:, 0][:, None]).sum(axis=1)
    assert (sets.low <= place).all()
    assert (place <= sets.high).all()
    assert (sets.table_low <= sets.low).all()
    assert (sets.high <= sets.table_high).all()


def test_sets_hold_with_the_promised_chance() -> None:
    """Systems that lie close together, as the rank intervals of single tests do not allow for."""
    rng = np.random.default_rng(3)
    true, errors = np.array([0.0, 0.0, 0.2, 0.4, 0.4, 0.5, 2.0, 2.5]), np.full(8, 0.3)
    # Equal systems may stand on any of the places that they share.
    best = 1 + (true[None, :] > true[:, None]).sum(axis=1)
    worst = len(true) - (true[None, :] < true[:, None]).sum(axis=1)
    each, all_at_once, times = np.zeros(8), 0, 600
    for _ in range(times):
        sets = rank_sets(gaussian(true + errors * rng.standard_normal(8), errors, rng, draws=300))
        # Only what holds of one order of the equal ones is asked for: their shared places overlap.
        each += (sets.low <= best) & (worst <= sets.high)
        all_at_once += bool(((sets.table_low <= best) & (worst <= sets.table_high)).all())
    assert (each / times >= 0.95 - 0.03).all(), "three standard errors below"
    assert all_at_once / times >= 0.95 - 0.03
    assert all_at_once / times < 1, "the promise costs something, and is kept"


def test_clear_differences_leave_one_rank_each() -> None:
    sets = rank_sets(
        gaussian(np.array([0.1, 0.9, 0.5]), np.full(3, 0.01), np.random.default_rng(0))
    )
    assert ends(sets) == [[3, 1, 2]] * 4


def test_lower_is_better_turns_the_order_round() -> None:
    replicates = gaussian(np.array([0.1, 0.9]), np.full(2, 0.01), np.random.default_rng(0))
    assert ends(rank_sets(replicates, higher_is_better=False)) == [[1, 2]] * 4


def test_what_does_not_vary_tells_nobody_apart() -> None:
    values = np.array([1.0, 0.5])
    still = np.repeat(values[:, None], 50, axis=1)
    sets = rank_sets(PairedReplicates(values, still, still, np.arange(2), np.full(2, True)))
    assert ends(sets) == [[1, 1], [2, 2]] * 2


@pytest.mark.parametrize(("undefined", "told_apart"), [(2, True), (20, False)])
def test_undefined_replicates_count_against_telling_apart(undefined: int, told_apart: bool) -> None:
    replicates = gaussian(np.array([0.1, 0.9]), np.full(2, 0.01), np.random.default_rng(0), 100)
    replicates.plain[0, :undefined] = nan
    sets = rank_sets(replicates)
    assert (sets.low.tolist() == [2, 1]) is told_apart
    assert inf not in sets.high


def test_an_unseen_post_counts_against_the_second_of_a_pair_whoever_is_asked() -> None:
    rng = np.random.default_rng(0)
    plain, mirrored = rng.standard_normal((2, 4, 10))
    replicates = PairedReplicates(
        np.zeros(4), plain, mirrored, np.array([2, 0, 3, 1]), np.full(4, True)
    )
    for j in range(4):
        for k in range(4):
            np.testing.assert_array_equal(
                replicates.differences(j)[k], -replicates.differences(k)[j]
            )
    np.testing.assert_array_equal(replicates.differences(1)[3], plain[1] - mirrored[3])


def test_a_system_of_which_nothing_is_known_is_told_apart_from_nobody() -> None:
    replicates = gaussian(np.array([0.1, 0.9, 0.5]), np.full(3, 0.01), np.random.default_rng(0))
    replicates.known[1] = False
    assert ends(rank_sets(replicates)) == [[2, 1, 1], [3, 3, 2]] * 2


def test_one_system_alone_is_first() -> None:
    assert ends(rank_sets(gaussian(np.ones(1), np.ones(1), np.random.default_rng(0)))) == [[1]] * 4
