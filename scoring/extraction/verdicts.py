"""Verdicts: sentences that speak of the label or answer ("the appropriate label is Work").

A verdict may name anything, so that "the label is Trauma" is known to name none of the task's.
"Falls under the category of X" is a verdict: a category is what the task calls its labels. One of
another rank or person ("the least fitting label", "her answer") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from scoring.extraction import refusal
from scoring.extraction.finding import Statement
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage
from scoring.extraction.scope import Scope, scope

FIT_WORDS = (
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
FIT = "(?:" + "|".join(FIT_WORDS) + ")"
NOUN = (
    r"(?:fit|match|label|answer|category|classification|class|choice|option|diagnosis|prediction|verdict|response"
    r"|level|severity)"
)
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
    rf"(?<!\w)(?:(?:most |best )?(?:{FIT} )?{NOUN}{_OF}{_ABOUT}(?: here| in this case)?{_BE}:?"
    r"|(?:falls?|falling|fits?|fitting|belongs?|belonging|aligns?|aligning)(?: best| squarely|"
    r" clearly"
    r"| primarily)? (?:under|into|in|within|to|with)"
    r" (?:the )?(?:broader |general )?(?:category|label|class|heading|categories)(?: of)?"
    r"|(?:falls?|falling)(?: squarely| clearly)? under(?! the (?:category|label|class))"
    r"|(?:falls?|falling|fits?|belongs?)(?: squarely| clearly)? (?:into|in|within|to)"
    r"(?= (?:the )?[\w\"' -]{3,40} (?:category|class|level|group)(?!\w))"
    rf"|(?:most|best) (?:{FIT} )?{NOUN}{_ABOUT} (?:seems|appears) to be"
    r"|(?:hence|thus|therefore|so|assign(?:s|ed|ing)?|support(?:s|ing)?|justif(?:y|ies|ying))"
    rf"(?: this post| it)?,? the (?:{FIT} )?(?:label|category)(?: of|(?= [\"']))"
    r"|(?:(?:(?:can|should|would) (?:best )?be|is|was) )?(?:best )?(?:classified|categori[sz]ed"
    r"|labell?ed) (?:as|under|into)"
    r"|(?<![\w'])i(?: would| will|'d)? (?:choose|pick|select|go with|settle on|opt for):?(?= [\w\"'])"
    r"|i(?: would|'d)? (?:predict|expect|judge|consider|deem|believe|take) (?:the|this)"
    rf" (?:gold |true |right )?(?:{FIT} )?{NOUN} (?:to be|is)"
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
_AS_ANOTHER = re.compile(r" as (?:the |an? )?(?:least|second|runner|alternative|backup|worst)")
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
_GIVES = (" is", " be", " remains", ":", " of")
_UNSURE = re.compile(
    r"[\s\"'(]{0,3}(?:not|un\w+|difficult|hard|that|because|to|if|whether|one|likely|open|based|dependent"
    r"|determined)\b"
)


def verdicts(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield every verdict of the passage."""
    yield from _given(passage, lexicon)
    yield from _affirmed(passage, lexicon) if lexicon.yes_no else _it_is(passage, lexicon)


def _given(passage: Passage, lexicon: Lexicon) -> Iterator[Statement]:
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
