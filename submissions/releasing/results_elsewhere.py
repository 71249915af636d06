"""A release's results in the shapes in which others gather them: Every Eval Ever, and the Hugging
Face hub's `.eval_results`.

Aggregates alone: values, intervals and counts of systems on tasks. (Every Eval Ever's records of
single instances hold the input, which here would be a post.) A blank is left out, as is a metric of
which neither end is the better one, since both formats ask which.

- **Every Eval Ever** 0.3 (Ghosh and others 2026, arXiv 2606.14516): a JSON file a system, under
  `data/BENCHMARK/DEVELOPER/SYSTEM/`, named by an id that follows from the release and the system,
  so that a second export is the same files.
- **Hugging Face** (https://huggingface.co/docs/hub/eval-results): a YAML file a system, to be put
  into its model's repository. An entry has one value and no field for an interval, which stands in
  its notes; its source is the release.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from scoring.statistics.interval import COVERAGE
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import (
    CellRow,
    MetricRow,
    OverallRow,
    SystemRow,
    TaskRow,
)

SCHEMA = "0.3.0"
"""The version of Every Eval Ever's schema."""
NOWHERE = "unknown"


class Gatherer(StrEnum):
    """Who gathers results."""

    every_eval_ever = "every-eval-ever"
    hf_eval_results = "hf-eval-results"


@dataclass(frozen=True)
class Elsewhere:
    """What a release does not say of itself, and others ask.

    Attributes:
        address: The board's, e.g. "https://board.example"; "" where it has none.
        dataset: The benchmark's data set on the Hugging Face hub.
        metric: The only one; None for the headline metric of each task, and for Every Eval Ever all
            metrics.
    """

    address: str = ""
    dataset: str = ""
    metric: str | None = None

    def of_release(self, release: ReleaseReader, benchmark: str) -> str:
        """Return where the board stands as a release has it; "" without an address."""
        if not self.address:
            return ""
        return f"{self.address.rstrip('/')}/?benchmark={benchmark}&release={release.release.number}"


