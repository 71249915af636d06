"""The working database's schema: a list of migrations, which is only ever added to.

Each runs once on every board, in order. What one calls besides SQL is part of what it does: it must not change later.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from submissions.store.clock import now
from submissions.store.files.annotators import pseudonym
from submissions.store.sqlite.library import Migrations, sqlite_utils

migrations = Migrations("working")


@migrations()
def m001_the_first_tables(db: sqlite_utils.Database) -> None:
    """Create submissions, scores, runs, releases, the pinned BARTScore models, and events."""
    db.executescript("""
        CREATE TABLE submissions (
            id TEXT PRIMARY KEY,
            benchmark TEXT NOT NULL,
            system TEXT NOT NULL,
            version TEXT NOT NULL,
            sha256 TEXT NOT NULL,          -- of the bytes that were sent
            outputs TEXT NOT NULL,         -- sha256 of files/<outputs>.parquet
            tasks TEXT NOT NULL,           -- JSON: task id -> repetitions
            n_rows INTEGER NOT NULL,
            meta TEXT NOT NULL,            -- JSON of Meta
            trivial INTEGER NOT NULL,      -- a baseline that needs no training data
            consent INTEGER NOT NULL,      -- may be published
            received_at TEXT NOT NULL,
            UNIQUE (benchmark, system, version)
        );
        CREATE TABLE runs (
            id TEXT PRIMARY KEY,
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            provenance TEXT NOT NULL,      -- JSON: library versions, hardware
            started_at TEXT NOT NULL,
            finished_at TEXT
        );
        CREATE TABLE scores (
            submission TEXT NOT NULL REFERENCES submissions (id),
            task TEXT NOT NULL,
            task_revision INTEGER NOT NULL,
            identity TEXT NOT NULL,        -- Identity.key
            metric TEXT NOT NULL,
            identity_fields TEXT NOT NULL, -- JSON of Identity
            value REAL, low REAL, high REAL, interval TEXT NOT NULL, sd REAL,
            repetitions INTEGER NOT NULL,
            n INTEGER NOT NULL, n_absent INTEGER NOT NULL, n_unparsed INTEGER NOT NULL,
            n_truncated INTEGER NOT NULL,
            array TEXT NOT NULL,           -- sha256 of arrays/<array>.npy
            signature TEXT NOT NULL,
            run TEXT NOT NULL REFERENCES runs (id),
            scored_at TEXT NOT NULL,
            PRIMARY KEY (submission, task, task_revision, identity)
        );
        CREATE TABLE bart_models (         -- the BARTScore model pinned for a benchmark; the last row counts
            n INTEGER PRIMARY KEY,
            benchmark TEXT NOT NULL,
            checkpoint TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            max_tokens INTEGER NOT NULL,
            dtype TEXT NOT NULL,
            demonstration INTEGER NOT NULL,
            run TEXT NOT NULL REFERENCES runs (id),
            pinned_at TEXT NOT NULL
        );
        CREATE TABLE releases (
            number INTEGER PRIMARY KEY,
            created_at TEXT NOT NULL,
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            previous INTEGER,
            sha256 TEXT NOT NULL,          -- of releases/<number>.db
            content TEXT NOT NULL          -- digest of what it states, whenever and by whomever it is built
        );
        CREATE TABLE current_release (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            number INTEGER NOT NULL REFERENCES releases (number)
        );
        CREATE TABLE events (
            n INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            author TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            reason TEXT NOT NULL
        );
        CREATE INDEX scores_by_metric ON scores (task, metric);
    """)


@migrations()
def m002_leases_failures_and_rates(db: sqlite_utils.Database) -> None:
    """Add who is at work on what, what could not be scored, and how fast models were."""
    db.executescript("""
        CREATE TABLE leases (              -- a row while a worker is at a unit; a dead one's expires
            submission TEXT NOT NULL REFERENCES submissions (id),
            task TEXT NOT NULL,
            worker TEXT NOT NULL,
            expires_at REAL NOT NULL,      -- seconds since 1970: pushed on by the worker's heartbeat
            PRIMARY KEY (submission, task)
        );
        CREATE INDEX leases_by_worker ON leases (worker);
        CREATE TABLE failures (            -- a row a score that could not be made; a new identity starts afresh
            submission TEXT NOT NULL REFERENCES submissions (id),
            task TEXT NOT NULL,
            task_revision INTEGER NOT NULL,
            identity TEXT NOT NULL,        -- Identity.key
            tries INTEGER NOT NULL,
            reason TEXT NOT NULL,
            traceback TEXT NOT NULL,
            failed_at TEXT NOT NULL,
            PRIMARY KEY (submission, task, task_revision, identity)
        );
        CREATE TABLE rates (               -- how long a run's model took for what it was given
            run TEXT NOT NULL REFERENCES runs (id),
            checkpoint TEXT NOT NULL,      -- fingerprint
            engine TEXT NOT NULL,
            pairs INTEGER NOT NULL,
            flops REAL NOT NULL,
            seconds REAL NOT NULL,
            measured_at TEXT NOT NULL
        );
    """)


@migrations()
def m003_tags_and_declaration_flags(db: sqlite_utils.Database) -> None:
    """Add what maintainers tag examples with, and what a check of declarations showed."""
    db.executescript("""
        CREATE TABLE tags (
            task TEXT NOT NULL,
            example_id TEXT NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (task, example_id, tag)
        );
        CREATE TABLE declaration_checks (  -- a row a submission and task; never in a release
            submission TEXT NOT NULL REFERENCES submissions (id),
            task TEXT NOT NULL,
            task_revision INTEGER NOT NULL,
            version TEXT NOT NULL,         -- of the rules; other rules check again
            explanations INTEGER NOT NULL, -- distinct ones looked at
            copied INTEGER NOT NULL,       -- of them, those with a long verbatim run of a reference
            longest INTEGER NOT NULL,      -- words of the longest run
            flagged INTEGER NOT NULL,
            checked_at TEXT NOT NULL,
            PRIMARY KEY (submission, task, task_revision, version)
        );
    """)


@migrations()
def m004_ratings(db: sqlite_utils.Database) -> None:
    """Add human ratings with where they came from, and what is computed from them."""
    db.executescript("""
        CREATE TABLE rating_sources (      -- an imported file, or a round of rating on the site
            id TEXT PRIMARY KEY,
            ratings TEXT NOT NULL,         -- the set that its ratings belong to: what is pooled
            rubric TEXT NOT NULL,
            kind TEXT NOT NULL,            -- "file" or "round"
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,          -- of the file and what was said of it
            texts TEXT NOT NULL,           -- sha256 of posts/rated/<texts>.json
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            received_at TEXT NOT NULL,
            UNIQUE (ratings, sha256)
        );
        CREATE TABLE ratings (             -- only ever added to: of the same text, annotator and aspect the last counts
            n INTEGER PRIMARY KEY,
            source TEXT NOT NULL REFERENCES rating_sources (id),
            item TEXT NOT NULL,
            system TEXT NOT NULL,
            annotator TEXT NOT NULL,
            aspect TEXT NOT NULL,
            rating INTEGER,                -- NULL takes back an earlier one
            at TEXT NOT NULL
        );
        CREATE INDEX ratings_by_source ON ratings (source);
        CREATE TABLE rated_values (        -- a metric's values on rated texts
            key TEXT PRIMARY KEY,          -- hash of the metric's identity and of all texts
            array TEXT NOT NULL,           -- sha256 of arrays/<array>.npy
            scored_at TEXT NOT NULL
        );
        CREATE TABLE rating_statistics (   -- what took time to compute from ratings and values
            key TEXT PRIMARY KEY,          -- hash of all that it follows from
            content TEXT NOT NULL          -- JSON
        );
    """)


@migrations()
def m005_teams(db: sqlite_utils.Database) -> None:
    """Add who may submit, rate and maintain."""
    db.executescript("""
        CREATE TABLE teams (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL,            -- member, annotator or maintainer
            token_sha256 TEXT UNIQUE,      -- NULL: revoked
            token_since TEXT,
            created_at TEXT NOT NULL
        );
        CREATE TABLE members (             -- people who sign in through single sign-on
            email TEXT PRIMARY KEY,        -- in lower case
            team TEXT NOT NULL REFERENCES teams (name),
            since TEXT NOT NULL
        );
    """)


@migrations()
def m006_whose_submissions_are_and_what_keeps_them_off_the_board(db: sqlite_utils.Database) -> None:
    """Add a submission's team, and what keeps it off the board whatever its team consents to."""
    db.executescript("""
        ALTER TABLE submissions ADD COLUMN team TEXT REFERENCES teams (name);  -- NULL: sent by a maintainer
        ALTER TABLE submissions ADD COLUMN held TEXT NOT NULL DEFAULT '';      -- why a maintainer holds it back
        ALTER TABLE submissions ADD COLUMN withdrawn_at TEXT;                  -- then this row is its tombstone
        CREATE INDEX submissions_by_team ON submissions (team, benchmark, received_at);
        CREATE INDEX submissions_by_outputs ON submissions (outputs);
        CREATE INDEX events_by_subject ON events (subject);
    """)


