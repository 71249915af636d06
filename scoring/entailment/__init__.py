"""Natural language inference: does a premise entail a hypothesis, contradict it, or neither?

A cross-encoder reads both texts at once and gives three probabilities:

    softmax(logits(premise, hypothesis)) = (entailment, neutral, contradiction)

`checkpoint` finds the files and which of the model's outputs is which, `tokens` joins pairs as the
model's tokenizer does, `batching` keeps each distinct pair once and cuts batches of like lengths, a
`runtime` computes the logits (DeBERTa's in a way of its own, `disentangled`), and `NliScorer` puts
them together. `NliModel` is the small value that says which scorer is wanted.

Importing this package imports neither torch nor transformers.
"""

from scoring.entailment.checkpoint import OUTPUTS
from scoring.entailment.model import DEFAULT_NLI, NliModel
from scoring.entailment.scorer import NliScorer

__all__ = ["DEFAULT_NLI", "OUTPUTS", "NliModel", "NliScorer"]
