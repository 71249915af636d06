"""What the program writes down of what it does: a line an event, with ids, and no text or token."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.api import api_application
from app.logs import JsonLine, TextLine, of_request
from app.server.request_log import RequestLog
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from tests.boards import demo_board
from tests.commands import reasonboard
from tests.live import Client, logged

ROOT = Path(__file__).parents[2]
TOKEN = "rb_a-token-in-an-address"  # noqa: S105
OWN_LINE = "ReasonBoard is on"


def record(message: str, *arguments: object, **ids: object) -> logging.LogRecord:
    made = logging.LogRecord("app.api", logging.WARNING, __file__, 1, message, arguments, None)
    made.ids = ids
    return made


def test_a_line_of_text_has_time_level_module_and_ids() -> None:
    with of_request("1f0c"):
        line = TextLine().format(record("busy: %s", "the disk", team="Two words", status=503))
    time, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert rest == 'WARNING app.api busy: the disk request=1f0c team="Two words" status=503'
    assert TextLine().format(record("later")).endswith("app.api later")


def test_nobody_writes_a_line_of_their_own_through_a_message_or_an_id() -> None:
    line = TextLine().format(record("%s", "one\nERROR two", team="three\nfour"))
    assert len(line.splitlines()) == 1


def test_a_line_of_json_is_read_back_with_its_traceback() -> None:
    made = record("it broke", unit="one on demo/stress")
    error = ValueError("why")
    made.exc_info = (ValueError, error, None)
    line = json.loads(JsonLine().format(made))
    assert (line["level"], line["module"], line["message"]) == ("warning", "app.api", "it broke")
    assert line["unit"] == "one on demo/stress"
    assert line["traceback"].endswith("ValueError: why")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path_factory.mktemp("logs") / "data", tasks, ["stress"])


def test_a_server_writes_json_alone_a_line_a_request_and_no_token(
    board: DataFolder, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with logged(board.path, log, REASONBOARD_LOG_FORMAT="json") as site:
        asked = Client(site, TOKEN)
        answers = [
            asked.get("/tasks"),
            asked.get(f"/submissions/{TOKEN}"),
            asked.get(f"/no-such-address-{TOKEN}"),
            asked.get("/health"),
        ]
    lines = [json.loads(line) for line in log.read_text().splitlines() if OWN_LINE not in line]
    of_requests = {
        line["request"]: line for line in lines if line["module"].endswith("request_log")
    }
    told = [of_requests.get(answer.headers["X-Request-Id"]) for answer in answers]
    assert [line and line["message"] for line in told] == [
        "GET /tasks",
        "GET /submissions/{submission}",
        "GET an address that there is not",
        None,  # asked for every few seconds by whatever watches a server
    ]
    assert [line["status"] for line in told if line] == [answer.status for answer in answers[:3]]
    assert TOKEN not in log.read_text()
    own = ("app.", "submissions.", "scoring.")
    assert [line for line in lines if not line["module"].startswith(own)] == []


def test_a_fault_of_ours_is_told_by_an_id_that_the_log_has(
    board: DataFolder,
    tasks: dict[str, Task],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("a text that nobody else should read")

    monkeypatch.setattr("app.api.context.declaration_faults", broken)
    api = TestClient(RequestLog(api_application(board, tasks)), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR):
        answer = api.get("/api/v1/health")
    assert answer.status_code == 500
    assert "nobody else" not in answer.text
    fault = re.search(r"fault's id: (\w{8})", answer.json()["detail"])
    assert fault
    assert [line.ids for line in caplog.records if hasattr(line, "ids")] == [{"fault": fault[1]}]


def test_a_command_writes_what_is_amiss_and_more_where_it_is_asked_to(board: DataFolder) -> None:
    quiet = reasonboard(board.path, "publish", "--reason", "first", "--allow-pending")
    assert "release published" not in quiet.err
    told = reasonboard(
        board.path, "--log-format", "json", "--log-level", "info", "publish", "--reason", "again"
    )
    assert told.status == 0, told.err
    said = reasonboard(board.path, "--log-level", "loud", "status")
    assert said.status == 2
    assert "debug" in said.err


def test_a_page_that_fails_tells_an_id_that_the_log_has_and_no_more(
    published: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("a text that nobody else should read")

    monkeypatch.setenv("REASONBOARD_DATA", str(published))
    monkeypatch.setattr("app.site.page.served", broken)
    with caplog.at_level(logging.ERROR):
        site = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=60).run()
    box = site.error[0].value
    assert "nobody else" not in box
    assert "findahelpline" in site.markdown[-1].value
    fault = re.search(r"fault's id: (\w{8})", box)
    assert fault
    line = next(line for line in caplog.records if hasattr(line, "ids"))
    assert line.ids == {"fault": fault[1], "page": "Leaderboard"}
    assert line.exc_info
