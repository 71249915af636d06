"""Rule "opening": the answer as the first word, "Yes, ..." or "No. ...", or a label as the first
sentence or line.

So is a yes/no task's own word for the poster: "Stressed. ..." and "Not stressed, because ...". As a
heading it may stand over a denial ("Stressed - hardly"), so that what follows must not begin by
denying or doubting.

"Yes, but ..." is a yes. "No doubt ...", "No one ..." and "No signs of ..." are no answers by their
first word (the statement rule reads what they say), and "Yes and no" names both. Where the text
later states the opposite ("No. ... Overall, yes") or takes its answer back ("No. Yes."), the output
has answered twice without a template's authority, and is unparsed: taking the first would be as
much a guess as taking the last.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from scoring.extraction import correction, refusal, statement
from scoring.extraction.finding import CONTRADICTORY, COPIED, SEVERAL, Finding, settle
from scoring.extraction.folding import fold
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage
from scoring.extraction.vocabulary import WORDS

NAME = "opening"
STAGE = "bare answer"
_AFTER_ANSWER = re.compile(
    r"""
    ["')*\]]{0,2}\s{0,2}
    (?:$ | [,;:!\n\x00—–(\[] | \.(?!\s{0,2}\d) | -\ | /(?!\s?(?:yes|no)\b)
      | (?:the|this|that|it|there|because|since|based|but|i|as|given|they|he|she|op|however|although)\b)
    """,
    re.VERBOSE,
)
_AFTER_LABEL = re.compile(
    r"""
    ["')*\]]{0,2}\s{0,2}
    (?:$ | [.;!\n—–] | -\ | [(\[] | :\s(?!\s*(?:yes|no|not|none|absent|unlikely|weak|minimal|denied|possible|maybe|n/a
        |true|false|\d)) | ,?\s?(?:because|since|as)\b | ,\swith\b)
    """,
    re.VERBOSE,
)
_CONTRAST = re.compile(r",?\s(?:rather than|instead of|not)\s")
"""Of a label, before another that it is not: "PTSD rather than depression"."""
_FROM = re.compile(r"\s(?:from|due to|caused by|because of|over|about|stemming from|related to)\b")
_NOUN = re.compile(
    r"(?:stress|issues?|problems?|pressures?|concerns?|difficulties|turmoil|disorder)$"
)
"""A label that is called one ("Academic stress") may go on with where it comes from."""
_AFTER_OWN_WORD = re.compile(
    r"""
    [")*\]]{0,2}
    (?: [.!]{1,3}\s+(?:(?=\w)|[^\w\s]) | ;\s | ,\s(?:because|since|as)\b(?!\ (?:if|though|well))
      | \s(?:because\b(?!\ of)|since\b) | (?P<heading> [.!]?\n | \s?[—–]\s? | \s--?\s ) )
    """,
    re.VERBOSE,
)
_OTHER_CONDITION = re.compile(
    r"\W{0,3}(?:the|this) (?:poster|author|user|writer|person) (?:is|suffers from|has|does not have|is not|does not suffer from)"
    r" (?:depress\w+|anxi\w+|stress\w*|lonel\w+|suicid\w+|ptsd|bipolar\w*)\s*(?:[.!]|$)"
)
_EXISTS = re.compile(
    r"\b(?:exists?|exist|(?:is|are)(?: not|n't)? (?:clearly )?(?:present|evident|found|shown|reflected)|shows?|risk of)\b"
)
_AFFIRMS = re.compile(
    r"(?:absolutely|definitely|certainly|undoubtedly)(?=[,!.] (?:the|this) (?:poster|author|user|writer|person)"
    r" (?!(?:does|is|do|has)(?: not|n't)|isn't|doesn't|seems|appears|may|might|could))"
)
_DOUBT = re.compile(
    r"[\s\"'(*-]*(?:perhaps|maybe|possibly|probably|potentially|un(?:clear|known|certain|sure|likely)|hard(?:ly)?|difficult"
    r"|barely|cannot|can't|or|n/a|\d|\?)\b"
)
_DENIAL = re.compile(r"[\s\"'(*-]*(?:no|not|none|never|neither|nothing|without|absent|low|false)\b")
_BEGINS = re.compile(r"(?:[^\w\"'(\[{:<\x00]*\d{1,2}[.)]\s)?[^\w\"'(\[{:<\x00]*")
"""A list's number or mark, an arrow, a heading's sign: "1. Yes", "→ work", "#### work"."""
_ENOUGH = 40
_SHORT = 100
"""In characters: a text may be nothing but an answer up to here."""
_LINE = re.compile(r"\n[\s*•\d.)-]{0,6}")
_COMMENTED = re.compile(r"[\"'*)]{0,2}\s?(?::|[—–-] )")
_PRESENTS = re.compile(
    r"[^\n:]{0,60}\b(?:here(?:'s| is)|this is) (?:my|the|an?) (?:\w+ )?(?:answer|take|assessment"
    r"|analysis|response|verdict|classification|label|opinion)\b[^\n:]{0,60}:\s{1,4}"
    r"(?=(?:\S+ ){3})(?!(?:yes|no)\b[^.\n]{0,40} (?:if|or|-|=|means)\b)"
)
"""A line that presents the answer: "Okay, here's my take on this post:"."""
_LOOPED = re.compile(r"(\w[\w ]{0,40}?)(?:[\s.,;!]+\1(?!\w))+[\s.,;!]*")
"""The same again and again, as a model that was not stopped goes on."""
_DOUBTLESS = re.compile(
    r"\W{1,3}or (?:yes|no)\b|,?\s(?:sin duda|no cabe duda|no hay duda|doubt|question about it)"
    r"|,?\s(?:at least )?(?:according to (?!the (?:post|text))|if you ask|in (?:his|her) (?:view|opinion|eyes))"
    r"|,?\s(?:her|his|their|my|the \w+'s|the) (?:\w+ )?"
    rf"(?:sister|brother|mother|father|parent|partner|{'|'.join(WORDS['people']['others'])})s?"
    r" (?:is|are|was|has|have|suffers?|seems?)\b"
)
"""What makes the first word no answer: "No doubt", "Yes - or no", "Yes, her sister is stressed"."""


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the label that the passage opens with, unless it goes on to state another."""
    whole = lexicon.whole(_once(passage, lexicon)) if len(passage.plain) < _SHORT else None
    if whole is not None:
        return Finding(whole, None, len(passage.plain))
    start = _start(passage)
    named = lexicon.named(passage, start)
    if named is None or not _closed(passage, lexicon, named):
        named = _own_word(passage, lexicon, start) or _affirmed(passage, lexicon, start)
    if named is None:
        return None
    if len(named.labels) > 1:
        return settle(named.labels, 0)
    if lexicon.yes_no and (
        refusal.evades(passage, named.end)
        or _DOUBTLESS.match(passage.spoken, named.end)
        or _of_another(passage, lexicon, named)
    ):
        return None
    if passage.copied(start, named.end):
        return Finding(None, COPIED)
    if not lexicon.yes_no and _goes_on(passage, lexicon, named):
        return Finding(None, SEVERAL)
    if correction.takes_back(passage, lexicon, named):
        return Finding(None, CONTRADICTORY)
    others = (
        stated.labels
        for stated in statement.statements(passage, lexicon)
        if len(stated.labels) == 1
    )
    if any(labels != named.labels for labels in others):
        return Finding(None, CONTRADICTORY)
    return settle(named.labels, named.end)


def _once(passage: Passage, lexicon: Lexicon) -> str:
    """Return the term alone that the passage, no copy of the post, repeats; else all of it."""
    text = passage.plain
    looped = _LOOPED.fullmatch(text)
    if looped is None or looped[1] not in lexicon.terms or passage.copied(0, len(text)):
        return text
    return looped[1]


def _start(passage: Passage) -> int:
    """Return where the answer may begin.

    After a list of labels, after a list's number or the like, after "Reasoning:" where nothing is
    before it ("Reasoning: No, the post ..."), and
    after a question that the passage opens with ("Is the poster stressed? Yes.").
    """
    marker = passage.marker
    start = passage.after_options
    if marker is not None and not passage.spoken[: marker.start()].strip(" \n*#>-"):
        start = marker.end()
    if (heading := _PRESENTS.match(passage.spoken, start)) is not None:
        start = heading.end()
    first = passage.sentence(start)
    if passage.asked(first) and first.end < len(passage.plain):
        start = first.end
    begins = _BEGINS.match(passage.spoken, start)
    return begins.end() if begins is not None else start


def own_word(passage: Passage, lexicon: Lexicon, start: int) -> tuple[Named, re.Match[str]] | None:
    """Return a yes or no said by the task's own word for the poster at `start`, and
    what closes it.
    """
    if lexicon.own_word is None or (word := lexicon.own_word.match(passage.spoken, start)) is None:
        return None
    closed = _AFTER_OWN_WORD.match(passage.spoken, word.end())
    named = Named(frozenset({"no" if word["denied"] else "yes"}), word.end())
    return (named, closed) if closed is not None else None


def _own_word(passage: Passage, lexicon: Lexicon, start: int) -> Named | None:
    """Return the own word at `start`, unless what follows denies or doubts it."""
    word = own_word(passage, lexicon, start)
    if word is None:
        return None
    named, closed = word
    doubted = _DOUBT.match(passage.spoken, closed.end()) is not None
    denied = closed["heading"] and _DENIAL.match(passage.spoken, closed.end()) is not None
    return None if doubted or denied else named


def _of_another(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    """Return whether the answer goes on as one about another dimension, risk or condition.

    "Yes. The post shows a risk of haste", "Yes, the poster is depressed" where stress is asked for.
    """
    text = passage.spoken
    first = passage.sentence(max(0, named.end - 1))
    said = text[named.end : first.end]
    if len(said.strip(" .!,")) == 0 and first.end < len(text):
        said = text[first.end : passage.sentence(first.end).end]
    own = [word for word in lexicon.concepts if word not in ("dimension", "the risk", "this risk")]
    if any(word in said for word in (*own, *lexicon.adjectives)):
        return False
    if _OTHER_CONDITION.match(said) is not None:
        return True
    named_others = any(value in said for value in _others(lexicon))
    return named_others and _EXISTS.search(said) is not None


@lru_cache(maxsize=512)
def _others(lexicon: Lexicon) -> tuple[str, ...]:
    """Return what the task's other questions are about, folded."""
    every = (fold(value) for values in lexicon.task.attributes.values() for value in values)
    return tuple(value for value in every if value not in lexicon.question)


def _affirmed(passage: Passage, lexicon: Lexicon, start: int) -> Named | None:
    """Return the yes of "Absolutely, the poster ..."."""
    word = _AFFIRMS.match(passage.spoken, start) if lexicon.yes_no else None
    return Named(frozenset({"yes"}), word.end()) if word is not None else None


def _closed(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    text = passage.spoken
    if passage.asked(passage.sentence(max(0, named.end - 1))):
        return False
    if lexicon.yes_no:
        return _AFTER_ANSWER.match(text, named.end) is not None
    if _AFTER_LABEL.match(text, named.end) is not None:
        return True
    other = _CONTRAST.match(text, named.end)
    if other is not None and lexicon.named(passage, other.end()) is not None:
        return True
    noun = _NOUN.search(text, max(0, named.end - 14), named.end)
    return noun is not None and _FROM.match(text, named.end) is not None


def _each_with_a_comment(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    """Return whether another label heads a line of its own: "School: absent", "Work: strong"."""
    for line in islice(_LINE.finditer(passage.plain, named.end), _ENOUGH):
        other = lexicon.named(passage, line.end())
        if other is not None and other.labels != named.labels:
            return _COMMENTED.match(passage.plain, other.end) is not None
    return False


def _goes_on(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    """Return whether the next line is another label.

    A list of them is an echo of the choices, not a choice.
    """
    if _each_with_a_comment(passage, lexicon, named):
        return True
    line = passage.plain.find("\n", named.end)
    if line < 0 or passage.plain[named.end : line].strip(" .;"):
        return False
    rest = passage.plain[line:].strip()
    following = rest.split("\n", 1)[0][:120]
    return lexicon.whole(following) not in (None, *named.labels)
