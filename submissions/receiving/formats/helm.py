"""HELM's `scenario_state.json`: every request of a run with what was answered, in one JSON object.

The output is the first completion's text. Trials (`train_trial_index`, other demonstrations each)
are repetitions; requests on perturbed inputs are passed over, since they ask something else than
the task.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import UploadTable
from submissions.receiving.formats.harness import (
    LONGEST,
    Sample,
    Unusable,
    as_name,
    items_of,
    parsed,
)
from submissions.receiving.formats.row import Clues, Item, Note, describe, refused
from submissions.wording import counted

NAME = "HELM"
WHAT = "a `scenario_state.json` of HELM"
HINT = "send the run's instances in parts, or its outputs as CSV"
_HEAD = re.compile(rb'\s*\{\s*"adapter_spec"\s*:\s*\{')


def recognises_head(head: bytes) -> bool:
    """Return whether a JSON file that begins so holds a run's requests."""
    return _HEAD.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def stands_beside(record: Mapping[str, object]) -> bool:
    """Return whether an object is of the files beside, which hold no outputs: specification,
    scenario, statistics.
    """
    beside = (
        {"adapter_spec", "scenario_spec"},
        {"definition_path", "description", "tags"},
        {"instance_id", "train_trial_index", "stats"},
    )
    statistic = isinstance(record.get("name"), dict) and "count" in record
    return statistic or any(keys <= record.keys() for keys in beside)


def read_state(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every output of a run.

    Raises:
        SubmissionRefused: The file cannot be read, or holds no requests.
    """
    state = parsed(stream.read(LONGEST + 1), file, WHAT, HINT)
    requests = state.get("request_states") if isinstance(state, dict) else None
    if not isinstance(requests, list) or not requests:
        raise refused(file, "holds no requests", field="request_states", allowed=WHAT)
    table = UploadTable(file, benchmark, budget.limits, generated=False)
    perturbed = 0
    for number, value in enumerate(requests, start=1):
        budget.row(file)
        if _part(value, "instance").get("perturbation"):
            perturbed += 1
            continue
        try:
            yield from items_of(_sample(value), table, number)
        except Unusable as fault:
            yield describe(file, str(fault), line=number, field=fault.key, allowed=fault.allowed)
    yield Note(file, f"a run of {NAME}: {counted(len(requests) - perturbed, 'request')} read")
    if perturbed:
        yield Note(file, f"not read: {counted(perturbed, 'request')} on perturbed inputs")


def _sample(value: object) -> Sample:
    if not isinstance(value, dict):
        raise Unusable("not a request")
    instance = _part(value, "instance")
    trial = value.get("train_trial_index", 0)
    if isinstance(trial, bool) or not isinstance(trial, int) or trial < 0:
        raise Unusable("not the number of a trial", "train_trial_index", "0, 1, ...")
    name = as_name(instance.get("id"))
    texts = (_part(instance, "input").get("text"), _part(value, "request").get("prompt"))
    clues = Clues(
        "", (name,) if name else (), tuple(text for text in texts if isinstance(text, str))
    )
    return Sample(clues, _output(_part(value, "result")), trial + 1)


def _output(result: Mapping[str, object]) -> str:
    """Return the first completion's text; "" where the request failed."""
    if not result.get("success"):
        return ""
    completions = result.get("completions")
    first = completions[0] if isinstance(completions, list) and completions else None
    text = first.get("text") if isinstance(first, dict) else None
    if not isinstance(text, str):
        raise Unusable("a result without text", "result.completions", "completions with a `text`")
    return text


def _part(record: object, key: str) -> Mapping[str, object]:
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, dict) else {}
