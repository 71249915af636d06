"""Files of one team that take long, or come slowly, keep no other team waiting."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from scoring.tasks import Task
from submissions.receiving.turns import cores
from tests.boards import demo_board
from tests.live import Answer, Client, Live, children, live, with_limits
from tests.workers import wait_until

PATIENCE = 90.0


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("fair") / "data", tasks, ["stress"])
    with_limits(folder, "[team]\nreadings_an_hour = 6\nedits_an_hour = 4\n[upload]\nat_once = 4\n")
    with live(folder, tasks) as running:
        yield running


def check(team: Client, outputs: bytes) -> Answer:
    return team.ask(
        "POST", "/checks", data={"benchmark": "demo"}, files={"file": ("o.csv", outputs)}
    )


def test_a_small_file_is_read_before_the_second_large_one_of_another_team(board: Live) -> None:
    large, small = board.team("Large"), board.team("Small")
    few = board.outputs().splitlines(keepends=True)
    head, rows = few[0].rstrip() + b",repetition\r\n", few[1:]
    many = head + b"".join(
        row.rstrip() + f",{n}\r\n".encode() for n in range(1_000) for row in rows
    )
    with ThreadPoolExecutor(3) as crowd:
        long = [crowd.submit(check, large, many) for _ in range(2)]
        wait_until(lambda: len(children(board.process.pid)) >= 1)
        quick = check(small, board.outputs())
        assert quick.json["accepted"]
        still = [one.done() for one in long]
        assert [one.result().status for one in long] == [200, 200]
    # With a core for it, it was read beside the first; else right after it. Never after both.
    assert not all(still)
    assert cores() == 1 or not any(still)


def test_a_team_has_so_many_files_read_an_hour_and_is_told_when_it_may_again(board: Live) -> None:
    team, other = board.team("Curious"), board.team("Patient")
    answers = [check(team, b"not outputs") for _ in range(7)]
    assert [answer.status for answer in answers] == [200] * 6 + [429]
    refused = answers[-1]
    assert refused.json["type"] == "urn:reasonboard:too-many-files"
    assert 500 <= int(refused.headers["Retry-After"]) <= 600  # six an hour are one in ten minutes
    assert team.submit(board.outputs(), system="Late").status == 429  # by whichever way
    assert other.submit(board.outputs(), system="In time").status == 201


def test_a_teams_edits_are_counted_and_taking_consent_back_is_free(board: Live) -> None:
    team, other = board.team("Restless"), board.team("Calm")
    own, theirs = (
        f"/submissions/{one.submit(board.outputs(say=say), system=say, consent=True).json['id']}"
        for one, say in ((team, " Restless."), (other, " Calm."))
    )
    edits = [team.ask("PATCH", own, json={"base_model": f"m{number}"}) for number in range(5)]
    assert [edit.status for edit in edits] == [200] * 4 + [429]
    refused = edits[-1]
    assert refused.json["type"] == "urn:reasonboard:too-many-edits"
    assert 800 <= int(refused.headers["Retry-After"]) <= 900  # four an hour are one in a quarter
    assert team.ask("PATCH", own, json={"consent": False}).status == 200
    assert team.ask("POST", f"{own}/publish").status == 429, "giving it anew is counted"
    assert other.ask("PATCH", theirs, json={"base_model": "m"}).status == 200
    assert team.ask("POST", f"{own}/withdraw", json={"reason": "enough"}).status == 200


@pytest.mark.timeout(300)
def test_uploads_that_trickle_lose_their_places(board: Live) -> None:
    """Two teams fill every place with uploads that never come; a third is received all the same."""
    place = urlsplit(board.site)
    slow = [board.team("Trickle 1"), board.team("Trickle 2")]
    opened = []
    for team in slow * 3:
        one = socket.create_connection((str(place.hostname), place.port or 80))
        one.sendall(
            b"POST /api/v1/checks HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n"
            + f"Authorization: Bearer {team.token}\r\n\r\n--b\r\n".encode()
        )
        opened.append(one)
    wait_until(lambda: len(list(board.folder.incoming.iterdir())) == 4)  # all places are held
    sent = board.team("Third").submit(board.outputs(say=" Third."), system="Third")
    assert sent.status == 201
    for one in opened[:2]:
        one.settimeout(PATIENCE)
        assert b"408" in one.recv(4096).splitlines()[0]
    for one in opened:
        one.close()
