"""Transcripts come in: JSON Lines, a transcript a line.

    {"id": "s1", "system": "Counsel-8B tuned", "turns": [{"role": "patient", "text": "..."}, ...],
     "patient": "anna", "patient_model": "sim-70b", "base_model": "base-8b", "variant": "tuned",
     "parameters": "8B"}

`system` is the therapist's model, and what `base_model`, `variant` and `parameters` say is said of
it, so every line of one system says the same. `patient` tells whom it was with: what several systems'
transcripts are paired by, and what an interval draws. Where it is left out each transcript is of a
patient of its own.

A transcript does not change once it is here, since people may have rated it: the same id with other
content is refused, and a corrected one is another id. The same file again changes nothing, but for
transcripts whose turns cannot be told apart as they stand here (`conversations.has_turns`). Ratings
come in by `reasonboard ratings import`, as of any text, and name a transcript by its id alone: whose
it is, raters need not know.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scoring.errors import nearest
from submissions.likeness.names import Spellings, folded_name
from submissions.likeness.quotation import Remembered
from submissions.likeness.sketches import Sketch, run_hashes
from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.rating.conversations import (
    ROLES,
    Utterance,
    conversation,
    has_turns,
    without_indents,
)
from submissions.rating.rating_files import RatingsFile
from submissions.rating.transcript_tasks import Transcripts
from submissions.receiving.formats.budget import LIMITS
from submissions.receiving.formats.row import refused
from submissions.store.files.annotators import pseudonyms
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import (
    CHECKS,
    SPOKEN,
    RatedText,
    Session,
    Source,
    add_source,
    rated_texts,
    remembered,
    sources,
    text_hash,
    transcript_hash,
    transcripts_of,
)
from submissions.wording import counted

NEEDED = ("id", "system", "turns")
SAID = ("patient", "patient_model", "base_model", "variant", "parameters")
FIELDS = (*NEEDED, *SAID)
OF_SYSTEM = ("base_model", "variant", "parameters")
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which JSON can escape and no file can hold."""
UNNAMED = "(the transcript’s)"
"""Who wrote what a file of ratings rates, until the transcripts say so."""


@dataclass(frozen=True)
class ImportedTranscripts:
    """What became of a file.

    Attributes:
        new: How many transcripts were stored.
        lines: What to tell, a line each.
    """

    new: int
    lines: tuple[str, ...]


def stored_transcripts(folder: DataFolder, task: Transcripts) -> dict[str, RatedText]:
    """Return id -> transcript of all that are here, in the order in which they came."""
    return {text.item: text for text in rated_texts(folder, transcripts_of(task.id)).values()}


def import_transcripts(
    folder: DataFolder, task: Transcripts, path: Path, author: str, reason: str
) -> ImportedTranscripts:
    """Store the transcripts of a file that are not here yet: all of them or nothing.

    What was taken down is left out, and told.

    Raises:
        SubmissionRefused: With everything that is wrong in the file.
        OSError: It cannot be opened.
    """
    here, earlier = stored_transcripts(folder, task), sources(folder, transcripts_of(task.id))
    read = _Reading(path.name, task, here)
    texts = read.texts(_bytes(path))
    # Read after `here`: a transcript that is taken down in between is not new, or is remembered.
    known = remembered(folder)
    is_like = _like_taken_down(folder, known)
    left = [text for text in texts if not (_is_taken_down(text, known) or is_like(text))]
    added = [text for text in left if not _is_here(text, here)]
    notes = read.not_taken_in(text for text in texts if text not in left)
    if not added:
        count = counted(len(left), "transcript")
        said = f"{path.name}: all of its {count} are here; nothing to do"
        return ImportedTranscripts(0, (*notes, *([said] if left else [])))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    # What of a file comes in later than the rest of it is a source of its own.
    came = (transcripts_of(task.id), digest, len(earlier))
    identity = hashlib.sha256(repr(came).encode()).hexdigest()[:12]
    source = Source(
        identity,
        transcripts_of(task.id),
        task.rubric,
        SPOKEN,
        path.name,
        digest,
        "",
        author,
        reason,
        "",
    )
    add_source(folder, source, added, [], earlier)
    report = _report(path.name, task, added, len(left))
    return ImportedTranscripts(len(added), (*notes, *report))


def _is_here(text: RatedText, here: Mapping[str, RatedText]) -> bool:
    return text.item in here and has_turns(here[text.item])


def _is_taken_down(text: RatedText, known: Remembered) -> bool:
    """Return whether a transcript, its id or a post that it quotes was taken down."""
    said = text.output or ""
    hashes = {transcript_hash(text.task, text.item), text_hash(said, of_post=False)}
    return not hashes.isdisjoint(known.hashes) or any(
        map(known.are_in, (said, text.item, text.system))
    )


