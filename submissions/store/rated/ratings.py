"""Rows of `rating_sources` and `ratings`, and the texts that were rated.

A source is a file of ratings that was imported, or (`kind` "round") a round of rating on the site.
Transcripts that come before anybody has rated them are a source too, and no set.
A *set* is one file with what revised it, or one round: rated by one rubric, and named. Sets are
reported apart unless somebody joined them (`submissions.rating.sets`). Ratings are only ever added.
A rating of the same text, annotator and aspect of a set that is added later revises the earlier
one, None takes it back; the latest counts. Annotators and systems are told apart by their names as
they stand here: whatever writes them folds them first (`submissions.likeness.names`).

The rated texts lie apart, under `posts/`, readable by their owner alone: nothing in the database is
a post's text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from scoring.errors import ReasonBoardError
from submissions.likeness.names import folded_name
from submissions.likeness.quotation import Remembered
from submissions.store.clock import now
from submissions.store.database import fetch, reading, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder, replace_file
from submissions.store.redacted import remember
from submissions.store.sqlite.library import sqlite_utils

FILE, ROUND, JUDGED, SPOKEN = "file", "round", "judged file", "transcripts"
"""Kinds of source: people's ratings in a file, or collected in a round; models' ratings in a file; and
transcripts that nobody has rated yet."""
AGAIN, GOLD, PRACTICE = "again:", "gold:", "practice:"
"""What the names of items begin with that check a round's raters: one that an annotator is given a
second time, one with agreed ratings, one to learn on."""
CHECKS = (AGAIN, GOLD, PRACTICE)


def transcripts_of(task: str) -> str:
    """Return what the transcripts of a task are kept as, in the place of a set's name."""
    return f"transcripts of {task}"


class SourceTaken(ReasonBoardError):
    """The same source came in meanwhile."""


class RatedTextsLost(ReasonBoardError):
    """The file of a source's texts is missing or damaged."""


@dataclass(frozen=True)
class Check:
    """What is agreed beforehand on a text that checks a round's raters, and is no system's.

    Attributes:
        practice: Whether raters learn on it, and are told what is agreed; else it is hidden among
            the others.
        agreed: Aspect -> the rating.
        feedback: A sentence on why.
    """

    practice: bool
    agreed: Mapping[str, int]
    feedback: str = ""


@dataclass(frozen=True)
class Session:
    """What is known of a transcript besides what was said in it.

    Attributes:
        turns: How many there are.
        patient: Whom it is with, in the source's words; "" where it does not say.
        patient_model: What the patient was simulated by; "" where nothing did, or it does not say.
        base_model: What the therapist's model was made from; "" where it does not say.
        variant: Which version of it that is; "" for none.
        parameters: Of the model, as a submission declares them; "" where they are not said.
    """

    turns: int
    patient: str = ""
    patient_model: str = ""
    base_model: str = ""
    variant: str = ""
    parameters: str = ""


