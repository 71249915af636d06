"""What the words around a statement make of it: asserted, denied, or neither.

A statement counts only where nothing before it in its clause hedges it, asks about it, makes it a
condition, reports it as somebody's words, or negates it in a way that is not understood. Two kinds
of lead-in are understood:

- those that assert ("therefore", "it is clear that", "this indicates that", "there is no doubt
  that");
- those that deny ("there is no indication that", "does not suggest that", "it is unlikely that", "I
  do not think").

"Likely" and "unlikely" are deliberately not treated alike. Outputs call a condition "likely" to
lean towards it without affirming it. "Unlikely", like "no indication that", says that the post does
not show the condition, and that is what a "no" says. "Suggests that" leans; "does not suggest that"
denies, for the same reason. "Cannot be concluded", "not enough information" and "it is unclear
whether" say that no answer is given.
"""

from __future__ import annotations

import re
from enum import Enum

from scoring.extraction.passage import Passage
from scoring.extraction.vocabulary import WORDS


class Scope(Enum):
    """What the lead-in of a statement makes of it."""

    ASSERTED = "asserted"
    DENIED = "denied"
    OPEN = "open"


_KIND = r"(?:clear |direct |explicit |obvious |strong |real |concrete |sufficient |specific )?"
_ASSERTING = re.compile(
    r"(?:there is |there's )?(?:no|little|without an?y?|without) (?:doubt|question)(?:"
    r" (?:that|about it))?"
    r"|undoubtedly|unquestionably"
    r"|(?:it is |it's )?(?:no|small|little) wonder(?: that)?"
    r"|(?:so|thus|therefore|hence)?,? ?it (?:can|may) (?:therefore |thus )?be (?:safely"
    r" )?(?:inferred"
    r"|concluded|said|seen) that"
    r"|(?:we|one|i) can (?:therefore |safely |clearly )?(?:infer|conclude|say|see) that"
    r"|(?:i|we)(?: would|'d)?(?: therefore| thus)? (?:think|believe|conclude|say|answer)(?: that)?"
    r"|in my opinion"
    r"|(?:the|this|their|these|such)(?: \w{3,12})? (?:mentions?|descriptions?|expressions?|use)"
    r" of [^.;,\n]{1,60}? (?:shows?|indicates?|demonstrates?|reveals?) that"
    r"|it (?:is|seems) (?:fair|reasonable|safe) to (?:infer|conclude|say) that"
    r"|it is (?:very )?(?:clear|evident|apparent|obvious|certain) that"
)
_DENYING = re.compile(
    r"(?:there(?: is|'s| are|'re)? |i see |i find |with |contains |provides |shows |gives |has )?"
    r"(?:no|not any|isn't any|is not any|aren't any|without any) "
    + _KIND
    + r"(?:indications?|evidence|signs?|proof|suggestions?|indicators?)"
    r"(?: (?:in|from) (?:the|this) (?:post|text|message))?(?: here)?"
    r"(?: that| to (?:suggest|indicate|show|believe)(?: that)?| suggesting(?: that)?| indicating(?:"
    r" that)?"
    r"| of)"
    r"|(?:does not|doesn't|do not|don't|did not) (?:seem to |appear to |in any way"
    r" )?(?:indicate|suggest"
    r"|show|demonstrate|support)(?: that)?"
    r"|(?:it (?:is|seems|appears)|it's) (?:very |highly |quite )?(?:unlikely|not likely|not true"
    r"|not the case|improbable)(?: that)?"
    r"|it (?:does not|doesn't) (?:seem|appear)(?: that| like| as if| as though)?"
    r"|(?:i|we) (?:do not|don't|would not|wouldn't) (?:think|believe|say)(?: that)?"
    r"|no reason to (?:think|believe|suspect)(?: that)?|(?:there is )?nothing (?:in (?:the|this)"
    r" (?:post"
    r"|text) )?(?:that )?(?:suggests|indicates|shows)(?: that)?"
)
_OPENING = re.compile(
    r"\b(?:if|whether|unless|suppose|supposing|assuming|imagin\w*|pretend\w*|picture|may|might"
    r"|could|would|should|can|cannot|can't"
    r"|couldn't|possibl[ey]"
    r"|possibility|perhaps|maybe|potential|potentially|likely|unlikely|probabl[ey]|arguably|suggest\w*"
    r"|impl(?:y|ies|ying)|hints?|hinting"
    r"|unclear|uncertain|unsure|not|n't|no|never|nor|neither|nothing|none|without|lacks?|lacking|fails?|few"
    r"|little|hardly|barely|seems?"
    r"|seemingly|appears?|apparently|difficult|hard|impossible|insufficient|determine|determining"
    r"|questions?|misconception|myth|rumou?rs?|prove|easy to conclude|tempting|false|incorrect"
    r"|wrong|untrue|alternative|instead of|rather than|as though|as if|when|once|until|before|risk"
    r" that"
    r"|chance"
    r" that|like|reading|interpretation|perspective|hypothesis|hypothetically|scenario|argument|argue"
    r"|friend|sister|brother|mother|father|someone|somebody|others|people|who)\b|n't\b"
)
_REPORT = re.compile(
    r"\b(?:mention|say|said|hop(?:e|es|ed|ing)\b|wish|claim|stat(?:e|es|ed|ing)|describ|believ|think|thought|feel|felt|fear|worr"
    r"|den(?:y|ies|ied)|report|"
    r"express|ask|wonder|question|told|tell|diagnos|assum|convinc|admit|acknowledg|suspect|concern"
    r"|according|quot|writes|wrote)"
)
_CONDITION = re.compile(
    r"\b(?:on (?:the )?(?:one|other) hand|in (?:the|this|an?) (?:\w+ )?example|for (?:posts|texts|messages) like"
    r"|if|whether|unless|suppose|supposing|assuming|at first (?:sight|glance)|for the sake of"
    r"|according to (?!(?:the|this|what is in the) (?:post|text|message|tweet|content|criteria|description)\b)"
    r"|on (?:paper|weekends|the surface|some days|good days|bad days)|in that case|in theory"
    r"|(?:in|from) (?:his|her|their|my \w+'s) (?:view|opinion|eyes|perspective|point of view)"
    r"|back then|as a child|until recently|in the past|hypothesis|claim:|first impression"
    r"|(?!(?:poster|author|user|writer)'s)\w+'s (?:view|note|opinion|version|impression)"
    r"|(?:letter|email|e-mail|note|headline|title|caption|article|song)(?: \w+){0,4} (?:says|reads|states|claims))\b"
)
_FRAME = re.compile(
    r"\W*(?:(?:in|on|at|to|for|from|by|without|when|as of|in front of)\b"
    r"(?! (?:(?:this|these|that|those|my|our|all|any|what|which|short|brief|sum|summary|conclusion|fact|general"
    r"|addition|particular|other words|light of|view of|total|truth|the end|balance|the whole|the basis|conclude"
    r"|summari[sz]e|answer|sum up|me|example|instance|contrast|spite|doing|being|reading|it|here|there|order"
    r"|doubt|a doubt|any doubt|question)\b"
    r"|(?:the|their|his|her|its) (?:(?:poster|author|user|writer|person)'s )?(?:given |original |above )?"
    r"(?:posts?|texts?|messages?|tweets?|content|narrative|statements?|contrary|words|description|language"
    r"|context|wording|tone|evidence|information|details|symptoms|signs)\b))"
    r"[^,.;:\n]{1,60}|superficially|otherwise),? "
)
"""What limits the sentence that it opens, and is not about the text itself: "On weekends, ...", "To outsiders, ..."."""
_FORCED = re.compile(
    r"\bif (?:i|we)(?:'m| am| were|'re| are)? (?:must|have to|had to|forced to|need to|needed"
    r" to|to)"
    r" (?:choose|decide|pick|answer|commit|give)[^.;\n]{0,40}?,"
)
"""A condition that only says that the choice was hard."""
_CLAUSE = re.compile(
    r"[,;:(—–]|\bbut\b|\bhowever\b|\balthough\b|\bthough\b|\bwhile\b|\byet\b|\band"
    r" (?=therefore|thus|so\b)"
    r"|\bbecause\b"
)
_DANGLING = re.compile(
    r"\b(?:do|does|did|is|are|was|has|have|of|by|with|for|about|from|to|to"
    r" be|how|why|a|an|than|as)\s*$"
)
_COMMA_THAT = re.compile(r"\s{0,3}(?:that|or)\b")
BUT_FOR = r"(?:other than|except(?:ing)?(?: for)?|apart from|aside from|besides)"
"""What takes something out of a denial: it denies the rest."""
_EXCEPT = re.compile(rf",? (?:(?:in|from) (?:the|this) \w+ |here )?{BUT_FOR}\b")
_MODIFIED = re.compile(
    r"[\s,(\"')]{0,4}(?:according to (?!the (?:post|text|message|tweet))"
    r"|(?:supposedly|allegedly|reportedly|apparently|seemingly)\b"
    r"|(?:in|from) (?:the|a|an|his|her|their)"
    r" (?:dream|game|story|novel|book|film|movie|song|lyrics|series|show|play|fictional|subject line)\b"
    r"|in (?:every|many|most|some|all)\b|(?:every day )?as an? (?:nurse|doctor|joke|lie|concept|topic)\b"
    r"|(?<=, )(?:\w+ ){1,3}(?:says?|said|claims?|claimed|thinks?|believes?|believed|insists?)"
    r"\s*(?:[.,;!]|$)|(?<=, )(?:said|says|wrote|writes|claim(?:s|ed)|insist(?:s|ed))"
    r" (?:the|an?|my|his|her|their|one|op)\b|possibly|perhaps|maybe|probably|or not|per se|alone"
    r"|(?<!, )only|in the"
    r" past|previously"
    r"|years ago|before\b|if\b|unless"
    r"|(?:is|are|was|would|does|can|could|should|may|might|did)(?:n't|"
    r" not)\b|cannot\b|(?:may|might|could)\b"
    r"|(?:in|of|for|from|through|by) (?:(?:a|an|the|their|his|her|my|this|another|some)"
    r"(?: \w{1,12}'s)? )?(?:friends?|sisters?|brothers?|mother|father|mom|dad"
    r"|parents?|partner|wife|husband|boyfriend|girlfriend|child|children|son|daughter|family|relatives?|ancest\w+"
    rf"|(?:{'|'.join(WORDS['people']['others'])})s?)\b(?!')"
    r"|as a (?:child|teen)|(?:but|although|though|however),? (?:it is|it's|this is|that is) not)"
)


