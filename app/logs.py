"""What the program writes down of what it does: one line an event, to standard error, set up where
a process begins.

A line has the time (UTC), the level, the module that says it, what happened, and ids: of the
request, the team, the submission, the task, the release, the fault. As text for people, or as one
JSON object a line for machines (`--log-format json`, `REASONBOARD_LOG_FORMAT`). Never a post's or
an output's text, and never a token: what goes wrong with a text is said to whoever sent it, under
an id that the log has too.

Every module logs under its own name (`logging.getLogger(__name__)`) and hands ids over as
`extra={"ids": {...}}`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

OWN = ("app", "scoring", "submissions")
"""Loggers of the program; of what others write only warnings are taken."""

_FORMAT, _LEVEL = "REASONBOARD_LOG_FORMAT", "REASONBOARD_LOG_LEVEL"
_request: ContextVar[str | None] = ContextVar("request", default=None)


class LogFormat(StrEnum):
    """How a line is written."""

    text = "text"
    json = "json"


class Level(StrEnum):
    """From which level on lines are written."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


def set_up(default: Level) -> None:
    """Have this process write its log as the environment says.

    Args:
        default: From which level on, unless the environment names one: a server says what it does,
            a command only what is amiss.
    """
    handler = logging.StreamHandler(sys.stderr)
    form = _named(_FORMAT, LogFormat, LogFormat.text)
    handler.setFormatter(JsonLine() if form is LogFormat.json else TextLine())
    # Handlers are replaced and not added: whoever sets up twice, as the worker does after the
    # command, would otherwise see every line twice.
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # Only our own loggers speak below a warning: libraries log paths and texts that are not
    # theirs to write down.
    level = logging.getLevelNamesMapping()[_named(_LEVEL, Level, default).value.upper()]
    for name in OWN:
        logging.getLogger(name).setLevel(level)


def choose(form: LogFormat | None, level: Level | None) -> None:
    """Have this process and those that it starts write their log so; None leaves what the
    environment says.
    """
    # Into the environment, so that processes that this one starts (the server, the one that reads
    # uploads) write alike.
    for variable, chosen in ((_FORMAT, form), (_LEVEL, level)):
        if chosen is not None:
            os.environ[variable] = chosen.value


def take_over(*names: str) -> None:
    """Have others' loggers, by the beginning of their names, write as the program does, and
    warnings alone.

    What they say besides has addresses in it as they were asked for, and so what people put into
    them.
    """
    # A copy: another thread may make a logger meanwhile.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in names:
            logger = logging.getLogger(name)
            logger.handlers = []
            logger.setLevel(logging.WARNING)
            # Their own handlers are gone, so their lines have to reach ours.
            logger.propagate = True


@contextmanager
def of_request(name: str) -> Iterator[None]:
    """Name the request in every line that is written meanwhile."""
    before = _request.set(name)
    try:
        yield
    finally:
        _request.reset(before)


def _named(variable: str, kind: Any, default: Any) -> Any:
    """Return the member of `kind` that the environment names; the default where it names none that
    there is.
    """
    # A value that is none is passed over: a log must not be what keeps a server from starting.
    value = os.environ.get(variable, "").lower()
    return kind(value) if value in set(kind) else default


class TextLine(logging.Formatter):
    """`2026-11-27T01:02:03.456Z WARNING app.api.problems busy request=1f0c`, and a traceback below
    where there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        ids = [f"{key}={_written(value)}" for key, value in _ids(record).items()]
        said = (_time(record), record.levelname, record.name, _one_line(record.getMessage()))
        lines = (" ".join([*said, *ids]), _traceback(self, record))
        return "\n".join(filter(None, lines))


class JsonLine(logging.Formatter):
    """One object with `time`, `level`, `module`, `message`, the ids, and `traceback` where there is
    one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "module": record.name,
            "message": record.getMessage(),
            **_ids(record),
        }
        if traceback := _traceback(self, record):
            line["traceback"] = traceback
        return json.dumps(line, default=str)


def _ids(record: logging.LogRecord) -> dict[str, object]:
    request = _request.get()
    ids: dict[str, object] = {"request": request} if request else {}
    return ids | dict(getattr(record, "ids", {}))


def _time(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    # Milliseconds by hand, since `time.strftime` has none and `datetime` would cost more a line.
    return f"{seconds}.{int(record.msecs):03d}Z"


def _one_line(message: str) -> str:
    """Return a message whose line ends cannot be taken for those of the log."""
    return message.replace("\r", "\\r").replace("\n", "\\n")


def _written(value: object) -> str:
    text = str(value)
    # Quoted where it could be taken for another id, or for a line of its own.
    return text if text.isprintable() and " " not in text and text else json.dumps(text)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""
