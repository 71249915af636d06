"""What the API can do, one entry an operation: the routes and the OpenAPI document are both made
from this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api import bodies, public, team

JSON = "application/json"
Schema = Mapping[str, Any]
Answer = type | tuple[str, Schema] | None

_TEXT: Schema = {"type": "string"}


@dataclass(frozen=True)
class Parameter:
    """Something in the address: in its path, or after the question mark."""

    name: str
    description: str
    where: str = "query"
    schema: Schema = field(default_factory=lambda: _TEXT)


@dataclass(frozen=True)
class Operation:
    """One thing that the API does.

    Attributes:
        method: Of HTTP.
        path: Below /api/v1.
        handler: What does it.
        summary: In a line.
        answers: Status -> what is answered when all is well: a body in JSON, or a media type and
            schema; None for no body.
        problems: Statuses of the problems that it may answer with, besides those that every
            operation may.
        needs_team: Whether it needs a team's token.
        parameters: In the address.
        body: Media type and schema of what is sent; None for nothing.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    summary: str
    answers: Mapping[int, Answer]
    problems: tuple[int, ...] = ()
    needs_team: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: tuple[str, Schema] | None = None


def _form(*needed: str) -> tuple[str, Schema]:
    parts = {
        "benchmark": {"type": "string", "description": "what a task's id has before the slash"},
        "file": {
            "type": "string",
            "format": "binary",
            "description": "CSV, JSON Lines, Parquet; plain, packed",
        },
        "metadata": {
            "type": "string",
            "description": "what submission.toml holds, or the same as JSON",
        },
    }
    chosen = {name: parts[name] for name in needed}
    return "multipart/form-data", {"type": "object", "required": list(needed), "properties": chosen}


_BINARY: Schema = {"type": "string", "format": "binary"}
_ID = Parameter("submission", "the submission's id", "path")
_BENCHMARK = Parameter("benchmark", "only this benchmark")
_FRESH: Mapping[int, Answer] = {304: None}
_TEAM = (401,)
_OWN = (*_TEAM, 404)
_UPLOAD = (401, 403, 408, 413, 415, 422)

