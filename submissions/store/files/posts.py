"""Posts, gold and references: one immutable SQLite file a task revision, beside the working
database.

They live apart so that no release can hold a post by mistake, and so that a post can be redacted
without rewriting the facts. A file is written aside, synced and renamed: a reader sees a whole one
or none. It is readable by its owner alone, because it holds people's posts.

An example that is of several posts has them in `held`, each a row of `posts` like any other: so a
post that several examples hold, or that is the only one of another, is stored once, and is taken
down, searched for and told from others by itself. Who asks which examples a post is in asks the view
`holding`, which is made anew in each connection, since files from before have no such table.

The same content for the same revision is a no-op. Other content is refused: scores are keyed by the
task's revision, and would silently stand on gold that they were not computed from.

What is taken down is known by what it says, whatever id it bears and in whatever text it stands:
whoever imports, restores, redacts or searches asks `_standing`. A text that quotes a post goes as a
whole; so does an example of which the query or the reference quotes it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from scoring.counterfactuals import JOINT
from scoring.errors import ReasonBoardError
from scoring.segments import REDACTED, Example, Post
from scoring.tasks import Task
from submissions.store.clock import now
from submissions.store.files.damage import (
    FROM_BACKUP,
    DamagedFile,
    check_daily,
    check_database_file,
    damaged,
)
from submissions.store.files.gold import NONE_TAKEN_DOWN, Imported, TakenDown, post_id_of
from submissions.store.folder import aside_of, replace_file
from submissions.store.sqlite.library import sqlite_utils
from submissions.store.sqlite.read_only import read_only
from submissions.wording import counted

_SCHEMA = """
    CREATE TABLE source (
        task TEXT NOT NULL, revision INTEGER NOT NULL,
        name TEXT NOT NULL, sha256 TEXT NOT NULL,       -- the imported file's
        n_rows INTEGER NOT NULL,
        gold_sha256 TEXT NOT NULL, content_sha256 TEXT NOT NULL,
        imported_at TEXT NOT NULL
    );
    CREATE TABLE posts (                                -- a text once, however many questions it has
        n INTEGER PRIMARY KEY, post_id TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE examples (
        position INTEGER PRIMARY KEY,                   -- file order
        example_id TEXT NOT NULL UNIQUE,
        post INTEGER NOT NULL REFERENCES posts (n),
        query TEXT NOT NULL, gold TEXT NOT NULL,
        reference TEXT, reference_full TEXT,
        attributes TEXT NOT NULL                        -- JSON
    );
    CREATE TABLE evidence (                             -- what the gold marks, where it does
        position INTEGER PRIMARY KEY REFERENCES examples (position),
        spans TEXT NOT NULL                             -- JSON: [start, end] in characters
    );
    CREATE TABLE histories (                            -- examples of several posts
        position INTEGER PRIMARY KEY REFERENCES examples (position),
        user TEXT NOT NULL,                             -- whose posts: what bootstraps draw
        separator TEXT NOT NULL                         -- between two posts
    );
    CREATE TABLE held (                                 -- their posts; examples.post is the first
        position INTEGER NOT NULL REFERENCES histories (position),
        place INTEGER NOT NULL,
        post INTEGER NOT NULL REFERENCES posts (n),
        name TEXT NOT NULL,                             -- the source's
        PRIMARY KEY (position, place)
    );
"""
_LATER = {
    "evidence": ("position", "spans"),
    "histories": ("position", "user", "separator"),
    "held": ("position", "place", "post", "name"),
}
"""Tables that files from before do not have, with their columns."""
_HOLDING = """
    CREATE TEMP VIEW IF NOT EXISTS holding AS
    SELECT position, example_id, n, post_id, text FROM (
        SELECT position, example_id, post FROM examples UNION ALL
        SELECT position, example_id, held.post FROM held JOIN examples USING (position)
        WHERE place > 0
    ) AS asked JOIN posts ON posts.n = asked.post
"""
"""Every example with each of its posts."""
_EXAMPLES = """
    SELECT position, example_id, post_id, query, text, gold, reference, reference_full, attributes,
        spans
    FROM examples JOIN posts ON posts.n = examples.post LEFT JOIN evidence USING (position)
    ORDER BY position
"""
_HELD = """
    SELECT position, user, separator, post_id, name, text
    FROM held JOIN histories USING (position) JOIN posts ON posts.n = held.post
    ORDER BY position, place
"""


class PostStoreError(ReasonBoardError):
    """Gold that is not there, or that must not be replaced."""


@dataclass(frozen=True)
class StoredInfo:
    """What is known of one task revision's gold.

    Attributes:
        source: Name of the imported file.
        source_sha256: Of its bytes.
        n_rows: Examples.
        gold_sha256: Of the example ids and gold labels: what a score of correctness rests on.
        content_sha256: Of everything stored, posts and references included.
        imported_at: UTC, ISO 8601.
    """

    source: str
    source_sha256: str
    n_rows: int
    gold_sha256: str
    content_sha256: str
    imported_at: str


@dataclass(frozen=True)
class StandingPosts:
    """What one file holds that is taken down, and is not redacted.

    Attributes:
        task: The file's.
        posts: Row of a post -> its id.
        examples: Position -> id of the examples that it is in, or that quote it.
    """

    task: str
    posts: Mapping[int, str]
    examples: Mapping[int, str]

    def __len__(self) -> int:
        """Return how many posts; where only what is written about others quotes some, examples."""
        return len(self.posts) or len(self.examples)


class PostStore:
    """The posts and gold of every imported task revision, one file each, under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, task: Task) -> Path:
        """Return where the file of `task`'s revision is, or would be."""
        return self._folder / f"{task.id.replace('/', '--')}.r{task.revision}.db"

    def has(self, task: Task) -> bool:
        """Return whether gold for `task`'s revision has been imported."""
        return self.path(task).exists()

    def write(
        self, task: Task, imported: Imported, gone: TakenDown = NONE_TAKEN_DOWN
    ) -> StoredInfo:
        """Store what was imported; again, for nothing.

        Args:
            task: The task as declared.
            imported: Its gold, without faults.
            gone: What was taken down: its words are not stored, nor what was made of them.

        Returns:
            What is stored now.

        Raises:
            PostStoreError: There is nothing to store, or other content is stored for this revision.
        """
        _storable(task, imported)
        if not self.has(task):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._create(task, imported, gone)
            return self.info(task)
        stored = self.info(task)
        if stored.content_sha256 != _content_hash(imported.examples):
            raise PostStoreError(
                f"{task.id} revision {task.revision}: {imported.source}"
                f" ({counted(imported.n_rows, 'row')}, sha256 {imported.sha256}) holds other"
                f" content than {stored.source} ({counted(stored.n_rows, 'row')}, sha256"
                f" {stored.source_sha256}), which was imported and may have been scored on: it is"
                " kept. If the new file is right, raise `revision` in the task's declaration and"
                " import again."
            )
        return stored

    def examples(self, task: Task) -> tuple[Example, ...]:
        """Return the gold of `task`'s revision, in file order.

        Raises:
            PostStoreError: It has not been imported.
            DamagedFile: Its file is not what was written.
        """
        with self._open(task) as connection:
            return _examples(connection)

    def info(self, task: Task) -> StoredInfo:
        """Return where `task`'s gold came from and what it hashes to.

        Raises:
            PostStoreError: It has not been imported.
        """
        with self._open(task) as connection:
            row = connection.execute(
                "SELECT name, sha256, n_rows, gold_sha256, content_sha256, imported_at FROM source"
            ).fetchone()
            return StoredInfo(*row)

    def redact(self, standing: Mapping[Path, StandingPosts]) -> None:
        """Delete texts for good: posts, and the queries and references of their examples.

        A re-import of the same file is still recognised, and does not bring them back.

        Args:
            standing: What was found (`standing`): of every task, in every revision of it that was
                ever imported.
        """
        for path, here in standing.items():
            with aside_of(path) as aside:
                shutil.copyfile(path, aside)
                with closing(sqlite3.connect(aside)) as connection:
                    _complete(connection)
                    _redact(connection, here)

    def put_back(self, name: str, content: bytes, gone: TakenDown) -> int:
        """Put a file from a backup in its place, with what was redacted since redacted in it before
        anybody sees it.

        Args:
            name: The file's.
            content: Its bytes.
            gone: As in `write`.

        Returns:
            How many posts were.
        """
        # In memory: what is left of a process that is killed holds no word of what is redacted.
        with closing(sqlite3.connect(":memory:")) as connection:
            # SQLite reads it as a file without one being written.
            connection.deserialize(content)
            again = _redact_again(connection, gone)
            replace_file(self._folder / name, connection.serialize() if again else content)
        return len(again)

    def standing(self, gone: TakenDown) -> dict[Path, StandingPosts]:
        """Return file -> what it holds of what is taken down; only files that hold any."""
        by_file: dict[Path, StandingPosts] = {}
        for path in self._files():
            with _reading(path) as connection:
                by_file[path] = _standing(connection, gone)
        # What was made of a post may stand in another file than the post.
        ids = gone.ids.union(*(here.posts.values() for here in by_file.values()))
        for path, here in by_file.items():
            with _reading(path) as connection:
                by_file[path] = _with_made(connection, here, ids)
        return {path: here for path, here in by_file.items() if here}

    def holding(self, standing: Mapping[Path, StandingPosts]) -> tuple[Example, ...]:
        """Return the examples that were found, of any task in any revision."""
        return tuple(
            example
            for path, here in standing.items()
            for example in _examples_in(path)
            if example.example_id in set(here.examples.values())
        )

    def redacted(self) -> dict[str, frozenset[str]]:
        """Return task id -> the ids of its redacted examples, in any revision."""
        return self.taken_down(frozenset())

    def taken_down(self, remembered: Set[str]) -> dict[str, frozenset[str]]:
        """Return task id -> the ids of examples that are redacted, or of a post that is about to
        be: its text, whether it is what goes or quotes it, is among what is remembered.
        """
        by_task: dict[str, set[str]] = {}
        for task, example_id, text, query in self._each(
            "SELECT (SELECT task FROM source), holding.example_id, text, query"
            " FROM holding JOIN examples USING (position)"
        ):
            gone = REDACTED in (text, query)
            if gone or (remembered and post_id_of(text) in remembered):
                by_task.setdefault(task, set()).add(example_id)
        return {task: frozenset(ids) for task, ids in by_task.items()}

    def unclean(self) -> tuple[Path, ...]:
        """Return files in which something is redacted, with pages that are free: deleted words may
        still be on them.
        """
        return tuple(path for path in self._files() if _unclean(path))

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.db") if not path.name.startswith("."))

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds in the files, one after the other: of every task, in every
        revision.
        """
        for path in self._files():
            with _reading(path) as connection:
                yield from connection.execute(query)

    def search(self, task: Task, query: str, limit: int = 50) -> tuple[str, ...]:
        """Return ids of the examples with a post that holds every word of `query`, best match
        first.

        Raises:
            PostStoreError: The task has not been imported.
        """
        # Quoted words only, so that no text is ever read as FTS5's query language; "" alone matches
        # nothing.
        words = " ".join(f'"{word}"' for word in re.findall(r"\w+", query)) or '""'
        with self._open(task) as connection:
            rows = connection.execute(
                "SELECT example_id FROM posts_fts JOIN holding ON holding.n = posts_fts.rowid"
                " WHERE posts_fts MATCH ? ORDER BY rank, position",
                (words,),
            )
            # Several posts of an example may match.
            return tuple(islice(dict.fromkeys(row[0] for row in rows), limit))

    @contextmanager
    def _open(self, task: Task) -> Iterator[sqlite3.Connection]:
        path = self.path(task)
        if not path.exists():
            raise PostStoreError(
                f"{task.id} revision {task.revision} has no gold data yet. Import it: `reasonboard"
                " benchmark import`."
            )
        # Cheap, so each time; the whole of it once a day.
        check_database_file(path, FROM_BACKUP)
        check_daily(path, lambda: _whole(path), FROM_BACKUP)
        with _reading(path) as connection:
            yield connection

    def fault(self, task: Task) -> str:
        """Return what is wrong with the task's file.

        "" where nothing is found, or nothing was imported.
        """
        if not self.has(task):
            return ""
        try:
            with self._open(task):
                return ""
        except DamagedFile as error:
            return str(error)

    def _create(self, task: Task, imported: Imported, gone: TakenDown) -> None:
        with (
            aside_of(self.path(task)) as aside,
            closing(sqlite3.connect(aside)) as connection,
        ):
            _fill(connection, task, imported)
            _redact_again(connection, gone)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    # Immutable: once renamed into place a file never changes, so that no lock or journal file is
    # needed.
    try:
        with read_only(path, unchanging=True) as connection:
            _complete(connection)
            yield connection
    except sqlite3.DatabaseError as error:
        raise damaged(path, f"is damaged: {error}", FROM_BACKUP) from error


def _complete(connection: sqlite3.Connection) -> None:
    """Let a file from before be asked like a new one, and either which posts examples are of."""
    tables = {name for (name,) in connection.execute("SELECT name FROM main.sqlite_master")}
    for table in _LATER.keys() - tables:
        columns = ", ".join(f"NULL AS {column}" for column in _LATER[table])
        connection.execute(f"CREATE TEMP VIEW IF NOT EXISTS {table} AS SELECT {columns} WHERE 0")
    connection.execute(_HOLDING)


def _examples_in(path: Path) -> tuple[Example, ...]:
    with _reading(path) as connection:
        return _examples(connection)


def _whole(path: Path) -> bool:
    """Return whether a file holds what was imported.

    Of texts beside one that was redacted only SQLite can tell.
    """
    with _reading(path) as connection:
        outcome = connection.execute("PRAGMA integrity_check(1)").fetchone()
        gold, content = connection.execute(
            "SELECT gold_sha256, content_sha256 FROM source"
        ).fetchone()
        examples = _examples(connection)
    # A redaction changes texts and keeps labels: the hash of all content no longer fits, and must
    # not.
    redacted = any(example.redacted for example in examples)
    return (
        outcome == ("ok",)
        and gold == _gold_hash(examples)
        and (redacted or content == _content_hash(examples))
    )


def _standing(connection: sqlite3.Connection, gone: TakenDown) -> StandingPosts:
    """Return what a file holds of what is taken down, or of what was made of it."""
    posts = {
        n: post_id
        for n, post_id, text in connection.execute(
            "SELECT n, post_id, text FROM posts WHERE text != ?", (REDACTED,)
        )
        if gone.quotes(text)
    }
    # A query is mostly the post, which was looked at, and a whole reference holds the reference.
    about = connection.execute(
        "SELECT position, holding.example_id, replace(query, text, ' '),"
        " coalesce(reference_full, reference) FROM holding JOIN examples USING (position)"
        " WHERE query != ? AND holding.n = examples.post",
        (REDACTED,),
    )
    examples = {
        position: example_id
        for position, example_id, *texts in about
        if any(gone.quotes(text) for text in texts if text is not None)
    }
    (task,) = connection.execute("SELECT task FROM source").fetchone()
    examples |= {
        position: example_id for position, example_id, n in _asked(connection) if n in posts
    }
    return _with_made(
        connection, StandingPosts(task, posts, examples), gone.ids | {*posts.values()}
    )


def _with_made(connection: sqlite3.Connection, here: StandingPosts, ids: Set[str]) -> StandingPosts:
    """Return the same with counterfactuals, which bear their origin's id and say something else."""
    made = [
        (position, example_id, n, post_id)
        for position, example_id, n, post_id in connection.execute(
            "SELECT position, example_id, n, post_id FROM holding"
            " WHERE text != ? AND instr(example_id, ?)",
            (REDACTED, JOINT),
        )
        if post_id in ids
    ]
    posts = {n: post_id for _, _, n, post_id in made}
    examples = {position: example_id for position, example_id, _, _ in made}
    return StandingPosts(here.task, {**here.posts, **posts}, {**here.examples, **examples})


