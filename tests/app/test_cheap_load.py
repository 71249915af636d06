"""What anybody may ask costs the server little, however large the board: processor time is compared
within one run.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event

import anyio
import pytest
import requests
from starlette.testclient import TestClient

from app.api import api_application
from app.api.prepared import Computed, Prepared
from app.api.problems import LineIsFull, TooManyComputed
from app.api.public import CellSelection
from app.cells import CELL_FIELDS, BoardCells
from benchmarks.site_boards import BENCHMARK, leaderboard_release
from scoring.tasks import Task
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from tests.live import Live, live, with_limits

SYSTEMS, TASKS, METRICS = 150, 20, 4
CELLS = SYSTEMS * TASKS * METRICS


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = DataFolder(tmp_path_factory.mktemp("load") / "data")
    leaderboard_release(folder.path, SYSTEMS, TASKS)
    prepare(folder)
    with_limits(folder, "[visitors]\nrequests_a_minute = 100000\n")
    with live(folder, tasks) as running:
        yield running


def processor_seconds(process: int, do: Callable[[], object]) -> float:
    """What the server's process spent on something."""

    def spent() -> int:
        fields = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
        return int(fields[11]) + int(fields[12])

    before = spent()
    do()
    return (spent() - before) / os.sysconf("SC_CLK_TCK")


def test_a_guessed_array_costs_no_more_than_any_other_address_that_is_not_there(
    board: Live,
) -> None:
    guesses = [hashlib.sha256(bytes([n])).hexdigest() for n in range(100)]

    def ask(path: str) -> None:
        with requests.Session() as session:
            for guess in guesses:
                answer = session.get(f"{board.site}/api/v1/{path}/{guess}", timeout=60)
                assert answer.status_code == 404

    ask("arrays")  # once for what is loaded at first
    guessing = processor_seconds(board.process.pid, lambda: ask("arrays"))
    nothing = processor_seconds(board.process.pid, lambda: ask("releases"))
    # Reading every cell, as it once did, is about a hundred times as much here.
    assert guessing < 6 * nothing + 0.3


def test_an_array_that_is_there_is_looked_up(board: Live) -> None:
    """By an index: how SQLite goes about it is asked of SQLite."""
    import sqlite3

    with sqlite3.connect(current_release(board.folder).path) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT 1 FROM cells WHERE array = 'x'"
        ).fetchall()
    assert "INDEX" in plan[0][3]


