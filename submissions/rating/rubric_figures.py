"""What a release states of transcripts: how each system's are rated, item by item and in all, what
variants of one base model differ by, and how far those who rate agree.

A patient is what is drawn, as a post is elsewhere: transcripts with one patient are no independent
values. So a system's value is the mean over patients of the mean over the transcripts with each, and
that of a transcript the mean of its raters. A rater's total is of all items or there is none: of ten
items out of eleven a sum would be lower for no fault of the transcript's.

People's ratings are a set, whose raters are meaned. Models' ratings, in a file or as verdicts of
`reasonboard judge`, are each model's own: two judges are two opinions of what is to be measured, and
their mean is none of anybody's. They stand beside people's, and are held against the mean of people
on the transcripts that both rated. Figures of several systems' transcripts at once make any agreement
look better than it is within one; with a few transcripts a system there is no other.

Variants of one base model are held against each other pair by pair (`scoring.statistics.means`): on
the patients that both have, where these are two or more, since patients differ in how hard they are;
else as independent ones. Holm's correction is over the totals of all pairs by the same raters, and
apart over all of their items: the totals are the question, and the items show where a difference lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scoring.statistics import (
    Estimate,
    Interval,
    MeanDifference,
    Pearson,
    correlate,
    deviation,
    estimate_agreement,
    holm_of_tested,
    icc,
    icc_consistency,
    krippendorff_alpha,
    mean_of_few,
    paired_means,
    signed_bias,
    unpaired_means,
)
from scoring.statistics.agreement import Coefficient
from scoring.statistics.bootstrap import Floats, mean_of_defined, numbered
from submissions.rating.rubrics import Rubric, declared_rubric, usable_rubrics
from submissions.rating.sets import RatingSet, held, open_rounds_of, rating_sets
from submissions.rating.transcript_tasks import PER_CENT, Transcripts, usable_transcript_tasks
from submissions.rating.transcripts import stored_transcripts
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import JUDGED, RatedText, RatingKey, Session
from submissions.store.released.rated_rows import (
    TOTAL,
    RubricAgreementRow,
    RubricBoardRow,
    RubricContrastRow,
    RubricSystemRow,
    RubricValueRow,
)

SEED = 1
FEWEST_PATIENTS = 10
"""Below so many a bootstrap over patients tells nothing; a mean has Student's interval instead."""
TOO_FEW_PATIENTS = Interval.none(f"fewer than {FEWEST_PATIENTS} patients")
PEOPLE, MODELS = "people", "models"


@dataclass(frozen=True)
class RubricFigures:
    """The rows of all tasks of transcripts."""

    boards: tuple[RubricBoardRow, ...] = ()
    systems: tuple[RubricSystemRow, ...] = ()
    values: tuple[RubricValueRow, ...] = ()
    contrasts: tuple[RubricContrastRow, ...] = ()
    agreement: tuple[RubricAgreementRow, ...] = ()


@dataclass(frozen=True)
class JudgedTranscripts:
    """What a model's verdicts say of transcripts.

    Attributes:
        board: Id of their task.
        ratings: What the verdicts are called together.
        judge: The model.
        given: (item, system) -> of each repeat, aspect -> the verdict, without those of which it
            said nothing.
    """

    board: str
    ratings: str
    judge: str
    given: Mapping[tuple[str, str], Sequence[Mapping[str, float]]]


@dataclass(frozen=True)
class _Party:
    """Ratings that are meaned: those of a set of people, or of one model.

    Attributes:
        ratings: The set.
        judge: The model; "" for people.
        texts: (n) transcripts that have a rating.
        items: Item -> (raters, n) ratings, the total first; NaN where there is none.
    """

    ratings: str
    judge: str
    texts: tuple[RatedText, ...]
    items: Mapping[str, Floats]

    @property
    def patients(self) -> NDArray[np.str_]:
        """(n,) whom each transcript is with."""
        return np.array([text.post_id for text in self.texts])

    @property
    def columns(self) -> dict[str, str]:
        """What its rows begin with."""
        return {"ratings": self.ratings, "judge": self.judge}

    def places(self, system: str) -> list[int]:
        """Return where a system's transcripts stand."""
        return [place for place, text in enumerate(self.texts) if text.system == system]

    def by_patient(self, system: str, item: str) -> dict[str, float]:
        """Return patient -> mean of the transcripts of `system` with them, by patient."""
        places = self.places(system)
        means = mean_of_defined(self.items[item][:, places])
        given: dict[str, list[float]] = {}
        for place, value in zip(places, means.tolist(), strict=True):
            if not np.isnan(value):
                given.setdefault(self.texts[place].post_id, []).append(value)
        return {patient: float(np.mean(values)) for patient, values in sorted(given.items())}


def rubric_figures(folder: DataFolder, judged: Sequence[JudgedTranscripts] = ()) -> RubricFigures:
    """Return everything that follows from the transcripts that are there and their ratings.

    Args:
        folder: The data.
        judged: What verdicts say of them.
    """
    rubrics = usable_rubrics(folder.path)
    every = RubricFigures()
    for task in usable_transcript_tasks(folder.path).values():
        transcripts = stored_transcripts(folder, task)
        if transcripts and task.rubric in rubrics:
            own = [each for each in judged if each.board == task.id]
            figures = _of_task(folder, task, rubrics[task.rubric], transcripts, own)
            every = _together(every, figures)
    return every


def judged_values(
    folder: DataFolder, task: Transcripts, judged: JudgedTranscripts
) -> tuple[RubricValueRow, ...]:
    """Return the rows of one judge alone, of the systems that it said something of."""
    transcripts = stored_transcripts(folder, task)
    rubric = declared_rubric(usable_rubrics(folder.path), task.rubric)
    party = _of_verdicts(judged, task, rubric, transcripts)
    systems = tuple(_system_rows(task, party.texts))
    return tuple(_value_rows(task, party, systems, _scales(task, rubric)))


def _together(first: RubricFigures, second: RubricFigures) -> RubricFigures:
    return RubricFigures(
        first.boards + second.boards,
        first.systems + second.systems,
        first.values + second.values,
        first.contrasts + second.contrasts,
        first.agreement + second.agreement,
    )


def _of_task(
    folder: DataFolder,
    task: Transcripts,
    rubric: Rubric,
    transcripts: Mapping[str, RatedText],
    judged: Sequence[JudgedTranscripts],
) -> RubricFigures:
    systems = tuple(_system_rows(task, transcripts.values()))
    sets = list(_sets_of(folder, task))
    scales = _scales(task, rubric)
    parties = [party for own in sets for party in _parties(folder, own, task, rubric)]
    parties += [_of_verdicts(own, task, rubric, transcripts) for own in judged]
    people = [party for party in parties if not party.judge]
    judges = [party for party in parties if party.judge]
    return RubricFigures(
        (_board_row(task, rubric, transcripts, _sources_of(sets, judged), scales[TOTAL]),),
        systems,
        tuple(row for party in parties for row in _value_rows(task, party, systems, scales)),
        tuple(row for party in parties for row in _contrast_rows(task, party, systems)),
        (
            *(row for party in people for row in _agreement_rows(task, party)),
            *(
                row
                for judge in judges
                for party in people
                for row in _judge_rows(task, judge, party)
            ),
        ),
    )


# What is there


def _sets_of(folder: DataFolder, task: Transcripts) -> Iterator[RatingSet]:
    left_out = open_rounds_of(folder)
    for rating_set in rating_sets(folder):
        if rating_set.name not in left_out and rating_set.rubric == task.rubric:
            texts = held(folder, rating_set).texts.values()
            if any(text.session and text.task == task.id for text in texts):
                yield rating_set


def _by_models(rating_set: RatingSet) -> bool:
    return rating_set.sources[0].kind == JUDGED


def _sources_of(
    sets: Sequence[RatingSet], judged: Sequence[JudgedTranscripts]
) -> list[dict[str, str]]:
    """Return what a board says of whose ratings there are."""
    named = {own.name: MODELS if _by_models(own) else PEOPLE for own in sets}
    named |= {own.ratings: MODELS for own in judged}
    return [{"name": name, "by": by} for name, by in named.items()]


def _of_verdicts(
    judged: JudgedTranscripts,
    task: Transcripts,
    rubric: Rubric,
    transcripts: Mapping[str, RatedText],
) -> _Party:
    texts = tuple(text for text in transcripts.values() if text.key in judged.given)
    given = {
        (*key, str(repeat), aspect): value
        for key, repeats in judged.given.items()
        for repeat, own in enumerate(repeats)
        for aspect, value in own.items()
    }
    # A total is of one repeat, as it is of one rater; then they are meaned.
    items = {
        item: mean_of_defined(repeats)[np.newaxis]
        for item, repeats in _items(task, rubric, texts, given).items()
    }
    return _Party(judged.ratings, judged.judge, texts, items)


def _parties(
    folder: DataFolder, rating_set: RatingSet, task: Transcripts, rubric: Rubric
) -> Iterator[_Party]:
    content = held(folder, rating_set)
    raters = dict.fromkeys(key[2] for key in content.ratings)
    parties = [(rater, (rater,)) for rater in raters] if _by_models(rating_set) else [("", raters)]
    for judge, names in parties:
        given = {key: rating for key, rating in content.ratings.items() if key[2] in names}
        rated = {key[:2] for key in given}
        texts = tuple(text for key, text in content.texts.items() if key in rated)
        yield _Party(rating_set.name, judge, texts, _items(task, rubric, texts, given))