def _like_taken_down(folder: DataFolder, known: Remembered) -> Callable[[RatedText], bool]:
    """Return what says whether a transcript is a reworded copy of one that was taken down."""
    sketches = [sketch for each in known.hashes if (sketch := Sketch.read(each))]
    if not sketches:
        return lambda _: False
    keyed = pseudonyms(folder.path)

    def is_like(text: RatedText) -> bool:
        runs = run_hashes(text.output or "", keyed)
        return any(sketch.is_like(runs) for sketch in sketches)

    return is_like


def named_by_transcripts(read: RatingsFile, here: Mapping[str, RatedText]) -> RatingsFile:
    """Return a file of ratings with the systems that its transcripts are of.

    What names no transcript stays as it is, for `transcript_of` to say.
    """

    def system(item: str, said: str) -> str:
        return here[item].system if said == UNNAMED and item in here else said

    return replace(
        read,
        texts=tuple(replace(t, system=system(t.item, t.system)) for t in read.texts),
        ratings=tuple(replace(r, system=system(r.item, r.system)) for r in read.ratings),
    )


def rated_transcripts(
    read: RatingsFile,
    here: Mapping[str, RatedText],
    task: Transcripts,
    file: str,
    redacted: Set[str],
) -> list[RatedText]:
    """Return the transcripts that a file of ratings names.

    Args:
        read: The file.
        here: Id -> transcript of all that are here.
        task: What they are of.
        file: For messages.
        redacted: What is remembered of takedowns (`redacted_hashes`).

    Raises:
        SubmissionRefused: With every one that is not here, or is another system's.
    """
    problems = []
    for said in read.texts:
        known = here.get(said.item)
        if known is None:
            problem = f"no transcript of {task.id} is called so"
            taken_down = transcript_hash(task.id, said.item) in redacted
            hint = (
                "it was taken down: leave its rows out"
                if taken_down
                else nearest(said.item, list(here))
                or (f"import them first: `reasonboard rubric import {task.id} FILE`")
            )
            problems.append(Problem(file, said.line, "item", said.item, problem, hint=hint))
        elif folded_name(known.system) != folded_name(said.system):
            problem = f"{said.item} is another system's"
            problems.append(Problem(file, said.line, "system", said.system, problem, known.system))
    if problems:
        raise SubmissionRefused(problems)
    return [here[said.item] for said in read.texts]


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LIMITS.packed:
        raise refused(path.name, f"{size:,} bytes", allowed=f"at most {LIMITS.packed:,} bytes")
    return path.read_bytes()


