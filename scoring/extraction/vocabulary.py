"""The words by which outputs are read, from `words.toml`: data, so that a wording is added without
code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORDS: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)


def words_of(name: str) -> frozenset[str]:
    """Return the words of one list for the names of fields."""
    return frozenset(str(WORDS["keys"][name]).split())
