"""Whether the JSON that commands write is what docs/json.md says of it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.commands import succeed

DOCUMENT = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \| ([\w ]+) \|", re.MULTILINE)
TYPES = {
    "text": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "list of text": list,
}
HELD_ELSEWHERE = ("overview --format json", "reported --format json")
"""Objects of objects: tests/app/test_overview.py and test_reported.py hold them to the document."""
NEEDED = {"compare": ["Keyword rules", "TF-IDF (held out)", "--benchmark", "demo"]}


def check_json_is_documented(data: Path) -> None:
    """Run every documented command on a board that has the demonstration; compare fields and types
    both ways.
    """
    sections = dict(_sections(r"^## reasonboard (.+)$", DOCUMENT))
    assert sections
    for command in HELD_ELSEWHERE:
        del sections[command]
    for command, section in sections.items():
        words = shlex.split(command)
        written = json.loads(
            succeed(data, *words[:1], *NEEDED.get(words[0], []), *words[1:], timeout=900)
        )
        parts = dict(_sections(r"^### (\w+)$", section)) or {"": section}
        found = written if isinstance(written, Mapping) else {"": written}
        assert found.keys() == parts.keys(), command
        for name, part in parts.items():
            rows = found[name]
            assert rows or "Empty where" in part, f"{command} {name}"
            _check_rows(rows, dict(_fields(part)), f"{command} {name}")


def check_rows_are_documented(command: str, name: str, rows: list[dict[str, Any]]) -> None:
    """Compare rows of a part of what a command writes, or of all of it (""), on whichever board they
    are of.
    """
    section = dict(_sections(r"^## reasonboard (.+)$", DOCUMENT))[command]
    part = dict(_sections(r"^### (\w+)$", section))[name] if name else section
    assert rows
    _check_rows(rows, dict(_fields(part)), f"{command} {name}")


def _sections(heading: str, text: str) -> Iterator[tuple[str, str]]:
    pieces = re.split(heading, text, flags=re.MULTILINE)
    yield from zip(pieces[1::2], pieces[2::2], strict=True)


def _fields(section: str) -> Iterator[tuple[str, str]]:
    for names, kind in ROW.findall(section):
        yield from ((name, kind) for name in re.findall(r"\w+", names))


def _check_rows(rows: list[dict[str, Any]], fields: Mapping[str, str], where: str) -> None:
    for row in rows:
        assert row.keys() == fields.keys(), (where, row.keys() ^ fields.keys())
        for name, kind in fields.items():
            plain = kind.removesuffix(" or null")
            assert (row[name] is None and plain != kind) or isinstance(row[name], TYPES[plain]), (
                where,
                name,
                row,
            )
