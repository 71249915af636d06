"""Similarity of sentences against Transformers' own pass, a text at a time."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from scoring.bartscore.runtime import OutOfMemoryError
from scoring.encoders import EncoderScorer
from scoring.errors import CheckpointError, ScoringError
from scoring.readers.encoder import PACKAGE, open_encoder
from scoring.similarity import SimilarityModel
from tests.scoring.encoders.models import sentence, write_encoder

KINDS = ("bert", "roberta", "deberta-v2", "mpnet")
CUT = 256
POSTS = [sentence(words, words) for words in (3, 60, 400, 20)]
PAIRS = [(POSTS[i % 4], sentence(3 + 5 * i, 100 + i)) for i in range(12)]
PAIRS += [(POSTS[0], POSTS[0]), PAIRS[3]]
SOURCES, TARGETS = ([pair[side] for pair in PAIRS] for side in (0, 1))


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint of each kind."""
    root = tmp_path_factory.mktemp("sentence_encoders")
    return {kind: write_encoder(root / kind, kind) for kind in KINDS}


def formula(folder: str) -> np.ndarray:
    """Cosines of mean token states, a text at a time."""
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def vector(text: str) -> np.ndarray:
        batch = tokenizer(text, return_tensors="pt", truncation=True, max_length=CUT)
        with torch.inference_mode():
            return model(**batch).last_hidden_state[0].double().mean(0).numpy()

    vectors = {text: vector(text) for text in (*SOURCES, *TARGETS)}
    return np.array(
        [
            vectors[x] @ vectors[y] / np.linalg.norm(vectors[x]) / np.linalg.norm(vectors[y])
            for x, y in PAIRS
        ]
    )


def scorer_of(folder: Path) -> EncoderScorer:
    return SimilarityModel(str(folder), device="cpu", dtype="float32").scorer()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("token_budget", [1, 300, 10**9])
def test_values_are_cosines_of_means(
    folders: dict[str, Path], kind: str, token_budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = scorer_of(folders[kind])
    monkeypatch.setattr(scorer, "token_budget", token_budget)
    values, expected = scorer.score(SOURCES, TARGETS), formula(str(folders[kind]))
    assert values.shape == (len(PAIRS), 1)
    assert np.abs(values[:, 0] - expected).max() < 1e-5
    assert expected.std() > 0.005
    assert np.abs(values).max() <= 1


def test_vectors_are_those_of_the_readers_encoder(folders: dict[str, Path]) -> None:
    """What labels are read with and what texts are compared with is one encoder."""
    vectors = open_encoder(str(folders["bert"]), "cpu").vectors([*SOURCES, *TARGETS])
    cosines = (vectors[: len(PAIRS)] * vectors[len(PAIRS) :]).sum(axis=1)
    assert scorer_of(folders["bert"]).score(SOURCES, TARGETS)[:, 0] == pytest.approx(cosines)


def test_each_distinct_text_is_encoded_once_within_the_memory_there_is(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = scorer_of(folders["bert"])
    runtime: Any = scorer._runtime
    encode, encoded = runtime.encode, []

    def limited(texts: Sequence[Any]) -> Any:
        if sum(map(len, texts)) > limit:
            raise OutOfMemoryError
        encoded.extend(texts)
        return encode(texts)

    monkeypatch.setattr(runtime, "encode", limited)
    monkeypatch.setattr(scorer, "token_budget", 10**6)
    limit = 10**9
    expected = scorer.score(SOURCES, TARGETS)
    assert len(encoded) == len({*SOURCES, *TARGETS})
    limit = 400
    with caplog.at_level(logging.WARNING):
        assert scorer.score(SOURCES, TARGETS) == pytest.approx(expected, abs=1e-6)
    assert scorer.token_budget <= 400
    assert caplog.messages


def test_what_is_cut_is_counted(folders: dict[str, Path]) -> None:
    scorer = scorer_of(folders["bert"])
    assert scorer.max_tokens == CUT
    assert scorer.count_truncated([sentence(words, 1) for words in (200, 300, 400)]) == 2
    long = sentence(300, 7)
    assert scorer.score([long + " rain"], [long + " bus"])[0, 0] == pytest.approx(1)


def test_what_is_no_text_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ScoringError, match="source 1 is empty or blank; target 0 is not a text"):
        scorer_of(folders["bert"]).stream(["a", " "], [None, "b"])  # type: ignore[list-item]


def test_the_model_says_what_its_numbers_depend_on(folders: dict[str, Path]) -> None:
    model = SimilarityModel(str(folders["bert"]), device="cpu")
    assert model.fingerprint != SimilarityModel(str(folders["roberta"])).fingerprint
    assert model.on("cpu") == SimilarityModel(str(folders["bert"]), "cpu", "float32")
    assert (model.max_tokens, model.dtype_name, model.demonstration) == (CUT, "float32", False)
    tokens, operations = model.operations(list(zip(SOURCES, TARGETS, strict=True)))
    assert tokens < operations
    assert model.operations([PAIRS[0]] * 5) == model.operations([PAIRS[0]])


def test_another_pooling_is_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder", "bert")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    with pytest.raises(CheckpointError, match="otherwise than by their mean"):
        SimilarityModel(str(folder)).scorer()


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"needs {PACKAGE}")
def test_the_packaged_encoder_knows_what_is_alike() -> None:
    scorer = SimilarityModel(device="cpu").scorer()
    post = "I have not slept for weeks, my boss keeps shouting at me and I cannot stop worrying."
    near = "The poster is stressed by work and loses sleep over it."
    far = "The recipe needs two eggs and a cup of sugar."
    alike, unlike, same = scorer.score([post, post, post], [near, far, post])[:, 0]
    assert alike > unlike + 0.2
    assert same == pytest.approx(1)
    assert scorer.max_tokens == CUT
    assert formula(SimilarityModel()._files.folder.as_posix()) == pytest.approx(
        scorer.score(SOURCES, TARGETS)[:, 0], abs=1e-5
    )
