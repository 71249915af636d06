"""bfloat16 on a CPU: weights in the order of its matrix units, and what stays in fp32."""

from __future__ import annotations

import pytest
import torch

from scoring.bartscore.fused import fused_for
from scoring.bartscore.head import PrepackedHead, Tile, TiledHead
from scoring.bartscore.prepacked import PrepackedLinear, can_prepack
from tests.scoring.bartscore.test_packed import VOCABULARY, random_bart

HALF = torch.bfloat16
pytestmark = pytest.mark.skipif(
    not can_prepack(random_bart().to(HALF)), reason="this processor has no bfloat16"
)


def test_a_layer_is_the_product_that_it_was() -> None:
    draw = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(96, 200)
    states = torch.randn(37, 96, generator=draw)
    expected = layer(states)
    made = PrepackedLinear(layer.weight.to(HALF), layer.bias.to(HALF))
    with torch.inference_mode():
        assert (made(states.to(HALF)).float() - expected).abs().max() < 0.05


@pytest.mark.parametrize("scale", [1.0, 400.0], ids=["usual", "beyond what exp can hold"])
def test_the_head_is_the_tiled_one(scale: float) -> None:
    model = random_bart(init_std=1.0).to(HALF)
    draw = torch.Generator().manual_seed(1)
    hidden = (torch.randn(90, 32, generator=draw) * scale).to(HALF)
    labels = torch.randint(0, VOCABULARY, (90,), generator=draw)
    tile = Tile(rows=32, words=64)
    with torch.inference_mode():
        made, expected = (head(model, tile)(hidden, labels) for head in (PrepackedHead, TiledHead))
        certain = model.lm_head(hidden).float().add(model.final_logits_bias).argmax(-1)
        surest = PrepackedHead(model, tile)(hidden, certain)
    assert (made - expected).abs().max() <= 0.01 * expected.abs().max()
    assert surest.max() <= 0


def test_states_between_layers_are_not_rounded() -> None:
    draw = torch.Generator().manual_seed(2)
    states = torch.randn(50, 64, generator=draw) * 100
    update = torch.randn(50, 64, generator=draw).to(HALF)
    weight, bias = torch.ones(64, dtype=HALF), torch.zeros(64, dtype=HALF)
    total = states.double() + update.double()
    expected = (total - total.mean(1, keepdim=True)) / total.std(1, correction=0, keepdim=True)
    made = fused_for(torch.device("cpu"), HALF).add_norm(states, update, weight, bias, 1e-9)
    assert (made - expected).abs().max() < 1e-5
