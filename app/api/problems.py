"""Errors as problem details (RFC 9457): what went wrong, and what to do next, in one shape for every error."""

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
from submissions.store.damage import DamagedFile
from submissions.store.release import NoRelease, ReleaseDamaged
from submissions.store.submissions import DayIsFull, NameTaken
from submissions.store.trouble import DatabaseUnusable
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


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, its name in the `type`, its title."""

    status: int
    name: str
    title: str


KINDS: Mapping[type[Exception], Kind] = {
    BadRequest: Kind(400, "bad-request", "The request is not as it should be"),
    NotSignedIn: Kind(401, "not-signed-in", "A team's token is needed"),
    NotAllowed: Kind(403, "not-allowed", "The team may not do this"),
    NoSuchSubmission: Kind(404, "no-such-submission", "There is no such submission"),
    NotFound: Kind(404, "not-found", "There is no such thing"),
    ReleaseDamaged: Kind(503, "damaged", "A file of the board is damaged"),
    DamagedFile: Kind(503, "damaged", "A file of the board is damaged"),
    NoRelease: Kind(404, "nothing-published", "Nothing is published"),
    TooSlow: Kind(408, "too-slow", "The upload took too long"),
    NameTaken: Kind(409, "name-taken", "The name is taken"),
    TooLate: Kind(409, "too-late", "The submission cannot be changed any more"),
    Gone: Kind(410, "taken-down", "It was taken down"),
    TooLarge: Kind(413, "too-large", "More was sent than is taken"),
    WrongType: Kind(415, "wrong-type", "Sent in a form that is not read"),
    SubmissionRefused: Kind(422, "refused", "What was sent has problems"),
    DayIsFull: Kind(429, "day-is-full", "The team's submissions for now are used"),
    TooManyReadings: Kind(
        429, "too-many-files", "As many of the team's files were read as may be for now"
    ),
    TooManyEdits: Kind(429, "too-many-edits", "The team's edits for now are made"),
    TakedownIncomplete: Kind(
        503, "takedown-unfinished", "The takedown is recorded and not finished"
    ),
    ReadingFailed: Kind(500, "fault", "A fault of the board's"),
    SettingsError: Kind(503, "not-set-up", "The board's settings have a fault"),
    ReasonBoardError: Kind(422, "refused", "What was sent cannot be taken"),
    DatabaseUnusable: Kind(503, "busy", "The board is busy"),
    sqlite3.OperationalError: Kind(503, "busy", "The board is busy"),
    OSError: Kind(503, "busy", "The board is busy"),
}


def kind_of(error: Exception) -> Kind:
    """The kind of the nearest class of `error` that has one."""
    return next(KINDS[one] for one in type(error).__mro__ if one in KINDS)


def of_error(_request: Request, error: Exception) -> JSONResponse:
    """What somebody can put right, in the error's own words."""
    kind, more, detail = kind_of(error), dict[str, Any](), str(error)
    logger.info("refused", extra={"ids": {"problem": kind.name}})
    retry = RETRY_SECONDS if kind.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    if isinstance(error, SettingsError):
        logger.error("settings: %s", error)
        detail = (
            "The board's limits for uploads cannot be read, so that none are taken. Nothing was changed; ask a maintainer: "
            "`reasonboard status` says what is wrong."
        )
        retry = None
    if isinstance(error, (DamagedFile, ReleaseDamaged)):
        logger.error("damaged: %s", error)
        detail = f"A maintainer has to repair it; nothing was changed. {error}"
        retry = None
    if retry:
        logger.error("busy: %s", error)
        detail = "The board's disk or database does not answer now. Nothing was changed; try again in a few seconds."
    if isinstance(error, DayIsFull | TooManyReadings | TooManyEdits):
        retry = error.seconds
    if isinstance(error, SubmissionRefused):
        more = {"problems": [asdict(one) for one in error.problems], "unlisted": error.unlisted}
        found = counted(len(error.problems) + error.unlisted, "problem")
        detail = f"{found}; nothing is stored. Put right what is listed and send it again."
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
        HTTPStatus.NOT_FOUND: "There is nothing at this address; /api/v1/openapi.json says what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible here; see the Allow header.",
    }
    name = status.phrase.lower().replace(" ", "-")
    response = problem(status, name, status.phrase, details.get(status, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def of_fault(_request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: the log has it under an id, which is all that whoever asked is told."""
    fault = new_fault()
    logger.error("a fault of ours: %s", type(error).__name__, extra={"ids": {"fault": fault}})
    detail = (
        "This is our fault. Try again; if it stays, tell a maintainer what you did, and the fault's id: "
        f"{fault}. The log has it."
    )
    return problem(500, "fault", "Something went wrong here", detail)
