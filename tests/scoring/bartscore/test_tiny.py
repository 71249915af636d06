"""The demonstration's checkpoint, as shipped, and the program that makes it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from scoring.bartscore import BartModel, BartScorer
from scoring.bartscore.tiny import make_checkpoint, read_samples
from scoring.errors import CheckpointError

DATA = Path(__file__).parents[3] / "leaderboard_data"
SHIPPED = DATA / "checkpoints" / "tiny-bart"
Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def next_of_same_label(task: list[Row], i: int) -> Row | None:
    """The next row of the task, round its end, with the same label and another post."""
    others = task[i + 1 :] + task[:i]
    return next(
        (
            row
            for row in others
            if row["label"] == task[i]["label"] and row["text"] != task[i]["text"]
        ),
        None,
    )


def test_held_out_explanations_prefer_their_own_post() -> None:
    own, other, explanation = [], [], []
    for path in sorted((DATA / "demo" / "test").glob("*.csv")):
        task = rows(path)
        for i, row in enumerate(task):
            if (neighbour := next_of_same_label(task, i)) is not None:
                own.append(row["text"])
                other.append(neighbour["text"])
                explanation.append(row["reference"])
    scorer = BartScorer.load(str(SHIPPED), device="cpu")
    preferred = scorer.score(own, explanation) > scorer.score(other, explanation)
    assert len(preferred) >= 200
    assert np.mean(preferred) >= 0.9


def test_it_was_not_trained_on_what_it_is_tested_with() -> None:
    trained = {sample.source for sample in read_samples(DATA / "demo" / "train")}
    held_out = {
        row["text"] for path in (DATA / "demo" / "test").glob("*.csv") for row in rows(path)
    }
    assert not trained & held_out


def test_it_says_what_it_is_and_is_small() -> None:
    model = BartModel(str(SHIPPED), device="cpu")
    assert model.demonstration
    assert model.max_tokens == 1024
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 8_000_000
    assert "never a metric" in (SHIPPED / "README.md").read_text(encoding="utf-8")


def test_the_program_makes_a_checkpoint_of_the_same_kind(tmp_path: Path) -> None:
    source = DATA / "demo" / "train" / "stress.csv"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / source.name).write_bytes(source.read_bytes())
    for out in ("one", "two"):
        make_checkpoint(tmp_path / "data", tmp_path / out, steps=2)
    one, two = (BartModel(str(tmp_path / out), device="cpu") for out in ("one", "two"))
    assert one.demonstration
    assert one.fingerprint == two.fingerprint
    assert np.isfinite(one.scorer().score(["a post"], ["an explanation"])).all()


def test_training_data_of_another_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no training rows"):
        read_samples(tmp_path)
    (tmp_path / "x.csv").write_text("id,paraphrase\n1,hello\n")
    with pytest.raises(
        CheckpointError, match=r"x.csv: needs the columns .*; text, reference missing"
    ):
        read_samples(tmp_path)


def test_a_file_without_paraphrases_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,reference\na post,a reference\n")
    with pytest.raises(CheckpointError, match="no training rows"):
        read_samples(tmp_path)
    (tmp_path / "b.csv").write_text("text,reference,paraphrase\npost,first,second\n")
    assert {sample.source for sample in read_samples(tmp_path)} == {"post", "first", "second"}
