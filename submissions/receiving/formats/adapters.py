"""Which files of other programs are read, and by what they are recognised: what stands in them,
never their names.

| what | recognised by | read by |
| --- | --- | --- |
| samples of lm-evaluation-harness | JSON objects with `doc` (an object) and `resps` | `lm_eval` |
| answers to a batch of requests | JSON objects with `custom_id` and `response` or `result` |
`batches` |
| predictions | JSON objects with `id` and `prediction`, without `example_id` and `output` |
`predictions` |
| a log of Inspect, zipped | a zip with `header.json` or `_journal/start.json`, and `samples/` |
`inspect_log` |
| requests of HELM | an object that begins with `adapter_spec` | `helm` |
| a data set of `datasets` | streams of Arrow, with `state.json` beside | `arrow_stream` |
| a log of Inspect, as JSON | an object that begins with `version` and `status` | `inspect_log` |

The zip is told in `archive`, the beginning of a JSON file in `read_rows`; of objects, the tables
below say it. Tables of results, which hold no outputs, lie beside samples and are passed over with
a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from submissions.receiving.formats import arrow_stream, batches, helm, lm_eval, predictions
from submissions.receiving.formats.harness import Sample


class SampleReader(Protocol):
    """Reads one file's samples, in their order."""

    def read(self, record: Mapping[str, object]) -> Iterator[Sample]:
        """Return the outputs of one object; raises Unusable where it holds none."""

    def notes(self) -> Iterator[str]:
        """Return what the team should know, when all was read."""


@dataclass(frozen=True)
class Harness:
    """A program whose samples are read.

    Attributes:
        name: For messages.
        recognises: Whether an object (its keys in lower case) is one of its samples.
        open: What reads one file of them.
    """

    name: str
    recognises: Callable[[Mapping[str, object]], bool]
    open: Callable[[], SampleReader]


@dataclass(frozen=True)
class Results:
    """What is known, and holds no outputs.

    Attributes:
        recognises: Whether an object is such.
        said: What a note says of it.
    """

    recognises: Callable[[Mapping[str, object]], bool]
    said: Callable[[Mapping[str, object]], str]


SAMPLES = (
    Harness(lm_eval.NAME, lm_eval.recognises, lm_eval.LmEvalReader),
    Harness(batches.NAME, batches.recognises, batches.BatchReader),
    Harness(predictions.NAME, predictions.recognises, predictions.PredictionReader),
)
RESULTS = (
    Results(lm_eval.holds_results, lm_eval.results_said),
    Results(batches.is_request, lambda _: "requests of a batch; send the answers to them"),
    Results(helm.stands_beside, lambda _: f"what {helm.NAME} writes beside `scenario_state.json`"),
    Results(
        arrow_stream.describes,
        lambda _: "describes a data set of `datasets`, and holds no rows of it",
    ),
)
