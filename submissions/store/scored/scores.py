"""Rows of `scores`, `runs` and `pinned_models`. A score is inserted once and never updated."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from scoring.instruments import Instruments
from scoring.judging.values import Judging
from scoring.metric import Identity, Scored
from scoring.tasks import Task
from submissions.store.clock import now
from submissions.store.database import fetch, fetch_as, writing
from submissions.store.folder import DataFolder
from submissions.store.redacted import noted
from submissions.wording import counted

FEWEST = 10
"""Examples with a value without which there is no value over them: of fewer, a
single one decides.
"""


class ScoreKey(NamedTuple):
    """What one score is of: the primary key."""

    submission: str
    task: str
    task_revision: int
    identity: str


@dataclass(frozen=True)
class Score:
    """One stored score; see `scoring.metric.Scored` for the numbers.

    `n_refused` and `n_cut_off` are None where it was made before they were told apart from the
    other unparsed outputs.
    """

    submission: str
    task: str
    task_revision: int
    identity: Identity
    value: float | None
    low: float | None
    high: float | None
    interval: str
    sd: float | None
    repetitions: int
    n: int
    n_absent: int
    n_unparsed: int
    n_truncated: int
    array: str
    signature: str
    run: str
    scored_at: str
    n_refused: int | None = None
    n_cut_off: int | None = None

    @property
    def key(self) -> ScoreKey:
        """Its primary key."""
        return ScoreKey(self.submission, self.task, self.task_revision, self.identity.key)


@dataclass(frozen=True)
class Run:
    """Who scored, why, with what."""

    id: str
    author: str
    reason: str
    provenance: Mapping[str, str]
    started_at: str
    finished_at: str | None = None


@dataclass(frozen=True)
class PinnedModel:
    """The record of a model that a benchmark's current scores were made with.

    Attributes:
        benchmark: Whose.
        kind: Of instrument; see `scoring.instruments`.
        checkpoint: Hub name, or the folder's name; "" where the benchmark has none of the kind any
            more.
        fingerprint: Hash of weights, configuration and tokenizer.
        max_tokens: Tokens kept of each side.
        dtype_name: Of the arithmetic.
        demonstration: Whether it is a tiny model that only shows the machinery.
        judging: Of a judge what it was asked; None of any other, and of one that was recorded
            before that was.
    """

    benchmark: str
    kind: str
    checkpoint: str
    fingerprint: str
    max_tokens: int
    dtype_name: str
    demonstration: bool
    judging: Judging | None = None


def score_of(
    submission: str,
    task: Task,
    identity: Identity,
    scored: Scored,
    array: str,
    run: str,
    repetitions: int,
) -> Score:
    """Return the row for `scored`, of so many repetitions."""
    return Score(
        submission=submission,
        task=task.id,
        task_revision=task.revision,
        identity=identity,
        value=scored.value,
        low=scored.low,
        high=scored.high,
        interval=scored.interval,
        sd=scored.sd,
        repetitions=repetitions,
        n=scored.n,
        n_absent=scored.n_absent,
        n_unparsed=scored.n_unparsed,
        n_truncated=scored.n_truncated,
        array=array,
        signature=identity.signature(task),
        run=run,
        scored_at=now(),
        n_refused=scored.n_refused,
        n_cut_off=scored.n_cut_off,
    )


def too_few(n: int) -> str:
    """Return why a value over `n` examples is none."""
    return f"too few: {counted(n, 'example')} with a value, and it takes {FEWEST}"


def with_enough(score: Score) -> Score:
    """Return `score` as anybody is told it.

    Blank, but for its counts, where it rests on fewer than `FEWEST` examples.
    """
    if score.value is None or score.n >= FEWEST:
        return score
    # The counts stay: they say why there is no value.
    return replace(score, value=None, low=None, high=None, sd=None, interval=too_few(score.n))


def commit_scores(folder: DataFolder, scores: Iterable[Score]) -> int:
    """Store `scores` in one transaction. One that is there already stays as it is: a late commit is
    a no-op.

    Returns:
        How many were new.
    """
    with writing(folder) as db:
        before = db.conn.total_changes
        # A worker whose lease ran out may come late with the same scores.
        db.table("scores").insert_all((score_row(score) for score in scores), ignore=True)
        return db.conn.total_changes - before


def scored_keys(folder: DataFolder) -> set[ScoreKey]:
    """Return the keys of all stored scores: what is not among them is pending."""
    return set(scored_identities(folder))


def scored_identities(folder: DataFolder) -> dict[ScoreKey, str]:
    """Return the keys of all stored scores with the metric that each is of."""
    rows = fetch(folder, "SELECT submission, task, task_revision, identity, metric FROM scores")
    return {ScoreKey(*key): metric for *key, metric in rows}


def scores(folder: DataFolder, keys: set[ScoreKey]) -> tuple[Score, ...]:
    """Return the stored scores among `keys`, in the order they were made."""
    return tuple(score for score in all_scores(folder) if score.key in keys)


def all_scores(folder: DataFolder) -> tuple[Score, ...]:
    """Return all stored scores, in the order they were made."""
    return fetch_as(_from_row, folder, "scores")


def arrays_under(folder: DataFolder, task: Task, identity: Identity) -> dict[str, str]:
    """Return submission id -> array of every score of `task` under `identity`, the newest first."""
    rows = fetch(
        folder,
        "SELECT submission, array FROM scores WHERE task = ? AND metric = ? AND task_revision = ?"
        " AND identity = ? ORDER BY rowid DESC",
        [task.id, identity.metric, task.revision, identity.key],
    )
    return dict(rows)


def start_run(folder: DataFolder, author: str, reason: str, provenance: Mapping[str, str]) -> Run:
    """Begin a run; every score names one."""
    with writing(folder) as db:
        run = Run(secrets.token_hex(6), author, noted(db, reason), provenance, now())
        db.table("runs").insert({**asdict(run), "provenance": json.dumps(dict(provenance))})
    return run


def finish_run(folder: DataFolder, run: Run) -> None:
    """Note that `run` came to its end."""
    with writing(folder) as db:
        db.table("runs").update(run.id, {"finished_at": now()})


def runs(folder: DataFolder) -> dict[str, Run]:
    """Run id -> run."""
    stored = fetch_as(_run_from_row, folder, "runs")
    return {run.id: run for run in stored}


def _run_from_row(*, provenance: str, **fields: Any) -> Run:
    return Run(provenance=json.loads(provenance), **fields)


def pin_model(folder: DataFolder, pinned: PinnedModel, run: Run) -> None:
    """Make `pinned` the model of its kind and benchmark; a no-op when it is already."""
    if pinned_models(folder, pinned.benchmark).get(pinned.kind) == pinned:
        return
    with writing(folder) as db:
        row = asdict(pinned) | {"run": run.id, "pinned_at": now()}
        row["dtype"] = row.pop("dtype_name")
        row["judging"] = json.dumps(pinned.judging.written()) if pinned.judging else ""
        db.table("pinned_models").insert(row)


def pinned_models(folder: DataFolder, benchmark: str) -> dict[str, PinnedModel]:
    """Return kind -> the model recorded last for `benchmark`."""
    rows = fetch(
        folder,
        "SELECT benchmark, kind, checkpoint, fingerprint, max_tokens, dtype, demonstration, judging"
        " FROM pinned_models WHERE benchmark = ? ORDER BY n",
        [benchmark],
    )
    stored = (PinnedModel(*row) for row in rows)
    return {
        each.kind: replace(
            each, demonstration=bool(each.demonstration), judging=_judging(each.judging)
        )
        for each in stored
    }


def _judging(written: object) -> Judging | None:
    return Judging.read(json.loads(str(written))) if written else None


def recorded_instruments(folder: DataFolder, benchmarks: Iterable[str]) -> dict[str, Instruments]:
    """Return benchmark -> what it was scored with as far as that is recorded: enough for
    identities, not for scoring.
    """
    return {name: recorded(folder, name) for name in dict.fromkeys(benchmarks)}


def recorded(folder: DataFolder, benchmark: str) -> Instruments:
    """Return what a benchmark was scored with as far as that is recorded."""
    pinned = pinned_models(folder, benchmark).values()
    return Instruments(*(model for model in pinned if model.checkpoint))


def score_row(score: Score) -> dict[str, Any]:
    """Return the row of `scores` that a score is."""
    row = {name: value for name, value in vars(score).items() if name != "identity"}
    identity = score.identity
    return {
        **row,
        "identity": identity.key,
        "metric": identity.metric,
        "identity_fields": json.dumps(asdict(identity)),
    }


def _from_row(*, metric: str, identity: str, identity_fields: str, **fields: Any) -> Score:  # noqa: ARG001 (both are made of the fields)
    return Score(identity=Identity(**json.loads(identity_fields)), **fields)
