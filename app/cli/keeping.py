"""`reasonboard backup`, `restore` and `verify`: what was done and found."""

from __future__ import annotations

from collections.abc import Iterator

from submissions.keeping.backup import BackedUp
from submissions.keeping.verify import Verified
from submissions.wording import counted, noun_for

SHOWN = 50


def backup_lines(made: BackedUp) -> Iterator[str]:
    """What was copied, and what could not be."""
    for name in made.lacking:
        yield f"{name}: missing or damaged on the board, and not in the backup"
    if made.clock_is_behind:
        yield (
            f"The newest snapshot is dated {made.newest}, and this machine's clock says {made.clock}: one of the two was "
            f"wrong. The snapshot of now is dated {made.at}, after it, so that `restore` takes it; set the clock if it is "
            "this one that is wrong."
        )
    dropped = f", {counted(made.dropped, 'older snapshot')} dropped" if made.dropped else ""
    yield f"The board as it was at {made.at}: {counted(made.files, 'file')}, {made.copied} of them new; read back{dropped}."


def verified_lines(found: Verified) -> Iterator[str]:
    """What is damaged, and what repairs it; then what nothing refers to."""
    for damage in found.damages:
        yield str(damage)
    if found.orphans:
        number = len(found.orphans)
        yield f"{counted(number, 'file')} {noun_for(number, 'is', 'are')} referred to by nothing, which is harmless:"
        yield from (f"    {name}" for name in found.orphans[:SHOWN])
        if number > SHOWN:
            yield f"    ... and {number - SHOWN} more"
    whole = (
        "all that the board refers to is whole" if not found.damages else "not all of it is whole"
    )
    yield f"{counted(found.looked_at, 'file')} read at {found.at}: {whole}."
