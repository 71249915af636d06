"""The HTTP API of a running server, as teams, strangers and their programs use it."""

from __future__ import annotations

import gzip
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest
import requests

from app.api.operations import OPERATIONS
from scoring.tasks import Task
from submissions.store.events import events
from submissions.store.released.scored_rows import CellRow, SystemRow
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import scored_keys, scores
from submissions.store.submitted.submissions import submissions
from submissions.teams.accounts import Role
from tests.boards import build_content, demo_board
from tests.live import Client, Live, live, with_limits
from tests.submissions.receiving.files import as_csv
from tests.workers import wait_until

PROBLEM = {"type", "title", "status", "detail"}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("api") / "data", tasks, ["stress", "wellness"])
    with_limits(folder, "[team]\nsubmissions_a_day = 50\n[upload]\nsent_mb = 2\n")
    with live(folder, tasks) as running:
        running.score()
        running.publish()
        yield running


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json
    assert found.keys() >= PROBLEM
    assert found["type"] == f"urn:reasonboard:{kind}"
    assert found["status"] == status
    return dict(found)


def test_the_whole_way(board: Live) -> None:
    team = board.team("Whole way")
    template = team.get("/tasks/demo/stress/template")
    assert template.content.startswith(b"task,example_id,query,output\n")
    outputs = board.outputs(say=" Indeed.")
    seen = team.ask(
        "POST", "/checks", data={"benchmark": "demo"}, files={"file": ("o.csv", outputs)}
    ).json
    assert seen["accepted"]
    assert list(seen) == [
        "accepted",
        "sha256",
        "problems",
        "unlisted",
        "notes",
        "tasks",
        "without_rows",
    ]
    assert {task["task"]: task["rows"] for task in seen["tasks"]} == {"demo/stress": 40}
    assert seen["without_rows"] == {"demo/wellness": 40}
    assert not [one for one in submissions(board.folder) if one.team == "Whole way"], (
        "a check stores nothing"
    )

    sent = team.submit(outputs, system="Whole", description="all of it")
    assert sent.status == 201
    address = sent.headers["Location"]
    assert address == f"/api/v1/submissions/{sent.json['id']}"
    again = team.submit(outputs, system="Whole", description="all of it")
    assert (again.status, again.headers["Location"]) == (200, address)

    path = address.removeprefix("/api/v1")
    assert team.get(path).json["state"] == "received"
    assert team.get(f"{path}/scores").json["scores"] == []
    board.score()
    scored = team.get(path).json
    assert (scored["state"], scored["done"]) == ("scored", scored["total"])
    assert "private" in scored["reason"]
    scores = {score["metric"]: score for score in team.get(f"{path}/scores").json["scores"]}
    assert scores["accuracy"]["value"] == 1.0
    assert scores["accuracy"]["low"] <= 1.0 <= scores["accuracy"]["high"]
    board.publish()
    assert "Whole" not in str(team.get("/leaderboard").json)
    reach = {one["task"]: one for one in team.get(f"{path}/scores").json["reach"]}
    assert reach["demo/stress"]["rival"], "what it could show against the best is said in private"
    assert reach["demo/stress"]["rival"] != "Whole"

    assert team.ask("POST", f"{path}/publish").json["consent"]
    board.publish()
    assert team.get(path).json["state"] == "published"
    cells = board.anybody.get("/leaderboard?benchmark=demo&metric=accuracy").json
    assert [
        cell["value"]
        for cell in cells
        if cell["system"] == "Whole" and cell["task"] == "demo/stress"
    ] == [1.0]
    ask = "/comparisons?system=Whole&system=Majority+label&benchmark=demo&metric=accuracy"
    compared = board.anybody.get(f"{ask}&task=demo/stress&wanted=0.1").json
    assert [(one["first"], one["second"], one["wanted"]) for one in compared] == [
        ("Whole", "Majority label", 0.1)
    ]
    assert compared[0]["posts_wanted"] > 0
    assert board.anybody.get(f"{ask}&wanted=much").status == 400
    # No number of posts is enough, and what is wanted computes nothing anew: 20 a minute are
    # computed.
    for wanted in (f"{number}e-160" for number in range(1, 25)):
        (row,) = board.anybody.get(f"{ask}&task=demo/stress&wanted={wanted}").json
        assert row == {**compared[0], "wanted": float(wanted), "posts_wanted": None}
    (row,) = board.anybody.get(f"{ask}&task=demo/stress").json
    assert row == {**compared[0], "wanted": None, "posts_wanted": None}
    refused = board.anybody.get("/comparisons?system=Whol&system=Majority+label")
    assert (refused.status, "did you mean 'Whole'" in refused.json["detail"]) == (404, True)
    ranked = board.anybody.get("/leaderboard?tasks=demo/stress&metric=accuracy").json
    assert {cell["total"] for cell in ranked} == {1}
    assert min(cell["rank"] for cell in ranked if cell["rank"]) == 1
    assert {"submitted", "consent"} <= {
        event.kind for event in events(board.folder, sent.json["id"])
    }


