"""Handlers for teams: submit, follow, publish, edit, withdraw. Each asks first
whose token it is.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync as in_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.api import bodies
from app.api.context import Context, context_of, folder_of, team_of
from app.api.prepared import Packed, pack
from app.api.problems import BadRequest, NotFound, TooLarge, TooSlow, WrongType
from app.api.uploads import Received, receive
from app.server.pace import GRACE
from scoring.declarations import fitted
from scoring.sources import Sources
from submissions.benchmarks.access import may_have_posts
from submissions.benchmarks.importing import NotImported, UnknownTask, declared_task, examples_of
from submissions.benchmarks.templates import write_template
from submissions.declarations.meta import Meta, parse_meta, parse_toml
from submissions.life.decisions import consent, edit_meta
from submissions.life.states import Life, find_submission, life_of, lives, scores_of
from submissions.life.takedown import withdraw
from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.examination import Examined, examine_apart, new_workspace
from submissions.receiving.intake import (
    Accepted,
    earlier_of,
    require_benchmark,
    sender_of,
    submit_examined,
)
from submissions.receiving.turns import TURNS, count_reading
from submissions.releasing.own_reach import reach_on_board
from submissions.store.folder import sha256_of
from submissions.store.scored.scores import Score
from submissions.store.submitted.submissions import Submission, require_room
from submissions.teams.accounts import Team
from submissions.teams.edits import count_edit
from submissions.teams.limits import BoardLimits, load_limits

Result = TypeVar("Result")
LONGEST_BODY = 64 * 1024
PRIVATE = {"Cache-Control": "no-store"}


async def submit(request: Request) -> Response:
    """Take a submission: 201 with its address, or 200 with the address of the same one that was
    taken before.
    """
    accepted = await _with_upload(request, _submit)
    context = context_of(request)
    life = await in_thread(life_of, context.folder, context.tasks, accepted.submission)
    body = bodies.Taken(**vars(_described(life)), notes=accepted.lines).as_json()
    address = f"{request.scope.get('root_path', '')}/api/v1/submissions/{accepted.submission.id}"
    return JSONResponse(body, 201 if accepted.new else 200, {**PRIVATE, "Location": address})


async def check(request: Request) -> Response:
    """Look at a file as a submission would be looked at, and store nothing."""
    examined = await _with_upload(request, _examine)
    seen = examined.preview
    return _json(bodies.PreviewBody(seen.accepted, examined.sha256, **vars(seen)))


def list_submissions(request: Request) -> Response:
    """Return the team's submissions, newest first; a maintainer's token lists everybody's."""
    context, team = context_of(request), team_of(request)
    team_lives = lives(context.folder, context.tasks, None if team.maintains else team)
    return _json(bodies.Submissions(tuple(map(_described, team_lives))))


def show(request: Request) -> Response:
    """Return one submission: its state, how far it is, what its team can do."""
    return _shown(request, _own(request))


def private_scores(request: Request) -> Response:
    """Return one submission's scores, for its team, before anybody else sees them."""
    context, submission = context_of(request), _own(request)
    scores = scores_of(context.folder, context.tasks, submission)
    reach = reach_on_board(context.folder, context.tasks, submission, scores)
    return _json(bodies.Scores(submission.id, tuple(map(_score, scores)), reach))


async def publish(request: Request) -> Response:
    """Consent to a submission's publication."""

    def act(own: Submission, author: str) -> Submission:
        # Counted although it changes a single word: each makes a line in the record that nobody
        # can delete.
        count_edit(folder_of(request), team_of(request), own, {"consent": True})
        return consent(folder_of(request), own, author)

    return await _changed(request, act)


async def edit(request: Request) -> Response:
    """Change what is declared of a submission: a JSON object of key -> new value, null to declare
    nothing.
    """
    changes = await _json_body(request)

    def act(own: Submission, author: str) -> Submission:
        count_edit(folder_of(request), team_of(request), own, changes)
        return edit_meta(folder_of(request), context_of(request).tasks, own, changes, author)

    return await _changed(request, act)


