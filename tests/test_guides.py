"""The README and the guides are tests: their commands and their Python run, in order, on a board of
their own.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.main import get_command

from app.cli.main import app
from tests.commands import environment, succeed
from tests.documented import check_json_is_documented
from tests.generating import serving_model
from tests.guides import ROOT, WALK, anchors, blocks, headings, links, pages, table_rows, text_of
from tests.judging import by_the_menu, judging

GUIDES = WALK[1:]
WRITTEN = ROOT / "tests" / "submissions" / "receiving" / "written"
"""Files that other programs wrote."""
LOCAL_SERVER = "http://localhost:8000/v1"
PAGES = [page.relative_to(ROOT).as_posix() for page in pages()]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_everything_in_them_runs(tmp_path: Path, small_checkout: Path) -> None:
    data = tmp_path / "data"
    for name in ("leaderboard_data", "scoring"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in WALK:
        for kind, text in blocks(text_of(name)):
            _follow(kind, text, tmp_path, data, small_checkout)
    assert "Word watcher" in succeed(data, "leaderboard", "--benchmark", "demo")
    check_json_is_documented(data)  # here, because this board has everything in it


def _follow(kind: str, text: str, folder: Path, data: Path, small_checkout: Path) -> None:
    """Do what a block says."""
    if kind == "toml":
        (folder / "submission.toml").write_text(text, encoding="utf-8")
    elif "/api/v1" in text:
        pass  # needs a server: tests/app/test_remote.py
    elif kind == "python":
        _run_python(text, folder, data)
    elif kind == "console":
        for line in text.splitlines():
            _run_command(line, folder, data, small_checkout)
    else:
        pytest.fail(f"a block of a kind that nobody follows: {kind!r}")


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
    if line.startswith("$ lm_eval "):  # another program: what it really wrote, when it ran
        shutil.copytree(WRITTEN / "lm-eval", folder / shlex.split(line)[-1])
        return
    assert line.startswith("$ reasonboard ")
    words = [
        str(small_checkout) if word == "MENTALLAMA" else word for word in shlex.split(line)[2:]
    ]
    if LOCAL_SERVER in words:
        _ask_a_server(words, folder, data)
    elif words[0] not in ("serve", "worker"):  # they run for ever; other tests start and stop them
        succeed(data, *words, cwd=folder, timeout=900)


def _ask_a_server(words: list[str], folder: Path, data: Path) -> None:
    """Run a command that asks a server on this machine: one that judges, and is allowed."""
    with serving_model(judging(by_the_menu)) as served:
        benchmark = words[words.index("--benchmark") + 1]
        allowed = f'[benchmarks]\n{benchmark} = ["{served.address}"]\n'
        (data / "endpoints.toml").write_text(allowed, encoding="utf-8")
        given = [served.address if word == LOCAL_SERVER else word for word in words]
        succeed(data, *given, cwd=folder, timeout=900)
        assert bool(served.requests) != ("--dry-run" in words)


def test_every_command_is_in_them() -> None:
    text = "".join(map(text_of, WALK))
    for name in _names(get_command(app)):
        assert f"reasonboard {name}" in text, f"no guide shows `reasonboard {name}`"


def _names(command: object, prefix: str = "") -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():
        if getattr(child, "commands", None):
            yield from _names(child, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_the_readme_is_one_page_and_names_what_a_newcomer_needs() -> None:
    readme = text_of("README.md")
    targets = re.findall(r"^([a-z-]+):.*##", text_of("Makefile"), re.MULTILINE)
    assert {"help", "demo", "test", "soak", "bench"} <= set(targets)
    assert all(f"make {name}" in readme for name in ("demo", "test", "help"))
    assert len(readme.splitlines()) <= 66  # lines of a printed page
    assert set(links(readme)) >= {*WALK[1:], "docs/methods.md", "docs/operations.md"}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in links(text_of(name)):
        if re.match(r"[a-z]+:", target):
            continue  # elsewhere: no test depends on the network
        path, _, anchor = unquote(target).partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.exists(), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{name}: {target}"


@pytest.mark.parametrize("name", GUIDES)
def test_the_contents_of_a_guide_are_its_sections(name: str) -> None:
    text = text_of(name)
    contents = [target[1:] for target in links(text.split("\n## ")[0]) if target.startswith("#")]
    assert contents == [anchor for level, anchor in headings(text) if level == "h2"]


@pytest.mark.parametrize("name", GUIDES)
def test_the_troubles_of_a_guide_quote_what_the_program_says(name: str) -> None:
    troubles = text_of(name).split("\n## Troubles\n")[1]
    quoted = [
        part.content
        for seen, *_ in table_rows(troubles)
        for part in seen.children or ()
        if part.type == "code_inline" and " " in part.content
    ]
    assert len(quoted) >= 5
    for message in quoted:
        for piece in filter(str.strip, message.split("…")):
            assert any(piece.strip() in said for said in _sayings()), f"{name}: {piece!r}"


@cache
def _sayings() -> tuple[str, ...]:
    """Every string that stands in the program."""
    trees = [
        ast.parse(file.read_text(encoding="utf-8"))
        for package in ("app", "scoring", "submissions")
        for file in (ROOT / package).rglob("*.py")
    ]
    return tuple(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_the_glossary_is_in_order_and_says_where_each_word_is_at_home() -> None:
    rows = list(table_rows(text_of("docs/glossary.md")))
    words = [row[0].content for row in rows]
    assert words == sorted(words)
    for _, _, home in rows:
        code = [part.content for part in home.children or () if part.type == "code_inline"]
        files = [ROOT / name for name in code if "/" in name]
        assert files
        assert all(file.is_file() for file in files), code
        for name in set(code) - {name for name in code if "/" in name}:
            text = files[-1].read_text(encoding="utf-8")
            assert re.search(rf"\b(?:class|def) {name}\b|^ *{name}(?:: | = )", text, re.M), code
