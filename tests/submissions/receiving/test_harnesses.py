"""Samples of lm-evaluation-harness and logs of Inspect, whatever their files are called.

The shapes are those that the two programs write (lm-evaluation-harness 0.4 with `--log_samples`;
Inspect's log format, version 2), filled with invented texts.
"""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from scoring.segments import Example
from scoring.tasks import Task
from submissions.problems import Problem
from submissions.receiving.formats import Limits, read_rows
from submissions.receiving.validate import check
from tests.submissions.receiving.files import OUTPUTS, checked, demo_gold, notes, problems

Gold = Mapping[str, tuple[Example, ...]]
Fields = dict[str, Any]


@pytest.fixture(scope="module")
def gold(tasks: dict[str, Task]) -> Gold:
    return demo_gold(tasks)


def sample(place: int, **fields: object) -> Fields:
    """A line of `samples_*.jsonl`."""
    return {
        "doc_id": place,
        "doc": {"id": f"stress-{place + 1:03}", "label": 1},
        "target": "yes",
        "arguments": {"gen_args_0": {"arg_0": "a prompt", "arg_1": {"until": []}}},
        "resps": [[OUTPUTS[place]]],
        "filtered_resps": ["yes"],
        "exact_match": 1.0,
    } | fields


def written(path: Path, lines: Sequence[Fields]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


SAMPLES = tuple(sample(place) for place in range(40))


@pytest.mark.parametrize("name", ["samples_stress_2026-01-01T00-00-00.jsonl", "outputs.csv"])
def test_samples_are_read_as_they_were_generated(
    name: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    found = checked(written(tmp_path / name, SAMPLES), tasks, gold).require()
    assert found.tasks == ("demo/stress",)
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert "40 samples read" in notes(found)
    assert "examples found: demo/stress: 40 by id" in notes(found)


def test_one_filter_is_read_and_named(tasks: dict[str, Task], gold: Gold, tmp_path: Path) -> None:
    lines = [
        sample(place, filter=name, filtered_resps=[name])
        for place in range(40)
        for name in ("strict-match", "flexible-extract")
    ]
    found = checked(written(tmp_path / "samples.jsonl", lines), tasks, gold).require()
    assert [(run.repetition, len(run)) for run in found.runs] == [(1, 40)]
    assert tuple(found.runs[0].outputs) == OUTPUTS
    said = "those of `strict-match` are read; not read: 40 lines of `flexible-extract`"
    assert said in notes(found)


def test_repeats_are_repetitions(tasks: dict[str, Task], gold: Gold, tmp_path: Path) -> None:
    lines = [sample(place, resps=[[OUTPUTS[place], "Yes.", "No."]]) for place in range(40)]
    found = checked(written(tmp_path / "samples.jsonl", lines), tasks, gold).require()
    assert [run.repetition for run in found.runs] == [1, 2, 3]
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert set(found.runs[2].outputs) == {"No."}


ASKED: dict[str, Any] = {
    "a field of the row": lambda query: {"doc": {"text": query, "gold": 1}},
    "the prompt": lambda query: {
        "doc": {"gold": 1},
        "arguments": {"gen_args_0": {"arg_0": f"Answer.\n\n{query}\nAnswer:", "arg_1": {}}},
    },
    "messages": lambda query: {
        "doc": {"gold": 1},
        "arguments": {
            "gen_args_0": {
                "arg_0": json.dumps(
                    [
                        {"role": "system", "content": "Answer."},
                        {"role": "user", "content": query},
                    ]
                ),
                "arg_1": {},
            }
        },
    },
}


@pytest.mark.parametrize("where", ASKED)
def test_an_example_is_found_by_its_query(
    where: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """On wellness, which asks several questions about a post: the whole query decides, and not the
    post.
    """
    examples = gold["demo/wellness"]
    lines = [
        sample(0, resps=[[f"Yes. Reasoning: {example.example_id}"]])
        | ASKED[where](example.query.replace(" ", "  "))
        for example in reversed(examples)
    ]
    found = checked(written(tmp_path / "samples.jsonl", lines), tasks, gold).require()
    expected = [f"Yes. Reasoning: {example.example_id}" for example in examples]
    assert list(found.runs[0].outputs) == expected
    assert f"demo/wellness: {len(examples)} by query" in notes(found)


def test_demonstrations_before_the_query_are_not_taken_for_it(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    examples = gold["demo/stress"]
    lines = [
        sample(
            0,
            doc={},
            resps=[[OUTPUTS[place]]],
            arguments={
                "gen_args_0": {
                    "arg_0": f"{examples[place - 1].query}\nYes.\n\n{example.query}\n",
                    "arg_1": {},
                }
            },
        )
        for place, example in enumerate(examples)
    ]
    found = checked(written(tmp_path / "samples.jsonl", lines), tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS


def test_an_id_of_two_tasks_is_told_by_the_query_or_by_what_the_file_is_called(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """Both tasks number their examples alike; a bare number in another field is nobody's id."""
    numbered = {
        name: tuple(replace(one, example_id=str(i)) for i, one in enumerate(gold[name], start=1))
        for name in ("demo/stress", "demo/stress-cause")
    }

    def tasks_of(name: str, **doc: object) -> dict[str, int]:
        lines = [
            sample(
                place, doc={"idx": place + 1, "label": 3} | {k: v[place] for k, v in doc.items()}
            )  # type: ignore[index]
            for place in range(40)
        ]
        path = written(tmp_path / name, lines)
        found = check(read_rows(path, benchmark="demo"), numbered, tasks, "demo")
        return {one.task: one.rows for one in found.coverage}

    assert tasks_of("samples_stress_2026.jsonl") == {"demo/stress": 40}
    assert tasks_of("samples_stress-cause_2026.jsonl") == {"demo/stress-cause": 40}
    queries = [example.query for example in numbered["demo/stress-cause"]]
    assert tasks_of("outputs.jsonl", text=queries) == {"demo/stress-cause": 40}
    assert tasks_of("outputs.jsonl") == {}, "nothing is guessed"


def test_samples_that_are_no_examples_are_listed(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    strange = [sample(0, doc={"id": f"other-{i}"}) for i in range(2)]
    found = checked(written(tmp_path / "samples.jsonl", [*SAMPLES, *strange]), tasks, gold)
    assert [(problem.line, problem.value) for problem in found.problems] == [
        (41, "other-0"),
        (42, "other-1"),
    ]
    (problem,) = checked(written(tmp_path / "samples.jsonl", strange), tasks, gold).problems
    assert "none of its 2 samples is an example of demo" in str(problem)
    assert "other-0, other-1" in str(problem)


LOGLIKELIHOODS: dict[str, Fields] = {
    "pairs": {"resps": [["-1.2", "False"], ["-0.4", "True"]]},
    "nested pairs": {"resps": [[["-1.2", "False"]], [["-0.4", "True"]]]},
    "a given continuation": {"arguments": {"gen_args_0": {"arg_0": "a prompt", "arg_1": " yes"}}},
    "nothing": {"resps": []},
}


@pytest.mark.parametrize("case", LOGLIKELIHOODS)
def test_what_was_not_generated_is_refused(
    case: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    lines = [sample(place, **LOGLIKELIHOODS[case]) for place in range(40)]
    found = checked(written(tmp_path / "samples.jsonl", lines), tasks, gold)
    assert "holds no generated text" in problems(found)
    assert "generate_until" in problems(found)


def test_a_runs_folder_is_read_with_its_results_beside(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    written(tmp_path / "samples_stress_2026.jsonl", SAMPLES)
    results = {"results": {"stress": {}}, "configs": {"stress": {}}, "versions": {}}
    (tmp_path / "results_2026.json").write_text(json.dumps(results, indent=2))
    found = checked(tmp_path, tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert "results_2026.json: not read: results of lm-evaluation-harness" in notes(found)


HEADER: Fields = {"version": 2, "status": "success", "eval": {"task": "stress", "model": "a/model"}}


def inspected(place: int, content: object = None, **fields: object) -> Fields:
    """A sample of a log."""
    message = {"role": "assistant", "content": OUTPUTS[place] if content is None else content}
    return {
        "id": f"stress-{place + 1:03}",
        "epoch": 1,
        "input": "a prompt",
        "target": "yes",
        "output": {"model": "a/model", "choices": [{"message": message, "stop_reason": "stop"}]},
    } | fields


INSPECTED = tuple(inspected(place) for place in range(40))


def log(path: Path, samples: Sequence[Fields] = INSPECTED, header: Fields = HEADER) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("_journal/start.json", json.dumps({"version": 2, "eval": header["eval"]}))
        for one in samples:
            made.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))
        made.writestr("summaries.json", "[]")
        made.writestr("header.json", json.dumps(header))
    return path


def json_log(path: Path) -> Path:
    path.write_text(json.dumps({**HEADER, "samples": INSPECTED}, indent=2), encoding="utf-8")
    return path


def log_of_zstd_members(path: Path) -> Path:
    """A zip whose members are packed by method 93, put together as the format's specification has
    it (APPNOTE 6.3.8).
    """
    members = {"header.json": HEADER} | {
        f"samples/{one['id']}_epoch_1.json": one for one in INSPECTED
    }
    body, directory = b"", b""
    for name, value in members.items():
        plain = json.dumps(value).encode()
        packed = zstandard.compress(plain)
        common = struct.pack(
            "<HHHHHIIIHH",
            63,
            0,
            93,
            0,
            33,
            zlib.crc32(plain),
            len(packed),
            len(plain),
            len(name),
            0,
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 63) + common
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + common + name.encode() + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)
    return path


WAYS = {"zipped": log, "as JSON": json_log, "with zstd members": log_of_zstd_members}


@pytest.mark.parametrize("name", ["run.eval", "run.json", "outputs.csv"])
@pytest.mark.parametrize("way", WAYS)
def test_a_log_is_read_by_what_it_is(
    way: str, name: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    found = checked(WAYS[way](tmp_path / name), tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert "a log of Inspect of a/model: 40 samples read" in notes(found)
    assert "examples found: demo/stress: 40 by id" in notes(found)


def test_logs_of_several_tasks_lie_in_a_folder_or_zip(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    log(tmp_path / "stress.eval")
    mood = [{**one, "id": str(one["id"]).replace("stress", "low-mood")} for one in INSPECTED]
    log(tmp_path / "mood.eval", mood)
    packed = tmp_path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as made:
        for path in tmp_path.iterdir():
            made.write(path, f"logs/{path.name}")
    for path in (tmp_path, packed):
        found = checked(path, tasks, gold).require()
        assert found.tasks == ("demo/low-mood", "demo/stress")


def test_epochs_are_repetitions_and_reasoning_is_kept_apart(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    parts = [{"type": "reasoning", "reasoning": "Is it no?"}, {"type": "text", "text": "Yes."}]
    second = [{**inspected(place, parts), "epoch": 2} for place in range(40)]
    found = checked(log(tmp_path / "run.eval", [*INSPECTED, *second]), tasks, gold).require()
    assert [run.repetition for run in found.runs] == [1, 2]
    assert set(found.runs[1].outputs) == {"Yes."}
    assert "kept apart from the outputs of 40 samples" in notes(found)


def test_errors_and_limits_are_empty_outputs(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    samples = list(INSPECTED)
    samples[3] = {**samples[3], "error": {"message": "timed out"}}
    samples[4] = {**samples[4], "limit": {"type": "token", "limit": 10}}
    found = checked(log(tmp_path / "run.eval", samples), tasks, gold).require()
    assert list(found.runs[0].outputs[2:6]) == [OUTPUTS[2], "", "", OUTPUTS[5]]
    assert "2 samples ended in an error or at a limit" in notes(found)


def test_an_example_of_a_log_is_found_by_its_input(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    samples = [
        {**one, "id": place, "input": [{"role": "user", "content": example.query}]}
        for place, (one, example) in enumerate(zip(INSPECTED, gold["demo/stress"], strict=True))
    ]
    found = checked(log(tmp_path / "run.eval", samples), tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert "demo/stress: 40 by query" in notes(found)


@pytest.mark.parametrize("status", ["error", "cancelled", "started"])
def test_a_run_that_did_not_succeed_is_refused(
    status: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    found = checked(log(tmp_path / "run.eval", header=HEADER | {"status": status}), tasks, gold)
    (problem,) = found.problems
    assert f"whose run has the status '{status}'" in str(problem)
    assert "inspect eval-retry" in problem.hint


def test_a_run_that_never_ended_is_refused(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "run.eval", "w") as made:
        made.writestr("_journal/start.json", "{}")
        made.writestr("samples/stress-001_epoch_1.json", json.dumps(INSPECTED[0]))
    assert "status 'started'" in problems(checked(tmp_path / "run.eval", tasks, gold))


BROKEN: dict[str, tuple[object, str]] = {
    "no id": ({"epoch": 1}, "it has no `id`"),
    "a list": ([1], "not a sample of Inspect"),
    "no output": ({"id": "stress-001"}, "a sample without an output"),
    "an epoch that is none": ({"id": "stress-001", "epoch": "two"}, "not the number of an epoch"),
    "deep": ("[" * 50_000, "nested too deeply"),
    "no JSON": ("{", "not JSON"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_sample_is_named(
    case: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    value, said = BROKEN[case]
    path = log(tmp_path / "run.eval", INSPECTED[1:])
    with zipfile.ZipFile(path, "a") as made:
        text = value if isinstance(value, str) else json.dumps(value)
        made.writestr("samples/stress-001_epoch_1.json", text)
    found = checked(path, tasks, gold)
    assert not found.accepted
    assert said in problems(found)


def refusals(path: Path, limits: Limits) -> str:
    items = read_rows(path, benchmark="demo", limits=limits)
    return "\n".join(str(item) for item in items if isinstance(item, Problem))


def test_limits_hold_for_samples_too(tmp_path: Path) -> None:
    lines = written(tmp_path / "samples.jsonl", SAMPLES)
    for path in (lines, log(tmp_path / "run.eval"), json_log(tmp_path / "run.json")):
        assert "more than 10 rows" in refusals(path, Limits(rows=10))
        assert "output" in refusals(path, Limits(cell=60))
        assert "bytes long; allowed: text of at most 60 bytes" in refusals(path, Limits(cell=60))
    zeros = [{**one, "input": "0" * 1_000_000} for one in INSPECTED]
    bomb = log(tmp_path / "bomb.eval", zeros)
    assert "400 times what was sent" in refusals(bomb, Limits())
    assert "unpacks to more than 1,000,000 bytes" in refusals(bomb, Limits(unpacked=1_000_000))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_log_cut_short_is_refused(way: str, kept: float, tmp_path: Path) -> None:
    path = WAYS[way](tmp_path / "run.eval")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert refusals(path, Limits())


def test_a_damaged_zstd_member_is_refused(tmp_path: Path) -> None:
    path = log_of_zstd_members(tmp_path / "run.eval")
    content = bytearray(path.read_bytes())
    content[content.index(b"\x28\xb5\x2f\xfd", 500) + 6] ^= 0xFF
    path.write_bytes(bytes(content))
    assert "the compressed data are damaged" in refusals(path, Limits())


def requested(place: int, text: str | None = None, **fields: object) -> Fields:
    """A request of HELM, as `scenario_state.json` has it."""
    said = OUTPUTS[place] if text is None else text
    return {
        "instance": {
            "input": {"text": "a post"},
            "references": [{"output": {"text": "yes"}, "tags": ["correct"]}],
            "split": "test",
            "id": f"stress-{place + 1:03}",
        },
        "train_trial_index": 0,
        "request": {"model": "a/model", "prompt": "a prompt"},
        "result": {"success": True, "completions": [{"text": said, "logprob": 0, "tokens": []}]},
    } | fields


REQUESTED = tuple(requested(place) for place in range(40))


def state(path: Path, requests: Sequence[Fields] = REQUESTED) -> Path:
    whole = {"adapter_spec": {"method": "generation"}, "request_states": requests}
    path.write_text(json.dumps(whole, indent=2), encoding="utf-8")
    return path


def test_a_run_of_helm_is_read_with_the_files_beside(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    state(tmp_path / "scenario_state.json")
    beside: dict[str, object] = {
        "run_spec": {"name": "stress", "scenario_spec": {}, "adapter_spec": {}, "metric_specs": []},
        "scenario": {"name": "stress", "description": "", "tags": [], "definition_path": ""},
        "stats": [{"name": {"name": "exact_match"}, "count": 1, "sum": 1.0}] * 2,
        "per_instance_stats": [{"instance_id": "x", "train_trial_index": 0, "stats": []}] * 2,
    }
    for name, content in beside.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    taken = checked(tmp_path, tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS
    assert "a run of HELM: 40 requests read" in notes(taken)
    for name in beside:
        assert f"{name}.json: not read: what HELM writes beside" in notes(taken)


def test_trials_are_repetitions_and_perturbed_inputs_are_passed_over(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    requests = [
        *REQUESTED,
        *(requested(place, "Yes.", train_trial_index=1) for place in range(40)),
    ]
    perturbed = {**requested(0, "No.")}
    perturbed["instance"] = {**perturbed["instance"], "perturbation": {"name": "typos"}}
    failed = requested(3, result={"success": False, "completions": []})
    requests[3] = failed
    path = state(tmp_path / "x.json", [*requests, perturbed])
    taken = checked(path, tasks, gold).require()
    assert [run.repetition for run in taken.runs] == [1, 2]
    assert tuple(taken.runs[0].outputs) == (*OUTPUTS[:3], "", *OUTPUTS[4:])
    assert "not read: 1 request on perturbed inputs" in notes(taken)


def test_a_request_of_helm_is_found_by_its_input(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """HELM numbers instances itself where a scenario gives them no ids."""
    requests = [
        requested(place, instance={"input": {"text": example.query}, "id": f"id{place}"})
        for place, example in enumerate(gold["demo/stress"])
    ]
    taken = checked(state(tmp_path / "x.json", requests), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS


BROKEN_REQUESTS: dict[str, Fields] = {
    "no text": requested(0, result={"success": True, "completions": [{"tokens": []}]}),
    "no number": requested(0, train_trial_index="first"),
}


@pytest.mark.parametrize("case", BROKEN_REQUESTS)
def test_a_broken_request_is_named(
    case: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    path = state(tmp_path / "x.json", [BROKEN_REQUESTS[case], *REQUESTED[1:]])
    said = problems(checked(path, tasks, gold))
    assert ("without text" if case == "no text" else "not the number of a trial") in said
    assert "holds no requests" in problems(checked(state(tmp_path / "y.json", []), tasks, gold))


def test_a_demonstration_in_a_prompt_that_is_cut_off_is_not_taken_for_the_query(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """The question itself is gone from the prompt's end; the row's own field still holds it."""
    examples = gold["demo/stress"]
    requests = [
        requested(
            place,
            instance={"input": {"text": example.query}, "id": f"id{place}"},
            request={"prompt": "Answer.\n\n" * 20 + examples[place - 1].query + "\nYes.\n\nThe"},
        )
        for place, example in enumerate(examples)
    ]
    taken = checked(state(tmp_path / "x.json", requests), tasks, gold).require()
    assert tuple(taken.runs[0].outputs) == OUTPUTS
