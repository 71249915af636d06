"""The README is a test: its commands and its Python run, in order, on a board of their own."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli.main import app
from tests.commands import environment, succeed
from tests.documented import check_json_is_documented

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(console|python|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, str]]:
    for found in BLOCK.finditer(README):
        yield found[1], found[2]


@pytest.mark.timeout(1800)
def test_everything_in_it_runs(tmp_path: Path, small_checkout: Path) -> None:
    data = tmp_path / "data"
    for name in ("leaderboard_data", "scoring"):
        (tmp_path / name).symlink_to(ROOT / name)
    for kind, text in blocks():
        if kind == "toml":
            (tmp_path / "submission.toml").write_text(text, encoding="utf-8")
        elif "/api/v1" in text:
            continue  # needs a server: tests/app/test_readme_client.py
        elif kind == "python":
            _run_python(text, tmp_path, data)
        else:
            for line in text.splitlines():
                _run_command(line, tmp_path, data, small_checkout)
    assert "Word watcher" in succeed(data, "leaderboard", "--benchmark", "demo")
    check_json_is_documented(data)  # here, because this board has everything in it


def _run_python(text: str, folder: Path, data: Path) -> None:
    settings = {**environment(data), "HF_HOME": str(folder / "hub"), "HF_EVALUATE_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _run_command(line: str, folder: Path, data: Path, small_checkout: Path) -> None:
    assert line.startswith("$ reasonboard ")
    words = [
        str(small_checkout) if word == "MENTALLAMA" else word for word in shlex.split(line)[2:]
    ]
    if words[0] not in ("serve", "worker"):  # they run for ever; other tests start and stop them
        succeed(data, *words, cwd=folder, timeout=900)


def test_every_command_is_in_it() -> None:
    for name in _names(get_command(app)):
        assert f"reasonboard {name}" in README, f"the README does not show `reasonboard {name}`"


def _names(command: object, prefix: str = "") -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():
        if getattr(child, "commands", None):
            yield from _names(child, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_it_names_every_make_target_that_a_newcomer_needs() -> None:
    targets = re.findall(
        r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {"help", "demo", "test", "soak", "bench"} <= set(targets)
    assert all(f"make {name}" in README for name in ("demo", "test", "help"))
