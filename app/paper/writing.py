"""A table for a paper, written as LaTeX or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Protocol

from app.escaping import code, latex, latex_comment, latex_row, unmarked
from app.paper.bibliography import Bibliography
from app.paper.style import MINUS, Spread, Style
from app.paper.table import Entry, PaperColumn, PaperLine, PaperTable
from app.signatures import joined
from submissions.wording import counted

WIDE = 6
"""Columns of numbers beyond which a table takes both columns of a page."""


class Markup(Protocol):
    """What a caption needs of a format."""

    def text(self, text: str) -> str:
        """Return text from outside."""

    def cite(self, keys: Iterable[str]) -> str:
        """Return a citation, with the space before it."""

    def bold(self, text: str) -> str:
        """Return `text` in bold."""

    def underlined(self, text: str) -> str:
        """Return `text` underlined."""


class _Latex:
    def text(self, text: str) -> str:
        return latex(text).replace(MINUS, "$-$")

    def cite(self, keys: Iterable[str]) -> str:
        named = ",".join(dict.fromkeys(keys))
        return rf"~\cite{{{named}}}" if named else ""

    def bold(self, text: str) -> str:
        return rf"\textbf{{{text}}}"

    def underlined(self, text: str) -> str:
        return rf"\underline{{{text}}}"


class _Markdown:
    def text(self, text: str) -> str:
        return unmarked(text)

    def cite(self, keys: Iterable[str]) -> str:
        named = "; ".join(f"@{key}" for key in dict.fromkeys(keys))
        return f" [{named}]" if named else ""

    def bold(self, text: str) -> str:
        return f"**{text}**"

    def underlined(self, text: str) -> str:
        return f"<ins>{text}</ins>"


def latex_table(table: PaperTable, cited: Bibliography, style: Style) -> str:
    """Return a table for LaTeX; it needs the packages that its first lines name.

    It is never wider than its place, and takes both columns of a page where it has many.
    """
    markup = _Latex()
    starred = "*" if len(table.columns) > WIDE else ""
    label = style.label or f"tab:{re.sub(r'[^A-Za-z0-9]+', '-', table.benchmark)}-{table.release}"
    columns = "".join("r" * len(list(group)) for _, group in _groups(table.columns))
    return "\n".join(
        [
            "% \\usepackage{booktabs}",
            "% \\usepackage{graphicx}",
            *(latex_comment("signature", line) for line in _signatures(table)),
            *(latex_comment("of reported rows", caveat) for caveat in table.caveats),
            rf"\begin{{table{starred}}}",
            r"\centering",
            r"\small",
            rf"\caption{{{caption(table, cited, style, markup)}}}",
            rf"\label{{{label}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{l{columns}}}",
            r"\toprule",
            *_latex_heads(table, markup),
            *_latex_lines(table, cited, style, markup),
            r"\bottomrule",
            r"\end{tabular}}",
            rf"\end{{table{starred}}}",
            "",
        ]
    )


def _groups(columns: Sequence[PaperColumn]) -> Iterator[tuple[str, Iterator[PaperColumn]]]:
    """Yield the columns of each task, and those of the means."""
    return groupby(columns, key=lambda column: column.title)


def _latex_heads(table: PaperTable, markup: _Latex) -> Iterator[str]:
    over, rules, at = [""], [], 2
    for title, group in _groups(table.columns):
        size = len(list(group))
        over.append(rf"\multicolumn{{{size}}}{{c}}{{{markup.text(title)}}}")
        rules.append(rf"\cmidrule(lr){{{at}-{at + size - 1}}}")
        at += size
    yield latex_row(over)
    yield "".join(rules)
    heads = [_head(column) for column in table.columns]
    arrows = {"↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    drawn = (f"{markup.text(text)} {arrows.get(arrow, '')}".strip() for text, arrow in heads)
    yield latex_row(["System", *drawn])


def _head(column: PaperColumn) -> tuple[str, str]:
    """Return what stands above a column, and which end of it is better, as an arrow."""
    arrow = {True: "↑", False: "↓", None: ""}[column.metric.higher_is_better]
    return column.metric.title, arrow


def _latex_lines(
    table: PaperTable, cited: Bibliography, style: Style, markup: _Latex
) -> Iterator[str]:
    for lines in _blocks(table):
        yield r"\midrule"
        for line in lines:
            cells = [
                _cell(e, c, style, markup, r"{{\scriptsize {}}}") for e, c in _pairs(table, line)
            ]
            yield latex_row([_name(table, line, cited, markup), *cells])


def markdown_table(table: PaperTable, cited: Bibliography, style: Style) -> str:
    """Return a table for Markdown, with citations as pandoc reads them and the caption below."""
    markup = _Markdown()
    heads = [
        f"{markup.text(column.title)}: {markup.text(text)} {arrow}".strip()
        for column in table.columns
        for text, arrow in [_head(column)]
    ]
    rows = [["System", *heads], ["---", *["---:"] * len(heads)]]
    for line in table.lines:
        cells = [_cell(e, c, style, markup, "{}") for e, c in _pairs(table, line)]
        rows.append([_name(table, line, cited, markup), *cells])
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    below = [caption(table, cited, style, markup)]
    below += [f"Of reported rows: {markup.text('; '.join(table.caveats))}."] * bool(table.caveats)
    below += [f"Signature: {code(line)}" for line in _signatures(table)]
    return "\n\n".join([body, *below]) + "\n"


def _blocks(table: PaperTable) -> Iterator[Sequence[PaperLine]]:
    return filter(None, (table.systems, table.baselines, table.reported))


def _pairs(table: PaperTable, line: PaperLine) -> Iterator[tuple[Entry | None, PaperColumn]]:
    return zip(line.entries, table.columns, strict=True)


def _name(table: PaperTable, line: PaperLine, cited: Bibliography, markup: Markup) -> str:
    """Return a row's name with its source: the paper, or of a baseline the release."""
    sources = [line.source] if line.source else []
    sources += [cited.release.key] if line in table.baselines else []
    return markup.text(line.name) + markup.cite(sources)


