"""What a release states of what stands in for people: metrics on their scale, pairs of systems, and
means anchored by ratings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoring.metric import RatingScale
from scoring.metrics import METRICS, metric
from scoring.statistics import anchored_mean, annotator_test, signed_bias, soft_accuracy
from scoring.tasks import Task
from submissions.life.takedown import withdraw
from submissions.rating.on_scale import IN_PLACE, WINNING
from submissions.rating.rated_values import rated_sets
from submissions.rating.rubrics import Aspect
from submissions.rating.validity import Validity, find_validity
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run as score
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import rated_value_arrays
from submissions.store.released.rated_rows import AnchoredRow
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import submissions
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.declarations import load_rubrics
from tests.submissions.rating.test_validity import RUBRICS, SAID, invented, rate, row

STRESS = "demo/stress"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    prepare(made)
    return made


def many(system: str = "M", seed: int = 0) -> list[dict[str, str]]:
    """Forty invented texts, each of its own post, rated by three."""
    rng = np.random.default_rng(seed)
    quality = rng.uniform(0, 3, 40)
    given = np.clip(np.round(quality + rng.normal(0, 0.7, (3, 40))), 0, 3).astype(int)
    return [
        {
            "item": f"{place}",
            "system": system,
            "annotator": who,
            "aspect": "overall",
            "rating": str(given[rater, place]),
            "post": f"Post number {place}, and it is a long week.",
            "explanation": " ".join(["word"] * (1 + int(np.round(quality[place])))),
        }
        for place in range(40)
        for rater, who in enumerate(("ana", "ben", "cleo"))
    ]


def test_a_metric_on_the_raters_scale_is_held_to_it(
    folder: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word count, declared to be people's rating of "overall" plus one, as the texts have it."""
    rate(folder, tasks, many())
    judges = find_validity(folder, tasks, RUBRICS).on_scale
    assert {one.metric for one in judges} == {"judge_mentallama_overall"}
    assert all(one.value is None and "no judge" in one.why_blank for one in judges)
    monkeypatch.setattr(
        metric("words"), "scale", RatingScale("mentallama", "overall"), raising=False
    )
    found = find_validity(folder, tasks, RUBRICS)
    own = [one for one in found.on_scale if one.metric == "words"]
    rows = {one.coefficient: one for one in own}
    assert list(rows) == list(IN_PLACE)
    assert {(one.system, one.raters) for one in own} == {("M", 3)}
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    words = rated.values(folder, rated_value_arrays(folder), metric("words"))
    ratings, posts = rated.ratings["overall"], np.arange(40)
    bias = signed_bias(words, ratings.mean(axis=0))
    assert rows["bias"].value == pytest.approx(np.mean(words - ratings.mean(axis=0)))
    assert rows["bias"].n == bias.used.sum() == 40
    assert rows["bias"].low < rows["bias"].value < rows["bias"].high
    assert rows["bias"].value > 0.5, "a point too much"
    assert rows["ICC(C,1)"].value > rows["ICC(A,1)"].value + 0.1, "which consistency forgives"
    test = annotator_test(words, ratings, posts, np.random.default_rng(0))
    assert rows["advantage probability"].value == pytest.approx(test.advantage.value)
    for epsilon, name in WINNING.items():
        assert rows[name].value == test.winning[epsilon].value
    for one in own:
        assert one.low is not None or one.interval.startswith("none: "), one


