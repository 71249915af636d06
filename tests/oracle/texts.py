"""Explanations measured by the published programs themselves, and BARTScore by Transformers, a pair
at a time.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import regex
import sacrebleu
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters, by The Unicode Standard's blocks."""


MISSING = frozenset(
    (
        "nan",
        "-nan",
        "none",
        "null",
        "n/a",
        "na",
        "<na>",
        "#n/a",
        "#na",
        "nat",
        "<nat>",
        "nil",
        "undefined",
    )
)


def normal(text: str) -> str:
    """The text that is scored: docs/methods.md "One text, one score", its three steps."""
    lines = re.sub("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return unicodedata.normalize("NFC", lines).strip()


def absent(text: str | None) -> bool:
    """Whether docs/methods.md ("What is absent") calls this text absent."""
    return text is None or text.strip().casefold() in MISSING or not any(map(str.isalnum, text))


def _apart(text: str) -> str:
    """With spaces around each letter of a script that has none, its marks with it."""
    return regex.sub(rf"{UNSPACED.pattern}\p{{M}}*", r" \g<0> ", text)


def count(text: str) -> int:
    """Runs of anything but white space; where a script has no spaces its letters, and no
    punctuation.
    """
    if not UNSPACED.search(text):
        return len(text.split())
    return sum(any(map(str.isalnum, run)) for run in _apart(text).split())


class _Words:
    """rouge-score's tokenizer for ASCII; beyond it, letters and digits of any script. Source:
    docs/methods.md "Words".
    """

    def __init__(self) -> None:
        self.stemmer = PorterStemmer()

    def tokenize(self, text: str) -> list[str]:
        words = regex.findall(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*", _apart(text.lower()))
        return [self.stemmer.stem(w) if len(w) > 3 and w.isascii() else w for w in words]


_ASCII = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
_ANY = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Words())
ROUGE = {"rouge1": "rouge1", "rouge2": "rouge2", "rougel": "rougeL"}


def rouge(metric: str, explanation: str, reference: str) -> float:
    """ROUGE's F of one pair, by the rouge-score library. Source: Lin 2004."""
    scorer = _ASCII if (explanation + reference).isascii() else _ANY
    return float(scorer.score(reference, explanation)[ROUGE[metric]].fmeasure)


def bleu(pairs: list[tuple[str, str]]) -> float:
    """BLEU of a data set, by sacrebleu with its defaults; a letter is a word where a script has no
    spaces.
    """
    explanations, references = [_apart(a) for a, _ in pairs], [_apart(b) for _, b in pairs]
    return float(sacrebleu.corpus_bleu(explanations, [references]).score)


def chrf(pairs: list[tuple[str, str]]) -> float:
    """chrF of a data set, by sacrebleu with its defaults."""
    return float(sacrebleu.corpus_chrf([a for a, _ in pairs], [[b for _, b in pairs]]).score)


def own(explanation: str, post: str) -> float:
    """The share of words outside runs of six of the post, word by word. Source: docs/methods.md
    "Explanations and their posts".
    """
    words, theirs = (
        regex.findall(r"[\p{L}\p{N}'][\p{L}\p{N}\p{M}']*", _apart(text.lower().replace("’", "'")))
        for text in (explanation, post)
    )
    runs = [theirs[at : at + 6] for at in range(len(theirs) - 5)]
    outside = [
        not any(words[at : at + 6] in runs for at in range(max(0, place - 5), place + 1))
        for place in range(len(words))
    ]
    return sum(outside) / len(outside)


def grounded(explanation: str, post: str, reference: str | None = None) -> float:
    """Grounded chrF by its formula, chrF by sacrebleu; without a reference its second form."""
    to_post = chrf([(explanation, post)]) / 100
    if reference is None:
        return own(explanation, post) * to_post
    to_reference = chrf([(explanation, reference)]) / 100
    return own(explanation, post) * (to_reference + min(to_post, to_reference)) / 2


@lru_cache(maxsize=1)
def _model(folder: Path) -> tuple[Any, Any]:
    import torch  # they take seconds to import, and not every test measures texts
    from transformers import AutoTokenizer, BartForConditionalGeneration

    model = BartForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    return AutoTokenizer.from_pretrained(folder), model.eval()


@lru_cache(maxsize=100_000)
def bartscore(folder: Path, source: str, target: str) -> float:
    """Mean log-probability of the target's tokens. Source: Yuan, Neubig, Liu 2021, equation 2,
    unweighted.
    """
    import torch

    tokenizer, model = _model(folder)
    most = min(1024, model.config.max_position_embeddings)
    x, y = (
        tokenizer(text, return_tensors="pt", truncation=True, max_length=most)["input_ids"]
        for text in (source, target)
    )
    start = torch.tensor([[model.config.decoder_start_token_id]])
    with torch.no_grad():
        logits = model(input_ids=x, decoder_input_ids=torch.cat([start, y[:, :-1]], 1)).logits
    chances = logits.double().log_softmax(-1).gather(2, y[..., None])
    return float(np.float64(chances.mean()))
