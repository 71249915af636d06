r"""Statements of a yes/no task about the matter itself: "the post does not show this risk", "the
poster is stressed".

Somebody or something must be said to have, show or be it: the poster (never a friend), the post,
or, for a dimension or risk, its existence. What is affirmed or denied must be the task's concept
itself:

- An affirmation may strengthen it ("suffers from severe depression"), not weaken or surround it:
  "signs of depression", "symptoms commonly associated with depression" and "some stress" only lean.
- A denial may widen it ("no signs of stress", "no ongoing stress", "does not show any risk of
  ..."), not narrow it: "no strong signs of severe depression" and "no explicit mention of stress"
  leave room for a yes. "No indication of ongoing stress" denies the concept, "no indication of
  ongoing emotional distress" denies something else.

Verbs are as strict: "shows", "indicates" and "demonstrates" state; "suggests", "aligns with", "may
contribute to" and "is indicative of" lean. They match only in the plain present, so a "may be" in
between is no statement. Pronouns count only where a denial or a finding leads in ("no indication
that they suffer from ...", "the tone shows that they suffer from ..."), where a denial goes on
about the poster ("while the poster is sad, they do not suffer from ..."), or where the output has
named nobody but the poster before ("the poster laughs it off, but they are stressed"): elsewhere
"they" may be anyone.
"Does not appear to suffer" denies, "appears to suffer" leans, as argued in `scope`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scoring.extraction.finding import Statement
from scoring.extraction.folding import fold
from scoring.extraction.lexicon import FEELINGS, Lexicon
from scoring.extraction.passage import Passage
from scoring.extraction.scope import Scope, excepts, scope
from scoring.extraction.vocabulary import WORDS

_NOUN = (
    r"(?:original"
    r" )?(?:poster|author|user|writer|individual|person|op|speaker|patient|sender|texter)"
)
_WHO = (
    rf"(?:they|he|she|(?!that op\b)(?:the|this|that) {_NOUN}(?: (?:of|behind|who (?:wrote|posted"
    rf"|made))"
    r" (?:this|(?:the|this|these)"
    r" (?:post|text|message|tweet)s?))?(?:, who [^,.\x00]{1,80},)?(?:"
    r" (?:themsel(?:ves|f)|himself|herself))?|poster|op)"
)
_PRONOUN = re.compile(r"(?:they|he|she)\b")
_TELLING = re.compile(r"\b(?:indicat\w{1,3}|shows?|demonstrates?|reveals?|clear|evident) that $")
_WHAT = (
    r"(?:(?:the|this|that) (?:(?:user|poster|author|individual)'s )?"
    rf"(?:post|text|message|tweets?|content|narrative|statement|{_NOUN})|it|poster|post)"
)
_SURE = (
    r"(?:(?:currently|actually|indeed|clearly|definitely|certainly|really|truly|also|still|presently"
    r"|obviously|undoubtedly|plainly|evidently|unmistakably|visibly|very much|in fact|explicitly"
    r"|strongly|therefore|thus) )?"
)
_PLAINLY = (
    r"(?:(?:currently|actually|really|truly|in fact|at all|therefore|thus|seem to|appear to) ){0,2}"
)
_MORE = (
    r"(?:(?:from|a|an|the|this|presence of|existence of|significant|severe"
    r"|serious|clinical|major|chronic|ongoing|current|constant|persistent|daily|enormous|acute"
    r"|considerable|high|extreme|"
    r"intense|deep|strong|clear|great|immense|tremendous|elevated|both|lot of|deal of|high"
    r" levels of|"
    r"(?:significant |severe |great |considerable |extreme )?(?:levels?|degree|amounts?) of) ){0,4}"
)
_ANY = (
    r"(?:from )?(?:(?:any|the|this|a|an|such|clear|direct|explicit|obvious|definite|specific"
    r"|ongoing|current|currently|kind of|form of|type of|"
    r"(?:signs?|indications?|indicators?|evidence|symptoms?|suggestion|presence|existence)(?: or"
    r" (?:signs?"
    r"|indications?|symptoms?|evidence))?"
    r"(?: in (?:the|this) post)? of(?: the)?) ){0,4}"
)
_SHOW = (
    r"(?:shows?|exhibits?|displays?|demonstrates?|indicates?|reveals?|presents?|reflects?|contains?|includes?|has"
    r"|have)"
)
_PLAIN_SHOW = r"(?:show|exhibit|display|demonstrate|indicate|reveal|present|reflect|contain|have)"
_BARE_SHOW = (
    r"(?:show|exhibit|display|demonstrate|indicate|reveal|present|reflect|contain|have|suggest|imply"
    r"|express|convey)"
)
_ING = (
    r"(?:suffering from|suffering|experiencing|struggling with|dealing with|battling|living with"
    r"|affected by|facing|under|going through|exhibiting|displaying)"
)
_NOT_DO = r"(?:do(?:es)?|did)(?: not|n't|nt)"
_NOT_BE = r"(?:(?:is|are)(?: not|n't|nt)|isnt|'s not|'re not|has not been|hasn't been)"
_IN_NO_WAY = r"(?:anything but|by no means|in no way|not in the least|no longer)"
_MODAL = r"(?:may|might|could|would|can|cannot|should|do|did|seem|appear|not|never|hardly)\b"
_NEGATIVE = (
    "no",
    "neither",
    "n't",
    "nt ",
    "lack",
    "fail",
    "absent",
    "missing",
    "anything but",
    "without",
)
"""No denial without one of them, but for the declared sentences."""
_FOUND = (
    r"(?:is|are|can be|could be) (?:present|found|evident|seen|shown|visible|observed|detected)"
)
_FOUND_HERE = r"(?:detected|found|present|evident|identified|observed|seen|shown|indicated)"
_SUBJECT = re.compile(
    r"\b(?:although|though|while|since|because|as) (?:the|this)"
    rf" {_NOUN}\b(?!')[^.;:\n\x00]{{1,200}}, $"
)
"""A clause about the poster, whom the pronoun after it takes up."""
_THEY = re.compile(r"they\b")
_ADVERB = r"(?:\w{2,12}ly|never|also|still|often|once|at first|only)"
_ABOUT_THE_POSTER = re.compile(
    rf"\W{{0,8}}(?P<concedes>(?:although|though|even though|while|whereas|at first (?:glance"
    rf"|sight),?) )?"
    rf"(?:in (?:this|the) (?:post|text|message),? )?(?:(?:the|this|that) {_NOUN}|op)"
    rf" (?:{_ADVERB} )?\w{{2,20}}(?P<rest>[^\x00]{{0,160}}?)"
    r"(?P<turn>[,;.:—–] (?:but|yet|still|however|even so|nonetheless|nevertheless|overall"
    r"|all the same|in the end|in fact|in truth)\b,?)?[, ]{1,3}"
)
"""What an output begins with that has spoken of the poster, and turns: "they" is still the poster.
"""
_LEADS_IN = re.compile(
    r"\W{0,8}(?:(?:overall|so|thus|therefore|hence|yes|no|in short|in conclusion|to sum up)\b,? )?"
    r"(?:(?:my (?:answer|verdict|conclusion|assessment) is|i (?:think|believe"
    r"|conclude)) (?:that )?)?"
)
_OTHERS = re.compile(
    r"\b(?:(?:" + "|".join(WORDS["people"]["others"]) + r")\b"
    r"|(?!(?:this|is|was|has|does|as|its|his|always|thus|seems|says|perhaps|besides|sometimes)\b)"
    r"\w+[^\Wsu]s\b"
    r"|(?:an?|the|another|one|th(?:is|at)|their|his|her|my) (?:\w{1,20} )?\w+(?:er|or|ist|ian|ee"
    r"|ent|ant)\b)"
)
"""Whom "they" may be besides the poster: people and animals, anything in the plural, and what is
called as those are who do a thing. What only sounds so ("papers") costs a reading, and cannot make
one wrong.
"""
_NAME = re.compile(r"(?<=[\w,] )(?!I\b|OP\b)[A-Z]\w*")
_NEAR = 240
"""In characters: how far from its beginning an output is known to have named nobody else."""
_CLAUSE_START = r"(?:(?<=^)|(?<=[.\n,;:] ))"
_IN_POST = r"(?:(?:in|from|about|within) (?:the|this) (?:post|text|message|tweet)|here)"
_TAIL_YES = re.compile(
    r"\s{0,3}(?:$|[.,;:!)\x00\"'—–]|-"
    r" |(?:in|as|based|due|because|related|since|at|from|which|with|caused"
    r"|and|but|according|given|"
    r"right|now|here|through|throughout|by|when|whenever|ever|every|each|these|where|during|for"
    r"|stemming|resulting|so|that|while|although|despite|over|about|brought|after)\b)"
)
_TAIL_NO = re.compile(
    r"\s{0,3}(?:$|[.,;:!)\x00\"'—–](?! (?:yet|at least|except|apart|other than))|- "
    r"|(?:in|within|from) (?:the|this|that|these|any|their|his|her) (?:\w+'s |given |original |provided )?"
    r"(?:posts?|texts?|messages?|tweets?|content|narrative|statements?|poster|author|user|individual"
    r"|person|writer|case|query|passage|entry|words|language|situation|writing|question)\b"
    r"|in (?:what|it|general|this)\b|at (?:all|this|the (?:moment|time)|present)\b"
    r"|as (?:the|they|there|it|he|she|this|shown|evidenced|indicated|such|no|their|a result)\b"
    r"|but\b(?! (?:very|extremely|only|also)\b)"
    r"|(?:or|nor|based|and|according|given|since|because(?! of)|here|whatsoever|currently|to be (?:found|seen)"
    r"|of any)\b|(?:about|by|over) any\b)"
)
_STRONG = re.compile(
    r"\b(?:significant|severe|serious|clinical|clinically|major|chronic|considerable|high|extreme|intense"
    r"|deep|strong|great|immense"
    r"|constant|persistent|daily|enormous|acute|tremendous|elevated|very|extremely|severely"
    r"|highly|deeply|quite|so|lot)\b"
)
"""What an affirmation may add and a denial may not: "unlikely that ... severe stress" leaves room
for stress.
"""
_RESTRICTED = re.compile(r"(?:,)?\s?or\b")


@dataclass(frozen=True)
class _Patterns:
    yes: re.Pattern[str]
    no: re.Pattern[str]
    words: tuple[str, ...]
    negative: tuple[str, ...]


def statements(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield every place where a yes/no task's concept is affirmed or denied."""
    patterns = _patterns(lexicon)
    regions = passage.regions(patterns.words, 250, 60)
    negated = [
        region
        for region in regions
        if any(passage.spoken.find(word, *region) >= 0 for word in patterns.negative)
    ]
    tried = ((True, patterns.yes, _TAIL_YES, regions), (False, patterns.no, _TAIL_NO, negated))
    for affirmed, pattern, tail, places in tried:
        for match in passage.matches(pattern, places):
            answer = _answer(passage, match, affirmed=affirmed, tail=tail)
            if answer is not None:
                yield Statement(frozenset({answer}), match.start(), match.end(), verdict=False)


