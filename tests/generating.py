"""What tests of generation share: examples, plans, and a server that does as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scoring.segments import Example
from scoring.tasks import Task
from submissions.asking.texts import Decoding
from submissions.benchmarks.gold_files import import_csv, prompt
from submissions.declarations.settings import DECLARATIONS
from submissions.generating.run import GenerationOrder, GenerationPlan, planned
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder

TRAIN = DECLARATIONS / "demo" / "train"


def an_example(task: Task, post: str = "POST") -> Example:
    """One of a task."""
    attributes = {name: values[0] for name, values in task.attributes.items()}
    label = task.label_names[0]
    return Example("e", "p", prompt(task, post, attributes), post, label, attributes=attributes)


def gold_board(path: Path, tasks: Mapping[str, Task], *names: str) -> DataFolder:
    """A data folder with the gold of some tasks of the demonstration."""
    folder = DataFolder(path)
    prepare(folder)
    for name in names:
        task = tasks[f"demo/{name}"]
        gold = import_csv(DECLARATIONS / "demo" / "test" / f"{name}.csv", task)
        PostStore(folder.posts).write(task, gold)
    return folder


def a_plan(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    out: Path,
    *,
    prompts: tuple[str, ...] = ("zero-shot",),
    seeds: tuple[int, ...] = (1,),
    decoding: Decoding | None = None,
) -> GenerationPlan:
    """What an order of every imported task means."""
    order = GenerationOrder("demo", out, prompts, seeds, decoding or Decoding(8), train=TRAIN)
    return planned(folder, tasks, order)


Behaviour = Callable[[int, dict[str, Any]], "Reply"]


@dataclass(frozen=True)
class Reply:
    """What a server does with a request.

    Attributes:
        status: Of the answer; 0 breaks the connection without one.
        body: JSON, or bytes as they are.
        headers: Besides the usual.
        after: Waited for, before anything is answered.
        between: Seconds between the bytes of the body.
    """

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: threading.Event | None = None
    between: float = 0.0


def completion(text: str | None, finish: str = "stop", **message: object) -> Reply:
    """A right answer."""
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "served-model",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    return Reply(body=body)


@dataclass
class Served:
    """A server that is up.

    Attributes:
        address: Its base address.
        requests: The bodies that came, in their order.
        headers: Of each, in lower case.
    """

    address: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        """What was asked."""
        return [request["messages"][0]["content"] for request in self.requests]


@contextmanager
def serving_model(behave: Behaviour) -> Iterator[Served]:
    """A server on this machine that does with the n-th request, counted from 0, what
    `behave` says.
    """
    lock, never = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = (
            1 << 16
        )  # head and body in one packet: else each answer waits for an acknowledgement

        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(served.requests)
                served.requests.append(content)
                served.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = behave(number, content)
            if reply.after is not None:
                reply.after.wait(60)
            self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            if not reply.status:
                self.close_connection = True
                self.connection.close()
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if not reply.between:
                self.wfile.write(body)
                return
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                never.wait(reply.between)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that gave up

    server = Server(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
