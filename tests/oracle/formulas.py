"""The formulas of docs/methods.md once more, from their sources, with other libraries and other
code than the board's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from scipy import stats
from sklearn import metrics as sk

UNPARSED = "(unparsed)"


def correctness(
    metric: str, gold: Sequence[str], said: Sequence[str | None], labels: Sequence[str]
) -> float | None:
    """A metric of labels, by scikit-learn's functions; `labels` in declared order. None where it is
    undefined.

    Source: docs/methods.md "Correctness" and its "Ends"; scikit-learn's user guide, section 3.4.
    """
    answers = [UNPARSED if one is None else one for one in said]
    present = sorted(set(gold))
    if not gold:
        return None
    if metric == "accuracy":
        return float(sk.accuracy_score(gold, answers))
    if metric == "balanced_accuracy":
        return float(
            sk.recall_score(gold, answers, labels=present, average="macro", zero_division=0)
        )
    if metric in ("macro_f1", "weighted_f1"):
        average = metric.removesuffix("_f1")
        return float(sk.f1_score(gold, answers, labels=present, average=average, zero_division=0))
    if metric == "mcc":
        return None if len(present) == 1 else float(sk.matthews_corrcoef(gold, answers))
    if metric == "parse_rate":
        return float(np.mean([one is not None for one in said]))
    return _of_parsed(metric, gold, said, labels)


def _of_parsed(
    metric: str, gold: Sequence[str], said: Sequence[str | None], labels: Sequence[str]
) -> float | None:
    places = {name: place for place, name in enumerate(labels)}
    pairs = [(places[g], places[s]) for g, s in zip(gold, said, strict=True) if s is not None]
    if not pairs:
        return None
    left, right = np.array(pairs).T
    if metric == "mean_absolute_error":
        return float(np.abs(left - right).mean())
    if metric == "quadratic_weighted_kappa":
        if len({*left, *right}) == 1:
            return None
        kappa = sk.cohen_kappa_score(left, right, weights="quadratic", labels=range(len(labels)))
        return float(kappa)
    raise KeyError(metric)


def vectorised(metric: str, cells: np.ndarray) -> np.ndarray:
    """`correctness` of many confusion tables at once: draws x gold x (labels and unparsed); NaN
    where undefined.
    """
    size = cells.shape[1]
    total = cells.sum((1, 2))
    hits = np.trace(cells[:, :, :size], axis1=1, axis2=2)
    gold, said = cells.sum(2), cells.sum(1)
    own = np.diagonal(cells[:, :, :size], axis1=1, axis2=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        if metric == "accuracy":
            return hits / total
        if metric == "parse_rate":
            return 1 - said[:, size] / total
        f1 = np.where(gold > 0, 2 * own / (gold + said[:, :size]), np.nan)
        if metric == "macro_f1":
            return np.nanmean(f1, axis=1)
        if metric == "weighted_f1":
            return np.nansum(f1 * gold, axis=1) / total
        if metric == "balanced_accuracy":
            return np.nanmean(np.where(gold > 0, own / gold, np.nan), axis=1)
        if metric == "mcc":
            cov = total * hits - (gold * said[:, :size]).sum(1)
            left = total**2 - (gold**2).sum(1)
            right = total**2 - (said**2).sum(1)
            value = cov / np.sqrt(left * right)
            return np.where(left == 0, np.nan, np.where(right == 0, 0.0, value))
        parsed = cells[:, :, :size]
        number = parsed.sum((1, 2))
        steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        if metric == "mean_absolute_error":
            return (parsed * steps).sum((1, 2)) / number
        if metric == "quadratic_weighted_kappa":
            chance = np.einsum("di,dj->dij", parsed.sum(2), parsed.sum(1))
            expected = (chance * steps**2).sum((1, 2)) / number
            return np.where(expected == 0, np.nan, 1 - (parsed * steps**2).sum((1, 2)) / expected)
    raise KeyError(metric)


def wilson(share: float, number: int) -> tuple[float, float]:
    """Wilson's score interval. Source: Wilson 1927, by scipy."""
    found = stats.binomtest(round(share * number), number).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def bound_of_none(posts: int) -> float:
    """The share that has probability .05 of not occurring once in `posts`. Source: Clopper and
    Pearson 1934, one-sided.
    """
    return float(
        stats.binomtest(0, posts, alternative="less").proportion_ci(0.95, method="exact").high
    )


