"""`--server`: a team's commands on its own machine, and the examples of the guide for teams,
against a running server.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scoring.tasks import Task
from tests import forking
from tests.boards import demo_board
from tests.commands import COMMAND, environment, reasonboard, refuse, succeed
from tests.live import Live, live
from tests.workers import said_by_workers, start_worker, wait_until

GUIDE = (Path(__file__).parents[2] / "docs" / "teams.md").read_text(encoding="utf-8")
META = 'system = "Remote"\nversion = "1"\nmethod = "zero-shot"\n'


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("remote") / "data", tasks, ["stress"])
    with live(folder, tasks) as running:
        worker = start_worker(folder.path, "--publish")
        try:
            yield running
        finally:
            worker.terminate()
            worker.wait()


@pytest.fixture
def home(tmp_path: Path, board: Live) -> Path:
    """A team's machine: its files, and a data folder with nothing in it."""
    (tmp_path / "outputs.csv").write_bytes(board.outputs(say=f" {tmp_path.name}"))
    (tmp_path / "submission.toml").write_text(
        META.replace("Remote", tmp_path.name), encoding="utf-8"
    )
    return tmp_path


def run(home: Path, token: str | None, *arguments: str | Path) -> tuple[int, str, str]:
    variables = environment(home / "own") | ({"REASONBOARD_TOKEN": token} if token else {})
    done = forking.run([COMMAND, *arguments], 600, env=variables, cwd=home, text=True)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_submit_wait_consent_withdraw(home: Path, board: Live) -> None:
    token = board.team("Afar").token
    at = ("--server", board.site)
    files = ("outputs.csv", "--benchmark", "demo", "--meta", "submission.toml")
    status, out, err = run(home, token, "submit", *files, *at)
    assert status == 0, err
    own = re.search(r"\(([0-9a-f]{12})\): received", out)
    assert own is not None, out
    status, out, err = run(home, token, "status", own[1], "--wait", *at)
    assert (status, "scored" in out) == (0, True), (out, err)
    assert run(home, token, "consent", own[1], *at)[0] == 0
    wait_until(lambda: "published" in run(home, token, "status", own[1], *at)[1])
    assert own[1] in succeed(board.folder.path, "events", own[1])
    assert "published" in succeed(board.folder.path, "status", own[1])
    status, out, err = run(home, token, "withdraw", own[1], "--reason", "a test", *at)
    assert (status, "withdrawn" in out) == (0, True), err
    status, _, err = run(home, board.team("Stranger").token, "status", own[1], *at)
    assert (status, "no such submission" in err) == (1, True)


def test_what_is_wrong_is_said_before_anything_is_sent_or_by_the_server(
    home: Path, board: Live
) -> None:
    token, at = board.team("Faulty").token, ("--server", board.site)
    files = ("outputs.csv", "--benchmark", "demo", "--meta", "submission.toml")
    (home / "submission.toml").write_text('system = "x"\nmethod = "magic"\n')
    status, _, err = run(home, token, "submit", *files, "--server", "http://localhost:1")
    assert status == 1
    assert "'magic'" in err and "version" in err  # noqa: PT018
    (home / "submission.toml").write_text(META)
    (home / "outputs.csv").write_text("task,example_id,output\ndemo/stress,stress-01,Yes\n")
    status, _, err = run(home, token, "submit", *files, *at)
    assert status == 1
    assert "did you mean 'stress-001'" in err
    (home / "outputs.csv").write_bytes(board.outputs())
    for token_sent, said in ((None, "REASONBOARD_TOKEN"), ("rb_wrong", "not one of ours")):
        status, _, err = run(home, token_sent, "submit", *files, *at)
        assert (status, said in err) == (1, True), err


def test_a_refusal_before_the_end_of_an_upload_is_read(home: Path, board: Live) -> None:
    """The server knows from the head that the token is wrong, and the file is far larger than a
    connection's buffers.
    """
    (home / "outputs.csv").write_bytes(board.outputs(say=" it goes on" * 4_000))
    files = ("outputs.csv", "--benchmark", "demo", "--meta", "submission.toml")
    status, _, err = run(home, "rb_wrong", "submit", *files, "--server", board.site)
    assert (status, "not one of ours" in err) == (1, True), err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://board.example.org", "https"),
        ("ftp://localhost", "address"),
        ("localhost:8501", "address"),
        ("http://localhost:1", "does not answer"),
        ("http://localhost:99999", "does not answer"),
        ("https://u:p@localhost", "address"),
    ],
)
def test_a_token_is_sent_nowhere_else(home: Path, url: str, said: str) -> None:
    status, _, err = run(home, "rb_secret", "status", "0123456789ab", "--server", url)
    assert (status, said in err) == (1, True), err
    assert "rb_secret" not in err


