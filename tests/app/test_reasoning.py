"""Right label, wrong reasoning: rated by a rubric, stated by a release, a filter in Compare."""

from __future__ import annotations

import pytest

from app.site.tables.side_by_side import filters
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from tests.boards import a_run, demo_board, gold_rows, publish_with_blanks, submit, workplace
from tests.declarations import load_rubrics

STRESS, RUBRIC = "demo/stress", "right-label-wrong-reasoning"
SAID = {"stress-001": (1, 1, 0), "stress-002": (1, 0), "stress-003": (0, 0)}
"""Whether each rater found the reasoning wrong."""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """Two systems with right labels, one of which was rated."""
    path = tmp_path_factory.mktemp("reasoning")
    folder = demo_board(path / "data", tasks, ["stress"])
    rows = gold_rows(folder, tasks[STRESS])
    submit(folder, tasks, path, rows, system="Rated")
    submit(
        folder,
        tasks,
        path,
        [{**row, "output": f"{row['output']} So."} for row in rows],
        system="Other",
    )
    lines = ["example_id,system,annotator,aspect,rating"] + [
        f"{example},Rated,{annotator},wrong-reasoning,{rating}"
        for example, said in SAID.items()
        for annotator, rating in zip("abc", said, strict=False)
    ]
    (path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ImportRequest("tester", "a test", Naming(RUBRIC, STRESS))
    import_ratings(folder, tasks, load_rubrics(), path / "people.csv", asked)
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish_with_blanks(folder, tasks, "tester", "first")
    return folder


def test_the_rubric_asks_yes_or_no() -> None:
    rubric = load_rubrics()[RUBRIC]
    assert rubric.headline == "wrong-reasoning"
    assert {(aspect.low, aspect.high) for aspect in rubric.aspects} == {(0, 1)}


def test_a_release_counts_raters(board: DataFolder) -> None:
    rows = {row.example: (row.wrong, row.raters) for row in current_release(board).reasoning()}
    assert rows == {"stress-001": (2, 3), "stress-002": (1, 2), "stress-003": (0, 2)}


def test_compare_lists_what_most_raters_call_wrong(board: DataFolder, open_page) -> None:
    ids = {row.system: row.id for row in current_release(board).systems()}
    both = [ids["Rated"], ids["Other"]]
    page = open_page(
        "compare", data=board.path, benchmark="demo", task=STRESS, system=both, show="reasoning"
    )
    [table] = [frame.value for frame in page.dataframe if "example" in frame.value.columns]
    assert table["example"].tolist() == ["stress-001"]
    unrated = open_page(
        "compare",
        data=board.path,
        benchmark="demo",
        task=STRESS,
        system=[ids["Other"], ids["Majority label"]],
    )
    choices = unrated.selectbox(key="show").options
    assert not any("raters" in title for title in choices)


def test_the_filter_is_offered_where_anybody_rated() -> None:
    assert "reasoning" not in filters(["A", "B"])
    assert filters(["A", "B"], rated=True)["reasoning"] == "Right label, wrong reasoning (raters)"
