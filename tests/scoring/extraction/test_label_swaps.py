"""What is kept of an output as its explanation does not depend on the label that it states."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from scoring.extraction import read
from scoring.tasks import Task

YES_OR_NO = re.compile(r"\s*(yes|no)(?=[.,:;!\n]| -)", re.IGNORECASE)
BODIES = (
    "They have not slept for a week.",
    "They **cannot** sleep, “ever”.\n\nThe poster is depressed by the news.",
    "- no sleep\n- no friends",
)
PAIRS = (
    ("Yes, the poster suffers from depression.", "No, the poster does not suffer from depression."),
    (
        "Yes, the poster shows signs of depression.",
        "No, the poster doesn't show signs of depression.",
    ),
    (
        "Yes, the poster shows several signs of depression.",
        "No, the poster shows no signs of depression.",
    ),
    ("Yes. The poster is depressed.", "No. The poster is not depressed."),
    (
        "Yes - the poster is clearly struggling with depression.",
        "No - the poster is clearly not struggling with depression.",
    ),
    ("The poster shows signs of depression.", "There is no evidence of depression."),
    ("**Yes.**", "**No.**"),
    ("Yes", "No"),
    ("Answer: yes", "Answer: no"),
    (
        "Yes, they write that they see a psychiatrist.",
        "No, they write that they see a psychiatrist.",
    ),
)
CAUSES = (
    "This post shows the stress cause related to {}.",
    "The stress cause of this post is {}.",
    "The stress cause is {}.",
    "Label: {}",
    "{}.",
)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("yes", "no"), PAIRS)
def test_an_answer_and_its_denial_leave_the_same(
    tasks: dict[str, Task], yes: str, no: str, body: str
) -> None:
    affirmed, denied = (
        str(read(tasks["imhi/dr"], output=f"{front}\n{body}").explanation) for front in (yes, no)
    )
    assert affirmed == denied
    assert affirmed.endswith(body)


@pytest.mark.parametrize("wording", CAUSES)
def test_every_label_of_several_leaves_the_same(tasks: dict[str, Task], wording: str) -> None:
    task = tasks["imhi/sad"]
    names = [label.title.lower() for label in task.labels]
    kept = {read(task, output=f"{wording.format(name)}\n{BODIES[0]}").explanation for name in names}
    assert kept == {BODIES[0]}


def test_real_outputs_leave_the_same_with_the_other_answer(
    tasks: dict[str, Task], imhi_dir: Path
) -> None:
    """In the published ratings, 47 affirmations were kept and 7 removed, 4 denials kept and 12
    removed.
    """
    task = tasks["imhi/dr"]
    texts = [
        text
        for path in sorted((imhi_dir / "human_evaluation" / "DR_annotation").glob("*.csv"))
        for text in cells(path)
    ]
    kept = [read(task, output=text).explanation for text in texts]
    with_other = [read(task, output=swapped(text)).explanation for text in texts]
    # The same but for the answer itself; counted, so that a failure prints nobody's text.
    pairs = zip(kept, with_other, strict=True)
    assert sum(unanswered(one) != unanswered(other) for one, other in pairs) == 0
    assert len(texts) > 200


def unanswered(text: str | None) -> str:
    return YES_OR_NO.sub("", text or "", count=1)


def cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [
            cell
            for row in csv.DictReader(stream)
            for cell in row.values()
            if cell and YES_OR_NO.match(cell)
        ]


def swapped(text: str) -> str:
    answer = YES_OR_NO.match(text)
    assert answer is not None
    other = "No" if answer[1].lower() == "yes" else "Yes"
    return text[: answer.start(1)] + other + text[answer.end(1) :]
