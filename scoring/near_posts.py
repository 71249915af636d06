"""Which posts of several sets are one post: word by word the same, cut short, or reworded here and
there.

Posts are held against each other by their *runs*, every three words in a row, whatever the words'
case, the punctuation and the spaces. A character is a word in scripts that are written without
spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese). Of two posts that are one, let the shorter
have m runs:

- they are about as long (up to half as long again), and share half of the m: one word in ten changed
  leaves 0.9 ** 3 = 73% of them;
- one is much longer, and so may be the whole of which the other is a part: they share half of the m
  where m is 20 or more, all but one where it is less, since two sentences of anybody's have a stock
  phrase in common; where m is below 8, the longer has four times the runs at most, since a handful
  of words ("I hate my job") is no part of anything.

Two runs are shared at least. Which posts may be one is looked up by run and not by going through all
pairs: of up to 20 posts with a run each meets each, of more the next one alone, whose own next one it
meets in turn. What hangs together so is a crowd: not all of its pairs are looked at, but each post is
held against the crowd's posts of every other set until one is its twin. So the work grows with the
words, not with their square (3,400 posts of 420,000 words: a second). This is the exact form of what
MinHash estimates (Broder 1997, "On the resemblance and containment of documents": containment, over
shingles of three words).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np

LIKENESS = "runs3-nfkc-fold/1"
"""What is said here, in identities of what rests on it; raised whenever other posts are one."""
RUN = 3
FEWEST = 2
"""Runs that two posts must share, however short they are."""
SHARE = 0.5
LONGER = 1.5
"""Times the runs of a post from which on another is much longer."""
TELLING, HANDFUL, PART = 20, 8, 4
_MEET = 20
"""Posts with a run of which each meets each."""
_SPACELESS = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese
)
"""Scripts that are written without spaces between words."""
_MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
"""Of these, what stands above, below or beside the character before it, as a part of it."""
_WORD = re.compile(rf"(?=\w)[{_SPACELESS}][{_MARKS}]*|[^\W{_SPACELESS}]+")

Runs = frozenset[int]


@dataclass(frozen=True, order=True)
class PlacedPost:
    """Where a post stands.

    Attributes:
        set: The set's name.
        id: The row's, in that set.
    """

    set: str
    id: str


@dataclass(frozen=True, order=True)
class LikePosts:
    """Two posts that are one.

    Attributes:
        first: The one of the earlier set; within a set, the earlier one.
        second: The other.
        shared: The share of the shorter's runs that the longer has; 1 where all words are the same.
        same: Whether they are the same word by word.
    """

    first: PlacedPost
    second: PlacedPost
    shared: float
    same: bool


def like_posts(sets: Mapping[str, Mapping[str, str]]) -> tuple[LikePosts, ...]:
    """Find the posts that are one.

    Args:
        sets: Set -> id -> text. Of several rows of a set with the same words the first stands for
            all.

    Returns:
        Pairs in the order of the sets and of their rows. Of posts that are the same word by word,
        those of different sets; a post that is like them is like each. Of more than 20 that are
        like each other not every pair is among them, but each post with one of every other set.
    """
    places: defaultdict[tuple[str, ...], dict[str, PlacedPost]] = defaultdict(dict)
    for name, posts in sets.items():
        for post, text in posts.items():
            # A post without a word would be the same as every other such.
            if words := words_of(text):
                places[words].setdefault(name, PlacedPost(name, post))
    order = {
        PlacedPost(name, post): place
        for place, (name, post) in enumerate(
            (name, post) for name, posts in sets.items() for post in posts
        )
    }
    texts = [tuple(places[words].values()) for words in places]
    pairs = [
        LikePosts(first, second, 1.0, same=True)
        for text in texts
        for at, first in enumerate(text)
        for second in text[at + 1 :]
    ]
    for left, right, shared in _near(list(places), list(map(frozenset, places.values()))):
        for pair in product(texts[left], texts[right]):
            first, second = sorted(pair, key=order.__getitem__)
            pairs.append(LikePosts(first, second, shared, same=False))
    return tuple(sorted(pairs, key=lambda pair: (order[pair.first], order[pair.second])))


def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words, without case and punctuation."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _near(
    texts: Sequence[tuple[str, ...]], sets: Sequence[frozenset[str]]
) -> Iterator[tuple[int, int, float]]:
    """Yield places of texts that are one though not the same, and what they share."""
    runs = _runs(texts)
    partners: dict[int, set[int]] = {}
    for left, right in _meeting(runs):
        if shared := _shared(runs[left], runs[right]):
            yield left, right, shared
            partners.setdefault(left, set()).add(right)
            partners.setdefault(right, set()).add(left)
    for left, right in _twins(runs, sets, partners):
        yield left, right, _shared(runs[left], runs[right])


def _shared(one_posts: Runs, others: Runs) -> float:
    """Return the share of the shorter's runs that the longer has; 0 where they are not one."""
    fewer, more = sorted((one_posts, others), key=len)
    shared = len(fewer & more)
    is_shared = shared >= max(FEWEST, _needed(len(fewer), len(more)))
    return shared / len(fewer) if is_shared else 0.0


