"""What an annotator of a round is given next.

First what they learn on, if the round has any, in the order of its file. Then: what they had on the
screen; what others have begun, so that items get done; then an order that is shuffled for each
annotator. Two explanations of one post never follow each other while there is anything else: the
second would be rated against the first, and not by itself. An item on somebody's screen counts as
rated for half an hour, so that nobody works for nothing.

What checks them comes in between as if all were shuffled together: with every turn by chance (a
hash) as likely as checks are among what is left for them. So neither a place in the order nor the
count of what is left tells one. Every annotator is given hidden gold items in the proportion in
which the round has them: all of them with all that counts, and none where others have rated it
already, since whoever is given gold alone knows it for gold. They are given as many of their own
items a second time as the round repeats, each after at least `GAP` others, unless nothing else is
left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from submissions.rating.shown import SharedText
from submissions.store.rated.ratings import AGAIN
from submissions.store.rated.rounds import Key, Round, Standing

RATERS = 3
"""Who rate an item before it is done."""
GAP = 5
"""How many others an annotator rates before an item is given a second time."""


@dataclass(frozen=True)
class Turn:
    """Where an annotator of a round stands.

    Attributes:
        round: Which.
        annotator: Who.
        shown: All that is in it, in the order drawn.
        stands: How it stands.
    """

    round: Round
    annotator: str
    shown: Collection[SharedText]
    stands: Standing

    @property
    def practice(self) -> list[SharedText]:
        """What is left to learn on."""
        return [item for item in self.shown if item.practice and not self._is_done(item)]

    @property
    def left(self) -> int:
        """How many items they may still be given, practice aside.

        It does not tell what was rated just now: what is owed a second time is of no item yet.
        """
        return len(self._open) + self._owed_gold(self._open) + self._owed

    @property
    def rated(self) -> int:
        """How many they have rated, practice aside."""
        practice = {key for item in self.shown if item.practice for key in item.keys}
        keys = set(self.stands.rated_by(self.annotator)) - practice
        # Of a text that several systems share, one.
        others = {key for item in self.shown for key in (*item.keys[1:], *item.again.keys[1:])}
        return len(keys - others)

    def choose(self) -> Key | None:
        """Return the key of what they are given; None where nothing is left or free."""
        if self.practice:
            return self.practice[0].text.key
        free = [item for item in self._open if len(self.others(item)) < RATERS]
        # A page that is loaded again shows the same item, or people would leave behind what they
        # had begun to read.
        on_screen = self.stands.reserved.get(self.annotator)
        for item in (*free, *self._gold, *self._repeatable):
            if on_screen in item.keys:
                return item.text.key
        chosen = min(self._due(free), key=self._order, default=None)
        return None if chosen is None else chosen.text.key

    def others(self, item: SharedText) -> frozenset[str]:
        """Return who else has rated a text, or has it on the screen."""
        at_it = {who for who, what in self.stands.reserved.items() if what in item.keys}
        # Somebody at it may still turn away; till then the place is theirs, so that nobody rates
        # for nothing.
        return (item.raters(self.stands) | at_it) - {self.annotator}

    def _due(self, free: Sequence[SharedText]) -> Sequence[SharedText]:
        """Return from what the next is taken: from what counts, or from what checks."""
        waited = [item for item in self._repeatable if self._is_past(item)] if self._owed else []
        owed_gold = self._owed_gold(free)
        checks = [*(self._gold if owed_gold else ()), *waited]
        owed = owed_gold + self._owed
        if checks and self._chance < owed / (owed + len(self._open)):
            return checks
        if free or checks:
            return free or checks
        # Nothing else is left: then what was rated a moment ago is given again, all the same.
        return self._repeatable if self._owed and not self._open else []

    @property
    def _chance(self) -> float:
        """A number from 0 to 1 for this turn, always the same."""
        turn = (len(self._seen), self.round.seed, self.annotator)
        return int(hashlib.sha256(repr(turn).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF

    @property
    def _seen(self) -> list[Key]:
        """What they are through with: what they rated in that order, then what they skipped."""
        # What was skipped was read too.
        rated = self.stands.rated_by(self.annotator)
        return [*rated, *self.stands.skipped_by(self.annotator)]

    @property
    def _open(self) -> list[SharedText]:
        """What counts and is neither done nor done by them."""
        return [
            item
            for item in self.shown
            if item.counts
            and not self._is_done(item)
            and len(item.raters(self.stands) - {self.annotator}) < RATERS
        ]

    @property
    def _gold(self) -> list[SharedText]:
        return [
            item
            for item in self.shown
            if item.text.check and not item.practice and not self._is_done(item)
        ]

    def _owed_gold(self, coming: Collection[SharedText]) -> int:
        """How many gold items go with what counts: what they are through with, and what is coming."""
        counting = [item for item in self.shown if item.counts]
        gold = [item for item in self.shown if item.text.check and not item.practice]
        theirs = sum(map(self._is_done, counting)) + len(coming)
        due = len(gold) * theirs // len(counting) if counting else 0
        return max(0, due - sum(map(self._is_done, gold)))

    @property
    def _repeatable(self) -> list[SharedText]:
        """What they may be given a second time."""
        rated = [item for item in self.shown if item.counts and self._has_rated(item)]
        return [item.again for item in rated if not self._is_done(item.again)]

    @property
    def _owed(self) -> int:
        """How many they are still to be given a second time."""
        given = sum(item.counts and self._is_done(item.again) for item in self.shown)
        return min(self.round.repeats - given, len(self._repeatable) + len(self._open))

    def _is_past(self, again: SharedText) -> bool:
        """Return whether they have rated enough since the first time."""
        first = {(item.removeprefix(AGAIN), system) for item, system in again.keys}
        return not first.intersection(self.stands.rated_by(self.annotator)[-GAP:])

    def _order(self, item: SharedText) -> tuple[bool, int, str]:
        # A hash, and no generator: the order stays as it is when items are taken down.
        shuffled = repr((self.round.seed, self.annotator, *item.text.key)).encode()
        begun = len(self.others(item)) if item.counts else 0
        return item.text.post_id in self._just_seen, -begun, hashlib.sha256(shuffled).hexdigest()

    @property
    def _just_seen(self) -> set[str]:
        """The posts that they have just read about."""
        last = {
            *self.stands.rated_by(self.annotator)[-1:],
            *self.stands.skipped_by(self.annotator)[-1:],
        }
        return {
            item.text.post_id
            for item in self.shown
            if last.intersection((*item.keys, *item.again.keys))
        }

    def _has_rated(self, item: SharedText) -> bool:
        return item.rated_by(self.stands, self.annotator)

    def _is_done(self, item: SharedText) -> bool:
        return item.done_by(self.stands, self.annotator)
