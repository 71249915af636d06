"""What a release states: one frozen dataclass a table, one field a column.

Fields and rows are only ever added: a release is never rewritten, and an older one must still be
read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

Json = Any
UNSTATED: Mapping[str, Mapping[str, Any]] = {
    "cells": {"provenance": None},
    "systems": {"versions": 0},
}
"""Columns that state nothing of a board, and what stands for them in a digest: who scored when, and
what is submitted in private, make no new release."""

LATER = (
    "validity_views",
    "stress_tests",
    "on_scale",
    "anchored",
    "strengths",
    "preferences",
    "papers",
    "reported",
    "claims",
    "rubric_boards",
    "rubric_systems",
    "rubric_values",
    "rubric_contrasts",
    "rubric_agreement",
    "parts",
    "counterfactuals",
    "drops",
    "reasoning",
)
"""Tables that came after the first releases: without rows they state nothing."""

LEVEL = 0.05
"""Of significance, after Holm's correction."""


@dataclass(frozen=True)
class ReleaseRow:
    """The release itself."""

    number: int
    created_at: str
    author: str
    reason: str
    previous: int | None
    software: str


@dataclass(frozen=True)
class TaskRow:
    """A task as it stands on the board; see `scoring.tasks.Task`. `classes` is gold label -> count.

    `post_numbers` names the array of the post of each example, numbered over the board's tasks: all
    that a comparison needs to know of the posts (`submissions.releasing.post_sums`).
    """

    id: str
    benchmark: str
    title: str
    family: str
    dataset: str
    platform: str
    annotation: str
    unit: str
    kind: str
    question: str
    headline: str
    reference_authors: str
    licence: str
    citation: str
    known_problems: Json
    labels: Json
    attributes: Json
    classes: Json
    revision: int
    superseded_by: str | None
    demonstration: bool
    expected_size: int | None
    size: int
    posts: int
    source_sha256: str
    hash_matches: bool | None
    post_numbers: str = ""


@dataclass(frozen=True)
class MetricRow:
    """A column that the board can show. `validity` says how far it can be believed here, and
    `scale` of values that stand for people's ratings of which: "mentallama/overall"; "" of others.
    """

    benchmark: str
    name: str
    title: str
    grouping: str
    measures: str
    limits: str
    unit: str
    higher_is_better: bool | None
    low_bound: float | None
    high_bound: float | None
    checkpoint: str
    demonstration: bool
    validity: str
    position: int
    scale: str = ""


@dataclass(frozen=True)
class SystemRow:
    """The latest published version of a system. `outputs` names its file of outputs: only listed
    files are shown.

    `versions` counts all that were submitted under this name, published or not, withdrawn or not:
    who tries many in private and shows the best is to be seen doing it. A count is no submission;
    nothing else of those is here. `published` counts those that were public; 0 in a release from
    before it was told apart. `trained_on` is what was declared, `training` what it means
    (`datasets`, `others`, `unknown`: names of each); null where nothing is declared, and in a
    release from before names were read. `thoughts` is how long the thoughts are that were kept
    apart (task id -> `rows`, `median`, `longest`, in words); null in a release from before they
    were measured. `strategy` is an id of the board's `strategies.toml`, or "unknown", as in a
    release from before it was asked for.
    """

    id: str
    benchmark: str
    system: str
    version: str
    versions: int
    description: str
    base_model: str
    parameters: str
    method: str
    prompt_strategy: str
    trained_on: Json
    links: Json
    licence: str
    trivial: bool
    demonstration: bool
    received_at: str
    n_rows: int
    parse_rules: Json
    outputs: str = ""
    published: int = 0
    training: Json = None
    thoughts: Json = None
    strategy: str = "unknown"


