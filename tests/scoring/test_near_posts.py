"""Posts that are one, though cut, reworded or written in capitals: planted among invented posts and
among IMHI's, and what is taken for one there that is not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from scoring.csv_records import csv_rows
from scoring.near_posts import LikePosts, PlacedPost, like_posts, words_of
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_imhi

DEMO = Path(__file__).parents[2] / "leaderboard_data" / "demo"
Sets = Mapping[str, Mapping[str, str]]
FALSE_PAIRS = {
    ("sad-0076", "sad-0218"),
    ("sad-0153", "sad-0191"),
    ("sad-0171", "sad-0449"),
    ("sad-0218", "sad-0034"),
    ("sad-0223", "sad-0294"),
    ("sad-0232", "sad-0241"),
    ("sad-0353", "sad-0565"),
}
"""Messages of a sentence whose stock phrase is most of them, by different writers."""


@pytest.fixture(scope="module")
def invented() -> dict[str, dict[str, str]]:
    return {
        f"{path.parent.name}/{path.stem}": {row["id"]: row["text"] for row in csv_rows(path)}
        for path in sorted(DEMO.glob("t*/*.csv"))
    }


@pytest.fixture(scope="module")
def published(imhi_dir: Path, tasks: Mapping[str, Task]) -> dict[str, dict[str, str]]:
    return {
        imported.task_id: {example.example_id: example.post for example in imported.examples}
        for imported in import_imhi(imhi_dir, tasks)
        if imported.examples
    }


def _cut(text: str, share: float) -> str:
    words = text.split()
    return " ".join(words[: max(1, round(share * len(words)))])


def _reworded(text: str, rng: np.random.Generator, others: list[str]) -> str:
    words = text.split()
    for place in rng.choice(len(words), max(1, round(0.1 * len(words))), replace=False):
        words[place] = others[rng.integers(len(others))]
    return " ".join(words)


def _recalls(sets: Sets, changes: Mapping[str, Callable[[str], str]]) -> dict[str, float]:
    """The share of the posts whose changed copies are found, by the change."""
    posts = {words_of(text): text for own in sets.values() for text in own.values()}
    originals = {str(place): text for place, text in enumerate(posts.values())}
    copies = {
        name: {place: change(text) for place, text in originals.items()}
        for name, change in changes.items()
    }
    hits = Counter(
        pair.second.set
        for pair in like_posts({"originals": originals, **copies})
        if pair.first.set == "originals" and pair.first.id == pair.second.id
    )
    return {name: hits[name] / len(originals) for name in changes}


@pytest.mark.parametrize("source", ["invented", "published"])
def test_planted_copies_are_found(source: str, request: pytest.FixtureRequest) -> None:
    sets: Sets = request.getfixturevalue(source)
    rng = np.random.default_rng(20260117)
    others = [word for own in sets.values() for text in own.values() for word in text.split()]
    changes: dict[str, Callable[[str], str]] = {
        "case": str.upper,
        "cut to three quarters": lambda text: _cut(text, 0.75),
        "cut to a half": lambda text: _cut(text, 0.5),
        "a word in ten changed": lambda text: _reworded(text, rng, others),
    }
    # 690 invented posts: all of each. IMHI's 3393: all; 98.8%, 95.6% and 96.7%; what is not found is
    # messages of a few words.
    recalls = _recalls(sets, changes)
    assert min(recalls.values()) >= 0.95, recalls


def test_what_is_found_among_the_published_sets_is_one_post(
    published: dict[str, dict[str, str]],
) -> None:
    began = time.process_time()
    pairs = like_posts(published)
    assert time.process_time() - began < 60
    near = [pair for pair in pairs if not pair.same]
    assert (len(pairs), len(near)) == (467, 49)
    # Read one by one: the others are one post in two encodings or two overlapping parts of one.
    taken = {(pair.first.id, pair.second.id) for pair in near if "sad" in pair.first.set}
    assert taken == FALSE_PAIRS


def test_the_same_words_in_another_set_are_one_post() -> None:
    pairs = like_posts(
        {"a": {"1": "I'm SO tired!", "2": "..."}, "b": {"x": "i m so tired", "y": "?"}}
    )
    assert pairs == (LikePosts(PlacedPost("a", "1"), PlacedPost("b", "x"), 1.0, same=True),)


def test_a_stock_phrase_makes_no_pair_and_takes_no_time() -> None:
    greeting = "hello everybody this is my first post here so please be kind to me"
    rng = np.random.default_rng(7)
    posts = {
        str(n): f"{greeting} {' '.join(str(rng.random()) for _ in range(12))}" for n in range(3000)
    }
    began = time.process_time()
    assert like_posts({"a": posts}) == ()
    assert time.process_time() - began < 10


def test_copies_of_copies_hang_together() -> None:
    words = [f"w{n}" for n in range(60)]
    posts = {
        str(n): " ".join(word for place, word in enumerate(words) if place != n) for n in range(50)
    }
    pairs = like_posts({"a": posts})
    assert {place.id for pair in pairs for place in (pair.first, pair.second)} == set(posts)


def test_every_post_of_a_crowd_has_a_twin_in_the_other_set() -> None:
    words = [f"w{n}" for n in range(60)]
    posts = {
        str(n): " ".join(f"x{n}" if place == n else word for place, word in enumerate(words))
        for n in range(40)
    }
    first, second = (dict(list(posts.items())[half::2]) for half in (0, 1))
    # One after the other, so that those of a set meet each other first.
    for sets in ({"a": first, "b": second}, {"b": second, "a": first}):
        across = [pair for pair in like_posts(sets) if pair.first.set != pair.second.set]
        assert {place.id for pair in across for place in (pair.first, pair.second)} == set(posts)
        assert len(across) == len(set(across))


@pytest.mark.parametrize(
    ("post", "copy", "another"),
    [
        (
            "我最近一直睡不着觉，晚上总是想着工作上的事情，白天也没有精神，不知道该怎么办才好。",
            "我最近一直睡不着觉，晚上总是想着学校里的事情，白天也没有精神，不知道怎么办。",
            "我昨天和妈妈吵了一架，心里很难过，今天一整天都没有吃饭，也不想和任何人说话。",
        ),
        (
            "最近ずっと眠れなくて、夜になると仕事のことばかり考えてしまい、昼間も元気が出ません。",
            "最近ずっと眠れなくて、夜になると学校のことばかり考えてしまい、昼間も元気がありません。",
            "昨日母と喧嘩をしました。悲しくて今日は何も食べていないし、誰とも話したくないです。",
        ),
        (
            "ช่วงนี้ฉันนอนไม่หลับเลย กลางคืนคิดแต่เรื่องงาน กลางวันก็ไม่มีแรง ไม่รู้จะทำอย่างไรดี",
            "ช่วงนี้ฉันนอนไม่หลับเลย กลางคืนคิดแต่เรื่องเรียน กลางวันก็ไม่มีแรง ไม่รู้จะทำยังไงดี",
            "เมื่อวานฉันทะเลาะกับแม่ เสียใจมาก วันนี้ทั้งวันยังไม่ได้กินข้าว และไม่อยากคุยกับใคร",
        ),
    ],
    ids=["Chinese", "Japanese", "Thai"],
)
def test_posts_in_scripts_without_spaces(post: str, copy: str, another: str) -> None:
    (pair,) = like_posts({"a": {"1": post}, "b": {"copy": copy, "another": another}})
    assert (pair.second.id, pair.same) == ("copy", False)
    (same,) = like_posts({"a": {"1": post}, "b": {"1": post.replace("，", "").replace("、", "")}})
    assert same.same


def test_nothing_is_like_nothing() -> None:
    assert like_posts({}) == ()
    assert like_posts({"a": {"1": "only this"}, "b": {}}) == ()
