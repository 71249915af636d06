"""Pending work is a query: what was interrupted goes on, what is new is scored, what is scored
stays.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.instruments import Instrument, Instruments, Pair
from scoring.metrics import METRICS, metric
from scoring.score import score
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import current_keys, outstanding, plan
from submissions.rescoring.worker import UnitsFailed, run
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import RETRIES, failures, forget_failures
from submissions.store.scored.scores import Score, commit_scores, scored_keys, scores
from submissions.store.submitted.submissions import submissions
from tests.boards import TINY, a_run, demo_board, workplace

FEW = tuple(
    metric(name)
    for name in ("weighted_f1", "accuracy", "rouge1", "bartscore_src_to_hyp", "bartscore_f")
)
"""Enough for every kind of metric; all of them only where that is the point."""


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["loneliness"])


class Interrupted(LocalEngine):
    """Stops like a killed process after some pairs, having kept what it had."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        done = super().score(model, pairs[:50], values[:50], lambda _: None, advance)
        keep(np.concatenate([done, values[50:]]))
        raise KeyboardInterrupt


class Counting(LocalEngine):
    """Counts the pairs that it is left to score."""

    asked = 0

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        type(self).asked += int(np.isnan(values).sum())
        return super().score(model, pairs, values, keep, advance)


def stored(folder: DataFolder) -> dict[tuple[str, str, str], Score]:
    found = scores(folder, scored_keys(folder))
    names = {submission.id: submission.system for submission in submissions(folder)}
    return {(names[row.submission], row.task, row.identity.metric): row for row in found}


