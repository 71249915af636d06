"""The papers that metrics come from, as `metric_papers.toml` of the program lists them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated

from pydantic import Field

from scoring.declarations import Must, Text, Texts, fitted, table_of, text_of
from scoring.errors import ReasonBoardError
from submissions.declarations.settings import DECLARATIONS

PATH = DECLARATIONS / "metric_papers.toml"


class MetricPapersError(ReasonBoardError):
    """`metric_papers.toml` cannot be used."""


@dataclass(frozen=True)
class MetricPaper:
    """A paper that defines metrics, or says how they are to be computed.

    Attributes:
        key: Of its BibTeX entry.
        authors: "Last, First" each.
        title: Its title.
        year: When it came out.
        venue: Where.
        metrics: Names of metrics, or patterns of names.
        arxiv: Its number there; "" for none.
    """

    key: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]+$"),
        Must("it must be a word of lower-case letters and digits"),
    ]
    authors: Texts
    title: Text
    year: int
    venue: Text
    metrics: Texts
    arxiv: str = ""


@cache
def metric_papers() -> tuple[MetricPaper, ...]:
    """Return all, in the order of the file.

    Raises:
        MetricPapersError: Of its first fault.
    """
    tables = table_of(text_of(PATH, MetricPapersError), str(PATH), MetricPapersError)
    return tuple(
        fitted(MetricPaper, table, f"{PATH}: {key}", MetricPapersError, id=key)
        for key, table in tables.items()
    )


def papers_of(metric: str) -> tuple[MetricPaper, ...]:
    """Return the papers that a metric comes from; none for a textbook's or this project's own."""
    return tuple(
        paper
        for paper in metric_papers()
        if any(fnmatchcase(metric, pattern) for pattern in paper.metrics)
    )
