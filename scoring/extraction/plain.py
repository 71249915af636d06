r"""Rule "plain-statement": a sentence of nothing but plain words around the task's concept or a
label, where no stricter rule finds anything.

"The post exhibits clear signs of stress", "The poster seems worn out and stressed", "The message is
about her health issues". `statement` knows phrases, and trusts them in texts of any length. This
rule knows words and no order: somebody or something is said to be, have or show it, and every word
between must stand in a list (`words.toml`, [plain]); one that does not ends the attempt. It counts
what a text says first, or all that a short one says, where the text nowhere doubts: a long one that
"shows some likeness to" a condition, and weighs, still states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scoring.extraction.finding import CONTRADICTORY, COPIED, SEVERAL, Finding, Statement
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.naming import topic_of
from scoring.extraction.passage import Passage
from scoring.extraction.scope import Scope, excepts, scope
from scoring.extraction.vocabulary import WORDS

NAME = "plain-statement"
STAGE = "statement"
_SHORT = 300
"""In characters: up to here every sentence counts, beyond it the first alone."""
_PERSON = (
    r"(?:poster|author|user|writer|individual|person|op|speaker|patient|sender|texter|narrator)"
)
_TEXT = r"(?:post|text(?: message)?|message|tweet|content|narrative|statement|sms|language|tone|wording|entry|case)"
_CLAUSE_START = r"(?:(?<=^)|(?<=[.\n,;:] )|(?<=\n))"
_SUBJECT = (
    rf"(?:(?:the|this|that) (?:original )?(?:{_PERSON}'s )?(?:{_PERSON}|{_TEXT})|it"
    rf"|{_CLAUSE_START}(?:{_PERSON}|{_TEXT}))"
)
_BY_SOMEONE = (
    rf"(?:the|this) {_TEXT} (?:comes|is|was)(?: written| sent| posted| made)? (?:from|by)"
    rf" (?:someone|somebody|an? {_PERSON})(?: who)?"
)
_ADVERB = "(?:" + "|".join(str(WORDS["plain"]["adverbs"]).split()) + ")"
_OTHER_WORD = (
    r"not (?:only|just|merely|simply)(?: (?:\w{1,20} ){1,3}?but(?: also)?)?"
    r"|not (?:\w{1,20},? ){1,3}?but(?: rather| instead)?"
    r"|\w{2,20}(?:ed|ing|ful|ous|less|out|down) and"
)
"""What else the poster is said to be: "worn out and stressed", "not sad but stressed"."""
_DOUBTS = re.compile(
    r"\b(?:however|although|though|unless|unclear|uncertain|unsure|insufficient|not enough"
    r"|(?:can ?not|can't) (?!be )|could|may|might|would|should|perhaps|maybe|possibl[ey]|yet|or"
    r"|probably|potential(?:ly)?|difficult|hard to|whether|if|likely)\b"
)
_NEGATIVE = re.compile(
    r"(?:\b(?:not(?! (?:only|just|merely|simply)\b| [\w, ]{1,60}? but\b)|no|never|without|neither"
    r"|lacks?|lacking|absence|free|devoid|clear (?:of|from)|cannot|can't)|n't)(?!\w)"
)
_NARROWED = re.compile(
    r"\b(?:very|so|too|that|strong|severe|significant|extreme|serious|heavy|deep|high|great|intense"
    r"|constant|much|considerable|lots?|somewhat|slight|mild|moderate|rather|quite|and"
    r"|\w+ly)\b"
)
"""What leaves room for a yes in a denial: "not very stressed"."""
_PLACE = (
    rf"(?:in|throughout|within|from) (?:the|this|that|their|his|her) (?:{_PERSON}'s )?(?:original )?"
    rf"(?:{_TEXT}|words|writing|description)"
)
_REASON = (
    r"(?:because|due to|based on|given|since|caused by|stemming from|as (?:shown|seen|evidenced"
    r"|indicated|they|the (?:poster|post|author|user)|it)\b)"
)
_TAIL_YES = re.compile(
    rf"\s{{0,3}}(?:$|[.;:!)\"'—–]|- |,? ?(?:{_REASON}|{_PLACE}|and\b|with (?:a|an|constant)\b"
    rf"|here\b|right now|at the moment|about\b|over\b)|, (?:which|who|they|so|from|having)\b)"
)
_TAIL_NO = re.compile(
    rf"\s{{0,3}}(?:$|[.;:!)\"'—–]|- |,? ?(?:{_PLACE}|at all\b|here\b(?! but)|since\b|given\b)|, (?:so|they)\b)"
)
_SIGN = re.compile(rf"\b(?:{'|'.join(str(WORDS['plain']['sign']).split())})\b")
_CLEAR = re.compile(
    r"\b(?:clear(?:ly)?|strong(?:ly)?|obvious(?:ly)?|evident|unmistakabl[ey]|visible|noticeable"
    r"|definite(?:ly)?|plain(?:ly)?|significant|severe|considerable|lots?|plenty|much|genuine|real)\b"
)
_LINKED = re.compile(r"\b(?:is|are|be|been|being|feels?|feeling|by|from)\b|n't\b")
"""What a word for the poster goes with: "shows clear signs of being stressed"."""
_ASKS = re.compile(
    r"\b(?:ask(?:s|ed)?|wonders?|whether|if|never|least|not|no|n't|most|expect|question|or)\b|\?"
    r"|^\W*(?:is|are|does|do|did|can|could|was|would|should|will)\b"
)
"""What a sentence says that makes a label after it an answer to something else."""
_MARKS = (". ", "! ", ": ")
_LEADS = re.compile(r"[\w)][.!)]$|(?:\w[\w',]{0,20} ){5}[^:\n]{0,12}:$")
"""What a last bare label follows: a sentence, or a clause too long for a field's name."""
_BEFORE, _LONGEST_LABEL = 120, 40
"""In characters."""
_SHOWN = (
    rf" (?:(?:is|are|can be|comes|shines|runs)(?:(?P<denied> not|n't)|(?: {_ADVERB}| very| quite))?"
    r" (?:present|evident|visible|apparent|obvious|clear|unmistakable|palpable|noticeable|there"
    r"|undeniable|through|out|seen|felt|found|recogni[sz]able|detectable|discernible)"
    r"|(?P<missing>can ?not|can't) be (?:found|seen|detected|identified|discerned|felt))\b"
)
_WHOSE = r"(?:(?:(?:the|their|his|her|this|a|an) )?(?:poster's |user's |author's |person's )?)"
_ABOUT = (
    r"(?:about|concerns?|concerned with|revolv(?:es|ing) around|cent(?:er|re)s (?:on|around)"
    r"|focus(?:es|ed) on|deals with|relates? to|related to|has to do with|pertains to|stems from"
    r"|caused by|rooted in|driven by|due to|comes from)"
)
_TROUBLED = (
    r"(?:(?:stressed|worried|anxious|upset|overwhelmed|troubled|distressed|frustrated|burdened"
    r"|concerned|preoccupied|struggling|depressed)(?: out)? (?:about|by|with|over|because of"
    r"|due to|from))"
)
_PUT = (
    r"(?:(?:put|place|file|sort|group|class|tag|mark|count|assign|label)(?:ed)?"
    r" (?:this|it|that|the post|the message|the text)(?: post| one| message| text)?"
    r" (?:as|under|into|in|with|to))"
)
_IS_IT = (
    r"(?:fits? (?:best|most)|is the best (?:fit|match)|applies(?: best| here)?|is behind"
    r" (?:it|this|the|their)|is to blame|is what (?:weighs on|drives|worries|bothers)"
    r" (?:the (?:poster|author|user|sender|writer)|them|him|her)"
    r"|is the (?:main |real |central |key |primary |biggest )?(?:issue|problem|culprit|driver"
    r"|theme|topic|concern|factor|matter)|is at the root|seems to be the (?:cause|problem|issue)"
    r"|(?:is causing|causes|drives) (?:the|this|their|his|her) (?:poster's )?(?:stress|depression"
    r"|distress))\b"
)


