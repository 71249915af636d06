"""Putting another symptom, or another cause, in the place of the one that a text names.

The lexicon says what is of which kind, and what may stand in whose place by its grammar: "insomnia"
becomes "guilt", never "guilty". All places of the word are changed, to a word of a kind that the
text does not name. What people add to such a word ("social anxiety", "anxiety disorder", "afraid
of") holds others out: it stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.stress.negation import SENTENCE, words

Kinds = Mapping[str, tuple[str, ...]]

_STATES: Kinds = {
    "low mood": ("depression", "sadness", "hopelessness", "despair"),
    "fear": ("anxiety", "panic"),
    "sleep": ("insomnia", "sleeplessness"),
    "anger": ("anger", "rage"),
    "being alone": ("loneliness", "isolation"),
    "guilt": ("guilt", "remorse"),
    "tiredness": ("exhaustion", "fatigue"),
    "boredom": ("boredom",),
    "mistrust": ("paranoia",),
}
_EPISODES: Kinds = {
    "fear": ("panic attacks", "anxiety attacks"),
    "sleep": ("nightmares", "sleepless nights", "sleep problems"),
    "suicide": ("suicidal thoughts", "thoughts of suicide", "thoughts of self-harm"),
    "mood": ("mood swings", "depressive episodes"),
    "memories": ("flashbacks", "intrusive memories"),
    "senses": ("hallucinations", "delusions"),
    "body": ("headaches", "stomach cramps"),
    "eating": ("eating binges", "food cravings"),
}
_FEELINGS: Kinds = {
    "low mood": ("depressed", "sad", "hopeless", "miserable", "worthless", "unhappy"),
    "fear": ("anxious", "scared", "terrified", "worried", "nervous"),
    "anger": ("angry", "annoyed", "furious"),
    "being alone": ("lonely", "isolated"),
    "guilt": ("guilty", "ashamed"),
    "tiredness": ("exhausted", "tired", "drained"),
    "boredom": ("bored",),
    "jealousy": ("jealous", "envious"),
}
_AFFAIRS: Kinds = {
    "work": ("job", "career"),
    "love": ("marriage", "divorce", "breakup"),
    "health": ("illness", "surgery", "pregnancy", "injury"),
    "study": ("exam", "thesis"),
    "money": ("debt", "mortgage"),
}
_PLACES: Kinds = {"work": ("work",), "study": ("school", "college", "university")}
_FIELDS: Kinds = {
    "money": ("financial",),
    "work": ("work", "job", "workplace", "career"),
    "study": ("school", "academic"),
    "health": ("health", "medical"),
    "love": ("relationship", "marital"),
    "family": ("family",),
    "law": ("legal",),
}
_PERSON: Kinds = {
    "family": ("mother", "father", "sister", "brother", "mom", "dad"),
    "love": ("boyfriend", "girlfriend", "husband", "wife"),
    "work": ("boss", "manager", "coworker"),
    "study": ("teacher", "professor", "classmate"),
    "care": ("therapist", "doctor", "psychiatrist"),
    "home": ("roommate", "landlord", "neighbor"),
}
_PEOPLE: Kinds = {
    "family": ("parents", "siblings", "brothers", "sisters"),
    "children": ("children", "kids"),
    "friends": ("friends",),
    "work": ("coworkers", "colleagues"),
    "study": ("classmates", "teachers"),
    "home": ("roommates", "neighbors"),
}


@dataclass(frozen=True)
class _Slot:
    """Words that can stand in each other's place.

    Attributes:
        kinds: Kind -> its words.
        after: What has to stand before one of them, as a pattern of fixed length each.
        before: What has to follow.
    """

    kinds: Kinds
    after: str = ""
    before: str = ""

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """Word -> what finds it, with the article before it."""
        return {word: self._pattern(word) for alike in self.kinds.values() for word in alike}

    def _pattern(self, word: str) -> re.Pattern[str]:
        return re.compile(rf"{self.after}\b(?:(an?)(\s+))?({word})\b{self.before}", re.IGNORECASE)


_PARTS = (
    r"(?!['’-]"
    r"|\s+(?:disorders?|attacks?|medications?|meds|levels?|interviews?|counselou?rs?))"
)
_NO_MORE = _PARTS[:-1] + r"|\s+(?:of|about|that|with|at|by|to|for|in|towards?|from|over)\b)"
_ALONE = r"(?<!social )(?<!emotional )(?<!separation )(?<!physical )(?<!mental )(?<!-)"
_TROUBLE = (
    r"(?=\s+(?:issues?|problems?|stress|stressors?|pressures?|difficult(?:y|ies)|challenges?"
    r"|conflicts?|matters?|concerns?|worries|struggles?|situation"
    r"|circumstances|responsibilities)\b)"
)
_FEELS = "|".join(
    f"(?<={verb} )" for verb in words("feel feels feeling felt very so extremely deeply")
)
_AT = "|".join(f"(?<=\\b{word} )" for word in words("at from about in off their her his"))
_WHOSE = "|".join(f"(?<={whose} )" for whose in ("their", "his", "her", "['’]s"))
_ENDS = r"(?=[.,;:)]|\s+(?:and|or|which|as|because|is|was|has|due|but|while|[a-z]+ing)\b|$)"
_DENIES = re.compile(
    r"\b(?:no|not|cannot|never|neither|nor|without|lacks?|may|might|could|if|whether|rather)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
"""What a sentence has that does not say of the poster what it names."""
_SLOTS = (
    _Slot(_STATES, _ALONE, _NO_MORE),
    _Slot(_EPISODES, "", _NO_MORE),
    _Slot(_FEELINGS, f"(?:{_FEELS})", _NO_MORE),
    _Slot(_AFFAIRS, r"(?<!-)(?<!quit their )", _ENDS),
    _Slot(_PLACES, f"(?:{_AT})", _ENDS),
    _Slot(_FIELDS, r"(?<!-)(?<!mental )", _TROUBLE),
    _Slot(_PERSON, f"(?:{_WHOSE})", _PARTS),
    _Slot(_PEOPLE, r"(?<!-)(?<!make )(?<!making )(?<!family and )", _PARTS),
)


def swapped(text: str, rng: np.random.Generator) -> str | None:
    """Return `text` with a word of another kind in place of one; None where it names nothing."""
    said = " ".join(part for part in SENTENCE.split(text) if not _DENIES.search(part))
    named = [
        (slot, word)
        for slot in _SLOTS
        for word, pattern in slot.patterns.items()
        if pattern.search(said)
    ]
    if not named:
        return None
    slot, word = named[rng.integers(len(named))]
    lowered = text.lower()
    others = [
        other
        for alike in slot.kinds.values()
        if not any(each in lowered for each in alike)
        for other in alike
    ]
    if not others:
        return None
    other = others[rng.integers(len(others))]
    return slot.patterns[word].sub(lambda place: _in_place(place, other), text)


def _in_place(place: re.Match[str], other: str) -> str:
    """Return another word as the one in its place is written, with the article that it takes."""
    article, gap, word = place.groups()
    written = other.capitalize() if word[0].isupper() else other
    if article is None:
        return written
    fitting = "an" if other[0] in "aeiou" and not other.startswith("uni") else "a"
    return f"{fitting.capitalize() if article[0].isupper() else fitting}{gap}{written}"
