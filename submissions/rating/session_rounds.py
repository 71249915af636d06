"""Opens a round of rating whose items are transcripts.

Its systems' transcripts with the same patients, drawn by seed, so that systems are compared on equal
ground and variants of one base model as pairs. Where not all of them were with the same patients, or
nobody says whom a transcript is with, as many transcripts of each are drawn. Annotators read a whole
conversation, by turns and roles, and rate it by the items of its task's rubric; whose model the
therapist is, they are not told, and two conversations with one patient never follow each other while
there is anything else.

Closed, the round is a set of people's ratings as an imported file is: it stands on the task's board
from the next release on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from scoring.errors import nearest_or_all
from submissions.rating.conversations import require_turns
from submissions.rating.drawing import add_round_of
from submissions.rating.rounds import RoundRefused
from submissions.rating.rubrics import declared_rubric, usable_rubrics
from submissions.rating.shown import shown_in
from submissions.rating.transcript_tasks import Transcripts
from submissions.rating.transcripts import stored_transcripts
from submissions.rating.turns import RATERS
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText
from submissions.store.rated.rounds import Drawn, Round
from submissions.wording import counted, noun_for

T = TypeVar("T")


@dataclass(frozen=True)
class WantedSessions:
    """What a maintainer asks for who opens a round of transcripts.

    Attributes:
        seed: To draw them with.
        author: Who.
        reason: Why.
        patients: With how many patients; None for all transcripts.
        systems: Whose; none for all.
        repeats: How many of their own items each rater is given a second time.
    """

    seed: int
    author: str
    reason: str
    patients: int | None = None
    systems: tuple[str, ...] = ()
    repeats: int = 0


def open_session_round(
    folder: DataFolder, task: Transcripts, wanted: WantedSessions
) -> tuple[Round, tuple[str, ...]]:
    """Draw which transcripts of a task are to be rated, and open the round.

    Returns:
        The round, and what to tell of it, a line each.

    Raises:
        RoundRefused: Nothing, or not enough, could be rated in it.
        TurnsUntold: Of a transcript nobody can say where a turn ends.
        RubricError: The task's rubric is not there.
    """
    rubric = declared_rubric(usable_rubrics(folder.path), task.rubric)
    if wanted.patients is not None and wanted.patients < 1:
        raise RoundRefused("a round needs at least one patient: --posts 6, or leave it out")
    by_system = _by_system(folder, task, wanted)
    texts = _drawn(by_system, wanted)
    require_turns(texts)
    how = Drawn(task.id, wanted.seed, wanted.repeats)
    opened = add_round_of(folder, how, rubric, texts, wanted.author, wanted.reason)
    patients = len({text.post_id for text in texts})
    # Counted on what annotators will be given, and not on what was drawn for them.
    count = sum(item.counts for item in shown_in(folder, opened).values())
    are = noun_for(count, "is", "are")
    invented = " (invented: a demonstration)" if task.demonstration else ""
    return opened, (
        f"{opened.name}{invented}: open. {counted(count, 'transcript')} with"
        f" {counted(patients, 'patient')} {are} to be rated by {RATERS} annotators each, by the rubric"
        f" {rubric.id}",
        f"  systems: {', '.join(by_system)}",
    )


def _by_system(
    folder: DataFolder, task: Transcripts, wanted: WantedSessions
) -> dict[str, list[RatedText]]:
    here: dict[str, list[RatedText]] = {}
    for text in stored_transcripts(folder, task).values():
        here.setdefault(text.system, []).append(text)
    if not here:
        raise RoundRefused(
            f"no transcript of {task.id} is here: `reasonboard rubric import {task.id} FILE`"
        )
    if strange := [name for name in wanted.systems if name not in here]:
        hints = "; ".join(f"{name!r}: {nearest_or_all(name, here)}" for name in strange)
        raise RoundRefused(f"no transcript of {task.id} is by {hints}")
    return {name: texts for name, texts in here.items() if name in (wanted.systems or here)}


def _drawn(by_system: dict[str, list[RatedText]], wanted: WantedSessions) -> list[RatedText]:
    every = [text for texts in by_system.values() for text in texts]
    if wanted.patients is None:
        return every
    rng = np.random.default_rng(wanted.seed)
    common = set.intersection(*({text.post_id for text in own} for own in by_system.values()))
    if common:
        patients = _some(
            sorted(common), wanted.patients, rng, "patients that all of them were with"
        )
        return [text for text in every if text.post_id in patients]
    keys = {
        text.key
        for name, own in sorted(by_system.items())
        for text in _some(_by_id(own), wanted.patients, rng, f"transcripts of {name}")
    }
    return [text for text in every if text.key in keys]


def _by_id(texts: Sequence[RatedText]) -> list[RatedText]:
    """Return transcripts in an order that does not depend on which file came in first."""
    return sorted(texts, key=lambda text: text.item)


def _some(among: Sequence[T], count: int, rng: np.random.Generator, what: str) -> list[T]:
    if count > len(among):
        raise RoundRefused(f"--posts {count}: there are {len(among)} {what}; ask for fewer")
    return [among[place] for place in rng.permutation(len(among))[:count].tolist()]
