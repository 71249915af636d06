"""Statistics: NumPy in, NumPy out, the random generator passed in.

Nothing here knows of tasks or metrics. Posts are the clusters: what a bootstrap draws is a post
with all of its questions, because answers to questions about one post are not independent.
"""

from scoring.statistics.agreement import (
    SKEWED,
    estimate_agreement,
    exact_agreement,
    fleiss_kappa,
    gwet,
    icc,
    icc_consistency,
    krippendorff_alpha,
    reliability_bound,
    signed_bias,
)
from scoring.statistics.alternative_annotator import EPSILONS, AnnotatorTest, annotator_test
from scoring.statistics.anchored import AnchoredMean, anchored_mean, anchored_share
from scoring.statistics.bayesian_bootstrap import (
    MIN_POSTS,
    ContingencyTable,
    Unseen,
    exponential_weights,
)
from scoring.statistics.bca import bca_interval
from scoring.statistics.bootstrap import (
    percentile_interval,
    post_sums,
    replicate_weights,
    replicates,
)
from scoring.statistics.correlation import (
    MEASURES,
    compare_metrics,
    correlate,
    human_ceiling,
    in_place_of_one,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.generalization import (
    NO_VALUE,
    Resampled,
    contrast,
    generalization_gaps,
    resample,
)
from scoring.statistics.holm import holm, holm_of_tested
from scoring.statistics.interval import NO_SPREAD, ONE_LABEL, TOO_FEW_POSTS, Interval
from scoring.statistics.means import (
    MeanDifference,
    deviation,
    mean_of_few,
    paired_means,
    unpaired_means,
)
from scoring.statistics.measures import Kendall, Measure, Pearson, Spearman
from scoring.statistics.paired import Difference, compare, paired_interval
from scoring.statistics.pairwise import AccEq, system_accuracy
from scoring.statistics.power import detectable_difference, posts_needed
from scoring.statistics.proportions import (
    farthest_tables,
    one_sided_bound,
    proportion_interval,
    wilson,
)
from scoring.statistics.rank_sets import PairedReplicates, RankSets, rank_sets
from scoring.statistics.ranks import Ranking, clusters, rank_intervals, rank_systems
from scoring.statistics.replicate_many import Condensed, Estimator, replicate_many
from scoring.statistics.soft_accuracy import soft_accuracy
from scoring.statistics.swaps import TaskSums

__all__ = [
    "EPSILONS",
    "MEASURES",
    "MIN_POSTS",
    "NO_SPREAD",
    "NO_VALUE",
    "ONE_LABEL",
    "SKEWED",
    "TOO_FEW_POSTS",
    "AccEq",
    "AnchoredMean",
    "AnnotatorTest",
    "Condensed",
    "ContingencyTable",
    "Difference",
    "Estimate",
    "Estimator",
    "Interval",
    "Kendall",
    "MeanDifference",
    "Measure",
    "PairedReplicates",
    "Pearson",
    "RankSets",
    "Ranking",
    "Resampled",
    "Spearman",
    "TaskSums",
    "Unseen",
    "anchored_mean",
    "anchored_share",
    "annotator_test",
    "bca_interval",
    "clusters",
    "compare",
    "compare_metrics",
    "contrast",
    "correlate",
    "detectable_difference",
    "deviation",
    "estimate_agreement",
    "exact_agreement",
    "exponential_weights",
    "farthest_tables",
    "fleiss_kappa",
    "generalization_gaps",
    "gwet",
    "holm",
    "holm_of_tested",
    "human_ceiling",
    "icc",
    "icc_consistency",
    "in_place_of_one",
    "krippendorff_alpha",
    "mean_of_few",
    "one_sided_bound",
    "paired_interval",
    "paired_means",
    "percentile_interval",
    "post_sums",
    "posts_needed",
    "proportion_interval",
    "rank_intervals",
    "rank_sets",
    "rank_systems",
    "reliability_bound",
    "replicate_many",
    "replicate_weights",
    "replicates",
    "resample",
    "signed_bias",
    "soft_accuracy",
    "system_accuracy",
    "unpaired_means",
    "wilson",
]