def _twins(
    runs: Sequence[Runs], sets: Sequence[frozenset[str]], partners: Mapping[int, set[int]]
) -> Iterator[tuple[int, int]]:
    """Yield texts of one crowd that are one, where the first has no partner in the other's set."""
    for crowd in _crowds(partners):
        by_set: defaultdict[str, list[int]] = defaultdict(list)
        for text in crowd:
            for name in sets[text]:
                by_set[name].append(text)
        for text in crowd:
            for name in sorted(by_set.keys() - sets[text]):
                # Whoever came earlier may have found this one.
                if any(name in sets[partner] for partner in partners[text]):
                    continue
                twin = next((o for o in by_set[name] if _shared(runs[text], runs[o])), None)
                if twin is not None:
                    partners[text].add(twin)
                    partners[twin].add(text)
                    yield text, twin


def _crowds(partners: Mapping[int, set[int]]) -> Iterator[list[int]]:
    """Yield what hangs together by partners, where it is more than each meets each of."""
    reached: set[int] = set()
    for start in partners:
        if start in reached:
            continue
        crowd, coming = {start}, [start]
        while coming:
            coming = [each for text in coming for each in partners[text] - crowd]
            crowd.update(coming)
        reached |= crowd
        if len(crowd) > _MEET:
            yield sorted(crowd)


def _needed(fewer: int, more: int) -> float:
    """Return how many runs two posts that are one share; see the module's docstring."""
    if fewer >= TELLING or more <= LONGER * fewer:
        return SHARE * fewer
    if fewer < HANDFUL and more > PART * fewer:
        return float("inf")
    return fewer - 1


def _runs(texts: Sequence[tuple[str, ...]]) -> list[Runs]:
    """Return each text's runs by number; none of a text that is shorter than one."""
    numbers: dict[str, int] = {}
    numbered = ([numbers.setdefault(word, len(numbers)) for word in words] for words in texts)
    # A tuple of numbers has the same hash in every process, unlike one of texts.
    return [
        frozenset(map(hash, zip(*(words[start:] for start in range(RUN)), strict=False)))
        for words in numbered
    ]


def _meeting(runs: Sequence[Runs]) -> Iterator[tuple[int, int]]:
    """Yield places of texts that may be one, since they have runs in common; each pair once."""
    counts = [len(of_text) for of_text in runs]
    text = np.repeat(np.arange(len(runs)), counts)
    run = np.fromiter(chain.from_iterable(runs), np.int64, sum(counts))
    order = np.lexsort((text, run))
    text, run = text[order], run[order]
    _, sizes = np.unique(run, return_counts=True)
    crowd = np.repeat(sizes, sizes)
    met = [np.array([], np.int64)]
    for step in range(1, _MEET):
        with_run = run[step:] == run[:-step]
        if step > 1:
            with_run &= crowd[step:] <= _MEET
        met.append(text[:-step][with_run] * len(runs) + text[step:][with_run])
    for pair in np.unique(np.concatenate(met)).tolist():
        yield divmod(pair, len(runs))
