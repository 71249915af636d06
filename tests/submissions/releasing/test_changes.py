"""Nothing that a release states differs from the one before without a row, and what alters needs a
reason.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.life.decisions import edit_meta
from submissions.life.takedown import withdraw
from submissions.releasing.by_name import BLANK
from submissions.releasing.changes import ALTERING, alterations, changes_between
from submissions.releasing.consequences import COUNTED
from submissions.releasing.publish import ReasonNeeded
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import ChangeKind, ReleaseContent
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import Submission
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.releases import content as some_content
from tests.releases import system

FEW = tuple(metric(name) for name in ("weighted_f1", "rouge1"))


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def sent(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path, wrong: int = 0, **meta: object
) -> Submission:
    """Gold's own answers, the last `wrong` of them left unanswered; scored."""
    rows = gold_rows(folder, tasks["demo/stress"])
    for row in rows[len(rows) - wrong :]:
        row["output"] = "Who can say."
    accepted = submit(folder, tasks, tmp_path, rows, **meta)
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    return accepted.submission


def test_other_training_data_are_a_change_that_needs_a_reason(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    mine = sent(folder, tasks, tmp_path, trained_on=[])
    publish(folder, tasks, "tester", "first")
    edit_meta(folder, tasks, mine, {"trained_on": ["demo-stress"]}, "team")
    with pytest.raises(ReasonNeeded, match="changed training data S none -> demo-stress"):
        publish(folder, tasks, "worker")
    changes = publish(folder, tasks, "tester", "the team corrected it").changes
    assert [(c.system, c.old, c.new) for c in changes if c.kind == "changed training data"] == [
        ("S", "none", "demo-stress")
    ]


@pytest.mark.parametrize(
    ("names", "datasets", "unknown", "said"),
    [
        (["IMHI"], ["cams", "sad"], [], "IMHI -> cams, sad"),
        (["Mine"], [], ["Mine"], "Mine -> 'Mine' (no task knows it: cannot tell)"),
        (["sad"], ["sad"], [], ""),
        ([], [], [], ""),
    ],
)
def test_a_declaration_that_is_read_anew_is_a_change_with_its_reason(
    names: list[str], datasets: list[str], unknown: list[str], said: str
) -> None:
    """A release from before names were read has no `training`: each name counted as a data set's
    own.
    """
    training = {"datasets": datasets, "others": [], "unknown": unknown}
    was = ReleaseContent((), (), (system("S", trained_on=names),), (), (), (), ())
    now = replace(was, systems=(system("S", trained_on=names, training=training),))
    found = [one for one in changes_between(was, now) if one.kind == "changed training data"]
    assert [f"{one.old} -> {one.new}" for one in found] == ([said] if said else [])
    assert all("is read anew, by the names that the tasks declare" in one.why for one in found)
    assert list(alterations(found)) == found
    assert not [one for one in changes_between(now, now) if one.kind == "changed training data"]


def test_other_words_about_a_system_are_a_row_and_need_no_reason(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    mine = sent(folder, tasks, tmp_path, description="before")
    publish(folder, tasks, "tester", "first")
    edit_meta(folder, tasks, mine, {"description": "after"}, "team")
    (change,) = publish(folder, tasks, "worker").changes
    assert (change.kind, change.system) == ("changed declaration", "S")
    assert "description" in change.why


def test_an_older_version_that_stands_again_is_called_so(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    sent(folder, tasks, tmp_path, wrong=20, version="1")
    second = sent(folder, tasks, tmp_path, version="2")
    publish(folder, tasks, "tester", "both")
    withdraw(folder, second, "team", "a mistake")
    published = publish(folder, tasks, "worker")
    (fallen,) = [
        change for change in published.changes if change.system == "S" and not change.metric
    ]
    assert (fallen.kind, fallen.old, fallen.new, fallen.why) == (
        "older version",
        "2",
        "1",
        "2: withdrawn",
    )
    values = [change for change in published.changes if change.kind == "changed value"]
    assert values
    assert {change.why for change in values} == {"an older version of the system"}
    assert "older versions stand again" in current_release(folder).release.reason


def test_a_system_that_is_held_back_is_not_called_withdrawn() -> None:
    before = some_content()
    gone = next(system for system in before.systems if system.system == "alpha")
    after = without(before, gone.id)
    assert (
        removal(before, after)
        == "held back by a maintainer, or publication is no longer consented to"
    )
    withdrawn = {(gone.benchmark, f"{gone.system} {gone.version}")}
    (row,) = [c for c in changes_between(before, after, withdrawn) if c.kind == "removed system"]
    assert row.why == "withdrawn"


def removal(before: ReleaseContent, after: ReleaseContent) -> str:
    (row,) = [
        change for change in changes_between(before, after) if change.kind == "removed system"
    ]
    return row.why


def without(content: ReleaseContent, system: str) -> ReleaseContent:
    return replace(
        content,
        systems=tuple(row for row in content.systems if row.id != system),
        cells=tuple(row for row in content.cells if row.system != system),
        overall=tuple(row for row in content.overall if row.system != system),
    )


@pytest.mark.parametrize(
    "other",
    [
        {"signature": "of other making"},
        {"low": 0.0},
        {"n": 1},
        {"n_absent": 7},
        {"identity": {"version": "9"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_stands_beside_an_equal_value_is_part_of_it(other: dict[str, object]) -> None:
    before = some_content()
    place, cell = next((i, cell) for i, cell in enumerate(before.cells) if cell.value is not None)
    cells = list(before.cells)
    cells[place] = replace(cell, **other)  # type: ignore[arg-type]
    found = changes_between(before, replace(before, cells=tuple(cells)))
    assert [(change.kind, change.metric, change.old == change.new) for change in found] == [
        ("changed details", cell.metric, True)
    ]
    assert alterations(found) == found


def test_intervals_of_means_that_move_alone_are_counted() -> None:
    before = some_content()
    overall = tuple(replace(row, interval="made otherwise") for row in before.overall[:1])
    [change] = changes_between(before, replace(before, overall=(*overall, *before.overall[1:])))
    assert (change.kind, change.benchmark) == ("changed means", before.overall[0].benchmark)
    assert change.why == "1 interval of a mean, over all metrics"
    assert alterations([change]) == (change,), "nothing else explains it, so it needs a reason"


def test_rank_intervals_that_move_are_counted() -> None:
    before = some_content()
    overall = tuple(replace(row, rank_low=1, rank_high=99, cluster=1) for row in before.overall)
    found = changes_between(before, replace(before, overall=overall))
    assert {change.kind for change in found} == {"changed means"}
    assert sum(int(change.why.split()[0]) for change in found) == len(overall)
    told = {change.benchmark: change.why for change in found}
    counts = {board: sum(row.benchmark == board for row in overall) for board in told}
    for board, count in counts.items():
        plural = "rank interval or cluster" if count == 1 else "rank intervals or clusters"
        assert told[board] == f"{count} {plural}, over all metrics"
    assert alterations(found) == found, "nothing that they could follow from has changed"


@pytest.mark.parametrize(
    "table",
    [
        "metrics",
        "breakdowns",
        "confusions",
        "platforms",
        "participation",
        "generalization",
        "agreement",
    ],
)
def test_rows_that_are_gone_are_never_gone_silently(table: str) -> None:
    before = some_content()
    rows = getattr(before, table)
    if table == "metrics":
        rows = tuple(replace(row, limits="none") for row in rows)
    after = replace(before, **{table: rows if table == "metrics" else rows[1:]})
    assert getattr(before, table), "the test's content has such rows"
    found = changes_between(before, after)
    assert any(
        change.kind == "changed table" and change.why.startswith(f"{table}:") for change in found
    )
    assert alterations(found)
    assert changes_between(after, before), "and rows that come without a cause have a line too"


def test_figures_of_validity_that_are_stated_no_more_are_a_change() -> None:
    before = some_content()
    renamed = tuple(replace(row, aspect=f"{row.aspect} (renamed)") for row in before.validity)
    found = changes_between(before, replace(before, validity=renamed))
    assert any(
        change.kind == "changed validity" and "no longer stated" in change.why for change in found
    )
    assert alterations(found)


def ranks(before: ReleaseContent, after: ReleaseContent) -> dict[str, str]:
    """System -> how its rank by weighted F1 on the real board changed, and why."""
    return {
        row.system: f"{row.old} to {row.new}: {row.why}"
        for row in changes_between(before, after)
        if (row.kind, row.benchmark, row.metric) == ("changed rank", "imhi-expert", "weighted_f1")
    }


def ordered(**values: float) -> ReleaseContent:
    """A release of these systems alone, with means of weighted F1 over three tasks and the ranks
    that follow.
    """
    content = some_content()
    ids = {one.id: one.system for one in content.systems if one.system in values}
    overall = tuple(
        replace(
            row,
            value=(value := values[ids[row.system]]),
            covered=3,
            total=3,
            rank=1 + sum(other > value for other in values.values()),
        )
        for row in content.overall
        if row.metric == "weighted_f1" and row.system in ids
    )
    return replace(
        content,
        systems=tuple(one for one in content.systems if one.id in ids),
        cells=tuple(one for one in content.cells if one.system in ids),
        overall=overall,
    )


def rescored(content: ReleaseContent, name: str) -> ReleaseContent:
    """With one of a system's values another, by a new version of the metric."""
    system = next(one.id for one in content.systems if one.system == name)
    place, cell = next(
        (place, one)
        for place, one in enumerate(content.cells)
        if (one.system, one.metric) == (system, "weighted_f1")
    )
    other = replace(cell, value=0.123, identity={"metric version": "2"})
    return replace(content, cells=(*content.cells[:place], other, *content.cells[place + 1 :]))


def test_a_rank_that_changed_says_which_systems_came_or_went() -> None:
    before = ordered(alpha=0.7, beta=0.6)
    after = ordered(alpha=0.7, beta=0.6, half=0.65)
    stays = "0.600000 as before over 3 of 3 tasks"
    assert ranks(before, after) == {"beta": f"2 to 3: {stays}; now above it: half (new)"}
    gone = "held back by a maintainer, or publication is no longer consented to"
    assert ranks(after, before) == {"beta": f"3 to 2: {stays}; no longer above it: half ({gone})"}


def test_a_rank_that_changed_says_whose_values_moved_and_why() -> None:
    before = ordered(alpha=0.7, beta=0.6, half=0.5)
    after = rescored(ordered(alpha=0.7, beta=0.6, half=0.65), "half")
    why = "identity: metric version changed"
    assert ranks(before, after) == {
        "beta": f"2 to 3: 0.600000 as before over 3 of 3 tasks; now above it: half ({why})",
        "half": f"3 to 2: 0.500000 -> 0.650000 over 3 of 3 tasks; its own values: {why}",
    }


def test_a_rank_that_is_lost_with_a_task_says_so() -> None:
    before = ordered(alpha=0.7, beta=0.6)
    partial = tuple(
        replace(row, covered=2, rank=None) if row.value == 0.7 else replace(row, rank=1)
        for row in before.overall
    )
    assert ranks(before, replace(before, overall=partial)) == {
        "alpha": (
            "1 to unranked: 0.700000 as before over 2 of 3 tasks; "
            "its own values: covers 2 of 3 tasks, 3 of 3 before"
        ),
        "beta": (
            "2 to 1: 0.600000 as before over 3 of 3 tasks; "
            "no longer above it: alpha (covers 2 of 3 tasks, 3 of 3 before)"
        ),
    }


def test_a_rank_that_nothing_explains_still_says_what_it_follows_from() -> None:
    """As where a metric's better direction is declared otherwise."""
    before = ordered(alpha=0.7, beta=0.6)
    turned = tuple(replace(row, rank=3 - row.rank) for row in before.overall if row.rank)
    found = ranks(before, replace(before, overall=turned))
    assert found["alpha"].endswith("it follows from the other changes of this release")


def another(value: Any, kind: str) -> Any:
    """A value of a column that is not the one that stands there."""
    if kind == "Json":
        return {"datasets": ["another"], "others": [], "unknown": []}
    if kind.startswith("bool"):
        return not value
    if kind.startswith(("int", "float")):
        return 1 if value is None else value + 1
    return f"{value or ''} (another)"


def some_row(kind: type) -> Any:
    """A row of a table that the test's content has none of."""
    plain = {"str": "a", "int": 1, "float": 1.0, "bool": False, "Json": ["a"]}
    types = {field.name: str(field.type).split(" ", 1)[0] for field in fields(kind)}
    return kind(**{name: plain[of] for name, of in types.items()})


NAMING = {("systems", "id"), ("cells", "system"), ("overall", "system")}
"""Columns by which tables refer to each other: another name alone would refer to nothing."""


@pytest.mark.parametrize("table", [field.name for field in fields(ReleaseContent)])
def test_no_column_of_a_release_differs_without_a_line(table: str) -> None:
    """Whatever columns there are or will be: what makes a digest another has a
    line that says so.
    """
    (kind,) = get_args(get_type_hints(ReleaseContent)[table])[:1]
    content = some_content()
    first, *others = getattr(content, table) or [some_row(kind)]
    before = replace(content, **{table: (first, *others)})
    silent = []
    for field in fields(kind):
        if (table, field.name) in NAMING:
            continue
        value = another(getattr(first, field.name), str(field.type))
        after = replace(before, **{table: (replace(first, **{field.name: value}), *others)})
        told = changes_between(before, after)
        if bool(told) != (before.digest() != after.digest()):
            silent.append(field.name)
    assert silent == []


@pytest.mark.parametrize("column", ["received_at", "trivial", "demonstration"])
def test_whatever_is_said_of_a_system_otherwise_is_named_and_needs_no_reason(column: str) -> None:
    before = ReleaseContent((), (), (system("S"),), (), (), (), ())
    other = another(
        getattr(before.systems[0], column), "str" if column == "received_at" else "bool"
    )
    after = replace(before, systems=(replace(before.systems[0], **{column: other}),))
    (change,) = changes_between(before, after)
    named = column.replace("_", " ")
    assert (change.kind, change.system, change.why) == (
        "changed declaration",
        "S",
        f"other {named}; no value rests on it",
    )
    assert alterations([change]) == ()


def test_what_lies_behind_equal_values_is_a_line_a_system() -> None:
    before = some_content()
    behind = tuple(
        cell if cell.value is None else replace(cell, array=f"other {place}")
        for place, cell in enumerate(before.cells)
    )
    found = changes_between(before, replace(before, cells=behind))
    scored = {cell.system for cell in before.cells if cell.value is not None}
    assert {change.kind for change in found} == {"changed basis"}
    assert len(found) == len(scored)
    assert all(change.why.startswith("other only in array of ") for change in found)
    assert alterations(found) == (), "no value, interval or count is another"


def test_a_cell_that_comes_while_its_system_task_and_metric_stand_has_a_line_and_needs_no_reason() -> (
    None
):
    after = some_content()
    place = next(at for at, cell in enumerate(after.cells) if cell.value is not None)
    before = replace(after, cells=after.cells[:place] + after.cells[place + 1 :])
    (come,) = changes_between(before, after)
    assert (come.kind, come.task, come.old, come.why) == (
        "changed value",
        after.cells[place].task,
        BLANK,
        "not stated before",
    )
    assert alterations([come]) == ()
    (gone,) = changes_between(after, before)
    assert (gone.new, gone.why) == (BLANK, "no longer stated")
    assert alterations([gone]) == (gone,)


def test_means_that_follow_from_nothing_need_a_reason_whatever_lies_behind_values() -> None:
    before = some_content()
    moved = tuple(replace(row, value=(row.value or 0.0) + 0.1) for row in before.overall)
    assert moved
    alone = changes_between(before, replace(before, overall=moved))
    behind = tuple(replace(cell, array="other") for cell in before.cells)
    both = changes_between(before, replace(before, overall=moved, cells=behind))
    assert "changed basis" in {change.kind for change in both}
    assert alterations(both) == alterations(alone) != ()


def test_every_kind_of_change_alters_or_adds_or_is_counted() -> None:
    """By hand: what only adds, or says again in other words, needs no reason."""
    adding = {kind for kind in ChangeKind if kind.startswith("new ")} - {"new version"}
    said_again = {"changed declaration", "changed basis", "changed rank", "changed tag"}
    follows = {"pooled validity"}
    assert {*adding, *said_again, *follows, *ALTERING, *COUNTED} == set(ChangeKind)
    assert not ALTERING & (adding | said_again | follows | COUNTED)


def test_details_of_a_change_come_back_from_the_file_as_they_were(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    sent(folder, tasks, tmp_path)
    publish(folder, tasks, "tester", "first")
    sent(folder, tasks, tmp_path, wrong=20, version="2")
    published = publish(folder, tasks, "tester", "second").changes
    kept = current_release(folder).changes()
    assert kept == published
    assert {"table", "gone", "new"} in [set(row.details) for row in kept if row.details]
