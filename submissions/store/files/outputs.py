"""A submission's outputs with what was read out of each: the Parquet file that is kept.

One row an example; a run (a task's examples, once) begins a row group, so that scoring a task reads
only its own, and has several where its texts are long, so that writing takes little memory however
long they are. The metadata name the version of the rules that read the labels: where it is not the
current one, `segments` reads the raw outputs again, so that a file never has to be rewritten. A
hash of each text that a model scores stands beside it: whoever looks for rows that were scored
before compares these and reads no text. Text is written through Arrow's buffers, because
`pyarrow.array` would import pandas for nothing (55 MB).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from scoring.errors import ReasonBoardError
from scoring.extraction import EXTRACTION, read, thought_in
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Task
from scoring.texts import normalized
from submissions.store.files.damage import FROM_BACKUP, DamagedFile, check_daily
from submissions.store.folder import DataFolder, aside_in, aside_of, put_in_place, sha256_of
from submissions.wording import counted, noun_for

T = TypeVar("T")

TEXTS = (
    "task",
    "example_id",
    "output",
    "label_given",
    "explanation_given",
    "label",
    "rule",
    "reason",
    "explanation",
)
HASHES = {"full": "output_hash", "explanation": "explanation_hash"}
"""Text variant, as a score's identity names it -> the column of its hashes."""
HASH_BYTES = 16
THOUGHT = "thought_words"
"""The column of how many words a model thought in a channel of its own; null where none."""
CLASSIFIER = "label_classifier"
"""The column of what the benchmark's own classifier read; null where it read nothing."""
CONFIDENCE = "confidence"
"""The column of how sure the system says it is; null where it does not."""
EVIDENCE = "evidence"
"""The column of the passages that are given as evidence, a JSON list; null where none is given."""
LATER = (CLASSIFIER, CONFIDENCE, EVIDENCE)
"""Columns of a run that files from before them lack."""
COLUMNS = (*TEXTS[:2], "repetition", *TEXTS[2:], *HASHES.values(), THOUGHT, *LATER)
GROUP = 8_000_000
"""Characters of text, from which on a row group ends."""

_DIGITS = 64
VERSION_KEY, RUNS_KEY = b"reasonboard.extraction", b"reasonboard.runs"


class OutputsError(ReasonBoardError):
    """A stored file of outputs that does not fit what is asked of it."""


@dataclass(frozen=True)
class TaskOutputs:
    """One task's outputs in one repetition, in the task's order; all sequences are equally long.

    Attributes:
        task: The task id.
        repetition: From 0; 1 where the submission names none.
        example_ids: Which example each position is.
        outputs: The raw generated texts; None where only a label was sent.
        labels_given: The labels' names as sent; None where they are to be read from the outputs.
        explanations_given: The explanations as sent.
        readings: What was read out of each.
        classified: The labels' names that the benchmark's own classifier read in the outputs, a
            reading beside ours; empty where none was sent.
        named: The prompt and the seed that name the repetition; None where nothing does.
    """

    task: str
    repetition: int
    example_ids: tuple[str, ...]
    outputs: Sequence[str | None]
    labels_given: tuple[str | None, ...]
    explanations_given: Sequence[str | None]
    readings: Sequence[Reading]
    classified: tuple[str | None, ...] = ()
    named: tuple[str, str] | None = None

    def __len__(self) -> int:
        return len(self.example_ids)


@dataclass(frozen=True)
class Outputs:
    """A stored file, read.

    Attributes:
        extraction: The version of the rules that read its labels.
        runs: By task id and repetition.
    """

    extraction: str
    runs: tuple[TaskOutputs, ...]


def without_texts(run: TaskOutputs, examples: Collection[str]) -> TaskOutputs:
    """Return the run without what it says of some examples; the labels stay.

    Itself where it has none of them.
    """
    gone = set(examples)
    if gone.isdisjoint(run.example_ids):
        return run
    hit = [example_id in gone for example_id in run.example_ids]
    labels = tuple(reading.label for reading in run.readings)
    return replace(
        run,
        outputs=_where(hit, [None for _ in hit], run.outputs),
        labels_given=_where(hit, labels, run.labels_given),
        explanations_given=_where(hit, [None for _ in hit], run.explanations_given),
        readings=_where(
            hit,
            [
                replace(reading, explanation=None, reasoning=None, evidence=None)
                for reading in run.readings
            ],
            run.readings,
        ),
    )


