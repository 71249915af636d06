"""Handlers for everybody: what the current release states, and the files that it lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

from anyio.to_thread import run_sync as in_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from app.api import bodies
from app.api.cell_selection import CellSelection, selection_asked_for
from app.api.context import context_of, folder_of
from app.api.prepared import Packed, json_array, json_object, key_of, pack, unpacked
from app.api.problems import BadRequest, Gone, NotFound
from app.at_once import TooMuchAtOnce, variants_at_once
from app.chosen import (
    by_metric_largest_drop_first,
    chosen_boards,
    chosen_systems,
    chosen_tasks,
    compared,
    varied,
    with_wanted,
)
from app.grouping import grouped
from app.overview import overview_of
from app.server.visitors import address_of
from app.text import wanted_difference
from scoring.errors import ReasonBoardError
from submissions.keeping.verify import last_verified
from submissions.rating.rubrics import rubric_headlines
from submissions.releasing.comparing import CannotCompare, Question, ask, compare_systems
from submissions.releasing.variants import VariantPair, compare_variants
from submissions.rescoring.presence import RUNNING, Presence, presence_by
from submissions.store.files.arrays import array_path, check_array
from submissions.store.folder import DataFolder
from submissions.store.released.release import NoRelease, ReleaseDamaged, ReleaseReader
from submissions.store.released.scored_rows import ReleaseRow, TaskRow
from submissions.store.released.serving import ReleaseWithdrawn, earlier_release
from submissions.store.scored.workers import traces

NOTICE = "ReasonBoard-Notice"
"""The header that says that a release stands in for a damaged one."""
MOST_COMPARED = 4
MOST_TESTED = 20_000
"""Outputs of all systems that are compared, up to which that takes a second or two."""
_ELSEWHERE = (
    "all wait for it. Ask for one task, or the `reasonboard` command does it from a download of the"
    " release."
)
ARRAY = re.compile(r"[0-9a-f]{64}")


async def leaderboard(request: Request) -> Response:
    """Return every cell of the boards, or of a part of them, whole or a page at a time.

    See docs/json.md.
    """
    context, reader = context_of(request), await _served(request)
    # Before anything is read or made: most who ask again have it already.
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    view = await _asked_for(request, reader)
    cells = context.readers.cells(reader)
    if cells is None:
        cells = await context.prepared.alone(partial(context.readers.read_cells, reader))
    view = view.within(cells)
    key = ("leaderboard", *key_of(reader), *view.key)
    if view.ranked:
        make = partial(view.ranked_json, reader, folder_of(request))
        packed = await context.computed.get(key, make, address_of(request.scope))
    else:
        packed = await context.prepared.get(key, partial(view.json, cells))
    return Packed(packed, request, headers={**_headers(reader), **view.links(request, cells)})


async def _asked_for(request: Request, reader: ReleaseReader) -> CellSelection:
    """Return which cells an address asks for, which is worked out once for a release."""
    known, key = context_of(request).selections, (*key_of(reader), request.scope["query_string"])
    selection = known.get(key)
    if selection is None:
        selection = await in_thread(selection_asked_for, request, reader)
        known.keep(key, selection)
    return selection


async def comparisons(request: Request) -> Response:
    """Return systems held against each other, as `reasonboard compare --format json` does."""
    context, reader = context_of(request), await _served(request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    asked = request.query_params
    text = asked.get("wanted", "")
    wanted = wanted_difference(text)
    if text and wanted is None:
        raise BadRequest("`wanted` is a difference: a number above 0, e.g. 0.02.")
    question = await in_thread(_question, request, reader)
    folder = folder_of(request)

    def make() -> Iterable[bytes]:
        try:
            rows = compare_systems(reader, folder, question)
        except CannotCompare as error:
            raise NotFound(str(error)) from error
        return json_array(compared(reader, question, rows, None))

    # By what is meant, however it is written. What is wanted changes nothing of what takes long.
    systems, names = question.systems, (task.id for task in question.tasks)
    key = ("comparisons", *key_of(reader), *(system.id for system in systems), *names)
    key = (*key, question.metric)
    packed = await context.computed.get(key, make, address_of(request.scope))
    if wanted is not None:
        packed = await in_thread(_with_wanted, packed, wanted)
    return Packed(packed, request, headers=_headers(reader))


async def variants(request: Request) -> Response:
    """Return variants of one base model, as `reasonboard variants --format json` does."""
    context, reader = context_of(request), await _served(request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    question, pairs = await in_thread(_variants_question, request, reader)
    folder = folder_of(request)

    def make() -> Iterable[bytes]:
        try:
            rows = compare_variants(reader, folder, question, pairs)
        except CannotCompare as error:
            raise NotFound(str(error)) from error
        return json_array(varied(reader, question, rows))

    # Its systems are those that are of a pair: of all that may be asked for, there are no others.
    systems, names = question.systems, (task.id for task in question.tasks)
    key = ("variants", *key_of(reader), question.benchmark, question.metric, *names)
    key = (*key, *(system.id for system in systems))
    packed = await context.computed.get(key, make, address_of(request.scope))
    return Packed(packed, request, headers=_headers(reader))


def _variants_question(
    request: Request, reader: ReleaseReader
) -> tuple[Question, tuple[VariantPair, ...]]:
    """Return which variants are to be compared, and on what.

    Raises:
        NotFound: The release lacks something of it.
        BadRequest: It is too much, or of several boards.
    """
    benchmark, task, metric = map(request.query_params.get, ("benchmark", "task", "metric"))
    try:
        tasks = chosen_tasks(reader, benchmark, task, metric)
        board = _only_board(tasks)
        systems = chosen_systems(reader, board, request.query_params.getlist("system"))
        return variants_at_once(reader, systems, tasks, metric)
    except BadRequest:
        raise
    except TooMuchAtOnce as error:
        raise BadRequest(f"{error} `system=`, once for each, and `task=` choose.") from error
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error


def _only_board(tasks: Iterable[TaskRow]) -> str:
    """Return the board of some tasks.

    Raises:
        BadRequest: They are of several.
    """
    boards = list(dict.fromkeys(row.benchmark for row in tasks))
    if len(boards) != 1:
        raise BadRequest(f"Say which board with `benchmark=`: {', '.join(boards)}.")
    return boards[0]


def _with_wanted(packed: bytes, wanted: float) -> bytes:
    """Return packed comparisons that say how many posts a difference would take."""
    rows = [with_wanted(row, wanted) for row in unpacked(packed)]
    return pack(b"".join(json_array(rows)))


def _question(request: Request, reader: ReleaseReader) -> Question:
    """Return what is to be compared.

    Raises:
        NotFound: The release lacks something of it.
        BadRequest: It is too much.
    """
    asked = request.query_params.getlist("system")[: MOST_COMPARED + 1]
    benchmark, task, metric = map(request.query_params.get, ("benchmark", "task", "metric"))
    try:
        question = ask(reader, asked, benchmark=benchmark, task=task, metric=metric)
    except CannotCompare as error:
        raise NotFound(str(error)) from error
    if len(question.systems) > MOST_COMPARED:
        raise BadRequest(f"{MOST_COMPARED} systems are the most that is tested here: {_ELSEWHERE}")
    _refuse_much(question)
    return question


def _refuse_much(question: Question) -> None:
    outputs = len(question.systems) * sum(task.size for task in question.tasks)
    if outputs > MOST_TESTED:
        raise BadRequest(f"{MOST_TESTED:,} outputs are the most that is tested here: {_ELSEWHERE}")


async def tasks(request: Request) -> Response:
    """Return the boards' tasks: what they ask, where their data come from, what is known to be
    wrong with them.
    """
    benchmark = request.query_params.get("benchmark")

    def make(reader: ReleaseReader) -> bodies.TasksBody:
        return bodies.TasksBody(tuple(reader.tasks(benchmark)))

    # Refused before the answer is looked for: else each misspelled name would be kept as an
    # answer of its own.
    if benchmark is not None:
        await in_thread(_refuse_unknown_board, request, benchmark)
    return await _whole(request, ("tasks", benchmark), make)


async def stress_tests(request: Request) -> Response:
    """Return how often each metric values a real explanation above one spoilt on purpose."""
    benchmark = request.query_params.get("benchmark")

    def make(reader: ReleaseReader) -> bodies.StressTests:
        return bodies.StressTests(reader.stress_tests(benchmark))

    if benchmark is not None:
        await in_thread(_refuse_unknown_board, request, benchmark)
    return await _whole(request, ("stress tests", benchmark), make)


async def overview(request: Request) -> Response:
    """Return all boards at a glance, as `reasonboard overview --format json` does."""
    data = folder_of(request).path

    def make(reader: ReleaseReader) -> bodies.AllBoards:
        whole = overview_of(reader, rubric_headlines(data))
        return bodies.AllBoards(whole.release, whole.boards, whole.tasks)

    return await _whole(request, ("overview",), make)


async def reported(request: Request) -> Response:
    """Return what papers print and claim, apart from every cell of the boards."""

    def make(reader: ReleaseReader) -> bodies.ReportedResults:
        return bodies.ReportedResults(reader.papers(), reader.reported(), reader.claims())

    return await _whole(request, ("reported",), make)


async def transcripts(request: Request) -> Response:
    """Return how transcripts are rated by a rubric."""

    def make(reader: ReleaseReader) -> bodies.RatedTranscriptBoards:
        return bodies.RatedTranscriptBoards(
            reader.rubric_boards(),
            reader.rubric_systems(),
            reader.rubric_values(),
            reader.rubric_contrasts(),
            reader.rubric_agreement(),
        )

    return await _whole(request, ("transcripts",), make)


async def counterfactuals(request: Request) -> Response:
    """Return how each system's answers change between posts and their counterfactuals."""
    benchmark = request.query_params.get("benchmark")

    def make(reader: ReleaseReader) -> bodies.Counterfactuals:
        return bodies.Counterfactuals(reader.counterfactuals(benchmark))

    if benchmark is not None:
        await in_thread(_refuse_unknown_board, request, benchmark)
    return await _whole(request, ("counterfactuals", benchmark), make)


