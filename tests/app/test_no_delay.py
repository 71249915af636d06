"""An answer's second part does not wait in the kernel until the client has confirmed the first."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn

from app.server.connections import Connection

seen = list[int]()


class Noting(Connection):
    """A connection of the server's that notes how its socket is set."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        accepted = transport.get_extra_info("socket")
        seen.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


async def answer(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_connections_of_a_socket_like_streamlits_send_at_once() -> None:
    """Streamlit makes its listening socket without naming TCP; asyncio then leaves accepted ones as
    they are.
    """

    async def serve(listening: socket.socket) -> bytes:
        config = uvicorn.Config(answer, http=Noting, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered = await reader.read()
        writer.close()
        server.should_exit = True
        await serving
        return answered

    with socket.socket(socket.AF_INET) as listening:
        assert listening.proto == 0
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert asyncio.run(serve(listening)).startswith(b"HTTP/1.1 204")
    assert seen == [1]
