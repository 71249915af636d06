"""Every metric, in the order in which they are shown.

One metric, one file, one class. Importing this loads none of the heavy libraries; metrics import
what they measure with when they measure. A package that is installed beside this one brings metrics
of its own by an entry point.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points

from scoring.brought import loaded, package_of
from scoring.errors import ScoringError, nearest_or_all
from scoring.extraction import IMHI_RULE
from scoring.instruments import Instruments
from scoring.judging.values import JUDGE, Judging
from scoring.metric import Metric
from scoring.metrics.accuracy import Accuracy
from scoring.metrics.balanced_accuracy import BalancedAccuracy
from scoring.metrics.bartscore import BARTSCORE
from scoring.metrics.bertscore import BERTSCORES
from scoring.metrics.bleu import Bleu
from scoring.metrics.brier import Brier
from scoring.metrics.calibration_error import CalibrationError
from scoring.metrics.chrf import Chrf
from scoring.metrics.clpsych import Consistency, ReferenceContradiction
from scoring.metrics.clpsych_bertscore_recall import ClpsychBertRecall
from scoring.metrics.contradiction import WorstContradiction
from scoring.metrics.evidence_f1 import EvidenceF1
from scoring.metrics.evidence_recall import BERT_RECALLS, WORD_RECALLS
from scoring.metrics.evidence_verified import EvidenceVerified
from scoring.metrics.explanation_metric import FULL
from scoring.metrics.flip_rate import FLIP_RATES
from scoring.metrics.grounded_chrf import GroundedChrf, GroundedChrfOfPost
from scoring.metrics.jaccard import Jaccard
from scoring.metrics.judged import JUDGED, judged_metrics, stored_levels
from scoring.metrics.label_explanation_agreement import LabelExplanationAgreement
from scoring.metrics.macro_f1 import MacroF1
from scoring.metrics.mcc import Mcc
from scoring.metrics.mean_absolute_error import MeanAbsoluteError
from scoring.metrics.micro_f1 import MicroF1
from scoring.metrics.near_flip_rate import NearFlipRate
from scoring.metrics.own_words import OwnWords
from scoring.metrics.parse_rate import ParseRate
from scoring.metrics.quadratic_weighted_kappa import QuadraticWeightedKappa
from scoring.metrics.rouge import ROUGE
from scoring.metrics.rougel_recall import RougeLRecall
from scoring.metrics.sentence_support import SentenceSupport, WorstSentenceSupport
from scoring.metrics.similarity import SIMILARITIES
from scoring.metrics.verified_quotations import VerifiedQuotations
from scoring.metrics.weighted_f1 import WeightedF1
from scoring.metrics.word_count import Words

ENTRY_POINTS = "reasonboard.metrics"
"""The group of entry points: each names a metric, or several."""

_OWN: tuple[Metric, ...] = (
    WeightedF1(),
    BalancedAccuracy(),
    MacroF1(),
    Accuracy(),
    Mcc(),
    Jaccard(),
    MicroF1(),
    QuadraticWeightedKappa(),
    MeanAbsoluteError(),
    ParseRate(),
    CalibrationError(),
    Brier(),
    EvidenceF1(),
    *WORD_RECALLS,
    *BERT_RECALLS,
    EvidenceVerified(),
    WeightedF1(IMHI_RULE),
    BalancedAccuracy(IMHI_RULE),
    MacroF1(IMHI_RULE),
    Accuracy(IMHI_RULE),
    *BARTSCORE,
    *BERTSCORES,
    *SIMILARITIES,
    *ROUGE,
    RougeLRecall(),
    ClpsychBertRecall(),
    Bleu(),
    Chrf(),
    GroundedChrf(),
    GroundedChrfOfPost(),
    SentenceSupport(),
    WorstSentenceSupport(),
    WorstContradiction(),
    Consistency(),
    ReferenceContradiction(),
    VerifiedQuotations(),
    OwnWords(),
    LabelExplanationAgreement(),
    *JUDGED,
    Words(),
    Words(FULL),
    *FLIP_RATES,
    NearFlipRate(),
)
"""In display order: correctness first, then explanation quality, then stability."""


def _brought(own: Sequence[Metric]) -> Iterator[Metric]:
    """Yield the metrics of other packages; no two metrics have a name in common.

    Raises:
        ScoringError: Which package brings one that is called as another is.
    """
    names = {entry.name for entry in own}
    for point in entry_points(group=ENTRY_POINTS):
        brought = loaded(point)
        for entry in (brought,) if isinstance(brought, Metric) else brought:
            if entry.name in names:
                raise ScoringError(
                    f"the package {package_of(point)} brings a metric {entry.name!r}, and there is one of"
                    " that name; uninstall it, or have it renamed"
                )
            names.add(entry.name)
            yield entry


METRICS: tuple[Metric, ...] = (*_OWN, *_brought(_OWN))
"""All metrics: ours, then those that installed packages bring, in the order of their packages."""

_BY_NAME = {entry.name: entry for entry in METRICS}


def metric(name: str) -> Metric:
    """Return the metric called `name`.

    Raises:
        ScoringError: There is none; the message names the nearest, or all.
    """
    if name not in _BY_NAME:
        raise ScoringError(f"no metric {name!r}; {nearest_or_all(name, _BY_NAME)}")
    return _BY_NAME[name]


def stored_metric(name: str, low: float | None = None, high: float | None = None) -> Metric:
    """Return the metric called `name` as far as its stored statistics go, whatever rubric a judge
    was asked by.

    Args:
        name: The metric's.
        low: Of a judge's, the lowest level, where it is known.
        high: The highest.

    Raises:
        ScoringError: As `metric`.
    """
    return stored_levels(name, (low, high)) if name.startswith(JUDGE) else metric(name)


def metrics_with(*instruments: Instruments) -> tuple[Metric, ...]:
    """Return the metrics of whoever measures with these: all, and those that follow from what its
    judges were asked, in the place of a rubric's that are known by name, else at the end.
    """
    judges = (model.judging for each in instruments for model in each.models)
    return tuple(metrics_of_judges(filter(None, judges)).values())


def metrics_of_judges(judges: Iterable[Judging]) -> Mapping[str, Metric]:
    """Return name -> metric; see `metrics_with`."""
    own = {entry.name: entry for each in judges for entry in judged_metrics(each)}
    kinds = {entry.needs for entry in own.values()}
    known = {
        entry.name: own.get(entry.name, entry)
        for entry in METRICS
        if entry.needs not in kinds or entry.name in own
    }
    return known | own
