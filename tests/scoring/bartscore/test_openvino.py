"""OpenVINO against Transformers' own forward pass, under an identity of its own, and with nothing reported anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.bartscore import BartModel, BartScorer
from scoring.bartscore.openvino_runtime import ROWS, OpenVinoRuntime
from scoring.bartscore.tokens import Tokens
from scoring.errors import ScoringError
from scoring.metric import Identity, Instruments
from scoring.metrics import METRICS
from submissions.settings import TINY_CHECKPOINT, ScoringSettings
from tests.scoring.bartscore.test_packed import (
    BARTS,
    SOURCES,
    TARGETS,
    by_transformers,
    random_bart,
    sequence,
)

SHAPES: dict[str, dict[str, Any]] = {**BARTS, "more words than a tile": {"vocab_size": 9_000}}


def means(model: Any, sources: Sequence[Tokens], targets: Sequence[Sequence[Tokens]]) -> np.ndarray:
    """BARTScores by Transformers' own forward pass."""
    pairs = [(x, y) for x, group in zip(sources, targets, strict=True) for y in group]
    return np.array([by_transformers(model, x, y).astype(np.float64).mean() for x, y in pairs])


@pytest.mark.parametrize("changes", SHAPES.values(), ids=SHAPES)
def test_scores_are_those_of_transformers(changes: dict[str, Any]) -> None:
    model = random_bart(**changes)
    assert (
        sum(len(target) for group in TARGETS for target in group) > ROWS
    )  # more than a tile of them
    runtime = OpenVinoRuntime(model)
    expected = means(model, SOURCES, TARGETS)
    assert expected.std() > 0.1  # the agreement means something
    assert np.abs(runtime.scores(runtime.encode(SOURCES), TARGETS) - expected).max() < 1e-5


def test_what_is_encoded_serves_several_calls() -> None:
    model = random_bart()
    runtime = OpenVinoRuntime(model)
    encoded = runtime.encode(SOURCES)
    runtime.encode([sequence(90, seed) for seed in range(20)])  # must not overwrite it
    for source in (0, 1, 6):
        found = runtime.scores(encoded[source : source + 1], TARGETS[source : source + 1])
        assert (
            np.abs(
                found - means(model, SOURCES[source : source + 1], TARGETS[source : source + 1])
            ).max()
            < 1e-5
        )


def test_the_scorer_agrees_with_torch_from_texts_on(
    random_bart: Path, sentence: Callable[[int, int], str]
) -> None:
    sources = [
        sentence(n, n) for n in (1, 9, 70, 20)
    ] * 2  # 70 words are more than the checkpoint's positions
    targets = [sentence(n, 100 + n) for n in (3, 70, 7, 25, 2, 1, 30, 70)]
    torch, openvino = (
        BartScorer.load(str(random_bart), device="cpu", runtime=name)
        for name in ("torch", "openvino")
    )
    assert np.abs(torch.score(sources, targets) - openvino.score(sources, targets)).max() < 1e-5
    assert (
        openvino.count_truncated(sources + targets) == torch.count_truncated(sources + targets) > 0
    )
    assert (openvino.provenance()["runtime"], torch.provenance()["runtime"]) == (
        "openvino",
        "torch",
    )


def test_the_demonstration_checkpoint_too() -> None:
    texts = [
        "I have not slept since the exam.",
        "The writer is worried and sleeps badly.",
        "A quiet day in the garden.",
    ]
    pairs = [(x, y) for x in texts for y in texts]
    one, other = (
        BartModel(str(TINY_CHECKPOINT), device="cpu", runtime=name)
        .scorer()
        .score(*zip(*pairs, strict=True))
        for name in ("torch", "openvino")
    )
    assert np.abs(one - other).max() < 1e-5


def test_its_scores_have_an_identity_of_their_own() -> None:
    torch, openvino = (
        ScoringSettings(str(TINY_CHECKPOINT), device="cpu", runtime=name).model()
        for name in ("torch", "openvino")
    )
    assert (torch.dtype_name, openvino.dtype_name) == ("float32", "float32/openvino")
    metric_f = next(metric for metric in METRICS if metric.name == "bartscore_f")
    one, other = (metric_f.identity(Instruments(bart=model)) for model in (torch, openvino))
    assert one.key != other.key
    assert one == metric_f.identity(Instruments(bart=BartModel(str(TINY_CHECKPOINT), device="cpu")))


def test_keys_of_scores_that_torch_made_are_what_they_were() -> None:
    identity = Identity(
        "bartscore_recall",
        "1",
        "reasonboard/1",
        "f" * 64,
        "hyp_to_ref",
        "explanation",
        1024,
        "float32",
    )
    assert identity.key == "bc14a2049e8e7c48"  # of a board made before there was another runtime


def test_it_is_the_same_model_in_another_process() -> None:
    model = BartModel(str(TINY_CHECKPOINT), runtime="openvino")
    assert model.on("cpu") == BartModel(
        str(TINY_CHECKPOINT), device="cpu", dtype="float32", runtime="openvino"
    )
    assert model.on("cpu").dtype_name == model.dtype_name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"runtime": "tensorflow"}, "allowed: torch, openvino"),
        ({"runtime": "openvino", "device": "cuda"}, "computes on CPUs only"),
        ({"runtime": "openvino", "dtype": "bfloat16"}, "computes in float32 only"),
    ],
)
def test_what_it_cannot_do_is_said(given: dict[str, str], said: str) -> None:
    with pytest.raises(ScoringError, match=said):
        BartScorer.load(str(TINY_CHECKPOINT), **given)  # type: ignore[arg-type]
    with pytest.raises(ScoringError, match=said):
        _ = BartModel(str(TINY_CHECKPOINT), **given).dtype_name  # type: ignore[arg-type]


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ScoringError, match=r"pip install -e '\.\[openvino\]'"):
        BartScorer.load(str(TINY_CHECKPOINT), device="cpu", runtime="openvino")


def test_its_use_is_reported_nowhere(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from scoring.bartscore import BartScorer\n"
        f"BartScorer.load({str(TINY_CHECKPOINT)!r}, device='cpu', runtime='openvino').score(['a post'], ['a text'])\n"
        "assert 'openvino' in sys.modules\n"
        "assert not any(name.startswith('openvino_telemetry.') for name in sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "HOME": str(tmp_path)}, check=True
    )
    assert not list(
        tmp_path.glob("intel*")
    )  # where it would keep the number that it reports a user by
