"""`reasonboard demo` where there is a board already, and the names that `benchmark
template` takes.
"""

from __future__ import annotations

from pathlib import Path

from app.cli.demo import refuse_real_board
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from tests.boards import demo_board
from tests.commands import refuse


def test_it_leaves_a_real_board_alone(real_board: Path) -> None:
    def kept() -> dict[str, bytes]:
        paths = (
            path
            for path in real_board.rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        )
        return {str(path.relative_to(real_board)): path.read_bytes() for path in paths}

    before = kept()
    said = refuse(real_board, "demo", "--no-serve")
    assert "holds a real board (imhi, imhi-expert)" in said
    assert "`reasonboard demo --data " in said
    assert kept() == before


def test_a_demonstration_board_is_none(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = DataFolder(tmp_path / "data")
    demo_board(folder.path, tasks, ["loneliness"])
    refuse_real_board(folder, tasks)


def test_a_template_of_a_benchmark_names_its_tasks(tmp_path: Path) -> None:
    said = refuse(tmp_path / "data", "benchmark", "template", "demo")
    assert (
        "'demo' is a benchmark, not a task; say one of its tasks: demo/feelings, demo/loneliness,"
        " demo/low-mood" in said
    )


def test_a_template_of_nothing_says_how_tasks_are_named(tmp_path: Path) -> None:
    said = refuse(tmp_path / "data", "benchmark", "template", "xyz")
    assert (
        "'xyz' is not a declared task. Tasks are named benchmark/task, of the benchmarks demo,"
        " imhi," in said
    )
    assert "`reasonboard benchmark list`" in said
    assert "did you mean 'demo/stress'?" in refuse(
        tmp_path / "data", "benchmark", "template", "demo/stres"
    )
