"""What the OpenAPI document says is what is checked and answered: both are made from the same
dataclasses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from app.api.bodies import Reason
from app.api.openapi import openapi
from app.api.problems import BadRequest
from scoring.declarations import fitted
from submissions.declarations.meta import METHODS, Meta, parse_meta
from submissions.life.decisions import FIXED
from submissions.life.states import State
from submissions.problems import SubmissionRefused

DOCUMENT = openapi()
LEAST = {"system": "mine", "version": "1", "method": "zero-shot"}


def sent(method: str, path: str) -> dict[str, Any]:
    """Properties of the JSON object that an operation takes."""
    described = DOCUMENT["paths"][path][method]["requestBody"]["content"]["application/json"]
    assert described["schema"]["additionalProperties"] is False
    properties: dict[str, Any] = described["schema"]["properties"]
    return properties


DECLARED = sent("patch", "/submissions/{submission}")
LENGTHS = {
    key: schema["anyOf"][0]["maxLength"]
    for key, schema in DECLARED.items()
    if "maxLength" in str(schema) and "maxItems" not in str(schema) and key != "contact"
}


def test_whatever_can_be_declared_anew_is_described() -> None:
    assert DECLARED.keys() == {one.name for one in fields(Meta)} - set(FIXED)
    assert DECLARED["method"]["enum"] == list(METHODS)
    nullable = {
        key for key, schema in DECLARED.items() if {"type": "null"} in schema.get("anyOf", ())
    }
    assert nullable == DECLARED.keys() - {"method"}
    assert LENGTHS == {
        "description": 2_000,
        "base_model": 200,
        "strategy": 200,
        "prompt_strategy": 2_000,
        "licence": 200,
    }


@pytest.mark.parametrize("key", LENGTHS)
def test_a_text_may_be_as_long_as_is_described(key: str) -> None:
    assert getattr(parse_meta(LEAST | {key: "a" * LENGTHS[key]}), key)
    with pytest.raises(SubmissionRefused, match="characters long"):
        parse_meta(LEAST | {key: "a" * (LENGTHS[key] + 1)})


def test_a_reason_may_be_as_long_as_is_described() -> None:
    reason = sent("post", "/submissions/{submission}/withdraw")["reason"]
    assert (reason["minLength"], reason["maxLength"]) == (1, 500)
    assert fitted(Reason, {"reason": " " + "a" * 500}, "The body", BadRequest).reason == "a" * 500
    for given in ("a" * 501, "  ", "a\nb", 3, None):
        with pytest.raises(BadRequest, match="say why, in up to 500 characters"):
            fitted(Reason, {"reason": given}, "The body", BadRequest)


def test_states_and_what_may_be_missing_are_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["State"]["enum"] == [state.value for state in State]
    whole = set(schemas["SubmissionBody"]["properties"])
    assert set(schemas["SubmissionBody"]["required"]) == whole
    assert set(schemas["Taken"]["required"]) == whole | {"notes"}
    assert set(schemas["Problem"]["required"]) == set(schemas["Problem"]["properties"])
    assert schemas["ProblemDetails"]["required"] == ["type", "title", "status", "detail"]


def test_every_reference_leads_somewhere() -> None:
    named = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) == named


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)
