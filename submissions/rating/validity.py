"""How far raters agree, and how far each explanation metric goes along with them: the rows of a release.

Within each rated system first, and pooled only beside that: pooling two very different systems makes every
correlation look good. A metric is held against word count, because length alone goes a long way with people:

- A metric's value is of the texts that it has a value on, against the mean of all raters: what other papers print. Two
  such values are of other texts, and no human can be held against a mean that they are part of. So beside each metric
  stand a human and both word counts *on its own texts*, and all of them, the metric too, against the same means: of the
  raters but one, each left out in turn (`scoring.statistics.in_place_of_one`).
- Each metric is tested against its yardstick: the stronger of the word counts that all of its texts have, on just these
  texts. To choose the stronger makes the test harder to pass, never easier. Whether a metric beats length is what a
  reader has to know; tests of all pairs of 15 metrics would need eight times the work, and Holm's correction over them
  would hide what there is to see.
- The tests are of Pearson's r, by which validity is summed up, and of Kendall's tau-b, which no outlier makes. acc_eq
  would have to tune its threshold in each of 10,000 permutations: a hundred times the work, for a measure that says
  much the same as tau-b here.
- Holm's correction is over the metrics tested by one measure, on one aspect of one system.

All draws are seeded, and each result is kept under a hash of its numbers: equal ratings and values give equal rows,
and only what is new is computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.metric import Floats, Metric, PairMetric
from scoring.statistics import (
    MEASURES,
    Estimate,
    Kendall,
    Measure,
    Pearson,
    compare_metrics,
    correlate,
    estimate_agreement,
    exact_agreement,
    fleiss_kappa,
    gwet,
    holm,
    human_ceiling,
    icc,
    in_place_of_one,
    krippendorff_alpha,
    system_accuracy,
)
from scoring.statistics.agreement import Coefficient
from scoring.statistics.correlation import DRAWS
from scoring.tasks import Task
from submissions.declarations.meta import POOLED
from submissions.rating.kept_results import STATISTICS, Advance, PendingRow, Statistics
from submissions.rating.rated_values import EXPLANATION_METRICS, RatedSet, rated_sets, score_ratings
from submissions.rating.rubrics import Aspect, Rubric, usable_rubrics
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import rated_value_arrays
from submissions.store.released.release_rows import (
    AgreementRow,
    MetricContestRow,
    RatingSetRow,
    RubricRow,
    ValidityRow,
)

NOT_VALIDATED = "not validated here: nobody has rated this benchmark's explanations yet"
NOT_SCORED = "not scored on the rated texts yet: `reasonboard score`"
HUMAN = "human"
SYSTEM_ACCURACY = "system accuracy"
TESTED: tuple[Measure, ...] = (Pearson(), Kendall())
WORD_COUNTS = ("words", "words_full")
UNDRAWN = "acc_eq"
"""The measure whose threshold would be tuned for each rater in each draw: `alike` has no interval by it."""
LEVEL = 0.05
COMPARING = "comparing metrics with people"

COEFFICIENTS: Mapping[str, Callable[[Floats, Aspect], Coefficient]] = {
    "alpha (ordinal)": lambda ratings, _: krippendorff_alpha(ratings, "ordinal"),
    "alpha (interval)": lambda ratings, _: krippendorff_alpha(ratings, "interval"),
    "Gwet's AC1": lambda ratings, on: gwet(ratings, on.low, on.high, quadratic=False),
    "Gwet's AC2 (quadratic)": lambda ratings, on: gwet(ratings, on.low, on.high, quadratic=True),
    "exact agreement": lambda ratings, _: exact_agreement(ratings),
    "Fleiss' kappa": lambda ratings, _: fleiss_kappa(ratings),
    "ICC(2,1)": lambda ratings, _: icc(ratings, average=False),
    "ICC(2,k)": lambda ratings, _: icc(ratings, average=True),
}


@dataclass(frozen=True)
class Validity:
    """What a release states about human ratings.

    Attributes:
        rubrics: What was rated.
        agreement: How far raters agree.
        rows: How far metrics go along with them.
        contests: Which go along further than word count.
        headlines: Rubric -> the aspect that sums a metric's validity up.
        invented: Sets of ratings that only demonstrate.
        sets: The sets of ratings that all of it is of.
    """

    rubrics: tuple[RubricRow, ...] = ()
    agreement: tuple[AgreementRow, ...] = ()
    rows: tuple[ValidityRow, ...] = ()
    contests: tuple[MetricContestRow, ...] = ()
    headlines: Mapping[str, str] = field(default_factory=dict)
    invented: frozenset[str] = frozenset()
    sets: tuple[RatingSetRow, ...] = ()

    def sentence(self, benchmark: str, metric: str) -> str:
        """Return what a reader of the board is told of `metric`."""
        relevant = [
            row
            for row in self.rows
            if (row.benchmark, row.metric, row.measure) == (benchmark, metric, Pearson.name)
            and row.system != POOLED
            and row.aspect == self.headlines.get(row.rubric)
        ]
        sets = dict.fromkeys(row.ratings for row in relevant)
        parts = [
            self._of_set([row for row in relevant if row.ratings == name], metric) for name in sets
        ]
        return "; ".join(parts) or NOT_VALIDATED

    def _of_set(self, rows: Sequence[ValidityRow], metric: str) -> str:
        if all(row.value is None for row in rows):
            return rows[0].why_blank
        values = ", ".join(f"{row.system} {_told(row)}" for row in rows)
        by = "invented" if rows[0].ratings in self.invented else "people's"
        of = f"{by} ratings of {rows[0].aspect!r} within each rated system ({rows[0].ratings})"
        return f"Pearson's r with {of}: {values}. {self._against_length(rows, metric)}"

    def _against_length(self, rows: Sequence[ValidityRow], metric: str) -> str:
        if metric in WORD_COUNTS:
            return "This is what the other metrics have to beat"
        wanted = {(row.ratings, row.aspect, row.system) for row in rows}
        tests = [
            test
            for test in self.contests
            if test.first == metric
            and test.measure == Pearson.name
            and (test.ratings, test.aspect, test.system) in wanted
        ]
        better = [
            test.system for test in tests if _significant(test) and (test.difference or 0) > 0
        ]
        worse = [test.system for test in tests if _significant(test) and (test.difference or 0) < 0]
        said = [
            f"It beats word count on {', '.join(better)}"
            if better
            else "It is not shown to beat word count"
        ]
        said += [f"word count beats it on {', '.join(worse)}"] if worse else []
        return ", and ".join(said)


def _told(row: ValidityRow) -> str:
    if row.value is None:
        return f"none ({row.why_blank})"
    interval = "" if row.low is None else f"{row.low:z.2f} to {row.high:z.2f}, "
    beside = ""
    if row.alike is not None and row.human is not None:
        ruler = "" if row.ruler is None else f", {row.yardstick} {row.ruler:z.2f}"
        beside = f"; on these texts with one rater left out: this {row.alike:z.2f}, a human {row.human:z.2f}{ruler}"
    return f"{row.value:z.2f} ({interval}n = {row.n} of {row.n_rated}{beside})"


def _significant(test: MetricContestRow) -> bool:
    return test.p_holm is not None and test.p_holm < LEVEL


def find_validity(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    rubrics: Mapping[str, Rubric] | None = None,
    advance: Advance = lambda _done, _total: None,
) -> Validity:
    """Return everything that follows from the ratings that are there.

    What was computed before is not computed again.

    Args:
        folder: The data.
        tasks: The declared tasks.
        rubrics: The declared rubrics; read from their folder unless given.
        advance: Called with how many of the results that are to be computed are, and how many those are.
    """
    rubrics = usable_rubrics(folder.path) if rubrics is None else rubrics
    sets = list(rated_sets(folder, tasks, rubrics))
    score_ratings(folder, sets, {})  # what needs no model takes a second
    kept = rated_value_arrays(folder)
    statistics = Statistics(folder)
    asked = [
        row
        for rated in sets
        for row in _of_set(_Rated(rated, _values(folder, kept, rated)), statistics)
    ]
    advance(0, statistics.wanted)
    statistics.compute(advance)
    rows = [statistics.filled(pending) for pending in asked]
    contests = [row for row in rows if isinstance(row, MetricContestRow)]
    used = dict.fromkeys(rated.rubric for rated in sets)
    return Validity(
        rubrics=tuple(_rubric_row(rubric) for rubric in used),
        agreement=tuple(row for row in rows if isinstance(row, AgreementRow)),
        rows=tuple(row for row in rows if isinstance(row, ValidityRow)),
        contests=tuple(_corrected(contests)),
        headlines={rubric.id: rubric.headline for rubric in used},
        invented=frozenset(rated.name for rated in sets if rated.demonstration),
        sets=tuple(_set_row(rated) for rated in sets),
    )


def _set_row(rated: RatedSet) -> RatingSetRow:
    rating_set, join = rated.of, rated.of.join
    head = (rating_set.name, rated.benchmark, rating_set.rubric, rating_set.kind)
    if join is None:
        return RatingSetRow(*head, [], "", "", "")
    return RatingSetRow(*head, list(join.members), join.author, join.reason, join.joined_at)


def _rubric_row(rubric: Rubric) -> RubricRow:
    return RubricRow(
        rubric.id, rubric.title, rubric.source, [asdict(aspect) for aspect in rubric.aspects]
    )


def _values(
    folder: DataFolder, kept: Mapping[str, str], rated: RatedSet
) -> dict[str, Floats | str]:
    """Return metric name -> (n,) values, or why there are none."""
    by_metric: dict[str, Floats | str] = {}
    for metric in EXPLANATION_METRICS:
        why = rated.why_unmeasured(metric)
        values = None if why else rated.values(folder, kept, metric)
        by_metric[metric.name] = (
            why or "not scored on the rated texts yet: `reasonboard score`"
            if values is None
            else values
        )
    return by_metric


# What is asked of the ratings


@dataclass(frozen=True)
class _Selected:
    """The texts of one system, or of all.

    Attributes:
        system: Whose.
        places: (n,) where they stand in the set.
        posts: (n,) the post of each, counted in the order of the posts' ids: the same whatever else is in the set.
    """

    system: str
    places: NDArray[np.intp]
    posts: NDArray[np.intp]


class _Rated:
    """A set of ratings with its metric values, in the form that statistics take."""

    def __init__(self, rated: RatedSet, values: Mapping[str, Floats | str]) -> None:
        self.set, self.values = rated, values
        self.systems = np.array([text.system for text in rated.texts])
        self.tasks = [part.task for part in rated.parts]
        self.digest = hashlib.sha256(
            repr([text.key for text in rated.texts]).encode()
            + b"".join(table.tobytes() for table in rated.ratings.values())
        ).hexdigest()[:12]

    def selections(self) -> Iterator[_Selected]:
        """Yield each system's texts, then all of several systems."""
        names = list(dict.fromkeys(self.systems.tolist()))
        for name in names:
            yield self._selected(name, np.flatnonzero(self.systems == name))
        if len(names) > 1:
            yield self._selected(POOLED, np.arange(len(self.systems)))

    def _selected(self, system: str, places: NDArray[np.intp]) -> _Selected:
        posts = [self.set.texts[place].post_id for place in places.tolist()]
        return _Selected(system, places, np.unique(posts, return_inverse=True)[1])

    @property
    def aspects(self) -> list[str]:
        """Those that somebody rated."""
        return [name for name, table in self.set.ratings.items() if table.size]

    def human(self, aspect: str) -> Floats:
        """Return (n,) mean over annotators, NaN where nobody rated."""
        return _mean_rating(self.set.ratings[aspect])

    def word_counts(self, selected: _Selected) -> tuple[Floats, ...]:
        """Return (n,) each of the selected texts' word counts; NaN where a text has none."""
        counts = (self.values[name] for name in WORD_COUNTS)
        return tuple(
            np.full(len(selected.places), np.nan)
            if isinstance(count, str)
            else count[selected.places]
            for count in counts
        )

    def signature(self, metric: Metric | None, measure: str) -> str:
        """Return what makes a figure comparable."""
        head = HUMAN
        if metric is not None and not (isinstance(metric, PairMetric) and self.set.pinned is None):
            task = self.tasks[0]
            head = metric.identity(self.set.instruments).signature(task)
            every = "+".join(f"{task.id}@{task.revision}" for task in self.tasks)
            head = head.replace(f"task:{task.id}@{task.revision}", f"task:{every}")
        return f"{head}|ratings:{self.set.name}@{self.digest}|{measure}|{STATISTICS}"


