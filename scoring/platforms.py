"""Where posts are written, as `platforms.toml` declares it."""

from __future__ import annotations

import tomllib
from pathlib import Path

_DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

TITLES: dict[str, str] = _DECLARED["titles"]
"""Platform -> how pages head it, in the order shown."""

CONTRASTS: tuple[tuple[str, str], ...] = tuple((a, b) for a, b in _DECLARED["contrasts"])
"""Pairs of platforms whose difference every release states: the first less the second."""
