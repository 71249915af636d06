"""How each annotator of a set rates, under their pseudonyms: for whoever looks after raters.

All is of one aspect, the rubric's headline (in a pairwise round, the choice), and says something of
the ratings that count: how many items, how long one takes, how far an annotator's ratings spread, and
how they go along with what the others gave the same texts. What checks raters stands apart: how often
an item that they were given again had the same rating, and how far their ratings of gold items are
from what is agreed.

The time is the median from one saving to the next, pauses of half an hour and more left out: nothing
is measured in anybody's browser. Intervals are percentile bootstraps over posts, seeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from scoring.statistics.bootstrap import percentile_interval
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import Interval
from scoring.statistics.moments import (
    DRAWS,
    Statistic,
    correlation,
    difference,
    estimate,
    mean,
    spread,
)
from submissions.rating.rounds import PREFERRED
from submissions.rating.rubrics import Rubric
from submissions.rating.sets import SetRefused, named_set
from submissions.rating.shown import shown_in
from submissions.store.clock import parse
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import (
    AGAIN,
    CHECKS,
    RatedText,
    SkipRow,
    Source,
    ratings_given,
    shown_texts,
    skips_in,
    sources,
)
from submissions.store.rated.rounds import Key, Round, rounds

PAUSE_SECONDS = 30 * 60
FEWEST_TIMES = 10
SEED = 20_240_601


@dataclass(frozen=True)
class Rater:
    """How one annotator rates.

    Attributes:
        annotator: Their pseudonym, or as a file names them.
        aspect: Of which all but the counts and the time is.
        items: What they have rated of what counts.
        skipped: What they have skipped of it.
        seconds: The median time from one saving to the next.
        spread: The standard deviation of their ratings.
        agreement: Pearson's r of their ratings with the mean of the others', over texts that
            others have rated too.
        difference: Their ratings less the mean of the others', on average: how much milder they
            are.
        same_again: The share of items given again that they gave the same rating.
        from_gold: How far their ratings of gold items are from what is agreed, on average.
    """

    annotator: str
    aspect: str
    items: int
    skipped: int
    seconds: Estimate
    spread: Estimate
    agreement: Estimate
    difference: Estimate
    same_again: Estimate
    from_gold: Estimate


def raters(folder: DataFolder, rubrics: Mapping[str, Rubric], name: str) -> tuple[Rater, ...]:
    """Return how each annotator of a file or a round rates, in the order first rated.

    Raises:
        SetRefused: There is no such set, its rubric is declared no longer, or it is joined.
    """
    table = _Table(folder, rubrics, name)
    return tuple(table.rater(annotator) for annotator in table.annotators)


class _Table:
    """The ratings of one aspect, each text once."""

    def __init__(self, folder: DataFolder, rubrics: Mapping[str, Rubric], name: str) -> None:
        rubric = _rubric(folder, rubrics, name)
        collected = {each.name: each for each in rounds(folder)}
        held_in = collected.get(name)
        self._texts = _texts(folder, name, held_in)
        self._checks = CHECKS if held_in else ()
        self._aspect = PREFERRED if held_in and held_in.pairwise else rubric.headline
        self._given = ratings_given(folder, name)
        self._skips = skips_in(folder, name)
        self._ratings: dict[str, dict[Key, int | None]] = {}
        for each in self._given:
            if each.aspect == self._aspect and self._known((each.item, each.system)):
                own = self._ratings.setdefault(each.annotator, {})
                own[each.item, each.system] = each.rating

    @property
    def annotators(self) -> list[str]:
        """Who has rated or skipped anything."""
        rated = [each.annotator for each in self._given]
        return list(dict.fromkeys([*rated, *(skipped.annotator for skipped in self._skips)]))

    def rater(self, annotator: str) -> Rater:
        """Return how one of them rates."""
        given = self._of(annotator)
        own = {key: value for key, value in given.items() if not key[0].startswith(self._checks)}
        others = {key: self._others(annotator, key) for key in own}
        both = [key for key in own if others[key]]
        theirs = [fmean(others[key]) for key in both]
        mine = [own[key] for key in both]
        return Rater(
            annotator,
            self._aspect,
            len(own),
            sum(self._counts(skipped, annotator) for skipped in self._skips),
            self._seconds(annotator),
            self._estimate(list(own), list(own.values()), spread),
            self._estimate(both, mine, correlation, theirs),
            self._estimate(both, mine, difference, theirs),
            self._same_again(given),
            self._from_gold(given),
        )

    def _same_again(self, given: Mapping[Key, int]) -> Estimate:
        repeated = [key for key in given if self._is_again(key) and _first(key) in given]
        firsts = [_first(key) for key in repeated]
        same = [given[key] == given[_first(key)] for key in repeated]
        return self._estimate(firsts, same, mean)

    def _from_gold(self, given: Mapping[Key, int]) -> Estimate:
        gold = {
            key: text.check.agreed[self._aspect]
            for key, text in self._texts.items()
            if text.check is not None and not text.check.practice and key in given
        }
        far = [abs(given[key] - agreed) for key, agreed in gold.items()]
        return self._estimate(list(gold), far, mean)

    def _estimate(
        self,
        keys: Sequence[Key],
        x: Sequence[float],
        statistic: Statistic,
        y: Sequence[float] | None = None,
    ) -> Estimate:
        """Return a statistic of numbers, one a text."""
        posts = np.array([self._texts[key].post_id for key in keys], dtype=np.str_)
        first = np.array(x, dtype=np.float64)
        second = first if y is None else np.array(y, dtype=np.float64)
        return estimate(first, second, posts, statistic, SEED)

    def _seconds(self, annotator: str) -> Estimate:
        """Return the median of the times between savings."""
        own = [each.at for each in self._given if each.annotator == annotator]
        own += [skipped.at for skipped in self._skips if skipped.annotator == annotator]
        # The aspects of an item are saved at once.
        times = sorted({parse(at).timestamp() for at in own})
        between = np.diff(np.array(times))
        between = between[between < PAUSE_SECONDS]
        if not between.size:
            return Estimate.none("nothing was saved within half an hour after something else")
        interval = Interval.none(f"fewer than {FEWEST_TIMES} times")
        if between.size >= FEWEST_TIMES:
            drawn = np.random.default_rng(SEED).choice(between, (DRAWS, between.size))
            medians = np.median(drawn, axis=1)
            interval = percentile_interval(medians, "percentile bootstrap over items")
        return Estimate(float(np.median(between)), interval, between.size, 0)

    def _of(self, annotator: str) -> dict[Key, int]:
        own = self._ratings.get(annotator, {})
        return {key: value for key, value in own.items() if value is not None}

    def _others(self, annotator: str, key: Key) -> list[int]:
        """Return what the others gave a text."""
        given = (own.get(key) for who, own in self._ratings.items() if who != annotator)
        return [value for value in given if value is not None]

    def _known(self, key: Key) -> bool:
        """Return whether a text is there, a second time or the first; of a text that several
        systems share, only the first's is.
        """
        return key in self._texts or (self._is_again(key) and _first(key) in self._texts)

    def _counts(self, skipped: SkipRow, annotator: str) -> bool:
        return skipped.annotator == annotator and not skipped.item.startswith(self._checks)

    def _is_again(self, key: Key) -> bool:
        return bool(self._checks) and key[0].startswith(AGAIN)


def set_of_annotators(folder: DataFolder, name: str) -> tuple[Source, ...]:
    """Return what a file or a round was made of.

    Raises:
        SetRefused: There is no such set, or it is joined: names of annotators are one file's.
    """
    own = sources(folder, name)
    if not own:
        joined = ", ".join(named_set(folder, name).members)
        raise SetRefused(
            f"{name!r} is joined, and annotators are a file's or a round's: name one of {joined}"
        )
    return own


def _rubric(folder: DataFolder, rubrics: Mapping[str, Rubric], name: str) -> Rubric:
    declared = set_of_annotators(folder, name)[0].rubric
    if declared not in rubrics:
        raise SetRefused(
            f"{name!r}: its rubric {declared} cannot be read; `reasonboard status` says why"
        )
    return rubrics[declared]


def _texts(folder: DataFolder, name: str, held_in: Round | None) -> dict[Key, RatedText]:
    texts = shown_texts(folder, name)
    return texts if held_in is None else {key: texts[key] for key in shown_in(folder, held_in)}


def _first(key: Key) -> Key:
    """Return what an item that was given again was called at first."""
    return key[0].removeprefix(AGAIN), key[1]
