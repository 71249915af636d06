"""Text from outside, made safe to show, and numbers as the site writes them.

Names, descriptions and whatever stands in the address were written by strangers. In a grid cell
`plain` is enough: a grid draws text, not markup. Where Streamlit reads Markdown (captions, alerts,
help, tables) `markdown` takes every sign its meaning, and where Plotly reads its HTML-like tags
`figure` does.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping

from app.settings import PROGRAM, data_path
from submissions.store.released.scored_rows import MetricRow

Names = Mapping[str, str]
"""What systems, metrics or tasks are called, by id."""

# Every sign that is not a letter, a digit or a space: Markdown gains new ones with each
# extension.
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
_AUTOMATIC = re.compile(r"(?<=:)(?=\S)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# These would let a name run backwards over what stands beside it.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_WORD_JOINER = "\u2060"


def plain(text: str, limit: int = 200) -> str:
    """Return one line without control signs or those that turn the direction of writing.

    Cut at `limit`.
    """
    # First the directions, then the breaks: a break that hides between two of the former is found
    # too.
    line = " ".join(_BREAKS.sub(" ", _DIRECTION.sub("", text)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def markdown(text: str, limit: int = 2000) -> str:
    """Return `text` such that Markdown shows it sign by sign.

    Backslashes alone do not stop bare addresses from becoming links, or ":smile:" a picture: both
    are looked for after backslashes are resolved. So an invisible joiner parts them.
    """
    parted = _AUTOMATIC.sub(_WORD_JOINER, plain(text, limit))
    return _MARKUP.sub(r"\\\1", parted)


def told(error: Exception, limit: int = 2000) -> str:
    """Return what an error says, for a page.

    No reader needs to know where on the server's disk things are.
    """
    return markdown(without_places(str(error)), limit)


def without_places(text: str) -> str:
    """Return `text` with paths on this machine cut down to what they are called on the board."""
    data = data_path()
    # Absolute first: the relative path may be a part of it, and what is left over would still say
    # where it is.
    for place in (data.absolute(), data, PROGRAM):
        text = text.replace(f"{place}/", "").replace(str(place), "the data folder")
    return text


def figure(text: str, limit: int = 40) -> str:
    """Return `text` for a label in a Plotly figure, which would read tags and entities in it."""
    return html.escape(plain(text, limit), quote=False)


def p_value(p: float | None) -> str:
    """Return a p-value as people read it: three decimals, and below that "< 0.001".

    Permutations never show a zero.
    """
    # NaN is the one value that differs from itself; it comes from frames, None from rows.
    if p is None or p != p:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_equals(p: float) -> str:
    """Write a p-value in a sentence: "p = 0.012" or "p < 0.001"."""
    written = p_value(p)
    return f"p {written}" if written.startswith("<") else f"p = {written}"


def size(parameters: str | float) -> str:
    """Return a declared number of parameters as models are called: "7B", "1.3B", "560M".

    Other words as they stand.
    """
    try:
        count = float(parameters)
    except ValueError:
        return str(parameters)
    if not math.isfinite(count):
        return str(parameters)
    count = float(f"{count:.3g}")  # first, so that 999.9 million is "1B" and no "1000M"
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if count >= unit:
            return f"{count / unit:g}{letter}"
    return f"{count:g}"


def web_link(links: Iterable[str]) -> str | None:
    """Return the first of `links` that leads to a web page; nothing else may become a link."""
    return next(
        # A scheme such as `javascript:` must never get into an address that a reader may click.
        (link for link in links if re.match(r"https?://[^\s]+$", link, re.IGNORECASE)),
        None,
    )


def better(metric: MetricRow) -> str:
    """Return which direction is better, in words."""
    directions = {
        True: "Higher is better.",
        False: "Lower is better.",
        None: "Neither higher nor lower is better.",
    }
    return directions[metric.higher_is_better]


def decimals(metric: MetricRow) -> int:
    """Return digits after the point: three tell neighbours apart.

    Words and points out of 100 need one.
    """
    return 1 if metric.unit in ("words", "points") else 3


def number(value: float | None, digits: int) -> str:
    """Return a number, or nothing at all where there is none; what is rounded to
    zero has no sign.
    """
    return "" if value is None else f"{value:z.{digits}f}"


def no_interval(value: float | None, method: str | None) -> str:
    """Return why a value has no interval, as "no interval (fewer than 10 posts)".

    Nothing where it has one, or is blank itself.

    Args:
        value: What the interval would be of.
        method: How its interval was made, or "none: " and why there is none, as a release has it.
    """
    none, colon, reason = (method or "").partition("none: ")
    return f"no interval ({plain(reason)})" if value is not None and colon and not none else ""


def interval(low: float | None, high: float | None, digits: int) -> str:
    """Write as "0.412–0.532", or "-3.21 to -3.05"; nothing without a value.

    A dash before a negative number would look like one more minus.
    """
    if low is None or high is None:
        return ""
    return f"{number(low, digits)}{'–' if low >= 0 else ' to '}{number(high, digits)}"


def wanted_difference(text: str) -> float | None:
    """Return the difference that somebody wrote, a number above 0; None for anything else."""
    try:
        wanted = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return wanted if 0 < wanted < math.inf else None