def scope(passage: Passage, start: int, end: int, *, reported: bool = True) -> Scope:
    """Return what the clause before `start` and the words after `end` make of a statement.

    Args:
        passage: Where it stands.
        start: Its first position.
        end: The position after its last.
        reported: Whether verbs of saying before it make it somebody's words; not so for a verdict
            on the label, which posters do not give.
    """
    sentence = passage.sentence(start)
    text = passage.spoken
    if passage.asked(sentence) or _MODIFIED.match(text, end) is not None:
        return Scope.OPEN
    before = _FORCED.sub(",", text[max(sentence.start, start - 400) : start])
    if _CONDITION.search(before) is not None or _FRAME.fullmatch(before) is not None:
        return Scope.OPEN
    lead = _ASSERTING.sub(" ", _last_clause(before))
    denials = len(_DENYING.findall(lead))
    lead = _DENYING.sub(" ", lead)
    if (
        denials > 1
        or _OPENING.search(lead)
        or _DANGLING.search(lead)
        or (reported and _REPORT.search(lead))
    ):
        return Scope.OPEN
    return Scope.DENIED if denials else Scope.ASSERTED


def excepts(passage: Passage, end: int) -> bool:
    """Return whether what ends at `end` goes on with an exception: it denies no more than the
    rest.
    """
    return _EXCEPT.match(passage.spoken, end) is not None


def _last_clause(before: str) -> str:
    """Cut to what follows the last clause boundary.

    A clause that only goes on ("..., that") keeps what it goes on from.
    """
    cuts = [match.end() for match in _CLAUSE.finditer(before)]
    while cuts and _COMMA_THAT.match(before, cuts[-1]) is not None:
        cuts.pop()
    return before[cuts[-1] :] if cuts else before
