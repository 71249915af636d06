"""Where the files of a model are: a folder on this machine, or the hub's copy in
the local cache.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scoring.errors import CheckpointError

_OR_GIVE = (
    "Give the path of a folder that holds config.json, the weights and the tokenizer, or a hub name"
    " (owner/name). No other checkpoint is used in its place."
)


def folder_of(
    name: str,
    files: Sequence[str],
    older_weights: Sequence[str] = (),
    revision: str | None = None,
) -> Path:
    """Return the folder that a checkpoint's files are in, downloaded if need be.

    Args:
        name: A folder, or a hub name such as "facebook/bart-large-cnn".
        files: Patterns of the files that are needed.
        older_weights: Patterns of pickled weights, for checkpoints that have no safetensors;
            nothing pickled is fetched where this is empty.
        revision: Which of the hub's; None for the newest.

    Raises:
        CheckpointError: It cannot be had. No other is taken instead.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    # No hub name looks so, and the hub's refusal would speak of repositories.
    if name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise CheckpointError(
            f"checkpoint {name!r} cannot be had: there is no folder {folder.absolute()}. {_OR_GIVE}"
        )
    from huggingface_hub import snapshot_download

    try:
        snapshot = Path(snapshot_download(name, revision=revision, allow_patterns=list(files)))
        # Many older checkpoints have pickled weights only.
        if older_weights and not any(snapshot.glob("model*.safetensors")):
            snapshot_download(name, revision=revision, allow_patterns=list(older_weights))
    except (OSError, ValueError) as error:
        raise CheckpointError(_unavailable(name, folder, in_short(error))) from error
    return snapshot


def in_short(error: Exception) -> str:
    """Return an error's kind and the first line of what it says."""
    said = str(error).strip()
    kind = type(error).__name__
    return f"{kind}: {said.splitlines()[0]}" if said else kind


def _unavailable(name: str, folder: Path, reason: str) -> str:
    from huggingface_hub import constants

    offline = os.environ.get("HF_HUB_OFFLINE")
    said = (
        f"HF_HUB_OFFLINE is {offline!r}: unset it to allow downloads"
        if offline
        else "HF_HUB_OFFLINE is not set"
    )
    return (
        f"checkpoint {name!r} cannot be had: there is no folder {folder.absolute()}, and the hub's"
        f" cache {constants.HF_HUB_CACHE} does not give it either ({reason}). {said}. Where there"
        f" is a network, run `hf download {name}`; then copy that cache here, or set HF_HOME to it."
        f" {_OR_GIVE}"
    )
