"""Statements that name a label: the verdict ("the appropriate label is Work") and the matter ("the
cause is work").

A verdict speaks of the label or answer; it may name anything, so that "the label is Trauma" is
known to name none of the task's. The matter is what a task with several labels asks for: the cause
of something, or a disorder, which a post "shows symptoms of". There, a word that is no label says
nothing. Merely mentioning a label is no statement.

"Falls under the category of X" is a verdict: a category is what the task calls its labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from scoring.extraction import refusal
from scoring.extraction.finding import Statement
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage
from scoring.extraction.scope import Scope, scope

_FIT_WORDS = (
    "assigned",
    "chosen",
    "final",
    "predicted",
    "appropriate",
    "suitable",
    "fitting",
    "correct",
    "accurate",
    "relevant",
    "right",
    "applicable",
    "apt",
    "best",
    "proper",
)
_FIT = "(?:" + "|".join(_FIT_WORDS) + ")"
_NOUN = (
    r"(?:fit|match|label|answer|category|classification|class|choice|option|diagnosis|prediction|verdict|response"
    r"|level|severity)"
)
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
_ABOUT = (
    r"(?: (?:for|of|to|in) (?:the|this|that) (?:given"
    r" )?(?:post|question|poster|case|text|message|situation"
    r"|instance|tweet|person|user|author|individual)"
    r"(?: \x00{1,400})?(?: in this case)?)?"
    r"(?: that (?:best )?(?:fits|applies|suits|describes|matches)(?: best| it| this)?(?: \w+)?)?"
)
_OF = r"(?: of (?:the )?(?:poster's )?(?:depression|stress|strain|suicide risk|risk|low mood))?"
_BE = r"(?: is| would be| should be| will be| remains)(?: therefore| thus| clearly)?"
_VERDICT = re.compile(
    rf"(?<!\w)(?:(?:most |best )?(?:{_FIT} )?{_NOUN}{_OF}{_ABOUT}(?: here| in this case)?{_BE}:?"
    r"|(?:falls?|falling|fits?|fitting|belongs?|belonging|aligns?|aligning)(?: best| squarely|"
    r" clearly"
    r"| primarily)? (?:under|into|in|within|to|with)"
    r" (?:the )?(?:broader |general )?(?:category|label|class|heading|categories)(?: of)?"
    r"|(?:falls?|falling)(?: squarely| clearly)? under(?! the (?:category|label|class))"
    r"|(?:falls?|falling|fits?|belongs?)(?: squarely| clearly)? (?:into|in|within|to)"
    r"(?= (?:the )?[\w\"' -]{3,40} (?:category|class|level|group)(?!\w))"
    rf"|(?:most|best) (?:{_FIT} )?{_NOUN}{_ABOUT} (?:seems|appears) to be"
    r"|(?:hence|thus|therefore|so|assign(?:s|ed|ing)?|support(?:s|ing)?|justif(?:y|ies|ying))"
    rf"(?: this post| it)?,? the (?:{_FIT} )?(?:label|category)(?: of|(?= [\"']))"
    r"|(?:(?:(?:can|should|would) (?:best )?be|is|was) )?(?:best )?(?:classified|categori[sz]ed"
    r"|labell?ed) (?:as|under|into)"
    r"|(?<![\w'])i(?: would| will|'d)? (?:choose|pick|select|go with|settle on|opt for):?(?= [\w\"'])"
    r"|i(?: would|'d)? (?:predict|expect|judge|consider|deem|believe|take) (?:the|this)"
    rf" (?:gold |true |right )?(?:{_FIT} )?{_NOUN} (?:to be|is)"
    r"|(?:what remains|what is left) is"
    r"|i(?: would| will|'d)? (?:label|classify|categori[sz]e|rate|assess|grade)"
    r" (?:this|the|their|it)(?: [\w']{1,20}){0,5} (?:as|under|into)"
    r"|(?:categori[sz]ing|classifying|placing|putting|labell?ing) (?:it|this|them|the post)(?: as|"
    r" under| into| in)"
    r"(?: the category of)?)"
)
_CONCLUDED = re.compile(
    r"(?<!\w)(?:overall|therefore|thus|so|hence|in conclusion|in summary|to"
    r" conclude|ultimately|finally"
    r"|in short|in brief|in a word|in sum|to sum up|on balance|all told|simply put|put simply|all"
    r" considered"
    r"|in my (?:opinion|view|judge?ment|assessment)|to my mind|to answer (?:your|the) question"
    r"|(?:(?<=^)|(?<=[.!?\n] )|(?<=\n))(?:it|that|this)(?: is|'s) a (?:clear |definite |firm"
    r" |resounding |solid |strong )?"
    r"|definitely|absolutely|certainly|based on (?:the|this) \w{1,12}"
    r"|(?:most |very )?likely|almost certainly|in all likelihood|that said|having said that|even so"
    r"|with that in mind|as far as i can (?:see|tell)|from what i can (?:see|tell)"
    r"|i(?: would|'d)? (?:say|answer)(?: with)?)"
    r"(?:(?<= )|[,:]? )(?=[\"']?(?:yes|no)[\"']?(?: from me| here)?\s{0,2}(?:[.,!;:\n—–]|- |because\b|since\b))"
)
_AFFIRMED = re.compile(
    r"(?<=[;:.!,—]) (?=(?:yes|no), (?:they|he|she|it|this|there|op|the"
    r" (?:poster|post|author|user|writer|person|individual))\b)"
)
"""An answer within a sentence: "Based on the post, yes, the poster ..."."""
_IT_IS = re.compile(
    r"(?:(?<=^)|(?<=[.;:!?\n,] )|(?<=\n)|(?<= think )|(?<= believe )|(?<= that )|(?<= say )|(?<="
    r" guess )|(?<=so ))"
    r"(?:it|this|that)(?: is|'s| looks like| sounds like)(?: clearly| definitely| primarily| mainly| mostly)?(?:"
    r" (?:about|related to|due to))?"
    r" (?:an? )?(?=[\w\"'(])"
)
_CLOSED = re.compile(r"[\"')\]]{0,2}\s{0,2}(?:$|[.,;!\n(—–]|because\b|since\b|as\b|to me\b|- )")
_CONCLUDING = re.compile(
    r"(?:ultimately|finally|therefore|thus|hence|overall|in conclusion|in summary|to conclude|in"
    r" the end|all in all"
    r"|all things considered|so|final|taken together|altogether)\b[^.;\n]{0,40}$"
)
_OF_A_DETAIL = re.compile(
    r"(?:\b(?:which|that|and)(?:"
    r" (?:could|can|would|also|clearly|therefore))?|\b(?:mentions?|references?|descriptions?)"
    r" (?:of|to)"
    r" [^.;\n]{1,120}|\badditionally,[^.;\n]{0,160}|,)\s?(?:be )?$"
)
_BESIDES = re.compile(
    r"\b(?:also|additionally|another|further|furthermore|moreover|in addition|besides|as well)\b"
)
_OR_ELSE = re.compile(
    r"[\s\"')]{0,3}[,(]{0,2}\s?or,? [^.()\n]{0,60}\b(?:be"
    r" (?:seen|considered|classified|categori[sz]ed|read|viewed|labell?ed)"
    r" as|even)\b"
)
_ALSO_FITS = re.compile(
    r"[\"')\]]{0,2} (?:(?:is|are|be|could|can|may|might|would) ){1,2}also\b|[\"')\]]{0,2} also "
)
_EXCEPT = re.compile(
    r"\s{1,2}(?:(?:(?:in|of|from) (?:this|the) \w{1,12}|here|at all) )?(?:other than|except(?:ing)?(?: for)?|apart"
    r" from|aside from|besides|but)"
    r"(?=\s)"
)
_OTHER_RANK = re.compile(
    r"\b(?:least(?: \w+)?|worst|runner-up|previous|former|second(?:[ -]best)?|next|additional|naive|default|superficial"
    r"|keyword-based|easiest|most frequent|indirect|lowest|highest|opposite of the|another|wrong|confidence|pain"
    r"|my(?= (?:confidence|second))|(?!(?:poster|author|user|writer|person|it|that|what|there|here|let)'s)\w+'s|her|his)"
    r"(?: \w+)? $|\bthe worst $"
)
_OF_WHAT = re.compile(
    r"\b(risk|stress|anxiety|confidence|pain|energy|distress|certainty|support) $"
)
"""What another level than the one that is asked for is of: "the stress level is severe"."""
_ANOTHER_CAUSE = re.compile(
    r"\b(?:least(?: \w+)?|worst|second(?:ary)?|next|additional|indirect|rare|apparent|superficial"
    r"|another|other|minor|lesser|usual|former|previous|default|naive|expected|typical|common"
    r"|possible|alleged|supposed|so-called|initial|old|past|potential|further|frequent|one) $"
)
"""What makes a cause or a disorder another than the one that is asked for."""
_AS_ANOTHER = re.compile(r" as (?:the |an? )?(?:least|second|runner|alternative|backup|worst)")
_EXCEPTED = re.compile(r"\s*(?:other than|except(?: for)?|apart from|aside from|besides)\b")
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
_VERDICT_WORDS = (
    "label",
    "answer",
    "categor",
    "class",
    "choice",
    "option",
    "diagnos",
    "prediction",
    "verdict",
    "response",
    "level",
    "severity",
    "heading",
    "group",
    "fall",
    "rate th",
    "assess th",
    "grade th",
    "belong",
    "placing",
    "putting",
    " choose",
    " pick ",
    " select ",
    " go with ",
    " settle on ",
    " opt for ",
    " fit ",
    " match ",
    " remains is",
    " left is",
)
_PUTS = (
    "fall",
    "fit",
    "belong",
    "align",
    "categori",
    "classif",
    "can ",
    "should ",
    "would ",
    "is ",
    "was ",
    "be ",
    "best ",
    "placing",
    "putting",
    "labeling",
    "labelling",
    "labeled",
    "labelled",
)
"""How a verdict begins that puts its subject under a label; the subject may be a detail."""
_IS_WORDS = ("looks like", "sounds like", "it is", "it's", "this is", "that is", "that's")
_FINAL_WORDS = tuple(
    f" {said}"
    for word in ("yes", "no")
    for said in (
        f'"{word}"',
        *(f"{word}{mark}" for mark in (*".,!;:\n", " —", " –", " - ", " because ", " since ")),
        f"{word} from me",
    )
)
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
_GIVES = (" is", " be", " remains", ":", " of")
_TIES = ("and", "or", "than", "not", "no", "of")
_ALSO = re.compile(r"\bnot (?:only|just) [^.;\n]{1,60} but (?:also )?$")
_UNSURE = re.compile(
    r"[\s\"'(]{0,3}(?:not|un\w+|difficult|hard|that|because|to|if|whether|one|likely|open|based|dependent"
    r"|determined)\b"
)
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
    yield from _verdicts(passage, lexicon)
    yield from _affirmed(passage, lexicon) if lexicon.yes_no else _it_is(passage, lexicon)
    judged = passage.matches(patterns.judged, passage.regions(_FIT_WORDS, 80, 40))
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


def _verdicts(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    tried = ((_VERDICT, _VERDICT_WORDS, 60, 120), (_CONCLUDED, _FINAL_WORDS, 40, 6))
    for pattern, words, before, after in tried if lexicon.yes_no else tried[:1]:
        for match in passage.matches(pattern, passage.regions(words, before, after)):
            named = lexicon.named(passage, match.end()) or _full(passage, lexicon, match.end())
            end = named.end if named is not None else match.end()
            if scope(passage, match.start(), end, reported=False) is not Scope.ASSERTED:
                continue
            if _of_something_else(passage, lexicon, match, end):
                continue
            if named is not None:
                yield _judged(passage, lexicon, match, named)
            elif match.group().endswith(_GIVES) and not _UNSURE.match(passage.spoken, match.end()):
                yield Statement(frozenset(), match.start(), match.end())


def _of_something_else(passage: Passage, lexicon: Lexicon, match: re.Match[str], end: int) -> bool:
    """Return whether a verdict is of another rank or person, answers another question, or declines.

    "The least fitting label is", "her answer is", "Is it severe? I would say no".
    """
    text = passage.spoken
    sentence = passage.sentence(match.start())
    if _OTHER_RANK.search(text, sentence.start, match.start()) is not None:
        return True
    if _AS_ANOTHER.match(text, end) is not None:
        return True
    of = _OF_WHAT.search(text, sentence.start, match.start())
    if of is not None and of[1] not in f"{lexicon.question} {lexicon.task.family.lower()}":
        return True
    if not lexicon.yes_no or match.re is not _CONCLUDED:
        return False
    if refusal.evades(passage, end):
        return True
    before = passage.sentence(sentence.start - 1) if sentence.start else sentence
    words = (*lexicon.concepts, *lexicon.adjectives)
    asked = before.end <= sentence.start and passage.asked(before)
    return asked and not any(word in text[before.start : before.end] for word in words)


def _judged(passage: Passage, lexicon: Lexicon, match: re.Match[str], named: Named) -> Statement:
    """Return a verdict, or what only puts a detail under a label.

    "the exam, which falls under school".
    """
    text, start = passage.spoken, match.start()
    before = text[passage.sentence(start).start : start]
    labels = named.labels
    other = _OR_ELSE.match(text, named.end)
    alternative = lexicon.named(passage, other.end()) if other is not None else None
    if alternative is not None:
        labels |= alternative.labels
    also = _ALSO_FITS.match(text, named.end) is not None
    if not also and not match.group().startswith(_PUTS):
        final = _CONCLUDING.search(before + match.group()) is not None
        return Statement(labels, start, named.end, final=final)
    detail = _OF_A_DETAIL.search(before) is not None or also
    if detail and _BESIDES.search(before) is not None:
        return Statement(frozenset(), start, named.end, verdict=True, detail=True)
    return Statement(labels, start, named.end, detail=detail)


def _affirmed(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Match "..., yes, the poster ..." in a sentence that goes on about the task's concept."""
    if " yes, " not in passage.spoken and " no, " not in passage.spoken:
        return
    words = (*lexicon.concepts, *lexicon.adjectives)
    for match in islice(_AFFIRMED.finditer(passage.spoken), _ENOUGH):
        named = lexicon.named(passage, match.end())
        if named is None:
            continue
        rest = passage.spoken[named.end : passage.sentence(named.end).end]
        if any(word in rest for word in words) and (
            scope(passage, match.end(), named.end) is Scope.ASSERTED
        ):
            yield Statement(named.labels, match.end(), named.end)


