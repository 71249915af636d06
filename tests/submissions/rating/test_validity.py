"""From ratings to what a release states of each metric; `tests/app/test_cli_ratings.py` does it
with published ones.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scoring.instruments import Instruments
from scoring.metric import PairMetric
from scoring.metrics import METRICS, metric
from scoring.statistics import holm
from scoring.tasks import Task
from submissions.declarations.meta import POOLED
from submissions.life.takedown import withdraw
from submissions.rating.baselines import BASELINES, relative_length
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.rated_values import rated_sets, score_ratings
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.rating.rounds import close_round, next_item
from submissions.rating.rounds import rate as rate_item
from submissions.rating.rubrics import Rubric
from submissions.rating.sets import join_sets, separate
from submissions.rating.validity import NOT_VALIDATED, Validity, find_validity
from submissions.rating.views import VIEWS
from submissions.releasing.publish import Published, ReasonNeeded
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run as score
from submissions.store.database import prepare
from submissions.store.files.arrays import array_path
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import kept_statistics, rated_value_arrays
from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import PinnedModel, pin_model, start_run
from tests.boards import TINY, a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.declarations import load_rubrics

OVERALL = load_rubrics()["mentallama"]
RUBRICS: Mapping[str, Rubric] = {
    "mentallama": replace(OVERALL, aspects=tuple(a for a in OVERALL.aspects if a.name == "overall"))
}
SAID = (
    "The poster writes of a deadline and of no sleep, so work is too much.",
    "Because of work.",
    (
        "The poster repeats themselves, which shows strain, and asks nobody for help, which shows"
        " more of it."
    ),
    "It is clear from what is written.",
    "The week is full, the poster says so twice, and nothing in it is rest.",
    "No reason is given.",
)
RATED = ((2, 3, 2), (1, 1, 0), (3, 3, 2), (1, 0, 1), (2, 2, 3), (0, 1, 0))


def rate(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    rows: list[dict[str, str]],
    task: str = "demo/stress",
    rubrics: Mapping[str, Rubric] = RUBRICS,
    name: str = "made-up",
) -> None:
    path = folder.path.parent / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    import_ratings(
        folder,
        tasks,
        rubrics,
        path,
        ImportRequest("tester", "a test", Naming("mentallama", task)),
    )


def invented(system: str = "M", shift: int = 0) -> list[dict[str, str]]:
    """Six invented posts with an explanation each, rated by three."""
    return [
        {
            "item": f"{place}",
            "system": system,
            "annotator": who,
            "aspect": "overall",
            "rating": str(RATED[(place + shift) % 6][column]),
            "post": f"Post number {place}, and it is a long week.",
            "explanation": SAID[place],
        }
        for place in range(6)
        for column, who in enumerate(("ana", "ben", "cleo"))
    ]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    prepare(made)
    return made


def row(found: Validity, name: str, measure: str = "pearson", system: str = "M") -> ValidityRow:
    wanted = (name, measure, system, "overall")
    (only,) = [
        one for one in found.rows if (one.metric, one.measure, one.system, one.aspect) == wanted
    ]
    return only


def test_word_count_against_people(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    rate(folder, tasks, invented())
    found = find_validity(folder, tasks, RUBRICS)
    words, means = [len(text.split()) for text in SAID], np.mean(RATED, axis=1)
    for measure, value in (
        ("pearson", stats.pearsonr(words, means).statistic),
        ("spearman", stats.spearmanr(words, means).statistic),
        ("kendall", stats.kendalltau(words, means).statistic),
    ):
        assert row(found, "words", measure).value == pytest.approx(value)
    one = row(found, "words")
    assert one.low < one.value < one.high
    assert (one.n, one.n_rated, one.posts) == (6, 6, 6)
    assert "over posts" in one.interval
    assert one.signature.startswith("words|v:3|task:demo/stress@1|read:")
    assert "ratings:made-up@" in one.signature
    ceiling = np.mean(
        [
            stats.pearsonr(own, np.delete(np.array(RATED).T, place, axis=0).mean(axis=0)).statistic
            for place, own in enumerate(np.array(RATED).T)
        ]
    )
    assert row(found, "human").value == pytest.approx(ceiling)


def test_every_explanation_metric_has_a_row_and_every_blank_a_reason(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    rate(folder, tasks, invented())
    found = find_validity(folder, tasks, RUBRICS)
    assert {one.metric for one in found.rows} == {
        "human",
        *(
            metric.name
            for metric in METRICS
            if metric.group == "explanation" and metric.needs in ("", "bartscore")
        ),
        "log_words",
        "relative_length",
        "label_right",
    }
    for one in found.rows:
        assert (one.value is None) == bool(one.why_blank)
    assert (
        "no BARTScore model that can be loaded is recorded for demo"
        in row(found, "bartscore_f").why_blank
    )
    # No gold is imported, so there is no reference; an explanation given alone is no whole output.
    assert "none answers an imported example of demo/stress" in row(found, "rouge1").why_blank
    assert row(found, "words_full").n == 0
    assert "is recorded for demo" in found.sentence("demo", "bartscore_f")
    assert found.sentence("imhi", "rouge1") == NOT_VALIDATED


def test_what_was_computed_is_not_computed_again(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    rate(folder, tasks, invented())
    steps: list[int] = []
    first = find_validity(folder, tasks, RUBRICS, lambda done, _total: steps.append(done))
    assert steps
    values, kept = rated_value_arrays(folder), kept_statistics(folder)
    wanted: list[int] = []
    again = find_validity(folder, tasks, RUBRICS, lambda _done, total: wanted.append(total))
    assert not any(wanted), "progress is told, of nothing"
    assert again == first
    assert (rated_value_arrays(folder), kept_statistics(folder)) == (values, kept)


def test_constant_ratings_are_said_to_be_so(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    rate(folder, tasks, [{**one, "rating": "3"} for one in invented()])
    found = find_validity(folder, tasks, RUBRICS)
    assert row(found, "words").why_blank == "no variance in the ratings"
    assert row(found, "human").why_blank == "no variance in the ratings"
    of = {one.coefficient: one for one in found.agreement}
    assert of["alpha (ordinal)"].why_blank == "no variance"
    assert of["Fleiss' kappa"].value is None
    assert of["exact agreement"].value == 1


def test_agreement_is_of_those_who_rated_the_system(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    """Annotators of another system's texts are no raters who left this one's out."""
    others = [
        {**one, "item": f"n{one['item']}", "annotator": f"{one['annotator']} too"}
        for one in invented("N", shift=1)
    ]
    rate(folder, tasks, invented() + others)
    found = {
        (one.system, one.coefficient): one
        for one in find_validity(folder, tasks, RUBRICS).agreement
    }
    assert {one.raters for one in found.values()} == {3}
    # ICC(2,1) of RATED by hand, after Shrout and Fleiss (1979): mean squares of texts, raters and
    # error.
    table = np.array(RATED, dtype=float)
    centred = table - table.mean()
    bms = 3 * (centred.mean(axis=1) ** 2).sum() / 5
    jms = 6 * (centred.mean(axis=0) ** 2).sum() / 2
    ems = ((centred - centred.mean(axis=1, keepdims=True) - centred.mean(axis=0)) ** 2).sum() / 10
    expected = (bms - ems) / (bms + 2 * ems + 3 * (jms - ems) / 6)
    for system in ("M", "N"):
        assert found[system, "ICC(2,1)"].value == pytest.approx(expected)


def test_systems_are_told_apart_and_pooled_beside_that(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    rows = invented() + [
        {**one, "item": f"n{one['item']}", "explanation": one["explanation"].split()[-1]}
        for one in invented("N", shift=1)
    ]
    rate(folder, tasks, rows)
    found = find_validity(folder, tasks, RUBRICS)
    assert [
        one.system for one in found.rows if (one.metric, one.measure) == ("words", "pearson")
    ] == [
        "M",
        "N",
        "pooled",
    ]
    assert row(found, "words", system="N").why_blank == "no variance in the metric"
    pooled = row(found, "words", system="pooled")
    assert (pooled.n, pooled.posts) == (12, 6)  # posts of both systems are drawn together
    accuracy = row(found, "words", "system accuracy", "pooled")
    # Equal means of ratings, unequal lengths: the one pair is ordered by the metric and tied by
    # people.
    assert (accuracy.value, accuracy.n, accuracy.n_rated) == (0, 1, 1)
    assert {one.system for one in found.agreement} == {"M", "N"}


def test_each_metric_is_tested_against_every_baseline(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = rated_board(tmp_path, tasks)
    found = find_validity(folder, tasks, RUBRICS)
    tested = {(one.first, one.second) for one in found.contests}
    assert ("rouge1", "words") in tested
    assert ("chrf", "words") in tested
    assert {second for first, second in tested if first == "rouge1"} == set(BASELINES)
    assert not {first for first, _ in tested} & {*BASELINES, "human"}
    family = [one for one in found.contests if one.measure == "pearson" and one.p is not None]
    assert len(family) >= 5
    assert [one.p_holm for one in family] == pytest.approx(holm([one.p for one in family]).tolist())
    assert all(one.p >= 1 / 10_001 for one in family if one.p)


def rated_board(path: Path, tasks: Mapping[str, Task]) -> DataFolder:
    """A board with a system whose answers to twelve examples were rated."""
    folder = demo_board(path / "data", tasks, ["stress"])
    examples = PostStore(folder.posts).examples(tasks["demo/stress"])
    answers = gold_rows(folder, tasks["demo/stress"])
    for place, answer in enumerate(answers):
        start = answer["output"].split("Reasoning:")[0]
        own = " ".join(str(examples[place].reference).split()[: 3 + 5 * (place % 4)])
        answer["output"] = (
            start.strip() if place == 11 else f"{start}Reasoning: {own} {SAID[place % 6]}"
        )
    submit(folder, tasks, path, answers, system="Rated")
    rng = np.random.default_rng(3)
    rate(
        folder,
        tasks,
        [
            {
                "task": "demo/stress",
                "example_id": example.example_id,
                "system": "Rated",
                "annotator": who,
                "aspect": "overall",
                "rating": str(int(np.clip(place % 4 + rng.integers(-1, 2), 0, 3))),
            }
            for place, example in enumerate(examples[:12])
            for who in ("ana", "ben")
        ],
    )
    return folder


def test_a_metric_sees_what_it_sees_on_the_board(tmp_path: Path, tasks: Mapping[str, Task]) -> None:
    """The label sentence is taken off for explanation metrics; where nothing else was written there
    is no value.
    """
    folder = rated_board(tmp_path, tasks)
    found = find_validity(folder, tasks, RUBRICS)
    assert (row(found, "words", system="Rated").n, row(found, "words", system="Rated").n_rated) == (
        11,
        12,
    )
    assert row(found, "words_full", system="Rated").n == 12
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    kept = rated_value_arrays(folder)
    for name in ("rouge1", "bleu", "words"):
        own = metric(name)
        items = own.measure(rated.parts[0].segments, Instruments())
        alone = [float(own.aggregate(item, tasks["demo/stress"])) for item in items]
        assert rated.values(folder, kept, own) == pytest.approx(np.array(alone), nan_ok=True)


def test_a_demonstration_checkpoint_validates_only_a_demonstration(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = rated_board(tmp_path, tasks)
    a_run(folder)
    sets = list(rated_sets(folder, tasks, RUBRICS))
    assert row(
        find_validity(folder, tasks, RUBRICS), "bartscore_f", system="Rated"
    ).why_blank.startswith("not scored")
    paired = [
        one
        for one in (each for each in METRICS if each.group == "explanation")
        if isinstance(one, PairMetric) and one.can_measure(Instruments(TINY))
    ]
    assert score_ratings(folder, sets, {"demo": Instruments(TINY)}) == len(paired)
    assert score_ratings(folder, sets, {"demo": Instruments(TINY)}) == 0
    one = row(find_validity(folder, tasks, RUBRICS), "bartscore_src_to_hyp", system="Rated")
    assert (one.value is not None, one.n) == (True, 11)
    assert f"ckpt:{TINY.fingerprint[:12]}" in one.signature


def test_it_never_validates_real_ratings(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    rate(folder, tasks, invented(), "imhi/dr")
    run = start_run(folder, "tester", "a test", {})
    model = (TINY.fingerprint, TINY.max_tokens, TINY.dtype_name)
    pin_model(folder, PinnedModel("imhi", TINY.kind, "tiny-bart", *model, demonstration=True), run)
    sets = list(rated_sets(folder, tasks, RUBRICS))
    score_ratings(folder, sets, {"imhi": Instruments(TINY)})
    found = find_validity(folder, tasks, RUBRICS)
    assert "tiny-bart is a demonstration checkpoint" in row(found, "bartscore_src_to_hyp").why_blank
    assert "demonstration checkpoint" in found.sentence("imhi", "bartscore_src_to_hyp")


def test_a_release_states_all_of_it_and_no_text(tmp_path: Path, tasks: Mapping[str, Task]) -> None:
    folder = rated_board(tmp_path, tasks)
    place = workplace(folder, tasks)
    score(
        place,
        plan(place, metrics=[metric("words"), metric("weighted_f1")]),
        LocalEngine(),
        a_run(folder),
    )
    publish(folder, tasks, "tester", "ratings")
    release = current_release(folder)
    found = find_validity(folder, tasks)
    assert release.validity() == found.rows
    assert release.agreement("made-up") == found.agreement
    assert release.contests("made-up") == found.contests
    assert release.validity_views("made-up") == found.views
    assert {view.view for view in found.views} == {view.name for view in VIEWS}
    assert [rubric.id for rubric in release.rubrics()] == ["mentallama"]
    said = {one.name: one.validity for one in release.metrics("demo")}
    assert "Pearson's r with invented ratings of 'overall'" in said["words"]
    assert "what the other metrics have to beat" in said["words"]
    assert said["weighted_f1"] == ""
    content = release.path.read_bytes()
    for text in SAID:
        assert text.encode() not in content
    assert not publish(folder, tasks, "tester").new


def kinds(published: Published) -> dict[str, set[str]]:
    """Kind of change -> systems, of changes in what people's ratings say."""
    found: dict[str, set[str]] = {}
    for change in published.changes:
        if "validity" in change.kind:
            found.setdefault(change.kind, set()).add(change.system)
    return found


