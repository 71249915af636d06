"""Makes the tiny BART that the demonstration and the tests score with.

    python -m scoring.bartscore.tiny --data leaderboard_data/demo/train --out leaderboard_data/checkpoints/tiny-bart

It learns, from invented posts only, that an explanation goes with its post: cross-entropy on post
-> explanation and explanation -> paraphrase, and back. That is enough for BARTScore to prefer an
explanation's own post among such posts, which is all that a fixture must do. On real posts its
scores mean nothing, so it is never a metric; its configuration says so
(`reasonboard_demonstration`), for boards to repeat.

It starts from larger weights and steps than BART's own: from BART's 0.02 with a rate of 1e-3, 600
steps leave held-out pairs at chance (52% preferred); from 0.05 with 2e-3, 97% or more are.

The number of steps is fixed, not the time, and everything is seeded: on one thread of one machine
the same files come out. Half precision on disk halves the size; scorers load it as float32.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import BartConfig, BartForConditionalGeneration, BartTokenizer

from scoring.bartscore.loading_noise import quiet_transformers
from scoring.csv_records import csv_rows
from scoring.errors import CheckpointError

logger = logging.getLogger(__name__)

SEED = 20240607
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
VOCABULARY = 1_500
POSITIONS = 1_024
STEPS = 600
BATCH = 16
LEARNING_RATE = 2e-3
COLUMNS = ("text", "reference", "paraphrase")


@dataclass(frozen=True)
class TrainingPair:
    """One training pair of texts."""

    source: str
    target: str


def read_samples(folder: Path) -> list[TrainingPair]:
    """Return the training pairs of every CSV in `folder` that has paraphrases, in a fixed order.

    A task whose references have no second wording gives a model of wordings nothing to learn: its
    file is passed over.

    Raises:
        CheckpointError: There are none, or a file of paraphrases lacks another column.
    """
    samples: list[TrainingPair] = []
    for path in sorted(folder.glob("*.csv")):
        for row in csv_rows(path):
            if "paraphrase" not in row:
                break
            missing = [name for name in COLUMNS if name not in row]
            if missing:
                raise CheckpointError(
                    f"{path}: needs the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing"
                )
            samples += _samples_of(row["text"], row["reference"], row["paraphrase"])
    if not samples:
        raise CheckpointError(f"{folder}: no training rows (*.csv with {', '.join(COLUMNS)}) there")
    return samples


def _samples_of(post: str, reference: str, paraphrase: str) -> list[TrainingPair]:
    ways = ((post, reference), (post, paraphrase), (reference, paraphrase), (paraphrase, reference))
    return [TrainingPair(*way) for way in ways]


def train_tokenizer(texts: Sequence[str]) -> BartTokenizer:
    """Return a byte-level BPE of `VOCABULARY` tokens in the form of BART's tokenizer."""
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        texts,
        vocab_size=VOCABULARY,
        min_frequency=2,
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    learned = json.loads(bpe.to_str())["model"]
    merges = [tuple(merge) for merge in learned["merges"]]
    return BartTokenizer(vocab=learned["vocab"], merges=merges, model_max_length=POSITIONS)


def tiny_config(vocab_size: int) -> BartConfig:
    """Return width 128, 2 + 2 layers, 4 heads, FFN 256: 1.1 million parameters at 1,500 tokens."""
    return BartConfig(
        vocab_size=vocab_size,
        max_position_embeddings=POSITIONS,
        d_model=128,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=256,
        decoder_ffn_dim=256,
        dropout=0.1,
        init_std=0.05,
        reasonboard_demonstration=True,
    )


def train(model: Any, tokenizer: Any, samples: Sequence[TrainingPair], steps: int) -> None:
    """Take `steps` steps of AdamW on seeded batches, in place."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1
    )
    draw = random.Random(SEED)  # noqa: S311  (a training order, not a secret)
    model.train()
    for step in range(steps):
        optimizer.zero_grad()
        loss = _loss(model, tokenizer, draw.sample(samples, BATCH))
        loss.backward()
        # Steps are large here, and one bad batch would undo the others.
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            logger.info("step %d of %d: loss %.3f", step, steps, loss.item())
    model.eval()


def _loss(model: Any, tokenizer: Any, batch: Sequence[TrainingPair]) -> Any:
    sources = tokenizer([sample.source for sample in batch], return_tensors="pt", padding=True)
    labels = tokenizer(
        [sample.target for sample in batch], return_tensors="pt", padding=True
    ).input_ids
    # What the loss passes over.
    labels[labels == tokenizer.pad_token_id] = -100
    return model(
        input_ids=sources.input_ids, attention_mask=sources.attention_mask, labels=labels
    ).loss


def make_checkpoint(data: Path, out: Path, steps: int = STEPS) -> None:
    """Train on the CSVs in `data` and write tokenizer, configuration and half-precision weights to
    `out`.
    """
    samples = read_samples(data)
    torch.manual_seed(SEED)
    tokenizer = train_tokenizer(
        [text for sample in samples for text in (sample.source, sample.target)]
    )
    model = BartForConditionalGeneration(tiny_config(len(tokenizer)))
    train(model, tokenizer, samples, steps)
    with quiet_transformers():
        model.half().save_pretrained(out)
        tokenizer.save_pretrained(out)
    for path in out.glob("*.safetensors"):
        path.chmod(0o644)  # their writer leaves them readable by their owner only


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Train the tiny BART of the demonstration")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of CSVs with text, reference, paraphrase"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write the checkpoint to")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(
        1
    )  # a program of its own: the order of sums, and so the files, depend on it
    make_checkpoint(given.data, given.out, given.steps)


if __name__ == "__main__":
    main()