async def failures(request: Request) -> Response:
    """Return where systems fail, of all together (`system` is empty) and of each."""
    benchmark = request.query_params.get("benchmark")

    def make(reader: ReleaseReader) -> bodies.Failures:
        boards = grouped((row.benchmark, row) for row in reader.drops(benchmark))
        ranked = (by_metric_largest_drop_first(rows).values() for rows in boards.values())
        return bodies.Failures(tuple(chain.from_iterable(chain.from_iterable(ranked))))

    if benchmark is not None:
        await in_thread(_refuse_unknown_board, request, benchmark)
    return await _whole(request, ("failures", benchmark), make)


def _refuse_unknown_board(request: Request, benchmark: str) -> None:
    try:
        chosen_boards(_current(request), benchmark)
    except ReasonBoardError as error:
        raise NotFound(str(error)) from error


async def releases(request: Request) -> Response:
    """Return the releases up to the one that is served, newest first."""

    def make(reader: ReleaseReader) -> bodies.Releases:
        listed = tuple(reversed(reader.history()))
        return bodies.Releases(reader.release.number, reader.notice, listed)

    return await _whole(request, ("releases",), make)


async def _whole(
    request: Request, view: tuple[object, ...], make: Callable[[ReleaseReader], bodies.Body]
) -> Response:
    reader = await _served(request)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    packed = await context_of(request).prepared.get(
        (*view, *key_of(reader)), lambda: json_object(make(reader).as_json())
    )
    return Packed(packed, request, headers=_headers(reader))


