"""What people rate: one TOML file a rubric under `leaderboard_data/rubrics/`; its id is the file's name.

A rubric is not edited after something was rated by it: a rating means what the rubric said. Other wording or another
scale is another rubric.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.errors import ReasonBoardError
from submissions.settings import DECLARATIONS

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
        return next((aspect for aspect in self.aspects if aspect.name == name.strip().casefold()), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The aspects' names."""
        return tuple(aspect.name for aspect in self.aspects)


_REQUIRED = {"title": str, "source": str, "headline": str, "aspects": list}
_OPTIONAL = {"task": str}
_ASPECT = {"name": str, "title": str, "wording": str, "low": int, "high": int}


def load_rubrics(folder: Path = RUBRICS) -> dict[str, Rubric]:
    """Read every declaration in `folder`.

    Returns:
        Rubric id -> rubric, by name.

    Raises:
        RubricError: Every fault of every file.
    """
    faults: list[str] = []
    rubrics: dict[str, Rubric] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            rubrics[path.stem] = parse_rubric(path.stem, path.read_text(encoding="utf-8"))
        except RubricError as error:
            faults.append(str(error))
    if faults:
        raise RubricError("\n".join(faults))
    if not rubrics:
        raise RubricError(f"{folder}: no rubric declarations (<rubric>.toml) found there")
    return rubrics


def parse_rubric(rubric_id: str, text: str) -> Rubric:
    """One declaration.

    Raises:
        RubricError: Every fault of the declaration, one a line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"{rubric_id}: not TOML: {error}") from error
    faults = list(_faults(raw))
    if faults:
        raise RubricError("\n".join(f"{rubric_id}: {fault}" for fault in faults))
    return Rubric(rubric_id, **{**raw, "aspects": tuple(Aspect(**aspect) for aspect in raw["aspects"])})


def declared_rubric(rubrics: Mapping[str, Rubric], rubric_id: str) -> Rubric:
    """The rubric called `rubric_id`.

    Raises:
        RubricError: There is none, with the nearest match.
    """
    if rubric_id in rubrics:
        return rubrics[rubric_id]
    near = difflib.get_close_matches(rubric_id.casefold(), rubrics, n=1, cutoff=0.4)
    meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(rubrics)}"
    raise RubricError(f"{rubric_id!r} is not a declared rubric; {meant}")


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from _field_faults(raw, _REQUIRED, _OPTIONAL)
    aspects = raw.get("aspects")
    if not isinstance(aspects, list):
        return
    if not aspects:
        yield "`aspects` is empty; a rubric has at least one"
    for number, aspect in enumerate(aspects, start=1):
        yield from (f"aspect {number}: {fault}" for fault in _aspect_faults(aspect))
    names = [aspect.get("name") for aspect in aspects if isinstance(aspect, dict)]
    yield from (f"two aspects are called {name!r}" for name in _doubled(names))
    if isinstance(raw.get("headline"), str) and raw["headline"] not in names:
        yield f"`headline` is {raw['headline']!r}; allowed: {', '.join(map(str, names))}"


def _aspect_faults(aspect: Any) -> Iterator[str]:
    if not isinstance(aspect, dict):
        yield "must be a table"
        return
    yield from _field_faults(aspect, _ASPECT, {})
    name, low, high = aspect.get("name"), aspect.get("low"), aspect.get("high")
    if isinstance(name, str) and (name != name.strip().casefold() or not name):
        yield f"`name` is {name!r}; it must be lower case"
    if isinstance(low, int) and isinstance(high, int) and low >= high:
        yield f"`low` is {low} and `high` {high}; low must be less"


def _field_faults(raw: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type]) -> Iterator[str]:
    kinds = {str: "text", int: "a whole number", list: "a list of tables"}
    for name, kind in {**required, **optional}.items():
        if name not in raw:
            if name in required:
                yield f"`{name}` is missing"
        elif not isinstance(raw[name], kind) or isinstance(raw[name], bool):
            yield f"`{name}` must be {kinds[kind]}, not {raw[name]!r}"
    for name in raw:
        if name not in required and name not in optional:
            yield f"`{name}` is not a field here; allowed: {', '.join((*required, *optional))}"


def _doubled(names: Iterable[Any]) -> list[Any]:
    seen = list(names)
    return [name for name in dict.fromkeys(map(str, seen)) if [str(one) for one in seen].count(name) > 1]