def test_how_a_file_was_read_is_told_by_the_check_and_by_the_submission(board: Live) -> None:
    """By the form's page too, which shows the same preview; the command line is tested with its own
    commands.
    """
    team = board.team("Spreadsheet")
    outputs = as_csv(sign=";").encode()
    seen = team.ask(
        "POST", "/checks", data={"benchmark": "demo"}, files={"file": ("o.csv", outputs)}
    ).json
    said = "o.csv: cells are separated by semicolons: read so"
    assert (seen["accepted"], seen["notes"]) == (True, [said])
    sent = team.submit(outputs, system="Semicolons")
    assert f"note: {said.replace('o.csv', 'outputs.csv')}" in sent.json["notes"]


def test_another_teams_submission_is_as_if_there_were_none(board: Live) -> None:
    mine, other = board.team("Mine"), board.team("Other")
    own = mine.submit(board.outputs(say=" Mine."), system="Mine only").json["id"]
    assert [one["id"] for one in mine.get("/submissions").json["submissions"]] == [own]
    assert other.get("/submissions").json["submissions"] == []
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/scores", None),
        ("POST", "/publish", None),
        ("PATCH", "", {"licence": "MIT"}),
        ("POST", "/withdraw", {"reason": "envy"}),
    ):
        theirs = problem(
            other.ask(method, f"/submissions/{own}{path}", json=body), 404, "no-such-submission"
        )
        none = problem(
            other.ask(method, f"/submissions/0123456789ab{path}", json=body),
            404,
            "no-such-submission",
        )
        assert theirs["detail"].replace(own, "0123456789ab") == none["detail"]
        problem(
            board.anybody.ask(method, f"/submissions/{own}{path}", json=body), 401, "not-signed-in"
        )
    assert mine.get(f"/submissions/{own}").json["state"] == "received"
    chief = board.team("Chief", Role.maintainer)
    assert own in {one["id"] for one in chief.get("/submissions").json["submissions"]}


def test_a_name_belongs_to_its_team_and_its_bytes(board: Live) -> None:
    first, second = board.team("First"), board.team("Second")
    outputs = board.outputs(say=" First.")
    assert first.submit(outputs, system="Named").status == 201
    detail = problem(first.submit(outputs + b"\n", system="Named"), 409, "name-taken")["detail"]
    assert "new `version`" in detail
    for version in ("1", "2"):
        said = problem(
            second.submit(outputs, system="  named ", version=version), 409, "name-taken"
        )["detail"]
        assert "another team's" in said
        assert "sha256" not in said
    problem(first.submit(outputs, system="Majority  label"), 422, "refused")


def test_one_system_has_one_spelling(board: Live) -> None:
    team = board.team("Speller")
    assert team.submit(board.outputs(say=" Spelled."), system="My System").status == 201
    for other, how in {
        "my system": "in case or spaces alone",
        "MY  SYSTEM": "in case or spaces alone",
        "\uff2dy System": "'\uff2d' (FULLWIDTH LATIN CAPITAL LETTER M) for 'M'",
        "\u041cy System": "'\u041c' (CYRILLIC CAPITAL LETTER EM) for 'M'",
    }.items():
        said = problem(
            team.submit(board.outputs(say=other), system=other, version="2"), 409, "name-taken"
        )["detail"]
        assert "'My System'" in said
        assert repr(other) in said
        assert how in said
        assert ("case or spaces" in said) == (how == "in case or spaces alone"), "or it is untrue"
    assert team.submit(board.outputs(say=" Again."), system="My System", version="2").status == 201
    assert [one["system"] for one in team.get("/submissions").json["submissions"]] == [
        "My System"
    ] * 2


