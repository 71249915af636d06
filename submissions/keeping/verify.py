"""Looks at everything that a board keeps, all of every file: is it what was written, and is what it
refers to there?

A file of outputs, of rated texts or of per-item values is called by its digest; a release's digest
is in the ledger, and a file of posts holds digests of its content. The value, deviation and count
of a score are computed again from its per-item values, where the metric and the task are of the
same version still; its interval and its counts of what is absent or unparsed, which need the texts,
are taken as they stand. What nothing refers to is listed and left: it harms nobody.

What was found is kept in `verified.json` for `status`; it is no fact of the board's and may be
deleted. A board goes on while it is looked at: what is found is held against the references of then
once more at the end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path

from scoring.errors import ReasonBoardError
from scoring.judging.values import JUDGE
from scoring.metric import Metric
from scoring.metrics import METRICS, stored_metric
from scoring.score import restated
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.progress import Report, unseen
from submissions.store.clock import now, parse
from submissions.store.database import StoreTrouble
from submissions.store.files.arrays import array_fault, array_path, load_array
from submissions.store.files.damage import FROM_BACKUP, REPAIR, Damage, DamagedFile
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, replace_file, sha256_of
from submissions.store.rated.ratings import are_readable
from submissions.store.released.release import (
    ReleaseReader,
    current_number,
    release_numbers,
    release_path,
)
from submissions.store.released.serving import checked_release
from submissions.store.scored.references import (
    ReferredFiles,
    database_faults,
    references,
    unitless_scores,
)
from submissions.store.scored.scores import Score, all_scores
from submissions.store.submitted.takedowns import pending_takedowns, redacted_posts
from submissions.wording import counted, noun_for

DATABASE, OUTPUTS, ARRAY, POSTS, TEXTS, RELEASE, CURRENT, SCORE, TAKEN_DOWN = (
    "database",
    "outputs",
    "array",
    "posts",
    "texts",
    "release",
    "current",
    "score",
    "taken down",
)
_FILES: Mapping[str, Callable[[DataFolder, str], Path]] = {
    OUTPUTS: DataFolder.outputs,
    ARRAY: array_path,
    TEXTS: DataFolder.rated,
}
"""Kind of the files that are called by their digest -> where one of them lies."""
AT_A_GLANCE = (POSTS, CURRENT)
"""What `glance` looks at as `verify` does."""
RESTORE = "`reasonboard restore BACKUP --data NEW_FOLDER`"
ADOPT = "`reasonboard adopt`, or a newer backup,"
VERIFIED = "verified.json"


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes:
        at: When.
        looked_at: How many files.
        damages: What is wrong.
        orphans: Files that nothing refers to.
    """

    at: str
    looked_at: int
    damages: tuple[Damage, ...]
    orphans: tuple[str, ...] = ()


def _at_once() -> None:
    """Go on with the next file."""


@dataclass(frozen=True)
class _Look:
    """A look at a board.

    Attributes:
        folder: The data.
        wanted: What the database refers to.
        needed: Kind -> the digests of the files of that kind that the board needs.
        pause: Called before each file.
    """

    folder: DataFolder
    wanted: ReferredFiles
    needed: Mapping[str, Set[str]]
    pause: Callable[[], None]


def verify(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    report: Report = unseen,
    pause: Callable[[], None] = _at_once,
) -> Verified:
    """Look at the whole of everything.

    Args:
        folder: The data.
        tasks: The declared tasks.
        report: Called as work is done.
        pause: Called before each file: it may wait, where others shall have the machine first.
    """
    # Rows of a damaged database cannot be trusted to name all files; what they do name is looked at
    # all the same.
    faults = [
        Damage(DATABASE, folder.database.name, f"is damaged: {fault}", RESTORE)
        for fault in database_faults(folder.database)
    ]
    wanted = references(folder.database)
    look = _Look(folder, wanted, _needed(folder, wanted), pause)
    damages = [*faults, *_stray(folder)]
    for place, (stage, check) in enumerate(_CHECKS.items()):
        report("verifying", place, len(_CHECKS), stage)
        damages += check(look)
    damages += _posts(folder, tasks, pause)
    damages += _scores(look, tasks)
    damages += _come_back(folder)
    looked_at = sum(1 for _ in _kept_files(folder))
    orphans = tuple(_orphans(folder, references(folder.database)))
    # References are read anew: what was submitted while all was looked at is no orphan.
    verified = Verified(now(), looked_at, still_standing(folder, damages), orphans)
    _keep(folder, verified)
    return verified


