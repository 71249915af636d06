"""`submission.toml`: what a team declares about its system.

`trained_on` names source data sets, or benchmarks, which mean all of theirs (`scoring.sources` reads it). What is
stored is what the team wrote, but for space around it and the case of a data set's name; what it means is found when
it is read, under the tasks of that day. A name that no task knows is asked about before a submission is taken
(`name_problems`): it may be a misspelled `dreaddit`, and would hide that a system was trained on the test's own source.
`other:NAME` says that it is the data of no task. Absence means "undeclared", `[]` "on none of them".

Every text is data: control characters are refused, lengths are limited, and nothing here is ever a path or
markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scoring import declarations
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
REQUIRED = ("system", "version", "method")
NAME_LENGTH, TEXT_LENGTH, LIST_LENGTH, FILE_SIZE = 80, 2_000, 100, 64 * 1024
# A thousand times the largest model: more is a slip of the keyboard.
PARAMETERS = 10**15
LISTED_KEYS = 20
"""Unknown keys that are told one by one: for each a known one like it is looked for, which takes a while."""
UNSEEN = "holds control or invisible characters"
_STRING_OR_COMMENT = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|\#[^\n]*""",
    re.DOTALL,
)
_LONG_KEY = re.compile(r"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){8}")
POOLED = "pooled"
"""What tables of ratings call all systems together: no system may be called so."""


@dataclass(frozen=True)
class Meta:
    """What a team declares; "unknown" where it says nothing.

    Attributes:
        system: The system's name.
        version: Its version; a new one for new outputs.
        description: What it is.
        base_model: The model it builds on.
        parameters: Their number, or "unknown".
        method: One of METHODS.
        prompt_strategy: How it was asked.
        trained_on: Names of source data sets and benchmarks, as declared; () for none, None for undeclared.
        links: http or https.
        licence: Of the system.
        consent: Whether results may be published; without it a submission is scored and kept to its team.
        contact: Private; never in a release.
    """

    system: str
    version: str
    method: str
    description: str = ""
    base_model: str = UNKNOWN
    parameters: int | float | str = UNKNOWN
    prompt_strategy: str = UNKNOWN
    trained_on: tuple[str, ...] | None = None
    links: tuple[str, ...] = ()
    licence: str = UNKNOWN
    consent: bool = False
    contact: str | None = None


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
    """What a `submission.toml` says, as it stands there.

    Raises:
        ValueError: It is not TOML, or has a number of thousands of digits, or a key of many parts, which no
            declaration has: reading one takes time that grows with the square of their number.
        RecursionError: It is nested too deeply.
    """
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
    unknown = [key for key in raw if key not in _CHECKS]
    problems = [_unknown_key(file, key) for key in unknown[:LISTED_KEYS]]
    if len(unknown) > LISTED_KEYS:
        problems.append(_more_unknown(file, len(unknown) - LISTED_KEYS))
    problems += [
        Problem(file, None, key, "", "is missing", _allowed(key))
        for key in REQUIRED
        if key not in raw
    ]
    for key, check in _CHECKS.items():
        if key in raw:
            fault = check(raw[key])
            if fault:
                hint = (
                    nearest(raw[key], METHODS)
                    if key == "method" and isinstance(raw[key], str)
                    else ""
                )
                problems.append(
                    Problem(file, None, key, shown(raw[key]), fault, _allowed(key), hint)
                )
    if problems:
        named = raw.get("trained_on") if not _CHECKS["trained_on"](raw.get("trained_on")) else None
        raise SubmissionRefused([*problems, *_asked_about(named or (), sources, file)])
    return Meta(**{key: _stored(key, value, sources) for key, value in raw.items()})


