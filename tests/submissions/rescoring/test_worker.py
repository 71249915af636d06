"""Workers: what one has, another leaves alone; what one leaves behind, another takes over."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.instruments import Instrument, Pair
from scoring.metrics import metric
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.operating.shift import Shift
from submissions.releasing.publish import ReasonNeeded
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import Group, Unit, groups, outstanding, plan
from submissions.rescoring.selection import Selection, UnknownName
from submissions.rescoring.worker import Worker, run
from submissions.store.database import writing
from submissions.store.folder import DataFolder
from submissions.store.released.release import current_number
from submissions.store.released.serving import current_release
from submissions.store.scored.failures import MEMORY, RETRIES, failures, record_failure
from submissions.store.scored.leases import leases, release_leases, renew_leases, take_leases
from submissions.store.scored.scores import scored_keys
from submissions.store.submitted.submissions import submissions
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import refuse
from tests.workers import (
    check_as_undisturbed,
    holders,
    said_by_workers,
    scored_in_peace,
    scored_under_fire,
    start_worker,
    wait_until,
)

MODEL = (metric("bartscore_src_to_hyp"),)
CHEAP = Selection(metric="weighted_f1")


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["loneliness", "wellness"])


def unseen(_group: Group, _doing: str, _share: float) -> None:
    """Nobody looks."""


def test_a_unit_is_leased_once_until_it_is_released_or_expires(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    work = [unit.work for unit in plan(workplace(folder, tasks))]
    assert take_leases(folder, work[:3], "one", 60) == tuple(work[:3])
    assert take_leases(folder, work[1:5], "two", 0.05) == tuple(work[3:5])
    time.sleep(0.06)
    assert take_leases(folder, work[2:4], "three", 60) == (work[3],)
    assert set(renew_leases(folder, "two", 60)) == {work[4]}
    release_leases(folder, "one")
    assert {lease.worker for lease in leases(folder).values()} == {"two", "three"}


def test_a_lease_that_a_wrong_clock_dated_far_ahead_holds_nothing_up(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    (work,) = [unit.work for unit in plan(workplace(folder, tasks))][:1]
    take_leases(folder, [work], "foreign", 24 * 3600)
    assert not leases(folder)[work].live
    assert take_leases(folder, [work], "ours", 60) == (work,)
    assert leases(folder)[work].live


def test_want_of_memory_is_the_machines_and_is_tried_again_after_a_while(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    units = plan(place)
    record_failure(folder, units[0].keys, f"{MEMORY} on the worker's machine: 3 GB", "")
    record_failure(folder, units[1].keys, "ValueError: odd", "")
    rests = [failures(folder)[unit.keys[0]].rests for unit in units[:2]]
    assert rests == [True, False], "what is the unit's own is tried again at once"
    assert units[0].work in {unit.work for unit in outstanding(folder, units)}, "it is not given up"
    worker = Worker(place, LocalEngine())
    assert worker.step(units[:1], lambda: a_run(folder), unseen) == 0
    with writing(folder) as db:
        db.conn.execute("UPDATE failures SET failed_at = '2026-01-01T00:00:00Z'")
    assert worker.step(units[:1], lambda: a_run(folder), unseen) == 1


def test_a_program_older_than_the_data_stops(folder: DataFolder) -> None:
    with writing(folder) as db:
        db.conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('working',"
            " 'm999_later', '')"
        )
    for command in (("worker",), ("score",), ("status",)):
        said = refuse(folder.path, *command)
        assert "changed by a newer version of ReasonBoard (m999_later)" in said
        assert "update this one, or stop it" in said


def test_leases_are_given_out_once_however_many_ask(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    work = [unit.work for unit in plan(workplace(folder, tasks))]
    taken: dict[str, tuple[object, ...]] = {}

    def ask(name: str) -> None:
        for one in work:
            taken[name] = (*taken.get(name, ()), *take_leases(folder, [one], name, 60))

    threads = [threading.Thread(target=ask, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one for mine in taken.values() for one in mine) == sorted(work)  # type: ignore[type-var]


def test_a_group_is_of_one_task_and_bounded(
    folder: DataFolder, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = plan(workplace(folder, tasks), metrics=MODEL)
    assert [len(group.units) for group in groups(units)] == [4, 4]
    assert all(unit.task is group.task for group in groups(units) for unit in group.units)
    monkeypatch.setattr("submissions.rescoring.pending.GROUP_PAIRS", 100)
    assert [len(group.units) for group in groups(units)] == [2, 2, 2, 2]
    monkeypatch.setattr("submissions.rescoring.pending.GROUP_PAIRS", 1)
    assert [len(group.units) for group in groups(units)] == [1] * 8


class Counting(LocalEngine):
    """Counts its calls and the pairs that it is left to score."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        asked.append(int(np.isnan(values).sum()))
        return super().score(model, pairs, values, keep, advance)