def test_no_system_looks_like_another_teams(board: Live) -> None:
    owner, mimic = board.team("Owner"), board.team("Mimic")
    standing = owner.submit(board.outputs(say=" Rules."), system="CLI output", consent=True)
    assert standing.status == 201
    for other in ("\u0421LI output", "CLl output", "\uff23LI output"):
        said = problem(mimic.submit(board.outputs(say=other), system=other), 409, "name-taken")
        assert "another team's" in said["detail"]
        assert "'CLI output'" in said["detail"]
        assert "looks alike" in said["detail"]


@pytest.mark.parametrize(
    ("name", "like"), [("\u041aeyword rules", "'Keyword rules'"), ("poo1ed", "pooled")]
)
def test_no_system_looks_like_a_baseline_or_what_all_together_are_called(
    board: Live, name: str, like: str
) -> None:
    refused = board.team(f"Like {like}").submit(board.outputs(say=" Like."), system=name)
    problem(refused, 422, "refused")
    assert like in refused.content.decode()


def test_copies_of_other_teams_outputs_are_taken_and_the_maintainer_is_told(board: Live) -> None:
    author, copier = board.team("Author"), board.team("Copier")
    outputs = board.outputs(say=" Copied.")
    original = author.submit(outputs, system="Original").json["id"]
    packed = copier.submit(outputs.replace(b"\n", b"\r\n"), system="Copy")
    assert packed.status == 201
    assert original not in packed.content.decode(), "a team learns nothing of another's"
    flagged = [event for event in events(board.folder, packed.json["id"]) if event.kind == "copy"]
    assert len(flagged) == 1
    assert original in flagged[0].reason
    assert "Author" in flagged[0].reason


def test_declarations_can_be_edited_and_every_edit_is_an_event(board: Live) -> None:
    team = board.team("Editor")
    own = team.submit(
        board.outputs(say=" Edited."), system="Edited", contact="me@example.org"
    ).json["id"]
    path = f"/submissions/{own}"
    changed = team.ask(
        "PATCH", path, json={"licence": "MIT", "trained_on": ["sad"], "contact": "you@example.org"}
    )
    assert changed.json["metadata"]["licence"] == "MIT"
    assert changed.json["metadata"]["trained_on"] == ["sad"]
    assert team.ask("PATCH", path, json={"trained_on": None}).json["metadata"]["trained_on"] is None
    wrong = problem(
        team.ask("PATCH", path, json={"version": "2", "method": "magic", "x": 1}), 422, "refused"
    )
    assert {one["field"] for one in wrong["problems"]} == {"version", "method", "key"}
    edits = [event for event in events(board.folder, own) if event.kind == "edited"]
    assert len(edits) == 2
    assert edits[0].author == "team Editor"
    assert "licence" in edits[0].reason
    assert "example.org" not in edits[0].reason


def test_a_withdrawn_submission_leaves_a_tombstone_and_nothing_else(board: Live) -> None:
    team = board.team("Leaver")
    outputs = board.outputs(say=" Leaving.")
    own = team.submit(outputs, system="Left", consent=True).json["id"]
    board.score()
    number = board.publish().number
    assert "Left" in str(board.anybody.get("/leaderboard").json)
    others = {cell.array for cell in _cells(board) if cell.system != own}
    array = next(
        cell.array for cell in _cells(board) if cell.system == own and cell.array not in others
    )
    stored = next(one for one in submissions(board.folder) if one.id == own).outputs
    path = f"/submissions/{own}"
    problem(team.ask("POST", f"{path}/withdraw", json={}), 400, "bad-request")
    mistyped = team.ask("POST", f"{path}/withdraw", json={"reason": "a mistake", "reasons": "x"})
    assert "`reasons`" in problem(mistyped, 400, "bad-request")["detail"]
    gone = team.ask("POST", f"{path}/withdraw", json={"reason": "a mistake in decoding"}).json
    assert gone["state"] == "withdrawn"
    assert not (board.folder.files / f"{stored}.parquet").exists()
    problem(team.ask("POST", f"{path}/publish"), 409, "too-late")
    problem(team.ask("PATCH", path, json={"licence": "MIT"}), 409, "too-late")
    assert board.publish(reason=None).new, "taking away what was withdrawn needs no other reason"
    assert "Left" not in str(board.anybody.get("/leaderboard").json)
    problem(board.anybody.get(f"/releases/{number}/download"), 410, "taken-down")
    problem(board.anybody.get(f"/arrays/{array}"), 404, "not-found")
    assert team.submit(outputs, system="Left", consent=True).json["state"] == "withdrawn"
    assert "a mistake in decoding" in [event.reason for event in events(board.folder, own)]


