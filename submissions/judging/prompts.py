"""A judge's declaration, a rubric and some texts -> what the model is asked, and what of its answer
is a verdict.

Places in braces are filled in one pass: braces in a text are the text's. Texts stand between
delimiters that they cannot contain (`scoring.judging.framing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scoring.judging.framing import code_of, framed
from scoring.judging.values import CHECKLIST, AskedAspect
from scoring.judging.verdicts import Menu, VerdictKey, schema_of
from submissions.judging.judges import PLACE, Judge
from submissions.rating.rubrics import Aspect, Rubric

POST = "post"
FRAMES = {
    POST: "POST",
    "answer": "ANSWER",
    "first": "FIRST ANSWER",
    "second": "SECOND ANSWER",
    "transcript": "TRANSCRIPT",
}
"""What delimiters call a text."""
SHOWN_END = 400
"""Characters at the end of a post that are kept where it is cut: the question stands there."""


@dataclass(frozen=True)
class JudgePrompter:
    """Makes the prompts of one judge by one rubric, and values of its verdicts.

    Attributes:
        judge: The judge.
        rubric: The rubric.
    """

    judge: Judge
    rubric: Rubric

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What it says a value of."""
        if self.judge.kind != CHECKLIST:
            return self.rubric.aspects
        return tuple(each for each in self.rubric.aspects if self.judge.questions.get(each.name))

    @cached_property
    def menus(self) -> tuple[Menu, ...]:
        """What it asks, and what may be answered."""
        return tuple(menu for aspect in self.aspects for menu in self._of(aspect))

    def asked(self, aspect: Aspect) -> AskedAspect:
        """Return how an aspect is asked about."""
        questions = len(self.judge.questions.get(aspect.name, ())) or 1
        return AskedAspect(aspect.name, self.judge.kind, aspect.low, aspect.high, questions)

    def value(self, aspect: Aspect, levels: Mapping[str, int | str]) -> float | None:
        """Return what a verdict says of an aspect, on the rubric's scale; None where it says
        nothing.
        """
        return self.asked(aspect).value(levels)

    def prompt(self, texts: Sequence[str], characters: int | None = None) -> str:
        """Return the prompt.

        Args:
            texts: What the judge is shown: `Judge.texts`.
            characters: How much of the post is shown; None for all.
        """
        code = code_of(*texts)
        shown = dict(zip(self.judge.texts, texts, strict=True))
        # Only a post is cut: what is judged is judged whole.
        if POST in shown:
            shown[POST] = _shortened(shown[POST], characters)
        values = {
            "title": self.rubric.title,
            "questions": "\n".join(self._questions()),
            "form": self._form(),
            "code": code,
            **{name: framed(FRAMES[name], text, code) for name, text in shown.items()},
        }
        return PLACE.sub(lambda place: values[place[1]], self.judge.template).strip()

    def _of(self, aspect: Aspect) -> tuple[Menu, ...]:
        asked = self.asked(aspect)
        return tuple(Menu(name, asked.levels) for name in asked.names)

    def _questions(self) -> list[str]:
        if self.judge.kind != CHECKLIST:
            return [f"- {each.name} ({each.title}): {each.wording}" for each in self.aspects]
        return [
            f"- {menu.name}: {question}"
            for aspect in self.aspects
            for menu, question in zip(
                self._of(aspect), self.judge.questions[aspect.name], strict=True
            )
        ]

    def _form(self) -> str:
        return json.dumps({menu.name: _in_words(menu) for menu in self.menus})


@dataclass(frozen=True)
class JudgeRequest:
    """One verdict to ask for.

    Attributes:
        key: What it is for.
        prompter: Makes its prompt.
        texts: What the judge is shown.
    """

    key: VerdictKey
    prompter: JudgePrompter
    texts: tuple[str, ...]
    chat: bool = True

    @property
    def seed(self) -> int:
        """The key's."""
        return self.key.seed

    @property
    def asked_by(self) -> tuple[str, ...]:
        """The texts, whatever the seed."""
        return (self.key.pair,)

    @property
    def title(self) -> str:
        """As in "scale by mentallama"."""
        return f"{self.prompter.judge.id} by {self.prompter.rubric.id}"

    @property
    def characters(self) -> int:
        """Of the post with its question; 0 where there is none."""
        return len(self._named.get(POST, ""))

    @property
    def judged(self) -> tuple[str, ...]:
        """What is judged: all but the post."""
        return tuple(text for name, text in self._named.items() if name != POST)

    @property
    def _named(self) -> dict[str, str]:
        return dict(zip(self.prompter.judge.texts, self.texts, strict=True))

    @property
    def schema(self) -> dict[str, Any]:
        """Of a verdict."""
        return schema_of(self.prompter.menus)

    def prompt(self, characters: int | None = None) -> str:
        """Return the prompt, with so many characters of the post; None for all."""
        return self.prompter.prompt(self.texts, characters)


def _in_words(menu: Menu) -> str:
    levels = menu.levels
    if isinstance(levels[0], int):
        return f"a whole number from {levels[0]} to {levels[-1]}"
    return " or ".join(map(str, levels))


def _shortened(text: str, characters: int | None) -> str:
    """Return a text with so many of its characters: its beginning, and the end with the question."""
    if characters is None or characters >= len(text):
        return text
    end = min(SHOWN_END, characters // 2)
    return f"{text[: characters - end]} (...) {text[len(text) - end :]}"
