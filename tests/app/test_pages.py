"""Every page, opened without a browser: at once, with each control, and at addresses that do not
fit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from app.site.tables.board_frame import MEAN, SYSTEM
from scoring.tasks import Task
from tests.app.conftest import opened, sound
from tests.app.grids import grid


def names(site: AppTest) -> list[str]:
    return grid(site)[SYSTEM].tolist()


def said(site: AppTest) -> str:
    return "\n".join(
        e.value for kind in (site.caption, site.markdown, site.warning, site.info) for e in kind
    )


def test_leaderboard_opens_on_the_real_board_and_its_headline(
    open_page, invented: ModuleType, tasks: dict[str, Task]
) -> None:
    site = open_page()
    declared = sum(task.benchmark == "imhi-expert" for task in tasks.values())
    declared += 1  # "severity" is in the release alone
    assert site.selectbox(key="benchmark").value == "imhi-expert"
    assert site.selectbox(key="metric").value == "weighted_f1"
    assert names(site) == ["alpha", "beta", invented.HOSTILE, "majority label", "=1+1", "half"]
    assert not site.warning
    assert site.get("popover")[0].proto.popover.label == "Release 1 of 2026-01-31"
    assert (
        f"Systems: 6 (trivial baselines: 1; with every task: 4). Tasks: 3 of {declared}. Examples:"
        " 105." in said(site)
    )


def test_a_board_opens_on_the_headline_of_most_of_its_tasks(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    """And not on that of the task that happens to be the first."""
    content = invented.content()
    odd = next(task.id for task in content.tasks if task.benchmark == "imhi-expert")
    listed = [
        replace(task, headline="bartscore") if task.id == odd else task for task in content.tasks
    ]
    data = invented.publish_invented(tmp_path, 1, replace(content, tasks=tuple(listed)))
    assert open_page(data=data).selectbox(key="metric").value == "weighted_f1"
    assert "Weighted F1, mean of 3 of 3 tasks" in said(open_page("system", data=data))


def test_real_benchmarks_stand_first_and_the_invented_one_is_marked(open_page) -> None:
    site = open_page(benchmark="demo")
    assert names(site) == ["keyword rules"]
    assert site.selectbox(key="benchmark").options == ["imhi-expert", "demo (invented)"]


def test_a_demonstration_checkpoint_is_named_as_one(open_page) -> None:
    assert ":orange-badge[:material/science: BARTScore]" in said(open_page(metric="bartscore"))
    assert ":orange-badge[:material/science: BARTScore]" in said(
        open_page("task", group="explanation")
    )
    assert "Of a demonstration checkpoint" in said(open_page()), "its means stand beside"
    assert "demonstration checkpoint" not in said(open_page(column="ranks"))


def test_explanation_metrics_say_how_far_they_can_be_believed(open_page) -> None:
    assert "Not validated here" in said(open_page(metric="bartscore")).replace("\\", "")
    assert "nobody has rated" in open_page(metric="bartscore").selectbox(key="metric").help


def test_lower_is_better_puts_the_smallest_first(open_page) -> None:
    site = open_page(metric="mae")
    assert opened(site, "columns").selectbox(key="order").value == "asc"
    assert grid(site)["rank"].dropna().tolist() == [1, 2, 3, 4, 5]
    assert list(grid(site).filter(like="imhi-expert/")) == ["imhi-expert/severity"]


def test_without_a_better_direction_there_are_no_ranks(open_page) -> None:
    site = open_page(metric="words")
    assert grid(site)["rank"].isna().all()
    assert "There are no ranks for it." in said(site)


def test_controls_write_the_address_and_change_the_table(open_page, invented: ModuleType) -> None:
    site = opened(open_page(), "filters", "columns")
    sound(site.selectbox(key="sort").set_value("imhi-expert/dreaddit").run())
    assert names(site) == ["beta", "alpha", invented.HOSTILE, "majority label", "half", "=1+1"]
    sound(site.selectbox(key="order").set_value("asc").run())
    assert names(site)[:4] == ["majority label", invented.HOSTILE, "alpha", "beta"]
    sound(site.toggle(key="hide_baselines").set_value(True).run())
    assert "majority label" not in names(site)
    assert grid(site)["rank"].dropna().tolist() == [3, 1, 2], "ranks do not change"
    sound(site.toggle(key="intervals").set_value(True).run())
    assert "imhi-expert/irf low" in grid(site)
    address = {
        name: site.query_params[name] for name in ("sort", "order", "hide_baselines", "intervals")
    }
    assert address == {
        "sort": "imhi-expert/dreaddit",
        "order": "asc",
        "hide_baselines": "1",
        "intervals": "1",
    }
    again = open_page(**address)
    assert grid(again).equals(grid(site))


def test_a_click_before_the_last_change_has_reached_the_browser_does_not_undo_it(open_page) -> None:
    site = opened(open_page(), "filters", "columns")
    sound(site.toggle(key="hide_baselines").set_value(True).run())
    del site.query_params["hide_baselines"]  # the browser does not have it yet
    sound(site.toggle(key="intervals").set_value(True).run())
    assert (site.query_params["hide_baselines"], site.query_params["intervals"]) == ("1", "1")
    assert "majority label" not in names(site)


def test_whoever_goes_back_is_where_they_were_and_goes_on_from_there(open_page) -> None:
    site = opened(open_page(), "filters", "columns")
    sound(site.toggle(key="hide_baselines").set_value(True).run())
    del site.query_params["hide_baselines"]
    assert "majority label" in names(sound(site.run()))
    sound(site.toggle(key="intervals").set_value(True).run())
    assert "hide_baselines" not in site.query_params


@pytest.mark.parametrize("asked", [{"task": "demo/stress"}, {"system": "demo:alpha:1"}])
def test_what_an_address_asks_for_says_which_board_it_is_of(
    open_page, asked: dict[str, str]
) -> None:
    page = "task" if "task" in asked else "system"
    assert open_page(page, **asked).selectbox(key="benchmark").value == "demo"


def test_another_board_forgets_what_only_the_first_one_had(open_page) -> None:
    site = open_page(metric="mae", sort="imhi-expert/severity", order="asc")
    sound(site.selectbox(key="benchmark").set_value("demo").run())
    assert not [note for note in site.warning if "address" in note.value]
    assert site.selectbox(key="metric").value == "weighted_f1"


@pytest.mark.parametrize("page", ["leaderboard", "task"])
@pytest.mark.parametrize("name", ["benchmark", "metric", "intervals"])
def test_an_address_that_does_not_fit_is_said_not_followed(open_page, page: str, name: str) -> None:
    site = open_page(page, **{name: "**no** http://evil.example"})
    assert grid(site).equals(grid(open_page(page)))
    [note] = site.warning
    assert "The address asks for" in note.value
    assert "**no**" not in note.value
    assert "http://" not in note.value.replace("\\", "")


def test_every_leaderboard_control_survives_nonsense(open_page) -> None:
    site = open_page(sort="'; drop table", order="sideways", hide_baselines="maybe", metric="")
    assert len(site.warning) == 4


def test_hostile_names_are_text_wherever_they_stand(open_page, invented: ModuleType) -> None:
    for site in (
        open_page(),
        open_page("task"),
        open_page("task", system=f"imhi-expert:{invented.HOSTILE}:1"),
    ):
        assert invented.HOSTILE in names(site)
        assert "evil.example" not in said(site).replace("\\", "").replace("\u2060", "")
        for chart in site.get("plotly_chart"):
            assert "<script>" not in chart.proto.spec


def test_task_page_shows_card_classes_and_confusions(open_page) -> None:
    site = open_page("task", task="imhi-expert/severity", system="imhi-expert:alpha:1")
    assert grid(site)[SYSTEM].tolist()[-1] == "half", "a blank stands last"
    [card] = site.table
    assert "differs from the published" in card.value.loc["SHA-256"].iloc[0].replace("\\", "")
    labels = next(frame.value for frame in site.dataframe if "share" in frame.value)
    assert labels["n"].tolist() == [20, 10, 5]
    counts = next(frame.value for frame in site.dataframe if "Unparsed" in frame.value)
    assert counts.to_numpy().tolist() == [[15, 3, 0, 2], [0, 0, 7, 3], [0, 0, 5, 0]]
    assert len(site.get("plotly_chart")) == 1


def test_task_page_breaks_down_by_attribute_where_there_is_one(open_page) -> None:
    site = open_page("task", task="imhi-expert/irf")
    breakdown = next(frame.value for frame in site.dataframe if "attribute" in frame.value)
    assert breakdown["n"].tolist() == [20, 20, 15, 15]
    assert "Results by attribute" in [head.value for head in site.subheader]
    assert "Results by attribute" not in [head.value for head in open_page("task").subheader]


def test_task_page_controls(open_page) -> None:
    site = open_page("task", task="imhi-expert/severity")
    sound(site.selectbox(key="group").set_value("explanation").run())
    assert "bartscore" in grid(site)
    sound(site.selectbox(key="metric").set_value("words").run())
    sound(site.toggle(key="intervals").set_value(False).run())
    assert list(grid(site)) == [SYSTEM, "words", "notes", "unparsed", "bartscore"]
    sound(site.selectbox(key="system").set_value("imhi-expert:beta:1").run())
    assert site.query_params["system"] == "imhi-expert:beta:1"
    sound(site.selectbox(key="task").set_value("imhi-expert/irf").run())
    assert not [note for note in site.warning if "address" in note.value]


def test_a_link_to_a_metric_opens_its_group(open_page) -> None:
    site = open_page("task", benchmark="imhi-expert", metric="bartscore")
    assert (site.selectbox(key="group").value, site.selectbox(key="metric").value) == (
        "explanation",
        "bartscore",
    )
    assert not [note for note in site.warning if "address" in note.value]


@pytest.mark.parametrize("page", ["leaderboard", "task"])
def test_a_board_that_nobody_has_scored_is_blank_and_says_so(
    open_page, page: str, invented: ModuleType, tmp_path: Path
) -> None:
    full = invented.content()
    cells = tuple(
        invented.cell(invented.SYSTEMS[0], task, "weighted_f1", None) for task in invented.TASKS[:3]
    )
    blank = replace(full, cells=cells, overall=(), breakdowns=(), confusions=())
    site = open_page(page, data=invented.publish_invented(tmp_path, 1, blank))
    column = MEAN if page == "leaderboard" else "weighted_f1"
    assert grid(site)[column].isna().all()
    assert "reasonboard score" in said(site) or "No system has a value on this task" in said(site)
    assert not site.get("plotly_chart")


def test_a_new_release_is_seen_at_once(open_page, invented: ModuleType, tmp_path: Path) -> None:
    invented.publish_invented(tmp_path)
    site = open_page(data=tmp_path)
    invented.publish_invented(tmp_path, 2)
    assert sound(site.run()).get("popover")[0].proto.popover.label.startswith("Release 2 of ")


def test_a_folder_filled_anew_is_not_taken_for_the_old_one(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    invented.publish_invented(tmp_path)
    site = open_page(data=tmp_path)
    before = invented.content()
    (tmp_path / "releases" / "1.db").unlink()  # releases are never written over
    invented.publish_invented(tmp_path, 1, replace(before, systems=before.systems[:2]))
    assert names(sound(site.run())) == ["alpha", "beta"]
