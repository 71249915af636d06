"""What all tests share."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from scoring.tasks import Task, read_tasks
from submissions.declarations.settings import TINY_CHECKPOINT
from tests.commands import succeed
from tests.once import made_once

ROOT = Path(__file__).parents[1]

# What tests start loads the program hundreds of times, and pytest rewrites each test module:
# compiled once, and kept, also where the shell asks for no bytecode, as in containers.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Tests run beside each other, on every core: threads of one computation would wait for each other,
# and spin meanwhile.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's business: beside other tests it may be long.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests: nobody then waits for one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _no_browsers_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that Playwright leaves running from tests that have no browser: while it
    is seen, no other can be run.
    """
    loop = asyncio._get_running_loop()
    if loop is None or "browser" in request.fixturenames:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def tasks() -> dict[str, Task]:
    """Every declared task."""
    return read_tasks(ROOT / "leaderboard_data" / "tasks")


@pytest.fixture(scope="session")
def imhi_dir() -> Path:
    """A checkout of the published IMHI data; it is never part of this repository."""
    folder = Path(os.environ.get("REASONBOARD_IMHI_DIR", ROOT.parent / "shared" / "imhi"))
    if not (folder / "test_data").is_dir():
        pytest.fail(f"set REASONBOARD_IMHI_DIR to a checkout of the IMHI data (looked in {folder})")
    return folder


REAL_SETS = ("DR", "SAD", "dreaddit")
"""The expert sets that the published example generations are of."""


@pytest.fixture(scope="session")
def small_checkout(tmp_path_factory: pytest.TempPathFactory, imhi_dir: Path) -> Path:
    """A checkout of the IMHI data that holds those expert sets only, and one whole test set."""
    folder = tmp_path_factory.mktemp("checkout")
    for part, names in (
        ("human_evaluation/test_instruction_expert", REAL_SETS),
        ("test_data/test_instruction", ("SAD",)),
    ):
        (folder / part).mkdir(parents=True)
        for name in names:
            (folder / part / f"{name}.csv").symlink_to((imhi_dir / part / f"{name}.csv").resolve())
    return folder


@pytest.fixture(scope="session")
def real_board(
    tmp_path_factory: pytest.TempPathFactory, imhi_dir: Path, small_checkout: Path
) -> Path:
    """A board made by the commands from real outputs: the published example generations, on their
    expert sets.

    Made once however many processes run the tests; nobody changes what is on it.
    """
    real = made_once(
        tmp_path_factory, "real", lambda folder: _make_real_board(folder, imhi_dir, small_checkout)
    )
    return real / "data"


def _make_real_board(folder: Path, imhi_dir: Path, checkout: Path) -> None:
    folder.mkdir()
    meta = folder / "submission.toml"
    meta.write_text(
        'system = "Example generations"\nversion = "1"\nmethod = "instruction fine-tuning"\nconsent'
        ' = true\nbase_model = "LLaMA2 <b>13B</b>"\nlinks = ["https://example.org/a-system"]\n'
    )
    data, outputs = folder / "data", imhi_dir / "examples" / "response_generation_examples"
    succeed(data, "benchmark", "import", "imhi", checkout)
    succeed(data, "submit", outputs, "--benchmark", "imhi-expert", "--meta", meta)
    succeed(
        data, "score", "--benchmark", "imhi-expert", "--checkpoint", TINY_CHECKPOINT, timeout=900
    )
    succeed(data, "publish", "--reason", "the published example generations")