def _asked(connection: sqlite3.Connection) -> Iterator[tuple[int, str, int]]:
    """Yield position, id and post of every example, for each of its posts."""
    yield from connection.execute("SELECT position, example_id, n FROM holding")


def _redact_again(connection: sqlite3.Connection, gone: TakenDown) -> StandingPosts:
    """Redact what came in again, and return it."""
    _complete(connection)
    again = _standing(connection, gone)
    if again:
        _redact(connection, again)
    return again


def _unclean(path: Path) -> bool:
    with _reading(path) as connection:
        (unclean,) = connection.execute(
            "SELECT (SELECT freelist_count FROM pragma_freelist_count) > 0"
            " AND EXISTS (SELECT 1 FROM examples WHERE query = ?)",
            (REDACTED,),
        ).fetchone()
    return bool(unclean)


def _redact(connection: sqlite3.Connection, here: StandingPosts) -> None:
    connection.execute("PRAGMA journal_mode = OFF")
    connection.executemany(
        "UPDATE examples SET query = :note, reference = iif(reference IS NULL, NULL, :note), "
        "reference_full = iif(reference_full IS NULL, NULL, :note) WHERE position = :position",
        [{"note": REDACTED, "position": position} for position in here.examples],
    )
    connection.executemany(
        "UPDATE posts SET text = ? WHERE n = ?", [(REDACTED, n) for n in here.posts]
    )
    # The index holds every word of the text that went.
    connection.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
    connection.commit()
    connection.execute("VACUUM")  # what was deleted is still in the file until then


