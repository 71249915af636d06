"""A reverse proxy that serves one site under a sub-path, as nginx's `location /board/one/ {
proxy_pass ...; }` does.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ELSEWHERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def proxied(site: int, base: str) -> Iterator[str]:
    """The address under which the site on port `site` is to be had: all that does not begin with
    /`base`/ is not.
    """

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = _head(self.request)
            if not head.split(b" ", 2)[1:2] or not head.split(b" ", 2)[1].startswith(
                f"/{base}/".encode()
            ):
                self.request.sendall(_ELSEWHERE)
                return
            with socket.create_connection(("localhost", site)) as upstream:
                upstream.sendall(_one_request(head))
                answers = threading.Thread(target=_pour, args=(upstream, self.request))
                answers.start()
                _pour(self.request, upstream)
                answers.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address, block_on_close = True, True, False

    with Server(("127.0.0.1", 0), Forward) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/{base}"
        server.shutdown()


def _head(connection: socket.socket) -> bytes:
    """What has come of a request once its head is whole."""
    found = b""
    while b"\r\n\r\n" not in found and (part := connection.recv(65536)):
        found += part
    return found


def _one_request(head: bytes) -> bytes:
    """A connection carries one request, so that each is looked at; a websocket keeps its own."""
    if b"upgrade: websocket" in head.lower():
        return head
    lines, body = head.split(b"\r\n\r\n", 1)
    kept = [line for line in lines.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Everything from one side to the other, and its end."""
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has gone
        source.close()
