"""A Chromium for the browser tests: an installed one, else Debian's package, else Playwright's own.

`python -m tests.e2e.browser` makes sure that there is one; the tests then find it with `installed`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """The path of the Chromium that REASONBOARD_CHROMIUM names, else of an installed one; None
    where there is none.
    """
    return os.environ.get("REASONBOARD_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


def ensure() -> None:
    """Install a Chromium where there is none."""
    if installed() or _from_debian():
        return
    sys.stdout.write("Installing Playwright's own Chromium for the browser tests\n")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _from_debian() -> bool:
    """Install Debian's package, where this is Debian and we may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    sys.stdout.write("Installing Debian's chromium for the browser tests\n")
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "--yes", "chromium"])
    done = all(
        subprocess.run(step, env=settings, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for step in steps
    )
    return done and installed() is not None


if __name__ == "__main__":
    ensure()
