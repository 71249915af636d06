"""The server's process, which `app/server.py` starts: Streamlit's configuration, the application, uvicorn.

It ends when whoever started it does, however that ends: standard input is a pipe that nobody writes to, and whose other
end is closed with the process that holds it.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn
from streamlit import config
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_server

from app.connections import Connection, allow_descriptors

APPLICATION = Path(__file__).with_name("asgi.py")
BACKLOG = 128
END_SECONDS = 10.0


def main() -> None:
    """Serve until told to end."""
    arguments = argparse.ArgumentParser(
        description="The server's process; `reasonboard serve` starts it."
    )
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--address", required=True)
    given = arguments.parse_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    allow_descriptors()
    # As Streamlit's own command does: its configuration is found beside the script.
    config._main_script_path = str(APPLICATION)  # noqa: SLF001 (there is no other way to say it)
    bootstrap.load_config_options(
        {"server.port": given.port, "server.address": given.address, "server.headless": True}
    )
    from app.asgi import app  # which reads the configuration

    settings = uvicorn.Config(
        app,
        host=given.address,
        port=given.port,
        http=Connection,
        backlog=BACKLOG,
        **starlette_server._get_uvicorn_config_kwargs(),  # noqa: SLF001 (TLS, pings, sizes)
    )
    with _listening(given.address, given.port) as place:
        uvicorn.Server(settings).run(sockets=[place])


def _listening(address: str, port: int) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    found = socket.socket(family, kind, protocol)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(place)
    found.listen(BACKLOG)
    return found


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
