"""`scoring.toml`: each benchmark's own table or the default, and every fault of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.bartscore.settings import BartSettings
from scoring.instruments import BARTSCORE
from scoring.metric import Identity
from submissions.declarations.settings import (
    NOBODY_ELSE,
    SettingsError,
    cited_authors,
    load_settings,
)
from submissions.operating.declaration_faults import CITATION, declaration_faults
from submissions.store.folder import DataFolder

GOOD = '[bartscore.default]\ncheckpoint = "org/model"\n'


def test_a_benchmark_has_its_own_table_or_the_default(tmp_path: Path) -> None:
    path = tmp_path / "scoring.toml"
    path.write_text(
        GOOD + '[bartscore.mine]\ncheckpoint = "./tiny"\nweights = "w.pth"\ndtype = "bfloat16"\n'
    )
    assert load_settings("other", path)[BARTSCORE].checkpoint == "org/model"
    mine = load_settings("mine", path)[BARTSCORE]
    assert isinstance(mine, BartSettings)
    assert (mine.checkpoint, mine.weights, mine.dtype) == (
        str(tmp_path / "tiny"),
        tmp_path / "w.pth",
        "bfloat16",
    )


def test_a_table_that_names_torch_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "scoring.toml"
    path.write_text(GOOD + 'runtime = "torch"\n')
    assert load_settings("other", path)[BARTSCORE].instrument().checkpoint == "org/model"


def test_keys_of_scores_are_what_they_were() -> None:
    identity = Identity(
        metric="bartscore_recall",
        version="1",
        extraction="reasonboard/1",
        checkpoint="f" * 64,
        direction="hyp_to_ref",
        text="explanation",
        truncation=1024,
        dtype="float32",
    )
    assert identity.key == "bc14a2049e8e7c48"  # of a board made before there was another runtime


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[bartscore", ["not TOML"]),
        (b"\xff", ["cannot be read"]),
        (b"bartscore = 3", [r"\[bartscore\] must hold a table a benchmark"]),
        (
            GOOD.encode() + b"[bartscor.mine]\ncheckpoint = 'a'",
            [r"\[bartscor\] is no kind of model; did you mean 'bartscore'"],
        ),
        (b"[bartscore.mine]\ncheckpoint = 'a'", [r"needs a table \[bartscore.default\]"]),
        (
            GOOD.encode() + b"device = 3\ndtyp = 'float32'",
            ["`device` is 3; it must be text", "did you mean 'dtype'"],
        ),
        (
            GOOD.encode() + b"[bartscore.mine]\ncheckpoint = 'a'\nruntime = 'openvino'",
            ["`runtime` is 'openvino'; torch is the only one now; take the line out"],
        ),
        (GOOD.encode() + b"[bartscore.mine]\n", [r"\[bartscore.mine\]: `checkpoint` is missing"]),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, said: list[str]) -> None:
    path = tmp_path / "scoring.toml"
    path.write_bytes(content)
    for part in said:
        with pytest.raises(SettingsError, match=rf"(?s)scoring\.toml.*{part}"):
            load_settings("mine", path)


def test_a_board_says_who_it_is_cited_as(tmp_path: Path) -> None:
    assert cited_authors(tmp_path) == NOBODY_ELSE
    own = tmp_path / "board.toml"
    own.write_text('[citation]\nauthors = ["Lovelace, Ada", "The Example Board"]\n')
    assert cited_authors(tmp_path) == ("Lovelace, Ada", "The Example Board")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[citation", "not TOML"),
        ("authors = ['a']", "`authors` is not a field here"),
        ("[citation]\nauthors = []", "must be a list of at least one name"),
        ("[citation]\nauthors = ['']", "must be a list of at least one name"),
        ("[citation]\nauthor = 'a'", "did you mean 'authors'"),
    ],
)
def test_what_is_wrong_with_who_is_cited_is_said_and_stops_nothing(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "board.toml").write_text(content)
    with pytest.raises(SettingsError, match=said):
        cited_authors(tmp_path)
    (fault,) = declaration_faults(DataFolder(tmp_path))
    assert (fault.name, fault.consequence) == ("board", CITATION)
