"""What an answer of a judge is taken for, and what of a file of verdicts is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.judging.verdicts import (
    NO_OBJECT,
    Menu,
    Verdict,
    VerdictKey,
    levels_in,
    read_verdicts,
    schema_of,
    texts_hash,
)

SCALE = (Menu("overall", (0, 1, 2, 3)), Menu("fluency", (0, 1, 2, 3)))


@pytest.mark.parametrize(
    ("answer", "levels", "fault"),
    [
        ('{"overall": 2, "fluency": 0}', {"overall": 2, "fluency": 0}, ""),
        ('```json\n{"overall": 2, "fluency": 3}\n```', {"overall": 2, "fluency": 3}, ""),
        (
            '<think>{"overall": 3}</think>\n{"overall": 1, "fluency": 1}',
            {"overall": 1, "fluency": 1},
            "",
        ),
        # A template may open the thought in the prompt, so that the answer only closes it.
        (
            'Is {"overall": 3} fair? No.\n</think>\n\n{"overall": 1, "fluency": 1}',
            {"overall": 1, "fluency": 1},
            "",
        ),
        ('</think>```json\n{"overall": 1, "fluency": 1}\n```', {"overall": 1, "fluency": 1}, ""),
        ('Hm.</think>{"overall": 1} </think> {"overall": 3, "fluency": 3}', {}, NO_OBJECT),
        ('{"overall": 1, "fluency": 1, "why": "</think>{}"}', {"overall": 1, "fluency": 1}, ""),
        ('{"overall": 2, "fluency": 3, "why": "x"}', {"overall": 2, "fluency": 3}, ""),
        # Off the menu: beyond the scale, a fraction, a text, true, nothing. Absent, and never 0.
        ('{"overall": 5, "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": -1, "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": 2.0, "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": "2", "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": true, "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": null, "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"overall": [2], "fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ('{"fluency": 1}', {"fluency": 1}, "off the menu: overall"),
        ("{}", {}, "off the menu: overall, fluency"),
        # No verdict as a whole: cut short, words around it, two of them, a name twice.
        ('{"overall": 2, "flu', {}, NO_OBJECT),
        ("", {}, NO_OBJECT),
        ("2", {}, NO_OBJECT),
        ('[{"overall": 2, "fluency": 1}]', {}, NO_OBJECT),
        ('I say {"overall": 2, "fluency": 1}', {}, NO_OBJECT),
        ('{"overall": 2, "fluency": 1} {"overall": 3, "fluency": 3}', {}, NO_OBJECT),
        ('{"overall": 3, "overall": 2, "fluency": 1}', {}, NO_OBJECT),
        ("[" * 100_000, {}, NO_OBJECT),
    ],
)
def test_what_an_answer_says(answer: str, levels: dict[str, int], fault: str) -> None:
    assert levels_in(answer, SCALE) == (levels, fault)


def test_a_schema_allows_what_the_menu_has_and_nothing_else() -> None:
    schema = schema_of(SCALE)
    assert schema["properties"]["overall"] == {"enum": [0, 1, 2, 3]}
    assert schema["required"] == ["overall", "fluency"]
    assert schema["additionalProperties"] is False


def a_line(pair: str, seed: int = 1) -> str:
    content = {"pair": pair, "seed": seed, "levels": {"overall": 2}, "finish": "stop"}
    return json.dumps({"verdict": content}) + "\n"


def test_lines_that_are_no_verdicts_are_passed_over_and_a_last_one_that_is_not_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "v.jsonl"
    others = (
        '{"identity": {}}\n{"start": {}}\nnonsense\n{"verdict": 5}\n{"verdict": {"pair": "x"}}\n'
    )
    path.write_text(others + a_line("a") + a_line("b", 2) + a_line("c")[:-5], encoding="utf-8")
    assert list(read_verdicts(path)) == [
        Verdict(VerdictKey("a", 1), {"overall": 2}, "stop"),
        Verdict(VerdictKey("b", 2), {"overall": 2}, "stop"),
    ]
    assert list(read_verdicts(tmp_path / "none.jsonl")) == []


def test_texts_are_known_by_what_they_say_and_by_their_places() -> None:
    assert texts_hash("post\r\n", "é") == texts_hash("post", "e\u0301 ")
    assert (
        len(
            {texts_hash("a", "b"), texts_hash("b", "a"), texts_hash("a", "b", ""), texts_hash("ab")}
        )
        == 4
    )
