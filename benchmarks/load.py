"""Measures how long health takes while others ask for all that anybody may ask: `make bench-load`.

    idle            health alone, one request after another
    arrays          100 guesses of an array's name, 20 at a time, again and again
    leaderboard     100 readers of the whole board at once, which nobody has asked for before; then again
    pages           one page of the board after another with some fields, 20 readers at a time
    downloads       20 readers of the release's file at once
    handshakes      pages that are opened and closed, 10 at a time

The board has 1,000 systems x 20 tasks. Only quotients within one run are compared: the 95th
percentile of health under each load, by that of the idle server.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import requests

from app.server.launch import running, url

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.site_boards import leaderboard_release
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.live import free_port, with_limits
from tests.sockets import visitor

IDLE, ROUNDS = 300, 100
PAUSE = 0.02


def health(site: str, stop: Callable[[int], bool]) -> list[float]:
    """Return seconds of each answer, until `stop` says so of how many there are."""
    spent = list[float]()
    with requests.Session() as session:
        while not stop(len(spent)):
            start = time.perf_counter()
            session.get(f"{site}/api/v1/health", timeout=600).raise_for_status()
            spent.append(time.perf_counter() - start)
            time.sleep(PAUSE)
    return spent


def under(site: str, name: str) -> list[float]:
    """Return seconds of each answer while the load goes on, or for as long as it takes where it
    comes once.

    The load is a process of its own, a polite one: what it spends itself is not the server's doing.
    """
    command = [sys.executable, __file__, "--load", name, "--site", site]
    with subprocess.Popen(command, preexec_fn=lambda: os.nice(15), stdout=subprocess.PIPE) as load:
        assert load.stdout is not None
        load.stdout.readline()  # it has begun
        lasts = name.endswith("first")
        spent = health(site, lambda count: load.poll() is not None if lasts else count >= ROUNDS)
        load.kill()
    return spent


def crowd(readers: int, ask: Callable[[int], object], times: int) -> None:
    """Send so many readers who ask, so many times together."""
    with ThreadPoolExecutor(readers) as pool:
        list(pool.map(ask, range(times)))


def read(address: str) -> int:
    """Ask, read all, and leave it packed; how many bytes that was."""
    with requests.get(address, timeout=600, stream=True) as answer:
        size = 0
        while part := answer.raw.read(1 << 16):
            size += len(part)
    return size


def loads(site: str) -> dict[str, Callable[[], object]]:
    """Name -> the load."""
    api = f"{site}/api/v1"
    guess = [hashlib.sha256(bytes([n])).hexdigest() for n in range(100)]

    def open_and_close(_: int) -> None:
        with visitor(site).session():
            pass

    def whole() -> None:
        crowd(100, lambda _: read(f"{api}/leaderboard"), 100)

    return {
        "arrays": lambda: crowd(20, lambda n: read(f"{api}/arrays/{guess[n]}"), 100),
        "leaderboard, first": whole,
        "leaderboard, again": whole,
        "pages": lambda: crowd(
            20, lambda n: read(f"{api}/leaderboard?fields=system,value&page={n + 1}"), 60
        ),
        "downloads": lambda: crowd(20, lambda _: read(f"{api}/releases/1/download"), 20),
        "handshakes": lambda: crowd(10, open_and_close, 20),
    }


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--systems", type=int, default=1_000)
    arguments.add_argument("--load", help="be this load")
    arguments.add_argument("--site", help="on this site")
    given = arguments.parse_args()
    if given.load:
        be(given.load, given.site)
        return
    with TemporaryDirectory() as folder:
        data = DataFolder(Path(folder) / "data")
        leaderboard_release(data.path, given.systems)
        prepare(data)
        with_limits(
            data,
            "[visitors]\nrequests_a_minute = 1000000\nsessions = 1000\nsessions_of_address ="
            " 1000\n",
        )
        port = free_port()
        with running(data.path, port=port):
            measure(url("localhost", port))


def be(name: str, site: str) -> None:
    """Be a load: once, or until somebody ends it."""
    load = loads(site)[name]
    print("begun", flush=True)
    load()
    while not name.endswith("first"):
        load()


def measure(site: str) -> None:
    """Print how long health takes."""
    health(site, lambda count: count >= 20)
    idle = float(np.quantile(health(site, lambda count: count >= IDLE), 0.95))
    print(f"{'idle':20} {1000 * idle:8.1f} ms", flush=True)
    for name in loads(site):
        spent = under(site, name)
        slow = float(np.quantile(spent, 0.95))
        print(
            f"{name:20} {1000 * slow:8.1f} ms  {slow / idle:5.1f} x  (n = {len(spent)})", flush=True
        )


if __name__ == "__main__":
    main()
