"""BERTScore: how well the words of two texts match in meaning (Zhang et al., ICLR 2020).

With the vectors of a chosen layer of an encoder, scaled to length 1, x_i of the reference's tokens,
y_j of the hypothesis's, and a weight w a token:

    recall    = sum over i of w(x_i) max over j of x_i . y_j   / sum over i of w(x_i)
    precision = sum over j of w(y_j) max over i of x_i . y_j   / sum over j of w(y_j)
    F         = 2 precision recall / (precision + recall)

as the authors' program (bert-score 0.3.13) computes them: the tokens that mark a text's beginning and
end are there to be matched and have weight 0, all others 1, or, if asked for, inverse document
frequencies. The layer is the one that the authors recommend for the checkpoint. Numbers can be
rescaled linearly by what unrelated texts have (`RescalingBaseline`), which changes no order.

`BertScoreModel` is the small value that says which scorer is wanted. Importing this package imports
neither torch nor transformers.
"""

from scoring.bertscore.layers import RECOMMENDED
from scoring.bertscore.model import DEFAULT_CHECKPOINT, BertScoreModel
from scoring.bertscore.rescaling import RescalingBaseline, read_baseline

__all__ = [
    "DEFAULT_CHECKPOINT",
    "RECOMMENDED",
    "BertScoreModel",
    "RescalingBaseline",
    "read_baseline",
]
