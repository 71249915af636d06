"""The words by which one task's answers are named, compiled once for a task and its attributes.

A *wording* is a whole answer ("Yes, the poster suffers from stress."), a *term* a name that may
stand inside a sentence ("family issues"). To the terms that a task declares come the cores of its
gold sentences (what differs between them), and around each term the general nouns that models add
("work-related stress", "school issues"). A yes/no task's terms are its labels; naming its concept
as an answer ("Label: depression", "not stressed") is a yes or a no too, but only as the whole
answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scoring.answers import NO_LABELS, SEVERAL
from scoring.extraction.folding import fold
from scoring.extraction.once import once
from scoring.extraction.passage import Passage
from scoring.extraction.vocabulary import WORDS
from scoring.tasks import Label, Task
from scoring.texts import ABSENT

ADJECTIVES = {
    "depression": ("depressed", "clinically depressed"),
    "stress": ("stressed", "stressed out"),
    "loneliness": ("lonely",),
    "anxiety": ("anxious",),
    "suicidal ideation": ("suicidal",),
    "suicide risk": ("suicidal",),
}
"""What a poster *is* who suffers from it."""

FEELINGS = frozenset(("stress", "loneliness"))
"""What a poster has who feels it; one who feels depressed need not have depression."""

DEEDS = {
    "want to suicide": (
        "suicide",
        "commit suicide",
        "die by suicide",
        "kill themselves",
        "kill himself",
        "kill herself",
        "end their life",
        "end his life",
        "end her life",
    ),
}
"""What a poster *wants* to do, where the question asks for it."""

_REST = (
    "some other unknown factor",
    "other unknown factors",
    "some other factor",
    "some other cause",
)
"""How models name what a label "other" stands for."""

_AROUND = (
    r"(?:[- ](?:related|based|induced))?(?:"
    r" (?:issues?|problems?|stress|stressors?|matters?|concerns?"
    r"|difficult(?:y|ies)"
    r"|situation|causes?|reasons?|symptoms?|tendenc(?:y|ies)|thoughts|disorders?|pressures?|category|group|label"
    r"|(?:levels?|degree|stage)(?: of (?:depression|stress|strain|low mood|(?:suicide"
    r" )?risk))?)){0,2}"
)
_JOIN = re.compile(
    r"[\s)\]\"'.]{0,4}(?:,|/|&|\+|\(|\band\b|\bor\b|\bas well as\b)(?:\s|and\b|or\b){0,5}"
    r"(?:(?:also|partly|equally|in part|by|from|to|due to|because of) ){0,3}"
)
_MOST_JOINED = 20
"""Labels in one enumeration; no output needs more, and one that loops must not cost seconds."""
_LEAD = re.compile(
    r"[\s:\"'(\[*<>$~=→✓✔✅❌☑•|-]{0,8}(?:(?:the|a|an|both|either|their|his|her|its|poster's|label|category|of|option)"
    r" ){0,4}"
    r"[\"'(\[<$]{0,2}"
)
_LETTER = re.compile(r"[(\[]?([a-i1-9])(?:[).:\]]{1,2}\s{0,3}| (?=\())(?=[\w\"'(])")
_BARE_LETTER = re.compile(r"[(\[\"']?([a-i])\b(?![-'])")
_TAIL = re.compile(
    r"[\s]{0,3}(?:$|[.,;:!()\]\"'\n\x00/&+—–<>$|#✓✔✅☑]|-"
    r" |(?:in|at|for|over|because|since|as|based|given|with|from"
    r"|which|where|and|or|but|here|after|following|during|when"
    r"|rather|instead|not|is|are|reason|reasoning|explanation|due|according|the|this|it|they|i|there|would|within|so|that)\b)"
)
_BEFORE_LABEL = re.compile(r"(?:related to|shows?) (?!no\b)(.+)$")
_OR = re.compile(r"[\s,\"')]{0,3}\bor\b")
_NOT = (
    "no",
    "not",
    "non",
    "no signs of",
    "no sign of",
    "no evidence of",
    "no indication of",
    "without",
    "free of",
)
_CORRECTED = re.compile(r"\s{0,3}not (.{1,60}?),? but (?:rather |instead |of |to |with ){0,2}")
_STRIP = " \n\t.,:;!\"'()[]{}*#<>$~=-–—_→✓✔✅❌☑•|"
_PICTURES = re.compile(r"^[^\w\s]+\s*|\s*[^\w\s]+$")
"""Emoji and the like, in front or behind."""
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]{0,200})[)\]]$")
_VAGUE = re.compile(
    r"no (?:(?:clear|specific|obvious|particular|identifiable|apparent|explicit|evident|definite|direct|single) )+"
)
_LISTED = re.compile(r"\s*(?:,|;|/|&|\+|\||\band\b|\bor\b|\bboth\b)\s*")


@dataclass(frozen=True)
class Named:
    """Labels named at a place, and where the naming ends."""

    labels: frozenset[str]
    end: int


@dataclass(frozen=True, eq=False)
class Lexicon:
    """One task's words, with its attributes filled in.

    Attributes:
        task: The task.
        question: Lower case.
        concepts: What a "yes" affirms; empty for tasks that are not yes/no.
        adjectives: What a poster is who suffers from it.
        deeds: What a poster wants to do, where that is what is asked.
        wordings: A whole answer, folded and bare of marks at its ends -> label name.
        sentences: Label sentences of three words and more, longest first, with their labels.
        terms: A name inside a sentence -> label name.
        term: The pattern of a term, as text to build others from; one group.
        own_word: What a yes or no is as a word for the poster, "stressed" or "not stressed"; None
            where there is none.
    """

    task: Task
    question: str
    concepts: tuple[str, ...]
    adjectives: tuple[str, ...]
    deeds: tuple[str, ...]
    wordings: Mapping[str, str]
    sentences: tuple[tuple[str, str], ...]
    terms: Mapping[str, str]
    term: str
    own_word: re.Pattern[str] | None
    _anchored: re.Pattern[str]
    _first: re.Pattern[str]

    @once
    def yes_no(self) -> bool:
        """Whether the answers are yes and no."""
        return set(self.task.label_names) == {"yes", "no"}

    @once
    def wide(self) -> bool:
        """Whether the concept is something that a post has (a risk, a dimension), not something
        its poster suffers from.
        """
        return any("risk" in concept or "wellness" in concept for concept in self.concepts)

    @once
    def begins(self) -> tuple[str, ...]:
        """The label sentences alone, with any of which an output may begin."""
        return tuple(sentence for sentence, _ in self.sentences)

    def whole(self, text: str) -> str | None:
        """Return the label of which `text` (folded) is a wording.

        Marks at its ends, hyphens and a bracket after it aside.
        """
        label = self.wordings.get(_key(text))
        if label is None and text.startswith("no "):
            label = self.wordings.get(_key(_VAGUE.sub("no ", text, count=1)))
        if label is not None or not text.rstrip(" .!*").endswith((")", "]")):
            return label
        bracket = _BRACKET.search(text.rstrip(" .!*"))
        if bracket is None:
            return None
        called = _key(text[: bracket.start()])
        if len(called) == 1 and called not in self.wordings:  # "1 (stressed)"
            called = _key(bracket[1])
        label = self.wordings.get(called)
        others = (self.terms[_key(term[1])] for term in self._anchored.finditer(bracket[1]))
        return label if all(other == label for other in others) else None

    def misses(self, text: str) -> bool:
        """Return whether `text` (folded) is a word for a missing value, and no answer to the task.

        A label may be such a word, and where several are asked for "none" says that none applies.
        """
        none = text == NO_LABELS and self.task.answers.takes == SEVERAL
        return text in ABSENT and not none and self.whole(text) is None

    def __contains__(self, text: object) -> bool:
        """Return whether `text` (folded) is a whole answer."""
        return isinstance(text, str) and self.whole(text) is not None

    def opens(self, text: str) -> bool:
        """Return whether `text` (folded) may begin with a label, or with what leads to one."""
        return self._first.match(text) is not None

    def listed(self, text: str) -> frozenset[str]:
        """Return the labels of which `text` (folded) is a list.

        Empty where any part of it names none.
        """
        whole = self.whole(text)
        if whole is not None:
            return frozenset({whole})
        parts = [self.whole(part) for part in _LISTED.split(text) if part.strip(_STRIP)]
        return frozenset(part for part in parts if part) if all(parts) else frozenset()

    def enumerated(self, text: str) -> frozenset[str]:
        """Return the labels that the terms in `text` (folded) name, apart from what is none."""
        parts = re.split(r",|/|&|\+|\band\b|\bor\b|\bboth\b", text)
        whole = self.whole(text)
        if whole is not None:
            return frozenset({whole})
        matches = (self._anchored.fullmatch(part.strip(_STRIP)) for part in parts)
        return frozenset(self.terms[_key(match[1])] for match in matches if match is not None)

    def state(self, text: str) -> frozenset[str]:
        """Return what `text` (folded) says of a condition that is asked about.

        "present" is yes, "not detected" no.
        """
        said = _key(text)
        return frozenset(name for name, words in WORDS["state"].items() if said in words)

    def named(self, passage: Passage, start: int) -> Named | None:
        """Return the labels that are named at `start`, articles, quotation marks and an option's
        letter aside.

        Returns:
            Every label of an enumeration ("work and school"); None where no term stands, or one
            that goes on as something else ("work ethic", "work or so"). "Not school but work" names
            work.
        """
        text = passage.spoken
        corrected = _CORRECTED.match(text, start)
        if corrected is not None and self._one(passage, corrected.start(1)) is not None:
            start = corrected.end()
        first = self._one(passage, start)
        if first is None:
            return None
        labels, end = set(first.labels), first.end
        for _ in range(_MOST_JOINED):
            join = _JOIN.match(text, end)
            if join is None:
                break
            more = self._one(passage, join.end())
            if more is None:
                break
            labels |= more.labels
            end = more.end
        return None if _OR.match(text, end) is not None else Named(frozenset(labels), end)

    def _one(self, passage: Passage, start: int) -> Named | None:
        text = passage.spoken
        lead = _LEAD.match(text, start)
        place = lead.end() if lead is not None else start
        letter = _LETTER.match(text, place)
        named = self._term_at(text, letter.end() if letter is not None else place)
        if named is None and letter is not None:
            lead = _LEAD.match(text, letter.end())
            named = self._term_at(text, lead.end() if lead is not None else letter.end())
        return named or self._term_at(text, start) or self._option(passage, place)

    def _term_at(self, text: str, place: int) -> Named | None:
        match = self._anchored.match(text, place)
        if match is None or _TAIL.match(text, match.end()) is None:
            return None
        return Named(frozenset({self.terms[_key(match[1])]}), match.end())

    def _option(self, passage: Passage, place: int) -> Named | None:
        """Return a bare letter, where the output itself says what it stands for."""
        letter = _BARE_LETTER.match(passage.spoken, place)
        if letter is None or letter[1] not in passage.options:
            return None
        labels = self.enumerated(passage.options[letter[1]])
        return Named(labels, letter.end()) if labels else None


_KEPT: dict[tuple[int, tuple[tuple[str, str], ...]], Lexicon] = {}
"""By the task's identity: it cannot be another's while its lexicon, which holds it, is kept."""
# A task's attributes make a lexicon each; a made-up attribute an example must not fill memory.
_MOST_KEPT = 512


def lexicon_of(task: Task, attributes: Mapping[str, str]) -> Lexicon:
    """Return the (kept) words of `task`.

    Attributes that the task does not declare make no difference.
    """
    known = tuple((name, attributes[name]) for name in task.attributes if name in attributes)
    key = (id(task), known)
    lexicon = _KEPT.get(key)
    if lexicon is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        lexicon = _KEPT[key] = _lexicon(task, known)
    return lexicon


def _lexicon(task: Task, attributes: tuple[tuple[str, str], ...]) -> Lexicon:
    values = dict(attributes)
    concepts = _longest(text for concept in task.concept for text in _filled(concept, task, values))
    concepts = _longest([*concepts, *_dimensions(concepts), *_risks(concepts)])
    yes_no = set(task.label_names) == {"yes", "no"}
    adjectives = _longest(word for concept in concepts for word in ADJECTIVES.get(concept, ()))
    wordings = _wordings(task, (*concepts, *adjectives) if yes_no else ())
    terms = (
        _terms(task)
        if not yes_no
        else {word: name for word, name in wordings.items() if _is_word(word)} | _bare()
    )
    term = (
        "("
        + "|".join(re.escape(word).replace(r"\ ", "[- _]") for word in _longest(terms))
        + ")"
        + ("" if yes_no else _AROUND)
    )
    sentences = (
        (fold(text).rstrip(". "), label.name)
        for label in task.labels
        for text in (*label.gold, *label.aliases)
    )
    question = next(iter(_filled(task.question, task, values)))
    return Lexicon(
        task=task,
        question=question,
        deeds=_longest(deed for wish, deeds in DEEDS.items() if wish in question for deed in deeds),
        concepts=concepts,
        adjectives=adjectives,
        wordings=wordings,
        sentences=tuple(
            sorted((s for s in sentences if len(s[0].split()) > 2), key=lambda s: -len(s[0]))
        ),
        terms=terms,
        term=term,
        own_word=_own_word(adjectives) if yes_no and adjectives else None,
        _anchored=re.compile(term + r"(?![\w-])"),
        _first=_first(term, adjectives if yes_no else ()),
    )


def _first(term: str, adjectives: tuple[str, ...]) -> re.Pattern[str]:
    own = "|".join((*map(re.escape, adjectives), "not ", "non[- ]"))
    lead = rf"{_LEAD.pattern}(?:{_LETTER.pattern}{_LEAD.pattern})?"
    return re.compile(rf"{lead}(?:{term}(?![\w-])|{own})")


def _own_word(adjectives: tuple[str, ...]) -> re.Pattern[str]:
    called = "|".join(map(re.escape, adjectives))
    return re.compile(rf"(?P<denied>not |non[- ])?(?:{called})(?![\w-])")


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(words), key=lambda word: (-len(word), word)))


def _is_word(word: str) -> bool:
    return word in ("yes", "no", "true", "false")


def _filled(text: str, task: Task, values: Mapping[str, str]) -> list[str]:
    """Return `text` with its attributes filled in.

    With every allowed value of one that is not given.
    """
    texts = [fold(text)]
    for name, allowed in task.attributes.items():
        slots = (f"{{{name}}}", "{attribute}")
        chosen = [values[name]] if name in values else list(allowed)
        texts = [
            filled.replace(slots[0], fold(value)).replace(slots[1], fold(value))
            for filled in texts
            for value in chosen
        ]
    return list(dict.fromkeys(texts))


def _dimensions(concepts: Iterable[str]) -> list[str]:
    """Return the further forms in which models write "social wellness dimension".

    They change its words' order.
    """
    names = [
        match[1]
        for concept in concepts
        if (match := re.fullmatch(r"(\w+) wellness dimension", concept))
    ]
    forms = (
        "{0} aspect of wellness",
        "{0} aspect",
        "wellness dimension of {0} aspect",
        "wellness dimension of the {0} aspect",
        "wellness dimension of {0} wellness",
        "{0} dimension of well-being",
        "dimension of {0} wellness",
        "{0} aspect of psychological wellness",
    )
    return [form.format(name) for name in names for form in forms] + (
        ["dimension"] if names else []
    )


def _risks(concepts: Iterable[str]) -> list[str]:
    """Return the further forms of "risk of haste" and "this risk"."""
    turned = [
        concept.replace("risk of", "risk for")
        for concept in concepts
        if concept.startswith("risk of")
    ]
    return turned + (["the risk", "such a risk"] if "this risk" in concepts else [])


def _wordings(task: Task, affirmed: Iterable[str]) -> dict[str, str]:
    by_wording: dict[str, str] = {}
    states = WORDS["state"]
    for phrase in map(_key, affirmed):
        by_wording[phrase] = "yes"
        by_wording |= {
            f"{phrase} {state}": name for name, words in states.items() for state in words
        }
        by_wording |= {f"no {phrase} {state}": "no" for state in states["yes"]}
        by_wording |= {f"{word} {phrase}": "no" for word in _NOT}
    if by_wording:
        by_wording |= _bare() | {"y": "yes", "n": "no"}
    for label in task.labels:
        for text in (label.name, label.title, *label.gold, *label.aliases):
            by_wording[_key(fold(text))] = label.name
    for label in task.labels:
        for word in _synonyms(label):
            by_wording.setdefault(word, label.name)
    return by_wording


def _key(text: str) -> str:
    """Return a folded wording as it is looked up.

    Bare of marks at its ends, words apart by one space.
    """
    stripped = text.strip(_STRIP)
    if not stripped.isascii():
        stripped = _PICTURES.sub("", stripped)
    return " ".join(stripped.replace("-", " ").replace("_", " ").split())


def _bare() -> dict[str, str]:
    return {word: name for name, words in WORDS["bare"].items() for word in words}


def _synonyms(label: Label) -> list[str]:
    """Return further names of a label of several."""
    known = {_key(fold(text)) for text in (label.name, label.title, *label.gold, *label.aliases)}
    return [word for name, words in WORDS["labels"].items() if name in known for word in words]


def _terms(task: Task) -> dict[str, str]:
    terms: dict[str, str] = {}
    for label in task.labels:
        for text in (*_cores(label), *label.aliases, label.title, label.name):
            terms.setdefault(_key(fold(text)), label.name)
        rest = _REST if label.name == "other" else _degrees(label, task)
        terms |= dict.fromkeys(rest, label.name)
    for label in task.labels:
        for word in _synonyms(label):
            terms.setdefault(word, label.name)
    return terms


def _degrees(label: Label, task: Task) -> list[str]:
    """Return names such as "moderately depressed", where the labels are the degrees of what the
    question calls somebody.
    """
    states = (
        ("depressed", "stressed", "strained", "lonely", "anxious") if task.kind == "ordinal" else ()
    )
    return [f"{fold(label.name)}ly {state}" for state in states if state in fold(task.question)]


def _cores(label: Label) -> list[str]:
    """Return what a gold sentence names: "work" of "... related to work.".

    A short gold wording is one itself.
    """
    golds = [fold(text).rstrip(". ") for text in label.gold]
    return [
        match[1] if (match := _BEFORE_LABEL.search(gold)) else gold.removeprefix("this post shows ")
        for gold in golds
    ]
