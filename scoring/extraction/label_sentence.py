"""What a label sentence is: one that has no words but those in which the task's labels are stated.

The words decide, not what the sentence says of the label, so that an answer and its denial, or an
answer and another label's, are label sentences alike: what remains of an output as its explanation
must not depend on its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scoring.extraction.lexicon import Lexicon

_WORD = re.compile(r"\w[\w'-]*")
_PART = re.compile(r"\w[\w']*")
_GLANCE = 60
"""In characters: most sentences that say more than a label do so within them."""
_SENTENCE_END = re.compile(r"[.!?\n]")
_LONGEST = 160
"""In characters: no label sentence is longer."""
_AROUND = frozenset(
    _WORD.findall("""
a an the this that these their his her its it they he she i we you my poster poster's post post's text tweet
message author author's user user's person person's individual individual's writer writer's of in on for to
from with by as at and or but so if given above here case situation there
is are was be been being am isn't aren't do does did doesn't don't didn't has have had having hasn't haven't
not no any none never neither nor without can cannot can't could would may might will should
show shows showing shown exhibit exhibits exhibiting display displays displaying indicate indicates
indicating demonstrate demonstrates demonstrating reveal reveals express expresses expressing present presents
contain contains suffer suffers suffering experience experiences experiencing struggle struggles struggling
deal dealing feel feels feeling want wants seem seems appear appears suggest suggests suggesting lack lacks
sign signs symptom symptoms indication indications indicator indicators evidence tendency tendencies level
feelings mental disorder disorders health condition issue issues problem problems cause causes caused related
clear clearly indeed definitely certainly likely unlikely possibly probably some strong severe significant
very quite several multiple numerous many various possible both actually also
current currently explicit explicitly direct directly
yes no answer label labels category class classification question final correct appropriate suitable best
most fitting applicable therefore thus hence overall based say think believe conclude conclusion choose pick select
    """)
)
"""Who and where, what is done or not done and how surely, of what, and the answer itself. The words
of the task's own question and sentences come to them.
"""


def says_only_a_label(sentence: str, lexicon: Lexicon) -> bool:
    """Return whether `sentence` (folded) states a label, whichever, and nothing else."""
    if len(sentence) > _LONGEST or sentence.rstrip(" \n\"'").endswith("?"):
        return False
    known = _label_words(lexicon)
    if not known.every.issuperset(_WORD.findall(sentence.replace("-", " "))):
        return False
    rest, named = known.names.subn(" ", sentence)
    return bool(named) and all(word in known.others for word in _WORD.findall(rest))


def may_begin_with_a_label_sentence(text: str, start: int, lexicon: Lexicon) -> bool:
    """Return whether the first sentence from `start` may say only a label, by its words.

    No sentence's end is looked for.
    """
    every = _label_words(lexicon).every
    near = _SENTENCE_END.search(text, start + 1, start + _GLANCE)
    for word in text[start : near.start() if near is not None else start + _GLANCE].split()[:-1]:
        if word not in every and word.isalpha():
            return False
    end = near or _SENTENCE_END.search(text, start + 1, start + _LONGEST + 1)
    if end is None and len(text) > start + _LONGEST:
        return False
    stop = end.start() if end is not None else len(text)
    return every.issuperset(_PART.findall(text, start, stop))


def states_around_a_label(text: str, lexicon: Lexicon) -> bool:
    """Return whether `text` (folded) has no words but those that stand around a label's.

    "The final answer is".
    """
    return len(text) <= _LONGEST and _label_words(lexicon).others.issuperset(_WORD.findall(text))


@dataclass(frozen=True)
class _LabelWords:
    """How the labels of a task are stated.

    Attributes:
        names: Matches what a label is called.
        others: The words that may stand around it.
        every: These and all words of names: no label sentence has another.
    """

    names: re.Pattern[str]
    others: frozenset[str]
    every: frozenset[str]


@lru_cache(maxsize=512)
def _label_words(lexicon: Lexicon) -> _LabelWords:
    """Return the words of a task's labels, question and label sentences.

    `lexicon` is hashed by identity.
    """
    called = {*lexicon.concepts, *lexicon.adjectives, *lexicon.deeds, *lexicon.terms}
    called |= set() if lexicon.yes_no else set(lexicon.wordings)
    longest = sorted(called, key=len, reverse=True)
    names = "|".join(re.escape(name).replace(r"\ ", "[- _]") for name in longest)
    declared = " ".join([lexicon.question, *(sentence for sentence, _ in lexicon.sentences)])
    others = _AROUND | set(_WORD.findall(declared))
    every = set(_WORD.findall(" ".join([*others, *called]).replace("-", " ")))
    return _LabelWords(re.compile(rf"(?<![\w-])(?:{names})(?![\w-])"), others, frozenset(every))
