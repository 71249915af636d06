"""The kinds of instrument that there are: ours, and those that other packages bring."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from scoring.bartscore.settings import BartSettings
from scoring.bertscore.settings import BertScoreSettings
from scoring.brought import loaded, package_of
from scoring.entailment.settings import NliSettings
from scoring.errors import ScoringError
from scoring.instrument_settings import InstrumentSettings
from scoring.judging.instrument import JUDGES
from scoring.judging.settings import judge_settings
from scoring.judging.values import JUDGE
from scoring.similarity.settings import SimilaritySettings

OWN: tuple[type[InstrumentSettings], ...] = (
    BartSettings,
    BertScoreSettings,
    NliSettings,
    SimilaritySettings,
    *(judge_settings(each.kind) for each in JUDGES),
)
ENTRY_POINTS = "reasonboard.instruments"
"""The group of entry points by which a package names the settings of an instrument of its own."""


@cache
def kinds() -> dict[str, type[InstrumentSettings]]:
    """Return kind -> what its tables in `scoring.toml` hold, ours first.

    Raises:
        ScoringError: A package brings a kind that there is already: values would change their
            meaning with it.
    """
    known = {each.kind: each for each in OWN}
    for point in entry_points(group=ENTRY_POINTS):
        settings = loaded(point)
        if settings.kind in known:
            raise ScoringError(
                f"the package {package_of(point)} brings a kind of model {settings.kind!r}, and"
                " there is one of that name; uninstall it, or have it renamed"
            )
        known[settings.kind] = settings
    return known


def is_kind(name: str) -> bool:
    """Return whether a table of `scoring.toml` called so is one of models: judges have a kind a
    rubric, whatever rubrics a board declares.
    """
    return name in kinds() or name.startswith(JUDGE)


def settings_of(kind: str) -> type[InstrumentSettings]:
    """Return what a table of a kind holds; see `is_kind`."""
    return kinds()[kind] if kind in kinds() else judge_settings(kind)
