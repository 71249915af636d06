"""Handlers for everybody: what the current release states, and the files that it lists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from app.api.context import context_of
from app.api.prepared import Packed, json_array, json_object, key_of
from app.api.problems import BadRequest, Gone, NotFound
from app.cells import CELL_FIELDS, BoardCells
from app.chosen import chosen_boards, chosen_tasks
from scoring.errors import ReasonBoardError
from submissions.keeping.verify import last_verified
from submissions.rescoring.presence import RUNNING, Presence, presence
from submissions.store.arrays import array_path, check_array
from submissions.store.folder import DataFolder
from submissions.store.ledger import submission_count
from submissions.store.release import NoRelease, ReleaseDamaged, ReleaseReader
from submissions.store.release_rows import ReleaseRow, TaskRow
from submissions.store.serving import ReleaseWithdrawn, earlier_release

NOTICE = "ReasonBoard-Notice"
"""The header that says that a release stands in for a damaged one."""
ARRAY = re.compile(r"[0-9a-f]{64}")
PAGE = 1_000
"""Cells of a page."""


async def leaderboard(request: Request) -> Response:
    """Return every cell of the boards, or of a part of them, whole or a page at a time.

    See docs/json.md.
    """
    context, reader = context_of(request), await anyio.to_thread.run_sync(_current, request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    view = await anyio.to_thread.run_sync(_view, request, reader)
    cells = context.readers.cells(reader)
    if cells is None:
        cells = await context.prepared.alone(partial(context.readers.read_cells, reader))
    view = view.within(cells)
    key = ("leaderboard", *key_of(reader), *view.key)
    packed = await context.prepared.get(key, partial(view.json, cells))
    return Packed(packed, request, headers={**_headers(reader), **view.links(request, cells)})


@dataclass(frozen=True)
class CellSelection:
    """A part of a release's cells.

    Attributes:
        tasks: Whose cells are asked for.
        metric: Which; None for all.
        fields: What of each.
        page: Which page; None for all at once.
    """

    tasks: Sequence[TaskRow]
    metric: str | None
    fields: Sequence[str]
    page: int | None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from other views of the release."""
        return (tuple(task.id for task in self.tasks), self.metric, tuple(self.fields), self.page)

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
        if len(self.fields) == len(CELL_FIELDS):
            return json_array(selected)
        return json_array({name: cell[name] for name in self.fields} for cell in selected)

    def links(self, request: Request, cells: BoardCells) -> dict[str, str]:
        """Return how many cells there are, and where the next page is for whoever reads page by page."""
        total = cells.count(self.tasks, self.metric)
        counted = {"X-Total-Count": str(total)}
        if self.page is None or self.page * PAGE >= total:
            return counted
        query = {**request.query_params, "page": str(self.page + 1)}
        return {**counted, "Link": f'<?{urlencode(query)}>; rel="next"'}


def _view(request: Request, reader: ReleaseReader) -> CellSelection:
    asked = request.query_params
    metric = asked.get("metric")
    try:
        tasks = chosen_tasks(reader, asked.get("benchmark"), asked.get("task"), metric)
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error
    fields = _fields(asked.get("fields"))
    page = _page(asked.get("page", None if len(fields) == len(CELL_FIELDS) else "1"))
    return CellSelection(tasks, metric, fields, page)


def _fields(asked: str | None) -> Sequence[str]:
    if asked is None:
        return CELL_FIELDS
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
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 7 and int(asked)):
        raise BadRequest(f"`page` is a number from 1; a page has {PAGE:,} cells.")
    return int(asked)


async def tasks(request: Request) -> Response:
    """Return the boards' tasks: what they ask, where their data come from, what is known to be wrong with them."""
    benchmark = request.query_params.get("benchmark")

    def make(reader: ReleaseReader) -> Mapping[str, Any]:
        return {"tasks": [asdict(task) for task in reader.tasks(benchmark)]}

    if benchmark is not None:
        await anyio.to_thread.run_sync(_refuse_unknown_board, request, benchmark)
    return await _whole(request, ("tasks", benchmark), make)


def _refuse_unknown_board(request: Request, benchmark: str) -> None:
    try:
        chosen_boards(_current(request), benchmark)
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error


