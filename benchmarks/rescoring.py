"""How long a rescore of 50 systems on 8 sets takes and how much memory, on the tiny checkpoint.

    python benchmarks/rescoring.py [--systems 50] [--rows 100]

The texts are invented words, the task declarations IMHI's. Three runs, each in a process of its own
because peak memory is the process's: everything for the first time; everything again because the
maintainer pinned another checkpoint (the same architecture, other weights); and one system sent
again with 1% of its outputs changed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.instruments import Instruments
from scoring.segments import Example
from scoring.tasks import Task, read_tasks
from submissions.benchmarks.importing import store_gold
from submissions.declarations.meta import Meta
from submissions.declarations.settings import DECLARATIONS, TINY_CHECKPOINT
from submissions.receiving.formats.row import Row
from submissions.receiving.intake import check_items, store_checked
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.forecast import forecast, total
from submissions.rescoring.pending import Workplace, plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.files.gold import Imported
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import start_run

SETS = ("dr", "dreaddit", "swmh", "t-sid", "sad", "cams", "loneliness", "clp")
TEXT = (
    "the poster mentions a week of little sleep and says that work has been hard since spring"
    " friends are far away and evenings long which together with a lack of interest in hobbies"
    " points to something that lasts"
)
WORDS = TEXT.split()
PHASES = ("first", "rescore", "resubmission")


def main() -> None:
    """Build a board and measure on it, or be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=50)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--measure", choices=PHASES)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measured(options.measure, DataFolder(options.data))))
        return
    with tempfile.TemporaryDirectory() as where:
        _table(Path(where), options.systems, options.rows)


def _table(where: Path, systems: int, rows: int) -> None:
    folder = DataFolder(where / "data")
    _build(folder, systems, rows)
    _other_checkpoint(where / "other")
    print(
        f"{systems} systems and 4 baselines, {len(SETS)} sets of {rows} examples, tiny checkpoint\n"
    )
    print(
        f"{'':14}{'units':>8}{'scores':>8}{'pairs':>10}{'plan, s':>10}{'run, s':>10}{'peak MB':>10}"
    )
    for phase in PHASES:
        if phase == "resubmission":
            _submit(folder, _tasks(), "System 1", "2", rows, changed=max(1, rows // 100))
        command = [sys.executable, __file__, "--measure", phase, "--data", str(folder.path)]
        taken = json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout
        )
        numbers = f"{taken['units']:8}{taken['scores']:8}{taken['pairs']:10,.0f}"
        print(
            f"{phase:14}{numbers}{taken['plan']:10.1f}{taken['run']:10.1f}{taken['peak']:10.0f}",
            flush=True,
        )


def _measured(phase: str, folder: DataFolder) -> dict[str, float]:
    checkpoint = TINY_CHECKPOINT if phase == "first" else folder.path.parent / "other"
    model = BartModel(str(checkpoint), dtype="float32", device="cpu")
    place = Workplace(folder, _tasks(), {"imhi": Instruments(model)})
    begun = time.monotonic()
    units = plan(place)
    pairs = total(forecast(folder, units, "local")).cost.pairs
    planned = time.monotonic()
    run(place, units, LocalEngine(), start_run(folder, "benchmark", phase, {}))
    return {
        "units": len(units),
        "scores": sum(len(unit.lacking) for unit in units),
        "pairs": pairs,
        "plan": planned - begun,
        "run": time.monotonic() - planned,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _tasks() -> dict[str, Task]:
    tasks = read_tasks(DECLARATIONS / "tasks")
    return {f"imhi/{name}": tasks[f"imhi/{name}"] for name in SETS}


def _build(folder: DataFolder, systems: int, rows: int) -> None:
    tasks = _tasks()
    prepare(folder)
    chance = random.Random(0)  # noqa: S311 - invented text, not a secret
    gold = [_imported(task, rows, chance) for task in tasks.values()]
    store_gold(folder, tasks, gold)
    for number in range(systems):
        _submit(folder, tasks, f"System {number}", "1", rows)


def _imported(task: Task, rows: int, chance: random.Random) -> Imported:
    examples = tuple(_example(task, index, chance) for index in range(rows))
    return Imported(task.id, "invented", sha256="invented", n_rows=rows, examples=examples)


def _example(task: Task, index: int, chance: random.Random) -> Example:
    post, reference, label = _text(chance, 60), _text(chance, 40), chance.choice(task.labels)
    full = f"{label.gold[0]} Reasoning: {reference}"
    query = f'Consider this post: "{post}" Question: {task.question}'
    return Example(
        _name(task, index), f"p-{task.id}-{index}", query, post, label.name, reference, full
    )


def _name(task: Task, index: int) -> str:
    return f"{task.id.split('/')[1]}-{index:05}"


def _submit(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    system: str,
    version: str,
    rows: int,
    changed: int = 0,
) -> None:
    chance = random.Random(system)  # noqa: S311 - invented text, not a secret
    sent = []
    for task in tasks.values():
        for index in range(rows):
            output = f"{chance.choice(task.labels).gold[0]} Reasoning: {_text(chance, 40)}"
            fresh = f"{output} And once more." if index < changed else output
            sent.append(Row("invented", len(sent) + 2, task.id, _name(task, index), fresh))
    checked = check_items(folder, tasks, sent, "imhi").require()
    meta = Meta(system, version, "zero-shot", consent=True)
    store_checked(folder, checked, meta, "imhi", f"{system} {version}")


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(words // 2, words * 3 // 2)))


def _other_checkpoint(where: Path) -> None:
    """Write the tiny checkpoint with its weights a little changed: another model, and therefore
    another fingerprint.
    """
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(TINY_CHECKPOINT, where)
    path = where / "model.safetensors"
    weights = load_file(path)
    torch.manual_seed(0)
    save_file(
        {name: w + 1e-3 * torch.randn_like(w) for name, w in weights.items()},
        path,
        metadata={"format": "pt"},
    )


if __name__ == "__main__":
    main()
