"""What the board says of awkward systems, held against the formulas of docs/methods.md computed by other code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
import pytest

from tests.oracle import awkward, formulas, texts
from tests.oracle.awkward import COLUMNS, PERFECT, PLAIN, REPEATS, SILENT, Board, Declared, Said

pytestmark = pytest.mark.soak
TASKS = {task.id: task for task in awkward.TASKS}
FEW, DRAWN = 10, 20_000
LABELS = (
    "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc", "parse_rate",
    "mean_absolute_error", "quadratic_weighted_kappa",
)  # fmt: skip
ORDINAL = LABELS[-2:]
TINY = awkward.ROOT / "leaderboard_data" / "checkpoints" / "tiny-bart"
Row = dict[str, object]


class Published:
    """A release, by its file."""

    def __init__(self, board: Board) -> None:
        self.board = board
        (path,) = (board.data / "releases").glob("*.db")
        self.file = sqlite3.connect(path)
        self.file.row_factory = sqlite3.Row
        self.names = {row["id"]: row["system"] for row in self.rows("systems")}
        self.said = awkward.systems()

    def rows(self, table: str) -> list[Row]:
        return [dict(row) for row in self.file.execute(f'SELECT * FROM "{table}"')]  # noqa: S608

    def cells(self) -> Iterator[tuple[Row, Declared, list[list[Said]]]]:
        """Each cell of a system that is ours, with its task and what the system says, a list a repetition."""
        for row in self.rows("cells"):
            name = self.names[row["system"]]
            said = [one for one in self.said.get(name, ()) if one.asked.task == row["task"]]
            if said:
                numbers = sorted({one.repetition for one in said})
                yield (
                    row,
                    TASKS[str(row["task"])],
                    [[one for one in said if one.repetition == number] for number in numbers],
                )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    board = Board(tmp_path_factory.mktemp("awkward"))
    board.fill(
        ("oracle/mood", "oracle/strain", "oracle/tiny"), (PLAIN, COLUMNS, SILENT, REPEATS, PERFECT)
    )
    board.publish()
    return Published(board)


def test_correctness_is_what_scikit_learn_says(published: Published) -> None:
    compared = 0
    for row, task, groups in published.cells():
        name = str(row["metric"])
        if name not in LABELS:
            continue
        values = [
            formulas.correctness(
                name, [o.asked.gold for o in group], [o.label for o in group], task.labels
            )
            for group in groups
        ]
        read = [o for o in groups[0] if name not in ORDINAL or o.label is not None]
        known = [value for value in values if value is not None]
        if len(read) < FEW or len(known) < len(values):
            assert row["value"] is None, row
        else:
            assert row["value"] == pytest.approx(np.mean(known), abs=1e-12), row
            spread = np.std(known, ddof=1) if len(known) > 1 else None
            assert row["sd"] == (None if spread is None else pytest.approx(spread, abs=1e-12)), row
        unparsed = sum(o.label is None for group in groups for o in group)
        assert (row["n"], row["n_given"], row["n_unparsed"]) == (len(read), len(read), unparsed), (
            row
        )
        compared += 1
    assert compared == 5 * 6 * 3 + 5 * 2


def test_explanations_are_what_the_published_programs_say(published: Published) -> None:
    compared = 0
    for row, _, groups in published.cells():
        name = str(row["metric"])
        values = [_explained(name, group) for group in groups]
        counts = [len(_pairs(group)) for group in groups]
        if None in values:
            continue
        if min(counts) < FEW:
            assert row["value"] is None, row
        else:
            assert row["value"] == pytest.approx(np.mean(values), abs=5e-6), row
        assert row["n"] == min(counts), row
        assert row["n_absent"] == sum(len(g) - c for g, c in zip(groups, counts, strict=True)), row
        compared += 1
    assert compared > 40


def test_intervals_are_those_of_many_more_draws(published: Published) -> None:
    compared = 0
    for row, task, groups in published.cells():
        name, method = str(row["metric"]), str(row["interval"])
        if name not in LABELS or row["value"] is None or row["low"] is None:
            continue
        low, high = float(str(row["low"])), float(str(row["high"]))
        tables = [_tables(task, group) for group in groups]
        if method.startswith("Bayesian"):
            replicates = formulas.label_replicates(name, tables, DRAWN, 7)
            assert formulas.quantile_fits(replicates, low, 0.025, 1000, 4), row
            assert formulas.quantile_fits(replicates, high, 0.975, 1000, 4), row
        elif method == "Wilson":
            expected = formulas.wilson(float(str(row["value"])), task.size)
            assert (low, high) == pytest.approx(expected, abs=1e-12), row
        elif name in ("accuracy", "parse_rate"):
            assert high - low == pytest.approx(formulas.bound_of_none(task.size), abs=1e-9), row
        else:
            expected = formulas.bound_ends(name, tables[0].sum(0))
            assert (low, high) == pytest.approx(expected, abs=1e-9), row
        compared += 1
    assert compared > 40


def test_a_mean_is_that_of_the_tasks_that_are_large_enough(published: Published) -> None:
    """A task of eight examples has no values: it stands in no mean, and takes nobody's rank away."""
    cells: dict[tuple[object, object], list[float]] = {}
    for row in published.rows("cells"):
        if row["value"] is not None and row["task"] != "oracle/tiny":
            cells.setdefault((row["system"], row["metric"]), []).append(float(str(row["value"])))
    for row in published.rows("overall"):
        if row["metric"] in ("accuracy", "weighted_f1", "macro_f1", "parse_rate"):
            values = cells[row["system"], row["metric"]]
            assert row["value"] == pytest.approx(np.mean(values), abs=1e-12)
            assert (row["covered"], row["total"]) == (2, 2)
            assert row["rank"] is not None


