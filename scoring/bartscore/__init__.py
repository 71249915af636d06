"""BARTScore: how likely a BART finds one text given another (Yuan, Neubig and Liu, NeurIPS 2021).

    score(x -> y) = (1/|y|) * sum over t of log p(y_t | y_<t, x)

in nats a token, where y is the tokenizer's `<s> ... </s>` and |y| counts both special tokens.

The parts, in the order of use: `checkpoint` finds the files and names them by their contents,
`loading` makes a torch model of them, `tokens` turns texts into token ids, `batching` keeps each
distinct pair once and cuts batches, a `runtime` computes the log-probabilities, and `BartScorer`
puts them together. `BartModel` is the small value that says which scorer is wanted; it is what
identities are made from.

Importing this package imports neither torch nor transformers: most commands never score.
"""

from scoring.bartscore.model import DEFAULT_CHECKPOINT, BartModel
from scoring.bartscore.scorer import BartScorer

__all__ = ["DEFAULT_CHECKPOINT", "BartModel", "BartScorer"]
