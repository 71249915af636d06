"""`reasonboard generate`, as a person runs it: against a real server, killed, and up to `check`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scoring.tasks import Task
from submissions.asking.endpoint import KEY
from submissions.store.folder import DataFolder
from tests import forking
from tests.commands import COMMAND, environment, reasonboard, refuse, succeed
from tests.generating import TRAIN, Reply, Served, completion, gold_board, serving_model
from tests.tiny_models import tiny_causal

SECRET = "sk-very-secret-1234"  # noqa: S105  (no key of anybody's)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """A board that nobody changes but by allowing endpoints."""
    return gold_board(tmp_path_factory.mktemp("board") / "data", tasks, "stress", "strain-level")


def allow(board: DataFolder, served: Served) -> None:
    text = f'[benchmarks]\ndemo = ["{served.address}"]\n'
    (board.path / "endpoints.toml").write_text(text, encoding="utf-8")


def answering(request: dict[str, Any]) -> Reply:
    """Yes or no, by the prompt alone."""
    prompt = request["messages"][0]["content"]
    answer = "Yes" if len(prompt) % 2 else "No"
    return completion(f"{answer}. Reasoning: {len(prompt)} characters.")


def words(served: Served, out: Path, *more: str) -> list[str]:
    common = "generate --benchmark demo --task demo/stress --model a-model --prompt zero-shot"
    return [*common.split(), "--endpoint", served.address, "--out", str(out), *more]


def test_killed_by_sigkill_it_goes_on_and_ends_as_one_that_was_not(
    board: DataFolder, tmp_path: Path
) -> None:
    said, processes = tmp_path / "said", list[subprocess.Popen[bytes]]()

    def until_written(texts: int) -> None:
        """Wait for the journal: the next prompt may be out before an answer is on the disk."""
        deadline = time.monotonic() + 120
        journal = tmp_path / "killed.journal.jsonl"
        while journal.read_bytes().count(b'{"text": ') < texts and time.monotonic() < deadline:
            time.sleep(0.01)

    def behave(number: int, request: dict[str, Any]) -> Reply:
        if number == 0:
            text = said.read_text(encoding="utf-8")
            assert "40 prompts about 40 posts of demo go to http://127.0.0.1:" in text
            assert "and nowhere else" in text
        if number == 14:
            until_written(14)
            os.kill(processes[0].pid, signal.SIGKILL)
            processes[0].wait()
        return answering(request)

    with serving_model(behave) as served:
        allow(board, served)
        command = ["--log-level", "debug", *words(served, tmp_path / "killed.jsonl")]
        variables = {**environment(board.path), KEY: SECRET, "OPENAI_LOG": "debug"}
        with said.open("wb") as stream:
            processes.append(
                forking.start(
                    [COMMAND, *command, "--batch-tokens", "1"],
                    env=variables,
                    stdout=stream,
                    stderr=stream,
                )
            )
        assert processes[0].wait(timeout=280) == -signal.SIGKILL, said.read_text()
        assert not (tmp_path / "killed.jsonl").exists()
        assert len(served.requests) == 15
        again = reasonboard(board.path, *command)
        assert again.status == 0, again.err
        assert "14 texts of 40 are there; going on" in again.err
        assert len(served.requests) == 15 + 26
        succeed(board.path, *words(served, tmp_path / "whole.jsonl"))
    killed, whole = (tmp_path / f"{name}.jsonl" for name in ("killed", "whole"))
    assert killed.read_bytes() == whole.read_bytes()
    assert len(killed.read_text().splitlines()) == 40
    written = "".join(path.read_text() for path in tmp_path.iterdir()) + again.err
    assert SECRET not in written
    assert served.prompts[3][:50] not in written


def test_what_was_generated_is_checked_and_accepted(board: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with serving_model(lambda _, request: answering(request)) as served:
        allow(board, served)
        more = ("--prompt", "+both", "--seed", "1", "--seed", "2", "--temperature", "1")
        done = succeed(board.path, *words(served, out, *more, "--check"))
        assert len(served.requests) == 160
        assert [request["seed"] for request in served.requests].count(2) == 80
        # Said again, nothing is asked again, and nothing that was changed since is written over.
        assert "160 rows" in succeed(board.path, *words(served, out, *more))
        (tmp_path / "out.jsonl").write_text("mine")
        assert "with other content" in refuse(board.path, *words(served, out, *more))
        assert out.read_text() == "mine"
        assert len(served.requests) == 160
    assert "repetition 4: prompt both, seed 2" in done
    assert "demo/stress: 160 rows of 160 in 4 repetitions; 100.0% parsed" in done
    assert "repetitions by 2 prompts and 2 seeds: 1 is prompt zero-shot and seed 1" in done
    assert "No problems: this would be accepted." in done
    record = json.loads((tmp_path / "out.run.json").read_text())
    assert record["identity"]["decoding"] == {
        "max_new_tokens": 512,
        "temperature": 1.0,
        "top_p": 1.0,
    }
    assert record["identity"]["seeds"] == [1, 2]
    assert record["identity"]["repetitions"][3] == {"repetition": 4, "prompt": "both", "seed": 2}
    assert record["identity"]["model"] == {"name": "a-model", "endpoint": served.address}
    assert record["ends"] == {"stop": 160}
    assert record["models_of_the_server"] == ["served-model"]
    assert {"openai", "python", "reasonboard"} <= record["starts"][0]["versions"].keys()


def test_a_model_on_this_machine_asks_few_shot_and_writes_csv_too(
    board: DataFolder, tmp_path: Path
) -> None:
    model = tiny_causal(tmp_path / "tiny", positions=4_096)
    out = tmp_path / "out.csv"
    command = "generate --benchmark demo --prompt few-shot --max-new-tokens 4 --dtype float32"
    done = reasonboard(
        board.path, *command.split(), "--model", model, "--train", TRAIN, "--out", out
    )
    assert done.status == 0, done.err
    assert "80 prompts about 80 posts of demo stay on this machine" in done.err
    assert f"`reasonboard check {out} --benchmark demo`" in done.out
    assert "demo/strain-level: 40 rows of 40" in succeed(
        board.path, "check", out, "--benchmark", "demo"
    )
    record = json.loads((tmp_path / "out.run.json").read_text())
    shown = record["identity"]["prompts"]["few-shot"]["demonstrations"]
    assert shown["demo/stress"]["ids"][0] == "stress-t001"
    assert record["identity"]["model"]["kind"] == "causal"
    assert (out.stat().st_mode | (tmp_path / "out.journal.jsonl").stat().st_mode) & 0o077 == 0


def test_nothing_is_sent_where_nobody_allowed_it(board: DataFolder, tmp_path: Path) -> None:
    with serving_model(lambda _, request: answering(request)) as served:
        (board.path / "endpoints.toml").unlink(missing_ok=True)
        out = tmp_path / "out.jsonl"
        assert "no maintainer allowed" in refuse(board.path, *words(served, out))
        private = [word.replace("demo", "mental-llm") for word in words(served, out)]
        assert "posts_public = false" in refuse(board.path, *private)
        assert served.requests == []
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--timeout", "5"], "--timeout: with --endpoint alone"),
        (
            ["--endpoint", "http://localhost:1/v1", "--device", "cpu"],
            "--device: not with --endpoint",
        ),
        (["--model", "/nowhere/at/all"], "there is no folder"),
        (["--device", "cuda:77"], "cannot be used here"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    board: DataFolder, tmp_path: Path, more: list[str], said: str
) -> None:
    command = [
        "generate",
        "--benchmark",
        "demo",
        "--model",
        "leaderboard_data/checkpoints/tiny-bart",
    ]
    given = command[:-2] if "--model" in more else command
    out = tmp_path / "out.jsonl"
    assert said in refuse(board.path, *given, "--prompt", "zero-shot", "--out", out, *more)
    assert not out.exists()


def test_a_file_that_is_there_is_not_written_over(board: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    with serving_model(lambda _, request: answering(request)) as served:
        allow(board, served)
        assert "there already" in refuse(board.path, *words(served, out))
        assert served.requests == []
    assert out.read_text() == "mine"


def test_a_record_that_is_not_the_runs_is_not_written_over(
    board: DataFolder, tmp_path: Path
) -> None:
    out, record = tmp_path / "out.jsonl", tmp_path / "out.run.json"
    record.write_text('{"identity": "of another"}')
    with serving_model(lambda _, request: answering(request)) as served:
        allow(board, served)
        assert "not this run's" in refuse(board.path, *words(served, out))
        assert served.requests == []
    assert record.read_text() == '{"identity": "of another"}'
    assert [path.name for path in tmp_path.iterdir()] == [record.name]


def test_another_order_does_not_go_on_with_what_was_begun(
    board: DataFolder, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with serving_model(lambda _, request: answering(request)) as served:
        allow(board, served)
        succeed(board.path, *words(served, out))
        said = refuse(board.path, *words(served, out, "--max-new-tokens", "9"))
        assert "decoding max_new_tokens: 512 then, 9 now" in said
        assert len(served.requests) == 40
