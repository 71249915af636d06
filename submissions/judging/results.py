"""What a judge's verdicts say of each system: means with intervals, how much is absent or flagged,
whether the judge is of the system's own family.

What has no verdict, or one off the menu, is absent. Of several repeats an explanation's value is the
mean, and their standard deviation says how sure the judge is of itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scoring.instruments import Instruments
from scoring.judging.families import OWN, kinship
from scoring.judging.pairs import judged_pairs
from scoring.judging.verdicts import Verdict, read_verdicts, texts_hash
from scoring.metric import Identity, MeanMetric, Scored
from scoring.score import score
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.declarations.settings import declared_in
from submissions.judging.judges import EXPLANATION, JUDGES, read_judges, rubric_hash
from submissions.judging.plan import JudgedRuns, JudgePlan
from submissions.judging.prompts import JudgePrompter
from submissions.rating.rubrics import Aspect, Rubric
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission


@dataclass(frozen=True)
class AspectResult:
    """What a judge says of one aspect of some explanations.

    Attributes:
        aspect: Its name.
        scored: Mean, interval and counts.
        spread: Mean standard deviation over repeats; None with fewer than two.
    """

    aspect: str
    scored: Scored
    spread: float | None


@dataclass(frozen=True)
class JudgedPart:
    """What a judge says of one system on one task.

    Attributes:
        name: The system with its version, or the rated set.
        task: The task's id.
        explained: Explanations that there are.
        without_verdict: Of them, those of which no repeat has a level of every question.
        flagged: Of them, those that speak to their judge.
        family: OWN, OTHER, or UNKNOWN_FAMILY; "" for texts that people rated.
        aspects: By aspect.
    """

    name: str
    task: str
    explained: int
    without_verdict: int
    flagged: int
    family: str
    aspects: tuple[AspectResult, ...]


@dataclass(frozen=True)
class WithoutOwn:
    """A system's mean over judges, with and without those of its own family.

    Attributes:
        name: The system with its version.
        task: The task's id.
        aspect: The aspect's name.
        judges: How many judges there are.
        of_family: Of them, those of its own family.
        mean: Over all judges of their means.
        without: Without those; None where none is left.
    """

    name: str
    task: str
    aspect: str
    judges: int
    of_family: int
    mean: float
    without: float | None


class Judgement:
    """A judge's verdicts, by what they are about.

    Args:
        model: The judge's model, by name.
        prompter: Asked how.
        verdicts: All.
    """

    def __init__(
        self, model: str, prompter: JudgePrompter, verdicts: Iterator[Verdict] | Sequence[Verdict]
    ) -> None:
        self.model, self.prompter = model, prompter
        self._by_texts: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            self._by_texts.setdefault(verdict.key.pair, []).append(verdict)

    def of(self, *texts: str) -> list[Verdict]:
        """Return the verdicts on some texts, one a repeat."""
        return self._by_texts.get(texts_hash(*texts), [])

    def is_complete(self, *texts: str) -> bool:
        """Return whether a repeat has a level of every question."""
        return any(not verdict.fault for verdict in self.of(*texts))

    def is_flagged(self, *texts: str) -> bool:
        """Return whether the texts speak to their judge."""
        return any(verdict.injections for verdict in self.of(*texts))

    def repeats(self, *texts: str) -> list[dict[str, float]]:
        """Return of each repeat aspect -> what it says, without those of which it says nothing."""
        levels = [
            {
                aspect.name: self.prompter.value(aspect, verdict.levels)
                for aspect in self.prompter.aspects
            }
            for verdict in self.of(*texts)
        ]
        return [{name: value for name, value in own.items() if value is not None} for own in levels]

    def values(self, aspect: Aspect, *texts: str) -> list[float]:
        """Return what the repeats say of an aspect, those that say something."""
        return list(self.by_seed(aspect, *texts).values())

    def by_seed(self, aspect: Aspect, *texts: str) -> dict[int, float]:
        """Return seed -> what that repeat says of an aspect; nothing of those that say nothing."""
        given = {
            verdict.key.seed: self.prompter.value(aspect, verdict.levels)
            for verdict in self.of(*texts)
        }
        return {seed: value for seed, value in given.items() if value is not None}


class JudgedAspect(MeanMetric):
    """The mean of a judge's levels of one aspect.

    Args:
        judgement: The judge's verdicts.
        aspect: The aspect.
        rival: Task id -> whose answers a pairwise judge saw beside; empty for any other.
    """

    group = "explanation"
    version = "1"

    def __init__(
        self, judgement: Judgement, aspect: Aspect, rival: Mapping[str, JudgedRuns]
    ) -> None:
        self._judgement, self._aspect, self._rival = judgement, aspect, rival
        self.name = f"judge_{judgement.prompter.rubric.id}_{aspect.name}"
        low, high = (0, 1) if rival else (aspect.low, aspect.high)
        self.bounds = (float(low), float(high))

    def applies_to(self, task: Task) -> bool:
        """Return whether explanations are asked for."""
        return task.explained

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return the name alone: what is computed here is not stored."""
        return Identity(self.name, self.version, "")

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) mean levels over repeats; NaN where there is none."""
        return np.array([_mean(repeats) for repeats in self.repeats(segments)], dtype=float)

    def repeats(self, segments: Segments) -> list[list[float]]:
        """Return of each example what the repeats say."""
        pairs = judged_pairs(segments)
        if not self._rival:
            return [
                [] if pair is None else self._judgement.values(self._aspect, *pair)
                for pair in pairs
            ]
        others = judged_pairs(self._rival[segments.task.id].runs[0])
        return [
            [] if own is None or other is None else self._compared(own[0], own[1], other[1])
            for own, other in zip(pairs, others, strict=True)
        ]

    def _compared(self, post: str, own: str, other: str) -> list[float]:
        """Return 1 where the own answer is better whichever comes first, 0 where the other is, and
        1/2 for a tie: a verdict that changes with the order is one. A repeat counts that was asked,
        and said something, in both orders.
        """
        if own == other:
            return [0.5]
        first = self._judgement.by_seed(self._aspect, post, own, other)
        second = self._judgement.by_seed(self._aspect, post, other, own)
        return [
            won if won == 1 - second[seed] else 0.5 for seed, won in first.items() if seed in second
        ]


def judged_parts(plan: JudgePlan, judgement: Judgement) -> list[JudgedPart]:
    """Return what a judge says of each system on each task, in their order."""
    return [_part(plan, judgement, part) for part in plan.parts]


def with_and_without_own(folder: DataFolder, plan: JudgePlan) -> list[WithoutOwn]:
    """Return means over every judge whose verdicts by the same rubric are kept, with and without
    those of a system's own family; of systems that have such a judge.
    """
    if plan.rival:
        return []
    judges = [
        judgement
        for _, judgement in judgements(folder, plan.prompter.rubric)
        if judgement.prompter.judge.texts == EXPLANATION
    ]
    return [row for part in plan.parts for row in _without_own(part, judges)]


def kinship_of(judge: str, submission: Submission | None) -> str:
    """Return whether a judge is of a submission's family; "" where nobody submitted it."""
    if submission is None:
        return ""
    return kinship(judge, submission.meta.base_model, submission.system)


