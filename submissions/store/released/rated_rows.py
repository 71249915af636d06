"""What a release states of what people and judges rated: agreement, validity of metrics, stress
tests, and transcripts rated by a rubric.

Fields and rows are only ever added; see `release_rows`.
"""

from __future__ import annotations

from dataclasses import dataclass

from submissions.store.released.scored_rows import Json

LEVEL = 0.05
"""Of significance, after Holm's correction."""

TOTAL = "total"
"""The item of rows that are of all items of a rubric together."""


class Corrected:
    """A test among several, whose p-value is corrected for how many there are."""

    p_holm: float | None

    @property
    def significant(self) -> bool:
        """Whether the two differ by more than chance, after Holm's correction."""
        return self.p_holm is not None and self.p_holm < LEVEL


@dataclass(frozen=True)
class ReasoningRow:
    """Of `raters` who rated an answer's reasoning, how many found it `wrong`: see
    `submissions.releasing.reasoning`.
    """

    ratings: str
    system: str
    task: str
    example: str
    raters: int
    wrong: int


@dataclass(frozen=True)
class RubricRow:
    """What people rate; `aspects` is a list of {name, title, wording, low, high}."""

    id: str
    title: str
    source: str
    aspects: Json


@dataclass(frozen=True)
class RatingSetRow:
    """A set of ratings: figures are of one set, and sets are apart unless somebody joined them.

    `kind` is "file", "round", "pairwise" (a round of choices) or "join". Of a join, `members` names
    the sets that it is made of, and `author`, `reason` and `at` say who joined them, why and when; of
    others these are empty: an import's reason is the board's own.
    """

    name: str
    benchmark: str
    rubric: str
    kind: str
    members: Json
    author: str
    reason: str
    at: str

    @property
    def joined(self) -> str:
        """Who joined it, from what and why, in a line; "" where nobody did."""
        if not self.members:
            return ""
        return (
            f"joined from {', '.join(self.members)} on {self.at[:10]} ({self.author}:"
            f" {self.reason})"
        )


@dataclass(frozen=True)
class AgreementRow:
    """How far raters of one set of ratings agree, on one aspect of one rated
    system's explanations.
    """

    ratings: str
    rubric: str
    aspect: str
    system: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    posts: int
    raters: int
    why_blank: str


@dataclass(frozen=True)
class ValidityRow:
    """How far a metric goes along with people, on one aspect, within one rated system or pooled.

    `system` is the rated system or "pooled"; `metric` a metric's name, or "human" for an annotator
    against the mean of the others (the ceiling). `measure` is "pearson", "spearman", "kendall" or
    "acc_eq", and of pairs of systems "system accuracy" or "soft pairwise accuracy". `n_rated`
    counts what people rated, `n` what of it also has a metric value: n / n_rated is the coverage.

    What can be held against each other is of the metric's own texts, and against the mean of the
    raters but one, for each in turn: `alike` the metric, `human` the rater left out, `words` and
    `words_full` the word counts that all of these texts have. `yardstick` names the stronger of the
    two. None and "" in a release from before they were told, and where there is none; `n_alike`
    counts the texts, which take two ratings.
    """

    ratings: str
    benchmark: str
    task: str
    rubric: str
    aspect: str
    system: str
    metric: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    n_rated: int
    posts: int
    signature: str
    why_blank: str
    alike: float | None = None
    alike_low: float | None = None
    alike_high: float | None = None
    human: float | None = None
    words: float | None = None
    words_full: float | None = None
    yardstick: str = ""
    n_alike: int = 0

    @property
    def ruler(self) -> float | None:
        """The stronger word count's value on the metric's own texts."""
        return {"words": self.words, "words_full": self.words_full}.get(self.yardstick)


@dataclass(frozen=True)
class ValidityViewRow:
    """How far a metric goes along with the mean of all raters in one view of a rated system's texts.

    `view` is "explained" (blank explanations left out), "blank as 0", "label right" or "label
    wrong"; of a judge that is of the family of some rated system "with own family" or "without own
    family", over all rated systems. `metric` is a metric's or a baseline's name, "human" for an annotator against the mean
    of the others, or "bound" for the square root of ICC(2,k). `n_view` counts the view's texts, `n`
    what of them has a value. `human` and `bound` are of the metric's own texts.
    """

    ratings: str
    rubric: str
    aspect: str
    system: str
    view: str
    metric: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    n_view: int
    posts: int
    why_blank: str
    human: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class OnScaleRow:
    """How far a metric whose values are ratings may stand in for a rater, on one aspect of one
    rated system's explanations.

    `coefficient` is "ICC(C,1)" or "ICC(A,1)" of the metric and the mean of the raters, "bias" (the
    metric less that mean), "advantage probability", or "winning rate, epsilon .2" (.15, .1) of the
    alternative annotator test. `raters` counts who rated; `n` the texts that enter.
    """

    ratings: str
    rubric: str
    aspect: str
    system: str
    metric: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    posts: int
    raters: int
    why_blank: str


