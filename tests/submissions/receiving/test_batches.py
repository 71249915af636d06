"""Answers to batches, predictions by id and data sets that `datasets` saved, filled with invented
texts.

The shapes of answers are those of OpenAI's batch API (chat completions, completions, responses) and
of Anthropic's message batches, as their references have them.
"""

from __future__ import annotations

import json
import shutil
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


def test_an_id_beside_another_examples_query_is_refused(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """A script numbers its rows itself: the ids are all known, and each is the next example's."""
    examples = gold["demo/stress"]
    lines = [
        {"id": IDS[(place + 1) % 40], "query": example.query, "prediction": OUTPUTS[place]}
        for place, example in enumerate(examples)
    ]
    tried = checked(written(tmp_path / "x.jsonl", lines), tasks, gold)
    assert len(tried.problems) == 40
    assert "the query beside it is that of stress-001" in problems(tried)
    right = [{**line, "id": name} for line, name in zip(lines, IDS, strict=True)]
    taken = checked(written(tmp_path / "x.jsonl", right), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS


@pytest.mark.parametrize(
    "line",
    [
        message("demo/loneliness::stress-001", "Yes."),
        {"id": "stress-001", "dataset": "demo/loneliness", "prediction": "Yes."},
    ],
    ids=["a custom_id", "a dataset"],
)
def test_an_id_of_another_task_than_is_named_is_nobodys(
    line: Fields, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    tried = checked(written(tmp_path / "x.jsonl", [line]), tasks, gold)
    assert "is an example of demo" in problems(tried)


def test_what_a_model_says_in_a_field_of_its_own_is_read(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """A refusal is an answer that states no label; parts without a type are text."""
    declined = chat("")
    declined["choices"][0]["message"] = {"content": None, "refusal": "I cannot answer that."}
    untyped = chat("")
    untyped["choices"][0]["message"] = {"content": [{"text": OUTPUTS[1]}]}
    lines = [answered(IDS[0], declined), answered(IDS[1], untyped)]
    lines += [message(name, text) for name, text in zip(IDS[2:], OUTPUTS[2:], strict=True)]
    taken = checked(written(tmp_path / "x.jsonl", lines), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == ("I cannot answer that.", *OUTPUTS[1:])


def test_what_is_not_read_of_predictions_is_told(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [
        {"id": n, "prediction": t, "label": "yes", "repetition": k}
        for n, t in zip(IDS, OUTPUTS, strict=True)
        for k in (1, 2)
    ]
    taken = checked(written(tmp_path / "x.jsonl", lines), tasks, gold).require()
    assert [run.repetition for run in taken.runs] == [1, 2]
    assert set(taken.runs[0].labels_given) == {None}
    assert "not read but for the query that may stand there: `label`" in notes(taken)


@pytest.mark.parametrize("first", ["a request", "a request and its answer"])
def test_answers_are_read_whatever_stands_before_them(
    first: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [answered(n, chat(t)) for n, t in zip(IDS, OUTPUTS, strict=True)]
    if first == "a request":
        lines.insert(0, {"custom_id": "x", "method": "POST", "body": {}})
    else:
        lines = [{**line, "body": {}} for line in lines]
    taken = checked(written(tmp_path / "x.jsonl", lines), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS


@pytest.mark.parametrize(
    "line",
    [{"id": IDS[0], "prediction": [""] * 1_000}, answered(IDS[0], chat(*[""] * 1_000))],
    ids=["predictions", "choices"],
)
def test_one_record_has_no_more_texts_than_repetitions_are_taken(
    line: Fields, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    tried = checked(written(tmp_path / "x.jsonl", [line]), tasks, gold)
    assert "more texts than repetitions are taken" in problems(tried)


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


@pytest.mark.parametrize("zipped", [False, True])
def test_splits_and_what_is_left_over_are_told_by_state_json(
    zipped: bool, saved: Path, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    def sent(folder: Path) -> Path:
        if not zipped:
            return folder
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for file in sorted(folder.rglob("*.*")):
                archive.write(file, file.relative_to(folder))
        return tmp_path / "x.zip"

    assert "several splits" in problems(checked(sent(saved / "splits"), tasks, gold))
    shutil.copytree(saved / "set", tmp_path / "set")
    stale = pa.Table.from_pylist([{**row, "output": "Yes."} for row in ROWS])
    stream(tmp_path / "set" / "data-00000-of-00009.arrow", stale)
    taken = checked(sent(tmp_path / "set"), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert "data-00000-of-00009.arrow: not read: `state.json` does not list it" in notes(taken)


def test_rows_without_a_byte_are_counted_before_they_are_made(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    nothing = pa.nulls(50_000_000)
    names = ["task", "example_id", "output"]
    path = stream(tmp_path / "x.arrow", pa.table([nothing] * 3, names=names))
    assert path.stat().st_size < 2_000
    assert "too many rows" in problems(checked(path, tasks, gold))


@pytest.mark.parametrize("kind", ["lz4", "zstd"])
def test_columns_that_are_compressed_are_refused_unread(
    kind: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    options = pa.ipc.IpcWriteOptions(compression=kind)
    path = stream(tmp_path / "x.arrow", pa.Table.from_pylist(list(ROWS)), options)
    assert "columns are compressed" in problems(checked(path, tasks, gold))
    keyed = pa.table({"task": pa.array(["demo/stress"] * 40).dictionary_encode()})
    whole = keyed.append_column("example_id", pa.array(IDS))
    whole = whole.append_column("output", pa.array(OUTPUTS))
    said = problems(checked(stream(tmp_path / "x.arrow", whole, options), tasks, gold))
    assert "columns are compressed" in said
    taken = checked(stream(tmp_path / "x.arrow", whole), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS


def stream(path: Path, table: pa.Table, options: pa.ipc.IpcWriteOptions | None = None) -> Path:
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_stream(file, table.schema, options=options) as writer,
    ):
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
