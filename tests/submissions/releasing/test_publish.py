"""A release states what may be public, says what moved, and is switched to in one step."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.life.decisions import edit_meta, hold
from submissions.life.takedown import withdraw
from submissions.releasing.content import NOT_SCORED, draft
from submissions.releasing.publish import (
    BeingPublished,
    DecisionsGoOn,
    NoSuchRelease,
    ReasonNeeded,
    ScoresPending,
    propose,
    rollback,
)
from submissions.releasing.publish import publish as strict_publish
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.presence import on_duty
from submissions.rescoring.worker import run
from submissions.store.database import prepare, writing
from submissions.store.events import events
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, held
from submissions.store.released.ledger import release_records
from submissions.store.released.release import (
    NoRelease,
    ReleaseReader,
    current_number,
    release_path,
    switch_to,
)
from submissions.store.released.serving import current_release
from submissions.store.scored.workers import SCORE
from submissions.store.submitted.submissions import submissions
from submissions.teams.accounts import Role, add_team
from tests.boards import TEXTS, a_run, build_content, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.publishing import said
from tests.workers import wait_until

FEW = tuple(metric(name) for name in ("weighted_f1", "accuracy", "rouge1", "words", "parse_rate"))
NAMES = ["loneliness", "wellness"]


def score_all(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, NAMES)
    score_all(folder, tasks)
    return folder


def test_what_is_only_not_scored_yet_is_asked_about(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    with pytest.raises(ScoresPending, match=r"scores are pending: \d+ scores of demo"):
        strict_publish(folder, tasks, "tester", "first")
    assert not release_records(folder)
    proposal = propose(folder, tasks)
    assert (proposal.number, proposal.served) == (1, None)
    assert proposal.pending == proposal.blank
    assert not release_records(folder)
    published = publish(folder, tasks, "tester", "first")
    assert published.blank == proposal.blank
    reader = current_release(folder)
    blanks = [cell for cell in reader.cells() if cell.why_blank == NOT_SCORED]
    assert proposal.blank == {"demo": len(blanks)}, "as many as stand in the release"
    assert published.changes == proposal.changes


def test_a_benchmark_that_nobody_has_begun_holds_no_release_up(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    untouched = demo_board(tmp_path / "data", tasks, ["loneliness"])
    assert draft(untouched, tasks).blank["demo"] > 0
    assert draft(untouched, tasks).pending == {}
    with on_duty(untouched, SCORE, "imhi"):
        assert draft(untouched, tasks).pending == {}
    with on_duty(untouched, SCORE):
        found = draft(untouched, tasks)
        assert found.pending == found.blank


def test_before_the_first_release_there_is_nothing_to_read(folder: DataFolder) -> None:
    with pytest.raises(NoRelease, match="reasonboard publish"):
        current_release(folder)


def test_the_first_release_says_that_all_is_new(folder: DataFolder, tasks: dict[str, Task]) -> None:
    published = publish(folder, tasks, "tester", "first")
    reader = current_release(folder)
    assert (published.number, published.new) == (1, True)
    assert reader.release.reason == "first"
    assert reader.release.previous is None
    assert {change.kind for change in published.changes} == {"new task", "new system"}
    assert reader.changes() == published.changes
    assert [row.number for row in reader.history()] == [1]
    assert [event.kind for event in events(folder)] == ["release"]


def test_publishing_again_changes_nothing(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    before = release_path(folder, 1).read_bytes()
    again = publish(folder, tasks, "tester", "again")
    assert (again.number, again.new) == (1, False)
    assert release_path(folder, 1).read_bytes() == before
    assert len(release_records(folder)) == 1


def test_a_release_reads_back_as_it_was_built(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    assert current_release(folder).content() == build_content(folder, tasks)


def test_a_system_that_explains_few_examples_is_not_ranked_by_them(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    def answers(explained: float) -> list[dict[str, str]]:
        found = []
        for name in NAMES:
            examples = PostStore(folder.posts).examples(tasks[f"demo/{name}"])
            for place, one in enumerate(examples):
                told = str(one.reference) if place < explained * len(examples) else ""
                label = {"task": f"demo/{name}", "example_id": one.example_id, "label": one.gold}
                found.append(label | {"explanation": told})
        return found

    for name, share in (
        ("explains two of forty", 0.05),
        ("explains half", 0.5),
        ("explains nearly all", 0.97),
        ("explains all", 1.0),
    ):
        submit(folder, tasks, tmp_path, answers(share), system=name)
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "first")
    release = current_release(folder)
    ids = {row.system: row.id for row in release.systems()}
    means = {row.system: row for row in release.overall("demo", "rouge1")}
    few, half, most, whole = (
        means[ids[f"explains {name}"]] for name in ("two of forty", "half", "nearly all", "all")
    )
    assert (few.covered, few.value, few.rank) == (0, None, None)
    assert (half.covered, half.value, half.rank) == (0, None, None)
    assert (most.covered, most.rank) == (2, 1)
    assert (whole.covered, whole.rank) == (2, 1)
    cells = {
        name: [
            (cell.value, cell.n, cell.n_given)
            for cell in release.cells(metric="rouge1")
            if cell.system == ids[f"explains {name}"]
        ]
        for name in ("two of forty", "half")
    }
    assert cells["half"] == [(1.0, 20, 20)] * 2, "the cell keeps its value and says of how many"
    assert cells["two of forty"] == [(None, 2, 2)] * 2, "of too few there is none"
    labels = {row.system: row for row in release.overall("demo", "weighted_f1")}
    assert labels[ids["explains two of forty"]].covered == 2


def test_the_mean_is_the_plain_mean_and_partial_coverage_is_unranked(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    submit(
        folder,
        tasks,
        tmp_path,
        gold_rows(folder, tasks["demo/loneliness"]),
        system="Gold on one task",
    )
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "a partial system")
    reader = current_release(folder)
    names = {system.id: system.system for system in reader.systems()}
    for row in reader.overall("demo", "weighted_f1"):
        cells = [
            c.value
            for c in reader.cells(system=row.system, metric="weighted_f1")
            if c.value is not None
        ]
        assert row.value == pytest.approx(np.mean(cells))
        if names[row.system] == "Gold on one task":
            assert row.low is not None
            assert row.high is not None
            assert row.low < row.value <= row.high
        else:  # the trivial baselines
            assert row.interval.startswith("none: one label throughout")
        assert (row.covered, row.total) == (len(cells), 2)
        assert (row.rank is None) == (names[row.system] == "Gold on one task")
    gold = next(system.id for system in reader.systems() if system.system == "Gold on one task")
    blank = reader.cells(system=gold, task="demo/wellness", metric="weighted_f1")[0]
    assert (blank.value, blank.why_blank) == (None, "task not submitted")
    assert {row.rank for row in reader.overall("demo", "words")} == {None}


def test_ties_share_a_rank(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    ranks = [row.rank for row in current_release(folder).overall("demo", "weighted_f1")]
    assert ranks == [1, 1, 1, 1]  # all four trivial baselines give the same labels


def test_verdicts_of_another_test_are_not_taken_over(
    folder: DataFolder, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_content(folder, tasks)
    kept = set(folder.verdicts.iterdir())
    build_content(folder, tasks)
    assert kept
    assert set(folder.verdicts.iterdir()) == kept
    monkeypatch.setattr("submissions.releasing.overall.TEST", "another test")
    build_content(folder, tasks)
    assert len(set(folder.verdicts.iterdir())) == 2 * len(kept)


def test_why_a_scored_cell_is_blank_is_said(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    task = tasks["demo/loneliness"]
    only = [row["example_id"] for row in gold_rows(folder, task)]
    rows = [{"task": task.id, "example_id": name, "label": "yes"} for name in only]
    submit(folder, tasks, tmp_path, rows, system="Labels alone")
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "labels alone")
    reader = current_release(folder)
    (own,) = [system.id for system in reader.systems() if system.system == "Labels alone"]
    blank = reader.cells(system=own, task=task.id, metric="rouge1")[0]
    assert (blank.value, blank.n, blank.why_blank) == (None, 0, "no example has a value")


def test_kappa_of_one_label_throughout_is_undefined_and_says_so(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    task = tasks["demo/strain-level"]
    with (TEXTS / "strain-level.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["label"] == "mild"]
    path = tmp_path / "strain-level.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    store_gold(folder, tasks, [import_csv(path, task)])
    place = workplace(folder, tasks)
    metrics = (metric("quadratic_weighted_kappa"), metric("accuracy"))
    run(place, plan(place, metrics=metrics), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "one label")
    cells = current_release(folder).cells(task=task.id, metric="quadratic_weighted_kappa")
    assert {(cell.value, cell.why_blank) for cell in cells} == {
        (None, "undefined: one label throughout")
    }


def test_ranks_show_their_doubt(folder: DataFolder, tasks: dict[str, Task], tmp_path: Path) -> None:
    rows = [row for name in NAMES for row in gold_rows(folder, tasks[f"demo/{name}"])]
    submit(folder, tasks, tmp_path, rows, system="Gold")
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "with a perfect system")
    reader = current_release(folder)
    names = {system.id: system.system for system in reader.systems()}
    found = {
        names[r.system]: (r.rank, r.rank_low, r.rank_high, r.cluster)
        for r in reader.overall("demo", "weighted_f1")
    }
    assert found.pop("Gold") == (1, 1, 1, 1)
    assert set(found.values()) == {(2, 2, 5, 2)}


def test_what_is_not_scored_yet_is_blank_and_says_so(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"]))
    publish(folder, tasks, "tester", "too early")
    reader = current_release(folder)
    system = next(s.id for s in reader.systems() if s.system == "S")
    cell = reader.cells(system=system, task="demo/loneliness", metric="weighted_f1")[0]
    assert cell.value is None
    assert cell.why_blank == "not scored yet under this signature"
    score_all(folder, tasks)
    moved = publish(folder, tasks, "tester", "scored").changes
    values = [change for change in moved if change.kind == "changed value"]
    assert {(change.system, change.old) for change in values} == {("S", "blank")}
    assert all("not scored yet" in change.why for change in values)


def test_a_new_version_replaces_the_old_one_on_the_board(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(folder, tasks["demo/loneliness"])
    submit(folder, tasks, tmp_path, rows)
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "one")
    worse = [{**row, "output": "Yes, the poster feels lonely."} for row in rows]
    submit(folder, tasks, tmp_path, worse, version="2")
    score_all(folder, tasks)
    changes = publish(folder, tasks, "tester", "two").changes
    reader = current_release(folder)
    system = next(s for s in reader.systems() if s.system == "S")
    assert (system.version, system.versions, system.published) == ("2", 2, 2)
    assert ("new version", "1", "2") in {(c.kind, c.old, c.new) for c in changes}
    assert "a newer version of the system" in {c.why for c in changes if c.metric == "weighted_f1"}


def test_without_consent_nothing_of_it_is_published(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    accepted = submit(
        folder,
        tasks,
        tmp_path,
        gold_rows(folder, tasks["demo/loneliness"]),
        system="Private",
        consent=False,
        contact="someone@example.org",
    )
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "first")
    content = release_path(folder, 1).read_bytes()
    assert b"Private" not in content
    assert accepted.submission.id.encode() not in content
    assert any("consent" in line for line in accepted.lines)


def test_no_text_and_no_contact_reaches_a_release(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(folder, tasks["demo/loneliness"])
    submit(folder, tasks, tmp_path, rows, contact="someone@example.org")
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "first")
    content = release_path(folder, 1).read_bytes().decode("utf-8", errors="replace")
    for name in NAMES:
        for example in PostStore(folder.posts).examples(tasks[f"demo/{name}"]):
            for text in (example.post, example.reference or example.post):
                assert text[:40] not in content
    assert "someone@example.org" not in content


def test_breakdowns_and_confusions_add_up(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    reader = current_release(folder)
    for system in reader.systems():
        parts = [
            row for row in reader.breakdowns("demo/wellness", "accuracy") if row.system == system.id
        ]
        whole = reader.cells(system=system.id, task="demo/wellness", metric="accuracy")[0]
        assert {row.attribute_value for row in parts} == {"sleep", "social", "work", "leisure"}
        assert sum(row.n for row in parts) == whole.n == 40
        assert sum(row.n * (row.value or 0) for row in parts) / 40 == pytest.approx(whole.value)
        cells = reader.confusions("demo/wellness", system.id)
        right = sum(row.n for row in cells if row.gold == row.predicted)
        assert sum(row.n for row in cells) == 40
        assert right / 40 == pytest.approx(whole.value)


def test_a_part_without_a_value_says_why(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(folder, tasks["demo/wellness"])
    labels = [
        {
            "task": r["task"],
            "example_id": r["example_id"],
            "label": r["output"].split(",")[0].lower(),
        }
        for r in rows
    ]
    submit(folder, tasks, tmp_path, labels)
    score_all(folder, tasks)
    publish(folder, tasks, "tester", "first")
    parts = current_release(folder).breakdowns("demo/wellness")
    assert all((row.value is None) == bool(row.why_blank) for row in parts)
    of_labels_alone = {row.why_blank for row in parts if row.metric == "rouge1" and row.n == 0}
    assert of_labels_alone == {"no example has a value"}


def test_a_switch_that_a_crash_prevented_is_made_up_for(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    publish(folder, tasks, "tester", "first")
    (
        folder.releases / "current"
    ).unlink()  # killed after the database named the release, before readers did
    assert publish(folder, tasks, "tester", "again").new is False
    assert current_number(folder) == 1


def test_what_was_never_recorded_is_dropped(folder: DataFolder, tasks: dict[str, Task]) -> None:
    (folder.releases / ".1.aside").write_bytes(b"half a release")  # killed before it was recorded
    publish(folder, tasks, "tester", "first")
    assert current_release(folder).release.number == 1
    assert [path.name for path in sorted(folder.releases.iterdir())] == ["1.db", "current"]


def test_a_release_that_was_recorded_and_not_placed_is_placed(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    publish(folder, tasks, "tester", "first")
    published = release_path(folder, 1).read_bytes()
    release_path(folder, 1).rename(folder.releases / ".1.aside")  # killed between the two
    assert publish(folder, tasks, "tester", "again").new is False
    assert release_path(folder, 1).read_bytes() == published
    assert [path.name for path in sorted(folder.releases.iterdir())] == ["1.db", "current"]


def test_releases_are_dated_in_their_order_though_the_clock_is_put_back(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    publish(folder, tasks, "tester", "one")
    with writing(folder) as db:  # the clock was ahead then, and is right now
        db.conn.execute("UPDATE releases SET created_at = '2999-01-01T00:00:00Z'")
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"]))
    publish(folder, tasks, "tester", "two")
    assert [row.created_at for row in current_release(folder).history()] == [
        "2999-01-01T00:00:00Z",
        "2999-01-01T00:00:00Z",
    ]


def test_a_reader_keeps_its_release_while_another_is_published(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    publish(folder, tasks, "tester", "one")
    reader = current_release(folder)
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"]))
    publish(folder, tasks, "tester", "two")
    assert reader.release.number == 1
    assert len(reader.systems()) == 4
    assert len(current_release(folder).systems()) == 5
    switch_to(folder, 1)
    assert len(current_release(folder).systems()) == 4


def test_a_missing_release_file_is_said_plainly(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    release_path(folder, 1).unlink()
    with pytest.raises(NoRelease, match="missing"):
        current_release(folder)


def test_a_release_is_an_ordinary_database(folder: DataFolder, tasks: dict[str, Task]) -> None:
    publish(folder, tasks, "tester", "first")
    connection = sqlite3.connect(release_path(folder, 1))
    try:
        assert connection.execute(
            "SELECT count(*) FROM cells WHERE value = 0 AND n = 0"
        ).fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()
    assert ReleaseReader(release_path(folder, 1)).release.number == 1


def test_publishing_waits_for_a_writer(folder: DataFolder, tasks: dict[str, Task]) -> None:
    import threading
    import time

    held = threading.Event()

    def hold() -> None:
        with writing(folder):
            held.set()
            time.sleep(0.5)

    writer = threading.Thread(target=hold)
    writer.start()
    held.wait()
    assert publish(folder, tasks, "tester", "first").number == 1
    writer.join()


def publisher(folder: DataFolder, log: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.publishing", folder.path, log, *options]
    return subprocess.Popen(command)


def test_a_second_publisher_waits_for_the_first_and_finds_its_release(
    folder: DataFolder, tmp_path: Path
) -> None:
    log = tmp_path / "said"
    with publisher(folder, log, "--until", "waits") as first:
        wait_until(lambda: (first.pid, "builds") in said(log))
        with publisher(folder, log) as second:
            assert (first.wait(120), second.wait(120)) == (0, 0)
    words = [word for pid, word in said(log) if pid == first.pid]
    assert words == ["builds", "built", "new 1"]
    words = [word for pid, word in said(log) if pid == second.pid]
    assert words == ["waits", "builds", "built", "old 1"]
    assert said(log).index((second.pid, "builds")) > said(log).index((first.pid, "built"))
    assert [record.number for record in release_records(folder)] == [1]


def test_a_publisher_that_is_killed_holds_nobody_up(folder: DataFolder, tmp_path: Path) -> None:
    log = tmp_path / "said"
    with publisher(folder, log, "--until", "never") as first:
        wait_until(lambda: (first.pid, "builds") in said(log))
        with publisher(folder, log) as second:
            wait_until(lambda: (second.pid, "waits") in said(log))
            first.kill()
            assert second.wait(120) == 0
    assert said(log)[-1] == (second.pid, "new 1")


def test_a_worker_does_not_wait_for_a_publisher(folder: DataFolder, tasks: dict[str, Task]) -> None:
    with held(folder.releases), pytest.raises(BeingPublished):
        publish(folder, tasks, "a worker", wait=False)
    assert publish(folder, tasks, "a worker", wait=False).new


@pytest.mark.parametrize("decide", [hold, withdraw])
def test_what_is_taken_down_while_a_release_is_built_is_not_in_it(
    folder: DataFolder, tasks: dict[str, Task], decide: Callable[..., object]
) -> None:
    taken = next(one for one in submissions(folder) if one.public)
    built: list[str] = []

    def meanwhile(what: str, *_progress: object) -> None:
        if (
            what == "publishing: comparing with the release that is served"
        ):  # all has been read, and nothing is written
            built.append(what)
            if len(built) == 1:
                decide(folder, taken, "me", "asked for")

    assert publish(folder, tasks, "tester", "first", report=meanwhile).new
    assert taken.id not in {system.id for system in current_release(folder).systems()}
    assert len(built) == 2, "it was built again"


def test_edits_hold_no_release_up_and_stand_in_the_next(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team edits its own submission, and a person signs in, each time that a release was read: it
    is built once.
    """
    own = submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"])).submission
    times = iter(f"2030-01-01T00:00:{second:02}Z" for second in range(60))
    monkeypatch.setattr("submissions.releasing.publish.now", lambda: next(times))
    built: list[str] = []

    def meanwhile(what: str, *_progress: object) -> None:
        if what == "publishing: comparing with the release that is served":
            built.append(what)
            edit_meta(folder, tasks, own, {"base_model": f"m{len(built)}"}, "team S")
            add_team(folder, f"Newcomers {len(built)}", Role.member, "me")

    for number in (1, 2):
        assert publish(folder, tasks, "tester", "more", report=meanwhile).number == number
        assert len(built) == number, "it was built once"
    (stated,) = (row for row in current_release(folder).systems() if row.id == own.id)
    assert stated.base_model == "m1", "what stood when the second was read"
    assert [one.created_at[-3:] for one in release_records(folder)] == ["00Z", "01Z"], (
        "and it says when"
    )


