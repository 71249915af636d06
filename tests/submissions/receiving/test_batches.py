"""Answers to batches, predictions by id and data sets that `datasets` saved, filled with invented
texts.

The shapes of answers are those of OpenAI's batch API (chat completions, completions, responses) and
of Anthropic's message batches, as their references have them.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.segments import Example
from scoring.tasks import Task
from tests.submissions.receiving.files import (
    OUTPUTS,
    ROWS,
    as_json_lines,
    checked,
    demo_gold,
    notes,
    problems,
)

Gold = Mapping[str, tuple[Example, ...]]
Fields = dict[str, Any]
IDS = tuple(row["example_id"] for row in ROWS)


@pytest.fixture(scope="module")
def gold(tasks: dict[str, Task]) -> Gold:
    return demo_gold(tasks)


def chat(*texts: str, stop: str = "stop") -> Fields:
    choices = [
        {"index": place, "message": {"role": "assistant", "content": text}, "finish_reason": stop}
        for place, text in enumerate(texts)
    ]
    return {"object": "chat.completion", "choices": choices[::-1]}


def reasoned(text: str) -> Fields:
    body = chat(text)
    body["choices"][0]["message"]["reasoning_content"] = "Yes? No?"
    return body


def response(text: str, **more: object) -> Fields:
    said = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    return {"object": "response", "output": [{"type": "reasoning", "summary": []}, said]} | more


def answered(name: str, body: Fields) -> Fields:
    """A line of OpenAI's output file."""
    whole = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": name, "response": whole, "error": None}


def message(name: str, text: str) -> Fields:
    """A line of Anthropic's results."""
    content = [{"type": "thinking", "thinking": "Yes? No?"}, {"type": "text", "text": text}]
    said = {"role": "assistant", "content": content, "stop_reason": "end_turn"}
    return {"custom_id": name, "result": {"type": "succeeded", "message": said}}


ANSWERS: dict[str, Callable[[str, str], Fields]] = {
    "chat completions": lambda name, text: answered(name, chat(text)),
    "with thoughts beside": lambda name, text: answered(name, reasoned(text)),
    "completions": lambda name, text: answered(name, {"choices": [{"index": 0, "text": text}]}),
    "responses": lambda name, text: answered(name, response(text)),
    "messages": message,
    "a task before the id": lambda name, text: message(f"demo/stress::{name}", text),
    "predictions": lambda name, text: {"id": name, "prediction": text},
    "predictions and more": lambda name, text: {
        "id": name,
        "question": "a question",
        "prediction": text,
        "label": 1,
    },
}


