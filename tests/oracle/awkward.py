"""A board that is made to be awkward, through the public command line, with what is meant by every
output.

Five invented tasks on the demonstration's invented posts (one private, one with several questions a
post, one ordinal, one too small) and eight systems. What an output states is known because it was
written from it, so that nothing here has to read a label: `Said` is the truth that the
recomputation starts from.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
POSTS = ROOT / "leaderboard_data" / "demo" / "test"
BENCHMARK = "oracle"


@dataclass(frozen=True)
class Asked:
    """One example as it was imported."""

    task: str
    example: str
    post_id: str
    post: str
    gold: str
    reference: str
    attributes: str = ""


@dataclass(frozen=True)
class Said:
    """What one system means by its row for one example.

    Attributes:
        label: None where it states none.
        explanation: As written; None where there is none.
        output: The raw output; None in a file of labels alone.
        whole: The whole text that the `_full` metrics see; None where there is none.
        repetition: Of which repetition.
        stated: The label that the explanation alone states; None where it states none.
    """

    asked: Asked
    label: str | None
    explanation: str | None
    output: str | None
    whole: str | None
    repetition: int = 1
    stated: str | None = None


@dataclass(frozen=True)
class Declared:
    """An invented task: its declaration's fields, and which of the demonstration's posts it asks
    about.
    """

    name: str
    source: str
    size: int
    kind: str
    platform: str
    annotation: str
    wordings: dict[str, str]
    extra: str = ""
    attribute: str = ""

    @property
    def id(self) -> str:
        return f"{BENCHMARK}/{self.name}"

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.wordings)


CAUSES = ("loneliness", "relationship", "job", "tiredness")
TASKS = (
    Declared(
        "mood",
        "stress",
        30,
        "binary",
        "reddit",
        "human",
        {
            "yes": "Yes, the poster suffers from stress.",
            "no": "No, the poster does not suffer from stress.",
        },
        'concept = ["stress"]',
    ),
    Declared(
        "strain",
        "strain-level",
        24,
        "ordinal",
        "sms",
        "weak",
        {
            "none": "This post shows no strain.",
            **{n: f"This post shows {n} strain." for n in ("mild", "moderate", "high")},
        },
    ),
    Declared(
        "facets",
        "wellness",
        40,
        "binary",
        "twitter",
        "human",
        {
            "yes": "Yes, this wellness dimension comes up.",
            "no": "No, this wellness dimension does not come up.",
        },
        'concept = ["wellness dimension"]',
        "dimension",
    ),
    Declared(
        "secret",
        "mood-cause",
        20,
        "multi-class",
        "reddit",
        "human",
        {
            **{n: f"This post shows a cause of low mood related to {n}." for n in CAUSES},
            "none": "This post shows no cause of low mood.",
        },
        "gold_public = false\nposts_public = false",
    ),
    Declared(
        "tiny",
        "loneliness",
        8,
        "binary",
        "reddit",
        "weak",
        {"yes": "Yes, the poster feels lonely.", "no": "No, the poster does not feel lonely."},
        'concept = ["lonely"]',
    ),
)
PLAIN, TWIN, COLUMNS, SILENT = "Plain", "Twin", "Columns", "Silent"
ONE_NOTE, HALF, REPEATS, PERFECT = "One note", "Half", "Repeats", "Perfect"
TRAINED_ON = {
    PLAIN: ["oracle-mood"],
    TWIN: ["oracle-mood"],
    COLUMNS: None,
    SILENT: [],
    ONE_NOTE: [],
    HALF: ["oracle-strain", "other:Letters"],
    REPEATS: ["oracle-mood", "oracle-facets", "oracle-secret", "oracle-tiny"],
    PERFECT: ["oracle"],
}
BASE_MODEL = {PLAIN: "Lark-1B", REPEATS: "lark-1b ", PERFECT: "Lark-1B"}
"""One name by docs/methods.md "Full and held-out versions"; the others name none."""
REDACTED_POST = ("oracle/mood", "stress-003")
REDACTED_ROW = ("oracle/mood", "stress-005", REPEATS)
"""A post that is taken from everybody, and a row that is taken from one system."""


def examples() -> dict[str, list[Asked]]:
    """Task id -> its examples in order."""
    found = {}
    for task in TASKS:
        with (POSTS / f"{task.source}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))[: task.size]
        found[task.id] = [
            Asked(
                task.id,
                row["id"],
                row["post_id"],
                row["text"],
                row["label"],
                row["reference"],
                row.get("attributes", ""),
            )
            for row in rows
        ]
    return found


def _wrong(task: Declared, gold: str, random_: random.Random) -> str:
    return random_.choice([label for label in task.labels if label != gold])


def _written(task: Declared, asked: Asked, label: str, explanation: str | None) -> Said:
    output = task.wordings[label]
    if explanation is not None:
        output += f" Reasoning: {explanation}"
    return Said(asked, label, explanation, output, output)


MARKED = (
    "The **poster** says `so` — “twice”,  with two spaces.",
    "Caf\u0065\u0301 visits and a nai\u0308ve hope are named by the poster.",
    (
        "\u7684\u58d3\u529b\u5f88\u5927\uff0c\u5de5\u4f5c\u592a\u591a\u3002 The poster (\u5979)"
        " says so."
    ),
    (
        "\u092e\u0941\u091d\u0947 \u0928\u0940\u0902\u0926 \u0928\u0939\u0940\u0902"
        " \u0906\u0924\u0940, the poster writes."
    ),
    "Ligatures: the \ufb01rst of\ufb01ce, \u2460 and \u00bd, are kept.",
    "One\r\nline and\ranother\u00a0with a hard space.",
    "nan",
    "",
    "N/A",
    "***",
    "None",
)
"""Explanations in a column: markup, forms of Unicode, and texts that are absent by docs/methods.md
(the last five).
"""


STATED = {
    "yes": "They lie awake every night. So the poster suffers from stress.",
    "no": "They sleep well every night. So the poster does not suffer from stress.",
}
"""Explanations in a column that state a label of `oracle/mood`, which need not be the one in the
label column.
"""


def systems() -> dict[str, list[Said]]:
    """System -> what it says; the same at every call."""
    asked = examples()
    tasks = {task.id: task for task in TASKS}
    said: dict[str, list[Said]] = {name: [] for name in TRAINED_ON}
    for number, one in enumerate(one for ones in asked.values() for one in ones):
        task, dice = tasks[one.task], random.Random(f"oracle {one.task} {one.example}")  # noqa: S311
        words = one.post.split()
        label = one.gold if dice.random() < 0.75 else _wrong(task, one.gold, dice)
        plain = _written(
            task, one, label, f"The poster writes about {' '.join(words[: 4 + number % 9])}."
        )
        said[PLAIN].append(plain)
        said[TWIN].append(plain)
        said[ONE_NOTE].append(
            _written(
                task,
                one,
                task.labels[0],
                "The poster says what happened." + " It did." * (number % 3),
            )
        )
        label = one.gold if dice.random() < 0.6 else _wrong(task, one.gold, dice)
        stated = task.labels[number // 2 % 2] if task.name == "mood" and not number % 2 else None
        text = MARKED[number // 2 % len(MARKED)] if number % 2 else one.reference
        text = text if stated is None else STATED[stated]
        said[COLUMNS].append(Said(one, label, text, None, None, stated=stated))
        hedge = f"It is hard to tell from what was written, {words[0]}."
        said[SILENT].append(Said(one, None, hedge, hedge, hedge))
        if one.task != "oracle/strain":
            given = number % 5 < 3
            label = one.gold if dice.random() < 0.9 else _wrong(task, one.gold, dice)
            text = f"It is said that {' '.join(words[-8:])}"
            said[HALF].append(
                _written(task, one, label, text) if given else Said(one, None, None, "", None)
            )
        for repetition in (1, 2, 3):
            label = (
                one.gold
                if dice.random() < 0.55 + 0.1 * repetition
                else _wrong(task, one.gold, dice)
            )
            text = f"{one.reference.split(',')[0]}, {words[repetition]} again."
            said[REPEATS].append(replace(_written(task, one, label, text), repetition=repetition))
        said[PERFECT].append(Said(one, one.gold, None, None, None))
    return said


def ratings() -> list[dict[str, str | int]]:
    """A row a rating: three raters of two systems on `oracle/mood`, some ratings missing, one text
    with one alone.
    """
    dice = random.Random("oracle ratings")  # noqa: S311
    rows: list[dict[str, str | int]] = []
    for system in (PLAIN, ONE_NOTE):
        for place, one in enumerate(examples()["oracle/mood"]):
            if one.example in (REDACTED_POST[1], REDACTED_ROW[1]):
                continue
            quality = dice.gauss(1.5, 1) + (place % 9) / 9
            for rater in ("ana", "ben", "cleo"):
                for aspect in ("reliability", "overall"):
                    value = min(3, max(0, round(quality + dice.gauss(0, 0.7))))
                    if dice.random() < 0.15 or (place == 7 and rater != "ana"):
                        continue
                    rows.append(
                        {
                            "task": one.task,
                            "example_id": one.example,
                            "system": system,
                            "annotator": rater,
                            "aspect": aspect,
                            "rating": value,
                        }
                    )
    return rows


def _declaration(task: Declared) -> str:
    labels = "".join(
        f"\n[[labels]]\nname = {json.dumps(name)}\ntitle = {json.dumps(name.title())}\ngold ="
        f" [{json.dumps(wording)}]\n"
        for name, wording in task.wordings.items()
    )
    attributes = (
        '\n[attributes]\ndimension = ["sleep", "social", "work", "leisure"]\n'
        if task.attribute
        else ""
    )
    return (
        f'title = "{task.name.title()}"\nfamily = "{task.name} family"\ndataset ='
        f' "oracle-{task.name}"\nplatform = "{task.platform}"\nannotation ='
        f' "{task.annotation}"\nunit = "post"\nkind = "{task.kind}"\nquestion = "What of'
        f' it?"\nheadline = "weighted_f1"\nexpected_size = {task.size}\nreferences ='
        ' "project"\nlicence = "MIT"\ncitation = "Invented"\ndemonstration = true\nrevision ='
        f" 1\n{task.extra}\n{labels}{attributes}"
    )


PROTOCOL = """benchmark = "oracle"
title = "Without strain"
description = "Trained on no ordinal set."
held_out_datasets = ["oracle-strain"]
reference = "Majority label"
"""


Command = Sequence[str | Path]
SCORED: tuple[Command, ...] = (
    ("score", "--benchmark", BENCHMARK),
    ("publish", "--reason", "oracle"),
)
"""Score what is pending, and make a release."""
SEVERAL = """
import contextlib, io, json, sys
from app.cli.main import main

