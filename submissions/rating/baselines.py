"""What a metric has to beat before it has shown anything: baselines that read no meaning.

People give longer explanations better ratings, and explanations of a right label far better ones
than those of a wrong one. A metric that goes along with people no further than a count of words, or
than the bare fact that the label was right, says nothing of explanations. Two baselines are metrics
of the board (`words`, `words_full`); these here are figures of rated texts alone:

- `log_words`: log(1 + words of the explanation). The tenth word tells more than the hundredth.
- `relative_length`: the square root of min(1, words of the explanation / words of the post).
- `label_right`: 1 where the text states the right label, else 0. The right label is the one that
  the raters' own file gives, or else the gold of the example that the text answers. As in metrics
  of labels, a text that states none is not right.

Nothing of them leaves but correlations, and how many labels are right: no post's length, and no
text's label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.extraction import EXTRACTION
from scoring.metrics.explanation_metric import COUNTED_BY, EXPLANATION, FULL
from scoring.statistics.bootstrap import Floats
from scoring.words import count_words
from submissions.rating.rated_values import RatedSet

WORDS, WORDS_FULL = COUNTED_BY[EXPLANATION], COUNTED_BY[FULL]
WORD_COUNTS = (WORDS, WORDS_FULL)
LABEL_RIGHT = "label_right"


@dataclass(frozen=True)
class Baseline:
    """A baseline that is no metric of the board.

    Attributes:
        name: As a metric's.
        title: For people.
        why_none: What to say where no text has a value.
    """

    name: str
    title: str
    why_none: str

    @property
    def signature(self) -> str:
        """What makes its figures comparable, less the tasks and the ratings."""
        return f"{self.name}|v:1|read:{EXTRACTION}"


NO_EXPLANATION = "no rated text has an explanation"
LOG_WORDS = Baseline("log_words", "Log words", NO_EXPLANATION)
RELATIVE_LENGTH = Baseline(
    "relative_length",
    "Relative length",
    "no rated text has an explanation and a post that is known here",
)
RIGHT = Baseline(
    LABEL_RIGHT,
    "Label right",
    "the right label of no rated text is known (a column `gold` in the file of ratings, or the"
    " benchmark's imported gold)",
)
DERIVED = (LOG_WORDS, RELATIVE_LENGTH, RIGHT)
TITLES = {
    WORDS: "words",
    WORDS_FULL: "words of the whole text",
    **{baseline.name: baseline.title.lower() for baseline in DERIVED},
}
"""Baseline -> what sentences call it."""
BASELINES = tuple(TITLES)
"""Names of all baselines, the simplest first."""


def derived(rated: RatedSet, words: Floats) -> dict[str, Floats]:
    """Return the values of the baselines that are no metrics.

    Args:
        rated: The set.
        words: (n,) words of each explanation; NaN where there is none.

    Returns:
        Name -> (n,) values, NaN where there is none.
    """
    return {
        LOG_WORDS.name: np.log1p(words),
        RELATIVE_LENGTH.name: relative_length(words, _post_words(rated)),
        RIGHT.name: _label_right(rated),
    }


def relative_length(words: Floats, post_words: Floats) -> Floats:
    """Return the square root of min(1, words / post words); NaN where the post has none."""
    return np.sqrt(np.minimum(1.0, words / np.where(post_words > 0, post_words, np.nan)))


def _post_words(rated: RatedSet) -> Floats:
    counts = np.full(len(rated.texts), np.nan)
    for part in rated.parts:
        posts = [example.post for example in part.segments.examples]
        counts[part.places] = [count_words(post) for post in posts]
    return counts


def _label_right(rated: RatedSet) -> Floats:
    right = np.full(len(rated.texts), np.nan)
    for part in rated.parts:
        for place, example, reading in zip(
            part.places, part.segments.examples, part.segments.readings, strict=True
        ):
            # The raters' own label first: it is what they held the text against.
            gold = rated.texts[place].gold or example.gold
            if gold:
                right[place] = float(reading.label == gold)
    return right
