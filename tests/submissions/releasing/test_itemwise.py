"""How often two sets of gold disagree: on invented examples, and on the real expert
and test sets.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from scoring.segments import Example
from scoring.tasks import Task
from submissions.releasing.itemwise import disagreement
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from tests.commands import succeed

PARTS = ("human_evaluation/test_instruction_expert", "test_data/test_instruction")


def example(post: str, gold: str, number: int = 0) -> Example:
    return Example(f"{post}-{number}", post, f"What of {post}?", post, gold)


def test_only_questions_in_both_sets_with_one_label_each_are_counted() -> None:
    first = [
        example("a", "yes"),
        example("b", "yes"),
        example("c", "no"),
        example("d", "no"),
        example("d", "yes", 1),
    ]
    second = [example("a", "yes"), example("b", "no"), example("d", "no"), example("e", "no")]
    assert disagreement(first, second) == (2, 1)
    assert disagreement(first, []) == (0, 0)


@pytest.fixture(scope="module")
def cams(tmp_path_factory: pytest.TempPathFactory, imhi_dir: Path) -> Path:
    """A board on which both CAMS sets are imported, and nothing else."""
    folder = tmp_path_factory.mktemp("cams")
    for part in PARTS:
        (folder / part).mkdir(parents=True)
        (folder / part / "CAMS.csv").symlink_to((imhi_dir / part / "CAMS.csv").resolve())
    succeed(folder / "data", "benchmark", "import", "imhi", folder)
    return folder / "data"


def test_the_two_real_cams_sets_share_33_questions_and_differ_on_10(
    cams: Path, imhi_dir: Path, tasks: dict[str, Task]
) -> None:
    store = PostStore(DataFolder(cams).posts)
    both, differ = disagreement(
        *(store.examples(tasks[f"{name}/cams"]) for name in ("imhi-expert", "imhi"))
    )
    files = [(imhi_dir / part / "CAMS.csv").read_text(encoding="utf-8") for part in PARTS]
    queries = [
        {row["query"].strip() for row in csv.DictReader(io.StringIO(file))} for file in files
    ]
    assert both == len(queries[0] & queries[1]) == 33
    assert differ == 10, "counted when the expert sets were first looked at"
