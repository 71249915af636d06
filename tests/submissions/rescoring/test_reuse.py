"""What was computed under the same identity is looked up by the rows' text hashes, not computed
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scoring.instruments import Instruments, Pair
from scoring.metrics import METRICS, metric
from scoring.score import score
from scoring.tasks import Task
from submissions.receiving.intake import Accepted
from submissions.rescoring.forecast import forecast, total
from submissions.rescoring.pending import Workplace, plan
from submissions.rescoring.worker import run
from submissions.store.database import writing
from submissions.store.files.outputs import HASHES, segments, text_hash
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.scored.scores import scored_keys, scores
from tests.boards import TINY, a_run, demo_board, gold_rows, submit, workplace
from tests.engines import Listing

BART = tuple(metric for metric in METRICS if metric.name.startswith("bartscore"))
NAME = "demo/loneliness"
CHANGED = (
    "Label: yes. Reasoning: The writer says that nobody has called for a month, and that hurts."
)


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["loneliness"])


@pytest.fixture
def rows(folder: DataFolder, tasks: dict[str, Task]) -> list[dict[str, str]]:
    return gold_rows(folder, tasks[NAME])


def submitted(
    folder: DataFolder, tasks: dict[str, Task], rows: Sequence[dict[str, str]], version: str
) -> Accepted:
    where = folder.path.parent / version
    where.mkdir()
    return submit(folder, tasks, where, rows, version=version)


def scored(place: Workplace, metrics: Sequence[object] = BART) -> list[Pair]:
    """Score everything; the pairs that the engine was left."""
    engine = Listing()
    run(place, plan(place, metrics=metrics), engine, a_run(place.folder))  # type: ignore[arg-type]
    return [pair for _, pair in engine.asked]


def with_first_changed(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [{**rows[0], "output": CHANGED}, *rows[1:]]


def test_a_resubmission_costs_what_it_changes(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    place = workplace(folder, tasks)
    submitted(folder, tasks, rows, "1")
    assert len(scored(place)) > 6 * len(rows)
    again = submitted(folder, tasks, with_first_changed(rows), "2")
    forecasted = total(forecast(folder, plan(place, metrics=BART), "local")).cost.pairs
    asked = scored(place)
    assert (
        forecasted == len(asked) == 6
    )  # three directions, each on two text variants; F is made from two of them
    assert all(any("nobody has called" in text for text in pair) for pair in asked)
    task, examples = tasks[NAME], PostStore(folder.posts).examples(tasks[NAME])
    runs = segments(folder.files / f"{again.submission.outputs}.parquet", task, examples)
    found = {
        row.identity.metric: row
        for row in scores(folder, scored_keys(folder))
        if row.submission == again.submission.id
    }
    assert found.keys() == {metric.name for metric in BART}
    for name, row in found.items():
        expected = score(metric(name), runs, Instruments(TINY))
        assert (row.value, row.low, row.high) == pytest.approx(
            (expected.value, expected.low, expected.high), abs=1e-5
        )


def test_an_unchanged_resubmission_needs_no_model_at_all(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    place = workplace(folder, tasks)
    submitted(folder, tasks, rows, "1")
    scored(place)
    submitted(folder, tasks, rows[::-1], "2")
    assert scored(place) == []


def test_values_of_another_identity_are_not_taken(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    first = scored(workplace(folder, tasks), [metric("bartscore_src_to_hyp")])
    other = Workplace(folder, tasks, {"demo": Instruments(replace(TINY, dtype="bfloat16"))})
    assert sorted(scored(other, [metric("bartscore_src_to_hyp")])) == sorted(first)


def test_a_column_that_is_new_takes_what_others_hold(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    place = workplace(folder, tasks)
    submitted(folder, tasks, rows, "1")
    scored(place, [metric("bartscore_hyp_to_ref"), metric("bartscore_ref_to_hyp")])
    assert scored(place, [metric("bartscore_f")]) == []


def test_a_file_from_before_there_were_hashes_serves_as_well(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    place = workplace(folder, tasks)
    path = folder.files / f"{submitted(folder, tasks, rows, '1').submission.outputs}.parquet"
    scored(place)
    kept = pq.ParquetFile(path).metadata.metadata
    table = pq.read_table(path).drop_columns(list(HASHES.values()))
    pq.write_table(table.replace_schema_metadata(kept), path, row_group_size=len(rows))
    digest = sha256_of(path)
    path.rename(path.with_stem(digest))
    with writing(folder) as db:
        db.conn.execute("UPDATE submissions SET outputs = ? WHERE outputs = ?", [digest, path.stem])
    submitted(folder, tasks, with_first_changed(rows), "2")
    assert len(scored(place)) == 6


def test_a_damaged_file_of_another_submission_only_costs_its_values(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    place = workplace(folder, tasks)
    path = folder.files / f"{submitted(folder, tasks, rows, '1').submission.outputs}.parquet"
    before = scored(place)
    path.write_bytes(b"spoiled")
    submitted(folder, tasks, with_first_changed(rows), "2")
    assert 6 < len(scored(place)) <= len(before) + 6


def test_hashes_stand_beside_their_texts(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    path = folder.files / f"{submitted(folder, tasks, rows, '1').submission.outputs}.parquet"
    for row in pq.read_table(path).to_pylist():
        assert row["output_hash"] == text_hash(row["output"])
        assert row["explanation_hash"] == text_hash(row["explanation"])
