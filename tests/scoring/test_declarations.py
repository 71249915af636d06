"""What is declared in TOML is read, or refused with every fault of every file; shown on an invented
kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Self

import pytest
from hypothesis import given
from pydantic import model_validator

from scoring.declarations import Fault, Flag, Kind, Number, Text, Texts, one_of
from scoring.errors import ReasonBoardError
from tests.declarations import HOSTILE, check_read_or_refused, refuse, toml_texts


class BoatError(ReasonBoardError):
    """What a boat's faults are raised as."""


@dataclass(frozen=True)
class Oar:
    side: Annotated[str, one_of(["port", "starboard"])]
    length: Number = 2


@dataclass(frozen=True)
class Anchor:
    weight: Number


@dataclass(frozen=True)
class Boat:
    id: str
    title: Text
    hull: Annotated[str, one_of(["wood", "steel"])]
    oars: tuple[Oar, ...]
    crew: Texts = ()
    afloat: Flag = True
    built: dict[str, Any] = field(default_factory=dict)
    anchor: Anchor | None = None

    @model_validator(mode="after")
    def _goes_straight(self) -> Self:
        if len(self.oars) % 2:
            raise ValueError("goes in circles\nand does not arrive")
        return self


BOATS = Kind(Boat, BoatError)
GOOD = (
    'title = "Heron"\nhull = "wood"\noars = [{side = "port"}, {side = "starboard", length = 3}]\n'
)
NAMES = ["title", "hull", "oars", "crew", "afloat", "built", "side", "length"]


parse = BOATS.parse


def said(text: str) -> list[str]:
    with pytest.raises(BoatError) as refused:
        parse("heron", text)
    return str(refused.value).splitlines()


def test_what_fits_is_read() -> None:
    text = GOOD + "crew = []\nafloat = false\nbuilt = {year = 1931}\nanchor = {weight = 9}\n"
    assert parse("heron", text) == Boat(
        id="heron",
        title="Heron",
        hull="wood",
        oars=(Oar("port"), Oar("starboard", 3)),
        crew=(),
        afloat=False,
        built={"year": 1931},
        anchor=Anchor(9),
    )


def test_every_fault_of_a_declaration_is_said_with_its_field_and_what_is_allowed() -> None:
    text = (
        'title = " "\noars = [{sid = "port"}, 2, {side = "prot", length = true}]\nafloat = 1\ncrew'
        ' = ["A", ""]\nbuilt = 1931\nanchor = {weight = "9", colour = "red"}\nid = "crane"\nafloot'
        " = true"
    )
    assert said(text) == [
        (
            "boat heron: `id` is not a field here; allowed: title, hull, oars, crew, afloat, built,"
            " anchor"
        ),
        "boat heron: `title` is ' '; it must be text",
        "boat heron: `hull` is missing; allowed: wood, steel",
        "boat heron: oar 1: `side` is missing; allowed: port, starboard",
        "boat heron: oar 1: `sid` is not a field here; allowed: side, length; did you mean 'side'?",
        "boat heron: oar 2: must be a table",
        "boat heron: oar 3: `side` is 'prot'; allowed: port, starboard; did you mean 'port'?",
        "boat heron: oar 3: `length` is True; it must be a whole number",
        "boat heron: `crew` is ['A', '']; it must be a list of texts",
        "boat heron: `afloat` is 1; it must be true or false",
        "boat heron: `built` is 1931; it must be a table",
        "boat heron: `anchor`: `weight` is '9'; it must be a whole number",
        "boat heron: `anchor`: `colour` is not a field here; allowed: weight",
        (
            "boat heron: `afloot` is not a field here; allowed: title, hull, oars, crew, afloat,"
            " built, anchor; did you mean 'afloat'?"
        ),
    ]


def test_what_fields_mean_together_is_checked_where_they_fit() -> None:
    assert said(GOOD[: GOOD.index("oars")] + "oars = {side = 1}\nanchor = 3") == [
        "boat heron: `oars` is {'side': 1}; it must be a list of tables",
        "boat heron: `anchor` is 3; it must be a table",
    ]
    assert said(GOOD[: GOOD.index("oars")] + 'oars = [{side = "port"}]') == [
        "boat heron: goes in circles",
        "boat heron: and does not arrive",
    ]


def test_every_fault_of_every_file_is_said_at_once_and_of_all_together(tmp_path: Path) -> None:
    files = {
        "a": GOOD.encode(),
        "b": GOOD.encode(),
        "torn": b"title = ",
        "steel": GOOD.replace("wood", "steal").encode(),
        "bytes": b"\xff",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.toml").write_bytes(content)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "notes.md").write_text("not a declaration")

    def same_title(boats: Mapping[str, Boat]) -> list[Fault]:
        text = f"{' and '.join(boats)} are both called Heron"
        return [Fault("a", text), Fault("b", text)]

    with pytest.raises(BoatError) as refused:
        read(replace(BOATS, together=same_title), tmp_path)
    lines = str(refused.value).splitlines()
    parts = [
        "bytes.toml: cannot be read (",
        "folder.toml: cannot be read (",
        "boat steel: `hull` is 'steal'; allowed:",
        "boat torn: not TOML: ",
        "a and b are both called Heron",
    ]
    assert all(part in line for part, line in zip(parts, lines, strict=True))


def read(kind: Kind[Boat], folder: Path) -> dict[str, Boat]:
    """The declarations of a folder; a fault is an error."""
    boats, faults = kind.read_each((folder,))
    refuse(faults, kind.error)
    return boats


def test_an_id_is_the_files_place_in_the_folder(tmp_path: Path) -> None:
    for name in ("lake/b", "lake/a.2", "bay/c"):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD)
    harbours = Kind(Boat, BoatError, "*/*.toml")
    assert list(read(harbours, tmp_path)) == ["bay/c", "lake/a.2", "lake/b"]
    assert read(BOATS, tmp_path) == {}
    assert read(BOATS, tmp_path / "none") == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_python_gives_up_on_is_refused(text: str) -> None:
    assert max(map(len, said(text))) < 300


@given(toml_texts(GOOD, NAMES))
def test_any_text_is_read_or_refused(text: str) -> None:
    check_read_or_refused(lambda toml: parse("heron", toml), BoatError, text)
