"""Predictions as many scripts write them: objects of an `id` and a `prediction`, and little else.

`id` is taken for an example's only where it is one (`submissions.receiving.matching`), or where the
query stands beside it. A list of predictions is one a repetition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from submissions.problems import shorten
from submissions.receiving.formats.columns import CONTRACT
from submissions.receiving.formats.harness import Sample, Unusable, as_name
from submissions.receiving.formats.row import Clues
from submissions.wording import counted

NAME = "predictions by `id`"
PREDICTION = ("prediction", "predictions", "pred")
LONGEST_NUMBER = 6
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
        self._unread: set[str] = set()

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
        said = [text for text in texts if isinstance(text, str)]
        if any(text.strip().isdecimal() for text in said):
            allowed = "what the model wrote; labels go into a column `label`"
            raise Unusable("a number, and no text", key, allowed)
        first = str(record.get("repetition") or "1").removesuffix(".0")
        if not first.isdecimal() or len(first) > LONGEST_NUMBER:
            raise Unusable("not a whole number", "repetition", "1, 2, ...")
        self._unread |= record.keys() - {"id", key, "repetition", *TASK}
        self._read += 1
        clues = _clues(record, key)
        for repetition, text in enumerate(texts, start=int(first)):
            yield Sample(clues, text or "", repetition)

    def notes(self) -> Iterator[str]:
        """Yield what was read."""
        yield f"{NAME}: {counted(self._read, 'object')} read"
        if self._unread:
            named = ", ".join(f"`{shorten(name)}`" for name in sorted(self._unread)[:10])
            yield f"not read but for the query that may stand there: {named}"


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