@dataclass(frozen=True)
class AnchoredRow:
    """What people would say on average of all that a system answered of one task, from ratings of
    some of it and a metric's values of all.

    `method` is "prediction-powered" or "Rogan-Gladen". `raw` is the mean (or share) of the `n`
    rated texts that have a value; `value` the estimate for all `n_all` that have one; `tuning` the
    lambda of a prediction-powered one. `metric` is "" where no rated text could be found on the
    board, and `why_blank` says why.
    """

    ratings: str
    rubric: str
    aspect: str
    system: str
    task: str
    metric: str
    method: str
    raw: float | None
    raw_low: float | None
    raw_high: float | None
    value: float | None
    low: float | None
    high: float | None
    interval: str
    tuning: float | None
    n: int
    n_all: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class StrengthRow:
    """How strong a system is by people's choices in a pairwise round (Bradley-Terry).

    `value` is the logarithm of its strength, the mean of all systems' being 0; a tie counts as half a
    win of either. `wins`, `ties` and `losses` are its choices, `n` of them on `posts`.
    """

    ratings: str
    benchmark: str
    rubric: str
    system: str
    wins: int
    ties: int
    losses: int
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class PreferenceRow:
    """Whether a metric chooses as people do in a pairwise round.

    `value` is the share of the `n` choices between two texts with a value that it goes along with,
    ties of its values halved; of `n_decided`, in which people chose. `metric` is "human" for two
    raters of one pair.
    """

    ratings: str
    benchmark: str
    rubric: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    n_decided: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class MetricContestRow(Corrected):
    """Whether a metric (`first`) and a baseline (`second`) differ in how far they go along with
    people (PERM-BOTH).
    """

    ratings: str
    rubric: str
    aspect: str
    system: str
    measure: str
    first: str
    second: str
    difference: float | None
    p: float | None
    p_holm: float | None
    n: int
    posts: int
    why_blank: str

    @property
    def beats(self) -> bool:
        """Whether the metric goes along with people further than the baseline."""
        return self.significant and (self.difference or 0.0) > 0

    @property
    def beaten(self) -> bool:
        """Whether the baseline goes along with people further than the metric."""
        return self.significant and (self.difference or 0.0) < 0


@dataclass(frozen=True)
class StressRow:
    """How often a metric values a real explanation above one spoilt on purpose, over a board's
    tasks: see `scoring.stress`.

    `metric` is a metric's name, or "constant" or "random". `tried_on` says whose explanations are
    the real ones: "references", or those of "systems" for what compares with the reference. `value`
    is the share of posts, a tie a loss.
    """

    benchmark: str
    task: str
    metric: str
    perturbation: str
    tried_on: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    pairs: int
    posts: int
    signature: str
    why_blank: str


@dataclass(frozen=True)
class RubricBoardRow:
    """A task whose unit is a transcript and whose score is a rubric
    (`submissions.rating.transcript_tasks`).

    `items` are the rubric's {name, title, wording, low, high}; `total` says how they make a total,
    which goes from `low` to `high`. `papers` are keys of papers whose printed numbers stand beside,
    apart. `sets` are {name, by} of the sets of ratings that its figures are of, `by` being "people"
    or "models". `transcripts` and `patients` count what is there, rated or not.
    """

    id: str
    title: str
    rubric: str
    rubric_title: str
    rubric_source: str
    items: Json
    total: str
    low: float
    high: float
    variants: Json
    papers: Json
    sets: Json
    source: str
    licence: str
    known_problems: Json
    demonstration: bool
    transcripts: int
    patients: int


@dataclass(frozen=True)
class RubricSystemRow:
    """A therapist's model on a rubric board. `base_model`, `variant` and `parameters` are "" where
    they are not said, `patient_models` names what its patients were simulated by.
    """

    board: str
    system: str
    base_model: str
    variant: str
    parameters: str
    patient_models: Json
    transcripts: int
    patients: int


@dataclass(frozen=True)
class RubricValueRow:
    """The mean of one item, or of the total, of one system's transcripts.

    `ratings` is the set, `judge` the model whose ratings they are, "" for people. A transcript's
    value is the mean of its raters, a patient's that of the transcripts with them; `value` and `sd`
    (n - 1) are of patients, and so is the interval. `raters` counts who rated any of them.
    """

    board: str
    ratings: str
    judge: str
    system: str
    item: str
    value: float | None
    sd: float | None
    low: float | None
    high: float | None
    interval: str
    transcripts: int
    patients: int
    raters: int
    why_blank: str


@dataclass(frozen=True)
class RubricContrastRow(Corrected):
    """Two variants of one base model: `first` less `second` on one item, or on the total.

    `test` is "paired t" over the patients of both where there are two or more, else "Welch's t".
    `p` is by t, `p_permutation` by permutations (`exact` where all were gone through), and `p_holm`
    the latter after Holm's correction: over the totals of all pairs by the same raters, and over
    all of their items.
    """

    board: str
    ratings: str
    judge: str
    base_model: str
    first: str
    second: str
    item: str
    difference: float | None
    low: float | None
    high: float | None
    interval: str
    test: str
    p: float | None
    p_permutation: float | None
    p_holm: float | None
    permutations: int
    exact: bool
    first_patients: int
    second_patients: int
    patients: int
    why_blank: str


@dataclass(frozen=True)
class RubricAgreementRow:
    """How far a set's raters agree on one item or on the total (`judge` is ""), or a judge agrees
    with the mean of people (`ratings` is then theirs), over all systems' transcripts.
    """

    board: str
    ratings: str
    judge: str
    item: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    transcripts: int
    patients: int
    raters: int
    why_blank: str
