"""Rows of `takedowns`: what is to go, written down before any of it does.

While a takedown is under way its row holds the words that are searched for. They are emptied once
nothing of them was found, overwritten in the database's file (`secure_delete`), and the write-ahead
log, which held them too, is cut.

Where words stand is asked of every text of every table, whatever put it there: a text that quotes
is replaced as a whole. A name (what some table has only once, as a system's) gets another one of
its own, the same one wherever it stands, so that no two become one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.segments import REDACTED
from scoring.sources import OTHER
from submissions.likeness.quotation import Remembered, without
from submissions.store.clock import now
from submissions.store.database import fetch, fetch_as, reading, writing
from submissions.store.events import add_event
from submissions.store.files.gold import TakenDown
from submissions.store.folder import DataFolder, aside_of
from submissions.store.redacted import noted, remember
from submissions.store.sqlite.library import sqlite_utils
from submissions.store.sqlite.read_only import read_only

Quotes = Callable[[str], bool]
_LISTS = ("texts", "files", "releases", "names", "verdicts")
_SOUGHT = ("post", "texts", "names")
"""What a takedown's row holds of what is searched for."""
WITHDRAWAL, OUTPUT, EXAMPLE, TRANSCRIPT = "withdrawal", "output", "example", "transcript"


@dataclass(frozen=True)
class Takedown:
    """One intention.

    Attributes:
        kind: WITHDRAWAL, OUTPUT, EXAMPLE or TRANSCRIPT.
        subject: What goes, in words.
        author: Who asked.
        reason: Why.
        submission: Of which submission; None where a post or a transcript goes.
        task: Of an example, an output or a transcript: its task; None of an example in rows from
            before.
        example_id: Of an example: its id, like that; of an output: its example; of a transcript:
            its id.
        post_id: Of an example: its post, or that of its posts which goes, as the task's gold calls
            it.
        post_hash: Of an example: the id that its post has wherever it came from.
        post: Of an example: what its post says, which is searched for; of a transcript: all of it.
        texts: The same of its references.
        files: Files of outputs (hashes) that are to go unless another submission has them.
        releases: Numbers of releases that words were taken out of.
        names: Names that quote the post: each is replaced by one that tells its place among them.
        verdicts: Hashes by which judges' verdicts on what goes are known.
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
    names: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    n: int = 0
    asked_at: str = ""

    @property
    def new_names(self) -> dict[str, str]:
        """Name -> what it is called from now on; no other takedown gives that name."""
        numbered = enumerate(self.names, 1)
        return {name: f"{REDACTED} {self.n}.{place}" for place, name in numbered}


def add_takedowns(
    folder: DataFolder,
    takedowns: Iterable[Takedown],
    event: str | None = None,
    hashes: Iterable[str] = (),
) -> list[int]:
    """Store intentions, all or none, each with an event of this kind about its subject.

    Args:
        folder: Where.
        takedowns: What is to go.
        event: The kind; None for no event.
        hashes: By what it is remembered from then on, so that whoever submits or imports is held
            against it.

    Returns:
        Their numbers.
    """
    # In one breath: what is remembered and was not asked for would keep later outputs out alone.
    with writing(folder) as db:
        remember(db, hashes)
        return [_add(db, takedown, event) for takedown in takedowns]


def _add(db: sqlite_utils.Database, takedown: Takedown, event: str | None) -> int:
    row = {name: value for name, value in vars(takedown).items() if name != "n"}
    row |= {name: json.dumps(row[name]) for name in _LISTS}
    row |= {"asked_at": now(), "reason": noted(db, takedown.reason)}
    db.table("takedowns").insert(row)
    number = int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])
    if event is not None:
        add_event(db, takedown.author, event, takedown.subject, takedown.reason)
    return number


def redacted_posts(folder: DataFolder) -> TakenDown:
    """Return what no gold may hold any more."""
    hashes = fetch(folder, "SELECT hash FROM redacted_texts")
    ids = fetch(
        folder,
        "SELECT post_id FROM takedowns WHERE kind = ? AND post_id IS NOT NULL",
        (EXAMPLE,),
    )
    remembered = Remembered(frozenset(digest for (digest,) in hashes))
    return TakenDown.by_hash(remembered, {*remembered.hashes, *(post_id for (post_id,) in ids)})


def pending_takedowns(folder: DataFolder) -> tuple[Takedown, ...]:
    """Return those that were not found to be done, oldest first."""
    return fetch_as(_from_row, folder, "takedowns", "verified_at IS NULL", order_by="n")


def any_pending(db: sqlite_utils.Database) -> bool:
    """Return whether there are any, on an open connection."""
    rows = db.conn.execute("SELECT EXISTS (SELECT 1 FROM takedowns WHERE verified_at IS NULL)")
    return bool(rows.fetchone()[0])


def note(folder: DataFolder, number: int, field: str, more: Iterable[str | int]) -> None:
    """Add to `files`, `releases` or `verdicts`, before anything is done to what is named: after a crash nobody
    could tell.
    """
    with writing(folder) as db:
        noted = json.loads(db.table("takedowns").get(number)[field])
        # A takedown that is carried out again notes the same again.
        both = list(dict.fromkeys([*noted, *more]))
        db.table("takedowns").update(number, {field: json.dumps(both)})


def noted_in(folder: DataFolder, takedowns: Iterable[Takedown], field: str) -> frozenset[Any]:
    """Return what was noted in a field of takedowns that are not done, whenever it was."""
    numbers = {takedown.n for takedown in takedowns}
    pending = (takedown for takedown in pending_takedowns(folder) if takedown.n in numbers)
    return frozenset(value for takedown in pending for value in getattr(takedown, field))


def mark_verified(folder: DataFolder, numbers: Iterable[int]) -> None:
    """Note that nothing of them is left, and forget the words that were searched for."""
    at = now()
    with reading(folder) as db:
        db.conn.execute("PRAGMA secure_delete = ON")
        db.conn.executemany(
            "UPDATE takedowns SET post = '', texts = '[]', names = '[]', verified_at = ? WHERE"
            " n = ?",
            [(at, number) for number in numbers],
        )
        # The log holds every page as it was before.
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def tables_holding(path: Path, quotes: Quotes) -> tuple[str, ...]:
    """Return tables of a database with a text that quotes; what takedowns search for aside.

    Args:
        path: A SQLite file: the working database, or a release.
        quotes: Whether a text does.
    """
    with read_only(path) as connection:
        tables = (
            column.table for column in _columns(connection) if _quoting(connection, column, quotes)
        )
        return tuple(dict.fromkeys(tables))


def take_out_of_database(folder: DataFolder, number: int, quotes: Quotes) -> None:
    """Replace every text of the working database that quotes, for takedown `number`, which keeps
    the names among them.
    """
    with writing(folder) as db:
        db.conn.execute("PRAGMA secure_delete = ON")
        # A name is replaced in one table after the other, and they refer to each other.
        db.conn.execute("PRAGMA defer_foreign_keys = ON")
        columns = list(_columns(db.conn))
        keys = [column for column in columns if column.key]
        # All names first: each gets the same new one wherever it stands.
        quoting = [text for column in keys for text in _quoting(db.conn, column, quotes)]
        row = db.table("takedowns").get(number)
        takedown = _from_row(**row | {"names": json.dumps([*json.loads(row["names"]), *quoting])})
        db.table("takedowns").update(number, {"names": json.dumps(takedown.names)})
        _take_out(db.conn, columns, quotes, takedown.new_names)


def take_out_of_release(path: Path, quotes: Quotes, new_names: Mapping[str, str]) -> None:
    """Put a copy of a release in its place in which every text that quotes is replaced."""
    with aside_of(path) as aside:
        shutil.copyfile(path, aside)
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            _take_out(connection, list(_columns(connection)), quotes, new_names)
            connection.execute("COMMIT")
            # Free pages hold the old words until then.
            connection.execute("VACUUM")


@dataclass(frozen=True)
class _Column:
    """A column of texts; `key` where no two rows may have the same, alone or with others."""

    table: str
    name: str
    key: bool


def _columns(connection: sqlite3.Connection) -> Iterator[_Column]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        unique = connection.execute(
            "SELECT column.name FROM pragma_index_list(?) list, pragma_index_info(list.name) column"
            ' WHERE list."unique"',
            [table],
        )
        keys = {name for (name,) in unique}
        kinds = connection.execute(
            "SELECT name, type FROM pragma_table_info(?)", [table]
        ).fetchall()
        for name, kind in kinds:
            # These are what is searched for; they go once nothing is found.
            sought = table == "takedowns" and name in _SOUGHT
            # SQLite stores text in columns without a type, too.
            if kind in ("TEXT", "BLOB", "") and not sought:
                yield _Column(table, name, name in keys)


def _quoting(connection: sqlite3.Connection, column: _Column, quotes: Quotes) -> list[str]:
    """Return the different texts of a column that quote."""
    texts = connection.execute(
        f'SELECT DISTINCT "{column.name}" FROM "{column.table}" WHERE "{column.name}" IS NOT NULL'  # noqa: S608 (the schema's)
    )
    return [text for (text,) in texts if _cleaned(text, quotes, {}) != text]


def _take_out(
    connection: sqlite3.Connection,
    columns: Iterable[_Column],
    quotes: Quotes,
    new_names: Mapping[str, str],
) -> None:
    for column in columns:
        for text in _quoting(connection, column, quotes):
            connection.execute(
                f'UPDATE "{column.table}" SET "{column.name}" = ? WHERE "{column.name}" = ?',  # noqa: S608 (the schema's)
                [_cleaned(text, quotes, new_names), text],
            )


def _cleaned(cell: str | bytes, quotes: Quotes, new_names: Mapping[str, str]) -> str | bytes:
    """Return what a cell holds instead; the same where nothing of it quotes. JSON stays JSON."""
    # Whatever wrote it: a text that is stored as bytes quotes just as well.
    text = cell.decode(errors="replace") if isinstance(cell, bytes) else cell

    def instead(quoting: str) -> str:
        renamed = quoting
        for name, new in new_names.items():
            renamed = renamed.replace(name, new)
        if not quotes(renamed):
            return renamed
        return f"{OTHER}{REDACTED}" if quoting.startswith(OTHER) else REDACTED

    value = _from_json(text)
    if value is None:
        return instead(text) if quotes(text) else cell
    left = without(value, quotes, instead)
    return cell if left == value else json.dumps(left)


def _from_json(text: str) -> Any:
    """Return what a text is in JSON, where it is a list or a table; else None."""
    try:
        return json.loads(text) if text[:1] in ("[", "{") else None
    except ValueError:
        return None


def _from_row(*, verified_at: str | None, **fields: Any) -> Takedown:  # noqa: ARG001 (what asks knows)
    lists = {name: tuple(json.loads(fields[name])) for name in _LISTS}
    return Takedown(**fields | lists)