def _items(
    task: Transcripts,
    rubric: Rubric,
    texts: Sequence[RatedText],
    given: Mapping[RatingKey, float],
) -> dict[str, Floats]:
    """Return item -> (raters, n) ratings, with each rater's total, NaN where an item is missing."""
    places = {text.key: place for place, text in enumerate(texts)}
    raters = {name: row for row, name in enumerate(dict.fromkeys(key[2] for key in given))}
    table = np.full((len(rubric.names), len(raters), len(texts)), np.nan)
    for (item, system, rater, aspect), rating in given.items():
        # What was redacted since leaves ratings of no text.
        if (item, system) in places and aspect in rubric.names:
            place = rubric.names.index(aspect), raters[rater], places[item, system]
            table[place] = rating
    total = table.sum(axis=0) * _unit(task, rubric)
    return {TOTAL: total, **dict(zip(rubric.names, table, strict=True))}


def _unit(task: Transcripts, rubric: Rubric) -> float:
    """Return what a sum over the items is multiplied by."""
    return 100 / sum(aspect.high for aspect in rubric.aspects) if task.total == PER_CENT else 1.0


def _scales(task: Transcripts, rubric: Rubric) -> dict[str, tuple[float, float]]:
    """Return item -> the ends of its scale, the total's first."""
    ends = {aspect.name: (float(aspect.low), float(aspect.high)) for aspect in rubric.aspects}
    low, high = (sum(side) * _unit(task, rubric) for side in zip(*ends.values(), strict=True))
    return {TOTAL: (low, high), **ends}


def _board_row(
    task: Transcripts,
    rubric: Rubric,
    transcripts: Mapping[str, RatedText],
    sets: list[dict[str, str]],
    scale: tuple[float, float],
) -> RubricBoardRow:
    return RubricBoardRow(
        id=task.id,
        title=task.title,
        rubric=rubric.id,
        rubric_title=rubric.title,
        rubric_source=rubric.source,
        items=[asdict(aspect) for aspect in rubric.aspects],
        total=task.total,
        low=scale[0],
        high=scale[1],
        variants=list(task.variants),
        papers=list(task.papers),
        sets=sets,
        source=task.source,
        licence=task.licence,
        known_problems=list(task.known_problems),
        demonstration=task.demonstration,
        transcripts=len(transcripts),
        patients=len({text.post_id for text in transcripts.values()}),
    )


def _system_rows(task: Transcripts, transcripts: Iterable[RatedText]) -> Iterator[RubricSystemRow]:
    by_system: dict[str, list[tuple[str, Session]]] = {}
    for text in transcripts:
        if text.session:
            by_system.setdefault(text.system, []).append((text.post_id, text.session))
    for system, own in by_system.items():
        first = own[0][1]
        yield RubricSystemRow(
            board=task.id,
            system=system,
            base_model=first.base_model,
            variant=first.variant,
            parameters=first.parameters,
            patient_models=sorted({session.patient_model for _, session in own} - {""}),
            transcripts=len(own),
            patients=len({patient for patient, _ in own}),
        )


# How they are rated


def _value_rows(
    task: Transcripts,
    party: _Party,
    systems: Sequence[RubricSystemRow],
    scales: Mapping[str, tuple[float, float]],
) -> Iterator[RubricValueRow]:
    for system in systems:
        places = party.places(system.system)
        for item, ratings in party.items.items():
            own = ratings[:, places]
            values = np.array(list(party.by_patient(system.system, item).values()))
            mean = mean_of_few(values, *scales[item])
            yield RubricValueRow(
                board=task.id,
                **party.columns,
                system=system.system,
                item=item,
                value=mean.value,
                sd=deviation(values),
                low=mean.interval.low,
                high=mean.interval.high,
                interval=mean.interval.method,
                transcripts=int((~np.isnan(own)).any(axis=0).sum()),
                patients=len(values),
                raters=int((~np.isnan(own)).any(axis=1).sum()),
                why_blank=mean.why_none,
            )


def _contrast_rows(
    task: Transcripts, party: _Party, systems: Sequence[RubricSystemRow]
) -> Iterator[RubricContrastRow]:
    rows = [
        _contrast_row(task, party, first, second, item)
        for first, second in _variants(task, systems)
        for item in party.items
    ]
    for of_totals in (True, False):
        family = [row for row in rows if (row.item == TOTAL) == of_totals]
        adjusted = holm_of_tested([row.p_permutation for row in family])
        for row, p in zip(family, adjusted, strict=True):
            yield replace(row, p_holm=p)


