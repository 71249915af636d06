"""Looks at everything that a board keeps, all of every file: is it what was written, and is what it refers to there?

A file of outputs, of rated texts or of per-item values is called by its digest; a release's digest is in the ledger, and
a file of posts holds digests of its content. The value, deviation and count of a score are computed again from its
per-item values, where the metric and the task are of the same version still; its interval and its counts of what is
absent or unparsed, which need the texts, are taken as they stand. What nothing refers to is listed and left: it harms nobody.

What was found is kept in `verified.json` for `status`; it is no fact of the board's and may be deleted. A board goes on
while it is looked at: what is found is held against the references of then once more at the end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from scoring.errors import ReasonBoardError
from scoring.metric import Floats, Metric
from scoring.metrics import METRICS
from scoring.score import restated
from scoring.tasks import Task
from submissions.progress import Report, unseen
from submissions.store.clock import now, parse
from submissions.store.database import StoreTrouble
from submissions.store.files.arrays import array_fault, array_path, load_array
from submissions.store.files.damage import FROM_BACKUP, REPAIR, Damage, DamagedFile
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, replace_file, sha256_of
from submissions.store.rated.ratings import redacted_hashes
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
from submissions.store.submitted.takedowns import pending_takedowns
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
        pause: Called before each file.
    """

    folder: DataFolder
    wanted: ReferredFiles
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
    faults = [
        Damage(DATABASE, folder.database.name, f"is damaged: {fault}", RESTORE)
        for fault in database_faults(folder.database)
    ]
    look = _Look(folder, references(folder.database), pause)
    damages = [*faults, *_stray(folder)]
    checks = (_outputs, _arrays, _texts, _releases)
    for place, check in enumerate(checks):
        report("verifying", place, len(checks), check.__name__.strip("_"))
        damages += check(look)
    damages += _posts(folder, tasks, pause)
    damages += _scores(look, tasks)
    damages += _come_back(folder)
    looked_at = sum(1 for _ in _kept_files(folder))
    orphans = tuple(_orphans(folder, references(folder.database)))
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
    known = {
        OUTPUTS: wanted.outputs,
        TEXTS: wanted.texts,
        ARRAY: wanted.arrays | _listed(folder, wanted),
    }
    return tuple(damage for damage in recorded if _stands(folder, wanted, known, damage))


def _stands(
    folder: DataFolder, wanted: ReferredFiles, known: Mapping[str, Set[str]], damage: Damage
) -> bool:
    path = folder.path / damage.name
    if damage.kind == RELEASE:
        digest = wanted.releases.get(int(damage.key))
        return path.is_file() if digest is None else bool(_release_fault(path, digest))
    if damage.kind not in known:
        return True
    needed = damage.key in known[damage.kind] or path.is_file()
    return needed and bool(_digest_fault(path, damage.key))


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
        _array_damage(digest, fault)
        for digest in sorted(wanted.arrays)
        if (fault := array_fault(folder, digest))
    )
    for digest in sorted(wanted.outputs):
        if not folder.outputs(digest).is_file():
            damages.append(_outputs_damage(folder, digest, "is missing"))
    return tuple(dict.fromkeys(damages))


def _keep(folder: DataFolder, verified: Verified) -> None:
    content = asdict(verified) | {"orphans": []}
    with suppress(OSError):  # on a full disk nobody needs it
        replace_file(folder.path / VERIFIED, json.dumps(content, indent=1).encode())


def _stray(folder: DataFolder) -> Iterator[Damage]:
    for submission, task in unitless_scores(folder.database):
        why = f"has scores of {submission} on {task}, which that submission does not have"
        yield Damage(SCORE, folder.database.name, why, RESTORE)


def _outputs(look: _Look) -> Iterator[Damage]:
    for digest in sorted(look.wanted.outputs):
        look.pause()
        if why := _digest_fault(look.folder.outputs(digest), digest):
            yield _outputs_damage(look.folder, digest, why)


def _texts(look: _Look) -> Iterator[Damage]:
    for digest in sorted(look.wanted.texts):
        look.pause()
        path = look.folder.posts / "rated" / f"{digest}.json"
        if why := _digest_fault(path, digest):
            yield Damage(TEXTS, f"posts/rated/{path.name}", why, FROM_BACKUP, digest)


