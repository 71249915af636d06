"""Gold data in JSON: read whole, and every text of it one that a file can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from submissions.benchmarks.gold_table import BenchmarkError
from submissions.problems import Problem

_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which JSON can escape and no file can hold."""


def read_json(path: Path) -> Any:
    """Read a JSON file, UTF-8, with or without a byte order mark.

    Raises:
        BenchmarkError: It cannot be read, or texts of it cannot be written: each is a fault.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
        halved = list(_halved(content, ""))
    except (OSError, ValueError, RecursionError) as error:
        raise BenchmarkError(f"{path}: cannot be read as JSON ({error}). Correct it.") from error
    if halved:
        problem = "holds half of a surrogate pair, which no UTF-8 text can"
        faults = [
            Problem(path.name, None, place, "", problem, "whole characters") for place in halved
        ]
        listed = "\n".join(map(str, faults))
        raise BenchmarkError(f"{path}: cannot be used. Correct it.\n{listed}", faults)
    return content


def _halved(value: Any, place: str) -> Iterator[str]:
    """Yield where texts with half of a surrogate pair stand: `[0].posts[2].post`, say."""
    if isinstance(value, str) and _HALF.search(value):
        yield place.removeprefix(".") or "the text"
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _halved(part, f"{place}[{number}]")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if _HALF.search(name):
                yield f"{place}.{name!a}".removeprefix(".")
            else:
                yield from _halved(part, f"{place}.{name}")