def still_standing(folder: DataFolder, damages: Iterable[Damage]) -> tuple[Damage, ...]:
    """Return those of found damages that are there still.

    Files are taken down, replaced and repaired meanwhile.
    """
    recorded = tuple(damages)
    if not recorded:
        return ()
    wanted = references(folder.database)
    known = _needed(folder, wanted)
    return tuple(damage for damage in recorded if _stands(folder, wanted, known, damage))


def _needed(folder: DataFolder, wanted: ReferredFiles) -> dict[str, frozenset[str]]:
    """Return kind -> the digests of the files of that kind that the board needs."""
    arrays = wanted.arrays | _listed(folder, wanted)
    return {OUTPUTS: wanted.outputs, ARRAY: arrays, TEXTS: wanted.texts}


def _stands(
    folder: DataFolder, wanted: ReferredFiles, known: Mapping[str, Set[str]], damage: Damage
) -> bool:
    path = folder.path / damage.name
    if damage.kind == RELEASE:
        digest = wanted.releases.get(int(damage.key))
        # Of a release that the ledger does not know there is only the file itself: it stands while
        # that lies there.
        return path.is_file() if digest is None else bool(_release_fault(path, digest))
    if damage.kind not in known:
        return True
    # A file that was taken down meanwhile is neither needed nor there: it is not missed.
    needed = damage.key in known[damage.kind] or path.is_file()
    return needed and bool(_file_fault(folder, damage.kind, damage.key))


def last_verified(folder: DataFolder) -> Verified | None:
    """Return what the last look found; None where there was none, or nobody can tell."""
    path = folder.path / VERIFIED
    try:
        kept = path.stat()
    except OSError:
        return None
    return _read(path, kept.st_mtime_ns, kept.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _written: int, _size: int) -> Verified | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        damages = tuple(Damage(**damage) for damage in kept["damages"])
        # What cannot be dated would be shown as a time.
        parse(kept["at"])
        for damage in damages:
            _ = int(damage.key) if damage.kind == RELEASE else 0
        return Verified(kept["at"], kept["looked_at"], damages)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def glance(folder: DataFolder, tasks: Mapping[str, Task]) -> tuple[Damage, ...]:
    """Return what is wrong, as far as sizes and headers tell.

    Of the served release and of posts the whole, once a day.
    """
    wanted = references(folder.database)
    damages = [*_current(folder, wanted), *_posts(folder, tasks, _at_once)]
    for number in wanted.releases:
        try:
            ReleaseReader(release_path(folder, number))
        except ReasonBoardError:
            damages.append(_release_damage(number, "is missing or damaged"))
    damages += (
        _file_damage(folder, ARRAY, digest, fault)
        for digest in sorted(wanted.arrays)
        if (fault := array_fault(folder, digest))
    )
    for digest in sorted(wanted.outputs):
        if not folder.outputs(digest).is_file():
            damages.append(_file_damage(folder, OUTPUTS, digest, "is missing"))
    return tuple(dict.fromkeys(damages))


def _keep(folder: DataFolder, verified: Verified) -> None:
    # Orphans may be hundreds of thousands, and nobody who reads the file asks for them.
    content = asdict(verified) | {"orphans": []}
    with suppress(OSError):  # on a full disk nobody needs it
        replace_file(folder.path / VERIFIED, json.dumps(content, indent=1).encode())


