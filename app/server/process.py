"""The server's process, which `app/server/launch.py` starts: Streamlit's own command, with
connections that are looked after.

So its configuration is read as Streamlit reads it, from the environment too. The process ends when
whoever started it does, however that ends: standard input is a pipe that nobody writes to, and
whose other end is closed with the process that holds it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from streamlit.web import cli
from streamlit.web.server.starlette import starlette_server

from app import logs
from app.server.connections import Connection, Stream, allow_descriptors
from app.server.page_messages import LARGEST

APPLICATION = Path(__file__).parents[1] / "asgi.py"
BACKLOG = 128
END_SECONDS = 10.0
SWITCH_SECONDS = 0.0005
"""So long a thread may keep the interpreter while others wait for it (Python's own: ten times
that). A thread that only looks into a file or a database waits so long after each look while pages
are drawn and answers sent.
"""


def main() -> None:
    """Serve until told to end; arguments are Streamlit's."""
    logs.set_up(logs.Level.info)
    # A daemon, since it waits for ever and must not keep a server from ending.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Before uvicorn opens its socket, and so before the first connection.
    allow_descriptors()
    sys.setswitchinterval(SWITCH_SECONDS)
    of_streamlit = starlette_server._get_uvicorn_config_kwargs  # noqa: SLF001 (the only way to them)

    def settings() -> dict[str, Any]:
        own = {"http": Connection, "ws": Stream, "ws_max_size": LARGEST, "backlog": BACKLOG}
        return {**of_streamlit(), **own}

    starlette_server._get_uvicorn_config_kwargs = settings  # noqa: SLF001
    cli.main(["run", str(APPLICATION), *sys.argv[1:]])


def _end_with_parent() -> None:
    # Returns when the other end of the pipe is closed, and that happens also when its process is
    # killed.
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_SECONDS)
    # Whatever still holds the process up: a server without its parent must not hold the port.
    os._exit(1)


if __name__ == "__main__":
    main()