def download(request: Request) -> Response:
    """Return a release as it was published: one SQLite file."""
    reader, asked = _current(request), request.path_params["number"]
    # Only what the served release lists: a file of a release that was withdrawn may still lie
    # there.
    number = next((row.number for row in reader.history() if str(row.number) == asked), None)
    if number is None:
        raise NotFound("There is no such release; /api/v1/releases lists them.")
    wanted = reader if number == reader.release.number else _earlier(folder_of(request), number)
    if (fresh := _not_modified(request, wanted)) is not None:
        return fresh
    name = f"reasonboard-release-{number}.db"
    return FileResponse(
        wanted.path, headers=_headers(wanted), media_type="application/vnd.sqlite3", filename=name
    )


async def array(request: Request) -> Response:
    """Return an array that the current release lists: a score's values by example, or a task's post
    numbers (NumPy).
    """
    reader, digest = await _served(request), request.path_params["digest"]
    # What is not there at all, which costs a guess no more than a look at the folder and no thread,
    # comes first.
    if not (ARRAY.fullmatch(digest) and array_path(folder_of(request), digest).is_file()):
        raise _no_such_array()
    return await in_thread(_listed_array, request, reader, digest)


def _listed_array(request: Request, reader: ReleaseReader, digest: str) -> Response:
    if not reader.lists_array(digest):
        raise _no_such_array()
    # What is damaged must not be handed on as data; it is read against its name, which is its
    # hash.
    check_array(folder_of(request), digest)
    if (fresh := _not_modified(request, reader)) is not None:
        return fresh
    return FileResponse(
        array_path(folder_of(request), digest),
        headers=_headers(reader),
        media_type="application/x-npy",
        filename=f"{digest[:12]}.npy",
    )