def test_everything_is_pending_then_nothing_is(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    units = plan(place)
    seen: list[tuple[int, int]] = []

    def report(stage: str, done: int, total: int, detail: str = "") -> None:  # noqa: ARG001
        seen.append((done, total))

    run(place, units, LocalEngine(), a_run(folder), report)
    task, models = tasks["demo/loneliness"], Instruments(TINY)
    measured = [m for m in METRICS if m.applies_to(task) and m.can_measure(models)]
    # Each system ran once, and there is nothing to hold against each other.
    applicable = [m for m in measured if not m.across_runs]
    assert len(units) == 4
    assert {lacking.why for unit in units for lacking in unit.lacking} == {"new submission"}
    assert len(scored_keys(folder)) == 4 * len(applicable)
    steps = sum(unit.steps for unit in units)
    assert seen[-1] == (steps, steps)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert plan(place) == ()


def test_stored_numbers_are_those_of_the_scoring_package(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place, task = workplace(folder, tasks), tasks["demo/loneliness"]
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    examples = PostStore(folder.posts).examples(task)
    for submission in submissions(folder):
        runs = segments(folder.files / f"{submission.outputs}.parquet", task, examples)
        for chosen in FEW:
            expected = score(chosen, runs, Instruments(TINY))
            found = stored(folder)[submission.system, task.id, chosen.name]
            assert found.value == pytest.approx(expected.value, abs=1e-5)
            assert found.low == pytest.approx(expected.low, abs=1e-5)
            assert (found.n, found.n_absent, found.n_unparsed) == (
                expected.n,
                expected.n_absent,
                expected.n_unparsed,
            )


def test_a_new_metric_version_makes_exactly_its_own_scores_pending(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    newer = copy.copy(metric("rouge1"))
    newer.version = "next"
    changed = [newer if m.name == "rouge1" else m for m in FEW]
    units = plan(place, metrics=changed)
    assert {(m.name, m.version) for unit in units for m in unit.metrics} == {("rouge1", "next")}
    assert {lacking.why for unit in units for lacking in unit.lacking} == {"new identity"}
    assert len(units) == 4
    never = {
        lacking.why for unit in plan(place, metrics=[metric("chrf")]) for lacking in unit.lacking
    }
    assert never == {"not scored yet"}


def test_interrupted_work_goes_on_where_it_was_kept(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    place = workplace(folder, tasks)
    units = plan(place, metrics=FEW)[:1]
    with pytest.raises(KeyboardInterrupt):
        run(place, units, Interrupted(), a_run(folder))
    assert not scored_keys(folder)
    assert len(list(folder.partial.glob("*.npy"))) == 1
    Counting.asked = 0
    run(place, units, Counting(), a_run(folder))
    resumed = Counting.asked
    assert not list(folder.partial.glob("*.npy"))

    other = demo_board(tmp_path / "other", tasks, ["loneliness"])
    Counting.asked = 0
    undisturbed = workplace(other, tasks)
    run(undisturbed, plan(undisturbed, metrics=FEW)[:1], Counting(), a_run(other))
    assert Counting.asked - resumed == 50
    mine, theirs = stored(folder), stored(other)
    assert mine.keys() == theirs.keys()
    for key, row in mine.items():
        assert row.value == pytest.approx(theirs[key].value, abs=1e-5, nan_ok=True)


def test_partial_values_are_kept_while_a_unit_runs() -> None:
    kept: list[Floats] = []
    pairs = [(f"a post about number {i}", f"an explanation of number {i}") for i in range(400)]
    LocalEngine(keep_seconds=0).score(
        TINY, pairs, np.full((400, 1), np.nan), lambda v: kept.append(v.copy()), lambda _: None
    )
    done = [int((~np.isnan(values)).sum()) for values in kept]
    assert len(done) >= 2
    assert done == sorted(done)
    assert done[-1] == 400


def test_a_failing_unit_blocks_no_other(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    units = plan(place, metrics=FEW)
    victim = units[1].submission
    path = folder.files / f"{victim.outputs}.parquet"
    path.write_bytes(b"not what was stored")
    with pytest.raises(UnitsFailed, match=victim.system):
        run(place, units, LocalEngine(), a_run(folder))
    assert {key.submission for key in scored_keys(folder)} == {u.submission.id for u in units} - {
        victim.id
    }
    assert {unit.submission.id for unit in plan(place, metrics=FEW)} == {victim.id}
    kept = failures(folder)
    assert set(kept) == set(units[1].keys)
    assert {failure.tries for failure in kept.values()} == {1 + RETRIES}
    assert all(
        "OutputsError" in failure.reason and "Traceback" in failure.traceback
        for failure in kept.values()
    )
    assert outstanding(folder, units) == ()


def test_a_failure_that_is_put_right_is_tried_again(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    units = plan(place, metrics=FEW)[:2]
    path = folder.files / f"{units[0].submission.outputs}.parquet"
    content = path.read_bytes()
    path.write_bytes(b"not what was stored")
    with pytest.raises(UnitsFailed):
        run(place, units, LocalEngine(), a_run(folder))
    path.write_bytes(content)
    assert outstanding(folder, units) == ()
    assert forget_failures(folder, units[0].keys) == len(FEW)
    run(place, units, LocalEngine(), a_run(folder))
    assert scored_keys(folder) == {key for unit in units for key in unit.keys}
    assert not failures(folder)


class Refusing(LocalEngine):
    """Refuses pairs of one text, as a device does whose memory one pair exceeds."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        if any("Each answer stands" in text for pair in pairs for text in pair):
            raise ScoringError("does not fit")
        return super().score(model, pairs, values, keep, advance)


def test_a_late_commit_changes_nothing(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    before = scores(folder, scored_keys(folder))
    late = [replace(row, value=0.123) for row in before]
    assert commit_scores(folder, late) == 0
    assert scores(folder, scored_keys(folder)) == before


def test_without_a_model_everything_else_is_scored(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    bare = type(place)(folder, tasks)
    run(bare, plan(bare, metrics=FEW), LocalEngine(), a_run(folder))
    pending = {m.name for unit in plan(place, metrics=FEW) for m in unit.metrics}
    assert pending == {m.name for m in FEW if m.name.startswith("bartscore")}
    submission = submissions(folder)[0]
    assert len(current_keys(bare, submission, FEW)) < len(current_keys(place, submission, FEW))


def test_a_pair_metric_without_a_model_says_so(tasks: dict[str, Task], folder: DataFolder) -> None:
    submission = submissions(folder)[0]
    task = tasks["demo/loneliness"]
    runs = segments(
        folder.files / f"{submission.outputs}.parquet", task, PostStore(folder.posts).examples(task)
    )
    with pytest.raises((ScoringError, ValueError), match="bart"):
        score(metric("bartscore_f"), runs, Instruments())
