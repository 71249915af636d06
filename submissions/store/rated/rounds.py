"""Rows of `rounds`, `rating_reservations` and `rating_skips`: rating on the site.

A round is a source of ratings (`submissions.store.rated.ratings`) of kind "round" and a set of its
own, with a state. What is to be decided of it is decided inside one immediate transaction on its
`Standing`: nobody else writes meanwhile, so that annotators who ask at the same time are not given
the same last place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from submissions.store.clock import now
from submissions.store.database import fetch, reading, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, Rating, Source, insert_ratings, insert_source
from submissions.store.redacted import noted
from submissions.store.sqlite.library import sqlite_utils

Key = tuple[str, str]
"""(item, system): what names a text within a round."""


@dataclass(frozen=True)
class Round:
    """A round of rating.

    Attributes:
        id: Its source's.
        name: Its own, and that of the set of ratings that it makes.
        benchmark: Whose explanations are rated.
        rubric: By which rubric.
        seed: What its posts, and each annotator's order, were drawn with.
        author: Who opened it.
        opened_at: UTC, ISO 8601.
        closed_at: None while it is open.
        repeats: How many of their own items each annotator is given a second time.
        pairwise: Whether an item is the explanations of two systems, to choose between.
    """

    id: str
    name: str
    benchmark: str
    rubric: str
    seed: int
    author: str
    opened_at: str
    closed_at: str | None
    repeats: int = 0
    pairwise: bool = False


@dataclass(frozen=True)
class Standing:
    """How a round stands.

    Attributes:
        ratings: (item, system, annotator) -> aspect -> the latest rating, in the order first given.
        skips: (item, system, annotator) -> why, in the order given.
        reserved: Annotator -> what is on their screen; what has expired is left out.
        reasons: (item, system, annotator) -> why they rate so, where they said it.
    """

    ratings: Mapping[tuple[str, str, str], Mapping[str, int]]
    skips: Mapping[tuple[str, str, str], str]
    reserved: Mapping[str, Key]
    reasons: Mapping[tuple[str, str, str], str]

    @cached_property
    def raters(self) -> Mapping[Key, frozenset[str]]:
        """Who has rated each text."""
        by_text: dict[Key, set[str]] = {}
        for item, system, annotator in self.ratings:
            by_text.setdefault((item, system), set()).add(annotator)
        return {key: frozenset(who) for key, who in by_text.items()}

    def rated_by(self, annotator: str) -> list[Key]:
        """Return what an annotator has rated, in the order first rated."""
        return [(item, system) for item, system, who in self.ratings if who == annotator]

    def skipped_by(self, annotator: str) -> list[Key]:
        """Return what an annotator has skipped."""
        return [(item, system) for item, system, who in self.skips if who == annotator]


NOTHING = Standing({}, {}, {}, {})
"""How a round stands that nobody has looked at."""


def rounds(folder: DataFolder) -> tuple[Round, ...]:
    """Return all rounds, oldest first."""
    rows = fetch(
        folder,
        "SELECT id, name, benchmark, rubric, seed, author, received_at, closed_at,"
        " repeats, pairwise FROM rounds JOIN rating_sources ON id = source ORDER BY rating_sources.rowid",
    )
    return tuple(replace(Round(*row), pairwise=bool(row[-1])) for row in rows)


def pairwise_rounds(folder: DataFolder) -> frozenset[str]:
    """Return the names of rounds in which texts are held against each other."""
    return frozenset(each.name for each in rounds(folder) if each.pairwise)


class Drawn(NamedTuple):
    """How a round is drawn; see `Round`."""

    benchmark: str
    seed: int
    repeats: int = 0
    pairwise: bool = False


def add_round(
    folder: DataFolder, source: Source, texts: Sequence[RatedText], drawn: Drawn
) -> Round:
    """Store a round with what is to be rated in it, and note who opened it."""
    with writing(folder) as db:
        stored = insert_source(db, folder, source, texts)
        row = {"source": stored.id, **drawn._asdict(), "closed_at": None}
        db.table("rounds").insert(row)
        add_event(db, source.author, "round opened", source.name, source.reason)
    return next(opened for opened in rounds(folder) if opened.id == stored.id)


def close(folder: DataFolder, round: Round, author: str, reason: str) -> bool:
    """Close a round for good; whether it was open."""
    with writing(folder) as db:
        closed = db.conn.execute(
            "UPDATE rounds SET closed_at = ? WHERE source = ? AND closed_at IS NULL RETURNING"
            " source",
            [now(), round.id],
        ).fetchall()
        if closed:
            # Who is at a text may finish reading it, and is told that the round is closed.
            db.conn.execute("DELETE FROM rating_reservations WHERE source = ?", [round.id])
            add_event(db, author, "round closed", round.name, reason)
    return bool(closed)


def standing(folder: DataFolder, round: Round) -> Standing:
    """Return how a round stands now."""
    with reading(folder) as db:
        return _standing(db, round)


def reserve(
    folder: DataFolder,
    round: Round,
    annotator: str,
    choose: Callable[[Standing], Key | None],
    seconds: float,
) -> Key | None:
    """Put what `choose` chooses on an annotator's screen, for that long; whatever was there before
    is free again.
    """
    with writing(folder) as db:
        # Chosen while nobody else writes: two annotators never get the same last place.
        chosen = choose(_standing(db, round)) if _is_open(db, round) else None
        _release(db, round, annotator)
        if chosen is not None:
            item, system = chosen
            db.table("rating_reservations").insert(
                {
                    "source": round.id,
                    "annotator": annotator,
                    "item": item,
                    "system": system,
                    "expires_at": time.time() + seconds,
                }
            )
    return chosen


def add_ratings(
    folder: DataFolder,
    round: Round,
    annotator: str,
    decide: Callable[[Standing, bool], Iterable[Rating]],
    reasons: Mapping[Key, str],
) -> None:
    """Add ratings to a round, and why.

    Args:
        folder: The data.
        round: Which.
        annotator: Whose.
        decide: Given how the round stands and whether it is open: what to add; it raises where
            nothing may be.
        reasons: What the annotator says of each text; "" takes back what they said.
    """
    with writing(folder) as db:
        # The round may have been closed since the page was shown.
        insert_ratings(db, round.id, decide(_standing(db, round), _is_open(db, round)))
        for key, reason in reasons.items():
            _set_reason(db, round, annotator, key, reason)
        _release(db, round, annotator)


def _set_reason(
    db: sqlite_utils.Database, round: Round, annotator: str, key: Key, reason: str
) -> None:
    item, system = key
    db.conn.execute(
        "DELETE FROM rating_reasons WHERE source = ? AND item = ? AND system = ? AND annotator = ?",
        [round.id, item, system, annotator],
    )
    if reason:
        row = {"source": round.id, "item": item, "system": system, "annotator": annotator}
        # Held against what was redacted: whoever writes may quote the post.
        db.table("rating_reasons").insert(row | {"reason": noted(db, reason), "at": now()})


def add_skip(folder: DataFolder, round: Round, annotator: str, key: Key, reason: str) -> bool:
    """Note that an annotator will not rate a text; again, for nothing.

    Returns:
        Whether the round was open; of a closed one nothing is noted.
    """
    item, system = key
    row = {
        "source": round.id,
        "item": item,
        "system": system,
        "annotator": annotator,
        "reason": reason,
        "at": now(),
    }
    with writing(folder) as db:
        if is_open := _is_open(db, round):
            db.table("rating_skips").insert(row, ignore=True)
        _release(db, round, annotator)
    return is_open


def _release(db: sqlite_utils.Database, round: Round, annotator: str) -> None:
    db.conn.execute(
        "DELETE FROM rating_reservations WHERE source = ? AND annotator = ?", [round.id, annotator]
    )


def _is_open(db: sqlite_utils.Database, round: Round) -> bool:
    return bool(
        db.conn.execute(
            "SELECT 1 FROM rounds WHERE source = ? AND closed_at IS NULL", [round.id]
        ).fetchone()
    )


def _standing(db: sqlite_utils.Database, round: Round) -> Standing:
    ratings: dict[tuple[str, str, str], dict[str, int]] = {}
    for item, system, annotator, aspect, rating in db.conn.execute(
        "SELECT item, system, annotator, aspect, rating FROM ratings WHERE source = ? ORDER BY n",
        [round.id],
    ):
        ratings.setdefault((item, system, annotator), {})[aspect] = rating
    skips = db.conn.execute(
        "SELECT item, system, annotator, reason FROM rating_skips WHERE source = ? ORDER BY rowid",
        [round.id],
    )
    reserved = db.conn.execute(
        "SELECT annotator, item, system FROM rating_reservations WHERE source = ? AND"
        " expires_at > ?",
        [round.id, time.time()],
    )
    reasons = db.conn.execute(
        "SELECT item, system, annotator, reason FROM rating_reasons WHERE source = ?", [round.id]
    )
    return Standing(
        ratings,
        {(item, system, annotator): reason for item, system, annotator, reason in skips},
        {annotator: (item, system) for annotator, item, system in reserved},
        {(item, system, annotator): reason for item, system, annotator, reason in reasons},
    )
