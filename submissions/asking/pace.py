"""How fast texts come, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from submissions.asking.texts import GeneratedText
from submissions.progress import Report


class TextPace:
    """Reports each batch: texts done, tokens a second, time left.

    Args:
        stage: What is being done: "generating".
        report: Takes note of it.
        total: Texts of the whole run.
        done: Of them, those of earlier starts, which tell nothing of the pace.
        clock: Seconds.
    """

    def __init__(
        self,
        stage: str,
        report: Report,
        total: int,
        done: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._total, self._before, self._clock = report, total, done, clock
        self._stage = stage
        self._begun = clock()
        self.texts = self._tokens = 0
        report(stage, done, total)

    def add(self, texts: Sequence[GeneratedText[Any]]) -> None:
        """Count what has come."""
        self.texts += len(texts)
        self._tokens += sum(text.output_tokens or 0 for text in texts)
        self._report(self._stage, self._before + self.texts, self._total, self.said)

    @property
    def rate(self) -> str:
        """As in "312 tokens/s"."""
        seconds = self._clock() - self._begun
        return f"{self._tokens / seconds if seconds > 0 else 0:,.0f} tokens/s"

    @property
    def said(self) -> str:
        """As in "312 tokens/s, 12 min left"."""
        if not self.texts:
            return ""
        seconds = self._clock() - self._begun
        left = (self._total - self._before - self.texts) * seconds / self.texts
        return f"{self.rate}, {span(left)} left"


def span(seconds: float) -> str:
    """Return how long something takes: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
