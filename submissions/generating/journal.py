"""What a run has generated so far, a JSON line each, so that a run that was killed goes on where it
was.

Lines are appended a batch at a time and synced. The last line may have been cut short by a kill: it
is dropped. Whoever writes holds the file, so that two processes never write into one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from submissions.generating.plan import Described, GeneratedText, GenerationError, RequestKey

FORMAT = 1
SHOWN = 80


class Journal:
    """An open journal, held by this process.

    Attributes:
        texts: What was generated, by what it is for.
        starts: The provenance of every start.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.texts: dict[RequestKey, GeneratedText] = {}
        self.starts: list[Described] = []
        self._path, self._handle = path, handle

    def begin(self, identity: Described, provenance: Described) -> None:
        """Read what is there, and note this start.

        Raises:
            GenerationError: Another run was begun here, or the file is damaged.
        """
        header = self._read()
        if header is None:
            self._append([{"format": FORMAT, "identity": identity}])
        elif different := differences(header["identity"], identity):
            raise GenerationError(
                f"{self._path} is of a run that was begun otherwise ({'; '.join(different)}). Say"
                " the same as then to go on with it, or name another --out"
            )
        self.starts.append(provenance)
        self._append([{"start": provenance}])

    def add(self, texts: Sequence[GeneratedText]) -> None:
        """Write down what was generated; one that is there already stays as it is."""
        new = [text for text in texts if text.key not in self.texts]
        self._append([{"text": _described(text)} for text in new])
        self.texts |= {text.key: text for text in new}

    def _append(self, lines: Sequence[Described]) -> None:
        # In ASCII: a server's text may hold half of a surrogate pair, which UTF-8 cannot.
        block = "".join(f"{json.dumps(line)}\n" for line in lines)
        content = memoryview(block.encode())
        while content:
            content = content[os.write(self._handle, content) :]
        os.fsync(self._handle)

    def _read(self) -> Described | None:
        """Read all lines; return the first, None where there is none."""
        header: Described | None = None
        whole = 0
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.endswith(b"\n"):
                    if header is None and not _may_begin_header(line):
                        raise self._no_journal(number)
                    break
                content = self._parsed(line, number)
                if header is None:
                    header = content
                elif "start" in content:
                    self.starts.append(content["start"])
                else:
                    text = self._text(content["text"], number)
                    self.texts[text.key] = text
                whole += len(line)
        os.ftruncate(self._handle, whole)
        return header

    def _parsed(self, line: bytes, number: int) -> Described:
        known = {"start", "text"} if number > 1 else {"identity"}
        try:
            content: Described = json.loads(line)
        except ValueError:
            content = {}
        if not isinstance(content, dict) or not known & content.keys():
            raise self._no_journal(number)
        return content

    def _text(self, content: Any, number: int) -> GeneratedText:
        try:
            return _text(content)
        except (AttributeError, KeyError, TypeError):
            raise self._no_journal(number) from None

    def _no_journal(self, number: int) -> GenerationError:
        return GenerationError(
            f"{self._path}, line {number}: not a line of a journal; move the file away to begin"
            " anew"
        )


def _may_begin_header(line: bytes) -> bool:
    """Return whether a line that was cut short is the beginning of a journal's first."""
    begins = f'{{"format": {FORMAT}, "identity": '.encode()
    return line.startswith(begins[: len(line)])


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """Hold a journal, made where there is none, readable by its owner alone.

    Raises:
        GenerationError: Another process holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GenerationError(f"{path}: another process is at this run just now") from error
        yield Journal(path, handle)
    finally:
        os.close(handle)


def differences(then: object, now: object, where: str = "") -> list[str]:
    """Return what differs between two identities, a phrase each: "decoding temperature: 0.7 then, 0
    now".
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        keys = dict.fromkeys((*then, *now))
        pairs = [(f"{where} {key}".strip(), then.get(key), now.get(key)) for key in keys]
        return [phrase for key, a, b in pairs for phrase in differences(a, b, key)]
    if then == now:
        return []
    return [f"{where}: {_shown(then)} then, {_shown(now)} now"]


def _shown(value: object) -> str:
    text = "none" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _described(text: GeneratedText) -> Described:
    described = asdict(text)
    return {**text.key._asdict(), **{k: v for k, v in described.items() if k != "key"}}


def _text(content: Mapping[str, Any]) -> GeneratedText:
    rest = {name: value for name, value in content.items() if name not in RequestKey._fields}
    return GeneratedText(RequestKey(*(content[name] for name in RequestKey._fields)), **rest)
