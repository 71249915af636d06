"""Models that read labels: held against Transformers' own pass, a text at a time, and
scikit-learn's own predictions.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from scoring.errors import CheckpointError, ScoringError
from scoring.readers import encoding
from scoring.readers.classifier import open_classifier
from scoring.readers.encoder import open_encoder
from scoring.readers.trained import NO_LABEL, STRENGTH, TrainedReader, fit, open_trained, save
from scoring.tasks import Task
from tests.scoring.readers.models import WORDS, write_classifier, write_encoder

DRAWN = random.Random(5)  # noqa: S311 (texts, no secrets)
TEXTS = [" ".join(DRAWN.choices(WORDS, k=DRAWN.randint(1, 90))) for _ in range(40)]
"""Some longer than the 64 positions of the tiny models."""


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("models") / "classifier", ["yes", "no"])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("models") / "encoder")


@pytest.fixture(params=[8192, 100], ids=["one batch", "many batches"])
def _batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "TOKENS", request.param)


@pytest.mark.usefixtures("_batches")
def test_a_classifiers_labels_are_those_of_a_text_at_a_time(
    classifier: Path, tasks: dict[str, Task]
) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(classifier).eval()
    tokenizer = AutoTokenizer.from_pretrained(classifier)
    expected = []
    for text in TEXTS:
        batch = tokenizer(text, return_tensors="pt", truncation=True, max_length=64)
        with torch.inference_mode():
            expected.append(model(**batch).logits.softmax(-1)[0].numpy())
    readings = open_classifier(str(classifier), tasks["demo/stress"]).read(TEXTS)
    assert readings.labels == tuple(("yes", "no")[row.argmax()] for row in expected)
    assert {*readings.labels} == {"yes", "no"}
    best = [row.max() for row in expected]
    np.testing.assert_allclose(readings.probabilities, best, atol=1e-5)


def test_of_a_text_without_words_nothing_is_said(classifier: Path, tasks: dict[str, Task]) -> None:
    reader = open_classifier(str(classifier), tasks["demo/stress"])
    readings = reader.read(["", "yes", " \n"])
    assert [label is None for label in readings.labels] == [True, False, True]
    assert np.isnan(readings.probabilities).tolist() == [True, False, True]
    assert reader.read([]).labels == ()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{bad", "cannot be read"),
        ("[]", "is no JSON object"),
        ('{"id2label": {"LABEL_0": "yes", "x": "no"}}', "`id2label`"),
        ('{"id2label": ["no", "yes"]}', "`id2label`"),
    ],
)
def test_a_broken_configuration_is_said_in_plain_words(
    classifier: Path, tasks: dict[str, Task], tmp_path: Path, config: str, said: str
) -> None:
    shutil.copytree(classifier, tmp_path / "broken")
    (tmp_path / "broken" / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(CheckpointError, match=f"config.json .*{said}"):
        open_classifier(str(tmp_path / "broken"), tasks["demo/stress"])


@pytest.mark.parametrize("content", ["{bad", "[]", '{"max_seq_length": "many"}'])
def test_a_broken_file_of_a_sentence_encoder_is_said_in_plain_words(
    encoder: Path, tmp_path: Path, content: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(encoder, broken)
    (broken / "sentence_bert_config.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"sentence_bert_config.json (cannot|is no|has a)"):
        open_encoder(str(broken))
    (broken / "sentence_bert_config.json").unlink()
    (broken / "1_Pooling").mkdir()
    (broken / "1_Pooling" / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"config.json (cannot|is no)|pools its tokens"):
        open_encoder(str(broken))


def test_the_order_of_labels_is_declared_or_said_and_never_guessed(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    unnamed = write_classifier(tmp_path / "unnamed", ["LABEL_0", "LABEL_1"])
    task = tasks["demo/stress"]
    with pytest.raises(CheckpointError, match="it calls them none; name them in their order"):
        open_classifier(str(unnamed), task)
    forth = open_classifier(str(unnamed), task, ["no", "yes"]).read(TEXTS)
    back = open_classifier(str(unnamed), task, ["Yes", "No"]).read(TEXTS)
    other = {"no": "yes", "yes": "no"}
    assert back.labels == tuple(other[str(label)] for label in forth.labels)
    with pytest.raises(CheckpointError, match="is not known"):
        open_classifier(str(unnamed), task, ["yes", "yes"])
    three = open_classifier(str(unnamed), tasks["demo/stress-cause"], ["work", "health", "school"])
    with pytest.raises(CheckpointError, match="has 2 outputs, not 3"):
        three.read(TEXTS)


def test_its_identity_is_of_weights_vocabulary_and_order(
    classifier: Path, tasks: dict[str, Task], tmp_path: Path
) -> None:
    task = tasks["demo/stress"]
    identity = open_classifier(str(classifier), task).identity
    copy = write_classifier(tmp_path / "copy", ["LABEL_0", "LABEL_1"])
    same = open_classifier(str(copy), task, ["yes", "no"]).identity
    assert (same.fingerprint, same.labels) == (identity.fingerprint, identity.labels)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "layer_norm_eps": 0.1}))
    changed = open_classifier(str(copy), task, ["yes", "no"]).identity
    assert changed.fingerprint != identity.fingerprint


def test_what_cannot_be_loaded_safely_and_whole_is_refused(
    encoder: Path, tasks: dict[str, Task], tmp_path: Path
) -> None:
    task = tasks["demo/stress"]
    with pytest.raises(CheckpointError, match="there is no folder"):
        open_classifier(str(tmp_path / "nowhere"), task)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"config\.json is missing; .*; tokenizer"):
        open_classifier(str(tmp_path / "empty"), task)
    headless = open_classifier(str(encoder), task, ["yes", "no"])
    with pytest.raises(CheckpointError, match="lacks tensors of the model: classifier"):
        headless.read(TEXTS)
    damaged = write_classifier(tmp_path / "damaged", ["yes", "no"])
    (damaged / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        open_classifier(str(damaged), task).read(TEXTS)
    code = write_classifier(tmp_path / "code", ["yes", "no"])
    config = json.loads((code / "config.json").read_text())
    own = {"AutoModelForSequenceClassification": "own.Model", "AutoConfig": "own.Config"}
    (code / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    (code / "own.py").write_text("raise SystemExit\nclass Model: pass\nclass Config: pass\n")
    with pytest.raises(CheckpointError, match="cannot be read"):
        open_classifier(str(code), task).read(TEXTS)


@pytest.mark.usefixtures("_batches")
def test_a_sentences_vector_is_the_mean_of_its_tokens_at_length_1(encoder: Path) -> None:
    model = AutoModel.from_pretrained(encoder).eval()
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    vectors = open_encoder(str(encoder)).vectors(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        batch = tokenizer(text, return_tensors="pt", truncation=True, max_length=64)
        with torch.inference_mode():
            mean = model(**batch).last_hidden_state[0].mean(0).double().numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_a_fitted_reader_says_what_scikit_learn_says(encoder: Path, tmp_path: Path) -> None:
    opened = open_encoder(str(encoder))
    labels = [None if "money" in t and "work" in t else ("yes", "no")["not" in t] for t in TEXTS]
    vectors = opened.vectors(TEXTS)
    head = fit("demo/stress", vectors, labels)
    assert head.classes == (NO_LABEL, "no", "yes")
    named = [NO_LABEL if label is None else label for label in labels]
    own = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    own.fit(vectors, named)
    reader = TrainedReader(head, opened, "x")
    said = reader.read([*TEXTS, ""])
    assert [label or NO_LABEL for label in said.labels[:-1]] == list(own.predict(vectors))
    np.testing.assert_allclose(
        said.probabilities[:-1], own.predict_proba(vectors).max(axis=1), atol=1e-6
    )
    assert said.labels[-1] is None
    save(head, opened, tmp_path)
    again = open_trained(tmp_path, "demo/stress")
    assert again.read(TEXTS).labels == said.labels[:-1]
    assert again.identity.fingerprint == reader.identity.fingerprint


def test_two_classes_are_fitted_too(encoder: Path) -> None:
    opened = open_encoder(str(encoder))
    vectors = opened.vectors(TEXTS)
    labels = ["yes" if "stress" in text else "no" for text in TEXTS]
    own = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    expected = own.fit(vectors, labels).predict_proba(vectors)
    np.testing.assert_allclose(
        fit("demo/stress", vectors, labels).probabilities(vectors), expected, atol=1e-6
    )


def test_what_teaches_nothing_is_refused(encoder: Path) -> None:
    vectors = open_encoder(str(encoder)).vectors(TEXTS[:3])
    with pytest.raises(ScoringError, match="at least 2 outputs of each of two labels"):
        fit("demo/stress", vectors, ["yes", "yes", "no"])


def test_a_reader_is_of_one_task_and_one_encoder(encoder: Path, tmp_path: Path) -> None:
    opened = open_encoder(str(encoder))
    labels = ["yes" if "stress" in text else "no" for text in TEXTS]
    save(fit("demo/stress", opened.vectors(TEXTS), labels), opened, tmp_path)
    with pytest.raises(CheckpointError, match="was fitted for demo/stress, not demo/loneliness"):
        open_trained(tmp_path, "demo/loneliness")
    other = write_classifier(tmp_path / "other", ["a", "b"])
    with pytest.raises(CheckpointError, match="another encoder"):
        open_trained(tmp_path, "demo/stress", str(other))
    (tmp_path / "reader.safetensors").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="no reader that can be read"):
        open_trained(tmp_path, "demo/stress")
