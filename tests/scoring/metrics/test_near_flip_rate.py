"""Flip rate over near-duplicate posts, by hand: which posts are held against which, and what a flip
is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metric import Scored
from scoring.metrics import metric
from scoring.metrics.near_flip_rate import near_duplicates
from scoring.score import score
from scoring.segments import REDACTED, Example, Segments
from scoring.tasks import Task

NAME = "flip_rate_near_posts"
POST = "I have had the same dull headache since Monday and nobody at home has asked about it"
REPOST = POST.replace("Monday", "Tuesday")
OTHER = "We planted beans on the allotment and ate our sandwiches under the old pear tree"


def example(number: int, post: str, gold: str = "yes", **attributes: str) -> Example:
    return Example(f"e{number}", f"p{number}", "", post, gold, attributes=attributes)


def rate(task: Task, examples: Sequence[Example], labels: str) -> Scored:
    nothing = read(task, output="")
    names = {"y": "yes", "n": "no", "u": None}
    readings = tuple(replace(nothing, label=names[label]) for label in labels)
    segments = Segments(task, tuple(examples), (None,) * len(examples), readings)
    return score(metric(NAME), [segments], Instruments())


def test_a_pair_flips_where_its_labels_differ(tasks: dict[str, Task]) -> None:
    """Ten pairs of a post and its repost, with a post that nothing is like between them."""
    words = [[f"w{n}x{place}" for place in range(12)] for n in range(20)]
    pairs = [
        (own, [*own[:-1], "else"], other) for own, other in zip(words[:10], words[10:], strict=True)
    ]
    posts = [" ".join(post) for block in pairs for post in block]
    # A block of three is yes-no, yes-unparsed, unparsed-unparsed, yes-yes or no-no.
    labels = "".join(pair + "y" for pair in ("yn", "yu", "uu", "yy", "nn")) * 2
    found = rate(tasks["demo/stress"], [example(n, post) for n, post in enumerate(posts)], labels)
    assert (found.value, found.n, found.n_absent) == (pytest.approx(0.4), 10, 20)
    assert found.items[0, :, 0].nonzero()[0].tolist() == [0, 3, 15, 18]
    # Four of ten, as Wilson's formula has it.
    assert (found.low, found.high) == (
        pytest.approx(0.1682, abs=1e-4),
        pytest.approx(0.6873, abs=1e-4),
    )


def test_posts_that_hang_together_are_one_item_of_the_mean_over_their_pairs(
    tasks: dict[str, Task],
) -> None:
    posts = (POST, POST.upper(), REPOST, OTHER)
    found = rate(tasks["demo/stress"], [example(n, post) for n, post in enumerate(posts)], "yynn")
    assert found.n == 1
    assert found.items[0].tolist() == [[pytest.approx(2 / 3), pytest.approx(1 / 3)]] + [[0, 0]] * 3


def test_one_text_five_thousand_times_is_one_item(tasks: dict[str, Task]) -> None:
    """Work grows with the posts, not with their pairs: 12 million here."""
    many = 5_000
    found = rate(tasks["demo/stress"], [example(n, POST) for n in range(many)], "yn" * (many // 2))
    assert found.n == 1
    assert found.items[0, 0, 0] == pytest.approx(1 - (many / 2 - 1) / (many - 1))


def test_a_crowd_of_rewordings_is_one_item() -> None:
    """Each of 300 has another word of forty changed."""
    words = [f"w{place}" for place in range(40)]
    changed = ([*words[: n % 40], f"x{n}", *words[n % 40 + 1 :]] for n in range(300))
    posts = [example(n, " ".join(post)) for n, post in enumerate(changed)]
    assert near_duplicates(tuple(posts)) == (tuple(range(300)),)


@pytest.mark.parametrize(
    "second",
    [
        example(1, REPOST, gold="no"),
        example(1, REPOST, dimension="sleep"),
        example(1, OTHER),
        example(1, REDACTED),
    ],
    ids=["another gold label", "another question", "another post", "taken down"],
)
def test_what_is_no_near_duplicate(second: Example, tasks: dict[str, Task]) -> None:
    assert near_duplicates((example(0, POST), second)) == ()
    assert rate(tasks["demo/stress"], [example(0, POST), second], "yn").value is None


def test_posts_that_were_taken_down_are_not_alike() -> None:
    assert near_duplicates((example(0, REDACTED), example(1, REDACTED))) == ()


def test_parts_that_meet_late_are_one() -> None:
    chain = [" ".join(f"w{n}" for n in range(start, start + 24)) for start in (0, 16, 8)]
    (together,) = near_duplicates(tuple(example(n, post) for n, post in enumerate(chain)))
    assert together == (0, 1, 2)


def test_counterfactual_posts_are_none_of_its_business(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    assert metric(NAME).applies_to(task)
    assert not metric(NAME).applies_to(replace(task, counterfactual_of="demo/other"))
