"""Logs of Inspect: a zip with a header and a file a sample (`.eval`), or all of it in one JSON
object.

The output is the text of the first choice; what a model reasoned (parts of the type `reasoning`) is
no part of it. A sample that ended in an error or at a limit has an empty output, and a log of a run
that did not succeed is refused: its samples are not those that a whole run has.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from submissions.receiving.formats.archive import Log, Part
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import UploadTable
from submissions.receiving.formats.harness import (
    LONGEST,
    Sample,
    Unusable,
    as_name,
    items_of,
    names_in,
    parsed,
    texts_of,
)
from submissions.receiving.formats.row import Clues, Item, Note, describe, refused
from submissions.wording import counted

NAME = "Inspect"
WHAT = "a log of Inspect"
HINT = "send the `.eval` file, which is read a sample at a time"
_HEAD = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:\s*"')


def recognises_head(head: bytes) -> bool:
    """Return whether a JSON file that begins so is a log."""
    return _HEAD.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def read_log(log: Log, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    """Yield every output of a zipped log.

    Raises:
        SubmissionRefused: The run did not succeed, or the log cannot be read.
    """
    if log.header is None:
        raise _unfinished(log.file, "started")
    header = _loaded(log.header, budget)
    samples = (_loaded(part, budget) for part in log.samples)
    yield from _items(log.file, header, samples, benchmark, budget)


def read_json_log(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every output of a log that is one JSON object.

    Raises:
        SubmissionRefused: The run did not succeed, or the log cannot be read.
    """
    log = parsed(stream.read(LONGEST + 1), file, WHAT, HINT)
    samples = log.get("samples") if isinstance(log, dict) else None
    yield from _items(file, log, samples if isinstance(samples, list) else (), benchmark, budget)


def _items(
    file: str, header: object, samples: Iterable[object], benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    if not isinstance(header, dict):
        raise refused(file, "not a log of Inspect: its header is no object")
    if header.get("status") != "success":
        raise _unfinished(file, str(header.get("status")))
    run = header.get("eval")
    run = run if isinstance(run, dict) else {}
    reader = _Reader(str(run.get("task") or ""), as_name(run.get("model")))
    table = UploadTable(file, benchmark, budget.limits, generated=False)
    for number, value in enumerate(samples, start=1):
        budget.row(file)
        try:
            yield from items_of(reader.sample(value), table, number)
        except Unusable as fault:
            yield describe(file, str(fault), line=number, field=fault.key, allowed=fault.allowed)
    if not reader.read:
        hint = "run it with `--log-samples`"
        raise refused(file, "a log of Inspect without samples", hint=hint)
    yield from (Note(file, text) for text in reader.notes())


@dataclass
class _Reader:
    """Reads one log's samples."""

    task: str
    model: str
    read: int = 0
    _stopped: int = 0
    _reasoned: int = 0
    _faults: list[str] = field(default_factory=list)

    def sample(self, value: object) -> Sample:
        """Return one sample's output.

        Raises:
            Unusable: It is no sample.
        """
        if not isinstance(value, dict) or "id" not in value:
            raise Unusable("not a sample of Inspect: it has no `id`", "id")
        self.read += 1
        epoch = value.get("epoch", 1)
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 1:
            raise Unusable("not the number of an epoch", "epoch", "1, 2, ...")
        names = (as_name(value["id"]), *names_in(value.get("metadata")))
        clues = Clues(self.task, tuple(filter(None, names)), _prompt(value))
        return Sample(clues, self._output(value), epoch)

    def notes(self) -> Iterator[str]:
        """Yield what was read, and what was not."""
        of_model = f" of {self.model}" if self.model else ""
        read = counted(self.read, "sample")
        yield f"a log of {NAME}{of_model}: {read} read, each epoch a repetition"
        if self._reasoned:
            what = counted(self._reasoned, "sample")
            yield f"what the model reasoned is kept apart from the outputs of {what}: not read"
        if self._stopped:
            what = counted(self._stopped, "sample")
            yield f"{what} ended in an error or at a limit: read as empty outputs"

    def _output(self, value: Mapping[str, object]) -> str:
        if value.get("error") or value.get("limit"):
            self._stopped += 1
            return ""
        output = value.get("output")
        choices = output.get("choices") if isinstance(output, dict) else None
        if not isinstance(output, dict) or not isinstance(choices, list) or not choices:
            completion = output.get("completion") if isinstance(output, dict) else None
            if isinstance(completion, str):
                return completion
            raise Unusable("a sample without an output", "output", "`choices` or `completion`")
        message = choices[0].get("message") if isinstance(choices[0], dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            self._reasoned += any(_kind(part) == "reasoning" for part in content)
            return "\n".join(
                text for part in content if _kind(part) == "text" for text in texts_of(part)
            )
        if not isinstance(content, str):
            raise Unusable("a choice without text", "output.choices", "text, or parts of text")
        return content


def _kind(part: object) -> str:
    return str(part.get("type")) if isinstance(part, dict) else "text"


def _prompt(value: Mapping[str, object]) -> tuple[str, ...]:
    metadata = value.get("metadata")
    own = metadata.values() if isinstance(metadata, dict) else ()
    texts = tuple(text for text in own if isinstance(text, str))
    return (*texts, "\n".join(texts_of(value.get("input"))))


def _loaded(part: Part, budget: Budget) -> object:
    with part.open() as stream:
        content = stream.read(min(LONGEST, 8 * budget.limits.record) + 1)
        return parsed(content, part.file, WHAT, HINT)


def _unfinished(file: str, status: str) -> Exception:
    hint = "let the run end (`inspect eval-retry` takes it up again), and send its log"
    problem = f"a log of Inspect whose run has the status {status!r}"
    return refused(file, problem, allowed="'success'", hint=hint)
