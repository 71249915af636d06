"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scoring.tasks import Task, load_tasks

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def tasks() -> dict[str, Task]:
    """Every declared task."""
    return load_tasks(ROOT / "leaderboard_data" / "tasks")


@pytest.fixture(scope="session")
def imhi_dir() -> Path:
    """A checkout of the published IMHI data; it is never part of this repository."""
    folder = Path(os.environ.get("REASONBOARD_IMHI_DIR", ROOT.parent / "shared" / "imhi"))
    if not (folder / "test_data").is_dir():
        pytest.fail(f"set REASONBOARD_IMHI_DIR to a checkout of the IMHI data (looked in {folder})")
    return folder
