"""The injections that judges are tested with."""

from __future__ import annotations

import json

from tests.guides import ROOT


def written() -> list[str]:
    """The texts of `tests/scoring/judging/injections.jsonl`."""
    path = ROOT / "tests" / "scoring" / "judging" / "injections.jsonl"
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