for arguments in json.load(sys.stdin):
    sys.argv[1:] = arguments
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
    print(json.dumps([status, said.getvalue()]))
"""
"""Several commands in one process: most of a command's time goes into starting it."""


class Board:
    """A board of its own: the packages copied beside declarations of its own, run as a person
    would.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = folder / "code"
        self.data = folder / "data"

    def run(self, *commands: Command) -> list[str]:
        """Run commands that must succeed, one after the other; what each printed."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("REASONBOARD_")
        }
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL],
            input=json.dumps(commands, default=str),
            env={
                **kept,
                "PYTHONPATH": str(self.code),
                "REASONBOARD_DATA": str(self.data),
                "HF_HUB_OFFLINE": "1",
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        for command, (status, said) in zip(commands, answers, strict=True):
            assert status == 0, (command, said)
        return [said for _, said in answers]

    def make(self) -> None:
        """Declare, import, submit, redact, rate, score and publish."""
        commands = self.filling(tuple(examples()), tuple(TRAINED_ON))
        said = dict(
            zip(map(str, (command[1] for command in commands)), self.run(*commands), strict=True)
        )
        task, example, system = REDACTED_ROW
        (sent,) = [text for name, text in said.items() if Path(name).stem == system]
        found = re.search(r"\b[0-9a-f]{12}\b", sent)
        assert found is not None, sent
        self.run(
            self._rating(),
            ("redact", *REDACTED_POST, "--reason", "its author asked"),
            ("redact", task, example, "--submission", found[0], "--reason", "names a person"),
            *SCORED,
        )

    def _rating(self) -> Command:
        rated, rows = self.folder / "ratings.csv", ratings()
        _write(rated, tuple(rows[0]), (row.values() for row in rows))
        named = ("--rubric", "mentallama", "--name", "rated")
        return ("ratings", "import", rated, *named, "--reason", "oracle")

    def filling(self, tasks: Sequence[str], names: Sequence[str]) -> list[Command]:
        """What declares and imports `tasks`, and sends what the systems called
        `names` say of them.
        """
        self._copy()
        found = [self._importing(task, ones) for task, ones in examples().items() if task in tasks]
        for name, said in systems().items():
            if name in names:
                found.append(self._sending(name, [one for one in said if one.asked.task in tasks]))
        return found

    def _importing(self, task: str, asked: Sequence[Asked]) -> Command:
        source = self.folder / f"{task.split('/')[1]}.csv"
        header = ("id", "post_id", "text", "label", "reference", "attributes")
        rows = ((o.example, o.post_id, o.post, o.gold, o.reference, o.attributes) for o in asked)
        _write(source, header, rows)
        return ("benchmark", "import", task, source)

    def _sending(self, name: str, said: Sequence[Said]) -> Command:
        rows = list(_rows(said))
        empty = any(one.output == "" for one in said)
        file = self.folder / f"{name}.{'jsonl' if empty else 'csv'}"
        if empty:  # an output that was generated and is empty cannot be told from none in CSV
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        else:
            _write(file, tuple(rows[0]), (row.values() for row in rows))
        meta = self.folder / f"{name}.toml"
        trained = TRAINED_ON[name]
        meta.write_text(
            f'system = "{name}"\nversion = "1"\nmethod = "zero-shot"\nconsent = true\n'
            f'base_model = "{BASE_MODEL.get(name, "none")}"\n'
            + ("" if trained is None else f"trained_on = {json.dumps(trained)}\n"),
            encoding="utf-8",
        )
        return ("submit", file, "--benchmark", BENCHMARK, "--meta", meta)

    def _copy(self) -> None:
        for package in ("app", "scoring", "submissions"):
            shutil.copytree(ROOT / package, self.code / package)
        declared = self.code / "leaderboard_data"
        declared.mkdir()
        for name in ("checkpoints", "rubrics", "limits.toml"):
            (declared / name).symlink_to(ROOT / "leaderboard_data" / name)
        (declared / "scoring.toml").write_text(
            '[bartscore.default]\ncheckpoint = "./checkpoints/tiny-bart"\ndtype = "float32"\n',
            encoding="utf-8",
        )
        for kind, texts in (
            ("tasks/oracle", {task.name: _declaration(task) for task in TASKS}),
            ("protocols", {"oracle-without-strain": PROTOCOL}),
        ):
            (declared / kind).mkdir(parents=True)
            for name, text in texts.items():
                (declared / kind / f"{name}.toml").write_text(text, encoding="utf-8")


def _rows(said: Sequence[Said]) -> Iterator[dict[str, str | int | None]]:
    repeated = any(one.repetition > 1 for one in said)
    for one in said:
        row: dict[str, str | int | None] = {"task": one.asked.task, "example_id": one.asked.example}
        if one.output is None:
            row["label"] = one.label
            row["explanation"] = one.explanation
        else:
            row["output"] = one.output
        if repeated:
            row["repetition"] = one.repetition
        yield row


def _write(path: Path, names: Sequence[str], rows: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)  # type: ignore[arg-type]


if __name__ == "__main__":
    Board(Path(sys.argv[1])).make()