@dataclass
class _History:
    """An example's posts, as they are read."""

    user: str
    separator: str
    posts: list[Post] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What is asked about; with one of the posts it is gone."""
        texts = [post.text for post in self.posts]
        return REDACTED if REDACTED in texts else self.separator.join(texts)


def _examples(connection: sqlite3.Connection) -> tuple[Example, ...]:
    """Return the gold in file order."""
    histories: dict[int, _History] = {}
    for position, user, separator, *post in connection.execute(_HELD):
        histories.setdefault(position, _History(user, separator)).posts.append(Post(*post))
    return tuple(
        _example(histories.get(position), *row) for position, *row in connection.execute(_EXAMPLES)
    )


def _example(  # the columns of _EXAMPLES
    history: _History | None,
    example_id: str,
    post_id: str,
    query: str,
    post: str,
    gold: str,
    reference: str | None,
    reference_full: str | None,
    attributes: str,
    spans: str | None,
) -> Example:
    if history is not None:
        post_id, post = history.user, history.text
    if query == REDACTED:  # its post may be another, which what is written about it does not keep
        post = REDACTED
    if post == REDACTED:  # a note in a reference's place is no reference
        reference = reference_full = None
    # Places and no words: with the post they are gone.
    marked = None if spans is None or post == REDACTED else json.loads(spans)
    return Example(
        example_id,
        post_id,
        query,
        post,
        gold,
        reference,
        reference_full,
        json.loads(attributes),
        None if marked is None else tuple(post[start:end] for start, end in marked),
        () if history is None else tuple(history.posts),
    )


def _storable(task: Task, imported: Imported) -> None:
    if imported.task_id != task.id:
        raise PostStoreError(
            f"{imported.source} was read for {imported.task_id}; it cannot be stored as {task.id}"
        )
    if imported.faults or not imported.examples:
        faults = "\n".join(f"  {fault}" for fault in imported.faults[:20])
        raise PostStoreError(
            f"{task.id}: nothing to store from {imported.source}:"
            f" {counted(len(imported.faults), 'fault')},"
            f" {counted(len(imported.examples), 'example')}. Correct the file and import it"
            f" again.\n{faults}".rstrip()
        )


def _fill(connection: sqlite3.Connection, task: Task, imported: Imported) -> None:
    # Nobody reads the file before it is renamed, so it needs no journal of its own.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.executescript(_SCHEMA)
    examples = imported.examples
    keys = (key for example in examples for key in _post_keys(example))
    texts = {key: n for n, key in enumerate(dict.fromkeys(keys), start=1)}
    connection.executemany(
        "INSERT INTO posts VALUES (?, ?, ?)", ((n, *key) for key, n in texts.items())
    )
    connection.executemany(
        "INSERT INTO examples VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                position,
                e.example_id,
                texts[_post_keys(e)[0]],
                e.query,
                e.gold,
                e.reference,
                e.reference_full,
                _json(e.attributes),
            )
            for position, e in enumerate(examples, start=1)
        ),
    )
    connection.executemany(
        "INSERT INTO evidence VALUES (?, ?)",
        (
            (position, json.dumps([_span(e.post, passage) for passage in e.evidence]))
            for position, e in enumerate(examples, start=1)
            if e.evidence is not None
        ),
    )
    several = [(position, e) for position, e in enumerate(examples, start=1) if e.posts]
    connection.executemany(
        "INSERT INTO histories VALUES (?, ?, ?)",
        ((position, e.post_id, task.separator) for position, e in several),
    )
    connection.executemany(
        "INSERT INTO held VALUES (?, ?, ?, ?)",
        (
            (position, place, texts[post.post_id, post.text], post.name)
            for position, e in several
            for place, post in enumerate(e.posts)
        ),
    )
    connection.execute(
        "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            task.id,
            task.revision,
            imported.source,
            imported.sha256,
            len(examples),
            _gold_hash(examples),
            _content_hash(examples),
            now(),
        ),
    )
    connection.commit()
    # Porter's stemmer: who searches for "crying" means "cried" as well.
    sqlite_utils.Database(connection).table("posts").enable_fts(["text"], tokenize="porter")


def _post_keys(example: Example) -> list[tuple[str, str]]:
    """Return the id and the text of each of an example's posts."""
    return [(post.post_id, post.text) for post in example.parts]


def _span(post: str, passage: str) -> tuple[int, int]:
    start = post.index(passage)
    return start, start + len(passage)


def _gold_hash(examples: tuple[Example, ...]) -> str:
    return _hash([[example.example_id, example.gold] for example in examples])


def _content_hash(examples: tuple[Example, ...]) -> str:
    # What came later counts only where it is there, so that earlier gold keeps its hash.
    return _hash([_content(example) for example in examples])


def _content(example: Example) -> list[object]:
    *values, evidence, posts = vars(example).values()
    later = [*([] if evidence is None else [list(evidence)]), *([posts] if posts else [])]
    return [*values, *later]


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Post | Mapping[str, str]) -> dict[str, str]:
    return dict(vars(value)) if isinstance(value, Post) else dict(value)


def _json(attributes: Mapping[str, str]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, ensure_ascii=False)
