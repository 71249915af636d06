"""Puts the API together: routes and problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, request_response
from starlette.types import Receive, Scope, Send

from app.api.address import refuse_strange
from app.api.context import Context
from app.api.openapi import openapi
from app.api.operations import OPERATIONS, Operation
from app.api.problems import KINDS, of_error, of_fault, of_http
from app.grouping import grouped
from scoring.tasks import Task
from submissions.declarations.settings import SettingsError
from submissions.store.folder import DataFolder
from submissions.teams.limits import load_limits

PREFIX = "/api/v1"


def api_application(folder: DataFolder, tasks: Mapping[str, Task]) -> Starlette:
    """Return the API of the board under `folder`."""
    by_path = grouped((operation.path, operation) for operation in OPERATIONS)
    resources = {path: _Resource(path, operations) for path, operations in by_path.items()}
    application = Starlette(
        routes=[
            # Not among the operations: the document does not describe itself.
            Route(PREFIX + "/openapi.json", _document),
            *(
                Route(PREFIX + path, resource, methods=resource.methods)
                for path, resource in resources.items()
            ),
        ],
        exception_handlers={
            # One by one, because Starlette looks a handler up by the classes of an error and
            # knows no tuple.
            **dict.fromkeys(KINDS, of_error),
            HTTPException: of_http,
            Exception: of_fault,
        },
    )
    # Redirects to addresses without a closing slash would lose a token, or a body.
    application.router.redirect_slashes = False
    try:
        at_once = load_limits(folder).upload.at_once
    except SettingsError:  # no uploads are taken until they are put right
        at_once = 1
    of_each_team: defaultdict[str, anyio.CapacityLimiter] = defaultdict(
        # Half of all places, so that one team never fills them; at least one, so that it is not
        # shut out.
        lambda: anyio.CapacityLimiter(max(1, at_once // 2))
    )
    application.state.context = Context(folder, tasks, anyio.CapacityLimiter(at_once), of_each_team)
    return application


class _Resource:
    """What is at one address, by method: one route, so that a wrong method is answered with all
    that are right.
    """

    def __init__(self, path: str, operations: Sequence[Operation]) -> None:
        self.path = path
        self.methods = [operation.method for operation in operations]
        self._operations = {operation.method: operation for operation in operations}
        self._applications = {
            operation.method: request_response(operation.handler) for operation in operations
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette lets HEAD in wherever GET is; the answers themselves leave the body out.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        refuse_strange(Request(scope), self._operations[method])
        await self._applications[method](scope, receive, send)


def _document(request: Request) -> JSONResponse:
    return JSONResponse(
        openapi(request.scope.get("root_path", "")), headers={"Cache-Control": "no-cache"}
    )
