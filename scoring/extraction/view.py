"""A raw text made readable, with the way back to it.

Labels are read through markup: a view may leave out emphasis marks and special tokens, or put a
field's name in plain words. Texts are scored as they are: what is cut out by a view's positions is
a piece of the raw text, with the markup in it. So every edit keeps, for each character of the view,
its place in the raw text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_MARKS = "*_`"
_SPACE = " \t\n\u00a0"
_PAIRED = ("```", "**", "__", "`")
_BLANK_LINE = "\n\n"


class View(NamedTuple):
    """What of a raw text is read.

    Attributes:
        raw: The text as it came.
        text: The text as it is read.
        places: For each character of `text` its place in `raw`, ascending; as long as `text`.
        low: The first place in `raw` that may be cut out; markup that is not read may stand from
            there on.
    """

    raw: str
    text: str
    places: Sequence[int]
    low: int = 0

    @classmethod
    def of(cls, raw: str) -> View:
        """Return all of `raw`, as it is."""
        return cls(raw, raw, range(len(raw)))

    def replaced(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> View:
        """Put `new` where `pattern` matches.

        What is put in has the last place of what it stands for.

        Args:
            pattern: What is left out; it matches one character at least.
            new: What is put in its stead, or what gives it.
        """
        texts: list[str] = []
        places: list[int] = []
        end = 0
        for match in pattern.finditer(self.text):
            put = new if isinstance(new, str) else new(match)
            texts += (self.text[end : match.start()], put)
            places += self.places[end : match.start()]
            places += [self.places[match.end() - 1]] * len(put)
            end = match.end()
        if not texts:
            return self
        places += self.places[end:]
        return View(self.raw, "".join([*texts, self.text[end:]]), places, self.low)

    def begun(self) -> View:
        """Return the view with nothing to be cut out that stands before the text."""
        text = self.text.lstrip()
        low = self.places[len(self.text) - len(text)] if text else len(self.raw)
        return self._replace(low=low)

    def part(self, start: int, end: int | None = None) -> View:
        """Return [start, end) of what is read, less white space at its ends."""
        text = self.text[start:end]
        if len(text) == len(self.text) and text and not (text[0].isspace() or text[-1].isspace()):
            return self
        low = self.places[start] if 0 < start < len(self.text) else self.low
        start += len(text) - len(text.lstrip())
        stop = start + len(text.strip())
        return View(self.raw, self.text[start:stop], self.places[start:stop], low)

    def between(self, start: int, end: int) -> str:
        """Return the raw text after the character before `start` and before that at `end`.

        Within a field's quotation marks.

        Args:
            start: 1 or more.
            end: A position in the text.
        """
        return self.raw[self.places[start - 1] + 1 : self.places[end]]

    def cut(self, start: int, end: int) -> str:
        """Return the raw text of [start, end), white space at its ends aside.

        Emphasis marks at its ends are part of it, unless they only close what was opened before it:
        of "**Yes, since they cannot sleep.**" without its "Yes," no marks remain.
        """
        text = self.text[start:end].rstrip()
        if not text:
            return ""
        if isinstance(self.places, range) and not any(mark in self.raw for mark in _MARKS):
            return text.lstrip()  # nothing was replaced, and there are no marks to keep or lose
        first = self._first(start)
        last = self._last(start + len(text), end)
        before = self.raw[max(0, self.raw.rfind(_BLANK_LINE, 0, first)) : first]
        return _without_closing(self.raw[first:last].strip(), before)

    def _first(self, start: int) -> int:
        """Return the raw place after what stands before `start`.

        Where nothing does, the first that may be cut out.
        """
        before = len(self.text[:start].rstrip())
        if before:
            return self.places[before - 1] + 1
        return self.low

    def _last(self, stop: int, end: int) -> int:
        """Return the raw place after the text that ends before `stop`, with the marks that touch it
        or end the raw text.
        """
        last = self.places[stop - 1] + 1
        if end == len(self.text) and not self.raw[last:].strip(_MARKS + _SPACE):
            return len(self.raw)
        while last < len(self.raw) and self.raw[last] in _MARKS:
            last += 1
        return last


def _without_closing(text: str, before: str) -> str:
    """Return `text` without a mark at one of its ends that closes what `before` opens."""
    for mark in _PAIRED:
        if before.count(mark) % 2 == 0:
            continue
        if text.startswith(mark):
            text = text.removeprefix(mark).lstrip()
        elif text.endswith(mark) and text.count(mark) == 1:
            text = text.removesuffix(mark).rstrip()
    return text
