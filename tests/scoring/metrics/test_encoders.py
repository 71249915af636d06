"""Metrics that hold explanations against texts by an encoder: which pairs they ask about, what becomes of
the answers, and what boards may declare of the models.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scoring.bertscore import BertScoreModel, RescalingBaseline
from scoring.bertscore.settings import BertScoreSettings
from scoring.declarations import fitted
from scoring.errors import ReasonBoardError
from scoring.extraction import EXTRACTION
from scoring.instruments import BERTSCORE, SIMILARITY, Instruments
from scoring.kinds import kinds
from scoring.metric import POST, REFERENCE
from scoring.metrics import metric
from scoring.metrics.bertscore import BERTSCORES
from scoring.metrics.model_metric import ModelMetric
from scoring.metrics.similarity import SIMILARITIES
from scoring.readers.encoder import PACKAGE
from scoring.segments import Segments
from scoring.similarity import SimilarityModel
from tests.instruments import PerPairInstrument
from tests.scoring.encoders.models import sentence, write_encoder

Make = Callable[..., Segments]
EXPLANATION, OTHER, POSTED = "rain and work", "the bus is late today", "a long post about rain"
LENGTHS = Instruments(
    PerPairInstrument(
        lambda x, y: (len(x) / 100, len(y) / 100, len(x + y) / 100),
        kind=BERTSCORE,
        outputs=BertScoreModel.outputs,
    ),
    PerPairInstrument(
        lambda x, y: (len(x) / 100 + len(y) / 1000,),
        kind=SIMILARITY,
        outputs=SimilarityModel.outputs,
    ),
)


@pytest.mark.parametrize(
    ("name", "against", "value"),
    [
        ("bertscore_precision", OTHER, len(OTHER) / 100),
        ("bertscore_recall", OTHER, len(EXPLANATION) / 100),
        ("bertscore", OTHER, len(OTHER + EXPLANATION) / 100),
        ("bertscore_post_recall", POSTED, len(EXPLANATION) / 100),
        ("similarity", OTHER, len(OTHER) / 100 + len(EXPLANATION) / 1000),
        ("similarity_post", POSTED, len(POSTED) / 100 + len(EXPLANATION) / 1000),
    ],
)
def test_a_metric_says_which_pair_it_asks_about_and_which_answer_it_takes(
    explained: Make, name: str, against: str, value: float
) -> None:
    segments = explained([EXPLANATION], [OTHER], [POSTED])
    assert metric(name).pairs(segments) == [((against, EXPLANATION),)]
    assert metric(name).measure(segments, LENGTHS).tolist() == [[pytest.approx(value), 1.0]]


@pytest.mark.parametrize("measured", [*BERTSCORES, *SIMILARITIES], ids=lambda entry: entry.name)
def test_what_is_absent_has_no_value(explained: Make, measured: ModelMetric) -> None:
    segments = explained([EXPLANATION, None, EXPLANATION], [OTHER, OTHER, None])
    present = measured.measure(segments, LENGTHS)[:, 1].tolist()
    assert present == [1.0, 0.0, float(POST in measured.held_against)]
    assert measured.held_against in ((POST,), (REFERENCE,))
    assert measured.counted_by == "words"


def test_identities_hold_the_model() -> None:
    identity = metric("bertscore").identity(LENGTHS)
    assert (identity.checkpoint, identity.truncation, identity.dtype) == ("f" * 64, 512, "bfloat16")
    assert (identity.extraction, identity.text) == (EXTRACTION, "explanation")


def test_with_a_model_values_are_those_of_its_scorer(explained: Make, tmp_path: Path) -> None:
    model = BertScoreModel(str(write_encoder(tmp_path / "bert", "bert")), 2, device="cpu")
    said, references, posts = ([sentence(9, seed + n) for n in range(3)] for seed in (0, 10, 20))
    segments = explained(said, references, posts)
    expected = model.scorer().score(references, said)
    for output, measured in enumerate(BERTSCORES[:3]):
        values = measured.measure(segments, Instruments(model))[:, 0]
        assert values == pytest.approx(expected[:, output], abs=1e-6)
    assert (expected <= 1).all()
    of_post = metric("bertscore_post_recall").measure(segments, Instruments(model))[:, 0]
    assert of_post == pytest.approx(model.scorer().score(posts, said)[:, 1], abs=1e-6)


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"needs {PACKAGE}")
def test_the_packaged_encoder_prefers_an_explanation_of_the_post(explained: Make) -> None:
    posts = [
        "My boss shouts at me every day and I lie awake thinking of work.",
        "Since the funeral I cannot get out of bed and nothing is worth it.",
    ]
    said = ["Work is the poster's stressor.", "The poster grieves and has lost interest."]
    instruments = Instruments(SimilarityModel(device="cpu"))
    own, swapped = (
        metric("similarity_post").measure(explained(texts, posts, posts), instruments)[:, 0]
        for texts in (said, said[::-1])
    )
    assert (own > swapped).all()
    assert np.abs(own).max() <= 1


def test_what_a_board_declares_is_the_model(tmp_path: Path) -> None:
    table = {"checkpoint": "roberta-large", "layer": 10, "baseline": [0.1, 0.2, 0.3]}
    declared = fitted(BertScoreSettings, table, "here", ReasonBoardError)
    model = declared.instrument()
    assert model == BertScoreModel(
        "roberta-large", 10, RescalingBaseline(0.1, 0.2, 0.3), dtype="float32"
    )
    assert model.public_name == "roberta-large_L10_rescaled"
    beside = {"checkpoint": "./bert", "baseline": "./unrelated.tsv"}
    model = (
        fitted(BertScoreSettings, beside, "here", ReasonBoardError).beside(tmp_path).instrument()
    )
    assert model == BertScoreModel(
        str(tmp_path / "bert"), None, tmp_path / "unrelated.tsv", dtype="float32"
    )
    inside = {"checkpoint": "roberta-large", "baseline": "unrelated.tsv"}
    model = (
        fitted(BertScoreSettings, inside, "here", ReasonBoardError).beside(tmp_path).instrument()
    )
    assert model.baseline == Path("unrelated.tsv")
    packaged = kinds()[SIMILARITY]("all-MiniLM-L6-v2").instrument()
    assert packaged == SimilarityModel(dtype="float32")
    assert packaged.public_name == "all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"layer": "ten"}, "layer"),
        ({"baseline": [0.1, 0.2]}, "three numbers"),
        ({"baseline": 3}, "three numbers"),
        ({"idf": True}, "idf"),
    ],
)
def test_what_cannot_be_declared_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ReasonBoardError, match=said):
        fitted(BertScoreSettings, {"checkpoint": "roberta-large"} | wrong, "here", ReasonBoardError)
