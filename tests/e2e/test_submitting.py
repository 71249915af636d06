"""A team's way in a real browser: sign in, upload, see the verdict, submit, watch it become scored,
publish.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Error, Page, expect

from app.server.launch import url
from submissions.declarations.settings import TINY_CHECKPOINT
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions
from submissions.teams.accounts import Role, add_team
from tests.commands import succeed
from tests.e2e.conftest import free_port
from tests.e2e.test_accessibility import violations
from tests.e2e.test_site import choose, column, until
from tests.e2e.test_table import GZIP
from tests.live import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
SYSTEM = "Generations by browser"
PATIENCE = 120_000
"""Milliseconds for what may have to wait for another process."""


@dataclass
class Board:
    """A copy of the board of real outputs, with a server on it."""

    data: Path
    site: str
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, team: str, role: Role = Role.member) -> str:
        """Of a team that is made when it is first asked for."""
        if team not in self.tokens:
            self.tokens[team] = add_team(DataFolder(self.data), team, role, "tester")
        return self.tokens[team]


@pytest.fixture
def board(real_board: Path, tmp_path: Path) -> Iterator[Board]:
    data = tmp_path / "data"
    shutil.copytree(real_board, data)
    port = free_port()
    with running(data, port=port):
        yield Board(data, url("localhost", port))


@pytest.fixture
def outputs(imhi_dir: Path) -> list[Path]:
    """The published example generations, in the benchmark's own form."""
    return sorted((imhi_dir / "examples" / "response_generation_examples").glob("*.csv"))


def sign_in(page: Page, address: str, token: str) -> None:
    page.goto(address)
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def upload(page: Page, files: list[Path]) -> None:
    page.locator("input[type=file]").first.set_input_files(files)
    page.get_by_text("What was read of it").wait_for()
    page.get_by_role("button", name="Submit", exact=True).wait_for(timeout=PATIENCE)


def declare(page: Page, system: str) -> None:
    page.get_by_label("System", exact=True).fill(system)
    page.get_by_label("Version", exact=True).fill("1")
    method = page.get_by_role("combobox", name="Method")
    method.scroll_into_view_if_needed()
    option = page.get_by_role("option", name="instruction fine-tuning")
    for _ in range(
        10
    ):  # a list that is open is closed again by scrolling, and by a rerun that ends just then
        method.fill("")
        method.fill("instruction")
        with suppress(Error):
            option.wait_for(timeout=3_000)
            break
    method.press("Enter")
    expect(method).to_have_value("instruction fine-tuning")
    page.get_by_role("button", name="Submit", exact=True).click()


def to_the_board(visit: Any) -> None:
    """By links, as a session lasts no longer than its page."""
    visit.page.get_by_role("link", name="Leaderboard").click()
    visit.page.get_by_role("heading", name="Leaderboard").wait_for()
    choose(visit, "Benchmark", "imhi-expert")


def unpacked(sent: bytes) -> bytes:
    """What was sent, with what is compressed in it opened: a table's rows are."""
    opened = [sent]
    start = sent.find(GZIP)
    while start >= 0:
        with suppress(zlib.error):  # three bytes that look like a beginning
            opened.append(zlib.decompressobj(wbits=31).decompress(sent[start:]))
        start = sent.find(GZIP, start + 1)
    return b"".join(opened)


def received(page: Page) -> list[bytes]:
    """What the server sends from now on."""
    frames: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload.encode() if isinstance(payload, str) else payload)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


