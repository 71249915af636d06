"""From the columns that `evaluate` hands over to the segments that metrics are given.

The library lets `None` through and turns NaN into the text "nan", so columns are checked before it
sees them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from scoring.answers import KINDS, ONE
from scoring.declarations import fitted
from scoring.errors import ScoringError, nearest
from scoring.instruments import Instruments
from scoring.kinds import kinds
from scoring.metric import POST, REFERENCE, Metric
from scoring.metrics import METRICS
from scoring.metrics.confidence import ConfidenceMetric
from scoring.metrics.correctness import CorrectnessMetric, reads_by_script
from scoring.metrics.evidence_metric import EvidenceMetric
from scoring.metrics.label_explanation_agreement import LabelExplanationAgreement
from scoring.metrics.near_flip_rate import NearFlipRate
from scoring.metrics.ordinal import OrdinalMetric
from scoring.segments import Example, Reading, Segments
from scoring.tasks import UNKNOWN, ImhiRule, Label, Task

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Options:
    """What a metric may need besides its columns; `compute` takes each as a keyword.

    Attributes:
        labels: The task's labels; ordinal metrics need them, from least to most. By default those
            that occur.
        imhi_rule: For the `_imhi_rule` variants: {"order": [[substring, label], ...], "fallback":
            label}.
        concept: For label_explanation_agreement on yes/no labels: what a "yes" affirms, e.g.
            ["depression"].
        checkpoint: Of the model that the metric needs: a hub name or a local folder; "" for the
            usual one.
        weights: For BARTScore: a `.pth` to load over the checkpoint.
        layer: For BERTScore: whose vectors are matched; by default the one that its authors
            recommend for the checkpoint.
        device: For metrics with a model: "auto", "cpu", "cuda".
        dtype: For metrics with a model: "auto", "float32", "bfloat16".
    """

    labels: Sequence[str] = ()
    imhi_rule: Mapping[str, Any] | None = None
    concept: Sequence[str] = ()
    checkpoint: str = ""
    weights: str | None = None
    layer: int | None = None
    device: str = "auto"
    dtype: str = "auto"

    def instruments(self, metric: Metric) -> Instruments:
        """Return the model where the metric needs one."""
        if not metric.needs:
            return Instruments()
        of_kind = kinds()[metric.needs]
        particular = {"weights": self.weights, "layer": self.layer}
        declared = {
            "checkpoint": self.checkpoint or of_kind.usual,
            **{name: value for name, value in particular.items() if value is not None},
            "device": self.device,
            "dtype": self.dtype,
        }
        return Instruments(fitted(of_kind, declared, metric.name, ScoringError).instrument())


@dataclass(frozen=True)
class Inputs:
    """The columns that a metric reads.

    Attributes:
        predictions: What the prediction column holds.
        others: Name of each other column -> what it holds.
    """

    predictions: str
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return ("predictions", *self.others)

    @property
    def described(self) -> str:
        """The columns in words, for the module's help."""
        columns = {"predictions": self.predictions, **self.others}
        lines = (f"\n    {name}: list of {held}." for name, held in columns.items())
        return f"\nArgs:{''.join(lines)}\n"


_COLUMN_OF = {
    REFERENCE: ("references", "reference explanations"),
    POST: ("sources", "posts"),
}
"""What explanations are held against -> its column, and what that holds."""


def inputs_of(metric: Metric) -> Inputs:
    """Return which columns `metric` reads."""
    if isinstance(metric, CorrectnessMetric):
        stated = 'label names ("" where none was stated)'
        answers = "raw outputs" if reads_by_script(metric) else stated
        golds = "gold label names"
        if ONE not in metric.takes:
            answers, golds = (f"lists of {each}, between semicolons" for each in (answers, golds))
        return Inputs(answers, {"references": golds})
    if isinstance(metric, ConfidenceMetric):
        others = {
            "references": "gold label names",
            "confidences": 'how likely each label is right, 0 to 1, as text ("" where not said)',
        }
        return Inputs('label names ("" where none was stated)', others)
    if isinstance(metric, NearFlipRate):
        others = {"references": "gold label names", "sources": "posts"}
        return Inputs('label names ("" where none was stated)', others)
    if isinstance(metric, EvidenceMetric):
        passages = 'JSON lists of passages ("" where there is no list)'
        gold = "the gold's passages, JSON lists too"
        return Inputs(passages, {"references": gold, "sources": "posts"})
    if isinstance(metric, LabelExplanationAgreement):
        given = "label names that the system gave beside them"
        return Inputs("explanations", {"references": given})
    return Inputs("explanations", dict(_COLUMN_OF[text] for text in metric.held_against))


INPUTS: Mapping[str, Inputs] = {
    entry.name: inputs_of(entry) for entry in METRICS if not entry.across_runs
}
"""Metric name -> the columns that it reads; columns hold one run."""


def check_columns(columns: Mapping[str, Any]) -> None:
    """Refuse what is not one text a row.

    Raises:
        ScoringError: A column is missing or holds something else than texts, or the lengths differ.
    """
    for name, column in columns.items():
        # A string is a sequence of texts to Python, a character each.
        if column is None or isinstance(column, str):
            raise ScoringError(f"`{name}` is {column!r}; it must be a list of texts")
        for row, cell in enumerate(column):
            if not isinstance(cell, str):
                raise ScoringError(
                    f'`{name}`[{row}] is {cell!r}; it must be a text ("" where there is none)'
                )
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        counted = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise ScoringError(f"{counted}: every row needs each")


