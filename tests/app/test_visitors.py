"""What visitors may take of the server: files, open pages, requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from websockets.exceptions import InvalidStatus

from scoring.tasks import Task
from tests.boards import demo_board
from tests.live import Live, live, memory, with_limits
from tests.sockets import visitor
from tests.workers import wait_until

LIMITS = "[visitors]\nsessions = 4\nsessions_of_address = 2\nrequests_a_minute = 30\n"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("visitors") / "data", tasks, ["stress"])
    with_limits(folder, LIMITS)
    with live(folder, tasks) as running:
        yield running


def test_whoever_is_not_signed_in_can_send_no_file(board: Live) -> None:
    stranger = visitor(board.site, "198.51.100.1")
    with stranger.session() as session:
        before = memory(board.process.pid)
        answers = [stranger.put(session, bytes(24 * 2**20), f"f{n}") for n in range(5)]
        assert {answer.status_code for answer in answers} == {403}
        assert "Sign in" in answers[0].text
        assert memory(board.process.pid) < before + 60


def test_pages_in_all_and_of_an_address_are_bounded_and_a_page_says_so(board: Live) -> None:
    one, other, third = (visitor(board.site, f"198.51.100.{n}") for n in (10, 11, 12))
    with ExitStack() as opened:
        of_one = ExitStack()
        for _ in range(2):
            of_one.enter_context(one.session())
        with pytest.raises(InvalidStatus) as refused, one.session():
            pass
        assert refused.value.response.status_code == 403
        busy = requests.get(board.site, headers={"Accept": "text/html", **one.headers}, timeout=60)
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "20")
        assert "As many pages are open from your network as one may have" in busy.text
        assert busy.headers["X-Frame-Options"] == "SAMEORIGIN"
        for _ in range(2):
            opened.enter_context(other.session())
        everybody = requests.get(
            board.site, headers={"Accept": "text/html", **third.headers}, timeout=60
        )
        assert (everybody.status_code, "As many people look at it" in everybody.text) == (503, True)
        # The API goes on, and a place that is free again is given away.
        assert board.anybody.get("/health", headers=third.headers).status == 200
        of_one.close()
        wait_until(
            lambda: (
                requests.get(
                    board.site, headers={"Accept": "text/html", **third.headers}, timeout=60
                ).status_code
                == 200
            )
        )
        with third.session() as session:
            assert session


def test_requests_of_an_address_are_counted_and_it_is_told_how_long_to_wait(board: Live) -> None:
    many = {"X-Forwarded-For": "198.51.100.20"}
    statuses = [board.anybody.get("/releases", headers=many).status for _ in range(60)]
    assert set(statuses[:30]) == {404}  # nothing is published here
    assert 429 in statuses
    refused = board.anybody.get("/releases", headers=many)
    while refused.status != 429:
        refused = board.anybody.get("/releases", headers=many)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json["type"] == "urn:reasonboard:too-many-requests"
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 2  # 30 a minute are one every two seconds
    assert re.search(rf"The next is possible in {seconds} s", refused.json["detail"])
    # Another address is not concerned.
    assert board.anybody.get("/health", headers={"X-Forwarded-For": "198.51.100.21"}).status == 200


def test_addresses_of_one_ipv6_network_are_one_visitor(board: Live) -> None:
    spread = [
        board.anybody.get("/releases", headers={"X-Forwarded-For": f"2001:db8:0:1::{n:x}"}).status
        for n in range(1, 61)
    ]
    assert 429 in spread
    neighbour = {"X-Forwarded-For": "2001:db8:0:2::1"}
    assert board.anybody.get("/releases", headers=neighbour).status == 404


def test_limits_with_a_fault_let_no_file_in_from_a_page_and_the_site_is_up(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    with_limits(folder, "[visitors]\nsessions = 0\n")
    with live(folder, tasks) as running:
        assert requests.get(running.site, timeout=60).status_code == 200