@dataclass(frozen=True)
class CellRow:
    """One metric of one system on one task; `value` is None where there is none, and `why_blank`
    says why.

    `n_given` counts the examples on which the system gave what the metric reads, with a value or
    without: the task's coverage. None in a release from before it was told apart from `n`.
    `n_refused` and `n_cut_off` count what of the unparsed outputs declines to answer, and ends
    within the model's thought; None where that was not told apart. `sd_prompts` and `sd_seeds` are
    standard deviations over prompts (of the means over seeds) and over seeds (within a prompt,
    pooled), where these name the repetitions. `judge_family` is of a judge's metric "own
    family", "another family" or "cannot tell": whether the judge is of the system's family; None of
    any other metric, and in a release from before it was said.
    """

    system: str
    task: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    sd: float | None
    repetitions: int
    n: int
    n_absent: int
    n_unparsed: int
    n_truncated: int
    signature: str
    identity: Json
    provenance: Json
    array: str | None
    why_blank: str | None
    n_given: int | None = None
    n_refused: int | None = None
    n_cut_off: int | None = None
    sd_prompts: float | None = None
    sd_seeds: float | None = None
    judge_family: str | None = None

    @property
    def covered_by(self) -> int:
        """What the task's coverage goes by."""
        return self.n if self.n_given is None else self.n_given


@dataclass(frozen=True)
class OverallRow:
    """One metric of one system over the benchmark's tasks: the plain mean of those it covers.

    `rank` is None where coverage is incomplete or neither direction is better, and so is what shows
    its doubt: `rank_low` to `rank_high` are the ranks that paired tests over the posts allow, and
    systems of one `cluster` are not told apart by them (`scoring.statistics.ranks`). `set_low` to
    `set_high` is the system's own 95% set of ranks, `table_low` to `table_high` that of 95% sets
    which hold for all systems at once (`scoring.statistics.rank_sets`); None where it is not known
    how its value varies, and in a release from before they were computed. `sd` is
    the standard deviation of the mean over runs; None with fewer than two, where the tasks were not
    run equally often, and in a release from before it was told.
    """

    benchmark: str
    system: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    covered: int
    total: int
    rank: int | None
    interval: str
    signature: str
    rank_low: int | None = None
    rank_high: int | None = None
    cluster: int | None = None
    sd: float | None = None
    set_low: int | None = None
    set_high: int | None = None
    table_low: int | None = None
    table_high: int | None = None


@dataclass(frozen=True)
class PartRow(OverallRow):
    """The same over the tasks of one platform or family: `kind` is "platform" or "family", `part` its
    name. A part that is all of the board's tasks, or a single one, has none.
    """

    kind: str = ""
    part: str = ""


LABEL = "label"
"""The attribute of rows that are F1 of one label each, of tasks that take several: parts of macro
F1, with the label's gold examples as `n`.
"""


@dataclass(frozen=True)
class BreakdownRow:
    """One metric of one system on the examples of a task that have one attribute value; too few
    have no value.
    """

    system: str
    task: str
    metric: str
    attribute: str
    attribute_value: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    why_blank: str = ""


@dataclass(frozen=True)
class CounterfactualRow:
    """How one system's answers change between `origin` and the counterfactual `task` made from it:
    see `scoring.counterfactuals`.

    `measure` is "counterfactual_flip_rate", the share of pairs whose label differs; "accuracy" or
    an explanation metric, of which `value` is the mean after less that before; or "worst_gap", the
    accuracy's change in the group of `axis` that loses most, which `change` names. `axis` and
    `change` are "" over all of them. `n` are pairs with a value on both sides, `n_absent` those
    without.
    """

    benchmark: str
    task: str
    origin: str
    system: str
    measure: str
    axis: str
    change: str
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    after: float | None
    interval: str
    n: int
    n_absent: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class DropRow:
    """By how much the headline metric is worse on the examples with one attribute value or tag than
    on the task's others: see `submissions.releasing.drops`.

    `system` is "" for the mean over `systems` of the board. `value` is the drop, positive where the
    part is worse; `inside` and `outside` are the values on the part and on the others. `p_holm` is
    over all parts of the board.
    """

    benchmark: str
    task: str
    system: str
    metric: str
    attribute: str
    attribute_value: str
    value: float | None
    low: float | None
    high: float | None
    inside: float | None
    outside: float | None
    interval: str
    n: int
    n_rest: int
    systems: int
    p: float | None
    p_holm: float | None
    why_blank: str


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
class ConfusionRow:
    """How often one system answered `predicted` where gold says `gold`; `predicted` may be
    "unparsed".
    """

    system: str
    task: str
    gold: str
    predicted: str
    n: int


