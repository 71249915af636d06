"""The published example outputs and gold texts, by index: read by a person first, then by the
rules.

Annotated by reading the 105 outputs alone, before the rules were tuned: what each *states*, "-"
where it states no single answer of the task. Texts stay where they are; only indices are here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.extraction import explanation_alone, read, stated_label
from scoring.tasks import Task
from tests.scoring.published import PUBLISHED, asked_about, post_of, rows_of

STATED = {
    # Most outputs only lean: they find a likeness to the symptoms, and stop there.
    "DR": (
        "- - no yes - - - - - - - - - - yes - yes yes - yes yes - - yes - - - - - yes - yes - - yes"
    ),
    # 15 and 26 say that no cause can be found; 17 and 25 name two labels; 24 names one that is not
    # in the set. 13 gives half of a label's name, by which it can only mean that one.
    "SAD": (
        "work work health school social health work school finance family social family finance"
        " social work - family - work social finance school family emotion - - - social decision"
        " family social health health family other"
    ),
    # 22 only calls it possible.
    "dreaddit": (
        "no no no no no no no yes yes yes yes yes no yes no no no no no yes no no - yes yes no yes"
        " yes yes yes no yes yes yes no"
    ),
}
TASKS = {"DR": "imhi-expert/dr", "SAD": "imhi-expert/sad", "dreaddit": "imhi-expert/dreaddit"}


def generated(folder: Path, name: str) -> list[tuple[str, str]]:
    outputs = rows_of(folder / "examples" / "response_generation_examples" / f"{name}.csv")
    queries = rows_of(folder / "human_evaluation" / "test_instruction_expert" / f"{name}.csv")
    return [
        (o["generated_text"], post_of(q["query"])) for o, q in zip(outputs, queries, strict=True)
    ]


@pytest.mark.parametrize("name", STATED)
def test_what_the_published_outputs_state_is_read(
    imhi_dir: Path, tasks: dict[str, Task], name: str
) -> None:
    stated = [None if word == "-" else word for word in STATED[name].split()]
    readings = [
        read(tasks[TASKS[name]], output=text, post=post) for text, post in generated(imhi_dir, name)
    ]
    pairs = list(zip(stated, (reading.label for reading in readings), strict=True))
    wrong = [
        index for index, (truth, label) in enumerate(pairs) if label is not None and label != truth
    ]
    missed = [
        index for index, (truth, label) in enumerate(pairs) if label is None and truth is not None
    ]
    assert wrong == []
    assert len(missed) <= 0.05 * sum(truth is not None for truth in stated), missed
    assert all(reading.explanation for reading in readings)


def test_disagreements_with_the_published_classifier(
    imhi_dir: Path, tasks: dict[str, Task]
) -> None:
    """The classifier was trained to give every text a label; it disagrees in no label that a text
    states.

    Where it says yes or no and nothing is read, the text leans and stops. 1, 4 to 7, 9, 10, 13, 21,
    22, 24, 25, 27, 30, 32 and 33 find a likeness between the post and the condition's symptoms,
    which is no answer to whether the poster has it: the expert's label is no for 1 and 30. 0, 11,
    12, 18 and 28 miss strong signs of its worst form, which leaves room for a milder one. 8, 15 and
    26 say that too, then name some distress; the classifier takes it for a yes, the expert says no.
    So in five cases the guess is wrong, and "unparsed" is not.
    """
    rows = rows_of(imhi_dir / "examples" / "label_data_examples" / "DR.csv")
    posts = [post for _, post in generated(imhi_dir, "DR")]
    read_labels = [
        read(tasks["imhi-expert/dr"], output=row["generated_text"], post=post).label
        for row, post in zip(rows, posts, strict=True)
    ]
    pairs = list(zip((row["labels"] for row in rows), read_labels, strict=True))
    contradicted = [
        i for i, (classified, label) in enumerate(pairs) if label not in (None, classified)
    ]
    silent = {
        word: tuple(i for i, (c, label) in enumerate(pairs) if label is None and c == word)
        for word in ("yes", "no")
    }
    assert contradicted == []
    assert silent == {
        "yes": (1, 4, 5, 6, 7, 8, 9, 10, 13, 15, 21, 22, 24, 25, 26, 27, 30, 32, 33),
        "no": (0, 11, 12, 18, 28),
    }


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize(
    "folder", ["test_data/test_instruction", "human_evaluation/test_instruction_expert"]
)
def test_every_gold_text_is_read_as_its_own_label(
    imhi_dir: Path, tasks: dict[str, Task], folder: str, name: str
) -> None:
    task = tasks[PUBLISHED[name]]
    for index, row in enumerate(rows_of(imhi_dir / folder / f"{name}.csv")):
        sentence, _, explanation = row["gpt-3.5-turbo"].partition("Reasoning:")
        gold = task.gold_labels[" ".join(sentence.split()).casefold().rstrip(".")]
        reading = read(
            task,
            output=row["gpt-3.5-turbo"],
            post=post_of(row["query"]),
            attributes=asked_about(task, row["query"]),
        )
        assert reading.label == gold, index
        asked = asked_about(task, row["query"])
        alone = explanation_alone(task, explanation, post=post_of(row["query"]), attributes=asked)
        assert reading.explanation == alone, index
        assert alone is None or explanation.strip().endswith(alone), index


def test_explanations_of_gold_texts_seldom_state_another_label(
    imhi_dir: Path, tasks: dict[str, Task]
) -> None:
    """They do where a reference contradicts its own label; read by hand, none of these is the
    rules' mistake.
    """
    stated = {"same": 0, "other": 0}
    for name in ("CAMS", "DR", "SAD", "dreaddit"):
        task = tasks[PUBLISHED[name]]
        for row in rows_of(imhi_dir / "test_data" / "test_instruction" / f"{name}.csv"):
            sentence, _, explanation = row["gpt-3.5-turbo"].partition("Reasoning:")
            gold = task.gold_labels[" ".join(sentence.split()).casefold().rstrip(".")]
            label = stated_label(task, explanation, post=post_of(row["query"]))
            if label is not None:
                stated["same" if label == gold else "other"] += 1
    assert stated["same"] >= 600
    assert stated["other"] <= 0.02 * stated["same"]


SEVERAL = {
    # A sister's health falls under one label, the family's worry under another; a market "also"
    # falls under a third; a quarrel could as well be another's; one label is "also relevant". None
    # of them is said to be the answer.
    "SAD": (0, 2, 10, 17),
    # "Family relationships" are the source of stress: not the label "relationship", nor a cause of
    # depression.
    "CAMS": (33,),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_an_experts_reference_states_is_its_own_label(
    imhi_dir: Path, tasks: dict[str, Task], name: str
) -> None:
    """Those that put details under several labels, read by hand, state none of them
    as the answer.
    """
    task = tasks[PUBLISHED[name].replace("imhi/", "imhi-expert/")]
    folder = imhi_dir / "human_evaluation" / "test_instruction_expert"
    for index, row in enumerate(rows_of(folder / f"{name}.csv")):
        sentence, _, explanation = row["gpt-3.5-turbo"].partition("Reasoning:")
        gold = task.gold_labels[" ".join(sentence.split()).casefold().rstrip(".")]
        asked = asked_about(task, row["query"])
        label = stated_label(task, explanation, post=post_of(row["query"]), attributes=asked)
        assert label in (None, gold), index
        assert label is None or index not in SEVERAL.get(name, ()), index