def _stray(folder: DataFolder) -> Iterator[Damage]:
    for submission, task in unitless_scores(folder.database):
        why = f"has scores of {submission} on {task}, which that submission does not have"
        yield Damage(SCORE, folder.database.name, why, RESTORE)


def _by_digest(kind: str, look: _Look) -> Iterator[Damage]:
    """Yield the files of a kind that are not what they are called by, or cannot be read."""
    digests = look.needed[kind]
    if kind == ARRAY:  # earlier releases list arrays that nothing else refers to
        digests |= {path.stem for path in _stored(look.folder, kind)}
    for digest in sorted(digests):
        look.pause()
        if why := _file_fault(look.folder, kind, digest):
            yield _file_damage(look.folder, kind, digest, why)


def _stored(folder: DataFolder, kind: str) -> list[Path]:
    every = _FILES[kind](folder, "*")
    return sorted(every.parent.glob(every.name))


def _scores(look: _Look, tasks: Mapping[str, Task]) -> Iterator[Damage]:
    """Yield scores that do not say what their per-item values do."""
    # Every score is looked up: a list of metrics would be searched for each.
    metrics = {metric.name: metric for metric in METRICS}
    for score in all_scores(look.folder):
        name, task = score.identity.metric, tasks.get(score.task)
        metric = stored_metric(name) if name.startswith(JUDGE) else metrics.get(name)
        if metric is None or metric.version != score.identity.version:
            continue  # what is computed otherwise today says nothing of it
        if task is None or task.revision != score.task_revision:
            continue
        look.pause()
        try:
            items = load_array(look.folder, score.array)
        except DamagedFile:  # said of the array, or taken down meanwhile
            continue
        if not _follows(score, metric, task, items):
            why = (
                f"says {_said(score)} of {score.submission} on {score.task}, and its per-item"
                " values do not"
            )
            yield Damage(SCORE, look.folder.database.name, why, RESTORE)


def _follows(score: Score, metric: Metric, task: Task, items: Floats) -> bool:
    """Return whether a score is what its per-item values say."""
    try:
        value, sd, n = restated(metric, task, items)
    except (ReasonBoardError, ValueError, IndexError):  # they are of other labels than the task's
        return False
    return _alike(value, score.value) and _alike(sd, score.sd) and n == score.n


def _alike(first: float | None, second: float | None) -> bool:
    """Return whether two numbers are the same but for what another machine's sums
    may add to them.
    """
    if first is None or second is None:
        return first is second
    # Sums differ in their last bits between machines, by the order in which they add.
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9)


def _said(score: Score) -> str:
    value = "nothing" if score.value is None else f"{score.value:.6g}"
    return f"{score.identity.metric} {value} (n = {score.n})"


def _listed(folder: DataFolder, wanted: ReferredFiles) -> frozenset[str]:
    """Return the arrays that the served release lists: its readers compare systems by them."""
    if wanted.current is None:
        return frozenset()
    try:
        reader = ReleaseReader(release_path(folder, wanted.current))
        # One column is read, not cells: a large board has a hundred thousand.
        cells = reader.columns("cells", ["array"])["array"]
        return frozenset(filter(None, (*cells, *(task.post_numbers for task in reader.tasks()))))
    except ReasonBoardError:  # said of the release
        return frozenset()


def _file_fault(folder: DataFolder, kind: str, digest: str) -> str:
    path = _FILES[kind](folder, digest)
    if why := _digest_fault(path, digest):
        return why
    unread = kind == TEXTS and not are_readable(path)
    return "holds no texts that can be read" if unread else ""


def _digest_fault(path: Path, digest: str) -> str:
    try:
        return "" if sha256_of(path) == digest else "is damaged: it is not what was written"
    # Said apart from damage: a file that is gone may have been taken down, and is looked for again.
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _releases(look: _Look) -> Iterator[Damage]:
    for number, digest in look.wanted.releases.items():
        look.pause()
        if why := _release_fault(release_path(look.folder, number), digest):
            yield _release_damage(number, why)
    # A restored database is older than the files beside it, and must not publish over them.
    for number in release_numbers(look.folder):
        if number not in look.wanted.releases:
            why = "is of a release that working.db does not know"
            yield Damage(RELEASE, f"releases/{number}.db", why, ADOPT, str(number))
    yield from _current(look.folder, look.wanted)


