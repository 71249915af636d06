"""Which pairs the eight variants score, and under which identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoring.bartscore import BartModel
from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metrics.bartscore import BARTSCORE, BartScore
from scoring.segments import Segments
from scoring.tasks import Task
from tests.instruments import PerPairInstrument

BY_NAME = {metric.name: metric for metric in BARTSCORE}
TINY = Path(__file__).parents[3] / "leaderboard_data" / "checkpoints" / "tiny-bart"
HYP, REF = "slept badly", "no sleep"
FULL_HYP, FULL_REF = f"Yes. Reasoning: {HYP}", f"Yes. Reasoning: {REF}"


LENGTHS = PerPairInstrument(lambda x, y: (-len(x) - len(y) / 1000,))


def test_the_variants_are_named_by_direction_and_text() -> None:
    directions = ("hyp_to_ref", "ref_to_hyp", "f", "src_to_hyp")
    expected = [f"bartscore_{name}{text}" for text in ("", "_full") for name in directions]
    assert [metric.name for metric in BARTSCORE] == expected
    assert len({metric.title for metric in BARTSCORE}) == 8


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("bartscore_hyp_to_ref", [(HYP, REF)]),
        ("bartscore_ref_to_hyp", [(REF, HYP)]),
        ("bartscore_f", [(HYP, REF), (REF, HYP)]),
        ("bartscore_src_to_hyp", [("post 0", HYP)]),
        ("bartscore_hyp_to_ref_full", [(FULL_HYP, FULL_REF)]),
        ("bartscore_ref_to_hyp_full", [(FULL_REF, FULL_HYP)]),
        ("bartscore_f_full", [(FULL_HYP, FULL_REF), (FULL_REF, FULL_HYP)]),
        ("bartscore_src_to_hyp_full", [("post 0", FULL_HYP)]),
    ],
)
def test_a_direction_says_what_is_given_and_what_is_scored(
    explained: Callable[..., Segments], name: str, pairs: list[tuple[str, str]]
) -> None:
    metric, segments = BY_NAME[name], explained([HYP], [REF])
    assert list(metric.pairs(segments)[0]) == pairs
    items = metric.measure(segments, Instruments(LENGTHS))
    expected = np.mean([-len(x) - len(y) / 1000 for x, y in pairs])
    assert items.tolist() == [[pytest.approx(expected), 1.0]]


@pytest.mark.parametrize("metric", BARTSCORE, ids=lambda metric: metric.name)
@pytest.mark.parametrize("blank", [None, "", " \n "])
def test_what_is_absent_is_not_scored(
    explained: Callable[..., Segments], metric: BartScore, blank: str | None
) -> None:
    segments = explained([HYP, blank, HYP], [REF, REF, REF])
    if blank is not None:  # a blank output, not one that states a label without a reason
        segments = replace(segments, outputs=(FULL_HYP, blank, FULL_HYP))
    items = metric.measure(segments, Instruments(LENGTHS))
    assert items[:, 1].tolist() == [1.0, 0.0, 1.0]
    assert metric.aggregate(items.sum(axis=0), segments.task) == pytest.approx(items[0, 0])


def test_only_reference_directions_need_a_reference(explained: Callable[..., Segments]) -> None:
    segments = explained([HYP], [None])
    needless = [metric.name for metric in BARTSCORE if metric.pairs(segments)[0]]
    assert needless == ["bartscore_src_to_hyp", "bartscore_src_to_hyp_full"]


@pytest.mark.parametrize("metric", BARTSCORE, ids=lambda metric: metric.name)
def test_tasks_of_labels_alone_have_no_bartscore(
    explained: Callable[..., Segments], metric: BartScore
) -> None:
    task: Task = explained([HYP], [REF]).task
    assert metric.applies_to(task)
    assert not metric.applies_to(replace(task, references="none"))


def test_identities_hold_the_model_and_differ_between_variants() -> None:
    instruments = Instruments(LENGTHS)
    identities = {metric.name: metric.identity(instruments) for metric in BARTSCORE}
    assert len({identity.key for identity in identities.values()}) == 8
    default, full = identities["bartscore_src_to_hyp"], identities["bartscore_src_to_hyp_full"]
    assert (default.checkpoint, default.truncation, default.dtype) == ("f" * 64, 512, "bfloat16")
    assert (default.direction, default.text, default.extraction) == (
        "src_to_hyp",
        "explanation",
        EXTRACTION,
    )
    assert (full.text, full.extraction) == ("full", "")


def test_a_metric_without_a_model_says_so(explained: Callable[..., Segments]) -> None:
    with pytest.raises(ValueError, match="bartscore_f needs instruments"):
        BY_NAME["bartscore_f"].measure(explained([HYP], [REF]), Instruments())
    with pytest.raises(ValueError, match="bartscore_f needs instruments"):
        BY_NAME["bartscore_f"].identity(Instruments())


def test_with_a_real_model_values_are_those_of_its_scorer(
    explained: Callable[..., Segments],
) -> None:
    model = BartModel(str(TINY), device="cpu")
    segments = explained([HYP, None, "a quiet week"], [REF, REF, REF])
    metric = BY_NAME["bartscore_f"]
    items = metric.measure(segments, Instruments(model))
    recall = model.scorer().score([HYP, "a quiet week"], [REF, REF])
    precision = model.scorer().score([REF, REF], [HYP, "a quiet week"])
    assert items[[0, 2], 0] == pytest.approx((recall + precision) / 2, abs=1e-6)
    assert items[1].tolist() == [0.0, 0.0]
    assert metric.identity(Instruments(model)).checkpoint == model.scorer().fingerprint
    assert (items[[0, 2], 0] < 0).all()
