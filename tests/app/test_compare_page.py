"""The page that compares systems, opened without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from app.site.navigation import SECTIONS
from scoring.metrics import METRICS
from tests.app.grids import grid
from tests.app.saying import said
from tests.releases import HOSTILE

TITLES = {place.name: place.title for places in SECTIONS.values() for place in places}
REAL = "imhi-expert"
METRIC_TITLES = {metric.name: metric.title for metric in METRICS}


def test_compare_opens_on_the_best_two_that_are_no_baselines(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    assert open_page("compare").multiselect(key="system").value == [
        f"{REAL}:alpha:1",
        f"{REAL}:beta:1",
    ]
    content = invented.content()
    trivial = tuple(replace(row, trivial=row.system != "half") for row in content.systems)
    site = open_page(
        "compare", data=invented.publish_invented(tmp_path, 1, replace(content, systems=trivial))
    )
    first, second = site.multiselect(key="system").value
    assert first == f"{REAL}:half:1", "the only one, though it is partial"
    assert second == f"{REAL}:alpha:1"


def test_compare_passes_over_systems_that_answer_nearly_alike(
    open_page, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.site import data as queries

    alpha, beta = f"{REAL}:alpha:1", f"{REAL}:beta:1"
    monkeypatch.setattr(queries, "nearly_alike", lambda *asked: asked[2:] == (alpha, beta))
    first, second = open_page("compare").multiselect(key="system").value
    assert (first, second) == (alpha, f"{REAL}:{HOSTILE}:1"), "the third"
    assert "answer nearly alike" not in said(open_page("compare"))
    assert "**alpha and beta answer nearly alike:**" in said(
        open_page("compare", system=[alpha, beta])
    )
    monkeypatch.setattr(queries, "nearly_alike", lambda *_: True)
    assert open_page("compare").multiselect(key="system").value == [alpha, beta], (
        "where all are, the best two"
    )


def test_compare_needs_two_systems_and_takes_four(open_page) -> None:
    site = open_page("compare", system=f"{REAL}:alpha:1")
    assert "Choose at least two systems" in said(site)
    ids = [f"{REAL}:{name}:1" for name in ("alpha", "beta", "half", "majority label", "=1+1")]
    four = open_page("compare", system=ids)
    assert four.multiselect(key="system").value == ids[:4]
    frame = grid(four)
    assert len(frame) == 3 * 3
    first = frame[frame["other"] == "beta"].iloc[0]
    assert first["difference"] == pytest.approx(0.812 - 0.9)


def test_compare_asks_for_a_difference_and_refuses_what_is_none(open_page) -> None:
    assert "is no difference" not in said(open_page("compare", wanted="0.02"))
    assert "“much” is no difference: write a number above 0" in said(
        open_page("compare", wanted="much")
    )
