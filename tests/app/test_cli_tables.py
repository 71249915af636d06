"""The tables that commands print: they fit a terminal and lose nothing; what is no terminal gets
them whole.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from app.cli.tabulating import Sheet, parts
from tests.commands import COMMAND, environment, succeed

STYLE = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = {
    "leaderboard": ("leaderboard",),
    "one task": ("leaderboard", "--task", "imhi-expert/irf"),
    "platforms": ("platforms", "--benchmark", "imhi-expert"),
    "generalization": ("generalization", "--benchmark", "imhi-expert"),
    "cross": ("generalization", "--cross"),
}


def in_terminal(data: Path, columns: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal of so many columns, without colours."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    written = b""
    with subprocess.Popen(
        [COMMAND, *arguments],
        env=environment(data),
        stdin=side,
        stdout=side,
        stderr=subprocess.PIPE,
    ) as done:
        os.close(side)
        try:
            while piece := os.read(main, 65_536):
                written += piece
        except OSError:  # Linux says so of a terminal that nobody has open any more
            pass
        os.close(main)
        assert done.wait() == 0
    return STYLE.sub("", written.decode()).replace("\r", "").splitlines()


def words(lines: list[str]) -> set[str]:
    return {
        word for line in lines for word in re.split(r"[\s│┃]+", line) if re.search(r"\d\.\d", word)
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_table_fits_the_terminal_and_every_number_is_in_it(published: Path, name: str) -> None:
    shown = in_terminal(published, 80, *COMMANDS[name])
    assert max(map(cell_len, shown)) <= 80
    assert words(succeed(published, *COMMANDS[name]).splitlines()) == words(shown)
    assert not any("…" in line for line in shown)


def test_a_table_that_is_piped_is_never_in_parts(published: Path) -> None:
    assert "(1 of " not in succeed(published, "leaderboard")
    assert any(
        "(1 of 2)" in line
        for line in in_terminal(published, 60, "leaderboard", "--benchmark", "imhi-expert")
    )


SHEET = Sheet(
    "Title",
    ("rank", "system", *(f"task-{n}" for n in range(9)), "why"),
    [
        (
            str(row),
            f"system number {row}",
            *(f"0.{row}{n}5 (0.{row}{n}1 to 0.{row}{n}9)" for n in range(9)),
            "z" * 90,
        )
        for row in range(4)
    ],
    "A caption.",
    keys=2,
)


def rendered(sheet: Sheet, room: int) -> list[str]:
    stream = StringIO()
    console = Console(file=stream, width=room, color_system=None)
    for part in parts(sheet, room):
        console.print(part)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("room", [40, 61, 80, 100, 120, 200, 400])
def test_columns_that_do_not_fit_are_continued_below(room: int) -> None:
    lines = rendered(SHEET, room)
    text = "\n".join(lines)
    assert max(map(cell_len, lines)) <= room
    for n in range(9):
        assert f"task-{n}" in text
        assert all(
            f"0.{row}{n}5" in text and f"(0.{row}{n}1 to 0.{row}{n}9)" in text for row in range(4)
        )
    assert sum(line.count("z") for line in lines) == 4 * 90, "a long text wraps, uncut"
    assert text.count("A caption.") == 1


def test_a_part_leaves_out_the_rows_without_anything_in_it() -> None:
    blank = ("9", "a blank system", *[""] * 10)
    (first, *_), text = (
        rendered(SHEET, 60),
        "\n".join(rendered(Sheet("T", SHEET.heads, [*SHEET.rows, blank], "", 2), 60)),
    )
    assert "left out" not in first
    assert text.count("a blank system") == 1
    assert "rows without any of these are left out" in text.replace("\n", " ")


def test_what_is_the_same_in_every_row_goes_to_the_title() -> None:
    sheet = Sheet(
        "T",
        ("A", "B", "on", "value"),
        [("one", "other", f"task {n}", "x" * 30) for n in range(3)],
        "",
        3,
    )
    assert "T: A = one, B = other" in rendered(sheet, 50)[0]
    assert "A = one" not in "\n".join(rendered(sheet, 200))
