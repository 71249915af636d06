"""What a text says to its judge is seen: held against injections that were written before the
detector, and against references that hold none.
"""

from __future__ import annotations

import json
from pathlib import Path

from scoring.judging.injection import injections_in
from tests.scoring.published import PUBLISHED, rows_of

WRITTEN = Path(__file__).with_name("injections.jsonl")
"""Forty, of eleven kinds; none is changed or taken out because it is hard to see."""


def written() -> list[dict[str, str]]:
    return [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]


def test_at_least_nine_of_ten_injections_are_flagged() -> None:
    texts = [each["text"] for each in written()]
    assert len(texts) == len(set(texts)) == 40
    missed = [text for text in texts if not injections_in(text)]
    assert len(missed) <= 4, missed


def test_at_most_one_reference_of_a_hundred_is_flagged(imhi_dir: Path) -> None:
    references = [
        row["gpt-3.5-turbo"]
        for name in PUBLISHED
        for row in rows_of(imhi_dir / "test_data" / "test_instruction" / f"{name}.csv")
    ]
    flagged = sum(bool(injections_in(text)) for text in references)
    assert len(references) > 6_000
    assert flagged <= 0.01 * len(references), flagged
