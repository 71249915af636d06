"""Turning the claims of an English text round: "shows signs of" becomes "does not show signs of".

In each sentence the first finite verb of the main clause is turned round, by patterns and a list of
verbs, without a parser. What stands in quotation marks is the post's and stays; so does a sentence
in which no verb is known.
"""

from __future__ import annotations

import re

SENTENCE = re.compile(r"(?<=[.!?])\s+")
"""What lies between two sentences."""


def words(text: str) -> list[str]:
    """Return the words of a list."""
    return text.split()


_VERBS = words(
    "acknowledge align appear ask believe categorize center cite come complain concern confess"
    " connect consider contain contribute convey correspond cover deal demonstrate depict describe"
    " desire detail discuss display emphasize encounter exhibit experience explain explore express"
    " face fall feel find fit focus go have hint hope identify illustrate imagine imply include"
    " indicate involve know lack lead lean live long look love make mention need offer pertain"
    " point portray provide question recall recognize recount refer reflect relate remain report"
    " represent request reveal revolve say see seek seem share show speak state stem stress"
    " struggle suffer suggest support talk tell think touch try use want wish worry write"
)
_ALSO_NOUNS = words(
    "ask concern cover deal desire detail display encounter experience face fall find fit focus"
    " hint hope lack lead long look love make mention need offer point question recall report"
    " request share show state stress struggle support talk touch try use want wish worry"
)
"""Verbs of which a form may be a noun: they count right after a subject alone."""
_SUBJECT = (
    r"(?:post(?:er)?|individual|person|author|user|writer|speaker|text|he|she|they|it|this|that"
    r"|which|who|tone|language|content|reporter|narrator|statement|sentence|description|situation)"
)
_PLURAL = (
    r"(?:they|these|those|we|I|people"
    r"|(?!(?:this|its|his|does|was|has|is|always|perhaps)\b)[a-z]+[^s\W]s)"
)
_ADVERB = r"(?:\s+(?:also|then|further|even|just|still|both|[a-z]+ly))*"
_NOT = r"(?:\s+not(?!\s+(?:only|just))\b|n['’]t\b)"
_PARTICIPLE = (
    r"(?:been|become|begun|bought|broken|brought|caught|chosen|come|cut|done|driven|fallen|felt"
    r"|forgotten|found|given|gone|got|gotten|grown|had|heard|held|hidden|hurt|kept|known|led|left"
    r"|lost|made|meant|met|paid|put|read|run|said|seen|shown|slept|spent|spoken|stolen|taken"
    r"|thought|told|thrown|understood|written|[a-z]+ed)\b"
)
_OPENING = re.compile(
    r"(?:[\W\d]*)(?:(?:while|although|though|even though|if|when|since|because|as|despite|given|in"
    r"|based|with|by|after|due|from|for|without|instead|rather|beyond|at|on|additionally)\b"
    r"[^,]*,\s+)?(?:(?:however,?\s+)?it\s+is\s+(?:also\s+)?(?:important|worth|essential|crucial)\s+"
    r"(?:to\s+(?:note|remember|consider|mention)|noting|mentioning)\s+that\s+)?",
    re.IGNORECASE,
)
"""What stands before the main clause."""
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|\([^)]*\)")


def _third(verb: str) -> str:
    if verb == "have":
        return "has"
    if verb.endswith(("s", "x", "ch", "sh", "go")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if re.search(r"[^aeiou]y$", verb) else f"{verb}s"


_BASE = {_third(verb): verb for verb in _VERBS if verb != "have"}
_LOOSE = "|".join(form for form, verb in _BASE.items() if verb not in _ALSO_NOUNS)
_STRICT = "|".join(form for form, verb in _BASE.items() if verb in _ALSO_NOUNS)
_PLAIN = "|".join(verb for verb in _VERBS if verb != "have")
_CLAIM = re.compile(
    rf"\b(?P<none>(?:is|are|was|were)\s+no)(?=\s+(?!longer\b|one\b|more\b|less\b))"
    rf"|\b(?P<denied>(?:is|are|was|were|do|does|did|can|could|may|might|will|would|should|must|has"
    rf"|have|had)){_NOT}"
    r"|\b(?P<cannot>cannot|can['’]t)\b"
    r"|\b(?P<longer>(?:is|are|was|were)\s+no\s+longer)\b"
    r"|\b(?P<be>is|are|was|were|could|will|would|should|must)\b(?!\s+not\b|n['’]t)"
    r"|\b(?P<may>may|might|can)\b(?!\s+(?:not|or)\b)"
    rf"|\b(?P<perfect>has|have|had)\b(?={_ADVERB}\s+{_PARTICIPLE})"
    rf"|(?<=\w\s)(?P<has>has)\b"
    rf"|\b(?P<third>{_LOOSE})\b"
    rf"|(?<=\w\s)\b(?P<strict>{_STRICT})\b"
    rf"|(?<=\w\s)\b(?P<plain>{_PLAIN}|have)\b",
    re.IGNORECASE,
)
_STRICT_BEFORE = re.compile(rf"\b{_SUBJECT}{_ADVERB}\s+$", re.IGNORECASE)
_PLAIN_BEFORE = re.compile(rf"\b{_PLURAL}{_ADVERB}\s+$", re.IGNORECASE)


def negated(text: str) -> str | None:
    """Return `text` with the claim of each sentence turned round; None where none could be."""
    parts = re.split(f"({SENTENCE.pattern})", text)
    turned = "".join(_turned(part) for part in parts)
    return None if turned == text else turned


def _turned(sentence: str) -> str:
    """Return a sentence with its first claim turned round; itself where none is known."""
    # Quotations keep their length, so that places stay what they are.
    hidden = _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), sentence)
    opening = _OPENING.match(hidden)
    start = opening.end() if opening else 0
    for claim in _CLAIM.finditer(hidden, start):
        kind, verb = str(claim.lastgroup), claim[str(claim.lastgroup)]
        said = _other_way(kind, verb, hidden[: claim.start()])
        if said is not None:
            before, after = sentence[: claim.start()], sentence[claim.end() :]
            if kind in ("none", "denied", "cannot"):
                after = re.sub(r"\bany\b", "some", after, count=1)
            return f"{before}{said}{after}"
    return sentence


def _other_way(kind: str, verb: str, before: str) -> str | None:
    """Return what a verb becomes; None where it is none."""
    match kind:
        case "none":
            return re.sub(r"no$", "some", verb)
        case "longer":
            return re.sub(r"no\s+longer$", "still", verb)
        case "denied":
            return verb
        case "cannot":
            return "can"
        case "may":
            return "cannot"
        case "be" | "perfect":
            return f"{verb} not"
        case "has":
            return "does not have"
        case "third":
            return f"does not {_BASE[verb.lower()]}"
        case "strict":
            return f"does not {_BASE[verb.lower()]}" if _STRICT_BEFORE.search(before) else None
        case _:
            return f"do not {verb}" if _PLAIN_BEFORE.search(before) else None