def test_no_proxy_sees_a_token_that_is_not_encrypted(
    home: Path, board: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://localhost:1")
    asked = ("status", "0123456789ab", "--server")
    status, _, err = run(home, board.team("Behind a proxy").token, *asked, board.site)
    assert (status, "no such submission" in err) == (1, True), err
    status, _, err = run(home, "rb_secret", *asked, "https://localhost:1")
    assert (status, "does not answer" in err) == (1, True), err


def test_a_token_does_not_follow_a_redirect(home: Path, board: Live) -> None:
    seen = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(302)
            self.send_header("Location", f"{board.site}/caught")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("localhost", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        status, _, err = run(
            home,
            "rb_s",
            "status",
            "0123456789ab",
            "--server",
            f"http://localhost:{server.server_port}",
        )
        server.shutdown()
    assert (status, len(seen)) == (1, 1)
    assert "is no ReasonBoard" in err


def test_a_folder_is_sent_as_the_same_bytes_each_time(home: Path, board: Live) -> None:
    token, folder = board.team("Folder").token, home / "sets"
    folder.mkdir()
    (home / "outputs.csv").rename(folder / "outputs.csv")
    sent = (
        "submit",
        folder,
        "--benchmark",
        "demo",
        "--meta",
        "submission.toml",
        "--server",
        board.site,
    )
    first, again = run(home, token, *sent), run(home, token, *sent)
    assert first[0] == again[0] == 0, (first, again)
    assert "was here already" in again[1] + again[2]


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return [block for block in found if "/api/v1" in block]


@pytest.mark.timeout(600)
def test_the_guides_clients_work(home: Path, board: Live) -> None:
    (home / "submission.toml").write_text(META.replace("Remote", "From the guide"))
    token = str(board.team("Reader of the guide").token)
    variables = {
        **environment(home / "own"),
        "BOARD": board.site,
        "REASONBOARD_TOKEN": token,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    (shell,), (python,) = blocks("bash"), blocks("python")
    for command in (["bash", "-euc", shell], [sys.executable, "-c", python]):
        try:
            done = subprocess.run(
                command,
                cwd=home,
                env=variables,
                capture_output=True,
                text=True,
                timeout=500,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            pytest.fail(f"{late}; the worker said: {said_by_workers(board.folder.path)}")
        assert done.returncode == 0, done.stderr
    assert (home / "template.csv").read_text().startswith("task,example_id")
    assert "demo/stress accuracy 1.0" in done.stdout


def test_the_maintainers_commands(board: Live, tmp_path: Path) -> None:
    data = board.folder.path
    team = board.team("Judged")
    own = team.submit(board.outputs(say=" Judged."), system="Judged", consent=True).json["id"]
    told = succeed(data, "hide", own, "--reason", "looks like a copy")
    assert "is held. It is not in the release that is served." in told
    assert "was held already" in succeed(data, "hide", own, "--reason", "looks copied")
    assert "looks copied" in succeed(data, "review")
    assert team.get(f"/submissions/{own}").json["held"] == "looks copied"
    assert "may be published" in succeed(data, "approve", own)
    assert "is deleted" in succeed(
        data, "redact", "demo/stress", "stress-001", "--submission", own, "--reason", "x"
    )
    assert "post of" in succeed(
        data, "redact", "demo/stress", "stress-002", "--reason", "asked for"
    )
    said = succeed(data, "events", own)
    for kind in ("submitted", "held", "approved", "output redacted"):
        assert kind in said
    assert "withdrawn" in succeed(data, "withdraw", own, "--reason", "x")
    for arguments in (
        ("hide", "nothing", "--reason", "x"),
        ("redact", "demo/none", "x", "--reason", "x"),
        ("status", "nothing"),
        ("submit", tmp_path, "--benchmark", "demo", "--meta", tmp_path, "--team", "nobody"),
    ):
        refuse(data, *arguments)


def test_teams_on_the_command_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = reasonboard(data, "team", "add", "One", "--role", "annotator")
    token = done.out.strip()
    assert done.status == 0
    assert token not in done.err
    assert "shown this once" in done.err
    assert token not in succeed(data, "team", "list")
    assert "One: annotator, token of 20" in succeed(data, "team", "list")
    assert succeed(data, "team", "rotate", "One").strip() != token
    succeed(data, "team", "member", "add", "One", "One@Example.org")
    assert "one@example.org" in succeed(data, "team", "list")
    succeed(data, "team", "member", "remove", "one@example.org")
    succeed(data, "team", "revoke", "One")
    assert "no token" in succeed(data, "team", "list")
    refuse(data, "team", "add", "ONE")
    refuse(data, "team", "rotate", "Two")
