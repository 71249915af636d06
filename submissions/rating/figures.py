"""The figures of a set of ratings: how far its raters agree, and how far each explanation metric
goes along with them.

Within each rated system first, and pooled only beside that: pooling two very different systems
makes every correlation look good. A metric is held against word count, because length alone goes a
long way with people:

- A metric's value is of the texts that it has a value on, against the mean of all raters: what
  other papers print. Two such values are of other texts, and no human can be held against a mean
  that they are part of. So beside each metric stand a human and both word counts *on its own
  texts*, and all of them, the metric too, against the same means: of the raters but one, each left
  out in turn (`scoring.statistics.in_place_of_one`).
- Each metric is tested against each baseline (`submissions.rating.baselines`) on the texts that
  both have a value on. What a metric beats of them is what a reader has to know; tests of all pairs
  of 15 metrics would be more still, and Holm's correction over them would hide what there is to
  see.
- Each metric stands in four views of a system's texts (`submissions.rating.views`).
- The tests are of Pearson's r, by which validity is summed up, and of Kendall's tau-b, which no
  outlier makes. acc_eq would have to tune its threshold in each of 10,000 permutations: a hundred
  times the work, for a measure that says much the same as tau-b here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.judging.families import OWN
from scoring.metric import REFERENCE, Metric
from scoring.statistics import (
    MEASURES,
    Estimate,
    Interval,
    Kendall,
    Measure,
    Pearson,
    compare_metrics,
    correlate,
    estimate_agreement,
    exact_agreement,
    fleiss_kappa,
    gwet,
    human_ceiling,
    icc,
    in_place_of_one,
    krippendorff_alpha,
    reliability_bound,
    soft_accuracy,
    system_accuracy,
)
from scoring.statistics.agreement import Coefficient
from scoring.statistics.bootstrap import Floats, Indices, mean_of_defined, numbered
from scoring.statistics.correlation import DRAWS
from submissions.declarations.meta import POOLED
from submissions.rating.baselines import BASELINES, DERIVED, WORD_COUNTS, Baseline
from submissions.rating.kept_results import STATISTICS, PendingRow, Statistics
from submissions.rating.on_scale import IN_PLACE, InPlace, is_on
from submissions.rating.rated_values import RatedSet, explanation_metrics
from submissions.rating.rubrics import Aspect
from submissions.rating.views import BOUND, VIEWS, WITH_OWN, WITHOUT_OWN
from submissions.store.released.rated_rows import (
    AgreementRow,
    MetricContestRow,
    OnScaleRow,
    ValidityRow,
    ValidityViewRow,
)

HUMAN = "human"
SYSTEM_ACCURACY = "system accuracy"
SOFT_ACCURACY = "soft pairwise accuracy"
OF_PAIRS: Mapping[str, Callable[..., Estimate]] = {
    SYSTEM_ACCURACY: system_accuracy,
    SOFT_ACCURACY: soft_accuracy,
}
"""Measures of pairs of systems, which take two systems of one set."""
TESTED: tuple[Measure, ...] = (Pearson(), Kendall())
UNDRAWN = "acc_eq"
"""The measure whose threshold would be tuned for each rater in each draw: `alike` has no interval
by it.
"""

COEFFICIENTS: Mapping[str, Callable[[Floats, Aspect], Coefficient]] = {
    "alpha (ordinal)": lambda ratings, _: krippendorff_alpha(ratings, "ordinal"),
    "alpha (interval)": lambda ratings, _: krippendorff_alpha(ratings, "interval"),
    "Gwet's AC1": lambda ratings, on: gwet(ratings, on.low, on.high, quadratic=False),
    "Gwet's AC2 (quadratic)": lambda ratings, on: gwet(ratings, on.low, on.high, quadratic=True),
    "exact agreement": lambda ratings, _: exact_agreement(ratings),
    "Fleiss' kappa": lambda ratings, _: fleiss_kappa(ratings),
    "ICC(2,1)": lambda ratings, _: icc(ratings, average=False),
    "ICC(2,k)": lambda ratings, _: icc(ratings, average=True),
    "square root of ICC(2,k)": lambda ratings, _: reliability_bound(ratings),
}


@dataclass(frozen=True)
class _Part:
    """What figures are stated of: one aspect of the texts of one system, or of all.

    Attributes:
        of: The set of ratings.
        aspect: What was rated.
        system: Whose texts; POOLED for all.
        systems: (n,) the system of each text.
        posts: (n,) the post of each, counted in the order of the posts' ids: the same whatever else
            is in the set.
        ratings: (annotators, n) by those who rated any of them, NaN where one gave none.
        values: Metric or baseline -> (n,) values, NaN where there is none.
        unmeasured: Metric or baseline -> why it has no values.
        zeroed: Metric or baseline -> (n,) values with blank explanations as 0.
    """

    of: RatedSet
    aspect: Aspect
    system: str
    systems: NDArray[np.str_]
    posts: Indices
    ratings: Floats
    values: Mapping[str, Floats]
    unmeasured: Mapping[str, str]
    zeroed: Mapping[str, Floats]

    @cached_property
    def human(self) -> Floats:
        """(n,) mean over annotators, NaN where nobody rated."""
        return mean_of_defined(self.ratings)

    @property
    def word_counts(self) -> list[Floats]:
        """(n,) each of the texts' word counts."""
        return [self.values[name] for name in WORD_COUNTS]

    @property
    def columns(self) -> dict[str, str]:
        """What each of its rows begins with."""
        return {
            "ratings": self.of.name,
            "rubric": self.of.rubric.id,
            "aspect": self.aspect.name,
            "system": self.system,
        }

    def why_none(self, metric: Metric | Baseline) -> str:
        """Return why no text has a value of a metric; "" where one has."""
        if not np.isnan(self.values[metric.name]).all():
            return ""
        if isinstance(metric, Baseline):
            return metric.why_none
        if metric.name in self.unmeasured:
            return self.unmeasured[metric.name]
        needs_example = REFERENCE in metric.held_against
        if not needs_example or any(part.referenced for part in self.of.parts):
            return "no rated text has a value"
        names = ", ".join(self.of.task_ids)
        return (
            f"no rated text has a value (none answers an imported example of {names}, so what needs"
            " a reference has none)"
        )


