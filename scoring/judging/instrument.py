"""A judge as an instrument: it reads the verdicts that `reasonboard judge` kept, and asks nobody.

So `score` and `rescore` measure what was judged, on any machine and without a network, and what was
not judged is absent. A judge's fingerprint is of its identity and of all its verdicts: when more is
judged, its metrics are pending again, and scored again in seconds.

There is a kind of instrument a rubric, and one more for each further judge that a board calls by a
name; its numbers are the aspects that the judge was asked about. Each is two numbers, the level
(mean of the repeats) and whether there is one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from scoring.errors import CheckpointError
from scoring.instruments import Instrument, Pair, ScoredRows
from scoring.judging.values import PAIRWISE, SCALE, AskedAspect, Judging, judge_kind, name_in
from scoring.judging.verdicts import Verdict, read_verdicts, texts_hash


class JudgeScorer:
    """Looks verdicts up.

    Args:
        rows: Hash of a pair -> (levels, then 1 where there is one).
        width: How many numbers a row has.
    """

    def __init__(self, rows: Mapping[str, Sequence[float]], width: int) -> None:
        self._rows, self._nothing = rows, (0.0,) * width

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield what was said of each pair (post and question, answer and explanation); of one that
        was not judged, that there is nothing.
        """
        values = [
            self._rows.get(texts_hash(*pair), self._nothing)
            for pair in zip(sources, targets, strict=True)
        ]
        if values:
            yield ScoredRows(np.arange(len(values)), np.array(values, dtype=np.float64))


@dataclass(frozen=True)
class KeptVerdicts:
    """What a file of verdicts held at some time.

    Attributes:
        fingerprint: Hash of the others: equal where they are.
        identity: The judge's, as the file states it.
        verdicts: In the order of their keys.
    """

    fingerprint: str
    identity: Mapping[str, Any] = field(compare=False, repr=False)
    verdicts: tuple[Verdict, ...] = field(compare=False, repr=False)

    @property
    def aspects(self) -> tuple[AskedAspect, ...]:
        """What the judge was asked about."""
        return tuple(AskedAspect(**each) for each in self.identity["aspects"])

    def rows(self) -> dict[str, list[float]]:
        """Return pair -> its numbers, as `Judging.outputs` names them."""
        by_pair: dict[str, list[Verdict]] = {}
        for verdict in self.verdicts:
            by_pair.setdefault(verdict.key.pair, []).append(verdict)
        rows = {}
        for pair, repeats in by_pair.items():
            levels = [_level(aspect, repeats) for aspect in self.aspects]
            rows[pair] = [
                *(0.0 if level is None else level for level in levels),
                *(float(level is not None) for level in levels),
            ]
        return rows