def _of_set(rated: _Rated, statistics: Statistics) -> Iterator[PendingRow]:
    for selected in rated.selections():
        for aspect in rated.aspects:
            if selected.system != POOLED:
                yield from _agreement(rated, selected, aspect, statistics)
            yield from _ceiling(rated, selected, aspect, statistics)
            for metric in EXPLANATION_METRICS:
                yield from _validity(rated, selected, aspect, metric, statistics)
            yield from _contests(rated, selected, aspect, statistics)


def _agreement(
    rated: _Rated, selected: _Selected, aspect: str, statistics: Statistics
) -> Iterator[PendingRow]:
    ratings, posts = _given(rated, selected, aspect), selected.posts
    on = next(candidate for candidate in rated.set.rubric.aspects if candidate.name == aspect)
    for name, coefficient in COEFFICIENTS.items():

        def estimate(
            coefficient: Callable[[Floats, Aspect], Coefficient] = coefficient,
        ) -> dict[str, Any]:
            return _fields(estimate_agreement(coefficient(ratings, on), posts, _rng()))

        row = AgreementRow(
            rated.set.name,
            rated.set.rubric.id,
            aspect,
            selected.system,
            name,
            None,
            None,
            None,
            "",
            0,
            0,
            len(ratings),
            "",
        )
        how = f"{name} on {on.low} to {on.high}"
        yield PendingRow(row, (statistics.ask(estimate, "agreement", how, ratings, posts),))


