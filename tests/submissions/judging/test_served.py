"""What a server says that it serves is part of a judge's identity, and a change of it is said."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scoring.judging.instrument import JudgeInstrument
from scoring.judging.verdicts import texts_hash
from scoring.tasks import Task
from submissions.asking.texts import Decoding, GeneratedText
from submissions.judging.plan import JudgeOrder, JudgePlan, planned_judging
from submissions.judging.run import judge_identity, judge_missing, verdicts_file
from submissions.progress import unseen
from submissions.store.folder import DataFolder
from tests.boards import demo_board, gold_rows, submit

LEVELS = dict.fromkeys(("consistency", "reliability", "professionality", "overall"), 2)


@dataclass(frozen=True)
class Says:
    """A server that gives the same answer always, and says these fingerprints one after another."""

    fingerprints: Sequence[str]
    identity: Any = ()
    provenance: Any = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", {"name": "judge-7b", "endpoint": "http://a/v1"})
        object.__setattr__(self, "provenance", {})

    def texts(self, requests: Sequence[Any], done: Collection[Any]) -> Iterator[list[Any]]:
        missing = [request for request in requests if request.key not in done]
        for place, request in enumerate(missing):
            said = self.fingerprints[min(place, len(self.fingerprints) - 1)]
            details = {"model": "judge-7b-2026", **({"system_fingerprint": said} if said else {})}
            yield [GeneratedText(request.key, json.dumps(LEVELS), "stop", 1, 1, 0, "hash", details)]


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    board = demo_board(tmp_path / "data", tasks, ["stress"])
    submit(board, tasks, tmp_path, gold_rows(board, tasks["demo/stress"]), system="Ada")
    return board


def plan_of(folder: DataFolder, tasks: dict[str, Task]) -> JudgePlan:
    order = JudgeOrder("demo", "mentallama", "scale", Decoding(64, 0.0), systems=("Ada",))
    return planned_judging(folder, tasks, order)


def judged(folder: DataFolder, plan: JudgePlan, *fingerprints: str) -> tuple[list[str], str]:
    """What is said, and the judge's fingerprint then."""
    said: list[str] = []
    source = Says(fingerprints)
    judge_missing(folder, plan, source, said.append, unseen)
    path = verdicts_file(folder, judge_identity(plan, source))
    judge = JudgeInstrument.read(str(path), "judge_mentallama")
    path.unlink()
    return [line for line in said if "serves" in line], judge.fingerprint


def test_a_change_during_a_run_is_said_and_changes_the_identity(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    plan = plan_of(folder, tasks)
    nothing, silent = judged(folder, plan, "")
    steady, first = judged(folder, plan, "fp_1")
    again, same = judged(folder, plan, "fp_1")
    changed, mixed = judged(folder, plan, "fp_1", "fp_1", "fp_2")
    _, second = judged(folder, plan, "fp_2")
    assert nothing == steady == again == []
    assert first == same
    assert len({silent, first, mixed, second}) == 4, "the levels are the same in all"
    (line,) = changed
    assert "serves judge-7b-2026 fp_2 now, and judge-7b-2026 fp_1 before" in line


def test_a_change_between_two_runs_is_said_too(folder: DataFolder, tasks: dict[str, Task]) -> None:
    plan = plan_of(folder, tasks)
    path = verdicts_file(folder, judge_identity(plan, Says(("",))))
    judge_missing(folder, plan, Says(("fp_1",)), lambda _: None, unseen)
    lines = path.read_bytes().splitlines(keepends=True)
    content = json.loads(lines[2])["verdict"]
    assert content["served"] == "judge-7b-2026 fp_1"
    assert content["texts"] == [texts_hash(text) for text in plan.judged[0]]
    path.write_bytes(b"".join(lines[:10]))
    said: list[str] = []
    judge_missing(folder, plan, Says(("fp_2",)), said.append, unseen)
    assert any("serves judge-7b-2026 fp_2 now" in line for line in said)
