r"""What is on the screen, as files that other programs and papers can use.

Every table that can be exported goes through `Export`: CSV, JSON, Markdown and LaTeX, with its
intervals, in the order shown, and with what makes it citable and what it may not lose (`caveats`):
benchmark, metric, release, address, whether the data are invented, what brackets are, and where
values come from metrics their signatures: a column of the CSV, a field of the JSON's `about`, the
caption or a comment in LaTeX, in Markdown the line below. CSV and JSON have all columns, and
numbers as the release has them; Markdown and LaTeX have what people read: numbers as they are
drawn, and no column without a single entry. What is written by strangers is escaped as
`app.escaping` says; JSON has numbers as numbers and null for a blank.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from app.escaping import (
    address,
    bibtex,
    bibtex_authors,
    code,
    json_text,
    latex,
    latex_comment,
    latex_row,
    unmarked,
)
from app.signatures import BETWEEN
from app.site.tables.base import HIGH, LOW, SD, Table
from app.text import interval, number, plain
from submissions.csv_export import csv_export
from submissions.declarations.settings import NOBODY_ELSE

SIGNATURE = "signature"
"""What `Export.about` calls the signatures."""
DATA, MODEL, INTERVALS, CITE = "data", "bartscore_model", "intervals", "cite_as"
DEVIATIONS = "over_runs"
NOTED = ("data", "bartscore model")


@dataclass(frozen=True)
class Export:
    """A table on its way out.

    Attributes:
        name: Of the file, without an ending.
        title: Of the table, for people.
        table: The table.
        about: What makes it citable, and what it may not lose; put beside each row of the CSV, and
            once into the others.
        authors: Who the board is cited as.
    """

    name: str
    title: str
    table: Table
    about: Mapping[str, str | int]
    authors: tuple[str, ...] = NOBODY_ELSE

    def csv(self) -> str:
        """Return all columns, intervals as two numbers."""
        frame = self._plain_frame
        # Only texts can be formulas to a spreadsheet; numbers stay numbers.
        texts = [
            str(name) for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])
        ]
        # "release" is a column of the table of releases: the export's own then has another name.
        about = {
            f"export_{name}" if name in frame else name: value for name, value in self.about.items()
        }
        rows = [{**row, **about} for row in _records(frame)]
        return csv_export(rows, [*texts, *about])

    def json(self) -> str:
        """Write an object: `about`, and `rows` with null for a blank."""
        rows = _records(self._plain_frame)
        return json_text({"title": self.title, "about": dict(self.about), "rows": rows})

    def markdown(self) -> str:
        """Return a table for people, "0.812 [0.712–0.912]"; what makes it citable stands below."""
        frame = self._for_people
        lines = [list(map(unmarked, frame.columns)), ["---"] * len(frame.columns)]
        lines += [[unmarked(value) for value in row] for row in frame.to_numpy()]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        notes = [f"{unmarked(name)}: {unmarked(value)}" for name, value in self._notes.items()]
        notes += [f"address: <{address(self._address)}>"] if self._address else []
        notes += [f"signature: {code(signature)}" for signature in self._signatures]
        return f"{body}\n\n{'; '.join(notes)}\n"

    def latex(self) -> str:
        """Write a table for a paper; it needs the package booktabs."""
        frame = self._for_people
        head, *rows = (latex_row(map(latex, row)) for row in (frame.columns, *frame.to_numpy()))
        facts = {**self._notes, **({"address": self._address} if self._address else {})}
        notes = "; ".join(f"{latex(name)}: {latex(value)}" for name, value in facts.items())
        return "\n".join(
            [
                "% \\usepackage{booktabs}",
                *(latex_comment("signature", signature) for signature in self._signatures),
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{latex(self.title)}. {notes}}}",
                rf"\begin{{tabular}}{{{self._alignment}}}",
                r"\toprule",
                head,
                r"\midrule",
                *rows,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
                "",
            ]
        )

    def bibtex(self) -> str:
        """Return how to cite this view: the release, and the address that shows it again.

        Each view has its own key.
        """
        date, release = str(self.about.get("release_date", "")), self.about["release"]
        note = "; ".join(f"{name}: {self._notes[name]}" for name in NOTED if name in self._notes)
        return "\n".join(
            [
                f"@misc{{{self._key},",
                f"  author = {{{bibtex_authors(self.authors)}}},",
                f"  title = {{{{{bibtex(self.title)}}}}},",
                f"  howpublished = {{ReasonBoard, release {release}}},",
                f"  year = {{{date[:4]}}},",
                f"  date = {{{date[:10]}}},",
                f"  note = {{{bibtex(note)}}},",
                f"  url = {{{address(self._address)}}}",
                "}",
            ]
        )

    @property
    def _key(self) -> str:
        """The release, the title in letters that BibTeX takes, and a hash of what is shown: same
        view, same key.
        """
        # Two views of one release may have the same title.
        shown = hashlib.sha256(f"{self.title}\n{self._address}".encode("utf-8", "surrogatepass"))
        title = re.sub(r"[^a-z0-9]+", "-", self.title.casefold())[:40]
        return file_name("reasonboard-release", self.about["release"], title, shown.hexdigest()[:8])

    @property
    def _address(self) -> str:
        return str(self.about.get("address", ""))

    @property
    def _notes(self) -> dict[str, str]:
        """What the table says of itself, but for its address and signatures."""
        return {
            name.replace("_", " "): str(value)
            for name, value in self.about.items()
            if name not in (SIGNATURE, "address")
        }

    @property
    def _signatures(self) -> list[str]:
        return list(filter(None, str(self.about.get(SIGNATURE, "")).split(BETWEEN)))

    @cached_property
    def _plain_frame(self) -> pd.DataFrame:
        frame = self.table.frame
        lists = [
            str(name)
            for name in frame.columns
            if frame[name].map(lambda value: isinstance(value, list)).any()
        ]
        # The marks beside a name are a list, which no file format has in a cell.
        return frame.assign(**{name: frame[name].map("; ".join) for name in lists})

    @cached_property
    def _cells(self) -> dict[str, list[str]]:
        """Column -> what is drawn, each number with its interval in one cell; columns without any
        entry left out.
        """
        frame = self._plain_frame
        # Intervals stand with their values, in brackets.
        names = [
            name
            for name in self.table.names
            if not name.endswith((LOW, HIGH, SD, "span")) and name != "interval"
        ]
        cells = {name: [self._cell(frame, name, i) for i in range(len(frame))] for name in names}
        return {name: texts for name, texts in cells.items() if any(texts) or frame.empty}

    @cached_property
    def _for_people(self) -> pd.DataFrame:
        """What is drawn, under its heads; those that are alike are told apart by what the CSV calls
        them.
        """
        heads = {name: self._head(name) for name in self._cells}
        several = Counter(heads.values())
        return pd.DataFrame(
            {
                f"{head} ({plain(name)})" if several[head] > 1 else head: self._cells[name]
                for name, head in heads.items()
            }
        )

    def _cell(self, frame: pd.DataFrame, name: str, row: int) -> str:
        value = frame[name].iloc[row]
        if not isinstance(value, str) and pd.isna(value):
            return ""
        if name in self.table.wording:
            return plain(self.table.wording[name](value), 500)
        digits = self.table.decimals.get(name)
        if digits is None or isinstance(value, str):
            return plain(str(value), 500)
        low, high = (
            frame[name + end].iloc[row] if name + end in frame else None for end in (LOW, HIGH)
        )
        span = "" if pd.isna(low) or pd.isna(high) else f" [{interval(low, high, digits)}]"
        sd = frame[name + SD].iloc[row] if name + SD in frame else None
        over_runs = "" if pd.isna(sd) else f" ± {number(float(sd), digits)}"
        return f"{number(float(value), digits)}{over_runs}{span}"

    def _head(self, name: str) -> str:
        head = self.table.columns.get(name, name)
        return plain(str(head.get("label") or name) if isinstance(head, dict) else str(head))

    @property
    def _alignment(self) -> str:
        return "".join(
            "r" if pd.api.types.is_numeric_dtype(self.table.frame[name]) else "l"
            for name in self._cells
        )


def caveats(
    title: str,
    table: Table,
    release: int,
    date: str,
    *,
    invented: bool | None,
    demonstration: bool,
    authors: tuple[str, ...] = NOBODY_ELSE,
) -> dict[str, str]:
    """Return what a table may not lose when it leaves the site.

    Args:
        title: Of the table.
        table: The table.
        release: Its number.
        date: Of the release.
        invented: Whether any of the board's data are; None for a table that is of no data.
        demonstration: Whether the board's BARTScore comes from a model that only shows the
            machinery.
        authors: Who the board is cited as.
    """
    # A table without intervals needs no word on brackets.
    drawn = any(str(name).endswith((LOW, "span", "interval")) for name in table.frame)
    repeated = any(str(name).endswith(SD) for name in table.frame)
    stated = "Release" if authors == NOBODY_ELSE else "ReasonBoard, release"
    texts = {
        DATA: (
            "INVENTED: they show how a board works, and say nothing about people or models"
            if invented
            else ("" if invented is None else "real")
        ),
        MODEL: (
            "a DEMONSTRATION checkpoint: its scores say nothing of quality" if demonstration else ""
        ),
        INTERVALS: "95%; in brackets where brackets stand behind a number" if drawn else "",
        DEVIATIONS: "±: standard deviation over runs, n - 1" if repeated else "",
        CITE: (
            f"{'; '.join(authors)} ({date[:4]}): {title}. {stated} {release} of {date}, at the"
            " address given here"
        ),
    }
    return {name: text for name, text in texts.items() if text}


def file_name(*parts: object) -> str:
    """Return a name that every file system takes."""
    return re.sub(r"[^a-zA-Z0-9_.-]+", "-", "-".join(map(str, parts))).strip("-")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    objects = frame.astype(object)
    return [
        {
            str(name): None if _blank(value) else getattr(value, "item", lambda v=value: v)()
            for name, value in row.items()
        }
        for row in objects.to_dict("records")
    ]


def _blank(value: Any) -> bool:
    return bool(pd.isna(value)) or (isinstance(value, float) and math.isinf(value))