def _given(rated: _Rated, selected: _Selected, aspect: str) -> Floats:
    """Return (annotators, n) ratings of the selected texts, by those who rated any of them."""
    ratings = rated.set.ratings[aspect][:, selected.places]
    return np.asarray(ratings[~np.isnan(ratings).all(axis=1)])


def _ceiling(
    rated: _Rated, selected: _Selected, aspect: str, statistics: Statistics
) -> Iterator[PendingRow]:
    ratings, posts = _given(rated, selected, aspect), selected.posts
    for measure in MEASURES:

        def estimate(measure: Measure = measure) -> dict[str, Any]:
            return _fields(human_ceiling(ratings, posts, measure, _rng()))

        row = _blank(rated, selected, aspect, None, measure.name, measure.title)
        if len(ratings) < 2:
            yield PendingRow(replace(row, why_blank="fewer than two annotators"))
        else:
            yield PendingRow(row, (statistics.ask(estimate, HUMAN, measure.title, ratings, posts),))


def _validity(
    rated: _Rated, selected: _Selected, aspect: str, metric: Metric, statistics: Statistics
) -> Iterator[PendingRow]:
    values, human = rated.values[metric.name], rated.human(aspect)[selected.places]
    posts, systems = selected.posts, rated.systems[selected.places]
    pooled = selected.system == POOLED
    blanks = [
        _blank(rated, selected, aspect, metric, measure.name, measure.title) for measure in MEASURES
    ]
    if pooled:
        blanks.append(_blank(rated, selected, aspect, metric, SYSTEM_ACCURACY, SYSTEM_ACCURACY))
    why = values if isinstance(values, str) else _why_no_value(rated, values[selected.places])
    if isinstance(values, str) or why:
        yield from (PendingRow(replace(row, why_blank=why)) for row in blanks)
        return
    own = values[selected.places]
    ratings, rulers = _given(rated, selected, aspect), rated.word_counts(selected)
    for row, measure in zip(blanks, MEASURES, strict=False):

        def estimate(measure: Measure = measure) -> dict[str, Any]:
            return _fields(correlate(own, human, posts, measure, _rng()))

        def beside(measure: Measure = measure) -> dict[str, Any]:
            return _beside(own, rulers, ratings, posts, measure)

        yield PendingRow(
            row,
            (
                statistics.ask(estimate, "validity", measure.title, own, human, posts),
                statistics.ask(beside, "beside", measure.title, own, *rulers, ratings, posts),
            ),
        )
    if pooled:

        def accuracy() -> dict[str, Any]:
            return _fields(system_accuracy(own, human, systems, posts, _rng()))

        key = statistics.ask(accuracy, SYSTEM_ACCURACY, "", own, human, posts, systems)
        yield PendingRow(blanks[-1], (key,))


