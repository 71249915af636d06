"""What is changed in a post: rules that are data, and the one function that applies them.

A rule swaps words, each in the case that it is written in and none within another word, an address
or a name (`@he`, `#women`); or it changes a text's form. What it does not name stays as it is, but
for an "a" or "an" before a swapped word, which follows the new word's sound by its first letter.
Every rule is idempotent: what it writes it does not change again. Words are swapped until none is
left to swap, and what would swap what it wrote is refused.

A counterfactual's id is its origin's and the rule's name, `stress-001~women`: a row names its origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from scoring.declarations import Number, Text, Texts, fitted, one_of, table_of, text_of
from scoring.errors import ReasonBoardError
from scoring.segments import Example

FORM = "form"
"""The axis whose rules change no group of people."""
AXIS, RULE = "axis", "change"
"""The attributes that tell of a counterfactual what was changed: the rule's axis and its name."""
SIGN = "."
"""Stands among the words of `before` for no word: a sign or the text's end."""
JOINT = "~"
"""Between an origin's id and a rule's name."""
SWAP, LOWER, UPPER, UNPUNCTUATED, TRUNCATE = (
    "swap",
    "lower",
    "upper",
    "unpunctuated",
    "truncate",
)
OPERATIONS = (SWAP, LOWER, UPPER, UNPUNCTUATED, TRUNCATE)
_VOWELS = "aeiou"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_SIGNS = re.compile(r"(?<![0-9])[.,]|[.,](?![0-9])|[;:!?…]")
_EMOTICON = re.compile(
    r"(?:\w*>?[:;=]['^-]?[()]+|>?[:;=]['^-]?[][{}DPpOoCcSsXx3/\\|*<>$]+|\w*[()]+['^-]?[:;=])[.,!?…]*"
)
_ADDRESS = "://"
_LAST = re.compile(r"(\w+)(?:\s+|-)$")
_NEAR = 40
"""Characters in which a word before another is looked for."""
_JOINTS = re.compile(r"[\s-]+")
_ARTICLE = re.compile(r"\b(?P<article>[Aa])n?(?P<space>\s+)$")


class RulesError(ReasonBoardError):
    """Rules that cannot be used."""


@dataclass(frozen=True)
class Swap:
    """Words that become another.

    Attributes:
        words: In lower case.
        to: What stands in their place; where it has a capital, in just that case.
        before: Only before one of these, each of a word or several, SIGN for none; () for anywhere.
        not_after: Not after one of these words, in lower case.
    """

    words: Texts
    to: Text
    before: Texts = ()
    not_after: Texts = ()


@dataclass(frozen=True)
class CounterfactualRule:
    """One way to change a post and not what it says of its poster's state.

    Attributes:
        name: Unique: lower case and hyphens.
        axis: What is changed ("gender"), called as names are: rules of one axis make groups; FORM
            makes none.
        version: Raised when what it makes changes.
        title: For people.
        operation: One of OPERATIONS.
        swaps: Of a SWAP: tried in order.
        words: Of a TRUNCATE: how many are kept.
    """

    name: Text
    axis: Text
    version: Text
    title: Text
    operation: Annotated[str, one_of(OPERATIONS)]
    swaps: Annotated[tuple[Swap, ...], Field(validate_default=True)] = ()
    words: Annotated[Number, Field(validate_default=True)] = 0

    @field_validator("name", "axis")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"is {name!r}; it must be of a-z, 0-9 and hyphens")
        return name

    @field_validator("swaps")
    @classmethod
    def _change_nothing_twice(
        cls, swaps: tuple[Swap, ...], known: ValidationInfo
    ) -> tuple[Swap, ...]:
        if known.data.get("operation") == SWAP and not swaps:
            raise ValueError("must hold a swap or more")
        sources = {word for swap in swaps for word in swap.words}
        if again := sorted({swap.to for swap in swaps if _holds_one(swap.to.lower(), sources)}):
            raise ValueError(f"writes what it would swap again: {', '.join(again)}")
        if shouted := sorted(word for word in sources if word != word.lower()):
            raise ValueError(f"names words that are not in lower case: {', '.join(shouted)}")
        return swaps

    @field_validator("words")
    @classmethod
    def _keep_some(cls, words: int, known: ValidationInfo) -> int:
        if known.data.get("operation") == TRUNCATE and words < 1:
            raise ValueError("must be 1 or more, the words that are kept")
        return words

    @property
    def signature(self) -> str:
        """Name and version."""
        return f"{self.name}/{self.version}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return _any_of({word for swap in self.swaps for word in swap.words})

    def swapped(self, text: str) -> str:
        """Return the text with the rule's words swapped."""
        made = self._swapped_once(text)
        # A swapped word may be the one that another is swapped before.
        while made != text:
            text, made = made, self._swapped_once(made)
        return made

    def _swapped_once(self, text: str) -> str:
        parts: list[str] = []
        end = 0
        for match in self._pattern.finditer(text):
            target = self._target(match)
            if target is not None:
                parts += [_agreeing(text[end : match.start()], target), target]
                end = match.end()
        return "".join([*parts, text[end:]])

    def _target(self, source: re.Match[str]) -> str | None:
        """Return what a word becomes before what follows; None where it stays."""
        word = source[0]
        for swap in self.swaps:
            if word.lower() in swap.words and _stands_right(swap, source):
                return _in_case_of(word, swap.to)
        return None


