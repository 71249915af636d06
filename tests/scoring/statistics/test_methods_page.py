from __future__ import annotations

import re
from pathlib import Path

import pytest

from scoring.metrics import METRICS
from scoring.statistics import MEASURES

PAGE = (Path(__file__).parents[3] / "docs" / "methods.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [entry.name for entry in (*METRICS, *MEASURES)])
def test_every_metric_and_measure_is_explained(name: str) -> None:
    variant_of = name.removesuffix("_imhi_rule").removesuffix("_full")
    assert f"`{variant_of}`" in PAGE


def test_every_source_that_is_cited_is_listed() -> None:
    text, sources = PAGE.split("## Sources")
    entries = re.split(r"^- ", sources, flags=re.MULTILINE)[1:]
    listed = [re.match(r"([^\d]*?)(?: et al\.)? (\d{4})\.", entry) for entry in entries]
    assert None not in listed
    for first, year in {(entry[1].split(",")[0], entry[2]) for entry in listed if entry}:
        assert re.search(rf"{first}.{{0,60}}?{year}", text, re.DOTALL), (
            f"{first} {year} is listed but not cited"
        )