def _it_is(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Match "I think it is work.": the label alone, up to the end of its clause."""
    for match in passage.matches(_IT_IS, passage.regions(_IS_WORDS, 8, 40)):
        named = lexicon.named(passage, match.end())
        if named is None or _CLOSED.match(passage.spoken, named.end) is None:
            continue
        if scope(passage, match.start(), named.end) is Scope.ASSERTED:
            yield Statement(named.labels, match.start(), named.end)


def _full(passage: Passage, lexicon: Lexicon, start: int) -> Named | None:
    """Return a whole wording up to the end of the sentence: "the answer is not depressed."."""
    end = passage.sentence(start).end
    label = lexicon.whole(passage.spoken[start:end]) if end - start < 200 else None
    return Named(frozenset({label}), end) if label is not None else None


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
        rf" )?{_FIT} {_NOUN}(?!\w)"
        rf"|(?<!\w){_NOUN}(?: of|:)? [\"'(]{{0,2}}(?:{term}|{letter})[\"')]{{0,2}} (?:is"
        rf"|would be) (?:the )?(?:most |more )?{_FIT}(?!\w)"
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
        rf"|(?<!\w)no {vague}{noun}(?= (?:other than|except|apart from|aside from|besides))"
        rf"|(?<!\w)no {vague}{noun} (?:is|are)"
        r" (?:shown|present|found|evident|indicated|mentioned|given)"
    )
