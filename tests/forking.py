"""Starts Python programs as forks of a process that has loaded what they will load.

Most of the time that a command takes in a test goes into loading libraries. A loader, one a test
process, loads them once and then forks for each program. What comes of it is a process like any
other: a child of the test, with its own arguments, environment, working folder, streams, signals
and exit status. It executes the program's file, and loads all of `app` anew, which reads the
environment when it is loaded; `scoring`, `submissions` and libraries are those of the loader.

A program that cannot be had so is executed as usual: see `_may_be_forked`. Elsewhere than on Linux
all are.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

OWN = ("scoring", "submissions")
OTHERS = (
    "multipart",
    "pandas",
    "platformdirs",
    "plotly.graph_objects",
    "pyarrow.parquet",
    "pydantic.type_adapter",
    "rich.console",
    "rich.markdown",
    "scipy.stats",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "streamlit.web.bootstrap",
    "streamlit.web.cli",
    "streamlit.web.server.starlette",
    "threadpoolctl",
    "torch",
    "transformers",
    "typer",
    "uvicorn",
)
"""What is loaded with all of these packages: none starts a thread when it is loaded."""

SELDOM = ("scoring.evaluate_module",)
"""Loads `evaluate`, which takes longer than all the rest and which no command needs."""

FREE = ("COLUMNS", "OMP_NUM_THREADS", "PYTEST_", "REASONBOARD_", "STREAMLIT_")
"""How the names of variables begin that may differ from the loader's: nothing of what it loads
reads them then.
"""

LARGEST = 1 << 20
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
_REFUSED = (
    "close_fds",
    "executable",
    "pass_fds",
    "preexec_fn",
    "process_group",
    "shell",
    "start_new_session",
)


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """Start `command` as `subprocess.Popen` would with these options."""
    words = [os.fspath(word) for word in command]
    kind = _Fork if _may_be_forked(words, options) else subprocess.Popen
    return kind(words, **options)


def run(
    command: Sequence[str | Path], timeout: float | None = None, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run `command` to its end, as `subprocess.run` would with `capture_output`."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(command, **{**streams, **options}) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _may_be_forked(command: Sequence[str], options: dict[str, Any]) -> bool:
    """Whether the fork is as good: the same Python runs a file or a module in the loader's
    environment.
    """
    if sys.platform != "linux" or not _program(command) or any(map(options.get, _REFUSED)):
        return False
    asked = options.get("env")
    return _bound(os.environ if asked is None else asked) == _loader().bound


def _program(command: Sequence[str]) -> tuple[str, list[str], str | None] | None:
    """What a command starts; None for a program that no fork can be.

    Returns:
        "file", "module" or "code"; the arguments from its name on; and which folder is looked in
        first for modules.
    """
    if Path(command[0]) == Path(sys.executable).with_name("reasonboard"):
        return "file", list(command), str(Path(command[0]).parent)
    if command[0] != sys.executable:
        return None
    safe = command[1] == "-P"
    flag, *arguments = command[1 + safe :]
    kind = {"-c": "code", "-m": "module"}.get(flag)
    return kind and (kind, arguments, None if safe else "")


def _bound(environment: Any) -> dict[str, str]:
    """What of an environment a program must have in common with the loader."""
    return {name: value for name, value in environment.items() if not name.startswith(FREE)}


class _Fork(subprocess.Popen[Any]):
    """A process that the loader forks. Only how it comes to be differs, which `Popen` leaves to one
    method.
    """

    def _execute_child(  # type: ignore[override]
        self, args: Any, *others: Any
    ) -> None:
        cwd, environment = others[4], others[5]
        pipes = others[9:15]  # p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite
        streams = [
            own if own != -1 else number for number, own in enumerate((pipes[0], *pipes[3::2]))
        ]
        order = {
            "program": _program(args),
            "cwd": os.fspath(cwd or Path.cwd()),
            "environment": dict(os.environ if environment is None else environment),
        }
        self.pid = _loader().fork(order, streams)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class _Loader:
    """The process that loads and forks, as those who ask it see it. It ends with them."""

    def __init__(self) -> None:
        self.bound = _bound(os.environ)
        self._lock = threading.Lock()
        self._orders, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            its.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LARGEST)
            self._orders.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
            command = [sys.executable, "-P", __file__, str(its.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[its.fileno()])
        atexit.register(self._end)

    def _end(self) -> None:
        self._orders.close()
        self._process.wait()

    def fork(self, order: dict[str, Any], streams: list[int]) -> int:
        """Have a program started; the process, which is a child of this one.

        The loader's children lose their parent at once, and are then given to the nearest of their
        ancestors that takes children in.
        """
        with self._lock:
            _take_children_in(True)
            try:
                socket.send_fds(self._orders, [json.dumps(order).encode()], streams)
                return int(self._orders.recv(LARGEST))
            finally:
                _take_children_in(False)


@cache
def _loader() -> _Loader:
    return _Loader()


def _take_children_in(wanted: bool) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, int(wanted), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _own_modules() -> list[str]:
    names = [
        module.name
        for package in map(importlib.import_module, OWN)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return [name for name in names if not name.startswith(SELDOM) and not name.endswith("__main__")]


def _load() -> None:
    for name in (*OTHERS, *_own_modules()):
        importlib.import_module(name)
    assert "app" not in sys.modules
    gc.collect()
    gc.freeze()  # no collection in a fork writes into the pages that it shares


def _forked(orders: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each order; return in the fork, with the order and the streams. The loader never
    returns.
    """
    while True:
        message, streams, *_ = socket.recv_fds(orders, LARGEST, 3)
        if not message:
            os._exit(0)
        pipe_out, pipe_in = os.pipe()
        if (between := os.fork()) == 0:
            if (child := os.fork()) == 0:
                return json.loads(message), streams
            os.write(pipe_in, str(child).encode())
            os._exit(0)
        os.waitpid(between, 0)
        orders.send(os.read(pipe_out, 20))
        for descriptor in (pipe_out, pipe_in, *streams):
            os.close(descriptor)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    """Give the fork what is its own."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if threads := os.environ.get("OMP_NUM_THREADS"):
        threadpoolctl = importlib.import_module("threadpoolctl")
        threadpoolctl.threadpool_limits(int(threads))  # which were set when it was loaded
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )


def _execute(kind: str, arguments: list[str], first: str | None) -> None:
    """Run the program, as the interpreter would."""
    sys.argv = arguments
    if first is not None:
        sys.path.insert(0, first)
    if kind == "file":
        runpy.run_path(arguments[0], run_name="__main__")
    elif kind == "module":
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *arguments[1:]]
        exec(arguments[0], {"__name__": "__main__"})  # noqa: S102


def _end(error: BaseException | None) -> NoReturn:
    """End with the status that the interpreter would, without taking all that is loaded apart: it
    takes 0.6 s.
    """
    code = error.code if isinstance(error, SystemExit) else error and 1
    if error and not isinstance(error, SystemExit):
        sys.excepthook(type(error), error, error.__traceback__)
    elif not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if isinstance(error, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(int(code or 0) & 0xFF)


if __name__ == "__main__":
    _load()
    _order, _streams = _forked(socket.socket(fileno=int(sys.argv[1])))
    _become(_order, _streams)
    try:
        _execute(*_order["program"])
    except BaseException as _error:
        _end(_error)
    _end(None)
