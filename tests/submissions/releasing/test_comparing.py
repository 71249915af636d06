"""Comparisons on demand: from a release and its arrays alone, by the tests behind the board's
ranks.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from app.paper.table import chosen_of, paper_table
from scoring.metrics import metric as metric_named
from scoring.statistics import holm
from scoring.tasks import Task
from submissions.releasing.comparing import (
    CannotCompare,
    Comparison,
    Question,
    ask,
    compare_systems,
    compare_with,
)
from submissions.releasing.post_sums import load_numbers
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.arrays import array_path, load_array
from submissions.store.files.damage import DamagedFile
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader, release_path
from submissions.store.released.serving import current_release
from tests.boards import a_run, demo_board, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import refuse, succeed

F1 = "weighted_f1"
FULL, KEYWORDS, ONE = "TF-IDF and logistic regression", "Keyword rules", "TF-IDF (loneliness only)"
TASKS = {"demo/low-mood", "demo/loneliness", "demo/stress", "demo/wellness", "demo/strain-level"}


@pytest.fixture
def release(transfer_board: DataFolder) -> ReleaseReader:
    return current_release(transfer_board)


def overall(
    release: ReleaseReader, folder: DataFolder, *names: str, metric: str = F1
) -> tuple[Comparison, ...]:
    return on_the_mean(compare_systems(release, folder, ask(release, names, metric=metric)))


def on_the_mean(compared: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    # Where a single task is asked for, or has the metric, it is its own mean.
    return tuple(row for row in compared if not row.task) or compared


def test_values_are_the_releases_and_the_difference_is_theirs(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    question = ask(release, [FULL, KEYWORDS])
    found = compare_systems(release, transfer_board, question)
    assert question.metric == F1, "the headline metric unless said"
    assert {one.task for one in found} == TASKS | {""}
    for one in found:
        cells = [
            [release.cells(system=system, task=task, metric=F1)[0].value for task in one.tasks]
            for system in (one.first, one.second)
        ]
        values = [float(np.mean(np.array(row, dtype=float))) for row in cells]
        assert (one.first_value, one.second_value) == (
            pytest.approx(values[0]),
            pytest.approx(values[1]),
        )
        assert one.difference == pytest.approx(values[0] - values[1])
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.difference <= one.high
        assert one.permutations >= 10_000
        assert one.p is not None
        assert one.p >= 1 / (one.permutations + 1)
        assert one.signature.startswith("weighted_f1|v:")


def test_tasks_whose_gold_is_not_public_are_left_out_and_said_to_be(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    tasks = tasks | {"demo/stress": replace(tasks["demo/stress"], gold_public=False)}
    folder = demo_board(tmp_path / "data", tasks, ["stress", "wellness"])
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=[metric_named(F1)]), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "first")
    release = current_release(folder)
    found = {
        one.task: one
        for one in compare_systems(
            release, folder, ask(release, ["Majority label", "Shuffled references"])
        )
    }
    assert found[""].left_out == ("demo/stress",)
    assert found["demo/wellness"].p is not None
    hidden = found["demo/stress"]
    assert (hidden.p, hidden.first_value is None, "not public" in hidden.interval) == (
        None,
        False,
        True,
    )
    with pytest.raises(CannotCompare, match=r"gold of demo/stress is not public"):
        compare_systems(
            release,
            folder,
            ask(release, ["Majority label", "Shuffled references"], task="demo/stress"),
        )


def test_it_cannot_contradict_the_boards_ranks_and_clusters(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    for metric in (F1, "rouge1", "mean_absolute_error"):
        ranked = {
            row.system: row for row in release.overall("demo", metric) if row.rank is not None
        }
        names = [system.system for system in release.systems() if system.id in ranked]
        assert len(names) > 5
        found = overall(release, transfer_board, *names, metric=metric)
        assert len(found) == len(list(combinations(names, 2)))
        sign = -1 if metric == "mean_absolute_error" else 1
        better = dict.fromkeys(ranked, 0)  # how many systems each is significantly better than
        worse = dict.fromkeys(ranked, 0)
        for one in found:
            assert one.p is not None
            assert one.difference is not None
            if one.p <= 0.05:
                winner, loser = (
                    (one.first, one.second)
                    if sign * one.difference > 0
                    else (one.second, one.first)
                )
                better[winner] += 1
                worse[loser] += 1
            else:
                assert ranked[one.first].cluster == ranked[one.second].cluster
        for system, row in ranked.items():
            assert (row.rank_low, row.rank_high) == (1 + worse[system], len(names) - better[system])


def test_holm_is_over_the_tests_of_one_kind(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    question = ask(release, [FULL, KEYWORDS, "majority label"])
    compared = compare_systems(release, transfer_board, question)
    by_task = tuple(row for row in compared if row.task)
    for found, count in ((on_the_mean(compared), 3), (by_task, 15)):
        p = [one.p for one in found if one.p is not None]
        assert len(p) == len(found) == count
        assert [one.p_holm for one in found] == holm(p).tolist()
    alone = compare_systems(
        release, transfer_board, ask(release, [FULL, KEYWORDS], task="demo/stress")
    )
    assert [one.p_holm for one in alone] == [alone[0].p]


def test_a_mean_is_over_the_tasks_that_both_cover_and_says_which(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    one = overall(release, transfer_board, FULL, ONE)[0]
    assert one.left_out == ("demo/strain-level",)
    assert set(one.tasks) == TASKS - {"demo/strain-level"}
    assert one.posts == 130
    assert "+".join(one.tasks) in one.signature
    by_task = compare_systems(release, transfer_board, ask(release, [FULL, ONE]))
    blank = next(row for row in by_task if row.task == "demo/strain-level")
    assert (blank.second_value, blank.difference, blank.p, blank.p_holm) == (None, None, None, None)
    assert blank.first_value is not None
    assert blank.interval == "none: no task that both have a value on"
    nothing = overall(release, transfer_board, FULL, ONE, metric="mean_absolute_error")[0]
    assert (nothing.second_value, nothing.difference, nothing.p, nothing.tasks) == (
        None,
        None,
        None,
        (),
    )


def test_swapping_the_two_turns_the_sign_and_keeps_p(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    pairs = ((FULL, KEYWORDS), (KEYWORDS, FULL))
    one, other = (overall(release, transfer_board, *pair)[0] for pair in pairs)
    assert one.difference == pytest.approx(-(other.difference or 0))
    assert one.p == other.p
    assert one.low == pytest.approx(-(other.high or 0))


def test_a_release_lists_the_posts_as_numbers_alone(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    seen = set()
    for task in release.tasks():
        numbers = load_numbers(transfer_board, task.post_numbers)
        assert len(numbers) == task.size
        assert len(np.unique(numbers)) == task.posts
        seen |= set(numbers.tolist())
    assert seen == set(range(len(seen)))


def test_a_copy_of_release_and_arrays_is_enough(
    release: ReleaseReader, transfer_board: DataFolder, tmp_path: Path
) -> None:
    copy = DataFolder(tmp_path / "copy")
    copy.create()
    for name in ("releases", "arrays"):
        shutil.copytree(transfer_board.path / name, copy.path / name, dirs_exist_ok=True)
    there = current_release(copy)
    question = ask(there, [FULL, KEYWORDS])
    assert compare_systems(there, copy, question) == compare_systems(
        release, transfer_board, question
    )
    cell = there.cells(system=question.systems[0].id, task="demo/stress", metric=F1)[0]
    assert cell.array is not None
    assert load_array(copy, cell.array).size
    array_path(copy, cell.array).unlink()
    with pytest.raises(DamagedFile, match="is missing; `reasonboard verify --repair`"):
        compare_systems(there, copy, question)


def test_what_is_asked_wrongly_is_said_all_at_once(release: ReleaseReader) -> None:
    with pytest.raises(CannotCompare) as caught:
        ask(release, ["Keyword rule", FULL], metric="weighted_f2")
    assert "did you mean 'Keyword rules'?" in str(caught.value)
    assert "did you mean 'weighted_f1'?" in str(caught.value)
    for names, said in (
        ([FULL], "two or more different systems"),
        ([FULL, FULL.upper()], "two or more different systems"),
        ([], "two or more different systems"),
    ):
        with pytest.raises(CannotCompare, match=said):
            ask(release, names)
    with pytest.raises(CannotCompare, match="benchmark 'imhi' is not in the release"):
        ask(release, [FULL, KEYWORDS], benchmark="imhi", task="demo/stress")
    with pytest.raises(CannotCompare, match="did you mean 'demo/stress'"):
        ask(release, [FULL, KEYWORDS], task="demo/stres")
    with pytest.raises(CannotCompare, match="mean_absolute_error is not computed on demo/stress"):
        ask(release, [FULL, KEYWORDS], task="demo/stress", metric="mean_absolute_error")


def test_a_system_is_found_by_its_very_name_first_and_never_by_chance(
    release: ReleaseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, *_ = [row for row in release.systems() if not row.trivial]
    alike = [replace(first, system="Mine"), replace(second, system="mine"), third]
    monkeypatch.setattr(ReleaseReader, "systems", lambda _self, _benchmark=None: alike)
    assert [row.id for row in ask(release, ["Mine", "mine"]).systems] == [first.id, second.id]
    assert [row.id for row in ask(release, ["mine", third.system.upper()]).systems] == [
        second.id,
        third.id,
    ]
    with pytest.raises(CannotCompare, match="'MINE' may be any of 'Mine'") as caught:
        ask(release, ["MINE", third.system])
    assert second.id in str(caught.value)
    with pytest.raises(CannotCompare, match="two or more different"):
        ask(release, ["Mine", first.id])


def test_the_command_prints_a_table_or_json(transfer_board: DataFolder) -> None:
    data = transfer_board.path
    table = succeed(
        data, "compare", FULL, KEYWORDS, ONE, "--benchmark", "demo", "--metric", "rouge1"
    )
    assert "mean of 4 tasks" in table
    assert "Invented data" in table
    rows = json.loads(
        succeed(data, "compare", FULL, KEYWORDS, "--task", "demo/stress", "--format", "json")
    )
    assert [(row["first"], row["second"], row["task"]) for row in rows] == [
        (FULL, KEYWORDS, "demo/stress")
    ]
    assert {
        "release",
        "benchmark",
        "first_id",
        "difference",
        "low",
        "high",
        "p",
        "p_holm",
        "posts",
    } <= rows[0].keys()
    assert "did you mean" in refuse(data, "compare", "Keyword rule", FULL)


def test_the_command_has_differences_to_printed_numbers_without_a_test(
    transfer_board: DataFolder,
) -> None:
    asked = (transfer_board.path, "compare", FULL, KEYWORDS, "--task", "demo/stress")
    shown, hidden = succeed(*asked), succeed(*asked, "--no-reported")
    assert shown.startswith(hidden)
    below = " ".join(shown[len(hidden) :].split())
    assert "no rank, no interval, no test" in below
    assert "invented, like all of the demonstration" in below
    assert below.count("Steady-7B") == 2, "what two papers print is two rows"
    assert KEYWORDS not in below, "against several rows the first system alone"
    as_json = (*asked, "--format", "json")
    scored = json.loads(succeed(*as_json))
    pinned = json.loads(succeed(*as_json, "--line", "Plain-7B"))
    assert pinned[:1] == scored
    assert [(row["first"], row["second_value"]) for row in pinned[1:]] == [
        (FULL, 0.662),
        (KEYWORDS, 0.662),
    ]
    for row, own in zip(pinned[1:], ("first_value", "second_value"), strict=True):
        assert row["difference"] == pytest.approx(scored[0][own] - 0.662)
        assert [row[name] for name in ("low", "p", "p_holm", "posts", "signature")] == [None] * 5
        assert scored[0].keys() < row.keys()
        assert row["reported_in"] == "Nobody (2025), Table 1"
    assert len(json.loads(succeed(*as_json, "--reported"))) == 1 + 3
    assert "may be any of 'invented2025a:Steady-7B" in refuse(*asked, "--line", "Steady-7B")
    assert "did you mean" in refuse(*asked, "--line", "invented2025a:Plain-7B:zero-shot:Table 2")
    assert "say one of the two" in refuse(*asked, "--line", "Plain-7B", "--no-reported")


def test_it_says_what_could_have_been_shown_and_what_that_would_take(
    transfer_board: DataFolder,
) -> None:
    two = (transfer_board.path, "compare", FULL, KEYWORDS, "--wanted", "0.05")
    table = succeed(*two)
    assert "posts for 0.05" in table
    assert "with a power of 80%" in table
    (row,) = json.loads(succeed(*two, "--task", "demo/stress", "--format", "json"))
    # Half of the interval is 1.96 deviations, what is detectable is 2.8 of them.
    assert row["detectable"] == pytest.approx((row["high"] - row["low"]) / 2 / 1.96 * 2.8, rel=0.1)
    # The two are as good as each other there, which no number of posts would refute.
    assert (row["difference"], row["posts_needed"]) == (0.0, None)
    assert row["posts_wanted"] == pytest.approx(
        row["posts"] * (row["detectable"] / 0.05) ** 2, abs=1
    )
    for wrong in ("0", "-0.1", "nan"):
        assert "a number above 0" in refuse(*two[:-1], wrong)


def test_the_other_commands_print_what_the_release_states(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    data = transfer_board.path
    assert "sms - reddit" in succeed(data, "platforms", "--benchmark", "demo")
    rows = json.loads(succeed(data, "platforms", "--metric", "rouge1", "--format", "json"))
    assert len(rows) == len(release.platforms("demo", "rouge1"))
    shown = succeed(data, "generalization")
    assert "undeclared" in shown
    assert "trained on held-out data" in shown
    rows = json.loads(succeed(data, "generalization", "--format", "json"))
    assert len(rows) == len(release.generalization("demo", F1))
    assert {row["other"] for row in rows} == {
        "",
        "TF-IDF (held out)",
        ONE,
        "TF-IDF (low mood only)",
    }
    assert "demo-loneliness" in succeed(data, "generalization", "--cross")
    matrix = json.loads(succeed(data, "generalization", "--cross", "--format", "json"))
    assert {row["trained_on"] for row in matrix} == {"demo-loneliness", "demo-low-mood"}
    for command in ("platforms", "generalization"):
        assert "did you mean 'demo'" in refuse(data, command, "--benchmark", "dmo")
        assert "did you mean 'rouge1'" in refuse(data, command, "--metric", "rouge11")


def test_one_against_the_others_has_the_same_tests_corrected_among_themselves(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    pairs = compare_systems(release, transfer_board, ask(release, [FULL, KEYWORDS, ONE]))
    question = ask(release, [FULL, KEYWORDS, ONE])
    first = question.systems[0]
    on_mean = compare_with(release, transfer_board, question, first)
    same = [row for row in pairs if not row.task and row.first == first.id]
    assert [(row.second, row.difference, row.p) for row in on_mean] == [
        (row.second, row.difference, row.p) for row in same
    ]
    assert [row.p_holm for row in on_mean] == holm([row.p for row in on_mean if row.p]).tolist()
    alone = replace(question, tasks=question.tasks[:1])
    assert {row.task for row in compare_with(release, transfer_board, alone, first)} == {
        question.tasks[0].id
    }


def test_a_table_for_a_paper_marks_the_best_and_who_is_not_significantly_worse(
    release: ReleaseReader, transfer_board: DataFolder
) -> None:
    task = release.tasks("demo")[0]
    choice = chosen_of(release, (task,), ("rouge1",), (), reported=False)
    table = paper_table(release, transfer_board, choice)
    entries = {line.name: line.entries[0] for line in table.lines}
    best = max((entry.value, name) for name, entry in entries.items() if entry)[1]
    systems = {row.system: row for row in release.systems("demo")}
    others = tuple(systems[name] for name in entries)
    question = Question("demo", others, (task,), "rouge1")
    tested = compare_with(release, transfer_board, question, systems[best])
    level = {row.second for row in tested if row.p_holm >= 0.05}
    assert [name for name, entry in entries.items() if entry.best] == [best]
    assert {systems[name].id for name, entry in entries.items() if entry.level} == level
    assert 0 < len(level) + 1 < len(entries), "else it would show nothing"
    assert table.permutations == tested[0].permutations
    assert "underline" in succeed(transfer_board.path, "leaderboard", "--format", "latex")


def test_a_mean_is_not_tested_on_other_tasks_than_it_is_over(
    release: ReleaseReader, transfer_board: DataFolder, tmp_path: Path
) -> None:
    published = release_path(transfer_board, release.release.number)
    copy = tmp_path / published.name
    shutil.copy(published, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE cells SET array = NULL WHERE task = 'demo/stress'")
    private = ReleaseReader(copy)
    choice = chosen_of(private, private.tasks("demo"), (F1,), (FULL, KEYWORDS), reported=False)
    table = paper_table(private, transfer_board, choice)
    *by_task, mean = table.columns
    assert mean.title == "Mean"
    assert "no values by example of demo/stress" in mean.untested
    assert {column.tasks[0].id for column in by_task if column.untested} == {"demo/stress"}
    entries = [line.entries[-1] for line in table.systems]
    assert len([entry for entry in entries if entry]) == 2, "its values stand"
    assert not any(entry.level for entry in entries if entry)