@dataclass(frozen=True)
class RatedText:
    """One text that was rated.

    Attributes:
        item: What was rated; with the system it names the text within a set.
        system: Who wrote it.
        task: The task that it answers.
        post_id: What a bootstrap draws: equal for equal posts.
        example_id: The task's example, where the source says which; None where the post has to say.
        post: The post; None where neither the source nor the task's gold has it.
        output: What the system wrote, label sentence and all; None where the source has the
            explanation alone.
        explanation: The explanation, where it was given apart.
        label: The label, where it was given apart.
        submission: The submission that it is of; None where the text came with the ratings.
        asked: What was asked of the post, where a round tells its annotators.
        gold: The right label's name as the source has it; None where it does not say.
        check: What is agreed of it, where it checks raters; None for what a system wrote.
        session: Of a transcript, which then is the output; None for an explanation.
    """

    item: str
    system: str
    task: str
    post_id: str
    example_id: str | None = None
    post: str | None = None
    output: str | None = None
    explanation: str | None = None
    label: str | None = None
    submission: str | None = None
    asked: str | None = None
    gold: str | None = None
    check: Check | None = None
    session: Session | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What names it within a set."""
        return self.item, self.system


class Rating(NamedTuple):
    """One rating; None takes back an earlier one."""

    item: str
    system: str
    annotator: str
    aspect: str
    rating: int | None


@dataclass(frozen=True)
class Source:
    """Where ratings came from.

    Attributes:
        id: 12 hex digits.
        ratings: The set that they belong to.
        rubric: By which rubric.
        kind: FILE, ROUND, JUDGED or SPOKEN.
        name: The file's name, or the round's.
        sha256: Of the file's bytes, and of what was said of it.
        texts: sha256 of the file of rated texts.
        author: Who brought them in.
        reason: Why.
        received_at: UTC, ISO 8601.
    """

    id: str
    ratings: str
    rubric: str
    kind: str
    name: str
    sha256: str
    texts: str
    author: str
    reason: str
    received_at: str


@dataclass(frozen=True)
class Join:
    """Sets that somebody wants reported as one.

    Attributes:
        name: What they are called together.
        members: The sets, in the order in which they were named.
        author: Who joined them.
        reason: Why.
        joined_at: UTC, ISO 8601.
    """

    name: str
    members: tuple[str, ...]
    author: str
    reason: str
    joined_at: str


def sources(folder: DataFolder, ratings: str | None = None) -> tuple[Source, ...]:
    """Return all sources (of one set), oldest first."""
    where, arguments = ("ratings = ?", [ratings]) if ratings else (None, None)
    with reading(folder) as db:
        return _sources(db, where, arguments)


def _sources(
    db: sqlite_utils.Database, where: str | None = None, arguments: list[str] | None = None
) -> tuple[Source, ...]:
    rows = db.table("rating_sources").rows_where(where, arguments, order_by="rowid")
    return tuple(Source(**row) for row in rows)


class _Stands(NamedTuple):
    """A rating that counts: its number, its source, its value."""

    n: int
    source: str
    rating: int


RatingKey = tuple[str, str, str, str]
"""(item, system, annotator, aspect)."""


def current_ratings(folder: DataFolder, ratings: str) -> dict[RatingKey, int]:
    """Return (item, system, annotator, aspect) -> the latest rating in a set, in
    the order given.

    What checks a round's raters says nothing of systems, and is left out.
    """
    with reading(folder) as db:
        # A file may call its items as it likes.
        sources = _sources(db, "ratings = ? AND kind = ?", [ratings, ROUND])
        checks = CHECKS if sources else ()
        return {
            key: stands.rating
            for key, stands in _current(db, ratings).items()
            if not key[0].startswith(checks)
        }


def _current(db: sqlite_utils.Database, ratings: str) -> dict[RatingKey, _Stands]:
    rows = db.conn.execute(
        "SELECT item, system, annotator, aspect, n, source, rating FROM ratings "
        "JOIN rating_sources ON id = source WHERE ratings = ? ORDER BY n",
        [ratings],
    )
    # By their numbers, and not by their times, which two may share.
    latest = {tuple(row[:4]): _Stands(*row[4:]) for row in rows}
    return {key: stands for key, stands in latest.items() if stands.rating is not None}


class RatingRow(NamedTuple):
    """A rating as it was given, whether it counts or not; `reason` is of the item's last."""

    n: int
    source: str
    item: str
    system: str
    annotator: str
    aspect: str
    rating: int | None
    at: str
    reason: str


def ratings_given(folder: DataFolder, ratings: str) -> tuple[RatingRow, ...]:
    """Return every rating that was ever added to a set, in that order, with what checks raters."""
    rows = fetch(
        folder,
        "SELECT n, name, item, system, annotator, aspect, rating, given.at,"
        " coalesce(why.reason, '')"
        " FROM ratings given JOIN rating_sources ON id = given.source"
        " LEFT JOIN rating_reasons why USING (source, item, system, annotator)"
        " WHERE ratings = ? ORDER BY n",
        [ratings],
    )
    return tuple(map(RatingRow._make, rows))


