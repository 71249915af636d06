"""The process that reads one upload: takes its order from standard input, limits itself, and writes
a report.

It is not there to be imported: `submissions.receiving.examination.examine_apart` starts it.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from submissions.declarations.settings import board_tasks
from submissions.likeness.quotation import Remembered
from submissions.receiving.examination import DISK_FULL, examine, write_report
from submissions.receiving.formats import Limits
from submissions.store.folder import DataFolder
from submissions.store.sqlite.trouble import is_full

# Not 1 and 2, which Python itself ends with.
OUT_OF_MEMORY = 3


def main(order: dict[str, Any]) -> int:
    """Do what `order` says; the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path = Path(order["path"])
    tempfile.tempdir = str(path.parent)  # on the data's disk, as /tmp may be memory
    limits = Limits(packed=order["sent"], unpacked=order["unpacked"], rows=order["rows"])
    try:
        report = examine(
            DataFolder(Path(order["data"])),
            board_tasks(Path(order["data"])),
            path,
            order["benchmark"],
            order["sha256"],
            path.parent,
            Remembered(frozenset(order["redacted"])),
            order["name"],
            limits,
        )
        write_report(report, Path(order["report"]))
    except MemoryError:
        return OUT_OF_MEMORY
    except OSError as error:
        if is_full(error):
            return DISK_FULL
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(json.load(sys.stdin)))
