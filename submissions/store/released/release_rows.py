"""What a release states: one frozen dataclass a table, one field a column.

Rows of what was scored, what was rated and what papers print have a module each; here are what
changed, and all of them together. Fields and rows are only ever added: a release is never
rewritten, and an older one must still be read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from submissions.store.released.rated_rows import (
    AgreementRow,
    AnchoredRow,
    MetricContestRow,
    OnScaleRow,
    PreferenceRow,
    RatingSetRow,
    ReasoningRow,
    RubricAgreementRow,
    RubricBoardRow,
    RubricContrastRow,
    RubricRow,
    RubricSystemRow,
    RubricValueRow,
    StrengthRow,
    StressRow,
    ValidityRow,
    ValidityViewRow,
)
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow
from submissions.store.released.scored_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    CounterfactualRow,
    CrossDatasetRow,
    DropRow,
    GeneralizationRow,
    Json,
    MetricRow,
    OverallRow,
    ParticipationRow,
    PartRow,
    PlatformRow,
    ProtocolRow,
    SystemRow,
    TaskRow,
)

UNSTATED: Mapping[str, Mapping[str, Any]] = {
    "cells": {"provenance": None},
    "systems": {"versions": 0},
}
"""Columns that state nothing of a board, and what stands for them in a digest: who scored when, and
what is submitted in private, make no new release."""

LATER = (
    "validity_views",
    "stress_tests",
    "on_scale",
    "anchored",
    "strengths",
    "preferences",
    "papers",
    "reported",
    "claims",
    "rubric_boards",
    "rubric_systems",
    "rubric_values",
    "rubric_contrasts",
    "rubric_agreement",
    "parts",
    "counterfactuals",
    "drops",
    "reasoning",
)
"""Tables that came after the first releases: without rows they state nothing."""


class ChangeKind(StrEnum):
    """The kinds of change, as `ChangeRow.kind` has them; a release of a later program may have
    others.
    """

    NEW_TASK = "new task"
    REMOVED_TASK = "removed task"
    CORRECTED_TASK = "corrected task"
    NEW_METRIC = "new metric"
    REMOVED_METRIC = "removed metric"
    NEW_SYSTEM = "new system"
    REMOVED_SYSTEM = "removed system"
    NEW_VERSION = "new version"
    OLDER_VERSION = "older version"
    TRAINING = "changed training data"
    DECLARATION = "changed declaration"
    VALUE = "changed value"
    DETAILS = "changed details"
    BASIS = "changed basis"
    RANK = "changed rank"
    NEW_PROTOCOL = "new protocol"
    REMOVED_PROTOCOL = "removed protocol"
    PROTOCOL = "changed protocol"
    TAG = "changed tag"
    NEW_VALIDITY = "new validity"
    REMOVED_VALIDITY = "removed validity"
    VALIDITY = "changed validity"
    POOLED_VALIDITY = "pooled validity"
    MEANS = "changed means"
    TABLE = "changed table"


@dataclass(frozen=True)
class ChangeRow:
    """What this release changed against the one before it.

    `why` says it to people; `details` has the parts of it that a page words otherwise: of DETAILS
    the `fields` and the `reason`, of TABLE the `table` and how many rows are `gone` and `new`. None
    for other kinds, and in a release from before there were any.
    """

    kind: str
    benchmark: str = ""
    system: str = ""
    task: str = ""
    metric: str = ""
    old: str = ""
    new: str = ""
    why: str = ""
    details: Json = None


@dataclass(frozen=True)
class HistoryRow:
    """The releases up to this one."""

    number: int
    created_at: str
    author: str
    reason: str


@dataclass(frozen=True)
class ReleaseContent:
    """Everything that a release states about the boards."""

    tasks: tuple[TaskRow, ...]
    metrics: tuple[MetricRow, ...]
    systems: tuple[SystemRow, ...]
    cells: tuple[CellRow, ...]
    overall: tuple[OverallRow, ...]
    breakdowns: tuple[BreakdownRow, ...]
    confusions: tuple[ConfusionRow, ...]
    platforms: tuple[PlatformRow, ...] = ()
    protocols: tuple[ProtocolRow, ...] = ()
    participation: tuple[ParticipationRow, ...] = ()
    generalization: tuple[GeneralizationRow, ...] = ()
    cross_dataset: tuple[CrossDatasetRow, ...] = ()
    rubrics: tuple[RubricRow, ...] = ()
    agreement: tuple[AgreementRow, ...] = ()
    validity: tuple[ValidityRow, ...] = ()
    contests: tuple[MetricContestRow, ...] = ()
    rating_sets: tuple[RatingSetRow, ...] = ()
    validity_views: tuple[ValidityViewRow, ...] = ()
    on_scale: tuple[OnScaleRow, ...] = ()
    anchored: tuple[AnchoredRow, ...] = ()
    strengths: tuple[StrengthRow, ...] = ()
    preferences: tuple[PreferenceRow, ...] = ()
    stress_tests: tuple[StressRow, ...] = ()
    papers: tuple[PaperRow, ...] = ()
    reported: tuple[ReportedRow, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    rubric_boards: tuple[RubricBoardRow, ...] = ()
    rubric_systems: tuple[RubricSystemRow, ...] = ()
    rubric_values: tuple[RubricValueRow, ...] = ()
    rubric_contrasts: tuple[RubricContrastRow, ...] = ()
    rubric_agreement: tuple[RubricAgreementRow, ...] = ()
    parts: tuple[PartRow, ...] = ()
    counterfactuals: tuple[CounterfactualRow, ...] = ()
    drops: tuple[DropRow, ...] = ()
    reasoning: tuple[ReasoningRow, ...] = ()

    def digest(self) -> str:
        """Return sha256 of the content, equal for equal content whenever it is built."""
        rows = {
            field.name: [vars(row) for row in getattr(self, field.name)] for field in fields(self)
        }
        for later in LATER:
            if not rows[later]:
                del rows[later]
        for table, unstated in UNSTATED.items():
            rows[table] = [{**row, **unstated} for row in rows[table]]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, default=asdict).encode()).hexdigest()
