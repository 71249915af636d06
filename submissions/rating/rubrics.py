"""What people rate: one TOML file a rubric under `leaderboard_data/rubrics/`; its id is the file's
name.

A rubric is not edited after something was rated by it: a rating means what the rubric said. Other
wording or another scale is another rubric.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationInfo, field_validator

from scoring.declarations import Fault, Flag, Kind, Number, Text, one_of, shown
from scoring.errors import ReasonBoardError, nearest_or_all
from submissions.declarations.settings import DECLARATIONS, declared_in
from submissions.store.released.rated_rows import TOTAL

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

    name: Text
    title: Text
    wording: Text
    low: Number
    high: Number

    @field_validator("name")
    @classmethod
    def _is_folded(cls, name: str) -> str:
        # A file of ratings names aspects in any case; two that differ in it alone could not be
        # told apart.
        if name != name.strip().casefold():
            raise ValueError(f"is {name!r}; it must be lower case")
        if name == TOTAL:
            raise ValueError(f"is {name!r}, which is what all aspects together are called")
        return name

    @field_validator("high")
    @classmethod
    def _is_above_low(cls, high: int, known: ValidationInfo) -> int:
        low = known.data.get("low")
        # None where `low` has a fault of its own, which is told already.
        if low is not None and low >= high:
            raise ValueError(f"`low` is {shown(low)} and `high` {shown(high)}; low must be less")
        return high


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
        default: Whether it is meant where a round of rating names none.
    """

    id: str
    title: Text
    source: Text
    aspects: tuple[Aspect, ...]
    headline: Text
    task: Text | None = None
    default: Flag = False

    @field_validator("aspects")
    @classmethod
    def _are_distinct(cls, aspects: tuple[Aspect, ...]) -> tuple[Aspect, ...]:
        counts = Counter(aspect.name for aspect in aspects)
        if not counts:
            raise ValueError("is empty; a rubric has at least one")
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise ValueError(
                "\n".join(f"has a name twice: two aspects are called {name!r}" for name in twice)
            )
        return aspects

    @field_validator("headline")
    @classmethod
    def _is_an_aspect(cls, headline: str, known: ValidationInfo) -> str:
        names = [aspect.name for aspect in known.data.get("aspects", ())]
        # No names where the aspects have a fault of their own.
        if names and headline not in names:
            raise ValueError(f"is {one_of(names).fault(headline)}")
        return headline

    def aspect(self, name: str) -> Aspect | None:
        """Return the aspect called `name`, whatever its case."""
        return next(
            (aspect for aspect in self.aspects if aspect.name == name.strip().casefold()), None
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The aspects' names."""
        return tuple(aspect.name for aspect in self.aspects)


KIND = Kind(Rubric, RubricError)


def read_rubrics(*folders: Path) -> tuple[dict[str, Rubric], tuple[Fault, ...]]:
    """Read every declaration in some folders: what can be used, by name, and the faults of the
    rest.

    One in an earlier folder stands before one of the same id.
    """
    return KIND.read_each(folders)


def usable_rubrics(data: Path) -> dict[str, Rubric]:
    """Return the rubrics of the board whose data lie in `data`, its own and those that are shipped,
    without faulty ones.
    """
    return read_rubrics(*declared_in(data, RUBRICS.name))[0]


def rubric_headlines(data: Path) -> dict[str, str]:
    """Return rubric -> the aspect that sums its others up, of the board whose data lie in `data`."""
    return {name: rubric.headline for name, rubric in usable_rubrics(data).items()}


def default_rubric(rubrics: Mapping[str, Rubric], benchmark: str) -> Rubric:
    """Return the rubric that is meant where none is named: the benchmark's own, which is called as
    it is; else the one that declares itself the default, or the only one.

    Raises:
        RubricError: There is none such, or several.
    """
    if benchmark in rubrics:
        return rubrics[benchmark]
    meant = [rubric for rubric in rubrics.values() if rubric.default] or list(rubrics.values())
    if len(meant) != 1:
        listed = ", ".join(rubric.id for rubric in meant) or "none"
        raise RubricError(
            f"no rubric is named, and {benchmark} has no default: there are {listed}; name one, or"
            " say `default = true` in the file of one alone"
        )
    return meant[0]


def declared_rubric(rubrics: Mapping[str, Rubric], rubric_id: str) -> Rubric:
    """Return the rubric called `rubric_id`.

    Raises:
        RubricError: There is none, with the nearest match.
    """
    if rubric_id in rubrics:
        return rubrics[rubric_id]
    meant = nearest_or_all(rubric_id, rubrics, "there are: ", cutoff=0.4)
    raise RubricError(f"{rubric_id!r} is not a declared rubric; {meant}")
