"""An invented submission to the demonstration benchmark, in the shapes that tests send it in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from scoring.segments import Example
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.declarations.settings import DECLARATIONS
from submissions.receiving.formats import read_rows
from submissions.receiving.validate import Checked, check

Cells = Mapping[str, object]
TEXTS = DECLARATIONS / "demo" / "test"
SAID = (
    "No, the poster does not suffer from stress. Reasoning: An invented reason; number",
    "Yes, the poster suffers from stress. Reasoning: An invented reason, number",
)
OUTPUTS = tuple(f"{SAID[i % 2]} {i}." for i in range(40))
"""No and yes in turn, with commas and semicolons in them."""
ROWS = tuple(
    {"task": "demo/stress", "example_id": f"stress-{i:03}", "output": output}
    for i, output in enumerate(OUTPUTS, start=1)
)


def demo_gold(tasks: Mapping[str, Task]) -> dict[str, tuple[Example, ...]]:
    """Task id -> examples of the demonstration benchmark."""
    names = sorted(path.stem for path in TEXTS.glob("*.csv"))
    return {
        f"demo/{name}": import_csv(TEXTS / f"{name}.csv", tasks[f"demo/{name}"]).examples
        for name in names
    }


def as_csv(
    rows: Sequence[Cells] = ROWS, sign: str = ",", end: str = "\r\n", *, quoted: bool = False
) -> str:
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(
        stream, list(rows[0]), delimiter=sign, lineterminator=end, quoting=quoting
    )
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_json_lines(rows: Sequence[Cells] = ROWS) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def checked(
    path: Path, tasks: Mapping[str, Task], gold: Mapping[str, tuple[Example, ...]]
) -> Checked:
    """What a check for the demonstration benchmark finds."""
    return check(read_rows(path, benchmark="demo"), gold, tasks, "demo")


def notes(found: Checked) -> str:
    return "\n".join(note.said for note in found.notes)


def problems(found: Checked) -> str:
    return "\n".join(map(str, found.problems))
