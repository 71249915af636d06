"""The main job on real outputs: imported, submitted, scored, published and read back by the
commands alone.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from app.cells import CELL_FIELDS
from scoring.tasks import Task
from tests.commands import reasonboard, succeed

pytestmark = pytest.mark.timeout(1200)
SYSTEM = "Example generations"


@pytest.fixture(scope="module")
def cells(real_board: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(succeed(real_board, "leaderboard", "--format", "json"))
    return found


def cell(
    cells: list[dict[str, Any]], task: str, metric: str, system: str = SYSTEM
) -> dict[str, Any]:
    return next(c for c in cells if (c["system"], c["task"], c["metric"]) == (system, task, metric))


def test_every_cell_carries_what_is_documented(cells: list[dict[str, Any]]) -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    assert all(tuple(c) == CELL_FIELDS for c in cells)
    assert all(f"`{name}`" in documentation for name in CELL_FIELDS)


@pytest.mark.parametrize("name", ["dr", "sad", "dreaddit"])
def test_correctness_is_scikit_learns(
    real_board: Path, imhi_dir: Path, cells: list[dict[str, Any]], name: str
) -> None:
    outputs = imhi_dir / "examples" / "response_generation_examples"
    lines = succeed(
        real_board, "check", outputs, "--benchmark", "imhi-expert", "--rows"
    ).splitlines()
    labels = [
        row["label"] or "unparsed"
        for row in map(json.loads, lines)
        if row["task"] == f"imhi-expert/{name}"
    ]
    gold = _gold(imhi_dir, name)
    f1 = cell(cells, f"imhi-expert/{name}", "weighted_f1")
    balanced = cell(cells, f"imhi-expert/{name}", "balanced_accuracy")
    occurring = sorted(set(gold))
    assert f1["value"] == pytest.approx(
        f1_score(gold, labels, labels=occurring, average="weighted"), abs=1e-12
    )
    hits = [
        sum(g == p for g, p in zip(gold, labels, strict=True) if g == label) / gold.count(label)
        for label in occurring
    ]
    assert balanced["value"] == pytest.approx(sum(hits) / len(hits), abs=1e-12)
    if "unparsed" not in labels:
        assert balanced["value"] == pytest.approx(balanced_accuracy_score(gold, labels), abs=1e-12)
    assert f1["n"] == 35
    assert f1["n_unparsed"] == labels.count("unparsed")
    assert f1["low"] <= f1["value"] <= f1["high"]


def _gold(imhi_dir: Path, name: str) -> list[str]:
    from scoring.tasks import read_tasks
    from submissions.benchmarks.gold_files import import_imhi
    from submissions.declarations.settings import DECLARATIONS

    tasks: dict[str, Task] = read_tasks(DECLARATIONS / "tasks")
    found = next(i for i in import_imhi(imhi_dir, tasks) if i.task_id == f"imhi-expert/{name}")
    return [example.gold for example in found.examples]


def test_explanations_are_scored_and_signed(cells: list[dict[str, Any]]) -> None:
    for name in (
        "bartscore_hyp_to_ref",
        "bartscore_src_to_hyp",
        "bartscore_hyp_to_ref_full",
        "rouge1",
        "bleu",
        "chrf",
    ):
        found = cell(cells, "imhi-expert/dr", name)
        assert found["value"] is not None
        assert found["low"] <= found["value"] <= found["high"]
        assert f"{name}|" in found["signature"]
    recall = cell(cells, "imhi-expert/dr", "bartscore_hyp_to_ref")
    assert all(
        part in recall["signature"]
        for part in ("ckpt:", "dir:hyp_to_ref", "text:explanation", "dtype:float32")
    )
    assert recall["value"] < 0
    assert recall["demonstration_checkpoint"]
    assert not cell(cells, "imhi-expert/dr", "rouge1")["demonstration_checkpoint"]


def test_the_benchmarks_own_rule_never_says_unparsed(cells: list[dict[str, Any]]) -> None:
    ours, theirs = (
        cell(cells, "imhi-expert/dr", name) for name in ("weighted_f1", "weighted_f1_imhi_rule")
    )
    assert ours["n_unparsed"] == 24
    assert theirs["n_unparsed"] == 0
    assert ours["signature"] != theirs["signature"]


def test_trivial_baselines_stand_on_the_board(cells: list[dict[str, Any]]) -> None:
    trivial = {
        c["system"] for c in cells if c["trivial_baseline"] and c["benchmark"] == "imhi-expert"
    }
    assert trivial == {
        "Majority label",
        "Constant explanation",
        "Copy of the post",
        "Shuffled references",
    }
    whole = {c["system"] for c in cells if c["trivial_baseline"] and c["benchmark"] == "imhi"}
    assert whole == trivial


def test_what_was_not_scored_is_blank_and_says_so(cells: list[dict[str, Any]]) -> None:
    """The whole test sets' baselines were submitted by the import and not scored."""
    pending = [c for c in cells if c["benchmark"] == "imhi"]
    assert {c["why_blank"] for c in pending} == {"not scored yet under this signature"}


def test_no_text_of_a_post_is_in_the_release(real_board: Path, imhi_dir: Path) -> None:
    release = (real_board / "releases" / "1.db").read_bytes().decode("utf-8", errors="replace")
    for path in sorted((imhi_dir / "human_evaluation" / "test_instruction_expert").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                post = row["query"].split('"', 1)[1][:50]
                assert len(post) < 20 or post not in release


def test_csv_and_table_say_the_same(real_board: Path, cells: list[dict[str, Any]]) -> None:
    wanted = ("leaderboard", "--benchmark", "imhi-expert", "--task", "imhi-expert/dr")
    rows = list(csv.DictReader(io.StringIO(succeed(real_board, *wanted, "--format", "csv"))))
    mine = next(row for row in rows if row["system"] == SYSTEM and row["metric"] == "weighted_f1")
    value = cell(cells, "imhi-expert/dr", "weighted_f1")["value"]
    assert float(mine["value"]) == value
    assert f"{value:.3f}" in succeed(real_board, *wanted)


def test_submitting_again_changes_nothing(real_board: Path, imhi_dir: Path) -> None:
    outputs, meta = (
        imhi_dir / "examples" / "response_generation_examples",
        real_board.with_name("submission.toml"),
    )
    before = (real_board / "releases" / "current").read_text()
    said = succeed(real_board, "submit", outputs, "--benchmark", "imhi-expert", "--meta", meta)
    assert "nothing changed" in said
    assert "Nothing moved" in succeed(real_board, "publish", "--reason", "again")
    assert (real_board / "releases" / "current").read_text() == before


def test_a_checkpoint_that_cannot_be_had_says_what_to_do(real_board: Path) -> None:
    done = reasonboard(real_board, "score", "--benchmark", "imhi-expert")
    assert done.status == 1
    assert "Traceback" not in done.err
    for word in ("facebook/bart-large-cnn", "HF_HUB_OFFLINE", "No other checkpoint"):
        assert word in done.err


def test_reading_a_release_needs_nothing_but_the_release_and_writes_nothing(
    real_board: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "downloaded"
    for part in ("releases", "arrays"):
        shutil.copytree(real_board / part, copied / part)
    before = set(copied.rglob("*"))
    succeed(copied, "leaderboard", "--benchmark", "imhi-expert")
    succeed(copied, "platforms", "--benchmark", "imhi-expert")
    assert set(copied.rglob("*")) == before