class SkipRow(NamedTuple):
    """A text that an annotator gave back."""

    item: str
    annotator: str
    at: str


def skips_in(folder: DataFolder, ratings: str) -> tuple[SkipRow, ...]:
    """Return all that was skipped in a set, in that order, with what checks raters."""
    rows = fetch(
        folder,
        "SELECT item, annotator, at FROM rating_skips skipped"
        " JOIN rating_sources ON id = source WHERE ratings = ? ORDER BY skipped.rowid",
        [ratings],
    )
    return tuple(map(SkipRow._make, rows))


def joins(folder: DataFolder) -> tuple[Join, ...]:
    """Return all joins that stand, oldest first."""
    rows = fetch(
        folder,
        "SELECT name, author, reason, joined_at, ratings FROM rating_joins ORDER BY rowid",
    )
    members: dict[str, list[str]] = {}
    said: dict[str, tuple[str, str, str]] = {}
    for name, *how, ratings in rows:
        members.setdefault(name, []).append(ratings)
        said.setdefault(name, tuple(how))
    return tuple(Join(name, tuple(members[name]), *how) for name, how in said.items())


def add_join(folder: DataFolder, join: Join, spelled: Mapping[str, str]) -> None:
    """Report sets as one from now on, each rater under one name; all of it or nothing.

    Args:
        folder: Where.
        join: `joined_at` is filled in here.
        spelled: Annotator -> the spelling that stands for it in all of the sets.
    """
    with writing(folder) as db:
        for member in join.members:
            row = asdict(join) | {"ratings": member, "joined_at": now()}
            del row["members"]
            db.table("rating_joins").insert(row)
            _respell(db, member, spelled)
        subject = f"{join.name}: {', '.join(join.members)}"
        add_event(db, join.author, "ratings joined", subject, join.reason)


def remove_join(folder: DataFolder, join: Join, author: str, reason: str) -> None:
    """Report the sets of a join apart again."""
    with writing(folder) as db:
        db.conn.execute("DELETE FROM rating_joins WHERE name = ?", [join.name])
        subject = f"{join.name}: {', '.join(join.members)}"
        add_event(db, author, "ratings separated", subject, reason)


def respell_annotators(
    folder: DataFolder,
    name: str,
    members: Sequence[str],
    spelled: Mapping[str, str],
    author: str,
    reason: str,
) -> int:
    """Take annotators of sets for others; of two ratings that are then one annotator's, the later
    counts.

    Args:
        folder: Where.
        name: What the sets are called together.
        members: The sets.
        spelled: Annotator -> whom it is taken for.
        author: Who says so.
        reason: Why.

    Returns:
        How many ratings are of another annotator now.
    """
    with writing(folder) as db:
        moved = sum(_respell(db, member, spelled) for member in members)
        respelled = "; ".join(f"{other} is {first}" for other, first in spelled.items())
        add_event(db, author, "raters united", name, f"{reason} ({respelled})")
    return moved


def _respell(db: sqlite_utils.Database, ratings: str, spelled: Mapping[str, str]) -> int:
    """Move ratings to the first spelling of their annotator: added under it and taken back, in
    their own source.
    """
    current = _current(db, ratings)
    moved = [(key, stands) for key, stands in current.items() if key[2] in spelled]
    for key, stands in moved:
        own = Rating(*key, stands.rating)
        instead = own._replace(annotator=spelled[own.annotator])
        # Both spellings may have rated the same text: then the later rating is the rater's.
        later = current.get(instead[:4])
        # Ratings are only ever added: one is taken back by a rating that says nothing.
        gone = [own._replace(rating=None)]
        is_later = later is None or later.n < stands.n
        insert_ratings(db, stands.source, [*gone, instead] if is_later else gone)
    return len(moved)


