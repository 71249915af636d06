"""Who copies references is flagged for the maintainer; who writes, quotes the post or uses stock
phrases is not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.segments import Example
from scoring.tasks import Task
from submissions.benchmarks.baselines import submit_trained
from submissions.benchmarks.gold_files import import_csv
from submissions.operating.status import status
from submissions.receiving.repeated_references import RUN, ReferenceIndex, check_declarations
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.release import release_path
from tests.boards import TEXTS, demo_board, gold_rows, submit
from tests.boards import publish_with_blanks as publish
from tests.commands import succeed

TASK = "demo/stress"
POST = (
    "My shift begins at five and the bus that I need leaves at six so I walk through the rain every"
    " single morning"
)
STOCK = "which taken together is a clear sign that the poster is under lasting stress at this time"
REFERENCE = (
    f"Walking two hours before work because no bus fits the roster wears this person down, {STOCK}."
)


def examples() -> list[Example]:
    """One whose reference is held against, and others that share its closing phrase."""
    texts = [
        REFERENCE,
        *(f"Reason {word} differs from every other one here, {STOCK}." for word in ("one", "two")),
    ]
    return [
        Example(f"e{i}", f"p{i}", "q", POST if i == 0 else f"post {i}", "yes", text)
        for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        (REFERENCE, 15),
        (REFERENCE.upper().replace(",", " -- "), 15),
        ("So: walking two hours before work because no bus fits the roster wears people out.", 12),
        ("Walking two hours before work because no bus fits the roster tires people.", 0),
        (f"The poster says: {POST}, {STOCK}.", 0),
        (f"The roster and the rain are named, {STOCK}.", 0),
        ("", 0),
    ],
)
def test_runs_count_by_their_own_words(explanation: str, expected: int) -> None:
    assert ReferenceIndex.of(examples()).longest_copied("e0", explanation) == expected


def test_a_reference_that_quotes_the_post_may_be_quoted_with_it() -> None:
    quoting = Example(
        "e0", "p0", "q", POST, "yes", f"The words {POST} speak of strain and of little sleep."
    )
    assert (
        ReferenceIndex.of([quoting]).longest_copied(
            "e0", f"The words {POST} speak of strain and tiredness."
        )
        == 0
    )
    assert RUN == 12


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def rows_with(
    folder: DataFolder, task: Task, explain: Callable[[Example], str]
) -> list[dict[str, str]]:
    return [
        {
            "task": task.id,
            "example_id": example.example_id,
            "label": example.gold,
            "explanation": explain(example),
        }
        for example in PostStore(folder.posts).examples(task)
    ]


def test_a_copier_is_flagged_for_the_maintainer_alone(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    task = tasks[TASK]
    submit(folder, tasks, tmp_path, gold_rows(folder, task), system="Copier", trained_on=[])
    submit(folder, tasks, tmp_path, rows_with(folder, task, lambda e: e.post), system="Quoter")
    honest = (
        "The tone of the post alone decides this one; nothing more was looked at than how it sounds"
        " to a reader."
    )
    submit(folder, tasks, tmp_path, rows_with(folder, task, lambda _: honest), system="Honest")
    train = {TASK: import_csv(TEXTS.parent / "train" / "stress.csv", task).examples}
    submit_trained(folder, tasks, "demo", train)

    checks = {check.submission: check for check in check_declarations(folder, tasks)}
    assert len(checks) == 5, "trivial baselines are not checked"
    copier = next(check for check in checks.values() if check.flagged)
    assert [check for check in checks.values() if check.flagged] == [copier]
    assert copier.copied > 0.9 * copier.explanations
    assert copier.longest >= RUN
    assert {check.copied for check in checks.values()} == {0, copier.copied}
    assert check_declarations(folder, tasks) == tuple(checks.values()), "nothing is checked twice"
    assert status(folder, tasks).flagged == 1

    said = succeed(folder.path, "check-declarations")
    assert "Copier 1" in said
    assert "declared training: none of the data sets" in said
    assert "5 tasks checked, 1 flagged" in said
    assert "flagged:      1" in succeed(folder.path, "status")
    succeed(folder.path, "score", "--benchmark", "demo")
    publish(folder, tasks, "tester", "first")
    content = release_path(folder, 1).read_bytes()
    assert b"flagged" not in content
    assert b"declaration_checks" not in content


def test_the_published_example_generations_are_not_flagged(
    real_board: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(real_board, tmp_path / "data")
    assert "3 tasks checked, 0 flagged" in succeed(data, "check-declarations")