def test_only_what_the_current_release_lists_is_served(board: Live) -> None:
    team = board.team("Hidden")
    own = team.submit(
        board.outputs(["wellness"], say=" Hidden words."), system="Hidden", description="secretive"
    ).json
    board.score()
    number = board.publish(reason="look again").number
    unlisted = _arrays_of(board, own["id"]) - {cell.array for cell in _cells(board)}
    assert unlisted
    for digest in [*unlisted, "0" * 64, "..%2F..%2Fworking", "%2e%2e", "working.db"]:
        problem(board.anybody.get(f"/arrays/{digest}"), 404, "not-found")
    listed = next(cell.array for cell in _cells(board) if cell.array)
    assert board.anybody.get(f"/arrays/{listed}").content.startswith(b"\x93NUMPY")
    for numbers in {task.post_numbers for task in current_release(board.folder).tasks()}:
        assert board.anybody.get(f"/arrays/{numbers}").content.startswith(b"\x93NUMPY")
    file = board.anybody.get(f"/releases/{number}/download")
    assert file.content.startswith(b"SQLite format 3\0")
    for absent in (b"Hidden", b"secretive", own["id"].encode()):
        assert absent not in file.content
    for other in ("999", "0", "-1", "9" * 5000, "1.db", "..%2Fworking"):
        problem(board.anybody.get(f"/releases/{other}/download"), 404, "not-found")
    for address in (
        "/leaderboard",
        "/tasks",
        "/stress-tests",
        "/reported",
        "/overview",
        "/releases",
        "/openapi.json",
        "/health",
    ):
        assert b"Hidden" not in board.anybody.get(address).content


def _cells(board: Live) -> tuple[CellRow, ...]:
    return current_release(board.folder).cells()


def _arrays_of(board: Live, submission: str) -> set[str]:
    keys = {key for key in scored_keys(board.folder) if key.submission == submission}
    return {score.array for score in scores(board.folder, keys)}


def test_public_reads_carry_the_release_as_their_tag(board: Live) -> None:
    first = board.anybody.get("/leaderboard")
    tag = first.headers["ETag"]
    assert tag.startswith('"') and "-" in tag  # noqa: PT018
    for path in ("/leaderboard", "/tasks", "/stress-tests", "/reported", "/overview", "/releases"):
        again = board.anybody.get(path, headers={"If-None-Match": f'W/"x", {tag}'})
        assert (again.status, again.content, again.headers["ETag"]) == (304, b"", tag)
    team = board.team("Tagged")
    team.submit(board.outputs(say=" Tagged."), system="Tagged", consent=True)
    board.score()
    board.publish()
    fresh = board.anybody.get("/leaderboard", headers={"If-None-Match": tag})
    assert fresh.status == 200
    assert fresh.headers["ETag"] != tag
    problem(board.anybody.get("/leaderboard?benchmark=none"), 404, "not-found")


def test_every_error_is_a_problem(board: Live) -> None:
    team, reader = board.team("Faulty"), board.team("Reader", Role.annotator)
    outputs = board.outputs()
    problem(team.get("/nothing"), 404, "not-found")
    wrong = team.ask("DELETE", "/submissions")
    problem(wrong, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].replace(" ", "").split(","))
    unknown = board.anybody.submit(outputs)
    problem(unknown, 401, "not-signed-in")
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer")
    problem(Client(board.site, "rb_" + "x" * 43).submit(outputs), 401, "not-signed-in")
    problem(reader.submit(outputs), 403, "not-allowed")
    problem(team.ask("POST", "/submissions", data=outputs), 415, "wrong-type")
    problem(
        team.ask("POST", "/submissions", files={"file": ("o.csv", outputs)}), 400, "bad-request"
    )
    problem(
        team.ask("POST", "/submissions", data={"x": "1"}, files={"file": ("o", outputs)}),
        400,
        "bad-request",
    )
    damaged = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(
        team.ask("POST", "/submissions", data=b"--b\r\nnonsense", headers=damaged),
        400,
        "bad-request",
    )
    problem(team.submit(outputs, benchmark="none"), 422, "refused")
    refused = problem(
        team.submit(b"task,example_id,output\ndemo/stres,stress-001,Yes\n", method="x"),
        422,
        "refused",
    )
    assert {one["field"] for one in refused["problems"]} == {"method", "task"}
    assert "did you mean" in str(refused["problems"])
    problem(team.ask("PATCH", "/submissions/0123456789ab", data="{"), 404, "no-such-submission")


