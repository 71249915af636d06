"""Metrics and kinds of model that an installed package brings by its entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from dataclasses import dataclass
from typing import ClassVar

from scoring.instrument_settings import InstrumentSettings
from scoring.metrics.model_metric import ModelMetric
from scoring.metrics.word_count import Words


class Wordy(Words):
    def __init__(self):
        super().__init__()
        self.name = "{name}"


class Asked(ModelMetric):
    name, title, needs = "asked", "Asked", "oracle"
    measures, limits = "What an oracle says.", "Nobody knows why."


METRICS = [Wordy(), Asked()]


@dataclass(frozen=True)
class OracleSettings(InstrumentSettings):
    kind: ClassVar[str] = "oracle"
    usual: ClassVar[str] = "delphi"
    questions: int = 1

    def instrument(self):
        raise NotImplementedError
"""
POINTS = """
[reasonboard.metrics]
brought = brought:METRICS
[reasonboard.instruments]
oracle = brought:OracleSettings
"""
SAYS = """
from pathlib import Path

from scoring.metrics import METRICS, metric
from submissions.declarations.settings import load_settings

print(METRICS[-1].name, metric("wordy").title)
print(load_settings("demo", Path("scoring.toml"))["oracle"].questions)
"""


def installed(folder: Path, name: str, module: str = MODULE) -> subprocess.CompletedProcess[str]:
    """Run a program beside a package that brings a metric of that name."""
    (folder / "brought.py").write_text(module.format(name=name))
    metadata = folder / "brought-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(POINTS)
    (folder / "scoring.toml").write_text(
        '[bartscore.default]\ncheckpoint = "a"\n[oracle.default]\ncheckpoint = "a"\nquestions = 7\n'
    )
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(folder), str(root)])
    return subprocess.run(
        [sys.executable, "-c", SAYS],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_package_brings_metrics_and_a_kind_of_model(tmp_path: Path) -> None:
    ran = installed(tmp_path, "wordy")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["asked Words", "7"]


def test_two_metrics_of_one_name_are_refused(tmp_path: Path) -> None:
    ran = installed(tmp_path, "words")
    assert ran.returncode != 0
    assert (
        "the package brought brings a metric 'words', and there is one of that name" in ran.stderr
    )


def test_a_package_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    ran = installed(tmp_path, "wordy", module="import nowhere_to_be_found")
    assert "the package brought cannot be used: brought:METRICS: No module named" in ran.stderr


def test_a_kind_that_nobody_brings_is_no_kind(tmp_path: Path) -> None:
    from submissions.declarations.settings import SettingsError, load_settings

    path = tmp_path / "scoring.toml"
    path.write_text('[oracle.default]\ncheckpoint = "a"')
    with pytest.raises(SettingsError, match=r"\[oracle\] is no kind of model"):
        load_settings("demo", path)
