"""Small boards of invented data, for tests of what happens to submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.instruments import Instruments
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.declarations.settings import DECLARATIONS, TINY_CHECKPOINT
from submissions.receiving.intake import Accepted, Sender, submit_file
from submissions.releasing.content import content_of, draft
from submissions.releasing.publish import publish
from submissions.rescoring.pending import Workplace
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.scored.scores import PinnedModel, Run, pin_model, start_run

publish_with_blanks = partial(publish, allow_pending=True)
"""A release of a board of which no more is scored than a test needs."""

TEXTS = DECLARATIONS / "demo" / "test"
TINY = BartModel(str(TINY_CHECKPOINT), dtype="float32", device="cpu")


def demo_board(path: Path, tasks: Mapping[str, Task], names: Sequence[str]) -> DataFolder:
    """A data folder with the named demo tasks imported and their trivial baselines submitted."""
    folder = DataFolder(path)
    prepare(folder)
    # BARTScore's tiny model is enough of models for most tests, whoever scores the board.
    (path / "scoring.toml").write_text('[similarity.demo]\ncheckpoint = "none"\n')
    store_gold(
        folder, tasks, [import_csv(TEXTS / f"{name}.csv", tasks[f"demo/{name}"]) for name in names]
    )
    return folder


def workplace(folder: DataFolder, tasks: Mapping[str, Task]) -> Workplace:
    """Where the demo benchmark is scored with the tiny checkpoint."""
    return Workplace(folder, tasks, {"demo": Instruments(TINY)})


def a_run(folder: DataFolder) -> Run:
    """A run under which scores can be stored, with the tiny checkpoint pinned."""
    run = start_run(folder, "tester", "a test", {"library": "1"})
    pinned = PinnedModel(
        "demo",
        TINY.kind,
        "tiny-bart",
        TINY.fingerprint,
        TINY.max_tokens,
        TINY.dtype_name,
        demonstration=True,
    )
    pin_model(folder, pinned, run)
    return run


def submit(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    where: Path,
    rows: Sequence[Mapping[str, str]],
    sender: Sender | None = None,
    **meta: object,
) -> Accepted:
    """Submit `rows` to the demo benchmark through the front door."""
    import csv
    import json

    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (where / "outputs.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    declared = {"system": "S", "version": "1", "method": "zero-shot", "consent": True, **meta}
    lines = [f"{name} = {json.dumps(value)}" for name, value in declared.items()]
    (where / "submission.toml").write_text("\n".join(lines), encoding="utf-8")
    return submit_file(
        folder, tasks, where / "outputs.csv", "demo", where / "submission.toml", sender
    )


def gold_rows(folder: DataFolder, task: Task) -> list[dict[str, str]]:
    """Rows that answer every example of `task` as gold does, in the benchmark's form."""
    return [
        {"task": task.id, "example_id": example.example_id, "output": str(example.reference_full)}
        for example in PostStore(folder.posts).examples(task)
    ]


def build_content(folder: DataFolder, tasks: Mapping[str, Task]) -> ReleaseContent:
    """Everything that the next release would state."""
    return content_of(draft(folder, tasks))
