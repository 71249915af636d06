"""A client that sends more than the server wants to read gets to see the answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from scoring.tasks import Task
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.live import Live, live

MEGABYTE = 1024 * 1024
HEAD = "POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer rb_wrong\r\n"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = DataFolder(tmp_path_factory.mktemp("rest") / "data")
    prepare(folder)
    with live(folder, tasks) as running:
        yield running


def connect(board: Live) -> closing[socket.socket]:
    at = urlsplit(board.site)
    assert at.hostname is not None
    return closing(socket.create_connection((at.hostname, at.port or 80), timeout=120))


def read_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("length", ["Content-Length: {size}", "Transfer-Encoding: chunked"])
def test_a_client_that_reads_after_its_last_byte_sees_why_it_was_refused(
    board: Live, length: str
) -> None:
    size = 8 * MEGABYTE
    with connect(board) as connection:
        head = HEAD + length.format(size=size) + "\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        chunked = "chunked" in length
        connection.sendall(b"%x\r\n" % size if chunked else b"")
        connection.sendall(b"x" * size)
        connection.sendall(b"\r\n0\r\n\r\n" if chunked else b"")
        answer = read_to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"not one of ours" in answer


def test_the_connection_is_good_for_the_next_request(board: Live) -> None:
    with connect(board) as connection:
        connection.sendall((HEAD + f"Content-Length: {MEGABYTE}\r\n\r\n").encode())
        connection.sendall(b"x" * MEGABYTE)
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = read_to_the_end(connection)
    assert answers.count(b"HTTP/1.1 401") == 1
    assert answers.count(b"HTTP/1.1 200") == 1


def test_whoever_waits_to_be_asked_for_it_is_not_asked(board: Live) -> None:
    with connect(board) as connection:
        waits = f"Content-Length: {MEGABYTE}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        connection.sendall((HEAD + waits).encode())
        answer = read_to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in answer


def test_what_never_ends_is_not_read_for_ever(board: Live) -> None:
    block, sent = b"x" * MEGABYTE, 0
    with connect(board) as connection:
        head = HEAD + f"Content-Length: {1000 * MEGABYTE}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        try:
            while sent < 1000:
                connection.sendall(block)
                sent += 1
        except OSError:  # the connection is closed
            pass
    assert 1 <= sent < 200, sent
