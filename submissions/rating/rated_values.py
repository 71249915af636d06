"""What the metrics say of the texts that people rated.

A rated text is read as a submission's output is (`scoring.extraction`), so a metric gives it the
value that it would have on the board: an explanation metric sees it without the sentence that
states the label, though the raters saw all of it. Where nothing but the label sentence was written
there is no explanation, and so no value: coverage says how often. The `..._full` variants see what
the raters saw, and each variant has the word count of its own text beside it.

Texts are held against the example of the task's gold that they answer. Values are kept under a hash
of the metric's identity and of all texts: what has no value under its current key is pending.

A demonstration checkpoint is not run on real people's ratings: it cannot validate anything.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scoring.errors import ReasonBoardError
from scoring.extraction import read, with_references_cut
from scoring.instruments import BARTSCORE, Instrument, Instruments, Pair, model_key, titled
from scoring.judging.families import kinship
from scoring.metric import Metric, PairMetric, combined, pairs_of, with_presence
from scoring.metrics import metrics_with
from scoring.segments import Example, Segments
from scoring.statistics.bootstrap import Floats, Indices
from scoring.tasks import Task, TasksById
from submissions.progress import Report, unseen
from submissions.rating.ratings import referenced
from submissions.rating.rubrics import Rubric
from submissions.rating.sets import Held, RatingSet, held, open_rounds_of, rating_sets
from submissions.rescoring.engines.local import Engine, LocalEngine
from submissions.store.database import StoreTrouble
from submissions.store.files.arrays import (
    drop_partials,
    load_array,
    load_partial,
    save_array,
    save_partial,
)
from submissions.store.files.damage import DamagedFile
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import rated_value_arrays, save_rated_values
from submissions.store.rated.ratings import RatedText, RatingKey
from submissions.store.rated.rounds import pairwise_rounds
from submissions.store.scored.scores import PinnedModel, pinned_models
from submissions.store.submitted.submissions import submissions


class RatedTextsFailed(ReasonBoardError):
    """Some rated texts cannot be measured."""


RATED = "measuring the rated texts"


def explanation_metrics(*rated: RatedSet) -> tuple[Metric, ...]:
    """Return the metrics of explanations, those of the sets' judges among them."""
    known = metrics_with(*(each.instruments for each in rated))
    return tuple(metric for metric in known if metric.group == "explanation")


@dataclass(frozen=True)
class RatedTask:
    """The texts of a set that answer one task's examples.

    Attributes:
        places: (n,) where each stands in the set.
        segments: The texts as metrics are given them.
        referenced: How many answer an imported example.
    """

    places: Indices
    segments: Segments
    referenced: int

    @property
    def task(self) -> Task:
        """The task."""
        return self.segments.task

    @cached_property
    def _texts(self) -> bytes:
        """Hash of all that a value can follow from, besides the metric."""
        # Gold that is imported later, or a reading by newer rules, makes the values pending
        # again.
        digest = hashlib.sha256(f"{self.task.id}@{self.task.revision}".encode())
        for example, output, reading in zip(
            self.segments.examples, self.segments.outputs, self.segments.readings, strict=True
        ):
            texts = (example.post, example.reference, example.reference_full, output, reading.label)
            digest.update(repr((*texts, reading.explanation)).encode())
        return digest.digest()

    @property
    def partial(self) -> str:
        """What the names of its texts' partial values begin with."""
        return f"rated.{self._texts.hex()[:32]}."

    def key(self, metric: Metric, instruments: Instruments) -> str:
        """Return under what the values of `metric` are kept."""
        return hashlib.sha256(metric.identity(instruments).key.encode() + self._texts).hexdigest()


@dataclass(frozen=True)
class Choice:
    """Which of two texts about a post one rater chose.

    Attributes:
        left: The place of the text on the left among its set's.
        right: That of the other.
        choice: 1 for left, -1 for right, 0 where neither is better.
    """

    left: int
    right: int
    choice: int

    @property
    def places(self) -> tuple[int, int]:
        """Both places, left first."""
        return self.left, self.right


