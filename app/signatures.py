"""Signatures of many values in a line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from app.grouping import grouped

BETWEEN = "; "
"""What stands between several."""
_TASK = re.compile(r"(?<=\|task:)[^|]+")


def joined(signatures: Iterable[str]) -> str:
    """Return signatures in a line.

    Those that differ in nothing but the task are one, "...|task:a@1+b@1|...".
    """
    distinct = dict.fromkeys(filter(None, signatures))
    tasks = grouped((_TASK.sub("", each), _TASK.findall(each)) for each in distinct)
    return BETWEEN.join(
        same.replace("|task:", f"|task:{'+'.join(dict.fromkeys(chain(*named)))}", 1)
        for same, named in tasks.items()
    )
