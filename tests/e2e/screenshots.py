"""Pictures of every page on the demonstration board, in light, in dark and on a phone: `make
screenshots`.

All go to `build/screenshots`, to be looked at; the few that the README and the docs show go to
`docs` as well. The board is the invented one, whatever else there is on this machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.server.launch import running, url
from app.site import navigation as pages
from tests.e2e.browser import installed
from tests.e2e.conftest import FLAGS, TABLES, free_port

ROOT = Path(__file__).parents[2]
VIEWS = {name: name for name in pages.VIEWS} | {
    "leaderboard": "",
    "leaderboard-scatter": "?chart=scatter",
    "leaderboard-means": "?chart=means&intervals=1",
    "task": "task?task=demo/stress-cause",
    "compare": "compare?show=differ",
    "explorer": "explorer?task=demo/stress-cause",
    "validity": "validity?aspect=overall&measure=spearman",
}
MODES = {"light": ("light", 1400, 1000), "dark": ("dark", 1400, 1000), "phone": ("light", 390, 844)}
BEST = {
    "leaderboard-light": (0, 905),
    "compare-light": (0, 1760),
    "leaderboard-scatter-dark": (2000, 2640),
    "validity-light": (0, 1960),
}
"""What `docs` shows: picture -> its first and last row of pixels."""
COLOURS = 128


def main() -> None:
    """Make the demonstration board, serve it, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--data", type=Path, help="A demonstration board that is there already.")
    parser.add_argument("--only", nargs="*", default=list(VIEWS), choices=list(VIEWS))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        if options.data is None:
            command = [
                Path(sys.executable).with_name("reasonboard"),
                "demo",
                "--no-serve",
                "--data",
                data,
            ]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        with running(data, port=port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
            for mode, view in ((mode, view) for view in options.only for mode in MODES):
                path = options.out / f"{view}-{mode}.png"
                take(browser, f"{url('localhost', port)}/{VIEWS[view]}", mode, path)
                if path.stem in BEST:
                    shrink(path, ROOT / "docs" / f"{path.stem}.png", *BEST[path.stem])
            browser.close()


def take(browser: Browser, address: str, mode: str, path: Path) -> None:
    """One picture of a whole page, once nothing moves in it any more."""
    scheme, width, height = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    settle(page)
    page.set_viewport_size({"width": width, "height": min(whole_height(page), 4000)})
    settle(page)
    page.screenshot(path=path)
    context.close()


def settle(page: Page) -> None:
    """Wait until the script has run, and tables and figures are drawn."""
    page.locator(TABLES).first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0")
    page.wait_for_timeout(1200)  # a canvas does not say when it is painted


def whole_height(page: Page) -> int:
    """The height of all that the page would scroll through."""
    return int(page.get_by_test_id("stMain").evaluate("main => main.scrollHeight + 80"))


def shrink(source: Path, target: Path, top: int, bottom: int) -> None:
    """A small PNG of some rows: the pages have few colours."""
    with Image.open(source) as picture:
        part = picture.crop((0, top, picture.width, min(picture.height, bottom)))
        part.convert("RGB").quantize(COLOURS).save(target, optimize=True)


if __name__ == "__main__":
    main()
