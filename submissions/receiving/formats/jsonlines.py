"""JSON Lines -> items: one object a line. A key may be left out of a line, as an empty cell may in CSV."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping

from submissions.problems import Problem, shorten
from submissions.receiving.formats.columns import Table, column, ignored, table
from submissions.receiving.formats.limits import Budget
from submissions.receiving.formats.lines import Lines
from submissions.receiving.formats.row import Item, describe

ALLOWED = 'an object a line, such as {"task": "imhi/dr", "example_id": "dr-0001", "output": "..."}'


class _BadLineError(Exception):
    """What is wrong with a line as a whole."""


def read_json_lines(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Every object of a JSON Lines file; the first one's keys say which shape the file has.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    lines = Lines(stream, file, budget.limits)
    yield from lines.with_faults(_items(lines, file, benchmark, budget))


def _items(lines: Lines, file: str, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    made: Table | None = None
    seen: set[str] = set()
    position = 0
    for text in lines:
        lines.row_done()
        if not text.strip():
            budget.blank_line(file)
            continue
        budget.row(file)
        parsed = _parse(text, file, lines.number)
        if isinstance(parsed, Problem):
            yield parsed
            continue
        made = made or table(list(parsed), file, benchmark, budget.limits)
        new = parsed.keys() - seen
        if new and len(seen) < budget.limits.columns:
            seen |= new
            yield from ignored(sorted(new), made)
        yield from made.rows(lines.number, position, parsed)
        position += 1


def _parse(text: str, file: str, line: int) -> Mapping[str, object] | Problem:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=str)
    except _BadLineError as error:
        return describe(file, str(error), line=line, allowed=ALLOWED)
    except RecursionError:
        return describe(file, "nested too deeply", line=line, allowed=ALLOWED)
    except ValueError as error:
        problem = f"not JSON: {getattr(error, 'msg', 'unreadable')} (character {getattr(error, 'pos', 0) + 1})"
        return describe(
            file, problem, line=line, value=text.strip(), allowed=ALLOWED, hint=_hint(text)
        )
    if isinstance(value, dict):
        return value
    kind = "a list" if isinstance(value, list) else "a single value"
    hint = "take the brackets off and write an object a line" if isinstance(value, list) else ""
    return describe(
        file, f"{kind}, not an object", line=line, value=text.strip(), allowed=ALLOWED, hint=hint
    )


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = {column(name): value for name, value in pairs}
    if len(found) != len(pairs):
        names = [column(name) for name, _ in pairs]
        twice = (
            sorted({name for name in names if names.count(name) > 1}) if len(names) < 100 else []
        )
        raise _BadLineError(f"a key stands there twice: {shorten(', '.join(twice))}")
    return found


def _hint(text: str) -> str:
    return "write each object on a line of its own" if text.strip() in ("{", "[") else ""