OPERATIONS = (
    Operation(
        "POST",
        "/submissions",
        team.submit,
        "Submit outputs; the same bytes again find the first ones.",
        {201: bodies.Taken, 200: bodies.Taken},
        (*_UPLOAD, 409, 429),
        True,
        body=_form("benchmark", "metadata", "file"),
    ),
    Operation(
        "POST",
        "/checks",
        team.check,
        "Say what would be read of a file, and every problem. Nothing is stored.",
        {200: bodies.PreviewBody},
        _UPLOAD,
        True,
        body=_form("benchmark", "file"),
    ),
    Operation(
        "GET",
        "/submissions",
        team.list_submissions,
        "List the team's submissions.",
        {200: bodies.Submissions},
        _TEAM,
        True,
    ),
    Operation(
        "GET",
        "/submissions/{submission}",
        team.show,
        "Say how it stands with a submission.",
        {200: bodies.SubmissionBody},
        _OWN,
        True,
        (_ID,),
    ),
    Operation(
        "PATCH",
        "/submissions/{submission}",
        team.edit,
        "Change what is declared of a submission.",
        {200: bodies.SubmissionBody},
        (*_OWN, 408, 409, 413, 415, 422),
        True,
        (_ID,),
        (JSON, bodies.metadata_schema()),
    ),
    Operation(
        "GET",
        "/submissions/{submission}/scores",
        team.private_scores,
        "Scores, before they are public.",
        {200: bodies.Scores},
        _OWN,
        True,
        (_ID,),
    ),
    Operation(
        "POST",
        "/submissions/{submission}/publish",
        team.publish,
        "Consent to publication.",
        {200: bodies.SubmissionBody},
        (*_OWN, 409),
        True,
        (_ID,),
    ),
    Operation(
        "POST",
        "/submissions/{submission}/withdraw",
        team.take_back,
        "Withdraw a submission; its outputs are deleted.",
        {200: bodies.SubmissionBody},
        (*_OWN, 408, 409, 413, 415),
        True,
        (_ID,),
        (JSON, bodies.reason_schema()),
    ),
    Operation(
        "GET",
        "/tasks/{benchmark}/{task}/template",
        team.template,
        "The CSV file that a team fills in for a task.",
        {200: ("text/csv", _TEXT)},
        _OWN,
        True,
        (
            Parameter("benchmark", "the benchmark", "path"),
            Parameter("task", "the task's name in it", "path"),
        ),
    ),
    Operation(
        "GET",
        "/leaderboard",
        public.leaderboard,
        "Every cell of the boards (docs/json.md).",
        {200: (JSON, {"type": "array", "items": {"type": "object"}}), **_FRESH},
        (404,),
        parameters=(
            _BENCHMARK,
            Parameter("task", "only this task"),
            Parameter(
                "tasks",
                "means and ranks over these tasks of one board alone, with commas between; of one"
                " metric, the headline metric unless said",
            ),
            Parameter("metric", "only this metric"),
            Parameter(
                "fields",
                "only these fields of each cell, with commas between; then a page at a time",
            ),
            Parameter(
                "page",
                "which page of 1,000 cells; `Link` leads to the next",
                schema={"type": "integer", "minimum": 1},
            ),
        ),
    ),
    Operation(
        "GET",
        "/comparisons",
        public.comparisons,
        "Differences of systems, tested (docs/json.md).",
        {200: (JSON, {"type": "array", "items": {"type": "object"}}), **_FRESH},
        (404,),
        parameters=(
            Parameter(
                "system",
                "a system's name or id; two to four, each with `system=` before it",
                schema={"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 4},
            ),
            _BENCHMARK,
            Parameter("task", "only this task"),
            Parameter("metric", "by which metric; the headline metric unless said"),
            Parameter(
                "wanted",
                "a difference: how many posts would it take to show it?",
                schema={"type": "number", "exclusiveMinimum": 0},
            ),
        ),
    ),
    Operation(
        "GET",
        "/variants",
        public.variants,
        "Variants of one base model, tested (docs/json.md).",
        {200: (JSON, {"type": "array", "items": {"type": "object"}}), **_FRESH},
        (404,),
        parameters=(
            _BENCHMARK,
            Parameter(
                "system",
                "only variants among these, by name or id, each with `system=` before it",
                schema={"type": "array", "items": _TEXT},
            ),
            Parameter("task", "only this task"),
            Parameter("metric", "by which metric; the headline metric unless said"),
        ),
    ),
    Operation(
        "GET",
        "/tasks",
        public.tasks,
        "The boards' tasks.",
        {200: bodies.TasksBody, **_FRESH},
        (404,),
        parameters=(_BENCHMARK,),
    ),
    Operation(
        "GET",
        "/stress-tests",
        public.stress_tests,
        "Which explanations spoilt on purpose fool the metrics.",
        {200: bodies.StressTests, **_FRESH},
        (404,),
        parameters=(_BENCHMARK,),
    ),
    Operation(
        "GET",
        "/overview",
        public.overview,
        "All boards at a glance, and each family of tasks across them.",
        {200: bodies.AllBoards, **_FRESH},
        (404,),
    ),
    Operation(
        "GET",
        "/reported",
        public.reported,
        "What papers print and claim, apart from what was scored.",
        {200: bodies.ReportedResults, **_FRESH},
        (404,),
    ),
    Operation(
        "GET",
        "/counterfactuals",
        public.counterfactuals,
        "How answers change between posts and their counterfactuals.",
        {200: bodies.Counterfactuals, **_FRESH},
        (404,),
        parameters=(_BENCHMARK,),
    ),
    Operation(
        "GET",
        "/failures",
        public.failures,
        "Where systems fail: tags and attributes by the drop that goes with them.",
        {200: bodies.Failures, **_FRESH},
        (404,),
        parameters=(_BENCHMARK,),
    ),
    Operation(
        "GET",
        "/transcripts",
        public.transcripts,
        "How transcripts are rated by a rubric.",
        {200: bodies.RatedTranscriptBoards, **_FRESH},
        (404,),
    ),
    Operation(
        "GET",
        "/releases",
        public.releases,
        "The releases.",
        {200: bodies.Releases, **_FRESH},
        (404,),
    ),
    Operation(
        "GET",
        "/releases/{number}/download",
        public.download,
        "A release as it was published.",
        {200: ("application/vnd.sqlite3", _BINARY), **_FRESH},
        (404, 410),
        parameters=(Parameter("number", "the release", "path", {"type": "integer", "minimum": 1}),),
    ),
    Operation(
        "GET",
        "/arrays/{digest}",
        public.array,
        "Values by example behind a score; a task's post numbers.",
        {200: ("application/x-npy", _BINARY), **_FRESH},
        (404,),
        parameters=(
            Parameter("digest", "a cell's `array` or a task's `post_numbers`, as released", "path"),
        ),
    ),
    Operation(
        "GET",
        "/health",
        public.health,
        "Whether the board answers, and whether a worker is there.",
        {200: bodies.Health},
    ),
)