@dataclass(frozen=True)
class RatedSet:
    """A set of ratings with its texts.

    Attributes:
        of: The set.
        rubric: What was rated.
        texts: Those that have a rating, in the order first rated.
        ratings: Aspect -> (annotators, n) ratings, NaN where there is none.
        parts: The texts by task.
        pinned: Kind -> the model that is recorded for the benchmark.
        base_models: Rated system -> the base model that its team declared, where it is known.
        choices: Of a pairwise round, what raters chose, instead of ratings.
    """

    of: RatingSet
    rubric: Rubric
    texts: tuple[RatedText, ...]
    ratings: Mapping[str, Floats]
    parts: tuple[RatedTask, ...]
    pinned: Mapping[str, PinnedModel]
    base_models: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()

    @property
    def name(self) -> str:
        """The set's."""
        return self.of.name

    @property
    def benchmark(self) -> str:
        """Whose explanations were rated."""
        return self.parts[0].task.benchmark

    @cached_property
    def digest(self) -> str:
        """What tells its texts and their ratings from all others."""
        keys = repr([text.key for text in self.texts]).encode()
        tables = b"".join(table.tobytes() for table in self.ratings.values())
        return hashlib.sha256(keys + tables).hexdigest()[:12]

    @property
    def task_ids(self) -> list[str]:
        """The tasks that its texts answer."""
        return [part.task.id for part in self.parts]

    @property
    def demonstration(self) -> bool:
        """Whether all of it is invented."""
        return all(part.task.demonstration for part in self.parts)

    @property
    def instruments(self) -> Instruments:
        """What its texts are measured with."""
        return Instruments(*(model for model in self.pinned.values() if model.checkpoint))

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The explanation metrics that its ratings are held against.

        That a benchmark has no model of a kind is no gap, but for BARTScore, which every benchmark
        with explanations is to have.
        """
        kinds = {"", BARTSCORE, *(model.kind for model in self.instruments.models)}
        return tuple(metric for metric in explanation_metrics(self) if metric.needs in kinds)

    def families(self, metric: Metric) -> dict[str, str]:
        """Return rated system -> whether a metric's judge is of its family (OWN, OTHER or
        UNKNOWN_FAMILY); empty of a metric without a judge.
        """
        model = self.instruments.of(metric.needs)
        judging = None if model is None else model.judging
        if judging is None:
            return {}
        return {
            system: kinship(judging.model, self.base_models.get(system, ""), system)
            for system in dict.fromkeys(text.system for text in self.texts)
        }

    def why_unmeasured(self, metric: Metric) -> str:
        """Return why `metric` cannot be run on its texts; "" where it can."""
        if not metric.needs:
            return ""
        pinned = self.pinned.get(metric.needs)
        if pinned is None or not pinned.checkpoint:
            return (
                f"cannot be computed here: no {titled(metric.needs)} model that can be loaded is"
                f" recorded for {self.benchmark}; `reasonboard score --benchmark {self.benchmark}`"
                " records one"
            )
        # At chance on real posts: a correlation of chance with people would look like a finding.
        if pinned.demonstration and not self.demonstration:
            return (
                f"not validated: {pinned.checkpoint} is a demonstration checkpoint, at chance"
                " on real posts"
            )
        return ""

    def values(self, folder: DataFolder, kept: Mapping[str, str], metric: Metric) -> Floats | None:
        """Return (n,) values of `metric`, NaN where a text has none; None where they are pending.

        Args:
            folder: The data.
            kept: From `rated_value_arrays`.
            metric: One that can be measured.
        """
        values = np.full(len(self.texts), np.nan)
        for part in self.parts:
            array = kept.get(part.key(metric, self.instruments))
            if array is None:
                return None
            try:
                items = load_array(folder, array)[0]
            except DamagedFile:  # then it is measured again, and stored as it was
                return None
            values[part.places] = np.where(items[:, 1] > 0, items[:, 0], np.nan)
        return values


def rated_sets(
    folder: DataFolder, tasks: TasksById, rubrics: Mapping[str, Rubric]
) -> Iterator[RatedSet]:
    """Yield every set of ratings whose rubric and tasks are declared, in the order first imported.

    No open round.
    """
    # Figures that move with every rating would invite to stop when they please.
    unfinished, pairwise = open_rounds_of(folder), pairwise_rounds(folder)
    for rating_set in rating_sets(folder):
        if rating_set.name in unfinished or rating_set.rubric not in rubrics:
            continue
        content = held(folder, rating_set)
        # A round's texts are there before anybody has rated them; a choice is of both texts.
        given = {key[:2] for key in content.ratings}
        if rating_set.name in pairwise:
            given = _chosen_between(content)
        texts = tuple(
            text for key, text in content.texts.items() if key in given and text.task in tasks
        )
        if texts:
            # A set is of one benchmark, so the first task tells which model is its.
            parts = tuple(_parts(PostStore(folder.posts), tasks, texts))
            pinned = pinned_models(folder, parts[0].task.benchmark)
            rubric, declared = rubrics[rating_set.rubric], _base_models(folder, texts)
            if rating_set.name in pairwise:
                choices = tuple(_choices(texts, content.ratings))
                yield RatedSet(rating_set, rubric, texts, {}, parts, pinned, declared, choices)
            else:
                tables = _tables(rubric, texts, content.ratings)
                yield RatedSet(rating_set, rubric, texts, tables, parts, pinned, declared)


def _chosen_between(content: Held) -> set[tuple[str, str]]:
    """Return the keys of texts of pairs in which somebody chose, of which neither is gone."""
    chosen = {item for item, *_ in content.ratings}
    sides = Counter(item for item, _ in content.texts)
    return {key for key in content.texts if key[0] in chosen and sides[key[0]] == 2}


def _choices(texts: Sequence[RatedText], given: Mapping[RatingKey, int]) -> Iterator[Choice]:
    sides: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        sides.setdefault(text.item, []).append(place)
    for (item, *_), choice in given.items():
        if item in sides:
            left, right = sides[item]
            yield Choice(left, right, choice)


def _base_models(folder: DataFolder, texts: Sequence[RatedText]) -> dict[str, str]:
    systems = {text.submission: text.system for text in texts if text.submission}
    own = (each for each in submissions(folder) if each.id in systems) if systems else ()
    return {systems[each.id]: each.meta.base_model for each in own}


def _tables(
    rubric: Rubric, texts: Sequence[RatedText], given: Mapping[RatingKey, int]
) -> dict[str, Floats]:
    place = {text.key: index for index, text in enumerate(texts)}
    annotators = {name: row for row, name in enumerate(dict.fromkeys(key[2] for key in given))}
    tables = {name: np.full((len(annotators), len(texts)), np.nan) for name in rubric.names}
    for (item, system, annotator, aspect), rating in given.items():
        if (item, system) in place and aspect in tables:
            tables[aspect][annotators[annotator], place[item, system]] = rating
    # An annotator who did not rate the aspect at all is none of its annotators.
    return {name: table[~np.isnan(table).all(axis=1)] for name, table in tables.items()}


def _parts(store: PostStore, tasks: TasksById, texts: Sequence[RatedText]) -> Iterator[RatedTask]:
    for name in dict.fromkeys(text.task for text in texts):
        task = tasks[name]
        # A metric measures one task at a time; the places put its values back into the set's
        # order.
        places = [place for place, text in enumerate(texts) if text.task == name]
        own = [texts[place] for place in places]
        answered = referenced(own, store.examples(task) if store.has(task) else ())
        examples = with_references_cut(
            task,
            [example or _alone(text) for text, example in zip(own, answered, strict=True)],
        )
        readings = tuple(
            read(
                task,
                output=text.output,
                label=text.label,
                explanation=text.explanation,
                post=example.post,
                attributes=example.attributes,
            )
            for text, example in zip(own, examples, strict=True)
        )
        segments = Segments(task, examples, tuple(text.output for text in own), readings)
        yield RatedTask(
            np.array(places, dtype=np.intp),
            segments,
            sum(example is not None for example in answered),
        )


def _alone(text: RatedText) -> Example:
    """Return an example of a text that answers none of the gold's.

    A post without gold label and reference.
    """
    return Example(text.item, text.post_id, "", text.post or "", "")


def score_ratings(
    folder: DataFolder,
    sets: Sequence[RatedSet],
    models: Mapping[str, Instruments],
    engine: Engine | None = None,
    report: Report = unseen,
) -> int:
    """Measure the rated texts with whatever is pending and can be had.

    Args:
        folder: The data.
        sets: From `rated_sets`.
        models: Benchmark -> its models; metrics of others stay pending.
        engine: What runs the models.
        report: Called as work is done.

    Returns:
        How many metrics' values were stored.

    Raises:
        RatedTextsFailed: Some models failed; the values of all other metrics are stored.
    """
    stored, troubles = 0, list[str]()
    for rated in sets:
        for part in rated.parts:
            kept = rated_value_arrays(folder)
            keys = {
                metric: part.key(metric, rated.instruments)
                for metric in rated.metrics
                if not rated.why_unmeasured(metric)
            }
            pending = [
                metric for metric, key in keys.items() if not _is_whole(folder, kept.get(key))
            ]
            usable = at_hand(models, rated.benchmark, rated.instruments)
            done = 0
            for outcome in _measured(
                folder, part, pending, usable, engine or LocalEngine(), report
            ):
                if isinstance(outcome, Exception):
                    troubles.append(f"{rated.name}: {outcome}")
                    continue
                metric, items = outcome
                save_rated_values(folder, {keys[metric]: save_array(folder, items[None])})
                done += 1
            # What is left of the others is for whoever has their models.
            if done == len(pending):
                drop_partials(folder, part.partial)
            stored += done
    if troubles:
        raise RatedTextsFailed(
            "of the texts that people rated some cannot be measured: " + "; ".join(troubles)
        )
    return stored


def _is_whole(folder: DataFolder, array: str | None) -> bool:
    """Return whether values are kept, and as they were stored."""
    if array is None:
        return False
    try:
        load_array(folder, array)
    except DamagedFile:
        return False
    return True


def unmeasured(folder: DataFolder, tasks: TasksById, rubrics: Mapping[str, Rubric]) -> int:
    """Return how many metrics that need a model have yet to measure rated texts.

    The others' are measured in passing.
    """
    kept = rated_value_arrays(folder)
    return sum(
        part.key(metric, rated.instruments) not in kept
        for rated in rated_sets(folder, tasks, rubrics)
        for metric in rated.metrics
        if isinstance(metric, PairMetric) and not rated.why_unmeasured(metric)
        for part in rated.parts
    )


def at_hand(
    models: Mapping[str, Instruments], benchmark: str, recorded: Instruments
) -> Instruments:
    """Return those of a benchmark's models that its scores are of."""
    keys = {model.kind: model_key(model) for model in recorded.models}
    here = models.get(benchmark, Instruments()).models
    return Instruments(*(model for model in here if keys.get(model.kind) == model_key(model)))


