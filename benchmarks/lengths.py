"""Makes lengths.csv: how long IMHI's posts and references are, in tokens, and nothing else of them.

    python benchmarks/lengths.py FOLDER

FOLDER is a checkout of the published IMHI data. A row is an example of its test sets, 2,000 of them
drawn without order or name. Tokens are estimated as 1.35 a word (what BART's vocabulary makes of
English posts) and two special tokens, at most 1,024.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

from scoring.tasks import read_tasks
from submissions.benchmarks.gold_files import import_imhi

ROOT = Path(__file__).parents[1]
LENGTHS = Path(__file__).with_name("lengths.csv")
ROWS = 2_000


def main() -> None:
    """Read the checkout that the command line names, write the file."""
    tasks = {
        name: task
        for name, task in read_tasks(ROOT / "leaderboard_data" / "tasks").items()
        if "imhi/" in name
    }
    sets = import_imhi(Path(sys.argv[1]), tasks)
    texts = [
        (example.post, example.reference_full) for imported in sets for example in imported.examples
    ]
    drawn = random.Random(0).sample(texts, ROWS)  # noqa: S311 - a sample, not a secret
    with LENGTHS.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["post", "reference"])
        writer.writerows([tokens(post), tokens(reference or "")] for post, reference in drawn)


def tokens(text: str) -> int:
    """Return about as many tokens as BART's vocabulary makes of `text`."""
    return min(1_024, round(1.35 * len(text.split())) + 2)


if __name__ == "__main__":
    main()
