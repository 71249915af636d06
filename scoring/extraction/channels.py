"""Stage "channel": what a model wrote in a channel of its own for thinking is no part of its
answer.

`channels.toml` lists the channels as data. The thought is cut off, from the label's reading and
from the explanation alike. A thought that never closes was cut off by the end of the generation:
the model had not yet answered, and whatever it weighed until then is no answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

NAME = "channel"
_DATA = Path(__file__).with_name("channels.toml")
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Channel:
    """One channel of thoughts, as `channels.toml` declares it.

    Attributes:
        name: What a row's provenance calls it.
        by: Which models write it.
        opening: What begins a thought.
        closing: What ends it.
        anywhere: Whether its marks are plain enough to count wherever they stand; else only as a
            text's first words.
    """

    name: str
    by: str
    opening: re.Pattern[str]
    closing: re.Pattern[str]
    anywhere: bool


class Answered(NamedTuple):
    """Where a text answers, thoughts left out.

    Attributes:
        start: Where the answer begins.
        end: Where it ends.
        channels: The names of the channels that were cut off, in their order.
        cut_off: Whether the last thought never ends, so that there is no answer.
        thought: Where the thoughts stand, from the first to the last; their outer marks aside.
    """

    start: int
    end: int
    channels: tuple[str, ...] = ()
    cut_off: bool = False
    thought: tuple[int, int] = (0, 0)


@lru_cache(maxsize=1)
def channels() -> tuple[Channel, ...]:
    """Return all channels that are declared."""
    declared = tomllib.loads(_DATA.read_text(encoding="utf-8"))["channels"]
    return tuple(
        Channel(
            entry["name"],
            entry["by"],
            _pattern(entry["opening"]),
            _pattern(entry["closing"]),
            entry["where"] == "anywhere",
        )
        for entry in declared
    )


def answered(text: str) -> Answered:
    """Find the part of `text` that is the model's answer."""
    text_start = len(text) - len(text.lstrip()) if text[:1].isspace() else 0
    if _any_opening().match(text, text_start) is not None:
        for channel in channels():
            if not channel.anywhere and (opening := channel.opening.match(text, text_start)):
                return _after_opening(text, channel, opening)
    if not ("<" in text or "[" in text or "◁" in text or "&lt;" in text):
        return Answered(0, len(text))
    return _between(text, list(_marks(text)))


def _after_opening(text: str, channel: Channel, opening: re.Match[str]) -> Answered:
    """Return the answer after a thought that the text begins with; its last
    closing mark ends it.
    """
    closings = list(channel.closing.finditer(text, opening.end()))
    if not closings:
        thought = (opening.end(), len(text))
        return Answered(len(text), len(text), (channel.name,), cut_off=True, thought=thought)
    thought = (opening.end(), closings[-1].start())
    return Answered(_kept(closings[-1]), len(text), (channel.name,), thought=thought)


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    opens: bool
    channel: str


def _marks(text: str) -> Iterator[_Mark]:
    pattern = _any_mark()
    for match in pattern.finditer(text):
        index = int((match.lastgroup or "o0")[1:])
        yield _Mark(
            match.start(), match.end(), (match.lastgroup or "").startswith("o"), _named(index)
        )


def _between(text: str, marks: list[_Mark]) -> Answered:
    """Return the last piece outside thoughts that holds words, or nothing where the last thought
    does not end.
    """
    if not marks:
        return Answered(0, len(text))
    names = tuple(dict.fromkeys(mark.channel for mark in marks))
    begins = marks[0].end if marks[0].opens else 0
    if marks[-1].opens:
        thought = (begins, len(text))
        return Answered(len(text), len(text), names, cut_off=True, thought=thought)
    pieces = [(marks[-1].end, len(text))]
    previous = None
    for mark in marks:
        if mark.opens and (previous is None or not previous.opens):
            pieces.insert(-1, (0 if previous is None else previous.end, mark.start))
        previous = mark
    spoken = [piece for piece in pieces if _WORD.search(text, *piece)]
    start, end = spoken[-1] if spoken else pieces[-1]
    return Answered(start, end, names, thought=(begins, marks[-1].start))


def _kept(closing: re.Match[str]) -> int:
    """Return where the answer begins.

    A heading that names the answer ("## Answer") stays, since it marks it.
    """
    return closing.start() if closing.group().startswith("\n") else closing.end()


@lru_cache(maxsize=1)
def _any_mark() -> re.Pattern[str]:
    parts = []
    for index, channel in enumerate(channels()):
        if channel.anywhere:
            parts.append(f"(?P<o{index}>{channel.opening.pattern})")
            parts.append(f"(?P<c{index}>{channel.closing.pattern})")
    # Every mark begins with one of these, which the search leaps to.
    return re.compile(r"(?=[<\[◁&])(?:" + "|".join(parts) + ")", re.IGNORECASE)


@lru_cache(maxsize=1)
def _any_opening() -> re.Pattern[str]:
    parts = (channel.opening.pattern for channel in channels() if not channel.anywhere)
    return re.compile("|".join(parts), re.IGNORECASE)


def _named(index: int) -> str:
    return channels()[index].name


def _pattern(declared: str) -> re.Pattern[str]:
    spaced = declared.replace(" ", r"\s*")
    return re.compile(
        re.sub(r"(?<!\?)(?<!P)<", "(?:<|&lt;)", re.sub(r"(?<!=)>", "(?:>|&gt;)", spaced)),
        re.IGNORECASE,
    )


__all__ = ["NAME", "Answered", "Channel", "answered", "channels"]
