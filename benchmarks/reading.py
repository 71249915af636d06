"""How many of the invented outputs are read, and how many wrongly: by file, by stage of reading,
and by kind.

    python -m benchmarks.reading

The outputs are those of `tests/scoring/extraction/`, with the labels that may be read in each. An
output *states* an answer where "unparsed" is not allowed. The stage is the first that applied to
it; of an output that nothing is read in, it may be none. Kinds are counted where their names have a
family ("json: list of one").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scoring.extraction import read
from scoring.segments import Reading
from scoring.tasks import Task, read_tasks
from tests.scoring.extraction.kinds import FILES, POST, attributes, lines

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Case:
    """One output, and what was read in it."""

    file: str
    kind: str
    accept: tuple[str | None, ...]
    reading: Reading

    @property
    def states(self) -> bool:
        """Whether it states an answer."""
        return None not in self.accept

    @property
    def right(self) -> bool:
        """Whether what is read may be read."""
        return self.reading.label in self.accept

    @property
    def wrong(self) -> bool:
        """Whether a label is read that it does not state."""
        return self.reading.label is not None and not self.right

    @property
    def stage(self) -> str:
        """The first stage of reading that applied."""
        return next(iter(self.reading.stages), "none").split(":", 1)[0]

    @property
    def family(self) -> str:
        """The family of its kind; "" where it has none."""
        return (
            self.kind.split(":", 1)[0]
            if ":" in self.kind and self.file.startswith(("tra", "plain"))
            else ""
        )


def main() -> None:
    """Print the tables."""
    tasks = read_tasks(ROOT / "leaderboard_data" / "tasks")
    cases = [case for file in FILES for case in _cases(file, tasks)]
    _table("file", cases, lambda case: case.file)
    _table("stage", cases, lambda case: case.stage)
    _table("kind", cases, lambda case: case.family)


def _cases(file: str, tasks: dict[str, Task]) -> Iterable[Case]:
    for line in lines(file):
        task = tasks[line.task]
        asked = attributes(task, line.asked_about)
        yield Case(
            file,
            line.kind,
            line.accept,
            read(task, output=line.output, post=POST, attributes=asked),
        )


def _table(head: str, cases: list[Case], group: Callable[[Case], str]) -> None:
    print(f"\n| {head} | outputs | state an answer | read | recall | wrongly read |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in sorted({group(case) for case in cases} - {""}):
        of_group = [case for case in cases if group(case) == name]
        stating = [case for case in of_group if case.states]
        right = sum(case.right for case in stating)
        wrong = sum(case.wrong for case in of_group)
        recall = f"{right / len(stating):.1%}" if stating else ""
        print(f"| {name} | {len(of_group)} | {len(stating)} | {right} | {recall} | {wrong} |")


if __name__ == "__main__":
    main()