asked: list[int] = []


def test_a_task_is_one_call_of_the_engine_for_all_its_systems(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    asked.clear()
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=MODEL), Counting(), a_run(folder))
    assert len(asked) == 2
    assert len(scored_keys(folder)) == 8


class Blocking(LocalEngine):
    """Scores when it is told to."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        begun.set()
        assert go_on.wait(30)
        return super().score(model, pairs, values, keep, advance)


begun, go_on = threading.Event(), threading.Event()


def test_the_heartbeat_outlasts_the_lease_and_others_do_the_rest(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place, under = workplace(folder, tasks), a_run(folder)
    units = plan(place, metrics=MODEL)
    slow = Worker(place, Blocking(), lease_seconds=0.3)
    thread = threading.Thread(target=slow.step, args=(units, lambda: under, unseen))
    thread.start()
    assert begun.wait(30)
    held = {unit.work for unit in next(groups(units)).units}
    time.sleep(0.6)
    other = Worker(place, LocalEngine())
    assert other.step(units, lambda: under, unseen) == 4
    assert {key.task for key in scored_keys(folder)} == {units[-1].task.id}
    assert other.step(outstanding(folder, units), lambda: under, unseen) == 0
    assert set(leases(folder)) == held
    go_on.set()
    thread.join()
    assert len(scored_keys(folder)) == 8
    assert not leases(folder)


def test_what_was_done_between_plan_and_lease_is_not_done_again(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place, under = workplace(folder, tasks), a_run(folder)
    stale = next(groups(plan(place, metrics=MODEL))).units
    run(place, stale[:3], LocalEngine(), under)
    asked.clear()
    assert Worker(place, Counting()).step(stale, lambda: under, unseen) == 1
    assert asked == [40]


class Refusing(LocalEngine):
    """Refuses a text, as a device does whose memory one pair exceeds."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        if any("too much" in target for _, target in pairs):
            raise ScoringError("does not fit")
        return super().score(model, pairs, values, keep, advance)


def spoiled(folder: DataFolder, tasks: dict[str, Task], where: Path) -> str:
    """A submission that `Refusing` refuses."""
    rows = gold_rows(folder, tasks["demo/loneliness"])
    rows[7]["output"] = "No. Reasoning: This is too much."
    return submit(folder, tasks, where, rows, system="Refused").submission.id


