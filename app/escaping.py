r"""Text from outside in the files that leave the site, such that each format's reader gets back
what was written.

One function a format: `latex`, `bibtex`, `json_text` and `unmarked` (Markdown; `code` and `address`
where a text is one) here, and for CSV `submissions.csv_export.neutralise`, with the quotation marks
that Python's `csv` sets. All but JSON begin with `app.text.plain`: one line, no control signs.

Every name of a nasty list and of Hypothesis goes through every export in
`tests/app/test_escaping.py`, and is read back by pandas and `csv`, pybtex, markdown-it and
pylatexenc. That last reads LaTeX's grammar and does not typeset: whether a font has a letter, and
what a document class makes of the table, only a LaTeX run can tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from app.text import plain

LONG = 5000
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "×": r"$\times$",
}
_SPECIAL = re.compile(r"[\\&%$#_{}~^–<>|±×]")
_LIGATURES = re.compile(r"(?<=[-–])(?=[-–])|(?<=')(?=')|(?<=`)(?=`)|(?<=[?!])(?=`)|(?<=,)(?=,)")
_OPTION = re.compile(r"^[\[*]")
_AUTOMATIC = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=[\w-]+\.)", re.IGNORECASE)
_AND = re.compile(r"\band\b", re.IGNORECASE)
"""What BibTeX parts names at."""
_WORD_JOINER = "\u2060"


def latex(text: Any, limit: int = LONG) -> str:
    r"""Return `text` such that LaTeX prints it sign by sign, at the beginning of a table's row too.

    There `\\` and `\midrule` would take "[...]" for an option of theirs, and "*" for their starred
    form.
    """
    # Marked first and written last: the braces of the mark must not be escaped with the others.
    parted = _LIGATURES.sub("\0", plain(str(text), limit))
    special = _SPECIAL.sub(lambda match: _LATEX[match[0]], parted).replace("\0", "{}")
    return _OPTION.sub(r"{\g<0>}", special)


def latex_row(cells: Iterable[str]) -> str:
    """Return a row of a table of LaTeX, of cells that are escaped."""
    return " & ".join(cells) + r" \\"


def latex_comment(name: str, text: str) -> str:
    """Return a comment of LaTeX: one line, whatever `text` is."""
    return f"% {name}: {plain(text, LONG)}"


def bibtex(text: Any) -> str:
    r"""Return `text` for a field in braces.

    As `latex`, but BibTeX counts braces, those behind a backslash as well.
    """
    return latex(text).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def bibtex_authors(names: Iterable[str]) -> str:
    """Return names for the field `author`: "Last, First" is a person.

    Anything else is one name as it stands, in braces.
    """
    return " and ".join(map(_bibtex_author, names))


def _bibtex_author(name: str) -> str:
    # Exactly one comma, with letters on both sides; BibTeX would part at the word "and".
    person = re.fullmatch(r"[^,]*\w[^,]*,[^,]*\w[^,]*", name) and not _AND.search(name)
    return bibtex(name) if person else f"{{{bibtex(name)}}}"


def address(text: str) -> str:
    """Return an address without what could end it in Markdown or BibTeX.

    What is so written leads to the same page.
    """
    return re.sub(
        r"[\s<>{}\\\"`]", lambda match: f"%{ord(match[0]):02X}" if match[0].isascii() else "", text
    )


def unmarked(text: object) -> str:
    """Return `text` inside a line or a table's cell of Markdown, where nothing is an image, a link,
    a tag or emphasis.

    Numbers stay as they are. What becomes a link by itself (an address, e-mail) is parted by an
    invisible joiner.
    """
    return re.sub(
        r"[\\`*_<>&|~$#!]|\[(?![-\d])|\](?=\s*[(\[:])",
        r"\\\g<0>",
        _AUTOMATIC.sub(_WORD_JOINER, plain(str(text), LONG)),
    )


def code(text: object) -> str:
    """Return `text` as Markdown shows code: every sign as it stands, to be copied."""
    # A backquote would end it, and no escape is read within.
    return "`{}`".format(plain(str(text), LONG).replace("`", "'"))


def json_text(value: object) -> str:
    """Return `value` as JSON, without a number that JSON lacks.

    Text stays as it is, but for halves of a surrogate pair, which no encoding of a file has.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)
