"""Platforms, seen against unseen data, and trained on x tested on, as a release states them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.cli.generalization import print_generalization
from app.cli.options import TableOrJson
from app.cli.platforms import print_platforms
from scoring.metrics import metric
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.declarations.meta import Meta
from submissions.declarations.platforms import board_platforms
from submissions.receiving.intake import submit_file
from submissions.releasing.changes import alterations, changes_between
from submissions.releasing.generalization import NOTIONS, Declarations
from submissions.releasing.platforms import parts
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import GeneralizationRow, PlatformRow
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import Change, Submission, change_submission
from tests.boards import TEXTS, a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.declarations import load_protocols

F1 = "weighted_f1"
MAJORITY, FULL, HELD_OUT = "Majority label", "TF-IDF and logistic regression", "TF-IDF (held out)"
ONE, UNDECLARED = "TF-IDF (loneliness only)", "TF-IDF (undeclared)"
REDDIT = ("demo/strain-level", "demo/stress", "demo/wellness")


@pytest.fixture
def release(transfer_board: DataFolder) -> ReleaseReader:
    return current_release(transfer_board)


def ident(release: ReleaseReader, name: str) -> str:
    return next(system.id for system in release.systems() if system.system == name)


def value(release: ReleaseReader, system: str, task: str, name: str = F1) -> float:
    found = release.cells(system=ident(release, system), task=task, metric=name)[0].value
    assert found is not None
    return found


def mean(release: ReleaseReader, system: str, *tasks: str) -> float:
    return float(np.mean([value(release, system, task) for task in tasks]))


def platform(
    release: ReleaseReader, system: str, part: str, reference: str = "", name: str = F1
) -> PlatformRow:
    rows = [
        row
        for row in release.platforms("demo", name)
        if (row.system, row.part, row.reference) == (ident(release, system), part, reference)
    ]
    assert len(rows) == 1
    return rows[0]


def gap(
    release: ReleaseReader,
    system: str,
    quantity: str,
    *,
    notion: str = "protocol",
    protocol: str = "",
) -> GeneralizationRow:
    rows = [
        row
        for row in release.generalization("demo", F1)
        if (row.system, row.quantity, row.notion, row.protocol)
        == (ident(release, system), quantity, notion, protocol)
    ]
    assert len(rows) == 1
    return rows[0]


def test_platform_means_and_contrasts_are_those_of_the_cells(release: ReleaseReader) -> None:
    reddit, sms = platform(release, FULL, "reddit"), platform(release, FULL, "sms - reddit")
    assert reddit.value == pytest.approx(mean(release, FULL, *REDDIT))
    assert (reddit.n_tasks, reddit.posts) == (
        3,
        90,
    )  # wellness asks four questions about each of ten posts
    assert sms.value == pytest.approx(
        value(release, FULL, "demo/loneliness") - mean(release, FULL, *REDDIT)
    )
    assert sms.low is not None
    assert sms.high is not None
    assert sms.low < sms.value < sms.high
    assert "conditional on the tasks, seed 0" in sms.interval
    relative = platform(release, FULL, "twitter - reddit", MAJORITY)
    own = value(release, FULL, "demo/low-mood") - mean(release, FULL, *REDDIT)
    theirs = value(release, MAJORITY, "demo/low-mood") - mean(release, MAJORITY, *REDDIT)
    assert relative.value == pytest.approx(own - theirs)
    assert relative.posts == 130


def test_a_mean_over_one_task_has_the_interval_of_the_tasks_cell(release: ReleaseReader) -> None:
    for name in (FULL, HELD_OUT, MAJORITY):
        cell = release.cells(system=ident(release, name), task="demo/low-mood", metric=F1)[0]
        found = platform(release, name, "twitter")  # one task
        assert (found.value, found.low, found.high, found.interval) == (
            pytest.approx(cell.value),
            cell.low,
            cell.high,
            cell.interval,
        )


def test_means_over_the_same_tasks_have_the_same_interval(release: ReleaseReader) -> None:
    """A system that was trained on nothing has seen no task: its mean over unseen ones is that over
    all.
    """
    for name in {row.system for row in release.overall("demo", F1)}:
        system = next(one.system for one in release.systems() if one.id == name)
        overall = {row.system: row for row in release.overall("demo", F1)}[name]
        unseen = gap(release, system, "unseen", notion="unseen data set")
        if unseen.n_tasks == overall.total:
            assert (unseen.value, unseen.low, unseen.high, unseen.interval) == (
                overall.value,
                overall.low,
                overall.high,
                overall.interval,
            )


def test_a_mean_of_one_label_throughout_has_no_interval(release: ReleaseReader) -> None:
    overall = {row.system: row for row in release.overall("demo", F1)}[ident(release, MAJORITY)]
    assert overall.low is None
    assert (
        overall.interval
        == "none: one label throughout, so the value follows from the gold labels alone"
    )


def test_a_blank_names_the_tasks_without_a_value_besides_the_side_that_is_empty(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["low-mood", "stress"])
    submit(
        folder,
        tasks,
        tmp_path,
        gold_rows(folder, tasks["demo/stress"]),
        system="Half",
        trained_on=[],
    )
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "half")
    release = current_release(folder)
    why = {
        row.quantity: row.why_blank
        for row in release.generalization("demo", "accuracy")
        if (row.system, row.notion) == (ident(release, "Half"), "unseen data set")
    }
    both = "no seen task; no value on demo/low-mood"
    assert why == {
        "seen": "no seen task",
        "unseen": "no value on demo/low-mood",
        "gap": both,
        "adjusted gap": both,
    }


def test_a_platform_that_a_system_does_not_cover_is_blank_and_says_why(
    release: ReleaseReader,
) -> None:
    blank = platform(release, ONE, "reddit")
    assert (blank.value, blank.low, blank.high) == (None, None, None)
    assert blank.why_blank == "no value on demo/strain-level"
    assert platform(release, ONE, "twitter").value == pytest.approx(
        value(release, ONE, "demo/low-mood")
    )
    assert platform(release, MAJORITY, "sms", MAJORITY).why_blank == "this is the reference"


def test_parts_are_of_the_tasks_that_a_metric_is_computed_on(release: ReleaseReader) -> None:
    ordinal = {row.part for row in release.platforms("demo", "mean_absolute_error")}
    assert ordinal == {"reddit"}
    assert {row.part for row in release.platforms("demo", F1)} == {
        "reddit",
        "twitter",
        "sms",
        "twitter - reddit",
        "sms - reddit",
    }


def test_annotation_is_contrasted_and_what_is_unknown_is_in_no_part(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    imhi = [task for task in tasks.values() if task.benchmark == "imhi"]
    found = {part.name: part for part in parts(imhi, board_platforms(tmp_path))}
    assert [imhi[place].id for place in found["human - weak"].minus] == [
        "imhi/dr",
        "imhi/swmh",
        "imhi/t-sid",
    ]
    clp = next(place for place, task in enumerate(imhi) if task.id == "imhi/clp")
    assert all(clp not in found[name].plus for name in ("reddit", "twitter", "sms"))
    assert clp in found["human"].plus


def test_a_board_names_platforms_and_contrasts_of_its_own(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    (tmp_path / "platforms.toml").write_text(
        'contrasts = [["support forum", "reddit"]]\ntitles.sms = "Text messages"\n'
    )
    reddit = tasks["demo/stress"]
    own = [replace(reddit, platform="support forum"), reddit]
    declared = board_platforms(tmp_path)
    assert [part.name for part in parts(own, declared)] == [
        "reddit",
        "support forum",
        "support forum - reddit",
    ]
    assert (declared.titles["sms"], declared.titles["reddit"]) == ("Text messages", "Reddit")


def test_what_is_seen_follows_from_the_declaration(release: ReleaseReader) -> None:
    assert gap(release, HELD_OUT, "unseen", notion="unseen data set").value == pytest.approx(
        mean(release, HELD_OUT, "demo/low-mood", "demo/loneliness")
    )
    assert gap(release, HELD_OUT, "seen", notion="unseen platform").n_tasks == 3
    full = gap(release, FULL, "gap", notion="unseen data set")
    assert (full.value, full.why_blank) == (None, "no unseen task")
    trivial = gap(release, MAJORITY, "seen", notion="unseen family")
    assert (trivial.value, trivial.why_blank) == (None, "no seen task")
    for quantity in ("seen", "unseen", "gap", "adjusted gap"):
        undeclared = gap(release, UNDECLARED, quantity, notion="unseen data set")
        assert undeclared.value is None
        assert undeclared.why_blank.startswith("undeclared")


def test_gaps_raw_and_adjusted_under_a_protocol(release: ReleaseReader) -> None:
    held_out = ("demo/low-mood", "demo/loneliness")
    raw = gap(release, HELD_OUT, "gap", protocol="demo-general")
    adjusted = gap(release, HELD_OUT, "adjusted gap", protocol="demo-general")
    own = mean(release, HELD_OUT, *REDDIT) - mean(release, HELD_OUT, *held_out)
    theirs = mean(release, MAJORITY, *REDDIT) - mean(release, MAJORITY, *held_out)
    assert raw.value == pytest.approx(own)
    assert adjusted.value == pytest.approx(own - theirs)
    assert "conditional on the tasks" in adjusted.interval
    reference = gap(release, MAJORITY, "adjusted gap", protocol="demo-general")
    assert (reference.value, reference.why_blank) == (None, "this is the reference")
    taking_part = {
        row.system for row in release.generalization("demo", F1) if row.protocol == "demo-general"
    }
    assert ident(release, UNDECLARED) not in taking_part


def test_who_takes_part_is_said_of_everyone(release: ReleaseReader) -> None:
    assert {row.id for row in release.protocols("demo")} == {
        "demo-general",
        "demo-without-sms",
        "demo-without-twitter",
    }
    status = {row.system: row for row in release.participation("demo-general")}
    assert len(status) == len(release.systems()) == 10
    assert status[ident(release, HELD_OUT)].status == "takes part"
    assert status[ident(release, UNDECLARED)].status == "undeclared"
    assert status[ident(release, FULL)].status == "trained on held-out data"
    assert "demo-loneliness, demo-low-mood" in status[ident(release, FULL)].why


def test_full_less_held_out_is_over_the_held_out_tasks(release: ReleaseReader) -> None:
    found = gap(release, FULL, "full - held-out", protocol="demo-general")
    held_out = ("demo/low-mood", "demo/loneliness")
    assert found.other == ident(release, HELD_OUT)
    assert found.value == pytest.approx(
        mean(release, FULL, *held_out) - mean(release, HELD_OUT, *held_out)
    )
    assert found.low is not None
    assert (found.n_tasks, found.posts) == (2, 80)


def system(name: str, **changes: object) -> Submission:
    declared = {"base_model": "LLaMA 7B", "trained_on": ("sad",), **changes}
    meta = Meta(name, "1", "instruction fine-tuning", **declared)  # type: ignore[arg-type]
    return Submission(name, "imhi", name, "1", "", "", {}, 0, meta, "")


@pytest.mark.parametrize(
    ("changes", "paired"),
    [
        ({}, True),
        ({"base_model": " llama  7b"}, True),
        ({"base_model": "LLaMA 13B"}, False),
        ({"base_model": "unknown"}, False),
        ({"trained_on": ("dr",)}, False),  # not part of what the full version was trained on
        ({"trained_on": None}, False),
        ({"trained_on": ("dreaddit",)}, False),
    ],
)
def test_which_systems_are_full_and_held_out_versions_of_one_model(
    tasks: dict[str, Task], changes: dict[str, object], paired: bool
) -> None:
    full = system("full", trained_on=("sad", "dreaddit"))
    protocol = load_protocols(tasks)["imhi-general"]
    declared = Declarations(
        "imhi", (full, system("held out", **changes)), (protocol,), Sources.of(tasks)
    )
    assert list(declared.pairs(protocol)) == ([(0, 1)] if paired else [])
    unnamed = (
        replace(full, meta=replace(full.meta, base_model="none")),
        system("other", base_model="none"),
    )
    assert not list(replace(declared, systems=unnamed).pairs(protocol))
    others = (full, replace(system("other"), meta=replace(system("other").meta, method="few-shot")))
    assert not list(replace(declared, systems=others).pairs(protocol))


def test_of_a_pair_with_an_unknown_name_nothing_is_said(tasks: dict[str, Task]) -> None:
    protocol = load_protocols(tasks)["imhi-general"]
    full, held_out = (
        system("full", trained_on=("IMHI",)),
        system("held out", trained_on=("sad", "Mine")),
    )
    declared = Declarations("imhi", (full, held_out), (protocol,), Sources.of(tasks))
    assert list(declared.pairs(protocol)) == [(0, 1)]
    assert "'Mine', which no task knows" in declared.why_unknown(0, 1)
    known = replace(
        declared, systems=(full, system("held out", trained_on=("sad", "DepressionReddit")))
    )
    assert list(known.pairs(protocol)) == [(0, 1)]
    assert not known.why_unknown(0, 1)


def as_of_old(folder: DataFolder, stored: Submission, *names: str) -> None:
    """Declare what was taken before names were asked about."""
    meta = replace(stored.meta, trained_on=names)
    change_submission(
        folder, stored.id, lambda own: Change(replace(own, meta=meta), "edited", "old"), "t"
    )


def test_what_is_declared_by_other_names_counts_and_an_unknown_name_says_nothing(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["low-mood", "stress"])
    rows = [
        row for name in ("low-mood", "stress") for row in gold_rows(folder, tasks[f"demo/{name}"])
    ]
    whole = submit(folder, tasks, tmp_path, rows, system="Whole", trained_on=[])
    for name in ("Unknown", "Known"):
        rows[0]["output"] += f" {name}"
        stored = submit(folder, tasks, tmp_path, rows, system=name, trained_on=["demo/stress"])
        as_of_old(
            folder,
            stored.submission,
            "Demo stress (train split)" if name == "Known" else "Demo stres",
        )
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "before names were read")
    as_of_old(folder, whole.submission, "Demo")
    publish(folder, tasks, "tester", "names are read")
    release = current_release(folder)

    def gaps(system: str, **where: str) -> dict[str, GeneralizationRow]:
        rows = release.generalization("demo", "accuracy")
        of = [row for row in rows if row.system == ident(release, system)]
        return {
            row.quantity: row
            for row in of
            if all(getattr(row, name) == value for name, value in where.items())
        }

    for notion in NOTIONS:
        unknown = gaps("Unknown", notion=notion)
        assert {row.value for row in unknown.values()} == {None}
        assert all(
            row.why_blank.startswith("cannot tell: `trained_on` names 'Demo stres'")
            for row in unknown.values()
        )
        assert gaps("Whole", notion=notion)["unseen"].why_blank == "no unseen task"
    known = gaps("Known", notion="unseen data set")
    assert (known["seen"].n_tasks, known["unseen"].n_tasks) == (1, 1)
    status = {row.system: row for row in release.participation("demo-general")}
    assert status[ident(release, "Unknown")].status == "cannot tell"
    assert status[ident(release, "Whole")].status == "trained on held-out data"
    assert status[ident(release, "Known")].status == "takes part"
    assert not gaps("Unknown", protocol="demo-general")
    assert {(row.trained_on, row.system) for row in release.cross_dataset("demo", "accuracy")} == {
        ("demo-stress", ident(release, "Known"))
    }
    rows_of = {row.system: row for row in release.systems("demo")}
    assert rows_of["Whole"].trained_on == ["Demo"]
    assert len(rows_of["Whole"].training["datasets"]) == 8
    assert rows_of["Unknown"].training == {"datasets": [], "others": [], "unknown": ["Demo stres"]}


def test_a_benchmark_without_a_protocol_says_what_is_missing_and_how_it_is_added(
    tmp_path: Path, tasks: dict[str, Task], capsys: pytest.CaptureFixture[str]
) -> None:
    own = {
        f"own/{name}": replace(tasks[f"demo/{name}"], id=f"own/{name}")
        for name in ("low-mood", "stress")
    }
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    store_gold(
        folder, own, [import_csv(TEXTS / f"{task.id[4:]}.csv", task) for task in own.values()]
    )
    rows = [row for task in own.values() for row in gold_rows(folder, task)]
    outputs, meta = tmp_path / "outputs.csv", tmp_path / "submission.toml"
    with outputs.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    meta.write_text(
        'system = "S"\nversion = "1"\nmethod = "few-shot"\ntrained_on = ["own/stress"]\nconsent ='
        " true\n"
    )
    submit_file(folder, own, outputs, "own", meta)
    place = workplace(folder, own)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish(folder, own, "tester", "first")
    release = current_release(folder)
    assert MAJORITY in {row.system for row in release.systems("own")}
    found = {
        row.quantity: row
        for row in release.generalization("own", "accuracy")
        if row.system == ident(release, "S") and row.notion == "unseen data set"
    }
    assert found["gap"].value is not None
    assert found["adjusted gap"].value is None
    missing = (
        "no protocol of own names a reference system; a maintainer declares one in a file"
        " protocols/"
    )
    assert found["adjusted gap"].why_blank.startswith(missing)
    assert f'reference = "{MAJORITY}"' in found["adjusted gap"].why_blank
    release = current_release(folder)
    print_generalization(release, "own", "accuracy", TableOrJson.table)
    print_platforms(release, "own", "accuracy", TableOrJson.table)
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("no protocol of own names a reference system") >= 2
    assert "is not on this board" not in told


def test_the_cross_dataset_matrix_has_the_systems_of_one_data_set(release: ReleaseReader) -> None:
    rows = release.cross_dataset("demo", F1)
    assert {(row.trained_on, row.system) for row in rows} == {
        ("demo-loneliness", ident(release, ONE)),
        ("demo-low-mood", ident(release, "TF-IDF (low mood only)")),
    }
    cell = next(
        row for row in rows if (row.trained_on, row.task) == ("demo-loneliness", "demo/low-mood")
    )
    assert cell.tested_on == "demo-low-mood"
    assert cell.value == pytest.approx(value(release, ONE, "demo/low-mood"))
    assert cell.low is not None
    assert not [row for row in rows if row.task == "demo/strain-level"], "a blank is no cell"


def test_a_mean_of_perfect_scores_reaches_as_far_as_their_own_intervals(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["low-mood", "stress"])
    rows = [
        row for name in ("low-mood", "stress") for row in gold_rows(folder, tasks[f"demo/{name}"])
    ]
    submit(folder, tasks, tmp_path, rows, system="Perfect", trained_on=["other:elsewhere"])
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "perfect")
    release = current_release(folder)
    own = release.cells(system=ident(release, "Perfect"), task="demo/low-mood", metric="accuracy")[
        0
    ]
    found = platform(release, "Perfect", "twitter", name="accuracy")
    assert (found.value, found.low, found.high) == (1.0, own.low, 1.0)
    assert own.low == pytest.approx(0.05 ** (1 / 40))
    contrast = platform(release, "Perfect", "twitter - reddit", name="accuracy")
    # The one unseen post is wrong in a quarter of the draws in either task, so the end is the 10%
    # quantile of Beta(40, 1).
    reach = 1 - 0.1 ** (1 / 40)
    assert contrast.low == pytest.approx(-reach, abs=0.01)
    assert contrast.high == pytest.approx(reach, abs=0.01)
    row = next(
        row
        for row in release.generalization("demo", "accuracy")
        if row.notion == "unseen platform" and row.system == ident(release, "Perfect")
    )
    assert row.why_blank == "the platform of other:elsewhere is not known, and it was trained on"


def test_a_reference_that_is_constant_by_construction_widens_nothing(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    """One label throughout has a Matthews correlation of 0 on whatever posts."""
    folder = demo_board(tmp_path / "data", tasks, ["low-mood", "stress"])
    rows = [
        row for name in ("low-mood", "stress") for row in gold_rows(folder, tasks[f"demo/{name}"])
    ]
    rows = [
        {**row, "output": "It is a long week."} if place % 4 == 0 else row
        for place, row in enumerate(rows)
    ]
    submit(folder, tasks, tmp_path, rows, system="Middling")
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("mcc"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "middling")
    release = current_release(folder)
    constant = release.cells(system=ident(release, MAJORITY), task="demo/stress", metric="mcc")[0]
    assert (constant.value, constant.low, constant.interval) == (
        0,
        None,
        "none: one label throughout, so the value follows from the gold labels alone",
    )
    for part in ("twitter", "reddit", "twitter - reddit"):
        raw = platform(release, "Middling", part, name="mcc")
        relative = platform(release, "Middling", part, MAJORITY, name="mcc")
        assert (relative.value, relative.low, relative.high) == pytest.approx(
            (raw.value, raw.low, raw.high)
        )


def test_a_changed_protocol_is_said_and_needs_a_reason(release: ReleaseReader) -> None:
    before = release.content()
    first, *rest = before.protocols
    moved = changes_between(
        before, replace(before, protocols=(replace(first, reference="Copy of the post"), *rest))
    )
    assert [(change.kind, change.new, change.why) for change in moved] == [
        ("changed protocol", first.id, "reference changed")
    ]
    gone = changes_between(before, replace(before, protocols=tuple(rest)))
    assert [(change.kind, change.old) for change in gone] == [("removed protocol", first.id)]
    assert alterations(moved) == moved
    assert alterations(gone) == gone
    back = changes_between(replace(before, protocols=tuple(rest)), before)
    assert [(change.kind, change.new) for change in back] == [("new protocol", first.id)]
    assert not alterations(back)