async def take_back(request: Request) -> Response:
    """Withdraw a submission: its outputs are deleted, a tombstone stays."""
    body = fitted(bodies.Reason, await _json_body(request), "The body", BadRequest)

    def act(own: Submission, author: str) -> Submission:
        return withdraw(folder_of(request), own, author, body.reason)

    return await _changed(request, act)


def template(request: Request) -> Response:
    """Return the CSV that a team fills in for one task.

    With the posts, where they are public or the team may have them.
    """
    team, context = team_of(request), context_of(request)
    name = f"{request.path_params['benchmark']}/{request.path_params['task']}"
    try:
        task = declared_task(context.tasks, name)
        examples = examples_of(context.folder, task)
    except (UnknownTask, NotImported) as error:
        raise NotFound(str(error)) from error
    target = io.StringIO(newline="")
    # By task and team: posts that are not public go only to teams that were given them.
    posts = may_have_posts(context.folder, context.tasks, task, team.name)
    write_template(task, examples, target, posts=posts)
    attachment = f'attachment; filename="{name.replace("/", "-")}.csv"'
    given = "included" if posts else "withheld"
    headers = {**PRIVATE, "Content-Disposition": attachment, "X-Posts": given}
    packed = pack(target.getvalue().encode())
    return Packed(packed, request, "text/csv; charset=utf-8", headers)


def _described(life: Life) -> bodies.SubmissionBody:
    """Return a submission as its team sees it."""
    own = life.submission
    return bodies.SubmissionBody(
        id=own.id,
        benchmark=own.benchmark,
        system=own.system,
        version=own.version,
        team=own.team,
        state=life.state,
        done=life.done,
        total=life.total,
        reason=life.reason,
        next_step=life.next_step,
        consent=own.consent,
        held=own.held,
        tasks=own.tasks,
        rows=own.n_rows,
        sha256=own.sha256,
        received_at=own.received_at,
        withdrawn_at=own.withdrawn_at,
        metadata=own.meta,
        page=f"/submission?id={own.id}",
    )


def parse_metadata(text: str, sources: Sources) -> Meta:
    """Return what was declared, as TOML or as a JSON object.

    Raises:
        SubmissionRefused: With everything that is wrong.
    """
    try:
        # TOML never begins with a brace, so that nobody has to say which of the two it is.
        raw = json.loads(text) if text.lstrip().startswith("{") else parse_toml(text)
    except (ValueError, RecursionError) as error:
        fault = Problem(
            "metadata",
            None,
            "",
            "",
            f"neither TOML nor JSON: {error}",
            'lines such as `system = "name"`',
        )
        raise SubmissionRefused([fault]) from error
    return parse_meta(
        # null declares nothing; TOML has no such value, and only JSON can bring one.
        {key: value for key, value in raw.items() if value is not None},
        sources,
        "metadata",
    )


@dataclass(frozen=True)
class _Upload:
    """A file that a team has sent, with what is done to it.

    Attributes:
        board: To which it was sent.
        team: Whose it is.
        limits: What the board takes.
        received: The file.
    """

    board: Context
    team: Team
    limits: BoardLimits
    received: Received

    @property
    def benchmark(self) -> str:
        """To whose tasks its outputs are answers."""
        return self.received.texts["benchmark"]


def _who_submits(request: Request) -> tuple[Team, BoardLimits]:
    team, limits = team_of(request), load_limits(folder_of(request))
    sender_of(team, limits)
    return team, limits


async def _with_upload(request: Request, act: Callable[[_Upload], Result]) -> Result:
    """Receive a file, do something with it when it is the team's turn, and drop it.

    Whoever waits for a turn holds no thread, and no place at which others' files are received.
    """
    context = context_of(request)
    team, limits = await in_thread(_who_submits, request)
    # Before the file arrives: whoever has used up the hour is told at once, not after 50 MB.
    count_reading(team.name, limits.team.readings_an_hour)
    async with context.receiving_of[team.name]:
        workspace = await in_thread(new_workspace, context.folder)
        try:
            async with context.receiving:
                received = await receive(request, workspace, limits)
            async with _turn(team, limits):
                return await in_thread(act, _Upload(context, team, limits, received))
        finally:
            # Also when the client has gone, which cancels all else: the file has to be deleted.
            with anyio.CancelScope(shield=True):
                await in_thread(partial(shutil.rmtree, workspace, ignore_errors=True))