def _measured(
    folder: DataFolder,
    part: RatedTask,
    metrics: Sequence[Metric],
    instruments: Instruments,
    engine: Engine,
    report: Report,
) -> Iterator[tuple[Metric, Floats] | Exception]:
    """Yield metric and (n, 2) rows (value, 1), or (0, 0) for none; or why a model fails."""
    for place, metric in enumerate(metrics):
        if not isinstance(metric, PairMetric) and metric.can_measure(instruments):
            report(RATED, place, len(metrics), metric.title)
            # An item's own value: of BLEU and chrF, whose values are of sums, the sum of one.
            values = metric.aggregate(metric.measure(part.segments, instruments), part.task)
            yield metric, with_presence(values)
    for model in instruments.models:
        # Together, since a model's metrics share their pairs.
        paired = [
            metric
            for metric in metrics
            if isinstance(metric, PairMetric) and metric.needs == model.kind
        ]
        if not paired:
            continue
        pairs = pairs_of(paired, [part.segments])
        usable = instruments.usable(model.kind)
        try:
            scored = _model_values(folder, part, usable, pairs, engine, report)
        except StoreTrouble:
            raise
        except Exception as error:  # another model's values are none of its business
            yield error
            continue
        known = dict(zip(pairs, scored, strict=True))
        for metric in paired:
            yield metric, with_presence(combined(metric, metric.pairs(part.segments), known))


def _model_values(
    folder: DataFolder,
    part: RatedTask,
    model: Instrument,
    pairs: Sequence[Pair],
    engine: Engine,
    report: Report,
) -> Floats:
    """Return (n, outputs) values of pairs; what an interrupted run left is not computed again."""
    identity = (model_key(model), pairs)
    partial = f"{part.partial}{hashlib.sha256(repr(identity).encode()).hexdigest()[:32]}"
    engine.prepare(model)
    # What an interrupted run left is kept apart by model and pairs, so nothing stale is taken for
    # it.
    kept = load_partial(folder, partial, (len(pairs), len(model.outputs)))
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        report(f"{RATED}, {titled(model.kind)}", done, len(pairs), part.task.id)

    return engine.score(
        model, pairs, kept, lambda so_far: save_partial(folder, partial, so_far), advance
    )
