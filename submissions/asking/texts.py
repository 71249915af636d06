"""What a model is asked for, and what comes of it: the answer to a benchmark's question, or a judge's
verdict.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from scoring.errors import ReasonBoardError
from submissions.store.clock import now

Described = dict[str, Any]
"""What JSON can hold."""
Schema = Mapping[str, Any]
"""What JSON has to look like, as a JSON schema."""
Key = TypeVar("Key", bound=tuple[Any, ...])
"""What a text is for, unique in a run: a named tuple of texts and numbers."""
Key_co = TypeVar("Key_co", bound=tuple[Any, ...], covariant=True)
LIBRARIES = ("openai", "safetensors", "tokenizers", "torch", "transformers")


class GenerationError(ReasonBoardError):
    """A run that cannot begin or go on; what was generated is kept."""


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    Attributes:
        max_new_tokens: At most so many a text.
        temperature: 0 for the most probable token.
        top_p: Tokens are drawn from the most probable ones that together have this probability.
    """

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if self.max_new_tokens < 1:
            faults.append(f"--max-new-tokens is {self.max_new_tokens}; it must be 1 or more")
        if not 0 <= self.temperature <= 10:
            faults.append(f"--temperature is {self.temperature}; allowed: 0 to 10")
        if not 0 < self.top_p <= 1:
            faults.append(f"--top-p is {self.top_p}; allowed: above 0, to 1")
        if faults:
            raise GenerationError("\n".join(faults))


class TextRequest(Protocol[Key_co]):
    """One text to generate."""

    @property
    def key(self) -> Key_co:
        """What it is for."""

    @property
    def seed(self) -> int:
        """What random numbers follow from, besides the key."""

    @property
    def asked_by(self) -> tuple[str, ...]:
        """What requests share that have the same prompt, and no others."""

    @property
    def title(self) -> str:
        """What asks what, for messages: "few-shot on demo/stress"."""

    @property
    def chat(self) -> bool:
        """Whether a model's own chat template is put around it."""

    @property
    def characters(self) -> int:
        """How much of the prompt is a post, and may be cut off to fit a model."""

    @property
    def schema(self) -> Schema | None:
        """The JSON schema of the text; None where it may be any text."""

    def prompt(self, characters: int | None = None) -> str:
        """Return the prompt, with so many characters of the post; None for all."""


@dataclass(frozen=True)
class GeneratedText(Generic[Key]):
    """What came of one request.

    Attributes:
        key: What it is for.
        output: The text; "" where there is none.
        finish: Why it ended: "stop", "length", another word of a server's; "refused", "timeout" or
            "failed" where a server gave no text.
        prompt_tokens: Of the prompt; None where nobody counted.
        output_tokens: Of the text.
        cut: Characters of the post that were left out, so that the prompt fits the model.
        prompt_sha256: Of the prompt as it was given.
        details: What a server says besides: its model, its thoughts apart from the text.
    """

    key: Key
    output: str
    finish: str
    prompt_tokens: int | None
    output_tokens: int | None
    cut: int
    prompt_sha256: str
    details: Mapping[str, str] = field(default_factory=dict)


class TextSource(Protocol):
    """What generates: a model on this machine, or a server."""

    @property
    def identity(self) -> Described:
        """What decides the texts, besides prompts, decoding and seeds."""

    @property
    def provenance(self) -> Described:
        """What one would want to know besides."""

    def texts(
        self, requests: Sequence[TextRequest[Key]], done: Collection[Key]
    ) -> Iterator[list[GeneratedText[Key]]]:
        """Yield what is generated, as it comes; some of it may be done."""


def digest(prompt: str) -> str:
    """Return the sha256 of a prompt."""
    return hashlib.sha256(prompt.encode()).hexdigest()


def provenance_of(source: TextSource) -> Described:
    """Return what one would want to know of a start: time, versions, machine, what the source
    says.
    """
    return {
        "at": now(),
        "versions": {
            "reasonboard": importlib.metadata.version("reasonboard"),
            "python": platform.python_version(),
            **{name: version for name in LIBRARIES if (version := _version(name))},
        },
        "machine": f"{platform.system()} {platform.machine()}",
        **source.provenance,
    }


def _version(library: str) -> str:
    """Return the version of a library, "" where it is not installed."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""
