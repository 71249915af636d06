r"""Statements of a yes/no task about the matter itself: "the post does not show this risk", "the poster is stressed".

Somebody or something must be said to have, show or be it: the poster (never a friend), the post, or, for a dimension
or risk, its existence. What is affirmed or denied must be the task's concept itself:

- An affirmation may strengthen it ("suffers from severe depression"), not weaken or surround it: "signs of
  depression", "symptoms commonly associated with depression" and "some stress" only lean.
- A denial may widen it ("no signs of stress", "no ongoing stress", "does not show any risk of ..."), not narrow it:
  "no strong signs of severe depression" and "no explicit mention of stress" leave room for a
  yes. "No indication of ongoing stress" denies the concept, "no indication of ongoing emotional distress" denies
  something else.

Verbs are as strict: "shows", "indicates" and "demonstrates" state; "suggests", "aligns with", "may contribute to" and
"is indicative of" lean. They match only in the plain present, so a "may be" in between is no statement.
Pronouns count only where a denial leads in ("no indication that they suffer from ..."): elsewhere "they" may be
anyone. "Does not appear to suffer" denies, "appears to suffer" leans, as argued in `scope`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scoring.extraction.finding import Statement
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage, fold
from scoring.extraction.scope import Scope, scope

_NOUN = r"(?:original )?(?:poster|author|user|writer|individual|person|op|speaker|patient)"
_WHO = rf"(?:they|he|she|(?:the|this|that) {_NOUN}(?: of (?:the|this) (?:post|text|message))?|poster|op)"
_PRONOUN = re.compile(r"(?:they|he|she)\b")
_WHAT = (
    r"(?:(?:the|this|that) (?:(?:user|poster|author|individual)'s )?"
    rf"(?:post|text|message|tweet|content|narrative|statement|{_NOUN})|it|poster|post)"
)
_SURE = (
    r"(?:(?:currently|actually|indeed|clearly|definitely|certainly|really|truly|also|still|presently"
    r"|obviously|undoubtedly|in fact|explicitly|strongly|therefore|thus) )?"
)
_PLAINLY = r"(?:(?:currently|actually|really|truly|in fact|at all|therefore|thus|seem to|appear to) ){0,2}"
_MORE = (
    r"(?:(?:from|a|an|the|this|significant|severe|serious|clinical|major|chronic|ongoing|current"
    r"|considerable|high|extreme|"
    r"intense|deep|strong|clear|great|immense|tremendous|elevated|both|lot of|deal of|high levels of|"
    r"(?:significant |severe |great |considerable |extreme )?(?:levels?|degree|amounts?) of) ){0,4}"
)
_ANY = (
    r"(?:from )?(?:(?:any|the|this|a|an|such|ongoing|current|currently|kind of|form of|type of|"
    r"(?:signs?|indications?|indicators?|evidence|symptoms?|suggestion|presence)(?: or (?:signs?"
    r"|indications?|symptoms?|evidence))?"
    r"(?: in (?:the|this) post)? of(?: the)?) ){0,4}"
)
_SHOW = (
    r"(?:shows?|exhibits?|displays?|demonstrates?|indicates?|reveals?|presents?|reflects?|contains?|has"
    r"|have)"
)
_PLAIN_SHOW = r"(?:show|exhibit|display|demonstrate|indicate|reveal|present|reflect|contain|have)"
_BARE_SHOW = (
    r"(?:show|exhibit|display|demonstrate|indicate|reveal|present|reflect|contain|have|suggest|imply"
    r"|express|convey)"
)
_ING = (
    r"(?:suffering from|suffering|experiencing|struggling with|dealing with|battling|living with"
    r"|affected by|facing|under|going through)"
)
_NOT_DO = r"(?:do(?:es)?|did)(?: not|n't|nt)"
_NOT_BE = r"(?:(?:is|are)(?: not|n't|nt)|isnt|'s not|'re not|has not been|hasn't been)"
_FOUND = r"(?:is|are|can be|could be) (?:present|found|evident|seen|shown|visible|observed|detected)"
_TAIL_YES = re.compile(
    r"\s{0,3}(?:$|[.,;:!)\x00\"'—–]|- |(?:in|as|based|due|because|related|since|at|from|which|with|caused"
    r"|and|but|according|given|"
    r"right|now|here|stemming|resulting|so|that|while|although|despite|over|about|brought|after)\b)"
)
_TAIL_NO = re.compile(
    r"\s{0,3}(?:$|[.,;:!)\x00\"'—–]|- |(?:in|or|nor|based|at|but|and|as|according|given|since"
    r"|because(?! of)|within|here|from)\b)"
)
_STRONG = re.compile(
    r"\b(?:significant|severe|serious|clinical|clinically|major|chronic|considerable|high|extreme|intense"
    r"|deep|strong|great|immense"
    r"|tremendous|elevated|very|extremely|severely|highly|deeply|quite|so|lot)\b"
)
"""What an affirmation may add and a denial may not: "unlikely that ... severe stress" leaves room for stress."""
_RESTRICTED = re.compile(r"(?:,)?\s?or\b")


@dataclass(frozen=True)
class _Patterns:
    yes: re.Pattern[str]
    no: re.Pattern[str]
    words: tuple[str, ...]


def statements(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Every place where a yes/no task's concept is affirmed or denied."""
    patterns = _patterns(lexicon)
    for affirmed, pattern, tail in ((True, patterns.yes, _TAIL_YES), (False, patterns.no, _TAIL_NO)):
        for match in passage.matches(pattern, patterns.words, 250, 60):
            answer = _answer(passage, match, affirmed=affirmed, tail=tail)
            if answer is not None:
                yield Statement(frozenset({answer}), match.start(), match.end(), verdict=False)


