"""Where systems fail: drops of a small board, stated, shown and printed."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from app.chosen import by_metric_largest_drop_first
from app.site.tables.failures import what_a_drop_is
from scoring.metrics import metric
from scoring.segments import REDACTED, Example
from scoring.tasks import Task
from submissions.benchmarks.tags import import_tags
from submissions.releasing.drops import parts_of
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import DropRow
from submissions.store.released.serving import current_release
from tests.app.conftest import opened
from tests.app.saying import said
from tests.app.test_figure import drop
from tests.boards import a_run, demo_board, gold_rows, publish_with_blanks, submit, workplace
from tests.commands import refuse, succeed
from tests.live import live

STRESS = "demo/stress"
WRONG = {f"stress-{number:03}" for number in range(1, 10)}
TAGGED = [f"stress-{number:03}" for number in range(1, 16)]
OTHERS = [f"stress-{number:03}" for number in range(16, 29)]


def test_a_redacted_example_is_of_no_side(tasks: dict[str, Task]) -> None:
    def example(number: int, post: str) -> Example:
        attributes = {"cause": "work" if number < 12 else "money"}
        name = f"e-{number}"
        return Example(name, name, "asked", post, "yes", None, None, attributes)

    asked = [example(n, REDACTED if n in (0, 20, 21) else f"Post {n}") for n in range(23)]
    money, work = parts_of(tasks[STRESS], asked, "cause")
    assert (sum(work.inside), len(work.inside)) == (11, 20)
    assert work.places == (*range(1, 20), 22)
    assert not work.large_enough, "nine others stand"
    assert not money.large_enough


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """One system that is wrong on nine of fifteen examples with a tag, and right on all others."""
    path = tmp_path_factory.mktemp("drops")
    folder = demo_board(path / "data", tasks, ["stress"])
    yes, no = "Yes, the poster suffers from stress.", "No, the poster does not suffer from stress."
    rows = [
        {**row, "output": no if row["output"].startswith("Yes") else yes}
        if row["example_id"] in WRONG
        else row
        for row in gold_rows(folder, tasks[STRESS])
    ]
    submit(folder, tasks, path, rows, system="Fails")
    place = workplace(folder, tasks)
    few = (metric("weighted_f1"), metric("accuracy"))
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    tags = path / "tags.csv"
    lines = [f"{STRESS},{name},hard" for name in TAGGED] + [
        f"{STRESS},{name},easy" for name in OTHERS
    ]
    tags.write_text("\n".join(["task,example,tag", *lines, f"{STRESS},stress-001,rare"]))
    import_tags(folder, tasks, tags, "tester", "read")
    publish_with_blanks(folder, tasks, "tester", "first")
    return folder


def test_a_tag_that_a_system_fails_on_leads(board: DataFolder) -> None:
    rows = {(row.system, row.attribute_value): row for row in current_release(board).drops("demo")}
    hard = rows["", "hard"]
    assert {value for _, value in rows} == {"hard", "easy"}, "one example is too few"
    assert (hard.n, hard.n_rest, hard.systems) == (15, 25, 1), "trivial baselines count for none"
    assert (hard.outside, hard.value) == (1, 1 - (hard.inside or 0))
    assert hard.inside == pytest.approx(0.4, abs=0.02)
    assert hard.low is not None
    assert hard.low > 0.3
    assert hard.p_holm == pytest.approx(min(1, 2 * (hard.p or 0))), "of two tags"
    assert rows["", "easy"].value < 0
    [own] = [row for (system, value), row in rows.items() if system and value == "hard"]
    assert own.value == hard.value


def test_the_command_ranks_them(board: DataFolder) -> None:
    shown = succeed(board.path, "failures", "--benchmark", "demo")
    assert shown.index("tag: hard") < shown.index("tag: easy")
    assert "< 0.001" in shown
    stated = json.loads(succeed(board.path, "failures", "--system", "Fails", "--format", "json"))
    assert [(row["system"], row["attribute_value"]) for row in stated] == [
        ("Fails", "hard"),
        ("Fails", "easy"),
    ]
    assert "did you mean 'Fails'?" in refuse(board.path, "failures", "--system", "Fail")


def test_drops_of_unlike_metrics_are_no_order() -> None:
    def row(metric: str, value: float | None) -> DropRow:
        return replace(drop("hard", 0.0), metric=metric, value=value)

    rows = [row("accuracy", 0.1), row("mae", 2.0), row("accuracy", 0.3), row("mae", None)]
    ranked = by_metric_largest_drop_first(rows)
    assert {name: [each.value for each in own] for name, own in ranked.items()} == {
        "accuracy": [0.3, 0.1],
        "mae": [2.0, None],
    }


def test_a_drop_of_an_error_is_what_is_more_on_the_part(board: DataFolder) -> None:
    [f1] = [row for row in current_release(board).metrics() if row.name == "weighted_f1"]
    assert what_a_drop_is(f1).endswith(
        "other examples less that on the examples with the attribute or tag"
    )
    error = replace(f1, title="Mean absolute error", higher_is_better=False)
    assert what_a_drop_is(error) == (
        "Mean absolute error on the examples with the attribute or tag less that on the task's"
        " other examples"
    )


def test_the_tasks_page_ranks_them(board: DataFolder, open_page) -> None:
    page = open_page("task", data=board.path, benchmark="demo", task=STRESS)
    [table] = [frame.value for frame in page.dataframe if "part" in frame.value.columns]
    assert table["part"].tolist() == ["tag: hard", "tag: easy"]
    assert table["p"].tolist()[0] == "< 0.001"


def test_the_page_ranks_those_of_a_whole_benchmark(board: DataFolder, open_page) -> None:
    page = open_page("failures", data=board.path, benchmark="demo")
    [table] = [frame.value for frame in page.dataframe]
    assert table["task"].tolist() == ["stress", "stress"]
    assert table["part"].tolist() == ["tag: hard", "tag: easy"]
    assert (table["span"] != "").all()
    assert table["p"].tolist()[0] == "< 0.001"
    drawn = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in drawn["data"]] == ["Tag", "no drop"]
    assert page.selectbox(key="system").options[0] == "All together"
    assert "Majority label" not in page.selectbox(key="system").options, "it has no drop"
    [own] = {row.system for row in current_release(board).drops("demo")} - {""}
    of_one = open_page("failures", data=board.path, benchmark="demo", system=own)
    assert of_one.selectbox(key="system").value == own
    assert "of this system" in said(of_one)
    assert of_one.dataframe[0].value["systems"].tolist() == [1, 1]
    assert opened(of_one, "export").get("download_button")


def test_a_board_without_tags_says_what_would_change_that(open_page) -> None:
    assert "reasonboard tags import" in open_page("failures").info[0].value


def test_the_api_ranks_them(board: DataFolder, tasks: dict[str, Task]) -> None:
    with live(board, tasks) as served:
        rows = served.anybody.get("/failures?benchmark=demo").json["failures"]
        assert served.anybody.get("/failures?benchmark=none").status == 404
    assert [row["attribute_value"] for row in rows if not row["system"]] == ["hard", "easy"]
    assert rows[0].keys() == {field.name for field in fields(DropRow)}
