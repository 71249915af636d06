from __future__ import annotations

from dataclasses import fields, replace

from app.site.tables.changes import TABLES, change_table, meanings, on_benchmark, summary
from app.site.tables.wrapping import WIDEST
from submissions.store.released.release_rows import ChangeRow, ReleaseContent

ROWS = (
    ChangeRow(
        "changed means",
        "demo",
        "",
        "",
        "",
        "",
        "",
        "3 means and 40 rank intervals or clusters, over all metrics",
    ),
    ChangeRow(
        "changed table",
        "",
        "",
        "",
        "",
        "9 rows",
        "1,012 rows",
        "platforms: 1,000 rows gone or other, 3 in place",
        {"table": "platforms", "gone": 1000, "new": 3},
    ),
    ChangeRow(
        "changed table",
        "",
        "",
        "",
        "",
        "9 rows",
        "8 rows",
        "unheard_of: 1 rows gone or other, 0 in place",
        {"table": "unheard_of", "gone": 1, "new": 0},
    ),
    ChangeRow("older version", "demo", "S", "", "", "2", "1", "2: withdrawn"),
    ChangeRow(
        "changed details",
        "demo",
        "S",
        "demo/x",
        "words",
        "0.5",
        "0.5",
        "low, n: scored anew",
        {"fields": ["low", "n"], "reason": "scored anew"},
    ),
    ChangeRow("changed details", "demo", "S", "demo/y", "words", "n 40", "n 39", "scored anew"),
)


def test_what_is_counted_comes_last_and_in_plain_words() -> None:
    frame = change_table(ROWS, {"words": "Words"}).frame
    assert frame["kind"].tolist() == [
        "Older version",
        "Changed details",
        "Changed details",
        "Changed means",
        "Table: results by platform",
        "Table: unheard_of",
    ]
    assert frame["why"].tolist()[4:] == [
        "1,000 rows are gone or read otherwise, 3 are new; all benchmarks together",
        "1 row is gone or read otherwise, 0 are new; all benchmarks together",
    ]
    assert frame.loc[1, ["metric", "old", "new"]].tolist() == [
        "Words",
        "",
        "",
    ], "a value that stays is no change"
    assert frame["why"].tolist()[1:3] == [
        "lower end of the interval, examples: scored anew",
        "scored anew",
    ]


def test_the_summary_counts_changes_and_says_what_follows() -> None:
    assert (
        summary(ROWS)
        == "Changed details: 2; Older version: 1. Other, too: means or rank intervals of 1 board"
        " and rows of 2 tables."
    )
    assert summary(ROWS[:1]) == "Other: means or rank intervals of 1 board."
    assert summary(ROWS[3:4]) == "Older version: 1."
    assert "the value is the same" in meanings(ROWS)
    assert meanings(ROWS[:1]) == ""


def test_a_column_that_no_change_fills_is_not_drawn() -> None:
    assert list(change_table(ROWS[:1], {}).drawn()) == ["kind", "why"]


def test_a_column_is_as_wide_as_its_texts() -> None:
    short, long = (
        change_table([replace(ROWS[0], why=why)], {}) for why in ("brief", "many words " * 20)
    )
    assert short.columns["why"]["width"] < long.columns["why"]["width"] == WIDEST


def test_changes_of_one_benchmark_come_with_those_of_all() -> None:
    assert on_benchmark(ROWS, "other") == list(ROWS[1:3])
    assert on_benchmark(ROWS, "demo") == list(ROWS)


def test_a_release_from_before_details_says_what_it_said() -> None:
    old = [replace(row, details=None) for row in ROWS[1:2]]
    frame = change_table(old, {}).frame
    assert frame.loc[0, ["kind", "why"]].tolist() == [
        "Changed table",
        "platforms: 1,000 rows gone or other, 3 in place",
    ]


def test_every_table_of_a_release_has_words_here() -> None:
    """Those whose differences are listed one by one have kinds of their own instead, and tasks
    both.
    """
    listed = {"systems", "cells", "overall", "protocols"}
    assert {field.name for field in fields(ReleaseContent)} - listed == TABLES.keys() - listed
