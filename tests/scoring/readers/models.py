"""Tiny encoders, made anew: a BERT with random weights and a vocabulary of single words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

WORDS = (
    *("yes", "no", "the", "poster", "suffers", "does", "not", "suffer", "from", "stress"),
    *("work", "money", "sleep", "is", "fine"),
)


def write_tokenizer(folder: Path) -> int:
    """Write a tokenizer of `WORDS`; the number of its tokens."""
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]"}
    vocabulary = {word: place for place, word in enumerate([*special.values(), *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=special["unk"]))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=64,
        **{f"{name}_token": token for name, token in special.items()},
    ).save_pretrained(folder)
    return len(vocabulary)


def config(size: int, labels: Sequence[str]) -> BertConfig:
    return BertConfig(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,  # so that texts differ
        id2label=dict(enumerate(labels)),
        label2id={name: place for place, name in enumerate(labels)},
    )


def write_classifier(folder: Path, labels: Sequence[str]) -> Path:
    """Write a classifier whose outputs are called `labels`."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    model = BertForSequenceClassification(config(write_tokenizer(folder), labels))
    torch.nn.init.normal_(model.classifier.weight, std=2.0)
    with torch.inference_mode():  # outputs about 0 for texts of some words, so that labels differ
        words = torch.randint(4, model.config.vocab_size, (64, 20))
        model.eval().classifier.bias -= model(words).logits.mean(dim=0)
    model.save_pretrained(folder)
    return folder


def write_encoder(folder: Path) -> Path:
    """Write an encoder without a head."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(2)
    BertModel(config(write_tokenizer(folder), ["a", "b"])).save_pretrained(folder)
    return folder
