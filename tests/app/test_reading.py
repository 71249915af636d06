"""`reasonboard read` and `reader train`: labels by models, submitted as labels of their own."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from scoring.readers.classifier import open_classifier
from scoring.tasks import Task, read_tasks
from submissions.declarations.settings import DECLARATIONS
from submissions.problems import SubmissionRefused
from submissions.receiving.labelled import labelled_outputs
from tests.boards import demo_board
from tests.commands import reasonboard, refuse, succeed
from tests.scoring.readers.models import write_classifier, write_encoder
from tests.submissions.receiving.files import OUTPUTS, ROWS, as_csv, as_json_lines, demo_gold

T = TypeVar("T")
META = 'system = "S"\nversion = "1"\nmethod = "zero-shot"\n'


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("reading") / "data"
    demo_board(data, read_tasks(DECLARATIONS / "tasks"), ["stress", "loneliness"])
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
    other = refuse(*asked, "--checkpoint", f"demo/loneliness={classifier}")
    assert "no model reads demo/stress" in other
    unnamed = write_classifier(tmp_path / "unnamed", ["LABEL_0", "LABEL_1"])
    assert "with `--labels`" in refuse(*asked, "--checkpoint", unnamed)
    assert "there is no folder" in refuse(*asked, "--checkpoint", tmp_path / "nowhere")
    assert not out.exists()
    nowhere = tmp_path / "nowhere" / "read.jsonl"
    said = refuse(*asked[:-1], nowhere, "--checkpoint", unnamed)
    assert f"there is no folder {nowhere.parent}" in said  # and nothing of the labels' order
    beside = tmp_path / "read.jsonl.reader.json"
    beside.write_text("mine", encoding="utf-8")
    said = refuse(*asked, "--checkpoint", unnamed)
    assert f"{beside} is there already" in said
    assert beside.read_text(encoding="utf-8") == "mine"
    beside.unlink()
    out.touch()
    assert f"{out} is there already" in refuse(*asked, "--checkpoint", unnamed)


def test_checkpoints_are_named_for_tasks_that_there_are_and_once(
    board: Path, classifier: Path, outputs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "read.jsonl"
    asked = (board, "read", outputs, "--benchmark", "demo", "--out", out)
    said = refuse(*asked, "--checkpoint", f"demo/stres={classifier}")
    assert "'demo/stres' is not a declared task; did you mean 'demo/stress'?" in said
    for twice in ("", "demo/stress="):
        named = [word for _ in range(2) for word in ("--checkpoint", f"{twice}{classifier}")]
        assert f"named for {twice[:-1] or 'all tasks'}" in refuse(*asked, *named)
    assert "no checkpoint is named" in refuse(*asked, "--checkpoint", "demo/stress=")
    signed = tmp_path / "demo" / "stress=2"
    shutil.copytree(classifier, signed)
    succeed(*asked, "--checkpoint", signed)
    assert len(rows_of(out)) == 40


def read(
    board: Path, file: Path, checkpoint: Path, out: Path, *more: str, by: Callable[..., T]
) -> T:
    """Run `read` by one of `tests.commands`."""
    asked = ("--benchmark", "demo", "--checkpoint", checkpoint, "--out", out)
    return by(board, "read", file, *asked, *more)


def test_rows_without_an_output_keep_their_label(
    board: Path, classifier: Path, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows: list[dict[str, object]] = [dict(row) for row in ROWS]
    for place in range(10):
        del rows[place]["output"]
        rows[place]["label"] = ("yes", "unparsed")[place % 2]
    rows += [
        {"task": "demo/loneliness", "example_id": example.example_id, "label": example.gold}
        for example in demo_gold(tasks)["demo/loneliness"]
    ]
    file, out = tmp_path / "mixed.jsonl", tmp_path / "read.jsonl"
    file.write_text(as_json_lines(rows), encoding="utf-8")
    done = read(board, file, classifier, out, by=reasonboard)
    written = {(row["task"], row["example_id"]): row for row in rows_of(out)}
    assert written.keys() == {(row["task"], row["example_id"]) for row in rows}
    for row in rows:
        if "output" not in row:
            kept = written[str(row["task"]), str(row["example_id"])]
            assert (kept["label"], kept["output"]) == (row["label"], None)
    alone = sum("output" not in row for row in rows)
    assert f"{alone} labels were sent without an output and stay as sent" in done.err
    assert "demo/loneliness" not in done.out  # nothing was read of it
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.with_name("read.jsonl.reader.json").stat().st_mode & 0o777 == 0o600
    succeed(board, "check", out, "--benchmark", "demo")


def test_a_label_beside_an_output_is_no_reading_of_it(
    board: Path, classifier: Path, tmp_path: Path
) -> None:
    rows = [{**row, "label": "yes"} for row in ROWS]
    rows[3]["output"] = "The poster is at work."
    file, out = tmp_path / "labelled.jsonl", tmp_path / "read.jsonl"
    file.write_text(as_json_lines(rows), encoding="utf-8")
    said = read(*(board, file, classifier, out, "--reader", "both", "--differences"), by=succeed)
    labels = [row["label"] for row in rows_of(out)]
    assert [labels[p] for p in range(40) if p != 3] == [
        ("no", "yes")[p % 2] for p in range(40) if p != 3
    ]  # as the outputs state
    differing = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    rules = {row["example_id"]: row["rules"] for row in differing}
    assert rules.pop("stress-004") is None
    assert rules
    assert all(label == ("no", "yes")[(int(name[-3:]) - 1) % 2] for name, label in rules.items())


@pytest.mark.parametrize("name", ["labelled.jsonl", "labelled.csv"])
def test_labelled_files_are_utf8_with_or_without_a_mark(
    name: str, tasks: dict[str, Task], tmp_path: Path
) -> None:
    file, rows = tmp_path / name, [{"output": f"caf\u00e9 {n}", "label": "yes"} for n in range(2)]
    write = as_csv if name.endswith("csv") else as_json_lines_unescaped
    file.write_text(write(rows), encoding="utf-8-sig", newline="")
    read = labelled_outputs([file], tasks["demo/stress"])
    assert [row.label for row in read] == ["yes", "yes"]
    file.write_text(write(rows), encoding="latin-1", newline="")
    with pytest.raises(SubmissionRefused) as refused:
        labelled_outputs([file], tasks["demo/stress"])
    (problem,) = refused.value.problems
    line = 2 if name.endswith("csv") else 1
    assert (problem.file, problem.line, problem.problem) == (name, line, "not UTF-8")


def as_json_lines_unescaped(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_repetitions_keep_their_names(board: Path, classifier: Path, tmp_path: Path) -> None:
    rows = [
        {**row, "prompt": prompt, "seed": seed}
        for prompt, seed in (("plain", 7), ("plain", 8), ("few", 7))
        for row in ROWS
    ]
    file, out = tmp_path / "named.jsonl", tmp_path / "read.jsonl"
    file.write_text(as_json_lines(rows), encoding="utf-8")
    said = read(board, file, classifier, out, by=succeed)
    names = [(row["prompt"], row["seed"]) for row in rows_of(out)]
    assert Counter(names) == {("plain", "7"): 40, ("plain", "8"): 40, ("few", "7"): 40}
    for title in ("prompt plain and seed 7", "prompt plain and seed 8", "prompt few and seed 7"):
        assert title in said
    noted = reasonboard(board, "check", out, "--benchmark", "demo").out
    assert "repetitions by 2 prompts and 2 seeds" in noted
    # Those that are numbered keep their numbers.
    numbered = [{**row, "repetition": number} for number in (2, 5) for row in ROWS]
    file.write_text(as_json_lines(numbered), encoding="utf-8")
    again = tmp_path / "again.jsonl"
    read(board, file, classifier, again, by=succeed)
    assert Counter(row["repetition"] for row in rows_of(again)) == {2: 40, 5: 40}


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
