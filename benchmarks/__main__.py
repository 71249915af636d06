"""Runs the benchmarks, one after another, and prints their tables: `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHES = ("bartscore", "intake", "overlap", "validity")


def main() -> None:
    """Run each in a process of its own: peak memory is the process's."""
    for name in BENCHES:
        print(f"\n{name}\n", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)


if __name__ == "__main__":
    main()