def _answer(
    passage: Passage, match: re.Match[str], *, affirmed: bool, tail: re.Pattern[str]
) -> str | None:
    around = scope(passage, match.start(), match.end())
    denied = around is Scope.DENIED
    ends = _TAIL_NO if denied else tail
    if around is Scope.OPEN or ends.match(passage.spoken, match.end()) is None:
        return None
    if denied == affirmed and excepts(passage, match.end()):
        return None
    if affirmed and not denied and _RESTRICTED.match(passage.spoken, match.end()):
        return None
    if (
        _PRONOUN.match(passage.spoken, match.start())
        and not denied
        and _anyone(passage, match.start(), affirmed)
    ):
        return None
    if denied:
        return "no" if affirmed and not _STRONG.search(match.group()) else None
    return "yes" if affirmed else "no"


def _anyone(passage: Passage, start: int, affirmed: bool) -> bool:
    """Return whether the pronoun at `start` may stand for another than the poster."""
    text = passage.spoken
    if _TELLING.search(text, max(0, start - 24), start) is not None:
        return False
    if _THEY.match(text, start) is not None and _only_the_poster(passage, start):
        return False
    return affirmed or _SUBJECT.search(text, max(0, start - 240), start) is None


def _only_the_poster(passage: Passage, start: int) -> bool:
    """Return whether nobody but the poster is spoken of before `start`.

    Nothing stands there, or a clause about the poster that "they" takes up with a turn.
    """
    text = passage.spoken
    if start > _NEAR:
        return False
    if _LEADS_IN.fullmatch(text, 0, start) is not None:
        return True
    clause = _ABOUT_THE_POSTER.fullmatch(text, 0, start)
    return (
        clause is not None
        and (clause["concedes"] or clause["turn"]) is not None
        and _OTHERS.search(clause["rest"]) is None
        and _NAME.search(passage.shown, 0, start) is None
    )


