"""Transcripts that a model judges: which, by what, and what its verdicts say of them.

A judge of transcripts is shown a whole one as a single text, and answers every item of the task's
rubric. Nothing of a transcript is cut: of one that is too long for a model there is no verdict.

Verdicts stand on the board from the next release on, as those of one more judge beside others and
people: every file of verdicts by the task's rubric, asked as is declared now, under the model's name
and the first digits of the file's, since one model can be asked in several ways. A verdict is of a
text by a rubric, whoever asked for it: of two tasks with one rubric that hold the same transcript,
both have it, as a second `reasonboard judge` would find it there and ask for nothing. Of several repeats a
transcript's value is the mean; what is off the menu is absent. A total is of a repeat that says
something of every item, and the mean of those: items of several repeats are no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scoring.errors import nearest_or_all
from scoring.judging.families import kinship
from scoring.texts import normalized
from submissions.asking.texts import GenerationError
from submissions.judging.judges import JudgeError, declared_judge
from submissions.judging.plan import JudgeOrder, VerdictPlan
from submissions.judging.prompts import JudgePrompter
from submissions.judging.results import Judgement, judgements
from submissions.rating.conversations import require_turns
from submissions.rating.rubric_figures import JudgedTranscripts, judged_values
from submissions.rating.rubrics import declared_rubric, usable_rubrics
from submissions.rating.transcript_tasks import (
    Transcripts,
    declared_transcripts,
    usable_transcript_tasks,
)
from submissions.rating.transcripts import stored_transcripts
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText
from submissions.store.released.rated_rows import RubricValueRow

KEY_DIGITS = 8


@dataclass(frozen=True)
class TranscriptPlan(VerdictPlan):
    """Which transcripts are judged.

    Attributes:
        task: What they are of.
        texts: The transcripts.
    """

    task: Transcripts
    texts: tuple[RatedText, ...]

    @cached_property
    def judged(self) -> tuple[tuple[str, ...], ...]:
        """The text of each verdict, each once."""
        return tuple(dict.fromkeys((as_judged(text),) for text in self.texts))


@dataclass(frozen=True)
class JudgedSystem:
    """What a judge says of one system's transcripts.

    Attributes:
        system: The system.
        transcripts: How many there are.
        without_verdict: Of them, those of which no repeat has a level of every item.
        flagged: Of them, those that speak to their judge.
        family: Whether the judge is of its family, as `kinship` says.
        values: Its total and items.
    """

    system: str
    transcripts: int
    without_verdict: int
    flagged: int
    family: str
    values: tuple[RubricValueRow, ...]


def as_judged(text: RatedText) -> str:
    """Return a transcript as a judge is shown it."""
    return normalized(text.output or "")


def planned_transcripts(folder: DataFolder, order: JudgeOrder) -> TranscriptPlan:
    """Work out which transcripts are to be judged, and refuse what cannot be.

    Raises:
        ReasonBoardError: With what is wrong, and what to do.
    """
    task = declared_transcripts(folder.path, order.benchmark)
    if order.rubric != task.rubric:
        raise GenerationError(
            f"{task.id} is rated by {task.rubric}, and by no other: --rubric {task.rubric}"
        )
    if order.tasks or order.against is not None:
        raise GenerationError(f"{task.id} is a task of transcripts: without --task and --against")
    rubric = declared_rubric(usable_rubrics(folder.path), order.rubric)
    judge = declared_judge(folder.path, order.judge)
    judge.require_fit(rubric)
    if not judge.of_transcripts:
        raise JudgeError(
            f"the judge {judge.id} is shown explanations, and {task.id} is a task of transcripts;"
            " name another with --judge"
        )
    here = tuple(stored_transcripts(folder, task).values())
    if not here:
        raise GenerationError(
            f"nothing to judge: no transcript of {task.id} is here; they come in by `reasonboard"
            f" rubric import {task.id} FILE`"
        )
    texts = _of_systems(here, order)
    require_turns(texts)
    return TranscriptPlan(order, JudgePrompter(judge, rubric), task, texts)


def _of_systems(here: Sequence[RatedText], order: JudgeOrder) -> tuple[RatedText, ...]:
    known = list(dict.fromkeys(text.system for text in here))
    if strange := [name for name in order.systems if name not in known]:
        raise GenerationError(
            "; ".join(
                f"no transcript of {order.benchmark} is by {name!r}; {nearest_or_all(name, known)}"
                for name in strange
            )
        )
    return tuple(text for text in here if not order.systems or text.system in order.systems)


def judged_systems(
    folder: DataFolder, plan: TranscriptPlan, judgement: Judgement
) -> list[JudgedSystem]:
    """Return what a judge says of each system of a plan, with the figures that the board has."""
    verdicts = _verdicts(plan.task, judgement, plan.texts, "")
    rows = judged_values(folder, plan.task, verdicts)
    by_system: dict[str, list[RatedText]] = {}
    for text in plan.texts:
        by_system.setdefault(text.system, []).append(text)
    return [
        _system(judgement, texts, [row for row in rows if row.system == system])
        for system, texts in by_system.items()
    ]


def _system(
    judgement: Judgement, texts: Sequence[RatedText], rows: Sequence[RubricValueRow]
) -> JudgedSystem:
    shown = [as_judged(text) for text in texts]
    session = texts[0].session
    return JudgedSystem(
        system=texts[0].system,
        transcripts=len(texts),
        without_verdict=sum(not judgement.is_complete(text) for text in shown),
        flagged=sum(judgement.is_flagged(text) for text in shown),
        family=kinship(judgement.model, session.base_model if session else "", texts[0].system),
        values=tuple(rows),
    )


def judged_transcripts(folder: DataFolder) -> tuple[JudgedTranscripts, ...]:
    """Return what every judge's verdicts say of the transcripts that are here."""
    return tuple(_all_verdicts(folder))


def _all_verdicts(folder: DataFolder) -> Iterator[JudgedTranscripts]:
    rubrics = usable_rubrics(folder.path)
    for task in usable_transcript_tasks(folder.path).values():
        texts = tuple(stored_transcripts(folder, task).values())
        if not texts or task.rubric not in rubrics:
            continue
        for path, judgement in judgements(folder, rubrics[task.rubric]):
            judge = judgement.prompter.judge
            if judge.of_transcripts:
                named = f"{judge.id}, verdicts {path.stem[:KEY_DIGITS]}"
                verdicts = _verdicts(task, judgement, texts, named)
                if verdicts.given:
                    yield verdicts


def _verdicts(
    task: Transcripts, judgement: Judgement, texts: Sequence[RatedText], named: str
) -> JudgedTranscripts:
    given = {text.key: judgement.repeats(as_judged(text)) for text in texts}
    said = {key: repeats for key, repeats in given.items() if any(repeats)}
    return JudgedTranscripts(task.id, named, judgement.model, said)
