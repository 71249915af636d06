"""Does in a copy of the tree what a page of docs/contributing says, as a careful reader would.

What to do with a block of code is what the paragraph before it ends with:

    Create `FILE`:                                     the block is the file
    In `FILE`, after the line `LINE`, insert:          so too "before", and "the line starting with `START`";
                                                       exactly one line of the file is meant
    In `FILE`, replace the line `LINE` by:
    At the end of `FILE`, add:
    Run:                                               each line is a command after "$ "
    It says, among other things:                       each line of the block is in what the commands before it wrote
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.commands import environment
from tests.guides import ROOT, instructed_blocks

COPIED = (
    "app",
    "scoring",
    "submissions",
    "leaderboard_data",
    "docs",
    "tests",
    "benchmarks",
    "pyproject.toml",
)
NOT_COPIED = shutil.ignore_patterns("db", ".*_cache", "e2e", "soak", "oracle")
DATA = "leaderboard_data/db"
_EDIT = re.compile(
    r"In `(?P<file>[^`]+)`, (?P<how>after|before|replace) the line (?P<start>starting with )?"
    r"(?P<tick>`{1,2}) ?(?P<line>.+?) ?(?P=tick)(?:, insert| by):$"
)
_CREATE = re.compile(r"(?:^|[.,:] )[Cc]reate `([^`]+)`:$")
_APPEND = re.compile(r"At the end of `([^`]+)`, add:$")
_RUN = re.compile(r"\b[Rr]un:$")
_SAYS = re.compile(r"It says, among other things:$")
_PROGRAMS = {
    "reasonboard": ["-m", "app.cli.main"],
    "python": [],
}


def copy_of_the_tree(folder: Path) -> Path:
    """A copy of what pages change and of what their commands need."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=NOT_COPIED)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


@dataclass
class Follower:
    """Somebody who does what a page says.

    Attributes:
        tree: The copy.
        runs: How many blocks of commands were run.
        seen: How many lines that a page announces were found in what commands wrote.
    """

    tree: Path
    runs: int = 0
    seen: int = 0
    _written: str = field(default="", repr=False)

    def follow(self, page: str) -> None:
        """Do all that the page says, in its order."""
        for instruction, block in instructed_blocks(page):
            self._do(instruction, block)

    def check_style(self) -> None:
        """Hold what the page had written against the style of the project."""
        for check in (["check"], ["format", "--check"]):
            self._call(
                ["-m", "ruff", *check, "--no-cache", "app", "scoring", "submissions", "tests"]
            )

    def _do(self, instruction: str, block: str) -> None:
        if found := _CREATE.search(instruction):
            self._create(found[1], block)
        elif found := _EDIT.search(instruction):
            self._edit(found, block)
        elif found := _APPEND.search(instruction):
            file = self.tree / found[1]
            file.write_text(file.read_text(encoding="utf-8") + block, encoding="utf-8")
        elif _RUN.search(instruction):
            self._written = "".join(map(self._run, block.splitlines()))
            self.runs += 1
        elif _SAYS.search(instruction):
            self._find(block)
        else:
            raise AssertionError(f"what is to be done with a block after {instruction!r}?")

    def _create(self, name: str, block: str) -> None:
        file = self.tree / name
        assert not file.exists(), f"{name} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block, encoding="utf-8")

    def _edit(self, asked: re.Match[str], block: str) -> None:
        file = self.tree / asked["file"]
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        matches = str.startswith if asked["start"] else str.__eq__
        places = [n for n, text in enumerate(lines) if matches(text.strip(), asked["line"])]
        assert len(places) == 1, f"{asked['file']} has {len(places)} lines `{asked['line']}`"
        first = places[0] + (asked["how"] == "after")
        lines[first : first + (asked["how"] == "replace")] = [block]
        file.write_text("".join(lines), encoding="utf-8")

    def _run(self, command: str) -> str:
        assert command.startswith("$ "), command
        program, *arguments = shlex.split(command[2:])
        return self._call([*_PROGRAMS[program], *arguments])

    def _call(self, arguments: Sequence[str]) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.tree,
            env={**environment(self.tree / DATA), "PYTHONPATH": str(self.tree), **_APART},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _find(self, block: str) -> None:
        written = " ".join(self._written.split())
        for line in filter(str.strip, block.splitlines()):
            for piece in line.split("…"):
                assert " ".join(piece.split()) in written, f"{line!r} is not in\n{self._written}"
            self.seen += 1


_APART = {
    "COLUMNS": "200",
    "PYTHONDONTWRITEBYTECODE": "1",
    # Commands of a page that run pytest are no part of the run that follows the page.
    **{name: "" for name in os.environ if name.startswith("PYTEST_")},
}