@dataclass(frozen=True)
class PlatformRow:
    """One metric of one system, meaned over the tasks of one kind, or a fixed contrast of two such
    means.

    `part` is a platform ("reddit"), an annotation ("human"), or a contrast ("twitter - reddit",
    "human - weak"); `reference` is "" for raw values, else the system whose values are subtracted
    task by task.
    """

    benchmark: str
    system: str
    metric: str
    part: str
    reference: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n_tasks: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class ProtocolRow:
    """A generalization protocol: what must not have been trained on, and the system that others are
    held against.
    """

    id: str
    benchmark: str
    title: str
    description: str
    held_out_datasets: Json
    held_out_platforms: Json
    reference: str


@dataclass(frozen=True)
class ParticipationRow:
    """Whether a system's declaration satisfies a protocol: "takes part", "undeclared" or "trained
    on held-out data".
    """

    protocol: str
    system: str
    status: str
    why: str


@dataclass(frozen=True)
class GeneralizationRow:
    """One metric of one system on seen and on unseen tasks.

    `notion` is "unseen data set", "unseen family", "unseen platform" (by the system's own
    declaration; `protocol` is then "") or "protocol". `quantity` is "seen", "unseen", "gap",
    "adjusted gap" or "full - held-out"; the last names the held-out version of the same base model
    in `other`.
    """

    benchmark: str
    system: str
    metric: str
    protocol: str
    notion: str
    quantity: str
    other: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n_tasks: int
    posts: int
    why_blank: str


@dataclass(frozen=True)
class CrossDatasetRow:
    """A cell of trained on x tested on: a system that declares exactly one source data set, on one
    task.
    """

    benchmark: str
    metric: str
    trained_on: str
    tested_on: str
    task: str
    system: str
    value: float
    low: float | None
    high: float | None


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
class MetricContestRow:
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
    def significant(self) -> bool:
        """Whether the two differ by more than chance, after Holm's correction."""
        return self.p_holm is not None and self.p_holm < LEVEL

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
class PaperRow:
    """A paper whose numbers stand in the release; `key` is also its BibTeX key.

    `authors` are "Last, First" each, or last names alone. "" where a title, a venue or a number on
    arXiv is not known; `note` says what else is to be said of the source.
    """

    key: str
    authors: Json
    year: int
    title: str
    venue: str
    arxiv: str
    note: str


@dataclass(frozen=True)
class ReportedRow:
    """A number that a paper prints: nothing that was scored here, and never ranked with it.

    `paper` is a key, `table` where it stands in it. `category` is one of a submission's methods or
    as the paper says; `strategy` how the system was prompted or tuned; `trained_on` the one source
    data set that it was tuned on, where the paper tunes on each apart. `set` is what the paper
    calls its test set, `task` which task here that is ("" for none), and `n` how many examples it
    has, where that is known to be printed. `metric` is which metric here measures the same ("" for
    none), `printed_metric` what the paper calls it. `value` and `sd` are shares where `unit` is
    "per cent" or "share", and as printed else; `printed` and `printed_sd` are as printed. `caveat`
    says what keeps the number from being comparable.
    """

    paper: str
    table: str
    category: str
    system: str
    strategy: str
    parameters: str
    trained_on: str
    benchmark: str
    task: str
    set: str
    metric: str
    printed_metric: str
    unit: str
    value: float
    sd: float | None
    n: int | None
    printed: str
    printed_sd: str
    caveat: str


@dataclass(frozen=True)
class ClaimRow:
    """One reading of what a paper claims of its numbers, recomputed from the cells that it prints.

    `claimed` is the difference in points, as printed; `points` what the cells give, and `follows`
    whether that is the same to the digit. Both are None where the cells are not printed. `cells`
    are the cells that it was computed from: {table, system, strategy, task, set, printed}, of each
    task the better side's and the worse side's.
    """

    paper: str
    text: str
    claimed: str
    reading: str
    points: float | None
    follows: bool | None
    cells: Json


TOTAL = "total"
"""The item of rows that are of all items of a rubric together."""


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
class RubricContrastRow:
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

    @property
    def significant(self) -> bool:
        """Whether the two differ by more than chance, after Holm's correction."""
        return self.p_holm is not None and self.p_holm < LEVEL


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


