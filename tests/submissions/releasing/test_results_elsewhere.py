"""Results as others gather them: by their published schema and parser, and read back.

`schemas/every_eval_ever-0.3.0.schema.json` is `every_eval_ever/schemas/eval.schema.json` of the
package every-eval-ever 0.3.0, unchanged (MIT, `schemas/every_eval_ever.LICENSE`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import EvalResultEntry, parse_eval_result_entries
from jsonschema import Draft7Validator

from submissions.releasing.results_elsewhere import Elsewhere, Gatherer, write_results
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import CellRow
from submissions.store.released.serving import current_release
from tests.commands import refuse, succeed

SCHEMA = json.loads(
    (Path(__file__).parent / "schemas" / "every_eval_ever-0.3.0.schema.json").read_text("utf-8")
)
ADDRESS = "https://board.example/"


@pytest.fixture
def release(transfer_board: DataFolder) -> ReleaseReader:
    return current_release(transfer_board)


def records(release: ReleaseReader, folder: Path, **asked: str) -> dict[str, dict[str, Any]]:
    written = write_results(
        release, "demo", folder, Gatherer.every_eval_ever, Elsewhere(ADDRESS, **asked)
    )
    read = [json.loads(path.read_text("utf-8")) for path in written]
    return {record["model_info"]["name"]: record for record in read}


def entries(release: ReleaseReader, folder: Path, **asked: str) -> dict[str, list[EvalResultEntry]]:
    elsewhere = Elsewhere(ADDRESS, "lab/demo", **asked)
    written = write_results(release, "demo", folder, Gatherer.hf_eval_results, elsewhere)
    return {
        path.parents[1].name: parse_eval_result_entries(yaml.safe_load(path.read_text("utf-8")))
        for path in written
    }


def ranked_cells(release: ReleaseReader) -> dict[tuple[str, str, str], CellRow]:
    """Those with a value, of metrics with a better end, by the system's name."""
    directed = {row.name for row in release.metrics("demo") if row.higher_is_better is not None}
    names = {row.id: row.system for row in release.systems("demo")}
    return {
        (names[cell.system], cell.task, cell.metric): cell
        for cell in release.cells()
        if cell.value is not None and cell.metric in directed
    }


def test_records_are_of_the_published_schema_and_say_what_the_release_says(
    release: ReleaseReader, tmp_path: Path
) -> None:
    assert SCHEMA["version"] == "0.3.0"
    validator = Draft7Validator(SCHEMA)
    cells, seen = ranked_cells(release), set()
    for name, record in records(release, tmp_path).items():
        assert [fault.message for fault in validator.iter_errors(record)] == []
        for result in record["evaluation_results"]:
            task, metric = result["evaluation_result_id"].split(":")
            score = result["score_details"]
            if task == "demo":
                continue
            cell = cells[name, task, metric]
            seen.add((name, task, metric))
            assert score["score"] == cell.value
            assert score["uncertainty"]["num_samples"] == cell.n
            assert score["details"]["signature"] == cell.signature
            interval = score["uncertainty"].get("confidence_interval")
            if cell.low is None:
                assert interval is None
                assert score["details"]["no_interval"] == cell.interval
            else:
                assert (interval["lower"], interval["upper"]) == (cell.low, cell.high)
    assert seen == cells.keys(), "all of them, and nothing else"


def test_the_schema_refuses_a_record_without_what_it_needs(
    release: ReleaseReader, tmp_path: Path
) -> None:
    record = next(iter(records(release, tmp_path).values()))
    del record["evaluation_results"][0]["metric_config"]["max_score"]
    assert list(Draft7Validator(SCHEMA).iter_errors(record))


def test_means_are_those_over_all_tasks_with_their_rank(
    release: ReleaseReader, tmp_path: Path
) -> None:
    written = records(release, tmp_path, metric="weighted_f1")
    names = {row.id: row.system for row in release.systems("demo")}
    for row in release.overall("demo", "weighted_f1"):
        results = {
            result["evaluation_result_id"]: result["score_details"]
            for result in written[names[row.system]]["evaluation_results"]
        }
        mean = results.get("demo:weighted_f1")
        assert (mean is not None) is (row.covered == row.total)
        if mean is not None:
            assert (mean["score"], mean["details"]["rank"]) == (row.value, str(row.rank))
    assert {key.split(":")[1] for key in results} == {"weighted_f1"}


def test_neither_posts_nor_gold_nor_arrays_travel(release: ReleaseReader, tmp_path: Path) -> None:
    written = json.dumps(records(release, tmp_path))
    arrays = {cell.array for cell in release.cells() if cell.array}
    assert arrays
    assert not [array for array in arrays if array in written]
    assert '"invented_data": "true"' in written


def test_a_second_export_writes_the_same_files(release: ReleaseReader, tmp_path: Path) -> None:
    first, second = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in write_results(
                release, "demo", folder, Gatherer.every_eval_ever, Elsewhere()
            )
        }
        for folder in (tmp_path / "a", tmp_path / "b")
    )
    assert first == second


def test_a_link_to_the_hub_names_the_model_and_like_names_stay_apart(
    release: ReleaseReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems = list(release.systems("demo"))
    systems[0] = replace(systems[0], links=["https://huggingface.co/lab/model-7b"])
    systems[1] = replace(systems[1], system="../A b", links=["https://huggingface.co/datasets/x"])
    systems[2] = replace(systems[2], system="a-B")
    monkeypatch.setattr(ReleaseReader, "systems", lambda _self, _benchmark=None: tuple(systems))
    written = records(release, tmp_path)
    assert written[systems[0].system]["model_info"]["id"] == "lab/model-7b"
    alike = [written[name]["model_info"]["id"] for name in ("../A b", "a-B")]
    assert len({name.casefold() for name in alike}) == 2
    assert all(name.startswith("unknown/") and ".." not in name for name in alike)


def test_the_hubs_own_parser_reads_what_the_release_says(
    release: ReleaseReader, tmp_path: Path
) -> None:
    headlines = {task.id: task.headline for task in release.tasks("demo")}
    read = [entry for of_system in entries(release, tmp_path).values() for entry in of_system]
    assert sorted(
        (entry.task_id, entry.value, (entry.notes or "").split(" (")[0].split("; ")[1])
        for entry in read
    ) == sorted(
        (
            task.removeprefix("demo/"),
            cell.value,
            "no interval"
            if cell.low is None
            else f"95% interval {cell.low:.4f} to {cell.high:.4f}",
        )
        for (_, task, metric), cell in ranked_cells(release).items()
        if metric == headlines[task]
    )
    for entry in read:
        assert entry.dataset_id == "lab/demo"
        assert entry.source_url == f"{ADDRESS}?benchmark=demo&release={release.release.number}"
        assert entry.date == release.release.created_at
        assert "invented data" in entry.notes


def test_the_command_writes_files_and_says_all_that_is_missing(
    transfer_board: DataFolder, tmp_path: Path
) -> None:
    asked = (transfer_board.path, "export", tmp_path / "out", "--benchmark", "demo", "--as")
    refused = refuse(*asked, "hf-eval-results", "--dataset", "demo")
    assert "--dataset OWNER/NAME" in refused
    assert "--address" in refused
    listed = succeed(*asked, "every-eval-ever", "--metric", "weighted_f1").split()
    assert listed
    assert all(Path(path).is_file() for path in listed)
