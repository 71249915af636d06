"""Human-anchored means: what people would say on average of all that a system answered.

People rate a few dozen of a system's explanations, and a metric has a value of each. Where the rated
texts are found among a submitted system's answers on the board, both are put together
(`scoring.statistics.anchored`): a task at a time, as texts are drawn for rating within a task, and
its share of the rated texts is not its share of the examples.

A text is found by its system's name, its example and its words: a text that the system has since
answered otherwise is none of its own. Values are those that the board's scores are made of, of the
first repetition, which is the one that people are shown. What nobody may see on the board is not
looked at.

Any metric may anchor, on whatever scale: the power-tuned form takes its values to ratings by a
formula of the sample at hand, and what is estimated is the mean of ratings whatever the metric. A
metric that tells little makes the interval no narrower, and that is all that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.metric import Metric
from scoring.segments import Segments
from scoring.statistics import AnchoredMean, anchored_mean, anchored_share
from scoring.statistics.bootstrap import Floats, Indices, mean_of_defined, numbered
from submissions.likeness.names import folded_name
from submissions.rating.rated_values import RatedSet, RatedTask
from submissions.rating.ratings import referenced
from submissions.rating.rubrics import Aspect
from submissions.store.files.arrays import load_array
from submissions.store.files.damage import DamagedFile
from submissions.store.files.outputs import OutputsError, segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText
from submissions.store.released.rated_rows import AnchoredRow
from submissions.store.scored.scores import arrays_under
from submissions.store.submitted.submissions import Submission, submissions

PREDICTION_POWERED = "prediction-powered"
ROGAN_GLADEN = "Rogan-Gladen"
NOT_SCORED = "not scored on the board yet: `reasonboard score`"

_Method = Callable[[Floats, Floats, Indices], AnchoredMean]


def anchored_rows(folder: DataFolder, rated: RatedSet) -> Iterator[AnchoredRow]:
    """Yield the anchored means of a set's rated systems: a row an aspect, task, metric and method.

    Where none of a system's rated texts is found on the board, a row an aspect says why.
    """
    public = [each for each in submissions(folder, rated.benchmark) if each.public]
    for system in dict.fromkeys(text.system for text in rated.texts):
        for part in rated.parts:
            own = [place for place in part.places if rated.texts[place].system == system]
            if own:
                answer = _submission(public, part, [rated.texts[place] for place in own])
                yield from _of_task(folder, rated, part, system, answer)


def _submission(
    public: Sequence[Submission], part: RatedTask, texts: Sequence[RatedText]
) -> Submission | None:
    """Return the newest version that answers the task, of those that the texts are said to be of."""
    ids = {text.submission for text in texts} - {None}
    name = folded_name(texts[0].system)
    named = (
        each
        for each in reversed(public)
        if part.task.id in each.tasks
        and (each.id in ids if ids else name in map(folded_name, (each.system, each.name)))
    )
    return next(named, None)


@dataclass(frozen=True)
class _Joined:
    """A system's answers to one task, beside which of them people rated.

    Attributes:
        folder: The data.
        answers: What it answered.
        submission: Which it is.
        posts: (examples,) the post of each.
        places: Place among the set's texts -> place among the examples.
    """

    folder: DataFolder
    answers: Segments
    submission: Submission
    posts: Indices
    places: Mapping[int, int]

    def ratings(self, table: Floats) -> Floats:
        """Return (annotators, texts) ratings -> (examples,) means, NaN where nobody rated."""
        means = np.full(len(self.posts), np.nan)
        known = mean_of_defined(table)
        for text, example in self.places.items():
            means[example] = known[text]
        return means

    def values(self, rated: RatedSet, metric: Metric) -> Floats | None:
        """Return (examples,) values of a metric, NaN where there is none; None where it was not
        scored.
        """
        task = self.answers.task
        arrays = arrays_under(self.folder, task, metric.identity(rated.instruments))
        if self.submission.id not in arrays:
            return None
        try:
            items = load_array(self.folder, arrays[self.submission.id])[0]
        except DamagedFile:  # scoring makes it anew
            return None
        gone = np.array([example.redacted for example in self.answers.examples])
        return np.where(metric.present(items) & ~gone, metric.aggregate(items, task), np.nan)


def _of_task(
    folder: DataFolder,
    rated: RatedSet,
    part: RatedTask,
    system: str,
    answer: Submission | None,
) -> Iterator[AnchoredRow]:
    joined = _joined(folder, rated, part, system, answer)
    for aspect in rated.rubric.aspects:
        table = rated.ratings[aspect.name]
        if not table.size:
            continue
        known: dict[str, Any] = {
            "ratings": rated.name,
            "rubric": rated.rubric.id,
            "aspect": aspect.name,
            "system": system,
            "task": part.task.id,
        }
        if isinstance(joined, str):
            yield AnchoredRow(**known, metric="", method="", **_nothing(joined))
            continue
        for metric in rated.metrics:
            if metric.applies_to(part.task) and not rated.why_unmeasured(metric):
                values, ratings = joined.values(rated, metric), joined.ratings(table)
                named = {**known, "metric": metric.name}
                yield from _of_metric(named, aspect, values, ratings, joined.posts)


def _joined(
    folder: DataFolder, rated: RatedSet, part: RatedTask, system: str, answer: Submission | None
) -> _Joined | str:
    """Return a system's answers with the rated texts among them, or why there is none."""
    if answer is None:
        return f"nothing called {system} is on the board of {rated.benchmark}, so only what was rated is known"
    examples = PostStore(folder.posts).examples(part.task)
    try:
        answers = segments(folder.outputs(answer.outputs), part.task, examples)[0]
    except (OutputsError, DamagedFile):
        return f"what {answer.name} answered cannot be read: `reasonboard check`"
    place = {example.example_id: index for index, example in enumerate(examples)}
    of_examples = referenced([rated.texts[index] for index in part.places], examples)
    places = {
        text: place[example.example_id]
        for within, (text, example) in enumerate(
            zip(part.places.tolist(), of_examples, strict=True)
        )
        if example is not None
        and rated.texts[text].system == system
        and _same(part.segments, within, answers, place[example.example_id])
    }
    if not places:
        return f"none of the rated texts is what {answer.name} answered on the board"
    posts = numbered(np.array([example.post_id for example in examples]))
    return _Joined(folder, answers, answer, posts, places)


