"""Real outputs, all the way to a row on the site, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.server.launch import url
from tests.commands import succeed
from tests.e2e.conftest import free_port
from tests.e2e.test_site import until
from tests.live import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
SYSTEM = "Example generations"


@pytest.fixture(scope="module")
def real_site(real_board: Path) -> Iterator[str]:
    """The address of the site on the board of real outputs."""
    port = free_port()
    with running(real_board, port=port):
        yield url("localhost", port)


@pytest.fixture(scope="module")
def cells(real_board: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """(task, metric) -> the system's cell, as the command line gives it."""
    read = json.loads(
        succeed(real_board, "leaderboard", "--benchmark", "imhi-expert", "--format", "json")
    )
    return {(cell["task"], cell["metric"]): cell for cell in read if cell["system"] == SYSTEM}


def row_of(visit: Any) -> dict[str, str]:
    """The system's row, head -> cell, once the grid is filled."""
    rows = until(visit, lambda rows: any(SYSTEM in row for row in rows))
    found = next(row for row in rows if SYSTEM in row)
    return dict(zip(rows[0], found, strict=True))


@pytest.mark.parametrize("metric", ["weighted_f1", "bartscore_hyp_to_ref"])
def test_the_system_stands_on_the_board_with_its_numbers(
    visit: Any, real_site: str, cells: dict[tuple[str, str], dict[str, Any]], metric: str
) -> None:
    board = visit()
    board.open(f"{real_site}/?benchmark=imhi-expert&metric={metric}")
    row = row_of(board)
    values = {
        name: cells[f"imhi-expert/{name}", metric]["value"] for name in ("dr", "dreaddit", "sad")
    }
    for name, value in values.items():
        assert float(row[name]) == pytest.approx(value, abs=6e-4)
    assert float(row["Mean"]) == pytest.approx(sum(values.values()) / 3, abs=6e-4)
    assert row["Tasks"] == "3 of 3"
    assert (
        row["Unparsed"]
        == f"{sum(cells[f'imhi-expert/{n}', metric]['n_unparsed'] for n in values)} of 105"
    )


def test_the_task_page_has_its_numbers_too(
    visit: Any, real_site: str, cells: dict[tuple[str, str], dict[str, Any]]
) -> None:
    page = visit()
    page.open(f"{real_site}/task?benchmark=imhi-expert&task=imhi-expert/sad")
    row = row_of(page)
    assert float(row["Weighted F1"]) == pytest.approx(
        cells["imhi-expert/sad", "weighted_f1"]["value"], abs=6e-4
    )
    assert (
        page.page.get_by_text("written by a domain expert").count()
        or page.page.get_by_text("expert").count()
    )
    page.page.get_by_text("For research, not for diagnosis.").first.wait_for()


def test_a_demonstration_checkpoint_is_marked(visit: Any, real_site: str) -> None:
    board = visit()
    board.open(f"{real_site}/?benchmark=imhi-expert&metric=bartscore_f")
    board.page.get_by_text("demonstration checkpoint").first.wait_for()
