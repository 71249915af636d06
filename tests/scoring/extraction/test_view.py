"""Whatever a view leaves out, what is cut out by its positions is the raw text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction import read
from scoring.extraction.view import View
from scoring.tasks import Task
from tests.scoring.extraction.test_extraction_properties import YES_NO

PIECES = st.sampled_from(
    [
        "**",
        "__",
        "`",
        "```",
        "  ",
        "\t",
        "\u00a0",
        "\n",
        "\n\n",
        "*",
        "_",
        "- ",
        "> ",
        "# ",
        "a",
        "É",
        "“",
        '"',
        "'",
        ".",
        ", ",
        "</p>",
        "[1]",
        "{",
        "\\",
        "5 < 6",
        "the poster",
        " sleeps",
        " badly",
        "重い",
        "नींद",
        "\U0001f62d",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=30).map("".join).filter(lambda text: text.strip())


@given(
    text=TEXTS,
    marks=st.sampled_from([r"\*\*", "[ae]", r"\s+", "x*a"]),
    new=st.sampled_from(["", " ", "##"]),
)
def test_every_character_that_is_kept_has_its_place_in_the_raw_text(
    text: str, marks: str, new: str
) -> None:
    view = View.of(text).replaced(re.compile(marks), new)
    assert len(view.places) == len(view.text)
    assert list(view.places) == sorted(view.places)
    kept = [
        (char, view.raw[place])
        for char, place in zip(view.text, view.places, strict=True)
        if char not in " #"
    ]
    assert all(char == raw for char, raw in kept)


@pytest.mark.parametrize(
    "front", ["Yes. Reasoning: ", "Answer: no\nExplanation:\n", "**Answer:** Yes\n**Reasoning:** "]
)
@given(text=TEXTS)
def test_what_stands_after_its_marker_is_the_explanation_as_it_was_written(
    front: str, text: str
) -> None:
    told = f"{text} They cannot sleep."  # so that it says something, whatever was drawn
    assert read(YES_NO, output=front + told).explanation == told.strip()
    assert read(YES_NO, output="Yes.", explanation=told).explanation == told.strip()


@pytest.mark.parametrize(
    ("output", "explanation"),
    [
        ("**Answer: Yes**\n\nThe **poster** cannot  sleep.", "The **poster** cannot  sleep."),
        ("Yes. Reasoning: **The** poster `cannot` **sleep**", "**The** poster `cannot` **sleep**"),
        ("**Reasoning:** The poster cannot sleep.", "The poster cannot sleep."),
        ("**Reasoning: The poster cannot sleep.**", "The poster cannot sleep."),
        ("**Yes, since they cannot sleep.**", "since they cannot sleep."),
        ("Yes - they cannot sleep.", "they cannot sleep."),
        ("Yes. “Exhausted” is their word.", "“Exhausted” is their word."),
        ("Yes.\n- no sleep\n- no rest", "- no sleep\n- no rest"),
        (
            "### Answer\nYes\n### Reasoning\nThe __poster__ cannot sleep.",
            "The __poster__ cannot sleep.",
        ),
        ("Explanation: They **cannot** sleep.\n**Answer**: yes", "They **cannot** sleep."),
        (
            '{"label": "yes", "explanation": "**They**  say “help” \\u00e9\\n`twice`"}',
            "**They**  say “help” é\n`twice`",
        ),
        ("<s>Yes. Reasoning: They <b>cannot</b> sleep.</s>", "They <b>cannot</b> sleep."),
        (
            "<answer>yes</answer>\n<reasoning>They **cannot** sleep.</reasoning>",
            "They **cannot** sleep.",
        ),
    ],
)
def test_an_explanation_keeps_its_own_marks_and_loses_those_of_the_label(
    tasks: dict[str, Task], output: str, explanation: str
) -> None:
    assert read(tasks["imhi/dreaddit"], output=output).explanation == explanation