async def releases(request: Request) -> Response:
    """Return the releases up to the one that is served, newest first."""

    def make(reader: ReleaseReader) -> Mapping[str, Any]:
        listed = [asdict(row) for row in reversed(reader.history())]
        return {
            "current": reader.release.number,
            "notice": reader.notice,
            "releases": listed,
        }

    return await _whole(request, ("releases",), make)


async def _whole(
    request: Request, view: tuple[object, ...], make: Callable[[ReleaseReader], Mapping[str, Any]]
) -> Response:
    reader = await anyio.to_thread.run_sync(_current, request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    packed = await context_of(request).prepared.get(
        (*view, *key_of(reader)), lambda: json_object(make(reader))
    )
    return Packed(packed, request, headers=_headers(reader))


def download(request: Request) -> Response:
    """Return a release as it was published: one SQLite file."""
    reader, asked = _current(request), request.path_params["number"]
    number = next((row.number for row in reader.history() if str(row.number) == asked), None)
    if number is None:
        raise NotFound("There is no such release; /api/v1/releases lists them.")
    wanted = reader if number == reader.release.number else _earlier(_folder(request), number)
    if (fresh := _not_modified(request, wanted)) is not None:
        return fresh
    name = f"reasonboard-release-{number}.db"
    return FileResponse(
        wanted.path, headers=_headers(wanted), media_type="application/vnd.sqlite3", filename=name
    )


def array(request: Request) -> Response:
    """Return the values of examples that a score of the current release was made from, or a task's post numbers (NumPy)."""
    reader, digest = _current(request), request.path_params["digest"]
    path = array_path(_folder(request), digest)
    # What is not there at all, which costs a guess no more than a look at the folder, comes first.
    if not (ARRAY.fullmatch(digest) and path.is_file() and reader.lists_array(digest)):
        raise NotFound("The current release lists no such array.")
    check_array(_folder(request), digest)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    return FileResponse(
        path,
        headers=_headers(reader),
        media_type="application/x-npy",
        filename=f"{digest[:12]}.npy",
    )


def health(request: Request) -> Response:
    """Return whether the board can be read (its database opened, its tasks loaded), and whether a worker is there."""
    context = context_of(request)
    body = {
        "status": "ok",
        "tasks": len(context.tasks),
        "faulty": [
            {"name": fault.name, "message": fault.consequence} for fault in context.faults()
        ],
        "submissions": submission_count(context.folder),
        "worker": _worker(presence(context.folder)),
        "damage": _damage(request),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _worker(presence: Presence) -> dict[str, object]:
    """Return whether somebody scores; on what machine is nobody's business."""
    return {
        "state": presence.state,
        "last_seen_seconds": None if presence.last is None else round(presence.last.age, 1),
        "version": None if presence.last is None else presence.last.version,
        "message": "" if presence.state == RUNNING else presence.sentence,
    }


def _damage(request: Request) -> dict[str, object]:
    """Return whether files are damaged; which, and where, is the maintainers' business."""
    verified = last_verified(_folder(request))
    try:
        served = bool(_current(request).notice)
    except ReleaseDamaged:
        served = True
    except NoRelease:
        served = False
    return {
        "served_release": served,
        "files": None if verified is None else len(verified.damages),
        "read_at": None if verified is None else verified.at,
    }


def entity_tag(release: ReleaseRow) -> str:
    """Return the release's id: its number and when it was made, since a board that is made anew counts from 1 again."""
    return f'"{release.number}-{re.sub("[^0-9]", "", release.created_at)}"'


def _current(request: Request) -> ReleaseReader:
    """Return the release that is served, its own row read."""
    reader = context_of(request).readers.current(_folder(request))
    _ = reader.release
    return reader


def _earlier(folder: DataFolder, number: int) -> ReleaseReader:
    try:
        return earlier_release(folder, number)
    except ReleaseWithdrawn as error:
        raise Gone(str(error)) from error


def _not_modified(request: Request, reader: ReleaseReader) -> Response | None:
    asked = [
        tag.strip().removeprefix("W/")
        for tag in request.headers.get("If-None-Match", "").split(",")
    ]
    if entity_tag(reader.release) in asked or "*" in asked:
        return Response(status_code=304, headers=_headers(reader))
    return None


def _headers(reader: ReleaseReader) -> dict[str, str]:
    notice = {NOTICE: reader.notice} if reader.notice else {}
    return {"ETag": entity_tag(reader.release), "Cache-Control": "no-cache", **notice}


def _folder(request: Request) -> DataFolder:
    return context_of(request).folder
