"""Refusals and offers: an output that declines to answer, or offers to, answers nothing.

"No, I cannot answer that" is no "no", and "Yes, of course! Let me read the post" no "yes". An
output that declines and answers all the same ("I cannot diagnose, but yes, the poster ...") is read
by what it answers.
"""

from __future__ import annotations

import re

from scoring.extraction.passage import Passage

STAGE = "refusal"
_CANNOT = r"""
    (?:can\ ?not|can't|could\ not|couldn't|will\ not|won't|must\ decline|decline|refuse|prefer\ not
      |(?:am|'m|are|'re)\ (?:not\ able|unable|not\ (?:qualified|allowed|permitted|equipped|designed|programmed|trained|going
        |in\ a\ position))
      |(?:have|must|need)\ to\ (?:decline|refuse))
"""
"""What declines whatever follows it."""
_NOT = r"(?:do\ not|don't|would\ not|wouldn't|should\ not|shouldn't|must\ not|may\ not|am\ not|'m\ not)"
"""What declines only some deeds: "I would not say that ..." denies."""
_SERVE = r"""
    (?:answer|respond|reply|assess|diagnos\w*|provid\w*|give|giving|offer|comply|engage|discuss|comment|speculat\w*|participate
      |make\ (?:(?:a|an|any|that|this|such)\ )?(?:\w+\ )?
        (?:diagnos[ei]s|assessments?|determinations?|judge?ments?|evaluations?|claims?|call)
      |feel\ comfortable|comfortable
      |have\ (?:access|the\ (?:ability|authority|qualifications?)|enough\ (?:information|context|details?|data)))
"""
_DEED = rf"""
    (?:{_SERVE}|determin\w*|making|help|assist|complete|fulfil\w*|judge|evaluat\w*|analy[sz]\w*|process|continue|proceed
      |generat\w*|perform|do\ (?:that|this|so|it)|decide|label|classify
      |(?:say|tell|conclude|know|be\ sure)\ (?:you\b|that[.,!]|whether|if|for\ (?:sure|certain)|how|based\ on))
"""
_ADVERBS = r"""
    (?:[ ](?:be\ able\ to|in\ good\ conscience|to|really|possibly|reliably|ethically|responsibly|safely|definitively
        |accurately|simply|say\ or|and\ will\ not|or\ will\ not|ever|with|on))
"""
_I_DECLINE = re.compile(
    rf"""
    \b(?:i|we)[ ]?(?:(?:really|truly|simply|just|also|currently|unfortunately|therefore|still|personally)[ ])?
    (?:{_CANNOT}{_ADVERBS}{{0,4}}[ ]{_DEED}|{_NOT}{_ADVERBS}{{0,4}}[ ]{_SERVE})\b
    """,
    re.VERBOSE,
)
_DECLINED = re.compile(
    rf"""
    \b(?:it|that|this)
      (?:(?:\ is|'s|\ would\ be)\ (?:not\ |in|un|im)|\ (?:would\ not|wouldn't)\ be\ |\ isn't\ )
      (?:appropriate|ethical|possible|responsible|my\ place)
      \ (?:for\ me\ )?to\ {_DEED}\b
  | \b(?:as|i\ am|i'm)\ (?:just\ |only\ )?an?\ (?:ai|artificial|language|large)\b[^.!?\n]{{0,60}}\b{_CANNOT}
  | \b(?:this|it|that|one|nobody|no\ one|which)\ (?:can\ ?not|can't|could\ not)\ (?:really\ |simply\ )?
      (?:be\ (?:determined|told|known|assessed|said|inferred|concluded|judged|diagnosed|answered)|tell|know|say)\b
  | \b(?:nobody|no\ one)\ (?:can|could)\ (?:tell|know|say)\b
  | \b(?:i\ am|i'm)\ not\ (?:sure|certain)\b | \b(?:i\ cannot|i\ can't)\ be\ (?:sure|certain)\b
  | \b(?:not\ enough|insufficient)\ information\b
  | \b(?:against|violates?)\ (?:my|our|the)\ (?:guidelines|polic(?:y|ies)|programming)
  | \b(?:i\ am|i'm)\ sorry,?\ but\ i\b
  | ^\W*(?:i\ am|i'm|we\ are|we're)?\W*(?:sorry|apologies|unfortunately)\b[^.!?\n]{{0,30}}{_CANNOT}
    """,
    re.VERBOSE,
)
_NEXT_DECLINES = re.compile(
    rf"""
    [.!]\s{{1,2}}
    (?:(?:i|we)[ ]?(?:{_CANNOT}{_ADVERBS}{{0,4}}[ ]{_DEED}|{_NOT}{_ADVERBS}{{0,4}}[ ]{_SERVE})\b
      | {_DECLINED.pattern})
    """,
    re.VERBOSE,
)
"""A sentence that declines, right after the answer."""
_POLITE = r"""
    (?:[,.!:;\s—–-]|\b(?:of\ course|sure|certainly|absolutely|gladly|definitely|okay|ok|thanks?|thank\ you|problem|worries)\b)
"""
_OFFERS = re.compile(
    rf"""
    {_POLITE}*
    (?:
      \bi\ can\ (?:certainly\ |definitely\ |absolutely\ |surely\ |try\ to\ )?
        (?:help|assist|do\ (?:that|this|it|so)\b|answer|analy[sz]e|provide|read|take\ a\ look|look\ (?:at|into)|try|offer
        |(?:give|explain|classify|assess|evaluate|determine|identify|label)\ (?:you|whether|if|the|this|it|your|an?)\b)
    | \bi(?:'d|\ would|'ll|\ will|\ am|'m)\ (?:be\ )?(?:more\ than\ )?(?:happy|glad|pleased|delighted|ready|here)\b
    | \bi(?:'ll|\ will|\ shall)\ (?:now\ |gladly\ )?(?:help|assist|analy[sz]e|read|take|try|do|provide|classify|start|begin|look)
    | \b(?:let\ me|let's|allow\ me\ to)\ (?:first\ |now\ |just\ )?(?:read|look|take\ a|know|help|check|start|begin|analy[sz]e
        |go\ through|process|review|think|see)\b
    | \b(?:please|kindly)\ (?:share|provide|send|paste|give|tell|upload|enter)
    | \b(?:could|can|would)\ you\ (?:please\ )?(?:share|provide|send|paste|give|tell|clarify|rephrase)
    | \b(?:how|what)\ (?:can|may|would|do)\ (?:i|you)\b
    | \b(?:which|what|where)\ (?:is\ (?:the|your)\ )?(?:post|text|message|tweet|one)\b[^.!?\n]{{0,40}}\?
    | \bi\ (?:understand|need\ (?:more|the|you|to)|got\ it|see\ (?:your|the)\ (?:request|question))\b
    | \byou(?:'re|\ are|\ can|\ should|\ deserve|\ do|\ don't|\ may)\b
    | \b(?:your|please\ don't|it(?:'s|\ is)\ (?:possible\ to|normal|okay|ok|common|not\ your))\b
    | \bplease\ (?:seek|reach|call|talk|consider|contact|get)\b
    | \b(?:feel\ free|happy\ to|glad\ to|go\ ahead)\b
    )
    """,
    re.VERBOSE,
)
_SEEING = re.compile(
    r"[^.!?\n]{0,40}\b(?:see|find|detect|spot|discern|notice|observe|identify|recogni[sz]e)"
    r" (?:any|anything|no|a|enough|evidence|signs?)"
)
_I = (" i ", "i'm ", "\ni ", " we ", "i can", "i am ")
_SIGNS = (
    "an ai",
    "an art",
    "a lang",
    "a large",
    "guideline",
    "polic",
    "programming",
    "sorry",
    "apologies",
    "unfortunately",
    "appropriate to",
    "appropriate for me",
    "ethical",
    "responsible to",
    "my place",
    "possible to",
    "possible for me",
    "not enough info",
    "insufficient info",
    "not be deter",
    "not tell",
)
"""Nothing declines without one of them."""
_BEGINNING = 300
"""Characters within which a refusal is one of the whole."""
_ANSWER = re.compile(r"(?:yes|no)\b")
_CLAUSE = re.compile(r"[.!?\n]")


def evades(passage: Passage, end: int) -> bool:
    """Return whether the "yes" or "no" that ends at `end` goes on as a refusal or an offer, and so
    is no answer.
    """
    text = passage.spoken
    clause = _CLAUSE.search(text, end + 1)
    stop = min(clause.end() if clause is not None else len(text), end + 160)
    if _OFFERS.match(text, end, stop + 120) is not None:
        return True
    declined = (
        _I_DECLINE.search(text, end, stop)
        or _DECLINED.search(text, end, stop)
        or _NEXT_DECLINES.match(text, end, end + 160)
    )
    return declined is not None and not _SEEING.match(text, declined.start())


def declines(passage: Passage) -> bool:
    """Return whether the passage begins by declining to answer, or with an offer.

    What declines later explains.
    """
    text = passage.spoken[:_BEGINNING]
    answer = _ANSWER.match(text)
    if _OFFERS.match(text, answer.end() if answer is not None else 0) is not None:
        return True
    first = text.startswith(("i ", "i'", "we ")) or any(sign in text for sign in _I)
    if first and _I_DECLINE.search(text) is not None:
        return True
    return any(sign in text for sign in _SIGNS) and _DECLINED.search(text) is not None
