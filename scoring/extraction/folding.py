"""The form of a text in which rules look for words: lower case, straight quotes, ordinary spaces
and punctuation.
"""

from __future__ import annotations

_STRAIGHT = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‟": '"',
        "：": ":",
        "，": ",",
        "。": ".",
        "！": "!",
        "？": "?",
        "；": ";",
        "（": "(",
        "）": ")",
        "…": ".",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2007": " ",
        "\t": " ",
        "‑": "-",
        "\r": "\n",
        "\x00": " ",
    }
)


def fold(text: str) -> str:
    """Return lower case, straight quotes and ordinary spaces, in as many characters
    as `text` has.
    """
    lowered = text.lower()
    if text.isascii():
        return lowered.replace("\t", " ").replace("\r", "\n").replace("\x00", " ")
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_STRAIGHT)