def write_results(
    release: ReleaseReader, benchmark: str, folder: Path, gatherer: Gatherer, elsewhere: Elsewhere
) -> list[Path]:
    """Write a board's results into `folder`, a file a system; return the files.

    Args:
        release: Whose.
        benchmark: The board.
        folder: A new or an empty one.
        gatherer: In whose shape.
        elsewhere: What the release does not say.
    """
    board = _Board(release, benchmark, elsewhere)
    written = []
    for system in release.systems(benchmark):
        file = (
            _every_eval_ever(board, system)
            if gatherer is Gatherer.every_eval_ever
            else _eval_results(board, system)
        )
        if file is not None:
            path, text = folder / file[0], file[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


class _Board:
    """A benchmark's part of a release; what all of its systems share is read once."""

    def __init__(self, release: ReleaseReader, benchmark: str, elsewhere: Elsewhere) -> None:
        self.release, self.benchmark, self.elsewhere = release, benchmark, elsewhere
        self.tasks = {task.id: task for task in release.tasks(benchmark)}
        # Of what has no better end nobody could say which of two is better.
        self.metrics = {
            metric.name: metric
            for metric in release.metrics(benchmark)
            if metric.higher_is_better is not None and elsewhere.metric in (None, metric.name)
        }
        names = _slugs([system.system for system in release.systems(benchmark)])
        self.slugs = {
            system.id: slug for system, slug in zip(release.systems(benchmark), names, strict=True)
        }
        self._means = release.overall(benchmark)

    @property
    def seconds(self) -> int:
        """When the release was made, in seconds since 1970."""
        return int(datetime.fromisoformat(self.release.release.created_at).timestamp())

    def cells(self, system: SystemRow) -> Iterator[tuple[TaskRow, MetricRow, CellRow]]:
        """Yield a system's cells that have a value."""
        for cell in self.release.cells(system=system.id):
            if cell.task in self.tasks and cell.metric in self.metrics and cell.value is not None:
                yield self.tasks[cell.task], self.metrics[cell.metric], cell

    def means(self, system: SystemRow) -> Iterator[tuple[MetricRow, OverallRow]]:
        """Yield a system's means over all tasks; those over some would be taken for them."""
        for row in self._means:
            if row.system == system.id and row.covered == row.total and row.metric in self.metrics:
                yield self.metrics[row.metric], row


def _every_eval_ever(board: _Board, system: SystemRow) -> tuple[str, str] | None:
    """Return a system's record, and where it stands; None where it has no value."""
    results = [_cell_result(*cell) for cell in board.cells(system)]
    results += [_mean_result(board, *mean) for mean in board.means(system)]
    if not results:
        return None
    developer, name = _model(system, board.slugs[system.id])
    stated = board.release.release
    record: dict[str, Any] = {
        "schema_version": SCHEMA,
        "evaluation_id": f"{board.benchmark}/{developer}/{name}/{board.seconds}",
        "evaluation_timestamp": stated.created_at,
        "retrieved_timestamp": str(board.seconds),
        "source_metadata": _source(board),
        "eval_library": {"name": "reasonboard", "version": stated.software},
        "model_info": {
            "name": system.system,
            "id": f"{developer}/{name}",
            "additional_details": _declared(system),
        },
        "evaluation_results": results,
    }
    # A second export writes the same files: the id is of what is stated, in the form of a
    # random one.
    digest = hashlib.sha256(f"{stated.number} {stated.created_at} {system.id}".encode()).digest()
    identity = uuid.UUID(bytes=digest[:16], version=4)
    path = f"data/{board.benchmark}/{developer}/{name}/{identity}.json"
    return path, json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _source(board: _Board) -> dict[str, Any]:
    address = board.elsewhere.of_release(board.release, board.benchmark)
    return {
        "source_name": f"ReasonBoard, {board.benchmark}, release {board.release.release.number}",
        "source_type": "evaluation_run",
        "source_organization_name": "ReasonBoard",
        **({"source_organization_url": address} if address else {}),
        # The board scored what a team sent; whoever made the model is not asked.
        "evaluator_relationship": "third_party",
    }


def _declared(system: SystemRow) -> dict[str, str]:
    """Return what a team declares, as texts; nobody has checked it."""
    details = {
        "system_version": system.version,
        "base_model": system.base_model,
        "parameters": system.parameters,
        "method": system.method,
        "prompt_strategy": system.prompt_strategy,
        "description": system.description,
        "licence": system.licence,
        "trained_on": "undeclared"
        if system.trained_on is None
        else ", ".join(map(str, system.trained_on)),
        "trivial_baseline": str(system.trivial).lower(),
        "invented_data": str(system.demonstration).lower(),
    }
    return {
        "deployment_type": NOWHERE,
        "model_availability": NOWHERE,
        **{name: value for name, value in details.items() if value},
    }


def _cell_result(task: TaskRow, metric: MetricRow, cell: CellRow) -> dict[str, Any]:
    counts = {
        "n": cell.n,
        "n_absent": cell.n_absent,
        "n_unparsed": cell.n_unparsed,
        "repetitions": cell.repetitions,
        "sd_over_repetitions": cell.sd,
        "signature": cell.signature,
    }
    return {
        "evaluation_result_id": f"{task.id}:{metric.name}",
        "evaluation_name": task.id,
        "source_data": _source_data(task.dataset, [task]),
        "metric_config": _metric_config(metric),
        "score_details": _score(cell, counts, samples=cell.n),
    }


def _mean_result(board: _Board, metric: MetricRow, row: OverallRow) -> dict[str, Any]:
    tasks = [task for task in board.tasks.values() if f"{task.id}@{task.revision}" in row.signature]
    standing = {
        "tasks": row.total,
        "rank": row.rank,
        "rank_low": row.rank_low,
        "rank_high": row.rank_high,
        "signature": row.signature,
    }
    return {
        "evaluation_result_id": f"{board.benchmark}:{metric.name}",
        "evaluation_name": f"{board.benchmark}, mean of {row.total} tasks",
        "source_data": _source_data(board.benchmark, tasks),
        "metric_config": _metric_config(metric),
        "score_details": _score(row, standing),
    }


def _source_data(name: str, tasks: Sequence[TaskRow]) -> dict[str, Any]:
    details = {
        "tasks": ", ".join(f"{task.id}@{task.revision}" for task in tasks),
        "examples": str(sum(task.size for task in tasks)),
        "sha256": ", ".join(task.source_sha256 for task in tasks),
        "licence": ", ".join(dict.fromkeys(task.licence for task in tasks)),
        "invented_data": str(any(task.demonstration for task in tasks)).lower(),
    }
    return {"dataset_name": name, "source_type": "other", "additional_details": details}


def _metric_config(metric: MetricRow) -> dict[str, Any]:
    details = {
        "limits": metric.limits,
        "validity": metric.validity,
        "checkpoint": metric.checkpoint,
        "demonstration_checkpoint": "true" if metric.demonstration else "",
    }
    return {
        "evaluation_description": metric.measures,
        "metric_id": metric.name,
        "metric_name": metric.title,
        **({"metric_unit": metric.unit} if metric.unit else {}),
        "lower_is_better": not metric.higher_is_better,
        "score_type": "continuous",
        "min_score": "-Infinity" if metric.low_bound is None else metric.low_bound,
        "max_score": "Infinity" if metric.high_bound is None else metric.high_bound,
        "additional_details": {name: text for name, text in details.items() if text},
    }


def _score(
    row: CellRow | OverallRow, details: Mapping[str, object], samples: int | None = None
) -> dict[str, Any]:
    """Return a value with its doubt: the interval, or why there is none."""
    stated = {name: str(value) for name, value in details.items() if value is not None}
    uncertainty: dict[str, Any] = {} if samples is None else {"num_samples": samples}
    if row.low is None or row.high is None:
        stated["no_interval"] = row.interval
    else:
        uncertainty["confidence_interval"] = {
            "lower": row.low,
            "upper": row.high,
            "confidence_level": COVERAGE,
            "method": row.interval,
        }
    return {
        "score": row.value,
        "details": stated,
        **({"uncertainty": uncertainty} if uncertainty else {}),
    }


def _eval_results(board: _Board, system: SystemRow) -> tuple[str, str] | None:
    """Return a system's entries, and where they stand; None where it has no value."""
    wanted = board.elsewhere.metric
    entries = [
        _entry(board, *cell)
        for cell in board.cells(system)
        if (wanted or cell[0].headline) == cell[1].name
    ]
    if not entries:
        return None
    path = f"{board.slugs[system.id]}/.eval_results/{_slug(board.benchmark)}.yaml"
    return path, "".join(entries)


def _entry(board: _Board, task: TaskRow, metric: MetricRow, cell: CellRow) -> str:
    """Return an entry in YAML, whose texts are written as JSON's, which are YAML's too."""
    doubt = (
        f"no interval ({cell.interval})"
        if cell.low is None or cell.high is None
        else f"95% interval {cell.low:.4f} to {cell.high:.4f} ({cell.interval})"
    )
    invented = "; invented data" if task.demonstration else ""
    release = board.release.release
    notes = f"{metric.title}; {doubt}; n = {cell.n}{invented}; {cell.signature}"
    source = board.elsewhere.of_release(board.release, board.benchmark)
    text = {
        name: json.dumps(value, ensure_ascii=False)
        for name, value in {
            "dataset": board.elsewhere.dataset,
            "task": task.id.split("/", 1)[1],
            "date": release.created_at,
            "url": source,
            "name": f"ReasonBoard, {board.benchmark}, release {release.number}",
            "notes": notes,
        }.items()
    }
    return (
        f"- dataset:\n    id: {text['dataset']}\n    task_id: {text['task']}\n"
        f"  value: {json.dumps(cell.value)}\n  date: {text['date']}\n"
        f"  source:\n    url: {text['url']}\n    name: {text['name']}\n"
        f"  notes: {text['notes']}\n"
    )


_HUB = re.compile(r"https?://(?:www\.)?huggingface\.co/([\w.-]+)/([\w.-]+)/?", re.ASCII)
_OF_NO_MODEL = ("datasets", "spaces", "papers", "docs", "collections")


def _model(system: SystemRow, slug: str) -> tuple[str, str]:
    """Return a system's developer and name, from its link to the hub where it has one."""
    links = system.links.values() if isinstance(system.links, Mapping) else system.links or ()
    for link in links:
        match = _HUB.fullmatch(str(link))
        if match and match[1] not in _OF_NO_MODEL:
            return match[1], match[2]
    return NOWHERE, slug


def _slugs(names: Sequence[str]) -> list[str]:
    """Return names of folders, all different on a disk that does not tell "A" from "a"."""
    slugs = [_slug(name) for name in names]
    often = [slug.casefold() for slug in slugs]
    return [
        slug
        if often.count(slug.casefold()) == 1
        else f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for name, slug in zip(names, slugs, strict=True)
    ]


def _slug(name: str) -> str:
    """Return a name of letters, digits, dots and hyphens that no program takes for a place."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:80] or "system"