def _beside(
    own: Floats,
    rulers: Sequence[Floats],
    ratings: Floats,
    posts: NDArray[np.intp],
    measure: Measure,
) -> dict[str, Any]:
    """Return a metric, a human and both word counts on the metric's texts, against the same means."""
    rated_too = ~np.isnan(own) & ~np.isnan(ratings).all(axis=0)
    ratings = np.where(rated_too, ratings, np.nan)
    draws = 0 if measure.name == UNDRAWN else DRAWS
    alike = _against_the_others(own, ratings, posts, measure, draws)
    human = human_ceiling(ratings, posts, measure, _rng(), draws=0)
    words = _lengths(rated_too, rulers, ratings, posts, measure)
    return {
        "alike": alike.value,
        "alike_low": alike.interval.low,
        "alike_high": alike.interval.high,
        "n_alike": alike.n,
        "human": human.value,
        **dict(zip(WORD_COUNTS, words, strict=True)),
        "yardstick": _stronger(words),
    }


def _lengths(
    present: NDArray[np.bool_],
    rulers: Sequence[Floats],
    ratings: Floats,
    posts: NDArray[np.intp],
    measure: Measure,
) -> list[float | None]:
    """Return what each word count reaches on the texts `present`; None where one of these has none.

    That would be of others.
    """
    ratings = np.where(present, ratings, np.nan)
    return [
        None
        if np.isnan(ruler[present]).any()
        else _against_the_others(ruler, ratings, posts, measure, draws=0).value
        for ruler in rulers
    ]


