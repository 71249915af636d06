"""The packed forward pass against Transformers' own, for every way of attention that runs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration

from scoring.bartscore.attention import Attention, ByBucket, BySequence, attention_for
from scoring.bartscore.fused import Fused
from scoring.bartscore.head import ALIGNED, Head, Tile, TiledHead, WholeHead
from scoring.bartscore.packed import PackedBart
from scoring.bartscore.tokens import Tokens

VOCABULARY = 150
WAYS = [BySequence, ByBucket]
HEADS: dict[str, Callable[[Any], Head]] = {
    "in tiles": lambda model: TiledHead(model, Tile(40, 64)),
    "whole rows": lambda model: WholeHead(model, Fused(), rows=40),
}
BARTS: dict[str, dict[str, Any]] = {
    "as published": {},
    "scaled embeddings": {"scale_embedding": True},
    "another activation": {"activation_function": "relu"},
    "unequal halves": {
        "encoder_layers": 3,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_ffn_dim": 24,
    },
    "another start": {"decoder_start_token_id": 0},
}


def random_bart(**changes: Any) -> Any:
    torch.manual_seed(1)
    small = {
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 300,
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "init_std": 0.3,
    }
    model = BartForConditionalGeneration(BartConfig(**{**small, **changes})).eval()
    model.final_logits_bias.normal_()
    for parameter in (
        model.parameters()
    ):  # biases start at 0 and norms at 1, where leaving one out shows nothing
        if parameter.ndim == 1:
            parameter.data.add_(0.2 * torch.randn_like(parameter))
    return model


def sequence(length: int, seed: int) -> Tokens:
    return np.random.default_rng(seed).integers(4, VOCABULARY, length).astype(np.int32)


def by_transformers(model: Any, source: Tokens, target: Tokens) -> np.ndarray:
    """Log p of each target token: the model's own forward pass on one pair, `labels` given."""
    x, y = (torch.from_numpy(tokens.astype(np.int64)).unsqueeze(0) for tokens in (source, target))
    with torch.no_grad():
        log_p = model(input_ids=x, labels=y).logits.log_softmax(-1)
    return np.asarray(log_p[0].gather(1, y[0].unsqueeze(1)).squeeze(1))


SOURCES = [
    sequence(length, 10 + place) for place, length in enumerate((300, 5, 64, 64, 65, 1, 130))
]
TARGETS = [
    [sequence(length, 100 + 10 * place + number) for number, length in enumerate(lengths)]
    for place, lengths in enumerate(
        [(7,), (1, 300, 64), (12, 12), (65, 3), (2,), (128,), (64, 64, 64)]
    )
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("changes", BARTS.values(), ids=BARTS)
def test_log_probabilities_are_those_of_transformers(
    changes: dict[str, Any], way: type[Attention], head: str
) -> None:
    model = random_bart(**changes)
    bart = PackedBart(model, HEADS[head](model), way)
    found = bart.log_probs(bart.encode(SOURCES), TARGETS).numpy()
    expected = np.concatenate(
        [
            by_transformers(model, x, y)
            for x, group in zip(SOURCES, TARGETS, strict=True)
            for y in group
        ]
    )
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert expected.std() > 0.5


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_the_plain_formula_within_each_segment(
    way: type[Attention], causal: bool
) -> None:
    queries = [3, 1, 70, 70, 12]
    keys = queries if causal else [9, 200, 2, 2, 12]
    draw = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(sum(n), 2, 8, generator=draw) for n in (queries, keys, keys))
    found = way(queries, keys, query.device)(query, key, value, causal=causal)
    parts = zip(query.split(queries), key.split(keys), value.split(keys), strict=True)
    expected = torch.cat([plain_attention(*part, causal) for part in parts])
    assert torch.allclose(found, expected, atol=1e-6)


def plain_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, causal: bool
) -> torch.Tensor:
    """softmax(Q K^T / sqrt(d)) V a head (Vaswani et al. 2017, equation 1)."""
    weights = torch.einsum("qhd,khd->hqk", query, key) / query.shape[-1] ** 0.5
    if causal:
        weights = weights.masked_fill(
            torch.ones_like(weights, dtype=torch.bool).triu(1), -torch.inf
        )
    return torch.einsum("hqk,khd->qhd", weights.softmax(-1), value)


@pytest.mark.parametrize("head", HEADS)
def test_no_probability_exceeds_one_in_bfloat16(head: str) -> None:
    model = random_bart(init_std=1.0).to(torch.bfloat16)
    bart = PackedBart(model)
    with torch.inference_mode():
        encoded = bart.encode(SOURCES[:1])
        hidden = bart._decode(encoded, TARGETS[1], [365])
        certain = model.lm_head(hidden).float().add(model.final_logits_bias).argmax(-1)
        assert HEADS[head](model)(hidden, certain).max() <= 0


def test_words_that_fill_up_the_vocabulary_have_no_probability() -> None:
    model = random_bart()
    assert VOCABULARY % ALIGNED, "nothing is filled up"
    hidden = torch.zeros(VOCABULARY, 32)
    everything = WholeHead(model, Fused())(hidden, torch.arange(VOCABULARY))
    assert everything.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_a_gpu_without_a_kernel_for_half_precision_pads_by_bucket() -> None:
    assert attention_for(torch.device("cpu"), torch.bfloat16) is BySequence
    assert attention_for(torch.device("cuda"), torch.float32) is ByBucket
    assert attention_for(torch.device("mps"), torch.bfloat16) is ByBucket
