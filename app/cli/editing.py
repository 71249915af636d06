"""What `reasonboard edit` is told to change, from a file and from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scoring.errors import ReasonBoardError
from submissions.declarations.meta import parse_toml

FORM = (
    "write KEY=VALUE, the value as in submission.toml: "
    "'licence=\"MIT\"', 'trained_on=[\"dreaddit\"]'"
)


def changes_from(
    meta: Path | None, settings: Sequence[str], unset: Sequence[str]
) -> dict[str, Any]:
    """Return key -> new value, None for what is to be undeclared; the options win over the file.

    Args:
        meta: A file like `submission.toml`; what it does not name stays as it is.
        settings: "KEY=VALUE" with the value in TOML; a value that is none is taken as text.
        unset: Keys.

    Raises:
        ReasonBoardError: The file cannot be read, something cannot be taken for KEY=VALUE, or
            nothing is to be changed.
    """
    changes = _from_file(meta) if meta is not None else {}
    changes |= dict(map(_setting, settings))
    changes |= dict.fromkeys(unset)
    if not changes:
        raise ReasonBoardError(
            "say what is to be changed: --meta FILE, --set KEY=VALUE or --unset KEY; each may be "
            "there with the others"
        )
    return changes


def _from_file(path: Path) -> dict[str, Any]:
    try:
        # Editors on Windows begin a file with a mark, which TOML refuses.
        return parse_toml(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReasonBoardError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ReasonBoardError(f"{path}: cannot be read as TOML ({error})") from error


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not key or not key.isidentifier():
        raise ReasonBoardError(f"--set {text!r}: {FORM}")
    try:
        # By TOML's own rules, so that a value means the same here as in the file.
        parsed = parse_toml(f"{key} = {value}")
    except (ValueError, RecursionError):
        if value[:1] in ("[", "{", '"', "'"):  # meant as TOML, and mistyped
            raise ReasonBoardError(f"--set {text!r}: the value is no TOML; {FORM}") from None
        return key, value
    return key, parsed[key]
