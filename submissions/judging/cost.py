"""What judging costs, before anything is asked: calls, tokens and money."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from scoring.judging.verdicts import VerdictKey
from submissions.judging.plan import VerdictPlan

CHARACTERS = 4
"""Bytes of a token, about: what a model makes of a text is the model's."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in whatever money.

    Attributes:
        prompt: Of a million tokens of prompts.
        output: The same of answers.
    """

    prompt: float
    output: float


@dataclass(frozen=True)
class JudgingCost:
    """What is still to be asked.

    Attributes:
        calls: Verdicts that there are none of yet.
        prompt_tokens: About.
        output_tokens: About, where each answer is a verdict and nothing else.
        most_output_tokens: Where each answer is as long as it may be.
    """

    calls: int
    prompt_tokens: int
    output_tokens: int
    most_output_tokens: int

    def cost(self, prices: Prices) -> tuple[float, float]:
        """Return what it costs, about, and at most."""
        asked = self.prompt_tokens * prices.prompt
        return (
            (asked + self.output_tokens * prices.output) / MILLION,
            (asked + self.most_output_tokens * prices.output) / MILLION,
        )


def estimated(plan: VerdictPlan, done: Collection[VerdictKey]) -> JudgingCost:
    """Return what the verdicts take that are not there yet."""
    missing = [request for request in plan.requests if request.key not in done]
    asked = sum(len(request.prompt().encode(errors="replace")) for request in missing)
    answer = len("{}") + sum(len(menu.name) + 8 for menu in plan.prompter.menus)
    return JudgingCost(
        len(missing),
        asked // CHARACTERS,
        len(missing) * answer // CHARACTERS,
        len(missing) * plan.order.decoding.max_new_tokens,
    )