def figures(
    rated: RatedSet,
    values: Mapping[str, Floats | str],
    zeroed: Mapping[str, Floats],
    statistics: Statistics,
) -> Iterator[PendingRow]:
    """Yield the rows of all figures of a set: first of each system, then of all of them together.

    Args:
        rated: The set.
        values: Metric or baseline -> (texts,) values, or why there are none.
        zeroed: The same with blank explanations as 0, of those of which 0 is the lowest value.
        statistics: Where results are asked for.
    """
    for part in _parts(rated, values, zeroed):
        if part.system != POOLED:  # raters agree about a text; several systems' say nothing more
            yield from _agreement(part, statistics)
        yield from _ceiling(part, statistics)
        for metric in _ruled(part.of):
            yield from _validity(part, metric, statistics)
        yield from _contests(part, statistics)
        if part.system != POOLED:  # what systems differ in, every metric sees
            yield from _views(part, statistics)
            yield from _in_place(part, statistics)
        if part.system == POOLED or len({text.system for text in rated.texts}) == 1:
            yield from _families(part, statistics)


def _parts(
    rated: RatedSet, values: Mapping[str, Floats | str], zeroed: Mapping[str, Floats]
) -> Iterator[_Part]:
    """Yield each system's texts, then all of several systems, by each aspect that
    somebody rated.
    """
    systems = np.array([text.system for text in rated.texts])
    posts = np.array([text.post_id for text in rated.texts])
    unmeasured = {name: why for name, why in values.items() if isinstance(why, str)}
    names = list(dict.fromkeys(systems.tolist()))
    # Of one system, all together is the same figures under another name.
    for system in [*names, POOLED] if len(names) > 1 else names:
        chosen = (systems == system) | (system == POOLED)
        own = {
            name: np.full(int(chosen.sum()), np.nan) if isinstance(given, str) else given[chosen]
            for name, given in values.items()
        }
        # Numbered among themselves, so that a system's draws do not depend on which others are in
        # the set.
        numbers = numbered(posts[chosen])
        for aspect in rated.rubric.aspects:
            table = rated.ratings[aspect.name]
            # An aspect that nobody rated is no aspect of this set.
            if table.size:
                given = table[:, chosen]
                given = given[~np.isnan(given).all(axis=1)]
                yield _Part(
                    rated,
                    aspect,
                    system,
                    systems[chosen],
                    numbers,
                    given,
                    own,
                    unmeasured,
                    {name: known[chosen] for name, known in zeroed.items()},
                )