def test_the_whole_board_is_made_once_a_release(board: Live) -> None:
    def ask() -> int:
        answer = requests.get(f"{board.site}/api/v1/leaderboard", timeout=120, stream=True)
        return len(answer.raw.read())

    first = processor_seconds(board.process.pid, ask)
    again = processor_seconds(board.process.pid, lambda: [ask() for _ in range(5)])
    # Five more cost less than the first alone; when each was made anew they cost five times as
    # much.
    assert again < first
    packed = requests.get(
        f"{board.site}/api/v1/leaderboard",
        timeout=120,
        stream=True,
        headers={"Accept-Encoding": "gzip"},
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    cells = json.loads(gzip.decompress(packed.raw.read()))
    assert len(cells) == CELLS == int(packed.headers["X-Total-Count"])
    plain = requests.get(
        f"{board.site}/api/v1/leaderboard", timeout=120, headers={"Accept-Encoding": "identity"}
    )
    assert "Content-Encoding" not in plain.headers
    assert plain.json() == cells


def test_pages_together_are_the_whole(board: Live) -> None:
    whole = board.anybody.get(f"/leaderboard?benchmark={BENCHMARK}&metric=accuracy").json
    pages, address = (
        [],
        f"{board.site}/api/v1/leaderboard?benchmark={BENCHMARK}&metric=accuracy&page=1",
    )
    while address:
        answer = requests.get(address, timeout=60)
        assert answer.headers["X-Total-Count"] == str(len(whole)) == str(SYSTEMS * TASKS)
        pages.append(answer.json())
        following = answer.links.get("next")
        address = requests.compat.urljoin(address, following["url"]) if following else ""
    assert [len(page) for page in pages] == [1_000, 1_000, 1_000]
    assert [cell for page in pages for cell in page] == whole
    assert all(one != other for one, other in pairwise(whole))
    assert board.anybody.get("/leaderboard?page=1000").json == []


def test_what_is_not_there_takes_no_room_among_the_answers(board: Live) -> None:
    unknown = board.anybody.get(f"/tasks?benchmark={'a' * 60_000}")
    assert unknown.status == 404
    assert len(unknown.content) < 1_000
    cells = BoardCells(current_release(board.folder))
    pages = {
        CellSelection((), None, CELL_FIELDS, page).within(cells).page for page in range(1, 10_000)
    }
    assert pages == {1}, "every page of what has no cells is one answer"


def test_answers_are_kept_within_their_bound_with_what_was_asked_for() -> None:
    prepared, made = Prepared(most=100_000), list[int]()

    def make(number: int) -> Iterator[bytes]:
        made.append(number)
        yield b"{}"

    async def ask(number: int) -> None:
        await prepared.get(("tasks", number, "a" * 10_000), partial(make, number))

    async def ask_all() -> None:
        for number in (*range(20), 19, 0):
            await ask(number)

    asyncio.run(ask_all())
    assert made == [*range(20), 0], "the last is kept, the first made room"


async def _in_line(computed: Computed, asked: list[tuple[str, str]], release: Event) -> list[str]:
    """What becomes of computed answers, by key and address, while none is ready until all came."""

    def slow() -> Iterator[bytes]:
        assert release.wait(60)
        yield b"{}"

    outcomes: dict[int, str] = {}

    async def ask(number: int, key: str, address: str) -> None:
        try:
            await computed.get((key,), slow, address)
            outcomes[number] = "answered"
        except (LineIsFull, TooManyComputed) as refused:
            outcomes[number] = type(refused).__name__

    async with anyio.create_task_group() as group:
        for number, (key, address) in enumerate(asked):
            group.start_soon(ask, number, key, address)
        await anyio.wait_all_tasks_blocked()
        # The line of what everybody gets is another, and free.
        with anyio.fail_after(30):
            assert await Prepared().get(("tasks",), lambda: [b"[]"])
        release.set()
    return [outcomes[number] for number in range(len(asked))]


def test_what_is_computed_has_a_bounded_line_and_each_address_its_share() -> None:
    computed = Computed(waiting=4, a_minute=3)
    asked = [("0", "a"), ("1", "a"), ("2", "a"), ("3", "b"), ("4", "c"), ("5", "d")]
    said = asyncio.run(_in_line(computed, asked, Event()))
    # One address has half of the line, and all together have no more than the line.
    assert said == ["answered", "answered", "LineIsFull", "answered", "answered", "LineIsFull"]
    # Two of a's three are used; what was computed is there for everybody, and costs nobody.
    again = [("0", "a"), ("6", "a"), ("7", "a"), ("8", "b"), ("1", "a")]
    said = asyncio.run(_in_line(computed, again, Event()))
    assert said == ["answered", "answered", "TooManyComputed", "answered", "answered"]


@pytest.mark.parametrize(
    ("computed", "status", "kind", "seconds"),
    [
        (Computed(waiting=0), 503, "line-is-full", "5"),
        (Computed(a_minute=1), 429, "too-many-computed", "60"),
    ],
)
def test_whoever_cannot_be_computed_for_is_told_when_and_the_rest_is_served(
    board: Live, computed: Computed, status: int, kind: str, seconds: str
) -> None:
    application = api_application(board.folder, board.tasks)
    application.state.context = replace(application.state.context, computed=computed)
    tasks = [task.id for task in current_release(board.folder).tasks(BENCHMARK)]
    with TestClient(application, raise_server_exceptions=False) as client:
        for task in tasks[:2]:
            answer = client.get(f"/api/v1/leaderboard?benchmark={BENCHMARK}&tasks={task}")
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:reasonboard:{kind}")
        assert answer.headers["Retry-After"] == seconds
        assert "Try again" in answer.json()["detail"] or "is possible in" in answer.json()["detail"]
        for plain in ("leaderboard?fields=system", f"tasks?benchmark={BENCHMARK}"):
            assert client.get(f"/api/v1/{plain}").status_code == 200


def test_fields_are_chosen_and_come_a_page_at_a_time(board: Live) -> None:
    found = board.anybody.get("/leaderboard?fields=value,system,task")
    assert len(found.json) == 1_000
    assert {tuple(cell) for cell in found.json} == {("system", "task", "value")}
    whole = board.anybody.get("/leaderboard").json
    assert found.json == [
        {name: cell[name] for name in ("system", "task", "value")} for cell in whole[:1_000]
    ]
    assert tuple(whole[0]) == CELL_FIELDS
    for wrong, said in {
        "fields=value,secret": "no 'secret'",
        "page=0": "`page` is a number from 1",
        "page=x": "`page`",
        "fields=": "no ''",
    }.items():
        refused = board.anybody.get(f"/leaderboard?{wrong}")
        assert (refused.status, said in refused.json["detail"]) == (400, True)
