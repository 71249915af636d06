"""How what is declared in TOML is read: every fault of every file at once, as the error of the kind that is declared.

A kind of declaration (tasks here; rubrics and protocols in `submissions`) says which fields it has and what each may
hold. What does not fit is refused with its place, what stands there and what is allowed. What the fields mean together
is for the kind's own module to check, on those that fit. A declaration's id is its file's name, so that no two can
have the same.
"""

from __future__ import annotations

import reprlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, TypeVar

from scoring.errors import ReasonBoardError, nearest

Declared = TypeVar("Declared")


@dataclass(frozen=True)
class Form:
    """What a field may hold.

    Attributes:
        allowed: In words, as a message ends.
        fits: Whether a value, as TOML gives it, is of this form.
        choices: All there are; () where they cannot be listed.
    """

    allowed: str
    fits: Callable[[Any], bool]
    choices: tuple[str, ...] = ()

    def fault(self, value: object) -> str:
        """What to say of a value that does not fit."""
        hint = nearest(value, self.choices) if isinstance(value, str) else ""
        return "; ".join(filter(None, (shown(value), self.allowed, hint)))


def one_of(choices: Iterable[str]) -> Form:
    """One of some names."""
    names = tuple(choices)
    return Form(f"allowed: {', '.join(names)}", lambda value: value in names, names)


TEXT = Form(
    "it must be text", lambda value: isinstance(value, str) and not value.isspace() and value != ""
)
NUMBER = Form(
    "it must be a whole number",
    lambda value: isinstance(value, int) and not isinstance(value, bool),
)
FLAG = Form("it must be true or false", lambda value: isinstance(value, bool))
TEXTS = Form(
    "it must be a list of texts",
    lambda value: isinstance(value, list) and all(map(TEXT.fits, value)),
)
TABLE = Form("it must be a table", lambda value: isinstance(value, dict))
TABLES = Form("it must be a list of tables", lambda value: isinstance(value, list))
"""What the tables hold, and that they are such, `Fields.faults_of_each` says."""


