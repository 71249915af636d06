"""What annotators of a round are shown: a text an item, under an id that says nothing.

Items of four kinds look alike: what systems wrote, the same a second time (`again`), and what
checks raters, hidden among the others. Practice alone says what it is. What tells them apart is the
key under which their ratings are stored, which no browser is sent: an id is keyed with the board's
secret (`submissions.store.files.annotators`), so that nobody finds out by trying names, or by
counting.

In a pairwise round an item is two texts about one post. Its key is that of the text on the left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unicodedata import normalize

from submissions.rating.conversations import Utterance, utterances
from submissions.store.files.annotators import pseudonym, pseudonyms
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import AGAIN, CHECKS, RatedText, shown_texts
from submissions.store.rated.rounds import Key, Round, Standing


@dataclass(frozen=True)
class Item:
    """One explanation, or two, or a transcript, as its annotator sees it: nothing tells whose it is.

    Attributes:
        id: 12 hex digits that say nothing.
        post: The post.
        asked: What was asked of it; "" where that is not known.
        text: What was answered, label and explanation; "" of a transcript.
        turns: What is said in a transcript, turn by turn.
        against: What is on its right in a pairwise round; "" in others.
        practice: Whether it is there to learn on; of what is hidden nothing tells.
        ratings: Aspect -> what the annotator has given it so far.
        reason: Why, where they said so.
    """

    id: str
    post: str
    asked: str
    text: str
    turns: tuple[Utterance, ...]
    against: str
    practice: bool
    ratings: Mapping[str, int]
    reason: str


@dataclass(frozen=True)
class SharedText:
    """A text as annotators see it, whoever wrote it.

    Attributes:
        text: The first system's, which stands for all.
        keys: (item, system) of every system that wrote it.
        against: In a pairwise round, the text on its right.
    """

    text: RatedText
    keys: tuple[Key, ...]
    against: RatedText | None = None

    @property
    def counts(self) -> bool:
        """Whether its ratings are of a system, and say something of it."""
        return not self.text.item.startswith(CHECKS)

    @property
    def practice(self) -> bool:
        """Whether it is there to learn on."""
        return self.text.check is not None and self.text.check.practice

    @property
    def again(self) -> SharedText:
        """The same, given to somebody a second time."""
        item = f"{AGAIN}{self.text.item}"
        keys = tuple((f"{AGAIN}{own}", system) for own, system in self.keys)
        return SharedText(replace(self.text, item=item), keys, self.against)

    def raters(self, stands: Standing) -> frozenset[str]:
        """Return who have rated it."""
        return frozenset().union(*(stands.raters.get(key, ()) for key in self.keys))

    def rated_by(self, stands: Standing, annotator: str) -> bool:
        """Return whether an annotator has rated it."""
        return any((*key, annotator) in stands.ratings for key in self.keys)

    def skipped_by(self, stands: Standing, annotator: str) -> bool:
        """Return whether an annotator has skipped it."""
        return any((*key, annotator) in stands.skips for key in self.keys)

    def done_by(self, stands: Standing, annotator: str) -> bool:
        """Return whether an annotator is through with it."""
        return self.rated_by(stands, annotator) or self.skipped_by(stands, annotator)


def shown_in(folder: DataFolder, round: Round) -> dict[Key, SharedText]:
    """Return what there is to rate, under the key of the first system that wrote it, in the order
    drawn.

    What is there to check raters is among it, but not what they are given a second time.
    """
    texts = shown_texts(folder, round.name)
    shared = _pairs(texts) if round.pairwise else _shared(texts)
    return {item.text.key: item for item in shared}


def _shared(texts: Mapping[Key, RatedText]) -> list[SharedText]:
    # By item too: the same words about another post are another explanation.
    same: dict[tuple[str, str], list[RatedText]] = {}
    for text in texts.values():
        same.setdefault((text.item, looks(text)), []).append(text)
    return [SharedText(alike[0], tuple(text.key for text in alike)) for alike in same.values()]


def _pairs(texts: Mapping[Key, RatedText]) -> list[SharedText]:
    by_item: dict[str, list[RatedText]] = {}
    for text in texts.values():
        by_item.setdefault(text.item, []).append(text)
    # Of a pair of which one text was taken down, nothing can be chosen.
    pairs = [tuple(pair) for pair in by_item.values() if len(pair) == 2]
    return [SharedText(left, (left.key,), right) for left, right in pairs]


def looks(text: RatedText) -> str:
    """Return what an annotator can tell a text from others by: letters and words, whatever the
    white space.
    """
    return " ".join(normalize("NFC", as_shown(text)).split())


def as_shown(text: RatedText) -> str:
    """Return a text as annotators read it."""
    if text.explanation is None:
        return text.output or ""
    return "\n\n".join(filter(None, (text.label, text.explanation)))


def item_of(
    folder: DataFolder, round: Round, shown: SharedText, stands: Standing, who: str
) -> Item:
    """Return what an annotator is shown of a text, with what they have said of it so far."""
    text, key, turns = shown.text, (*shown.text.key, who), utterances(shown.text)
    return Item(
        pseudonym(folder.path, _named(round, text.key)),
        text.post or "",
        text.asked or "",
        "" if turns else as_shown(text),
        turns,
        as_shown(shown.against) if shown.against else "",
        shown.practice,
        stands.ratings.get(key, {}),
        stands.reasons.get(key, ""),
    )


def with_id(folder: DataFolder, round: Round, item: str) -> SharedText | None:
    """Return what is shown under an id, a second time or the first; None where it is gone."""
    keyed = pseudonyms(folder.path)
    for shown in shown_in(folder, round).values():
        for candidate in (shown, shown.again):
            # By any of its systems: the first may have been taken down since the item was shown.
            if item in {keyed(_named(round, key)) for key in candidate.keys}:
                return candidate
    return None


def _named(round: Round, key: Key) -> str:
    return repr((round.id, *key))