def _arrays(look: _Look) -> Iterator[Damage]:
    listed = look.wanted.arrays | _listed(look.folder, look.wanted)
    stored = {path.stem for path in look.folder.arrays.glob("*.npy")}
    for digest in sorted(listed | stored):
        look.pause()
        if why := _digest_fault(array_path(look.folder, digest), digest):
            yield _array_damage(digest, why)


def _scores(look: _Look, tasks: Mapping[str, Task]) -> Iterator[Damage]:
    """Yield scores that do not say what their per-item values do."""
    metrics = {metric.name: metric for metric in METRICS}
    for score in all_scores(look.folder):
        metric, task = metrics.get(score.identity.metric), tasks.get(score.task)
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
            why = f"says {_said(score)} of {score.submission} on {score.task}, and its per-item values do not"
            yield Damage(SCORE, look.folder.database.name, why, RESTORE)


def _follows(score: Score, metric: Metric, task: Task, items: Floats) -> bool:
    """Return whether a score is what its per-item values say."""
    try:
        value, sd, n = restated(metric, task, items)
    except (ReasonBoardError, ValueError, IndexError):  # they are of other labels than the task's
        return False
    return _alike(value, score.value) and _alike(sd, score.sd) and n == score.n


def _alike(first: float | None, second: float | None) -> bool:
    """Return whether two numbers are the same but for what another machine's sums may add to them."""
    if first is None or second is None:
        return first is second
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
        cells = reader.columns("cells", ["array"])["array"]
        return frozenset(filter(None, (*cells, *(task.post_numbers for task in reader.tasks()))))
    except ReasonBoardError:  # said of the release
        return frozenset()


def _digest_fault(path: Path, digest: str) -> str:
    try:
        return "" if sha256_of(path) == digest else "is damaged: it is not what was written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _releases(look: _Look) -> Iterator[Damage]:
    for number, digest in look.wanted.releases.items():
        look.pause()
        if why := _release_fault(release_path(look.folder, number), digest):
            yield _release_damage(number, why)
    for number in release_numbers(look.folder):
        if number not in look.wanted.releases:
            why = "is of a release that working.db does not know"
            yield Damage(RELEASE, f"releases/{number}.db", why, ADOPT, str(number))
    yield from _current(look.folder, look.wanted)


def _release_fault(path: Path, digest: str) -> str:
    return _digest_fault(path, digest) or _unopened(path)


def _unopened(path: Path) -> str:
    try:
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
            why = fault.partition(" ")[2].partition(";")[0]
            yield Damage(POSTS, f"posts/{store.path(task).name}", why, FROM_BACKUP, task.id)


def _come_back(folder: DataFolder) -> Iterator[Damage]:
    """Yield posts that were redacted and are there all the same: put back by hand, say.

    Those that are to go now are told as such.
    """
    try:
        if pending_takedowns(folder):
            return
        by_file = PostStore(folder.posts).come_back(redacted_hashes(folder))
    except (ReasonBoardError, *StoreTrouble):  # said of the file, or of the database
        return
    for path, ids in by_file.items():
        why = f"holds {counted(len(ids), 'post')} that {noun_for(len(ids), 'was', 'were')} redacted"
        yield Damage(TAKEN_DOWN, f"posts/{path.name}", why, REPAIR)


def _outputs_damage(folder: DataFolder, digest: str, why: str) -> Damage:
    name = str(folder.outputs(digest).relative_to(folder.path))
    return Damage(OUTPUTS, name, why, FROM_BACKUP, digest)


def _array_damage(digest: str, why: str) -> Damage:
    return Damage(ARRAY, f"arrays/{digest}.npy", why, REPAIR, digest)


def _release_damage(number: int, why: str) -> Damage:
    return Damage(RELEASE, f"releases/{number}.db", why, REPAIR, str(number))


def _kept_files(folder: DataFolder) -> Iterator[Path]:
    yield folder.database
    for kept in (folder.files, folder.arrays, folder.posts, folder.releases):
        yield from (path for path in kept.rglob("*") if path.is_file())


def _orphans(folder: DataFolder, wanted: ReferredFiles) -> Iterator[str]:
    listed = wanted.arrays | _listed(folder, wanted)
    kinds = (
        (folder.kept_outputs, wanted.outputs),
        (sorted(folder.arrays.glob("*.npy")), listed),
        (sorted((folder.posts / "rated").glob("*.json")), wanted.texts),
    )
    for paths, known in kinds:
        yield from (str(path.relative_to(folder.path)) for path in paths if path.stem not in known)
