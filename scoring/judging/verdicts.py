"""What a judge's answer says, and what is kept of it.

A verdict is one JSON object that gives each question one level from its menu. What is not on the
menu is absent: a level beyond the scale, a fraction, a word, a question without an answer. It is
never 0, and no answer is mended by guessing. An answer that is no such object as a whole, or that
names a question twice, says nothing at all: somebody else's words may be in it.

Of an answer nothing else is kept, since it may quote a post: levels, how it ended, and a hash of
what was judged. The verdicts of a judge are a file of JSON lines, which is appended to while judging
goes on; reading leaves out a last line that is not whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scoring.texts import normalized

LINE = "verdict"
"""What a line of a verdict is called."""
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)
_THOUGHT = re.compile(r"\A.*?</think(?:ing)?>", re.DOTALL)
"""Before an answer. It need not begin by its tag: chat templates of reasoning models write that into
the prompt.
"""
NO_OBJECT = "no verdict: not one JSON object"


@dataclass(frozen=True)
class Menu:
    """One question and what may be answered.

    Attributes:
        name: What the answer is called in a verdict.
        levels: What may be chosen.
    """

    name: str
    levels: tuple[int | str, ...]


class VerdictKey(NamedTuple):
    """What a verdict is about, unique among a judge's.

    Attributes:
        pair: Hash of what was judged.
        seed: Of the answer: one repeat of several.
    """

    pair: str
    seed: int


@dataclass(frozen=True)
class Verdict:
    """What a judge said of one explanation.

    Attributes:
        key: What it is about.
        levels: Question -> the level chosen; without those of which it chose none.
        finish: Why the answer ended, as `GeneratedText` says.
        fault: Why levels are missing; "" where none is.
        injections: Of which kinds something in the explanation speaks to its judge.
        prompt_tokens: None where nobody counted.
        output_tokens: The same of the answer.
        cut: Characters of the post that the judge was not shown.
        served: What the server says that it serves: a model's name and the fingerprint of what runs
            it; "" where nobody says.
        texts: Hashes of the texts that were judged together, each by itself: the post first.
    """

    key: VerdictKey
    levels: Mapping[str, int | str]
    finish: str
    fault: str = ""
    injections: Sequence[str] = ()
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    cut: int = 0
    served: str = ""
    texts: Sequence[str] = ()


def texts_hash(*texts: str) -> str:
    """Return the hash by which texts that are judged together are known."""
    content = "\0".join(map(normalized, texts))
    return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()[:32]


def levels_in(answer: str, menus: Sequence[Menu]) -> tuple[dict[str, int | str], str]:
    """Return question -> level of those that an answer gives a level of their menu, and why others
    are missing.
    """
    given = _object_in(answer)
    if given is None:
        return {}, NO_OBJECT
    levels = {menu.name: given[menu.name] for menu in menus if _is_on(menu, given.get(menu.name))}
    missing = [menu.name for menu in menus if menu.name not in levels]
    return levels, f"off the menu: {', '.join(missing)}" if missing else ""


def schema_of(menus: Sequence[Menu]) -> dict[str, Any]:
    """Return the JSON schema of a verdict."""
    return {
        "type": "object",
        "properties": {menu.name: {"enum": list(menu.levels)} for menu in menus},
        "required": [menu.name for menu in menus],
        "additionalProperties": False,
    }


def read_verdicts(path: Path) -> Iterator[Verdict]:
    """Yield the verdicts of a file, whoever writes to it meanwhile; none where there is no file.

    What cannot be read is passed over: it is absent, and asked for again by whoever writes.
    """
    if not path.is_file():
        return
    with path.open("rb") as stream:
        for line in stream:
            if (verdict := verdict_in(line)) is not None:
                yield verdict


def verdict_from(content: Mapping[str, Any]) -> Verdict:
    """Return a verdict from what JSON holds of it.

    Raises:
        KeyError, TypeError: It is none.
    """
    rest = {name: value for name, value in content.items() if name not in VerdictKey._fields}
    key = VerdictKey(content["pair"], content["seed"])
    levels = content.get("levels", {})
    if not isinstance(key.pair, str) or not isinstance(key.seed, int):
        raise TypeError("a verdict is of a pair and a seed")
    if not isinstance(levels, dict):
        raise TypeError("levels are a table")
    return Verdict(key, **rest)


def verdict_in(line: bytes) -> Verdict | None:
    """Return the verdict that a line of a file holds; None where it holds none."""
    if not line.endswith(b"\n"):
        return None
    try:
        return verdict_from(json.loads(line)[LINE])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _object_in(answer: str) -> dict[str, Any] | None:
    """Return the JSON object that an answer is, a fence and a thought before it aside; None where
    it is none.
    """
    plain = answer.strip()
    if not plain.startswith("{"):
        plain = _THOUGHT.sub("", plain).strip()
    if fenced := _FENCED.match(plain):
        plain = fenced[1].strip()
    try:
        given = json.loads(plain, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _once_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members.

    Raises:
        ValueError: One is named twice.
    """
    table = dict(members)
    if len(table) < len(members):
        raise ValueError("a name stands there twice")
    return table


def _is_on(menu: Menu, level: object) -> bool:
    # By type too: to Python True is 1 and 2.0 is 2.
    return any(level == allowed and type(level) is type(allowed) for allowed in menu.levels)
