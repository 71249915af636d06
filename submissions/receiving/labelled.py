"""Outputs with the labels that are right for them: what a reader is fitted on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.csv_records import csv_rows
from scoring.extraction import answer_in, column
from scoring.extraction.finding import SENT_UNPARSED
from scoring.extraction.lexicon import lexicon_of
from scoring.tasks import Task
from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.row import describe, refused

LISTED = 100
"""Problems that are told."""


@dataclass(frozen=True)
class Labelled:
    """One output.

    Attributes:
        text: What the rules read of it: without thoughts, tokens and repeated prompt.
        label: None where it states no answer.
        kind: What it is an example of; its place where nothing says.
    """

    text: str
    label: str | None
    kind: str


def labelled_outputs(files: Sequence[Path], task: Task) -> list[Labelled]:
    """Read files of labelled outputs.

    Args:
        files: CSV, or JSON Lines, with `output` and `label`, and perhaps `kind`.
        task: Whose labels they are.

    Raises:
        SubmissionRefused: Something in them is no labelled output; all of it.
    """
    rows: list[Labelled] = []
    problems: list[Problem] = []
    for file in files:
        for line, cells in _cells(file):
            row = _labelled(cells, task, file.name, line)
            if isinstance(row, Problem):
                problems.append(row)
            elif row.text:
                rows.append(row)
    if problems:
        raise SubmissionRefused(problems[:LISTED], len(problems[LISTED:]))
    return rows


def _cells(file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield each row of a file, with its line in JSON Lines and its number in CSV,
    counted from 1.
    """
    try:
        if file.suffix.casefold() in (".jsonl", ".json", ".ndjson"):
            yield from _json_lines(file)
        else:
            yield from enumerate(csv_rows(file), start=1)
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        raise SubmissionRefused(
            [describe(file.name, "not UTF-8", line=_first_not_utf8(file), hint=hint)]
        ) from error


def _first_not_utf8(file: Path) -> int:
    """Return the first line, counted from 1, that is not UTF-8; the last one where none is."""
    lines = file.read_bytes().splitlines(keepends=True)
    faulty = (
        n for n, line in enumerate(lines, start=1) if "\ufffd" in line.decode(errors="replace")
    )
    return next(faulty, len(lines))


def _json_lines(file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    with file.open(encoding="utf-8-sig") as stream:
        for line, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise refused(file.name, f"not JSON: {error}", line=line) from error
            yield line, value if isinstance(value, dict) else {}


def _labelled(cells: Mapping[str, object], task: Task, file: str, line: int) -> Labelled | Problem:
    output, label = cells.get("output"), cells.get("label", "")
    if not isinstance(output, str) or not isinstance(label, str | None):
        return describe(file, "must have an `output` and a `label`", line=line)
    lexicon = lexicon_of(task, {})
    said = (label or "").strip() or column.UNPARSED
    named, reason = column.find(said, lexicon)[:2]
    if named is None and reason != SENT_UNPARSED:
        allowed = ", ".join((*task.label_names, column.UNPARSED))
        return describe(file, f"not a label of {task.id}", line=line, value=said, allowed=allowed)
    text = answer_in(task, output)
    return Labelled(text, named, str(cells.get("kind") or f"{file}:{line}"))
