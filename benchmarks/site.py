"""Measures the site with 1,000 systems x 20 tasks, and Compare on 19,353 examples: `make
bench-site`.

    first table     from navigation until rows are painted, in Chromium with an empty cache, against a page that
                    does nothing but draw the same frame as a grid; rounds alternate, medians are compared; on this
                    machine, and over a line of 10 Mbit/s with 40 ms
    bytes           of all answers and websocket frames until then
    whole table     from navigation until every row stands
    sort            from a click on a head until the rows in sight are painted in the new order
    filter click    from a click on "Hide baselines" until the page shows what is left, in the browser
    a rerun         processor time of the server for such a click
    50 sessions     websocket clients that click at random, 5 s apart: from the click until the script has finished;
                    counted once all of them have opened the page
    memory          resident memory of the server after all of that
    Compare         two systems, 19,353 examples, until the examples' grid is painted: from a click on its link on the
                    leaderboard, the first time in the server's life and then again in new windows; and from the
                    address in a window with an empty cache, which loads Streamlit too (2 s on a bare page)

The release is made by a generator: invented names, seeded random numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from app.server.launch import running, url

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.site_boards import BENCHMARK, compare_board, leaderboard_release
from tests.app.grids import grid
from tests.e2e.browser import installed
from tests.e2e.conftest import FLAGS, free_port

ROUNDS = 15
SLOW_ROUNDS = 5
SLOW = {"offline": False, "latency": 40, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
"""10 Mbit/s with 40 ms, in bytes a second as DevTools take it."""
CLICKS = 30
SESSIONS = 50
THINKING = 5.0


@contextmanager
def site(data: Path) -> Iterator[tuple[str, int]]:
    """Start the site on `data`: its address and the server's process."""
    port = free_port()
    with running(data, port=port) as process:
        yield url("localhost", port), process.pid


@contextmanager
def bare_page(folder: Path) -> Iterator[str]:
    """Serve a page that draws the leaderboard's frame and nothing else."""
    script = folder / "bare.py"
    script.write_text(
        "import pandas as pd, streamlit as"
        f" st\nst.set_page_config(layout='wide')\nst.dataframe(pd.read_pickle({str(folder / 'frame.pkl')!r}),"
        " height=640)\n"
    )
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        "--server.fileWatcherType",
        "none",
        "--browser.gatherUsageStats",
        "false",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{port}/_stcore/health")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    import urllib.request

    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=1).close()  # noqa: S310 (http only)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{address} does not answer")


def pickle_frame(data: Path, target: Path) -> None:
    """Pickle the frame that the leaderboard draws on `data`, as the page itself makes it."""
    os.environ["REASONBOARD_DATA"] = str(data)
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(
        str(Path(__file__).parents[1] / "app" / "streamlit_app.py"), default_timeout=120
    ).run()
    grid(page).to_pickle(target)


@dataclass(frozen=True)
class FirstTable:
    """How a page's first table came.

    Attributes:
        seconds: Until rows were painted.
        whole: Until every row stood.
        kilobytes: Of answers and frames until rows were painted.
    """

    seconds: float
    whole: float
    kilobytes: float


