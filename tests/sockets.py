"""Sessions without a browser: a page's websocket, opened and kept by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol


@dataclass(frozen=True)
class Browser:
    """What a browser has of a site: its cookies, and where it comes from.

    Attributes:
        site: The site's address.
        cookies: By name.
        address: The visitor's, as a proxy on this machine would state it.
    """

    site: str
    cookies: dict[str, str]
    address: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """That every request has."""
        return {"X-Forwarded-For": self.address} if self.address else {}

    @contextmanager
    def session(self, wait: float = 60) -> Iterator[str]:
        """Open a page; its session's id, as long as the block lasts."""
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with connect(
            f"ws://{urlsplit(self.site).netloc}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={**self.headers, **({"Cookie": kept} if kept else {})},
            proxy=None,
            max_size=None,
        ) as socket:
            run = BackMsg()
            run.rerun_script.query_string = ""
            socket.send(run.SerializeToString())
            while not (session := told(socket.recv(timeout=wait))):
                pass
            yield session

    def put(
        self, session: str, content: bytes, name: str = "a-file", **headers: str
    ) -> requests.Response:
        """Send a file into a session, as a page would."""
        token = self.cookies.get("_streamlit_xsrf", "")
        return requests.put(
            f"{self.site}/_stcore/upload_file/{session}/{name}",
            files={"file": ("o.csv", content)},
            cookies=self.cookies,
            timeout=120,
            headers={**self.headers, "X-Xsrftoken": token, **headers},
        )


def visitor(site: str, address: str = "") -> Browser:
    """A browser that has been given its cookies."""
    headers = {"Accept": "text/html", **({"X-Forwarded-For": address} if address else {})}
    first = requests.get(site, headers=headers, timeout=60)
    assert first.status_code == 200
    # Streamlit's own token against requests from other sites, which any page is given.
    second = requests.get(f"{site}/_stcore/health", headers=headers, timeout=60)
    cookies = {**first.cookies.get_dict(), **second.cookies.get_dict()}
    assert "_streamlit_xsrf" in cookies
    return Browser(site, cookies, address)


def told(frame: str | bytes) -> str:
    """The session's id, if this message tells it to the browser."""
    assert isinstance(frame, bytes)
    message = ForwardMsg()
    message.ParseFromString(frame)
    is_told = message.WhichOneof("type") == "new_session"
    return message.new_session.initialize.session_id if is_told else ""
