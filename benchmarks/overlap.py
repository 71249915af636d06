"""ROUGE-1, ROUGE-2, ROUGE-L, BLEU and chrF of explanations, against rouge-score and sacrebleu.

    python -m benchmarks.overlap [--pairs 1500] [--imhi DIR] [--rounds 3]

The yardstick is both libraries called one after another, each once with all it is asked for: the
scorer of three kinds of ROUGE with the stemmer for every pair, BLEU and chrF of the corpus. Each
measurement is a process of its own, so that every cache is cold, with one thread; the two take
turns. No text is there twice. Time is processor time, without what imports take, which is printed
beside it.

References are invented, as long as IMHI's (80 words, 517 characters), or with `--imhi` the
published ones in ASCII, since rouge-score drops other letters. An explanation is a reference of
which a tenth of the words is left out, a tenth replaced, and the end moved to the beginning.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

from scoring.segments import Example, Reading, Segments
from scoring.tasks import read_tasks

ROOT = Path(__file__).parents[1]
ROUGE = ("rouge1", "rouge2", "rougeL")
PARTS = {"ROUGE-1, ROUGE-2, ROUGE-L": ROUGE, "BLEU": ("bleu",), "chrF": ("chrf",)}
AIM = 10
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Pairs = Sequence[tuple[str, str]]
"""Explanation and reference."""


def main() -> None:
    """Measure and print a table, or be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1500)
    parser.add_argument("--imhi", type=Path, help="a checkout of the published data")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", choices=["yardstick", "board"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        pairs = _changed(_published(options.imhi) if options.imhi else _invented(), options.pairs)
        print(json.dumps(_libraries(pairs) if options.measure == "yardstick" else _board(pairs)))
        return
    rounds = [
        {what: _in_process(what, options) for what in ("yardstick", "board")}
        for _ in range(options.rounds)
    ]
    _table(rounds)