def judgements(folder: DataFolder, rubric: Rubric) -> Iterator[tuple[Path, Judgement]]:
    """Yield the judges of a board that judged by a rubric, asked as is declared now, each with the
    file of its verdicts.
    """
    declared = read_judges(*declared_in(folder.path, JUDGES.name))[0]
    for path in sorted(folder.judged.glob("*.jsonl")):
        with path.open("rb") as stream:
            identity = _identity_in(stream.readline())
        judge = declared.get(str(identity.get("judge", {}).get("id")))
        if (
            judge is not None
            and judge.sha256 == identity["judge"].get("sha256")
            and identity.get("rubric", {}).get("sha256") == rubric_hash(rubric)
        ):
            model = str(identity.get("model", {}).get("name"))
            yield path, Judgement(model, JudgePrompter(judge, rubric), read_verdicts(path))


def _identity_in(line: bytes) -> dict[str, Any]:
    try:
        identity = json.loads(line)["identity"]
    except (ValueError, KeyError, TypeError):
        return {}
    return identity if isinstance(identity, dict) else {}


def _part(plan: JudgePlan, judgement: Judgement, part: JudgedRuns) -> JudgedPart:
    texts = dict.fromkeys(plan.texts_of(part))
    aspects = tuple(
        _aspect_result(JudgedAspect(judgement, aspect, plan.rival), aspect, part)
        for aspect in plan.prompter.aspects
    )
    return JudgedPart(
        name=part.name,
        task=part.task.id,
        explained=len(texts),
        without_verdict=sum(not judgement.is_complete(*each) for each in texts),
        flagged=sum(judgement.is_flagged(*each) for each in texts),
        family=kinship_of(judgement.model, part.of),
        aspects=aspects,
    )


def _aspect_result(metric: JudgedAspect, aspect: Aspect, part: JudgedRuns) -> AspectResult:
    scored = score(metric, part.runs, Instruments())
    spreads = [
        float(np.std(repeats, ddof=1))
        for run in part.runs
        for repeats in metric.repeats(run)
        if len(repeats) > 1
    ]
    return AspectResult(aspect.name, scored, float(np.mean(spreads)) if spreads else None)


def _without_own(part: JudgedRuns, judges: Sequence[Judgement]) -> Iterator[WithoutOwn]:
    kin = [kinship_of(judge.model, part.of) for judge in judges]
    if OWN not in kin:
        return
    for aspect in dict.fromkeys(aspect for judge in judges for aspect in judge.prompter.aspects):
        means = [
            (family, value)
            for family, judge in zip(kin, judges, strict=True)
            if (value := score(JudgedAspect(judge, aspect, {}), part.runs, Instruments()).value)
            is not None
        ]
        others = [value for family, value in means if family != OWN]
        if means:
            yield WithoutOwn(
                part.name,
                part.task.id,
                aspect.name,
                len(means),
                len(means) - len(others),
                float(np.mean([value for _, value in means])),
                float(np.mean(others)) if others else None,
            )


def _mean(repeats: Sequence[float]) -> float:
    return float(np.mean(repeats)) if repeats else np.nan