@lru_cache(maxsize=512)
def _patterns(lexicon: Lexicon) -> _Patterns:
    """Return the patterns of affirmation and denial; `lexicon` is hashed by identity."""
    concepts = lexicon.concepts
    what = _any_of(concepts)
    golds = {name: _golds(lexicon, name) for name in ("yes", "no")}
    words = tuple(
        dict.fromkeys(
            max(reversed(phrase.split()), key=len)
            for phrase in (*concepts, *lexicon.adjectives, *lexicon.deeds)
        )
    )
    literal = (text for texts in golds.values() for text in texts)
    words += tuple(text.split()[-1] for text in literal if not any(word in text for word in words))
    yes = [
        rf"{_WHO} (?:{'|'.join(_having(lexicon, what) + _being(lexicon) + _wanting(lexicon))})",
        rf"they're {_SURE}(?:{'|'.join(_under(lexicon, what) + _called(lexicon))})",
        *(rf"this is {_SURE}{person}" for person in _one(lexicon)),
        (
            rf"{_WHAT} {_SURE}(?:does (?:clearly |indeed )?{_PLAIN_SHOW}|{_SHOW})"
            rf" {_more(lexicon)}{what}"
        ),
        *_existence(lexicon, what),
        *(re.escape(text) + r"(?!\w)" for text in golds["yes"]),
    ]
    no = [
        rf"{_WHO} (?:{'|'.join(_not_having(what) + _not_being(lexicon) + _not_wanting(lexicon))})",
        (
            rf"{_WHAT} (?:{_NOT_DO} {_PLAINLY}{_touched(lexicon)}|{_SHOW} no|lacks|fails to show)"
            rf" {_ANY}{what}"
        ),
        *(_signs_of_being(lexicon) if lexicon.adjectives else ()),
        *(rf"this {_NOT_BE} {person}" for person in _one(lexicon)),
        rf"there(?:(?: is| are|'s) (?:no|not any)| isn't| aren't) {_ANY}{what}",
        rf"no {_ANY}{what} {_FOUND}",
        *_nothing_of(what),
        rf"(?:{_WHAT} {_SHOW}|{_WHO} (?:suffers? from|has|have|experiences?)) neither"
        rf" (?:{_ANY}[\w' -]{{1,40}}? nor )?{_ANY}{what}",
        *_absence(lexicon, what),
        *(re.escape(text) + r"(?!\w)" for text in golds["no"]),
    ]
    return _Patterns(_from_word_start(yes), _from_word_start(no), words, (*_NEGATIVE, *golds["no"]))