def add_source(
    folder: DataFolder,
    source: Source,
    texts: Sequence[RatedText],
    ratings: Iterable[Rating],
    seen: Sequence[Source],
) -> Source:
    """Store a source with its texts and ratings: all of it or nothing.

    Args:
        folder: Where.
        source: `texts` and `received_at` are filled in here.
        texts: What was rated.
        ratings: To be added.
        seen: The set's sources as they were when it was decided what to add.

    Raises:
        SourceTaken: Somebody else has added to the set meanwhile.
    """
    with writing(folder) as db:
        # What was decided rests on the sources of then: of two imports at once the second asks
        # again.
        for other in _sources(db, "ratings = ?", [source.ratings])[len(seen) :]:
            raise _taken(other)
        stored = insert_source(db, folder, source, texts)
        insert_ratings(db, stored.id, ratings)
        add_event(db, source.author, "ratings", f"{source.ratings}: {source.name}", source.reason)
    return stored


def insert_source(
    db: sqlite_utils.Database, folder: DataFolder, source: Source, texts: Sequence[RatedText]
) -> Source:
    """Store a source and its texts, in the caller's transaction: `forget_texts` must not see the
    one without the other.

    Returns:
        The source with `texts` and `received_at`.

    Raises:
        SourceTaken: Somebody else has just stored it.
    """
    for other in _sources(db, "id = ?", [source.id]):
        raise _taken(other)
    stored = replace(source, texts=_save_texts(folder, texts), received_at=now())
    db.table("rating_sources").insert(asdict(stored))
    return stored


def _taken(other: Source) -> SourceTaken:
    return SourceTaken(
        f"{other.name} was stored a moment ago by {other.author} ({other.reason}); nothing more is"
        " stored. `reasonboard ratings list` shows what is there. If you want what you asked for"
        " besides it, ask again."
    )


def insert_ratings(db: sqlite_utils.Database, source: str, ratings: Iterable[Rating]) -> None:
    """Add ratings to a source, in the caller's transaction."""
    at = now()
    db.table("ratings").insert_all(
        {"source": source, **rating._asdict(), "at": at} for rating in ratings
    )


def rated_texts(folder: DataFolder, ratings: str) -> dict[tuple[str, str], RatedText]:
    """Return (item, system) -> text of everything in a set that systems wrote, in the order first
    rated.

    A later source's text counts.

    Raises:
        RatedTextsLost: A file of them cannot be read.
    """
    texts = shown_texts(folder, ratings)
    return {key: text for key, text in texts.items() if text.check is None}


def shown_texts(folder: DataFolder, ratings: str) -> dict[tuple[str, str], RatedText]:
    """Return the same with what checks a round's raters, which no system wrote."""
    by_key: dict[tuple[str, str], RatedText] = {}
    for source in sources(folder, ratings):
        by_key |= {text.key: text for text in _load_texts(folder, source)}
    return by_key


def forget_texts(folder: DataFolder, gone: Callable[[RatedText], bool]) -> int:
    """Delete rated texts for good, from imported files and from rounds; their ratings stay numbers
    of no text.

    A transcript's words are remembered in the same breath, by hash: its file does not bring it back.

    Args:
        folder: The data.
        gone: Which are to be deleted.

    Returns:
        How many were.

    Raises:
        RatedTextsLost: A file of them cannot be read; nothing is deleted.
    """
    forgotten = 0
    with writing(folder) as db:
        # Reasons are overwritten in the file, not merely free.
        db.conn.execute("PRAGMA secure_delete = ON")
        for source in _sources(db):
            texts = _load_texts(folder, source)
            kept = [text for text in texts if not gone(text)]
            if len(kept) < len(texts):
                lost = [text for text in texts if gone(text)]
                forgotten += len(lost)
                _forget_reasons(db, source, {text.item for text in lost})
                spoken = [text.output for text in lost if text.session and text.output]
                remember(db, (text_hash(said, of_post=False) for said in spoken))
                db.table("rating_sources").update(source.id, {"texts": _save_texts(folder, kept)})
    # After the rows no longer name them: a crash in between leaves a file too many, which the next
    # call deletes.
    _sweep_texts(folder)
    return forgotten