_CHECKS: Mapping[str, Callable[[_Look], Iterator[Damage]]] = {
    "outputs": partial(_by_digest, OUTPUTS),
    "arrays": partial(_by_digest, ARRAY),
    "texts": partial(_by_digest, TEXTS),
    "releases": _releases,
}


def _release_fault(path: Path, digest: str) -> str:
    return _digest_fault(path, digest) or _unopened(path)


def _unopened(path: Path) -> str:
    try:
        # All of it is read: a release of another version may be whole, and still not be readable by
        # this one.
        ReleaseReader(path).content()
    except (ReasonBoardError, LookupError, TypeError, ValueError) as error:
        return f"cannot be opened ({error})"
    return ""


def _current(folder: DataFolder, wanted: ReferredFiles) -> Iterator[Damage]:
    try:
        served = current_number(folder)
    except ReasonBoardError:
        yield Damage(CURRENT, "releases/current", "holds no number of a release", REPAIR)
        return
    # The worst first: a repair would otherwise point readers to another release than they were
    # shown.
    if served is not None and served not in wanted.releases:
        why = f"names release {served}, which working.db does not know"
        yield Damage(CURRENT, "releases/current", why, ADOPT)
    elif served != wanted.current:
        why = f"names release {served} instead of {wanted.current}"
        yield Damage(CURRENT, "releases/current", why, REPAIR)
    elif served is not None:
        try:
            checked_release(folder, release_path(folder, served))
        except ReasonBoardError:
            yield _release_damage(served, "is missing or damaged")


def _posts(
    folder: DataFolder, tasks: Mapping[str, Task], pause: Callable[[], None]
) -> Iterator[Damage]:
    store = PostStore(folder.posts)
    for task in tasks.values():
        pause()
        if fault := store.fault(task):
            # The store's message names file and command too, which a damage has fields for.
            why = fault.partition(" ")[2].partition(";")[0]
            yield Damage(POSTS, f"posts/{store.path(task).name}", why, FROM_BACKUP, task.id)


def _come_back(folder: DataFolder) -> Iterator[Damage]:
    """Yield posts that were redacted and are there all the same: put back by hand, say.

    Those that are to go now are told as such.
    """
    try:
        if pending_takedowns(folder):
            return
        # Not while a takedown is under way: the words may stand until nobody quotes them.
        by_file = PostStore(folder.posts).standing(redacted_posts(folder))
    except (ReasonBoardError, *StoreTrouble):  # said of the file, or of the database
        return
    for path, here in by_file.items():
        why = (
            f"holds {counted(len(here), 'post')} that {noun_for(len(here), 'was', 'were')} redacted"
        )
        yield Damage(TAKEN_DOWN, f"posts/{path.name}", why, REPAIR)


def _file_damage(folder: DataFolder, kind: str, digest: str, why: str) -> Damage:
    name = str(_FILES[kind](folder, digest).relative_to(folder.path))
    # Values are computed again from outputs; what people sent or wrote cannot be made again.
    return Damage(kind, name, why, REPAIR if kind == ARRAY else FROM_BACKUP, digest)


def _release_damage(number: int, why: str) -> Damage:
    return Damage(RELEASE, f"releases/{number}.db", why, REPAIR, str(number))


def _kept_files(folder: DataFolder) -> Iterator[Path]:
    yield folder.database
    for kept in (folder.files, folder.arrays, folder.posts, folder.releases):
        yield from (path for path in kept.rglob("*") if path.is_file())


def _orphans(folder: DataFolder, wanted: ReferredFiles) -> Iterator[str]:
    for kind, needed in _needed(folder, wanted).items():
        strays = (path for path in _stored(folder, kind) if path.stem not in needed)
        yield from (str(path.relative_to(folder.path)) for path in strays)
