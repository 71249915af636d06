"""What a board declares of its judges: for each rubric, whose verdicts a benchmark is scored with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from scoring.instrument_settings import InstrumentSettings
from scoring.judging.instrument import JudgeInstrument


@dataclass(frozen=True)
class JudgeSettings(InstrumentSettings):
    """A table of a judge; its `checkpoint` is the file of verdicts, as `reasonboard judge` names
    it.
    """

    usual: ClassVar[str] = "verdicts.jsonl"

    def instrument(self) -> JudgeInstrument:
        """Return the judge, with the verdicts that there are now.

        Raises:
            CheckpointError: There are none.
        """
        return JudgeInstrument.read(self.checkpoint, self.kind)


@cache
def judge_settings(kind: str) -> type[JudgeSettings]:
    """Return the tables of a kind of judge: there is one a rubric, and a board may declare rubrics
    of its own.
    """
    return type("JudgeSettings", (JudgeSettings,), {"kind": kind, "__doc__": JudgeSettings.__doc__})