BOUNDS = {
    "mcc": (-1.0, 1.0),
    "quadratic_weighted_kappa": (-1.0, 1.0),
    "mean_absolute_error": (0.0, np.inf),
}


def weights(number: int, posts: int, seed: int) -> np.ndarray:
    """Exponential weights, draws x posts. Source: Rubin 1981."""
    return np.random.default_rng(seed).exponential(size=(number, posts))


def stretch(posts: np.ndarray) -> np.ndarray:
    """What the spread of rows of so many posts is multiplied by. Source: docs/methods.md "Bayesian
    bootstrap over posts".
    """
    return np.where(posts > 1, np.sqrt((posts + 1) / np.maximum(posts - 1.5, 0.5)), 1.0)


def text_replicates(values: np.ndarray, counts: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Replicates of a mean of texts' values, from a post's sum of values and their number:
    stretched about the mean.
    """
    mean = values.sum() / counts.sum()
    factor = float(stretch(np.array(np.count_nonzero(counts), float)))
    return np.asarray(mean + factor * ((drawn @ values) / (drawn @ counts) - mean))


def label_replicates(
    metric: str,
    repetitions: Sequence[np.ndarray],
    drawn: np.ndarray,
    seed: int,
    has: np.ndarray | None = None,
    *,
    mirrored: bool = False,
) -> np.ndarray:
    """Replicates of a metric of labels as docs/methods.md "Bayesian bootstrap over posts" defines
    them.

    `repetitions` are posts x gold x (labels and unparsed), `drawn` the weights of as many posts,
    `has` whether the unseen post of the whole joins each draw: it does unless said otherwise.
    `mirrored`: of the other system of a pair, for which unseen posts count the other way.
    """
    dice, number = np.random.default_rng(seed), len(drawn)
    one_row = metric in ("accuracy", "parse_rate")
    tables = [_right_or_wrong(metric, own) if one_row else own for own in repetitions]
    rows, columns = tables[0].shape[1:]
    posts = np.any([own.any(2) for own in tables], axis=0).sum(0)
    which = dice.choice(np.flatnonzero(posts), number)
    which = which if has is None else np.where(has, which, -1)
    rightly = (dice.random(number) < 0.5) != mirrored
    extra = np.zeros((number, rows, columns))
    for row in np.flatnonzero(posts):
        there = np.ones(number, bool) if posts[row] < 5 else which == row
        wrong = [place for place in range(columns) if place != row]
        said = np.where(rightly, row, dice.choice(wrong, number))
        questions = tables[0].sum((0, 2))[row] / posts[row]
        weight = dice.exponential(size=number) * questions
        extra[np.arange(number), row, said] = np.where(there, weight, 0.0)
    factor = stretch(posts.astype(float))
    found = []
    for own in tables:
        observed = own.sum(0)
        gold = observed.sum(1)
        cells = np.einsum("dp,pij->dij", drawn, own)
        total = cells.sum(2, keepdims=True)
        share, seen = _shares(cells), _shares(observed)
        share = _shares(np.maximum(seen + factor[:, None] * (share - seen), 0))
        mixed = _shares(share * total + extra)
        bare, values, value = (
            _of_table(metric, part * gold[:, None]) for part in (share, mixed, seen[None])
        )
        lean = np.full(number, np.nan_to_num(np.nanmean(bare) - value[0]))
        if has is not None and not has.all():  # there rows of few posts widen, and do not move
            lean[~has] = np.nan_to_num(np.nanmean(values[~has]) - value[0])
        found.append(np.clip(values - lean, *BOUNDS.get(metric, (0.0, 1.0))))
    return np.asarray(np.mean(found, axis=0))


def _shares(cells: np.ndarray) -> np.ndarray:
    totals = cells.sum(-1, keepdims=True)
    return np.asarray(cells / np.where(totals > 0, totals, 1))


def _right_or_wrong(metric: str, own: np.ndarray) -> np.ndarray:
    """posts x 1 x 2: right (or parsed) and not."""
    size = own.shape[1]
    good = np.trace(own[:, :, :size], axis1=1, axis2=2)
    if metric == "parse_rate":
        good = own[:, :, :size].sum((1, 2))
    return np.stack([good, own.sum((1, 2)) - good], axis=1)[:, None]


def _of_table(metric: str, cells: np.ndarray) -> np.ndarray:
    return cells[:, 0, 0] / cells[:, 0].sum(1) if cells.shape[1] == 1 else vectorised(metric, cells)


def bound_ends(metric: str, own: np.ndarray) -> tuple[float, float]:
    """From docs/methods.md "Other correctness metrics without one error".

    `own` is posts x gold x (labels and unparsed), all right or all wrong.
    """
    observed, posts = own.sum(0), own.any(2).sum(0)
    size, gold = len(observed), observed.sum(1)
    right = bool(np.trace(observed[:, :size]))
    tables = [observed]

    def moved(row: int, kept: float, shares: dict[int, float]) -> np.ndarray:
        table = observed[row] * kept
        for column, share in shares.items():
            table[column] += gold[row] * (1 - kept) * share
        return table

    for row in np.flatnonzero(gold):
        for column in [one for one in range(size + 1) if one != row] if right else [row]:
            table = observed.copy()
            table[row] = moved(row, 0.05 ** (1 / posts[row]), {column: 1.0})
            tables.append(table)
    together: list[list[dict[int, float]]] = [[{row: 1.0} for row in range(size)]]
    if right:
        together = [
            [{one: 1 / size for one in range(size + 1) if one != row} for row in range(size)],
            *([{(row + step) % size: 1.0} for row in range(size)] for step in range(1, size)),
            [{size: 1.0}] * size,
        ]
    kept = 0.05 ** (1 / np.count_nonzero(own.any((1, 2))))
    tables += [np.stack([moved(row, kept, way[row]) for row in range(size)]) for way in together]
    values = vectorised(metric, np.stack(tables))
    return float(np.nanmin(values)), float(np.nanmax(values))


def quantile_fits(
    replicates: np.ndarray, end: float, share: float, drawn: int, sigmas: float = 5
) -> bool:
    """Whether `end` may be the `share` quantile of `drawn` draws of which `replicates` are many
    more.

    The number of draws below a true quantile is binomial, so the shares of replicates below, and up
    to, an end are within that binomial's error of `share`; ends that lie between two of few values
    (ties) are covered by both sides.
    """
    known = replicates[~np.isnan(replicates)]
    slack = 1e-9 * max(1.0, float(np.abs(known).max()))
    error = sigmas * sqrt(share * (1 - share) * (1 / drawn + 1 / len(known))) + 1.5 / drawn
    below = float(np.mean(known < end - slack))
    up_to = float(np.mean(known <= end + slack))
    return below <= share + error and up_to >= share - error


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's correction. Source: Holm 1979, section 2."""
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    corrected, least = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = least
    return corrected


Units = list[list[int]]
"""The ratings of each text, missing ones left out."""


def alpha(units: Units, level: str) -> float | None:
    """Krippendorff's alpha by pairs of values, observed and expected. Source: Krippendorff 2011,
    section C.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    counts = {value: values.count(value) for value in set(values)}

    def distance(a: int, b: int) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = sorted((a, b))
        between = sum(n for value, n in counts.items() if low <= value <= high)
        return (between - (counts[a] + counts[b]) / 2) ** 2 if a != b else 0.0

    observed = sum(
        sum(distance(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1)
        for unit in pairable
    ) / len(values)
    expected = sum(
        counts[a] * counts[b] * distance(a, b) for a, b in itertools.permutations(counts, 2)
    )
    expected /= len(values) * (len(values) - 1)
    return None if expected == 0 else 1 - observed / expected


def gwet(units: Units, scale: range, *, quadratic: bool) -> float:
    """Gwet's AC1, or AC2 with quadratic weights. Source: Gwet 2014, chapter 5.

    Observed agreement is the mean weight of ordered pairs of different raters of a unit.
    """
    q = len(scale)

    def weight(a: int, b: int) -> float:
        return 1 - (a - b) ** 2 / (q - 1) ** 2 if quadratic else float(a == b)

    rated = [unit for unit in units if unit]
    several = [unit for unit in units if len(unit) > 1]
    p_a = np.mean(
        [np.mean([weight(a, b) for a, b in itertools.permutations(u, 2)]) for u in several]
    )
    pi = [np.mean([unit.count(k) / len(unit) for unit in rated]) for k in scale]
    total = sum(weight(a, b) for a in scale for b in scale)
    p_e = total / (q * (q - 1)) * sum(p * (1 - p) for p in pi)
    return float((p_a - p_e) / (1 - p_e))


def exact_agreement(units: Units) -> float:
    """The mean over units of the share of equal pairs."""
    several = [unit for unit in units if len(unit) > 1]
    return float(
        np.mean([np.mean([a == b for a, b in itertools.combinations(u, 2)]) for u in several])
    )


def fleiss(units: Units) -> float | None:
    """Fleiss' kappa over the units with as many ratings as any has. Source: Fleiss 1971."""
    most = max(map(len, units))
    full = [unit for unit in units if len(unit) == most > 1]
    values = [value for unit in full for value in unit]
    chance = sum((values.count(v) / len(values)) ** 2 for v in set(values))
    return None if chance == 1 else (exact_agreement(full) - chance) / (1 - chance)


def icc(table: np.ndarray) -> tuple[float, float]:
    """ICC(2,1) and ICC(2,k) of a full table of units x raters. Source: Shrout and Fleiss 1979,
    table 4.
    """
    n, k = table.shape
    total = ((table - table.mean()) ** 2).sum()
    between = k * ((table.mean(1) - table.mean()) ** 2).sum()
    judges = n * ((table.mean(0) - table.mean()) ** 2).sum()
    bms, jms = between / (n - 1), judges / (k - 1)
    ems = (total - between - judges) / ((n - 1) * (k - 1))
    single = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    return float(single), float((bms - ems) / (bms + (jms - ems) / n))


def permutation_p(
    value: Callable[[np.ndarray], np.ndarray],
    first: np.ndarray,
    second: np.ndarray,
    number: int,
    seed: int,
) -> float:
    """Two-sided p of a paired permutation test on posts. Source: Noreen 1989, section 2.2;
    (c+1)/(n+1): Phipson, Smyth 2010.

    Args:
        value: Sums of statistics (draws x k) -> values (draws).
        first: Posts x k, the first system's statistics.
        second: The second's.
        number: Permutations.
        seed: Of the swaps.
    """
    dice = np.random.default_rng(seed)
    swapped = dice.random((number, len(first))) < 0.5
    moved = swapped.astype(float) @ (second - first)
    left, right = value(first.sum(0) + moved), value(second.sum(0) - moved)
    observed = abs(float((value(first.sum(0)[None]) - value(second.sum(0)[None]))[0]))
    extreme = ~(np.abs(left - right) < observed - 1e-9)
    return float((1 + extreme.sum()) / (1 + number))


Tables = Sequence[Sequence[np.ndarray]]
"""For each task, for each repetition, posts x gold x (labels and unparsed); all over the same
posts.
"""


def swapped_p(metric: str, first: Tables, second: Tables, number: int, seed: int) -> float:
    """Two-sided p of the difference of two systems' means over tasks, by swapping whole posts in
    all tasks at once.

    Of unlike numbers of repetitions both are repeated until they are as many. Source:
    docs/methods.md "p-value".
    """
    posts = len(first[0][0])
    masks = np.random.default_rng(seed).random((number, posts)) < 0.5
    masks = np.concatenate(
        [np.zeros((1, posts), bool), masks]
    )  # nothing swapped: what was observed
    total = np.zeros(number + 1)
    for one, other in zip(first, second, strict=True):
        runs = int(np.lcm(len(one), len(other)))
        for run in range(runs):
            a, b = one[run % len(one)], other[run % len(other)]
            moved = np.einsum("mp,pij->mij", masks.astype(float), b - a)
            left, right = (
                vectorised(metric, side) for side in (a.sum(0) + moved, b.sum(0) - moved)
            )
            total += (left - right) / runs / len(first)
    observed, permuted = abs(total[0]), np.abs(total[1:])
    return float((1 + (~(permuted < observed - 1e-9)).sum()) / (1 + number))
