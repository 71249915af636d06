r"""What a metric is.

Every metric, whatever it measures, is a function of *summed per-item statistics* (the idea is
sacrebleu's): an item is a row of k numbers, a data set is the sum of its rows, and the value is
computed from that sum. A mean has the row (value, 1); an F1 has one cell of the confusion matrix;
BLEU has its n-gram counts. So one bootstrap, one paired test and one breakdown by attribute serve
them all: replicate weights times item rows, then `Metric.aggregate`. An item without a value is a
row of zeros, and therefore never counted as 0.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from scoring.instruments import InstrumentIdentity, Instruments, Pair, scores_of
from scoring.segments import Segments
from scoring.statistics import ContingencyTable, Estimator
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task

REFERENCE = "reference"
POST = "post"
"""What an explanation can be held against."""


@dataclass(frozen=True)
class Identity:
    """What makes two values of one task comparable: the key of a score, with the submission and the
    task revision.

    Attributes:
        metric: The metric's name.
        version: The metric's version; raised when its values change.
        extraction: How labels and explanations were read, e.g. "reasonboard/6" or "imhi-rule/1"; ""
            where raw outputs are scored as they are.
        checkpoint: Hash of the model's weights and tokenizer; "" for metrics without a model.
        direction: "hyp_to_ref", "ref_to_hyp", "f", "src_to_hyp", or "".
        text: "explanation", "full", or "" where no text is compared.
        truncation: Tokens kept of each side; 0 where nothing is cut.
        dtype: Of the model's arithmetic, or "".
        normalization: How texts were normalised before they were compared; "" where none are.
    """

    metric: str
    version: str
    extraction: str
    checkpoint: str = ""
    direction: str = ""
    text: str = ""
    truncation: int = 0
    dtype: str = ""
    normalization: str = ""

    @property
    def key(self) -> str:
        """16 hex digits that differ whenever a field does."""
        return _key_of(self)

    def signature(self, task: Task) -> str:
        """Return what is printed beside a number.

        `name|field:value|...`, fields that do not apply left out.
        """
        parts = [self.metric, f"v:{self.version}", f"task:{task.id}@{task.revision}"]
        # Left out where they do not apply: "trunc:0" would read as if something were cut.
        optional = (
            ("read", self.extraction),
            ("ckpt", self.checkpoint[:12]),
            ("dir", self.direction),
            ("text", self.text),
            ("norm", self.normalization),
            ("trunc", self.truncation or ""),
            ("dtype", self.dtype),
        )
        return "|".join(parts + [f"{name}:{value}" for name, value in optional if value])


# A board of thousands of scores has few identities.
@lru_cache(maxsize=4096)
def _key_of(identity: Identity) -> str:
    fields = asdict(identity)
    # A field that came later: what it does not concern keeps its key.
    if not identity.normalization:
        del fields["normalization"]
    # Written out in one form, so that the key does not depend on the order of the fields.
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class RatingScale:
    """What people rate that a metric's values stand for, in people's units.

    Attributes:
        rubric: The rubric's id.
        aspect: The aspect's name; values are from its lowest to its highest rating.
    """

    rubric: str
    aspect: str


@dataclass(frozen=True)
class Scored:
    """One metric of one submission on one task.

    Attributes:
        items: (repetitions, n, k) statistics, of a metric `across_runs` (1, n, k); a row of zeros is
            an item without a value.
        value: Mean over repetitions of the aggregated value; None when no item has one.
        low: Lower end of the 95% interval; None without a value.
        high: Upper end.
        interval: How the interval was made, e.g. "Bayesian bootstrap over posts, 1000 draws, seed
            0".
        sd: Standard deviation over repetitions (n - 1); None with fewer than two.
        n: Examples that entered the value (of the first repetition where they differ: the smallest
            count).
        n_absent: Examples without a value (no explanation, no reference); left out, not counted as
            0.
        n_unparsed: Examples of which no label could be read; wrong in label metrics.
        n_truncated: Texts cut to the model's length; 0 for metrics that cut nothing.
        n_refused: Of the unparsed, those that decline to answer, or only offer to.
        n_cut_off: Of the unparsed, those that end within the model's thought.
    """

    items: Floats
    value: float | None
    low: float | None
    high: float | None
    interval: str
    sd: float | None
    n: int
    n_absent: int
    n_unparsed: int
    n_truncated: int = 0
    n_refused: int = 0
    n_cut_off: int = 0


class Metric(ABC):
    """One way to score a system on a task. One metric, one file, one class (a class may have
    variants).

    Attributes:
        name: Unique; a column's id. Lower case, underscores.
        version: Raised when values change.
        title: The column's head.
        measures: One sentence: what it measures.
        limits: One sentence: what it does not measure, or when it misleads.
        group: "correctness", "explanation" or "stability".
        unit: "", "nats/token", "words", ...
        higher_is_better: None where neither is better (word count).
        bounds: Smallest and largest possible value; None at an open end.
        held_against: Which of an example's own texts explanations are held against: REFERENCE,
            POST, both, or none. Where one is missing the example has no value.
        counted_by: The metric that has a value wherever a system gave what this one reads; "" for
            itself. What is not there is the system's to answer for, what a metric cannot say of it
            is not.
        needs: The kind of instrument that it measures with; "" for none.
        across_runs: Whether it holds a system's runs against each other: one value of all of them,
            none of a single one.
        why_absent: Why there is no value where no example has one.
        optional: Whether it reads what a system may send and need not: a board on which none has
            a value has no such column.
        of_some_tasks: Whether the posts of few tasks have what it is about: a board on which no
            system has a value has no such column.
        of_several_posts: Whether one item is of several posts, so that none can be told without the
            texts of all.
        scale: The aspect of a rubric whose ratings its values are, as a judge's; None for values on
            a scale of their own.
    """

    name: str
    version: str
    title: str
    measures: str
    limits: str
    group: ClassVar[str]
    unit: str = ""
    higher_is_better: bool | None = True
    bounds: tuple[float | None, float | None] = (0.0, 1.0)
    held_against: tuple[str, ...] = ()
    counted_by: str = ""
    needs: str = ""
    across_runs: bool = False
    why_absent: str = "no example has a value"
    optional: bool = False
    of_some_tasks: bool = False
    of_several_posts: bool = False
    scale: RatingScale | None = None

    @abstractmethod
    def applies_to(self, task: Task) -> bool:
        """Return whether the metric means anything on `task`."""

    @abstractmethod
    def identity(self, instruments: Instruments) -> Identity:
        """Return the identity that values measured with `instruments` will have."""

    def can_measure(self, instruments: Instruments) -> bool:
        """Return whether what it needs is there, be it the record of a model."""
        return not self.needs or instruments.of(self.needs) is not None

    @abstractmethod
    def measure(self, segments: Segments, instruments: Instruments) -> Floats:
        """Return per-item statistics.

        Returns:
            (n, k): row i for example i; all zeros where the example has no value.
        """

    def measure_runs(self, runs: Sequence[Segments], instruments: Instruments) -> list[Floats]:
        """Return per-item statistics of each run; of a metric `across_runs` one array for all."""
        return [self.measure(run, instruments) for run in runs]

    @abstractmethod
    def aggregate(self, sums: Floats, task: Task) -> Floats:
        """Return values from summed statistics.

        Args:
            sums: (..., k), e.g. (replicates, k).
            task: Some metrics need its labels' order.

        Returns:
            (...): NaN where nothing was summed.
        """

    def table(self, task: Task) -> ContingencyTable | None:  # noqa: ARG002
        """Return how the metric reads summed statistics as a table of answers.

        None where they are none.
        """
        return None

    def estimator(self, task: Task) -> Estimator:
        """Return what replicates of the metric are made with."""
        return Estimator(lambda sums: self.aggregate(sums, task), self.table(task), self.bounds)

    def present(self, items: Floats) -> Bools:
        """Return which items have a value: (..., n, k) -> (..., n)."""
        return np.asarray(items.any(axis=-1))


class MeanMetric(Metric):
    """A metric whose value is the mean of its items' values; item rows are (value, 1) or (0, 0)."""

    @abstractmethod
    def values(self, segments: Segments, instruments: Instruments) -> Floats:
        """Return (n,) values, NaN where the example has none."""

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:
        """Return (n, 2) rows (value, 1), or (0, 0) for none."""
        return with_presence(self.values(segments, instruments))

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return the mean: sum over count."""
        with np.errstate(invalid="ignore"):
            return np.asarray(sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan))

    def present(self, items: Floats) -> Bools:
        """Return which items have a value, be it 0."""
        return np.asarray(items[..., 1] > 0)


class PairMetric(MeanMetric):
    """A mean metric whose values are made of what a model says of (source, target) pairs.

    It only says which pairs; whoever runs it may score many metrics' pairs together, in batches,
    and keep partial results.

    Attributes:
        output: Which of the instrument's numbers of a pair is the value of an example that has one
            pair; None where `combine` makes something else of it.
        pairs_each: Pairs of an example, about: by it work is cut into groups.
    """

    output: int | None = 0
    pairs_each: int = 1

    @abstractmethod
    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return for each example the pairs that its value is made of; empty where it has none."""

    @abstractmethod
    def hypotheses(self, segments: Segments) -> Sequence[str | None]:
        """Return (n,) what the system wrote.

        All that its pairs depend on besides the task's own texts.
        """

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:  # noqa: ARG002
        """Return an example's value: the mean of its pairs' `output`.

        Args:
            pairs: The example's, at least one.
            outputs: (pairs, outputs) what the instrument says of them.
        """
        return float(np.mean(outputs[:, self.output or 0]))

    def model(self, instruments: Instruments) -> InstrumentIdentity:
        """Return the instrument that it measures with, or the record of one.

        Raises:
            ValueError: There is none.
        """
        model = instruments.of(self.needs)
        if model is None:
            raise ValueError(f"{self.name} needs instruments of the kind {self.needs}")
        return model

    def values(self, segments: Segments, instruments: Instruments) -> Floats:
        """Return (n,) the values that the examples' pairs make."""
        self.model(instruments)
        pairs = self.pairs(segments)
        flat = list(dict.fromkeys(pair for item in pairs for pair in item))
        scores = scores_of(instruments.usable(self.needs), flat)
        return combined(self, pairs, dict(zip(flat, scores, strict=True)))


