"""One text, one score: the one form in which texts are scored, by whichever route they came.

What differs between routes and says nothing is made the same: the ends of lines, the Unicode form,
white space around the text. All else is content, markup too, so that scores are the published
programs' on the text as it is. Outputs, explanations, references and posts all pass through here
where segments are made, and raw outputs before they are read.

A text can also be absent in several ways of writing: what pandas writes for a missing value ("nan",
"None", "<NA>") is not an explanation, nor are marks without a word.
"""

from __future__ import annotations

import unicodedata

NORMALIZATION = "nfc-lf-strip/1"
"""The name and version of `normalized`, part of the identity of every score of texts."""

ABSENT = frozenset(
    (
        "",
        "nan",
        "-nan",
        "none",
        "null",
        "n/a",
        "na",
        "<na>",
        "#n/a",
        "#na",
        "nat",
        "<nat>",
        "nil",
        "undefined",
    )
)
"""Words that stand for a missing value where they stand alone, in lower case."""


def normalized(text: str) -> str:
    """Return `text` with "\\n" for every end of a line, in Unicode's form NFC, without white space
    around it.
    """
    # Asked first, because hardly any text has one and all pass through here.
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip()


def said(text: str | None) -> str | None:
    """Return an explanation or a reference, normalised; None where it is missing or says nothing.

    So does a word for a missing value that stands alone ("nan"). A label may be such a word
    ("none"): labels and whole outputs do not pass through here.
    """
    if text is None:
        return None
    normal = normalized(text)
    if normal.casefold() in ABSENT or not any(map(str.isalnum, normal)):
        return None
    return normal
