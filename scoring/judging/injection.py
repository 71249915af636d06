"""What in a text speaks to its judge: orders, messages that pose as another's, verdicts, praise of
itself.

A judge's prompt frames a text so that a judge can tell it from its orders (`framing`); whether a
model heeds that is the model's. So texts that try are flagged, and their verdicts marked. Patterns
cannot see everything: what is flagged is worth a look, what is not flagged is not thereby honest.

The patterns (`injections.toml`) look for what an explanation of a post has no reason to say; the
words of grading alone do not suffice, since people write of marks and scores at school. Texts are
folded first (case, compatibility forms, invisible characters), and looked at a second time with
digits read as letters and spelt-out words joined. What is base64 of words is flagged whatever it
says: a post has no reason to be explained in it.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_DECLARED = tomllib.loads(Path(__file__).with_name("injections.toml").read_text(encoding="utf-8"))
VERSION = f"injections/{_DECLARED['version']}"
"""The name and version of `injections_in`."""
_ENCODED = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{16,}={0,2}(?![\w+/])")
_WORD = re.compile(r"\{([a-z]+)\}")
_GAP = re.compile(r"<(\d+)>")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_LETTERS = str.maketrans("013457", "oieast")
_DIGIT_IN_WORD = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457])[a-z013457]{3,}\b")
_SPELT = re.compile(r"\b\w(?:[ .\-_*]\w\b){3,}")


def _compiled(pattern: str) -> re.Pattern[str]:
    whole = _WORD.sub(lambda word: str(_DECLARED["words"][word[1]]), pattern)
    return re.compile(_GAP.sub(r"[^.!?\\n]{0,\1}", whole))


_KINDS = {kind: tuple(map(_compiled, patterns)) for kind, patterns in _DECLARED["kinds"].items()}


def injections_in(text: str) -> tuple[str, ...]:
    """Return of which kinds there is something in a text that speaks to its judge; () for nothing.

    Args:
        text: An explanation.
    """
    views = _views(text)
    return tuple(
        name
        for name, patterns in _KINDS.items()
        if any(pattern.search(view) for view in views for pattern in patterns)
    ) + (("encoded",) if any(True for _ in _decoded(text)) else ())


def _views(text: str) -> tuple[str, ...]:
    """Return the text as it is looked at: folded, and with its disguises taken off."""
    folded = _folded(text)
    plain = _SPELT.sub(lambda word: re.sub(r"[ .\-_*]", "", word[0]), folded)
    plain = _DIGIT_IN_WORD.sub(lambda word: word[0].translate(_LETTERS), plain)
    return (folded,) if plain == folded else (folded, plain)


def _folded(text: str) -> str:
    # Invisible characters between letters hide a word from patterns and from nobody else.
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    # Long white space, of which patterns would try every part, says no more than short.
    short = _LINE_ENDS.sub("\n", _BLANKS.sub(" ", visible))
    return short.casefold().replace("’", "'")


def _decoded(text: str) -> Iterator[str]:
    """Yield what base64 in a text says, where it says words."""
    for code in _ENCODED.findall(text):
        try:
            said = base64.b64decode(code + "=" * (-len(code) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if said.isprintable() and " " in said:
            yield said