def test_the_blame_falls_on_the_unit_that_fails(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    bad = spoiled(folder, tasks, tmp_path)
    place, under = workplace(folder, tasks), a_run(folder)
    worker = Worker(place, Refusing())
    tried: list[Unit] = []
    while units := outstanding(folder, plan(place, metrics=MODEL)):
        tried += [unit for unit in units if unit.submission.id == bad]
        worker.step(units, lambda: under, unseen)
    assert {failure.submission for failure in failures(folder).values()} == {bad}
    assert {failure.tries for failure in failures(folder).values()} == {1 + RETRIES}
    assert len(scored_keys(folder)) == 8
    assert len(tried) == 1 + RETRIES + 1  # once more while the other task was done


def test_a_failed_cell_is_blank_and_says_so(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    bad = spoiled(folder, tasks, tmp_path)
    shift = Shift(
        folder, tasks, Refusing(), "tester", "a test", 60, Selection(metric="bartscore_src_to_hyp")
    )
    while shift.pending():
        shift.step()
    assert shift.publish() is not None
    cells = {
        cell.system: cell
        for cell in current_release(folder).cells(metric="bartscore_src_to_hyp")
        if cell.task == "demo/loneliness"
    }
    assert (cells[bad].value, cells[bad].why_blank) == (None, "scoring failed: ScoringError")
    assert all(cell.value is not None for system, cell in cells.items() if system != bad)


def test_a_shift_scores_and_publishes_what_comes_in(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    shift = Shift(folder, tasks, LocalEngine(), "worker", "as it came in", 60, CHEAP)
    assert shift.publish() is None  # something is pending
    assert shift.step() == 4
    assert shift.step() == 4
    assert shift.step() == 0
    first = shift.publish()
    assert first is not None
    assert (first.number, first.new) == (1, True)
    assert shift.publish() is None
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/wellness"]))
    assert shift.publish() is None
    assert shift.step() == 1
    second = shift.publish()
    assert second is not None
    assert (second.number, {change.kind for change in second.changes}) == (2, {"new system"})
    assert current_release(folder).release.reason == "new scores only"
    assert len({score.run for score in submissions_scores(folder)}) == 1


def submissions_scores(folder: DataFolder) -> list[object]:
    from submissions.store.scored.scores import scores

    return list(scores(folder, scored_keys(folder)))


def test_a_shift_does_not_publish_what_alters_a_value(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    shift = Shift(folder, tasks, LocalEngine(), "worker", "as it came in", 60, CHEAP)
    rows = gold_rows(folder, tasks["demo/wellness"])
    submit(folder, tasks, tmp_path, rows)
    while shift.step():
        pass
    shift.publish()
    worse = [{**row, "output": "No, nothing of the kind."} for row in rows]
    submit(folder, tasks, tmp_path, worse, version="2")
    shift.step()
    with pytest.raises(ReasonNeeded, match="new version S"):
        shift.publish()
    assert shift.publish() is None  # said once
    assert current_number(folder) == 1
    assert publish(folder, tasks, "tester", "the team's second version").number == 2


def test_a_name_that_selects_nothing_is_an_error(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    for selection, expected in (
        (Selection(benchmark="dmo"), "'demo'"),
        (Selection(metric="bartscore_src_to_hypo"), "'bartscore_src_to_hyp'"),
        (Selection(system="Majority labels"), "'Majority label'"),
    ):
        with pytest.raises(UnknownName, match=expected):
            selection.check(folder, tasks)
    some = Selection("demo", "accuracy", "Majority label").plan(workplace(folder, tasks))
    assert {(u.submission.system, u.metrics) for u in some} == {
        ("Majority label", (metric("accuracy"),))
    }
    assert len(some) == 2
    assert not CHEAP.kinds(folder)
    assert "bartscore" in Selection().kinds(folder)
    assert len(submissions(folder)) == 4


def test_sigterm_ends_a_worker_cleanly_and_soon(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    worker = start_worker(folder.path, "--publish")
    try:
        wait_until(lambda: worker.pid in holders(folder))
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=20)
    finally:
        worker.kill()
        worker.wait()
    said = said_by_workers(folder.path)
    assert time.monotonic() - begun < 10
    assert worker.returncode == 0, said
    assert "Stopped" in said
    assert "Traceback" not in said
    assert not leases(folder)
    assert not failures(folder)
    assert current_number(folder) is None


@pytest.mark.timeout(600)
def test_three_killed_workers_cost_nothing(tmp_path: Path, tasks: dict[str, Task]) -> None:
    chance = random.Random(1)  # noqa: S311
    delays = [chance.uniform(0, 0.3) for _ in range(3)]
    killed = scored_under_fire(tmp_path, tasks, ["loneliness", "wellness"], delays)
    check_as_undisturbed(killed, scored_in_peace(tmp_path, tasks, ["loneliness", "wellness"]))
