"""How often intervals of class-averaged metrics hold the true value, on every declared task's label
mix.

    python -m benchmarks.label_mixes [--quick] [--task imhi-expert/sad] [--methods before,now] [--sums]

A cell is a task's gold label counts, fixed, and a true recall for each label. 2,000 data sets are
drawn for each cell: a post is answered rightly with its label's recall, and otherwise with any of
the other labels or unparsed, each as likely. The true value is the metric of the expected confusion
matrix. Methods that were tried:

- before: the percentile bootstrap over posts, labels judged anew in every resample, and for a
  perfect score the bound with errors spread evenly;
- stratified: the percentile bootstrap within each gold label;
- BCa: the same, bias-corrected and accelerated (jackknife over posts within each label);
- Jeffreys: independent Dirichlet posteriors of the rows, prior 1/2 for the right answer and 1/2
  over the wrong ones;
- MOVER: Wilson's intervals of the recalls, combined (Zou and Donner 2008); balanced accuracy only;
- profile: the likelihood's profile, chi-squared at 3.84; balanced accuracy only;
- now: `scoring.statistics.bayesian_bootstrap`, what the board uses.

What is drawn is cells, not posts: a sum of c exponential weights is a gamma variable of shape c.

Marks: "<5" a label has fewer than 5 posts; "1" all recalls are 1, so that every data set is perfect
and an interval that holds 1 always covers. Above 98.5%: "p" more than 2.5% of the data sets are
perfect; the bound of a perfect score has to hold the true value, so that only upper ends can miss
it, and as designed in 2.5% at most; "d" without the least likely estimate that is covered, coverage
would be under 93%. "!" is outside 93 to 98.5%, and none of these.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from scoring.metrics import metric
from scoring.statistics import Estimator, Interval, TaskSums, compare, contrast, resample
from scoring.statistics.bayesian_bootstrap import UNIT, ContingencyTable, Unseen, table_replicates
from scoring.statistics.proportions import farthest_tables, one_sided_bound

Floats = np.ndarray
METRICS = ("balanced accuracy", "macro F1", "weighted F1")
DRAWS = 500
BATCH = 40_000_000
"""Numbers of one batch of replicates."""

MIXES = {
    # Counted in the published files.
    "imhi/dr": (307, 98),
    "imhi/dreaddit": (211, 203),
    "imhi/sad": (76, 81, 73, 61, 110, 85, 66, 56, 76),
    "imhi/cams": (28, 68, 64, 174, 184, 107),
    "imhi/irf (posts as questions)": (1366, 747),
    "imhi/multiwd (posts as questions)": (887, 1554),
    "imhi/t-sid": (501, 253, 154, 51),
    "imhi/loneliness": (413, 115),
    "imhi-expert/cams": (5, 7, 4, 6, 2, 11),
    "imhi-expert/dr": (23, 12),
    "imhi-expert/dreaddit": (28, 7),
    "imhi-expert/irf": (20, 15),
    "imhi-expert/multiwd": (17, 18),
    "imhi-expert/sad": (4, 5, 7, 6, 5, 5, 1, 2),
    # Assumed: the printed size, and labels alike, or in the shares of the whole set; one example of
    # a rare label.
    "imhi/clp (assumed)": (150, 149),
    "imhi/swmh (assumed)": (3264, 2177, 1088, 3265, 1088),
    "imhi-expert/t-sid (assumed)": (17, 17, 1),
    "imhi-expert/swmh (assumed)": (7, 7, 7, 7, 7),
    "imhi-expert/loneliness (assumed)": (27, 8),
    # The shares that the paper prints, of the sizes that it prints.
    "mental-llm/cssrs-2": (75, 25),
    "mental-llm/cssrs-5": (25, 16, 35, 18, 6),
    "mental-llm/depseverity-2": (197, 514),
    "mental-llm/depseverity-4": (514, 51, 82, 71),
    "mental-llm/dreaddit": (369, 346),
    "mental-llm/red-sam": (2398, 847),
    "mental-llm/sad-stress": (5814, 371),
    "mental-llm/sdcnl": (193, 186),
    "mental-llm/twt-60users": (757, 7378),
    # The demonstration's.
    "demo/loneliness": (18, 22),
    "demo/low-mood": (20, 20),
    "demo/mood-cause": (7, 7, 11, 11, 4),
    "demo/strain-level": (12, 12, 10, 6),
    "demo/stress-cause": (11, 8, 7, 6, 4, 4),
    "demo/stress": (22, 18),
}


class Cell(NamedTuple):
    """One population to draw from."""

    task: str
    gold: Floats
    name: str
    recalls: Floats


def recalls(gold: Floats) -> dict[str, Floats]:
    """Return the declared grid: equal recalls, and unequal ones from the rarest label to the
    commonest.
    """
    labels = len(gold)
    order = np.argsort(np.argsort(gold, kind="stable"), kind="stable")
    return {
        **{f"all {level:g}": np.full(labels, level) for level in (0.5, 0.8, 0.95, 1.0)},
        "1, .5 in turn": np.where(order % 2 == 0, 1.0, 0.5),
        ".5, .8, .95, 1": np.array([0.5, 0.8, 0.95, 1.0])[order % 4],
        "rarest .5, others .95": np.where(order == 0, 0.5, 0.95),
        "commonest .95, others 1": np.where(order == labels - 1, 0.95, 1.0),
    }


def values(cells: Floats) -> Floats:
    """Return (..., L, L + 1) -> (..., 3): the three metrics, over the labels that occur."""
    hits, gold = np.diagonal(cells, axis1=-2, axis2=-1), cells.sum(axis=-1)
    occurs, predicted = gold > 0, cells[..., :-1].sum(axis=-2)
    f1 = 2 * hits / np.maximum(gold + predicted, 1e-300)
    recall = hits / np.maximum(gold, 1e-300)
    count = occurs.sum(axis=-1)
    return np.stack(
        [
            recall.sum(axis=-1) / count,
            (f1 * occurs).sum(axis=-1) / count,
            (f1 * gold).sum(axis=-1) / gold.sum(axis=-1),
        ],
        axis=-1,
    )


def quantiles(drawn: Floats) -> Floats:
    """Return (S, m, 3) replicates -> (2, S, 3) ends."""
    return np.quantile(drawn, (0.025, 0.975), axis=1)


def before(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return percentile intervals, labels judged anew.

    A perfect score's bound with errors spread evenly.
    """
    n, shape = int(cells[0].sum()), cells.shape[1:]
    shares = (cells / n).reshape(len(cells), 1, -1)
    drawn = rng.multinomial(n, shares, size=(len(cells), DRAWS)).reshape(-1, DRAWS, *shape)
    ends = quantiles(values(drawn.astype(float)))
    for index in np.flatnonzero(np.isclose(values(cells)[:, 0], 1)):
        ends[0, index] = values(_evenly(cells[index], one_sided_bound(n)))
    return ends


