"""What every harness's adapter hands out: samples, each an output with the clues to its example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from submissions.receiving.formats.columns import UploadTable
from submissions.receiving.formats.row import Clues, Item, Row, refused

LONGEST_NAME = 200
LONGEST = 64_000_000
"""Bytes of a run in one JSON object, or of one sample: read at once."""


@dataclass(frozen=True)
class Sample:
    """One generation.

    Attributes:
        clues: What tells its example.
        output: The generated text; "" where there is none.
        repetition: Counted from 1.
    """

    clues: Clues
    output: str
    repetition: int


class Unusable(Exception):
    """What is wrong with a sample.

    Attributes:
        key: Where in it.
        allowed: What may stand there.
    """

    def __init__(self, problem: str, key: str = "", allowed: str = "") -> None:
        super().__init__(problem)
        self.key, self.allowed = key, allowed


def items_of(sample: Sample, table: UploadTable, line: int) -> Iterator[Item]:
    """Yield a sample's row, and before it what is wrong with its text."""
    repetition = str(sample.repetition) if sample.repetition > 1 else None
    for item in table.rows(line, 0, {"output": sample.output, "repetition": repetition}):
        yield replace(item, clues=sample.clues) if isinstance(item, Row) else item


def parsed(content: bytes, file: str, what: str, hint: str = "") -> object:
    """Return a file's one JSON value.

    Args:
        content: All of it, or `LONGEST` bytes and one more of what is longer.
        file: For messages.
        what: What it is taken for.
        hint: What to do where it is too long.

    Raises:
        SubmissionRefused: It is too long, or no JSON.
    """
    if len(content) > LONGEST:
        allowed = f"at most {LONGEST:,} bytes"
        raise refused(file, "too much to be read at once", allowed=allowed, hint=hint)
    try:
        return json.loads(content)
    except RecursionError as error:
        raise refused(file, "nested too deeply", allowed=what) from error
    except ValueError as error:
        raise refused(file, f"not JSON: {error}", allowed=what) from error


def names_in(fields: object) -> tuple[str, ...]:
    """Return what may be an example's id among the fields of a sample, those called so first.

    A bare number is an id under such a name only: elsewhere it is as likely a label.
    """
    if not isinstance(fields, dict):
        return ()
    by_key = {str(key): as_name(value) for key, value in fields.items()}
    called = [name for key, name in by_key.items() if name and _is_called_id(key)]
    others = [
        name
        for key, name in by_key.items()
        if name and not _is_called_id(key) and any(map(str.isdigit, name)) and not name.isdigit()
    ]
    return tuple(dict.fromkeys([*called, *others]))


def as_name(value: object) -> str:
    """Return `value` as an id; "" where it cannot be one."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    return text if len(text) <= LONGEST_NAME else ""


def texts_of(value: object) -> tuple[str, ...]:
    """Return the texts of a prompt: a text, or messages with their texts; the later ones last."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return texts_of(value.get("content", value.get("text")))
    if isinstance(value, list):
        return tuple(text for part in value for text in texts_of(part))
    return ()


def _is_called_id(key: str) -> bool:
    key = key.casefold()
    return key in ("id", "example_id", "idx", "index", "key", "name", "qid", "uid") or key.endswith(
        ("_id", "-id", " id")
    )
