"""Starts the site and says where it is, once it answers.

The site and the HTTP API are one application (`asgi.py`) in a process of its own (`serving.py`), so
that a crash or a Ctrl-C ends both. Its configuration is `app/.streamlit/config.toml`, which
Streamlit finds beside the script whatever the working folder is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.errors import ReasonBoardError

START_SECONDS = 60.0


class ServerError(ReasonBoardError):
    """The site cannot be started here."""


def serve(
    data: Path,
    *,
    port: int = 8501,
    address: str = "localhost",
    say: Callable[[str], None] = print,
) -> int:
    """Serve the site until it ends or is interrupted.

    Args:
        data: Folder of the run-time data whose current release is shown.
        port: TCP port.
        address: Name or number of the interface to listen on.
        say: Told the site's address once it answers.

    Returns:
        The server's exit status; 0 after an interruption.

    Raises:
        ServerError: The port is taken, or the site does not come up.
    """
    # Python ends at once on SIGTERM, without unwinding, and would leave the site's process
    # behind.
    signal.signal(signal.SIGTERM, _end)
    with running(data, port=port, address=address) as site:
        say(f"ReasonBoard is on {url(address, port)} (Ctrl-C ends it)")
        try:
            return site.wait()
        except KeyboardInterrupt:
            return 0


@contextmanager
def running(
    data: Path,
    *,
    port: int,
    address: str = "localhost",
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the site, answering, for the length of a `with`; `start` starts its process as `Popen`
    does.
    """
    _check_free(address, port)
    site = start(
        [
            sys.executable,
            "-P",  # a folder `app` where the command was started is none of ours
            "-m",
            "app.server.process",
            f"--server.port={port}",
            f"--server.address={address}",
            "--server.headless=true",
        ],
        env=os.environ | {"REASONBOARD_DATA": str(data.resolve())},
        # Streamlit greets there; what the server has to say goes to standard error.
        stdout=subprocess.DEVNULL,
        stdin=subprocess.PIPE,  # closed with this process, which tells the other to end
    )
    try:
        _wait_until_healthy(site, address, port)
        yield site
    finally:
        site.terminate()
        try:
            # Long enough for answers that are under way, and shorter than supervisors wait before
            # they kill.
            site.wait(timeout=10)
        except subprocess.TimeoutExpired:
            site.kill()
            site.wait()
        if site.stdin is not None:
            site.stdin.close()


def url(address: str, port: int) -> str:
    """Return what to open in a browser."""
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(address, address)  # noqa: S104 (compared, not bound)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _end(number: int, _frame: object) -> None:
    """Unwind like a Ctrl-C, so that the site's process ends too."""
    raise SystemExit(128 + number)


def _check_free(address: str, port: int) -> None:
    family, kind, protocol, _, place = _resolve(address, port)
    with socket.socket(family, kind, protocol) as probe:
        # As the server itself does: a port that was given up a minute ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise ServerError(
                f"Port {port} of {address} cannot be used ({error.strerror}). End what listens"
                f" there, or choose another port: `--port {port + 1}`."
            ) from error


def _resolve(address: str, port: int) -> tuple[int, int, int, str, tuple[object, ...]]:
    try:
        return socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServerError(
            f"{address!r} is no address of this machine ({error}); try localhost or 0.0.0.0"
        ) from error


def _wait_until_healthy(site: subprocess.Popen[bytes], address: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if site.poll() is not None:
            raise ServerError(
                f"The site ended with status {site.returncode} before it answered; its reason is"
                " above."
            )
        try:
            # The API and not a page: it answers only when the database can be read.
            with urllib.request.urlopen(f"{url(address, port)}/api/v1/health", timeout=2):  # noqa: S310 (http only)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ServerError(
        f"The site did not answer on {url(address, port)} within {START_SECONDS:.0f} s."
    )