def _answer(passage: Passage, match: re.Match[str], *, affirmed: bool, tail: re.Pattern[str]) -> str | None:
    around = scope(passage, match.start(), match.end())
    denied = around is Scope.DENIED
    ends = _TAIL_NO if denied else tail
    if around is Scope.OPEN or ends.match(passage.spoken, match.end()) is None:
        return None
    if affirmed and not denied and _RESTRICTED.match(passage.spoken, match.end()):
        return None
    if _PRONOUN.match(passage.spoken, match.start()) and not denied:
        return None
    if denied:
        return "no" if affirmed and not _STRONG.search(match.group()) else None
    return "yes" if affirmed else "no"


@lru_cache(maxsize=512)
def _patterns(lexicon: Lexicon) -> _Patterns:
    """The patterns of affirmation and denial; `lexicon` is hashed by identity."""
    concepts = lexicon.concepts
    what = _any_of(concepts)
    golds = {name: _golds(lexicon, name) for name in ("yes", "no")}
    words = tuple(dict.fromkeys(max(phrase.split(), key=len) for phrase in (*concepts, *lexicon.adjectives)))
    literal = (text for texts in golds.values() for text in texts)
    words += tuple(text.split()[-1] for text in literal if not any(word in text for word in words))
    yes = [
        rf"{_WHO} (?:{'|'.join(_having(lexicon, what) + _being(lexicon))})",
        rf"{_WHAT} {_SURE}(?:does (?:clearly |indeed )?{_PLAIN_SHOW}|{_SHOW}) {_more(lexicon)}{what}",
        *_existence(lexicon, what),
        *(re.escape(text) + r"(?!\w)" for text in golds["yes"]),
    ]
    no = [
        rf"{_WHO} (?:{'|'.join(_not_having(what) + _not_being(lexicon))})",
        rf"{_WHAT} (?:{_NOT_DO} {_PLAINLY}{_BARE_SHOW}|{_SHOW} no|lacks|fails to show) {_ANY}{what}",
        rf"there (?:(?:is|are) (?:no|not any)|isn't|aren't) {_ANY}{what}",
        rf"no (?:clear |direct )?(?:signs?|indications?|evidence|indicators?|symptoms) of (?:(?:any|the"
        rf"|ongoing) )?{what} {_FOUND}",
        *_absence(lexicon, what),
        *(re.escape(text) + r"(?!\w)" for text in golds["no"]),
    ]
    return _Patterns(_from_word_start(yes), _from_word_start(no), words)


