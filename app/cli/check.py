"""`reasonboard check`: what was read, and every problem."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.receiving.validate import Checked


def print_rows(checked: Checked, stream: TextIO) -> None:
    """What was read out of every row, as JSON Lines."""
    for row in checked.rows():
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def summary(checked: Checked) -> Iterator[str]:
    """What was read of each task, and how; problems are raised, not listed here."""
    for coverage in checked.coverage:
        several = f" in {coverage.repetitions} repetitions" if coverage.repetitions > 1 else ""
        rate = coverage.parse_rate
        parsed = "" if rate is None else f"; {rate:.1%} parsed"
        expected = coverage.expected * max(
            coverage.repetitions, 1
        )  # 0 where no row of the task could be placed
        yield f"{coverage.task}: {counted(coverage.rows, 'row')} of {expected:,}{several}{parsed}"
        for rule, count in sorted(coverage.rules.items(), key=lambda item: -item[1]):
            yield f"    {count:6} read by {rule}"
        for reason, count in sorted(coverage.unparsed.items(), key=lambda item: -item[1]):
            yield f"    {count:6} unparsed: {reason}"
        if coverage.barely_read:
            yield f"WARNING: {coverage.task}: {1 - (rate or 0.0):.0%} of the outputs state no answer that could be read"
    for note in checked.notes:
        yield f"note: {note.said}"
    if checked.accepted:
        poor = [one.task for one in checked.coverage if one.barely_read]
        doubt = (
            f" Mind the warnings: most of {', '.join(poor)} would count as wrong." if poor else ""
        )
        yield f"No problems: this would be accepted.{doubt}"
