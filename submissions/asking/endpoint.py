"""A server that speaks OpenAI's protocol: vLLM, Ollama, a provider; asked by the `openai` client.

What goes out is the prompt, the model's name and the decoding, with the headers of HEADERS and no
others, whatever the environment holds for the client: a key of another provider stays here.
Redirects are not followed, and over http no proxy is used. What a server says in an error is
repeated nowhere, since it may quote a prompt or a key; its status and code are.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import openai

from submissions.asking.allowed import normal_address
from submissions.asking.patience import FAILED, REFUSED, Patience, Stop, asked
from submissions.asking.texts import (
    Decoding,
    Described,
    GeneratedText,
    GenerationError,
    Key,
    Schema,
    TextRequest,
    digest,
)

KEY = "REASONBOARD_ENDPOINT_KEY"
HERE = ("localhost", "127.0.0.1", "::1")
HEADERS = (
    "host",
    "connection",
    "content-length",
    "content-type",
    "accept",
    "accept-encoding",
    "user-agent",
)
SIDE_BY_SIDE = 64
"""Requests that are under way at once, whatever the token budget."""
CHARACTERS = 4
"""Of a token, about: what a prompt takes of the budget before a server has counted."""
DEADLINE = "reasonboard.deadline"
"""Extension of a request: by when its answer is to be whole, in `time.monotonic`."""
LOOK_AGAIN = 0.2
"""Seconds after which a request that waits for its turn looks whether the run has ended."""
LAST_SECONDS = 10.0
"""How long requests that are under way when the run ends may take."""
IN_A_ROW = 8
"""Requests that fail for good one after another, and end the run: it is then no single prompt's
fault.
"""
Coming: TypeAlias = Generator[GeneratedText[Key], None, None]
_Done: TypeAlias = tuple[TextRequest[Key], GeneratedText[Key] | BaseException]
LOGGERS = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")
"""They would write prompts and addresses from `debug` or `info` on."""


@dataclass(frozen=True)
class Endpoint:
    """A server, and how it is asked.

    Attributes:
        address: Its base address, allowed by a maintainer.
        model: As the server calls it.
        decoding: How tokens are chosen.
        token_budget: Tokens of the requests that are under way at once, about.
        patience: How long an answer may take, and how often it is asked for again.
    """

    address: str
    model: str
    decoding: Decoding
    token_budget: int
    patience: Patience

    @property
    def identity(self) -> Described:
        """What decides the texts, as far as can be told from here."""
        return {"name": self.model, "endpoint": normal_address(self.address)}

    @property
    def provenance(self) -> Described:
        """How it is asked."""
        return {"batch_tokens": self.token_budget, "timeout_seconds": self.patience.seconds}

    def texts(
        self, requests: Sequence[TextRequest[Key]], done: Collection[Key]
    ) -> Iterator[list[GeneratedText[Key]]]:
        """Yield what the server gives, as it comes.

        Requests that fail for good are held until another one succeeds, and are then kept as what
        they are; where none does, the run ends and nothing of them is kept.

        Args:
            requests: All of the run.
            done: What was generated before.

        Raises:
            GenerationError: The server refuses all, or does not answer.
        """
        client = client_of(self.address, self.patience.seconds)
        missing = [request for request in requests if request.key not in done]
        with closing(client):
            over = threading.Event()
            ask = _Asker(client, self, over).text
            budget = _Budget(self.token_budget, self._tokens, over)
            texts = _side_by_side(ask, missing, budget, over)
            yield from self._kept(texts, answered=bool(done))

    def _kept(self, texts: Coming[Key], answered: bool) -> Iterator[list[GeneratedText[Key]]]:
        """Yield what is to be kept of what comes."""
        held: list[GeneratedText[Key]] = []
        with closing(texts):
            for text in texts:
                if text.finish not in FAILED:
                    yield [*held, text]
                    answered, held = True, []
                    continue
                if answered and text.finish == REFUSED:
                    # The prompt's own fault, such as its length: the server answers others.
                    yield [text]
                    continue
                held.append(text)
                if len(held) == IN_A_ROW:
                    raise GenerationError(_nothing_but_failures(self.address, held))
        if held and not answered:
            raise GenerationError(_nothing_but_failures(self.address, held))
        yield held

    def _tokens(self, request: TextRequest[Any]) -> int:
        """Return what a request takes of the budget, about."""
        return len(request.prompt()) // CHARACTERS + self.decoding.max_new_tokens


class _Budget:
    """Tokens of requests that may be under way at once: a long text takes more of it while it is
    asked about, and holds up nobody after.

    Args:
        tokens: The whole.
        of: What a request takes.
        over: Set when the run ends.
    """

    def __init__(
        self, tokens: int, of: Callable[[TextRequest[Any]], int], over: threading.Event
    ) -> None:
        self._left = self._whole = tokens
        self._of, self._over = of, over
        self._changed = threading.Condition()

    def take(self, request: TextRequest[Any]) -> bool:
        """Take what a request needs, once it is there; one that needs more than all waits for all.
        Return whether the run goes on.
        """
        needed = self._needed(request)
        with self._changed:
            while self._left < needed and not self._over.is_set():
                self._changed.wait(LOOK_AGAIN)
            self._left -= needed
        return not self._over.is_set()

    def give(self, request: TextRequest[Any]) -> None:
        """Give back what a request took."""
        with self._changed:
            self._left += self._needed(request)
            self._changed.notify_all()

    def _needed(self, request: TextRequest[Any]) -> int:
        return min(self._of(request), self._whole)


class _Asker:
    """Asks one server."""

    def __init__(self, client: openai.OpenAI, endpoint: Endpoint, over: threading.Event) -> None:
        self._client, self._endpoint, self._over = client, endpoint, over
        self._limit = "max_tokens"
        self._takes_schemas = True

    def text(self, request: TextRequest[Key]) -> GeneratedText[Key]:
        """Return what the server gives for a request."""
        prompt = request.prompt()
        given = asked(
            lambda: self._send(prompt, request.seed, request.schema),
            self._endpoint.patience,
            self._over,
        )
        return GeneratedText(
            request.key,
            given.text,
            given.finish,
            given.prompt_tokens,
            given.output_tokens,
            0,
            digest(prompt),
            given.details,
        )

    def _send(self, prompt: str, seed: int, schema: Schema | None) -> Any:
        decoding = self._endpoint.decoding
        parameters: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": [{"role": "user", "content": prompt}],
            self._limit: decoding.max_new_tokens,
            "temperature": decoding.temperature,
            "seed": seed,
        }
        if shaped := schema is not None and self._takes_schemas:
            parameters["response_format"] = _response_format(schema)
        if decoding.top_p < 1:
            parameters["top_p"] = decoding.top_p
        try:
            return self._client.chat.completions.create(**parameters)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if error.param == "max_tokens" and "max_tokens" in parameters:
                self._limit = "max_completion_tokens"  # what newer servers call it
            elif not shaped:
                raise
            else:
                return self._sent_without_schema(prompt, seed)
        return self._send(prompt, seed, schema)

    def _sent_without_schema(self, prompt: str, seed: int) -> Any:
        """Send a request as to a server that takes no schemas; where it then answers, it is one.

        Servers refuse a schema in words of their own, so that it cannot be told from the refusal of
        a prompt in any other way.
        """
        given = self._send(prompt, seed, None)
        self._takes_schemas = False
        return given


def _response_format(schema: Schema | None) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


def client_of(address: str, seconds: float) -> openai.OpenAI:
    """Return a client that sends what is listed above, and nothing twice.

    Raises:
        GenerationError: The key would travel in the open.
    """
    key = os.environ.get(KEY, "").strip()
    parts = urlsplit(address)
    encrypted = parts.scheme == "https"
    if key and not encrypted and parts.hostname not in HERE:
        raise GenerationError(
            f"{normal_address(address)}: the key in {KEY} would travel in the open; use https://,"
            " or unset it"
        )
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)

    def with_listed_headers(request: Any) -> None:
        request.extensions[DEADLINE] = time.monotonic() + seconds
        for name in {*request.headers} - {*HEADERS}:
            del request.headers[name]
        if key:
            request.headers["Authorization"] = f"Bearer {key}"

    return openai.OpenAI(
        api_key=key or "none",
        base_url=address,
        timeout=seconds,
        max_retries=0,  # `patience` asks again
        http_client=openai.DefaultHttpxClient(
            follow_redirects=False,
            trust_env=encrypted,
            timeout=seconds,
            event_hooks={"request": [with_listed_headers], "response": [_bounded]},
        ),
    )


def _bounded(response: Any) -> None:
    """Have reading an answer end at the request's deadline.

    The client's own timeout is of each wait for bytes: an answer that trickles would never end.
    """
    deadline = response.request.extensions[DEADLINE]
    chunks = response.iter_raw

    def until_deadline(chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in chunks(chunk_size):
            if time.monotonic() > deadline:
                raise TimeoutError
            yield chunk

    response.iter_raw = until_deadline


def _side_by_side(
    work: Callable[[TextRequest[Key]], GeneratedText[Key]],
    requests: Sequence[TextRequest[Key]],
    budget: _Budget,
    over: threading.Event,
) -> Coming[Key]:
    """Yield each request's text as it comes, as many under way at once as the budget allows.

    When the run ends they take nothing new, and what is under way is waited for, though not for
    long; where a failure ends it, what comes of that is kept.
    """
    waiting: queue.SimpleQueue[TextRequest[Key] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[_Done[Key]] = queue.SimpleQueue()
    for request in (*requests, *[None] * SIDE_BY_SIDE):
        waiting.put(request)
    turn = threading.Lock()  # in their order: a long text is not passed by shorter ones for ever

    def taken() -> TextRequest[Key] | None:
        with turn:
            request = None if over.is_set() else waiting.get()
            return request if request is not None and budget.take(request) else None

    def serve() -> None:
        while (request := taken()) is not None:
            try:
                done.put((request, work(request)))
            except BaseException as error:
                done.put((request, error))

    threads = [
        threading.Thread(target=serve, name="asking", daemon=True)
        for _ in range(min(SIDE_BY_SIDE, len(requests)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in requests:
            request, text = done.get()
            # Not before: a server that answers nothing is not asked on while nobody looks.
            budget.give(request)
            if isinstance(text, BaseException):
                over.set()
                yield from _last(threads, done)
                if isinstance(text, Stop):
                    raise GenerationError(str(text)) from None
                raise text
            yield text
    finally:
        over.set()
        _wait_for(threads)


def _wait_for(threads: Sequence[threading.Thread]) -> None:
    """Wait until what is under way has ended, or for so long."""
    deadline = time.monotonic() + LAST_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _last(threads: Sequence[threading.Thread], done: queue.SimpleQueue[_Done[Key]]) -> Coming[Key]:
    """Yield what was under way when a run ends by a failure: what is paid for is not asked for
    twice.
    """
    _wait_for(threads)
    while not done.empty():
        _, text = done.get()
        if not isinstance(text, BaseException):
            yield text


def _nothing_but_failures(address: str, held: Sequence[GeneratedText[Any]]) -> str:
    reasons = "; ".join(dict.fromkeys(text.details.get("failure", text.finish) for text in held))
    return (
        f"{normal_address(address)} answered none of the last {len(held)} requests ({reasons})."
        " What was generated before is kept, and the same command goes on. Is the model's name"
        " right, and is the server up?"
    )
