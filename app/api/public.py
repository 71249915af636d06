"""Handlers for everybody: what the current release states, and the files that it lists."""

from __future__ import annotations

import re
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from app.api.context import context_of
from app.api.problems import Gone, NotFound
from app.commands.leaderboard import board_cells, chosen_tasks
from scoring.errors import ReasonBoardError
from submissions.faults import declaration_faults
from submissions.rescoring.presence import RUNNING, Presence, presence
from submissions.store.arrays import array_path, check_array
from submissions.store.folder import DataFolder
from submissions.store.ledger import mark
from submissions.store.release import ReleaseReader, release_path
from submissions.store.release_rows import ReleaseRow
from submissions.store.serving import checked_release, current_release, lists_withdrawn

NOTICE = "ReasonBoard-Notice"
"""The header that says that a release stands in for a damaged one."""
ARRAY = re.compile(r"[0-9a-f]{64}")


def leaderboard(request: Request) -> Response:
    """Every cell of the boards, or of a part of them: see docs/json.md."""
    reader = _current(request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    wanted = {name: request.query_params.get(name) for name in ("benchmark", "task", "metric")}
    try:
        tasks = chosen_tasks(reader, wanted["benchmark"], wanted["task"], wanted["metric"])
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error
    cells = list(board_cells(reader, tasks, wanted["metric"]))
    return JSONResponse(cells, headers=_headers(reader))


def tasks(request: Request) -> Response:
    """The boards' tasks: what they ask, where their data come from, what is known to be wrong with them."""
    reader = _current(request)
    found = [asdict(task) for task in reader.tasks(request.query_params.get("benchmark"))]
    return _not_modified(request, reader) or JSONResponse(
        {"tasks": found}, headers=_headers(reader)
    )


def releases(request: Request) -> Response:
    """The releases up to the one that is served, newest first."""
    reader = _current(request)
    listed = [asdict(row) for row in reversed(reader.history())]
    body = {"current": reader.release.number, "notice": reader.notice, "releases": listed}
    return _not_modified(request, reader) or JSONResponse(body, headers=_headers(reader))


def download(request: Request) -> Response:
    """A release as it was published: one SQLite file."""
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
    """The values of examples that a score of the current release was made from, or a task's post numbers (NumPy)."""
    reader, digest = _current(request), request.path_params["digest"]
    path = array_path(_folder(request), digest)
    if not (ARRAY.fullmatch(digest) and _lists(reader, digest) and path.is_file()):
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
    """Whether the board can be read (its database opened, its tasks loaded), and whether a worker is there."""
    context = context_of(request)
    body = {
        "status": "ok",
        "tasks": len(context.tasks),
        "faulty": [
            {"name": fault.name, "message": fault.consequence}
            for fault in declaration_faults(context.folder)
        ],
        "submissions": mark(context.folder).submissions,
        "worker": _worker(presence(context.folder)),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _worker(found: Presence) -> dict[str, object]:
    """Whether somebody scores; on what machine is nobody's business."""
    return {
        "state": found.state,
        "last_seen_seconds": None if found.last is None else round(found.last.age, 1),
        "version": None if found.last is None else found.last.version,
        "message": "" if found.state == RUNNING else found.sentence,
    }


def entity_tag(release: ReleaseRow) -> str:
    """The release's id: its number and when it was made, since a board that is made anew counts from 1 again."""
    return f'"{release.number}-{re.sub("[^0-9]", "", release.created_at)}"'


def _current(request: Request) -> ReleaseReader:
    return current_release(_folder(request))


def _earlier(folder: DataFolder, number: int) -> ReleaseReader:
    reader = checked_release(folder, release_path(folder, number))
    if lists_withdrawn(folder, reader):
        raise Gone(
            f"Release {number} lists a system that was withdrawn since. It is not given out any more."
        )
    return reader


def _lists(reader: ReleaseReader, digest: str) -> bool:
    """Whether the release names this array: all that a comparison of its systems is made from."""
    return any(row.post_numbers == digest for row in reader.tasks()) or any(
        cell.array == digest for cell in reader.cells()
    )


def _not_modified(request: Request, reader: ReleaseReader) -> Response | None:
    asked = [
        tag.strip().removeprefix("W/")
        for tag in request.headers.get("If-None-Match", "").split(",")
    ]
    if entity_tag(reader.release) in asked or "*" in asked:
        return Response(status_code=304, headers=_headers(reader))
    return None


def _headers(reader: ReleaseReader) -> dict[str, str]:
    told = {NOTICE: reader.notice} if reader.notice else {}
    return {"ETag": entity_tag(reader.release), "Cache-Control": "no-cache", **told}


def _folder(request: Request) -> DataFolder:
    return context_of(request).folder