def name_problems(
    meta: Meta,
    sources: Sources,
    file: str = "submission.toml",
    accepted: Collection[str] = (),
) -> list[Problem]:
    """What is to be asked about the names in `trained_on`, before a submission or an edit is taken.

    Args:
        meta: What is declared.
        sources: What the tasks tell about source data sets.
        file: For messages.
        accepted: Names that were taken before: they are not asked about again, and mean what they can.
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


def _stored(key: str, value: Any, sources: Sources | None) -> Any:
    if key == "trained_on":
        known = {name.casefold(): name for name in sources.datasets} if sources else {}
        return tuple(dict.fromkeys(_written(name, known) for name in value))
    if isinstance(value, list | tuple):
        return tuple(value)
    return value.strip() if isinstance(value, str) else value


def _written(name: str, known: Mapping[str, str]) -> str:
    """A name as it is kept."""
    other = other_name(name)
    return known.get(name.strip().casefold(), name.strip() if other is None else OTHER + other)


def _text(longest: int, empty: bool = True) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str):
            return "must be text"
        if not (empty or value.strip()):
            return "is empty"
        if len(value) > longest:
            return f"is {len(value):,} characters long"
        # Line ends are fine in a description; anything else invisible could disguise one name as another.
        lines = value.replace("\n", "").replace("\r", "") if longest > NAME_LENGTH else value
        return "" if lines.isprintable() else UNSEEN

    return check


def _name(value: object) -> str:
    """A name is one that can be seen, and told from others by looking at it."""
    fault = _text(NAME_LENGTH, empty=False)(value)
    return fault if fault not in ("", UNSEEN) else fault_of_name(str(value))


def _texts(check: Callable[[object], str]) -> Callable[[object], str]:
    def check_all(value: object) -> str:
        if not isinstance(value, list | tuple):
            return "must be a list"
        if len(value) > LIST_LENGTH:
            return f"has {len(value):,} entries"
        return next(
            (f"entry {i}: {fault}" for i, entry in enumerate(value, 1) if (fault := check(entry))),
            "",
        )

    return check_all


def _method(value: object) -> str:
    return "" if value in METHODS else "not a method"


def _parameters(value: object) -> str:
    if value == UNKNOWN:
        return ""
    number = (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= PARAMETERS
    )
    return "" if number else "not a number of parameters"


def _link(value: object) -> str:
    fault = _text(500, empty=False)(value)
    if fault:
        return fault
    try:
        parts = urlsplit(str(value))
        _ = parts.port  # read as a number, from 0 to 65535
    except ValueError:
        return "not an address"
    spaced = any(c.isspace() for c in str(value))
    return (
        ""
        if parts.scheme in ("http", "https") and parts.hostname and not spaced
        else "not a web address"
    )


def _consent(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _system(value: object) -> str:
    return _name(value) or (
        "is what all systems together are called" if is_reserved(str(value)) else ""
    )


def is_reserved(system: str) -> bool:
    """Whether a system's name is, or looks like, what tables call all systems together."""
    return likeness(system, POOLED) is not None


_CHECKS: Mapping[str, Callable[[object], str]] = {
    "system": _system,
    "version": _name,
    "method": _method,
    "description": _text(TEXT_LENGTH),
    "base_model": _text(200),
    "parameters": _parameters,
    "prompt_strategy": _text(TEXT_LENGTH),
    "trained_on": _texts(_name),
    "links": _texts(_link),
    "licence": _text(200),
    "consent": _consent,
    "contact": _text(200),
}
_ALLOWED = {
    "system": f"a name of 1 to {NAME_LENGTH} visible characters, other than {POOLED!r}",
    "version": f"1 to {NAME_LENGTH} visible characters",
    "method": ", ".join(METHODS),
    "parameters": 'their number, such as 7_000_000_000, or "unknown"',
    "trained_on": f"a list of at most {LIST_LENGTH} names of data sets or benchmarks, or {OTHER}NAME; [] for none of them; "
    "nothing for undeclared",
    "links": f"a list of at most {LIST_LENGTH} http or https addresses",
    "consent": "true, if results may be published, or false",
}


def _allowed(key: str) -> str:
    return _ALLOWED.get(key, "text of at most 200 characters" if key != "description" else "text")


def _more_unknown(file: str, more: int) -> Problem:
    return Problem(
        file, None, "key", "", f"{counted(more, 'more key')} that are none", ", ".join(_CHECKS), ""
    )


def _unknown_key(file: str, key: str) -> Problem:
    known = [field.name for field in fields(Meta)]
    return Problem(
        file, None, "key", str(key), "not a key", ", ".join(known), nearest(str(key), known)
    )


def shown(value: object) -> str:
    """A value of any kind and depth for a message, where it is shortened."""
    return value if isinstance(value, str) else declarations.shown(value)


def _refused(file: str, problem: str, allowed: str) -> SubmissionRefused:
    return SubmissionRefused([Problem(file, None, "", "", problem, allowed)])