def _no_such_array() -> NotFound:
    return NotFound("The current release lists no such array.")


def health(request: Request) -> Response:
    """Return whether the board can be read (its database opened, its tasks loaded), and whether a
    worker is there.
    """
    context = context_of(request)
    left = traces(context.folder)
    body = bodies.Health(
        status="ok",
        tasks=len(context.tasks),
        faulty=tuple(
            bodies.Faulty(fault.name, fault.consequence) for fault in context.faults.now()
        ),
        submissions=left.submissions,
        worker=_worker(presence_by(left)),
        damage=_damage(request),
    )
    return JSONResponse(body.as_json(), headers={"Cache-Control": "no-store"})


def _worker(presence: Presence) -> bodies.WorkerBody:
    """Return whether somebody scores; on what machine is nobody's business."""
    return bodies.WorkerBody(
        state=presence.state,
        last_seen_seconds=None if presence.last is None else round(presence.last.age, 1),
        version=None if presence.last is None else presence.last.version,
        message="" if presence.state == RUNNING else presence.sentence,
    )


def _damage(request: Request) -> bodies.DamageBody:
    """Return whether files are damaged; which, and where, is the maintainers' business."""
    verified = last_verified(folder_of(request))
    try:
        served = bool(_current(request).notice)
    except ReleaseDamaged:
        served = True
    except NoRelease:
        served = False
    if verified is None:
        return bodies.DamageBody(served, None, None)
    return bodies.DamageBody(served, len(verified.damages), verified.at)


def entity_tag(release: ReleaseRow) -> str:
    """Return the release's id: its number and when it was made, since a board that is made anew
    counts from 1 again.
    """
    return f'"{release.number}-{re.sub("[^0-9]", "", release.created_at)}"'


async def _served(request: Request) -> ReleaseReader:
    """Return the release that is served, without a thread where it was looked at just now."""
    standing = context_of(request).readers.standing(folder_of(request))
    return await in_thread(_current, request) if standing is None else standing


def _current(request: Request) -> ReleaseReader:
    return context_of(request).readers.current(folder_of(request))


def _earlier(folder: DataFolder, number: int) -> ReleaseReader:
    try:
        return earlier_release(folder, number)
    except ReleaseWithdrawn as error:
        raise Gone(str(error)) from error


def _not_modified(request: Request, reader: ReleaseReader) -> Response | None:
    asked = [
        # Proxies that pack an answer weaken its tag on the way.
        tag.strip().removeprefix("W/")
        for tag in request.headers.get("If-None-Match", "").split(",")
    ]
    if entity_tag(reader.release) in asked or "*" in asked:
        return Response(status_code=304, headers=_headers(reader))
    return None


def _headers(reader: ReleaseReader) -> dict[str, str]:
    notice = {NOTICE: reader.notice} if reader.notice else {}
    return {"ETag": entity_tag(reader.release), "Cache-Control": "no-cache", **notice}