def test_a_parameter_that_is_not_read_is_refused_everywhere(board: Live) -> None:
    for operation in OPERATIONS:
        path = operation.path.format_map(defaultdict(lambda: "1"))
        said = board.anybody.ask(operation.method, f"{path}?benchmrk=demo")
        detail = problem(said, 400, "bad-request")["detail"]
        names = {each.name for each in operation.parameters if each.where == "query"}
        if "benchmark" in names:
            assert "did you mean 'benchmark'?" in detail
        else:
            assert ("it has none" in detail) == (not names)
    twice = "/tasks?benchmark=demo&benchmark=imhi"
    assert "once" in problem(board.anybody.get(twice), 400, "bad-request")["detail"]
    problem(board.anybody.get(f"/health?token={board.team('Public').token}"), 400, "bad-request")


def test_a_token_in_an_address_is_refused(board: Live) -> None:
    team = board.team("Careless")
    for name in ("token", "access_token", "Token"):
        said = problem(board.anybody.get(f"/submissions?{name}={team.token}"), 400, "bad-request")
        assert str(team.token) not in str(said)


def test_tokens_are_stored_nowhere(board: Live) -> None:
    team = board.team("Secretive")
    team.submit(board.outputs(say=" S."), system="Secretive")
    secret = str(team.token)
    assert not [event for event in events(board.folder) if secret in str(event)]
    connection = sqlite3.connect(board.folder.database)
    try:
        assert secret not in "".join(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize("size", [2_300_000, 4_000_000, 30_000_000])
def test_too_much_is_refused_by_the_server(board: Live, size: int) -> None:
    team = board.team(f"Large {size}")
    said = problem(team.submit(b"task,example_id,output\n" + b"x" * size), 413, "too-large")
    assert "2 MB" in said["detail"]
    assert not list(board.folder.incoming.iterdir())
    assert board.anybody.get("/health").status == 200


def test_too_much_without_a_declared_length_is_refused_while_it_streams(board: Live) -> None:
    team = board.team("Streamer")

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="o.csv"\r\n\r\n'
        for _ in range(400):
            yield b"x" * 100_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    try:
        answer = team.ask("POST", "/submissions", data=endless(), headers=headers)
    except requests.ConnectionError:
        answer = None  # the server hung up before everything was sent, which refuses it too
    if answer is not None:
        problem(answer, 413, "too-large")
    assert not list(board.folder.incoming.iterdir())


def test_declarations_made_to_break_the_reader_are_refused(board: Live) -> None:
    team = board.team("Deep")
    least = 'system = "Deep"\nversion = "1"\nmethod = "few-shot"\n'
    deep = "[" * 900 + "]" * 900
    for text in (
        f"{least}description.{'.'.join('a' * 20_000)} = 1",
        f'{{"system": "Deep", "version": "1", "method": "few-shot", "description": {deep}}}',
    ):
        sent = team.ask(
            "POST",
            "/submissions",
            data={"benchmark": "demo", "metadata": text},
            files={"file": ("o", board.outputs())},
        )
        problem(sent, 422, "refused")
    own = team.submit(board.outputs(say=" Deep."), system="Deep").json["id"]
    for key in ("description", "system"):
        body = f'{{"{key}": {deep}}}'
        headers = {"Content-Type": "application/json"}
        problem(
            team.ask("PATCH", f"/submissions/{own}", data=body, headers=headers), 422, "refused"
        )


def test_a_team_that_sends_slowly_keeps_no_other_from_sending(board: Live) -> None:
    slow, quick = board.team("Slow"), board.team("Quick")
    begun, go_on = Semaphore(0), Event()

    def trickle() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="o.csv"\r\n\r\n'
        begun.release()
        go_on.wait(60)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with ThreadPoolExecutor(12) as crowd:
        sent = [
            crowd.submit(slow.ask, "POST", "/checks", data=trickle(), headers=headers)
            for _ in range(12)
        ]
        try:
            assert all(begun.acquire(timeout=30) for _ in sent)
            wait_until(lambda: len(list(board.folder.incoming.iterdir())) == 4)
            assert quick.submit(board.outputs(say=" Quick."), system="Quick").status == 201
        finally:
            go_on.set()
        assert {one.result().status for one in sent} == {400}


def test_a_boundary_that_is_too_long_is_said(board: Live) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={'b' * 5_000}"}
    problem(
        board.team("Boundary").ask("POST", "/checks", data=b"x", headers=headers),
        400,
        "bad-request",
    )


def test_numbers_of_versions_count_private_ones_from_the_next_release_on(board: Live) -> None:
    team = board.team("Versions")
    team.submit(board.outputs(say=" One."), system="Counted", consent=True)
    board.score()
    board.publish()
    before = _row(board, "Counted")
    assert (before.versions, before.published) == (1, 1)
    digest = build_content(board.folder, board.tasks).digest()
    for version in ("2", "3"):
        team.submit(board.outputs(say=f" {version}."), system="Counted", version=version)
    board.score()
    assert not board.publish(reason=None).new, "what is private alone makes no release"
    assert build_content(board.folder, board.tasks).digest() == digest
    assert _row(board, "Counted") == before
    team.submit(board.outputs(say=" Other."), system="Other one", consent=True)
    board.score()
    board.publish()
    after = _row(board, "Counted")
    assert (after.id, after.versions, after.published) == (before.id, 3, 1)


def _row(board: Live, system: str) -> SystemRow:
    return next(row for row in current_release(board.folder).systems() if row.system == system)


HOSTILE = [
    "<script>alert(1)</script>",
    "![](http://evil.example/i.png)",
    "=HYPERLINK(1)",
    "[x](javascript:alert(1))",
]
REFUSED = ["a\u202eb", "a\0b", "x" * 10_000, " ", "a\nb", "\u200b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_what_they_are(board: Live, name: str) -> None:
    team = board.team("Team " + name[:40])
    sent = team.submit(
        board.outputs(say=f" {name}"), name=f'../{name}";x="', system=name, description=name
    )
    assert sent.status == 201
    assert sent.json["system"] == name
    assert sent.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_would_pass_for_others_are_refused(board: Live, name: str) -> None:
    found = problem(
        board.team(f"Team {len(name)} {REFUSED.index(name)}").submit(board.outputs(), system=name),
        422,
        "refused",
    )
    assert found["problems"][0]["field"] == "system"


def test_the_document_says_what_there_is(board: Live) -> None:
    document = board.anybody.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/api/v1"}]
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(one.method, one.path) for one in OPERATIONS}
    team = board.team("Documented")
    for method, path in sorted(described):
        operation = document["paths"][path][method.lower()]
        filled = (
            path.replace("{submission}", "0123456789ab")
            .replace("{number}", "7")
            .replace("{digest}", "x")
        )
        filled = filled.replace("{benchmark}", "demo").replace("{task}", "nothing")
        for client in (board.anybody, team):
            answer = client.ask(method, filled)
            assert str(answer.status) in operation["responses"], (method, path, answer.content)
            content = operation["responses"][str(answer.status)].get("content")
            assert content is None or answer.headers["Content-Type"].split(";")[0] in content
        if operation.get("security"):
            assert board.anybody.ask(method, filled).status == 401


def test_a_compressed_bomb_breaks_only_the_process_that_reads_it(board: Live) -> None:
    team = board.team("Bomber")
    bomb = gzip.compress(b"task,example_id,output\n" + b"demo/nothing,stress-001,x\n" * 3_000_000)
    found = problem(team.submit(bomb, name="bomb.csv.gz"), 422, "refused")
    assert "rows" in str(found["problems"]) or "unpacks" in str(found["problems"])
    assert board.anybody.get("/health").status == 200
