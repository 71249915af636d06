"""The kinds of instrument that there are: ours, and those that other packages bring."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from scoring.bartscore.settings import BartSettings
from scoring.bertscore.settings import BertScoreSettings
from scoring.entailment.settings import NliSettings
from scoring.instrument_settings import InstrumentSettings
from scoring.judging.settings import DrAnnotationJudgeSettings, MentallamaJudgeSettings
from scoring.similarity.settings import SimilaritySettings

OWN: tuple[type[InstrumentSettings], ...] = (
    BartSettings,
    BertScoreSettings,
    NliSettings,
    SimilaritySettings,
    MentallamaJudgeSettings,
    DrAnnotationJudgeSettings,
)
ENTRY_POINTS = "reasonboard.instruments"
"""The group of entry points by which a package names the settings of an instrument of its own."""


@cache
def kinds() -> dict[str, type[InstrumentSettings]]:
    """Return kind -> what its tables in `scoring.toml` hold, ours first."""
    brought = (each.load() for each in entry_points(group=ENTRY_POINTS))
    ours = {each.kind: each for each in OWN}
    # No package takes the place of a kind of ours: values would change their meaning.
    return ours | {each.kind: each for each in brought if each.kind not in ours}
