"""What a paired comparison could have shown: the smallest difference that it detects, and how many
posts another difference would take.

With s the standard deviation of the difference's replicates, a two-sided test at .05 finds a true
difference d with a power of 80% where d / s = 1.96 + .84, the quantiles of the normal distribution
at .975 and .8 (Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988; for language
tasks Card et al., "With Little Power Comes Great Responsibility", EMNLP 2020). s falls with the
root of the posts. So

    detectable difference = (1.96 + .84) s        posts for d = n ((1.96 + .84) s / d)^2

as long as more posts are posts of the same kind, and of a mean over tasks in the same shares.
Nothing of it tells whether an observed difference is real: that is the p-value's office.
"""

from __future__ import annotations

import math

import numpy as np

from scoring.statistics.bootstrap import ROUNDING, Floats

REACH = 1.96 + 0.84
"""Standard deviations at which a test at .05 has a power of 80%."""

MOST_POSTS = 10**9
"""What would take more is a difference of nothing."""


def spread(replicates: Floats) -> float | None:
    """Return the standard deviation of (draws,) replicates over the defined ones; None where they
    do not vary.
    """
    defined = replicates[~np.isnan(replicates)]
    deviation = float(defined.std(ddof=1)) if defined.size > 1 else 0.0
    return deviation if deviation > ROUNDING else None


def detectable_difference(deviation: float | None) -> float | None:
    """Return the smallest true difference that a paired test at .05 finds with a power of 80%.

    Args:
        deviation: Of the difference's replicates; None where it is not known.
    """
    return None if deviation is None else REACH * deviation


def posts_needed(deviation: float | None, posts: int, difference: float | None) -> int | None:
    """Return how many posts it takes for a difference to be found with a power of 80%.

    Args:
        deviation: Of the difference's replicates on `posts` posts; None where it is not known.
        posts: Distinct posts.
        difference: The true difference, in either direction; None where there is none.

    Returns:
        None where nothing can be said, or no number of posts is enough.
    """
    if deviation is None or not difference:
        return None
    # Multiplied and not raised to a power, which is an error where floats end; infinity is none.
    ratio = REACH * deviation / abs(difference)
    needed = posts * ratio * ratio
    # Rounded first, so that what is just enough is not one more by the last digit.
    return math.ceil(round(needed, 6)) if needed <= MOST_POSTS else None
