"""What a release states about human ratings, of all sets of them, and what of it a reader of the
board is told.

The figures are those of `submissions.rating.figures`, a set at a time. Holm's correction is over
all metrics and baselines tested by one measure, on one aspect of one system.

All draws are seeded, and each result is kept under a hash of its numbers: equal ratings and values
give equal rows, and only what is new is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from scoring.statistics import Pearson, holm_of_tested
from scoring.statistics.bootstrap import Floats
from scoring.tasks import TasksById
from submissions.declarations.meta import POOLED
from submissions.rating.anchored import anchored_rows
from submissions.rating.baselines import TITLES, WORD_COUNTS, WORDS, derived
from submissions.rating.figures import figures
from submissions.rating.kept_results import Advance, PendingRow, Statistics
from submissions.rating.preferences import preference_rows, strength_rows
from submissions.rating.rated_values import RatedSet, rated_sets, score_ratings
from submissions.rating.rubrics import Rubric, usable_rubrics
from submissions.rating.views import blanks_as_zero
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import rated_value_arrays
from submissions.store.released.rated_rows import (
    AgreementRow,
    AnchoredRow,
    MetricContestRow,
    OnScaleRow,
    PreferenceRow,
    RatingSetRow,
    RubricRow,
    StrengthRow,
    ValidityRow,
    ValidityViewRow,
)

NOT_VALIDATED = "not validated here: nobody has rated this benchmark's explanations yet"
NOT_SCORED = "not scored on the rated texts yet: `reasonboard score`"
NO_BASELINE = "It is not shown to beat any baseline"
COMPARING = "comparing metrics with people"


@dataclass(frozen=True)
class Validity:
    """What a release states about human ratings.

    Attributes:
        rubrics: What was rated.
        agreement: How far raters agree.
        rows: How far metrics go along with them.
        contests: Which go along further than a baseline.
        headlines: Rubric -> the aspect that sums a metric's validity up.
        invented: Sets of ratings that only demonstrate.
        sets: The sets of ratings that all of it is of.
        views: How far metrics go along with them in each view of the texts.
        on_scale: How far metrics whose values are ratings may stand in for a rater.
        anchored: What people would say on average of all that a system answered.
        strengths: How strong systems are by people's choices in pairwise rounds.
        preferences: Whether metrics choose as people do there.
    """

    rubrics: tuple[RubricRow, ...] = ()
    agreement: tuple[AgreementRow, ...] = ()
    rows: tuple[ValidityRow, ...] = ()
    contests: tuple[MetricContestRow, ...] = ()
    headlines: Mapping[str, str] = field(default_factory=dict)
    invented: frozenset[str] = frozenset()
    sets: tuple[RatingSetRow, ...] = ()
    views: tuple[ValidityViewRow, ...] = ()
    on_scale: tuple[OnScaleRow, ...] = ()
    anchored: tuple[AnchoredRow, ...] = ()
    strengths: tuple[StrengthRow, ...] = ()
    preferences: tuple[PreferenceRow, ...] = ()

    def sentence(self, benchmark: str, metric: str) -> str:
        """Return what a reader of the board is told of `metric`."""
        relevant = [
            row
            for row in self.rows
            if (row.benchmark, row.metric, row.measure) == (benchmark, metric, Pearson.name)
            and row.system != POOLED
            # One aspect sums a metric up: a sentence of four would let each reader pick theirs.
            and row.aspect == self.headlines.get(row.rubric)
        ]
        sets = dict.fromkeys(row.ratings for row in relevant)
        parts = [
            self._of_set([row for row in relevant if row.ratings == name], metric) for name in sets
        ]
        return "; ".join(parts) or NOT_VALIDATED

    def _of_set(self, rows: Sequence[ValidityRow], metric: str) -> str:
        # All of a metric's figures of one set are blank for one reason, which is said once.
        if all(row.value is None for row in rows):
            return rows[0].why_blank
        values = ", ".join(f"{row.system} {_told(row)}" for row in rows)
        # A demonstration's figures must not be read as people's.
        by = "invented" if rows[0].ratings in self.invented else "people's"
        of = f"{by} ratings of {rows[0].aspect!r} within each rated system ({rows[0].ratings})"
        return f"Pearson's r with {of}: {values}. {self._against_baselines(rows, metric)}"

    def _against_baselines(self, rows: Sequence[ValidityRow], metric: str) -> str:
        if metric in WORD_COUNTS:
            return "This is what the other metrics have to beat"
        said = []
        for system in dict.fromkeys(row.system for row in rows):
            of = (rows[0].ratings, rows[0].aspect, system, metric, Pearson.name)
            own = [
                test
                for test in self.contests
                if (test.ratings, test.aspect, test.system, test.first, test.measure) == of
            ]
            beaten = ", ".join(TITLES[test.second] for test in own if test.beats)
            beating = ", ".join(TITLES[test.second] for test in own if test.beaten)
            said += [f"on {system} it beats {beaten}"] if beaten else []
            said += [f"on {system} it is beaten by {beating}"] if beating else []
        return f"Of the baselines, {'; '.join(said)}" if said else NO_BASELINE


def _told(row: ValidityRow) -> str:
    if row.value is None:
        return f"none ({row.why_blank})"
    interval = "" if row.low is None else f"{row.low:z.2f} to {row.high:z.2f}, "
    beside = ""
    if row.alike is not None and row.human is not None:
        ruler = "" if row.ruler is None else f", {row.yardstick} {row.ruler:z.2f}"
        beside = (
            f"; on these texts with one rater left out: this {row.alike:z.2f}, a human"
            f" {row.human:z.2f}{ruler}"
        )
    return f"{row.value:z.2f} ({interval}n = {row.n} of {row.n_rated}{beside})"


def find_validity(
    folder: DataFolder,
    tasks: TasksById,
    rubrics: Mapping[str, Rubric] | None = None,
    advance: Advance = lambda _done, _total: None,
) -> Validity:
    """Return everything that follows from the ratings that are there.

    What was computed before is not computed again.

    Args:
        folder: The data.
        tasks: The declared tasks.
        rubrics: The declared rubrics; read from their folder unless given.
        advance: Called with how many of the results that are to be computed are, and how many those
            are.
    """
    rubrics = usable_rubrics(folder.path) if rubrics is None else rubrics
    sets = list(rated_sets(folder, tasks, rubrics))
    score_ratings(folder, sets, {})  # what needs no model takes a second
    compared = [rated for rated in sets if rated.choices]
    on_scales = [rated for rated in sets if not rated.choices]
    # After the values were stored, or what was measured just now would be missing.
    kept = rated_value_arrays(folder)
    statistics = Statistics(folder)
    # All is asked for before anything is computed, so that progress can be told and all cores
    # have work.
    asked = [row for rated in on_scales for row in _figures(folder, kept, rated, statistics)]
    advance(0, statistics.wanted)
    statistics.compute(advance)
    rows = [statistics.filled(pending) for pending in asked]
    contests = [row for row in rows if isinstance(row, MetricContestRow)]
    # Only rubrics that something was rated by: others would be tables without a figure.
    used = dict.fromkeys(rated.rubric for rated in sets)
    return Validity(
        rubrics=tuple(_rubric_row(rubric) for rubric in used),
        agreement=tuple(row for row in rows if isinstance(row, AgreementRow)),
        rows=tuple(row for row in rows if isinstance(row, ValidityRow)),
        contests=tuple(_corrected(contests)),
        headlines={rubric.id: rubric.headline for rubric in used},
        invented=frozenset(rated.name for rated in sets if rated.demonstration),
        sets=tuple(_set_row(rated) for rated in sets),
        views=tuple(row for row in rows if isinstance(row, ValidityViewRow)),
        on_scale=tuple(row for row in rows if isinstance(row, OnScaleRow)),
        anchored=tuple(row for rated in on_scales for row in anchored_rows(folder, rated)),
        strengths=tuple(row for rated in compared for row in strength_rows(folder, rated)),
        preferences=tuple(
            row
            for rated in compared
            for row in preference_rows(rated, _values(folder, kept, rated))
        ),
    )


def _figures(
    folder: DataFolder, kept: Mapping[str, str], rated: RatedSet, statistics: Statistics
) -> Iterator[PendingRow]:
    values = _values(folder, kept, rated)
    return figures(rated, values, blanks_as_zero(rated, values), statistics)


def _set_row(rated: RatedSet) -> RatingSetRow:
    rating_set, join = rated.of, rated.of.join
    kind = "pairwise" if rated.choices else rating_set.kind
    head = (rating_set.name, rated.benchmark, rating_set.rubric, kind)
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
    """Return metric or baseline -> (n,) values, or why there are none."""
    by_metric: dict[str, Floats | str] = {}
    for metric in rated.metrics:
        why = rated.why_unmeasured(metric)
        values = None if why else rated.values(folder, kept, metric)
        by_metric[metric.name] = (why or NOT_SCORED) if values is None else values
    words = by_metric[WORDS]
    # An array may have been damaged since it was measured; the next call measures it again.
    none = np.full(len(rated.texts), np.nan)
    return by_metric | derived(rated, none if isinstance(words, str) else words)


def _corrected(contests: Sequence[MetricContestRow]) -> Iterator[MetricContestRow]:
    """Correct (Holm) over all that was tested by one measure on one aspect of one system."""
    families: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(contests):
        family = (row.ratings, row.aspect, row.system, row.measure)
        families.setdefault(family, []).append(place)
    adjusted: dict[int, float | None] = {}
    for places in families.values():
        tested = holm_of_tested([contests[place].p for place in places])
        # Rows stay in the order asked for: releases with the same content have the same rows in
        # the same order.
        adjusted |= zip(places, tested, strict=True)
    for place, row in enumerate(contests):
        yield replace(row, p_holm=adjusted[place])
