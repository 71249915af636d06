"""Tags that cheap rules propose, for a maintainer to confirm: nothing is tagged by a rule alone.

A rule is data (`leaderboard_data/tag-rules.toml`): words and phrases that occur in a post, occur
together in one sentence, or do not occur, and how long it is. What a rule proposes is true of the
words and a guess about the meaning; its precision was read by hand, by version (docs/methods.md).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TextIO

from pydantic import field_validator

from scoring.declarations import Number, Text, Texts, fitted, table_of, text_of
from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.segments import Example
from scoring.tasks import Task
from submissions.csv_export import LINE_END, neutralise
from submissions.declarations.settings import declared_in

NAME = "tag-rules.toml"
COLUMNS = ("task", "example", "tag", "rule", "words")
"""The first three are what `tags import` takes."""
SHOWN = 60
"""Characters of the words that a rule went by."""
_SENTENCE = re.compile(r"(?<=[.!?\n])\s+|\n+")
_WORD = re.compile(r"\S+")


class TagRulesError(ReasonBoardError):
    """Rules that cannot be used."""


@dataclass(frozen=True)
class TagRule:
    """One way to propose a tag: all that it declares must hold.

    Attributes:
        tag: What is proposed, and the rule's name.
        version: Raised when what it proposes changes.
        title: For people.
        any: One of these occurs; () where that is not asked.
        together: One of each occurs in one sentence.
        none: None of these occurs, with `together` in that sentence.
        shorter: Fewer words; None for any number.
        longer: More words.
    """

    tag: Text
    version: Text
    title: Text
    any: Texts = ()
    together: tuple[tuple[Text, ...], ...] = ()
    none: Texts = ()
    shorter: Number | None = None
    longer: Number | None = None

    @field_validator("tag")
    @classmethod
    def _is_as_stored(cls, tag: str) -> str:
        if tag != " ".join(tag.split()).lower():
            raise ValueError(f"is {tag!r}; it must be lower case, with single spaces")
        return tag

    @property
    def signature(self) -> str:
        """Tag and version."""
        return f"{self.tag}/{self.version}"

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return _pattern(self.any)

    @cached_property
    def _none(self) -> re.Pattern[str]:
        return _pattern(self.none)

    @cached_property
    def _together(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(_pattern, self.together))

    def hit(self, post: str) -> str | None:
        """Return the words that a rule goes by in a post, "" for none in particular.

        None where it proposes nothing.
        """
        text = post.replace("’", "'")
        length = len(_WORD.findall(text))
        if (self.shorter is not None and length >= self.shorter) or (
            self.longer is not None and length <= self.longer
        ):
            return None
        if self.together:
            return next(self._sentences(text), None)
        if self.none and self._none.search(text):
            return None
        if not self.any:
            return ""
        match = self._any.search(text)
        return match[0] if match else None

    def _sentences(self, text: str) -> Iterator[str]:
        """Yield the words of each sentence that has one of each list."""
        for sentence in _SENTENCE.split(text):
            matches = [pattern.search(sentence) for pattern in self._together]
            if all(matches) and not (self.none and self._none.search(sentence)):
                yield " + ".join(match[0] for match in matches if match)


@dataclass(frozen=True)
class _TagRules:
    """What a file of rules holds."""

    rules: tuple[TagRule, ...]


@dataclass(frozen=True)
class Suggestion:
    """A tag that a rule proposes.

    Attributes:
        task: The task.
        example: The example.
        rule: By which rule; its tag is what is proposed.
        words: What it went by; "" for nothing in particular.
    """

    task: str
    example: str
    rule: TagRule
    words: str


def tag_rules(data: Path, names: Sequence[str] = ()) -> tuple[TagRule, ...]:
    """Return the rules that are named, all for none: the board's own stand before the shipped ones.

    Raises:
        TagRulesError: Every fault of a file, or names that no rule has.
    """
    own, shipped = declared_in(data, NAME)
    rules: dict[str, TagRule] = {}
    for path in (shipped, own):
        if path == shipped or path.is_file():
            table = table_of(text_of(path, TagRulesError), str(path), TagRulesError)
            declared = fitted(_TagRules, table, str(path), TagRulesError).rules
            rules |= {rule.tag: rule for rule in declared}
    _check(names, rules)
    return tuple(rules[name] for name in names or rules)


def suggest(
    task: Task, examples: Iterable[Example], rules: Sequence[TagRule]
) -> Iterator[Suggestion]:
    """Yield what the rules propose, rule by rule in the examples' order; of redacted posts nothing."""
    posts = [example for example in examples if not example.redacted]
    for rule in rules:
        for example in posts:
            words = rule.hit(example.post)
            if words is not None:
                yield Suggestion(task.id, example.example_id, rule, words)


def write_suggestions(suggestions: Iterable[Suggestion], stream: TextIO) -> None:
    """Write a file that `tags import` takes once rows that are wrong are deleted, into a stream
    opened with `newline=""`.
    """
    writer = csv.writer(stream, lineterminator=LINE_END)
    writer.writerow(COLUMNS)
    for each in suggestions:
        words = neutralise(each.words[:SHOWN])
        writer.writerow([each.task, each.example, each.rule.tag, each.rule.signature, words])


def _check(names: Sequence[str], rules: Mapping[str, TagRule]) -> None:
    if unknown := [name for name in names if name not in rules]:
        raise TagRulesError(
            "\n".join(
                f"--rules {name}: no such rule; {nearest_or_all(name, rules)}" for name in unknown
            )
        )


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Return what matches one of some phrases whole, in any case; "*" the rest of a word."""
    return re.compile("|".join(map(_whole, phrases)), re.IGNORECASE)


def _whole(phrase: str) -> str:
    body = r"\s+".join(re.escape(word) for word in phrase.removesuffix("*").split())
    # A sign has no bounds of a word.
    if not re.search(r"\w", phrase):
        return body
    return rf"(?<![\w'])(?:{body})" + (r"\w*" if phrase.endswith("*") else r"(?![\w'])")
