"""Metrics with models of several kinds, several numbers a pair and several pairs an example are
planned, scored, kept and reused alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from scoring.bartscore import BartModel
from scoring.instruments import Instruments, Pair
from scoring.metric import POST, Metric
from scoring.metrics import metric
from scoring.metrics.explanation_metric import compared
from scoring.metrics.model_metric import ModelMetric
from scoring.score import score
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.receiving.intake import Accepted
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.forecast import forecast, total
from submissions.rescoring.instruments import Models, announced, find_models, unrecorded
from submissions.rescoring.pending import Workplace, plan
from submissions.rescoring.worker import UnitsFailed, drop_left_overs, run
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import failures
from submissions.store.scored.scores import PinnedModel, pin_model, recorded, scored_keys, scores
from tests.boards import TINY, a_run, demo_board, gold_rows, submit
from tests.engines import Listing
from tests.instruments import PerPairInstrument, PerPairScorer

NAME = "demo/loneliness"
ALIKE = PerPairInstrument(
    lambda a, b: (len(set(a.split()) & set(b.split())) / 100,),
    kind="similarity",
    outputs=("cosine",),
)
JUDGING = PerPairInstrument(
    lambda a, b: (len(b) / (len(a) + len(b)), 1 / len(a), 0.25),
    kind="nli",
    outputs=("entailment", "neutral", "contradiction"),
)


class Alike(ModelMetric):
    """One pair, one number."""

    name, title, needs = "alike", "Alike", "similarity"
    measures, limits = "How alike.", "Nothing else."
    held_against = (POST,)


class Contradicted(ModelMetric):
    """One pair, one of several numbers."""

    name, title, needs, output = "contradicted", "Contradicted", "nli", 2
    measures, limits = "How contradicted.", "Nothing else."
    held_against = (POST,)


class WorstSentence(ModelMetric):
    """Several pairs, of which the least counts."""

    name, title, needs, output = "worst_sentence", "Worst sentence", "nli", None
    measures, limits = "How well the worst sentence is supported.", "Nothing else."
    held_against = (POST,)

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return a pair a sentence."""
        return [
            () if pair is None else [(pair.against, each) for each in pair.explanation.split(". ")]
            for pair in compared(segments, POST)
        ]

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return the least."""
        assert len(pairs) == len(outputs)
        return float(outputs[:, 0].min())


TRIED: tuple[Metric, ...] = (
    metric("bartscore_src_to_hyp"),
    metric("words"),
    Alike(),
    Contradicted(),
    WorstSentence(),
)
INSTRUMENTS = Instruments(TINY, ALIKE, JUDGING)


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setattr("submissions.rescoring.reuse.metrics_with", lambda _: TRIED)
    return demo_board(tmp_path / "data", tasks, ["loneliness"])


@pytest.fixture
def rows(folder: DataFolder, tasks: dict[str, Task]) -> list[dict[str, str]]:
    return gold_rows(folder, tasks[NAME])


def submitted(
    folder: DataFolder, tasks: dict[str, Task], rows: Sequence[dict[str, str]], version: str
) -> Accepted:
    where = folder.path.parent / version
    where.mkdir()
    return submit(folder, tasks, where, rows, version=version)


def scored(folder: DataFolder, tasks: dict[str, Task], engine: Listing) -> Listing:
    place = Workplace(folder, tasks, {"demo": INSTRUMENTS})
    run(place, plan(place, metrics=TRIED), engine, a_run(folder))
    return engine


def check_values(folder: DataFolder, tasks: dict[str, Task], accepted: Accepted) -> None:
    task, examples = tasks[NAME], PostStore(folder.posts).examples(tasks[NAME])
    runs = segments(folder.outputs(accepted.submission.outputs), task, examples)
    stored = {
        row.identity.metric: row
        for row in scores(folder, scored_keys(folder))
        if row.submission == accepted.submission.id
    }
    assert stored.keys() == {each.name for each in TRIED}
    for each in TRIED:
        expected, row = score(each, runs, INSTRUMENTS), stored[each.name]
        assert (row.value, row.n) == (pytest.approx(expected.value, abs=1e-5), expected.n)
        assert row.n_truncated == expected.n_truncated


def test_each_model_is_asked_for_the_pairs_of_its_own_metrics_once(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    accepted = submitted(folder, tasks, rows, "1")
    asked = scored(folder, tasks, Listing()).asked
    assert {kind for kind, _ in asked} == {"bartscore", "similarity", "nli"}
    assert len(asked) == len(set(asked))
    check_values(folder, tasks, accepted)


def test_what_has_a_value_is_asked_of_no_model_again(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    scored(folder, tasks, Listing())
    changed = "No. Reasoning: The writer met friends. All week was full of people."
    again = submitted(folder, tasks, [{**rows[0], "output": changed}, *rows[1:]], "2")
    place = Workplace(folder, tasks, {"demo": INSTRUMENTS})
    assert total(forecast(folder, plan(place, metrics=TRIED), "local")).cost.pairs == 5
    asked = scored(folder, tasks, Listing()).asked
    assert all("writer met" in target or "All week" in target for _, (_, target) in asked)
    assert sorted(kind for kind, _ in asked) == ["bartscore", "nli", "nli", "nli", "similarity"]
    check_values(folder, tasks, again)


@pytest.mark.parametrize("kind", ["nli", "similarity"])
def test_a_stop_costs_no_more_than_what_was_not_kept(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]], kind: str
) -> None:
    accepted = submitted(folder, tasks, rows, "1")
    with pytest.raises(KeyboardInterrupt):
        scored(folder, tasks, Listing(stops_at=kind))
    asked = [pair for of, pair in scored(folder, tasks, Listing()).asked if of == kind]
    everything = submitted(folder, tasks, rows, "2")
    assert len(asked) > 0
    check_values(folder, tasks, accepted)
    assert not list(folder.partial.glob("*.npy"))
    assert scored(folder, tasks, Listing()).asked == []
    check_values(folder, tasks, everything)


def test_a_model_that_is_not_here_keeps_nothing_else_from_being_scored(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    place = Workplace(folder, tasks, {"demo": Instruments(ALIKE)})
    run(place, plan(place, metrics=TRIED), LocalEngine(), a_run(folder))
    measured = {row.identity.metric for row in scores(folder, scored_keys(folder))}
    assert measured == {"words", "alike"}


def test_a_board_says_which_models_are_missing_and_which_it_has_none_of(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    board = folder.path / "scoring.toml"
    board.write_text('[bartscore.demo]\ncheckpoint = "./nowhere"\n')
    models = find_models(folder, ["demo"], tasks)
    assert models.instruments["demo"].of("bartscore") is None
    (trouble,) = [each for each in models.troubles if "BARTScore" in each]
    assert "demo: what BARTScore has not scored yet stays blank" in trouble
    assert "nowhere" in trouble

    under = a_run(folder)
    assert recorded(folder, "demo").of("bartscore") is not None
    board.write_text('[bartscore.demo]\ncheckpoint = "none"\n')
    (gone,) = find_models(folder, ["demo"], tasks).unpinned(folder, ["bartscore"])
    assert gone == PinnedModel("demo", "bartscore", "", "", 0, "", demonstration=False)
    pin_model(folder, gone, under)
    assert recorded(folder, "demo").of("bartscore") is None
    assert find_models(folder, ["demo"], tasks).unpinned(folder, ["bartscore"]) == ()


def test_there_is_one_instrument_of_a_kind() -> None:
    with pytest.raises(ValueError, match="two instruments of one kind"):
        Instruments(TINY, BartModel())
    with pytest.raises(ValueError, match="no nli that can be used"):
        Instruments(TINY).usable("nli")


@dataclass(frozen=True)
class Broken(PerPairInstrument):
    """A model that does not load."""

    def scorer(self) -> PerPairScorer:
        """Refuse."""
        raise RuntimeError("no such device")


def test_a_model_that_fails_withholds_its_own_metrics_alone(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    broken = Broken(JUDGING.numbers, kind="nli", outputs=JUDGING.outputs)
    place = Workplace(folder, tasks, {"demo": Instruments(TINY, ALIKE, broken)})
    engine = Listing()
    with pytest.raises(UnitsFailed, match="no such device"):
        run(place, plan(place, metrics=TRIED), engine, a_run(folder))
    stored = {row.identity.metric for row in scores(folder, scored_keys(folder))}
    assert stored == {"bartscore_src_to_hyp", "words", "alike"}
    lost = {key for key, failure in failures(folder).items() if failure.given_up}
    assert len(lost) == 2 * len({key.submission for key in lost}) == 10
    asked = [each for each in engine.asked if each[0] == "bartscore"]
    assert len(asked) == len(set(asked)), "what one model did is not done again for another"


def test_only_what_loads_is_recorded(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    broken = Broken(ALIKE.numbers, kind="similarity", outputs=ALIKE.outputs)
    found = Models({"demo": (TINY, broken)}, {"demo": ()}, ())
    left = found.loaded(folder, ["bartscore", "similarity"])
    assert [record.kind for record in left.unpinned(folder, ["bartscore", "similarity"])] == [
        "bartscore"
    ]
    assert left.instruments["demo"] == Instruments(TINY)
    (trouble,) = left.troubles
    assert trouble.startswith("demo: what sentence similarity has not scored yet stays blank.")


def test_a_table_that_was_taken_out_says_that_there_is_no_model(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    pin_model(
        folder,
        PinnedModel("demo", "nli", "x", "f", 1, "float32", demonstration=False),
        a_run(folder),
    )
    kinds = ["bartscore", "nli"]
    records = find_models(folder, ["demo"], tasks, kinds=kinds).unpinned(folder, kinds)
    assert [(record.kind, record.checkpoint) for record in records] == [("nli", "")]
    assert announced(folder, "demo") == "no NLI"


def test_what_a_board_lacks_is_told_by_kind(folder: DataFolder) -> None:
    board = folder.path / "scoring.toml"
    board.unlink()
    assert "similarity" in unrecorded(folder, "demo")
    board.write_text('[similarity.demo]\ncheckpoint = "none"\n[notes]\nkept = "by hand"\n')
    assert "similarity" not in unrecorded(folder, "demo")


def test_values_of_a_model_that_is_not_here_are_kept(
    folder: DataFolder, tasks: dict[str, Task], rows: list[dict[str, str]]
) -> None:
    submitted(folder, tasks, rows, "1")
    with pytest.raises(KeyboardInterrupt):
        scored(folder, tasks, Listing(stops_at="bartscore"))
    place = Workplace(folder, tasks, {"demo": Instruments(ALIKE)})
    run(place, plan(place, metrics=TRIED), LocalEngine(), a_run(folder))
    drop_left_overs(place)
    assert list(folder.partial.glob("*.npy"))