def _forget_reasons(db: sqlite_utils.Database, source: Source, items: Set[str]) -> None:
    """Delete what raters wrote about items: it may quote what goes."""
    for item in items:
        db.conn.execute(
            "DELETE FROM rating_reasons WHERE source = ? AND item IN (?, ?)",
            [source.id, item, f"{AGAIN}{item}"],
        )


def count_texts(folder: DataFolder, gone: Callable[[RatedText], bool]) -> int:
    """Return how many rated texts there are for which `gone` holds."""
    return sum(gone(text) for source in sources(folder) for text in _load_texts(folder, source))


def spoken_texts(folder: DataFolder) -> tuple[RatedText, ...]:
    """Return the transcripts that are here, from wherever they came: one may come several times."""
    every = (text for source in sources(folder) for text in _load_texts(folder, source))
    return tuple(text for text in every if text.session)


def remember_redacted(folder: DataFolder, hashes: Iterable[str]) -> None:
    """Keep what was taken down from coming in again, by hash: see `redacted_hashes`."""
    with writing(folder) as db:
        remember(db, hashes)


def text_hash(text: str, of_post: bool) -> str:
    """Return under what a redacted text is remembered, case and white space folded.

    Args:
        text: An output or an explanation.
        of_post: Whether it was redacted for its post's sake, and may stand where that is another
            post.
    """
    # Who sends a text again may have wrapped its lines or changed its case.
    folded = " ".join(text.casefold().split())
    return hashlib.sha256(repr((of_post, folded)).encode("utf-8", "surrogatepass")).hexdigest()


def transcript_hash(task: str, item: str) -> str:
    """Return under what the id of a transcript that was taken down is remembered."""
    return hashlib.sha256(repr((SPOKEN, task, folded_name(item))).encode()).hexdigest()


def redacted_hashes(folder: DataFolder) -> frozenset[str]:
    """Return of all that was redacted.

    The ids of posts (`submissions.store.files.gold.post_id_of`), and the hashes of texts about them,
    of transcripts and of their ids.
    """
    return frozenset(digest for (digest,) in fetch(folder, "SELECT hash FROM redacted_texts"))


def remembered(folder: DataFolder) -> Remembered:
    """Return what is known of all that was redacted."""
    return Remembered(redacted_hashes(folder))


def _sweep_texts(folder: DataFolder) -> None:
    """Delete the files of texts that no source has any more; those of an interrupted call too."""
    with writing(folder) as db:
        # Inside a transaction: whoever stores a source meanwhile waits, and its file is not taken
        # for a left-over.
        kept = {source.texts for source in _sources(db)}
        every = folder.rated("*")
        for path in every.parent.glob(every.name):
            if path.stem not in kept:
                path.unlink()


def are_readable(path: Path) -> bool:
    """Return whether a file holds rated texts."""
    try:
        _texts_in(path)
    except (OSError, ValueError, TypeError):
        return False
    return True


def _load_texts(folder: DataFolder, source: Source) -> list[RatedText]:
    path = folder.rated(source.texts)
    try:
        return _texts_in(path)
    except (OSError, ValueError, TypeError) as error:
        raise RatedTextsLost(
            f"{path}: the texts that {source.name} rates cannot be read ({error}); restore them"
            " from a backup"
        ) from error


def _texts_in(path: Path) -> list[RatedText]:
    # As they are written: see `_save_texts`.
    entries = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    return [_text_from(**entry) for entry in entries]


def _text_from(
    *,
    check: Mapping[str, Any] | None = None,
    session: Mapping[str, Any] | None = None,
    **fields: Any,
) -> RatedText:
    return RatedText(
        **fields,
        check=Check(**check) if check else None,
        session=Session(**session) if session else None,
    )


def _save_texts(folder: DataFolder, texts: Sequence[RatedText]) -> str:
    # Texts come from outside, halves of surrogate pairs included.
    content = json.dumps([asdict(text) for text in texts], ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    digest = hashlib.sha256(content).hexdigest()
    path = folder.rated(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return digest
