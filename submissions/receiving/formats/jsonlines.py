"""JSON -> items: an object a line, an array of objects, or objects written over several lines, one
after another.

A key may be left out of an object, as an empty cell may in CSV. A faulty line of JSON Lines does
not hide what is wrong with the others; a fault of an array ends it, since nobody can say where the
next object begins.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

from submissions.problems import Problem
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.lines import Lines
from submissions.receiving.formats.records import ALLOWED, Records, whole
from submissions.receiving.formats.row import Item, Note, describe, refused
from submissions.wording import counted, noun_for

PIECE = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(object_pairs_hook=whole, parse_int=str)
_NEAR = 8
"""Characters before the end of what was read so far, within which a fault may be that it is cut
there.
"""


def read_json(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every object of a JSON or JSON Lines file; the first one says which shape the file has.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    records = Records(file, benchmark, budget)
    head = stream.peek(PIECE).removeprefix(b"\xef\xbb\xbf").lstrip()
    by_line = _is_by_line(head)
    lines = Lines(stream, file, budget.limits, None if by_line else PIECE)
    if by_line:
        yield from lines.with_faults(_of_lines(lines, records, budget))
    else:
        yield from lines.with_faults(_of_values(lines, records, budget))
        if records.holds_rows:
            array = head.startswith(b"[")
            what = "a JSON array" if array else "JSON objects over several lines"
            yield Note(file, f"{what}, each object a row: read so")
    yield from records.notes()


def _is_by_line(head: bytes) -> bool:
    """Return whether the first line is a whole object, or at least none that goes on below."""
    if head.startswith(b"["):
        return False
    line, ended, _ = head.partition(b"\n")
    text = line.decode(errors="replace").rstrip().removesuffix(",")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return not ended or error.pos < len(text) - 1
    except (ValueError, RecursionError):
        pass
    return True


def _of_lines(lines: Lines, records: Records, budget: Budget) -> Iterator[Item]:
    commas = 0
    for text in lines:
        lines.row_done()
        bare = text.strip()
        if not bare:
            budget.blank_line(records.file)
            continue
        budget.row(records.file)
        if bare.endswith("},"):
            bare = bare[:-1]
            commas += 1
        value = _parsed(bare, records.file, lines.number)
        if isinstance(value, Problem):
            yield value
        else:
            yield from records.items(value, lines.number)
    if commas:
        ends = f"{counted(commas, 'line')} {noun_for(commas, 'ends', 'end')} in a comma"
        yield Note(records.file, f"{ends}: read without it")


def _parsed(text: str, file: str, line: int) -> object:
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return describe(file, "nested too deeply", line=line, allowed=ALLOWED)
    except ValueError as error:
        return _not_json(file, line, error, text)


def _not_json(file: str, line: int, error: ValueError, text: str) -> Problem:
    what, place = getattr(error, "msg", "unreadable"), getattr(error, "pos", 0) + 1
    problem = f"not JSON: {what} (character {place})"
    return describe(file, problem, line=line, value=text, allowed=ALLOWED)


def _of_values(lines: Lines, records: Records, budget: Budget) -> Iterator[Item]:
    text = _Text(lines, records.file)
    enclosed = text.next() == "["
    if enclosed:
        text.skip()
    sign, first = text.next(), True
    while sign and not (enclosed and sign == "]"):
        if sign == "," and not first:
            text.skip()
        elif enclosed and not first:
            problem = "not JSON: a comma is missing between two objects"
            raise refused(records.file, problem, line=text.line, allowed=ALLOWED)
        if text.next() in ("", "]"):
            yield Note(records.file, "a comma follows the last object: read without it")
            sign = text.next()
            break
        line, value = text.value()
        budget.row(records.file)
        yield from records.items(value, line)
        sign, first = text.next(), False
    if enclosed:
        yield from _after(text, sign, records.file)


def _after(text: _Text, sign: str, file: str) -> Iterator[Problem]:
    if not sign:
        yield describe(
            file, "the array is never closed: is the file cut short?", line=text.line, allowed="`]`"
        )
        return
    text.skip()
    if text.next():
        yield describe(
            file, "text follows the array", line=text.line, allowed="one array, and nothing else"
        )


class _Text:
    """JSON text, of which no more is held than the value at hand needs.

    Attributes:
        line: On which reading stands, counted from 1.
    """

    def __init__(self, lines: Lines, file: str) -> None:
        self.line = 1
        self._lines, self._file = lines, file
        self._held, self._at = "", 0

    def next(self) -> str:
        """Return the next character that is no white space; "" at the end."""
        while True:
            space = _SPACE.match(self._held, self._at)
            self._advance(space.end() if space is not None else self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Pass over one character."""
        self._at += 1

    def value(self) -> tuple[int, object]:
        """Return the line on which the value that begins here does so, and the value.

        Raises:
            SubmissionRefused: It is no JSON.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError as error:
                raise refused(
                    self._file, "nested too deeply", line=self.line, allowed=ALLOWED
                ) from error
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._held) - _NEAR
                if cut and self._more():
                    continue
                self._advance(error.pos)
                problem = f"not JSON: {error.msg} (character {error.colno} of the line)"
                raise refused(self._file, problem, line=self.line, allowed=ALLOWED) from error
            line = self.line
            self._advance(end)
            self._lines.row_done()
            return line, value

    def _advance(self, to: int) -> None:
        self.line += self._held.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read on, at least as much again as is held; False at the end."""
        pieces = [self._held[self._at :]]
        wanted = max(len(pieces[0]), PIECE)
        for piece in self._lines:
            pieces.append(piece)
            wanted -= len(piece)
            if wanted <= 0:
                break
        self._held, self._at = "".join(pieces), 0
        return len(pieces) > 1
