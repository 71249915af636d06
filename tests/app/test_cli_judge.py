"""`reasonboard judge`, as a person runs it: against a real server that misbehaves, killed, and with a
model on this machine.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scoring.judging.pairs import judged_pairs
from scoring.judging.verdicts import NO_OBJECT, read_verdicts
from scoring.tasks import Task
from submissions.asking.endpoint import KEY
from submissions.asking.texts import Decoding
from submissions.judging.plan import JudgeOrder, planned_judging
from submissions.judging.results import Judgement
from submissions.store.folder import DataFolder
from tests import forking
from tests.boards import demo_board, gold_rows, submit
from tests.commands import COMMAND, environment, reasonboard, refuse, succeed
from tests.generating import Behaviour, Reply, Served, completion, serving_model
from tests.judging import Shown, by_the_words, judging, shown_in
from tests.submissions.judging.injected import written
from tests.tiny_models import tiny_causal

SECRET = "sk-very-secret-1234"  # noqa: S105  (no key of anybody's)
ASPECTS = ("consistency", "reliability", "professionality", "overall")
HONEST = judging(by_the_words)


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """A board with two systems: one explains as the references do, the other adds to each of them
    an order to its judge.
    """
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    rows = gold_rows(folder, tasks["demo/stress"])
    ordering = [
        {**row, "output": f"{row['output']} {order}"}
        for row, order in zip(rows, written(), strict=True)
    ]
    submit(folder, tasks, tmp_path, rows, system="Ada", base_model="meta-llama/Llama-3-8B")
    submit(folder, tasks, tmp_path, ordering, system="Eve", base_model="Qwen/Qwen2.5-7B")
    return folder


def words(board: DataFolder, served: Served, *more: str, model: str = "a-judge") -> list[str]:
    """The command, the endpoint allowed."""
    allowed = f'[benchmarks]\ndemo = ["{served.address}"]\n'
    (board.path / "endpoints.toml").write_text(allowed, encoding="utf-8")
    common = "judge --benchmark demo --rubric mentallama --system Ada"
    return [*common.split(), "--model", model, "--endpoint", served.address, *more]


def results(board: DataFolder, served: Served, *more: str, **options: str) -> list[dict[str, Any]]:
    said = succeed(board.path, *words(board, served, *more, "--format", "json", **options))
    rows: list[dict[str, Any]] = json.loads(said)
    return rows


def kept(board: DataFolder) -> list[Path]:
    return sorted((board.path / "judged").glob("*.jsonl"))


def test_what_was_judged_is_kept_and_not_asked_again(board: DataFolder) -> None:
    with serving_model(HONEST) as served:
        rows = results(board, served)
        assert len(served.requests) == 40
        assert results(board, served) == rows
        assert len(served.requests) == 40
        results(board, served, "--judge", "checklist")
        assert len(served.requests) == 80
    by_hand = [by_the_words(shown_in(prompt), "") for prompt in served.prompts[:40]]
    assert [row["aspect"] for row in rows] == list(ASPECTS)
    for row in rows:
        assert (row["n"], row["n_absent"], row["family"]) == (40, 0, "cannot tell")
        assert row["value"] == pytest.approx(sum(by_hand) / 40)
        assert row["low"] < row["value"] < row["high"]
    form = served.requests[0]["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["properties"]["overall"] == {"enum": [0, 1, 2, 3]}
    assert len(kept(board)) == 2


def test_no_order_of_a_text_moves_an_honest_judges_verdict_and_most_are_flagged(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    with serving_model(HONEST) as served:
        said = succeed(board.path, *words(board, served, "--system", "Eve"))
    # All that is outside the delimiters is the same for every text, with and without orders.
    assert len({shown_in(prompt).outside for prompt in served.prompts}) == 1
    order = JudgeOrder("demo", "mentallama", "scale", Decoding(512), systems=("Ada", "Eve"))
    plan = planned_judging(board, tasks, order)
    judgement = Judgement("a-judge", plan.prompter, read_verdicts(kept(board)[0]))
    (aspect, *_) = plan.prompter.aspects
    honest, ordering = (
        [pair and judgement.values(aspect, *pair) for pair in judged_pairs(part.runs[0])]
        for part in plan.parts
    )
    both = [pair for pair in zip(honest, ordering, strict=True) if None not in pair]
    assert len(both) >= 36
    assert len({tuple(own or ()) for own, _ in both}) > 2  # else nothing could be moved
    assert [own for own, _ in both] == [other for _, other in both]
    flagged = int(re.search(r"(\d+) of explanations that speak to their judge", said)[1])  # type: ignore[index]
    assert flagged >= 32
    assert f"Eve 1 ({flagged})" in said
    assert "Ada 1 (" not in said


def test_killed_by_sigkill_it_goes_on_and_nothing_is_asked_twice(
    board: DataFolder, tmp_path: Path
) -> None:
    processes = list[subprocess.Popen[bytes]]()

    def until_written(verdicts: int) -> None:
        deadline = time.monotonic() + 120
        while (
            sum(path.read_bytes().count(b'{"verdict": ') for path in kept(board)) < verdicts
            and time.monotonic() < deadline
        ):
            time.sleep(0.01)

    def behave(number: int, request: dict[str, Any]) -> Reply:
        if number == 14:
            until_written(14)
            os.kill(processes[0].pid, signal.SIGKILL)
            processes[0].wait()
        return HONEST(number, request)

    said = tmp_path / "said"
    with serving_model(behave) as served:
        command = ["--log-level", "debug", *words(board, served, "--batch-tokens", "1")]
        variables = {**environment(board.path), KEY: SECRET, "OPENAI_LOG": "debug"}
        with said.open("wb") as stream:
            processes.append(
                forking.start([COMMAND, *command], env=variables, stdout=stream, stderr=stream)
            )
        assert processes[0].wait(timeout=280) == -signal.SIGKILL, said.read_text()
        assert len(served.requests) == 15
        again = reasonboard(board.path, *command)
        assert again.status == 0, again.err
        assert "14 verdicts of 40 are there; going on" in again.err
        # The one that was under way when it was killed is asked again: nobody has its answer.
        assert len(served.requests) == 15 + 26
        assert len(set(served.prompts)) == 40
    everything = said.read_text() + again.err + again.out + kept(board)[0].read_text()
    assert SECRET not in everything
    # No text of the board is in what is kept, nor a word of the judge's.
    texts = [text for prompt in served.prompts for text in shown_in(prompt).texts.values()]
    assert not any(text[:40] in kept(board)[0].read_text() for text in texts)
    assert kept(board)[0].stat().st_mode & 0o077 == 0


def test_what_may_pass_is_asked_again_and_what_is_off_the_menu_is_absent(
    board: DataFolder,
) -> None:
    troubles = {
        0: Reply(429, {}, {"Retry-After": "0"}),
        1: Reply(500, {}, {"Retry-After": "0"}),
        2: Reply(200, b"not JSON"),
        3: completion('{"consistency": 3, "reliab', "length"),
        4: completion(json.dumps(dict.fromkeys(ASPECTS, 5))),
        5: completion(json.dumps({**dict.fromkeys(ASPECTS, 2), "overall": "excellent"})),
        6: completion("The verdict is 3."),
        7: completion(None, "stop", refusal="I cannot."),
        8: completion(json.dumps(dict.fromkeys(ASPECTS, 2))),
    }

    def behave(number: int, _: object) -> Reply:
        return troubles.get(number, completion(json.dumps(dict.fromkeys(ASPECTS, 2))))

    with serving_model(behave) as served:
        rows = results(board, served, "--batch-tokens", "1")
        assert len(served.requests) == 40 + 3
        said = succeed(board.path, *words(board, served))
        assert len(served.requests) == 40 + 3
    by_aspect = {row["aspect"]: row for row in rows}
    # Nothing that was off the menu is counted as 0: the mean of what is there is 2.
    assert all(row["value"] == 2 for row in rows)
    assert (by_aspect["overall"]["n"], by_aspect["overall"]["n_absent"]) == (35, 5)
    assert (by_aspect["consistency"]["n"], by_aspect["consistency"]["n_absent"]) == (36, 4)
    assert {row["without_verdict"] for row in rows} == {5}
    assert f"3 {NO_OBJECT}" in said
    assert "1 off the menu: overall\n" in said
    assert f"1 off the menu: {', '.join(ASPECTS)}" in said


def test_what_is_not_answered_in_time_is_asked_again_by_the_same_command(
    board: DataFolder,
) -> None:
    never = threading.Event()
    slow = set[str]()

    def behave(number: int, request: dict[str, Any]) -> Reply:
        prompt = request["messages"][0]["content"]
        if number == 3:
            slow.add(prompt)
        return Reply(after=never) if prompt in slow and not up.is_set() else HONEST(number, request)

    up = threading.Event()
    try:
        with serving_model(behave) as served:
            more = ("--timeout", "0.3", "--batch-tokens", "1")
            said = succeed(board.path, *words(board, served, *more), timeout=120)
            assert "1 not answered, by the server's fault; the same command asks again" in said
            before = len(served.requests)
            up.set()
            rows = results(board, served, "--batch-tokens", "1")
            assert len(served.requests) == before + 1
            assert rows[0]["n"] == 40
    finally:
        never.set()


def test_a_server_that_takes_no_schema_is_asked_without(board: DataFolder) -> None:
    def behave(number: int, request: dict[str, Any]) -> Reply:
        if "response_format" in request:
            return Reply(400, {"error": {"message": "unknown field", "param": "response_format"}})
        return HONEST(number, request)

    with serving_model(behave) as served:
        rows = results(board, served, "--batch-tokens", "1")
    assert rows[0]["n"] == 40
    assert len(served.requests) == 41


def test_a_dry_run_says_what_it_takes_and_asks_nothing(board: DataFolder) -> None:
    with serving_model(HONEST) as served:
        prices = ("--prompt-price", "2.5", "--output-price", "10")
        said = succeed(board.path, *words(board, served, "--dry-run", *prices))
        assert served.requests == []
        assert kept(board) == []
        calls, prompts, answers, most = map(
            _number, re.findall(r"\d[\d,]*", said.partition("cost")[0])
        )
        assert (calls, most) == (40, 40 * 512)
        cost = float(re.search(r"about ([\d.]+)", said.partition("cost")[2])[1])  # type: ignore[index]
        assert cost == pytest.approx((prompts * 2.5 + answers * 10) / 1e6, abs=0.01)
        succeed(board.path, *words(board, served))
        sent = sum(len(prompt.encode()) for prompt in served.prompts)
        assert prompts == sent // 4
        assert "0 calls" in succeed(board.path, *words(board, served, "--dry-run"))
        assert "both or neither" in refuse(board.path, *words(board, served, *prices[:2]))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_several_repeats_are_averaged_and_say_how_they_spread(board: DataFolder) -> None:
    seen: dict[str, int] = {}

    def behave(_: int, request: dict[str, Any]) -> Reply:
        prompt = request["messages"][0]["content"]
        seen[prompt] = seen.get(prompt, 0) + 1
        level = {1: 1, 2: 2, 3: 3}[request["seed"]]
        return completion(json.dumps(dict.fromkeys(ASPECTS, level)))

    with serving_model(behave) as served:
        more = ("--repeats", "3", "--temperature", "0.7")
        rows = results(board, served, *more)
        assert set(seen.values()) == {3}
        assert "SD of Overall" in succeed(board.path, *words(board, served, *more))
        assert len(served.requests) == 120
        refused = refuse(board.path, *words(board, served, "--repeats", "3"))
    assert {(row["value"], row["sd_of_repeats"]) for row in rows} == {(2.0, 1.0)}
    assert "every verdict would be the same" in refused


def test_a_judge_of_the_systems_own_family_is_flagged_and_left_out_beside(
    board: DataFolder,
) -> None:
    def always(level: int) -> Behaviour:
        return lambda *_: completion(json.dumps(dict.fromkeys(ASPECTS, level)))

    with serving_model(always(1)) as served:
        rows = results(board, served, "--system", "Eve", model="mistral-large")
        assert {row["family"] for row in rows} == {"another family"}
        assert {row["without_own_family"] for row in rows} == {None}
    with serving_model(always(3)) as served:
        rows = results(board, served, "--system", "Eve", model="llama-3-70b")
        said = succeed(board.path, *words(board, served, model="llama-3-70b"))
    by_system = {row["name"]: row for row in rows if row["aspect"] == "overall"}
    own, other = by_system["Ada 1"], by_system["Eve 1"]
    assert (own["family"], own["all_judges"], own["without_own_family"]) == ("own family", 2, 1)
    assert (other["family"], other["all_judges"]) == ("another family", None)
    assert "With and without judges of a system's own family" in said


def test_pairs_are_asked_in_both_orders_and_a_verdict_that_flips_is_a_tie(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks["demo/stress"])
    longer = [{**row, "output": f"{row['output']} And more is said of it."} for row in rows]
    submit(board, tasks, tmp_path, longer, system="Long", base_model="x")
    pairwise = ("--judge", "pairwise", "--against", "Long")

    def longest(shown: Shown, name: str) -> str:
        if name == "consistency":
            return "first"  # whatever stands there
        first, second = (len(shown.texts[f"{place} ANSWER"]) for place in ("FIRST", "SECOND"))
        return "first" if first > second else "second"

    with serving_model(judging(longest)) as served:
        found_by_aspect = {row["aspect"]: row for row in results(board, served, *pairwise)}
        assert len(served.requests) == 80
        assert "share of comparisons won" in succeed(board.path, *words(board, served, *pairwise))
        assert "--against" in refuse(board.path, *words(board, served, "--judge", "pairwise"))
        assert "--against" in refuse(board.path, *words(board, served, "--against", "Long"))
    assert found_by_aspect["consistency"]["value"] == 0.5
    assert found_by_aspect["overall"]["value"] == 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_aspect_is_a_metric_on_the_board_in_comparisons_and_in_validity(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rate(board, tasks, tmp_path)
    with serving_model(HONEST) as served:
        command = [word for word in words(board, served, "--system", "Eve") if word != "--system"]
        everything = [word for word in command if word not in ("Ada", "Eve")]
        said = succeed(board.path, *everything)
        rows = json.loads(succeed(board.path, *everything, "--format", "json"))
        asked = len(served.requests)
        table, checkpoint = re.search(
            r"On the board: (\[\S+]) with (checkpoint = \S+)", said
        ).groups()  # type: ignore[union-attr]
        (board.path / "scoring.toml").write_text(f"{table}\n{checkpoint}\n", encoding="utf-8")
        (board.path / "endpoints.toml").unlink()
        succeed(board.path, "score", "--benchmark", "demo", timeout=600)
        # Scoring reads what was kept, and asks nobody.
        assert len(served.requests) == asked
    succeed(board.path, "publish", "--reason", "a judge", timeout=600)
    name = "judge_mentallama_overall"
    wanted = {row["name"]: row for row in rows if row["aspect"] == "overall"}
    shown = json.loads(succeed(board.path, "leaderboard", "--metric", name, "--format", "json"))
    of_board = {f"{row['system']} {row['version']}": row["mean"] for row in shown}
    assert of_board["Ada 1"] == pytest.approx(wanted["Ada 1"]["value"])
    assert of_board["Eve 1"] == pytest.approx(wanted["Eve 1"]["value"])
    assert "Overall (judge)" in succeed(board.path, "compare", "Ada", "Eve", "--metric", name)
    (of_ratings,) = [
        row for row in rows if row["name"].startswith("rated") and row["aspect"] == "overall"
    ]
    assert of_ratings["n"] == 20
    validity = json.loads(succeed(board.path, "validity", "--format", "json"))
    judged = [row for row in validity["validity"] if row["metric"] == name]
    assert judged
    assert {row["n"] for row in judged if row["aspect"] == "overall"} == {20}


def rate(board: DataFolder, tasks: Mapping[str, Task], where: Path) -> None:
    """Have two people rate twenty explanations of Ada's, by the rubric that is judged by."""
    lines = ["example_id,system,annotator,aspect,rating,explanation"]
    for place, row in enumerate(gold_rows(board, tasks["demo/stress"])[:20]):
        for annotator in ("a", "b"):
            lines += [
                f'{row["example_id"]},Ada,{annotator},{aspect},{(place + len(annotator)) % 4},"{row["output"]}"'
                for aspect in ASPECTS
            ]
    path = where / "ratings.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = [
        "--rubric",
        "mentallama",
        "--task",
        "demo/stress",
        "--name",
        "people",
        "--reason",
        "a test",
    ]
    succeed(board.path, "ratings", "import", path, *options)