def written(path: Path, lines: Sequence[Fields]) -> Path:
    path.write_text(as_json_lines(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_is_found_by_its_id_and_read_as_it_was_written(
    kind: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [ANSWERS[kind](name, text) for name, text in zip(IDS, OUTPUTS, strict=True)]
    taken = checked(written(tmp_path / "outputs.jsonl", lines), tasks, gold).require()
    assert taken.tasks == ("demo/stress",)
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert "examples found: demo/stress: 40 by id" in notes(taken)


def test_an_array_of_predictions_is_read(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    rows = [{"id": n, "prediction": t} for n, t in zip(IDS, OUTPUTS, strict=True)]
    (tmp_path / "predictions.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    taken = checked(tmp_path / "predictions.json", tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS


REPEATED: dict[str, list[Fields]] = {
    "choices": [answered(n, chat(t, "Yes.", "No.")) for n, t in zip(IDS, OUTPUTS, strict=True)],
    "numbered requests": [
        message(f"{name}#{number}", text)
        for name, own in zip(IDS, OUTPUTS, strict=True)
        for number, text in enumerate((own, "Yes.", "No."), start=1)
    ],
    "lists": [
        {"id": n, "prediction": [t, "Yes.", "No."]} for n, t in zip(IDS, OUTPUTS, strict=True)
    ],
}


@pytest.mark.parametrize("kind", REPEATED)
def test_several_answers_are_repetitions_in_their_order(
    kind: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    taken = checked(written(tmp_path / "outputs.jsonl", REPEATED[kind]), tasks, gold).require()
    assert [run.repetition for run in taken.runs] == [1, 2, 3]
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert set(taken.runs[2].outputs) == {"No."}


FAILED: dict[str, Fields] = {
    "an error": {"custom_id": IDS[0], "response": None, "error": {"code": "batch_expired"}},
    "a status": answered(IDS[0], {"error": {"message": "bad request"}}),
    "an expired request": {"custom_id": IDS[0], "result": {"type": "expired"}},
}


@pytest.mark.parametrize("kind", FAILED)
def test_a_request_that_failed_is_an_empty_output(
    kind: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [
        FAILED[kind] if name == IDS[0] else message(name, text)
        for name, text in zip(IDS, OUTPUTS, strict=True)
    ]
    taken = checked(written(tmp_path / "outputs.jsonl", lines), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == ("", *OUTPUTS[1:])
    assert "1 request failed or brought no text: read as empty outputs" in notes(taken)


@pytest.mark.parametrize(
    "body",
    [
        chat(OUTPUTS[0], stop="length"),
        response(OUTPUTS[0], incomplete_details={"reason": "max_output_tokens"}),
    ],
    ids=["chat completions", "responses"],
)
def test_an_answer_that_was_cut_off_is_told(
    body: Fields, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [answered(IDS[0], body)]
    lines += [message(name, text) for name, text in zip(IDS[1:], OUTPUTS[1:], strict=True)]
    taken = checked(written(tmp_path / "outputs.jsonl", lines), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert "1 answer cut off at the limit of tokens" in notes(taken)


UNKNOWN: dict[str, tuple[Fields, str]] = {
    "an embedding": (answered(IDS[0], {"object": "list", "data": []}), "of an unknown kind"),
    "a result": ({"custom_id": IDS[0], "result": {"type": "new"}}, "of an unknown kind"),
    "no id": (message("", "Yes."), "not the id of a request"),
    "an object": (
        {"id": IDS[0], "prediction": {"label": "yes"}},
        "not a text, nor a list of texts",
    ),
    "nobody's id": ({"id": "other-1", "prediction": "Yes."}, "is an example of demo"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_is_no_answer_is_refused(
    kind: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    line, said = UNKNOWN[kind]
    assert said in problems(checked(written(tmp_path / "outputs.jsonl", [line]), tasks, gold))


def test_requests_are_not_taken_for_answers(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [{"custom_id": name, "method": "POST", "url": "/v1", "body": {}} for name in IDS]
    tried = checked(written(tmp_path / "requests.jsonl", lines), tasks, gold)
    assert notes(tried) == "requests.jsonl: not read: requests of a batch; send the answers to them"
    assert "there are no rows" in problems(tried)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with a class column, saved by `datasets` in two files."""
    datasets = pytest.importorskip("datasets")
    labels = datasets.ClassLabel(names=["no", "yes"])
    text = datasets.Value("string")
    features = datasets.Features(
        {"task": text, "example_id": text, "output": text, "label": labels}
    )
    rows = [{**row, "label": place % 2} for place, row in enumerate(ROWS)]
    folder = tmp_path_factory.mktemp("saved")
    made = datasets.Dataset.from_list(rows, features=features)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_to_disk(folder / "set", num_shards=2)
        datasets.DatasetDict({"test": made}).save_to_disk(folder / "sets")
        datasets.DatasetDict({"test": made, "dev": made}).save_to_disk(folder / "splits")
        made.to_parquet(folder / "set.parquet")
    return folder


@pytest.mark.parametrize("name", ["set", "sets", "set.parquet", "set.zip"])
def test_a_saved_data_set_is_read_with_the_names_of_its_classes(
    name: str, saved: Path, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    path = saved / name
    if name == "set.zip":
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted((saved / "set").iterdir()):
                archive.write(file, f"set/{file.name}")
    taken = checked(path, tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert tuple(taken.runs[0].labels_given) == ("no", "yes") * 20


def test_one_of_several_splits_is_asked_for(
    saved: Path, tasks: dict[str, Task], gold: Gold
) -> None:
    said = problems(checked(saved / "splits", tasks, gold))
    assert "several splits of a data set: dev, test" in said


def stream(path: Path, table: pa.Table) -> Path:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return path


def test_a_stream_that_is_damaged_anywhere_is_refused_or_read_as_it_was(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """Each byte of the first 4,000 flipped in turn: lengths, places, types and texts."""
    whole = stream(tmp_path / "whole.arrow", pa.Table.from_pylist(list(ROWS))).read_bytes()
    for place in range(0, min(len(whole), 4_000), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "x.arrow").write_bytes(damaged)
        tried = checked(tmp_path / "x.arrow", tasks, gold)
        assert tried.problems or len(tried.require().runs) == 1
    for length in (0, 7, 500, len(whole) // 2):
        (tmp_path / "x.arrow").write_bytes(whole[:length])
        assert checked(tmp_path / "x.arrow", tasks, gold).problems


def test_a_number_beyond_the_classes_is_no_class(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    rows = [{**row, "label": 7} for row in ROWS]
    described = {"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}
    table = pa.Table.from_pylist(rows).replace_schema_metadata(
        {"huggingface": json.dumps(described)}
    )
    pq.write_table(table, tmp_path / "x.parquet")
    assert "not a label of demo/stress" in problems(checked(tmp_path / "x.parquet", tasks, gold))
