"""Statements that name a label: verdicts (`verdicts`) and the matter ("the cause is work").

The matter is what a task with several labels asks for: the cause of something, or a disorder, which
a post "shows symptoms of". There, a word that is no label says nothing. Merely mentioning a label
is no statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from scoring.extraction.finding import Statement
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage
from scoring.extraction.scope import BUT_FOR, Scope, scope
from scoring.extraction.verdicts import FIT, FIT_WORDS, NOUN, verdicts

_WHOSE = r"(?:(?:the|this|their|his|her|these) )?(?:(?:poster|person|individual|user|author)'s )?"
_LED = re.compile(
    r"""
    (?:^ | [.,;:!?\n(\x00"'—–-][ ]? | \s(?:that|the|their|his|her|so|hence|thus|therefore|because|since|as|but|and|think
      |believe|where|while|poster's|user's|author's|romantic|personal|interpersonal|poor|recent|ongoing) [ ]
      | ^(?:the|their|his|her|so|hence|thus|therefore|but|and) [ ] )$
    """,
    re.VERBOSE,
)
"""What may stand before a cause that is named by itself: "family relationships" is not the label
"relationships".
"""
_EXCEPT = re.compile(
    rf"\s{{1,2}}(?:(?:(?:in|of|from) (?:this|the) \w{{1,12}}|here|at all) )?(?:{BUT_FOR}|but)(?=\s)"
)
_ANOTHER_CAUSE = re.compile(
    r"\b(?:least(?: \w+)?|worst|second(?:ary)?|next|additional|indirect|rare|apparent|superficial"
    r"|another|other|minor|lesser|usual|former|previous|default|naive|expected|typical|common"
    r"|possible|alleged|supposed|so-called|initial|old|past|potential|further|frequent|one) $"
)
"""What makes a cause or a disorder another than the one that is asked for."""
_EXCEPTED = re.compile(rf"\s*{BUT_FOR}\b")
"""With what a sentence begins that denies no more than the rest."""
_NO_SIGN = re.compile(
    r"no (?:clear |direct |explicit )?(?:signs?|evidence|indications?|symptoms?|mention) of "
)
_FOUND_BEFORE = re.compile(
    r"(?:there(?: is| are|'s)|(?:(?:the|this) \w{1,12}|it)"
    r" (?:shows?|contains?|gives?|provides?|has)|i (?:see|find)) $"
)
# An output that loops says the same again, and every match is looked at with what surrounds it.
_ENOUGH = 20
_BLAME_WORDS = ("cause", "source", "reason", "stressor", "trigger", "root", " is what ")
_CAUSE_WORDS = (
    *_BLAME_WORDS,
    "due to",
    "down to",
    "what stress",
    "related to",
    "linked to",
    "rooted in",
    "attributed to",
    " from ",
)
_FELT_WORDS = (
    " is about ",
    "stressed",
    "overwhelmed",
    "distressed",
    "under stress",
    "pressure ",
    "depressed ",
)
_SUMMING_WORDS = (" i.e", ", that is", " namely")
_TIES = ("and", "or", "than", "not", "no", "of")
_ALSO = re.compile(r"\bnot (?:only|just) [^.;\n]{1,60} but (?:also )?$")
_MATTER_BE = (
    r"(?: is| are| lies in| comes from| stems from)(?:"
    r" (?:primarily|mainly|clearly|directly|largely|mostly|really|actually|simply"
    r"|therefore|more|most|best|closely|more closely|most closely|rather))?"
    r"(?: (?:related|linked|connected|tied|due|attributed) to| caused by| rooted in| that of)?"
    r"(?: (?:a |the |their )?(?:sense|feelings?) of)?"
)
_DUE = (
    r"(?: (?:is|are|being|was))?(?: (?:primarily|mainly|clearly|directly|largely|mostly))?"
    r" (?:caused by|due to|down to|related to|linked to|rooted in|attributed"
    r" to|(?:stems?|stemming|comes?|coming"
    r"|arises?|arising|results?|resulting) from)"
)
_THAT_IS = r"(?:i\.e\.,?|that is,|that is to say,?|namely,?) "
"""What comes before a label that sums up what was said in other words."""
_MAIN = r"(?:(?:main|primary|root|underlying|principal|major|biggest|key|only|actual|sole|clear|chief) )?"
_WHO = (
    r"(?:(?:the|this)"
    r" (?:poster|author|user|individual|person|writer|sender|texter)|they|he|she|poster|op)"
)
_BURDEN = (
    r"(?:(?:(?:a|an|the|their|his|her|his or her)"
    r" )?(?:heavy|high|excessive|ongoing|constant|increased|demanding|serious|recent"
    r"|growing|increasing|intense|severe) |(?:too much|so much|a lot of|lots of) )?"
)
_SHOWS = (
    r"(?<!\w)(?:(?:the|this)"
    r" (?:post|text|message|tweet|poster|author|user|individual|person)|it|poster"
    r"|post)"
    r" (?:clearly |also )?(?:shows?|exhibits?|displays?|demonstrates?|indicates?|reveals?|presents?"
    r"|reflects?)"
)
_SUFFERS = (
    r"(?<!\w)(?:the|this) (?:poster|author|user|individual|person|writer)(?: clearly| also)?"
    r" (?:suffers? from|has|experiences|is (?:clearly )?(?:suffering from|experiencing"
    r"|struggling with|dealing with|exhibiting|showing|displaying|demonstrating))"
)


@dataclass(frozen=True)
class _Patterns:
    judged: re.Pattern[str]
    blamed: re.Pattern[str] | None = None
    matter: re.Pattern[str] | None = None
    words: tuple[str, ...] = ()
    felt: re.Pattern[str] | None = None
    summed: re.Pattern[str] | None = None
    absent: re.Pattern[str] | None = None
    denied: tuple[str, ...] = ()
    none: str = ""


def statements(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield every place where a label is named as the answer."""
    patterns = _patterns(lexicon)
    yield from verdicts(passage, lexicon)
    judged = passage.matches(patterns.judged, passage.regions(FIT_WORDS, 80, 40))
    yield from _before(passage, lexicon, judged, verdict=True)
    if patterns.blamed is not None:
        blamed = passage.matches(patterns.blamed, passage.regions(_BLAME_WORDS, 100, 60))
        yield from _before(passage, lexicon, blamed, verdict=False)
    if patterns.matter is not None:
        regions = passage.regions(patterns.words, 160, 100)
        yield from _matters(passage, lexicon, passage.matches(patterns.matter, regions))
    if patterns.felt is not None:
        felt = passage.matches(patterns.felt, passage.regions(_FELT_WORDS, 60, 40))
        yield from _matters(passage, lexicon, felt)
    if patterns.summed is not None:
        summed = passage.matches(patterns.summed, passage.regions(_SUMMING_WORDS, 160, 12))
        yield from _matters(passage, lexicon, summed)
    if patterns.absent is not None:
        regions = passage.regions(patterns.denied, 100, 40)
        absent = passage.matches(patterns.absent, regions)
        yield from _absences(passage, lexicon, absent, patterns.none)
        yield from _none_of_all(passage, lexicon, patterns.none)


def _before(
    passage: Passage, lexicon: Lexicon, matches: Iterable[re.Match[str]], *, verdict: bool
) -> Iterator[Statement]:
    """Yield labels that stand before what is said of them.

    "making work the most suitable choice", "Work is the cause".

    A word that ties the label to another before it ("school and work", "lack of work") makes it no
    such statement.
    """
    for match in matches:
        start = match.start(match.lastindex or 0)
        words = passage.spoken[max(0, start - 12) : start].rstrip("\"' (").rsplit(" ", 1)[-1]
        if words in _TIES and start == match.start():
            continue
        if _ALSO.search(passage.spoken, max(0, start - 100), start) is not None:
            continue
        if not verdict and _LED.search(passage.spoken[max(0, start - 16) : start]) is None:
            continue
        named = lexicon.named(passage, start)
        if (
            named
            and scope(passage, match.start(), match.end(), reported=not verdict) is Scope.ASSERTED
        ):
            yield Statement(named.labels, match.start(), match.end(), verdict)


def _matters(
    passage: Passage, lexicon: Lexicon, matches: Iterable[re.Match[str]]
) -> Iterator[Statement]:
    for match in matches:
        named = lexicon.named(passage, match.end())
        lead = passage.spoken[max(0, match.start() - 40) : match.start()]
        if named and _ANOTHER_CAUSE.search(lead) is not None:
            continue
        if named and scope(passage, match.start(), named.end) is Scope.ASSERTED:
            yield Statement(named.labels, match.start(), named.end, verdict=False)


def _absences(
    passage: Passage, lexicon: Lexicon, matches: Iterable[re.Match[str]], none: str
) -> Iterator[Statement]:
    """Yield denials of the matter altogether; "no disorder except PTSD" is PTSD."""
    for match in matches:
        before = passage.spoken[passage.sentence(match.start()).start : match.start()]
        if (
            scope(passage, match.start(), match.end()) is not Scope.ASSERTED
            or _EXCEPTED.match(before) is not None
        ):
            continue
        besides = _EXCEPT.match(passage.spoken, match.end())
        if besides is None:
            yield Statement(frozenset({none}), match.start(), match.end(), verdict=False)
            continue
        named = lexicon.named(passage, besides.end())
        if named is not None:
            yield Statement(named.labels, match.start(), named.end, verdict=False)


def _none_of_all(passage: Passage, lexicon: Lexicon, none: str) -> Iterator[Statement]:
    """Yield a denial of every label by name: "no sign of depression, PTSD or suicide"."""
    every = frozenset(lexicon.task.label_names) - {none}
    for match in islice(_NO_SIGN.finditer(passage.spoken), _ENOUGH):
        if match.start() and passage.spoken[match.start() - 1].isalnum():
            continue
        named = lexicon.named(passage, match.end())
        if named is not None and named.labels == every:
            said = _FOUND_BEFORE.search(passage.spoken, max(0, match.start() - 40), match.start())
            start = said.start() if said is not None else match.start()
            if scope(passage, start, named.end) is Scope.ASSERTED:
                yield Statement(frozenset({none}), start, named.end, verdict=False)


@lru_cache(maxsize=512)
def _patterns(lexicon: Lexicon) -> _Patterns:
    """Return the patterns that hold the task's own words; `lexicon` is hashed by identity."""
    term = rf"(?<![\w-]){lexicon.term}"
    letter = r"(?<![\w'])([a-i])"
    first = rf"(?:{term}|{letter})[\"')]{{0,2}}"
    judged = (
        rf"{first} (?:(?:(?:seems?|appears?) to be|is|are|as|being|to be) )?the (?:most |best"
        rf" )?{FIT} {NOUN}(?!\w)"
        rf"|(?<!\w){NOUN}(?: of|:)? [\"'(]{{0,2}}(?:{term}|{letter})[\"')]{{0,2}} (?:is"
        rf"|would be) (?:the )?(?:most |more )?{FIT}(?!\w)"
    )
    if lexicon.yes_no:
        return _Patterns(re.compile(judged))
    topic, causes = topic_of(lexicon), "cause" in lexicon.question
    none, absent = _absent(lexicon)
    blamed = (
        rf"{term} (?:is|are) (?:(?:the|their|his|her|this poster's) {_MAIN}(?:{topic}"
        r" )?(?:cause|source|reason"
        rf"|stressor|trigger|root)(?!\w)(?! (?:of|for|behind) (?!{_WHOSE}{topic}|(?:this|the) ))"
        rf"|what (?:stresses|is stressing|causes|is causing|depresses) (?:{_WHO}|{_WHOSE}{topic}))"
    )
    return _Patterns(
        judged=re.compile(judged),
        blamed=re.compile(blamed) if causes else None,
        matter=re.compile(_cause(topic) if causes else _disorder(lexicon)),
        words=_CAUSE_WORDS
        if causes
        else tuple(dict.fromkeys(word.split()[-1] for word in lexicon.terms)),
        felt=re.compile(_felt(topic)) if causes else None,
        summed=re.compile(_summed(topic)) if causes else None,
        absent=re.compile(absent) if absent else None,
        denied=(
            "none of the",
            *dict.fromkeys(word.split()[-1] for word in lexicon.terms if word.startswith("no ")),
        ),
        none=none,
    )


def topic_of(lexicon: Lexicon) -> str:
    """Return what the causes are causes of, in the question's words: "stress"."""
    text = lexicon.question + " ".join(sentence for sentence, _ in lexicon.sentences)
    known = [
        word
        for word in ("stress", "depression", "low mood", "distress", "strain")
        if re.search(rf"\b{word}\b", text)
    ]
    return (
        "(?:" + "|".join([*known, "mental disorders?", "mental health (?:issues|problems)"]) + ")"
    )


def _cause(topic: str) -> str:
    head = (
        rf"{_MAIN}(?:{topic} )?(?:causes?|source|stressor|reason|trigger|roots?)(?: (?:of|for"
        rf"|behind) {_WHOSE}{topic})?"
    )
    place = (
        r"(?: here| (?:in|of|for|shown in|described in|expressed in|discussed in"
        r"|mentioned in) (?:this"
        r"|the) (?:post|situation|case|instance|message|poster|text))?"
    )
    return (
        rf"(?<!\w){head}{place}{_MATTER_BE} {_BURDEN}"
        rf"|(?<!\w){topic}{place}{_DUE} {_BURDEN}"
        rf"|(?<!\w)what (?:stresses|causes) (?:{_WHO}|{_WHOSE}{topic})"
        rf"(?: most| here)? is {_BURDEN}"
        rf"|(?<!\w){topic}{place} (?:is|are|does)(?: not|n't) [^.;\n]{{1,60}}?,? but (?:rather"
        r" |instead |mainly )?"
        rf"(?:caused |due |related |linked |come |stem )?(?:by|to|from|of) {_BURDEN}"
        rf"|{_SHOWS} (?:a |the )?{_MAIN}(?:{topic} |mental disorder )?causes?(?: of {topic})?"
        r" (?:related to"
        rf"|of|due to|is|:) "
    )


def _summed(topic: str) -> str:
    """Match "The cause is the breakup, i.e. relationship"."""
    return (
        rf"(?<!\w)(?:{_MAIN}(?:causes?|source|stressor|reason|trigger|roots?)(?: (?:of|for|behind)"
        rf" {_WHOSE}{topic})?{_MATTER_BE}|{topic}{_DUE}) [^.;:\n]{{1,80}}?,? {_THAT_IS}"
    )


def _felt(topic: str) -> str:
    """Match "The poster is stressed about work", "the message is about school stress"."""
    felt = (
        r"(?:is|are|feels?|seems)(?: (?:very|clearly|so|quite|extremely|really|currently))?"
        r" (?:stressed(?: out)?|under (?:a lot of"
        r" )?(?:stress|pressure)|depressed|overwhelmed|distressed)"
        r" (?:due to|because of|by|over|about|from)"
    )
    return (
        rf"(?<!\w){_WHO} {felt} {_BURDEN}"
        rf"|(?<!\w)(?:the|this) (?:post|text|message|tweet|sms) is (?:clearly |mainly |primarily"
        rf" )?about "
        rf"(?=(?:(?!no |without )[\w'-]+ ){{1,4}}{topic})"
    )


def _disorder(lexicon: Lexicon) -> str:
    more = (
        r"(?:(?:clear|strong|severe|significant|several|mental|disorder|health|a|an|the|level of)"
        r" ){0,4}"
    )
    signs = (
        r"(?:(?:symptoms?|signs?|indications?|tendenc(?:y|ies)) (?:of|related to|towards?|for) )?"
    )
    asked = (
        r"(?<!\w)(?:mental |(?:main|primary|predominant|dominant|likely) (?:mental )?)"
        r"(?:disorder|health condition|condition)(?: symptoms?)?(?:"
        r" (?:shown|displayed|exhibited"
        r"|present|expressed))?(?: (?:in|by) (?:this|the) (?:post|poster))? (?:is|are)"
        r" (?:related to "
        r"|that of |those of )?"
    )
    degree = (
        r"(?<!\w)(?:the|this) (?:poster|author|user|individual|person) is "
        rf"(?:at {more}(?={lexicon.term})|(?=\w+ly ))"
    )
    return rf"(?:{_SHOWS}|{_SUFFERS}) {more}{signs}{more}(?={lexicon.term})|{degree}|{asked}"


def _absent(lexicon: Lexicon) -> tuple[str, str | None]:
    """Return the label whose wordings deny the matter ("no causes of depression"), and the pattern
    of such a denial.
    """
    nouns: list[str] = []
    name = ""
    for word, label in lexicon.terms.items():
        if word.startswith("no ") and len(word.split()) > 1:
            nouns.append(re.escape(word.removeprefix("no ")))
            name = label
    if not nouns:
        return name, None
    noun = (
        "(?:"
        + "|".join(sorted(nouns, key=len, reverse=True))
        + r")(?![\w-])(?! (?:of|related|to|for|by|left|directly|explicitly|yet|diagnosed|right))"
    )
    subject = (
        r"(?<!\w)(?:(?:the|this)"
        r" (?:post|text|message|tweet|poster|author|user|individual|person)|it|poster"
        r"|post)"
    )
    vague = (
        r"(?:(?:any|a|the|of (?:the|these)|clear|obvious|signs? of|indications? of|evidence of|symptoms?"
        r" of|specific|particular|real) ){0,3}"
    )
    return name, (
        rf"{subject} (?:does not|doesn't|did not)"
        r" (?:show|exhibit|display|indicate|suggest|demonstrate|mention|state|give|name|specify"
        rf"|identify|provide|offer|reveal|have|contain|present) "
        rf"{vague}{noun}"
        rf"|{subject}"
        r" (?:shows?|exhibits?|displays?|indicates?|demonstrates?|reveals?|contains?|presents?"
        r"|states?|gives?|names?|mentions?|offers?|provides?|identifies|reports?"
        rf"|has) no {vague}{noun}"
        r"|(?:(?<= and )|(?<= but ))(?:shows?|exhibits?|displays?|indicates?|contains?|has) no"
        rf" {vague}{noun}"
        r"|(?:(?<= and )|(?<= but ))(?:does not|doesn't) (?:show|exhibit|display|indicate|contain|have)"
        rf" {vague}{noun}"
        rf"|(?<!\w)there(?: is| are|'s) no {vague}{noun}"
        rf"|(?:(?<=^)|(?<=[.;:\n] )|(?<=\n))no {vague}{noun}"
        r"(?=\s*[:;.]|\s*$| (?:here|(?:in|from) (?:this|the) (?:post|text|message|tweet))\b)"
        r"|(?<!\w)none of (?:the|these|those)(?: (?:listed|given|above|possible|named|mental|\w+ed))?"
        r" (?:disorders|conditions|causes|reasons|labels|categories|options)"
        r" (?:appl(?:y|ies)|(?:is|are) (?:shown|present|stated|evident))(?=\s*(?:[.:!]|$)| (?:to|here|in)\b)"
        rf"|(?<!\w)no {vague}{noun}(?= {BUT_FOR})"
        rf"|(?<!\w)no {vague}{noun} (?:is|are)"
        r" (?:shown|present|found|evident|indicated|mentioned|given)"
    )
