"""Answers in structures: fields whose names are read by meaning, objects, tables and boxes."""

from __future__ import annotations

import pytest

from scoring.extraction import read
from scoring.extraction.keys import about
from scoring.extraction.lexicon import lexicon_of
from scoring.extraction.markdown_tables import cells
from scoring.extraction.objects import blocks
from scoring.tasks import Task


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("label", "answer"),
        ("Final answer", "answer"),
        ("predictedLabel", "answer"),
        ("Yes/No", "answer"),
        ("is_present", "answer"),
        ("stress", "concept"),
        ("suffers_from_stress", "concept"),
        ("isStressed", "concept"),
        ("Is the poster stressed", "concept"),
        ("stress_detected (0/1)", "concept"),
        ("explanation", "explanation"),
        ("reasons for the label", "explanation"),
        ("self-harm risk", "else"),
        ("depression", "else"),
        ("work stress", "else"),
        ("second label", "else"),
        ("labels", "else"),
        ("confidence", "else"),
        ("question", "else"),
        ("", "else"),
    ],
)
def test_a_fields_name_is_read_by_meaning(tasks: dict[str, Task], name: str, what: str) -> None:
    assert about(name, lexicon_of(tasks["imhi/dreaddit"], {})).value == what


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("stress_cause", "answer"),
        ("Primary stress cause", "answer"),
        ("cause", "answer"),
        ("Secondary cause", "else"),
        ("alternative", "else"),
    ],
)
def test_a_cause_is_asked_for_by_its_question(tasks: dict[str, Task], name: str, what: str) -> None:
    assert about(name, lexicon_of(tasks["imhi/sad"], {})).value == what


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": "x", "b": 1}', {"a": "x", "b": "1"}),
        ("Sure: {'a': 'it\\'s'} and more", {"a": "it's"}),
        ('{"a": {"b": true}, "c": null,}', {"a b": "true", "c": "null"}),
        ('{"a": "cut of', {"a": "cut of"}),
        ('{a: yes or no, b: "x"}', {"a": "yes or no", "b": "x"}),
        ('[{"a": "x"}, {"b": "y"}]', {"a": "x", "b": "y"}),
        ('{"a": "say \\"no\\""}', {"a": 'say "no"'}),
        ("no object", {}),
        ("{{{{", {}),
    ],
)
def test_objects_are_read_as_models_write_them(text: str, values: dict[str, str]) -> None:
    found = [value for block in blocks(text) for value in block.values]
    assert {" ".join(value.path): value.text for value in found} == values


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("| Label | Why |\n|---|---|\n| Yes | rent |", {("Label", "Yes"), ("Why", "rent")}),
        (
            "| Condition | Present |\n|---|---|\n| Stress | Yes |\n| Rash | No |",
            {("Stress", "Yes"), ("Rash", "No")},
        ),
        ("| Label | Yes |\n|---|---|", {("Label", "Yes")}),
        ("a | b", set()),
    ],
)
def test_tables_stand_or_lie(table: str, named: set[tuple[str, str]]) -> None:
    assert named <= {(cell.name, cell.text) for cell in cells(table)}


@pytest.mark.parametrize(
    ("output", "label", "explanation"),
    [
        (
            'Here:\n```json\n{"label": "no", "explanation": "A \\"calm\\" day."}\n```',
            "no",
            'A "calm" day.',
        ),
        ('{"label": "no"}\n\nThe day was calm and long.', "no", "The day was calm and long."),
        ('{"output": "No. Reasoning: A calm day."}', "no", "A calm day."),
        ("| Label | Explanation |\n|---|---|\n| No | A **calm** day. |", "no", "A **calm** day."),
        ("A calm day.\n\n$\\boxed{\\text{No}}$", "no", "A calm day."),
        ('{"depression": "yes"}', None, '{"depression": "yes"}'),
    ],
)
def test_a_structure_holds_label_and_explanation(
    tasks: dict[str, Task], output: str, label: str | None, explanation: str
) -> None:
    reading = read(tasks["imhi/dreaddit"], output=output)
    assert (reading.label, reading.explanation) == (label, explanation)
