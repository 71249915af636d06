"""Tokens drawn by hand, and whose random numbers they are."""

from __future__ import annotations

import hashlib
import math

import pytest
import torch

from submissions.asking.sampling import OwnDraws, draw, uniform
from submissions.asking.texts import Decoding
from submissions.generating.plan import RequestKey

# Probabilities 0.1, 0.4, 0.2, 0.3: most probable first, the tokens 1, 3, 2, 0 at 0.4, 0.7, 0.9, 1.
LOGITS = torch.tensor([[math.log(p) for p in (0.1, 0.4, 0.2, 0.3)]])


@pytest.mark.parametrize(
    ("top_p", "number", "token"),
    [
        (1.0, 0.0, 1),
        (1.0, 0.39, 1),
        (1.0, 0.41, 3),
        (1.0, 0.69, 3),
        (1.0, 0.71, 2),
        (1.0, 0.91, 0),
        (1.0, 1 - 2**-53, 0),
        # Of 0.4 and 0.3 alone, which together reach 0.5: 0.4 is 4/7 = 0.571 of them.
        (0.5, 0.56, 1),
        (0.5, 0.58, 3),
        (0.5, 0.999, 3),
        (0.4 - 1e-6, 0.999, 1),
        (1e-9, 0.999, 1),
    ],
)
def test_the_token_is_the_one_that_the_number_falls_on(
    top_p: float, number: float, token: int
) -> None:
    numbers = torch.tensor([number], dtype=torch.float64)
    assert draw(LOGITS, top_p, numbers).tolist() == [token]


def test_each_row_is_drawn_by_its_own_numbers_whatever_is_beside_it() -> None:
    keys = [RequestKey("t", f"e{n}", "p", seed) for n in range(3) for seed in (1, 2)]
    logits = torch.randn(6, 50, generator=torch.Generator().manual_seed(1))
    decoding = Decoding(8, temperature=0.9, top_p=0.8)
    together = OwnDraws(keys, decoding)
    apart = [OwnDraws([key], decoding) for key in keys]
    ids = torch.zeros(6, 1, dtype=torch.long)
    drawn = [together(ids, logits).argmax(dim=1).tolist() for _ in range(5)]
    alone = [
        [draws(ids[:1], logits[n : n + 1]).argmax(dim=1).item() for n, draws in enumerate(apart)]
        for _ in range(5)
    ]
    assert drawn == alone
    assert len({tuple(step) for step in drawn}) == 5


def test_only_the_token_drawn_is_left() -> None:
    draws = OwnDraws([RequestKey("t", "e", "p", 1)], Decoding(8, temperature=0.5))
    scores = draws(torch.zeros(1, 1, dtype=torch.long), LOGITS)
    assert sorted(scores[0].tolist()) == [-math.inf] * 3 + [0.0]


def test_the_temperature_sharpens() -> None:
    # Squared and normed, 0.4 is 16/30 = 0.533: a number of 0.5 falls on it at a temperature of 1/2,
    # not at 1.
    number = torch.tensor([0.5], dtype=torch.float64)
    assert draw(LOGITS / 0.5, 1.0, number).tolist() == [1]
    assert draw(LOGITS, 1.0, number).tolist() == [3]


def test_numbers_are_sha256s_and_spread_evenly() -> None:
    first = hashlib.sha256(b"key 0").digest()[:8]
    assert uniform(b"key", 0) == pytest.approx(int.from_bytes(first, "big") / 2**64, abs=2**-52)
    numbers = [uniform(b"key", step) for step in range(4_000)]
    assert all(0 <= number < 1 for number in numbers)
    # Each tenth has 400 of them, SD 19: within five of those.
    for tenth in range(10):
        assert 305 < sum(int(number * 10) == tenth for number in numbers) < 495
