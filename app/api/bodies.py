"""What the API answers and takes, one dataclass a body: handlers make them, and the OpenAPI
document describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, with_config

from app.overview import Overview
from scoring.declarations import Must, adapter, one_of
from submissions.declarations.meta import Meta, meta_schema
from submissions.life.decisions import FIXED
from submissions.life.states import State
from submissions.problems import Problem
from submissions.receiving.preview import TaskPreview
from submissions.releasing.own_reach import OwnReach
from submissions.rescoring.presence import NONE, RUNNING, UNKNOWN
from submissions.store.released.rated_rows import (
    RubricAgreementRow,
    RubricBoardRow,
    RubricContrastRow,
    RubricSystemRow,
    RubricValueRow,
    StressRow,
)
from submissions.store.released.release_rows import HistoryRow
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow
from submissions.store.released.scored_rows import CounterfactualRow, DropRow, TaskRow

Json = dict[str, Any]
"""An object of JSON."""


@dataclass(frozen=True)
class Body:
    """What is sent as JSON."""

    def as_json(self) -> Json:
        """Return it in terms of JSON."""
        return asdict(self)


# Unlike all other bodies it leaves out what it has nothing to say of: most problems have no list.
@with_config(json_schema_serialization_defaults_required=False)
@dataclass(frozen=True)
class ProblemDetails:
    """What is wrong, in the shape of RFC 9457.

    Attributes:
        type: `urn:reasonboard:` and the kind of problem.
        title: The kind in words.
        status: As the answer's.
        detail: What is wrong, and what to do next.
        problems: Of a file or a declaration, each.
        unlisted: How many more there are.
    """

    type: str
    title: str
    status: int
    detail: str
    problems: tuple[Problem, ...] = ()
    unlisted: int = 0


@dataclass(frozen=True)
class SubmissionBody(Body):
    """A submission as its team sees it.

    Attributes:
        id: Permanent: the address is /api/v1/submissions/{id}.
        done: Scores that are stored.
        total: Scores that there will be.
        reason: Why it is in this state.
        next_step: What its team can do.
        consent: Whether its team wants it published.
        held: Why it waits for a maintainer; "" where it does not.
        tasks: Task -> how often it was run.
        metadata: What its team declares.
        page: Its page on the site.
    """

    id: str
    benchmark: str
    system: str
    version: str
    team: str | None
    state: State
    done: int
    total: int
    reason: str
    next_step: str
    consent: bool
    held: str
    tasks: Mapping[str, int]
    rows: int
    sha256: str
    received_at: str
    withdrawn_at: str | None
    metadata: Meta
    page: str


@dataclass(frozen=True)
class Taken(SubmissionBody):
    """A submission that was just sent.

    Attributes:
        notes: How its file was read.
    """

    notes: tuple[str, ...]


@dataclass(frozen=True)
class Submissions(Body):
    """A team's submissions, newest first."""

    submissions: tuple[SubmissionBody, ...]


@dataclass(frozen=True)
class ScoreBody:
    """A score as docs/json.md describes a cell's."""

    metric: str
    task: str
    task_revision: int
    value: float | None
    low: float | None
    high: float | None
    interval: str
    sd: float | None
    repetitions: int
    n: int
    n_absent: int
    n_unparsed: int
    n_refused: int | None
    n_cut_off: int | None
    n_truncated: int
    signature: str
    scored_at: str


@dataclass(frozen=True)
class Scores(Body):
    """A submission's scores, for its team.

    Attributes:
        reach: What it could show against the best of the release that is served; empty where there
            is none.
    """

    submission: str
    scores: tuple[ScoreBody, ...]
    reach: tuple[OwnReach, ...]


@dataclass(frozen=True)
class PreviewBody(Body):
    """What was read of a file.

    Attributes:
        accepted: Whether it could be submitted.
        problems: What is to be put right.
        unlisted: How many more problems there are.
        notes: How it was read.
        without_rows: Tasks of which no row was read, and how many examples each has.
    """

    accepted: bool
    sha256: str
    problems: tuple[Problem, ...]
    unlisted: int
    notes: tuple[str, ...]
    tasks: tuple[TaskPreview, ...]
    without_rows: Mapping[str, int]