@dataclass(frozen=True)
class _Patterns:
    """How a task's plain sentences run.

    Attributes:
        words: One of them is in each.
        whole: A yes/no task's: the concept is in them.
        before: What a label is named after.
        after: What follows a label.
    """

    words: tuple[str, ...]
    whole: tuple[re.Pattern[str], ...] = ()
    before: tuple[re.Pattern[str], ...] = ()
    after: re.Pattern[str] | None = None


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the one label that plain sentences state; a reason where they state several."""
    doubts = _DOUBTS.search(passage.spoken) is not None
    stated = [] if doubts else list(_stated(passage, lexicon))
    stated += _last_sentence(passage, lexicon)
    if not stated:
        return None
    own = [each.labels for each in stated if not passage.copied(each.start, each.end)]
    if not own:
        return Finding(None, COPIED)
    every = frozenset().union(*own)
    if len(every) == 1:
        return Finding(next(iter(every)), None)
    return Finding(None, CONTRADICTORY if lexicon.yes_no else SEVERAL)


def _stated(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield what plain sentences state, where they count."""
    patterns = _patterns(lexicon)
    text = passage.spoken
    end = len(text) if len(text) <= _SHORT else passage.sentence(0).end
    region = [(0, end)]
    if not any(text.find(word, 0, end) >= 0 for word in patterns.words):
        return
    for pattern in patterns.whole:
        for match in passage.matches(pattern, region):
            if (answer := _answer(passage, match)) is not None:
                yield Statement(frozenset({answer}), *match.span(), verdict=False)
    yield from _labels(passage, lexicon, patterns, region)