def _in_process(what: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.overlap", "--measure", what]
    command += ["--pairs", str(options.pairs)]
    if options.imhi:
        command += ["--imhi", str(options.imhi.resolve())]
    environment = os.environ | ONE_THREAD
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    taken: dict[str, dict[str, float]] = json.loads(done.stdout)
    return taken


def _table(rounds: Sequence[dict[str, dict[str, dict[str, float]]]]) -> None:
    """Print medians over the rounds, microseconds of processor time a pair."""
    print("| | libraries, us a pair | here, us a pair | times | range of the rounds |")
    print("| --- | --- | --- | --- | --- |")
    for part in (*PARTS, "all"):
        taken = [[run[what]["us"][part] for run in rounds] for what in ("yardstick", "board")]
        times = [yardstick / board for yardstick, board in zip(*taken, strict=True)]
        yardstick, board = map(statistics.median, taken)
        print(
            f"| {part} | {yardstick:,.0f} | {board:,.0f} | {statistics.median(times):.1f} |"
            f" {min(times):.1f} to {max(times):.1f} |"
        )
    values = [[run[what]["values"] for run in rounds] for what in ("yardstick", "board")]
    differences = [abs(values[0][0][name] - values[1][0][name]) for name in values[0][0]]
    imports = [
        statistics.median(run[what]["us"]["import"] for run in rounds) / 1e6
        for what in ("yardstick", "board")
    ]
    print(f"\nlargest difference of the five values: {max(differences):.1e}; aim {AIM} times")
    print(f"imports: {imports[0]:.2f} s, here {imports[1]:.2f} s of processor time")


def _libraries(pairs: Pairs) -> dict[str, dict[str, float]]:
    begun = time.process_time()
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu import corpus_bleu, corpus_chrf

    imported = time.process_time() - begun
    texts, references = (list(column) for column in zip(*pairs, strict=True))

    def rouge() -> list[float]:
        scorer = RougeScorer(ROUGE, use_stemmer=True)
        scores = [scorer.score(reference, text) for text, reference in pairs]
        return [statistics.fmean(one[kind].fmeasure for one in scores) for kind in ROUGE]

    return _timed(
        len(pairs),
        imported,
        rouge,
        lambda: [corpus_bleu(texts, [references]).score],
        lambda: [corpus_chrf(texts, [references]).score],
    )


def _board(pairs: Pairs) -> dict[str, dict[str, float]]:
    begun = time.process_time()
    from rapidfuzz.distance import LCSseq  # noqa: F401  # what the metrics import when they measure

    from scoring.metric import Instruments
    from scoring.metrics import metric

    imported = time.process_time() - begun
    segments = _segments(pairs)

    def values(names: Sequence[str]) -> list[float]:
        found = []
        for measured in map(metric, names):
            sums = measured.measure(segments, Instruments()).sum(axis=0)
            found.append(float(measured.aggregate(sums, segments.task)))
        return found

    parts = ([name.lower() for name in names] for names in PARTS.values())
    return _timed(len(pairs), imported, *(lambda names=names: values(names) for names in parts))


def _timed(
    pairs: int, imported: float, *parts: Callable[[], list[float]]
) -> dict[str, dict[str, float]]:
    """Return microseconds of processor time a pair, of imports in all, and the values."""
    taken, values = {"import": imported * 1e6}, {}
    for (part, names), measure in zip(PARTS.items(), parts, strict=True):
        begun = time.process_time()
        values.update(zip(names, measure(), strict=True))
        taken[part] = (time.process_time() - begun) / pairs * 1e6
    return {"us": taken | {"all": sum(taken[part] for part in PARTS)}, "values": values}


def _segments(pairs: Pairs) -> Segments:
    task = read_tasks(ROOT / "leaderboard_data" / "tasks")["imhi/dr"]
    label = task.labels[0].name
    examples = tuple(
        Example(str(row), str(row), "", f"post {row}", label, reference)
        for row, (_, reference) in enumerate(pairs)
    )
    readings = tuple(Reading(label, "given", None, text) for text, _ in pairs)
    return Segments(task, examples, tuple(text for text, _ in pairs), readings)


def _changed(references: Sequence[str], pairs: int) -> Pairs:
    """Return distinct references, each with a changed one as the explanation."""
    draw = random.Random(0)  # noqa: S311
    references = draw.sample(references, pairs)
    vocabulary = sorted({word for reference in references for word in reference.split()})
    changed = []
    for reference in references:
        words = [word for word in reference.split() if draw.random() > 0.1]
        words = [draw.choice(vocabulary) if draw.random() < 0.1 else word for word in words]
        cut = draw.randrange(len(words))
        changed.append((" ".join(words[cut:] + words[:cut]), reference))
    assert len({text for pair in changed for text in pair}) == 2 * pairs
    return changed


def _published(folder: Path) -> list[str]:
    """Return the distinct references of the published test sets, without their label sentence."""
    texts = [
        row["gpt-3.5-turbo"].rpartition("Reasoning:")[2].strip()
        for path in sorted((folder / "test_data" / "test_instruction").glob("*.csv"))
        for row in csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True))
    ]
    return sorted({text for text in texts if text.isascii() and len(text.split()) > 3})


def _invented() -> list[str]:
    """Return 3,000 texts in 12,000 words, the n-th as often as 1/n (Zipf), with marks."""
    draw = random.Random(1)  # noqa: S311
    endings = ("", "", "", "s", "ed", "ing", "ly", "ness", "ation", "ful", "ive", "er")
    words = [
        "".join(draw.choice("bcdfglmnprst") + draw.choice("aeiou") for _ in range(length))
        + draw.choice(endings)
        for length in draw.choices((1, 2, 3), (5, 4, 1), k=12_000)
    ]
    weights = list(accumulate(1 / place for place in range(10, 12_010)))
    lengths = [max(8, round(draw.gauss(80, 30))) for _ in range(3000)]
    texts = (draw.choices(words, cum_weights=weights, k=length) for length in lengths)
    return [" ".join(word + draw.choice(MARKS) for word in text) for text in texts]


MARKS = ("",) * 24 + (",", ".", "'s", '"', " -", "-a")


if __name__ == "__main__":
    main()