def _same(rated: Segments, text: int, answers: Segments, example: int) -> bool:
    """Return whether a rated text is an answer: the whole of it, or where the explanation was rated
    alone, that.
    """
    if rated.outputs[text] is not None:
        return rated.outputs[text] == answers.outputs[example]
    explanation = rated.readings[text].explanation
    return explanation is not None and explanation == answers.readings[example].explanation


def _of_metric(
    named: Mapping[str, Any],
    aspect: Aspect,
    values: Floats | None,
    ratings: Floats,
    posts: Indices,
) -> Iterator[AnchoredRow]:
    if values is None:
        yield AnchoredRow(**named, method=PREDICTION_POWERED, **_nothing(NOT_SCORED))
        return
    yield _row(named, PREDICTION_POWERED, anchored_mean(values, ratings, posts))
    # People's yes and no, and a check's.
    if aspect.high - aspect.low == 1 and set(values[~np.isnan(values)]) <= {0.0, 1.0}:
        yes = ratings - aspect.low
        # Where as many said yes as no, people did not decide.
        decided = np.where(np.isnan(yes) | (yes == 0.5), np.nan, yes > 0.5)
        yield _row(named, ROGAN_GLADEN, anchored_share(values, decided, posts))


def _row(named: Mapping[str, Any], method: str, mean: AnchoredMean) -> AnchoredRow:
    raw, anchored = mean.raw, mean.anchored
    return AnchoredRow(
        **named,
        method=method,
        raw=raw.value,
        raw_low=raw.interval.low,
        raw_high=raw.interval.high,
        value=anchored.value,
        low=anchored.interval.low,
        high=anchored.interval.high,
        interval=anchored.interval.method,
        tuning=mean.tuning,
        n=raw.n,
        n_all=mean.n_all,
        posts=raw.posts,
        why_blank=anchored.why_none,
    )


def _nothing(why: str) -> dict[str, Any]:
    numbers = ("raw", "raw_low", "raw_high", "value", "low", "high", "tuning")
    counts = dict.fromkeys(("n", "n_all", "posts"), 0)
    return {**dict.fromkeys(numbers), **counts, "interval": "", "why_blank": why}