def test_from_a_folder_of_outputs_to_a_row_on_the_board(
    board: Board, visit: Callable[..., Any], outputs: list[Path]
) -> None:
    team = visit(height=1400)
    page = team.page
    sign_in(page, f"{board.site}/submit?benchmark=imhi-expert", board.token("Alpha"))
    upload(page, outputs)
    rows = until(team, lambda rows: "Label read" in rows[0])
    assert len(rows) == 4, "each of the three sets"
    assert all(cell.split(" of ")[0] == cell.split(" of ")[1] for cell in column(rows, "Rows"))
    page.get_by_text("3 of 3 tasks, 105 outputs").wait_for()
    before = len(submissions(DataFolder(board.data)))
    declare(page, SYSTEM)
    page.get_by_text(f"{SYSTEM} 1: accepted").wait_for(timeout=PATIENCE)
    own = submissions(DataFolder(board.data))[before]
    page.get_by_role("link", name="Watch it become scored").click()
    expect(page.get_by_text("received", exact=True)).to_be_visible()
    assert f"id={own.id}" in page.url

    stranger = visit()
    frames = received(stranger.page)
    sign_in(stranger.page, f"{board.site}/submission?id={own.id}", board.token("Beta"))
    stranger.page.get_by_text("There is no submission").wait_for()

    succeed(
        board.data,
        "score",
        "--benchmark",
        "imhi-expert",
        "--checkpoint",
        TINY_CHECKPOINT,
        timeout=900,
    )
    page.get_by_text("scored", exact=True).wait_for(timeout=PATIENCE)
    scores = until(team, lambda rows: "Signature" in rows[0] and len(rows) > 3)
    shown = {(row[0], row[1]): row[2] for row in scores[1:]}

    stranger.page.get_by_role("button", name="Take part").click()
    stranger.page.get_by_role("menuitem", name="Submissions").click()
    stranger.page.get_by_text("There are no submissions of your team yet").wait_for()
    to_the_board(stranger)
    until(stranger, lambda rows: "Example generations" in column(rows, "System"))
    sent = unpacked(b"".join(frames))
    assert b"Example generations" in sent, "what is public is sent, so this test could see the rest"
    assert SYSTEM.encode() not in sent
    assert b"Alpha" not in sent

    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Its team has consented to publication.").wait_for()
    succeed(board.data, "publish", "--reason", "a team has published")
    page.get_by_text("published", exact=True).wait_for(timeout=PATIENCE)
    to_the_board(team)
    listed = until(team, lambda rows: SYSTEM in column(rows, "System"))
    row = dict(zip(listed[0], next(row for row in listed if SYSTEM in row), strict=True))
    cells = json.loads(
        succeed(board.data, "leaderboard", "--benchmark", "imhi-expert", "--format", "json")
    )
    own_values = sorted(
        float(value) for (_, metric), value in shown.items() if metric == "Weighted F1"
    )
    on_board = sorted(
        c["value"] for c in cells if (c["system"], c["metric"]) == (SYSTEM, "weighted_f1")
    )
    assert own_values == pytest.approx(on_board, abs=6e-4)
    assert float(row["Mean"]) == pytest.approx(sum(on_board) / 3, abs=6e-4)


def test_the_pages_have_no_violation(
    board: Board, visit: Callable[..., Any], outputs: list[Path]
) -> None:
    window = visit(height=1400)
    page = window.page
    page.goto(f"{board.site}/submit?benchmark=imhi-expert")
    page.get_by_label("Token", exact=True).wait_for()
    look(page, "sign-in")
    sign_in(page, f"{board.site}/submit?benchmark=imhi-expert", board.token("Us", Role.maintainer))
    upload(page, outputs)
    look(page, "submit")
    declare(page, SYSTEM)
    page.get_by_role("link", name="Watch it become scored").click(timeout=PATIENCE)
    page.get_by_text("received", exact=True).wait_for()
    page.get_by_text("What is declared, to be edited").click()
    page.get_by_role("button", name="Save").wait_for()
    look(page, "submission")
    page.get_by_role("button", name="Take part").click()
    page.get_by_role("menuitem", name="Maintain").click()
    for section in ("Queue", "Takedown", "Teams", "Events"):
        page.get_by_role("combobox", name="Show").click()
        page.get_by_role("option", name=section).click()
        page.wait_for_url(
            f"**/maintain?show={section.lower()}" if section != "Queue" else "**/maintain**"
        )
        look(page, f"maintain-{section.lower()}")


def look(page: Page, name: str) -> None:
    """No violation in either mode, once the page is drawn."""
    for mode in ("light", "dark"):
        page.emulate_media(color_scheme=mode)
        ground = "rgb(255, 255, 255)" if mode == "light" else "rgb(11, 18, 32)"
        page.wait_for_function(
            "ground =>"
            " getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor ==="
            " ground",
            arg=ground,
        )
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.get_by_text("For research, not for diagnosis.").last.wait_for()
        assert violations(page) == [], (name, mode)


def test_a_file_past_the_browsers_limit_is_refused_by_browser_and_server(
    board: Board, visit: Callable[..., Any], tmp_path: Path
) -> None:
    large, small = tmp_path / "large.csv", tmp_path / "small.csv"
    large.write_bytes(b"task,example_id,output\n" + b"x" * 26 * 2**20)
    small.write_bytes(b"task,example_id,output\n")
    window = visit(height=1400)
    page = window.page
    sign_in(page, f"{board.site}/submit?benchmark=imhi-expert", board.token("Alpha"))
    page.get_by_text(
        "In the browser up to 25 MB; by the command line or the HTTP API up to 50 MB"
    ).wait_for()
    page.locator("input[type=file]").first.set_input_files(large)
    page.get_by_text("File must be 25.0MB or smaller.").wait_for()
    assert page.get_by_text("What was read of it").count() == 0
    page.get_by_role("button", name="Remove large.csv").click()

    with page.expect_request("**/_stcore/upload_file/**") as sent:
        page.locator("input[type=file]").first.set_input_files(small)
    own = {name: sent.value.all_headers()[name] for name in ("cookie", "x-xsrftoken")}
    for file, status in (
        (small, 204),
        (large, 413),
    ):  # past the browser's check, as whoever writes a request is
        put = requests.put(
            sent.value.url, headers=own, files={"file": file.read_bytes()}, timeout=60
        )
        assert put.status_code == status
