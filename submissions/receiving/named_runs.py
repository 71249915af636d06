"""Repetitions that `prompt` and `seed` columns name: every pair is one, numbered as they first
appear.

All tasks of a submission share the numbers, so that a repetition is of one prompt and one seed
throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from submissions.problems import shorten
from submissions.receiving.formats.row import NamedRun, Note
from submissions.wording import counted

_LISTED = 9


class NamedRuns:
    """Numbers what names repetitions."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._whole: dict[str, None] = {}

    def number(self, run: NamedRun, file: str) -> int:
        """Return the repetition that `run`, of a row of `file`, names."""
        if run.prompt is None:
            self._whole[file] = None
        return self._numbers.setdefault((run.prompt or "", run.seed), len(self._numbers) + 1)

    @property
    def names(self) -> Mapping[int, tuple[str, str]]:
        """Repetition -> its prompt and its seed; "" where none is named."""
        return {number: names for names, number in self._numbers.items()}

    def notes(self) -> Iterator[Note]:
        """Yield what the names were taken for."""
        for file in self._whole:
            yield Note(file, "not read: column `prompt`, which holds prompts and not their names")
        if len(self._numbers) < 2:
            return
        prompts, seeds = (len(set(names)) for names in zip(*self._numbers, strict=True))
        listed = ", ".join(
            f"{number} is {shorten(run_title(*names))}"
            for number, names in list(self.names.items())[:_LISTED]
        )
        more = ", ..." if len(self._numbers) > _LISTED else ""
        yield Note(
            "",
            f"repetitions by {counted(prompts, 'prompt')} and {counted(seeds, 'seed')}:"
            f" {listed}{more}",
        )
        if len(self._numbers) < prompts * seeds:
            yield Note("", self._uneven())

    def _uneven(self) -> str:
        """Say which prompts were run with which seeds, where not all were with all."""
        seeds = Counter(prompt for prompt, _ in self._numbers)
        listed = "; ".join(
            f"{shorten(prompt) or '(none)'} with {counted(count, 'seed')}"
            for prompt, count in list(seeds.items())[:_LISTED]
        )
        more = "; ..." if len(seeds) > _LISTED else ""
        return (
            f"not every prompt was run with every seed: {listed}{more}. The value is the mean over"
            " the repetitions, so that prompts with more of them weigh more"
        )


def run_title(prompt: str, seed: str) -> str:
    """Return, for people, what a prompt and a seed call a repetition; "" is none of them."""
    prompts = [f"prompt {prompt}"] if prompt else []
    seeds = [f"seed {seed or '(none)'}"] if seed or not prompt else []
    return " and ".join(prompts + seeds)
