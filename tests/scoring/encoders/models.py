"""Tiny encoders of several architectures with random weights: whole checkpoints on disk, the same each
time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import (
    ByteLevelBPETokenizer,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)
from transformers import (
    AlbertConfig,
    AlbertModel,
    BertConfig,
    BertModel,
    DebertaV2Config,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    MPNetConfig,
    MPNetModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
    RobertaTokenizer,
    XLNetConfig,
    XLNetModel,
)

from scoring.bartscore.loading_noise import quiet_transformers

WORDS = (  # noqa: SIM905
    "the a kettle garden letter bus rain tuesday quiet tired worried exam sister rent shift"
    " neighbour because although slept missed called waited laughed nothing every third"
).split()
PIECES = ("##s", "##ing", "##ly", "un", "##ed", "sleep")
SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
LAYERS = 3
POSITIONS = 512
BASE = {
    "hidden_size": 32,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": POSITIONS,
    "initializer_range": 0.2,  # so that texts differ
}


def sentence(words: int, seed: int) -> str:
    """So many random words, some of which a WordPiece vocabulary has in pieces."""
    return " ".join(np.random.default_rng(seed).choice([*WORDS, "sleeping", "unquiet"], words))


def word_pieces() -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of `WORDS` and `PIECES`."""
    tokens = [*SPECIAL.values(), *WORDS, *PIECES]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token=SPECIAL["unk"]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {f"{name}_token": token for name, token in SPECIAL.items()}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=POSITIONS, **names)


def byte_pairs() -> RobertaTokenizer:
    """A byte-level BPE as RoBERTa has it."""
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        [sentence(40, seed) for seed in range(50)],
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    learned = json.loads(bpe.to_str())["model"]
    return RobertaTokenizer(
        vocab=learned["vocab"],
        merges=[tuple(merge) for merge in learned["merges"]],
        model_max_length=POSITIONS,
    )


def _bert(size: int) -> Any:
    return BertModel(BertConfig(vocab_size=size, **BASE))


def _roberta(size: int) -> Any:
    positions = {"max_position_embeddings": POSITIONS + 2}
    return RobertaModel(RobertaConfig(vocab_size=size, **BASE | positions))


def _deberta(size: int) -> Any:
    config = DebertaV2Config(
        vocab_size=size,
        relative_attention=True,
        position_buckets=32,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
        **BASE,
    )
    return DebertaV2Model(config)


def _distilbert(size: int) -> Any:
    config = DistilBertConfig(
        vocab_size=size,
        dim=32,
        n_layers=LAYERS,
        n_heads=4,
        hidden_dim=64,
        max_position_embeddings=POSITIONS,
        initializer_range=0.2,
    )
    return DistilBertModel(config)


def _albert(size: int) -> Any:
    return AlbertModel(AlbertConfig(vocab_size=size, embedding_size=16, **BASE))


def _electra(size: int) -> Any:
    return ElectraModel(ElectraConfig(vocab_size=size, embedding_size=16, **BASE))


def _mpnet(size: int) -> Any:
    positions = {"max_position_embeddings": POSITIONS + 2}
    return MPNetModel(MPNetConfig(vocab_size=size, **BASE | positions))


def _xlnet(size: int) -> Any:
    config = XLNetConfig(
        vocab_size=size, d_model=32, n_layer=LAYERS, n_head=4, d_inner=64, initializer_range=0.2
    )
    return XLNetModel(config)


MODELS: dict[str, Callable[[int], Any]] = {
    "bert": _bert,
    "roberta": _roberta,
    "deberta-v2": _deberta,
    "distilbert": _distilbert,
    "albert": _albert,
    "electra": _electra,
    "mpnet": _mpnet,
    "xlnet": _xlnet,
}
PACKED = ("bert", "roberta")


def write_encoder(folder: Path, kind: str, seed: int = 1) -> Path:
    """Write the checkpoint of a kind of model to a folder."""
    torch.manual_seed(seed)
    tokenizer = byte_pairs() if kind == "roberta" else word_pieces()
    with quiet_transformers():
        MODELS[kind](len(tokenizer)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder
