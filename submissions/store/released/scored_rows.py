"""What a release states of what was scored: boards, tasks, systems, cells, means and their parts.

Fields and rows are only ever added; see `release_rows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = Any

LABEL = "label"
"""The attribute of rows that are F1 of one label each, of tasks that take several: parts of macro
F1, with the label's gold examples as `n`.
"""


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

    @property
    def labelled(self) -> bool:
        """Whether an answer states labels: of a summary none is right or wrong."""
        return bool(self.labels)


def common_headline(tasks: Iterable[TaskRow]) -> str:
    """Return the headline metric that most of some tasks have: a table has room for one."""
    return Counter(task.headline for task in tasks).most_common(1)[0][0]


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

    `system` is "" for the mean over `systems` of the board, those with a value on both sides.
    `value` is the drop, positive where the part is worse; `inside` and `outside` are the values on
    the part and on the others. `p_holm` is over all parts of the board.
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
