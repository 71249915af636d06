"""What a board declares of its judges: for each rubric, whose verdicts a benchmark is scored with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scoring.instrument_settings import InstrumentSettings
from scoring.judging.instrument import DrAnnotationJudge, JudgeInstrument, MentallamaJudge


@dataclass(frozen=True)
class JudgeSettings(InstrumentSettings):
    """A table of a judge; its `checkpoint` is the file of verdicts, as `reasonboard judge` names
    it.
    """

    judge: ClassVar[type[JudgeInstrument]]
    usual: ClassVar[str] = "verdicts.jsonl"

    def instrument(self) -> JudgeInstrument:
        """Return the judge, with the verdicts that there are now.

        Raises:
            CheckpointError: There are none.
        """
        return self.judge.read(self.checkpoint)


@dataclass(frozen=True)
class MentallamaJudgeSettings(JudgeSettings):
    """A table `[judge_mentallama.<benchmark>]`."""

    judge = MentallamaJudge
    kind = MentallamaJudge.kind


@dataclass(frozen=True)
class DrAnnotationJudgeSettings(JudgeSettings):
    """A table `[judge_dr_annotation.<benchmark>]`."""

    judge = DrAnnotationJudge
    kind = DrAnnotationJudge.kind
