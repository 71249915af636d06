"""What is declared in TOML is read, or refused with every fault of every file; shown on an invented kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from scoring.declarations import (
    FLAG,
    NUMBER,
    TABLE,
    TABLES,
    TEXT,
    TEXTS,
    Fault,
    Fields,
    Kind,
    one_of,
)
from scoring.errors import ReasonBoardError
from tests.declarations import HOSTILE, check_read_or_refused, toml_texts


class BoatError(ReasonBoardError):
    """What a boat's faults are raised as."""


OARS = Fields("oar", {"side": one_of(["port", "starboard"])}, {"length": NUMBER})
BOATS = Kind(
    Fields(
        "boat",
        {"title": TEXT, "hull": one_of(["wood", "steel"]), "oars": TABLES},
        {"crew": TEXTS, "afloat": FLAG, "built": TABLE},
    ),
    BoatError,
)
GOOD = (
    'title = "Heron"\nhull = "wood"\noars = [{side = "port"}, {side = "starboard", length = 3}]\n'
)
NAMES = ["title", "hull", "oars", "crew", "afloat", "built", "side", "length"]


def check(known: Mapping[str, Any]) -> Iterator[str]:
    yield from OARS.faults_of_each(known.get("oars", ()))
    if len(known.get("oars", "--")) % 2:
        yield "goes in circles"


def parse(name: str, text: str) -> Mapping[str, Any]:
    return BOATS.table(name, text, check)


def said(text: str) -> list[str]:
    with pytest.raises(BoatError) as refused:
        parse("heron", text)
    return str(refused.value).splitlines()


def test_what_fits_is_read() -> None:
    text = GOOD + "crew = []\nafloat = false\nbuilt = {year = 1931}\n"
    assert parse("heron", text) == {
        "title": "Heron",
        "hull": "wood",
        "oars": [{"side": "port"}, {"side": "starboard", "length": 3}],
        "crew": [],
        "afloat": False,
        "built": {"year": 1931},
    }


def test_every_fault_of_a_declaration_is_said_with_its_field_and_what_is_allowed() -> None:
    text = 'title = " "\noars = [{sid = "port"}, 2, {side = "prot", length = true}]\nafloat = 1\ncrew = ["A", ""]'
    assert said(text) == [
        "boat heron: `hull` is missing; allowed: wood, steel",
        "boat heron: `title` is ' '; it must be text",
        "boat heron: `afloat` is 1; it must be true or false",
        "boat heron: `crew` is ['A', '']; it must be a list of texts",
        "boat heron: oar 1: `side` is missing; allowed: port, starboard",
        "boat heron: oar 1: `sid` is not a field here; allowed: side, length; did you mean 'side'?",
        "boat heron: oar 2: must be a table",
        "boat heron: oar 3: `side` is 'prot'; allowed: port, starboard; did you mean 'port'?",
        "boat heron: oar 3: `length` is True; it must be a whole number",
        "boat heron: goes in circles",
    ]


def test_what_fields_mean_together_is_checked_on_those_that_fit() -> None:
    assert said(GOOD[: GOOD.index("oars")] + "oars = {side = 1}") == [
        "boat heron: `oars` is {'side': 1}; it must be a list of tables"
    ]
    assert OARS.fitting({"side": "port", "length": "3", "colour": "red"}) == {"side": "port"}
    assert OARS.fitting("port") == {}


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

    def same_title(boats: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
        text = f"{' and '.join(boats)} are both called Heron"
        return [Fault("a", text), Fault("b", text)]

    with pytest.raises(BoatError) as refused:
        BOATS.read(tmp_path, parse, same_title)
    lines = str(refused.value).splitlines()
    parts = [
        "bytes.toml: cannot be read (",
        "folder.toml: cannot be read (",
        "boat steel: `hull` is 'steal'; allowed:",
        "boat torn: not TOML: ",
        "a and b are both called Heron",
    ]
    assert all(part in line for part, line in zip(parts, lines, strict=True))


def test_an_id_is_the_files_place_in_the_folder(tmp_path: Path) -> None:
    for name in ("lake/b", "lake/a.2", "bay/c"):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD)
    harbours = Kind(BOATS.fields, BoatError, "*/*.toml")
    assert list(harbours.read(tmp_path, parse)) == ["bay/c", "lake/a.2", "lake/b"]
    assert BOATS.read(tmp_path, parse) == {}
    assert BOATS.read(tmp_path / "none", parse) == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_python_gives_up_on_is_refused(text: str) -> None:
    assert max(map(len, said(text))) < 300


@given(toml_texts(GOOD, NAMES))
def test_any_text_is_read_or_refused(text: str) -> None:
    check_read_or_refused(lambda toml: parse("heron", toml), BoatError, text)