@dataclass(frozen=True)
class TasksBody(Body):
    """The boards' tasks."""

    tasks: tuple[TaskRow, ...]


@dataclass(frozen=True)
class StressTests(Body):
    """Which explanations spoilt on purpose fool the boards' metrics."""

    stress_tests: tuple[StressRow, ...]


@dataclass(frozen=True)
class AllBoards(Overview, Body):
    """All boards at a glance, and each family of tasks across them."""


@dataclass(frozen=True)
class ReportedResults(Body):
    """What papers print and claim, whole: nothing of it was scored here."""

    papers: tuple[PaperRow, ...]
    reported: tuple[ReportedRow, ...]
    claims: tuple[ClaimRow, ...]


@dataclass(frozen=True)
class Counterfactuals(Body):
    """How answers change between posts and their counterfactuals."""

    counterfactuals: tuple[CounterfactualRow, ...]


@dataclass(frozen=True)
class Failures(Body):
    """Where systems fail: tags and attributes by the drop that goes with them, of each
    board and metric the largest first.
    """

    failures: tuple[DropRow, ...]


@dataclass(frozen=True)
class RatedTranscriptBoards(Body):
    """How transcripts are rated by a rubric."""

    boards: tuple[RubricBoardRow, ...]
    systems: tuple[RubricSystemRow, ...]
    values: tuple[RubricValueRow, ...]
    contrasts: tuple[RubricContrastRow, ...]
    agreement: tuple[RubricAgreementRow, ...]


@dataclass(frozen=True)
class Releases(Body):
    """The releases up to the one that is served, newest first.

    Attributes:
        current: The number of the one that is served.
        notice: That it stands in for a damaged one; "" where it does not.
    """

    current: int
    notice: str
    releases: tuple[HistoryRow, ...]


@dataclass(frozen=True)
class WorkerBody:
    """Whether somebody scores.

    Attributes:
        last_seen_seconds: How long ago one was seen; null: never.
        version: Its software.
        message: What is to be done where none is there.
    """

    state: Annotated[str, one_of((RUNNING, NONE, UNKNOWN))]
    last_seen_seconds: float | None
    version: str | None
    message: str


@dataclass(frozen=True)
class DamageBody:
    """Whether files are damaged.

    Attributes:
        served_release: Whether an earlier release is shown for it, or none.
        files: How many were damaged when all were read; null: never read.
        read_at: When that was.
    """

    served_release: bool
    files: int | None
    read_at: str | None


@dataclass(frozen=True)
class Faulty:
    """A declaration that cannot be used; `reasonboard status` says why."""

    name: str
    message: str


@dataclass(frozen=True)
class Health(Body):
    """Whether the board answers.

    Attributes:
        tasks: How many are declared.
        submissions: How many there are.
    """

    status: Annotated[str, one_of(("ok",))]
    tasks: int
    faulty: tuple[Faulty, ...]
    submissions: int
    worker: WorkerBody
    damage: DamageBody


# The reason stands in the record, which is read in terminals, too.
def _printable(reason: str) -> str:
    if not reason.isprintable():
        raise ValueError
    return reason


@dataclass(frozen=True)
class Reason:
    """Why a submission is withdrawn."""

    reason: Annotated[
        str,
        StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=500),
        AfterValidator(_printable),
        Must('say why, in up to 500 characters: {"reason": "..."}'),
    ]


def reason_schema() -> Json:
    """Describe `Reason` as it is checked."""
    return adapter(Reason).json_schema()


def metadata_schema() -> Json:
    """Describe what may be declared anew of a submission: all but its name; null
    declares nothing.
    """
    return {
        "type": "object",
        "description": (
            "declarations as in submission.toml, but for system and version; null declares nothing"
        ),
        "additionalProperties": False,
        "properties": {
            # What may be left out may be taken back: null declares nothing. What has no default
            # is always needed.
            key: {"anyOf": [schema, {"type": "null"}]} if "default" in schema else schema
            for key, schema in meta_schema().items()
            if key not in FIXED
        },
    }
