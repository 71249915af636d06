"""BERTScores on a scale on which unrelated texts have about 0.

Cosines of an encoder's vectors lie close together, and high: roberta-large gives unrelated texts .83.
The authors subtract what pairs of random sentences have on average and stretch the rest to 1:
(x - b) / (1 - b), with a b of its own for precision, recall and F. No order and no correlation
changes. The b depend on checkpoint, layer and language; they are declared, never looked up silently.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from scoring.csv_records import CsvError, csv_rows
from scoring.errors import CheckpointError


class RescalingBaseline(NamedTuple):
    """What unrelated texts have."""

    precision: float
    recall: float
    f: float


def read_baseline(path: Path, layer: int) -> RescalingBaseline:
    """Return the row of a layer in a file as bert-score ships them.

    Args:
        path: Comma-separated, with the columns LAYER, P, R and F.
        layer: Whose row.

    Raises:
        CheckpointError: The file cannot be read, or lacks the layer.
    """
    try:
        rows = {int(row["LAYER"]): row for row in csv_rows(path)}
        row = rows[layer]
        baseline = RescalingBaseline(float(row["P"]), float(row["R"]), float(row["F"]))
    except KeyError as error:
        raise CheckpointError(
            f"{path}: there is no {error}; needed are the columns LAYER, P, R, F and a row of layer"
            f" {layer}"
        ) from error
    except (OSError, ValueError, CsvError) as error:
        raise CheckpointError(f"{path}: the baseline cannot be read ({error})") from error
    return checked(baseline)


def checked(baseline: RescalingBaseline) -> RescalingBaseline:
    """Return the baseline if it can be one.

    Raises:
        CheckpointError: A number of it is not above -1 and below 1.
    """
    if len(baseline) != len(RescalingBaseline._fields) or not all(
        -1 < value < 1 for value in baseline
    ):
        raise CheckpointError(
            f"the baseline is {tuple(baseline)}; needed are precision, recall and F of unrelated"
            " texts, each above -1 and below 1"
        )
    return baseline
