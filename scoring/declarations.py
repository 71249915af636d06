"""How what is declared in TOML is read: every fault of every file at once, as the error of the kind
that is declared.

A kind of declaration (tasks here; rubrics and protocols in `submissions`) is a frozen dataclass
whose annotations say what each field may hold; pydantic holds a table against them. What does not
fit is refused with its place, what stands there and what is allowed. What fields mean together is
for validators of the dataclass. A declaration's id is its file's name, so that no two can have the
same.
"""

from __future__ import annotations

import reprlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path, PurePath
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import ArgsKwargs, ErrorDetails, core_schema

from scoring.errors import ReasonBoardError, nearest

Declared = TypeVar("Declared")


@dataclass(frozen=True)
class Must:
    """What a field has to hold, beside its type: one fault for all that is wrong with it.

    Attributes:
        allowed: In words, as a message ends.
        choices: All there are; () where they cannot be listed.
    """

    allowed: str
    choices: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        inner = core_schema.literal_schema([*self.choices]) if self.choices else handler(source)
        return core_schema.custom_error_schema(
            inner, "must", custom_error_message="{allowed}", custom_error_context=vars(self)
        )

    def fault(self, value: object) -> str:
        """Return what to say of a value that does not fit."""
        hint = nearest(value, self.choices) if isinstance(value, str) else ""
        return "; ".join(filter(None, (shown(value), self.allowed, hint)))


def one_of(choices: Iterable[str]) -> Must:
    """Return one of some names."""
    names = tuple(choices)
    return Must(f"allowed: {', '.join(names)}", names)


Text = Annotated[str, Strict(), Field(pattern=r"\S"), Must("it must be text")]
Number = Annotated[int, Strict(), Must("it must be a whole number")]
Flag = Annotated[bool, Strict(), Must("it must be true or false")]
Texts = Annotated[tuple[Text, ...], Must("it must be a list of texts")]
_TABLE = Must("it must be a table")
_TABLES = Must("it must be a list of tables")


def fitted(
    shape: type[Declared],
    table: Any,
    where: str,
    error: type[ReasonBoardError],
    *,
    id: str | None = None,
    context: object = None,
) -> Declared:
    """Return what a table declares, without a fault.

    Args:
        shape: The frozen dataclass that it is to be.
        table: As TOML gives it.
        where: What each fault begins with.
        error: What they are raised as, one a line.
        id: The dataclass's first field, where it is not in the table.
        context: For the validators of the dataclass.

    Raises:
        ReasonBoardError: `error`, with everything that is wrong.
    """
    try:
        declared: Declared = adapter(shape).validate_python(  # type: ignore[arg-type]  # a class is hashable
            table if id is None else ArgsKwargs((id,), table), context=context
        )
    except ValidationError as refused:
        lines = (line for fault in refused.errors() for line in _lines(shape, fault))
        raise error("\n".join(f"{where}: {line}" for line in lines)) from refused
    return declared


@cache
def adapter(shape: type) -> TypeAdapter[Any]:
    """Return what holds tables against a dataclass: a field that it does not have is a fault."""
    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(shape))


def _lines(shape: type, fault: ErrorDetails) -> Iterator[str]:
    """Say one fault; in several lines where a validator has several.

    A validator's line is about its field, unless it names one itself.
    """
    place, name, owner = _place(shape, fault["loc"])
    field = f"`{name}` " if name else ""
    kind, context = fault["type"], fault.get("ctx", {})
    # pydantic's words for a fault are for programmers; these are for who writes the file.
    if kind == "missing":
        hint = get_type_hints(owner, include_extras=True)[name]
        yield f"{place}{field}is missing; {_must(hint).allowed}"
    elif kind in ("unexpected_keyword_argument", "multiple_argument_values"):
        # The id is the file's name and cannot be declared.
        names = one_of(known.name for known in fields(owner) if known.name != "id")
        hint = nearest(name, names.choices)
        yield f"{place}{field}is not a field here; {names.allowed}{hint and '; '}{hint}"
    elif kind == "value_error":
        for line in str(context["error"]).splitlines():
            yield f"{place}{'' if line.startswith('`') else field}{line}"
    elif field:
        must = Must(**context) if kind == "must" else _TABLES if kind == "tuple_type" else _TABLE
        yield f"{place}{field}is {must.fault(fault['input'])}"
    else:
        yield f"{place}{_TABLE.allowed.removeprefix('it ')}"


def _must(hint: Any) -> Must:
    """Return what a field without a default has to hold."""
    said = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Must)]
    return said[-1] if said else _TABLES if get_origin(hint) is tuple else _TABLE