class SpanMetric(PairMetric):
    """A metric that also says something of parts of what the system wrote; it is kept beside the
    values, and changes none.
    """

    @abstractmethod
    def spans(self, hypothesis: str, pairs: Sequence[Pair], outputs: Floats) -> Floats:
        """Return (parts, fields) numbers of each part, where it stands among them.

        Args:
            hypothesis: What the system wrote.
            pairs: The example's, at least one.
            outputs: (pairs, outputs) what the instrument says of them.
        """


def pairs_of(metrics: Iterable[PairMetric], runs: Sequence[Segments]) -> list[Pair]:
    """Return the pairs that the values of some metrics on some runs are made of, each once, in
    order.
    """
    pairs = (
        pair for metric in metrics for run in runs for item in metric.pairs(run) for pair in item
    )
    return list(dict.fromkeys(pairs))


def combined(
    metric: PairMetric, pairs: Sequence[Sequence[Pair]], outputs: Mapping[Pair, Floats]
) -> Floats:
    """Return (n,) values; NaN for an example without pairs.

    Args:
        metric: Which.
        pairs: Of each example.
        outputs: Pair -> (outputs,) what the instrument says of it.
    """
    return np.array(
        [
            metric.combine(item, np.array([outputs[pair] for pair in item])) if item else np.nan
            for item in pairs
        ],
        dtype=float,
    )


def with_presence(values: Floats) -> Floats:
    """Return (n,) values with NaN for none -> (n, 2) rows (value, 1) or (0, 0)."""
    present = ~np.isnan(values)
    return np.stack([np.where(present, values, 0.0), present.astype(np.float64)], axis=1)