def _evenly(cells: Floats, right: float) -> Floats:
    labels, gold = len(cells), cells.sum(axis=-1)
    bound = np.zeros_like(cells)
    bound[:, :labels] = (gold * (1 - right) / (labels - 1))[:, None]
    np.fill_diagonal(bound, gold * right)
    return bound


def _stratified(cells: Floats, rng: np.random.Generator) -> Floats:
    gold = cells.sum(axis=-1)
    shares = (cells / gold[..., None])[:, None]
    drawn = rng.multinomial(
        gold[:, None].astype(int), shares, size=(len(cells), DRAWS, cells.shape[1])
    )
    return values(drawn.astype(float))


def stratified(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return percentile intervals within each gold label."""
    return quantiles(_stratified(cells, rng))


def bca(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return BCa intervals within each gold label."""
    drawn, value = _stratified(cells, rng), values(cells)
    ends, spread = quantiles(drawn), np.zeros((2, *value.shape))
    gold = cells.sum(axis=-1)
    for row, column in np.ndindex(cells.shape[1:]):
        left = cells.copy()
        left[:, row, column] -= 1
        left[:, row] *= (gold[:, row] / np.maximum(gold[:, row] - 1, 1))[:, None]
        present = cells[:, row, column] > 0
        left[~present] = cells[~present]
        influence = value - values(left)
        spread += cells[None, :, row, column, None] * np.stack([influence**2, influence**3])
    below = ((drawn < value[:, None]).mean(axis=1) + (drawn <= value[:, None]).mean(axis=1)) / 2
    good = (below > 0) & (below < 1) & (spread[0] > 1e-20)
    speed = spread[1] / np.maximum(6 * spread[0] ** 1.5, 1e-300)
    for s, k in zip(*np.nonzero(good), strict=True):
        bias = norm.ppf(below[s, k])
        tails = [
            norm.cdf(bias + (bias + z) / (1 - speed[s, k] * (bias + z))) for z in (-1.96, 1.96)
        ]
        ends[:, s, k] = np.quantile(drawn[s, :, k], tails)
    return ends


def _rows(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return (S, m, R, C) gamma weights of the cells."""
    return rng.standard_gamma(
        np.broadcast_to(cells[:, None], (len(cells), DRAWS, *cells.shape[1:]))
    )


def jeffreys(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return quantiles of independent posteriors of the rows."""
    labels = cells.shape[1]
    prior = np.full(cells.shape[1:], 0.5 / labels)
    np.fill_diagonal(prior, 0.5)
    drawn = _rows(cells + prior, rng)
    gold = cells.sum(axis=-1)[:, None, :, None]
    return quantiles(values(drawn / drawn.sum(axis=-1, keepdims=True) * gold))


def mover(cells: Floats, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    """Return Wilson's intervals of the recalls, combined."""
    gold = cells.sum(axis=-1)
    share, z = np.diagonal(cells, axis1=-2, axis2=-1) / gold, 1.96
    centre = (share + z * z / (2 * gold)) / (1 + z * z / gold)
    half = z * np.sqrt(share * (1 - share) / gold + z * z / (4 * gold**2)) / (1 + z * z / gold)
    reach = np.stack([share - np.maximum(centre - half, 0), np.minimum(centre + half, 1) - share])
    reach = np.sqrt((reach**2).sum(axis=-1)) / gold.shape[-1]
    mean, ends = share.mean(axis=-1), np.full((2, len(cells), 3), np.nan)
    ends[:, :, 0] = mean - reach[0], mean + reach[1]
    return ends


def profile(cells: Floats, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    """Return the lowest and highest mean recall p with 2 (l(observed) - l(p)) <= 3.84.

    That is h / p - (n - h) / (1 - p) = t n_all.
    """
    gold, hits = cells.sum(axis=-1), np.diagonal(cells, axis1=-2, axis2=-1)
    ends = np.full((2, len(cells), 3), np.nan)

    def tilted(tilt: Floats) -> Floats:
        total = tilt[:, None] + gold
        root = np.sqrt(np.maximum(total**2 - 4 * tilt[:, None] * hits, 0))
        return np.clip(2 * hits / np.maximum(total + root, 1e-300), 0, 1)

    def likelihood(shares: Floats) -> Floats:
        right = np.where(hits > 0, hits * np.log(np.maximum(shares, 1e-300)), 0)
        wrong = np.where(gold > hits, (gold - hits) * np.log(np.maximum(1 - shares, 1e-300)), 0)
        return (right + wrong).sum(axis=-1)

    def flipped(tilt: Floats) -> Floats:
        total = tilt[:, None] + gold
        root = np.sqrt(np.maximum(total**2 - 4 * tilt[:, None] * (gold - hits), 0))
        return 1 - np.clip(2 * (gold - hits) / np.maximum(total + root, 1e-300), 0, 1)

    best = likelihood(hits / gold)
    for end, shares in ((0, tilted), (1, flipped)):
        low, high = np.zeros(len(cells)), np.full(len(cells), 1e5)
        for _ in range(50):
            middle = (low + high) / 2
            inside = likelihood(shares(middle)) > best - 1.92
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        ends[end, :, 0] = shares(low).mean(axis=-1)
    return ends


def now(cells: Floats, rng: np.random.Generator) -> Floats:
    """Return what the board uses."""
    labels, gold = cells.shape[1], cells[0].sum(axis=-1)
    unseen, weights = Unseen.draw(DRAWS, labels, rng), _rows(cells, rng) * UNIT
    ends = np.empty((2, len(cells), 3))
    for index, name in enumerate(("balanced_accuracy", "macro_f1", "weighted_f1")):
        table = ContingencyTable(lambda sums: sums, metric(name).value, (0.0, 1.0))
        drawn = table_replicates(weights, cells, gold, table, unseen)[1]
        ends[:, :, index] = np.quantile(drawn, (0.025, 0.975), axis=-1)
    for index in np.flatnonzero(np.isclose(values(cells)[:, 0], 1)):
        bound = values(farthest_tables(cells[index], gold, int(gold.sum()), all_right=True))
        ends[:, index] = bound.min(axis=0), bound.max(axis=0)
    return ends


METHODS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "before": before,
    "now": now,
    "stratified": stratified,
    "BCa": bca,
    "Jeffreys": jeffreys,
    "MOVER": mover,
    "profile": profile,
}


def simulate(
    cell: Cell, simulations: int, methods: list[str]
) -> tuple[Floats, Floats, Floats, dict[str, Floats]]:
    """Return the true values (3,), the estimates (S, 3), and each method's ends (2, S, 3)."""
    rng = np.random.default_rng([3, len(cell.gold), int(cell.gold.sum())])
    labels = len(cell.gold)
    shares = np.repeat(((1 - cell.recalls) / labels)[:, None], labels + 1, axis=1)
    np.fill_diagonal(shares, cell.recalls)
    data = rng.multinomial(cell.gold, shares, size=(simulations, labels)).astype(float)
    distinct, which = np.unique(data.reshape(simulations, -1), axis=0, return_inverse=True)
    distinct = distinct.reshape(-1, labels, labels + 1)
    size = max(1, BATCH // (8 * DRAWS * labels * (labels + 1)))
    ends = {
        name: np.concatenate(
            [
                METHODS[name](distinct[start : start + size], rng)
                for start in range(0, len(distinct), size)
            ],
            axis=1,
        )[:, which.ravel()]
        for name in methods
    }
    return values(shares * cell.gold[:, None]), values(data), ends


def row(cell: Cell, simulations: int, methods: list[str]) -> Iterator[str]:
    """Yield a line for each metric."""
    truth, estimates, ends_by_method = simulate(cell, simulations, methods)
    covered = {
        name: (ends[0] <= truth + 1e-9) & (ends[1] >= truth - 1e-9)
        for name, ends in ends_by_method.items()
    }
    width = {name: np.median(ends[1] - ends[0], axis=0) for name, ends in ends_by_method.items()}
    for index, title in enumerate(METRICS):
        share = {name: float(hit[:, index].mean()) for name, hit in covered.items()}
        valid = {
            name: float(width[name][index])
            for name in methods
            if 0.93 <= share[name] <= 0.985 and not np.isnan(width[name][index])
        }
        best = min(valid, key=lambda name: valid[name]) if valid else ""
        ratio = f"{width['now'][index] / valid[best]:.2f}" if valid and valid[best] > 0 else ""
        mark = _marks(cell, share["now"], estimates[:, index], covered["now"][:, index])
        yield (
            f"| {cell.task} | {cell.name} | {title} | {share['before']:.3f} | {share['now']:.3f} |"
            f" {(ends_by_method['now'][1][:, index] < truth[index] - 1e-9).mean():.3f} |"
            f" {width['before'][index]:.3f} | {width['now'][index]:.3f} | {best} | {ratio} |"
            f" {mark} |"
        )


def _marks(cell: Cell, share: float, estimates: Floats, covered: Floats) -> str:
    marks = ["<5"] if cell.gold.min() < 5 else []
    if (cell.recalls == 1).all():
        return " ".join([*marks, "1"])
    if share > 0.985:
        held, counts = np.unique(np.round(estimates[covered], 9), return_counts=True)
        ends = sorted((counts[0], counts[-1])) if len(held) > 1 else [len(estimates)]
        perfect = float(np.prod(cell.recalls**cell.gold))
        coarse = "d" if share - ends[0] / len(estimates) < 0.93 else "!"
        marks.append("p" if perfect > 0.025 else coarse)
    elif share < 0.93:
        marks.append("!")
    return " ".join(marks)


def drawn_answers(
    gold: Floats, level: float, rng: np.random.Generator, common: Floats | None = None
) -> Floats:
    """Return (1, P, cells) a system's answers to one question a post.

    Args:
        gold: (L,) counts.
        level: Its recall of every label.
        rng: Source of randomness.
        common: (P,) in [0, 1): right on half of the posts where it is below `level`, so that two
            systems tend to fail on the same posts.
    """
    labels, truth = len(gold), np.repeat(np.arange(len(gold)), gold)
    chance = rng.random(len(truth))
    if common is not None:
        chance = np.where(np.arange(len(truth)) % 2 == 0, common, chance)
    wrong = rng.integers(0, labels, len(truth))
    answer = np.where(chance < level, truth, wrong + (wrong >= truth))
    return np.eye(labels * (labels + 1))[truth * (labels + 1) + answer][None]


def task_sums(name: str, gold: Floats, systems: list[Floats], start: int) -> TaskSums:
    """Return a metric of systems on a task whose posts are numbered from `start`."""
    labels, chosen = len(gold), metric(name)

    def cells(flat: Floats) -> Floats:
        return flat.reshape(*flat.shape[:-1], labels, labels + 1)

    estimator = Estimator(
        lambda flat: chosen.value(cells(flat)),
        ContingencyTable(cells, chosen.value, (0.0, 1.0)),
        (0.0, 1.0),
    )
    posts = start + np.arange(int(gold.sum()))
    return TaskSums(systems, posts, estimator.value, estimator)


def truth(name: str, gold: Floats, level: float) -> float:
    """Return the value of a system with one recall."""
    cells = np.repeat((gold * (1 - level) / len(gold))[:, None], len(gold) + 1, axis=1)
    np.fill_diagonal(cells, gold * level)
    return float(metric(name).value(cells))


def means(simulations: int) -> Iterator[str]:
    """Yield lines on means over the expert tasks and on contrasts of them, made as the board makes
    them.
    """
    experts = [np.array(gold) for name, gold in MIXES.items() if name.startswith("imhi-expert")]
    half = len(experts) // 2
    for name in ("weighted_f1", "balanced_accuracy"):
        for level in (0.5, 0.8, 0.95):
            rng, tasks, start = np.random.default_rng(5), [], 0
            for gold in experts:
                systems = [drawn_answers(gold, level, rng) for _ in range(simulations)]
                tasks.append(task_sums(name, gold, systems, start))
                start += int(gold.sum())
            resampled = resample(tasks, rng, DRAWS)
            values = [truth(name, gold, level) for gold in experts]
            for what, plus in (("mean over", len(experts)), ("half of them less half:", half)):
                sides = list(range(plus)), list(range(plus, len(experts)))
                true = np.mean(values[:plus]) - (np.mean(values[plus:]) if sides[1] else 0.0)
                ends = [
                    contrast(resampled, system, *sides).interval for system in range(simulations)
                ]
                yield _line(f"{what} {len(experts)} expert tasks", name, f"{level:g}", ends, true)


def pairs(simulations: int) -> Iterator[str]:
    """Yield lines on paired differences of two systems on one expert task."""
    for name in ("weighted_f1", "balanced_accuracy"):
        for mix in ("imhi-expert/dr", "imhi-expert/dreaddit", "imhi-expert/cams"):
            gold = np.array(MIXES[mix])
            for levels in ((0.8, 0.8), (0.95, 0.95), (0.95, 0.8)):
                rng, ends = np.random.default_rng(6), []
                for _ in range(simulations):
                    common = rng.random(int(gold.sum()))
                    pair = [drawn_answers(gold, level, rng, common) for level in levels]
                    task = task_sums(name, gold, pair, 0)
                    ends.append(compare([task], rng, draws=DRAWS, permutations=1).interval)
                true = truth(name, gold, levels[0]) - truth(name, gold, levels[1])
                both_levels = f"{levels[0]:g} and {levels[1]:g}"
                yield _line(f"difference of two systems, {mix}", name, both_levels, ends, true)


def summary(table: str) -> Iterator[str]:
    """Yield a line for each task and metric, from the printed table.

    Cells whose recalls are all 1 left out.
    """
    rows = [[part.strip() for part in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    rows = [row for row in rows if "1" not in row[10].split()]
    yield (
        "| task | metric | before | now | width now / before | largest times narrowest valid |"
        " marks |"
    )
    yield "|" + " --- |" * 7
    for task, title in dict.fromkeys((row[0], row[2]) for row in rows):
        own = [row for row in rows if (row[0], row[2]) == (task, title)]
        before, now, old, new = (np.array([float(row[i]) for row in own]) for i in (3, 4, 6, 7))
        times = [float(row[9]) for row in own if row[9]]
        marks = " ".join(dict.fromkeys(mark for row in own for mark in row[10].split()))
        yield (
            f"| {task} | {title} | {before.min():.3f} to {before.max():.3f} | {now.min():.3f} to"
            f" {now.max():.3f} | {np.median(new / np.maximum(old, 1e-9)):.2f} |"
            f" {max(times, default=np.nan):.2f} | {marks} |"
        )


def _line(what: str, name: str, level: str, intervals: list[Interval], true: float) -> str:
    ends = [(interval.low, interval.high) for interval in intervals if interval.low is not None]
    low, high = np.array(ends, dtype=float).T
    covered = ((low <= true + 1e-9) & (high >= true - 1e-9)).mean()
    return f"| {what} | {name} | {level} | {covered:.3f} | {np.median(high - low):.3f} |"


def main() -> None:
    """Simulate and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 data sets, two methods")
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--task", action="append", help="only these; all unless said")
    parser.add_argument("--summary", type=Path, help="of a table that was printed before, instead")
    parser.add_argument("--sums", action="store_true", help="means, contrasts, differences instead")
    parser.add_argument("--methods", help="names, with commas between; all unless said")
    options = parser.parse_args()
    simulations = 200 if options.quick else options.simulations
    chosen = "before,now" if options.quick else options.methods
    methods = chosen.split(",") if chosen else list(METHODS)
    if options.summary:
        print("\n".join(summary(options.summary.read_text(encoding="utf-8"))))
        return
    if options.sums:
        print("| what | metric | recalls | coverage | width |\n| --- | --- | --- | --- | --- |")
        for line in (*means(simulations), *pairs(min(simulations, 1000))):
            print(line, flush=True)
        return
    print(
        "| task | recalls | metric | before | now | above | width before | width now | narrowest"
        " valid | times | |"
    )
    print("|" + " --- |" * 11)
    for task, gold in MIXES.items():
        if options.task and task.split(" ")[0] not in options.task:
            continue
        for name, levels in recalls(np.array(gold)).items():
            for line in row(Cell(task, np.array(gold), name, levels), simulations, methods):
                print(line, flush=True)


if __name__ == "__main__":
    main()
