"""Requests made up from the OpenAPI document, right and wrong ones: no fault, no hang, no
undocumented answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.openapi import openapi
from app.api.operations import OPERATIONS, Operation
from scoring.tasks import Task
from tests.boards import demo_board
from tests.live import Live, live, with_limits

SECONDS = 5
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi())


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("fuzz") / "data", tasks, ["stress"])
    with_limits(
        folder,
        "[team]\nsubmissions_a_day = 1000\nreadings_an_hour = 10000\nedits_an_hour = 10000\n"
        "[visitors]\nrequests_a_minute = 100000\n",
    )
    with live(folder, tasks) as running:
        running.score()
        running.publish()
        yield running


@pytest.fixture(scope="module")
def headers(board: Live) -> dict[str, str]:
    return {"Authorization": f"Bearer {board.team('Fuzzer').token}"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_no_request_causes_a_fault(
    board: Live, headers: dict[str, str], operation: Operation
) -> None:
    described = SCHEMA[operation.path][operation.method]
    asked: list[int] = []
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]

    @given(case=st.one_of(*(described.as_strategy(generation_mode=mode) for mode in modes)))
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def sound(case: schemathesis.Case) -> None:
        response = case.call(base_url=f"{board.site}/api/v1", headers=headers, timeout=60)
        case.validate_response(response, checks=CHECKS)
        assert response.elapsed < SECONDS
        asked.append(response.status_code)

    sound()
    assert asked


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    body=st.binary(max_size=3_000),
    kind=st.sampled_from(["multipart/form-data; boundary=b", "application/json", "x"]),
)
def test_no_body_causes_a_fault(
    board: Live, headers: dict[str, str], body: bytes, kind: str
) -> None:
    for path in ("/submissions", "/checks"):
        sent = {**headers, "Content-Type": kind}
        found = requests.post(
            f"{board.site}/api/v1{path}", data=b"--b\r\n" + body, headers=sent, timeout=60
        )
        assert 400 <= found.status_code < 500
        assert found.headers["Content-Type"] == "application/problem+json"


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(file=st.binary(max_size=3_000), metadata=st.text(max_size=300), name=st.text(max_size=60))
def test_no_file_and_no_declaration_does(
    board: Live, headers: dict[str, str], file: bytes, metadata: str, name: str
) -> None:
    found = requests.post(
        f"{board.site}/api/v1/submissions",
        headers=headers,
        timeout=60,
        data={"benchmark": "demo", "metadata": metadata.encode(errors="replace")},
        files={
            "file": (
                name.encode(errors="replace").decode() or "o",
                b"task,example_id,output\n" + file,
            )
        },
    )
    assert found.status_code in (400, 422)
    assert found.headers["Content-Type"] == "application/problem+json"
