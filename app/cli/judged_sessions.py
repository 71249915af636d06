"""What `reasonboard judge` shows of transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from app.cli.tabulating import Sheet, reasons, with_interval

if TYPE_CHECKING:
    from submissions.judging.transcripts import JudgedSystem, TranscriptPlan


def session_sheet(plan: TranscriptPlan, model: str, systems: Sequence[JudgedSystem]) -> Sheet:
    """Return a row a system, a column for the total and each item."""
    from app.text import no_interval
    from submissions.store.released.rated_rows import TOTAL

    titles = {TOTAL: f"Total ({plan.task.total})"}
    titles |= {aspect.name: aspect.title for aspect in plan.prompter.aspects}
    heads = ("System", "Transcripts", "Without verdict", "Flagged", "Judge is of", *titles.values())
    blanks = reasons(
        (row.system, row.why_blank or no_interval(row.value, row.interval))
        for system in systems
        for row in system.values
        if row.item == TOTAL
    )
    caption = (
        "Means over patients, with 95% intervals. What has no verdict is absent, never 0, and so is"
        f" a total without one of its items. {' '.join(f'{line}.' for line in blanks)} For research,"
        " not for diagnosis."
    )
    title = f"{plan.task.title}, {plan.prompter.rubric.title}: judged by {model}"
    return Sheet(title, heads, [_row(system, titles) for system in systems], caption)


def _row(system: JudgedSystem, titles: Iterable[str]) -> list[str]:
    by_item = {row.item: row for row in system.values}
    cells = [by_item.get(name) for name in titles]
    return [
        system.system,
        f"{system.transcripts:,}",
        f"{system.without_verdict:,}",
        f"{system.flagged:,}",
        system.family,
        *("" if row is None else with_interval(row.value, row.low, row.high) for row in cells),
    ]


def session_fields(
    plan: TranscriptPlan, model: str, systems: Sequence[JudgedSystem]
) -> Iterator[dict[str, object]]:
    """Yield each mean for programs."""
    for system in systems:
        for row in system.values:
            yield {
                "benchmark": plan.task.id,
                "rubric": plan.prompter.rubric.id,
                "judge": plan.prompter.judge.id,
                "model": model,
                "system": system.system,
                "transcripts": system.transcripts,
                "without_verdict": system.without_verdict,
                "flagged": system.flagged,
                "family": system.family,
                "item": row.item,
                "value": row.value,
                "sd": row.sd,
                "low": row.low,
                "high": row.high,
                "interval": row.interval,
                "patients": row.patients,
                "why_blank": row.why_blank,
            }
