"""Write small files as the real programs write them: `python make.py lm-eval|inspect|helm|openai
OUT`.

Run by the Python that has the program, on the demonstration task `demo/stress` as
`reasonboard export-task demo/stress --as jsonl` writes it (standard input). A scripted model
answers: "Yes" to every other post, and two texts to each, so that repetitions can be told apart.
`tests/soak/test_written_files.py` makes the files anew in environments of their own, with the
versions that stand there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SAID = ("No, the poster does not suffer from stress.", "Yes, the poster suffers from stress.")
Rows = list[dict[str, str]]


def answer(place: int, time: int) -> str:
    """What the scripted model says to the query at a place when it is asked for the time-th time,
    counted from 1.
    """
    return f"{SAID[(place + time - 1) % 2]} Reasoning: an invented reason, number {place}."


def lm_eval(rows: Rows, out: Path) -> None:
    """Write `results_*.json` and `samples_*.jsonl`: two responses to each request."""
    import lm_eval
    from lm_eval.api.instance import Instance
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker

    places = {row["example_id"]: place for place, row in enumerate(rows)}

    class Scripted(LM):
        """Answers from the script."""

        def generate_until(self, requests: list[Instance], **_: object) -> list[str]:
            times: dict[str, int] = {}
            said = []
            for request in requests:
                name = request.doc["example_id"]
                times[name] = times.get(name, 0) + 1
                said.append(answer(places[name], times[name]))
            return said

        def loglikelihood(self, *_: object, **__: object) -> list[tuple[float, bool]]:
            raise NotImplementedError

        def loglikelihood_rolling(self, *_: object, **__: object) -> list[float]:
            raise NotImplementedError

    (out / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {
        "task": "reasonboard_demo_stress",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(out / "queries.jsonl")}},
        "test_split": "test",
        "output_type": "generate_until",
        "repeats": 2,
        "doc_to_text": "{{query}}",
        "doc_to_target": "",
        "generation_kwargs": {"until": [], "do_sample": False},
        "filter_list": [
            {"name": name, "filter": [{"function": "take_first"}]} for name in ("first", "again")
        ],
        "metric_list": [{"metric": "bypass"}],
    }
    results = lm_eval.simple_evaluate(Scripted(), tasks=[task], log_samples=True, bootstrap_iters=0)
    samples = results.pop("samples")
    tracker = EvaluationTracker(output_path=str(out))
    tracker.general_config_tracker.model_name = "scripted"
    tracker.general_config_tracker.model_name_sanitized = "scripted"
    tracker.save_results_aggregated(results=results, samples=samples)
    for name, rows in samples.items():
        tracker.save_results_samples(task_name=name, samples=rows)
    (out / "queries.jsonl").unlink()
    for path in sorted((out / "scripted").iterdir()):
        path.rename(out / f"{path.name.split('_')[0]}{path.suffix}")
    (out / "scripted").rmdir()
    _leave_out_the_machine(out / "results.json")


def _leave_out_the_machine(path: Path) -> None:
    """Take out of a table of results what it says of the machine that it was made on."""
    results = json.loads(path.read_text(encoding="utf-8"))
    results["pretty_env_info"] = ""
    for task in results["configs"].values():
        task["dataset_kwargs"] = {"data_files": {"test": "queries.jsonl"}}
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def inspect(rows: Rows, out: Path) -> None:
    """Write a log of two epochs, in which the model reasons before it answers."""
    import inspect_ai
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ContentReasoning,
        ContentText,
        ModelAPI,
        ModelOutput,
        get_model,
        modelapi,
    )
    from inspect_ai.solver import generate

    places = {row["query"].strip(): place for place, row in enumerate(rows)}
    times: dict[str, int] = {}

    @modelapi("scripted")
    class Scripted(ModelAPI):
        """Answers from the script."""

        async def generate(self, input: Any, *_: object, **__: object) -> ModelOutput:
            query = input[-1].text.strip()
            times[query] = times.get(query, 0) + 1
            content = [
                ContentReasoning(reasoning="Yes? No?"),
                ContentText(text=answer(places[query], times[query])),
            ]
            message = ChatMessageAssistant(content=content)
            return ModelOutput(model="scripted", choices=[ChatCompletionChoice(message=message)])

    samples = [Sample(id=row["example_id"], input=row["query"]) for row in rows]
    task = inspect_ai.Task(dataset=MemoryDataset(samples), solver=generate(), name="demo_stress")
    inspect_ai.eval(
        task,
        model=get_model("scripted/model"),
        epochs=2,
        max_samples=1,
        log_dir=str(out),
        display="none",
    )
    next(out.glob("*.eval")).rename(out / "log.eval")


def helm(rows: Rows, out: Path) -> None:
    """Write `scenario_state.json`: its own dataclasses, written as `helm.benchmark.runner` writes
    them.
    """
    from helm.benchmark.adaptation.adapter_spec import AdapterSpec
    from helm.benchmark.adaptation.request_state import RequestState
    from helm.benchmark.adaptation.scenario_state import ScenarioState
    from helm.benchmark.scenarios.scenario import Input, Instance
    from helm.common.general import asdict_without_nones
    from helm.common.request import GeneratedOutput, Request, RequestResult

    states = []
    for trial in (0, 1):
        for place, row in enumerate(rows):
            text = answer(place, trial + 1)
            said = GeneratedOutput(text=text, logprob=0.0, tokens=[])
            instance = Instance(Input(text=row["query"]), [], "test", id=row["example_id"])
            states.append(
                RequestState(
                    instance=instance,
                    reference_index=None,
                    request_mode=None,
                    train_trial_index=trial,
                    output_mapping=None,
                    request=Request(model="scripted/model", prompt=row["query"]),
                    result=RequestResult(True, [], completions=[said], cached=False),
                    num_train_instances=0,
                    prompt_truncated=False,
                )
            )
    state = ScenarioState(AdapterSpec(method="generation"), states)
    content = json.dumps(asdict_without_nones(state), indent=2)
    (out / "scenario_state.json").write_text(content, encoding="utf-8")


def openai(rows: Rows, out: Path) -> None:
    """Write a batch's output file: lines as the reference has them, bodies by the client's own
    types.
    """
    from openai.types.chat import ChatCompletion

    lines = []
    for place, row in enumerate(rows):
        choices = [
            {
                "index": index,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": answer(place, index + 1)},
            }
            for index in (0, 1)
        ]
        body = ChatCompletion.model_validate(
            {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted"}
            | {"choices": choices}
        )
        response = {"status_code": 200, "request_id": "r-1", "body": body.model_dump()}
        line = {"id": "batch_req_1", "custom_id": row["example_id"], "response": response}
        lines.append(json.dumps(line | {"error": None}) + "\n")
    (out / "batch_output.jsonl").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Make one program's files."""
    program, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in sys.stdin]
    {"lm-eval": lm_eval, "inspect": inspect, "helm": helm, "openai": openai}[program](rows, out)


if __name__ == "__main__":
    main()
