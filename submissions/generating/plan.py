"""Every request of a run: each example of each task, by each prompt with each seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scoring.segments import Example
from submissions.asking.texts import Decoding, GenerationError
from submissions.generating.prompts import Prompter
from submissions.receiving.alignment import LAST_REPETITION
from submissions.receiving.formats.row import REPETITIONS


class RequestKey(NamedTuple):
    """What a text is for, unique in a run."""

    task: str
    example_id: str
    prompt: str
    seed: int


@dataclass(frozen=True)
class GenerationRequest:
    """One text to generate.

    Attributes:
        key: What it is for.
        prompter: Makes its prompt.
        example: What is asked about.
        schema: Any text is an answer.
    """

    key: RequestKey
    prompter: Prompter
    example: Example
    schema: None = None

    @property
    def seed(self) -> int:
        """The key's."""
        return self.key.seed

    @property
    def asked_by(self) -> tuple[str, ...]:
        """Whatever the seed."""
        return self.key.task, self.key.prompt, self.key.example_id

    @property
    def title(self) -> str:
        """As in "few-shot on demo/stress"."""
        return f"{self.key.prompt} on {self.key.task}"

    @property
    def chat(self) -> bool:
        """As its strategy says."""
        return self.prompter.strategy.chat

    @property
    def characters(self) -> int:
        """Of the post."""
        return len(self.example.post)

    def prompt(self, characters: int | None = None) -> str:
        """Return the prompt, with so many characters of the post; None for all."""
        return self.prompter.prompt(self.example, characters)


@dataclass(frozen=True)
class Repetition:
    """Which prompt and seed a repetition of the outputs is."""

    repetition: int
    prompt: str
    seed: int


def repetitions(
    prompts: Sequence[str], seeds: Sequence[int], decoding: Decoding
) -> list[Repetition]:
    """Return the repetitions, counted from 1: the seeds of the first prompt, then those of the
    next.

    Raises:
        GenerationError: One is named twice, there are too many, or seeds would make no difference.
    """
    faults = [
        f"{option} {name} is named twice"
        for option, names in (("--prompt", prompts), ("--seed", seeds))
        for name in dict.fromkeys(names)
        if list(names).count(name) > 1
    ]
    if len(seeds) > 1 and not decoding.temperature:
        faults.append(
            "several seeds and --temperature 0: every text would be the same; say a temperature, or"
            " one seed"
        )
    if bad := [seed for seed in seeds if not 0 <= seed <= LAST_REPETITION]:
        faults.append(f"--seed is {bad[0]}; allowed: 0 to {LAST_REPETITION:,}")
    if len(prompts) * len(seeds) > REPETITIONS:
        faults.append(
            f"{len(prompts)} prompts with {len(seeds)} seeds are more than the {REPETITIONS}"
            " repetitions a task may have"
        )
    if faults:
        raise GenerationError("\n".join(faults))
    pairs = [(prompt, seed) for prompt in prompts for seed in seeds]
    return [Repetition(n, prompt, seed) for n, (prompt, seed) in enumerate(pairs, start=1)]


def requests_of(
    gold: Mapping[str, Sequence[Example]],
    prompters: Mapping[tuple[str, str], Prompter],
    wanted: Sequence[Repetition],
) -> Iterator[GenerationRequest]:
    """Yield every request; none about a post that was taken down.

    Args:
        gold: Task id -> its examples.
        prompters: By task and prompt.
        wanted: The repetitions.
    """
    for task, examples in gold.items():
        for repetition in wanted:
            prompter = prompters[task, repetition.prompt]
            for example in examples:
                if not example.redacted:
                    key = RequestKey(task, example.example_id, repetition.prompt, repetition.seed)
                    yield GenerationRequest(key, prompter, example)
