"""How long a check takes and how much memory, on a submission of the size of all of IMHI.

    python benchmarks/intake.py [--rows 19353] [--shape csv|jsonl|parquet|csv.gz|csv.zst]

The gold and the outputs are invented text, about as long as IMHI's (a query of about 1,500
characters, an output of about 800). Each measurement runs in a process of its own, because peak
memory is the process's; the yardstick reads the same file with `csv.DictReader` and does nothing
with it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scoring.segments import Example
from scoring.tasks import Task, read_tasks

ROOT = Path(__file__).parents[1]
SIZES = {
    "imhi/dr": 405,
    "imhi/dreaddit": 414,
    "imhi/swmh": 10_882,
    "imhi/t-sid": 959,
    "imhi/sad": 684,
    "imhi/cams": 625,
    "imhi/loneliness": 531,
    "imhi/multiwd": 2_441,
    "imhi/irf": 2_113,
    "imhi/clp": 299,
}
TEXT = (
    "the poster mentions a week of little sleep and says that work has been hard since spring;"
    " friends are far away and the evenings are long, which together with a lack of interest in"
    " hobbies points to something that lasts"
)
WORDS = TEXT.split()


def main() -> None:
    """Measure and print a table, or be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=sum(SIZES.values()))
    parser.add_argument(
        "--shape", choices=["csv", "jsonl", "parquet", "csv.gz", "csv.zst"], default="csv"
    )
    parser.add_argument("--measure", choices=["check", "yardstick"])
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measured(options.measure, options.file, options.rows)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"outputs.{options.shape}"
        plain = _write(path, options.rows)
        _table(path, plain, options.rows)


def _table(path: Path, plain: Path, rows: int) -> None:
    yardstick, check = (
        _in_process(what, file, rows) for what, file in (("yardstick", plain), ("check", path))
    )
    print(f"{rows} rows, {path.stat().st_size / 1e6:.1f} MB as {path.name.split('.', 1)[1]}")
    print(f"{'':20}{'seconds':>10}{'peak MB':>10}")
    for name, taken in (("csv.DictReader", yardstick), ("check", check)):
        print(f"{name:20}{taken['seconds']:10.2f}{taken['megabytes']:10.0f}")
    print(f"{'ratio':20}{check['seconds'] / yardstick['seconds']:10.1f}")
    print(
        f"of the check's peak, gold in memory: {check['gold']:.0f} MB; imported:"
        f" {check['imported'] or 'nothing heavy'}"
    )


def _in_process(what: str, file: Path, rows: int) -> dict[str, float]:
    command = [
        sys.executable,
        __file__,
        "--measure",
        what,
        "--file",
        str(file),
        "--rows",
        str(rows),
    ]
    taken: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return taken


def _measured(what: str, file: Path, rows: int) -> dict[str, object]:
    return _yardstick(file) if what == "yardstick" else _check(file, rows)


def _yardstick(file: Path) -> dict[str, object]:
    started = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as stream:
        for _ in csv.DictReader(stream):
            pass
    return {"seconds": time.perf_counter() - started, "megabytes": _peak()}


def _check(file: Path, rows: int) -> dict[str, object]:
    from submissions.receiving.formats import read_rows
    from submissions.receiving.validate import check

    before = _peak()
    tasks = read_tasks(ROOT / "leaderboard_data" / "tasks")
    gold = _gold(tasks, rows)
    held = _peak() - before
    started = time.perf_counter()
    checked = check(read_rows(file, benchmark="imhi"), gold, tasks, "imhi").require()
    seconds = time.perf_counter() - started
    assert sum(coverage.rows for coverage in checked.coverage) == rows
    heavy = [
        name
        for name in ("torch", "transformers", "pandas", "sklearn", "scipy")
        if name in sys.modules
    ]
    return {"seconds": seconds, "megabytes": _peak(), "gold": held, "imported": heavy}


def _peak() -> float:
    """Return megabytes; Linux counts a parent's memory in `ru_maxrss` of a fresh process, but not
    in VmHWM.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )


def _gold(tasks: dict[str, Task], rows: int) -> dict[str, tuple[Example, ...]]:
    generator = random.Random(0)  # noqa: S311 - invented text, not a secret
    return {
        name: tuple(_example(tasks[name], index, generator) for index in range(size))
        for name, size in _sizes(rows).items()
    }


def _sizes(rows: int) -> dict[str, int]:
    """Return the sets' sizes scaled to `rows` in all, the largest taking the remainder."""
    sizes = {name: max(1, size * rows // sum(SIZES.values())) for name, size in SIZES.items()}
    sizes["imhi/swmh"] += rows - sum(sizes.values())
    return sizes


def _example(task: Task, index: int, generator: random.Random) -> Example:
    post, reference = _text(generator, 1_400), _text(generator, 700)
    label = generator.choice(task.labels)
    full = f"{label.gold[0] if label.gold else label.name} Reasoning: {reference}"
    attributes = {name: generator.choice(values) for name, values in task.attributes.items()}
    name = f"{task.id.split('/')[1]}-{index + 1:05}"
    query = f'Consider this post: "{post}" Question: {task.question}'
    return Example(name, f"p-{index}", query, post, label.name, reference, full, attributes)


def _text(generator: random.Random, length: int) -> str:
    words: list[str] = []
    while length > 0:
        words.append(generator.choice(WORDS))
        length -= len(words[-1]) + 1
    return " ".join(words)


def _write(path: Path, rows: int) -> Path:
    """Return the submission as `path`'s shape, and as plain CSV for the yardstick."""
    tasks = read_tasks(ROOT / "leaderboard_data" / "tasks")
    generator = random.Random(1)  # noqa: S311 - invented text, not a secret
    answers = [
        {"task": name, "example_id": example.example_id, "output": _output(tasks[name], generator)}
        for name, examples in _gold(tasks, rows).items()
        for example in examples
    ]
    plain = path.with_name("plain.csv")
    with plain.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["task", "example_id", "output"])
        writer.writeheader()
        writer.writerows(answers)
    _pack(path, plain, answers)
    return plain


def _output(task: Task, generator: random.Random) -> str:
    label = generator.choice(task.labels)
    return f"{label.gold[0] if label.gold else label.name} Reasoning: {_text(generator, 740)}"


def _pack(path: Path, plain: Path, rows: list[dict[str, str]]) -> None:
    if path.name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif path.name.endswith(".zst"):
        import zstandard

        path.write_bytes(zstandard.compress(plain.read_bytes()))
    else:
        path.write_bytes(plain.read_bytes())


if __name__ == "__main__":
    main()
