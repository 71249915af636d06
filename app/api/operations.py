"""What the API can do, one entry an operation: the routes and the OpenAPI document are both made from this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api import public, team

JSON, PROBLEM = "application/json", "application/problem+json"
Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_SUBMISSION: Schema = {
    "type": "object",
    "required": [
        "id",
        "benchmark",
        "system",
        "version",
        "state",
        "done",
        "total",
        "reason",
        "next_step",
        "consent",
    ],
    "properties": {
        "id": {
            "type": "string",
            "description": "permanent: the address is /api/v1/submissions/{id}",
        },
        "state": {"enum": ["received", "scoring", "scored", "published", "failed", "withdrawn"]},
        "done": {"type": "integer", "description": "scores that are stored"},
        "total": {"type": "integer", "description": "scores that there will be"},
        "reason": {"type": "string", "description": "why it is in this state"},
        "next_step": {"type": "string", "description": "what its team can do"},
        "consent": {"type": "boolean", "description": "whether its team wants it published"},
        "metadata": {"type": "object"},
        "page": {"type": "string", "description": "its page on the site"},
    },
}
_METADATA: Schema = {
    "type": "object",
    "description": "declarations as in submission.toml, but for system and version; null declares nothing",
    "additionalProperties": False,
    "properties": {
        "description": {"type": ["string", "null"], "maxLength": 2000},
        "base_model": {"type": ["string", "null"], "maxLength": 200},
        "parameters": {
            "anyOf": [{"type": "integer", "minimum": 0}, {"const": "unknown"}, {"type": "null"}]
        },
        "method": {
            "enum": [
                "zero-shot",
                "few-shot",
                "completion fine-tuning",
                "instruction fine-tuning",
                "discriminative",
            ]
        },
        "prompt_strategy": {"type": ["string", "null"], "maxLength": 2000},
        "trained_on": {"type": ["array", "null"], "items": _TEXT, "maxItems": 100},
        "links": {
            "type": ["array", "null"],
            "items": {"type": "string", "format": "uri"},
            "maxItems": 100,
        },
        "licence": {"type": ["string", "null"], "maxLength": 200},
        "consent": {"type": "boolean"},
        "contact": {"type": ["string", "null"], "maxLength": 200},
    },
}
_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:reasonboard: and the kind of problem"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, and what to do next"},
        "problems": {"type": "array", "items": {"$ref": "#/components/schemas/FileProblem"}},
        "unlisted": {"type": "integer"},
    },
}
_FILE_PROBLEM: Schema = {
    "type": "object",
    "required": ["file", "line", "field", "value", "problem", "allowed", "hint"],
    "properties": {
        "file": _TEXT,
        "line": {"type": ["integer", "null"]},
        "field": _TEXT,
        "value": _TEXT,
        "problem": _TEXT,
        "allowed": _TEXT,
        "hint": _TEXT,
    },
}
SCHEMAS: Mapping[str, Schema] = {
    "Submission": _SUBMISSION,
    "Metadata": _METADATA,
    "Problem": _PROBLEM,
    "FileProblem": _FILE_PROBLEM,
    "Submissions": {
        "type": "object",
        "required": ["submissions"],
        "properties": {
            "submissions": {"type": "array", "items": {"$ref": "#/components/schemas/Submission"}}
        },
    },
    "Scores": {
        "type": "object",
        "required": ["submission", "scores"],
        "properties": {
            "submission": _TEXT,
            "scores": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Preview": {
        "type": "object",
        "required": [
            "accepted",
            "sha256",
            "problems",
            "unlisted",
            "notes",
            "tasks",
            "without_rows",
        ],
        "properties": {
            "accepted": {"type": "boolean"},
            "sha256": _TEXT,
            "problems": {"type": "array", "items": {"$ref": "#/components/schemas/FileProblem"}},
            "unlisted": {"type": "integer"},
            "notes": {"type": "array", "items": _TEXT},
            "tasks": {"type": "array", "items": {"type": "object"}},
            "without_rows": {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "tasks of which no row was read, and how many examples each has",
            },
        },
    },
    "Cells": {"type": "array", "items": {"type": "object"}},
    "Tasks": {"type": "object", "required": ["tasks"], "properties": {"tasks": {"type": "array"}}},
    "Releases": {
        "type": "object",
        "required": ["current", "releases"],
        "properties": {
            "current": {"type": "integer"},
            "notice": {"type": "string"},
            "releases": {"type": "array"},
        },
    },
    "Health": {
        "type": "object",
        "required": ["status", "worker", "damage"],
        "properties": {
            "status": {"const": "ok"},
            "faulty": {
                "type": "array",
                "description": "declarations that cannot be used; `reasonboard status` says why",
            },
            "damage": {
                "type": "object",
                "required": ["served_release", "files", "read_at"],
                "properties": {
                    "served_release": {
                        "type": "boolean",
                        "description": "whether an earlier one is shown for it, or none",
                    },
                    "files": {
                        "type": ["integer", "null"],
                        "description": "damaged when all were read; null: never read",
                    },
                    "read_at": {"type": ["string", "null"]},
                },
            },
            "worker": {
                "type": "object",
                "required": ["state", "last_seen_seconds", "version", "message"],
                "properties": {
                    "state": {"enum": ["running", "none", "cannot tell"]},
                    "last_seen_seconds": {"type": ["number", "null"]},
                    "version": {"type": ["string", "null"]},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "Reason": {
        "type": "object",
        "required": ["reason"],
        "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 500}},
    },
}


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
        answers: Status -> media type and schema of what is answered when all is well; None for no body.
        problems: Statuses of the problems that it may answer with, besides those that every operation may.
        needs_team: Whether it needs a team's token.
        parameters: In the address.
        body: Media type and schema of what is sent; None for nothing.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    summary: str
    answers: Mapping[int, tuple[str, Schema] | None]
    problems: tuple[int, ...] = ()
    needs_team: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: tuple[str, Schema] | None = None


def _named(name: str) -> tuple[str, Schema]:
    return JSON, {"$ref": f"#/components/schemas/{name}"}


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
_FRESH: Mapping[int, tuple[str, Schema] | None] = {304: None}
_TEAM = (400, 401)
_OWN = (*_TEAM, 404)
_UPLOAD = (400, 401, 403, 408, 413, 415, 422)

OPERATIONS = (
    Operation(
        "POST",
        "/submissions",
        team.submit,
        "Submit outputs; the same bytes again find the first ones.",
        {201: _named("Submission"), 200: _named("Submission")},
        (*_UPLOAD, 409, 429),
        True,
        body=_form("benchmark", "metadata", "file"),
    ),
    Operation(
        "POST",
        "/checks",
        team.check,
        "Say what would be read of a file, and every problem. Nothing is stored.",
        {200: _named("Preview")},
        _UPLOAD,
        True,
        body=_form("benchmark", "file"),
    ),
    Operation(
        "GET",
        "/submissions",
        team.list_submissions,
        "List the team's submissions.",
        {200: _named("Submissions")},
        _TEAM,
        True,
    ),
    Operation(
        "GET",
        "/submissions/{submission}",
        team.show,
        "Say how it stands with a submission.",
        {200: _named("Submission")},
        _OWN,
        True,
        (_ID,),
    ),
    Operation(
        "PATCH",
        "/submissions/{submission}",
        team.edit,
        "Change what is declared of a submission.",
        {200: _named("Submission")},
        (*_OWN, 408, 409, 413, 415, 422),
        True,
        (_ID,),
        _named("Metadata"),
    ),
    Operation(
        "GET",
        "/submissions/{submission}/scores",
        team.private_scores,
        "Scores, before they are public.",
        {200: _named("Scores")},
        _OWN,
        True,
        (_ID,),
    ),
    Operation(
        "POST",
        "/submissions/{submission}/publish",
        team.publish,
        "Consent to publication.",
        {200: _named("Submission")},
        (*_OWN, 409),
        True,
        (_ID,),
    ),
    Operation(
        "POST",
        "/submissions/{submission}/withdraw",
        team.take_back,
        "Withdraw a submission; its outputs are deleted.",
        {200: _named("Submission")},
        (*_OWN, 408, 409, 413, 415),
        True,
        (_ID,),
        _named("Reason"),
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
        {200: _named("Cells"), **_FRESH},
        (400, 404),
        parameters=(
            _BENCHMARK,
            Parameter("task", "only this task"),
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
        "/tasks",
        public.tasks,
        "The boards' tasks.",
        {200: _named("Tasks"), **_FRESH},
        (404,),
        parameters=(_BENCHMARK,),
    ),
    Operation(
        "GET",
        "/releases",
        public.releases,
        "The releases.",
        {200: _named("Releases"), **_FRESH},
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
        {200: _named("Health")},
    ),
)
