"""`submission.toml`: what a team declares about its system.

`trained_on` names source data sets, or benchmarks, which mean all of theirs (`scoring.sources`
reads it). What is stored is what the team wrote, but for space around it and the case of a data
set's name; what it means is found when it is read, under the tasks of that day. A name that no task
knows is asked about before a submission is taken (`name_problems`): it may be a misspelled
`dreaddit`, and would hide that a system was trained on the test's own source. `other:NAME` says
that it is the data of no task. Absence means "undeclared", `[]` "on none of them".

Every text is data: control characters are refused, lengths are limited, and nothing here is ever a
path or markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from scoring import declarations
from scoring.declarations import Must, adapter, one_of
from scoring.errors import nearest
from scoring.sources import OTHER, Sources, other_name
from scoring.tasks import UNKNOWN
from submissions.likeness.names import fault_of_name, likeness
from submissions.problems import Problem, SubmissionRefused
from submissions.wording import counted

METHODS = (
    "zero-shot",
    "few-shot",
    "completion fine-tuning",
    "instruction fine-tuning",
    "discriminative",
)
NAME_LENGTH, TEXT_LENGTH, LIST_LENGTH, FILE_SIZE = 80, 2_000, 100, 64 * 1024
# A thousand times the largest model: more is a slip of the keyboard.
PARAMETERS = 10**15
LISTED_KEYS = 20
"""Unknown keys that are told one by one: for each a known one like it is looked for, which takes a
while.
"""
UNSEEN = "holds control or invisible characters"
_STRING_OR_COMMENT = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|\#[^\n]*""",
    re.DOTALL,
)
_LONG_KEY = re.compile(r"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){8}")
_SAID = {
    "missing": "is missing",
    "must": "{allowed}",
    "value_error": "{error}",
    "string_type": "must be text",
    "string_unicode": UNSEEN,
    "string_too_long": "is {length:,} characters long",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "too_long": "has {actual_length:,} entries",
}
"""Kind of pydantic's errors -> what messages say."""
POOLED = "pooled"
"""What tables of ratings call all systems together: no system may be called so."""


def _seen(text: str) -> str:
    """Return `text` stripped; refuse what is invisible, but for the line ends of a description.

    Anything else invisible could disguise one text as another.
    """
    if not text.replace("\n", "").replace("\r", "").isprintable():
        raise ValueError(UNSEEN)
    return text.strip()


def _named(name: str) -> str:
    """Return `name` stripped; refuse one that cannot be seen, or not be told from others by looking
    at it.
    """
    fault = fault_of_name(name) if name.strip() else "is empty"
    if fault:
        raise ValueError(fault)
    return name.strip()


def _not_reserved(system: str) -> str:
    if is_reserved(system):
        raise ValueError("is what all systems together are called")
    return system


