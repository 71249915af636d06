"""Tiny NLI classifiers with random weights: what is computed does not depend on what they know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from scoring.bartscore.loading_noise import quiet_transformers

ENTAILMENT_FIRST = ("entailment", "neutral", "contradiction")
KINDS = ("deberta-v2", "roberta", "bert")
WORDS = (
    "the a kettle garden letter bus rain Tuesday quiet tired worried exam sister rent shift"
    " neighbour because although slept missed called waited laughed nothing every third café"
    " naïve 7 o'clock. (and) :-)"
)


def sentence(words: int, seed: int) -> str:
    """`words` random words."""
    return " ".join(np.random.default_rng(seed).choice(WORDS.split(), size=words))


def save_nli(
    folder: Path,
    kind: str,
    labels: Sequence[str] = ENTAILMENT_FIRST,
    positions: int = 192,
    **changes: Any,
) -> Path:
    """A whole checkpoint with weights large enough that probabilities differ from pair to pair."""
    torch.manual_seed(0)
    tokenizer = _TOKENIZERS[kind](positions)
    named = dict(enumerate(labels))
    config, model = _MODELS[kind]
    made = model(
        config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=3,
            num_attention_heads=4,
            intermediate_size=64,
            pad_token_id=tokenizer.pad_token_id,
            max_position_embeddings=positions,
            initializer_range=0.4,
            id2label=named,
            label2id={name: place for place, name in named.items()},
            **_FIELDS[kind] | changes,
        )
    )
    for name, weights in made.named_parameters():
        if name.endswith("bias"):
            weights.data.normal_(std=0.3)  # zero at first, and easily forgotten therefore
    with quiet_transformers():
        made.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


_DEBERTA = {
    "relative_attention": True,
    "position_buckets": 16,
    "max_relative_positions": -1,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "p2c|c2p",
    "position_biased_input": False,
    "type_vocab_size": 0,
}
_FIELDS: dict[str, dict[str, Any]] = {"deberta-v2": _DEBERTA, "roberta": {}, "bert": {}}
_MODELS: dict[str, tuple[Any, Any]] = {
    "deberta-v2": (DebertaV2Config, DebertaV2ForSequenceClassification),
    "roberta": (RobertaConfig, RobertaForSequenceClassification),
    "bert": (BertConfig, BertForSequenceClassification),
}


def _learned(tokenizer: Tokenizer, trainer: Any) -> Tokenizer:
    tokenizer.train_from_iterator([sentence(60, seed) for seed in range(60)], trainer)
    return tokenizer


def _deberta_tokenizer(positions: int) -> PreTrainedTokenizerFast:
    """Pieces of a unigram model, as SentencePiece makes them."""
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKC()])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=160, special_tokens=special, unk_token=special[3], show_progress=False
    )
    return _wrapped(
        _learned(made, trainer), positions, "[CLS] $A [SEP] $B:1 [SEP]:1", special, True
    )


def _roberta_tokenizer(positions: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    template = "<s> $A </s> </s> $B </s>"
    return _wrapped(_learned(made, trainer), positions - 2, template, special, False)


def _bert_tokenizer(positions: int) -> PreTrainedTokenizerFast:
    """Word pieces in lower case."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordPiece(unk_token=special[1]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    return _wrapped(
        _learned(made, trainer), positions, "[CLS] $A [SEP] $B:1 [SEP]:1", special, True
    )


def _wrapped(
    made: Tokenizer, positions: int, pair: str, special: Sequence[str], typed: bool
) -> PreTrainedTokenizerFast:
    single = pair.split(" $B")[0].removesuffix(" </s>")
    opening, closing = single.split(" $A ")
    made.post_processor = processors.TemplateProcessing(
        single=single,
        pair=pair,
        special_tokens=[(name, made.token_to_id(name)) for name in (opening, closing.split()[0])],
    )
    unknown = next(name for name in special if "unk" in name.lower())
    padding = next(name for name in special if "pad" in name.lower())
    names = ["input_ids", *(["token_type_ids"] if typed else []), "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=positions,
        pad_token=padding,
        unk_token=unknown,
        cls_token=opening,
        sep_token=closing.split()[0],
        model_input_names=names,
    )


_TOKENIZERS: dict[str, Callable[[int], PreTrainedTokenizerFast]] = {
    "deberta-v2": _deberta_tokenizer,
    "roberta": _roberta_tokenizer,
    "bert": _bert_tokenizer,
}


@pytest.fixture(scope="session", name="sentence")
def sentence_fixture() -> Callable[[int, int], str]:
    """Makes a text of so many random words."""
    return sentence


@pytest.fixture(scope="session", name="save_nli")
def save_nli_fixture() -> Callable[..., Path]:
    """Writes a random checkpoint to a folder."""
    return save_nli


@pytest.fixture(scope="session", params=KINDS)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random NLI model of each kind."""
    return save_nli(tmp_path_factory.mktemp("nli") / request.param, request.param)