def _from_word_start(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w'])(?:" + "|".join(patterns) + ")")


def _having(lexicon: Lexicon, what: str) -> list[str]:
    more = _more(lexicon)
    return [
        rf"{_SURE}(?:(?:do|does) (?:clearly |indeed )?)?(?:suffers? from|experiences?|has|have"
        rf"|struggles? with|deals? with|lives? with|battles?(?: with)?|exhibits?"
        rf"|displays?) {more}{what}",
        rf"(?:is|are|has been|have been) {_SURE}(?:{'|'.join(_under(lexicon, what))})",
    ]


def _under(lexicon: Lexicon, what: str) -> list[str]:
    return [rf"{_ING} {_more(lexicon)}{what}"]


def _not_having(what: str) -> list[str]:
    return [
        (
            rf"{_NOT_DO} {_PLAINLY}(?:be )?(?:suffer from|have|experience|struggle with|deal with"
            rf"|live with|battle|exhibit|display|show|{_ING})"
            rf" {_ANY}{what}"
        ),
        rf"{_NOT_BE} {_PLAINLY}{_ING} {_ANY}{what}",
        rf"(?:shows?|exhibits?|displays?|has|have|experiences?|express(?:es)?) no"
        rf" {_ANY}{what}",
        rf"(?:is|are) (?:clearly |completely |entirely )?free (?:of|from) {_ANY}{what}",
        rf"{_IN_NO_WAY} (?:suffers? from|experiences?|has|have|shows?) {_ANY}{what}",
    ]


def _nothing_of(what: str) -> list[str]:
    """Match "Nothing in the post suggests stress", "I see no stress", "No stress here"."""
    somewhere = rf"(?: {_IN_POST})?"
    return [
        rf"neither {_WHO} nor [\w' ]{{2,30}} (?:suffers? from|has|have|experiences?) {_ANY}{what}",
        rf"without (?:any |a |the )?(?:signs?|traces?|indications?|evidence|hints?) of {_ANY}{what}",
        rf"nothing{somewhere} (?:that )?"
        rf"(?:suggests?|indicates?|shows?|points? to|hints? at) {_ANY}{what}",
        rf"(?:(?:there is|there's|i see|i find) )?nothing{somewhere} to (?:suggest|indicate|show"
        rf"|support) {_ANY}{what}",
        rf"(?:i|we) (?:can )?(?:see|find|detect|notice) no {_ANY}{what}",
        rf"no(?:(?<=^no)|(?<=[.\n,;:❌✅✔✓→•-] no)) {_ANY}{what} (?:{_FOUND_HERE} )?{_IN_POST}",
        rf"{_CLAUSE_START}{what} is (?:absent|not (?:present|evident|apparent))"
        rf"(?= {_IN_POST}|\s*[.,;]|$)",
    ]


def _being(lexicon: Lexicon) -> list[str]:
    """Return a poster "is stressed".

    "feels lonely" counts only where the concept is a feeling, or the task asks what the poster
    feels.
    """
    if not lexicon.adjectives:
        return []
    felt = "feel" in lexicon.question or not FEELINGS.isdisjoint(lexicon.concepts)
    verb = "(?:is|are|feels?|(?:is|are) feeling)" if felt else "(?:is|are)"
    return [rf"{verb} {_SURE}(?:{'|'.join(_called(lexicon))})"]


def _called(lexicon: Lexicon) -> list[str]:
    """Return what a poster is called who has it: "deeply lonely", "a lonely person"."""
    if not lexicon.adjectives:
        return []
    very = "(?:(?:very|extremely|severely|highly|deeply|quite|so) )?"
    return [very + _any_of(lexicon.adjectives), *_one(lexicon)]


def _one(lexicon: Lexicon) -> list[str]:
    """Return "a stressed person"."""
    called = lexicon.adjectives
    return [rf"an? (?:very |deeply )?{_any_of(called)} {_NOUN}"] if called else []


def _not_being(lexicon: Lexicon) -> list[str]:
    if not lexicon.adjectives:
        return []
    verb = rf"(?:{_NOT_BE}|{_NOT_DO} (?:seem|appear|feel)(?: to be)?|(?:is|are) {_IN_NO_WAY})"
    called = [_any_of(lexicon.adjectives), *_one(lexicon)]
    return [rf"{verb} {_PLAINLY}(?:{'|'.join(called)})"]


def _signs_of_being(lexicon: Lexicon) -> list[str]:
    """Match "The user shows no signs of being stressed"."""
    signs = (
        r"(?:any |clear |obvious )?(?:signs?|indications?|evidence|symptoms?) of (?:being|feeling)"
    )
    shown = rf"(?:(?:shows?|exhibits?|displays?) no|{_NOT_DO} (?:show|exhibit|display))"
    return [rf"(?:{_WHO}|{_WHAT}) {shown} {signs} {_any_of(lexicon.adjectives)}"]


def _wanting(lexicon: Lexicon) -> list[str]:
    return [rf"{_SURE}(?:wants?|intends?) to {_any_of(lexicon.deeds)}"] if lexicon.deeds else []


def _not_wanting(lexicon: Lexicon) -> list[str]:
    return (
        [rf"{_NOT_DO} {_PLAINLY}(?:want|intend) to {_any_of(lexicon.deeds)}"]
        if lexicon.deeds
        else []
    )


def _any_of(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in words) + r")(?![\w-])"


def _more(lexicon: Lexicon) -> str:
    """Return what may strengthen the concept.

    "emotional" does so for stress, and names another dimension of wellness.
    """
    return _MORE if lexicon.wide else _MORE.replace("both", "both|emotional|psychological|mental")


def _touched(lexicon: Lexicon) -> str:
    """Return what a post does not do that has no such dimension.

    One that does not address stress may still show it.
    """
    return (
        _BARE_SHOW.replace("show", "show|address|include|involve|touch on|concern|cover", 1)
        if lexicon.wide
        else _BARE_SHOW
    )


def _existence(lexicon: Lexicon, what: str) -> list[str]:
    if not lexicon.wide:
        return []
    existential = (
        r"(?:exists?|comes? up|is (?:clearly"
        r" )?(?:present|evident|reflected|shown|indicated|apparent"
        r"|demonstrated))"
    )
    return [
        rf"(?:(?:the|this|that|a|an) (?:clear )?|(?<=^)|(?<=[.\n,;] )){what}(?: (?:clearly|indeed"
        rf"|does))? {existential}",
        r"(?:(?:(?<=, )|(?<=, further )|(?<=, clearly )|(?<=, thus"
        r" ))(?:indicat|demonstrat|reflect|reveal)ing"
        rf"|(?:this|which|these(?: (?!{_MODAL})\w{{1,20}}){{0,2}})"
        r"(?: also| further| clearly)? (?:indicate|demonstrate|show|reflect|reveal)s?)"
        rf" {_MORE}{what}",
        rf"there (?:is|exists) {_SURE}{_MORE}(?:evidence of (?:a |the )?)?{what}",
        rf"{_WHO} (?:is|are) {_SURE}at {_MORE}{what}",
    ]


def _absence(lexicon: Lexicon, what: str) -> list[str]:
    if not lexicon.wide:
        return []
    gone = (
        r"(?:(?:does not|doesn't|do not) (?:actually |clearly )?(?:exist|come up|appear)"
        r"|(?:is not|isn't) (?:clearly"
        r" )?(?:present|evident|reflected|shown|indicated|apparent|found|addressed|covered|visible"
        r"|touched (?:up)?on|demonstrated)|is (?:absent|missing|lacking))"
    )
    return [
        rf"(?:(?:the|this|that|a|an|any) |(?<=^)|(?<=[.\n,;] )){what} {gone}",
        rf"{_WHO} {_NOT_BE} {_PLAINLY}at {_ANY}{what}",
    ]


def _golds(lexicon: Lexicon, name: str) -> list[str]:
    """Return the declared label sentences without their opening yes or no."""
    golds = [
        fold(text).rstrip(". ").removeprefix(f"{name}, ") for text in lexicon.task.label(name).gold
    ]
    return [gold for gold in golds if len(gold.split()) > 2]
