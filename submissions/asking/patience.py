"""One request to a server: asked again where that can help, and what comes of it.

Asked again: 429 (after what `Retry-After` says), 408, 409, every 5xx, timeouts, connections that
break, answers that are no completion. Kept as what they are: answers that were cut off (`length`)
or filtered, and what fails for good: a prompt that the server refuses (`refused`), that always
times out (`timeout`) or always fails (`failed`); being busy is no failure. What no other prompt
would mend ends the run: a key or a model that the server does not take, a redirect, a server that
wants to be left alone for long.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

BUSY = 429
PASSING = (408, 409)
REFUSALS = (400, 413, 422)
REFUSED = "refused"
FAILED = (REFUSED, "timeout", "failed")
"""What the end of a text is called where there is none, for good."""
_CODE = re.compile(r"[\w.-]{1,60}")


class Stop(Exception):
    """What ends the run: another prompt would fare no better."""


class _Passing(Exception):
    """What may be otherwise next time; `kind` is what the text's end is called
    where it never is.
    """

    def __init__(self, said: str, kind: str = "failed") -> None:
        super().__init__(said)
        self.kind = kind


class _Busy(Exception):
    """The server asks to wait: so many seconds, or None where it does not say how long."""

    def __init__(self, said: str, seconds: float | None) -> None:
        super().__init__(said)
        self.seconds = seconds


class _Refused(Exception):
    """The server does not take this prompt."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a server is asked.

    Attributes:
        seconds: That one answer may take.
        tries: Before a request has failed for good; one that is told to wait is not counted.
        first_wait: Seconds before the second try; twice as many before each that follows, a minute
            at most.
        longest_wait: Seconds that `Retry-After` may say; more ends the run.
        waits: How often one request may be told to wait; more ends the run.
        wait: What waits.
    """

    seconds: float = 600.0
    tries: int = 5
    first_wait: float = 1.0
    longest_wait: float = 900.0
    waits: int = 30
    wait: Callable[[float], object] | None = None

    def before(self, tries: int) -> float:
        """Return the seconds to wait after so many tries, where the server does not say."""
        return min(self.first_wait * 2.0 ** (tries - 1), 60.0)


@dataclass(frozen=True)
class Completion:
    """What a server gave for one request.

    Attributes:
        text: The text; "" where there is none.
        finish: Why it ended.
        prompt_tokens: As the server counts; None where it does not.
        output_tokens: The same of the text.
        details: The server's model, its thoughts apart from the text, or how it failed.
    """

    text: str
    finish: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def asked(send: Callable[[], Any], patience: Patience, over: threading.Event) -> Completion:
    """Return what comes of a request, asked again as `patience` says.

    Args:
        send: Sends it once.
        patience: How long and how often.
        over: Set when the run ends: then it is not asked again.

    Raises:
        Stop: Another prompt would fare no better, or the run has ended.
    """
    failures = waits = 0
    while True:
        try:
            return _once(send)
        except _Refused as refusal:
            return Completion("", REFUSED, details={"failure": str(refusal)})
        except _Passing as trouble:
            failures += 1
            if failures == patience.tries:
                return Completion("", trouble.kind, details={"failure": str(trouble)})
            seconds = patience.before(failures)
        except _Busy as busy:
            waits += 1
            seconds = patience.before(waits) if busy.seconds is None else busy.seconds
            if seconds > patience.longest_wait or waits > patience.waits:
                raise Stop(
                    f"the server asks to be left alone for {seconds:,.0f} s ({busy}). What was"
                    " generated is kept; the same command goes on later"
                ) from None
        (patience.wait or over.wait)(seconds)
        if over.is_set():
            raise Stop("the run has ended")


def _once(send: Callable[[], Any]) -> Completion:
    try:
        return _read(send())
    except (openai.APITimeoutError, TimeoutError):
        raise _Passing("no answer in time", "timeout") from None
    except openai.APIStatusError as error:
        raise _judged(error) from None
    except openai.APIConnectionError:
        raise _Passing("the connection cannot be made, or breaks") from None
    except (openai.APIError, ValueError):
        raise _Passing("an answer that is no completion") from None


def _judged(error: openai.APIStatusError) -> Exception:
    """Return what a status means for the request; nothing that the server wrote but its code is
    repeated.
    """
    status = error.status_code
    said = f"status {status}{_code(error)}"
    seconds = _seconds_to_wait(error)
    if status == BUSY or (status >= 500 and seconds is not None):
        return _Busy(said, seconds)
    if status in PASSING or status >= 500:
        return _Passing(said)
    if status in REFUSALS:
        return _Refused(said)
    advice = {
        401: "is the key in REASONBOARD_ENDPOINT_KEY right?",
        403: "may this key use the model?",
        404: "is the address right (it mostly ends with /v1), and the model's name?",
    }
    why = "redirects are not followed" if 300 <= status < 400 else advice.get(status, "")
    return Stop(f"the server refuses: {said}{why and '; '}{why}. What was generated is kept")


def _code(error: openai.APIStatusError) -> str:
    parts = [part for part in (error.code, error.param) if isinstance(part, str)]
    return f" ({': '.join(parts)})" if parts and all(map(_CODE.fullmatch, parts)) else ""


def _seconds_to_wait(error: openai.APIStatusError) -> float | None:
    """Return what `Retry-After` says, in seconds or as a date; None where it says nothing."""
    given = error.response.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        then = parsedate_to_datetime(given)
        return max(0.0, (then.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):  # no date, or none that there is in UTC
        return None


def _read(completion: Any) -> Completion:
    """Return what a completion holds.

    Raises:
        _Passing: It is none.
    """
    try:
        choice = completion.choices[0]
        message, finish = choice.message, choice.finish_reason
        text = message.content if message.content is not None else message.refusal
        thoughts = getattr(message, "reasoning_content", None) or getattr(
            message, "reasoning", None
        )
    except (AttributeError, IndexError, TypeError):
        raise _Passing("an answer that is no completion") from None
    if not isinstance(text, str | None) or not isinstance(finish, str | None):
        raise _Passing("an answer that is no completion")
    usage = completion.usage
    details = {
        "model": completion.model,
        "system_fingerprint": getattr(completion, "system_fingerprint", None),
        "reasoning": thoughts,
    }
    return Completion(
        text or "",
        finish or "unknown",
        _count(getattr(usage, "prompt_tokens", None)),
        _count(getattr(usage, "completion_tokens", None)),
        {name: said for name, said in details.items() if isinstance(said, str) and said},
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