def test_a_scale_of_another_rubric_is_not_held_to_this_one(
    folder: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    rate(folder, tasks, invented())
    monkeypatch.setattr(metric("words"), "scale", RatingScale("ctrs", "overall"), raising=False)
    assert "words" not in {one.metric for one in find_validity(folder, tasks, RUBRICS).on_scale}


def test_a_scale_is_that_of_a_declared_aspect() -> None:
    """Of every metric that says whose ratings its values are, with the ends of its scale."""
    rubrics = load_rubrics()
    rating = [each for each in METRICS if each.scale is not None]
    assert {each.name for each in rating} >= {"judge_mentallama_overall"}
    for each in rating:
        (aspect,) = [a for a in rubrics[each.scale.rubric].aspects if a.name == each.scale.aspect]
        assert each.bounds == (aspect.low, aspect.high)


def test_soft_accuracy_stands_beside_system_accuracy(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    rate(folder, tasks, many() + many("N", seed=1) + many("O", seed=2))
    found = find_validity(folder, tasks, RUBRICS)
    soft = row(found, "words", "soft pairwise accuracy", "pooled")
    hard = row(found, "words", "system accuracy", "pooled")
    assert (soft.n, soft.n_rated) == (hard.n, hard.n_rated) == (3, 3)
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    words = rated.values(folder, rated_value_arrays(folder), metric("words"))
    systems = np.array([text.system for text in rated.texts])
    posts = np.array([text.post_id for text in rated.texts])
    means = rated.ratings["overall"].mean(axis=0)
    value = soft_accuracy(words, means, systems, posts, np.random.default_rng(0)).value
    assert soft.value == pytest.approx(value)
    assert soft.low <= soft.value <= soft.high


def by_length(place: int, length: int, shift: int) -> int:
    """A rating of 0 to 3 that follows an explanation's length, of raters who differ now and then."""
    return int(np.clip(length // 2 - place % 2 * shift, 0, 3))


def yes_if_long(place: int, length: int, shift: int) -> int:  # noqa: ARG001
    """Yes where an explanation is long, but for every fifth."""
    return int((length > 5) != (place % 5 == 4))


def anchored_board(
    path: Path,
    tasks: Mapping[str, Task],
    rating: Callable[[int, int, int], int] = by_length,
    own_text: bool = False,
) -> tuple[DataFolder, np.ndarray]:
    """A board with a scored system, of whose answers to the first 15 examples people rated the
    explanation; and how many words all of its explanations have.
    """
    folder = demo_board(path / "data", tasks, ["stress"])
    answers = gold_rows(folder, tasks[STRESS])
    lengths = 3 + np.arange(len(answers)) % 7
    for place, answer in enumerate(answers):
        start = answer["output"].split("Reasoning:")[0]
        answer["output"] = f"{start}Reasoning: {' '.join(['reason'] * lengths[place])}"
    submit(folder, tasks, path, answers, system="Rated")
    place = workplace(folder, tasks)
    score(
        place,
        plan(place, metrics=[metric("words"), metric("own_words")]),
        LocalEngine(),
        a_run(folder),
    )
    examples = PostStore(folder.posts).examples(tasks[STRESS])
    rows = [
        {
            "task": STRESS,
            "example_id": example.example_id,
            "system": "Rated",
            "annotator": who,
            "aspect": "overall",
            "rating": str(rating(index, lengths[index], shift)),
            **({"output": answers[index]["output"], "item": str(index)} if own_text else {}),
        }
        for index, example in enumerate(examples[:15])
        for shift, who in enumerate(("ana", "ben"))
    ]
    rate(folder, tasks, rows)
    return folder, lengths.astype(float)


def only(found: Validity, name: str) -> AnchoredRow:
    (one,) = [one for one in found.anchored if one.metric == name]
    return one


@pytest.mark.parametrize("own_text", [False, True])
def test_ratings_of_some_texts_are_put_together_with_a_metric_of_all(
    tmp_path: Path, tasks: Mapping[str, Task], own_text: bool
) -> None:
    folder, lengths = anchored_board(tmp_path, tasks, own_text=own_text)
    found = find_validity(folder, tasks, RUBRICS)
    one = only(found, "words")
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    ratings = np.full(len(lengths), np.nan)
    ratings[:15] = rated.ratings["overall"].mean(axis=0)
    posts = [example.post_id for example in PostStore(folder.posts).examples(tasks[STRESS])]
    expected = anchored_mean(lengths, ratings, np.unique(posts, return_inverse=True)[1])
    assert (one.n, one.n_all, one.task, one.system) == (15, len(lengths), STRESS, "Rated")
    assert one.value == pytest.approx(expected.anchored.value)
    assert (one.low, one.high) == pytest.approx(
        (expected.anchored.interval.low, expected.anchored.interval.high)
    )
    assert one.raw == pytest.approx(np.nanmean(ratings))
    assert one.tuning == pytest.approx(expected.tuning)
    assert one.high - one.low < one.raw_high - one.raw_low, "people rated by length"
    assert only(found, "own_words").why_blank == "no variance in the metric"
    assert only(found, "chrf").why_blank.startswith("not scored on the board yet")
    assert not [row for row in found.anchored if row.method == "Rogan-Gladen"]


def test_checks_of_yes_and_no_have_a_share(
    tmp_path: Path, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rubric of yes and no, and word count made a check of more than five words."""
    folder, lengths = anchored_board(tmp_path, tasks, yes_if_long)
    yes_no = replace(
        RUBRICS["mentallama"],
        aspects=(Aspect("overall", "Overall", "Is it good?", 0, 1),),
    )
    words = metric("words")
    monkeypatch.setattr(words, "aggregate", lambda sums, _: (sums[..., 0] > 5) * 1.0)
    found = find_validity(folder, tasks, {"mentallama": yes_no})
    methods = {row.method: row for row in found.anchored if row.metric == "words"}
    assert list(methods) == ["prediction-powered", "Rogan-Gladen"]
    share = methods["Rogan-Gladen"]
    assert share.n_all == len(lengths)
    assert 0 <= share.low < share.value < share.high <= 1
    assert share.tuning is None


def test_where_nothing_is_on_the_board_it_says_so(
    folder: DataFolder, tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    rate(folder, tasks, invented())
    (one,) = find_validity(folder, tasks, RUBRICS).anchored
    assert (one.metric, one.value, one.n_all) == ("", None, 0)
    assert (
        one.why_blank == "nothing called M is on the board of demo, so only what was rated is known"
    )
    board = demo_board(tmp_path / "board" / "data", tasks, ["stress"])
    submit(board, tasks, tmp_path, gold_rows(board, tasks[STRESS]), system="M")
    rate(board, tasks, invented())
    (one,) = find_validity(board, tasks, RUBRICS).anchored
    assert one.why_blank == "none of the rated texts is what M 1 answered on the board"


def test_a_withdrawn_system_has_no_anchored_mean(tmp_path: Path, tasks: Mapping[str, Task]) -> None:
    folder, _ = anchored_board(tmp_path, tasks, own_text=True)
    (own,) = [each for each in submissions(folder) if each.system == "Rated"]
    withdraw(folder, own, "me", "asked for")
    assert all(row.value is None for row in find_validity(folder, tasks, RUBRICS).anchored)


def test_a_release_states_them_and_no_text(
    tmp_path: Path, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = anchored_board(tmp_path, tasks)
    monkeypatch.setattr(
        metric("words"), "scale", RatingScale("mentallama", "overall"), raising=False
    )
    publish(folder, tasks, "tester", "ratings")
    release, found = current_release(folder), find_validity(folder, tasks)
    assert release.on_scale("made-up") == found.on_scale
    assert release.anchored("made-up") == found.anchored
    assert "words" in {row.metric for row in found.on_scale if row.value is not None}
    assert any(row.value is not None for row in found.anchored)
    assert b"reason reason" not in release.path.read_bytes()
    assert not any(text.encode() in release.path.read_bytes() for text in SAID)
