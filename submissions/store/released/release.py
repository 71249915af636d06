"""A release: one complete, immutable SQLite file that the site, a download and Datasette share.

It holds nothing private and no post's text: rows of what was declared and computed, and the names
of the per-item arrays that it lists. `ReleaseContent` is what one states; `write_release` turns it
into a file, and `ReleaseReader` reads it back into the same rows. No other module knows that it is
SQLite.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from scoring.errors import ReasonBoardError
from submissions.store.files.damage import REPAIR, DamagedFile, check_database_file, damaged
from submissions.store.folder import DataFolder, replace_file, sha256_of, sync
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
from submissions.store.released.release_rows import ChangeRow, HistoryRow, ReleaseContent
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow
from submissions.store.released.scored_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    CounterfactualRow,
    CrossDatasetRow,
    DropRow,
    GeneralizationRow,
    MetricRow,
    OverallRow,
    ParticipationRow,
    PartRow,
    PlatformRow,
    ProtocolRow,
    ReleaseRow,
    SystemRow,
    TaskRow,
)
from submissions.store.sqlite.library import sqlite_utils
from submissions.store.sqlite.read_only import read_only
from submissions.store.sqlite.trouble import unusable


class NoRelease(ReasonBoardError):
    """There is nothing to read yet."""


class ReleaseDamaged(NoRelease):
    """The file of a release is missing, or is not what was published."""


CURRENT = "current"
"""The file that holds the number of the release that is served."""

_TABLES: dict[str, type] = {
    "release": ReleaseRow,
    **{name: get_args(rows)[0] for name, rows in get_type_hints(ReleaseContent).items()},
    "changes": ChangeRow,
    "history": HistoryRow,
}
"""A table of a release -> the dataclass of its rows."""
_SQL_TYPES = {
    "int": int,
    "int | None": int,
    "float | None": float,
    "float": float,
    "bool": int,
    "bool | None": int,
}
_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "cells": (("task", "metric"), ("array",)),
    "overall": (("benchmark", "metric"),),
    "parts": (("benchmark", "metric"),),
    "confusions": (("task", "system"),),
    "breakdowns": (("task", "metric"),),
    "platforms": (("benchmark", "metric"),),
    "generalization": (("benchmark", "metric"),),
    "validity": (("benchmark", "metric"),),
    "reported": (("benchmark",), ("task",)),
}


def write_release(
    folder: DataFolder,
    release: ReleaseRow,
    content: ReleaseContent,
    changes: Iterable[ChangeRow],
    history: Iterable[HistoryRow],
) -> str:
    """Write a release aside, whole and synced; nobody sees it until `place_release` gives it its
    name.

    What cannot be written, on a full disk for instance, leaves nothing behind.

    Returns:
        sha256 of the file.

    Raises:
        DatabaseUnusable: The disk is full.
    """
    aside = _aside(folder, release.number)
    aside.unlink(missing_ok=True)
    # Not `asdict`, which would copy a hundred thousand rows.
    rows = {field.name: getattr(content, field.name) for field in fields(content)}
    rows |= {"release": (release,), "changes": tuple(changes), "history": tuple(history)}
    try:
        with closing(sqlite3.connect(aside)) as connection:
            # Nobody reads it before it has its name, so it needs no journal of its own.
            connection.execute("PRAGMA journal_mode = OFF")
            db = sqlite_utils.Database(connection)
            for table in _TABLES:
                _write_table(db, table, rows[table])
            connection.commit()
        return _sync_and_hash(aside)
    except sqlite3.Error as error:
        aside.unlink(missing_ok=True)
        raise unusable(aside, error, 0) from error
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def place_release(folder: DataFolder, number: int) -> None:
    """Give what was written aside its name; again, for nothing.

    Raises:
        FileExistsError: There is another file of that name: what is published is never overwritten.
    """
    aside, path = _aside(folder, number), release_path(folder, number)
    if not aside.exists():
        return
    if not (path.exists() and path.samefile(aside)):  # a crash may have come right after the link
        # A link fails where the name is taken; a rename would overwrite what is published.
        os.link(aside, path)
    sync(folder.releases)
    aside.unlink()


def replace_release(folder: DataFolder, number: int) -> None:
    """Put what was written aside in the place of a file that is missing or damaged: a repair, and
    nothing else.
    """
    _aside(folder, number).replace(release_path(folder, number))
    sync(folder.releases)


def placeable(folder: DataFolder, number: int, sha256: str) -> bool:
    """Return whether release `number` lies aside, whole.

    A crash came between recording it and placing it.
    """
    aside = _aside(folder, number)
    return aside.is_file() and sha256_of(aside) == sha256


def drop_asides(folder: DataFolder) -> None:
    """Delete what is left of writing releases, journals of earlier versions included."""
    for path in folder.releases.glob(".*.aside*"):
        # What else is written aside there is somebody's who may still be writing.
        if path.name.split(".")[1].isdecimal():
            path.unlink(missing_ok=True)


def release_numbers(folder: DataFolder) -> tuple[int, ...]:
    """Return the numbers of the files of releases that are there, in order."""
    names = (path.stem for path in folder.releases.glob("*.db"))
    return tuple(sorted(int(name) for name in names if name.isdecimal()))


def _aside(folder: DataFolder, number: int) -> Path:
    return folder.releases / f".{number}.aside"


def _sync_and_hash(path: Path) -> str:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
    return sha256_of(path)


def _write_table(db: sqlite_utils.Database, name: str, rows: Iterable[Any]) -> None:
    columns = {field.name: _SQL_TYPES.get(str(field.type), str) for field in fields(_TABLES[name])}
    table = db.table(name)
    table.create(columns)
    table.insert_all(_to_row(row) for row in rows)
    for index in _INDEXES.get(name, ()):
        table.create_index(index)


def _to_row(row: Any) -> dict[str, Any]:
    # Annotations are text here, since nothing evaluates them.
    types = {field.name: str(field.type) for field in fields(row)}
    return {
        name: json.dumps(value, sort_keys=True) if types[name] == "Json" else value
        for name, value in vars(row).items()
    }


def release_path(folder: DataFolder, number: int) -> Path:
    """Return the file of release `number`."""
    return folder.releases / f"{number}.db"


def switch_to(folder: DataFolder, number: int) -> None:
    """Serve release `number` from now on: a reader sees the old one or the new one."""
    replace_file(folder.releases / CURRENT, f"{number}\n".encode())


def current_number(folder: DataFolder) -> int | None:
    """Return the release that is served; None before the first."""
    try:
        return int((folder.releases / CURRENT).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ReleaseDamaged(
            f"releases/current does not hold the number of a release; {REPAIR} puts it right"
        ) from error


Row = TypeVar("Row")


class ReleaseReader:
    """Reads one release. Opens the file read-only for each call, so that it can be shared between
    threads.
    """

    def __init__(self, path: Path, notice: str = "") -> None:
        """Look at the file's size and header.

        Args:
            path: Of the release.
            notice: What readers have to be told of it, "" for nothing: that it stands in for
                another.

        Raises:
            ReleaseDamaged: It is missing, or not what its header says.
        """
        self.path = path
        self.notice = notice
        self._check()

    def _check(self) -> None:
        try:
            check_database_file(self.path, REPAIR)
        except DamagedFile as error:
            raise ReleaseDamaged(str(error)) from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._check()
        with read_only(self.path, unchanging=True) as connection:
            try:
                # By name: an older release has fewer columns, or others in between.
                connection.row_factory = sqlite3.Row
                yield connection
            except sqlite3.DatabaseError as error:
                raise ReleaseDamaged(
                    str(damaged(self.path, f"is damaged: {error}", REPAIR))
                ) from error

    def _fetch(
        self, query: str, arguments: Sequence[object] | Mapping[str, object] = ()
    ) -> list[sqlite3.Row]:
        with self._open() as connection:
            return connection.execute(query, arguments).fetchall()

    def _rows(self, kind: type[Row], table: str, **equal: str | None) -> tuple[Row, ...]:
        where, wanted = _where(equal)
        query = f"SELECT * FROM {table} WHERE {where} ORDER BY rowid"  # noqa: S608 (names are ours)
        with self._open() as connection:
            if not _columns(connection, table):
                return ()  # the release is older than the table
            return tuple(_from_row(kind, row) for row in connection.execute(query, wanted))

    def scored_benchmarks(self) -> frozenset[str]:
        """Return the boards on which anything has a value."""
        rows = self._fetch("SELECT DISTINCT benchmark FROM overall WHERE value IS NOT NULL")
        return frozenset(benchmark for (benchmark,) in rows)

    def lists_array(self, digest: str) -> bool:
        """Return whether the release names an array: the values behind a cell, or a task's post
        numbers.
        """
        ((listed,),) = self._fetch(
            "SELECT EXISTS (SELECT 1 FROM cells WHERE array = ?)"
            " OR EXISTS (SELECT 1 FROM tasks WHERE post_numbers = ?)",
            [digest, digest],
        )
        return bool(listed)

    def cell_counts(self) -> dict[tuple[str, str], int]:
        """Return (task, metric) -> how many cells there are."""
        counts = self._fetch("SELECT task, metric, count(*) FROM cells GROUP BY task, metric")
        return {(task, metric): count for task, metric, count in counts}

    def columns(
        self,
        table: str,
        names: Sequence[str],
        part: tuple[int, int] | None = None,
        **equal: str | None,
    ) -> dict[str, list[Any]]:
        """Return some columns of a table as they are stored, a list each.

        A large board has no time for an object a cell.

        Args:
            table: One of the release's tables.
            names: Columns of it, none of them JSON.
            part: How many rows to pass over, and how many to read at most; None for all.
            equal: Column -> the value that rows must have in it; None asks for nothing.
        """
        where, wanted = _where(equal)
        # SQLite's own words for "from the first" and "all of them".
        passed, most = part or (0, -1)
        with self._open() as connection:
            present = _columns(connection, table)
            # The release may be older than a column.
            chosen = ", ".join(name if name in present else f"NULL AS {name}" for name in names)
            rows = connection.execute(
                f"SELECT {chosen} FROM {table} WHERE {where} "  # noqa: S608 (names are ours)
                "ORDER BY rowid LIMIT :_most OFFSET :_passed",
                wanted | {"_most": most, "_passed": passed},
            ).fetchall()
        listed = zip(*rows, strict=True) if rows else [()] * len(names)
        return dict(zip(names, map(list, listed), strict=True))

    @cached_property
    def release(self) -> ReleaseRow:
        """The release itself."""
        return self._rows(ReleaseRow, "release")[0]

    def tasks(self, benchmark: str | None = None) -> tuple[TaskRow, ...]:
        """Return the boards' tasks."""
        return self._rows(TaskRow, "tasks", benchmark=benchmark)

    def metrics(self, benchmark: str | None = None) -> tuple[MetricRow, ...]:
        """Return the boards' columns, in the order in which they are shown."""
        return self._rows(MetricRow, "metrics", benchmark=benchmark)

    def systems(self, benchmark: str | None = None) -> tuple[SystemRow, ...]:
        """Return the boards' rows."""
        return self._rows(SystemRow, "systems", benchmark=benchmark)

    def cells(
        self, *, system: str | None = None, task: str | None = None, metric: str | None = None
    ) -> tuple[CellRow, ...]:
        """Return the boards' cells, blank ones included."""
        return self._rows(CellRow, "cells", system=system, task=task, metric=metric)

    def overall(
        self, benchmark: str | None = None, metric: str | None = None
    ) -> tuple[OverallRow, ...]:
        """Return means over tasks, with coverage and rank."""
        return self._rows(OverallRow, "overall", benchmark=benchmark, metric=metric)

    def parts(self, benchmark: str, metric: str | None = None) -> tuple[PartRow, ...]:
        """Return means over the tasks of platforms and families, with coverage and rank."""
        return self._rows(PartRow, "parts", benchmark=benchmark, metric=metric)

    def breakdowns(self, task: str, metric: str | None = None) -> tuple[BreakdownRow, ...]:
        """Return results by attribute."""
        return self._rows(BreakdownRow, "breakdowns", task=task, metric=metric)

    def confusions(self, task: str, system: str | None = None) -> tuple[ConfusionRow, ...]:
        """Return confusion matrices, a row a cell that is not zero."""
        return self._rows(ConfusionRow, "confusions", task=task, system=system)

    def counterfactuals(
        self, benchmark: str | None = None, origin: str | None = None
    ) -> tuple[CounterfactualRow, ...]:
        """Return how answers change between a task and its counterfactual."""
        return self._rows(CounterfactualRow, "counterfactuals", benchmark=benchmark, origin=origin)

    def drops(
        self, benchmark: str | None = None, *, task: str | None = None, system: str | None = None
    ) -> tuple[DropRow, ...]:
        """Return where systems fail; "" as system asks for the means over systems."""
        return self._rows(DropRow, "drops", benchmark=benchmark, task=task, system=system)

    def reasoning(self) -> tuple[ReasoningRow, ...]:
        """Return which answers raters found to rest on wrong reasons."""
        return self._rows(ReasoningRow, "reasoning")

    def platforms(self, benchmark: str, metric: str | None = None) -> tuple[PlatformRow, ...]:
        """Return means over platforms and annotations, and their fixed contrasts."""
        return self._rows(PlatformRow, "platforms", benchmark=benchmark, metric=metric)

    def protocols(self, benchmark: str | None = None) -> tuple[ProtocolRow, ...]:
        """Return the declared generalization protocols."""
        return self._rows(ProtocolRow, "protocols", benchmark=benchmark)

    def participation(self, protocol: str) -> tuple[ParticipationRow, ...]:
        """Return which systems take part in a protocol, and why the others do not."""
        return self._rows(ParticipationRow, "participation", protocol=protocol)

    def generalization(
        self, benchmark: str, metric: str | None = None
    ) -> tuple[GeneralizationRow, ...]:
        """Return seen against unseen data."""
        return self._rows(GeneralizationRow, "generalization", benchmark=benchmark, metric=metric)

    def cross_dataset(
        self, benchmark: str, metric: str | None = None
    ) -> tuple[CrossDatasetRow, ...]:
        """Return trained on x tested on."""
        return self._rows(CrossDatasetRow, "cross_dataset", benchmark=benchmark, metric=metric)

    def rubrics(self) -> tuple[RubricRow, ...]:
        """Return what people rated."""
        return self._rows(RubricRow, "rubrics")

    def rating_sets(self) -> tuple[RatingSetRow, ...]:
        """Return the sets of ratings that figures are of."""
        return self._rows(RatingSetRow, "rating_sets")

    def agreement(self, ratings: str | None = None) -> tuple[AgreementRow, ...]:
        """Return how far the raters agree."""
        return self._rows(AgreementRow, "agreement", ratings=ratings)

    def validity(
        self, benchmark: str | None = None, metric: str | None = None
    ) -> tuple[ValidityRow, ...]:
        """Return how far metrics go along with people."""
        return self._rows(ValidityRow, "validity", benchmark=benchmark, metric=metric)

    def validity_views(self, ratings: str | None = None) -> tuple[ValidityViewRow, ...]:
        """Return how far metrics go along with people in each view of the rated texts."""
        return self._rows(ValidityViewRow, "validity_views", ratings=ratings)

    def on_scale(self, ratings: str | None = None) -> tuple[OnScaleRow, ...]:
        """Return how far metrics whose values are ratings may stand in for a rater."""
        return self._rows(OnScaleRow, "on_scale", ratings=ratings)

    def anchored(self, ratings: str | None = None) -> tuple[AnchoredRow, ...]:
        """Return what people would say on average of all that a system answered."""
        return self._rows(AnchoredRow, "anchored", ratings=ratings)

    def strengths(self, ratings: str | None = None) -> tuple[StrengthRow, ...]:
        """Return how strong systems are by people's choices in pairwise rounds."""
        return self._rows(StrengthRow, "strengths", ratings=ratings)

    def preferences(self, ratings: str | None = None) -> tuple[PreferenceRow, ...]:
        """Return whether metrics choose as people do in them."""
        return self._rows(PreferenceRow, "preferences", ratings=ratings)

    def stress_tests(self, benchmark: str | None = None) -> tuple[StressRow, ...]:
        """Return which spoilt explanations metrics take for worse."""
        return self._rows(StressRow, "stress_tests", benchmark=benchmark)

    def papers(self) -> tuple[PaperRow, ...]:
        """Return the papers whose numbers it has."""
        return self._rows(PaperRow, "papers")

    def reported(
        self, benchmark: str | None = None, *, task: str | None = None
    ) -> tuple[ReportedRow, ...]:
        """Return what papers print."""
        return self._rows(ReportedRow, "reported", benchmark=benchmark, task=task)

    def claims(self) -> tuple[ClaimRow, ...]:
        """Return what papers claim of their numbers, recomputed."""
        return self._rows(ClaimRow, "claims")

    def rubric_boards(self) -> tuple[RubricBoardRow, ...]:
        """Return the tasks whose unit is a transcript."""
        return self._rows(RubricBoardRow, "rubric_boards")

    def rubric_systems(self, board: str | None = None) -> tuple[RubricSystemRow, ...]:
        """Return whose transcripts these are."""
        return self._rows(RubricSystemRow, "rubric_systems", board=board)

    def rubric_values(self, board: str | None = None) -> tuple[RubricValueRow, ...]:
        """Return how transcripts are rated, item by item and in all."""
        return self._rows(RubricValueRow, "rubric_values", board=board)

    def rubric_contrasts(self, board: str | None = None) -> tuple[RubricContrastRow, ...]:
        """Return variants of one base model held against each other."""
        return self._rows(RubricContrastRow, "rubric_contrasts", board=board)

    def rubric_agreement(self, board: str | None = None) -> tuple[RubricAgreementRow, ...]:
        """Return how far those who rate transcripts agree."""
        return self._rows(RubricAgreementRow, "rubric_agreement", board=board)

    def contests(self, ratings: str | None = None) -> tuple[MetricContestRow, ...]:
        """Return which metrics differ in how far they do."""
        return self._rows(MetricContestRow, "contests", ratings=ratings)

    def changes(self) -> tuple[ChangeRow, ...]:
        """Return what the release changed."""
        return self._rows(ChangeRow, "changes")

    def history(self) -> tuple[HistoryRow, ...]:
        """Return the releases up to this one."""
        return self._rows(HistoryRow, "history")

    def content(self) -> ReleaseContent:
        """Return all that the release states about the boards."""
        names = [field.name for field in fields(ReleaseContent)]
        return ReleaseContent(**{name: self._rows(_TABLES[name], name) for name in names})


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Return the names of a table's columns; none where there is no such table."""
    return frozenset(row["name"] for row in connection.execute(f"PRAGMA table_info({table})"))


def _where(equal: Mapping[str, str | None]) -> tuple[str, dict[str, Any]]:
    """Return the condition that columns have these values, and its arguments; None asks for
    nothing.
    """
    wanted = {name: value for name, value in equal.items() if value is not None}
    return " AND ".join(f"{name} = :{name}" for name in wanted) or "1", wanted


def _from_row(kind: type[Row], row: sqlite3.Row) -> Row:
    values = dict(row)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name not in values:
            continue  # the release is older than the column, which then has a default
        value = values[field.name]
        if field.type == "Json":
            values[field.name] = json.loads(value)
        elif value is not None and str(field.type).startswith("bool"):
            values[field.name] = bool(value)
    return kind(**values)