def _variants(
    task: Transcripts, systems: Sequence[RubricSystemRow]
) -> Iterator[tuple[RubricSystemRow, RubricSystemRow]]:
    """Yield each two variants of one base model, as the task orders them.

    Those that it declares no more come last, as they came in.
    """
    varied = [system for system in systems if system.variant]
    places = {variant: place for place, variant in enumerate(task.variants)}
    varied.sort(key=lambda system: places.get(system.variant, len(places)))
    for first, second in combinations(varied, 2):
        if first.base_model == second.base_model and first.variant != second.variant:
            yield first, second


def _contrast_row(
    task: Transcripts, party: _Party, first: RubricSystemRow, second: RubricSystemRow, item: str
) -> RubricContrastRow:
    ours, theirs = (party.by_patient(each.system, item) for each in (first, second))
    compared = _compared(ours, theirs)
    difference = compared.difference
    return RubricContrastRow(
        board=task.id,
        **party.columns,
        base_model=first.base_model,
        first=first.system,
        second=second.system,
        item=item,
        difference=difference.value,
        low=difference.interval.low,
        high=difference.interval.high,
        interval=difference.interval.method,
        test=compared.test,
        p=compared.p,
        p_permutation=compared.p_permutation,
        p_holm=None,
        permutations=compared.permutations,
        exact=compared.exact,
        first_patients=len(ours),
        second_patients=len(theirs),
        patients=difference.n,
        why_blank=difference.why_none,
    )


def _compared(ours: Mapping[str, float], theirs: Mapping[str, float]) -> MeanDifference:
    both = [patient for patient in ours if patient in theirs]
    rng = np.random.default_rng(SEED)
    if len(both) > 1:
        return paired_means(np.array([ours[each] - theirs[each] for each in both]), rng)
    return unpaired_means(np.array([*ours.values()]), np.array([*theirs.values()]), rng)


# How far raters agree


def _agreement_rows(task: Transcripts, party: _Party) -> Iterator[RubricAgreementRow]:
    for item, ratings in party.items.items():
        own = ratings[~np.isnan(ratings).all(axis=1)]
        coefficients: dict[str, Coefficient] = {
            "ICC(2,1)": icc(own, average=False),
            "ICC(2,k)": icc(own, average=True),
            "alpha (interval)": krippendorff_alpha(own, "interval"),
        }
        for name, coefficient in coefficients.items():
            estimate = _agreed(coefficient, party.patients)
            yield _agreement_row(task, party, "", item, name, estimate, len(own))


def _judge_rows(task: Transcripts, judge: _Party, people: _Party) -> Iterator[RubricAgreementRow]:
    """Yield how far a judge goes along with people on the transcripts that both rated."""
    places = {text.key: place for place, text in enumerate(judge.texts)}
    both = [place for place, text in enumerate(people.texts) if text.key in places]
    own = [places[people.texts[place].key] for place in both]
    patients = people.patients[both]
    for item, ratings in people.items.items():
        human = mean_of_defined(ratings[:, both])
        judged = mean_of_defined(judge.items[item][:, own])
        pair = np.stack([judged, human])
        raters = int((~np.isnan(ratings[:, both])).any(axis=1).sum())
        rng = np.random.default_rng(SEED)
        estimates = {
            "Pearson's r": _enough(
                correlate(judged, human, numbered(patients), Pearson(), rng)
                if both
                else Estimate.none("no transcript was rated by both")
            ),
            "ICC(C,1)": _agreed(icc_consistency(pair), patients),
            "ICC(A,1)": _agreed(icc(pair, average=False), patients),
            "bias": _agreed(signed_bias(judged, human), patients),
        }
        for name, estimate in estimates.items():
            yield _agreement_row(task, people, judge.judge, item, name, estimate, raters)


def _agreed(coefficient: Coefficient, patients: NDArray[np.str_]) -> Estimate:
    rng = np.random.default_rng(SEED)
    return _enough(estimate_agreement(coefficient, numbered(patients), rng))


def _enough(estimate: Estimate) -> Estimate:
    """Return an estimate without an interval that too few patients would make, in words of
    transcripts.
    """
    why = estimate.why_none.replace("unit", "transcript").replace("item", "transcript")
    interval = estimate.interval
    if estimate.value is not None and estimate.posts < FEWEST_PATIENTS:
        interval = TOO_FEW_PATIENTS
    of_patients = replace(interval, method=interval.method.replace("posts", "patients"))
    return replace(estimate, interval=of_patients, why_none=why)


def _agreement_row(
    task: Transcripts,
    party: _Party,
    judge: str,
    item: str,
    coefficient: str,
    estimate: Estimate,
    raters: int,
) -> RubricAgreementRow:
    return RubricAgreementRow(
        board=task.id,
        ratings=party.ratings,
        judge=judge,
        item=item,
        coefficient=coefficient,
        value=estimate.value,
        low=estimate.interval.low,
        high=estimate.interval.high,
        interval=estimate.interval.method,
        transcripts=estimate.n,
        patients=estimate.posts,
        raters=raters,
        why_blank=estimate.why_none,
    )