@migrations()
def m007_rounds_of_rating(db: sqlite_utils.Database) -> None:
    """Add rounds of rating: their state, who is at which item, and what nobody should have to read."""
    db.executescript("""
        CREATE TABLE rounds (
            source TEXT PRIMARY KEY REFERENCES rating_sources (id),
            benchmark TEXT NOT NULL,
            seed INTEGER NOT NULL,
            closed_at TEXT                 -- NULL: open
        );
        CREATE TABLE rating_reservations ( -- the item that an annotator has on the screen
            source TEXT NOT NULL REFERENCES rounds (source),
            annotator TEXT NOT NULL,
            item TEXT NOT NULL,
            system TEXT NOT NULL,
            expires_at REAL NOT NULL,      -- seconds since 1970
            PRIMARY KEY (source, annotator)
        );
        CREATE TABLE rating_skips (
            source TEXT NOT NULL REFERENCES rounds (source),
            item TEXT NOT NULL,
            system TEXT NOT NULL,
            annotator TEXT NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (source, item, system, annotator)
        );
    """)


@migrations()
def m008_accounts_and_redactions(db: sqlite_utils.Database) -> None:
    """Add members' accounts, and what may not come in again."""
    db.executescript("""
        ALTER TABLE members ADD COLUMN issuer TEXT;   -- NULL: has not signed in yet
        ALTER TABLE members ADD COLUMN subject TEXT;
        CREATE TABLE redacted_texts (
            hash TEXT PRIMARY KEY,         -- of a post or a text that was taken down; the text is nowhere
            at TEXT NOT NULL
        );
    """)


