r"""What is on the screen, as files that other programs and papers can use.

Every table that can be exported goes through `Export`: CSV, JSON, Markdown and LaTeX, with its intervals, in the order
shown, and with what makes it citable: benchmark, metric, release, address, and where values come from metrics their
signatures: a column of the CSV, a field of the JSON's `about`, a comment in LaTeX, in Markdown the line below. CSV and
JSON have all columns, and numbers as the release has them; Markdown and LaTeX have what people read: numbers as they
are drawn, and no column without a single entry. Text columns of the CSV are neutralised, so that
a name that begins with "=" is no formula; JSON has numbers as numbers and null for a blank.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from app.tables import HIGH, LOW, Table
from app.text import interval, number, plain
from submissions.exports import csv_export

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


SIGNATURE, BETWEEN = "signature", "; "
"""What `Export.about` calls the signatures, and what stands between several."""
_TASK = re.compile(r"(?<=\|task:)[^|]+")


@dataclass(frozen=True)
class Export:
    """A table on its way out.

    Attributes:
        name: Of the file, without an ending.
        title: Of the table, for people.
        table: The table.
        about: What makes it citable; put beside each row of the CSV, and once into the others.
    """

    name: str
    title: str
    table: Table
    about: Mapping[str, str | int]

    def csv(self) -> str:
        """All columns, intervals as two numbers."""
        frame = self._plain_frame
        texts = {name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])}
        rows = [{**row, **self.about} for row in _records(frame)]
        return csv_export(rows, [*texts, *self.about])

    def json(self) -> str:
        """The same as an object: `about`, and `rows` with null for a blank."""
        rows = _records(self._plain_frame)
        return json.dumps(
            {"title": self.title, "about": dict(self.about), "rows": rows},
            ensure_ascii=False,
            indent=1,
        )

    def markdown(self) -> str:
        """A table for people, "0.812 [0.712–0.912]"; what makes it citable stands below."""
        frame = self._for_people
        lines = [list(map(_unmarked, frame.columns)), ["---"] * len(frame.columns)]
        lines += [[_unmarked(value) for value in row] for row in frame.to_numpy()]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        signed = "".join(f"; signature: {one}" for one in self._signatures)
        return f"{body}\n\n{self._note}{signed}\n"

    def latex(self) -> str:
        """The same for a paper; needs the package booktabs."""
        frame = self._for_people
        rows = [" & ".join(map(latex, row)) + r" \\" for row in frame.to_numpy()]
        head = " & ".join(map(latex, frame.columns)) + r" \\"
        return "\n".join([
            "% \\usepackage{booktabs}", *(f"% signature: {one}" for one in self._signatures),
            r"\begin{table}", r"\centering", rf"\caption{{{latex(self.title)}. {latex(self._note)}}}",
            rf"\begin{{tabular}}{{{self._alignment}}}", r"\toprule", head, r"\midrule", *rows, r"\bottomrule",
            r"\end{tabular}", r"\end{table}", "",
        ])  # fmt: skip

    def bibtex(self) -> str:
        """How to cite this view: the release, and the address that shows it again."""
        date = str(self.about.get("release_date", ""))
        return "\n".join([
            f"@misc{{reasonboard-release-{self.about['release']},",
            f"  title = {{{latex(self.title)}}},",
            f"  howpublished = {{ReasonBoard, release {self.about['release']}}},",
            f"  year = {{{date[:4]}}},", f"  date = {{{date[:10]}}},",
            f"  url = {{{self.about.get('address', '')}}}", "}",
        ])  # fmt: skip

    @property
    def _note(self) -> str:
        told = ((name, value) for name, value in self.about.items() if name != SIGNATURE)
        return "; ".join(
            f"{name.replace('_', ' ')}: {plain(str(value), 500)}" for name, value in told
        )

    @property
    def _signatures(self) -> list[str]:
        return [
            plain(one, 5000) for one in str(self.about.get(SIGNATURE, "")).split(BETWEEN) if one
        ]

    @cached_property
    def _plain_frame(self) -> pd.DataFrame:
        frame = self.table.frame
        lists = [
            name for name in frame if frame[name].map(lambda value: isinstance(value, list)).any()
        ]
        return frame.assign(**{name: frame[name].map("; ".join) for name in lists})

    @cached_property
    def _for_people(self) -> pd.DataFrame:
        return pd.DataFrame(dict(zip(self._heads, self._cells.values(), strict=True)))

    @cached_property
    def _cells(self) -> dict[str, list[str]]:
        """Column -> what is drawn, each number with its interval in one cell; columns without any entry left out."""
        frame = self._plain_frame
        names = [
            name
            for name in self.table.names
            if not name.endswith((LOW, HIGH, "span")) and name != "interval"
        ]
        cells = {name: [self._cell(frame, name, i) for i in range(len(frame))] for name in names}
        return {name: texts for name, texts in cells.items() if any(texts) or frame.empty}

    @property
    def _heads(self) -> list[str]:
        """Of `_cells`; columns that are headed alike are told apart by what the CSV calls them."""
        heads = [self._head(name) for name in self._cells]
        pairs = zip(heads, self._cells, strict=True)
        return [
            f"{head} ({plain(name)})" if heads.count(head) > 1 else head for head, name in pairs
        ]

    def _cell(self, frame: pd.DataFrame, name: str, row: int) -> str:
        value = frame[name].iloc[row]
        if not isinstance(value, str) and pd.isna(value):
            return ""
        if name in self.table.wording:
            return plain(self.table.wording[name](value), 500)
        digits = self.table.decimals.get(name)
        if digits is None or isinstance(value, str):
            return plain(str(value), 500)
        ends = [frame[name + end].iloc[row] if name + end in frame else None for end in (LOW, HIGH)]
        span = "" if any(pd.isna(end) for end in ends) else f" [{interval(*ends, digits)}]"
        return f"{number(float(value), digits)}{span}"

    def _head(self, name: str) -> str:
        head = self.table.columns.get(name, name)
        return plain(str(head.get("label") or name) if isinstance(head, dict) else str(head))

    @property
    def _alignment(self) -> str:
        return "".join(
            "r" if pd.api.types.is_numeric_dtype(self.table.frame[name]) else "l"
            for name in self._cells
        )


def latex(text: Any) -> str:
    """`text` such that LaTeX prints it sign by sign."""
    return re.sub(r"[\\&%$#_{}~^–<>]", lambda found: _LATEX[found[0]], plain(str(text), 1000))


def joined(signatures: Iterable[str]) -> str:
    """Signatures in a line; those that differ in nothing but the task are one, "...|task:a@1+b@1|..."."""
    tasks: dict[str, list[str]] = {}
    for signature in dict.fromkeys(filter(None, signatures)):
        tasks.setdefault(_TASK.sub("", signature), []).extend(_TASK.findall(signature))
    return BETWEEN.join(
        same.replace("|task:", f"|task:{'+'.join(dict.fromkeys(named))}", 1)
        for same, named in tasks.items()
    )


def file_name(*parts: object) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^a-zA-Z0-9_.-]+", "-", "-".join(map(str, parts))).strip("-")


def _unmarked(value: object) -> str:
    """A cell of a Markdown table in which nothing is an image, a link, a tag or emphasis; numbers stay as they are."""
    return re.sub(
        r"[\\`*_<>&|~$#!]|\[(?![-\d])|\](?=\s*[(\[:])",
        r"\\\g<0>",
        str(value).replace("://", ":\u2060//"),
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    objects = frame.astype(object)
    return [
        {name: None if pd.isna(value) else getattr(value, "item", lambda v=value: v)() for name, value in row.items()}
        for row in objects.to_dict("records")
    ]  # fmt: skip
