"""Systems side by side, example by example: which of them is right where, and whose explanation
scores how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.text import plain
from scoring.segments import Example
from scoring.statistics.bootstrap import Bools, Floats
from submissions.releasing.itemwise import Answers

POOR = 0.25
"""A poor explanation is among this share of the lowest scores of all that are compared."""


TRIFLE = 0.05
"""Answers that differ on no more than this share of a task's examples are nearly the same."""


@dataclass(frozen=True)
class ComparedAnswers:
    """One task's examples with the answers of several systems, in the same order everywhere.

    Attributes:
        task: Its id.
        examples: Its gold.
        answers: Of each system; None for one that left the task out.
        scores: Of each system and example, on the metric that is looked at; None where it has none.
        flawed: Of each system, example -> whether most raters found its reasoning wrong; examples
            that nobody rated are not in it.
        labelled: Whether answers state labels; else none is right or wrong.
    """

    task: str
    examples: Sequence[Example]
    answers: Sequence[Answers | None]
    scores: Sequence[Floats | None]
    flawed: Sequence[Mapping[str, bool]] = ()
    labelled: bool = True


def nearly_alike(first: Sequence[Answers | None], second: Sequence[Answers | None]) -> bool:
    """Return whether two systems give nearly the same answers, so that holding them against each
    other shows next to nothing.

    On a task that is so where label and explanation are the same on all but `TRIFLE` of the
    examples: as much may change when one system runs again. Over several tasks it is so where it is
    on half of them or more: systems that share a part are one system on the tasks that the part
    answers, and their difference in the mean is that of a few tasks. Only tasks that both have
    answered count; where there are none, nothing says that they are alike.

    Args:
        first: The one system's answers, task by task; None for one that was left out, or cannot be
            read.
        second: The other's, on the same tasks.
    """
    both = [
        (left, right)
        for left, right in zip(first, second, strict=True)
        if left is not None and right is not None
    ]
    alike = sum(_share_that_differs(left, right) <= TRIFLE for left, right in both)
    return bool(both) and 2 * alike >= len(both)


def _share_that_differs(first: Answers, second: Answers) -> float:
    sides = [
        [(reading.label, reading.explanation) for reading in run.readings]
        for run in (first, second)
    ]
    differing = sum(bool(left != right) for left, right in zip(*sides, strict=True))
    return differing / max(1, len(sides[0]))


def runs_of(tasks: Sequence[ComparedAnswers], systems: int) -> list[int]:
    """Return how many runs each system has, on the task where it has the most.

    1 where it has left all out.
    """
    return [
        max((given.repetitions for task in tasks if (given := task.answers[i])), default=1)
        for i in range(systems)
    ]


def example_frame(tasks: Sequence[ComparedAnswers]) -> pd.DataFrame:
    """Return a row an example: "task", "example", "gold", "labelled", "label", "answered", "right",
    "score" and "flawed" of each system (0, 1, ...), "spread".

    `right` is missing where a system left the task out, and where a task has no labels; `spread` is
    the largest difference between two scores.
    """
    parts = [_task_frame(task) for task in tasks]
    if not parts:
        return pd.DataFrame(columns=["task", "example", "gold", "labelled", "spread"])
    return pd.concat(parts, ignore_index=True)


def _task_frame(task: ComparedAnswers) -> pd.DataFrame:
    size = len(task.examples)
    gold = np.array([example.gold for example in task.examples], dtype=object)
    frame = pd.DataFrame(
        {
            "task": task.task,
            "example": [example.example_id for example in task.examples],
            "gold": gold,
            "labelled": task.labelled,
        }
    )
    for number, (answers, scores) in enumerate(zip(task.answers, task.scores, strict=True)):
        labels = np.array(answers.labels if answers else [None] * size, dtype=object)
        frame[f"label {number}"] = labels
        frame[f"answered {number}"] = answers is not None
        is_right = (labels == gold).astype(float)
        frame[f"right {number}"] = is_right if answers and task.labelled else np.nan
        frame[f"score {number}"] = np.nan if scores is None else scores
    for number in range(len(task.answers)):
        said = task.flawed[number] if task.flawed else {}
        frame[f"flawed {number}"] = frame["example"].map(said).astype(float)
    every = _of_each(frame, "score", len(task.answers))
    spread = every.max(axis=1) - every.min(axis=1)
    # A single score differs from nothing, and is no difference of 0.
    return frame.assign(spread=spread.where(every.count(axis=1) > 1))


def _of_each(frame: pd.DataFrame, what: str, systems: int) -> pd.DataFrame:
    """Return a column a system of what `example_frame` has of each."""
    return frame[[f"{what} {number}" for number in range(systems)]]


