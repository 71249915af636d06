"""Every request of a run: each example of each task, by each prompt with each seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scoring.errors import ReasonBoardError
from scoring.segments import Example
from submissions.generating.prompts import Prompter
from submissions.receiving.alignment import LAST_REPETITION
from submissions.receiving.formats.row import REPETITIONS


class GenerationError(ReasonBoardError):
    """A run that cannot begin or go on; what was generated is kept."""


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
    """

    key: RequestKey
    prompter: Prompter
    example: Example

    def prompt(self, characters: int | None = None) -> str:
        """Return the prompt, with so many characters of the post; None for all."""
        return self.prompter.prompt(self.example, characters)


@dataclass(frozen=True)
class GeneratedText:
    """What came of one request.

    Attributes:
        key: What it is for.
        output: The text; "" where there is none.
        finish: Why it ended: "stop", "length", another word of a server's; "refused", "timeout" or
            "failed" where a server gave no text.
        prompt_tokens: Of the prompt; None where nobody counted.
        output_tokens: Of the text.
        cut: Characters of the post that were left out, so that the prompt fits the model.
        prompt_sha256: Of the prompt as it was given.
        details: What a server says besides: its model, its thoughts apart from the text.
    """

    key: RequestKey
    output: str
    finish: str
    prompt_tokens: int | None
    output_tokens: int | None
    cut: int
    prompt_sha256: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    Attributes:
        max_new_tokens: At most so many a text.
        temperature: 0 for the most probable token.
        top_p: Tokens are drawn from the most probable ones that together have this probability.
    """

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if self.max_new_tokens < 1:
            faults.append(f"--max-new-tokens is {self.max_new_tokens}; it must be 1 or more")
        if not 0 <= self.temperature <= 10:
            faults.append(f"--temperature is {self.temperature}; allowed: 0 to 10")
        if not 0 < self.top_p <= 1:
            faults.append(f"--top-p is {self.top_p}; allowed: above 0, to 1")
        if faults:
            raise GenerationError("\n".join(faults))


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


def digest(prompt: str) -> str:
    """Return the sha256 of a prompt."""
    return hashlib.sha256(prompt.encode()).hexdigest()


Described = dict[str, Any]
"""What JSON can hold."""
