"""`reasonboard leaderboard` on the invented release: what its table shows and what
its cells carry.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from submissions.store.folder import DataFolder
from tests.commands import refuse, succeed

REAL = "imhi-expert"


def test_a_board_without_the_metric_is_passed_over_and_said(published: Path) -> None:
    said = succeed(published, "leaderboard", "--metric", "bartscore")
    assert "demo is left out: bartscore is not on its board." in said
    assert "BARTScore recall, release 1" in said
    refused = refuse(published, "leaderboard", "--metric", "bartscore", "--benchmark", "demo")
    assert "'bartscore' is not on the board of demo" in refused
    assert REAL in refused
    assert "not on the board" in refuse(
        published, "leaderboard", "--metric", "words", "--task", "demo/mood"
    )


def test_one_task_stands_without_means_and_ranks_over_all(published: Path) -> None:
    said = succeed(published, "leaderboard", "--task", f"{REAL}/irf")
    head = next(line for line in said.splitlines() if "system" in line)
    assert head.split()[1::2] == ["system", "value", "n"]
    lines = [line for line in said.splitlines() if line.startswith("│")]
    assert [line.split()[1] for line in lines[:2]] == ["alpha", "beta"]
    assert "0.701 (0.601 to 0.801)" in lines[0]
    assert "35/35" in lines[0]
    assert "0.671" not in said, "the mean over all tasks"


def test_coverage_by_an_optional_metric_counts_those_who_sent_what_it_reads(
    invented: ModuleType, tmp_path: Path
) -> None:
    whole = invented.content()

    def as_confidence(rows: tuple) -> tuple:
        called = {"bartscore": "brier"}
        return tuple(replace(row, metric=called.get(row.metric, row.metric)) for row in rows)

    metrics = tuple(
        replace(row, name="brier") if row.name == "bartscore" else row for row in whole.metrics
    )
    content = replace(
        whole,
        metrics=metrics,
        cells=as_confidence(whole.cells),
        overall=as_confidence(whole.overall),
    )
    folder = invented.publish_invented(tmp_path, 1, content)

    def caption(metric: str) -> str:
        said = succeed(folder, "leaderboard", "--benchmark", REAL, "--metric", metric)
        return " ".join(said.split())

    assert "95% of the examples answered or explained" in caption("weighted_f1")
    assert "95% of the examples, answered or not, with what it reads" in caption("brier")


def test_cells_carry_mean_rank_and_coverage_as_the_table_shows_them(published: Path) -> None:
    wanted = ("leaderboard", "--benchmark", REAL, "--metric", "weighted_f1", "--format")
    cells = json.loads(succeed(published, *wanted, "json"))
    alpha, half = (
        next(cell for cell in cells if cell["system"] == name) for name in ("alpha", "half")
    )
    names = (
        "mean",
        "mean_low",
        "mean_high",
        "rank",
        "rank_low",
        "rank_high",
        "cluster",
        "covered",
        "total",
    )
    assert [alpha[name] for name in names] == pytest.approx(
        [0.671, 0.621, 0.721, 1, 1, 2, 1, 3, 3], abs=1e-9
    )
    assert [half[name] for name in names] == pytest.approx(
        [0.95, 0.9, 1.0, None, None, None, None, 1, 3], abs=1e-9
    )
    assert alpha["mean_signature"] == "weighted_f1|v:1|mean-of:3 tasks"
    assert alpha["mean_interval"] == "percentile bootstrap"
    row = next(
        row
        for row in csv.DictReader(io.StringIO(succeed(published, *wanted, "csv")))
        if row["system"] == "half"
    )
    assert (float(row["mean"]), row["rank"], row["covered"], row["total"]) == (
        half["mean"],
        "",
        "1",
        "3",
    )


def test_a_deviation_over_runs_stands_behind_its_value(
    invented: ModuleType, published: Path, tmp_path: Path
) -> None:
    what = invented.content()
    repeated = replace(
        what,
        cells=tuple(
            replace(cell, sd=0.0214) if cell.value == 0.701 else cell for cell in what.cells
        ),
        overall=tuple(replace(row, sd=0.01) if row.rank == 1 else row for row in what.overall),
    )
    data = invented.publish_invented(tmp_path, 1, repeated)
    said = succeed(data, "leaderboard", "--benchmark", REAL)
    assert "0.671 ± 0.010 (0.621 to 0.721)" in said
    assert "0.701 ± 0.021" in said
    assert "±: standard deviation over runs" in said
    task = succeed(data, "leaderboard", "--task", f"{REAL}/irf")
    assert "0.701 ± 0.021 (0.601 to 0.801)" in task
    assert "±" not in succeed(published, "leaderboard"), "no system was run twice"
    asked = ("leaderboard", "--task", f"{REAL}/irf", "--metric", "weighted_f1", "--format", "csv")
    first = next(csv.DictReader(io.StringIO(succeed(data, *asked))))
    assert (first["sd"], first["mean_sd"]) == ("0.0214", "0.01")


def test_systems_of_one_strategy_stand_together(invented: ModuleType, tmp_path: Path) -> None:
    data = invented.publish_invented(tmp_path, 1, invented.with_strategies())
    said = succeed(data, "leaderboard", "--benchmark", REAL, "--group", "strategy")
    rows = [line.split("│") for line in said.splitlines() if line.startswith("│")]
    assert [(row[1].strip(), row[3].split()[0]) for row in rows][:4] == [
        ("Zero-shot", "beta"),
        ("Few-shot", "alpha"),
        ("chain-of-thought", "half"),
        ("not declared", "**bold**"),
    ]
    cells = json.loads(succeed(data, "leaderboard", "--benchmark", REAL, "--format", "json"))
    assert {cell["system"]: cell["strategy"] for cell in cells}["alpha"] == "few-shot"


def test_whoever_groups_systems_only_reads(invented: ModuleType, tmp_path: Path) -> None:
    data = invented.publish_invented(tmp_path, 1, invented.with_strategies())
    database = DataFolder(data).database
    database.unlink(missing_ok=True)
    succeed(data, "leaderboard", "--benchmark", REAL, "--group", "strategy")
    assert not database.exists(), "no database is made or migrated for a table"


def test_nothing_is_a_minus_zero(invented: ModuleType, tmp_path: Path) -> None:
    what = invented.content()
    cells = tuple(
        replace(cell, value=-0.0001, low=-0.0002, high=0.0)
        for cell in what.cells
        if cell.value is not None
    )
    means = tuple(replace(row, value=-0.0001, low=-0.0002, high=-0.0) for row in what.overall)
    data = invented.publish_invented(tmp_path, 1, replace(what, cells=cells, overall=means))
    said = succeed(data, "leaderboard") + succeed(data, "leaderboard", "--task", f"{REAL}/irf")
    assert "0.000 (0.000 to 0.000)" in said
    assert "-0.0" not in said