@dataclass(frozen=True)
class Fields:
    """The fields of a table.

    Attributes:
        of: What it declares: "task", "aspect".
        required: Name -> what it may hold.
        optional: The same of those that may be left out.
    """

    of: str
    required: Mapping[str, Form]
    optional: Mapping[str, Form] = field(default_factory=dict)

    def faults(self, table: object) -> Iterator[str]:
        """What is missing, unknown or of another form in `table`."""
        if not isinstance(table, dict):
            yield "must be a table"
            return
        forms = {**self.required, **self.optional}
        yield from (
            f"`{name}` is missing; {form.allowed}"
            for name, form in self.required.items()
            if name not in table
        )
        for name, value in table.items():
            if name not in forms:
                hint = nearest(name, tuple(forms))
                yield f"`{name}` is not a field here; allowed: {', '.join(forms)}" + (
                    f"; {hint}" if hint else ""
                )
            elif not forms[name].fits(value):
                yield f"`{name}` is {forms[name].fault(value)}"

    def faults_of_each(self, tables: Iterable[object]) -> Iterator[str]:
        """The faults of each of several tables, which are counted from 1."""
        for number, table in enumerate(tables, start=1):
            yield from (f"{self.of} {number}: {fault}" for fault in self.faults(table))

    def fitting(self, table: object) -> dict[str, Any]:
        """Those fields of `table` that are as they must be: what else is wrong with them can be looked for."""
        forms = {**self.required, **self.optional}
        given = table if isinstance(table, dict) else {}
        return {
            name: value
            for name, value in given.items()
            if name in forms and forms[name].fits(value)
        }


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
class Kind:
    """A kind of declaration.

    Attributes:
        fields: Those of a file.
        error: What faults are raised as.
        pattern: Which files of its folder are declarations.
    """

    fields: Fields
    error: type[ReasonBoardError]
    pattern: str = "*.toml"

    def table(
        self, name: str, text: str, check: Callable[[Mapping[str, Any]], Iterable[str]]
    ) -> dict[str, Any]:
        """What a declaration says, without a fault.

        Args:
            name: Its id.
            text: The TOML.
            check: Gives the faults of the fields together; of those alone that are as they must be.

        Raises:
            ReasonBoardError: The kind's error: every fault, one a line.
        """
        where = f"{self.fields.of} {name}"
        raw = table_of(text, where, self.error)
        faults = [*self.fields.faults(raw), *check(self.fields.fitting(raw))]
        if faults:
            raise self.error("\n".join(f"{where}: {fault}" for fault in faults))
        return raw

    def read(
        self,
        folder: Path,
        parse: Callable[[str, str], Declared],
        together: Callable[[Mapping[str, Declared]], Iterable[Fault]] = lambda _: (),
    ) -> dict[str, Declared]:
        """Every declaration in `folder`, without a fault; {} where there is none, nor a folder.

        Args:
            folder: Where the files are.
            parse: Makes one of its id and its TOML, or raises the kind's error.
            together: Gives the faults of all that could be read together.

        Returns:
            Id (the file's place in the folder, without its ending) -> declaration, by id.

        Raises:
            ReasonBoardError: The kind's error: every fault of every file, one a line.
        """
        found, faults = self.read_each((folder,), parse, together)
        if faults:
            raise self.error("\n".join(dict.fromkeys(fault.text for fault in faults)))
        return found

    def read_each(
        self,
        folders: Sequence[Path],
        parse: Callable[[str, str], Declared],
        together: Callable[[Mapping[str, Declared]], Iterable[Fault]] = lambda _: (),
    ) -> tuple[dict[str, Declared], tuple[Fault, ...]]:
        """Read what can be used of several folders: a declaration with faults is left out, and the others are there.

        Of files that are called the same, the one in the earlier folder counts, with its faults too: what it declares is
        then left out, and not as somebody else declares it. Declarations of the last folder are not left out because
        those of earlier ones do not go with them; these are.

        Returns:
            Id -> declaration, by id, and the faults.
        """
        places = self._places(folders)
        faults: list[Fault] = []
        found: dict[str, Declared] = {}
        for name, path in places.items():
            try:
                found[name] = parse(name, text_of(path, self.error))
            except self.error as error:
                faults.append(Fault(name, str(error), path))
        last = {name: one for name, one in found.items() if folders[-1] in places[name].parents}
        of_last = {fault.id for fault in together(last)}
        faults += [
            replace(fault, path=places[fault.id])
            for fault in together(found)
            if not fault.disables or fault.id not in last or fault.id in of_last
        ]
        for fault in faults:
            if fault.disables:
                found.pop(fault.id, None)
        return found, tuple(faults)

    def _places(self, folders: Sequence[Path]) -> dict[str, Path]:
        """Return id -> file, by id: of files that are called the same, the one in the earlier folder."""
        files: dict[PurePath, Path] = {}
        for folder in reversed(folders):
            files |= {path.relative_to(folder): path for path in folder.glob(self.pattern)}
        return {name.with_suffix("").as_posix(): files[name] for name in sorted(files)}


def text_of(path: Path, error: type[ReasonBoardError]) -> str:
    """What stands in a file; where it cannot be read, an `error` says so."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"{path}: cannot be read ({fault})") from fault


def table_of(text: str, where: str, error: type[ReasonBoardError]) -> dict[str, Any]:
    """What TOML says; where it is none, an `error` says so of `where`.

    Numbers of thousands of digits and brackets within hundreds of others are no TOML here: Python reads neither.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
        raise error(f"{where}: not TOML: {fault}") from fault


def shown(value: object) -> str:
    """A value for a message: a text whole, anything else shortened, whatever its depth and length."""
    try:
        return repr(value) if isinstance(value, str) else reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"
