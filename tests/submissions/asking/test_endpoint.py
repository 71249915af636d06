"""A real server on this machine that misbehaves, and what becomes of what it was asked."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scoring.tasks import Task
from submissions.asking.endpoint import IN_A_ROW, KEY, Endpoint
from submissions.asking.patience import Patience
from submissions.asking.texts import Decoding, GeneratedText, GenerationError, TextRequest
from submissions.generating.run import GenerationPlan, generate
from submissions.progress import unseen
from submissions.store.folder import DataFolder
from tests.generating import Behaviour, Reply, Served, a_plan, completion, gold_board, serving_model

SECRET = "sk-very-secret-1234"  # noqa: S105  (no key of anybody's)
YES = completion("Yes. Reasoning: tired.")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return gold_board(tmp_path_factory.mktemp("board") / "data", tasks, "stress")


@pytest.fixture
def plan(board: DataFolder, tasks: dict[str, Task], tmp_path: Path) -> GenerationPlan:
    return a_plan(board, tasks, tmp_path / "out.jsonl")


class Waited(list[float]):
    """How long was waited, without waiting."""


def an_endpoint(
    served: Served, waited: list[float] | None = None, *, budget: int = 1, **changes: Any
) -> Endpoint:
    """One that is asked a request at a time, unless the budget says more."""
    waits = waited if waited is not None else []
    patience = replace(Patience(seconds=30, wait=waits.append), **changes)
    return Endpoint(served.address, "a-model", Decoding(8), budget, patience)


def texts_of(
    behave: Behaviour, plan: GenerationPlan, first: int = 3, **options: Any
) -> tuple[list[GeneratedText], Served, list[float]]:
    """What comes of the first requests; what the server saw; how long was waited."""
    waited = Waited()
    with serving_model(behave) as served:
        endpoint = an_endpoint(served, waited, **options)
        batches = list(endpoint.texts(plan.requests[:first], ()))
    return [text for batch in batches for text in batch], served, waited


def first_then(*replies: Reply) -> Behaviour:
    """These in turn, then right answers."""
    return lambda number, _: replies[number] if number < len(replies) else YES


def test_what_is_sent_is_the_prompt_the_model_and_the_decoding(plan: GenerationPlan) -> None:
    texts, served, waited = texts_of(first_then(), plan)
    assert [text.output for text in texts] == ["Yes. Reasoning: tired."] * 3
    assert [(text.finish, text.prompt_tokens, text.output_tokens) for text in texts] == [
        ("stop", 7, 3)
    ] * 3
    assert texts[0].details == {"model": "served-model", "system_fingerprint": "fp_1"}
    assert served.prompts == [request.prompt() for request in plan.requests[:3]]
    assert {key: value for key, value in served.requests[0].items() if key != "messages"} == {
        "model": "a-model",
        "max_tokens": 8,
        "temperature": 0.0,
        "seed": 1,
    }
    assert waited == []


@pytest.mark.parametrize(
    ("replies", "waits"),
    [
        ([Reply(429, {}, {"Retry-After": "7"})] * 2, [7, 7]),
        ([Reply(429, {})] * 3, [1, 2, 4]),
        ([Reply(500, {}), Reply(502, b"<html>"), Reply(529, {})], [1, 2, 4]),
        ([Reply(503, {}, {"Retry-After": "20"})], [20]),
        ([Reply(0), Reply(0)], [1, 2]),
        ([Reply(200, b"not JSON")], [1]),
        ([Reply(200, {"choices": []}), Reply(200, {"error": "x"}), Reply(200, [1])], [1, 2, 4]),
        ([Reply(200, {"choices": [{"message": {"content": 5}}]})], [1]),
        ([Reply(200, b"<html>", {"Content-Type": "text/html"})], [1]),
    ],
    ids=["429-told", "429", "5xx", "503-told", "broken", "no-json", "empty", "number", "html"],
)
def test_what_may_pass_is_asked_again(
    plan: GenerationPlan, replies: Sequence[Reply], waits: list[float]
) -> None:
    texts, served, waited = texts_of(first_then(*replies), plan)
    assert [text.finish for text in texts] == ["stop"] * 3
    assert waited == waits
    assert len(served.requests) == 3 + len(replies)
    assert served.prompts[0] == served.prompts[len(replies)]


def test_a_date_to_wait_for_is_understood(plan: GenerationPlan) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    _, _, waited = texts_of(first_then(Reply(429, {}, {"Retry-After": then})), plan)
    assert 100 < waited[0] <= 300


def test_whoever_asks_to_be_left_alone_for_hours_is(plan: GenerationPlan) -> None:
    behave = first_then(YES, Reply(429, {}, {"Retry-After": "86400"}))
    with pytest.raises(GenerationError, match=r"left alone for 86,400 s \(status 429\)"):
        texts_of(behave, plan)


def test_a_busy_server_is_no_prompts_failure(plan: GenerationPlan) -> None:
    def behave(number: int, _: object) -> Reply:
        return YES if number % 20 == 19 else Reply(429, {}, {"Retry-After": "0"})

    texts, served, _ = texts_of(behave, plan)
    assert [text.finish for text in texts] == ["stop"] * 3
    assert len(served.requests) == 60
    with pytest.raises(GenerationError, match="left alone"):
        texts_of(lambda *_: Reply(429, {}, {"Retry-After": "0"}), plan)


def test_an_answer_that_was_cut_off_or_filtered_is_kept_as_it_is(plan: GenerationPlan) -> None:
    behave = first_then(
        completion("Yes. Rea", "length"),
        completion(None, "content_filter"),
        completion(None, "stop", refusal="I cannot."),
        completion("No.", "stop", reasoning_content="thoughts"),
    )
    texts, _, _ = texts_of(behave, plan, 4)
    assert [(text.output, text.finish) for text in texts] == [
        ("Yes. Rea", "length"),
        ("", "content_filter"),
        ("I cannot.", "stop"),
        ("No.", "stop"),
    ]
    assert texts[3].details["reasoning"] == "thoughts"


def refusing(status: int, **error: str) -> Reply:
    """A refusal that quotes the prompt and a key."""
    return Reply(status, {"error": {"message": f"cannot say that: {SECRET}", **error}})


def test_a_prompt_that_is_refused_times_out_or_always_fails_is_kept_empty(
    plan: GenerationPlan,
) -> None:
    never = threading.Event()
    bad = {
        plan.requests[1].prompt(): refusing(400, code="context_length_exceeded"),
        plan.requests[2].prompt(): Reply(500, {}),
        plan.requests[4].prompt(): Reply(after=never),
    }

    def behave(_: int, request: dict[str, Any]) -> Reply:
        return bad.get(request["messages"][0]["content"], YES)

    try:
        texts, served, _ = texts_of(behave, plan, 5, tries=2, seconds=3)
    finally:
        never.set()
    assert {text.key: text.finish for text in texts} == {
        request.key: finish
        for request, finish in zip(
            plan.requests, ("stop", "refused", "failed", "stop", "timeout"), strict=False
        )
    }
    assert [text.output for text in texts if text.finish != "stop"] == [""] * 3
    refused = next(text for text in texts if text.finish == "refused")
    assert refused.details == {"failure": "status 400 (context_length_exceeded)"}
    assert len(served.requests) == 2 + 1 + 2 + 2


def test_an_answer_that_trickles_is_not_waited_for_to_its_end(plan: GenerationPlan) -> None:
    drops = replace(YES, between=0.1)  # over 30 s in all, and never 3 s without a byte
    behave: Behaviour = lambda number, _: drops if number == 1 else YES  # noqa: E731
    texts, _, _ = texts_of(behave, plan, tries=1, seconds=3)
    assert [text.finish for text in texts] == ["stop", "timeout", "stop"]
    assert texts[1].details == {"failure": "no answer in time"}


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -2359", "soon"])
def test_a_date_that_is_none_says_nothing(plan: GenerationPlan, date: str) -> None:
    _, _, waited = texts_of(first_then(Reply(429, {}, {"Retry-After": date})), plan)
    assert waited == [1]


@pytest.mark.parametrize("reply", [refusing(400), Reply(500, {}), Reply(0)])
def test_where_nothing_is_answered_the_run_ends_and_nothing_is_kept(
    plan: GenerationPlan, reply: Reply
) -> None:
    with serving_model(lambda *_: reply) as served:
        endpoint = an_endpoint(served, tries=2)
        with pytest.raises(GenerationError, match="answered none of the last 8 requests"):
            generate(plan, endpoint, print, unseen)
    journal = plan.order.journal.read_text()
    assert '"text"' not in journal
    assert not plan.order.out.exists()
    asked = len({json.dumps(request) for request in served.requests})
    assert asked in (IN_A_ROW, IN_A_ROW + 1)  # one may have been under way when that was seen


def test_a_server_that_goes_down_ends_the_run_which_goes_on_when_it_is_up(
    plan: GenerationPlan, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    said: list[str] = []
    up = threading.Event()

    def behave(number: int, request: dict[str, Any]) -> Reply:
        if number >= 12 and not up.is_set():
            return Reply(0)
        return completion(f"Yes. {len(request['messages'][0]['content'])}")

    with serving_model(behave) as served:
        endpoint = an_endpoint(served, tries=2)
        with pytest.raises(GenerationError, match="the same command goes on"):
            generate(plan, endpoint, said.append, unseen)
        up.set()
        before = len(served.requests)
        outcome = generate(plan, endpoint, said.append, unseen)
        assert len(served.requests) - before == 40 - 12
        assert "12 texts of 40 are there; going on" in "".join(said)
        assert outcome.ends == {"stop": 40}
        other = a_plan(board, tasks, tmp_path / "whole.jsonl")
        generate(other, endpoint, said.append, unseen)
    assert plan.order.out.read_bytes() == other.order.out.read_bytes()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (refusing(401), r"status 401; is the key in REASONBOARD_ENDPOINT_KEY right\?"),
        (refusing(403), "status 403; may this key use the model"),
        (refusing(404, code="model_not_found"), r"status 404 \(model_not_found\)"),
    ],
)
def test_what_no_prompt_would_mend_ends_the_run_at_once(
    plan: GenerationPlan, reply: Reply, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, SECRET)
    with pytest.raises(GenerationError, match=said) as refused:
        texts_of(first_then(YES, reply), plan)
    assert SECRET not in str(refused.value)
    assert "cannot say that" not in str(refused.value)


def test_a_redirect_leads_nowhere(plan: GenerationPlan) -> None:
    with serving_model(first_then()) as elsewhere:
        target = f"{elsewhere.address}/chat/completions"
        for status in (301, 302, 307, 308):
            with pytest.raises(GenerationError, match="redirects are not followed"):
                texts_of(lambda *_, s=status: Reply(s, {}, {"Location": target}), plan)  # type: ignore[misc]
        assert elsewhere.requests == []


def test_no_header_is_sent_but_those_listed_whatever_the_environment_holds(
    plan: GenerationPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "of-another-provider")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: of-another-provider")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    _, served, _ = texts_of(first_then(), plan)
    allowed = {"host", "connection", "content-length", "content-type", "accept"}
    allowed |= {"accept-encoding", "user-agent"}
    assert all(set(headers) <= allowed for headers in served.headers)
    assert "of-another-provider" not in json.dumps([served.headers, served.requests])
    monkeypatch.setenv(KEY, SECRET)
    _, served, _ = texts_of(first_then(), plan)
    assert {headers["authorization"] for headers in served.headers} == {f"Bearer {SECRET}"}


def test_a_key_is_not_sent_in_the_open(
    plan: GenerationPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, SECRET)
    far = Endpoint("http://models.example.org/v1", "m", Decoding(8), 1, Patience())
    with pytest.raises(GenerationError, match="would travel in the open") as refused:
        list(far.texts(plan.requests, ()))
    assert SECRET not in str(refused.value)


def test_key_and_posts_are_in_no_file_and_no_log(
    plan: GenerationPlan, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(KEY, SECRET)
    caplog.set_level(logging.DEBUG)
    with serving_model(first_then(Reply(500, {}), refusing(400))) as served:
        generate(plan, an_endpoint(served), print, unseen)
    written = "".join(path.read_text() for path in plan.order.out.parent.glob("out*"))
    post = plan.requests[5].example.post[:60]
    assert post in "".join(served.prompts)
    for text in (written, caplog.text):
        assert SECRET not in text
        assert post not in text


def test_a_server_that_calls_the_limit_otherwise_is_asked_otherwise(plan: GenerationPlan) -> None:
    def behave(_: int, request: dict[str, Any]) -> Reply:
        if "max_tokens" in request:
            return refusing(400, code="unsupported_parameter", param="max_tokens")
        return YES

    texts, served, _ = texts_of(behave, plan)
    assert [text.finish for text in texts] == ["stop"] * 3
    assert ["max_tokens" in request for request in served.requests] == [True, False, False, False]
    assert served.requests[-1]["max_completion_tokens"] == 8


def test_so_many_are_under_way_at_once_as_the_budget_allows(plan: GenerationPlan) -> None:
    together, lock = threading.Barrier(4, timeout=60), threading.Lock()
    under_way, most = [0], 0

    def behave(_: int, request: dict[str, Any]) -> Reply:
        nonlocal most
        tokens = len(request["messages"][0]["content"]) // 4 + 8
        with lock:
            under_way.append(tokens)
            most = max(most, sum(under_way))
        together.wait()  # nobody is answered before four ask
        with lock:
            under_way.remove(tokens)
        return YES

    budget = 4 * max(len(request.prompt()) // 4 + 8 for request in plan.requests)
    texts, served, _ = texts_of(behave, plan, 40, budget=budget)
    assert len(texts) == len(served.requests) == 40
    assert most <= budget
    assert sorted(text.key for text in texts) == sorted(r.key for r in plan.requests)


class LongRequest(NamedTuple):
    """One whose prompt is as long as the whole budget."""

    key: object
    text: str
    seed: int = 1
    schema: None = None

    def prompt(self) -> str:
        return self.text


def test_one_long_text_leaves_the_others_side_by_side(plan: GenerationPlan) -> None:
    together = threading.Barrier(4, timeout=60)

    def behave(_: int, request: dict[str, Any]) -> Reply:
        if request["messages"][0]["content"] != long.text:
            together.wait()
        return YES

    longest = max(len(request.prompt()) // 4 + 8 for request in plan.requests)
    long = LongRequest("long", "word " * 4 * longest)
    with serving_model(behave) as served:
        endpoint = an_endpoint(served, budget=4 * longest)
        requests: list[TextRequest[Any]] = [*plan.requests[:8], long, *plan.requests[8:16]]
        texts = endpoint.texts(requests, ())
        assert len([text for batch in texts for text in batch]) == 17


def test_whoever_stops_waits_for_no_answer(plan: GenerationPlan) -> None:
    never = threading.Event()
    behave: Callable[[int, object], Reply] = lambda number, _: (  # noqa: E731
        YES if number == 0 else Reply(after=never)
    )
    with serving_model(behave) as served:
        texts = an_endpoint(served, budget=10**6).texts(plan.requests, ())
        next(texts)
        texts.close()  # type: ignore[attr-defined]
        never.set()
