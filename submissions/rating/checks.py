"""Reads items whose ratings are agreed: what raters of a round learn on, and what checks them.

A row an item: `post`, `explanation`, a column an aspect of the round's rubric with the agreed rating,
and `feedback`, a sentence on why; `asked`, where raters are told what was asked. For a pairwise round
`left` and `right` stand in the explanation's place, and one column `preferred` says left, right or
tie. A file is taken whole, or refused with everything that is wrong with it.

A text that was redacted here does not come back as an example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ReasonBoardError
from submissions.problems import SubmissionRefused
from submissions.rating.rating_table import RatingTable, rating_table
from submissions.rating.ratings import is_redacted
from submissions.rating.rounds import LEFT, PREFERRED, RIGHT, TIE
from submissions.rating.rubrics import Rubric
from submissions.store.files.gold import post_id_of
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import GOLD, PRACTICE, Check, RatedText, redacted_hashes

CHOICES = {"left": LEFT, "tie": TIE, "right": RIGHT}
_AGREED = "agreed"
"""Whose a text is that checks raters, where a system's name stands else."""


class CheckFileMissing(ReasonBoardError):
    """A file of agreed ratings that cannot be read."""


@dataclass(frozen=True)
class CheckFile:
    """A file of items with agreed ratings.

    Attributes:
        path: Where it is.
        practice: Whether raters learn on them; else they are hidden among the others.
        pairwise: Whether an item is two explanations.
    """

    path: Path
    practice: bool
    pairwise: bool

    @property
    def texts(self) -> tuple[str, ...]:
        """Its columns of texts, as they are shown from left to right."""
        return ("left", "right") if self.pairwise else ("explanation",)


def checks_of(folder: DataFolder, rubric: Rubric, file: CheckFile) -> list[RatedText]:
    """Return the texts of a file, those of an item after each other.

    Raises:
        CheckFileMissing: It cannot be read.
        SubmissionRefused: With everything that is wrong in it.
    """
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise CheckFileMissing(
            f"{file.path}: cannot be read ({error.strerror}); name a CSV file with a row an item:"
            f" {', '.join(_columns(file, rubric))}"
        ) from error
    table = rating_table(file.path.name, content)
    _check_header(table, _columns(file, rubric))
    texts = [] if table.problems else list(_texts(folder, table, rubric, file))
    if not table.problems and not table.records:
        table.fault(None, "", "", "holds no item", hint="a row an item, or leave the file out")
    if table.problems:
        raise SubmissionRefused(table.problems)
    return texts


def _columns(file: CheckFile, rubric: Rubric) -> list[str]:
    aspects = [PREFERRED] if file.pairwise else rubric.names
    return ["post", *file.texts, *aspects, "feedback"]


def _check_header(table: RatingTable, needed: Sequence[str]) -> None:
    for name in needed:
        if name not in table.header:
            table.fault(
                1, name, "", "the column is missing", hint="asked for: " + ", ".join(needed)
            )
    for name in table.header:
        if name not in (*needed, "asked"):
            # Passed over, a misspelled aspect or a system's name would be noticed by nobody.
            table.fault(1, name, "", "not a column of such a file", ", ".join([*needed, "asked"]))


def _texts(
    folder: DataFolder, table: RatingTable, rubric: Rubric, file: CheckFile
) -> Iterator[RatedText]:
    hashes = redacted_hashes(folder)
    kind = PRACTICE if file.practice else GOLD
    for number, (line, cells) in enumerate(table.records, 1):
        for name in ("post", *file.texts, *(["feedback"] if file.practice else [])):
            if not cells[name].strip():
                table.fault(line, name, "", "is empty", hint="say it, or take the row out")
        check = Check(file.practice, _agreed(table, line, cells, rubric, file), cells["feedback"])
        if file.pairwise and " ".join(cells["left"].split()) == " ".join(cells["right"].split()):
            table.fault(line, "right", cells["right"], "the same text as on the left")
        for name in file.texts:
            text = RatedText(
                f"{kind}{number}",
                name if file.pairwise else _AGREED,
                "",
                post_id_of(cells["post"]),
                post=cells["post"],
                output=cells[name],
                asked=cells.get("asked", ""),
                check=check,
            )
            if is_redacted(text, hashes):
                table.fault(line, name, "", "it or its post was redacted here", hint="take it out")
            yield text


def _agreed(
    table: RatingTable, line: int, cells: Mapping[str, str], rubric: Rubric, file: CheckFile
) -> dict[str, int]:
    if file.pairwise:
        said = cells[PREFERRED].strip().casefold()
        if said not in CHOICES:
            table.fault(line, PREFERRED, said, "not a choice", ", ".join(CHOICES))
        return {PREFERRED: CHOICES.get(said, TIE)}
    agreed = {}
    for aspect in rubric.aspects:
        said = cells[aspect.name].strip()
        if said in map(str, range(aspect.low, aspect.high + 1)):
            agreed[aspect.name] = int(said)
        else:
            allowed = f"a whole number from {aspect.low} to {aspect.high}"
            table.fault(line, aspect.name, said, "not a rating of this aspect", allowed)
    return agreed
