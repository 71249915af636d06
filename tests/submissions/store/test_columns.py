"""What is stored has a column a field, and a field a column: none is left out of a list that
somebody keeps by hand.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

import pytest

from scoring.segments import Example, Post, Reading
from scoring.tasks import Task
from submissions.declarations.meta import Meta
from submissions.store.clock import now
from submissions.store.database import prepare, reading
from submissions.store.events import Event
from submissions.store.files.gold import Imported
from submissions.store.files.outputs import TaskOutputs, read_outputs, write_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import Rating, Source
from submissions.store.released.ledger import ReleaseRecord
from submissions.store.scored.failures import Failure
from submissions.store.scored.rates import Rate
from submissions.store.scored.scores import Run, Score
from submissions.store.scored.workers import Sign
from submissions.store.submitted.declaration_checks import DeclarationCheck
from submissions.store.submitted.submissions import (
    Change,
    Submission,
    add_submission,
    change_submission,
    submission_with,
)
from submissions.store.submitted.takedowns import Takedown
from submissions.store.submitted.teams import Member, TeamRow
from submissions.teams.accounts import Role, add_team

BESIDE: dict[type, set[str]] = {
    Score: {"metric", "identity_fields"},
    Event: {"n"},
    Takedown: {"verified_at"},
    Rating: {"source", "n", "at"},
    Rate: {"measured_at"},
}
"""Columns that are no field: what another column says too, the order in which rows came, when, and
what ends them.
"""


def names(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)} if is_dataclass(kind) else set(kind._fields)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (Submission, "submissions"),
        (Failure, "failures"),
        (TeamRow, "teams"),
        (Member, "members"),
        (Sign, "workers"),
        (ReleaseRecord, "releases"),
        (Event, "events"),
        (Run, "runs"),
        (Score, "scores"),
        (Takedown, "takedowns"),
        (Source, "rating_sources"),
        (Rating, "ratings"),
        (Rate, "rates"),
        (DeclarationCheck, "declaration_checks"),
    ],
)
def test_a_table_has_the_fields_of_what_it_keeps(
    tmp_path: Any, kind: type[NamedTuple], table: str
) -> None:
    folder = DataFolder(tmp_path)
    prepare(folder)
    with reading(folder) as db:
        columns = {column.name for column in db.table(table).columns}
    assert columns == names(kind) | BESIDE.get(kind, set())


META = Meta(system="S", version="1", method="zero-shot")
SUBMISSION = Submission(
    id="1",
    benchmark="demo",
    system="S",
    version="1",
    sha256="a" * 64,
    outputs="b" * 64,
    tasks={"demo/stress": 1},
    n_rows=1,
    meta=META,
    received_at=now(),
)
OTHERWISE = {
    "tasks": {"demo/stress": 2},
    "n_rows": 2,
    "trivial": True,
    "consent": True,
    "meta": replace(META, trained_on=("dreaddit",), links=("https://a.example",)),
}
"""By field; the others are texts."""


@pytest.mark.parametrize("name", [field.name for field in fields(Submission) if field.name != "id"])
def test_whatever_changes_of_a_submission_is_stored(tmp_path: Any, name: str) -> None:
    folder = DataFolder(tmp_path)
    prepare(folder)
    add_team(folder, "another", Role.member, "tester")
    add_submission(folder, SUBMISSION)
    other = replace(SUBMISSION, **{name: OTHERWISE.get(name, "another")})
    change_submission(folder, "1", lambda _: Change(other, "changed", "for a test"), "tester")
    assert submission_with(folder, "1") == other != SUBMISSION


def test_an_example_comes_back_with_all_its_fields(tmp_path: Any, tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    texts: dict[str, Any] = {field.name: f"its {field.name}" for field in fields(Example)}
    other: dict[str, Any] = {"gold": task.label_names[0], "attributes": {"a": "b"}}
    posts = (Post("p-1", "first", "One of"), Post("p-2", "second", "its posts"))
    several = {"post": f"One of{task.separator}its posts", "posts": posts, "evidence": ("its",)}
    example = Example(**texts | other | several)
    store = PostStore(tmp_path)
    store.write(task, Imported(task.id, "a file", "ab" * 32, n_rows=1, examples=(example,)))
    assert store.examples(task) == (example,)


def test_what_was_read_out_of_an_output_comes_back_with_all_that_is_stored(tmp_path: Any) -> None:
    """But for the stages of reading, which are of the moment and found again from the output."""
    texts: dict[str, Any] = {
        field.name: f"its {field.name}" for field in fields(Reading) if field.name != "stages"
    }
    texts |= {"confidence": 0.5, "evidence": ("one", "two")}
    run = TaskOutputs(
        "demo/stress", 0, ("1",), ("raw",), ("given",), ("said",), (Reading(**texts),)
    )
    write_outputs(tmp_path / "outputs", [run])
    assert read_outputs(tmp_path / "outputs").runs == (run,)
