"""docs/own-benchmark.md is followed word by word, in a folder of its own: from a CSV to a board."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.following import Follower
from tests.guides import ROOT, text_of


@pytest.mark.long
@pytest.mark.timeout(600)
def test_whoever_follows_the_guide_has_a_board(tmp_path: Path) -> None:
    (tmp_path / "leaderboard_data").symlink_to(ROOT / "leaderboard_data")
    follower = Follower(tmp_path)
    follower.follow(text_of("docs/own-benchmark.md"))
    assert (follower.runs, follower.seen) == (5, 14)
