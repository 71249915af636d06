"""Which spoilt explanations the metrics of a board take for worse, as a release states it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.stress import CONSTANT, PERTURBATIONS, RANDOM
from scoring.tasks import Task
from submissions.life.takedown import redact_example
from submissions.operating.shift import Shift
from submissions.rating import board_stress
from submissions.rating.board_stress import MODEL_POSTS, REFERENCES, SYSTEMS, stress_boards
from submissions.releasing.publish import ReasonNeeded
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.selection import Selection
from submissions.rescoring.worker import run
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import StressRow
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import FEWEST
from tests.boards import (
    TINY,
    a_run,
    build_content,
    demo_board,
    gold_rows,
    publish_with_blanks,
    submit,
    workplace,
)

TASKS = ("stress", "strain-level")
LATER = " They write of what comes next and of what it costs, and wait."
Rows = dict[tuple[str, str], StressRow]


@pytest.fixture
def folder(tmp_path: Path, tasks: Mapping[str, Task]) -> DataFolder:
    """A board with a system that says the references and more."""
    folder = demo_board(tmp_path / "data", tasks, TASKS)
    submit(folder, tasks, tmp_path, answers(folder, tasks), system="Ada")
    return folder


def answers(
    folder: DataFolder, tasks: Mapping[str, Task], more: str = LATER
) -> list[dict[str, str]]:
    rows = [row for name in TASKS for row in gold_rows(folder, tasks[f"demo/{name}"])]
    return [{**row, "output": row["output"] + more} for row in rows]


def tried(
    folder: DataFolder, tasks: Mapping[str, Task], models: Mapping[str, Instruments] | None = None
) -> int:
    return sum(stress_boards(folder, tasks, models or {}))


def stated(folder: DataFolder, tasks: Mapping[str, Task]) -> Rows:
    return {
        (row.metric, row.perturbation): row for row in build_content(folder, tasks).stress_tests
    }


def posts_of(folder: DataFolder, task: Task) -> int:
    return len({example.post_id for example in PostStore(folder.posts).examples(task)})


def test_references_are_spoilt_and_systems_where_references_are_read(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    tried(folder, tasks)
    rows = stated(folder, tasks)
    assert {pair[1] for pair in rows} == {each.name for each in PERTURBATIONS}
    assert rows["words", "copy"].tried_on == rows[RANDOM, "copy"].tried_on == REFERENCES
    assert rows["own_words", "copy"].tried_on == REFERENCES
    assert rows["chrf", "copy"].tried_on == rows["grounded_chrf", "copy"].tried_on == SYSTEMS
    whole = sum(posts_of(folder, tasks[f"demo/{name}"]) for name in TASKS)
    assert rows["words", "copy"].posts == rows["words", "copy"].pairs == whole
    assert rows["chrf", "copy"].posts == whole
    assert rows["words", "copy"].task == "demo/strain-level, demo/stress"
    half = rows["words", "first_half"]
    assert (half.value, half.low is not None, half.high) == (1.0, True, 1.0)
    assert {rows[CONSTANT, each.name].value for each in PERTURBATIONS} <= {0.0, None}
    assert "made:first_half/1|" in half.signature
    assert "task:demo/strain-level@1+demo/stress@1" in half.signature


def test_what_is_kept_is_not_tried_again(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    assert tried(folder, tasks) > 20
    before = stated(folder, tasks)
    assert tried(folder, tasks) == 0
    assert stated(folder, tasks) == before


def test_another_system_changes_what_reads_references_alone(
    folder: DataFolder, tasks: Mapping[str, Task], tmp_path: Path
) -> None:
    tried(folder, tasks)
    before = stated(folder, tasks)
    submit(folder, tasks, tmp_path, answers(folder, tasks, " Or so."), system="Bob")
    # Until it is tried there is nothing to state, least of all what was true without it.
    assert {row.tried_on for row in stated(folder, tasks).values()} == {REFERENCES}
    again = tried(folder, tasks)
    after = stated(folder, tasks)
    assert again == len(TASKS) * len(
        {name for (name, _), row in after.items() if row.tried_on == SYSTEMS}
    )
    assert after.keys() == before.keys()
    same = {key for key, row in after.items() if row.tried_on == REFERENCES}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after["chrf", "copy"].pairs == before["chrf", "copy"].pairs, "of two systems, one a post"


def test_trivial_baselines_and_wrong_labels_are_no_explanations(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, TASKS)
    tried(folder, tasks)
    assert {row.tried_on for row in stated(folder, tasks).values()} == {REFERENCES}
    wrong = {"yes": "no", "no": "yes"}
    examples = PostStore(folder.posts).examples(tasks["demo/stress"])
    rows = [
        {
            "task": "demo/stress",
            "example_id": example.example_id,
            "label": example.gold if place < FEWEST - 1 else wrong[example.gold],
            "explanation": f"{example.reference}{LATER}",
        }
        for place, example in enumerate(examples)
    ]
    submit(folder, tasks, tmp_path, rows, system="Ada")
    tried(folder, tasks)
    copy = stated(folder, tasks)["chrf", "copy"]
    assert (copy.value, copy.low, copy.posts) == (None, None, FEWEST - 1)
    assert copy.why_blank.startswith("too few: 9 examples")


def test_metrics_with_a_model_are_tried_on_fewer_posts_where_it_is_here(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    a_run(folder)
    tried(folder, tasks)
    assert ("bartscore_src_to_hyp", "copy") not in stated(folder, tasks)
    models = {"demo": Instruments(TINY)}
    assert tried(folder, tasks, models) == len(TASKS) * 4, "three hold the reference, one the post"
    rows = stated(folder, tasks)
    assert rows["bartscore_src_to_hyp", "copy"].posts == len(TASKS) * MODEL_POSTS
    assert rows["bartscore_f", "copy"].tried_on == SYSTEMS
    assert f"ckpt:{TINY.fingerprint[:12]}" in rows["bartscore_f", "copy"].signature


def test_a_demonstration_model_is_not_tried_on_real_posts(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    real = {name: replace(task, demonstration=False) for name, task in tasks.items()}
    a_run(folder)
    tried(folder, real, {"demo": Instruments(TINY)})
    assert not any(name.startswith("bartscore") for name, _ in stated(folder, real))


def test_a_metric_that_changes_is_tried_anew(
    folder: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(folder, tasks)
    monkeypatch.setattr(metric("chrf"), "version", "next")
    assert ("chrf", "copy") not in stated(folder, tasks)
    assert tried(folder, tasks) == len(TASKS)
    assert "chrf|v:next" in stated(folder, tasks)["chrf", "copy"].signature


def test_a_post_that_was_taken_down_is_tried_no_more(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    tried(folder, tasks)
    before = stated(folder, tasks)["words", "copy"].posts
    [example, *_] = PostStore(folder.posts).examples(tasks["demo/stress"])
    redact_example(folder, tasks, "demo/stress", example.example_id, "tester", "the poster asked")
    assert ("words", "copy") not in stated(folder, tasks)
    tried(folder, tasks)
    assert stated(folder, tasks)["words", "copy"].posts == before - 1


def test_a_release_states_what_is_kept_and_no_text(
    folder: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=[metric("words")]), LocalEngine(), a_run(folder))
    publish_with_blanks(folder, tasks, "tester", "before")
    assert current_release(folder).stress_tests() == (), "publishing computes nothing"
    tried(folder, tasks)
    published = publish_with_blanks(folder, tasks, "tester")  # it only adds: no reason is needed
    assert Counter(change.details["table"] for change in published.changes) == {"stress_tests": 1}
    monkeypatch.setattr(board_stress, "VERSION", "stress/next")
    tried(folder, tasks)
    with pytest.raises(ReasonNeeded, match="changed table"):
        publish_with_blanks(folder, tasks, "tester")
    monkeypatch.undo()
    release = current_release(folder)
    assert {(row.metric, row.perturbation): row for row in release.stress_tests("demo")} == stated(
        folder, tasks
    )
    assert release.stress_tests("imhi") == ()
    content = release.path.read_bytes()
    for example in PostStore(folder.posts).examples(tasks["demo/stress"]):
        assert str(example.reference).encode() not in content
        assert example.post.encode() not in content


def test_a_worker_tries_a_task_at_a_time_when_nothing_waits(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    shift = Shift(folder, dict(tasks), LocalEngine(), "worker", "as it came in", 60)
    while shift.pending():
        shift.step()
    steps = []
    while done := shift.step():
        steps.append(done)
    assert len(steps) == 2 * len(TASKS), "references and systems of each"
    assert shift.step() == 0
    assert tried(folder, tasks) == 0, "all of it was done"
    shift.publish()
    assert current_release(folder).stress_tests()
    part = Shift(
        folder, dict(tasks), LocalEngine(), "worker", "a part", 60, Selection(metric="words")
    )
    assert part.step() == 0
