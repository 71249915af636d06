"""Variants of one base model on a board of labels: which they are, what they differ by, and that every
door says the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from app import at_once
from app.api.application import api_application
from app.at_once import TooMuchAtOnce, variants_at_once
from app.site.tables.variants import size_frame
from scoring.metrics import metric as metric_named
from scoring.tasks import Task
from submissions.declarations.base_models import read_base_model
from submissions.releasing.comparing import ask, compare_systems
from submissions.releasing.variants import (
    CHAT_AND_BASE,
    INSTRUCTION_AND_COMPLETION,
    SIZES,
    TUNED_AND_PROMPTED,
    variants_among,
)
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import SystemRow
from submissions.store.released.serving import current_release
from tests.app.grids import table
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import succeed
from tests.documented import check_rows_are_documented
from tests.live import live
from tests.releases import DEMO, SYSTEMS

INSTRUCTED, COMPLETED = "instruction fine-tuning", "completion fine-tuning"
DECLARED: Mapping[str, Mapping[str, object]] = {
    "Tuned 7B": {"base_model": "LLaMA2-7B", "method": INSTRUCTED},
    "Tuned 13B": {"base_model": "meta-llama/Llama-2-13b-hf", "method": INSTRUCTED},
    "Tuned chat 7B": {"base_model": "LLaMA2-chat-7B", "method": INSTRUCTED},
    "Prompted 7B": {"base_model": "LLaMA2-7B", "method": "zero-shot", "parameters": 6738415616},
}
PAIRS = {
    (CHAT_AND_BASE, "Tuned chat 7B", "Tuned 7B"),
    (SIZES, "Tuned 13B", "Tuned 7B"),
    (TUNED_AND_PROMPTED, "Tuned 7B", "Prompted 7B"),
}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """A released board of two tasks, on which four systems are right ever more rarely."""
    where = tmp_path_factory.mktemp("variants")
    folder = demo_board(where / "data", tasks, ["stress", "low-mood"])
    rows = [
        row for name in ("stress", "low-mood") for row in gold_rows(folder, tasks[f"demo/{name}"])
    ]
    for step, (system, declared) in enumerate(DECLARED.items()):
        wrong = [
            {**row, "output": "" if place % 7 < step else row["output"]}
            for place, row in enumerate(rows)
        ]
        submit(folder, tasks, where, wrong, system=system, **declared)
    place = workplace(folder, tasks)
    run(
        place,
        plan(place, metrics=list(map(metric_named, ("weighted_f1", "accuracy")))),
        LocalEngine(),
        a_run(folder),
    )
    publish(folder, tasks, "tester", "variants")
    return folder


def a_system(name: str, **declared: Any) -> SystemRow:
    bare = replace(SYSTEMS[0], trivial=False, strategy="unknown", parameters="unknown")
    return replace(bare, id=name, system=name, **declared)


def found(*systems: SystemRow) -> set[tuple[str, str, str]]:
    """The pairs among some systems, in whichever order these stand."""
    orders = {
        frozenset((pair.differ, pair.first.id, pair.second.id) for pair in variants_among(order))
        for order in permutations(systems)
    }
    assert len(orders) == 1
    return set(orders.pop())


def test_variants_differ_in_one_thing_that_is_declared() -> None:
    tuned = a_system("tuned", base_model="LLaMA2-7B", method=INSTRUCTED)
    completed = a_system("completed", base_model="llama-2-7b", method=COMPLETED)
    few = a_system("few", base_model="LLaMA2-7B", method="few-shot")
    assert found(tuned, completed) == {(INSTRUCTION_AND_COMPLETION, "tuned", "completed")}
    assert found(tuned, few) == {(TUNED_AND_PROMPTED, "tuned", "few")}
    assert not found(few, replace(few, id="zero", method="zero-shot"))
    for other in (
        {"base_model": "LLaMA2-13B", "method": COMPLETED},  # two things
        {"base_model": "LLaMA2-chat-13B"},
        {"base_model": "LLaMA3-7B"},
        {"base_model": "unknown"},
        {"base_model": "LLaMA2-13B", "strategy": "context"},
        {"base_model": "LLaMA2-13B", "trivial": True},
    ):
        assert not found(tuned, replace(tuned, id="other", **other)), other
    nameless = a_system("nameless", base_model="LLaMA2", method=INSTRUCTED)
    assert not found(tuned, nameless), "whose size nobody says is of no size"


def test_what_is_declared_of_training_and_strategy_is_the_same() -> None:
    tuned = a_system(
        "tuned", base_model="LLaMA2-7B", method=INSTRUCTED, trained_on=["dreaddit", "sad"]
    )
    larger = replace(tuned, id="larger", base_model="LLaMA2-13B", trained_on=["sad", "dreaddit"])
    completed = replace(tuned, id="completed", method=COMPLETED)
    prompted = a_system("prompted", base_model="LLaMA2-7B", method="few-shot", strategy="context")
    assert found(tuned, larger, completed, prompted) == {
        (SIZES, "larger", "tuned"),
        (INSTRUCTION_AND_COMPLETION, "tuned", "completed"),
        (TUNED_AND_PROMPTED, "tuned", "prompted"),
        (TUNED_AND_PROMPTED, "completed", "prompted"),
    }
    for other in ({"trained_on": []}, {"trained_on": None}, {"strategy": "emotion"}):
        assert not found(tuned, replace(larger, **other)), other
        assert not found(tuned, replace(completed, **other)), other
    meant = {"datasets": ["dreaddit", "sad"], "others": [], "unknown": []}
    by_another_name = replace(larger, trained_on=["imhi"], training=meant)
    assert found(tuned, by_another_name) == {(SIZES, "larger", "tuned")}


@pytest.mark.parametrize(
    "said",
    [
        "N/A",
        "n/a 7B",
        "n.a.",
        "-",
        "/",
        "No",
        "None ",
        "own",
        "Various",
        "from scratch",
        "unknown 7B",
    ],
)
def test_what_names_no_model_is_no_base_model_that_two_share(said: str) -> None:
    tuned = a_system("tuned", base_model=said, method=INSTRUCTED)
    assert not found(tuned, replace(tuned, id="prompted", method="few-shot")), said


def test_a_name_as_a_part_of_an_address_or_with_a_slash_at_its_end_is_read() -> None:
    bare = read_base_model("meta-llama/Llama-2-7b")
    assert read_base_model("https://hf.co/meta-llama/Llama-2-7b-hf/") == bare


def test_no_parameters_are_no_size() -> None:
    rules = a_system("rules", base_model="Phi-3", method=INSTRUCTED, parameters="0")
    small = replace(rules, id="small", parameters="3800000000")
    large = replace(rules, id="large", parameters="14e9")
    assert found(rules, small, large) == {(SIZES, "large", "small")}
    means = pd.DataFrame({"value": 0.5, "low": 0.4, "high": 0.6}, index=["rules", "small", "large"])
    drawn = size_frame({row.id: row for row in (rules, small, large)}, means)
    assert list(drawn["size"]) == [3.8e9, 14e9]


def test_more_pairs_or_outputs_than_all_should_wait_for_are_not_tested(
    board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = current_release(board)
    sizes = [
        a_system(f"s{size}", base_model=f"Phi-{2**size}M", method=INSTRUCTED) for size in range(12)
    ]
    with pytest.raises(
        TooMuchAtOnce, match=r"66 pairs of variants.*60 pairs.*fewer systems or tasks"
    ):
        variants_at_once(release, sizes, release.tasks("demo"), None)
    (_, pairs) = variants_at_once(release, sizes[:11], release.tasks("demo"), None)
    assert len(pairs) == 55
    monkeypatch.setattr(at_once, "MOST_OUTPUTS", 2 * 55 * release.tasks("demo")[0].size)
    variants_at_once(release, sizes[:11], release.tasks("demo")[:1], None)
    with pytest.raises(TooMuchAtOnce):
        variants_at_once(release, sizes[:11], release.tasks("demo"), None)


def test_they_are_tested_as_any_two_systems_and_corrected_among_themselves(
    board: DataFolder,
) -> None:
    rows = said(board)
    assert {(row["differ"], row["first"], row["second"]) for row in rows} == PAIRS
    release = current_release(board)
    for row in rows:
        question = ask(release, [row["first"], row["second"]], benchmark="demo")
        (mean,) = [each for each in compare_systems(release, board, question) if not each.task]
        assert (row["difference"], row["low"], row["high"], row["p"], row["posts"]) == (
            mean.difference,
            mean.low,
            mean.high,
            mean.p,
            mean.posts,
        )
    p = sorted(row["p"] for row in rows)
    assert min(row["p_holm"] for row in rows) == pytest.approx(min(1, 3 * p[0]))
    larger = next(row for row in rows if row["differ"] == SIZES)
    assert larger["difference"] < 0
    check_rows_are_documented("variants --format json", "", rows)
    assert larger["base_models"] == "meta-llama/Llama-2-13b-hf and LLaMA2-7B"


def said(board: DataFolder, *more: str) -> list[dict[str, Any]]:
    words = ("variants", "--benchmark", "demo", *more, "--format", "json")
    rows: list[dict[str, Any]] = json.loads(succeed(board.path, *words))
    return rows


def test_the_command_and_the_api_say_the_same(board: DataFolder, tasks: Mapping[str, Task]) -> None:
    printed = succeed(board.path, "variants")
    assert "mean of 2" in printed
    assert SIZES in printed
    assert "Higher is better." in printed
    with live(board, tasks) as api:
        assert api.anybody.get("/variants").json == said(board)
        one = api.anybody.get("/variants?task=demo/stress&metric=accuracy").json
        assert one == said(board, "--task", "demo/stress", "--metric", "accuracy")
        assert {row["task"] for row in one} == {"demo/stress"}
        assert api.anybody.get("/variants?metric=acuracy").status == 404
        doubled = api.anybody.get("/variants?task=demo/stress&task=demo/low-mood")
        assert doubled.status == 400
        assert "`task`" in doubled.json["detail"]
        (two,) = api.anybody.get("/variants?system=tuned%2013b&system=Tuned%207B").json
        assert (two["differ"], two["p_holm"]) == (SIZES, two["p"])
        assert api.anybody.get("/variants?system=Tuned%2014B").status == 404


def test_the_leaderboard_draws_them_and_scores_against_parameters(
    open_page: Any, board: DataFolder
) -> None:
    site = open_page(data=board.path, chart="variants")
    shown = table(site, "differ")
    assert set(zip(shown["differ"], shown["first"], shown["second"], strict=True)) == PAIRS
    drawn = open_page(data=board.path, chart="sizes").get("plotly_chart")
    assert len(drawn) == 1
    assert "Tuned 13B" in drawn[0].proto.spec


def test_the_api_refuses_too_much_and_says_how_to_choose_less(
    board: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "MOST_PAIRS", 2)
    client = TestClient(api_application(board, tasks))
    much = client.get("/api/v1/variants")
    assert much.status_code == 400
    assert "3 pairs of variants" in much.json()["detail"]
    assert "`system=`" in much.json()["detail"]


def test_the_leaderboard_draws_those_of_the_systems_that_its_filters_leave(
    open_page: Any, board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_page(data=board.path, chart="variants", q="7B")
    shown = table(site, "differ")
    assert set(zip(shown["differ"], shown["first"], shown["second"], strict=True)) == {
        pair for pair in PAIRS if pair[0] != SIZES
    }
    assert any("over these 2 pairs" in caption.value for caption in site.caption)
    monkeypatch.setattr(at_once, "MOST_PAIRS", 0)
    refused = open_page(data=board.path, chart="variants", q="Tuned chat")
    assert any("No two systems here" in box.value for box in refused.info), "of which no test is"
    refused = open_page(data=board.path, chart="variants", q="Tuned")
    assert any("2 pairs of variants" in box.value for box in refused.info)


def test_a_metric_that_only_some_boards_have_is_of_those(published: Path) -> None:
    assert "mae" not in {row.name for row in current_release(DataFolder(published)).metrics(DEMO)}
    assert "No two systems of imhi-expert are" in succeed(published, "variants", "--metric", "mae")


def test_a_board_without_variants_says_so(open_page: Any) -> None:
    site = open_page(chart="variants")
    assert any("No two systems here are declared as variants" in box.value for box in site.info)
