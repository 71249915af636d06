"""What a page may say to the server: what a browser on this site says, no larger and no more often.

Streamlit takes 25 MB a message from whoever opens a session, as many messages as they send, and one
after the other: nobody else is served meanwhile. Some kinds concern everybody: one empties the
caches of all readers. So every message is looked at before Streamlit gets it.

* A text, a message that is too large or none of Streamlit's, or one with too many parts ends the
  connection.
* A kind that the site does not need is dropped: whoever presses "c" on a page would otherwise be
  disconnected.
* A page that sends more than anybody can click or type is disconnected, and a browser connects
  again by itself. The pages of one address together are made to wait: others of its network need
  not suffer for one.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.server.visitors import address_of
from submissions.teams.limits import VisitorLimits
from submissions.teams.quota import Quota

LARGEST = 128 * 1024
"""Bytes of a message: twice the longest `submission.toml`, which the form on the submission page
can hold.
"""
WIDGETS, NAMES = 1_000, 200
"""States of widgets, and files to be sent, in a message."""
SECONDS = 10.0
OF_PAGE = 100
"""Messages of a page within those seconds; as many may come at once. A key that is held down
repeats 30 times a second.
"""
NOT_TAKEN, NOT_READ, TOO_OFTEN, TOO_LARGE = 1003, 1002, 1008, 1009
_KINDS = (
    "rerun_script",
    "stop_script",
    "file_urls_request",
    "app_heartbeat",
    "backend_operation_request",
)
_OPERATIONS = ("deferred_file", "dataframe_chunk")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """Why a connection is ended.

    Attributes:
        code: As a websocket says it.
        reason: In words.
    """

    code: int
    reason: str


class PageMessages:
    """ASGI middleware that looks at what pages say.

    Args:
        app: What is told.
        limits: How often the pages of an address may say something.
    """

    def __init__(self, app: ASGIApp, limits: VisitorLimits) -> None:
        self._app = app
        # The limit is declared a minute, and kept in shorter spans, so that a burst is over
        # sooner.
        self._most_of_address = max(1, round(limits.messages_a_minute * SECONDS / 60))
        self._numbers = itertools.count()
        self._of_pages, self._of_addresses = Quota(SECONDS), Quota(SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what may be said."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        # By number: a page has no name of its own before Streamlit gives it one.
        page, address = str(next(self._numbers)), address_of(scope)
        ended = False

        async def looked_at() -> Message:
            nonlocal ended
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                await asyncio.sleep(0)  # others have their turn between two messages
                ending, is_needed = self._judge(page, message)
                # To both sides: the browser is told why, and Streamlit that the browser has gone.
                if ending is not None:
                    logger.warning("A page is disconnected: %s. Said once a minute.", ending.reason)
                    ended = True
                    await send({"type": "websocket.close", "code": ending.code})
                    return {"type": "websocket.disconnect", "code": ending.code}
                await self._take_turn(address)
                if is_needed:
                    return message

        async def while_open(message: Message) -> None:
            # Streamlit may still be answering what came before; a closed connection takes
            # nothing.
            if not ended:
                await send(message)

        await self._app(scope, looked_at, while_open)

    def _judge(self, page: str, message: Message) -> tuple[Ending | None, bool]:
        # First of all, since it costs least: whoever sends too much is not even parsed.
        if self._of_pages.wait(page, OF_PAGE):
            return Ending(TOO_OFTEN, f"it sent more than {OF_PAGE} messages at once"), False
        content = message.get("bytes")
        if content is None:
            return Ending(NOT_TAKEN, "it sent text"), False
        if len(content) > LARGEST:
            return Ending(TOO_LARGE, f"it sent more than {LARGEST:,} bytes at once"), False
        said = BackMsg()
        try:
            said.ParseFromString(content)
        except DecodeError:
            return Ending(NOT_READ, "it sent what is no message of a page"), False
        if (
            len(said.rerun_script.widget_states.widgets) > WIDGETS
            or len(said.file_urls_request.file_names) > NAMES
        ):
            return Ending(TOO_LARGE, "it sent a message of too many parts"), False
        return None, _is_needed(said)

    async def _take_turn(self, address: str) -> None:
        while seconds := self._of_addresses.wait(address, self._most_of_address):
            await asyncio.sleep(seconds)


def _is_needed(said: BackMsg) -> bool:
    kind = said.WhichOneof("type")
    if kind == "backend_operation_request":
        # The agent's operations, which drive the site without a browser, are among the others.
        return said.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _KINDS
