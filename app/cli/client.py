"""A client of the HTTP API, for `--server`: what a team does from its own machine.

The token comes from the environment alone (`REASONBOARD_TOKEN`), so that it is in no shell history,
and goes only to the server that was named: redirects are not followed, and without TLS it is sent
nowhere but to this machine.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from scoring.errors import ReasonBoardError
from submissions.problems import Problem, SubmissionRefused

SECONDS = 900
"""That an answer may take: an upload waits its turn to be looked at."""

POLL_SECONDS = 2.0
HERE = ("localhost", "127.0.0.1", "::1")
Advance = Callable[[int, int], None]
Answer = dict[str, Any]
"""A JSON object, as the API answers it."""


class RemoteError(ReasonBoardError):
    """The server cannot be reached, or refuses."""


@dataclass(frozen=True)
class Server:
    """A board on the network.

    Attributes:
        url: Of the board, without /api.
        token: The team's.
    """

    url: str
    token: str

    def submit(self, file: Path, benchmark: str, metadata: str, advance: Advance) -> Answer:
        """Send outputs, as a stream.

        Args:
            file: The outputs.
            benchmark: For which.
            metadata: The text of `submission.toml`.
            advance: Told how many bytes of how many are sent.

        Returns:
            The submission, as the API describes it.

        Raises:
            SubmissionRefused: With every problem that the server found.
            RemoteError: It refuses for another reason, or cannot be reached.
        """
        # Names that no encoding has, or with line ends, would break the form's head.
        name = "".join(sign if sign.isprintable() else "_" for sign in file.name)
        with _Watched(file, advance) as outputs:
            return self._ask(
                "POST",
                "/submissions",
                data={"benchmark": benchmark, "metadata": metadata},
                files={"file": (name, outputs, "application/octet-stream")},
            )

    def show(self, submission: str) -> Answer:
        """Return how it stands with a submission."""
        return self._ask("GET", f"/submissions/{submission}")

    def publish(self, submission: str) -> Answer:
        """Consent to a submission's publication."""
        return self._ask("POST", f"/submissions/{submission}/publish")

    def edit(self, submission: str, changes: Mapping[str, Any]) -> Answer:
        """Change what is declared of it: key -> new value, None to declare nothing."""
        return self._ask("PATCH", f"/submissions/{submission}", content=_json(changes))

    def withdraw(self, submission: str, reason: str) -> Answer:
        """Take a submission back."""
        return self._ask(
            "POST", f"/submissions/{submission}/withdraw", content=_json({"reason": reason})
        )

    def wait(self, submission: str, report: Callable[[Answer], None]) -> Answer:
        """Wait until nothing more happens to a submission by itself, reporting how it stands."""
        while (answer := self.show(submission))["state"] in ("received", "scoring"):
            report(answer)
            time.sleep(POLL_SECONDS)
        report(answer)
        return answer

    def _ask(self, method: str, path: str, **content: Any) -> Answer:
        """Return what the API answers; `content` is what is sent, as `httpx.request` takes it."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        if "content" in content:
            headers["Content-Type"] = "application/json"
        encrypted = self.url.startswith("https:")
        try:
            # A server that refuses an upload before its end may close the connection; httpx then
            # reads the refusal.
            response = httpx.request(
                method,
                f"{self.url}/api/v1{path}",
                headers=headers,
                timeout=SECONDS,
                follow_redirects=False,
                # The machine's own authorities, an institution's among them; and no proxy would get
                # the token unencrypted.
                verify=ssl.create_default_context() if encrypted else False,
                trust_env=encrypted,
                **content,
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ImportError, ValueError) as error:
            # The last two where the environment names a proxy of a kind that httpx does not know.
            raise RemoteError(
                f"{self.url} does not answer ({error}). Is the address right, and the server up?"
            ) from None
        answer = self._read(response)
        if not response.is_success:
            raise _refusal(answer)
        return answer

    def _read(self, response: httpx.Response) -> Answer:
        try:
            answer = response.json() if "json" in response.headers.get("Content-Type", "") else None
        except ValueError:
            answer = None
        # Another program, or a proxy's own page: Streamlit, too, answers an unknown address with
        # HTML and status 200.
        if not isinstance(answer, dict):
            raise RemoteError(
                f"{self.url} is no ReasonBoard: it answered {response.status_code} without JSON."
            )
        return answer


def _json(content: Mapping[str, Any]) -> bytes:
    """Return `content` as a request's body.

    Raises:
        RemoteError: Something in it is of a kind that JSON has not, such as a date.
    """
    try:
        return json.dumps(content).encode()
    except (TypeError, ValueError) as error:
        raise RemoteError(f"the declarations cannot be sent: {error}") from error


def server_at(url: str) -> Server:
    """Return the server at `url`, to be asked with the token in REASONBOARD_TOKEN.

    Raises:
        RemoteError: There is no token, or the address is not one to send it to.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise RemoteError(
            f"{url!r} is not the address of a board; it looks like https://board.example.org"
        )
    # On this machine nobody listens in between.
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise RemoteError(f"{url}: the token would travel in the open; use https://")
    token = os.environ.get("REASONBOARD_TOKEN", "").strip()
    # A header takes nothing else; httpx would fail later, with an error that shows the token.
    if not token or not token.isascii() or not token.isprintable():
        raise RemoteError(
            "Put your team's token into the environment: export REASONBOARD_TOKEN=..."
        )
    return Server(url.rstrip("/"), token)


class _Watched(FileIO):
    """A file that tells how much of it was read to be sent."""

    def __init__(self, path: Path, advance: Advance) -> None:
        super().__init__(path)
        self._size, self._advance = path.stat().st_size, advance

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next part."""
        block = super().read(size)
        self._advance(self.tell(), self._size)
        return block


def _refusal(answer: Answer) -> ReasonBoardError:
    # The same problems as of a file that is checked here, so that they are listed alike.
    problems = [Problem(**problem) for problem in answer.get("problems", [])]
    if problems:
        return SubmissionRefused(problems, answer.get("unlisted", 0))
    return RemoteError(f"{answer.get('title', 'Refused')}: {answer.get('detail', '')}")
