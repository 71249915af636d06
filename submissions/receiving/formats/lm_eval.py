"""Samples of lm-evaluation-harness (`--log_samples`): an object a line, of which each filter has
one.

The output is what the model generated (`resps`), not what a filter made of it, so that the lines of
every filter say the same: those of the first are read. Several responses to one request are
repetitions.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from submissions.receiving.formats.harness import Sample, Unusable, as_name, names_in, texts_of
from submissions.receiving.formats.row import Clues
from submissions.wording import counted

NAME = "lm-evaluation-harness"
GENERATED = "texts that a model generated (`output_type: generate_until`)"


def recognises(record: Mapping[str, object]) -> bool:
    """Return whether an object is a sample."""
    return isinstance(record.get("doc"), dict) and "resps" in record


def holds_results(record: Mapping[str, object]) -> bool:
    """Return whether an object is a run's table of results, which stands beside the samples."""
    return isinstance(record.get("results"), dict) and isinstance(record.get("configs"), dict)


def results_said(record: Mapping[str, object]) -> str:
    """Return what a table of results tells: of which model, in which revision, the samples beside
    it are.
    """
    config = record.get("config")
    of_model = config if isinstance(config, dict) else {}
    model = as_name(record.get("model_name")) or as_name(of_model.get("model"))
    revision = as_name(of_model.get("model_sha")) or as_name(of_model.get("model_revision"))
    run = f" of {model}" + (f", revision {revision}" if revision else "") if model else ""
    return (
        f"results of {NAME}{run}, which hold no outputs; those are in `samples_*.jsonl` "
        "(`--log_samples`)"
    )


class LmEvalReader:
    """Reads one file's samples."""

    def __init__(self) -> None:
        self._filter: object = None
        self._others: Counter[str] = Counter()
        self._read = 0

    def read(self, record: Mapping[str, object]) -> Iterator[Sample]:
        """Yield the outputs of one line; none of a further filter's.

        Raises:
            Unusable: It holds no generated text.
        """
        chosen = record.get("filter")
        if not self._read:
            self._filter = chosen
        if chosen != self._filter:
            self._others[str(chosen)] += 1
            return
        self._read += 1
        clues = _clues(record)
        for repetition, output in enumerate(_responses(record), start=1):
            yield Sample(clues, output, repetition)

    def notes(self) -> Iterator[str]:
        """Yield what was read, and which filters' lines were not."""
        yield (
            f"samples of {NAME}: {counted(self._read, 'sample')} read, each output as it was"
            " generated"
        )
        if self._others:
            named = ", ".join(f"`{name}`" for name in sorted(self._others)[:5])
            yield (
                f"one line a filter: those of `{self._filter}` are read; not read: "
                f"{counted(self._others.total(), 'line')} of {named}"
            )


def _responses(record: Mapping[str, object]) -> list[str]:
    requests = record["resps"]
    single = isinstance(requests, list) and len(requests) == 1
    content = requests[0] if isinstance(requests, list) and single else None
    responses = content if isinstance(content, list) else [content]
    texts = [text for text in responses if isinstance(text, str)]
    if not texts or len(texts) < len(responses) or _continues(record):
        problem = "holds no generated text: are these log-likelihoods of choices?"
        raise Unusable(problem, "resps", GENERATED)
    return texts


def _request(record: Mapping[str, object]) -> Mapping[str, object]:
    arguments = record.get("arguments")
    first = arguments.get("gen_args_0") if isinstance(arguments, dict) else None
    return first if isinstance(first, dict) else {}


def _continues(record: Mapping[str, object]) -> bool:
    """Return whether what was asked for is the log-likelihood of a given continuation."""
    return isinstance(_request(record).get("arg_1"), str)


def _clues(record: Mapping[str, object]) -> Clues:
    fields = record["doc"]
    values = list(fields.values()) if isinstance(fields, dict) else []
    prompt = _request(record).get("arg_0")
    if isinstance(prompt, str) and prompt.startswith("[{"):
        try:
            prompt = json.loads(prompt)  # messages, as a chat template takes them
        except (ValueError, RecursionError):
            prompt = str(prompt)
    own = tuple(value for value in values if isinstance(value, str))
    task = record.get("task_name", record.get("task"))
    return Clues(str(task or ""), names_in(fields), (*own, "\n".join(texts_of(prompt))))