def _from_word_start(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w'])(?:" + "|".join(patterns) + ")")


def _having(lexicon: Lexicon, what: str) -> list[str]:
    more = _more(lexicon)
    return [
        rf"{_SURE}(?:(?:do|does) (?:clearly |indeed )?)?(?:suffers? from|experiences?|has|have"
        rf"|struggles? with) {more}{what}",
        rf"(?:is|are|has been|have been) {_SURE}{_ING} {more}{what}",
    ]


def _not_having(what: str) -> list[str]:
    return [
        rf"{_NOT_DO} {_PLAINLY}(?:be )?(?:suffer from|have|experience|struggle with|{_ING}) {_ANY}{what}",
        rf"{_NOT_BE} {_PLAINLY}{_ING} {_ANY}{what}",
        rf"(?:shows?|exhibits?|displays?|has|have|experiences?) no {_ANY}{what}",
    ]


def _being(lexicon: Lexicon) -> list[str]:
    """A poster "is stressed"; "feels lonely" counts only where the task asks what the poster feels."""
    if not lexicon.adjectives:
        return []
    verb = "(?:is|are|feels?)" if "feel" in lexicon.question else "(?:is|are)"
    return [rf"{verb} {_SURE}(?:(?:very|extremely|severely|highly|deeply|quite|so) )?{_any_of(lexicon.adjectives)}"]


def _not_being(lexicon: Lexicon) -> list[str]:
    if not lexicon.adjectives:
        return []
    verb = rf"(?:{_NOT_BE}|{_NOT_DO} (?:seem|appear|feel)(?: to be)?)"
    return [rf"{verb} {_PLAINLY}{_any_of(lexicon.adjectives)}"]


def _any_of(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in words) + r")(?![\w-])"


def _more(lexicon: Lexicon) -> str:
    """What may strengthen the concept; "emotional" does so for stress, and names another dimension of wellness."""
    return _MORE if _wide(lexicon) else _MORE.replace("both", "both|emotional|psychological|mental")


def _wide(lexicon: Lexicon) -> bool:
    """Whether the concept is something that a post has (a risk, a dimension), not something its poster suffers from."""
    return any("risk" in concept or "wellness" in concept for concept in lexicon.concepts)


def _existence(lexicon: Lexicon, what: str) -> list[str]:
    if not _wide(lexicon):
        return []
    there = (
        r"(?:exists?|comes? up|is (?:clearly )?(?:present|evident|reflected|shown|indicated|apparent"
        r"|demonstrated))"
    )
    return [
        rf"(?:(?:the|this|that|a|an) (?:clear )?|(?<=^)|(?<=[.\n,;] )){what}(?: (?:clearly|indeed"
        rf"|does))? {there}",
        rf"there (?:is|exists) {_SURE}{_MORE}(?:evidence of (?:a |the )?)?{what}",
        rf"{_WHO} (?:is|are) {_SURE}at {_MORE}{what}",
    ]


def _absence(lexicon: Lexicon, what: str) -> list[str]:
    if not _wide(lexicon):
        return []
    gone = (
        r"(?:(?:does not|doesn't|do not) (?:actually |clearly )?(?:exist|come up|appear)"
        r"|(?:is not|isn't) (?:clearly )?(?:present|evident|reflected|shown|indicated|apparent|found"
        r"|demonstrated)|is (?:absent|missing|lacking))"
    )
    return [
        rf"(?:(?:the|this|that|a|an|any) |(?<=^)|(?<=[.\n,;] )){what} {gone}",
        rf"{_WHO} {_NOT_BE} {_PLAINLY}at {_ANY}{what}",
    ]


def _golds(lexicon: Lexicon, name: str) -> list[str]:
    """The declared label sentences without their opening yes or no."""
    golds = [fold(text).rstrip(". ").removeprefix(f"{name}, ") for text in lexicon.task.label(name).gold]
    return [gold for gold in golds if len(gold.split()) > 2]