def test_the_command_says_what_the_file_says(published: Published) -> None:
    said = published.board.json("leaderboard")
    names = {(row["system"], row["task"], row["metric"]): row for row in published.rows("cells")}
    ids = {name: number for number, name in published.names.items()}
    assert len(said) == len(names)
    for cell in said:
        row = names[ids[str(cell["system"])], cell["task"], cell["metric"]]
        for key in ("value", "low", "high", "interval", "sd", "n", "n_given", "n_absent"):
            assert cell[key] == row[key], (key, cell)


def _pairs(group: list[Said]) -> list[tuple[str, str]]:
    return [
        (texts.normal(o.explanation), texts.normal(o.asked.reference))
        for o in group
        if o.explanation is not None and not texts.absent(o.explanation)
    ]


def _explained(name: str, group: list[Said]) -> float | None:
    """The value of one repetition; None where there is none to compare, or none that these programs know."""
    pairs = _pairs(group)
    if name in texts.ROUGE and pairs:
        return float(np.mean([texts.rouge(name, *pair) for pair in pairs]))
    if name == "words" and pairs:
        return float(np.mean([texts.count(said) for said, _ in pairs]))
    if name == "chrf" and pairs:
        return texts.chrf(pairs)
    if name == "bleu" and pairs and all((said + meant).isascii() for said, meant in pairs):
        return texts.bleu(pairs)
    if name == "bartscore_hyp_to_ref" and pairs and group[0].asked.task == "oracle/strain":
        return float(np.mean([texts.bartscore(TINY, *pair) for pair in pairs]))
    return None


def _tables(task: Declared, group: list[Said]) -> np.ndarray:
    """posts x gold x (labels and unparsed); a post has one example on the tasks that are asked here."""
    size = len(task.labels)
    own = np.zeros((len(group), size, size + 1))
    for place, one in enumerate(group):
        said = size if one.label is None else task.labels.index(one.label)
        own[place, task.labels.index(one.asked.gold), said] = 1
    return own
