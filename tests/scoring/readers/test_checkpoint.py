"""An encoder's files: what makes its tokenizer, its identity, and what is said where it cannot be
read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from scoring.errors import CheckpointError
from scoring.readers.checkpoint import find_encoder, load_tokenizer
from tests.scoring.readers.models import WORDS

PACKAGE = "sentencepiece"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a checkpoint whose files nobody loads."""
    folder.mkdir(exist_ok=True)
    for name, text in {"config.json": "{}", "model.safetensors": "weights", **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def identity(folder: Path) -> str:
    return find_encoder(str(folder)).fingerprint


@pytest.fixture
def _sentencepiece(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package were installed: nothing of it is called to find a checkpoint."""
    module = ModuleType(PACKAGE)
    module.__spec__ = ModuleSpec(PACKAGE, None)
    monkeypatch.setitem(sys.modules, PACKAGE, module)


@pytest.mark.parametrize(
    "names", [("tokenizer.json",), ("vocab.txt",), ("tokenizer.json", "vocab.json", "merges.txt")]
)
def test_the_identity_of_one_files_tokenizer_is_what_it_always_was(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    expected = hashlib.sha256(b"{}")
    for text in (names[0], "weights"):
        expected.update(hashlib.sha256(text.encode()).digest())
    folder = write(tmp_path / "model", {name: name for name in names})
    assert identity(folder) == expected.hexdigest()


@pytest.mark.usefixtures("_sentencepiece")
@pytest.mark.parametrize(
    "names", [("vocab.json", "merges.txt"), ("spm.model",), ("sentencepiece.bpe.model",)]
)
def test_every_file_of_a_vocabulary_is_part_of_the_identity(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    folder = write(tmp_path / "model", dict.fromkeys(names, "as it was"))
    before = identity(folder)
    for name in names:
        changed = write(folder, {**dict.fromkeys(names, "as it was"), name: "changed"})
        assert identity(changed) != before


def test_half_a_vocabulary_is_none(tmp_path: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        folder = write(tmp_path / name, {name: "half"})
        with pytest.raises(CheckpointError) as refused:
            find_encoder(str(folder))
        assert str(refused.value).endswith(
            "tokenizer.json (or vocab.txt, or vocab.json with merges.txt, or spm.model, or"
            " sentencepiece.bpe.model) is missing"
        )


@pytest.mark.parametrize("name", ["spm.model", "sentencepiece.bpe.model"])
def test_without_the_package_that_reads_it_a_vocabulary_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    folder = write(tmp_path / "model", {name: "pieces"})
    with pytest.raises(CheckpointError, match=rf"{name} can .*`pip install sentencepiece`, or put"):
        find_encoder(str(folder))
    find_encoder(str(write(folder, {"tokenizer.json": "{}"})))


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"needs {PACKAGE}")
def test_pieces_alone_give_the_tokens_of_sentencepiece(tmp_path: Path) -> None:
    sentencepiece = importlib.import_module(PACKAGE)
    drawn = random.Random(3)  # noqa: S311 (texts, no secrets)
    texts = [" ".join(drawn.choices(WORDS, k=12)) for _ in range(200)]
    config = json.dumps({"model_type": "deberta-v2"})
    folder = write(tmp_path / "model", {"config.json": config})
    special = ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(folder / "spm"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        **{f"{kind}_id": place for place, kind in enumerate(("pad", "bos", "eos", "unk"))},
        **dict(zip(("pad_piece", "bos_piece", "eos_piece", "unk_piece"), special, strict=True)),
    )
    own = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    tokenizer = load_tokenizer(find_encoder(str(folder)))
    for text in (*texts[:20], "naïve  sleep, 7 o'clock"):
        assert tokenizer(text).input_ids == [1, *own.encode(text), 2]
