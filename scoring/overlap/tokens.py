"""Texts as the tokens that ROUGE, BLEU and chrF compare, and tokens as numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np

from scoring.overlap.ngrams import Integers
from scoring.overlap.porter import stem

_MARKS = r"{-~\[-` -&(-+:-@/"
_SUBSTITUTIONS = (
    (re.compile(f"([{_MARKS}])"), r" \1 "),
    (re.compile("([^0-9])([.,])"), r"\1 \2 "),
    (re.compile("([.,])([^0-9])"), r" \1 \2"),
    (re.compile("([0-9])(-)"), r"\1 \2 "),
)
"""Tokenizer 13a: mteval-v13a's rules for Western languages, one after another, as in sacrebleu."""

_PLAIN = rf"[^\s{_MARKS}.,\-]"
_IN_ONE_PASS = re.compile(
    rf"{_PLAIN}++(?![.,\-])|(?:{_PLAIN}+|(?<![0-9])-|(?<=[0-9])[.,](?=[0-9]))+|\S"
)
"""The same, where no two full stops or commas stand before a digit."""

_STOPS_BEFORE_DIGIT = re.compile("[.,][.,][0-9]")


class Numbering(dict[str, int]):
    """Token -> its number, from 1 on in the order in which they are first asked for.

    Args:
        form: What tokens of one number have in common.
    """

    def __init__(self, form: Callable[[str], str] = str) -> None:
        super().__init__()
        self._form = form
        self._forms: dict[str, int] = {}

    def __missing__(self, token: str) -> int:
        form = self._form(token)
        self[token] = self._forms.setdefault(form, len(self._forms) + 1)
        return self[token]

    def of(self, tokens: Iterable[str]) -> list[int]:
        """Return the numbers of some tokens."""
        return list(map(self.__getitem__, tokens))


def rouge_form(word: str) -> str:
    """Return what ROUGE compares of a word: rouge-score stems what is longer than three letters.

    Args:
        word: Of any script, in lower case; English ones alone are stemmed.
    """
    return stem(word) if len(word) > 3 and word.isascii() else word


def characters(text: str) -> Integers:
    """Return a number for each character but white space."""
    # A surrogate alone is no character, but may come in JSON.
    codes = "".join(text.split()).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(codes, dtype="<u4").astype(np.int64) + 1


def tokens_13a(text: str) -> list[str]:
    """Return a text's tokens by sacrebleu's tokenizer 13a."""
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for entity, mark in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
            line = line.replace(entity, mark)
    if not _STOPS_BEFORE_DIGIT.search(line):
        return _IN_ONE_PASS.findall(line)
    line = f" {line} "
    for rule, replacement in _SUBSTITUTIONS:
        line = rule.sub(replacement, line)
    return line.split()
