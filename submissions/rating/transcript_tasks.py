"""Tasks whose unit is a transcript and whose score is a rubric: one TOML file each,
`transcripts/<id>.toml` in `leaderboard_data/` or in the data folder.

    title = "CBT with simulated patients"
    rubric = "ctrs"                              # by which every transcript is rated
    total = "sum"                                # or "per cent of the maximum"
    variants = ["tuned", "instruct"]             # of one base model; the first is held against the later
    papers = ["tahir2024cbt"]                    # whose printed totals are shown beside, apart
    source = "Where the transcripts come from."
    licence = "unknown"
    known_problems = []
    demonstration = false

It is a kind of declaration of its own, and not an answer kind of `scoring.tasks.Task`. A task there
is a question with a right answer: labels, gold examples, references, metrics that read outputs. A
transcript has none of them; nothing in it is right, it is rated. What both share is what people say
of texts by a rubric, and that is one machinery: a transcript is a rated text
(`submissions.store.rated.ratings.RatedText`), its ratings are a set of ratings, with all that holds
of one (the import, revisions, joins, annotators that can be deleted, takedowns). A set of
transcripts has no explanation metric to be held against, so `submissions.rating.rated_values`, which
knows the tasks of labels alone, passes it over.

A total is a sum over the rubric's items, or that sum in per cent of the highest one: which, is
declared, since papers print both, and a number that does not say which is neither. What papers print
never gets a maximum from here: their scales may be others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import field_validator

from scoring.declarations import Fault, Flag, Kind, Text, Texts, one_of
from scoring.errors import ReasonBoardError, nearest_or_all
from submissions.declarations.settings import declared_in
from submissions.rating.rubrics import Rubric, usable_rubrics

FOLDER = "transcripts"
SUM, PER_CENT = "sum", "per cent of the maximum"
TOTALS = (SUM, PER_CENT)


class TranscriptsError(ReasonBoardError):
    """A declaration with faults, or no such task of transcripts."""


@dataclass(frozen=True)
class Transcripts:
    """A declared task; see the module's docstring.

    Attributes:
        id: The file's name without its ending.
        title: For people.
        rubric: Id of the rubric by which transcripts are rated.
        total: How items make a total; one of TOTALS.
        variants: What versions of one base model may be called; of two that are held against each
            other, the one that stands earlier here comes first.
        source: Where the transcripts come from.
        licence: Of the transcripts, or "unknown".
        papers: Keys of papers whose printed numbers are shown beside, apart.
        known_problems: Sentences for the page.
        demonstration: Whether all of it is invented.
    """

    id: str
    title: Text
    rubric: Text
    total: Annotated[str, one_of(TOTALS)]
    variants: Texts
    source: Text
    licence: Text
    papers: Texts = ()
    known_problems: Texts = ()
    demonstration: Flag = False

    @field_validator("variants")
    @classmethod
    def _are_distinct(cls, variants: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(variants)) < len(variants):
            raise ValueError(f"has a name twice: {', '.join(variants)}")
        return variants


KIND = Kind(Transcripts, TranscriptsError)


def read_transcript_tasks(data: Path) -> tuple[dict[str, Transcripts], tuple[Fault, ...]]:
    """Return the tasks of the board whose data lie in `data`, its own and those that are shipped,
    and the faults of others.
    """
    kind = replace(KIND, together=partial(_without_maximum, usable_rubrics(data)))
    return kind.read_each(declared_in(data, FOLDER))


def _without_maximum(
    rubrics: Mapping[str, Rubric], declared: Mapping[str, Transcripts]
) -> Iterator[Fault]:
    """Yield the tasks whose total is per cent of nothing."""
    for task in declared.values():
        rubric = rubrics.get(task.rubric)
        if task.total == PER_CENT and rubric and sum(each.high for each in rubric.aspects) <= 0:
            problem = f"`total` is {PER_CENT!r}, and the maximum of {rubric.id} is not above 0"
            yield Fault(task.id, f"transcripts {task.id}: {problem}; allowed: {SUM}")


def usable_transcript_tasks(data: Path) -> dict[str, Transcripts]:
    """Return them without faulty ones."""
    return read_transcript_tasks(data)[0]


def declared_transcripts(data: Path, name: str) -> Transcripts:
    """Return the task called `name`.

    Raises:
        TranscriptsError: There is none, or it has faults.
    """
    declared, faults = read_transcript_tasks(data)
    if name in declared:
        return declared[name]
    own = [fault.text for fault in faults if fault.id == name]
    known = nearest_or_all(name, declared, "there are: ", cutoff=0.4)
    raise TranscriptsError(
        "\n".join(own) or f"{name!r} is not a declared task of transcripts; {known}"
    )
