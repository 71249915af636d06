"""Predictions as many scripts write them: objects of an `id` and a `prediction`, and little else.

`id` is taken for an example's only where it is one (`submissions.receiving.matching`), or where the
query stands beside it. A list of predictions is one a repetition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from submissions.receiving.formats.columns import CONTRACT
from submissions.receiving.formats.harness import Sample, Unusable, as_name
from submissions.receiving.formats.row import Clues
from submissions.wording import counted

NAME = "predictions by `id`"
PREDICTION = ("prediction", "predictions", "pred")
TASK = ("task_name", "dataset", "subset")


def recognises(record: Mapping[str, object]) -> bool:
    """Return whether an object has an id and a prediction, and no column of the contract."""
    return (
        "id" in record
        and any(key in record for key in PREDICTION)
        and not record.keys() & {"task", "example_id", "output"}
    )


class PredictionReader:
    """Reads one file's predictions."""

    def __init__(self) -> None:
        self._read = 0

    def read(self, record: Mapping[str, object]) -> Iterator[Sample]:
        """Yield the texts of one object; "" where nothing was predicted.

        Raises:
            Unusable: They are no texts.
        """
        key = next(key for key in PREDICTION if key in record)
        value = record[key]
        texts = value if isinstance(value, list) and value else [value]
        if not all(text is None or isinstance(text, str) for text in texts):
            raise Unusable("not a text, nor a list of texts", key, "what the model wrote")
        self._read += 1
        clues = _clues(record, key)
        for repetition, text in enumerate(texts, start=1):
            yield Sample(clues, text or "", repetition)

    def notes(self) -> Iterator[str]:
        """Yield what was read."""
        yield f"{NAME}: {counted(self._read, 'object')} read"


def _clues(record: Mapping[str, object], key: str) -> Clues:
    """Return the clues of an object; what stands in it besides may be its query."""
    task = next((record[name] for name in TASK if name in record), "")
    texts = [
        value
        for name, value in record.items()
        if name not in (*CONTRACT, key) and isinstance(value, str)
    ]
    name = as_name(record["id"])
    return Clues(str(task or ""), (name,) if name else (), tuple(texts))
