"""Every view, opened without a browser: what it shows, its controls, and what it says where there
is nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from app.site.examples.show import asked
from app.site.navigation import SECTIONS, VIEWS
from app.site.tables.board_frame import MEAN, SYSTEM
from scoring.metrics import METRICS
from scoring.tasks import Task
from submissions.declarations.meta import Meta
from submissions.releasing.reported import board_reported
from submissions.store.folder import DataFolder
from submissions.store.released.release import place_release, switch_to, write_release
from submissions.store.released.release_rows import ChangeRow, HistoryRow
from submissions.store.released.scored_rows import ConfusionRow, ReleaseRow
from submissions.store.submitted.submissions import Submission, add_submission
from tests.app.conftest import ROOT, opened, sound
from tests.app.grids import above, grid, grids, table
from tests.app.saying import said
from tests.releases import content, publish_invented, with_strategies

TITLES = {place.name: place.title for places in SECTIONS.values() for place in places}
REAL = "imhi-expert"
METRIC_TITLES = {metric.name: metric.title for metric in METRICS}


def test_every_page_is_in_the_navigation() -> None:
    assert sorted(
        path.stem for path in (ROOT / "app" / "site" / "pages").glob("[!_]*.py")
    ) == sorted(TITLES)


@pytest.mark.parametrize("page", VIEWS)
def test_every_view_says_what_it_is_not_for_and_where_help_is(open_page, page: str) -> None:
    site = open_page(page)
    assert site.title[0].value == TITLES[page]
    assert "For research, not for diagnosis" in said(site)
    assert "findahelpline.com" in said(site)


@pytest.mark.parametrize("page", VIEWS)
def test_every_view_of_the_invented_benchmark_says_that_it_is_invented(
    open_page, page: str
) -> None:
    site = open_page(page, benchmark="demo")
    # The invented release has no transcripts, and no paper prints anything of it.
    assert page in (
        "methods",
        "reported",
        "transcripts",
    ) or ":orange-badge[:material/science: Invented]" in said(site)


def test_a_board_without_values_is_not_the_first_that_is_shown(open_page, tmp_path: Path) -> None:
    whole = content()
    on_demo = {row.id for row in whole.tasks if row.demonstration}
    cells = tuple(
        c if c.task in on_demo else replace(c, value=None, low=None, high=None) for c in whole.cells
    )
    bare = replace(
        whole, cells=cells, overall=tuple(row for row in whole.overall if row.benchmark == "demo")
    )
    second = tuple(replace(row, demonstration=False) for row in bare.tasks)
    site = open_page(
        "leaderboard", data=publish_invented(tmp_path, what=replace(bare, tasks=second))
    )
    assert site.selectbox(key="benchmark").value == "demo"
    assert sound(open_page("leaderboard", data=tmp_path, benchmark=REAL))


@pytest.mark.parametrize("page", VIEWS)
def test_without_a_release_every_view_says_what_to_do(open_page, page: str, tmp_path: Path) -> None:
    site = open_page(page, data=tmp_path)
    assert "Nothing is published yet" in site.info[0].value
    assert "reasonboard publish" in site.code[0].value
    assert not site.dataframe


@pytest.mark.parametrize("page", VIEWS)
def test_an_address_full_of_nonsense_is_said_and_nothing_breaks(open_page, page: str) -> None:
    names = (
        "benchmark",
        "metric",
        "task",
        "system",
        "show",
        "score",
        "sort",
        "order",
        "chart",
        "example",
        "against",
        "ratings",
        "aspect",
        "measure",
        "reference",
        "by",
        "column",
        "platform",
        "size",
        "q",
        "release",
        "intervals",
    )
    site = open_page(page, **dict.fromkeys(names, "'; **no** http://evil.example <script>"))
    assert site.warning
    assert "http://" not in "".join(note.value for note in site.warning).replace("\\", "")


@pytest.fixture
def two_releases(invented: ModuleType, tmp_path: Path) -> Path:
    """A data folder whose second release, which alpha and beta lead in turn, lists the first."""
    first = invented.content()
    swapped = {f"{REAL}:alpha:1": f"{REAL}:beta:1", f"{REAL}:beta:1": f"{REAL}:alpha:1"}
    overall = tuple(
        replace(row, system=swapped.get(row.system, row.system)) for row in first.overall
    )
    invented.publish_invented(tmp_path)
    return invented.publish_invented(tmp_path, 2, replace(first, overall=overall), after=(1,))


def test_a_question_is_asked_with_what_the_example_puts_into_it() -> None:
    risk = ("Does it show {factor}?", {"factor": "a burden", "platform": "reddit"})
    assert asked(*risk) == ("Does it show a burden?", "platform: reddit")
    assert asked("Is it stress?", {}) == ("Is it stress?", "")


def test_an_earlier_release_can_be_looked_at_and_is_marked(open_page, two_releases: Path) -> None:
    now = opened(open_page(data=two_releases), "about release")
    assert now.selectbox(key="release").options == ["2 (current)", "1"]
    assert "An earlier release" not in said(now)
    sound(now.selectbox(key="release").set_value("1").run())
    assert "An earlier release: the current one is 2." in said(now)
    assert grid(now)[SYSTEM].tolist()[:2] == ["alpha", "beta"]
    assert now.query_params["release"] == "1"
    assert "An earlier release" not in said(open_page(data=two_releases, release="7"))


def test_an_earlier_release_that_lists_a_withdrawn_system_is_on_no_page(
    open_page, two_releases: Path
) -> None:
    alpha = f"{REAL}:alpha:1"
    own = Submission(
        alpha,
        REAL,
        "alpha",
        "1",
        "",
        "",
        {},
        0,
        Meta("alpha", "1", "zero-shot"),
        "2026-01-01",
        withdrawn_at="2026-02-01",
    )
    assert "An earlier release" in said(open_page(data=two_releases, release="1"))
    add_submission(DataFolder(two_releases), own)
    for page in ("leaderboard", "task", "compare", "releases", "system"):
        site = opened(open_page(page, data=two_releases, release="1"), "about release")
        assert site.selectbox(key="release").options == ["2 (current)"]
        assert "An earlier release" not in said(site)
    drawn = open_page("releases", data=two_releases, system=["alpha"]).get("plotly_chart")
    assert not drawn, "nor is its rank of then"


def test_ranks_through_the_releases_are_drawn_once_there_are_two(
    open_page, two_releases: Path
) -> None:
    site = open_page("releases", data=two_releases, system=["alpha", "beta"])
    ranks = table(site, "low")
    assert ranks[["release", "name", "rank"]].to_numpy().tolist() == [
        [1, "alpha", 1],
        [1, "beta", 2],
        [2, "alpha", 2],
        [2, "beta", 1],
    ]
    assert len(site.get("plotly_chart")) == 1
    assert not open_page("releases").get("plotly_chart"), "one release is no history"


def test_a_board_groups_by_strategy_and_filters_by_it(open_page, tmp_path: Path) -> None:
    data = publish_invented(tmp_path, what=with_strategies())
    site = open_page(data=data, benchmark=REAL, rows="strategy")
    shown = table(site, "strategy")
    assert list(shown)[:4] == ["strategy", "rank", SYSTEM, MEAN]
    assert [*zip(shown["strategy"], shown[SYSTEM], strict=True)][:4] == [
        ("Zero-shot", "beta"),
        ("Few-shot", "alpha"),
        ("chain-of-thought", "half"),
        ("not declared", shown[SYSTEM][3]),
    ]
    assert shown["rank"].tolist()[:2] == [2, 1], "ranks are among all"
    few = open_page(data=data, benchmark=REAL, strategy="few-shot")
    assert table(few, SYSTEM)[SYSTEM].tolist() == ["alpha"]
    assert "strategy" not in table(few, SYSTEM)


def test_best_on_a_platform_is_found_by_a_filter_that_is_in_the_address(open_page) -> None:
    site = open_page(platform="reddit")
    assert grid(site)[SYSTEM].tolist()[0] == "alpha"
    one = open_page(family="stress detection", column=[f"{REAL}/irf"])
    assert [name for name in grid(one) if name.startswith(REAL)] == [f"{REAL}/irf"]


def test_search_finds_by_name_and_says_when_nothing_is_left(open_page) -> None:
    assert grid(open_page(q="BETA"))[SYSTEM].tolist() == ["beta"]
    site = open_page(q="nobody is called so")
    assert grid(site).empty
    assert "No system passes these filters" in said(site)


def test_columns_can_be_chosen_and_none_at_all(open_page) -> None:
    assert list(grid(open_page(column=""))) == ["rank", SYSTEM, MEAN]
    shown = list(grid(open_page(column=["method", "size"])))
    assert shown == ["rank", SYSTEM, MEAN, "method", "size"]


def test_families_stand_for_their_tasks(open_page) -> None:
    frame = grid(open_page(by="family")).set_index(SYSTEM)
    assert frame.loc["alpha", "stress detection"] == pytest.approx(0.671)
    assert frame["stress detection"].isna()["half"]


def test_correctness_and_explanations_stand_side_by_side_and_as_a_scatter(open_page) -> None:
    site = open_page(chart="scatter")
    frame = grid(site).set_index(SYSTEM)
    assert frame.loc["alpha", "beside"] == pytest.approx(0.671 - 4, abs=1e-3)
    assert len(site.get("plotly_chart")) == 1
    assert not open_page().get("plotly_chart"), (
        "nobody waits for Plotly who has not asked for a chart"
    )


def test_reported_numbers_stand_apart_and_have_no_rank(
    open_page, invented: ModuleType, tmp_path: Path, tasks: dict[str, Task]
) -> None:
    content = invented.content()
    printed = board_reported(tmp_path, tasks)[0].without({"demo"})
    as_imhi = replace(
        content,
        tasks=tuple(
            replace(t, id=f"imhi/{t.id.split('/')[1]}", benchmark="imhi")
            for t in invented.TASKS[:3]
        ),
        metrics=tuple(replace(m, benchmark="imhi") for m in invented.METRICS),
        systems=tuple(replace(s, benchmark="imhi") for s in invented.SYSTEMS),
        cells=tuple(
            replace(c, task=f"imhi/{c.task.split('/')[1]}") for c in invented.real_board()[0]
        ),
        overall=tuple(replace(row, benchmark="imhi") for row in invented.real_board()[1]),
        breakdowns=(),
        confusions=(),
        papers=printed.papers,
        reported=printed.cells,
        claims=printed.claims,
    )
    site = open_page(data=invented.publish_invented(tmp_path, 1, as_imhi))
    reported = grid(site, 1).set_index("system")
    assert reported.loc["MentaLLaMA-chat-13B", "imhi/dreaddit"].tolist() == [0.758, 0.745], (
        "0.7579 and 0.7454, as drawn"
    )
    assert "rank" not in reported
    assert set(reported.loc["MentaLLaMA-chat-13B", "reported_in"]) == {
        "Yang et al. (2024), Table 2",
        "Singh and Lohani (2025), Table 2",
    }, "two papers' numbers of one system are two rows"
    assert reported["to_mind"].str.contains("column to compare with").any()
    assert "MentaLLaMA-chat-13B" not in grid(site)[SYSTEM].tolist()
    assert len(grids(open_page(data=tmp_path, source="here"))) == 1
    assert "rank" not in grid(open_page(data=tmp_path, source="reported"))


def test_how_far_a_metric_can_be_believed_stands_above_its_columns(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    rated = tuple(replace(row, measure="pearson") for row in invented.validity_rows())
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), validity=rated))
    for site, column in (
        (open_page(data=data), "beside"),
        (open_page(data=data, metric="bartscore"), MEAN),
    ):
        over = above(site)
        assert "r 0.30 [0.10, 0.50] on 30 of 35 texts with people" in over[column]
        assert over["rank"] == over[SYSTEM] == ""
        assert "r 0.30 [0.10, 0.50] on 30 of 35 texts with people" in said(site).replace(
            "\\", ""
        ), "also for those who cannot see a grid"
    assert "not validated here" in above(open_page())["beside"]


def test_a_name_is_text_whatever_it_could_be_taken_for(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    content, odd = invented.content(), {"alpha": ":material/home: a", "beta": '["a", "b"]'}
    systems = tuple(replace(row, system=odd.get(row.system, row.system)) for row in content.systems)
    site = open_page(data=invented.publish_invented(tmp_path, 1, replace(content, systems=systems)))
    assert grid(site)[SYSTEM].tolist()[:2] == list(odd.values())


@pytest.mark.parametrize("page", ["leaderboard", "platforms"])
def test_a_board_names_the_tasks_that_it_lacks(
    open_page, page: str, invented: ModuleType, tmp_path: Path
) -> None:
    full = invented.content()
    reddit = tuple(replace(task, platform="reddit") for task in full.tasks)
    text = said(
        open_page(page, data=invented.publish_invented(tmp_path, 1, replace(full, tasks=reddit)))
    )
    assert "**Not on this board:**" in text
    assert {"t\\-sid (Twitter)", "sad (SMS)"} <= set(text.replace(". Their", ", ").split(", "))
    assert "dreaddit (Reddit)" not in text
    assert ", so nothing here is of " in text


def test_platforms_sorts_by_a_part_and_says_why_one_is_blank(open_page) -> None:
    site = open_page("platforms", sort="twitter")
    frame = grid(site)
    assert frame["system"].tolist()[0] == "=1+1"
    assert frame["system"].tolist()[-1] == "half"
    assert frame["why"].tolist()[-1] == "no task of this platform"
    assert frame["twitter span"].tolist()[0] == "0.650–0.850"
    assert (
        open_page("platforms", reference="majority label").selectbox(key="reference").value
        == "majority label"
    )


def test_who_generalizes_best_stands_first(open_page) -> None:
    site = open_page("generalization")
    frame = grid(site)
    assert frame["system"].tolist() == ["half", "alpha", "beta"], (
        "the smallest adjusted gap first, a blank last"
    )
    assert frame["why"].tolist()[-1] == "it has seen every task"
    crossed = table(site, "trained")
    assert len(crossed) == 3
    assert len(site.get("plotly_chart")) == 1


def test_a_protocol_says_who_takes_part_and_why_others_do_not(open_page) -> None:
    frame = table(open_page("generalization", against="real-general"), "status")
    assert frame["status"].tolist() == ["takes part", "undeclared", "trained on held-out data"]


def test_a_system_has_its_declarations_tasks_weak_spots_and_versions(
    open_page, invented: ModuleType
) -> None:
    site = open_page("system", system=f"{REAL}:alpha:1")
    assert table(site, "headline")["headline"].tolist() == [0.812, 0.701, 0.5]
    spots = table(site, "where")
    assert spots.iloc[0]["where"] in ("severity", "dreaddit")
    assert table(site, "reason")["rank"].tolist() == [1]
    hostile = open_page("system", system=f"{REAL}:{invented.HOSTILE}:1")
    assert "evil.example" not in said(hostile).replace("\\", "").replace("\u2060", "")
    assert "Link" not in hostile.table[0].value.index


def test_releases_show_their_reasons_and_ranks_of_chosen_systems(open_page) -> None:
    site = open_page("releases", system=["alpha", "beta"])
    assert site.table[0].value.loc["1", "Why"] == "a first release"
    ranks = next(
        frame.value for frame in site.dataframe if "low" in frame.value and "release" in frame.value
    )
    assert ranks["rank"].tolist() == [1, 2]


def test_what_a_release_changed_is_of_the_chosen_benchmark(open_page, tmp_path: Path) -> None:
    publish_invented(tmp_path)
    folder, why = DataFolder(tmp_path), "**bold** because of the whole word in words"
    row = ReleaseRow(2, "2026-02-28T12:00:00Z", "tester", why, 1, "0.1.0")
    changes = (
        ChangeRow("new system", REAL, "alpha", "", "", "", "2", "submitted"),
        ChangeRow(
            "new task", "demo", "", "demo/mood", "", "", "", "imported since the last release"
        ),
        ChangeRow(
            "changed table",
            "",
            "",
            "",
            "",
            "1 row",
            "2 rows",
            "platforms: 1 rows gone or other, 2 in place",
            {"table": "platforms", "gone": 1, "new": 2},
        ),
    )
    history = [
        HistoryRow(1, row.created_at, "tester", "a first release"),
        HistoryRow(2, row.created_at, "tester", why),
    ]
    write_release(folder, row, content(), changes, history)
    place_release(folder, 2)
    switch_to(folder, 2)
    real, demo = (open_page("releases", data=tmp_path, benchmark=name) for name in (REAL, "demo"))
    assert table(real, "kind")["kind"].tolist() == ["New system", "Table: results by platform"]
    assert table(demo, "kind")["task"].tolist() == ["mood", ""]
    assert table(demo, "kind")["why"].tolist()[1] == (
        "1 row is gone or read otherwise, 2 are new; all benchmarks together"
    )
    for site in (real, demo):
        assert site.table[0].value.index.tolist() == ["2", "1"], (
            "releases are of all benchmarks, whichever is chosen"
        )
        assert site.table[0].value["Why"].iloc[0].replace("\\", "") == why, "whole, and no markup"
    gone = replace(row, number=3)
    write_release(
        folder,
        gone,
        content(),
        changes[:1],
        [*history, HistoryRow(3, row.created_at, "tester", why)],
    )
    place_release(folder, 3)
    switch_to(folder, 3)
    assert "It changed something on imhi\\-expert." in said(
        open_page("releases", data=tmp_path, benchmark="demo")
    )


def test_methods_have_formulas_limits_and_signatures(open_page) -> None:
    site = open_page("methods")
    frame = table(site, "limits")
    assert frame["metric"].tolist() == [
        "Weighted F1",
        "Mean absolute error",
        "BARTScore recall",
        "Words",
    ]
    assert frame["signature"].tolist()[0].startswith("weighted_f1|v:1|")
    headings = [expander.label for expander in site.expander]
    assert {"Correctness", "Intervals", "Comparing systems", "Human ratings", "Sources"} <= set(
        headings
    )


class TestOnRealOutputs:
    """Pages that show single examples, on the board of the published example generations."""

    @pytest.fixture
    def ids(self, real_board: Path) -> dict[str, str]:
        from submissions.store.folder import DataFolder
        from submissions.store.released.serving import current_release

        return {row.system: row.id for row in current_release(DataFolder(real_board)).systems(REAL)}

    def pair(self, ids: dict[str, str]) -> list[str]:
        return [ids["Example generations"], ids["Majority label"]]

    def test_chosen_tasks_are_ranked_by_themselves(self, open_page, real_board: Path) -> None:
        """With the choice in the address, and sets of ranks beside the tests'."""
        # Of two platforms and two families, so that the release states no ranks for them.
        two = ["imhi-expert/dr", "imhi-expert/sad"]
        asked = {"data": real_board, "benchmark": REAL, "tasks": two}
        site = open_page("leaderboard", column=["ranks", "own_set", "table_set", *two], **asked)
        assert "ranks among the systems that have all of them" in said(site)
        frame = grid(site)
        assert frame["rank"].tolist()[0] == 1
        assert frame["own_set"].str.match(r"\d+(–\d+)?$").any()
        assert frame["table_set"].str.match(r"\d+(–\d+)?$").any()
        blank = grid(open_page("leaderboard", rank="0", **asked))
        assert blank["rank"].isna().all()

    def test_differences_are_tested_and_can_be_filtered(
        self, open_page, real_board: Path, ids: dict[str, str]
    ) -> None:
        site = open_page("compare", data=real_board, benchmark=REAL, system=self.pair(ids))
        differences = grid(site).set_index("task")
        assert (differences["difference low"] <= differences["difference"]).all()
        assert (differences["p_holm"] >= differences["p"]).all()
        assert "Mean of 3 tasks" in differences.index
        every = table(site, "gold")
        right = every["label 0"].str.startswith("✓") & every["label 1"].str.startswith("✗")
        only = open_page(
            "compare", data=real_board, benchmark=REAL, system=self.pair(ids), show="only-0"
        )
        kept = table(only, "gold")
        assert len(kept) > 0
        assert kept["label 0"].str.startswith("✓").all()
        assert kept["label 1"].str.startswith("✗").all()
        assert len(kept) >= right.sum()
        wrong = table(
            open_page(
                "compare", data=real_board, benchmark=REAL, system=self.pair(ids), show="wrong"
            ),
            "gold",
        )
        assert wrong["label 0"].str.startswith("✗").all()
        spread = table(
            open_page(
                "compare", data=real_board, benchmark=REAL, system=self.pair(ids), score="words"
            ),
            "gold",
        )["spread"]
        assert spread.dropna().is_monotonic_decreasing

    @pytest.mark.parametrize("page", ["compare", "explorer"])
    def test_texts_appear_only_once_the_notice_is_accepted(
        self, open_page, real_board: Path, ids: dict[str, str], page: str
    ) -> None:
        site = open_page(page, data=real_board, benchmark=REAL, system=self.pair(ids))
        assert "**Post.**" not in said(site)
        assert "Samaritans" in site.table[-1].value.to_string()
        button = next(button for button in site.button if "I understand" in button.label)
        sound(button.click().run())
        assert "**Post.**" in said(site)
        assert not [button for button in site.button if "I understand" in button.label]

    def test_the_explorer_counts_who_is_right_and_searches_posts(
        self, open_page, real_board: Path
    ) -> None:
        site = open_page("explorer", data=real_board, benchmark=REAL, task=f"{REAL}/dreaddit")
        assert not [field for field in site.text_input if field.key == "q"], (
            "no search before the notice"
        )
        counts = table(site, "right")
        assert counts["right"].is_monotonic_increasing
        sound(
            next(button for button in site.button if "I understand" in button.label).click().run()
        )
        sound(site.text_input(key="q").set_value("the and").run())
        found = table(site, "right")
        assert 0 < len(found) <= len(counts)
        sound(site.text_input(key="q").set_value('zzz" OR text:*').run())
        assert "No example is left" in said(site)

    def test_a_task_whose_posts_may_not_be_shown_shows_ids_only(
        self, open_page, real_board: Path, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from app.site import data as queries

        declared = queries.declared_task
        monkeypatch.setattr(
            queries,
            "declared_task",
            lambda row: (d := declared(row)) and replace(d, posts_public=False),
        )
        for page in ("compare", "explorer"):
            site = open_page(
                page,
                data=real_board,
                benchmark=REAL,
                task=f"{REAL}/dreaddit",
                system=self.pair(ids),
            )
            assert "may not be shown" in said(site)
            assert "**Post.**" not in said(site)
            assert not [button for button in site.button if "I understand" in button.label]
            assert len(table(site, "example"))


def test_what_several_runs_add_up_to_is_said(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    """n_unparsed is the largest of the runs, confusions are of all: beside means over runs neither
    may stand bare.
    """
    what, alpha = invented.content(), f"{REAL}:alpha:1"
    cells = tuple(
        replace(c, repetitions=3) if c.system == alpha and c.value is not None else c
        for c in what.cells
    )
    counts = tuple(
        replace(row, n=3 * row.n) if row.system == alpha else row for row in what.confusions
    )
    data = invented.publish_invented(tmp_path, 1, replace(what, cells=cells, confusions=counts))
    board = grid(open_page(data=data)).set_index(SYSTEM)["unparsed"]
    assert (board["alpha"], board["beta"]) == ("15 of 105 in the worst of 3 runs", "0 of 105")
    address = {"task": f"{REAL}/severity", "data": data}
    assert "Counts are of 3 runs added up." in said(open_page("task", system=alpha, **address))
    assert "added up" not in said(open_page("task", system=f"{REAL}:beta:1", **address))
    system = open_page("system", system=alpha, data=data)
    assert "in the worst of 3 runs" in said(system)
    assert table(system, "where")["detail"].str.contains("3 runs added up").any()


def test_values_on_too_few_examples_are_named_and_left_out(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    what, few = invented.content(), {"system": f"{REAL}:beta:1", "task": f"{REAL}/irf"}
    cells = tuple(
        replace(c, n=12, n_absent=23) if few == {"system": c.system, "task": c.task} else c
        for c in what.cells
    )
    overall = tuple(
        replace(row, covered=2, rank=None)
        if row.system == few["system"] and row.total == 3
        else row
        for row in what.overall
    )
    data = invented.publish_invented(tmp_path, 1, replace(what, cells=cells, overall=overall))
    text = said(open_page(data=data))
    assert "or answer or explain fewer than 95% of a task's examples" in text
    assert "**Covered too little to count:** beta on irf (12 of 35)." in text
    some = grid(
        open_page(data=data, column=["coverage", few["task"], "beside"], platform="reddit")
    ).set_index(SYSTEM)
    assert some.loc["beta", "coverage"] == "2 of 3"
    assert some.loc["beta", few["task"]] == 0.65
    assert some["beside"].isna()["beta"]


def test_the_menu_names_the_page_that_stands_in_a_closed_section(open_page) -> None:
    def sections(site: AppTest) -> list[str]:
        return list(site.session_state["in section"].values())

    assert sections(open_page("explorer")) == ["Explorer"]
    assert "in section" not in open_page("leaderboard").session_state, (
        "one that stands in the open is marked there"
    )


def test_a_system_without_weak_spots_is_told_so_and_one_without_values_why(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    full = invented.content()
    best = invented.SYSTEMS[0]
    tasks = invented.TASKS[:3]
    cells = (
        *(invented.cell(best, on, "weighted_f1", 1.0) for on in tasks),
        *(invented.cell(invented.SYSTEMS[1], on, "weighted_f1", None) for on in tasks),
    )
    perfect = tuple(
        ConfusionRow(best.id, on.id, label, label, count)
        for on in tasks
        for label, count in on.classes.items()
    )
    data = invented.publish_invented(
        tmp_path, 1, replace(full, cells=cells, overall=(), confusions=perfect, breakdowns=())
    )
    spoken = said(open_page("system", data=data, system=best.id)).replace("\\", "")
    assert "Nothing is scored yet" not in spoken
    assert (
        "None is seen: on the 3 tasks where it has a value no other system has a higher value"
        in spoken
    )
    assert "every example of every label" in spoken
    blank = said(open_page("system", data=data, system=invented.SYSTEMS[1].id)).replace("\\", "")
    assert "no value on any task, so there is nothing to compare: task not submitted" in blank


def test_numbers_of_parameters_are_read_as_models_are_called(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    systems = tuple(replace(one, parameters="7000000000") for one in invented.SYSTEMS)
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), systems=systems))
    site = open_page("system", data=data, system=systems[0].id)
    assert site.table[0].value.loc["Parameters"].iloc[0] == "7B"
