"""The benchmarks that need a GPU run to their end without one, and without the project's dependencies,
so that they are ready when there is one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALONE = (
    "import runpy, sys; absent = ('pydantic', 'pydantic_core', 'rapidfuzz', 'sqlite_utils', 'bert_score', 'punkt');"
    "sys.modules.update(dict.fromkeys(absent)); del sys.argv[0];"
    "runpy.run_module(sys.argv[0], run_name='__main__')"
)
"""Runs a module where torch, transformers, numpy and scipy are installed, and nothing of ours."""


def lines(*arguments: str) -> list[str]:
    """What a benchmark prints."""
    command = [sys.executable, "-c", ALONE, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-2_000:]
    return done.stdout.splitlines()


def test_the_gpu_benchmark_runs_on_a_processor() -> None:
    printed = lines("benchmarks.gpu", "--try")
    assert len([line for line in printed if line.startswith(("yardstick", "engine"))]) == 9
    assert "other verdict" in printed[-1]


def test_bertscores_gpu_benchmark_runs_on_a_processor() -> None:
    printed = lines("benchmarks.bertscore", "--gpu", "--try")
    rows = [line for line in printed if line.startswith(("yardstick", "engine"))]
    assert len(rows) == 11
    assert float(rows[1].split()[-1]) < 1e-6  # the engine's values are the transcription's


def test_bertscores_benchmark_runs_with_the_authors_own_loop() -> None:
    command = [sys.executable, "-m", "benchmarks.bertscore", "--try", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-2_000:]
    rows = [line.split() for line in done.stdout.splitlines() if "system" in line]
    assert len(rows) == 4


def test_the_gpu_benchmark_of_entailment_runs_on_a_processor() -> None:
    printed = lines("benchmarks.gpu_entailment", "--try")
    assert len([line for line in printed if line.startswith(("yardstick", "scorer"))]) == 9
