"""Rows of `takedowns`: what is to go, written down before any of it does.

While a takedown is under way its row holds the words that are searched for. They are emptied once nothing of them was
found, overwritten in the database's file (`secure_delete`), and the write-ahead log, which held them too, is cut.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlite_utils

from submissions.store.clock import now
from submissions.store.database import reading, writing
from submissions.store.folder import DataFolder, aside_of
from submissions.store.ledger import add_event

_LISTS = ("texts", "files", "releases")
WITHDRAWAL, OUTPUT, EXAMPLE = "withdrawal", "output", "example"


@dataclass(frozen=True)
class Takedown:
    """One intention.

    Attributes:
        kind: WITHDRAWAL, OUTPUT or EXAMPLE.
        subject: What goes, in words.
        author: Who asked.
        reason: Why.
        submission: Of which submission; None where a post goes.
        task: Of an output: its task.
        example_id: Of an output: its example.
        post_id: Of an example: its post, as the task's gold calls it.
        post_hash: Of an example: the id that its post has wherever it came from.
        post: Of an example: what its post says, which is searched for.
        texts: The same of its references, and of what a team declared that quotes the post.
        files: Files of outputs (hashes) that are to go unless another submission has them.
        releases: Numbers of releases that words were taken out of.
        n: Its number; 0 before it is stored.
        asked_at: UTC, ISO 8601; filled in when it is stored.
    """

    kind: str
    subject: str
    author: str
    reason: str
    submission: str | None = None
    task: str | None = None
    example_id: str | None = None
    post_id: str | None = None
    post_hash: str | None = None
    post: str = ""
    texts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    releases: tuple[int, ...] = ()
    n: int = 0
    asked_at: str = ""


def add_takedown(folder: DataFolder, takedown: Takedown, event: str | None = None) -> int:
    """Store an intention, with an event of this kind about its subject.

    Returns:
        Its number.
    """
    row = {name: value for name, value in vars(takedown).items() if name != "n"}
    row |= {
        **{name: json.dumps(row[name]) for name in _LISTS},
        "asked_at": now(),
    }
    with writing(folder) as db:
        db.table("takedowns").insert(row)
        number = int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])
        if event is not None:
            add_event(db, takedown.author, event, takedown.subject, takedown.reason)
    return number


def pending_takedowns(folder: DataFolder) -> tuple[Takedown, ...]:
    """Those that were not found to be done, oldest first."""
    with reading(folder) as db:
        return tuple(
            _from_row(row)
            for row in db.table("takedowns").rows_where("verified_at IS NULL", order_by="n")
        )


def any_pending(db: sqlite_utils.Database) -> bool:
    """Whether there are any, on an open connection."""
    found = db.conn.execute("SELECT EXISTS (SELECT 1 FROM takedowns WHERE verified_at IS NULL)")
    return bool(found.fetchone()[0])


def note(folder: DataFolder, number: int, field: str, more: Iterable[str | int]) -> None:
    """Add to `texts`, `files` or `releases`, before anything is done to what is named: after a crash nobody could tell."""
    with writing(folder) as db:
        noted = json.loads(db.table("takedowns").get(number)[field])
        both = list(dict.fromkeys([*noted, *more]))
        db.table("takedowns").update(number, {field: json.dumps(both)})


def with_notes(folder: DataFolder, takedown: Takedown) -> Takedown:
    """A takedown that is not done, with all that was noted since."""
    return next(one for one in pending_takedowns(folder) if one.n == takedown.n)


def mark_verified(folder: DataFolder, number: int) -> None:
    """Note that nothing of it is left, and forget the words that were searched for."""
    with reading(folder) as db:
        db.conn.execute("PRAGMA secure_delete = ON")
        db.conn.execute(
            "UPDATE takedowns SET post = '', texts = '[]', verified_at = ? WHERE n = ?",
            [now(), number],
        )
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def tables_holding(path: Path, texts: Iterable[str]) -> tuple[str, ...]:
    """Tables of a database with a cell that holds one of `texts`; takedowns themselves aside.

    Args:
        path: A SQLite file: the working database, or a release.
        texts: To look for.
    """
    wanted = _spellings(texts)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return tuple(
            table
            for table, columns in _text_columns(connection)
            if any(_table_holds(connection, table, columns, text) for text in wanted)
        )


def take_out_of_database(folder: DataFolder, texts: Iterable[str], instead: str) -> None:
    """Put `instead` wherever a cell of the working database holds one of `texts`; takedowns themselves aside."""
    with reading(folder) as db:
        db.conn.execute("PRAGMA secure_delete = ON")
        db.conn.execute("BEGIN IMMEDIATE")
        _take_out(db.conn, texts, instead)
        db.conn.execute("COMMIT")


def take_out_of_release(path: Path, texts: Iterable[str], instead: str) -> None:
    """Put a copy of a release in its place in which `instead` stands for each of `texts`."""
    with aside_of(path) as aside:
        shutil.copyfile(path, aside)
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            _take_out(connection, texts, instead)
            connection.execute("VACUUM")


def _take_out(connection: sqlite3.Connection, texts: Iterable[str], instead: str) -> None:
    for table, columns in list(_text_columns(connection)):
        for column in columns:
            for text in _spellings(texts):
                connection.execute(
                    f'UPDATE "{table}" SET "{column}" = replace("{column}", :text, :instead) '  # noqa: S608
                    f'WHERE instr("{column}", :text)',
                    {"text": text, "instead": instead},
                )


def _spellings(texts: Iterable[str]) -> list[str]:
    """Each text as it is and as JSON has it, with letters as they are or by number; the longest first."""
    found = {
        spelled
        for text in texts
        for spelled in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    return sorted(found, key=len, reverse=True)


def _text_columns(connection: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", [table])
        textual = [name for name, kind in columns if kind in ("TEXT", "BLOB", "")]
        if textual and table != "takedowns":
            yield table, textual


def _table_holds(connection: sqlite3.Connection, table: str, columns: list[str], text: str) -> bool:
    cells = " OR ".join(f'instr("{column}", :text)' for column in columns)
    query = f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE {cells})'  # noqa: S608 - names of the schema
    return bool(connection.execute(query, {"text": text}).fetchone()[0])


def _from_row(row: dict[str, Any]) -> Takedown:
    fields = {name: value for name, value in row.items() if name != "verified_at"}
    fields |= {name: tuple(json.loads(fields[name])) for name in _LISTS}
    return Takedown(**fields)
