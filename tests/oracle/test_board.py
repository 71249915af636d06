"""Two small tasks and three awkward systems from their files to the release, every number of labels
recomputed.

The whole board of this folder has more of everything; this one is small enough for every run of the
tests.
"""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from app.api.application import api_application
from submissions.store.folder import DataFolder
from tests.oracle import checks
from tests.oracle.awkward import HALF, REPEATS, SCORED, SILENT, Board
from tests.oracle.published import Published, Row

pytestmark = pytest.mark.timeout(900)
MOOD, STRAIN = "oracle/mood", "oracle/strain"
BASELINES = 4
DRAWN = 4_000
Made = tuple[Published, list[Row]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    board = Board(tmp_path_factory.mktemp("board"))
    listed = ("leaderboard", "--format", "json")
    said = board.run(*board.filling((MOOD, STRAIN), (SILENT, HALF, REPEATS)), *SCORED, listed)
    return Published(board), json.loads(said[-1])


def test_metrics_of_labels(made: Made) -> None:
    # One system has nothing to say on the ordinal task.
    assert checks.metrics_of_labels(made[0]) == (3 + BASELINES) * 6 + (2 + BASELINES) * 8


def test_flips_of_labels(made: Made) -> None:
    assert checks.flips_of_labels(made[0]) > 0


def test_intervals_of_labels(made: Made) -> None:
    assert checks.intervals_of_labels(made[0], DRAWN) > 40


def test_coverage_and_means(made: Made) -> None:
    assert checks.coverage_and_means(made[0]) > 100
    (half,) = [key for key, name in made[0].names.items() if name == HALF]
    assert {row["rank"] for row in made[0].rows("overall") if row["system"] == half} == {None}


def test_intervals_of_means(made: Made) -> None:
    assert checks.intervals_of_means(made[0], DRAWN) > 5


def test_ranks_of_labels(made: Made) -> None:
    # The half covered is not ranked; kappa and error are blank where no label is stated.
    assert checks.ranks_of_labels(made[0]) == (2 + BASELINES) * 6 + (1 + BASELINES) * 2


def test_gaps_between_seen_and_unseen_tasks(made: Made) -> None:
    """Repeats was trained on mood's data, Half on those of strain, of which it says nothing."""
    seen = {REPEATS: [MOOD], HALF: [STRAIN]}
    assert checks.gaps(made[0], "unseen data set", lambda name: seen.get(name, []), DRAWN) > 50


def test_the_command_and_the_api_say_what_the_file_says(made: Made) -> None:
    published, said = made
    assert checks.the_command(published, said) > 200
    api = TestClient(api_application(DataFolder(published.board.data), {}))
    assert api.get("/api/v1/leaderboard").json() == said
