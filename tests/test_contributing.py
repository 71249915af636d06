"""Every page of docs/contributing is followed word by word, in a copy of the tree with a small
board.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.releasing.publish import publish
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.following import DATA, Follower, copy_of_the_tree
from tests.guides import ROOT, links, text_of
from tests.once import made_once

PAGES = sorted(page.stem for page in (ROOT / "docs" / "contributing").glob("*.md"))


@pytest.fixture(scope="session")
def small_board(tmp_path_factory: pytest.TempPathFactory, tasks: Mapping[str, Task]) -> Path:
    """A published board of one demonstration task, with a system that explains its answers; made
    once in a run.
    """
    return made_once(tmp_path_factory, "board to extend", lambda path: _make_board(path, tasks))


def _make_board(path: Path, tasks: Mapping[str, Task]) -> None:
    folder = demo_board(path, tasks, ["stress"])
    rows = gold_rows(folder, tasks["demo/stress"])
    submit(folder, tasks, path, rows, system="Right answers")
    place = workplace(folder, tasks)
    run(place, plan(place), LocalEngine(), a_run(folder))
    publish(DataFolder(path), tasks, "tester", "first")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PAGES)
def test_whoever_follows_the_page_gets_there(name: str, tmp_path: Path, small_board: Path) -> None:
    tree = copy_of_the_tree(tmp_path / "tree")
    shutil.copytree(small_board, tree / DATA)
    follower = Follower(tree)
    follower.follow(text_of(f"docs/contributing/{name}.md"))
    follower.check_style()
    assert follower.runs, "a page ends with a check"
    assert follower.seen, "a page says what its check shows"


def test_the_list_of_pages_is_whole() -> None:
    listed = links(text_of("CONTRIBUTING.md"))
    found = {link for link in listed if link.startswith("docs/contributing/")}
    assert found == {f"docs/contributing/{name}.md" for name in PAGES}