def _place(shape: Any, steps: Iterable[int | str]) -> tuple[str, str, Any]:
    """Follow the way to a fault.

    Returns:
        Where it is, as a message begins ("label 2: "); the field there, "" for the whole table;
        whose field it is.
    """
    place = name = ""
    owner = shape
    for step in steps:
        if isinstance(step, int):
            place += f"{shape.__name__.lower()} {step + 1}: "
            name = ""
            continue
        place += name and f"`{name}`: "
        owner, name = shape, step
        hint = get_type_hints(owner).get(name)
        shape = next(
            (candidate for candidate in (*get_args(hint), hint) if is_dataclass(candidate)), owner
        )
    return place, name, owner


@dataclass(frozen=True)
class Fault:
    """What is wrong with one declaration.

    Attributes:
        id: The declaration's.
        text: What is wrong, a line a fault.
        path: Its file.
        disables: Whether the declaration cannot be used for it.
    """

    id: str
    text: str
    path: Path = Path()
    disables: bool = True


@dataclass(frozen=True)
class Kind(Generic[Declared]):
    """A kind of declaration.

    Attributes:
        shape: What a file declares: a frozen dataclass, whose first field is the id.
        error: What faults are raised as.
        pattern: Which files of its folder are declarations.
        together: Gives the faults of all that could be read together.
    """

    shape: type[Declared]
    error: type[ReasonBoardError]
    pattern: str = "*.toml"
    together: Callable[[Mapping[str, Declared]], Iterable[Fault]] = lambda _: ()

    def parse(self, name: str, text: str, context: object = None) -> Declared:
        """Return one declaration, without a fault.

        Args:
            name: Its id.
            text: The TOML.
            context: For the validators of the shape.

        Raises:
            ReasonBoardError: The kind's error: every fault, one a line.
        """
        where = f"{self.shape.__name__.lower()} {name}"
        table = table_of(text, where, self.error)
        return fitted(self.shape, table, where, self.error, id=name, context=context)

    def read_each(
        self, folders: Sequence[Path], context: object = None
    ) -> tuple[dict[str, Declared], tuple[Fault, ...]]:
        """Read what can be used of several folders: a declaration with faults is left out, and the
        others are there.

        Of files that are called the same, the one in the earlier folder counts, with its faults
        too: what it declares is then left out, and not as somebody else declares it. Declarations
        of the last folder are not left out because those of earlier ones do not go with them; these
        are.

        Returns:
            Id -> declaration, by id, and the faults.
        """
        places = self._places(folders)
        faults: list[Fault] = []
        declared: dict[str, Declared] = {}
        for name, path in places.items():
            try:
                declared[name] = self.parse(name, text_of(path, self.error), context)
            except self.error as error:
                faults.append(Fault(name, str(error), path))
        last = {
            name: content
            for name, content in declared.items()
            if folders[-1] in places[name].parents
        }
        of_last = {fault.id for fault in self.together(last)}
        faults += [
            replace(fault, path=places[fault.id])
            for fault in self.together(declared)
            if not fault.disables or fault.id not in last or fault.id in of_last
        ]
        for fault in faults:
            if fault.disables:
                declared.pop(fault.id, None)
        return declared, tuple(faults)

    def _places(self, folders: Sequence[Path]) -> dict[str, Path]:
        """Return id -> file, by id: of files that are called the same, the one in the earlier
        folder.
        """
        files: dict[PurePath, Path] = {}
        for folder in reversed(folders):
            # The earlier folder comes last here, and so stands before the others.
            files |= {path.relative_to(folder): path for path in folder.glob(self.pattern)}
        return {name.with_suffix("").as_posix(): files[name] for name in sorted(files)}


def text_of(path: Path, error: type[ReasonBoardError]) -> str:
    """Return what stands in a file; where it cannot be read, an `error` says so."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"{path}: cannot be read ({fault})") from fault


def table_of(text: str, where: str, error: type[ReasonBoardError]) -> dict[str, Any]:
    """Return what TOML says; where it is none, an `error` says so of `where`.

    Numbers of thousands of digits and brackets within hundreds of others are no TOML here: Python
    reads neither.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
        raise error(f"{where}: not TOML: {fault}") from fault


def shown(value: object) -> str:
    """Return a value for a message.

    A text whole, anything else shortened, whatever its depth and length.
    """
    try:
        # A text stands in the file and can be searched for; a nested table would fill the screen.
        return repr(value) if isinstance(value, str) else reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"