@dataclass(frozen=True)
class JudgeInstrument(Instrument):
    """A judge by one rubric.

    Attributes:
        checkpoint: The file of verdicts, `judged/<identity>.jsonl` in a data folder.
        name: What the board calls it; "" of a rubric's first.
        kept: What the file held when the instrument was made: what is judged meanwhile is for the
            next one, or a score would have another identity than it was planned under.
        kind: What its metrics ask for it by.
        outputs: Names of its numbers.
    """

    checkpoint: str
    name: str
    kept: KeptVerdicts
    kind: str
    outputs: tuple[str, ...]

    @classmethod
    def read(cls, checkpoint: str, kind: str) -> Self:
        """Return the judge whose verdicts a file holds now.

        Raises:
            CheckpointError: There are none, or by another rubric than the kind's.
        """
        path = Path(checkpoint)
        try:
            state = path.stat()
            kept = _read(path, state.st_mtime_ns, state.st_size)
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"there are no verdicts in {path}; `reasonboard judge` writes them, and says where"
            ) from error
        rubric, asked = kept.identity["rubric"]["id"], kept.identity["judge"]["kind"]
        name = name_in(kind, rubric)
        if name is None or asked == PAIRWISE:
            raise CheckpointError(
                f"{path} holds verdicts by the rubric {rubric} of a {asked} judge; a table"
                f" [{kind}...] is for its own rubric, of a scale or a checklist"
                + (f": this file's is [{judge_kind(rubric)}...]" if asked != PAIRWISE else "")
            )
        judging = Judging(rubric, kept.aspects, kept.identity["model"]["name"], name)
        return cls(checkpoint, name, kept, judging.kind, judging.outputs)

    @property
    def judging(self) -> Judging:
        """Who it is, and what it was asked about."""
        identity = self.kept.identity
        model = identity["model"]["name"]
        return Judging(identity["rubric"]["id"], self.kept.aspects, model, self.name)

    @property
    def fingerprint(self) -> str:
        """Hash of the judge's identity and its verdicts."""
        return self.kept.fingerprint

    @property
    def max_tokens(self) -> int:
        """0: what a judge was shown of a post, each verdict says."""
        return 0

    @property
    def dtype_name(self) -> str:
        """Not known of a server."""
        return ""

    @property
    def demonstration(self) -> bool:
        """No verdict is a fixture."""
        return False

    @property
    def public_name(self) -> str:
        """Model and declaration: "judge-7b (scale)"."""
        identity = self.kept.identity
        return f"{identity['model']['name']} ({identity['judge']['id']})"

    def on(self, device: str) -> Self:  # noqa: ARG002
        """Return it as it is: it computes nothing."""
        return self

    def scorer(self) -> JudgeScorer:
        """Return what looks verdicts up."""
        return JudgeScorer(self.kept.rows(), len(self.outputs))

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:  # noqa: ARG002
        """Return nothing: the work was done when it was asked."""
        return 0.0, 0.0

    def count_truncated(self, texts: Sequence[str]) -> int:  # noqa: ARG002
        """Return 0: no text is cut by itself, but of a pair; see `count_cut`."""
        return 0

    def count_cut(self, pairs: Sequence[Pair]) -> int:
        """Return how many posts the judge was not shown whole."""
        cut = {verdict.key.pair for verdict in self.kept.verdicts if verdict.cut}
        return len({pair[0] for pair in pairs if texts_hash(*pair) in cut})


def _on_scale(rubric: str, *aspects: str) -> Judging:
    return Judging(rubric, tuple(AskedAspect(name, SCALE, 0, 3) for name in aspects))


JUDGES = (
    _on_scale("mentallama", "consistency", "reliability", "professionality", "overall"),
    _on_scale("dr-annotation", "fluency", "completeness", "reliability", "overall"),
)
"""The rubrics of published ratings, whose metrics are known on every board. Those of any other rubric
follow from what its judges were asked.
"""


def _level(aspect: AskedAspect, repeats: Sequence[Verdict]) -> float | None:
    """Return the mean over repeats that say something; None where none does."""
    values = [value for each in repeats if (value := aspect.value(each.levels)) is not None]
    return float(np.mean(values)) if values else None


@lru_cache(maxsize=8)
def _read(path: Path, modified: int, size: int) -> KeptVerdicts:
    """Return what a file of that state holds.

    Raises:
        CheckpointError: It is no file of verdicts.
    """
    del modified, size  # they are what tells one state from another
    with path.open("rb") as stream:
        first = stream.readline()
    try:
        identity = json.loads(first)["identity"]
        _ = identity["model"]["name"], identity["judge"]["id"], identity["judge"]["kind"]
        _ = identity["rubric"]["id"], [AskedAspect(**each) for each in identity["aspects"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} is no file of verdicts; `reasonboard judge` writes them"
        ) from error
    verdicts = tuple(sorted(read_verdicts(path), key=lambda verdict: verdict.key))
    # What a server does not say is no part of it.
    said = [
        [*verdict.key, sorted(verdict.levels.items()), *filter(None, [verdict.served])]
        for verdict in verdicts
    ]
    content = json.dumps([identity, said], sort_keys=True)
    return KeptVerdicts(hashlib.sha256(content.encode()).hexdigest(), identity, verdicts)
