"""The scorer gives what Transformers' own forward pass gives, pair by pair."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from scoring.bartscore.loading_noise import quiet_transformers
from scoring.bartscore.runtime import OutOfMemoryError
from scoring.entailment import DEFAULT_NLI, OUTPUTS, NliModel, NliScorer
from scoring.entailment.disentangled import DisentangledClassifier
from scoring.entailment.tokens import PairEncoder
from scoring.errors import CheckpointError, ScoringError

Sentence = Callable[[int, int], str]
Save = Callable[..., Path]


def texts(sentence: Sentence) -> tuple[list[str], list[str]]:
    """Pairs of all lengths, some twice."""
    sources = [sentence(3 + 2 * (row % 9), row) for row in range(24)]
    targets = [sentence(2 + row % 5, 100 + row) for row in range(24)]
    return [*sources, *sources[:3]], [*targets, *targets[:3]]


def published(folder: Path, sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
    """Transformers' own forward pass, a pair at a time: (n, outputs) in the model's order."""
    with quiet_transformers():
        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model: Any = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    rows = []
    with torch.no_grad():
        for source, target in zip(sources, targets, strict=True):
            given = tokenizer(source, target, truncation="only_first", return_tensors="pt")
            rows.append(model(**given).logits[0].double().softmax(0).numpy())
    return np.array(rows)


def test_every_pair_gets_the_probabilities_of_transformers(
    checkpoint: Path, sentence: Sentence
) -> None:
    sources, targets = texts(sentence)
    ours = NliScorer.load(str(checkpoint), device="cpu").score(sources, targets)
    theirs = published(checkpoint, sources, targets)
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.ptp(theirs, axis=0).min() > 0.02, "pairs that all look alike would show nothing"


def test_the_pipeline_of_transformers_agrees(checkpoint: Path, sentence: Sentence) -> None:
    sources, targets = texts(sentence)
    with quiet_transformers():
        classify: Any = pipeline(
            "text-classification", model=str(checkpoint), top_k=None, device="cpu"
        )
    said = classify(
        [{"text": s, "text_pair": t} for s, t in zip(sources, targets, strict=True)], batch_size=8
    )
    theirs = [
        [{row["label"]: row["score"] for row in pair}[name] for name in OUTPUTS] for pair in said
    ]
    ours = NliScorer.load(str(checkpoint), device="cpu").score(sources, targets)
    assert np.abs(ours - np.array(theirs)).max() < 1e-5


@pytest.mark.parametrize(
    "changes",
    [
        {"share_att_key": False},
        {"pos_att_type": "c2p"},
        {"pos_att_type": "p2c", "share_att_key": False},
        {"position_buckets": -1},
        {"norm_rel_ebd": "none", "type_vocab_size": 2, "position_biased_input": True},
        {"conv_kernel_size": 3},
        {"relative_attention": False, "pos_att_type": None},
    ],
    ids=lambda changes: ", ".join(f"{name} {value}" for name, value in changes.items()),
)
def test_every_form_of_deberta_is_computed_as_published(
    tmp_path: Path, sentence: Sentence, save_nli: Save, changes: dict[str, Any]
) -> None:
    folder = save_nli(tmp_path, "deberta-v2", **changes)
    sources, targets = texts(sentence)
    ours = NliScorer.load(str(folder), device="cpu").score(sources, targets)
    assert np.abs(ours - published(folder, sources, targets)).max() < 1e-5


def test_debertas_with_relative_positions_alone_take_the_short_way(
    tmp_path: Path, save_nli: Save
) -> None:
    fits = {
        name: DisentangledClassifier.fits(
            AutoModelForSequenceClassification.from_pretrained(
                save_nli(tmp_path / name, kind, **changes)
            )
        )
        for name, kind, changes in (
            ("v3", "deberta-v2", {}),
            ("conv", "deberta-v2", {"conv_kernel_size": 3}),
            ("bert", "bert", {}),
        )
    }
    assert fits == {"v3": True, "conv": False, "bert": False}


def test_what_is_scored_together_changes_nothing(checkpoint: Path, sentence: Sentence) -> None:
    scorer = NliScorer.load(str(checkpoint), device="cpu")
    sources, targets = texts(sentence)
    together = scorer.score(sources, targets)
    alone = np.concatenate([scorer.score([s], [t]) for s, t in zip(sources, targets, strict=True)])
    backwards = scorer.score(sources[::-1], targets[::-1])[::-1]
    scorer.token_budget = 40
    in_small_batches = scorer.score(sources, targets)
    for other in (alone, backwards, in_small_batches):
        assert np.abs(together - other).max() < 1e-5
    assert np.allclose(together.sum(axis=1), 1, atol=1e-12)
    assert (together[:3] == together[-3:]).all(), "equal pairs are one"


def test_a_stream_gives_every_row_once(checkpoint: Path, sentence: Sentence) -> None:
    scorer = NliScorer.load(str(checkpoint), device="cpu")
    scorer.token_budget = 30
    sources, targets = texts(sentence)
    done = list(scorer.stream(sources, targets))
    assert sorted(np.concatenate([part.rows for part in done])) == list(range(len(sources)))
    assert len(done) > 1
    assert scorer.score([], []).shape == (0, 3)


def test_the_premise_is_cut_and_the_hypothesis_stays(checkpoint: Path, sentence: Sentence) -> None:
    scorer = NliScorer.load(str(checkpoint), device="cpu")
    long, short = sentence(300, 1), sentence(8, 2)
    ours = scorer.score([long], [short])
    assert np.abs(ours - published(checkpoint, [long], [short])).max() < 1e-5
    assert np.abs(ours - scorer.score([long + " rain"], [short])).max() == 0, "beyond the cut"
    assert np.abs(ours - scorer.score([long], [sentence(8, 3)])).max() > 1e-4
    assert scorer.count_truncated([long, short]) == 1


def test_a_premise_that_is_cut_beside_its_hypothesis_is_counted_once(
    checkpoint: Path, sentence: Sentence
) -> None:
    model = NliModel(str(checkpoint), device="cpu", dtype="float32")
    encoder = PairEncoder(checkpoint, model.max_tokens)
    short, long = sentence(8, 2), sentence(300, 1)
    # As many words as take nearly the room of both.
    words, tokens = long.split(), len(encoder.encode([long])[0])
    full = " ".join(words[: len(words) * (encoder.room - 4) // tokens])
    assert model.count_truncated([full, short]) == 0, "each alone would fit"
    assert model.count_cut([(full, short), (full, sentence(9, 3)), (short, short)]) == 1
    assert model.count_cut([(short, long), (long, short)]) == 2, (
        "beside it nothing of the premise is left"
    )
    assert model.count_cut([(short, short)]) == 0


def test_a_hypothesis_that_is_too_long_alone_is_cut_itself(
    checkpoint: Path, sentence: Sentence
) -> None:
    scorer = NliScorer.load(str(checkpoint), device="cpu")
    long = sentence(300, 4)
    values = scorer.score(["rain", "rain"], [long, long + " kettle"])
    assert np.isfinite(values).all()
    assert (values[0] == values[1]).all()


ORDERS = (
    ("entailment", "neutral", "contradiction"),
    ("CONTRADICTION", "NEUTRAL", "ENTAILMENT"),
    ("Contradiction", "Entailment", "Neutral"),
)


@pytest.mark.parametrize("order", ORDERS)
def test_outputs_are_read_by_their_names(
    tmp_path: Path, sentence: Sentence, save_nli: Save, order: tuple[str, ...]
) -> None:
    folder = save_nli(tmp_path, "bert", labels=order)
    sources, targets = texts(sentence)
    raw = published(folder, sources, targets)
    expected = raw[:, [[name.lower() for name in order].index(name) for name in OUTPUTS]]
    assert (
        np.abs(NliScorer.load(str(folder), device="cpu").score(sources, targets) - expected).max()
        < 1e-5
    )


def test_a_declaration_says_what_a_checkpoint_does_not(
    tmp_path: Path, sentence: Sentence, save_nli: Save
) -> None:
    folder = save_nli(tmp_path, "bert", labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    order = ("contradiction", "entailment", "neutral")
    model = NliModel(str(folder), order, "cpu")
    sources, targets = texts(sentence)
    expected = published(folder, sources, targets)[:, [1, 2, 0]]
    assert np.abs(model.scorer().score(sources, targets) - expected).max() < 1e-5
    other = NliModel(str(folder), OUTPUTS, "cpu")
    assert model.fingerprint != other.fingerprint, "the order is part of the identity"


@pytest.mark.parametrize(
    ("labels", "declared", "message"),
    [
        (("entailment", "not_entailment"), (), "entailment, not_entailment: NLI needs the three"),
        (("LABEL_0", "LABEL_1", "LABEL_2"), (), "never guessed. Say it in the order"),
        (("entailment", "neutral", "other"), (), "which of them are entailment, neutral"),
        (OUTPUTS, ("contradiction", "neutral", "entailment"), "and is declared with contradiction"),
        (("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "neutral"), "and is declared with"),
    ],
)
def test_what_is_not_known_is_refused(
    tmp_path: Path,
    save_nli: Save,
    labels: tuple[str, ...],
    declared: tuple[str, ...],
    message: str,
) -> None:
    folder = save_nli(tmp_path, "bert", labels=labels)
    with pytest.raises(CheckpointError, match=message):
        NliScorer.load(str(folder), declared, device="cpu")


def test_other_kinds_of_model_are_refused(tmp_path: Path, save_nli: Save) -> None:
    folder = save_nli(tmp_path, "bert")
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"model_type": "bert"', '"model_type": "gpt2"'))
    with pytest.raises(CheckpointError, match="deberta-v2, roberta, bert, not 'gpt2'"):
        NliScorer.load(str(folder), device="cpu")


def test_bad_texts_are_named_before_anything_is_computed(checkpoint: Path) -> None:
    scorer = NliScorer.load(str(checkpoint), device="cpu")
    with pytest.raises(ScoringError, match=r"source 1 is empty or blank; target 0 is not a text"):
        scorer.stream(["rain", " "], [math.nan, "rain"])  # type: ignore[list-item]


class _Small:
    """A runtime whose memory holds so many tokens a batch."""

    def __init__(self, runtime: Any, most: int) -> None:
        self._runtime, self._most = runtime, most
        self.default_token_budget, self.streams = 10_000, 1
        self.largest: list[int] = []

    def logits(self, batches: Any) -> Any:
        largest = max(len(batch) * max(len(ids) for ids, _ in batch) for batch in batches)
        if largest > self._most:
            raise OutOfMemoryError
        self.largest.append(largest)
        return self._runtime.logits(batches)


@pytest.fixture
def small(checkpoint: Path) -> Callable[[int], NliScorer]:
    """Makes scorers whose memory is small."""
    whole = NliScorer.load(str(checkpoint), device="cpu")

    def make(most: int) -> NliScorer:
        runtime: Any = _Small(whole._runtime, most)
        return NliScorer(whole._checkpoint, runtime, whole._encoder, "float32")

    return make


def test_batches_are_halved_until_they_fit(
    small: Callable[[int], NliScorer],
    checkpoint: Path,
    sentence: Sentence,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Pairs of like lengths, which share batches.
    targets = ["rain", "bus", "quiet", "letter", "tired", "exam", "rent", "shift"]
    sources = [sentence(12, 1)] * len(targets)
    longest = max(
        NliModel(str(checkpoint), (), "cpu").operations([pair])[0]
        for pair in zip(sources, targets, strict=True)
    )
    scorer = small(int(1.5 * longest))
    with caplog.at_level(logging.WARNING):
        values = scorer.score(sources, targets)
    assert "going on with" in caplog.text
    whole = NliScorer.load(str(checkpoint), device="cpu").score(sources, targets)
    assert np.abs(values - whole).max() < 1e-5


def test_a_pair_that_does_not_fit_alone_is_named(
    small: Callable[[int], NliScorer], sentence: Sentence
) -> None:
    with pytest.raises(ScoringError, match=r"pair 1 \(\d+ tokens\) does not fit in memory even"):
        small(12).score([sentence(3, 1), sentence(30, 2)], [sentence(2, 3)] * 2)


def test_bfloat16_is_another_identity_and_near(checkpoint: Path, sentence: Sentence) -> None:
    sources, targets = texts(sentence)
    exact, rough = (
        NliModel(str(checkpoint), (), "cpu", dtype) for dtype in ("float32", "bfloat16")
    )
    assert (exact.dtype_name, rough.dtype_name) == ("float32", "bfloat16")
    assert exact.on("cpu") == exact
    apart = np.abs(exact.scorer().score(sources, targets) - rough.scorer().score(sources, targets))
    assert 0 < apart.mean() < 0.05


def test_the_instrument_says_what_it_costs(checkpoint: Path, sentence: Sentence) -> None:
    model = NliModel(str(checkpoint), (), "cpu")
    sources, targets = texts(sentence)
    tokens, flops = model.operations(list(zip(sources, targets, strict=True)))
    tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint)
    lengths = [
        len(tokenizer(s, t, truncation="only_first").input_ids)
        for s, t in zip(sources, targets, strict=True)
    ]
    assert tokens == sum(lengths)
    assert flops == pytest.approx(_counted(checkpoint, lengths), rel=0.1)
    assert not model.demonstration
    assert model.max_tokens == (190 if checkpoint.name == "roberta" else 192)


def _counted(folder: Path, lengths: Sequence[int]) -> float:
    """Torch's own count of a model's operations, less what DeBERTa does for buckets without use."""
    from torch.utils.flop_counter import FlopCounterMode

    model: Any = AutoModelForSequenceClassification.from_pretrained(
        folder, attn_implementation="eager"
    ).eval()
    relative = model.config.model_type == "deberta-v2"
    total = 0.0
    for length in lengths:
        ids = torch.full((1, length), 5)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(input_ids=ids)
        total += counter.get_total_flops()
        if relative:
            # Of 32 buckets the products are taken, of `length` each they are needed; and the
            # buckets' own keys and queries are the same for all pairs.
            per_layer = 2 * 2 * 32 * (32 * 32 + length * 32) - 2 * 2 * length * length * 32
            total -= 3 * per_layer
    return total


@pytest.mark.network
def test_the_published_model_tells_support_from_contradiction() -> None:
    post = "I have not slept for three days and my boss keeps calling me."
    values = (
        NliModel(DEFAULT_NLI, (), "cpu", "float32")
        .scorer()
        .score([post, post], ["The poster lacks sleep.", "The poster sleeps very well."])
    )
    assert values[0].argmax() == OUTPUTS.index("entailment")
    assert values[1].argmax() == OUTPUTS.index("contradiction")