def poor_below(frame: pd.DataFrame, systems: int, *, higher_is_better: bool) -> float:
    """Return the score at or beyond which an explanation counts as poor; NaN without scores."""
    scores = _of_each(frame, "score", systems).to_numpy(dtype=float)
    present = scores[~np.isnan(scores)]
    return (
        float(np.quantile(present, POOR if higher_is_better else 1 - POOR))
        if present.size
        else float("nan")
    )


def filters(
    names: Sequence[str],
    *,
    rated: bool = False,
    labelled: bool = True,
    texts_alone: bool = False,
) -> dict[str, str]:
    """Return the named filters for these systems: id -> title.

    Args:
        names: The systems'.
        rated: Whether people rated any of their reasoning.
        labelled: Whether any of the tasks has labels, which are right or wrong.
        texts_alone: Whether any has none: its examples are told apart by their scores.
    """
    return {
        "all": "All examples",
        **(_of_labels(names, rated=rated) if labelled else {}),
        **(_of_scores(names) if texts_alone else {}),
        "unparsed": "An output unparsed" if labelled else "An output without a text",
    }


def _of_scores(names: Sequence[str]) -> dict[str, str]:
    most = "higher" if len(names) == 2 else "highest"
    better = {
        f"more-{number}": f"{plain(name, 30)} scores {most}" for number, name in enumerate(names)
    }
    return {**better, "low": "A poor score"}


def _of_labels(names: Sequence[str], *, rated: bool) -> dict[str, str]:
    pair = len(names) == 2
    only = {
        f"only-{number}": f"{plain(name, 30)} right, {plain(names[1 - number], 30)} wrong"
        if pair
        else f"Only {plain(name, 30)} right"
        for number, name in enumerate(names)
    }
    return {
        **only,
        "wrong": "Both wrong" if pair else "All wrong",
        "right": "Both right" if pair else "All right",
        "differ": "Labels differ",
        "poor": "Right label, poor explanation",
        **({"reasoning": "Right label, wrong reasoning (raters)"} if rated else {}),
    }


def filtered(
    frame: pd.DataFrame, systems: int, name: str, *, higher_is_better: bool
) -> pd.DataFrame:
    """Return the rows that a named filter keeps, largest difference first, blanks last, else in the
    task's order.

    Args:
        frame: From `example_frame`.
        systems: How many are compared.
        name: One of `filters`.
        higher_is_better: Of the scores.
    """
    kept: pd.DataFrame = frame[_mask(frame, systems, name, higher_is_better=higher_is_better)]
    return kept.sort_values("spread", ascending=False, na_position="last", kind="stable")


def _mask(frame: pd.DataFrame, systems: int, name: str, *, higher_is_better: bool) -> Bools:
    """Return (rows,) which a named filter keeps."""
    right = _of_each(frame, "right", systems).to_numpy(dtype=float)
    labels = _of_each(frame, "label", systems)
    scores = _of_each(frame, "score", systems).to_numpy(dtype=float)
    kind, _, place = name.partition("-")
    mask: Bools = np.ones(len(frame), dtype=bool)
    if kind == "only":
        others = np.delete(right, int(place), axis=1)
        mask = np.logical_and(right[:, int(place)] == 1, (others == 0).all(axis=1))
    elif kind == "more":
        others = np.delete(scores, int(place), axis=1)
        # A comparison with a score that is missing is false.
        mask = np.all(scores[:, [int(place)]] > others, axis=1)
    elif name in ("wrong", "right"):
        mask = np.all(right == (name == "right"), axis=1)
    elif name == "differ":
        # Two that state no label agree in that.
        differing = labels.fillna("").ne(labels["label 0"].fillna(""), axis=0).any(axis=1)
        mask = np.logical_and(~np.isnan(right).any(axis=1), differing.to_numpy())
    elif name == "unparsed":
        answered = _of_each(frame, "answered", systems).to_numpy(dtype=bool)
        mask = (labels.isna().to_numpy() & answered).any(axis=1)
    elif name == "reasoning":
        flawed = _of_each(frame, "flawed", systems).to_numpy(dtype=float)
        mask = ((right == 1) & (flawed == 1)).any(axis=1)
    elif name in ("poor", "low"):
        limit = poor_below(frame, systems, higher_is_better=higher_is_better)
        poor = scores <= limit if higher_is_better else scores >= limit
        of_those = right == 1 if name == "poor" else ~frame[["labelled"]].to_numpy(dtype=bool)
        mask = np.any(of_those & poor, axis=1)
    return mask