def changed(rule: CounterfactualRule, text: str) -> str | None:
    """Return the text as a rule changes it; None where it changes nothing."""
    operations: Mapping[str, Callable[[str], str]] = {
        SWAP: rule.swapped,
        LOWER: lambda whole: whole.lower(),
        UPPER: lambda whole: whole.upper(),
        UNPUNCTUATED: _unpunctuated,
        TRUNCATE: lambda whole: _truncated(whole, rule.words),
    }
    made = operations[rule.operation](text)
    return None if made == text else made


def example_id(origin: str, rule: CounterfactualRule) -> str:
    """Return the id of an example's counterfactual."""
    return f"{origin}{JOINT}{rule.name}"


def origin_of(example_id: str) -> str:
    """Return the id of the example that a counterfactual was made from; "" where it names none."""
    return example_id.rpartition(JOINT)[0]


def as_asked(example: Example) -> Example:
    """Return an example as its origin is asked: without what was changed among its attributes."""
    asked = {name: value for name, value in example.attributes.items() if name not in (AXIS, RULE)}
    return replace(example, attributes=asked)


def read_rules(*paths: Path) -> Mapping[str, CounterfactualRule]:
    """Return every declared rule, by name.

    Args:
        paths: Files of rules; a rule of an earlier file stands before one of the same name.

    Raises:
        RulesError: Every fault of a file.
    """
    rules: dict[str, CounterfactualRule] = {}
    for path in reversed(paths):
        table = table_of(text_of(path, RulesError), str(path), RulesError)
        declared = fitted(_Rules, table, str(path), RulesError).rules
        names = [rule.name for rule in declared]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise RulesError(f"{path}: rules declared twice: {', '.join(twice)}")
        rules |= {rule.name: rule for rule in declared}
    return rules


@dataclass(frozen=True)
class _Rules:
    """What a file of rules holds."""

    rules: tuple[CounterfactualRule, ...]


def _any_of(words: Collection[str]) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    # An address or a name is no word; "he's" and "mother-in-law" begin with one.
    return re.compile(rf"(?<![\w@#/])(?:{listed})(?!\w)", re.IGNORECASE)


def _holds_one(target: str, sources: Collection[str]) -> bool:
    """Return whether a target holds a source, or a part of one of several words, which what stands
    beside it could complete.
    """
    several = [words for source in sources if len(words := _JOINTS.split(source)) > 1]
    parts = {part for words in several for part in words}
    return bool(_any_of(sources).search(target)) or not parts.isdisjoint(_JOINTS.split(target))


def _stands_right(swap: Swap, source: re.Match[str]) -> bool:
    """Return whether a source stands between what the swap asks for."""
    if swap.before and not _before(swap.before).match(source.string, source.end()):
        return False
    last = _LAST.search(source.string[max(0, source.start() - _NEAR) : source.start()])
    return last is None or last[1].lower() not in swap.not_after


@lru_cache(maxsize=256)
def _before(phrases: Texts) -> re.Pattern[str]:
    """Return what matches what may follow a word. A hyphen joins words as a space does."""
    joint = r"(?:\s+|-)"
    ways = [
        rf"(?!{joint}\w)"
        if phrase == SIGN
        else rf"{joint}{joint.join(map(re.escape, phrase.split()))}(?!\w)"
        for phrase in phrases
    ]
    return re.compile("|".join(ways), re.IGNORECASE)


def _in_case_of(word: str, target: str) -> str:
    if target != target.lower():
        return target
    if len(word) > 1 and word.isupper():
        return target.upper()
    return target[:1].upper() + target[1:] if word[:1].isupper() else target


def _agreeing(before: str, target: str) -> str:
    """Return what stands before a swapped word, its "a" or "an" by the word's sound."""
    n = "n" if target[:1].lower() in _VOWELS else ""
    return _ARTICLE.sub(lambda match: f"{match['article']}{n}{match['space']}", before)


def _unpunctuated(text: str) -> str:
    """Return the text without the signs that part sentences; those within numbers, addresses and
    emoticons stay.
    """
    return re.sub(r"\S+", lambda word: _word_unpunctuated(word[0]), text)


def _word_unpunctuated(word: str) -> str:
    kept = _ADDRESS in word or _EMOTICON.fullmatch(word)
    return word if kept else _SIGNS.sub("", word)


def _truncated(text: str, words: int) -> str:
    kept = list(re.finditer(r"\S+", text))[:words]
    whole = not kept or not text[kept[-1].end() :].strip()
    return text if whole else text[: kept[-1].end()]
