"""What pages may say to the server, and how often: one visitor's messages are not to cost the
others anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import Receive
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.server.page_messages import LARGEST, NAMES, OF_PAGE, SECONDS, WIDGETS, PageMessages
from submissions.declarations.meta import FILE_SIZE
from submissions.teams.limits import VisitorLimits
from tests.live import logged

UNNEEDED = (
    "clear_cache",
    "set_run_on_save",
    "load_git_info",
    "debug_disconnect_websocket",
    "debug_shutdown_runtime",
)


@dataclass(frozen=True)
class Board:
    """A server of its own.

    Attributes:
        site: Its address.
        log: Where it writes what it says.
    """

    site: str
    log: Path

    @contextmanager
    def page(self) -> Iterator[ClientConnection]:
        """An open page, drawn once."""
        with connect(
            f"ws://{urlsplit(self.site).netloc}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            proxy=None,
            max_size=None,
        ) as page:
            page.send(rerun())
            assert drawn(page)
            yield page

    def is_there(self) -> bool:
        """Whether another visitor is answered."""
        return requests.get(f"{self.site}/_stcore/health", timeout=60).status_code == 200

    def lines(self) -> int:
        """How many it has written."""
        return len(self.log.read_text().splitlines())


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    folder = tmp_path_factory.mktemp("messages")
    with logged(folder / "data", folder / "log") as site:
        yield Board(site, folder / "log")


def rerun(text: str = "", widgets: int = 1) -> bytes:
    """The message that has a page drawn, with what stands in its widgets."""
    said = BackMsg()
    said.rerun_script.query_string = ""
    for number in range(widgets):
        said.rerun_script.widget_states.widgets.add(id=f"$$ID-{number}-None", string_value=text)
    return said.SerializeToString()


def of_kind(kind: str) -> bytes:
    """A message of a kind that says nothing besides."""
    said = BackMsg()
    setattr(said, kind, True)
    return said.SerializeToString()


def operation(kind: str) -> bytes:
    """A request that is answered without drawing the page."""
    said = BackMsg()
    getattr(said.backend_operation_request, kind).SetInParent()
    return said.SerializeToString()


def names(number: int) -> bytes:
    """The question where so many files are to be sent."""
    said = BackMsg()
    said.file_urls_request.request_id = "x"
    said.file_urls_request.file_names.extend(["a"] * number)
    return said.SerializeToString()


def told(page: ClientConnection) -> ForwardMsg:
    """What the server says next."""
    frame = page.recv(timeout=60)
    assert isinstance(frame, bytes)
    message = ForwardMsg()
    message.ParseFromString(frame)
    return message


def drawn(page: ClientConnection) -> bool:
    """Whether the page is drawn to its end."""
    while told(page).WhichOneof("type") != "script_finished":
        pass
    return True


def ended(page: ClientConnection, messages: Iterable[bytes | str]) -> int:
    """The code by which the server ends a connection on which so much is sent."""
    with suppress(ConnectionClosed):
        for message in messages:
            page.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        listen_to_the_end(page)
    assert closed.value.rcvd is not None
    return int(closed.value.rcvd.code)


def listen_to_the_end(page: ClientConnection) -> None:
    """Take what the server says, until it ends the connection."""
    while True:
        page.recv(timeout=60)


def ping_without_end(page: ClientConnection) -> None:
    """Ask again and again whether the server is there."""
    for _ in range(100_000):
        page.ping()


def test_a_page_that_sends_without_end_is_disconnected_and_others_are_answered(
    board: Board,
) -> None:
    with board.page() as page:
        assert ended(page, [rerun()] * 2 * OF_PAGE) == 1008
        assert board.is_there()
    with board.page() as page:  # and whoever comes back is let in
        page.send(rerun())
        assert drawn(page)


def test_a_page_says_as_much_as_a_form_holds_and_no_more(board: Board) -> None:
    with board.page() as page:
        page.send(rerun("x" * FILE_SIZE))
        assert drawn(page)
        assert ended(page, [rerun("x" * LARGEST)]) == 1009
    with board.page() as page:
        page.send(rerun(widgets=WIDGETS))
        assert drawn(page)
        assert ended(page, [rerun(widgets=WIDGETS + 1)]) == 1009


def test_a_page_asks_where_to_send_so_many_files_and_no_more(board: Board) -> None:
    with board.page() as page:
        page.send(names(NAMES))
        while (answer := told(page)).WhichOneof("type") != "file_urls_response":
            pass
        assert len(answer.file_urls_response.file_urls) == NAMES
        assert ended(page, [names(NAMES + 1)]) == 1009


def test_what_no_page_needs_is_dropped_without_a_word(board: Board) -> None:
    kinds = set()
    with board.page() as page:
        before = board.lines()
        for kind in UNNEEDED:
            page.send(of_kind(kind))
        page.send(of_kind("app_heartbeat"))
        while (kind := told(page).WhichOneof("type")) != "heartbeat_ack":
            kinds.add(kind)
        # Streamlit answers two of them, and writes a line for the last two.
        assert kinds <= {"session_status_changed"}
        page.send(rerun())
        assert drawn(page)
        assert board.lines() == before


def test_no_message_that_concerns_other_readers_reaches_streamlit() -> None:
    sent = [*map(of_kind, UNNEEDED), operation("install_skills"), operation("dismiss_skills_nudge")]
    needed = [rerun(), names(1), of_kind("stop_script"), operation("deferred_file")]
    arriving = iter([*sent, *needed])
    handed_on = []

    async def receive() -> dict[str, Any]:
        content = next(arriving, None)
        if content is None:
            return {"type": "websocket.disconnect"}
        return {"type": "websocket.receive", "bytes": content}

    async def application(_scope: Any, receive: Receive, _send: Any) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            handed_on.append(message["bytes"])

    async def send(_message: Any) -> None:
        raise AssertionError("nothing is answered")

    limits = VisitorLimits(1, 1, 1, 600)
    asyncio.run(PageMessages(application, limits)({"type": "websocket"}, receive, send))
    assert handed_on == needed


@pytest.mark.parametrize(("message", "code"), [("hello", 1003), (b"\xff\xff\xff", 1002)])
def test_what_is_no_message_ends_the_connection_and_is_said_once(
    board: Board, message: bytes | str, code: int
) -> None:
    before = board.lines()
    for _ in range(5):
        with board.page() as page:
            assert ended(page, [message]) == code
    assert board.lines() <= before + 1
    assert "Traceback" not in board.log.read_text()


def test_what_streamlit_says_of_a_visitors_message_is_said_once_and_cut(board: Board) -> None:
    said = BackMsg()
    said.rerun_script.fragment_id = "there-is-none" * 1_000
    before = len(board.log.read_text())
    with board.page() as page:
        for _ in range(OF_PAGE // 2):
            page.send(said.SerializeToString())
        page.send(rerun())
        assert drawn(page)
    assert len(board.log.read_text()) < before + 4_000


def test_pings_without_end_end_the_connection(board: Board) -> None:
    with board.page() as page, pytest.raises(ConnectionClosed):
        ping_without_end(page)
    assert board.is_there()


def test_the_pages_of_an_address_are_made_to_wait_and_none_is_disconnected(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    few = 10
    (data / "limits.toml").write_text(
        f"[visitors]\nmessages_a_minute = {round(few * 60 / SECONDS)}\n"
    )
    with logged(data, tmp_path / "log") as site:
        board = Board(site, tmp_path / "log")
        with board.page() as one, board.page() as other:
            for _ in range(3 * few):
                one.send(of_kind("app_heartbeat"))
            answered = 0
            while answered < 3 * few:
                answered += told(one).WhichOneof("type") == "heartbeat_ack"
            other.send(rerun())
            assert drawn(other)
