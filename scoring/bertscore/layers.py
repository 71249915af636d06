"""The layer whose vectors the authors recommend for a checkpoint: the one that goes along best with
people's ratings of WMT16's translations (bert-score 0.3.13, `model2layers`; the checkpoints that are
encoders alone).
"""

from __future__ import annotations

from scoring.errors import CheckpointError, nearest

RECOMMENDED = {
    "albert-base-v1": 10,
    "albert-base-v2": 9,
    "albert-large-v1": 17,
    "albert-large-v2": 14,
    "albert-xlarge-v1": 16,
    "albert-xlarge-v2": 13,
    "albert-xxlarge-v1": 8,
    "albert-xxlarge-v2": 8,
    "allenai/scibert_scivocab_cased": 9,
    "allenai/scibert_scivocab_uncased": 8,
    "bert-base-cased-finetuned-mrpc": 9,
    "bert-base-chinese": 8,
    "bert-base-multilingual-cased": 9,
    "bert-base-uncased": 9,
    "bert-large-uncased": 18,
    "distilbert-base-multilingual-cased": 5,
    "distilbert-base-uncased": 5,
    "distilroberta-base": 5,
    "google/electra-base-discriminator": 9,
    "google/electra-base-generator": 10,
    "google/electra-large-discriminator": 14,
    "google/electra-large-generator": 18,
    "google/electra-small-discriminator": 11,
    "google/electra-small-generator": 9,
    "microsoft/deberta-base": 9,
    "microsoft/deberta-base-mnli": 9,
    "microsoft/deberta-large": 16,
    "microsoft/deberta-large-mnli": 18,
    "microsoft/deberta-v2-xlarge": 10,
    "microsoft/deberta-v2-xlarge-mnli": 17,
    "microsoft/deberta-v2-xxlarge": 21,
    "microsoft/deberta-v2-xxlarge-mnli": 22,
    "microsoft/deberta-v3-base": 9,
    "microsoft/deberta-v3-large": 12,
    "microsoft/deberta-v3-small": 4,
    "microsoft/deberta-v3-xsmall": 10,
    "microsoft/deberta-xlarge": 18,
    "microsoft/deberta-xlarge-mnli": 40,
    "microsoft/mdeberta-v3-base": 10,
    "microsoft/mpnet-base": 8,
    "nfliu/scibert_basevocab_uncased": 9,
    "princeton-nlp/sup-simcse-bert-base-uncased": 10,
    "princeton-nlp/sup-simcse-bert-large-uncased": 18,
    "princeton-nlp/sup-simcse-roberta-base": 10,
    "princeton-nlp/sup-simcse-roberta-large": 16,
    "princeton-nlp/unsup-simcse-bert-base-uncased": 10,
    "princeton-nlp/unsup-simcse-bert-large-uncased": 18,
    "princeton-nlp/unsup-simcse-roberta-base": 8,
    "princeton-nlp/unsup-simcse-roberta-large": 13,
    "ProsusAI/finbert": 10,
    "roberta-base": 10,
    "roberta-base-openai-detector": 7,
    "roberta-large": 17,
    "roberta-large-mnli": 19,
    "roberta-large-openai-detector": 15,
    "SpanBERT/spanbert-base-cased": 8,
    "SpanBERT/spanbert-large-cased": 17,
    "vinai/bertweet-base": 9,
    "xlm-roberta-base": 9,
    "xlm-roberta-large": 17,
    "xlnet-base-cased": 5,
    "xlnet-large-cased": 7,
}
"""Hub name, as it was before owners were put before the oldest -> layer."""

_OWNERS = ("albert/", "distilbert/", "FacebookAI/", "google-bert/", "openai-community/", "xlnet/")
"""Those under which the hub has the oldest checkpoints today."""


def layer_of(checkpoint: str, layer: int | None, layers: int) -> int:
    """Return the layer that is meant: the one that is given, else the recommended one.

    Args:
        checkpoint: A hub name or a folder.
        layer: As declared; None for the recommended one.
        layers: How many the checkpoint has.

    Raises:
        CheckpointError: There is no such layer, or none is recommended.
    """
    if layer is None:
        layer = RECOMMENDED.get(checkpoint, RECOMMENDED.get(_older_name(checkpoint)))
    if layer is None:
        like = nearest(checkpoint, list(RECOMMENDED))
        raise CheckpointError(
            f"no layer is recommended for checkpoint {checkpoint!r}; declare one from 0 to {layers}"
            + (f" ({like})" if like else "")
        )
    if not 0 <= layer <= layers:
        raise CheckpointError(
            f"checkpoint {checkpoint!r} has no layer {layer}; allowed: 0 to {layers}"
        )
    return layer


def _older_name(checkpoint: str) -> str:
    owner = next((name for name in _OWNERS if checkpoint.startswith(name)), "")
    return checkpoint.removeprefix(owner)
