"""The libraries that scoring needs and the site and the API do not: the extra `score` installs them."""

from __future__ import annotations

from importlib.util import find_spec

from scoring.errors import ReasonBoardError

MODULES = {
    "evaluate": "evaluate",
    "huggingface_hub": "huggingface-hub",
    "rouge_score": "rouge-score",
    "sacrebleu": "sacrebleu",
    "sklearn": "scikit-learn",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "transformers": "transformers",
}
"""Module -> the distribution that brings it, as `pyproject.toml` names it in the extra `score`."""


class ScoringNotInstalled(ReasonBoardError):
    """The program was installed without what scoring needs."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"scoring needs libraries that are not installed here: {', '.join(missing)}. The extra `score` "
            "brings them: `pip install 'reasonboard[score]'`, in a checkout `pip install -e '.[score]'` or "
            "`make setup`. What is published can be served and read without them."
        )


def require_scoring() -> None:
    """Refuse to begin what could not be ended.

    Raises:
        ScoringNotInstalled: With the libraries that are missing.
    """
    if missing := tuple(sorted(name for name in MODULES if not _can_be_found(name))):
        raise ScoringNotInstalled(missing)


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
