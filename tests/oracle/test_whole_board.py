"""The whole awkward board, with baselines, redactions and ratings: agreement, platform means and ranks. Minutes: soak."""

from __future__ import annotations

import itertools
import sqlite3
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.oracle import awkward, formulas
from tests.oracle.awkward import Board

pytestmark = pytest.mark.soak
SCALE = range(4)
SMALL = {task.id for task in awkward.TASKS if task.size < 10}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    board = Board(tmp_path_factory.mktemp("whole"))
    board.make()
    return _opened(board.data)


def _opened(data: Path) -> sqlite3.Connection:
    found = sqlite3.connect(max((data / "releases").glob("*.db")))
    found.row_factory = sqlite3.Row
    return found


def test_agreement_is_that_of_the_printed_formulas(release: sqlite3.Connection) -> None:
    compared = 0
    for row in release.execute("SELECT * FROM agreement WHERE value IS NOT NULL"):
        by: dict[tuple[object, object], dict[str, int]] = defaultdict(dict)
        for one in awkward.ratings():
            if one["aspect"] == row["aspect"] and row["system"] in ("pooled", one["system"]):
                by[one["system"], one["example_id"]][str(one["annotator"])] = int(one["rating"])
        assert row["value"] == pytest.approx(_agreement(row["coefficient"], by), abs=1e-12), dict(
            row
        )
        compared += 1
    assert compared == 8 * 2 * 2  # coefficients, aspects, systems


def _agreement(coefficient: str, by: dict[tuple[object, object], dict[str, int]]) -> float | None:
    units = [list(ratings.values()) for ratings in by.values()]
    raters = sorted({rater for ratings in by.values() for rater in ratings})
    full = [[r[name] for name in raters] for r in by.values() if len(r) == len(raters)]
    return {
        "alpha (ordinal)": lambda: formulas.alpha(units, "ordinal"),
        "alpha (interval)": lambda: formulas.alpha(units, "interval"),
        "Gwet's AC1": lambda: formulas.gwet(units, SCALE, quadratic=False),
        "Gwet's AC2 (quadratic)": lambda: formulas.gwet(units, SCALE, quadratic=True),
        "exact agreement": lambda: formulas.exact_agreement(units),
        "Fleiss' kappa": lambda: formulas.fleiss(units),
        "ICC(2,1)": lambda: formulas.icc(np.array(full, float))[0],
        "ICC(2,k)": lambda: formulas.icc(np.array(full, float))[1],
    }[coefficient]()


def test_means_of_platforms_are_plain_means_of_covered_cells(release: sqlite3.Connection) -> None:
    cells: dict[tuple[str, str, str], sqlite3.Row] = {}
    most: dict[tuple[str, str], int] = defaultdict(int)
    for row in release.execute("SELECT * FROM cells"):
        if row["task"] not in SMALL:
            cells[row["system"], row["task"], row["metric"]] = row
            key = (row["task"], row["metric"])
            most[key] = max(most[key], row["n_given"] or 0)
    tasks = [task for task in awkward.TASKS if task.id not in SMALL]
    compared = 0
    for row in release.execute("SELECT * FROM platforms WHERE reference = ''"):
        if row["metric"] in ("quadratic_weighted_kappa", "mean_absolute_error"):
            continue  # of one task alone
        means = []
        for part in row["part"].split(" - "):
            values = []
            for task in tasks:
                cell = cells[row["system"], task.id, row["metric"]]
                if part in (task.platform, task.annotation):
                    full = (cell["n_given"] or 0) >= 0.95 * most[task.id, row["metric"]]
                    values.append(cell["value"] if full else None)
            means.append(None if None in values or not values else np.mean(values))
        expected = None if None in means else means[0] - sum(means[1:])
        assert row["value"] == (None if expected is None else pytest.approx(expected, abs=1e-9)), (
            dict(row)
        )
        compared += 1
    assert compared > 1000


def test_exact_copies_share_their_ranks(release: sqlite3.Connection) -> None:
    names = {row["id"]: row["system"] for row in release.execute("SELECT * FROM systems")}
    by: dict[str, dict[str, tuple[object, ...]]] = defaultdict(dict)
    for row in release.execute("SELECT * FROM overall"):
        kept = ("value", "covered", "total", "rank", "rank_low", "rank_high", "cluster")
        by[row["metric"]][names[row["system"]]] = tuple(row[key] for key in kept)
    trivial = ("Majority label", "Constant explanation", "Copy of the post")
    for metric in ("weighted_f1", "accuracy", "mcc"):
        for one, other in itertools.pairwise(trivial):
            assert by[metric][one] == by[metric][other]
    for found in by.values():
        assert found[awkward.PLAIN] == found[awkward.TWIN]
