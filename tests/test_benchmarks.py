"""The benchmarks that need a GPU run to their end without one, so that they are ready when there is
one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_gpu_benchmark_runs_on_a_processor() -> None:
    command = [sys.executable, "-m", "benchmarks.gpu", "--try"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-2_000:]
    rows = [line for line in done.stdout.splitlines() if line.startswith(("yardstick", "engine"))]
    assert len(rows) == 9
    assert "other verdict" in done.stdout


ALONE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
"""
MISSING = {"disarm", "nltk", "platformdirs", "punkt", "pydantic", "sqlite_utils", "streamlit"}
"""What a machine with a GPU need not have installed, of what the project imports."""


def test_the_gpu_benchmark_of_entailment_runs_on_a_processor_without_other_libraries(
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ALONE.format(missing=MISSING))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu_entailment", "--try"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr[-2_000:]
    rows = [line for line in done.stdout.splitlines() if line.startswith(("yardstick", "scorer"))]
    assert len(rows) == 10