def segments_of(metric: Metric, columns: Columns, options: Options) -> Segments:
    """Return the columns as segments of a task made up for them.

    Raises:
        ScoringError: A label is not one of `options.labels`, or an option is missing.
    """
    predictions = columns["predictions"]
    nothing = [""] * len(predictions)
    references = columns.get("references", nothing)
    labels: Sequence[str] = ("yes", "no")
    if isinstance(metric, CorrectnessMetric | ConfidenceMetric | NearFlipRate):
        stated = [] if reads_by_script(metric) else [label for label in predictions if label]
        parts = KINDS[_several_or_one(metric)].parts
        labels = _labels(metric, _named(references, parts), _named(stated, parts), options)
        answers = partial(_answer, _task(metric, labels, options))
        posts = columns.get("sources", nothing)
        examples = [
            _example(row, gold=answers(gold), post=post)
            for row, (gold, post) in enumerate(zip(references, posts, strict=True))
        ]
        readings = [
            replace(_reading(answers(label) if label else None, None), confidence=_share(sure))
            for label, sure in zip(predictions, columns.get("confidences", nothing), strict=True)
        ]
    elif isinstance(metric, EvidenceMetric):
        texts = zip(columns["sources"], references, strict=True)
        examples = [
            replace(_example(row, post=source), evidence=_passages(gold))
            for row, (source, gold) in enumerate(texts)
        ]
        readings = [replace(_reading(None, None), evidence=_passages(p)) for p in predictions]
    elif isinstance(metric, LabelExplanationAgreement):
        labels = _labels(metric, references, (), options)
        examples = [_example(row, gold=label) for row, label in enumerate(references)]
        readings = [_reading(*row) for row in zip(references, predictions, strict=True)]
    else:
        texts = zip(columns.get("sources", nothing), references, strict=True)
        examples = [
            _example(row, post=source, reference=reference)
            for row, (source, reference) in enumerate(texts)
        ]
        readings = [_reading(None, text) for text in predictions]
    task = _task(metric, labels, options)
    return Segments(task, tuple(examples), tuple(predictions), tuple(readings))


def _passages(text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ScoringError(f"{text!r} is no JSON list of passages")
    return tuple(listed)


def _share(text: str) -> float | None:
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise ScoringError(f"{text!r} is no confidence; it must be a number from 0 to 1")
    return share


def _several_or_one(metric: Metric) -> str:
    """Return the kind of task that a metric of answers is computed on."""
    alone = isinstance(metric, CorrectnessMetric) and ONE not in metric.takes
    return "multi-label" if alone else "multi-class"


def _named(answers: Sequence[str], parts: Callable[[str], Sequence[str]]) -> list[str]:
    """Return the labels that answers name."""
    return [part for answer in answers for part in parts(answer)]


def _answer(task: Task, text: str) -> str:
    return task.answer(task.answers.parts(text))


def _labels(
    metric: Metric, golds: Sequence[str], stated: Sequence[str], options: Options
) -> tuple[str, ...]:
    """Return the declared labels, or those that occur.

    Every label in the columns must be among the declared.
    """
    if not options.labels:
        if isinstance(metric, OrdinalMetric):
            raise ScoringError(f"{metric.name} needs `labels`, in order from least to most")
        # A label that only the rule can give may still be answered.
        ruled = [label for _, label in (options.imhi_rule or {}).get("order", ())]
        return tuple(sorted({*golds, *stated, *ruled}))
    for label in [*golds, *stated]:
        if label not in options.labels:
            problems = (
                f"{label!r} is not one of `labels`: {', '.join(options.labels)}",
                nearest(label, options.labels),
            )
            raise ScoringError("; ".join(filter(None, problems)))
    return tuple(options.labels)


def _task(metric: Metric, labels: Sequence[str], options: Options) -> Task:
    kind = _several_or_one(metric)
    # Yes and no are read by what is affirmed, other labels by their names.
    if kind == "multi-class" and set(labels) == {"yes", "no"}:
        kind = "binary"
    task = Task(
        id="evaluate/input",
        title="Input",
        family=UNKNOWN,
        dataset=UNKNOWN,
        platform=UNKNOWN,
        annotation=UNKNOWN,
        unit="post",
        kind="ordinal" if isinstance(metric, OrdinalMetric) else kind,
        labels=tuple(Label(name, name.capitalize()) for name in labels),
        question=UNKNOWN,
        headline=metric.name,
        references="project",
        licence=UNKNOWN,
        citation=UNKNOWN,
        concept=tuple(options.concept),
        imhi_rule=_rule(metric, options),
        evidence=isinstance(metric, EvidenceMetric),
    )
    # What means nothing beside a label is of texts alone.
    return task if metric.applies_to(task) else replace(task, kind="summary", labels=())


def _rule(metric: Metric, options: Options) -> ImhiRule | None:
    if not reads_by_script(metric):
        return None
    if options.imhi_rule is None:
        raise ScoringError(
            f'{metric.name} needs `imhi_rule`, e.g. {{"order": [["yes", "yes"], ["no", "no"]],'
            ' "fallback": "no"}'
        )
    order = tuple((substring, label) for substring, label in options.imhi_rule["order"])
    return ImhiRule(order, options.imhi_rule["fallback"])


def _example(
    row: int, *, gold: str = "yes", post: str = "", reference: str | None = None
) -> Example:
    return Example(
        example_id=str(row),
        post_id=str(row),
        query=post,
        post=post,
        gold=gold,
        reference=reference,
        reference_full=reference,
    )


def _reading(label: str | None, explanation: str | None) -> Reading:
    rule, reason = (None, "no label was given") if label is None else ("given", None)
    return Reading(label, rule, reason, explanation)