@migrations()
def m009_pseudonyms_that_cannot_be_guessed(db: sqlite_utils.Database) -> None:
    """Replace pseudonyms, which were plain hashes of names, by the keyed hash of that hash."""
    # The key lies beside the database, and a migration is given nothing but the connection.
    database = db.conn.execute("PRAGMA database_list").fetchone()[2]
    db.conn.create_function("pseudonym", 1, lambda old: pseudonym(Path(database).parent, old))
    db.conn.execute(
        "UPDATE ratings SET annotator = pseudonym(annotator) WHERE source IN (SELECT source FROM"
        " rounds)"
    )
    db.conn.execute("UPDATE rating_skips SET annotator = pseudonym(annotator)")
    db.conn.execute("UPDATE rating_reservations SET annotator = pseudonym(annotator)")


@migrations()
def m010_sets_of_ratings_stay_apart(db: sqlite_utils.Database) -> None:
    """Make a set of ratings one file or one round; write down what somebody joined as a join.

    Files used to be pooled under the name of their rubric unless a person named a set. Those that nobody pooled on
    purpose become sets of their own, called like their files; what was pooled under a name that a person gave is a
    join of that name. A set of one file keeps its name. A rating that a file had in common with an earlier one of its
    pool was stored with the earlier one, and stays there.
    """
    db.conn.execute("""
        CREATE TABLE rating_joins (        -- a row a set that is part of a joined one, and not reported apart
            ratings TEXT PRIMARY KEY,
            name TEXT NOT NULL,            -- the joined set's
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            joined_at TEXT NOT NULL
        )
    """)
    pooled = db.conn.execute(
        "SELECT ratings, rubric FROM rating_sources WHERE kind = 'file' GROUP BY ratings "
        "HAVING count(DISTINCT name) > 1 ORDER BY min(rowid)"
    ).fetchall()
    for ratings, rubric in pooled:
        _take_apart(db, ratings, joined=ratings != rubric)


