"""Delimiters around texts that a judge is shown: a text can neither contain them nor look like them.

The code in the delimiters follows from the texts themselves. So it is another one for every pair,
nobody can write a text that contains its own (a fixed point of SHA-256), and asking again asks the
same, which a random number would not.
"""

from __future__ import annotations

import hashlib
import re
from itertools import count

CODE_DIGITS = 24
_MARKS = re.compile(
    r"""
    \[ (?= \[ ) | \] (?= \] )                                       # ours
    | < (?= [|\uff5c] ) | [|\uff5c] (?= > )                          # <|im_start|>, <\uff5cAssistant\uff5c>
    | < (?= </?SYS>> ) | \[ (?= /?INST\] )
    | < (?= (?: /?(?:s|bos|eos|pad|unk) | (?:start|end)_of_turn ) > )
    | \[ (?= (?: /?SYSTEM_PROMPT | /?AVAILABLE_TOOLS | /?TOOL_CALLS | g?MASK ) \] )
    """,
    re.I | re.VERBOSE,
)
"""Where a delimiter begins or ends: one of ours, or of models' chat templates."""


def code_of(*texts: str) -> str:
    """Return the code of delimiters around some texts: hexadecimal digits that are in none of
    them.
    """
    content = "\0".join(texts)
    folded = content.lower()
    codes = (
        hashlib.sha256(f"{attempt}\0{content}".encode(errors="replace")).hexdigest()[:CODE_DIGITS]
        for attempt in count()
    )
    return next(code for code in codes if code not in folded)


def framed(name: str, text: str, code: str) -> str:
    """Return a text between delimiters.

    Args:
        name: What it is, in capitals.
        text: Anybody's.
        code: From `code_of` of all texts that are shown together.
    """
    return f"[[{name} {code}]]\n{neutral(text)}\n[[END OF {name} {code}]]"


def neutral(text: str) -> str:
    """Return a text in which nothing looks like a delimiter: a space is put into what does."""
    return _MARKS.sub(lambda mark: f"{mark[0]} ", text)