def _where(hit: Sequence[bool], new: Sequence[T], old: Sequence[T]) -> tuple[T, ...]:
    return tuple(n if changes else o for changes, n, o in zip(hit, new, old, strict=True))


def write_outputs(path: Path, runs: Iterable[TaskOutputs]) -> None:
    """Write `runs` to `path`; the same runs always give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "repetition": pa.int32(),
        THOUGHT: pa.int32(),
        CONFIDENCE: pa.float64(),
        **dict.fromkeys(HASHES.values(), pa.binary(HASH_BYTES)),
    }
    fields = [(name, types.get(name, pa.string())) for name in COLUMNS]
    schema = pa.schema(fields, metadata={VERSION_KEY: EXTRACTION.encode()})
    listed: list[list[object]] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in (part for run in runs for part in _parts(run)):
            writer.write_batch(_batch(part, schema), row_group_size=len(part))
            # A row group cannot say whose it is without being read.
            listed.append([part.task, part.repetition, *([part.named] if part.named else [])])
        writer.add_key_value_metadata({RUNS_KEY: json.dumps(listed)})


def keep_outputs(folder: DataFolder, runs: Iterable[TaskOutputs]) -> str:
    """Store `runs` under the hash of their bytes, which is returned; again, for nothing."""
    with aside_in(folder.files) as aside:
        write_outputs(aside, runs)
        return keep_written(folder, aside)


def keep_written(folder: DataFolder, aside: Path) -> str:
    """Put a file that `write_outputs` wrote in its place, under the hash of its bytes, which is
    returned.
    """
    digest = sha256_of(aside)
    kept = folder.outputs(digest)
    # Under its digest there can be nothing else; writing it again would only risk it.
    if not kept.exists():
        put_in_place(aside, kept)
    return digest


def rewrite_outputs(path: Path, runs: Iterable[TaskOutputs]) -> None:
    """Write `runs` in the place of a file that is not kept yet."""
    with aside_of(path) as aside:
        write_outputs(aside, runs)


def read_outputs(path: Path, task: str | None = None) -> Outputs:
    """Read a file that `write_outputs` wrote, or only one task's runs of it.

    Raises:
        OutputsError: It is no such file.
    """
    with _opened(path) as stored:
        groups = [groups for (name, _), groups in stored.runs.items() if task in (None, name)]
        return Outputs(
            stored.extraction,
            tuple(
                _run(stored.read(some, stored.columns), stored.names[some[0]]) for some in groups
            ),
        )


def parse_rules(path: Path) -> dict[str, dict[str, int]]:
    """Return how labels were found, no text read.

    Task id -> rule (or "unparsed: " and the reason) -> rows.

    Raises:
        OutputsError: It is no file of stored outputs.
    """
    counts: dict[str, Counter[str]] = {}
    with _opened(path) as stored:
        for (task, _), groups in stored.runs.items():
            table = stored.read(groups, ["rule", "reason"])
            pairs = zip(_texts(table.column(0)), _texts(table.column(1)), strict=True)
            counts.setdefault(task, Counter()).update(
                rule or f"unparsed: {reason}" for rule, reason in pairs
            )
    return {task: dict(sorted(rules.items())) for task, rules in sorted(counts.items())}


@dataclass(frozen=True)
class Thoughts:
    """How much models wrote in channels of their own for thinking.

    Attributes:
        rows: How many outputs hold any.
        median: Words of a thought, at the median.
        longest: Words of the longest.
    """

    rows: int
    median: int
    longest: int

    @classmethod
    def of(cls, words: Iterable[int]) -> Thoughts:
        """Sum up the words of thoughts, of which there is one at least."""
        lengths = sorted(words)
        return cls(len(lengths), lengths[len(lengths) // 2], lengths[-1])


def run_names(path: Path) -> dict[str, list[tuple[str, str] | None]]:
    """Return the prompt and the seed that name each repetition, in the order of repetitions, for
    each task.

    Raises:
        OutputsError: It is no file of stored outputs.
    """
    with _opened(path) as stored:
        by_task: dict[str, list[tuple[str, str] | None]] = {}
        for (task, _), groups in sorted(stored.runs.items()):
            by_task.setdefault(task, []).append(stored.names[groups[0]])
        return by_task


def thought_lengths(path: Path) -> dict[str, list[int]]:
    """Return the words of every thought, no text read, for each task that has any.

    Empty, too, of a file from before they were measured.

    Raises:
        OutputsError: It is no file of stored outputs.
    """
    lengths: dict[str, list[int]] = {}
    with _opened(path) as stored:
        if THOUGHT not in stored.file.schema_arrow.names:
            return {}
        for (task, _), groups in stored.runs.items():
            words = _texts(stored.read(groups, [THOUGHT]).column(0))
            lengths.setdefault(task, []).extend(count for count in words if count is not None)
    return {task: words for task, words in sorted(lengths.items()) if words}


@dataclass(frozen=True)
class _Stored:
    """An open file: what its metadata say, and the way to its row groups.

    Attributes:
        file: Arrow's.
        extraction: The version of the rules that read its labels.
        runs: Task id and repetition -> the row groups that a run has.
        names: Row group -> the prompt and the seed that name its repetition.
    """

    file: Any
    extraction: str
    runs: Mapping[tuple[str, int], list[int]]
    names: Sequence[tuple[str, str] | None]

    @property
    def columns(self) -> list[str]:
        """The columns that a run is made of; a file from before a column lacks it."""
        later = [name for name in LATER if name in self.file.schema_arrow.names]
        return [*TEXTS, "repetition", *later]

    def read(self, groups: Sequence[int], columns: Sequence[str]) -> Any:
        return self.file.read_row_groups(groups, columns=columns, use_threads=False)


@contextmanager
def _opened(path: Path) -> Iterator[_Stored]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        _check(path)
        with pq.ParquetFile(path) as file:
            metadata = file.metadata.metadata or {}
            runs: dict[tuple[str, int], list[int]] = {}
            names: list[tuple[str, str] | None] = []
            for group, (task, repetition, *named) in enumerate(json.loads(metadata[RUNS_KEY])):
                runs.setdefault((task, repetition), []).append(group)
                names.append((named[0][0], named[0][1]) if named else None)
            yield _Stored(file, metadata[VERSION_KEY].decode(), runs, names)
    except DamagedFile as error:
        raise OutputsError(str(error)) from error
    except (KeyError, ValueError, OSError, pa.ArrowException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise OutputsError(
            f"{path.parent.name}/{path.name}: not a file of stored outputs ({why}); {FROM_BACKUP}"
            " puts it right"
        ) from error


def _check(path: Path) -> None:
    """Hold a file that is kept, which is called by its digest, against it; others are not called
    so.
    """
    if len(path.stem) == _DIGITS:
        check_daily(path, lambda: sha256_of(path) == path.stem, FROM_BACKUP)


def segments(path: Path, task: Task, examples: Sequence[Example]) -> list[Segments]:
    """Return what metrics are given of one stored submission's task.

    Args:
        path: The stored file.
        task: The task; where the file has none of it, the result is empty.
        examples: The task's gold, in its order.

    Returns:
        One entry a repetition, in the order of repetitions, labels read by the current rules.

    Raises:
        OutputsError: The file lacks an example.
    """
    stored = read_outputs(path, task.id)
    runs = sorted(stored.runs, key=lambda run: run.repetition)
    # Files are never rewritten for new rules: what was read is read again.
    current = stored.extraction == EXTRACTION
    return [_segments(path, run, task, examples, current) for run in runs]


def text_hash(text: str | None) -> bytes | None:
    """Return the first 16 bytes of the sha256 of a text as it is scored; None for None."""
    return None if text is None else hashlib.sha256(normalized(text).encode()).digest()[:HASH_BYTES]


def stored_hashes(path: Path, task: str, text: str) -> list[dict[str, bytes | None]] | None:
    """Return the hashes of one task's texts as they were stored, no text read.

    Args:
        path: The stored file.
        task: The task's id.
        text: "full" for whole outputs, "explanation" for what was read out of them.

    Returns:
        Example id -> hash, an entry a repetition, in the order of repetitions. None where the
        explanations were read by other than the current rules, or the file is from before there
        were hashes: `segments` has the texts.

    Raises:
        OutputsError: It is no such file.
    """
    with _opened(path) as stored:
        # Outputs are hashed as they came; an explanation is what the rules of then read.
        stale = text == "explanation" and stored.extraction != EXTRACTION
        if stale or HASHES[text] not in stored.file.schema_arrow.names:
            return None
        # In the order of repetitions, whatever order they were sent in.
        listed = sorted(
            (repetition, groups)
            for (name, repetition), groups in stored.runs.items()
            if name == task
        )
        tables = [stored.read(groups, ["example_id", HASHES[text]]) for _, groups in listed]
        return [
            dict(zip(_texts(table.column(0)), _texts(table.column(1)), strict=True))
            for table in tables
        ]


def _segments(
    path: Path, run: TaskOutputs, task: Task, examples: Sequence[Example], current: bool
) -> Segments:
    place = {example_id: index for index, example_id in enumerate(run.example_ids)}
    missing = [example.example_id for example in examples if example.example_id not in place]
    if missing:
        raise OutputsError(
            f"{path}: {len(missing)} of {counted(len(examples), 'example')} of {task.id} "
            f"{noun_for(len(missing), 'is', 'are')} not in it, the first is "
            f"{missing[0]}; the gold has changed since: ask the team to submit again"
        )
    order = [place[example.example_id] for example in examples]
    readings = tuple(
        run.readings[i] if current else _read_again(run, i, task, example)
        for i, example in zip(order, examples, strict=True)
    )
    outputs = tuple(run.outputs[i] for i in order)
    return Segments(task, tuple(examples), outputs, readings, run.named)


def _read_again(run: TaskOutputs, index: int, task: Task, example: Example) -> Reading:
    given = run.readings[index]
    reading = read(
        task,
        output=run.outputs[index],
        label=run.labels_given[index],
        explanation=run.explanations_given[index],
        post=example.post,
        attributes=example.attributes,
    )
    return replace(reading, confidence=given.confidence, evidence=given.evidence)


def _parts(run: TaskOutputs) -> Iterator[TaskOutputs]:
    """Yield a run cut up, with its texts in memory, so that no part has many more than GROUP
    characters.
    """
    columns = (
        run.example_ids,
        run.outputs,
        run.labels_given,
        run.explanations_given,
        run.readings,
        run.classified or (None,) * len(run),
    )
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in zip(*columns, strict=True):
        _, output, _, given, reading, _ = row
        rows.append(row)
        size += sum(len(text) for text in (output, given, reading.explanation) if text)
        if size >= GROUP:
            yield _of_rows(run, rows)
            rows, size = [], 0
    if rows:
        yield _of_rows(run, rows)


def _of_rows(run: TaskOutputs, rows: Sequence[tuple[Any, ...]]) -> TaskOutputs:
    ids, outputs, labels, explanations, readings, classified = zip(*rows, strict=True)
    return replace(
        run,
        example_ids=ids,
        outputs=outputs,
        labels_given=labels,
        explanations_given=explanations,
        readings=readings,
        classified=classified,
    )


def _batch(run: TaskOutputs, schema: Any) -> Any:
    import pyarrow as pa

    texts: dict[str, Sequence[str | None]] = {
        "task": [run.task] * len(run),
        "example_id": run.example_ids,
        "output": run.outputs,
        "label_given": run.labels_given,
        "explanation_given": run.explanations_given,
        CLASSIFIER: run.classified,
    }
    for name in ("label", "rule", "reason", "explanation"):
        texts[name] = [getattr(reading, name) for reading in run.readings]
    texts[EVIDENCE] = [
        None if reading.evidence is None else json.dumps(reading.evidence, ensure_ascii=False)
        for reading in run.readings
    ]
    arrays = {name: _text_array(values) for name, values in texts.items()}
    arrays[CONFIDENCE] = _share_array([reading.confidence for reading in run.readings])
    # A batch's columns are equally long, constant or not.
    repetitions = np.full(len(run), run.repetition, np.int32)
    hashed = {"full": run.outputs, "explanation": texts["explanation"]}
    arrays |= {HASHES[text]: _hash_array(values) for text, values in hashed.items()}
    arrays[THOUGHT] = _number_array([_thought_words(output) for output in run.outputs])
    arrays["repetition"] = pa.Array.from_buffers(
        pa.int32(), len(run), [None, pa.py_buffer(repetitions)]
    )
    return pa.record_batch([arrays[name] for name in COLUMNS], schema=schema)


def _text_array(values: Sequence[str | None]) -> Any:
    import pyarrow as pa

    # Arrow's own layout: one run of bytes, offsets into it, and a bit for each that is there.
    encoded = [b"" if value is None else value.encode() for value in values]
    # 32 bits reach for two gigabytes, and a part has a few megabytes.
    offsets = np.concatenate([[0], np.cumsum([len(value) for value in encoded])]).astype(np.int32)
    present = np.packbits([value is not None for value in values], bitorder="little")
    buffers = [pa.py_buffer(present), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def _thought_words(output: str | None) -> int | None:
    thought = thought_in(output) if output else ""
    return len(thought.split()) if thought else None


def _number_array(values: Sequence[int | None]) -> Any:
    import pyarrow as pa

    present = np.packbits([value is not None for value in values], bitorder="little")
    numbers = np.array([value or 0 for value in values], np.int32)
    buffers = [pa.py_buffer(present), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.int32(), len(values), buffers)


def _share_array(values: Sequence[float | None]) -> Any:
    import pyarrow as pa

    present = np.packbits([value is not None for value in values], bitorder="little")
    numbers = np.array([0.0 if value is None else value for value in values], np.float64)
    buffers = [pa.py_buffer(present), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.float64(), len(values), buffers)


def _hash_array(values: Sequence[str | None]) -> Any:
    import pyarrow as pa

    present = np.packbits([value is not None for value in values], bitorder="little")
    content = b"".join(text_hash(value) or bytes(HASH_BYTES) for value in values)
    buffers = [pa.py_buffer(present), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(HASH_BYTES), len(values), buffers)


def _run(table: Any, named: tuple[str, str] | None) -> TaskOutputs:
    columns = {name: tuple(_texts(table.column(name))) for name in TEXTS}
    readings = zip(
        *(columns[name] for name in ("label", "rule", "reason", "explanation")),
        _later(table, CONFIDENCE),
        _later(table, EVIDENCE),
        strict=True,
    )
    return TaskOutputs(
        task=columns["task"][0],
        repetition=table.column("repetition")[0].as_py(),
        example_ids=columns["example_id"],
        outputs=columns["output"],
        labels_given=columns["label_given"],
        explanations_given=columns["explanation_given"],
        readings=tuple(
            Reading(
                label,
                rule,
                reason,
                explanation,
                confidence=confidence,
                evidence=None if evidence is None else tuple(json.loads(evidence)),
            )
            for label, rule, reason, explanation, confidence, evidence in readings
        ),
        classified=_classified(table),
        named=named,
    )


def _classified(table: Any) -> tuple[str | None, ...]:
    """Return the classifier's labels; empty where it read none, or the file is from before they
    were kept.
    """
    labels = _later(table, CLASSIFIER)
    return labels if any(labels) else ()


def _later(table: Any, name: str) -> tuple[Any, ...]:
    """Return a column that files from before it lack: then nothing but None."""
    if name not in table.column_names:
        return (None,) * int(table.num_rows)
    return tuple(_texts(table.column(name)))


def _texts(column: Any) -> Iterator[Any]:
    for chunk in column.chunks:
        yield from chunk.to_pylist()
