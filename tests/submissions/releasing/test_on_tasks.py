"""Means and ranks on a chosen set of tasks: what a release would state of them."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from starlette.requests import Request

from app.api import cell_selection
from app.api.cell_selection import selection_asked_for
from scoring.errors import ReasonBoardError
from scoring.statistics.rounding import mean
from submissions.releasing.comparing import CannotCompare
from submissions.releasing.on_tasks import Chosen, computed_rows, rows_on_tasks, stated_rows
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import OverallRow
from submissions.store.released.serving import current_release
from tests.commands import refuse, succeed

F1 = "weighted_f1"


@pytest.fixture
def release(transfer_board: DataFolder) -> ReleaseReader:
    return current_release(transfer_board)


def plain(row: OverallRow) -> OverallRow:
    """Without what a part has besides."""
    return OverallRow(**{field.name: getattr(row, field.name) for field in fields(OverallRow)})


def on(*tasks: str, metric: str = F1) -> Chosen:
    return Chosen("demo", metric, tuple(f"demo/{task}" for task in tasks))


def test_a_chosen_platform_or_family_gets_what_the_release_states_of_it(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    tasks = release.tasks("demo")
    parts = {(row.kind, row.part) for row in release.parts("demo", F1)}
    assert parts, "of several tasks, and not of all"
    for kind, part in sorted(parts):
        names = tuple(task.id for task in tasks if getattr(task, kind) == part)
        chosen = Chosen("demo", F1, names)
        computed = [row for row in computed_rows(release, transfer_board, chosen) if row.covered]
        assert computed == list(map(plain, stated_rows(release, chosen)))


def test_all_tasks_are_the_board(release: ReleaseReader, transfer_board: DataFolder) -> None:
    chosen = Chosen("demo", F1, tuple(task.id for task in release.tasks("demo")))
    assert stated_rows(release, chosen) == release.overall("demo", F1)
    assert computed_rows(release, transfer_board, chosen) == release.overall("demo", F1)


def test_who_has_the_chosen_tasks_is_ranked_whatever_else_is_missing(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    names = {row.id: row.system for row in release.systems("demo")}
    partial = {row.system for row in release.overall("demo", F1) if row.covered < row.total}
    assert "TF-IDF (loneliness only)" in {names[key] for key in partial}
    rows = {
        row.system: row
        for row in rows_on_tasks(release, transfer_board, on("loneliness", "stress"))
    }
    cells = {(cell.system, cell.task): cell.value for cell in release.cells(metric=F1)}
    ranked = {key: row for key, row in rows.items() if row.rank is not None}
    assert partial & ranked.keys(), "some that the board does not rank"
    for key, row in ranked.items():
        assert row.value == mean([cells[key, f"demo/{task}"] for task in ("loneliness", "stress")])
        assert row.rank == 1 + sum(other.value > row.value for other in ranked.values())
        assert row.rank_low <= row.rank <= row.rank_high
        assert row.set_low <= row.rank <= row.set_high
        assert row.table_low <= row.set_low
        assert row.set_high <= row.table_high
        assert row.low is None or row.low < row.value < row.high
        assert row.total == row.covered == 2
    unranked = [row for key, row in rows.items() if key not in ranked]
    assert all(row.covered < 2 for row in unranked)


def test_what_cannot_be_ranked_is_refused_with_what_can(
    release: ReleaseReader, transfer_board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotCompare, match=r"demo/gone cannot be ranked .* its tasks are: demo/"):
        rows_on_tasks(release, transfer_board, on("stress", "gone"))
    with pytest.raises(CannotCompare, match=r"^no task cannot be|^no task "):
        rows_on_tasks(release, transfer_board, on())
    cells = ReleaseReader.cells
    monkeypatch.setattr(
        ReleaseReader,
        "cells",
        lambda self, **asked: tuple(replace(cell, array=None) for cell in cells(self, **asked)),
    )
    with pytest.raises(CannotCompare, match="gold of demo/loneliness, demo/stress is not public"):
        rows_on_tasks(release, transfer_board, on("loneliness", "stress"))


def test_the_command_ranks_on_chosen_tasks(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    asked = (transfer_board.path, "leaderboard", "--benchmark", "demo", "--tasks")
    rows = rows_on_tasks(release, transfer_board, on("loneliness", "stress"))
    cells = json.loads(succeed(*asked, "stress,loneliness", "--format", "json"))
    assert {cell["task"] for cell in cells} == {"demo/stress", "demo/loneliness"}
    names = {row.id: row.system for row in release.systems("demo")}
    stated = {
        (cell["system"], cell["mean"], cell["rank"], cell["table_high"], cell["total"])
        for cell in cells
    }
    assert stated == {(names[row.system], row.value, row.rank, row.table_high, 2) for row in rows}
    sets = succeed(*asked, "stress,loneliness", "--ranks", "own")
    assert "2/2" in sets
    assert "each system's own 95% set of ranks" in sets
    assert "did you mean 'demo/stress'" in refuse(*asked, "stres")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("tasks=demo/loneliness,demo/stress", ""),
        ("tasks=demo/stress&task=demo/stress", "ask for one of the two"),
        ("tasks=demo/stres", "did you mean"),
    ],
)
def test_an_address_ranks_on_chosen_tasks(
    release: ReleaseReader, transfer_board: DataFolder, asked: str, answer: str
) -> None:
    request = Request({"type": "http", "query_string": asked.encode(), "headers": []})
    if answer:
        with pytest.raises(ReasonBoardError, match=answer):
            selection_asked_for(request, release)
        return
    selection = selection_asked_for(request, release)
    packed = b"".join(selection.ranked_json(release, transfer_board))
    ranked = {(cell["system"], cell["rank"]) for cell in json.loads(packed)}
    assert ("TF-IDF (loneliness only)", 3) in ranked
    assert {cell["metric"] for cell in json.loads(packed)} == {F1}


def test_a_large_board_is_not_ranked_where_all_wait_for_it(
    release: ReleaseReader, transfer_board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_selection, "MOST_OUTPUTS", 100)
    selection = replace(
        cell_selection.CellSelection(release.tasks("demo")[:2], F1, ("rank",), None), ranked=True
    )
    with pytest.raises(ReasonBoardError, match="are too many to be ranked here"):
        selection.ranked_json(release, transfer_board)