class ChangeKind(StrEnum):
    """The kinds of change, as `ChangeRow.kind` has them; a release of a later program may have
    others.
    """

    NEW_TASK = "new task"
    REMOVED_TASK = "removed task"
    CORRECTED_TASK = "corrected task"
    NEW_METRIC = "new metric"
    REMOVED_METRIC = "removed metric"
    NEW_SYSTEM = "new system"
    REMOVED_SYSTEM = "removed system"
    NEW_VERSION = "new version"
    OLDER_VERSION = "older version"
    TRAINING = "changed training data"
    DECLARATION = "changed declaration"
    VALUE = "changed value"
    DETAILS = "changed details"
    BASIS = "changed basis"
    RANK = "changed rank"
    NEW_PROTOCOL = "new protocol"
    REMOVED_PROTOCOL = "removed protocol"
    PROTOCOL = "changed protocol"
    TAG = "changed tag"
    NEW_VALIDITY = "new validity"
    REMOVED_VALIDITY = "removed validity"
    VALIDITY = "changed validity"
    POOLED_VALIDITY = "pooled validity"
    MEANS = "changed means"
    TABLE = "changed table"


@dataclass(frozen=True)
class ChangeRow:
    """What this release changed against the one before it.

    `why` says it to people; `details` has the parts of it that a page words otherwise: of DETAILS
    the `fields` and the `reason`, of TABLE the `table` and how many rows are `gone` and `new`. None
    for other kinds, and in a release from before there were any.
    """

    kind: str
    benchmark: str = ""
    system: str = ""
    task: str = ""
    metric: str = ""
    old: str = ""
    new: str = ""
    why: str = ""
    details: Json = None


@dataclass(frozen=True)
class HistoryRow:
    """The releases up to this one."""

    number: int
    created_at: str
    author: str
    reason: str


@dataclass(frozen=True)
class ReleaseContent:
    """Everything that a release states about the boards."""

    tasks: tuple[TaskRow, ...]
    metrics: tuple[MetricRow, ...]
    systems: tuple[SystemRow, ...]
    cells: tuple[CellRow, ...]
    overall: tuple[OverallRow, ...]
    breakdowns: tuple[BreakdownRow, ...]
    confusions: tuple[ConfusionRow, ...]
    platforms: tuple[PlatformRow, ...] = ()
    protocols: tuple[ProtocolRow, ...] = ()
    participation: tuple[ParticipationRow, ...] = ()
    generalization: tuple[GeneralizationRow, ...] = ()
    cross_dataset: tuple[CrossDatasetRow, ...] = ()
    rubrics: tuple[RubricRow, ...] = ()
    agreement: tuple[AgreementRow, ...] = ()
    validity: tuple[ValidityRow, ...] = ()
    contests: tuple[MetricContestRow, ...] = ()
    rating_sets: tuple[RatingSetRow, ...] = ()
    validity_views: tuple[ValidityViewRow, ...] = ()
    on_scale: tuple[OnScaleRow, ...] = ()
    anchored: tuple[AnchoredRow, ...] = ()
    strengths: tuple[StrengthRow, ...] = ()
    preferences: tuple[PreferenceRow, ...] = ()
    stress_tests: tuple[StressRow, ...] = ()
    papers: tuple[PaperRow, ...] = ()
    reported: tuple[ReportedRow, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    rubric_boards: tuple[RubricBoardRow, ...] = ()
    rubric_systems: tuple[RubricSystemRow, ...] = ()
    rubric_values: tuple[RubricValueRow, ...] = ()
    rubric_contrasts: tuple[RubricContrastRow, ...] = ()
    rubric_agreement: tuple[RubricAgreementRow, ...] = ()
    parts: tuple[PartRow, ...] = ()
    counterfactuals: tuple[CounterfactualRow, ...] = ()
    drops: tuple[DropRow, ...] = ()
    reasoning: tuple[ReasoningRow, ...] = ()

    def digest(self) -> str:
        """Return sha256 of the content, equal for equal content whenever it is built."""
        rows = {
            field.name: [asdict(row) for row in getattr(self, field.name)] for field in fields(self)
        }
        for later in LATER:
            if not rows[later]:
                del rows[later]
        for table, unstated in UNSTATED.items():
            rows[table] = [{**row, **unstated} for row in rows[table]]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
