"""Errors as problem details (RFC 9457): what went wrong, and what to do next, in one shape for
every error.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from app.server.problem import problem
from scoring.errors import ReasonBoardError
from submissions.declarations.settings import SettingsError
from submissions.life.decisions import TooLate
from submissions.life.states import NoSuchSubmission
from submissions.life.takedown import TakedownIncomplete
from submissions.problems import SubmissionRefused, new_fault
from submissions.receiving.examination import ReadingFailed
from submissions.receiving.turns import TooManyReadings
from submissions.store.files.damage import DamagedFile
from submissions.store.released.release import NoRelease, ReleaseDamaged
from submissions.store.sqlite.trouble import DatabaseUnusable
from submissions.store.submitted.submissions import DayIsFull, NameTaken
from submissions.teams.accounts import NotAllowed, NotSignedIn
from submissions.teams.edits import TooManyEdits
from submissions.wording import counted

RETRY_SECONDS = 5
logger = logging.getLogger(__name__)


class BadRequest(ReasonBoardError):
    """A request that is not as the API asks for it."""


class NotFound(ReasonBoardError):
    """There is no such thing in what is published."""


class Gone(ReasonBoardError):
    """It was there, and was taken down."""


class TooLarge(ReasonBoardError):
    """More was sent than is taken."""


class TooSlow(ReasonBoardError):
    """What was sent did not arrive in time."""


class WrongType(ReasonBoardError):
    """Sent in a form that is not read."""


class LineIsFull(ReasonBoardError):
    """More is being computed than is waited for; `seconds` until it is worth another try."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class TooManyComputed(ReasonBoardError):
    """Somebody has had as much computed as they may; `seconds` until the next is possible."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem: its status, its name in the `type`, its title."""

    status: int
    name: str
    title: str


KINDS: Mapping[type[Exception], ProblemType] = {
    BadRequest: ProblemType(400, "bad-request", "The request is not as it should be"),
    NotSignedIn: ProblemType(401, "not-signed-in", "A team's token is needed"),
    NotAllowed: ProblemType(403, "not-allowed", "The team may not do this"),
    NoSuchSubmission: ProblemType(404, "no-such-submission", "There is no such submission"),
    NotFound: ProblemType(404, "not-found", "There is no such thing"),
    ReleaseDamaged: ProblemType(503, "damaged", "A file of the board is damaged"),
    DamagedFile: ProblemType(503, "damaged", "A file of the board is damaged"),
    NoRelease: ProblemType(404, "nothing-published", "Nothing is published"),
    TooSlow: ProblemType(408, "too-slow", "The upload took too long"),
    NameTaken: ProblemType(409, "name-taken", "The name is taken"),
    TooLate: ProblemType(409, "too-late", "The submission cannot be changed any more"),
    Gone: ProblemType(410, "taken-down", "It was taken down"),
    TooLarge: ProblemType(413, "too-large", "More was sent than is taken"),
    WrongType: ProblemType(415, "wrong-type", "Sent in a form that is not read"),
    SubmissionRefused: ProblemType(422, "refused", "What was sent has problems"),
    DayIsFull: ProblemType(429, "day-is-full", "The team's submissions for now are used"),
    TooManyReadings: ProblemType(
        429, "too-many-files", "As many of the team's files were read as may be for now"
    ),
    TooManyEdits: ProblemType(429, "too-many-edits", "The team's edits for now are made"),
    TooManyComputed: ProblemType(
        429, "too-many-computed", "As much was computed for the address as may be for now"
    ),
    LineIsFull: ProblemType(503, "line-is-full", "As much is being computed as can be waited for"),
    TakedownIncomplete: ProblemType(
        503, "takedown-unfinished", "The takedown is recorded and not finished"
    ),
    ReadingFailed: ProblemType(500, "fault", "A fault of the board's"),
    SettingsError: ProblemType(503, "not-set-up", "The board's settings have a fault"),
    ReasonBoardError: ProblemType(422, "refused", "What was sent cannot be taken"),
    DatabaseUnusable: ProblemType(503, "busy", "The board is busy"),
    sqlite3.OperationalError: ProblemType(503, "busy", "The board is busy"),
    OSError: ProblemType(503, "busy", "The board is busy"),
}


def kind_of(error: Exception) -> ProblemType:
    """Return the kind of the nearest class of `error` that has one."""
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def of_error(_request: Request, error: Exception) -> JSONResponse:
    """Return what somebody can put right, in the error's own words."""
    kind, more, detail = kind_of(error), dict[str, Any](), str(error)
    logger.info("refused", extra={"ids": {"problem": kind.name}})
    # A busy board is free again soon; settings and damage, which are 503 too, wait for a person.
    busy = kind.status == HTTPStatus.SERVICE_UNAVAILABLE and not isinstance(error, LineIsFull)
    retry = RETRY_SECONDS if busy else None
    if isinstance(error, SettingsError):
        logger.error("settings: %s", error)
        detail = (
            "The board's limits for uploads cannot be read, so that none are taken. Nothing was"
            " changed; ask a maintainer: `reasonboard status` says what is wrong."
        )
        retry = None
    if isinstance(error, (DamagedFile, ReleaseDamaged)):
        logger.error("damaged: %s", error)
        # The words of the error last: they name a file, which means more to the maintainer who is
        # sent them.
        detail = f"A maintainer has to repair it; nothing was changed. {error}"
        retry = None
    if retry:
        logger.error("busy: %s", error)
        detail = (
            "The board's disk or database does not answer now. Nothing was changed; try again in a"
            " few seconds."
        )
    # These say themselves when the next try can succeed.
    if isinstance(error, DayIsFull | TooManyReadings | TooManyEdits | TooManyComputed | LineIsFull):
        retry = error.seconds
    if isinstance(error, SubmissionRefused):
        more = {"problems": [asdict(item) for item in error.problems], "unlisted": error.unlisted}
        amount = counted(len(error.problems) + error.unlisted, "problem")
        detail = f"{amount}; nothing is stored. Put right what is listed and send it again."
    response = problem(kind.status, kind.name, kind.title, detail, **more)
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def of_http(request: Request, error: Exception) -> JSONResponse:
    """Answer for addresses and methods that there are not."""
    if not isinstance(error, HTTPException):  # Starlette gives it nothing else
        raise error
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: (
            "There is nothing at this address; /api/v1/openapi.json says what there is."
        ),
        HTTPStatus.METHOD_NOT_ALLOWED: (
            f"{request.method} is not possible here; see the Allow header."
        ),
    }
    name = status.phrase.lower().replace(" ", "-")
    response = problem(status, name, status.phrase, details.get(status, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def of_fault(_request: Request, error: Exception) -> JSONResponse:
    """Return a fault of ours: the log has it under an id, which is all that whoever
    asked is told.
    """
    fault = new_fault()
    # The kind of error and not its text, which may hold what somebody sent.
    logger.error("a fault of ours: %s", type(error).__name__, extra={"ids": {"fault": fault}})
    detail = (
        "This is our fault. Try again; if it stays, tell a maintainer what you did, and the"
        f" fault's id: {fault}. The log has it."
    )
    return problem(500, "fault", "Something went wrong here", detail)
