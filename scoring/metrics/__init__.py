"""Every metric, in the order in which they are shown.

One metric, one file, one class. Importing this loads none of the heavy libraries; metrics import
what they measure with when they measure.
"""

from scoring.errors import ScoringError, nearest_or_all
from scoring.extraction import IMHI_RULE
from scoring.metric import Metric
from scoring.metrics.accuracy import Accuracy
from scoring.metrics.balanced_accuracy import BalancedAccuracy
from scoring.metrics.bartscore import BARTSCORE
from scoring.metrics.bleu import Bleu
from scoring.metrics.chrf import Chrf
from scoring.metrics.explanation_metric import FULL
from scoring.metrics.grounded_chrf import GroundedChrf, GroundedChrfOfPost
from scoring.metrics.label_explanation_agreement import LabelExplanationAgreement
from scoring.metrics.macro_f1 import MacroF1
from scoring.metrics.mcc import Mcc
from scoring.metrics.mean_absolute_error import MeanAbsoluteError
from scoring.metrics.own_words import OwnWords
from scoring.metrics.parse_rate import ParseRate
from scoring.metrics.quadratic_weighted_kappa import QuadraticWeightedKappa
from scoring.metrics.rouge import ROUGE
from scoring.metrics.verified_quotations import VerifiedQuotations
from scoring.metrics.weighted_f1 import WeightedF1
from scoring.metrics.word_count import Words

METRICS: tuple[Metric, ...] = (
    WeightedF1(),
    BalancedAccuracy(),
    MacroF1(),
    Accuracy(),
    Mcc(),
    QuadraticWeightedKappa(),
    MeanAbsoluteError(),
    ParseRate(),
    WeightedF1(IMHI_RULE),
    BalancedAccuracy(IMHI_RULE),
    MacroF1(IMHI_RULE),
    Accuracy(IMHI_RULE),
    *BARTSCORE,
    *ROUGE,
    Bleu(),
    Chrf(),
    GroundedChrf(),
    GroundedChrfOfPost(),
    VerifiedQuotations(),
    OwnWords(),
    LabelExplanationAgreement(),
    Words(),
    Words(FULL),
)
"""All metrics in display order: correctness first, then explanation quality."""

_BY_NAME = {entry.name: entry for entry in METRICS}


def metric(name: str) -> Metric:
    """Return the metric called `name`.

    Raises:
        ScoringError: There is none; the message names the nearest, or all.
    """
    if name not in _BY_NAME:
        raise ScoringError(f"no metric {name!r}; {nearest_or_all(name, _BY_NAME)}")
    return _BY_NAME[name]
