"""Statistics: NumPy in, NumPy out, the random generator passed in.

Nothing here knows of tasks or metrics. Posts are the clusters: what a bootstrap draws is a post with all of
its questions, because answers to questions about one post are not independent.
"""

from scoring.statistics.bootstrap import percentile_interval, post_sums, replicate_weights, replicates
from scoring.statistics.interval import Interval
from scoring.statistics.proportions import one_sided_bound, proportion_interval, wilson

__all__ = [
    "Interval",
    "one_sided_bound",
    "percentile_interval",
    "post_sums",
    "proportion_interval",
    "replicate_weights",
    "replicates",
    "wilson",
]