def _against_the_others(
    values: Floats, ratings: Floats, posts: NDArray[np.intp], measure: Measure, draws: int
) -> Estimate:
    """Estimate in the place of each rater.

    Where no text has two ratings, against the one that it has.
    """
    if ((~np.isnan(ratings)).sum(axis=0) > 1).any():
        return in_place_of_one(values, ratings, posts, measure, _rng(), draws)
    return correlate(values, _mean_rating(ratings), posts, measure, _rng(), draws)


def _stronger(words: Sequence[float | None]) -> str:
    """Return which word count has the higher value; "" where neither has one."""
    valued = [
        (value, name) for value, name in zip(words, WORD_COUNTS, strict=True) if value is not None
    ]
    return max(valued, key=lambda pair: pair[0])[1] if valued else ""


def _mean_rating(ratings: Floats) -> Floats:
    """Return (annotators, n) -> (n,) mean over annotators, NaN where nobody rated."""
    given = (~np.isnan(ratings)).sum(axis=0)
    return np.asarray(np.nansum(ratings, axis=0) / np.where(given > 0, given, np.nan))


def _why_no_value(rated: _Rated, values: Floats) -> str:
    if not np.isnan(values).all():
        return ""
    if any(part.referenced for part in rated.set.parts):
        return "no rated text has a value"
    names = ", ".join(task.id for task in rated.tasks)
    return f"no rated text has a value (none answers an imported example of {names}, so what needs a reference has none)"


