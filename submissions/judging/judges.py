"""How judges are asked: one TOML file each, `judges/<id>.toml` in `leaderboard_data/` or in the data
folder.

    title = "The rubric's own scale"
    source = "where the wording comes from"
    kind = "scale"              # or "checklist", "pairwise"
    version = 1                 # raised when anything below changes
    rubrics = ["mentallama"]    # which it is made for; without it, any
    template = '''...'''        # with places for {title}, {questions}, {code}, {post}, {answer}, {form};
                                # of a pairwise judge {first} and {second} instead of {answer}; of
                                # one of transcripts {transcript} instead of both

    [questions]                 # of a checklist: aspect -> questions that yes or no answers
    overall = ["Is it ...?", "Does it ...?"]

A declaration is not edited after something was judged by it, except to raise `version`: its hash is
part of a judge's identity.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import model_validator

from scoring.declarations import Fault, Kind, Must, Number, Text, Texts, one_of
from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.judging.values import CHECKLIST, PAIRWISE, SCALE
from submissions.declarations.settings import DECLARATIONS, declared_in
from submissions.rating.rubrics import Rubric

JUDGES = DECLARATIONS / "judges"
PLACE = re.compile(r"\{(\w+)\}")
_SAID, _NEEDED = ("title", "questions"), ("code", "form")
"""Places besides those of texts: which a template may have, and which it has to."""
EXPLANATION, PAIR, TRANSCRIPT = ("post", "answer"), ("post", "first", "second"), ("transcript",)
"""What judges are shown: the places of the texts, in their order."""


class JudgeError(ReasonBoardError):
    """A declaration with faults, no such judge, or one that cannot judge by a rubric."""


@dataclass(frozen=True)
class Judge:
    """A declared way of asking; see the module's docstring.

    Attributes:
        id: The file's name without its ending.
        title: For people.
        source: Where the wording comes from.
        kind: SCALE, CHECKLIST or PAIRWISE.
        template: The prompt, with places for what differs.
        version: Raised when anything of it changes.
        rubrics: Ids of those that it is made for; () for any.
        questions: Of a checklist: aspect -> questions.
    """

    id: str
    title: Text
    source: Text
    kind: Annotated[str, one_of((SCALE, CHECKLIST, PAIRWISE))]
    template: Text
    version: Number = 1
    rubrics: Texts = ()
    questions: Annotated[Mapping[str, Texts], Must("it must be a table of lists of texts")] = field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _shows_what_is_judged(self) -> Self:
        places, needed = PLACE.findall(self.template), (*self.texts, *_NEEDED)
        allowed = (*_SAID, *needed)
        faults = [
            f"`template` has a place {{{place}}}; allowed: {', '.join(allowed)}"
            for place in places
            if place not in allowed
        ]
        faults += [
            f"`template` has no place {{{place}}}, which a judge of the kind {self.kind} needs"
            for place in needed
            if place not in places
        ]
        if self.kind == CHECKLIST and not any(self.questions.values()):
            faults.append("`questions` are missing; a checklist has some for at least one aspect")
        if self.kind != CHECKLIST and self.questions:
            faults.append(f"`questions` are a checklist's; `kind` is {self.kind!r}")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def sha256(self) -> str:
        """Of all that it declares."""
        return _hash(self)

    @property
    def texts(self) -> tuple[str, ...]:
        """What it is shown: EXPLANATION, PAIR or TRANSCRIPT."""
        if self.kind == PAIRWISE:
            return PAIR
        shown = PLACE.findall(self.template)
        return TRANSCRIPT if TRANSCRIPT[0] in shown else EXPLANATION

    @property
    def of_transcripts(self) -> bool:
        """Whether it judges transcripts, and no explanations."""
        return self.texts == TRANSCRIPT

    def require_fit(self, rubric: Rubric) -> None:
        """Refuse a rubric that it cannot judge by.

        Raises:
            JudgeError: With what it is made for.
        """
        if self.rubrics and rubric.id not in self.rubrics:
            raise JudgeError(
                f"the judge {self.id} is made for {', '.join(self.rubrics)}, not for {rubric.id};"
                " name another with --judge"
            )
        if strange := [name for name in self.questions if rubric.aspect(name) is None]:
            raise JudgeError(
                f"the judge {self.id} asks about {', '.join(strange)}, which {rubric.id} has not;"
                f" its aspects: {', '.join(rubric.names)}"
            )


def rubric_hash(rubric: Rubric) -> str:
    """Return the sha256 of all that a rubric declares: its version."""
    return _hash(rubric)


def _hash(declared: Judge | Rubric) -> str:
    content = json.dumps(asdict(declared), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


_JUDGES = Kind(Judge, JudgeError)


def read_judges(*folders: Path) -> tuple[dict[str, Judge], tuple[Fault, ...]]:
    """Return every judge that can be used, and the faults of the rest.

    One in an earlier folder stands before one of the same id.
    """
    return _JUDGES.read_each(folders)


def parse_judge(judge_id: str, text: str) -> Judge:
    """Read one declaration.

    Raises:
        JudgeError: Every fault of the declaration, one a line.
    """
    return _JUDGES.parse(judge_id, text)


def declared_judge(data: Path, name: str) -> Judge:
    """Return the judge called `name` of the board whose data lie in `data`.

    Raises:
        JudgeError: There is none, with the nearest match.
    """
    judges = read_judges(*declared_in(data, JUDGES.name))[0]
    if name in judges:
        return judges[name]
    meant = nearest_or_all(name, judges, "there are: ", cutoff=0.4)
    raise JudgeError(f"{name!r} is not a declared judge; {meant}")