def test_validity_that_changes_needs_a_reason_and_what_adds_does_not(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    place = workplace(folder, dict(tasks))
    score(place, plan(place, metrics=(metric("words"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "scores")
    rate(folder, tasks, invented())
    assert kinds(publish(folder, tasks, "worker")) == {"new validity": {"M"}}
    path = tmp_path / "made-up.csv"
    path.write_text(
        path.read_text("utf-8").replace("0,M,ana,overall,2", "0,M,ana,overall,0"), "utf-8"
    )
    asked = ImportRequest("tester", "a slip", Naming("mentallama", "demo/stress"), revise=True)
    import_ratings(folder, tasks, RUBRICS, path, asked)
    with pytest.raises(ReasonNeeded, match="changed validity M"):
        publish(folder, tasks, "worker")
    revised = publish(folder, tasks, "tester", "a slip was corrected")
    assert kinds(revised) == {"changed validity": {"M"}}
    told = next(
        change
        for change in revised.changes
        if (change.kind, change.metric) == ("changed validity", "words")
    )
    assert told.old != told.new
    assert "(made-up): other ratings, texts or identity" in told.why
    rate(folder, tasks, invented("N", shift=2), name="more")
    assert kinds(publish(folder, tasks, "worker")) == {"new validity": {"N"}}
    rate(folder, tasks, invented("O", shift=1), name="last")
    assert kinds(publish(folder, tasks, "worker")) == {"new validity": {"O"}}
    join_sets(folder, ["made-up", "more"], "both", "tester", "one study")
    with pytest.raises(ReasonNeeded, match="removed validity M"):
        publish(folder, tasks, "worker")
    joined = publish(folder, tasks, "tester", "one study")
    assert kinds(joined) == {"new validity": {"M", "N"}, "removed validity": {"M", "N"}}
    gone = {change.why for change in joined.changes if change.kind == "removed validity"}
    assert gone == {"part of both now (tester: one study)"}
    separate(folder, "both", "tester", "two after all")
    gone = {
        change.why
        for change in publish(folder, tasks, "tester", "apart").changes
        if change.kind == "removed validity"
    }
    assert gone == {"no longer joined: made-up, more are reported apart"}


def test_pooled_figures_follow_from_a_further_system(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    place = workplace(folder, dict(tasks))
    score(place, plan(place, metrics=(metric("words"),)), LocalEngine(), a_run(folder))
    rate(folder, tasks, invented() + invented("N", shift=2))
    publish(folder, tasks, "tester", "first")
    path = tmp_path / "made-up.csv"
    further = "".join(path.read_text("utf-8").partition("\n")[2].splitlines(keepends=True)[:18])
    path.write_text(path.read_text("utf-8") + further.replace(",M,", ",O,"), "utf-8")
    asked = ImportRequest("tester", "more", Naming("mentallama", "demo/stress"), revise=True)
    import_ratings(folder, tasks, RUBRICS, path, asked)
    assert kinds(publish(folder, tasks, "worker")) == {
        "new validity": {"O"},
        "pooled validity": {POOLED},
    }


def test_a_withdrawn_systems_validity_goes_without_a_reason(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    rows = gold_rows(folder, tasks["demo/stress"])
    own = submit(folder, tasks, tmp_path, rows, system="Ada").submission
    place = workplace(folder, dict(tasks))
    score(place, plan(place, metrics=(metric("words"),)), LocalEngine(), a_run(folder))
    opened, _ = open_round(folder, tasks, load_rubrics(), Wanted("demo", 4, 1, "me", "a test"))
    for number in range(4):
        item = next_item(folder, opened, "ana")
        assert item is not None
        levels = dict.fromkeys(OVERALL.names, number % 3)
        rate_item(folder, opened, OVERALL.aspects, item.id, "ana", levels)
    close_round(folder, opened.name, "me", "done")
    assert kinds(publish(folder, tasks, "me", "first")) == {"new validity": {"Ada 1"}}
    withdraw(folder, own, "me", "asked for")
    assert kinds(publish(folder, tasks, "worker")) == {"removed validity": {"Ada 1"}}


def test_what_stands_beside_a_metric_is_of_its_own_texts_and_against_the_same_means(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    """ROUGE-1 has a value on 11 of 12 texts: a human and both word counts are of these 11, by
    scipy.
    """
    folder = rated_board(tmp_path, tasks)
    found = find_validity(folder, tasks, RUBRICS)
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    kept = rated_value_arrays(folder)
    values = {
        name: rated.values(folder, kept, metric(name)) for name in ("rouge1", "words", "words_full")
    }
    there = ~np.isnan(values["rouge1"])
    assert there.sum() == 11
    ana, ben = rated.ratings["overall"][:, there]

    def in_place(first: np.ndarray, second: np.ndarray) -> float:
        """Of two raters, each is left out in turn."""
        pairs = ((first, ben), (second, ana))
        return float(np.mean([stats.pearsonr(own, other).statistic for own, other in pairs]))

    one = row(found, "rouge1", system="Rated")
    assert one.alike == pytest.approx(in_place(*[values["rouge1"][there]] * 2))
    assert one.human == pytest.approx(in_place(ana, ben))
    assert one.words == pytest.approx(in_place(*[values["words"][there]] * 2))
    assert one.words_full == pytest.approx(in_place(*[values["words_full"][there]] * 2))
    assert (one.n, one.n_rated, one.n_alike) == (11, 12, 11)
    assert one.ruler == max(one.words, one.words_full)
    everywhere = row(found, "words_full", system="Rated")
    assert (everywhere.n, everywhere.words) == (12, None), "no explanation in one of them"
    assert everywhere.human == pytest.approx(row(found, "human", system="Rated").value)
    assert everywhere.human != pytest.approx(one.human)
    for contest in found.contests:
        held = row(found, contest.first, contest.measure, contest.system)
        ruler = row(found, contest.second, contest.measure, contest.system)
        assert contest.n <= min(held.n, ruler.n), "on the texts that both have a value on"
    assert "on these texts with one rater left out: this" in found.sentence("demo", "rouge1")


def test_one_rater_alone_leaves_nobody_to_be_a_human(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    rate(folder, tasks, [one for one in invented() if one["annotator"] == "ana"])
    found = row(find_validity(folder, tasks, RUBRICS), "words")
    assert (found.human, found.alike) == (None, pytest.approx(found.value))


def test_relative_length_by_hand() -> None:
    words, posts = np.array([0.0, 4.0, 9.0, 40.0, 5.0]), np.array([16.0, 16.0, 16.0, 16.0, 0.0])
    # The square roots of 0, 1/4, 9/16 and 1; a post without words has no length to be relative to.
    expected = [0, 0.5, 0.75, 1, np.nan]
    assert relative_length(words, posts) == pytest.approx(np.array(expected), nan_ok=True)


LABELLED = (
    ("Yes. Because of work.", "yes"),
    ("No. There is nothing of it in the post, and the week is calm.", "yes"),
    ("Yes. The poster says so twice, and rest is out of sight.", "1"),
    ("Yes.", "yes"),
    ("Yes. It is clear.", "0"),
    ("No. The poster writes of a walk and of the sea.", "no"),
)
"""Outputs, and the right label as a file may give it; the fourth explains nothing."""


def labelled() -> list[dict[str, str]]:
    return [
        {**one, "explanation": "", "output": LABELLED[place][0], "gold": LABELLED[place][1]}
        for one in invented()
        for place in (int(one["item"]),)
    ]


def test_baselines_and_views_of_labelled_texts(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    """By scipy, from the words and labels of LABELLED counted by hand."""
    rate(folder, tasks, labelled())
    found = find_validity(folder, tasks, RUBRICS)
    means = np.mean(RATED, axis=1)
    words = np.array([3, 13, 11, 0, 3, 10])
    post_words = len(["Post", "number", "0,", "and", "it", "is", "a", "long", "week."])
    right = np.array([1, 0, 1, 1, 0, 1])
    there = words > 0

    def pearson(values: np.ndarray, chosen: np.ndarray) -> float:
        return float(stats.pearsonr(values[chosen], means[chosen]).statistic)

    length = np.sqrt(np.minimum(1, words / post_words))
    every = np.ones(6, dtype=bool)
    assert row(found, "words").value == pytest.approx(pearson(words, there))
    assert row(found, "log_words").value == pytest.approx(pearson(np.log(words + 1), there))
    assert row(found, "relative_length").value == pytest.approx(pearson(length, there))
    assert row(found, "label_right").value == pytest.approx(pearson(right, every))
    views = {(one.view, one.metric): one for one in found.views}
    for view, values, chosen in (
        ("explained", length, there),
        ("blank as 0", length, every),
        ("label right", length, there & (right == 1)),
    ):
        one = views[view, "relative_length"]
        assert one.value == pytest.approx(pearson(values, chosen))
        assert (one.n, one.n_view) == (chosen.sum(), chosen.sum())
        given = np.array(RATED, dtype=float)[chosen].T
        human = np.mean(
            [
                stats.pearsonr(own, np.delete(given, rater, axis=0).mean(axis=0)).statistic
                for rater, own in enumerate(given)
            ]
        )
        assert one.human == pytest.approx(human)
        assert views[view, "human"].value == pytest.approx(human)
        assert one.bound == pytest.approx(views[view, "bound"].value)
    assert views["label wrong", "words"].why_blank == "fewer than three items"
    assert views["label right", "label_right"].why_blank == "no variance in the metric"
    # No reference, so a blank has no value of ROUGE either; a log-likelihood of 0 is the best.
    assert views["blank as 0", "rouge1"].value is None


def test_whoever_rated_nothing_of_a_view_moves_nothing_of_it(
    folder: DataFolder, tasks: Mapping[str, Task], tmp_path: Path
) -> None:
    rate(folder, tasks, labelled())
    wrong = next(place for place, (_, gold) in enumerate(LABELLED) if place not in (0, 2, 3, 5))
    only = [{**one, "annotator": "dan"} for one in labelled() if one["item"] == str(wrong)][:1]
    more = DataFolder(tmp_path / "more" / "data")
    prepare(more)
    rate(more, tasks, [*labelled(), *only])
    before, after = (
        {
            one.metric: (one.value, one.human, one.bound)
            for one in find_validity(board, tasks, RUBRICS).views
            if one.view == "label right" and one.metric in ("words", "bound")
        }
        for board in (folder, more)
    )
    assert before["bound"][0] is not None
    assert after == before


@pytest.mark.parametrize("name", ["words", "rouge1", "own_words"])
def test_damaged_values_are_measured_again(
    tmp_path: Path, tasks: Mapping[str, Task], name: str
) -> None:
    folder = rated_board(tmp_path, tasks)
    before = find_validity(folder, tasks, RUBRICS)
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    key = rated.parts[0].key(metric(name), rated.instruments)
    path = array_path(folder, rated_value_arrays(folder)[key])
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert find_validity(folder, tasks, RUBRICS).views == before.views
    assert path.read_bytes() == content
    path.unlink()
    assert find_validity(folder, tasks, RUBRICS).views == before.views


def test_a_blank_counts_0_where_there_is_a_reference(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = rated_board(tmp_path, tasks)
    found = find_validity(folder, tasks, RUBRICS)
    views = {(one.view, one.metric): one for one in found.views}
    assert (views["explained", "rouge1"].n, views["blank as 0", "rouge1"].n) == (11, 12)
    (rated,) = rated_sets(folder, tasks, RUBRICS)
    values = np.nan_to_num(rated.values(folder, rated_value_arrays(folder), metric("rouge1")))
    means = rated.ratings["overall"].mean(axis=0)
    expected = stats.pearsonr(values, means).statistic
    assert views["blank as 0", "rouge1"].value == pytest.approx(expected)
