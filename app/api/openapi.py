"""The OpenAPI document, made from the table of operations."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from types import GenericAlias
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from app.api.bodies import Json, ProblemDetails
from app.api.operations import JSON, OPERATIONS, Answer, Operation, Schema
from app.server.problem import MEDIA_TYPE

EVERYWHERE = (400, 429, 500, 503)
RETRIED = (429, 503)
_RETRY_AFTER: Json = {
    "description": "seconds after which to try again; none where a person has to put it right",
    "schema": {"type": "integer", "minimum": 1},
}


def openapi(base: str = "") -> Json:
    """Return the document.

    Args:
        base: The path under which a proxy serves the board: "" or "/board".
    """
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ReasonBoard",
            "version": importlib.metadata.version("reasonboard"),
            "license": {"name": "MIT"},
            "description": (
                "Submit outputs, follow them, and read what is published. For research, not for"
                " diagnosis."
            ),
        },
        "servers": [{"url": f"{base}/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": dict(_components()[1]),
            "securitySchemes": {
                "team": {"type": "http", "scheme": "bearer", "description": "the team's token"}
            },
        },
    }


def _described(operation: Operation) -> Json:
    described: Json = {
        "summary": operation.summary,
        "operationId": operation.handler.__name__,
        "responses": {
            str(status): _answer(status, content) for status, content in operation.answers.items()
        },
    }
    # Every operation may be refused for its address or its number, find the board busy, or meet a fault of ours.
    for status in (*operation.problems, *EVERYWHERE):
        problem = _answer(status, (MEDIA_TYPE, _components()[0][ProblemDetails]))
        described["responses"][str(status)] = problem
    if operation.parameters:
        described["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.where,
                "required": parameter.where == "path",
                "description": parameter.description,
                "schema": parameter.schema,
            }
            for parameter in operation.parameters
        ]
    if operation.needs_team:
        described["security"] = [{"team": []}]
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {operation.body[0]: {"schema": operation.body[1]}},
        }
    return described


def _answer(status: int, content: Answer) -> Json:
    described: Json = {"description": HTTPStatus(status).phrase}
    if status in RETRIED:
        described["headers"] = {"Retry-After": _RETRY_AFTER}
    if isinstance(content, type):
        content = JSON, _components()[0][content]
    if content is not None:
        described["content"] = {content[0]: {"schema": content[1]}}
    return described


@cache
def _components() -> tuple[Mapping[type, Schema], Mapping[str, Schema]]:
    """Return the bodies of answers, each with a reference to its schema, and the
    schemas by name.
    """
    answers = [answer for operation in OPERATIONS for answer in operation.answers.values()]
    bodies = (*{body: None for body in answers if isinstance(body, type)}, ProblemDetails)
    # An answer has all of its fields; only what is sent to us may leave some out.
    whole = ConfigDict(json_schema_serialization_defaults_required=True)
    # One type of all bodies, so that pydantic gives them one set of definitions; a schema each
    # would repeat the shared ones.
    all_together: Any = GenericAlias(tuple, bodies)
    described = TypeAdapter(all_together, config=whole).json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    return dict(zip(bodies, described["prefixItems"], strict=True)), described["$defs"]
