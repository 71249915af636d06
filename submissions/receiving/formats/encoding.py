"""What a text file that is not UTF-8 is likely to be, and how to make it UTF-8: one problem a file,
however many lines.

A spreadsheet, or Python's `open` on Windows, writes a whole file in the system's own encoding. That
is one mistake; so its lines are counted and the first are named. Only what can be told from the
bytes is said: Windows-1252 and Mac OS Roman, told apart by signs that stand within lower-case words
in one of them alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from submissions.problems import Problem
from submissions.receiving.formats.row import describe
from submissions.wording import counted, noun_for

NAMED = 8
SAMPLE = 64_000

_WINDOWS, _MAC = "Windows-1252", "Mac OS Roman"
_CODECS = {_WINDOWS: ("cp1252", "WINDOWS-1252"), _MAC: ("mac_roman", "MACINTOSH")}
_MAC_WITHIN_WORDS = re.compile(rb"[a-z][\x8e\xd0\xd1\xd5]")
"""é, en dash, em dash and apostrophe there; capitals in Windows-1252, where they do not follow a
small letter.
"""
_RUN = re.compile(rb"[\x80-\xff]{4,}")
"""As letters of two bytes or more make; hardly any text in Latin letters has it."""
_SAVE = (
    'write it as UTF-8: open(..., "w", encoding="utf-8") in Python, "CSV UTF-8" in a spreadsheet'
)


@dataclass
class FaultyLines:
    """Lines of one file with the same fault.

    Attributes:
        first: Numbers of the first NAMED.
        count: All of them.
        where: The first faulty byte and its offset.
        sample: The bytes of the first lines.
        last: The line that was counted last; a long one comes in pieces.
    """

    first: list[int] = field(default_factory=list)
    count: int = 0
    where: str = ""
    sample: bytearray = field(default_factory=bytearray)
    last: int = 0

    def add(self, line: int, raw: bytes, at: int, offset: int) -> None:
        """Count a line.

        Args:
            line: Its number.
            raw: Its bytes.
            at: The place of its first faulty byte.
            offset: The line's place in the file.
        """
        if line == self.last:
            return
        self.last = line
        self.count += 1
        self.where = self.where or f"byte 0x{raw[at]:02X} at offset {offset + at:,}"
        if len(self.first) < NAMED:
            self.first.append(line)
        if len(self.sample) < SAMPLE:
            self.sample += raw[:SAMPLE]

    @property
    def places(self) -> str:
        """`line 3`, `lines 3, 7`, `lines 3, 7, 8 and 1,204 more`."""
        more = f" and {self.count - len(self.first):,} more" if self.count > len(self.first) else ""
        return f"{noun_for(self.count, 'line')} {', '.join(map(str, self.first))}{more}"


def nul_problem(file: str, lines: FaultyLines) -> Problem:
    """Return the problem of a file with NUL bytes."""
    problem = (
        f"a NUL byte, which no text has, in {counted(lines.count, 'line')} ({lines.places};"
        f" {lines.where})"
    )
    return describe(file, problem, allowed="UTF-8", hint="save the file as UTF-8")


def encoding_problem(file: str, lines: FaultyLines, mixed: bool) -> Problem:
    """Return the problem of a file that is not UTF-8.

    Args:
        file: For the message.
        lines: Those that are not.
        mixed: Whether other lines hold more than ASCII and are UTF-8: then no one encoding is the
            whole file's.
    """
    problem = (
        f"{counted(lines.count, 'line')} {noun_for(lines.count, 'is', 'are')} not UTF-8"
        f" ({lines.places}; {lines.where})"
    )
    likely = likely_encoding(bytes(lines.sample))
    if mixed:
        problem += (
            ", and other lines are: parts in two encodings were put together, or a letter was cut"
            " in two"
        )
        return describe(file, problem, allowed="UTF-8", hint=_SAVE)
    if not likely:
        return describe(
            file, f"{problem}; which encoding it is cannot be told", allowed="UTF-8", hint=_SAVE
        )
    codec, iconv = _CODECS[likely]
    convert = f"`iconv -f {iconv} -t UTF-8 OLD > NEW`, or read it with encoding={codec!r} in Python"
    hint = f"convert it: {convert}; or {_SAVE}"
    return describe(
        file, f"{problem}; it looks like {likely} ({codec})", allowed="UTF-8", hint=hint
    )


def likely_encoding(sample: bytes) -> str:
    """Return what `sample`, which is not UTF-8, looks like.

    Windows-1252, Mac OS Roman, or "" for neither.
    """
    if _RUN.search(sample):
        return ""
    if _MAC_WITHIN_WORDS.search(sample):
        return _MAC
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return _WINDOWS
