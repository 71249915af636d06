"""Why values by part of a benchmark, or their intervals, are blank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from app.site.tables.parts import blanks, generalization_table, platform_table
from submissions.store.released.scored_rows import GeneralizationRow, PlatformRow
from tests.commands import succeed

MISSING, NONE = "no value on low-mood", "no seen task"


def row(quantity: str, value: float | None, why: str = "") -> GeneralizationRow:
    """One of a system that lacks a value; `why` is why."""
    return GeneralizationRow(
        "demo",
        "s",
        "f1",
        "",
        "unseen data set",
        quantity,
        "",
        value,
        None,
        None,
        "",
        2,
        40,
        why.replace("low-mood", "demo/low-mood"),
    )


def test_every_blank_of_a_row_has_its_own_reason_whatever_sorts(invented: ModuleType) -> None:
    rows = [
        row("seen", None, NONE),
        row("unseen", None, MISSING),
        row("gap", None, f"{NONE}; {MISSING}"),
    ]
    for sort in ("seen", "unseen", "gap"):
        [why] = generalization_table(rows, {"s": "S"}, invented.METRICS[0], sort).frame["why"]
        assert why == f"Seen: {NONE}. Unseen: {MISSING}. Gap: {NONE}; {MISSING}"
    [why] = generalization_table(
        [row("seen", 0.5), *rows[1:2]], {"s": "S"}, invented.METRICS[0], "seen"
    ).frame["why"]
    assert why == MISSING, "one reason needs no column beside it"


def test_reasons_are_told_once_with_the_systems_that_they_are_of(invented: ModuleType) -> None:
    names = {f"s{number}": f"*S{number}*" for number in range(7)}
    rows = [replace(row("seen", None, NONE), system=key) for key in names]
    rows[6] = replace(rows[6], why_blank=MISSING)
    told = blanks(generalization_table(rows, names, invented.METRICS[0], "seen"))
    assert [line.replace("\\", "") for line in told] == [
        f"***S0*, *S1*, *S2*, *S3* and 2 more:** {NONE}",
        f"***S6*:** {MISSING}",
    ]
    assert not blanks(
        generalization_table([row("seen", 0.5)], {"s": "S"}, invented.METRICS[0], "seen")
    )


def test_one_task_is_one_task(invented: ModuleType) -> None:
    rows = [
        PlatformRow("demo", "s", "f1", part, "", 0.5, 0.4, 0.6, "", n, 40, "")
        for part, n in (("sms", 1), ("reddit", 3))
    ]
    table = platform_table(rows, {"s": "S"}, invented.METRICS[0], "", "sms")
    assert [table.columns[part]["help"] for part in ("sms", "reddit")] == [
        "Mean over 1 task.",
        "Mean over 3 tasks.",
    ]


FIXED = "one label throughout, so the value follows from the gold labels alone"


def test_a_value_without_an_interval_has_its_reason_beside_the_reasons_of_blanks(
    invented: ModuleType,
) -> None:
    """What answers one label throughout, as a constant baseline does."""
    bare = replace(row("unseen", 0.5), interval=f"none: {FIXED}")
    rows = [row("seen", None, NONE), bare, replace(bare, system="t")]
    table = generalization_table(rows, {"s": "S", "t": "T"}, invented.METRICS[0], "unseen")
    assert list(table.frame["why"]) == [
        f"Seen: {NONE}. Unseen: no interval ({FIXED})",
        f"no interval ({FIXED})",
    ]
    assert "why" in table.shown
    assert len(blanks(table)) == 2


def test_commands_and_the_board_say_why_a_value_has_no_interval(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    content, alpha = invented.content(), invented.SYSTEMS[0].id

    def without(rows: Sequence[Any]) -> tuple[Any, ...]:
        none = {"low": None, "high": None, "interval": f"none: {FIXED}"}
        return tuple(
            replace(row, **none) if row.system == alpha and row.value is not None else row
            for row in rows
        )

    tables = ("platforms", "overall", "cells", "generalization")
    what = replace(content, **{name: without(getattr(content, name)) for name in tables})
    data = invented.publish_invented(tmp_path, what=what)
    for command in (
        ("platforms", "--benchmark", "imhi-expert"),
        ("leaderboard", "--benchmark", "imhi-expert"),
        ("leaderboard", "--task", "imhi-expert/irf"),
    ):
        said = " ".join(succeed(data, *command).split())
        assert f"alpha, alpha (relative): no interval ({FIXED})" in said or (
            f"alpha: no interval ({FIXED})" in said
        )
    rows = succeed(data, "generalization", "--benchmark", "imhi-expert").splitlines()
    assert any("alpha" in row and "no interval (one label" in row for row in rows)
    captions = [caption.value for caption in open_page(data=data).caption]
    assert f"**alpha:** no interval ({FIXED})." in [one.replace("\\", "") for one in captions]
