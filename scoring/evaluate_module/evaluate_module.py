"""The script that `evaluate.load` copies to its cache and runs; the package's docstring shows its
use.

It must be named like its folder, and must import absolutely, because the copy lies elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from scoring.errors import ScoringError
from scoring.evaluate_module.inputs import INPUTS, Options, check_columns, segments_of
from scoring.metrics import metric
from scoring.score import score


# The library is untyped, so its base class is Any to the type checker.
class ReasonBoard(evaluate.Metric):  # type: ignore[misc]
    """One metric of the board; which one is the configuration."""

    def add_batch(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> None:
        """Check and add a batch of rows."""
        check_columns(
            self._chosen({"predictions": predictions, "references": references, **kwargs})
        )
        super().add_batch(predictions=predictions, references=references, **kwargs)

    def add(self, *, prediction: Any = None, reference: Any = None, **kwargs: Any) -> None:
        """Check and add one row."""
        row = self._chosen({"predictions": prediction, "references": reference, **kwargs})
        check_columns({name: [cell] for name, cell in row.items()})
        super().add(prediction=prediction, reference=reference, **kwargs)

    def _chosen(self, given: dict[str, Any]) -> dict[str, Any]:
        return {name: given.get(name) for name in INPUTS[self.config_name].names}

    def _info(self) -> evaluate.MetricInfo:
        # The library's own name for "none given".
        if self.config_name == "default":
            raise ScoringError(
                f"pass config_name=<metric> to evaluate.load; there are: {', '.join(INPUTS)}"
            )
        chosen = metric(self.config_name)
        if chosen.across_runs:
            raise ScoringError(
                f"{chosen.name} holds several runs against each other, and columns hold one; there are:"
                f" {', '.join(INPUTS)}"
            )
        inputs = INPUTS[chosen.name]
        return evaluate.MetricInfo(
            description=f"{chosen.title}. {chosen.measures} {chosen.limits}",
            citation="",
            inputs_description=inputs.described + (Options.__doc__ or ""),
            features=datasets.Features({name: datasets.Value("string") for name in inputs.names}),
        )

    def _compute(self, **given: Any) -> dict[str, Any]:
        """Return the value under the metric's name, with its interval and counts.

        Every row is a post of its own.
        """
        chosen = metric(self.config_name)
        columns: dict[str, Sequence[str]] = {
            name: given.pop(name) for name in INPUTS[chosen.name].names
        }
        options = Options(**given)
        scored = score(chosen, [segments_of(chosen, columns, options)], options.instruments(chosen))
        return {
            chosen.name: scored.value,
            "low": scored.low,
            "high": scored.high,
            "interval": scored.interval,
            "n": scored.n,
            "n_absent": scored.n_absent,
            "n_truncated": scored.n_truncated,
        }