def _agreement(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    on = part.aspect
    for name, coefficient in COEFFICIENTS.items():
        key = statistics.ask(
            "agreement",
            f"{name} on {on.low} to {on.high}",
            partial(_estimated, partial(_agree, coefficient, on)),
            part.ratings,
            part.posts,
        )
        # How many rated says as much as the coefficient: two raters agree by chance more easily
        # than five.
        known = {**part.columns, "coefficient": name, "raters": len(part.ratings)}
        yield PendingRow(AgreementRow, known, (key,))


def _agree(
    coefficient: Callable[[Floats, Aspect], Coefficient],
    on: Aspect,
    ratings: Floats,
    posts: Indices,
    rng: np.random.Generator,
) -> Estimate:
    return estimate_agreement(coefficient(ratings, on), posts, rng)


def _ceiling(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    for measure in MEASURES:
        known = _known(part, None, measure.name, measure.title)
        # One rater has nobody to be held against.
        if len(part.ratings) < 2:
            yield _blank(known, "fewer than two annotators")
        else:
            ceiling = partial(_estimated, human_ceiling, measure=measure)
            key = statistics.ask(HUMAN, measure.title, ceiling, part.ratings, part.posts)
            yield PendingRow(ValidityRow, known, (key,))


def _validity(
    part: _Part, metric: Metric | Baseline, statistics: Statistics
) -> Iterator[PendingRow]:
    own, why, held = part.values[metric.name], part.why_none(metric), (part.human, part.posts)
    for measure in MEASURES:
        known = _known(part, metric, measure.name, measure.title)
        if why:
            yield _blank(known, why)
            continue
        # Two results fill one row: what other papers print, and what can be held against a human.
        alone = partial(_estimated, correlate, measure=measure)
        beside = partial(_beside, measure)
        keys = (
            statistics.ask("validity", measure.title, alone, own, *held),
            statistics.ask(
                "beside", measure.title, beside, own, *part.word_counts, part.ratings, part.posts
            ),
        )
        yield PendingRow(ValidityRow, known, keys)
    if part.system == POOLED:
        names = len(set(part.systems.tolist()))
        for level, accuracy in OF_PAIRS.items():
            known = _known(part, metric, level, level)
            known["n_rated"] = names * (names - 1) // 2  # it is of pairs of systems
            if why:
                yield _blank(known, why)
            else:
                compute = partial(_of_pairs, accuracy)
                key = statistics.ask(level, "", compute, own, *held, part.systems)
                yield PendingRow(ValidityRow, known, (key,))


def _of_pairs(
    accuracy: Callable[..., Estimate],
    own: Floats,
    human: Floats,
    posts: Indices,
    systems: Indices,
) -> dict[str, Any]:
    return _estimated(accuracy, own, human, systems, posts)


def _ruled(rated: RatedSet) -> tuple[Metric | Baseline, ...]:
    """Return what has a row: the metrics, and the baselines that are none."""
    return (*rated.metrics, *DERIVED)


def _known(
    part: _Part, metric: Metric | Baseline | None, measure: str, title: str
) -> dict[str, Any]:
    """Return what a row of validity states whatever the figure is; None stands for a human."""
    return {
        **part.columns,
        "benchmark": part.of.benchmark,
        "task": ", ".join(part.of.task_ids),
        "metric": metric.name if metric else HUMAN,
        "measure": measure,
        "n_rated": int((~np.isnan(part.human)).sum()),
        "signature": _signature(part.of, metric, title),
    }


def _signature(rated: RatedSet, metric: Metric | Baseline | None, measure: str) -> str:
    """Return what makes a figure comparable."""
    head = HUMAN
    if isinstance(metric, Baseline):
        head = metric.signature
    elif metric is not None and metric.can_measure(rated.instruments):
        task = rated.parts[0].task
        head = metric.identity(rated.instruments).signature(task)
        every = "+".join(f"{part.task.id}@{part.task.revision}" for part in rated.parts)
        # One figure is of all the tasks that the set rates, and its signature names each.
        head = head.replace(f"task:{task.id}@{task.revision}", f"task:{every}")
    return f"{head}|ratings:{rated.name}@{rated.digest}|{measure}|{STATISTICS}"


def _blank(known: Mapping[str, Any], why: str) -> PendingRow:
    return PendingRow(ValidityRow, {**known, **_nothing(why)})


def _nothing(why: str) -> dict[str, Any]:
    return _columns(Estimate(None, Interval(None, None, ""), 0, 0, why))


def _contests(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    """Hold each metric against each baseline; nothing is tested where either has no value."""
    baselines = [name for name in BASELINES if not np.isnan(part.values[name]).all()]
    for metric in part.of.metrics:
        if metric.name in BASELINES or part.why_none(metric):
            continue
        for measure, baseline in product(TESTED, baselines):
            key = statistics.ask(
                "contest",
                measure.title,
                partial(_contest, measure),
                part.values[metric.name],
                part.values[baseline],
                part.human,
                part.posts,
            )
            # Corrected later, when all tests of the family are known.
            known = {
                **part.columns,
                "measure": measure.name,
                "first": metric.name,
                "second": baseline,
                "p_holm": None,
            }
            yield PendingRow(MetricContestRow, known, (key,))


def _views(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    """Yield each view of a system's texts: a human, the bound, and each metric on its texts."""
    for view in VIEWS:
        chosen = view.texts(part.values)
        ratings = _of_raters(np.where(chosen, part.ratings, np.nan))
        known = {
            **part.columns,
            "view": view.name,
            "measure": Pearson.name,
            "n_view": int((~np.isnan(ratings).all(axis=0)).sum()),
        }
        for name, compute in ((HUMAN, _view_human), (BOUND, _view_bound)):
            key = statistics.ask(f"view of {name}", "", compute, ratings, part.posts)
            yield PendingRow(ValidityViewRow, {**known, "metric": name}, (key,))
        of_view = part.zeroed if view.blank_as_zero else part.values
        for metric in _ruled(part.of):
            row = {**known, "metric": metric.name}
            why = part.why_none(metric)
            if not why and metric.name not in of_view:
                why = "0 is not the lowest value that it has"
            if why:
                yield PendingRow(ValidityViewRow, {**row, **_nothing(why)})
                continue
            own = np.where(chosen, of_view[metric.name], np.nan)
            key = statistics.ask("view", "", _viewed, own, ratings, part.posts)
            yield PendingRow(ValidityViewRow, row, (key,))


def _families(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    """Yield each judge that is of the family of some rated system with that system's texts, and
    without them.
    """
    for metric in part.of.metrics:
        own = [name for name, kin in part.of.families(metric).items() if kin == OWN]
        for view in (WITH_OWN, WITHOUT_OWN) if own else ():
            gone = np.isin(part.systems, own) if view == WITHOUT_OWN else np.zeros(0, np.bool_)
            values, ratings = part.values[metric.name], part.ratings
            if gone.size:
                values = np.where(gone, np.nan, values)
                ratings = _of_raters(np.where(gone, np.nan, ratings))
            row = {
                **part.columns,
                "view": view,
                "measure": Pearson.name,
                "metric": metric.name,
                "n_view": int((~np.isnan(ratings).all(axis=0)).sum()) if len(ratings) else 0,
            }
            why = part.why_none(metric)
            if not why and gone.size and gone.all():
                why = f"all rated texts are of the judge's own family ({', '.join(own)})"
            if why:
                yield PendingRow(ValidityViewRow, {**row, **_nothing(why)})
                continue
            key = statistics.ask("view", "", _viewed, values, ratings, part.posts)
            yield PendingRow(ValidityViewRow, row, (key,))


def _in_place(part: _Part, statistics: Statistics) -> Iterator[PendingRow]:
    """Yield how far each metric whose values are ratings of the aspect may stand in for a rater;
    of a judge that the benchmark has not, that it might have one.
    """
    for metric in explanation_metrics(part.of):
        if not is_on(metric, part.of.rubric, part.aspect):
            continue
        missing = metric not in part.of.metrics
        why = part.of.why_unmeasured(metric) if missing else part.why_none(metric)
        own = part.values.get(metric.name)
        for name, estimate in IN_PLACE.items():
            known = {
                **part.columns,
                "metric": metric.name,
                "coefficient": name,
                "raters": len(part.ratings),
            }
            if why or own is None:
                yield PendingRow(OnScaleRow, {**known, **_nothing(why)})
                continue
            compute = partial(_placed, estimate)
            key = statistics.ask("in place", name, compute, own, part.ratings, part.posts)
            yield PendingRow(OnScaleRow, known, (key,))


# What is computed; every argument but the first few is what the result is kept under


def _beside(
    measure: Measure,
    own: Floats,
    words: Floats,
    words_full: Floats,
    ratings: Floats,
    posts: Indices,
) -> dict[str, Any]:
    """Return a metric, a human and both word counts on the metric's texts, against
    the same means.
    """
    # A human is held to the metric's own texts, else the two numbers would be of different texts.
    ratings = np.where(np.isnan(own), np.nan, ratings)
    # acc_eq would take as long as all other figures of the set together.
    draws = 0 if measure.name == UNDRAWN else DRAWS
    alike = _against_the_others(own, ratings, posts, measure, draws)
    human = human_ceiling(ratings, posts, measure, _rng(), draws=0)
    lengths = _lengths((words, words_full), ratings, posts, measure)
    return {
        "alike": alike.value,
        "alike_low": alike.interval.low,
        "alike_high": alike.interval.high,
        "n_alike": alike.n,
        "human": human.value,
        **lengths,
        "yardstick": _stronger(lengths),
    }


def _contest(
    measure: Measure, first: Floats, second: Floats, human: Floats, posts: Indices
) -> dict[str, Any]:
    """Test a metric against a baseline on the texts that both have a value on."""
    contest = compare_metrics(first, second, human, posts, measure, _rng(), draws=0)
    return {
        "difference": contest.difference,
        "p": contest.p,
        "n": contest.n,
        "posts": contest.posts,
        "why_blank": contest.why_none,
    }


def _placed(estimate: InPlace, own: Floats, ratings: Floats, posts: Indices) -> dict[str, Any]:
    return _columns(estimate(own, ratings, posts, _rng()))


def _of_raters(ratings: Floats) -> Floats:
    """Return (raters, n) ratings without whoever rated none of these texts: no text was rated by
    all, if one counts those too.
    """
    rated = ~np.isnan(ratings).all(axis=1)
    return ratings[rated] if rated.any() else ratings


def _viewed(own: Floats, ratings: Floats, posts: Indices) -> dict[str, Any]:
    """Return a metric against the mean of all raters, and what it is held against on its texts."""
    of_own = _of_raters(np.where(np.isnan(own), np.nan, ratings))
    bound = reliability_bound(of_own)
    held = float(bound.statistic(bound.items[bound.used].sum(axis=0))) if bound.used.any() else None
    return {
        **_estimated(correlate, own, mean_of_defined(ratings), posts, measure=Pearson()),
        "human": human_ceiling(of_own, posts, Pearson(), _rng(), draws=0).value,
        "bound": None if held is None or np.isnan(held) else held,
    }


def _view_human(ratings: Floats, posts: Indices) -> dict[str, Any]:
    return _estimated(human_ceiling, ratings, posts, measure=Pearson())


def _view_bound(ratings: Floats, posts: Indices) -> dict[str, Any]:
    return _columns(estimate_agreement(reliability_bound(ratings), posts, _rng()))


def _lengths(
    rulers: Sequence[Floats], ratings: Floats, posts: Indices, measure: Measure
) -> dict[str, float | None]:
    """Return what each word count reaches on the texts with a rating; None where one of these has
    none.

    That would be of others.
    """
    present = ~np.isnan(ratings).all(axis=0)
    return {
        name: (
            None
            if np.isnan(ruler[present]).any()
            else _against_the_others(ruler, ratings, posts, measure, draws=0).value
        )
        for name, ruler in zip(WORD_COUNTS, rulers, strict=True)
    }


def _against_the_others(
    values: Floats, ratings: Floats, posts: Indices, measure: Measure, draws: int
) -> Estimate:
    """Estimate in the place of each rater.

    Where no text has two ratings, against the one that it has.
    """
    if ((~np.isnan(ratings)).sum(axis=0) > 1).any():
        return in_place_of_one(values, ratings, posts, measure, _rng(), draws)
    return correlate(values, mean_of_defined(ratings), posts, measure, _rng(), draws)


def _stronger(lengths: Mapping[str, float | None]) -> str:
    """Return which word count has the higher value; "" where neither has one."""
    valued = {name: value for name, value in lengths.items() if value is not None}
    return max(valued, key=lambda name: valued[name], default="")


def _estimated(
    statistic: Callable[..., Estimate], *inputs: NDArray[Any], **options: Measure
) -> dict[str, Any]:
    return _columns(statistic(*inputs, rng=_rng(), **options))


def _columns(estimate: Estimate) -> dict[str, Any]:
    names = ("value", "low", "high", "interval", "n", "posts", "why_blank")
    return dict(zip(names, estimate.columns, strict=True))


def _rng() -> np.random.Generator:
    """Return each result's own draws, from the same seed, so that it does not depend on what else
    is computed.
    """
    return np.random.default_rng(0)
