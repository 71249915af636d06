"""What people rate: one TOML file a rubric under `leaderboard_data/rubrics/`; its id is the file's name.

A rubric is not edited after something was rated by it: a rating means what the rubric said. Other wording or another
scale is another rubric.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.declarations import NUMBER, TABLES, TEXT, Fault, Fields, Kind, one_of, shown
from scoring.errors import ReasonBoardError, nearest
from submissions.declarations.settings import DECLARATIONS, declared_in

RUBRICS = DECLARATIONS / "rubrics"


class RubricError(ReasonBoardError):
    """A declaration with faults, or no such rubric."""


@dataclass(frozen=True)
class Aspect:
    """One thing that is rated, in whole numbers.

    Attributes:
        name: Lower case; what a file of ratings calls it.
        title: For people.
        wording: What raters are asked, and what the ends of the scale mean.
        low: The lowest rating.
        high: The highest.
    """

    name: str
    title: str
    wording: str
    low: int
    high: int


@dataclass(frozen=True)
class Rubric:
    """What is rated together.

    Attributes:
        id: The declaration's file name.
        title: For people.
        source: Where aspects, scale and wording come from.
        aspects: In the order shown.
        headline: The aspect by which a metric's validity is summed up.
        task: The task that is meant where ratings name none; None where they have to.
    """

    id: str
    title: str
    source: str
    aspects: tuple[Aspect, ...]
    headline: str
    task: str | None = None

    def aspect(self, name: str) -> Aspect | None:
        """The aspect called `name`, whatever its case."""
        return next(
            (aspect for aspect in self.aspects if aspect.name == name.strip().casefold()), None
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The aspects' names."""
        return tuple(aspect.name for aspect in self.aspects)


_ASPECT = Fields(
    "aspect", {"name": TEXT, "title": TEXT, "wording": TEXT, "low": NUMBER, "high": NUMBER}
)
_RUBRICS = Kind(
    Fields(
        "rubric",
        {"title": TEXT, "source": TEXT, "headline": TEXT, "aspects": TABLES},
        {"task": TEXT},
    ),
    RubricError,
)


def load_rubrics(folder: Path = RUBRICS) -> dict[str, Rubric]:
    """Read every declaration in `folder`.

    Returns:
        Rubric id -> rubric, by name.

    Raises:
        RubricError: Every fault of every file.
    """
    rubrics = _RUBRICS.read(folder, parse_rubric)
    if not rubrics:
        raise RubricError(f"{folder}: no rubric declarations (<rubric>.toml) found there")
    return rubrics


def read_rubrics(*folders: Path) -> tuple[dict[str, Rubric], tuple[Fault, ...]]:
    """As `load_rubrics`, but a declaration with faults stops none of the others: both those that can be used and faults.

    One in an earlier folder stands before one of the same id.
    """
    return _RUBRICS.read_each(folders, parse_rubric)


def usable_rubrics(data: Path) -> dict[str, Rubric]:
    """Return the rubrics of the board whose data lie in `data`, its own and those that are shipped, without faulty ones."""
    return read_rubrics(*declared_in(data, RUBRICS.name))[0]


def parse_rubric(rubric_id: str, text: str) -> Rubric:
    """One declaration.

    Raises:
        RubricError: Every fault of the declaration, one a line.
    """
    raw = _RUBRICS.table(rubric_id, text, _faults)
    return Rubric(
        rubric_id, **{**raw, "aspects": tuple(Aspect(**aspect) for aspect in raw["aspects"])}
    )


def declared_rubric(rubrics: Mapping[str, Rubric], rubric_id: str) -> Rubric:
    """The rubric called `rubric_id`.

    Raises:
        RubricError: There is none, with the nearest match.
    """
    if rubric_id in rubrics:
        return rubrics[rubric_id]
    meant = nearest(rubric_id, tuple(rubrics), cutoff=0.4) or f"there are: {', '.join(rubrics)}"
    raise RubricError(f"{rubric_id!r} is not a declared rubric; {meant}")


def _faults(known: Mapping[str, Any]) -> Iterator[str]:
    entries = known.get("aspects", ())
    if "aspects" in known and not entries:
        yield "`aspects` is empty; a rubric has at least one"
    yield from _ASPECT.faults_of_each(entries)
    aspects = [_ASPECT.fitting(entry) for entry in entries]
    for number, aspect in enumerate(aspects, start=1):
        yield from (f"aspect {number}: {fault}" for fault in _aspect_faults(aspect))
    names = Counter(aspect["name"] for aspect in aspects if "name" in aspect)
    yield from (f"two aspects are called {name!r}" for name, count in names.items() if count > 1)
    if "headline" in known and known["headline"] not in names:
        yield f"`headline` is {one_of(names).fault(known['headline'])}"


def _aspect_faults(known: Mapping[str, Any]) -> Iterator[str]:
    if "name" in known and known["name"] != known["name"].strip().casefold():
        yield f"`name` is {known['name']!r}; it must be lower case"
    if {"low", "high"} <= known.keys() and known["low"] >= known["high"]:
        yield f"`low` is {shown(known['low'])} and `high` {shown(known['high'])}; low must be less"