@asynccontextmanager
async def _turn(team: Team, limits: BoardLimits) -> AsyncIterator[None]:
    """Hold the team's turn to have a file read."""
    place = TURNS.ask(team.name, limits.check.at_once)
    try:
        await asyncio.wrap_future(place)
        yield
    finally:
        TURNS.leave(team.name, place)


def _submit(upload: _Upload) -> Accepted:
    """Take a submission; what can be refused without looking at the file is refused first."""
    board, texts = upload.board, upload.received.texts
    require_benchmark(board.tasks, upload.benchmark)
    if "metadata" not in texts:
        raise BadRequest(
            "The part `metadata` is needed: what submission.toml holds, or the same as JSON."
        )
    sources = Sources.of(board.tasks)
    try:
        meta = parse_metadata(texts["metadata"], sources)
    except SubmissionRefused as refusal:
        # The file is read all the same, so that everything that is wrong is said in one go.
        preview = _examine(upload).preview
        raise SubmissionRefused(
            [*refusal.problems, *preview.problems], preview.unlisted
        ) from refusal
    sender, name = sender_of(upload.team, upload.limits), upload.team.name
    # Before the quota is asked: sending the same bytes again costs nothing, and must not be
    # refused.
    digest = sha256_of(upload.received.path)
    earlier = earlier_of(board.folder, meta, upload.benchmark, digest, name)
    if earlier is not None:
        return Accepted(earlier, new=False)
    if sender.most_a_day is not None:
        require_room(board.folder, name, upload.benchmark, sender.most_a_day)
    return submit_examined(
        board.folder, _examine(upload), meta, upload.benchmark, sender, sources, "metadata"
    )


def _examine(upload: _Upload) -> Examined:
    board, received = upload.board, upload.received
    require_benchmark(board.tasks, upload.benchmark)
    return examine_apart(
        board.folder, received.path, upload.benchmark, upload.limits, received.name
    )


def _own(request: Request) -> Submission:
    return find_submission(folder_of(request), request.path_params["submission"], team_of(request))


async def _changed(request: Request, act: Callable[[Submission, str], Submission]) -> Response:
    """Change a submission of whoever asks, in a thread, and return it as it is then."""

    def change() -> Response:
        author = team_of(request).author
        return _shown(request, act(_own(request), author))

    return await in_thread(change)


def _shown(request: Request, submission: Submission) -> Response:
    context = context_of(request)
    return _json(_described(life_of(context.folder, context.tasks, submission)))


def _json(body: bodies.Body) -> Response:
    return JSONResponse(body.as_json(), headers=PRIVATE)


def _score(score: Score) -> bodies.ScoreBody:
    # The first field, the metric, stands in the score's identity; all others have the score's own
    # names.
    _, *names = (known.name for known in fields(bodies.ScoreBody))
    return bodies.ScoreBody(score.identity.metric, *(getattr(score, name) for name in names))


async def _json_body(request: Request) -> bodies.Json:
    """Return the body's JSON object; who may send it is asked first."""
    # Whose token it is comes before the body, as everywhere: strangers send nothing.
    await in_thread(_own, request)
    if (
        request.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
        != "application/json"
    ):
        raise WrongType("Send a JSON object as application/json.")
    body = bytearray()
    try:
        with anyio.fail_after(GRACE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise TooLarge(f"At most {LONGEST_BODY:,} bytes are taken here.")
        declared = json.loads(body)
    except TimeoutError as error:
        raise TooSlow(f"The body did not arrive within {GRACE:.0f} s.") from error
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise BadRequest("The body is not JSON.") from error
    if not isinstance(declared, dict):
        raise BadRequest("The body is not a JSON object.")
    return declared
