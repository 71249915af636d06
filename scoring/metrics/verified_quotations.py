"""Verified quotations: of what an explanation puts in quotation marks, how much stands in the post?

A passage stands in the post where its words do, next to each other and in order, whatever their
case and the marks between them. One with something left out ("...", "[...]") or put in ("[the
poster]") does where its parts follow one another. An explanation that quotes nothing is absent: it
has quoted nothing wrongly.

Marks open before a word and close after one, in the same line, so that apostrophes and inches are
no quotation marks; of nested passages the outer counts.
"""

from __future__ import annotations

import re

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import POST, MeanMetric
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import words

_DOUBLE = ('""', "“”", "„“", "„”", "””", "«»", "»«", "「」", "『』")
_SINGLE = ("''", "‘’", "‚‘", "‚’")
_GAP = re.compile(r"\.\.+|…|\[[^\[\]]*\]")


def _between(marks: str, letter: str, apostrophe: str = "") -> str:
    """Return what finds a passage between two marks, with no `letter` before or after them."""
    opening, closing = marks[0], marks[1]
    # Without the marks themselves, so that a text of unclosed ones is read but once.
    content = rf"(?:[^\n{marks}]{apostrophe})+"
    return rf"(?<!{letter}){opening}(?=\S)({content})(?<=\S){closing}(?!{letter})"


_QUOTED = re.compile(
    "|".join(
        # Where a script has no spaces, its letters may stand next to the marks.
        [_between(marks, "[A-Za-z0-9]") for marks in _DOUBLE]
        # A single closing mark between letters is an apostrophe.
        + [_between(marks, r"\w", rf"|(?<=\w){marks[1]}(?=\w)") for marks in _SINGLE]
    )
)


class VerifiedQuotations(ExplanationMetric, MeanMetric):
    """The share of an explanation's quoted passages that stand in the post."""

    name = "verified_quotations"
    title = "Verified quotations"
    measures = (
        "Of the passages that an explanation puts in quotation marks, the share that stand in the"
        " post word for word; explanations that quote nothing are left out."
    )
    limits = (
        "Says nothing of what is paraphrased, nor whether a quotation supports the label. A word in"
        " quotation marks that is no quotation counts against it; quoting one safe word does not."
    )
    held_against = (POST,)

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) shares, NaN where nothing is quoted, or no explanation or no post is."""
        pairs = compared(segments, POST)
        return np.array([np.nan if pair is None else _verified(*pair) for pair in pairs], float)


def quotations(text: str) -> list[list[list[str]]]:
    """Return the words of each quoted passage of a text, in parts where something is left out of
    it or put in.
    """
    passages = ("".join(filter(None, groups)) for groups in _QUOTED.findall(text))
    parts = ([words(part) for part in _GAP.split(passage)] for passage in passages)
    said = ([part for part in passage if part] for passage in parts)
    return [passage for passage in said if passage]


def _verified(explanation: str, post: str) -> float:
    quoted = quotations(explanation)
    if not quoted:
        return np.nan
    said = f" {' '.join(words(post))} "
    return sum(_stands_in(said, passage) for passage in quoted) / len(quoted)


def _stands_in(said: str, passage: list[list[str]]) -> bool:
    at = 0
    for part in passage:
        # The space after a part may be the one before the next.
        place = said.find(f" {' '.join(part)} ", at)
        if place < 0:
            return False
        at = place + len(" ".join(part)) + 1
    return True
