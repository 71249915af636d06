"""A board written for a paper: LaTeX, Markdown, or the BibTeX of what these cite."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.paper.style import Style
from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from app.cli.options import ChosenBoard
    from app.paper.bibliography import Bibliography
    from app.paper.table import PaperTable
    from submissions.store.released.scored_rows import TaskRow


class PaperFormat(StrEnum):
    """How a board is written for a paper."""

    latex = "latex"
    markdown = "markdown"
    bibtex = "bibtex"


@dataclass(frozen=True)
class Asked:
    """What somebody wants of a table for a paper, besides tasks and metrics.

    Attributes:
        systems: By name; none for all.
        reported: Whether what papers print stands below.
        style: How values are written.
    """

    systems: tuple[str, ...]
    reported: bool
    style: Style

    def refuse_shape(self) -> None:
        """Refuse what only tables for papers have.

        Raises:
            ReasonBoardError: Some of it is asked for.
        """
        if self.systems or self.style != Style():
            raise ReasonBoardError(
                "--systems, --percent, --decimals, --spread and --label are of tables for a paper:"
                f" say --format {', '.join(PaperFormat)} too"
            )


def names_in(text: str | None) -> tuple[str, ...]:
    """Return names that have commas between them."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def named_by(option: str, text: str | None) -> tuple[str, ...]:
    """Return the names that an option has; none where it is not given.

    Raises:
        ReasonBoardError: It is given, and names nothing.
    """
    names = names_in(text)
    if text is not None and not names:
        raise ReasonBoardError(
            f"{option} {text!r} names nothing: write names with commas between, or leave it out"
            " for what stands there without it"
        )
    return names


def as_typed(tasks: Iterable[TaskRow], text: str) -> list[TaskRow]:
    """Return tasks of one board in the order in which `text` names them, with the board or not."""
    names = [name.split("/")[-1] for name in names_in(text)]
    return sorted(tasks, key=lambda task: names.index(task.id.split("/")[-1]))


def print_for_paper(
    board: ChosenBoard,
    tasks: Sequence[TaskRow],
    metrics: Sequence[str],
    asked: Asked,
    format: PaperFormat,
) -> None:
    """Write each board of some tasks to standard output.

    Raises:
        ReasonBoardError: A board has not what is asked for.
    """
    from app.grouping import grouped
    from app.paper.bibliography import bibtex_of
    from app.paper.writing import latex_table, markdown_table

    boards = grouped((task.benchmark, task) for task in tasks)
    tables = [_table(board, of_board, metrics, asked) for of_board in boards.values()]
    if format is PaperFormat.bibtex:
        sys.stdout.write(bibtex_of(cited for _, cited in tables))
        return
    write = latex_table if format is PaperFormat.latex else markdown_table
    sys.stdout.write("\n".join(write(table, cited, asked.style) for table, cited in tables))


def _table(
    board: ChosenBoard, tasks: Sequence[TaskRow], metrics: Sequence[str], asked: Asked
) -> tuple[PaperTable, Bibliography]:
    from app.paper.bibliography import bibliography
    from app.paper.table import chosen_of, paper_table
    from submissions.declarations.settings import cited_authors

    release = board.release
    choice = chosen_of(release, tasks, metrics, asked.systems, reported=asked.reported)
    table = paper_table(release, board.untouched, choice)
    authors = cited_authors(board.folder.path)
    papers = table.papers.values()
    return table, bibliography(release, table.tasks, table.metrics, papers, authors)
