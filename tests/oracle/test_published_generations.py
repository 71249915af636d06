"""The published example generations on the expert sets they answer: labels by their sentences,
metrics by other programs.
"""

from __future__ import annotations

import csv
import sqlite3
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.extraction import explanation_alone
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from tests.oracle import formulas, texts
from tests.oracle.awkward import ROOT

pytestmark = pytest.mark.timeout(900)
SETS = {"imhi-expert/dr": "DR", "imhi-expert/sad": "SAD", "imhi-expert/dreaddit": "dreaddit"}
DECLARED = ROOT / "leaderboard_data" / "tasks"
SYSTEM = "Example generations"
Row = dict[str, object]


class Answers:
    """What one system says on one set, as it is stored, beside the set's gold answers, as they are
    published.

    Label sentences at the front of the references are cut off by the program itself: which
    sentences those are is held by tests of their own, and that the same goes from both sides is
    what is recomputed here.
    """

    def __init__(self, stored: pd.DataFrame, published: Path, task: Task) -> None:
        with published.open(encoding="utf-8-sig", newline="") as stream:
            gold = [row["gpt-3.5-turbo"] for row in csv.DictReader(stream)]
        stored = stored.sort_values("example_id")
        assert len(stored) == len(gold)
        self.output = [str(text) for text in stored["output"]]
        self.said = [None if pd.isna(label) else str(label) for label in stored["label"]]
        self.explanation = [None if pd.isna(text) else str(text) for text in stored["explanation"]]
        self.sentence = [text.partition("Reasoning:")[0].strip() for text in gold]
        references = (text.partition("Reasoning:")[2] for text in gold)
        self.reference = [str(explanation_alone(task, text)) for text in references]

    def pairs(self) -> list[tuple[str, str]]:
        """(explanation, reference) of the answers that have an explanation."""
        return [
            (texts.normal(said), texts.normal(meant))
            for said, meant in zip(self.explanation, self.reference, strict=True)
            if said is not None and not texts.absent(said)
        ]


@pytest.fixture(scope="module")
def release(real_board: Path) -> sqlite3.Connection:
    found = sqlite3.connect(max((real_board / "releases").glob("*.db")))
    found.row_factory = sqlite3.Row
    return found


@pytest.fixture(scope="module")
def cells(release: sqlite3.Connection) -> list[Row]:
    return [dict(row) for row in release.execute("SELECT * FROM cells") if row["task"] in SETS]


@pytest.fixture(scope="module")
def answers(
    release: sqlite3.Connection, real_board: Path, imhi_dir: Path, tasks: dict[str, Task]
) -> dict[tuple[str, str], Answers]:
    folder, found = DataFolder(real_board), {}
    published = imhi_dir / "human_evaluation" / "test_instruction_expert"
    for row in release.execute("SELECT * FROM systems WHERE benchmark = 'imhi-expert'"):
        stored = pd.read_parquet(folder.path / "files" / f"{row['outputs']}.parquet")
        for task, name in SETS.items():
            own = stored[stored["task"] == task]
            found[row["id"], task] = Answers(own, published / f"{name}.csv", tasks[task])
    return found


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, str]]:
    """Task -> sentence of a gold answer -> the label that it is declared to state."""
    found = {}
    for task in SETS:
        declared = tomllib.loads((DECLARED / f"{task}.toml").read_text(encoding="utf-8"))
        found[task] = {label["gold"][0]: label["name"] for label in declared["labels"]}
    return found


def test_labels_are_read_where_they_stand_as_in_the_gold_answers(
    answers: dict[tuple[str, str], Answers], labels: dict[str, dict[str, str]]
) -> None:
    compared = 0
    for (_, task), own in answers.items():
        for text, said in zip(own.output, own.said, strict=True):
            sentence = text.partition("Reasoning:")[0].strip()
            if sentence in labels[task]:
                assert said == labels[task][sentence], task
                compared += 1
    assert compared > 4 * 3 * 35  # all of the four baselines', and some of the model's


def test_metrics_of_labels(
    cells: list[Row], answers: dict[tuple[str, str], Answers], labels: dict[str, dict[str, str]]
) -> None:
    compared = 0
    names = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc", "parse_rate")
    for row in cells:
        if row["metric"] in names:
            own = answers[str(row["system"]), str(row["task"])]
            gold = [labels[str(row["task"])][sentence] for sentence in own.sentence]
            value = formulas.correctness(
                str(row["metric"]), gold, own.said, list(labels[str(row["task"])].values())
            )
            assert row["value"] == pytest.approx(value, abs=1e-12), row
            assert row["n_unparsed"] == own.said.count(None), row
            compared += 1
    assert compared == 5 * 3 * 6  # the generations and four baselines


def test_metrics_of_explanations(
    release: sqlite3.Connection, cells: list[Row], answers: dict[tuple[str, str], Answers]
) -> None:
    names = {row["system"]: row["id"] for row in release.execute("SELECT * FROM systems")}
    chosen = {names[SYSTEM], names["Shuffled references"]}
    compared = 0
    for row in cells:
        metric = str(row["metric"])
        pairs = answers[str(row["system"]), str(row["task"])].pairs()
        if row["system"] not in chosen or metric not in (*texts.ROUGE, "bleu", "chrf", "words"):
            continue
        if metric in ("bleu", "chrf"):
            value = getattr(texts, metric)(pairs)
        elif metric == "words":
            value = np.mean([texts.count(said) for said, _ in pairs])
        else:
            value = np.mean([texts.rouge(metric, *pair) for pair in pairs])
        assert row["n"] == len(pairs), row
        assert row["value"] == pytest.approx(value, abs=1e-9), row
        compared += 1
    assert compared == 2 * 3 * 6


def test_what_follows_the_word_reasoning_is_the_explanation(
    release: sqlite3.Connection,
    answers: dict[tuple[str, str], Answers],
    labels: dict[str, dict[str, str]],
) -> None:
    (system,) = release.execute("SELECT id FROM systems WHERE system = ?", (SYSTEM,)).fetchone()
    compared, cut = 0, 0
    for (name, task), own in answers.items():
        for text, explanation in zip(own.output, own.explanation, strict=True):
            sentence, _, rest = text.partition("Reasoning:")
            if name == system and sentence.strip() in labels[task] and rest.strip():
                # But for a second label sentence, which the reasoning may begin with.
                assert texts.normal(rest).endswith(str(explanation)), task
                cut += explanation != texts.normal(rest)
                compared += 1
    assert compared > 30
    assert cut < 0.2 * compared
