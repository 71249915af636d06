"""What tests of judging share: a judge that follows a rule of the test's, and what it was shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from scoring.instruments import Pair
from scoring.judging.values import SCALE, Judging
from scoring.judging.verdicts import LINE, texts_hash
from tests.generating import Behaviour, Reply, completion

_FRAME = re.compile(
    r"\[\[(?P<name>[A-Z ]+) (?P<code>[0-9a-f]{24})]]\n(?P<text>.*?)\n\[\[END OF (?P=name) (?P=code)]]",
    re.DOTALL,
)


class Shown(NamedTuple):
    """What a prompt shows: texts by name ("POST", "ANSWER"), what each question may be answered,
    and all else.
    """

    texts: dict[str, str]
    questions: dict[str, str]
    outside: str


def shown_in(prompt: str) -> Shown:
    """Read a prompt as an honest judge does: what is between the delimiters whose code the prompt
    itself names is text, and nothing else is.
    """
    code = re.search(r"lines with the code ([0-9a-f]{24})\.", prompt)
    assert code is not None
    frames = [frame for frame in _FRAME.finditer(prompt) if frame["code"] == code[1]]
    outside = prompt
    for frame in frames:
        outside = outside.replace(frame[0], "")
    form = json.loads(outside[outside.rindex("\n{") :])
    texts = {frame["name"]: frame["text"] for frame in frames}
    return Shown(texts, form, outside.replace(code[1], "CODE"))


def judging(rule: Callable[[Shown, str], object]) -> Behaviour:
    """A server that answers each question by a rule."""

    def behave(_: int, request: dict[str, Any]) -> Reply:
        shown = shown_in(request["messages"][0]["content"])
        return completion(json.dumps({name: rule(shown, name) for name in shown.questions}))

    return behave


def by_the_words(shown: Shown, _: str) -> int:
    """As many points as there are longer words of the post among the first twenty of the
    explanation, counted from 0 to 3 and round again: an honest rule, which heeds nothing else.
    """
    explanation = shown.texts["ANSWER"].partition("Explanation:")[2]
    own = set(re.findall(r"[a-z]{5,}", shown.texts["POST"].lower()))
    return len(own & set(re.findall(r"[a-z]+", explanation.lower())[:20])) % 4


def by_the_menu(shown: Shown, name: str) -> int | str:
    """By the words where a number is asked for, by how many of them a transcript has; else the first
    word that may be said.
    """
    menu = shown.questions[name]
    if "number" not in menu:
        return menu.split(" or ")[0]
    if "ANSWER" in shown.texts:
        return by_the_words(shown, name)
    return len(" ".join(shown.texts.values()).split()) % 4


def write_verdicts(
    path: Path, judge: Judging, levels: Mapping[Pair, Sequence[Mapping[str, object]]]
) -> None:
    """Write a file of verdicts as `reasonboard judge` does: of each pair one a repeat."""
    identity = {
        "judge": {"id": "scale", "kind": SCALE},
        "rubric": {"id": judge.rubric},
        "aspects": [asdict(aspect) for aspect in judge.aspects],
        "model": {"name": judge.model or "a-judge"},
    }
    lines: list[object] = [{"format": 1, "identity": identity}, {"start": {}}]
    lines += [
        {LINE: {"pair": texts_hash(*pair), "seed": seed, "levels": each, "finish": "stop"}}
        for pair, repeats in levels.items()
        for seed, each in enumerate(repeats, start=1)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def compared_line(post: str, *answers: str) -> str:
    """A line of a verdict that compares two answers."""
    content = {
        "pair": texts_hash(post, *answers),
        "seed": 1,
        "levels": {"overall": "first"},
        "finish": "stop",
        "texts": [texts_hash(text) for text in (post, *answers)],
    }
    return json.dumps({LINE: content}) + "\n"
