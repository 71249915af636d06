"""A BART with random weights: what the engine computes does not depend on what the weights know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration

from scoring.bartscore import BartScorer, tiny

VOCABULARY = (
    "the a kettle garden letter bus rain Tuesday quiet tired worried exam sister rent shift"
    " neighbour because although slept missed called waited laughed nothing every third — café"
    " naïve 7 o'clock. (and) :-)"
)


def sentence(words: int, seed: int) -> str:
    """`words` random words."""
    return " ".join(np.random.default_rng(seed).choice(VOCABULARY.split(), size=words))


def save_random_bart(folder: Path, seed: int = 0, positions: int = 64) -> Path:
    """A whole checkpoint with weights large enough that scores differ from pair to pair."""
    torch.manual_seed(seed)
    tokenizer = tiny.train_tokenizer([sentence(40, seed) for seed in range(50)])
    config = BartConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=positions,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        init_std=0.3,
    )
    model = BartForConditionalGeneration(config)
    model.final_logits_bias.normal_()  # zero in every published BART, and easily forgotten therefore
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", name="sentence")
def sentence_fixture() -> Callable[[int, int], str]:
    """Makes a text of so many random words."""
    return sentence


@pytest.fixture(scope="session", name="save_random_bart")
def save_random_bart_fixture() -> Callable[..., Path]:
    """Writes a random checkpoint to a folder."""
    return save_random_bart


@pytest.fixture(scope="session")
def random_bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BART of 64 positions."""
    return save_random_bart(tmp_path_factory.mktemp("bart"))


@pytest.fixture
def scorer(random_bart: Path) -> BartScorer:
    """A fresh scorer on it."""
    return BartScorer.load(str(random_bart), device="cpu")