def _take_apart(db: sqlite_utils.Database, ratings: str, *, joined: bool) -> None:
    """Give each file of a pool a set of its own, joined under the pool's name or not."""
    files = db.conn.execute(
        "SELECT name, max(rowid) FROM rating_sources WHERE ratings = ? GROUP BY name ORDER BY"
        " min(rowid)",
        [ratings],
    ).fetchall()
    names: list[str] = []
    for file, last in files:
        names.append(_unused(db, Path(file).stem, {ratings, *names}))
        author, at = db.conn.execute(
            "SELECT author, received_at FROM rating_sources WHERE rowid = ?", [last]
        ).fetchone()
        db.conn.execute(
            "UPDATE rating_sources SET ratings = ? WHERE ratings = ? AND name = ?",
            [names[-1], ratings, file],
        )
        if joined:
            db.conn.execute(
                "INSERT INTO rating_joins VALUES (?, ?, ?, ?, ?)",
                [names[-1], ratings, author, "imported into one set", at],
            )
    said = "are joined, as before" if joined else "are reported apart; `ratings join` pools them"
    db.conn.execute(
        "INSERT INTO events (at, author, kind, subject, reason) "
        "VALUES (?, 'an upgrade', 'ratings taken apart', ?, ?)",
        [now(), ratings, f"files are sets of their own now, and {said}: {', '.join(names)}"],
    )


def _unused(db: sqlite_utils.Database, name: str, taken: set[str]) -> str:
    """Return `name`, or with a number where a set is called so already."""
    taken_names = {row[0] for row in db.conn.execute("SELECT ratings FROM rating_sources")} | taken
    numbered = (f"{name}-{number}" for number in count(2))
    return (
        name
        if name not in taken_names
        else next(candidate for candidate in numbered if candidate not in taken_names)
    )


@migrations()
def m011_signs_of_life(db: sqlite_utils.Database) -> None:
    """Add which processes score, and when each was last alive."""
    db.executescript("""
        CREATE TABLE workers (             -- a row a process; one that ended or was killed leaves its last sign
            worker TEXT PRIMARY KEY,       -- as in leases
            kind TEXT NOT NULL,            -- "worker", "score" or "rescore"
            benchmark TEXT NOT NULL,       -- the only one that it sees to; '' for all
            version TEXT NOT NULL,
            host TEXT NOT NULL,
            started_at REAL NOT NULL,      -- seconds since 1970, like the next
            seen_at REAL NOT NULL,         -- pushed on while it lives
            silent_after REAL NOT NULL,    -- seconds without a sign after which it is held for dead
            ended INTEGER NOT NULL         -- 1: it said that it ends
        );
    """)


