"""The benchmark that needs a GPU runs to its end without one, so that it is ready when there is
one.
"""

from __future__ import annotations

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
