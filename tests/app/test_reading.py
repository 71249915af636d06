"""`reasonboard read` and `reader train`: labels by models, submitted as labels of their own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from scoring.readers.classifier import open_classifier
from scoring.tasks import Task, read_tasks
from submissions.declarations.settings import DECLARATIONS
from tests.boards import demo_board
from tests.commands import refuse, succeed
from tests.scoring.readers.models import write_classifier, write_encoder
from tests.submissions.receiving.files import OUTPUTS, ROWS, as_csv, as_json_lines

META = 'system = "S"\nversion = "1"\nmethod = "zero-shot"\n'


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("reading") / "data"
    demo_board(data, read_tasks(DECLARATIONS / "tasks"), ["stress"])
    return data


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("models") / "classifier", ["yes", "no"])


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The rules read 38 of 40: two outputs state nothing, one of them for want of words."""
    rows = [dict(row) for row in ROWS]
    rows[3]["output"], rows[7]["output"] = "The poster is at work.", ""
    (tmp_path / "outputs.csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    return tmp_path / "outputs.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("reader", ["neural", "both"])
def test_what_a_model_reads_is_a_submission_of_its_own(
    reader: str, board: Path, classifier: Path, outputs: Path, tasks: dict[str, Task]
) -> None:
    out = outputs.with_name("read.jsonl")
    said = succeed(
        *(board, "read", outputs, "--benchmark", "demo", "--checkpoint", classifier),
        *("--reader", reader, "--out", out, "--differences"),
    )
    texts = [OUTPUTS[place] if place not in (3, 7) else "" for place in range(40)]
    texts[3] = "The poster is at work."
    model = open_classifier(str(classifier), tasks["demo/stress"]).read(texts).labels
    rules = [None if place in (3, 7) else ("no", "yes")[place % 2] for place in range(40)]
    took = rules if reader == "both" else model
    expected = [
        (took[p] or model[p] if reader == "both" else took[p]) or "unparsed" for p in range(40)
    ]
    assert [row["label"] for row in rows_of(out)] == expected
    assert expected[7] == "unparsed"
    same = sum(a == b is not None for a, b in zip(rules, model, strict=True))
    both = sum(a is not None and b is not None for a, b in zip(rules, model, strict=True))
    counts = next(line for line in said.splitlines() if "demo/stress" in line)
    assert f"{same / both:.1%}" in counts
    differing = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [row["example_id"] for row in differing] == [
        f"stress-{p + 1:03}" for p in range(40) if rules[p] != model[p]
    ]
    told = json.loads(out.with_name("read.jsonl.reader.json").read_text(encoding="utf-8"))
    assert told["labels_by"] == reader
    assert told["readers"]["demo/stress"]["labels"] == ["yes", "no"]

    # The labels count as they stand, "unparsed" among them.
    (outputs.with_name("submission.toml")).write_text(META, encoding="utf-8")
    checked = succeed(board, "check", out, "--benchmark", "demo", "--rows")
    labels = [json.loads(line)["label"] for line in checked.splitlines()]
    assert labels == [None if label == "unparsed" else label for label in expected]


def test_what_is_wrong_is_said_before_anything_is_written(
    board: Path, classifier: Path, outputs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "read.jsonl"
    asked = (board, "read", outputs, "--benchmark", "demo", "--out", out)
    assert "no model reads demo/stress" in refuse(*asked, "--checkpoint", f"demo/x={classifier}")
    unnamed = write_classifier(tmp_path / "unnamed", ["LABEL_0", "LABEL_1"])
    assert "with `--labels`" in refuse(*asked, "--checkpoint", unnamed)
    assert "there is no folder" in refuse(*asked, "--checkpoint", tmp_path / "nowhere")
    assert not out.exists()
    out.touch()
    assert "is there already" in refuse(*asked, "--checkpoint", classifier)


def test_a_reader_is_fitted_and_reads(board: Path, outputs: Path, tmp_path: Path) -> None:
    encoder = write_encoder(tmp_path / "encoder")
    labelled = [
        {"output": text, "label": ("no", "yes")[place % 2], "kind": str(place % 5)}
        for place, text in enumerate(OUTPUTS)
    ]
    labelled += [{"output": "money work", "label": "unparsed", "kind": str(i)} for i in range(4)]
    (tmp_path / "labelled.jsonl").write_text(as_json_lines(labelled), encoding="utf-8")
    train = (board, "reader", "train", tmp_path / "labelled.jsonl", "--task", "demo/stress")
    said = succeed(*train, "--encoder", encoder, "--out", tmp_path / "reader")
    assert "fitted on 44 outputs; on kinds left out" in said
    out = tmp_path / "read.jsonl"
    succeed(
        *(board, "read", outputs, "--benchmark", "demo", "--out", out),
        *("--checkpoint", tmp_path / "reader"),
    )
    assert Counter(row["label"] for row in rows_of(out)).keys() <= {"yes", "no", "unparsed"}
    assert "is there already" in refuse(*train, "--encoder", encoder, "--out", tmp_path / "reader")
    (tmp_path / "bad.jsonl").write_text('{"output": "x", "label": "perhaps"}\n{"label": "no"}\n')
    said = refuse(
        *(board, "reader", "train", tmp_path / "bad.jsonl", "--task", "demo/stress"),
        *("--encoder", encoder, "--out", tmp_path / "other"),
    )
    assert "not a label of demo/stress" in said
    assert "must have an `output` and a `label`" in said
