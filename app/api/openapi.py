"""The OpenAPI document, made from the table of operations."""

from __future__ import annotations

import importlib.metadata
from http import HTTPStatus
from typing import Any

from app.api.operations import OPERATIONS, PROBLEM, SCHEMAS, Operation

EVERYWHERE = (429, 500, 503)


def openapi(base: str = "") -> dict[str, Any]:
    """Return the document.

    Args:
        base: The path under which a proxy serves the board: "" or "/board".
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ReasonBoard",
            "version": importlib.metadata.version("reasonboard"),
            "license": {"name": "MIT"},
            "description": "Submit outputs, follow them, and read what is published. For research, not for diagnosis.",
        },
        "servers": [{"url": f"{base}/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "team": {"type": "http", "scheme": "bearer", "description": "the team's token"}
            },
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": operation.handler.__name__,
        "responses": {
            str(status): _answer(status, content) for status, content in operation.answers.items()
        },
    }
    for status in (*operation.problems, *EVERYWHERE):
        schema = {"$ref": "#/components/schemas/Problem"}
        described["responses"][str(status)] = _answer(status, (PROBLEM, schema))
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


def _answer(status: int, content: tuple[str, Any] | None) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if content is not None:
        described["content"] = {content[0]: {"schema": content[1]}}
    return described