class _Reading:
    """One file, and what is wrong with it."""

    def __init__(self, file: str, task: Transcripts, here: Mapping[str, RatedText]) -> None:
        self._file, self._task, self._here = file, task, here
        self._problems: list[Problem] = []
        self._lines: dict[str, int] = {}
        self._systems = Spellings(text.system for text in here.values())
        self._said: dict[str, tuple[str, Session]] = {
            text.system: (f"{text.item}, which is here,", text.session)
            for text in here.values()
            if text.session
        }

    def texts(self, content: bytes) -> list[RatedText]:
        """Return its transcripts.

        Raises:
            SubmissionRefused: Everything that is wrong.
        """
        try:
            # Other line ends that Unicode knows may stand within a text.
            lines = content.decode("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise refused(self._file, f"is not UTF-8 ({error})", allowed="JSON Lines") from error
        texts = [
            text
            for number, line in enumerate(lines, 1)
            if line.strip() and (text := self._text(number, line)) is not None
        ]
        if not texts and not self._problems:
            self._fault(None, "", "", "holds no transcript", "a JSON object a line")
        if self._problems:
            raise SubmissionRefused(self._problems)
        return texts

    def not_taken_in(self, taken_down: Iterable[RatedText]) -> list[str]:
        """Return what to tell of transcripts that were taken down, if there are any."""
        lines = [str(self._lines[text.item]) for text in taken_down]
        if not lines:
            return []
        named = ", ".join(lines[:10]) + (", ..." if len(lines) > 10 else "")
        taken = counted(len(lines), "transcript that was", "transcripts that were")
        return [
            f"{self._file}: not taken in: {taken} taken down here, or reworded from one, or a"
            f" post quoted there"
            f" (line {named})"
        ]

    def _text(self, line: int, content: str) -> RatedText | None:
        known = len(self._problems)
        row = self._row(line, content)
        if row is None:
            return None
        turns = list(self._turns(line, row["turns"]))
        system = self._systems.first(row["system"])
        session = Session(len(turns), *(row.get(name, "").strip() for name in SAID))
        self._check(line, row, system, session)
        if len(self._problems) > known:
            return None
        text = RatedText(
            item=row["id"].strip(),
            system=system,
            task=self._task.id,
            post_id=f"patient:{session.patient}"
            if session.patient
            else f"item:{row['id'].strip()}",
            output=conversation(turns),
            session=session,
        )
        here = self._here.get(text.item)
        before = replace(text, output=without_indents(turns))
        if here is not None and here not in (text, before):
            hint = "a transcript that was corrected is another one: give it another id"
            self._fault(line, "id", text.item, "is here already, with other content", "", hint)
        return text

    def _row(self, line: int, content: str) -> dict[str, Any] | None:
        """Return a line's object, its texts being texts; None with problems."""
        try:
            row = json.loads(content)
            halved = isinstance(row, dict) and _halved_in(row)
        except RecursionError:
            self._fault(line, "", "", "is nested too deeply", "an object a line")
            return None
        except ValueError as error:
            self._fault(line, "", "", f"is not JSON ({error})", "an object a line")
            return None
        if not isinstance(row, dict):
            self._fault(line, "", shorten(content), "is no object", f"{', '.join(FIELDS)}")
            return None
        if halved:
            problem = "holds half of a surrogate pair, which no UTF-8 text can"
            self._fault(line, halved, "", problem, "whole characters")
            return None
        known = len(self._problems)
        for name in row.keys() - set(FIELDS):
            hint = nearest(name, list(FIELDS))
            self._fault(line, str(name), "", "is not a field", ", ".join(FIELDS), hint)
        for name in FIELDS:
            self._check_field(line, name, row)
        return row if len(self._problems) == known else None

    def _check_field(self, line: int, name: str, row: Mapping[str, Any]) -> None:
        value = row.get(name, "")
        if name == "turns":
            if not isinstance(value, list) or not value:
                self._fault(
                    line, name, "", "is not a list of turns", '[{"role": ..., "text": ...}]'
                )
        elif not isinstance(value, str):
            self._fault(line, name, str(value), "is not text", 'text, in quotation marks: "8B"')
        elif name in NEEDED and not folded_name(value):
            self._fault(line, name, "", "is empty", "a name")

    def _turns(self, line: int, turns: list[Any]) -> Iterator[Utterance]:
        for number, turn in enumerate(turns, 1):
            fields = turn if isinstance(turn, dict) else {}
            role, text = fields.get("role"), fields.get("text")
            if role not in ROLES:
                said = f"turn {number} is of nobody known here"
                self._fault(line, "turns", str(role or ""), said, ", ".join(ROLES))
            elif not isinstance(text, str) or not text.strip():
                self._fault(line, "turns", "", f"turn {number} says nothing", "its `text`")
            else:
                yield Utterance(str(role), text.strip())

    def _check(self, line: int, row: Mapping[str, Any], system: str, session: Session) -> None:
        item = row["id"].strip()
        if item in self._lines:
            self._fault(line, "id", item, f"line {self._lines[item]} has it already")
        self._lines.setdefault(item, line)
        if item.startswith(CHECKS):
            allowed = f"an id that begins with none of {', '.join(CHECKS)}"
            problem = "begins as what checks raters is called in rounds of rating"
            self._fault(line, "id", item, problem, allowed)
        variants = self._task.variants
        if session.variant and session.variant not in variants:
            hint = nearest(session.variant, list(variants))
            self._fault(
                line, "variant", session.variant, "is not declared", ", ".join(variants), hint
            )
        if session.variant and not session.base_model:
            self._fault(line, "base_model", "", "is missing", "what it is a variant of")
        where, other = self._said.setdefault(system, (f"line {line}", session))
        for name in OF_SYSTEM:
            if getattr(other, name) != getattr(session, name):
                said = f"{where} says {getattr(other, name)!r} of the same system"
                self._fault(line, name, getattr(session, name), said)

    def _fault(
        self,
        line: int | None,
        name: str,
        value: str,
        problem: str,
        allowed: str = "",
        hint: str = "",
    ) -> None:
        self._problems.append(Problem(self._file, line, name, value, problem, allowed, hint))


def _halved_in(row: Mapping[str, Any]) -> str:
    """Return the field with half of a surrogate pair in it, "a name" for one in a field's name; ""
    where there is none.
    """
    halved = (name for name, value in row.items() if _is_halved(name) or _is_halved(value))
    return next(("a name" if _is_halved(name) else name for name in halved), "")


def _is_halved(value: Any) -> bool:
    return _HALF.search(json.dumps(value, ensure_ascii=False)) is not None


def _report(file: str, task: Transcripts, added: list[RatedText], read: int) -> Iterator[str]:
    systems = list(dict.fromkeys(text.system for text in added))
    patients = len({text.post_id for text in added})
    known = read - len(added)
    yield (
        f"{file}: {counted(len(added), 'transcript')} of {', '.join(systems)}, with"
        f" {counted(patients, 'patient')}, stored for {task.id}"
        + (f"; {known} were here already" if known else "")
    )
