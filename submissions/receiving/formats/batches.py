"""Answers to batches of requests: an object a line, told apart by the `custom_id` of its request.

OpenAI's batch files have this shape, those of vLLM's `run-batch` and of other servers that speak
its protocol too; Anthropic's message batches have one of their own. Nothing of the request comes
back but its `custom_id`, so that must be the example's id: `stress-001`, or
`demo/stress::stress-001` where several tasks have it, and `stress-001#2` for a second repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from submissions.receiving.formats.harness import Sample, Unusable, as_name, texts_of
from submissions.receiving.formats.row import Clues
from submissions.wording import counted

NAME = "a batch of requests"
ANSWER = "chat completions, text completions, responses, or messages"
CUT_OFF = ("length", "max_tokens", "max_output_tokens")
_REPETITION = re.compile(r"#([1-9]\d{0,5})$")
_SEPARATORS = re.compile(r"::|[/|]")


def recognises(record: Mapping[str, object]) -> bool:
    """Return whether an object is the answer to a request."""
    return "custom_id" in record and bool({"response", "result"} & record.keys())


def is_request(record: Mapping[str, object]) -> bool:
    """Return whether an object is a request, which stands in the file that was sent."""
    return (
        "custom_id" in record
        and bool({"body", "params"} & record.keys())
        and not recognises(record)
    )


@dataclass(frozen=True)
class _Answer:
    """What came back.

    Attributes:
        texts: One a choice.
        cut_off: Whether some text ends where the model was not allowed to go on.
    """

    texts: tuple[str, ...]
    cut_off: bool = False


class BatchReader:
    """Reads one file's answers."""

    def __init__(self) -> None:
        self._read = 0
        self._failed = 0
        self._cut_off = 0

    def read(self, record: Mapping[str, object]) -> Iterator[Sample]:
        """Yield the texts of one answer; "" where there is none.

        Raises:
            Unusable: It is none that is known.
        """
        name = as_name(record["custom_id"])
        if not name:
            raise Unusable("not the id of a request", "custom_id", "an example's id")
        answer = _answer(record)
        self._read += 1
        self._failed += not any(text.strip() for text in answer.texts)
        self._cut_off += answer.cut_off
        asked = _REPETITION.search(name)
        first = int(asked[1]) if asked else 1
        bare = name[: asked.start()] if asked else name
        last = _SEPARATORS.split(bare)[-1]
        clues = Clues(bare, tuple(dict.fromkeys((name, bare, last))), ())
        for repetition, text in enumerate(answer.texts or ("",), start=first):
            yield Sample(clues, text, repetition)

    def notes(self) -> Iterator[str]:
        """Yield what was read, and which answers are not whole."""
        yield f"answers to {NAME}: {counted(self._read, 'answer')} read, by `custom_id`"
        if self._failed:
            what = counted(self._failed, "request")
            yield f"{what} failed or brought no text: read as empty outputs"
        if self._cut_off:
            what = counted(self._cut_off, "answer")
            yield f"{what} cut off at the limit of tokens: read as far as they go"


def _answer(record: Mapping[str, object]) -> _Answer:
    if "result" in record:
        return _of_messages(_object(record["result"]))
    response = _object(record.get("response"))
    body = _object(response.get("body", response))
    if record.get("error") or body.get("error") or not body:
        return _Answer(())
    if isinstance(body.get("choices"), list):
        return _of_choices([_object(choice) for choice in _list(body["choices"])])
    if isinstance(body.get("output"), list):
        return _of_response(body)
    if isinstance(body.get("content"), list):
        return _of_message(body)
    raise Unusable("an answer of an unknown kind", "response", ANSWER)


def _of_choices(choices: list[Mapping[str, object]]) -> _Answer:
    """Return the texts of a chat or text completion, in the order of the choices' numbers."""
    choices = sorted(choices, key=lambda choice: str(choice.get("index", "")).zfill(9))
    texts = [_text(_object(choice.get("message", choice))) for choice in choices]
    return _Answer(tuple(texts), any(c.get("finish_reason") in CUT_OFF for c in choices))


def _of_response(body: Mapping[str, object]) -> _Answer:
    """Return the text of a response: of its messages, and not of what was reasoned before."""
    items = [_object(item) for item in _list(body["output"])]
    text = "\n".join(_text(item) for item in items if item.get("type") == "message")
    details = _object(body.get("incomplete_details"))
    return _Answer((text,) if items else (), details.get("reason") in CUT_OFF)


def _of_messages(result: Mapping[str, object]) -> _Answer:
    """Return the text of one of Anthropic's results."""
    if result.get("type") not in ("succeeded", "errored", "canceled", "expired"):
        raise Unusable("a result of an unknown kind", "result", "`type`: succeeded, errored, ...")
    succeeded = result["type"] == "succeeded"
    return _of_message(_object(result.get("message"))) if succeeded else _Answer(())


def _of_message(message: Mapping[str, object]) -> _Answer:
    return _Answer((_text(message),), message.get("stop_reason") in CUT_OFF)


def _text(message: Mapping[str, object]) -> str:
    """Return what a message says; thoughts, tool calls and the like are no part of it."""
    content = message.get("content", message.get("text"))
    if isinstance(content, list):
        return "\n".join(text for part in content for text in _said(part))
    # A refusal in a field of its own is what the model said, as it is in `generate`.
    said = content or message.get("refusal")
    return said if isinstance(said, str) else ""


def _said(part: object) -> tuple[str, ...]:
    """Return the text of a part of a message; of what is no text, nothing."""
    if isinstance(part, dict) and part.get("type", "text") not in (
        "text",
        "output_text",
        "refusal",
    ):
        return ()
    refusal = part.get("refusal") if isinstance(part, dict) else None
    return (refusal,) if isinstance(refusal, str) else texts_of(part)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