def _blank(
    rated: _Rated, selected: _Selected, aspect: str, metric: Metric | None, measure: str, title: str
) -> ValidityRow:
    human = rated.human(aspect)[selected.places]
    n_rated = int((~np.isnan(human)).sum())
    if measure == SYSTEM_ACCURACY:
        names = len(set(rated.systems.tolist()))
        n_rated = names * (names - 1) // 2
    return ValidityRow(
        ratings=rated.set.name,
        benchmark=rated.set.benchmark,
        task=", ".join(task.id for task in rated.tasks),
        rubric=rated.set.rubric.id,
        aspect=aspect,
        system=selected.system,
        metric=metric.name if metric else HUMAN,
        measure=measure,
        value=None,
        low=None,
        high=None,
        interval="",
        n=0,
        n_rated=n_rated,
        posts=0,
        signature=rated.signature(metric, title),
        why_blank="",
    )


def _contests(
    rated: _Rated, selected: _Selected, aspect: str, statistics: Statistics
) -> Iterator[PendingRow]:
    human, posts = rated.human(aspect)[selected.places], selected.posts
    ratings, rulers = _given(rated, selected, aspect), rated.word_counts(selected)
    for metric in EXPLANATION_METRICS:
        values = rated.values[metric.name]
        if metric.name in WORD_COUNTS or isinstance(values, str):
            continue
        first = values[selected.places]
        if np.isnan(first).all():
            continue
        for measure in TESTED:

            def test(
                first: Floats = first, measure: Measure = measure, length: str = metric.counted_by
            ) -> dict[str, Any]:
                present = ~np.isnan(first) & ~np.isnan(ratings).all(axis=0)
                length = _stronger(_lengths(present, rulers, ratings, posts, measure)) or length
                second = dict(zip(WORD_COUNTS, rulers, strict=True))[length]
                contest = compare_metrics(first, second, human, posts, measure, _rng())
                return {
                    "second": length,
                    "difference": contest.difference,
                    "p": contest.p,
                    "n": contest.n,
                    "posts": contest.posts,
                    "why_blank": contest.why_none,
                }

            row = MetricContestRow(
                rated.set.name,
                rated.set.rubric.id,
                aspect,
                selected.system,
                measure.name,
                metric.name,
                metric.counted_by,
                None,
                None,
                None,
                0,
                0,
                "",
            )
            key = statistics.ask(test, "contest", measure.title, first, *rulers, ratings, posts)
            yield PendingRow(row, (key,))


def _corrected(contests: Sequence[MetricContestRow]) -> Iterator[MetricContestRow]:
    """Correct (Holm) over the metrics tested by one measure on one aspect of one system."""
    families: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(contests):
        if row.p is not None:
            families.setdefault((row.ratings, row.aspect, row.system, row.measure), []).append(
                place
            )
    adjusted: dict[int, float] = {}
    for places in families.values():
        p = [contests[place].p for place in places]
        adjusted |= dict(zip(places, holm(np.array(p, dtype=np.float64)).tolist(), strict=True))
    for place, row in enumerate(contests):
        yield replace(row, p_holm=adjusted.get(place))


def _fields(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "low": estimate.interval.low,
        "high": estimate.interval.high,
        "interval": estimate.interval.method,
        "n": estimate.n,
        "posts": estimate.posts,
        "why_blank": estimate.why_none,
    }


def _rng() -> np.random.Generator:
    """Return each result draws from the same seed, so that it does not depend on what else is computed."""
    return np.random.default_rng(0)
