"""What a table says: its columns with their entries, a row a system or whatever it is of.

A blank is None or "", never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Fact:
    """What is said of each entry of a column once a reader opens it.

    Attributes:
        title: As in "Examples".
        texts: One a row; "" where there is nothing to say.
    """

    title: str
    texts: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of texts, and what columns of every kind have.

    Attributes:
        key: What it is called in addresses and exports.
        head: As it is written.
        help: What it measures and what not, as Markdown; "" for nothing.
        group: What stands above its head, and above its neighbours' with the same; "" for nothing.
        sortable: Whether rows can be sorted by it.
        texts: One a row; of a column of another kind none.
    """

    key: str
    head: str
    help: str = ""
    group: str = ""
    sortable: bool = False
    texts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class RankField(Field):
    """Ranks, and behind each the ranks that tests allow.

    Attributes:
        ranks: One a row.
        spans: As "1–3"; none for a table that does not show them.
    """

    ranks: Sequence[int | None]
    spans: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class NameField(Field):
    """Names, which lead to the pages of what they name.

    Attributes:
        marks: Such as "partial", of each row.
        page: To which names lead; "" for none.
        parameter: Under which that page has a row's id in its address.
    """

    marks: Sequence[Sequence[str]] = ()
    page: str = ""
    parameter: str = ""


@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    """Numbers, with what is known of each.

    Attributes:
        values: One a row.
        digits: After the point.
        low: The lower ends of their intervals; none for numbers without.
        high: The upper ends.
        higher_is_better: None where neither is.
        dotted: Whether each is drawn as a dot as well, with its interval, on one scale for all.
        tinted: Whether better ones have a stronger ground than others of the column.
        compact: Whether they are written as "7B".
        best: The rows with the best value.
        level: The rows that are not significantly worse than the best.
        facts: What is said of each once it is opened.
    """

    values: Numbers
    digits: int = 3
    low: Numbers = ()
    high: Numbers = ()
    higher_is_better: bool | None = None
    dotted: bool = False
    tinted: bool = False
    compact: bool = False
    best: frozenset[int] = frozenset()
    level: frozenset[int] = frozenset()
    facts: Sequence[Fact] = ()


@dataclass(frozen=True)
class DeclaredTable:
    """A table.

    Attributes:
        caption: What it shows, for those who cannot see it.
        ids: Of the rows; their order is what rows with equal entries keep.
        fields: The columns.
        below: The rows that stand below the others in either order.
        apart: Where each row's group stands, if rows stand in groups; else none.
        legend: Sign -> what it means: "dot", "hollow", "bold" and "tint".
    """

    caption: str
    ids: Sequence[str]
    fields: Sequence[Field]
    below: frozenset[int] = frozenset()
    apart: Sequence[int] = ()
    legend: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Order:
    """By which column rows are sorted.

    Attributes:
        column: Its key; "" where they stand in no column's order.
        descending: Whether the highest stands first.
        first: Column -> whether its highest stands first when it is newly sorted by.
    """

    column: str = ""
    descending: bool = True
    first: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