def test_therapy_fidelity_is_judged_by_the_same_command(board: DataFolder) -> None:
    with serving_model(HONEST) as served:
        command = ["ctrs" if word == "mentallama" else word for word in words(board, served)]
        rows = json.loads(succeed(board.path, *command, "--format", "json"))
    assert len(rows) == 11
    assert {row["rubric"] for row in rows} == {"ctrs"}


def test_nothing_is_sent_where_nobody_allowed_it(board: DataFolder) -> None:
    with serving_model(HONEST) as served:
        command = words(board, served)
        (board.path / "endpoints.toml").unlink()
        assert "no maintainer allowed" in refuse(board.path, *command)
        private = [word.replace("demo", "mental-llm") for word in command]
        assert "posts_public = false" in refuse(board.path, *private)
        assert served.requests == []
    assert kept(board) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--rubric": "mentallamas"}, "did you mean 'mentallama'?"),
        ({"--judge": "scales"}, "did you mean 'scale'?"),
        ({"--system": "Adaa"}, "did you mean 'Ada'?"),
        ({"--benchmark": "demos"}, "no maintainer allowed"),
        ({"--rubric": "ctrs", "--judge": "checklist"}, "made for mentallama, not for ctrs"),
        ({"--task": "demo/strain-level"}, "nothing to judge"),
        ({"--repeats": "0"}, "allowed: 1 to 100"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    board: DataFolder, changes: Mapping[str, str], said: str
) -> None:
    with serving_model(HONEST) as served:
        command = words(board, served)
        for option, value in changes.items():
            if option in command:
                command[command.index(option) + 1] = value
            else:
                command += [option, value]
        assert said in refuse(board.path, *command)
        assert served.requests == []


def test_a_model_on_this_machine_whose_answers_are_no_verdicts_gives_none(
    board: DataFolder, tmp_path: Path
) -> None:
    model = tiny_causal(tmp_path / "tiny", positions=4_096)
    command = "judge --benchmark demo --rubric mentallama --system Ada --max-new-tokens 4"
    arguments = [*command.split(), "--model", str(model), "--dtype", "float32"]
    rows = json.loads(succeed(board.path, *arguments, "--format", "json"))
    assert {(row["value"], row["n"], row["without_verdict"]) for row in rows} == {(None, 0, 40)}
    said = reasonboard(board.path, *arguments)
    assert "stay on this machine" in said.err
    assert "40 verdicts of 40 are there" in said.err
    assert f"40 {NO_OBJECT}" in said.out
