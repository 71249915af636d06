"""By whom labels are read: apart from what reads them, which takes seconds to load."""

from __future__ import annotations

from enum import StrEnum


class Reader(StrEnum):
    """By whom outputs are read."""

    neural = "neural"
    both = "both"