async def first_table(browser, address: str, line: dict | None = None) -> FirstTable:
    """Return how a page's first table comes, in a window with an empty cache."""
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    if line:
        await devtools.send("Network.emulateNetworkConditions", line)
    sizes: list[float] = []
    devtools.on("Network.dataReceived", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.on(
        "Network.webSocketFrameReceived",
        lambda event: sizes.append(len(event["response"]["payloadData"]) * 0.75),  # base64
    )
    start = time.perf_counter()
    await page.goto(address, wait_until="commit")
    await first_rows(page)
    spent, size = time.perf_counter() - start, sum(sizes) / 1000
    await page.wait_for_function(
        f"() => !({TABLE}) || ({TABLE}).closest('.whole') !== null", timeout=60_000
    )
    whole = time.perf_counter() - start
    await context.close()
    return FirstTable(spent, whole, size)


TABLE = (
    "[...document.querySelectorAll('*')].map(element =>"
    " element.shadowRoot?.querySelector('.sheet table')).find(Boolean)"
)
"""The first of the site's own tables, in JavaScript."""


async def first_rows(page) -> None:
    """Wait until the page's first table has rows and was painted: the site's own, or a grid."""
    await page.wait_for_function(
        f"() => document.querySelector('[data-testid=stDataFrame] canvas') || ({TABLE})?.tBodies[0].rows.length",
        polling=16,
        timeout=120_000,
    )
    if await page.locator("[data-testid=stDataFrame] canvas").count():
        await painted(page)
    else:
        await page.evaluate(FRAMES)


FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def sorts(browser, address: str) -> list[float]:
    """Return seconds from each click on a head until the rows in sight are painted anew."""
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    await page.goto(address)
    await page.locator(".sheet.whole").first.wait_for()
    heads = page.locator(".sheet thead button.title")
    spent = []
    for number in range(CLICKS):
        box = await heads.nth(2 + number % 5).bounding_box()
        before = await page.locator(".sheet tbody th").nth(5).text_content()
        start = time.perf_counter()
        await page.mouse.click(box["x"] + 6, box["y"] + 6)
        await page.wait_for_function(
            f"before => ({TABLE}).querySelectorAll('tbody th')[5].textContent !== before",
            arg=before,
            polling=8,
        )
        await page.evaluate(FRAMES)
        spent.append(time.perf_counter() - start)
        await page.wait_for_timeout(300)
    await context.close()
    return spent


async def painted(page, grid: int = 0) -> None:
    """Wait until the grid's canvas has ink on it."""
    await page.wait_for_function(
        """place => {
            const canvas = document.querySelectorAll('[data-testid=stDataFrame]')[place]?.querySelector('canvas');
            if (!canvas || !canvas.width) return false;
            const middle = canvas.getContext('2d').getImageData(0, canvas.height / 2, canvas.width, 1).data;
            return new Set(middle).size > 3;
        }""",
        arg=grid,
        polling=16,
        timeout=120_000,
    )


async def clicks(browser, address: str, pid: int) -> tuple[list[float], float]:
    """Return seconds from each click on a filter to the grid that it leaves, and processor seconds
    of the server a click.
    """
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    await page.goto(address)
    await first_rows(page)
    await page.get_by_role("button", name="Filters").click()
    await page.get_by_text("Hide baselines", exact=True).wait_for()
    box = await page.get_by_text("Hide baselines", exact=True).bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    caption = page.get_by_text("Systems:", exact=False).first
    spent, before = [], cpu(pid)
    for _ in range(CLICKS):
        text = await caption.text_content()
        start = time.perf_counter()
        await page.mouse.click(
            *place
        )  # as a hand does: a locator's click first waits for the page to be at rest
        await page.wait_for_function(
            "before => [...document.querySelectorAll('[data-testid=stCaptionContainer]')].filter(c"
            " => c.textContent.startsWith('Systems:')).every(c => c.textContent !== before)",
            arg=text,
            polling=8,
        )
        await page.evaluate(FRAMES)
        spent.append(time.perf_counter() - start)
    used = (cpu(pid) - before) / CLICKS
    await context.close()
    return spent, used


def cpu(pid: int) -> float:
    """Return processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Return resident megabytes of a process."""
    line = next(
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


async def session(
    address: str, number: int, opened: asyncio.Barrier, seconds: float
) -> list[float]:
    """Return one visitor over Streamlit's own websocket.

    Opens the page, then asks for it anew with another filter.
    """
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.asyncio.client import connect

    rng = np.random.default_rng(number)
    spent = []
    host = address.replace("http", "ws")
    async with connect(
        f"{host}/_stcore/stream", subprotocols=["streamlit"], max_size=None, origin=address
    ) as socket:

        async def run(query: str) -> float:
            message = BackMsg()
            message.rerun_script.query_string = query
            start = time.perf_counter()
            await socket.send(message.SerializeToString())
            while True:
                answer = ForwardMsg()
                answer.ParseFromString(await socket.recv())
                if answer.WhichOneof("type") == "script_finished":
                    return time.perf_counter() - start

        await run("")
        await opened.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            await asyncio.sleep(float(rng.exponential(THINKING)))
            hide, order = int(rng.integers(2)), ("asc", "desc")[int(rng.integers(2))]
            spent.append(await run(f"hide_baselines={hide}&order={order}"))
    return spent


async def measure(
    data: Path, compare: Path, work: Path, seconds: float
) -> list[tuple[str, str, str]]:
    """Return all rows of the table: what, measured, aimed at."""
    from playwright.async_api import async_playwright

    pickle_frame(data, work / "frame.pkl")
    rows = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
        with site(data) as (address, pid), bare_page(work) as bare:
            rows += await both(browser, address, bare, ROUNDS, None, "")
            rows += await both(browser, address, bare, SLOW_ROUNDS, SLOW, ", slow line")
            rows.append(
                ("sort in the browser, p50 / p95", _percentiles(await sorts(browser, address)), "")
            )
            spent, used = await clicks(browser, address, pid)
            rows.append(
                ("filter click in the browser, p50 / p95", _percentiles(spent), "p95 about 300 ms")
            )
            rows.append(
                ("processor time of the server a rerun", f"{1000 * used:.0f} ms", "about 40 ms")
            )
            everyone = asyncio.Barrier(SESSIONS)
            taken = await asyncio.gather(
                *(session(address, number, everyone, seconds) for number in range(SESSIONS))
            )
            spent = [value for values in taken for value in values]
            rows.append(
                (
                    f"{SESSIONS} sessions, {len(spent)} clicks, p50 / p95",
                    _percentiles(spent),
                    "p95 about 300 ms",
                )
            )
            rows.append(("memory after that", f"{memory(pid):.0f} MB", "under 600 MB"))
        with site(compare) as (address, pid):
            spent, used = [], []
            for _ in range(5):
                seconds_taken, processor = await followed(browser, address, pid)
                spent.append(seconds_taken)
                used.append(processor)
            fresh = [await opened(browser, f"{address}/compare?benchmark=imhi") for _ in range(3)]
            rows.append(
                ("Compare, 19,353 examples, by its link: first", f"{spent[0]:.2f} s", "under 2 s")
            )
            rows.append(
                ("again, another window, median", f"{median(spent[1:]):.2f} s", "under 2 s")
            )
            rows.append(("from an address, empty cache, median", f"{median(fresh):.2f} s", ""))
            rows.append(
                (
                    "processor time of the server, first and again",
                    f"{used[0]:.2f} / {median(used[1:]):.2f} s",
                    "",
                )
            )
            rows.append(("memory after that", f"{memory(pid):.0f} MB", "under 600 MB"))
        await browser.close()
    return rows


async def both(
    browser, address: str, bare: str, rounds: int, line: dict | None, where: str
) -> list[tuple[str, str, str]]:
    """Return the rows about the first table, of the site and of the bare page in turn."""
    taken: dict[str, list[FirstTable]] = {address: [], bare: []}
    for number in range(rounds + 1):
        for place, own in taken.items():
            came = await first_table(browser, place, line)
            own.extend([came] if number else [])  # the first round fills the servers' caches
    ours, theirs = ([each.seconds for each in taken[place]] for place in (address, bare))
    ratios = [own / other for own, other in zip(ours, theirs, strict=True)]
    low, high = np.quantile(ratios, (0.25, 0.75))
    ratio = f"{median(ours) / median(theirs):.2f}; {low:.2f} to {high:.2f}"
    sizes = [median(each.kilobytes for each in taken[place]) for place in (address, bare)]
    whole = median(each.whole for each in taken[address])
    aim = "at most 0.75" if line else "aim 0.85, at most 1.0"
    return [
        (f"first table visible, empty cache{where}", f"{median(ours):.2f} s", ""),
        (f"the same frame as a grid on a bare page{where}", f"{median(theirs):.2f} s", ""),
        (f"ratio; middle half of the rounds{where}", ratio, aim),
        (f"every row stands{where}", f"{whole:.2f} s", "10 times the first table"),
        (
            f"bytes until then, and on the bare page{where}",
            f"{sizes[0]:.0f} / {sizes[1]:.0f} kB",
            "two thirds",
        ),
    ]


async def followed(browser, address: str, pid: int) -> tuple[float, float]:
    """Return seconds from a click on the link to Compare until the examples are painted, and
    processor seconds.
    """
    context = await browser.new_context(viewport={"width": 1400, "height": 1400})
    page = await context.new_page()
    await page.goto(
        f"{address}/?benchmark=imhi&source=here"
    )  # no second grid before Compare has one
    await first_rows(page)
    before, start = cpu(pid), time.perf_counter()
    await page.get_by_role("link", name="Compare", exact=True).click()
    await painted(page, 1)
    spent = time.perf_counter() - start, cpu(pid) - before
    await context.close()
    return spent


async def opened(browser, address: str) -> float:
    """Return seconds from navigation until the examples are painted."""
    context = await browser.new_context(viewport={"width": 1400, "height": 1400})
    page = await context.new_page()
    start = time.perf_counter()
    await page.goto(address, wait_until="commit")
    await painted(page, 1)
    spent = time.perf_counter() - start
    await context.close()
    return spent


def _percentiles(spent: list[float]) -> str:
    middle, high = np.quantile(spent, (0.5, 0.95))
    return f"{1000 * middle:.0f} / {1000 * high:.0f} ms"


def main() -> None:
    """Make the boards, measure, print."""
    from scoring.tasks import read_tasks

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", type=int, default=1_000)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--examples", type=int, default=19_353)
    parser.add_argument("--seconds", type=float, default=40, help="How long the 50 sessions last.")
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    with TemporaryDirectory() as folder:
        work = Path(folder)
        leaderboard_release(work / "board", options.systems, options.tasks)
        compare_board(
            work / "compare", read_tasks(root / "leaderboard_data" / "tasks"), options.examples
        )
        rows = asyncio.run(measure(work / "board", work / "compare", work, options.seconds))
    print(
        f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {BENCHMARK}:"
        f" {options.systems} x {options.tasks}\n"
    )
    print("| | measured | aim |\n| --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