@migrations()
def m012_takedowns(db: sqlite_utils.Database) -> None:
    """Add what is to be taken down.

    It is written before anything is deleted: whoever starts next carries out what is left.
    """
    db.executescript("""
        CREATE TABLE takedowns (
            n INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,            -- "withdrawal", "output" or "example"
            subject TEXT NOT NULL,         -- in words
            submission TEXT,               -- NULL: all of them
            task TEXT, example_id TEXT,    -- of an output
            post_id TEXT, post_hash TEXT,  -- of an example: in the task's gold, and wherever it came from
            post TEXT NOT NULL,            -- of an example: what is searched for; emptied when it is done, as the next
            texts TEXT NOT NULL,           -- JSON: references, and what a team declared that quotes the post
            files TEXT NOT NULL,           -- JSON: the files of outputs that are to go
            releases TEXT NOT NULL,        -- JSON: numbers of releases that words were taken out of
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            verified_at TEXT               -- NULL: not done, or not found to be
        );
    """)


@migrations()
def m013_names_that_takedowns_replace(db: sqlite_utils.Database) -> None:
    """Add which names that quote a post are replaced, and by what."""
    db.executescript("""
        ALTER TABLE takedowns ADD COLUMN names TEXT NOT NULL DEFAULT '[]';  -- JSON; emptied when it is done
    """)


@migrations()
def m014_kinds_of_unparsed_outputs(db: sqlite_utils.Database) -> None:
    """Add how many outputs refuse to answer, and how many end within a thought; NULL: not told apart."""
    db.executescript("""
        ALTER TABLE scores ADD COLUMN n_refused INTEGER;
        ALTER TABLE scores ADD COLUMN n_cut_off INTEGER;
    """)


@migrations()
def m015_models_of_any_kind(db: sqlite_utils.Database) -> None:
    """Turn the record of BARTScore's models into one of models of any kind."""
    db.executescript("""
        ALTER TABLE bart_models RENAME TO pinned_models;
        ALTER TABLE pinned_models ADD COLUMN kind TEXT NOT NULL DEFAULT 'bartscore';
    """)


@migrations()
def m016_checks_of_raters(db: sqlite_utils.Database) -> None:
    """Add what rounds need to check their raters, what raters wrote, and whose ratings were deleted.

    Practice and gold items need no row: what is known of them stands beside their texts.
    """
    db.executescript("""
        ALTER TABLE rounds ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;   -- an annotator's own items that they are given again
        ALTER TABLE rounds ADD COLUMN pairwise INTEGER NOT NULL DEFAULT 0;  -- 1: two systems' explanations an item
        CREATE TABLE rating_reasons (      -- why an annotator rates so, where they say it; of an item the last counts
            source TEXT NOT NULL REFERENCES rounds (source),
            item TEXT NOT NULL,
            system TEXT NOT NULL,
            annotator TEXT NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (source, item, system, annotator)
        );
        CREATE TABLE forgotten_annotators ( -- whose ratings were deleted: a file does not bring them back
            ratings TEXT NOT NULL,         -- the set
            hash TEXT NOT NULL,            -- of set and folded name; the name is nowhere
            at TEXT NOT NULL,
            PRIMARY KEY (ratings, hash)
        );
    """)


@migrations()
def m017_what_judges_were_asked(db: sqlite_utils.Database) -> None:
    """Add what a recorded judge was asked, from which its metrics follow."""
    db.executescript("""
        ALTER TABLE pinned_models ADD COLUMN judging TEXT NOT NULL DEFAULT '';  -- JSON; '': no judge
    """)


@migrations()
def m018_verdicts_of_what_is_taken_down(db: sqlite_utils.Database) -> None:
    """Add which verdicts of judges are to go."""
    db.executescript("""
        ALTER TABLE takedowns ADD COLUMN verdicts TEXT NOT NULL DEFAULT '[]';  -- JSON: hashes
    """)


def known() -> set[str]:
    """Return all migrations of this version: of an empty database every one is pending."""
    # The library lists what is pending on a database, and nothing else.
    with closing(sqlite3.connect(":memory:")) as empty:
        return {migration.name for migration in migrations.pending(sqlite_utils.Database(empty))}