def _on_the_web(link: str) -> str:
    try:
        # It raises where the host is half an address; the port is read only when it is asked for.
        parts = urlsplit(link)
        _ = parts.port  # read as a number, from 0 to 65535
    except ValueError as error:
        raise ValueError("not an address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or len(link.split()) > 1:
        raise ValueError("not a web address")
    return link


_SHORT = "text of at most 200 characters"
_Line = Annotated[
    str,
    Strict(),
    Field(max_length=200, description=_SHORT),
    AfterValidator(_seen),
]
_Passage = Annotated[
    str,
    Strict(),
    Field(max_length=TEXT_LENGTH, description=f"text of at most {TEXT_LENGTH:,} characters"),
    AfterValidator(_seen),
]
_Name = Annotated[
    str,
    Strict(),
    Field(max_length=NAME_LENGTH, description=f"1 to {NAME_LENGTH} visible characters"),
    AfterValidator(_named),
]
_Link = Annotated[
    str,
    Strict(),
    Field(max_length=500, json_schema_extra={"format": "uri"}),
    AfterValidator(_seen),
    AfterValidator(_on_the_web),
]
_Count = Field(ge=0, le=PARAMETERS)


@dataclass(frozen=True)
class Meta:
    """What a team declares; "unknown" where it says nothing. A field's description is what messages
    say is allowed.

    Attributes:
        system: The system's name.
        version: Its version; a new one for new outputs.
        description: What it is.
        base_model: The model it builds on.
        parameters: Their number, or "unknown".
        method: One of METHODS.
        strategy: How it was asked or made, in a word of the board's
            (`submissions.declarations.strategies`), or "unknown".
        prompt_strategy: How it was asked, in the team's own words.
        trained_on: Names of source data sets and benchmarks, as declared; () for none, None for
            undeclared.
        links: http or https.
        licence: Of the system.
        consent: Whether results may be published; without it a submission is scored and kept to its
            team.
        contact: Private; never in a release.
    """

    system: Annotated[
        _Name,
        AfterValidator(_not_reserved),
        Field(
            description=f"a name of 1 to {NAME_LENGTH} visible characters, other than {POOLED!r}"
        ),
    ]
    version: _Name
    method: Annotated[str, Must("not a method", METHODS), Field(description=", ".join(METHODS))]
    description: _Passage = ""
    base_model: _Line = UNKNOWN
    parameters: Annotated[
        Annotated[int, Strict(), _Count]
        | Annotated[float, Strict(), _Count]
        | Annotated[str, one_of([UNKNOWN])],
        Must("not a number of parameters"),
        Field(description='their number, such as 7_000_000_000, or "unknown"'),
    ] = UNKNOWN
    strategy: _Line = UNKNOWN
    prompt_strategy: _Passage = UNKNOWN
    trained_on: Annotated[
        tuple[_Name, ...] | None,
        Field(
            max_length=LIST_LENGTH,
            description=(
                f"a list of at most {LIST_LENGTH} names of data sets or benchmarks, or {OTHER}NAME;"
                " [] for none of them; nothing for undeclared"
            ),
        ),
    ] = None
    links: Annotated[
        tuple[_Link, ...],
        Field(
            max_length=LIST_LENGTH,
            description=f"a list of at most {LIST_LENGTH} http or https addresses",
        ),
    ] = ()
    licence: _Line = UNKNOWN
    consent: Annotated[
        bool, Strict(), Field(description="true, if results may be published, or false")
    ] = False
    contact: Annotated[_Line | None, Field(description=_SHORT)] = None

    @field_validator("trained_on")
    @classmethod
    def _as_kept(
        cls, names: tuple[str, ...] | None, info: ValidationInfo[Sources | None]
    ) -> tuple[str, ...] | None:
        known = {name.casefold(): name for name in info.context.datasets} if info.context else {}
        return names and tuple(dict.fromkeys(_written(name, known) for name in names))


def read_meta(path: Path, sources: Sources | None = None) -> Meta:
    """Read a `submission.toml`.

    Args:
        path: The file.
        sources: What the tasks tell about source data sets.

    Raises:
        SubmissionRefused: With everything that is wrong with it.
    """
    try:
        with path.open("rb") as stream:
            # A byte more than allowed tells that it is too long, however long it is.
            content = stream.read(FILE_SIZE + 1)
        if len(content) > FILE_SIZE:
            raise _refused(path.name, "is too long", f"at most {FILE_SIZE:,} bytes")
        raw = parse_toml(content.decode())
    except OSError as error:
        raise _refused(path.name, f"cannot be read: {error.strerror}", "a TOML file") from error
    except UnicodeDecodeError as error:
        raise _refused(path.name, f"not UTF-8 (byte offset {error.start:,})", "UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise _refused(
            path.name, f"not TOML: {error}", 'lines such as `system = "my system"`'
        ) from error
    return parse_meta(raw, sources, path.name)


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a `submission.toml` says, as it stands there.

    Raises:
        ValueError: It is not TOML, or has a number of thousands of digits, or a key of many parts,
            which no declaration has: reading one takes time that grows with the square of their
            number.
        RecursionError: It is nested too deeply.
    """
    # Outside texts alone: a description may hold anything that looks like a key.
    if _LONG_KEY.search(_STRING_OR_COMMENT.sub("s", text)):
        raise tomllib.TOMLDecodeError("a key of too many parts")
    return tomllib.loads(text)


def parse_meta(
    raw: Mapping[str, Any], sources: Sources | None = None, file: str = "submission.toml"
) -> Meta:
    """Check what was declared, in a file or in a form; but for what `name_problems` asks about.

    Args:
        raw: Key -> value, as TOML or JSON gives them.
        sources: What the tasks tell about source data sets.
        file: For messages.

    Raises:
        SubmissionRefused: With everything that is wrong.
    """
    # A key of halves of surrogate pairs could not be printed in the message about it.
    given = {key.encode(errors="replace").decode(): value for key, value in raw.items()}
    try:
        meta: Meta = adapter(Meta).validate_python(given, context=sources)
    except ValidationError as refused:
        # One fault a key, the first; the others often follow from it.
        faults = {str(fault["loc"][0]): fault for fault in reversed(refused.errors())}
    else:
        return meta
    unknown = [key for key in given if key not in meta_schema()]
    problems = [_unknown_key(file, key) for key in unknown[:LISTED_KEYS]]
    if len(unknown) > LISTED_KEYS:
        problems.append(_more_unknown(file, len(unknown) - LISTED_KEYS))
    problems += [
        _problem(file, key, faults[key], given.get(key, ""))
        for key in meta_schema()
        if key in faults
    ]
    # Names of a list that is none would be asked about letter by letter.
    named = None if "trained_on" in faults else raw.get("trained_on")
    raise SubmissionRefused([*problems, *_asked_about(named or (), sources, file)])


@cache
def meta_schema() -> dict[str, Any]:
    """Return what can be declared, key -> JSON schema."""
    properties: dict[str, Any] = adapter(Meta).json_schema()["properties"]
    return properties


def name_problems(
    meta: Meta,
    sources: Sources,
    file: str = "submission.toml",
    accepted: Collection[str] = (),
) -> list[Problem]:
    """Return what is to be asked about the names in `trained_on`, before a submission or an edit is
    taken.

    Args:
        meta: What is declared.
        sources: What the tasks tell about source data sets.
        file: For messages.
        accepted: Names that were taken before: they are not asked about again, and mean what they
            can.
    """
    return _asked_about(
        [name for name in meta.trained_on or () if name not in accepted], sources, file
    )


def _asked_about(names: Collection[str], sources: Sources | None, file: str) -> list[Problem]:
    if sources is None:
        return []
    faults = {name: sources.fault(name) for name in names}
    allowed = f"{', '.join(sources.choices)}, a known other name of one, {OTHER}NAME"
    return [
        Problem(file, None, "trained_on", name, problem, allowed, hint)
        for name, (problem, hint) in faults.items()
        if problem
    ]


def _written(name: str, known: Mapping[str, str]) -> str:
    """Return a name as it is kept."""
    other = other_name(name)
    return known.get(name.strip().casefold(), name.strip() if other is None else OTHER + other)


def is_reserved(system: str) -> bool:
    """Return whether a system's name is, or looks like, what tables call all systems together."""
    return likeness(system, POOLED) is not None


def _problem(file: str, key: str, fault: ErrorDetails, value: object) -> Problem:
    context, at_fault = fault.get("ctx", {}), fault["input"]
    length = len(at_fault) if isinstance(at_fault, str) else 0
    entry = "".join(f"entry {int(place) + 1}: " for place in fault["loc"][1:])
    problem = entry + _SAID[fault["type"]].format(length=length, **context)
    hint = nearest(value, context.get("choices", ())) if isinstance(value, str) else ""
    return Problem(file, None, key, shown(value), problem, meta_schema()[key]["description"], hint)


def _more_unknown(file: str, more: int) -> Problem:
    problem = f"{counted(more, 'more key')} that are none"
    return Problem(file, None, "key", "", problem, ", ".join(meta_schema()))


def _unknown_key(file: str, key: str) -> Problem:
    known = tuple(meta_schema())
    return Problem(file, None, "key", key, "not a key", ", ".join(known), nearest(key, known))


def shown(value: object) -> str:
    """Return a value of any kind and depth for a message, where it is shortened."""
    return value if isinstance(value, str) else declarations.shown(value)


def _refused(file: str, problem: str, allowed: str) -> SubmissionRefused:
    return SubmissionRefused([Problem(file, None, "", "", problem, allowed)])
