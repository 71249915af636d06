"""What of a release's cells an address of the API asks for: boards, tasks, a metric, fields, a
page.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request

from app.api.prepared import Key, json_array
from app.api.problems import BadRequest, NotFound
from app.cells import CELL_FIELDS, BoardCells
from app.chosen import chosen_tasks, tasks_of_one_board
from scoring.errors import ReasonBoardError
from submissions.releasing.comparing import CannotCompare
from submissions.releasing.on_tasks import Chosen, computed_rows, stated_rows
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import TaskRow, common_headline

PAGE = 1_000
"""Cells of a page."""
MOST_SELECTIONS = 100
"""Each has the rows of its tasks: about 50 KB where a board has twenty."""
LONGEST_QUERY = 2_000
MOST_OUTPUTS = 1_000_000
"""Of all systems on the tasks, up to which these are ranked on demand: some 3 seconds."""


@dataclass(frozen=True)
class CellSelection:
    """A part of a release's cells.

    Attributes:
        tasks: Whose cells are asked for.
        metric: Which; None for all.
        fields: What of each.
        page: Which page; None for all at once.
        ranked: Whether means and ranks are over these tasks alone; then there is one metric.
    """

    tasks: Sequence[TaskRow]
    metric: str | None
    fields: Sequence[str]
    page: int | None
    ranked: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from other views of the release."""
        names = tuple(task.id for task in self.tasks)
        return (names, self.metric, tuple(self.fields), self.page, self.ranked)

    def within(self, cells: BoardCells) -> CellSelection:
        """Return the same cells on a page that there may be.

        Beyond the last, the first of the empty ones.
        """
        if self.page is None:
            return self
        beyond = math.ceil(cells.count(self.tasks, self.metric) / PAGE) + 1
        return replace(self, page=min(self.page, beyond))

    def json(self, cells: BoardCells) -> Iterable[bytes]:
        """Return the cells as a JSON array."""
        first, most = (0, None) if self.page is None else ((self.page - 1) * PAGE, PAGE)
        selected = cells.of(self.tasks, self.metric, first, most)
        # All fields are the common case, and then nothing has to be picked out of a hundred
        # thousand cells.
        if len(self.fields) == len(CELL_FIELDS):
            return json_array(selected)
        return json_array({name: cell[name] for name in self.fields} for cell in selected)

    def ranked_json(self, reader: ReleaseReader, folder: DataFolder) -> Iterable[bytes]:
        """Return the cells as a JSON array, with means and ranks over these tasks alone.

        Raises:
            NotFound: They cannot be ranked by themselves.
            BadRequest: That would take too long here.
        """
        chosen = Chosen(
            self.tasks[0].benchmark, self.metric or "", tuple(task.id for task in self.tasks)
        )
        systems = len(reader.systems(chosen.benchmark))
        outputs = systems * sum(task.size for task in self.tasks)
        try:
            rows = stated_rows(reader, chosen)
            if rows is None and outputs > MOST_OUTPUTS:
                raise BadRequest(
                    f"{outputs:,} outputs are too many to be ranked here, where all wait for it;"
                    f" {MOST_OUTPUTS:,} are the most. `reasonboard leaderboard --tasks` does it"
                    " from a download of the release."
                )
            rows = rows or computed_rows(reader, folder, chosen)
        except CannotCompare as error:
            raise NotFound(str(error)) from error
        return self.json(BoardCells(reader, rows))

    def links(self, request: Request, cells: BoardCells) -> dict[str, str]:
        """Return how many cells there are, and where the next page is for whoever reads page by
        page.
        """
        total = cells.count(self.tasks, self.metric)
        counted = {"X-Total-Count": str(total)}
        if self.page is None or self.page * PAGE >= total:
            return counted
        query = {**request.query_params, "page": str(self.page + 1)}
        return {**counted, "Link": f'<?{urlencode(query)}>; rel="next"'}


class Selections:
    """What addresses asked for of releases, so that the same is worked out once; what was asked for
    longest ago goes first.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, CellSelection] = OrderedDict()

    def get(self, key: Key) -> CellSelection | None:
        """Return what an address asks for; None where that is not known yet."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Key, selection: CellSelection) -> None:
        """Know it from now on, unless it would take much room."""
        # A key holds the address as it was asked: whoever sends long ones must not fill the
        # memory with them.
        if len(repr(key)) <= LONGEST_QUERY:
            self._kept[key] = selection
        while len(self._kept) > MOST_SELECTIONS:
            self._kept.popitem(last=False)


def selection_asked_for(request: Request, reader: ReleaseReader) -> CellSelection:
    """Return what an address asks for of a release.

    Raises:
        NotFound: The release has no such board, task or metric.
        BadRequest: A cell has no such field, or that is no page.
    """
    asked = request.query_params
    metric, several = asked.get("metric"), asked.get("tasks")
    if several is not None and "task" in asked:
        raise BadRequest("`task` shows one task, `tasks` ranks on several: ask for one of the two.")
    try:
        if several is None:
            tasks = chosen_tasks(reader, asked.get("benchmark"), asked.get("task"), metric)
        else:
            names = [name.strip() for name in several.split(",")]
            tasks = tasks_of_one_board(reader, asked.get("benchmark"), names, metric)
            metric = metric or common_headline(tasks)
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error
    fields = _fields(asked.get("fields"))
    # Whoever wants few fields wants a table, a page at a time; whoever wants all wants the file.
    page = _page(asked.get("page", None if len(fields) == len(CELL_FIELDS) else "1"))
    return CellSelection(tasks, metric, fields, page, ranked=several is not None)


def _fields(asked: str | None) -> Sequence[str]:
    if asked is None:
        return CELL_FIELDS
    # Unordered: fields come in the order of the documentation, whatever order they are asked in.
    names = {name.strip() for name in asked.split(",")}
    unknown = sorted(names - set(CELL_FIELDS))
    if unknown:
        raise BadRequest(
            f"A cell has no {', '.join(repr(name[:40]) for name in unknown[:5])}; its fields are: "
            f"{', '.join(CELL_FIELDS)}."
        )
    return [name for name in CELL_FIELDS if name in names]


def _page(asked: str | None) -> int | None:
    if asked is None:
        return None
    # `isdecimal` alone lets the digits of other scripts through, and `int` has errors of its own
    # for numbers of thousands of digits.
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 7 and int(asked)):
        raise BadRequest(f"`page` is a number from 1; a page has {PAGE:,} cells.")
    return int(asked)
