"""Figures of a release as files: what they show, and that they can be put into a paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from app.figures import drawing
from app.figures.points import BASELINE, SYSTEM, Ended, Picture, Point
from scoring.libraries import NotInstalled
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import DropRow
from submissions.store.released.serving import current_release
from tests.app.test_reported import CELLS, CLAIMS, POE, REAL, ROE, STRESS, rows
from tests.commands import refuse, succeed


def drop(part: str, value: float, system: str = "", attribute: str = "tag") -> DropRow:
    return DropRow(
        benchmark=REAL,
        task=STRESS,
        system=system,
        metric="weighted_f1",
        attribute=attribute,
        attribute_value=part,
        value=value,
        low=value - 0.1,
        high=value + 0.1,
        inside=0.5,
        outside=0.5 + value,
        interval="bootstrap",
        n=12,
        n_rest=30,
        systems=2,
        p=0.01,
        p_holm=0.02,
        why_blank="",
    )


@pytest.fixture(scope="module")
def board(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two systems with names that could be taken for formulas, printed rows, and drops."""
    whole = invented.content()
    named = {"alpha": "alpha $x$ & <b>", "beta": "βήτα 漢"}
    content = replace(
        whole,
        systems=tuple(
            replace(row, system=named.get(row.system, row.system)) for row in whole.systems
        ),
        papers=(POE, ROE),
        reported=CELLS,
        claims=CLAIMS,
        drops=(drop("slight", 0.05), drop("hard", 0.3), drop("irf", 0.1, attribute="factor")),
    )
    return invented.publish_invented(tmp_path_factory.mktemp("figures"), 1, content)


def texts(svg: str) -> list[str]:
    """What is written in a figure, in the order in which it is drawn; letters are shapes there."""
    return [text.replace("\\n", " ") for text in re.findall(r"<!-- (.*?) -->", svg, re.DOTALL)]


def drawn(board: Path, where: Path, *asked: str) -> bytes:
    where.unlink(missing_ok=True)
    done = succeed(board, "figure", *asked, "--output", where)
    assert str(where) in done
    return where.read_bytes()


def test_means_stand_in_the_board_s_order_with_title_axis_and_release(
    board: Path, tmp_path: Path
) -> None:
    asked = ("means", "--benchmark", REAL, "--metric", "weighted_f1", "--line", rows()[0].key)
    svg = drawn(board, tmp_path / "means.svg", *asked).decode()
    written = [" ".join(text.split()) for text in texts(svg)]
    assert f"{REAL}: Weighted F1, release 1" in written
    assert any(text.startswith("Weighted F1, mean of tasks") for text in written)
    assert any("release 1 of 2026-01-31" in text for text in written)
    assert any(text.startswith("reported, not scored here: Sys") for text in written)
    ranked = [text for text in written if re.match(r"\d\. ", text)]
    means = current_release(DataFolder(board)).overall(REAL, "weighted_f1")
    assert [int(text[0]) for text in ranked] == sorted(row.rank for row in means if row.rank)
    assert ranked[0].startswith("1. alpha $x$ ")


def test_the_same_figure_is_the_same_file_and_pdf_has_its_letters(
    board: Path, tmp_path: Path
) -> None:
    asked = ("scatter", "--benchmark", REAL, "--metric", "weighted_f1", "--against", "bartscore")
    for ending in ("svg", "pdf"):
        first = drawn(board, tmp_path / f"a.{ending}", *asked)
        assert first == drawn(board, tmp_path / f"b.{ending}", *asked)
    assert first.startswith(b"%PDF")
    assert b"BARTScore recall against Weighted F1, release 1" in first, "its title"
    assert b"/Type3" not in first
    assert b"/FontFile2" in first


def test_names_of_systems_that_share_a_place_share_a_label() -> None:
    at, elsewhere = Ended(0.5, 0.4, 0.6), Ended(0.7, None, None)
    points = (
        Point("a", SYSTEM, at, at),
        Point("b", BASELINE, at, at),
        Point("c", SYSTEM, at, elsewhere),
    )
    svg, unwritten = drawing.drawn(Picture("t", "x", points, "y"), drawing.FigureFormat.svg, 6)
    assert not unwritten
    written = texts(svg.decode())
    assert "a; b" in written
    assert "c" in written
    assert "b" not in written


def test_where_systems_fail_the_largest_drop_is_on_top(board: Path, tmp_path: Path) -> None:
    svg = drawn(board, tmp_path / "f.svg", "failures", "--benchmark", REAL).decode()
    parts = [text for text in texts(svg) if text.startswith("dreaddit, ")]
    assert parts == ["dreaddit, tag: hard", "dreaddit, factor: irf", "dreaddit, tag: slight"]
    assert "no drop" in texts(svg)


def test_what_cannot_be_drawn_is_said_before_anything_is_written(
    board: Path, tmp_path: Path
) -> None:
    def refused(*asked: str, output: str = "x.svg") -> str:
        why = refuse(board, "figure", *asked, "--output", tmp_path / output)
        return " ".join(why.split())

    assert "neither .svg nor .pdf" in refused("means", output="x.png")
    assert "with --benchmark" in refused("means")
    assert "--against" in refused("scatter", "--benchmark", REAL)
    assert "has no --line" in refused("failures", "--benchmark", REAL, "--line", "Sys")
    assert "did you mean" in refused("means", "--benchmark", REAL, "--metric", "weighted_f")
    tuned = rows()[2].key
    asked = ("means", "--benchmark", REAL, "--metric", "weighted_f1", "--line", tuned)
    assert "choose with --tasks" in refused(*asked)
    assert not list(tmp_path.iterdir())
    drawn(board, tmp_path / "x.svg", "means", "--benchmark", REAL)
    assert "is there already" in refused("means", "--benchmark", REAL)


def test_without_the_extra_it_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda _: None)
    with pytest.raises(NotInstalled, match=r"pip install 'reasonboard\[figures\]'"):
        drawing.drawn(Picture("", "", ()), drawing.FigureFormat.svg, 6)
