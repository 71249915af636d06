"""What holds for every answer of the server, whichever part of it answers."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

from scoring.tasks import Task
from submissions.store.files.posts import PostStore
from submissions.teams.accounts import Role
from tests.boards import demo_board
from tests.commands import COMMAND, environment
from tests.live import Live, children, free_port, live, memory, with_limits
from tests.workers import wait_until

PROGRAM = """
import json, os, sys
from pathlib import Path
data, outputs = sys.argv[1:]
os.environ["REASONBOARD_DATA"] = data
import app.asgi
from starlette.testclient import TestClient
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team
token = add_team(DataFolder(Path(data)), "T", Role.member, "tester")
client = TestClient(app.asgi._api, headers={"Authorization": "Bearer " + token})
paths = ["/health", "/tasks", "/leaderboard", "/submissions", "/openapi.json", "/tasks/demo/stress/template"]
seen = [client.get("/api/v1" + path).status_code for path in paths]
form = {"benchmark": "demo", "metadata": '{"system": "S", "version": "1", "method": "few-shot"}'}
sent = client.post("/api/v1/submissions", data=form, files={"file": ("o.csv", open(outputs, "rb"))})
own = "/api/v1/submissions/" + sent.json()["id"]
seen += [sent.status_code, *(client.get(own + end).status_code for end in ("", "/scores"))]
seen.append(client.post(own + "/publish").status_code)
print(json.dumps([seen, [name for name in ("torch", "transformers", "ray") if name in sys.modules]]))
"""
MEGABYTES = 600
"""That the server may take, with whatever it starts."""
READING = 400
"""That it takes with a reader, however long the texts."""
WORDS = (
    "she",
    "wrote",
    "that",
    "the",
    "week",
    "was",
    "long",
    "and",
    "nothing",
    "went",
    "well",
    "at",
    "work",
    "since",
)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> Iterator[Live]:
    folder = demo_board(tmp_path_factory.mktemp("serving") / "data", tasks, ["stress"])
    # Not a fork: what it loads and takes is looked at.
    with live(folder, tasks, start=subprocess.Popen, server_base_url_path="board/one") as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/leaderboard",
        "/board/one/",
        "/_stcore/health",
        "/static/none.js",
        "/api/v1/health",
        "/api/v1/x",
        "/api",
    ],
)
def test_every_answer_has_the_security_headers(board: Live, path: str) -> None:
    headers = requests.get(board.site + path, timeout=30).headers
    policy = headers["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "frame-ancestors 'self'",
        "object-src 'none'",
    ):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_the_first_page_is_found_by_its_name_with_its_view(board: Live) -> None:
    answer = requests.get(
        f"{board.site}/board/one/leaderboard?metric=words", timeout=30, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (307, "/board/one/?metric=words")


def test_under_a_sub_path_the_api_is_there_and_as_if_the_proxy_took_it_off(board: Live) -> None:
    for base in ("", "/board/one"):
        api = f"{board.site}{base}/api/v1"
        assert requests.get(f"{api}/health", timeout=30).json()["status"] == "ok"
        assert requests.get(f"{api}/openapi.json", timeout=30).json()["servers"] == [
            {"url": f"{base}/api/v1"}
        ]
        assert (
            requests.get(f"{api}/nothing", timeout=30).headers["Content-Type"]
            == "application/problem+json"
        )
    token = board.team("Sub-path").token
    sent = requests.post(
        f"{board.site}/board/one/api/v1/submissions",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        data={"benchmark": "demo", "metadata": 'system = "S"\nversion = "1"\nmethod = "few-shot"'},
        files={"file": ("o.csv", board.outputs())},
    )
    assert sent.headers["Location"].startswith("/board/one/api/v1/submissions/")
    assert requests.get(f"{board.site}/board/one/_stcore/health", timeout=30).text == "ok"


@pytest.mark.parametrize("page", ["", "leaderboard/"])
@pytest.mark.parametrize(
    "door", ["metrics", "agent/openapi.json", "agent/interact", "agent/mcp", "script-health-check"]
)
def test_what_the_site_does_not_need_is_closed(board: Live, page: str, door: str) -> None:
    for base in ("", "/board/one"):
        answer = requests.get(f"{board.site}{base}/{page}_stcore/{door}", timeout=30)
        assert (answer.status_code, answer.text) == (404, "There is nothing here.")


def test_other_sites_can_neither_read_nor_act(board: Live) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    for path in ("/api/v1/health", "/board/one/_stcore/health"):
        answer = requests.get(board.site + path, headers=elsewhere, timeout=30)
        assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = {**elsewhere, "Access-Control-Request-Method": "POST"}
    asked = requests.options(f"{board.site}/api/v1/submissions", headers=preflight, timeout=30)
    assert "Access-Control-Allow-Origin" not in asked.headers
    upload = f"{board.site}/board/one/_stcore/upload_file/session/file"
    assert requests.put(upload, headers=elsewhere, files={"f": b"x"}, timeout=30).status_code in (
        400,
        403,
    )
    cookie = requests.get(f"{board.site}/api/v1/submissions", cookies={"token": "x"}, timeout=30)
    assert cookie.status_code == 401, "a cookie, which a browser sends along, signs nothing"


def test_an_upload_that_takes_too_much_memory_ends_its_reader_alone(board: Live) -> None:
    with_limits(board.folder, "[check]\nmemory_mb = 700\n")
    team = board.team("Greedy")
    assert team.submit(board.outputs(), system="Modest").status == 201
    answer = team.submit(one_long_text(400), system="Greedy", name="o.parquet")
    assert answer.status == 422
    assert "too much memory" in answer.json["problems"][0]["problem"]
    assert board.process.poll() is None
    assert board.anybody.get("/health").status == 200
    assert not list(board.folder.incoming.iterdir())
    with_limits(board.folder, "")


def one_long_text(megabytes: int) -> bytes:
    """A Parquet file that cannot be read without so much memory, beside bytes that keep it from
    looking like a bomb.
    """
    stream = io.BytesIO()
    noise = random.Random(1).randbytes(2 * 10**6).hex()  # noqa: S311 (no secret)
    columns = {
        "task": ["demo/stress"],
        "example_id": ["a"],
        "output": ["a" * megabytes * 10**6],
        "noise": [noise],
    }
    pq.write_table(pa.table(columns), stream, compression="zstd")
    return stream.getvalue()


def test_the_web_process_never_loads_a_model_library(
    board: Live, tmp_path: Path, tasks: dict[str, Task]
) -> None:
    loaded = Path(f"/proc/{board.process.pid}/maps").read_text(encoding="utf-8")
    assert "asyncio" in loaded or "libpython" in loaded or "site-packages" in loaded, (
        "the right process is looked at"
    )
    assert "libtorch" not in loaded
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    (tmp_path / "o.csv").write_bytes(board.outputs())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, folder.path, tmp_path / "o.csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    statuses, heavy = json.loads(done.stdout.splitlines()[-1])
    assert statuses == [200, 404, 404, 200, 200, 200, 201, 200, 200, 200]
    assert heavy == []


def test_what_the_server_says_holds_no_token_and_no_text_of_an_upload(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    log, port = tmp_path / "log", free_port()
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [COMMAND, "serve", "--port", str(port)],
            env=environment(folder.path),
            stdout=said,
            stderr=said,
        ) as server,
    ):
        try:
            wait_until(lambda: "is on" in log.read_text())
            board = Live(folder, tasks, f"http://localhost:{port}", server)
            team = board.team("Discreet")
            team.submit(board.outputs(say=" whispered"))
            team.submit(b"whispered", method="no such")
            board.anybody.get(f"/submissions?token={team.token}")
            team.get(f"/submissions/{team.token}")
        finally:
            server.terminate()
    text = log.read_text()
    assert str(team.token) not in text
    assert "whispered" not in text
    assert "Traceback" not in text


@pytest.mark.timeout(1800)
def test_memory_does_not_grow_with_the_texts(board: Live) -> None:
    check_memory(board, megabytes=60, aim=READING)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_six_uploads_of_the_largest_size_take_bounded_memory(board: Live) -> None:
    check_memory(board, megabytes=490, aim=MEGABYTES)


def check_memory(board: Live, megabytes: int, aim: float) -> None:
    """Six at once, all taken; the most that server and readers took, and what is left of it."""
    with_limits(
        board.folder, "[check]\nseconds = 1800\n"
    )  # how long it takes is the machine's business
    team = board.team(f"Heavy {megabytes}", Role.maintainer)
    outputs = packed_outputs(board, megabytes)
    before, peak, started = memory(board.process.pid), 0.0, time.monotonic()
    with ThreadPoolExecutor(6) as crowd:
        sent = [
            crowd.submit(team.submit, outputs, system=f"Heavy {megabytes} {n}", name="o.csv.gz")
            for n in range(6)
        ]
        while not all(one.done() for one in sent):
            peak = max(peak, memory(board.process.pid))
            time.sleep(0.02)
        assert [one.result().status for one in sent] == [201] * 6, [
            one.result().content[:500] for one in sent
        ]
    took = time.monotonic() - started
    wait_until(lambda: not children(board.process.pid) and memory(board.process.pid) < before + 60)
    after = memory(board.process.pid)
    sys.stdout.write(
        f"\nsix of {len(outputs) / 1e6:.0f} MB, {megabytes} MB unpacked, in {took:.0f} s: "
        f"{before:.0f} MB before, {peak:.0f} at most, {after:.0f} after\n"
    )
    assert peak < aim, peak
    with_limits(board.folder, "")


def packed_outputs(board: Live, megabytes: int) -> bytes:
    """Right answers with long explanations, in repetitions that make so many megabytes; gzip makes
    a twelfth of it.
    """
    chance = random.Random(1)  # noqa: S311 (no secret)
    sentences = [" ".join(chance.choices(WORDS, k=12)) + ". " for _ in range(160)]
    examples = PostStore(board.folder.posts).examples(board.tasks["demo/stress"])
    target, written, repetition = io.BytesIO(), 0, 0
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6) as packed:
        packed.write(b"task,example_id,repetition,output,explanation\n")
        while written < megabytes * 10**6:
            for example in examples:
                output, explanation = (
                    "".join(chance.choices(sentences, k=1_200))[:64_000] for _ in range(2)
                )
                row = f"demo/stress,{example.example_id},{repetition},Yes. {output},{explanation}\n"
                written += packed.write(row.encode())
            repetition += 1
    return target.getvalue()
