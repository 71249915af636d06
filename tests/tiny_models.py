"""Tiny random language models, whole checkpoints on disk: they generate nonsense, quickly, and the
same each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from scoring.bartscore.loading_noise import quiet_transformers
from scoring.csv_records import csv_rows
from submissions.declarations.settings import DECLARATIONS

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<think>"]
CHAT = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def tiny_causal(folder: Path, *, chat: bool = False, positions: int = 1_024, seed: int = 1) -> Path:
    """A Llama of two layers."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=600,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        initializer_range=0.4,
    )
    return _written(folder, LlamaForCausalLM(config), positions, CHAT if chat else None)


def tiny_t5(folder: Path, seed: int = 1) -> Path:
    """A T5 of two layers on either side."""
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=600,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=1,
        pad_token_id=1,
        eos_token_id=2,
        initializer_factor=2.0,
    )
    return _written(folder, T5ForConditionalGeneration(config), 512, None)


def _written(folder: Path, model: Any, positions: int, chat: str | None) -> Path:
    with quiet_transformers():
        model.save_pretrained(folder)
        _tokenizer(positions, chat).save_pretrained(folder)
    return folder


def _tokenizer(positions: int, chat: str | None) -> PreTrainedTokenizerFast:
    bpe = ByteLevelBPETokenizer()
    posts = [row["text"] for row in csv_rows(DECLARATIONS / "demo" / "train" / "stress.csv")]
    bpe.train_from_iterator(posts, vocab_size=600, special_tokens=SPECIAL, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(bpe.to_str()),
        model_max_length=positions,
        **dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), SPECIAL, strict=False)),
    )
    tokenizer.chat_template = chat
    return tokenizer