def test_what_loses_its_teams_consent_while_a_release_is_built_is_not_in_it(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"])).submission
    built: list[str] = []

    def meanwhile(what: str, *_progress: object) -> None:
        if what == "publishing: comparing with the release that is served":
            built.append(what)
            if len(built) == 1:
                edit_meta(folder, tasks, own, {"consent": False}, "team S")

    assert publish(folder, tasks, "tester", "first", report=meanwhile).new
    assert own.id not in {system.id for system in current_release(folder).systems()}
    assert len(built) == 2, "it was built again"


def test_a_release_is_not_made_while_decisions_go_on(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    held = next(one for one in submissions(folder) if one.public)

    def meanwhile(what: str, *_progress: object) -> None:
        if what == "publishing: comparing with the release that is served":
            hold(folder, held, "me", "asked for")

    with pytest.raises(DecisionsGoOn, match=r"5 times over.*Publish again"):
        publish(folder, tasks, "tester", "first", report=meanwhile)
    assert not release_records(folder)


def test_what_only_adds_needs_no_reason_and_what_alters_does(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    publish(folder, tasks, "tester")
    rows = gold_rows(folder, tasks["demo/loneliness"])
    submit(folder, tasks, tmp_path, rows)
    assert publish(folder, tasks, "tester").number == 2  # a blank row
    score_all(folder, tasks)
    assert publish(folder, tasks, "tester").number == 3  # values where there were blanks
    assert current_release(folder).release.reason == "new scores only"
    with writing(folder) as db:
        db.conn.execute("DELETE FROM scores WHERE metric = 'rouge1'")
    with pytest.raises(ReasonNeeded, match=r"changed value .* rouge1"):
        publish(folder, tasks, "tester")
    with pytest.raises(ReasonNeeded):
        publish(folder, tasks, "tester", "")
    assert current_number(folder) == 3
    assert publish(folder, tasks, "tester", "rouge1 was wrong").number == 4


def test_a_rollback_is_an_event_and_the_next_release_is_compared_with_it(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    publish(folder, tasks, "tester", "one")
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"]))
    publish(folder, tasks, "tester", "two")
    assert rollback(folder, 1, "tester", "two was wrong") is True
    assert rollback(folder, 1, "tester", "again") is False
    assert current_release(folder).release.number == 1
    last = events(folder)[-1]
    assert (last.kind, last.subject, last.author, last.reason) == (
        "rollback",
        "1",
        "tester",
        "two was wrong",
    )
    with pytest.raises(ReasonNeeded, match="rolled back"):
        publish(folder, tasks, "worker")
    third = publish(folder, tasks, "tester", "two was right after all")
    assert third.number == 3
    assert [(change.kind, change.system) for change in third.changes] == [("new system", "S")]
    assert current_release(folder).release.previous == 1


def test_only_what_was_published_can_be_gone_back_to(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    publish(folder, tasks, "tester", "one")
    with pytest.raises(NoSuchRelease, match="no release 2; there are: 1"):
        rollback(folder, 2, "tester", "a slip")
    release_path(folder, 1).write_bytes(b"damaged")
    with pytest.raises(NoSuchRelease, match="sha256"):
        rollback(folder, 1, "tester", "a slip")
    release_path(folder, 1).unlink()
    with pytest.raises(NoSuchRelease, match="missing"):
        rollback(folder, 1, "tester", "a slip")