def _last_sentence(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield a label that is all of the last sentence: "They cannot sleep. Yes."."""
    text = passage.spoken.rstrip(" .!\n")
    start = max(text.rfind(mark) for mark in _MARKS) + 1
    if start <= 0 or len(text) - start > _LONGEST_LABEL:
        return
    label = lexicon.whole(text[start:])
    if label is None:
        return
    lead = text[passage.sentence(start - 3).start : start] if start > 3 else ""
    leads = _LEADS.search(lead[-_BEFORE:]) is not None and _ASKS.search(lead) is None
    if leads and lexicon.whole(lead) is None:
        yield Statement(frozenset({label}), start, len(text))


def _answer(passage: Passage, match: re.Match[str]) -> str | None:
    """Return yes or no as a match states it.

    None where its negations or what stands around it leave it open.
    """
    said = match.groupdict()
    denials = [denial.end() for denial in _NEGATIVE.finditer(said["between"])]
    denials += [len(said["between"]) for name in ("denied", "missing") if said.get(name)]
    if said.get("adjective") and not _LINKED.search(said["between"]):
        return None
    if len(denials) > 1 or scope(passage, *match.span()) is not Scope.ASSERTED:
        return None
    if denials and excepts(passage, match.end()):
        return None
    tail = _TAIL_NO if denials else _TAIL_YES
    if tail.match(passage.spoken, match.end()) is None and not _only_one_of(passage, match):
        return None
    if denials:
        return None if _NARROWED.search(said["between"], denials[0]) is not None else "no"
    return "yes" if _clear(said["between"]) else None


def _only_one_of(passage: Passage, match: re.Match[str]) -> bool:
    """Return whether it goes on as it began: "not only stressed but worn out"."""
    begun = "not only" in match["between"] or "not just" in match["between"]
    return begun and passage.spoken.startswith(" but ", match.end())


def _clear(between: str) -> bool:
    """Return whether what is said is more than "shows signs of"."""
    return _SIGN.search(between) is None or _CLEAR.search(between) is not None


def _labels(
    passage: Passage, lexicon: Lexicon, patterns: _Patterns, region: Sequence[tuple[int, int]]
) -> Iterator[Statement]:
    for pattern in patterns.before:
        for match in passage.matches(pattern, region):
            named = lexicon.named(passage, match.end())
            if named is not None and _holds(passage, match, named.end):
                yield Statement(named.labels, match.start(), named.end)
    for match in passage.matches(patterns.after, region) if patterns.after is not None else ():
        labels = lexicon.enumerated(match["label"])
        if labels and _holds(passage, match, match.end()):
            yield Statement(labels, *match.span())


def _holds(passage: Passage, match: re.Match[str], end: int) -> bool:
    said = match.groupdict()
    denied = said.get("denied") or said.get("missing") or _NEGATIVE.search(said["between"] or "")
    if _TAIL_YES.match(passage.spoken, end) is None:
        return False
    clear = _clear(said["between"] or "")
    return clear and not denied and scope(passage, match.start(), end) is Scope.ASSERTED


@lru_cache(maxsize=512)
def _patterns(lexicon: Lexicon) -> _Patterns:
    """Return the patterns that hold the task's own words; `lexicon` is hashed by identity."""
    lists = {name: str(words).split() for name, words in WORDS["plain"].items()}
    lists["show"] += lists["touch"] if lexicon.wide else []
    mind = [] if lexicon.wide else lists["mind"]
    around = [*lists["around"], *lists["sign"], *mind, *lists["negative"]]
    called = _words([*lists["link"], *around])
    any_word = _words([*lists["link"], *lists["have"], *lists["show"], *around])
    if lexicon.yes_no:
        return _of_concept(lexicon, any_word, _words(around))
    words = tuple(dict.fromkeys(word.split()[-1] for word in lexicon.terms))
    if "cause" in lexicon.question:
        return _of_causes(lexicon, called, words)
    term = rf"(?={lexicon.term})"
    verbs = "|".join((*lists["link"], *lists["have"], *lists["show"]))
    return _Patterns(
        words,
        before=_compiled(
            rf"(?:{_SUBJECT}|{_BY_SOMEONE}) (?=(?:[\w']+ ){{0,6}}(?:{verbs})\b)"
            rf"(?P<between>{any_word}){term}"
        ),
        after=_compiled(
            rf"{_CLAUSE_START}(?P<between>{_words(around)})(?P<label>{lexicon.term}){_SHOWN}"
        )[0],
    )


def _of_concept(lexicon: Lexicon, any_word: str, around: str) -> _Patterns:
    named = (concept for concept in lexicon.concepts if concept != "dimension")
    what = "(?:" + "|".join(map(re.escape, named)) + r")(?![\w-])"
    whole = [
        rf"(?:{_SUBJECT}|{_BY_SOMEONE}|there) (?P<between>{any_word}){what}",
        rf"{_CLAUSE_START}(?P<between>{around}){what}{_SHOWN}",
    ]
    if lexicon.adjectives:
        adjective = "(?:" + "|".join(map(re.escape, lexicon.adjectives)) + r")(?![\w-])"
        whole.append(
            rf"(?:{_SUBJECT}|{_BY_SOMEONE}) (?P<between>{any_word})(?P<adjective>{adjective})"
            rf"(?: {_PERSON})?"
        )
    return _Patterns((*lexicon.concepts, *lexicon.adjectives), _compiled(*whole))


def _of_causes(lexicon: Lexicon, called: str, words: tuple[str, ...]) -> _Patterns:
    said = (
        rf"{_SUBJECT} (?P<between>{called})(?:{_ABOUT}|{_TROUBLED}) {_WHOSE}(?={lexicon.term})",
        rf"{_CLAUSE_START}(?P<between>){topic_of(lexicon)} (?:from|over|about|because of) {_WHOSE}",
        rf"(?<!\w)(?:i|we)(?P<between> would|'d| will|'ll)? {_PUT} {_WHOSE}",
    )
    after = rf"{_CLAUSE_START}(?P<between>{_WHOSE})(?P<label>{lexicon.term}) {_IS_IT}"
    return _Patterns(words, before=_compiled(*said), after=_compiled(after)[0])


def _words(words: Sequence[str]) -> str:
    """Return the pattern of any few of `words`, each with a space after it."""
    listed = "|".join(sorted(words, key=len, reverse=True))
    return rf"(?:(?:{listed}|{_ADVERB}|{_OTHER_WORD}) ){{0,12}}"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<![\w'])(?:{pattern})") for pattern in patterns)
