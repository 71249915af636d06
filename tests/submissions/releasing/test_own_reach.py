"""What a submission could show against the board's best, before anybody else sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scoring.tasks import Task
from submissions.life.states import scores_of
from submissions.releasing.comparing import ask, compare_systems
from submissions.releasing.own_reach import OwnReach, own_reach, reach_on_board
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import Submission, submissions

KEYWORDS = "Keyword rules"


def named(folder: DataFolder, system: str) -> Submission:
    return next(one for one in submissions(folder, "demo") if one.system == system)


def reach(folder: DataFolder, tasks: dict[str, Task], own: Submission) -> dict[str, OwnReach]:
    scores = scores_of(folder, tasks, own)
    return {one.task: one for one in own_reach(folder, tasks, current_release(folder), own, scores)}


def test_it_is_what_a_comparison_says_once_both_are_released(
    transfer_board: DataFolder, tasks: dict[str, Task]
) -> None:
    release = current_release(transfer_board)
    by_task = reach(transfer_board, tasks, named(transfer_board, KEYWORDS))
    mean = by_task[""]
    assert len(by_task) == 1 + len(release.tasks("demo"))
    ranked = {row.system: row.rank for row in release.overall("demo", mean.metric)}
    names = {row.id: row.system for row in release.systems("demo")}
    assert mean.rival == next(names[key] for key, rank in ranked.items() if rank == 1)
    question = ask(release, [KEYWORDS, mean.rival], metric=mean.metric)
    compared = {row.task: row for row in compare_systems(release, transfer_board, question)}[""]
    assert (mean.value, mean.rival_value, mean.posts) == (
        pytest.approx(compared.first_value),
        pytest.approx(compared.second_value),
        compared.posts,
    )
    # Other draws of the same difference: their deviation is known to some 2%.
    assert mean.detectable == pytest.approx(compared.detectable, rel=0.1)
    assert compared.posts_for(mean.detectable) == pytest.approx(mean.posts, rel=0.2)


def test_its_own_versions_and_what_was_scored_otherwise_are_no_rivals(
    transfer_board: DataFolder, tasks: dict[str, Task]
) -> None:
    best = reach(transfer_board, tasks, named(transfer_board, KEYWORDS))[""].rival
    own = named(transfer_board, best)
    assert reach(transfer_board, tasks, own)[""].rival != best
    scores = [
        replace(score, identity=replace(score.identity, version="0"))
        for score in scores_of(transfer_board, tasks, own)
    ]
    release = current_release(transfer_board)
    assert own_reach(transfer_board, tasks, release, own, scores) == ()


def test_without_a_release_there_is_nothing_to_say(
    tmp_path, transfer_board: DataFolder, tasks: dict[str, Task]
) -> None:
    own = named(transfer_board, KEYWORDS)
    scores = scores_of(transfer_board, tasks, own)
    assert reach_on_board(DataFolder(tmp_path), tasks, own, scores) == ()