def _cell(
    entry: Entry | None, column: PaperColumn, style: Style, markup: Markup, behind: str
) -> str:
    if entry is None:
        return "--"
    value = markup.text(style.number(entry.value, column.metric))
    value = markup.bold(value) if entry.best else value
    value = markup.underlined(value) if entry.level else value
    spread = style.behind(entry, column.metric)
    more = f" {behind.format(markup.text(spread))}" if spread else ""
    return f"{value}{'†' if entry.thin else ''}{more}"


def caption(table: PaperTable, cited: Bibliography, style: Style, markup: Markup) -> str:
    """Return what a table states of itself: metrics, board, release, n, tests, and what may not be
    lost.
    """
    return " ".join(_sentences(table, cited, style, markup))


def _sentences(
    table: PaperTable, cited: Bibliography, style: Style, markup: Markup
) -> Iterator[str]:
    metrics = [
        markup.text(metric.title + (" ×100" if style.scaled(metric) else ""))
        + markup.cite(source.key for source in cited.metrics[metric.name])
        for metric in table.metrics
    ]
    board = markup.text(table.benchmark) + markup.cite(source.key for source in cited.benchmark)
    release = markup.text(f"ReasonBoard release {table.release} of {table.date}")
    yield f"{_listed(metrics)} on {board}, {release}{markup.cite([cited.release.key])}."
    if any(task.demonstration for task in table.tasks):
        yield "The data are invented and say nothing about people or models."
    if shown_off := [metric.title for metric in table.metrics if metric.demonstration]:
        yield markup.text(
            f"{', '.join(shown_off)}: of a demonstration checkpoint that says nothing of quality."
        )
    sizes = ", ".join(
        markup.text(f"{task.title} ({task.size})")
        + markup.cite([cited.data[task.id].key] if task.id in cited.data else [])
        for task in table.tasks
    )
    yield f"Examples of each task, n: {sizes}."
    yield from _of_tests(table, markup)
    yield from _of_values(table, style, markup)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _of_tests(table: PaperTable, markup: Markup) -> Iterator[str]:
    if any(entry.best for line in table.lines for entry in line.entries if entry):
        yield f"{markup.bold('Bold')}: the best of a column."
    if table.permutations:
        yield (
            f"{markup.underlined('Underlined')}: not significantly worse than the best (paired"
            f" permutation test over posts, two-sided, {table.permutations:,} permutations, Holm's"
            " correction over a column's tests, .05)."
        )
    untested = {column.untested: column for column in table.columns if column.untested}
    for why, column in untested.items():
        yield markup.text(f"Not tested on {column.title}, {column.metric.title}: {why}.")


def _of_values(table: PaperTable, style: Style, markup: Markup) -> Iterator[str]:
    entries = [entry for line in table.lines for entry in line.entries if entry]
    if style.spread is Spread.interval:
        yield "Brackets: 95% intervals.".replace("%", markup.text("%"))
    if style.spread is Spread.sd and any(entry.sd is not None for entry in entries):
        yield markup.text("±: standard deviation over runs, n - 1.")
    if any(entry.thin for entry in entries):
        yield "†: too few examples are answered for the value to count."
    if table.reported:
        count = counted(len({line.source for line in table.reported}), "paper")
        yield (
            f"The last rows are as the papers print them that they cite ({count}): not scored here,"
            " without a test; their mean is of what is printed."
        )


def _signatures(table: PaperTable) -> list[str]:
    return joined(table.signatures).split("; ") if table.signatures else []
