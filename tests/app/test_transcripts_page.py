"""The page of transcripts that a rubric rates, and the command beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from app.site.charts import profile_figure, size_figure
from app.site.tables.transcripts import profile_frame, size_frame
from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.rating.rubric_figures import RubricFigures, rubric_figures
from submissions.rating.rubrics import usable_rubrics
from submissions.rating.transcript_tasks import declared_transcripts
from submissions.rating.transcripts import import_transcripts
from submissions.releasing.reported import board_reported
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import FILE, JUDGED
from tests.commands import refuse, succeed
from tests.live import live

DEMO = DECLARATIONS / "demo"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> RubricFigures:
    folder = DataFolder(tmp_path_factory.mktemp("board"))
    prepare(folder)
    task = declared_transcripts(folder.path, "demo-cbt")
    import_transcripts(folder, task, DEMO / "transcripts.jsonl", "ana", "a test")
    for name, kind in (("transcript-ratings", FILE), ("transcript-judged", JUDGED)):
        asked = ImportRequest("ana", "a test", Naming(task=task.id), name, kind=kind)
        import_ratings(folder, {}, usable_rubrics(folder.path), DEMO / f"{name}.csv", asked)
    return rubric_figures(folder)


@pytest.fixture(scope="module")
def board(
    figures: RubricFigures,
    invented: ModuleType,
    tasks: dict[str, Task],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    data = tmp_path_factory.mktemp("data")
    printed = board_reported(data, tasks)[0]
    stated = replace(
        invented.content(),
        papers=printed.papers,
        reported=printed.cells,
        rubric_boards=figures.boards,
        rubric_systems=figures.systems,
        rubric_values=figures.values,
        rubric_contrasts=figures.contrasts,
        rubric_agreement=figures.agreement,
    )
    invented.publish_invented(data, 1, stated)
    return data


def captions(site: AppTest) -> str:
    return "\n".join(each.value for each in site.caption)


def test_the_page_shows_totals_items_variants_and_agreement(open_page, board: Path) -> None:
    site = open_page("transcripts", data=board)
    values, contrasts, agreement, printed = (each.value for each in site.dataframe)
    assert values["system"].tolist()[0] == "Counsel-8B, tuned"
    assert values.loc[0, "total"] == 47.5
    assert len([name for name in values if "total" not in name]) == 3 + 1 + 11 + 2
    assert contrasts["item"].tolist()[:2] == ["Total", "Total"]
    assert contrasts["p_permutation"].tolist()[:2] == ["0.250", "0.250"]
    assert set(agreement["whose"]) == {
        "transcript-ratings",
        "demo-judge-7b and transcript-ratings",
    }
    assert agreement["item"].tolist()[:7] == ["Total"] * 7
    assert printed.loc[0, "printed"] == "67.86 ± 7.24"
    assert "sum of 11 items, 0 to 66" in captions(site)
    assert "share no axis" in captions(site)
    assert len(site.get("plotly_chart")) == 2
    assert any("Invented" in each.value for each in site.markdown)


def test_a_judges_ratings_are_looked_at_apart(open_page, board: Path) -> None:
    site = open_page("transcripts", data=board, raters="transcript-judged:demo-judge-7b")
    assert "Rated by the model demo" in captions(site)
    assert site.dataframe[0].value.loc[0, "raters"] == 1


def test_a_board_without_transcripts_says_so(open_page) -> None:
    site = open_page("transcripts")
    assert "No transcripts are rated on this board" in site.info[0].value


def test_figures_have_a_line_a_system_and_a_point_a_size(figures: RubricFigures) -> None:
    people = [row for row in figures.values if not row.judge]
    frame = profile_frame(figures.boards[0], people)
    chart = profile_figure(frame, "Mean rating")
    assert [len(trace.x) for trace in chart.data] == [11] * 4
    sizes = size_figure(size_frame(figures.systems, people), "Total")
    assert [sorted(trace.x) for trace in sizes.data] == [[3e9, 8e9]] * 2
    assert list(sizes.layout.xaxis.ticktext) == ["3B", "8B"]


def test_the_command_shows_the_same(board: Path) -> None:
    written = json.loads(succeed(board, "rubric", "show", "--format", "json"))
    assert list(written) == ["boards", "systems", "values", "contrasts", "agreement"]
    assert len(written["values"]) == 2 * 4 * 12
    said = succeed(board, "rubric", "show", "demo-cbt")
    assert "47.50 ± 3.61 (38.54–56.46)" in said
    assert "fewer than 10 patients" in said
    assert "did you mean 'demo-cbt'?" in refuse(board, "rubric", "show", "demo-cbd")


def test_the_api_answers_with_the_release_s_rows(
    board: Path, figures: RubricFigures, tasks: dict[str, Task]
) -> None:
    with live(DataFolder(board), tasks) as served:
        body = served.anybody.get("/transcripts").json
    assert body["values"] == [asdict(row) for row in figures.values]
    assert body["agreement"] == [asdict(row) for row in figures.agreement]
    assert body["boards"][0]["id"] == "demo-cbt"
