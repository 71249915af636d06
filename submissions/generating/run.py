"""A run from its order to its outputs: what is refused before anything is loaded or sent, what is
said, what is written.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from scoring.segments import Example
from scoring.tasks import Task
from submissions.asking import journal
from submissions.asking.pace import TextPace
from submissions.asking.texts import (
    Decoding,
    Described,
    GeneratedText,
    GenerationError,
    TextSource,
    provenance_of,
)
from submissions.benchmarks.importing import declared_task, examples_of
from submissions.csv_export import LINE_END, LineFeeds
from submissions.generating.plan import (
    GenerationRequest,
    Repetition,
    RequestKey,
    repetitions,
    requests_of,
)
from submissions.generating.prompts import Prompter, demonstrations, fault_of
from submissions.generating.strategies import (
    Strategy,
    board_strategies,
    declared_strategy,
    every_wording,
)
from submissions.progress import Report
from submissions.receiving.formats.budget import LIMITS
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, replace_file, sha256_of
from submissions.wording import counted

COLUMNS = ("task", "example_id", "prompt", "seed", "output")
STAGE = "generating"
GeneratedTexts: TypeAlias = journal.Journal[RequestKey, GeneratedText[RequestKey]]
TEXTS = journal.JournalLines("text", RequestKey, GeneratedText[RequestKey])


@dataclass(frozen=True)
class GenerationOrder:
    """What is to be generated.

    Attributes:
        benchmark: Whose questions are asked.
        out: The file to write: CSV where it is called so, else JSON Lines.
        prompts: Names of strategies.
        seeds: At least one.
        decoding: How tokens are chosen.
        tasks: Of these tasks alone; () for all whose gold is imported.
        train: Folder of train splits, for strategies that show examples.
        every_wording: Whether each strategy is asked in all its wordings, not in the first alone.
    """

    benchmark: str
    out: Path
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    decoding: Decoding
    tasks: tuple[str, ...] = ()
    train: Path | None = None
    every_wording: bool = False

    @property
    def journal(self) -> Path:
        """Where what is generated is written down as it comes."""
        return self.out.with_name(f"{self.out.stem}.journal.jsonl")

    @property
    def record(self) -> Path:
        """Where it is said how the outputs came about."""
        return self.out.with_name(f"{self.out.stem}.run.json")


@dataclass(frozen=True)
class GenerationPlan:
    """What an order means on a board.

    Attributes:
        order: The order.
        gold: Task id -> its examples.
        repetitions: Which prompt and seed each is.
        prompters: By task and prompt.
        identity: What decides the texts, the model aside.
        notes: What whoever waits should know.
    """

    order: GenerationOrder
    gold: Mapping[str, tuple[Example, ...]]
    repetitions: tuple[Repetition, ...]
    prompters: Mapping[tuple[str, str], Prompter]
    identity: Described
    notes: tuple[str, ...] = ()

    @cached_property
    def requests(self) -> list[GenerationRequest]:
        """Every text to generate."""
        return list(requests_of(self.gold, self.prompters, self.repetitions))

    @property
    def posts(self) -> int:
        """Distinct posts that are asked about."""
        return len(
            {e.post_id for examples in self.gold.values() for e in examples if not e.redacted}
        )


@dataclass(frozen=True)
class GenerationOutcome:
    """What a run ended with.

    Attributes:
        rows: Of the file.
        ends: Why texts ended -> how many.
        cut: Texts whose post was cut to fit.
        altered: Texts that no file of outputs can hold as they are: see `storable`.
    """

    rows: int
    ends: Mapping[str, int]
    cut: int
    altered: int


def planned(
    folder: DataFolder, tasks: Mapping[str, Task], order: GenerationOrder
) -> GenerationPlan:
    """Work out what is to be generated, and refuse what cannot be.

    Args:
        folder: The board's data: its gold, its prompt strategies.
        tasks: Every declared task.
        order: What is wanted.

    Raises:
        ReasonBoardError: With what is wrong, and what to do.
    """
    asked = _asked(folder, tasks, order)
    named = _named(folder, asked, order)
    wanted = repetitions([strategy.id for strategy in named], order.seeds, order.decoding)
    chosen = {strategy.id: strategy for strategy in named}
    faults = [fault for s in chosen.values() for task in asked if (fault := fault_of(s, task))]
    if faults:
        raise GenerationError("\n".join(faults))
    gold = {task.id: examples_of(folder, task) for task in asked}
    tested = {
        text
        for examples in gold.values()
        for example in examples
        for text in (example.post, *example.texts)
    }
    prompters = {
        (task.id, s.id): Prompter(s, task, demonstrations(s, task, order.train, tested))
        for task in asked
        for s in chosen.values()
    }
    identity = _identity(folder, asked, order, prompters, wanted)
    return GenerationPlan(order, gold, tuple(wanted), prompters, identity, _notes(asked, order))


def generate(
    plan: GenerationPlan, source: TextSource, say: Callable[[str], object], report: Report
) -> GenerationOutcome:
    """Generate what is missing, and write the outputs when all is there.

    Args:
        plan: What is to be generated.
        source: What generates.
        say: Takes a line for the person who waits.
        report: Takes note of how far it is.

    Raises:
        GenerationError: It cannot go on; what was generated is kept.
    """
    order = plan.order
    if order.out.exists() and not order.journal.exists():
        raise GenerationError(
            f"{order.out}: there already, and no run of `generate` wrote it; name another --out, or"
            " move it"
        )
    identity = {**plan.identity, "model": source.identity}
    if not order.journal.exists():
        _require_own_record(order.record, identity)
    with journal.opened(order.journal, TEXTS) as kept:
        kept.begin(identity, provenance_of(source))
        _require_own_record(order.record, identity)
        requests = plan.requests
        done = sum(request.key in kept.records for request in requests)
        if done:
            say(
                f"{order.journal}: {counted(done, 'text')} of {len(requests):,} are there; going on"
            )
        if done < len(requests):
            progress = TextPace(STAGE, report, len(requests), done)
            for texts in source.texts(requests, kept.records.keys()):
                new = [text for text in texts if text.key not in kept.records]
                kept.add(texts)
                progress.add(new)
            say(f"{STAGE}: {counted(progress.texts, 'text')}, {progress.rate}")
        return _written(plan, kept, source)


def _require_own_record(record: Path, identity: Described) -> None:
    """Refuse to write over a record that is not this run's.

    Raises:
        GenerationError: Another run's record, or no record, is there.
    """
    if not record.exists():
        return
    try:
        said = json.loads(record.read_bytes())
    except (OSError, ValueError, RecursionError):
        said = None
    own = json.loads(json.dumps(identity))
    if not isinstance(said, dict) or said.get("identity") != own:
        raise GenerationError(
            f"{record}: there already, and it is not this run's; name another --out, or move it"
        )


def _asked(folder: DataFolder, tasks: Mapping[str, Task], order: GenerationOrder) -> list[Task]:
    """Return the tasks that are asked about.

    Raises:
        UnknownTask: There is no such task.
        GenerationError: One is of another benchmark, or nothing is imported.
    """
    benchmarks = dict.fromkeys(task.benchmark for task in tasks.values())
    if order.benchmark not in benchmarks:
        raise GenerationError(
            f"{order.benchmark!r} is not a benchmark; there are: {', '.join(benchmarks)}"
        )
    if order.tasks:
        named = [declared_task(tasks, name) for name in dict.fromkeys(order.tasks)]
        if other := [task.id for task in named if task.benchmark != order.benchmark]:
            raise GenerationError(f"{', '.join(other)}: not of the benchmark {order.benchmark}")
        return named
    store = PostStore(folder.posts)
    imported = [t for t in tasks.values() if t.benchmark == order.benchmark and store.has(t)]
    if not imported:
        raise GenerationError(
            f"nothing of {order.benchmark} is imported; `reasonboard benchmark import` does it"
        )
    return imported


def _named(folder: DataFolder, asked: Sequence[Task], order: GenerationOrder) -> list[Strategy]:
    """Return the strategies that are asked by, in the order in which they were named.

    Raises:
        StrategyError: One is not declared, or a wording is called as another is.
    """
    strategies = board_strategies(folder.path)
    named = [declared_strategy(strategies, name) for name in order.prompts]
    if not order.every_wording:
        return named
    questions = _questions(asked)
    return [worded for each in named for worded in every_wording(strategies, each, questions)]


def _questions(asked: Sequence[Task]) -> int:
    """Return the wordings that the question of every task has: a repetition is one of all tasks."""
    return min(len(task.questions) for task in asked)


def _asked_in(asked: Sequence[Task], strategy: Strategy) -> dict[str, str]:
    """Return task id -> its question, in the wording that a strategy asks."""
    return {task.id: task.questions[strategy.asks - 1] for task in asked}


def _notes(asked: Sequence[Task], order: GenerationOrder) -> tuple[str, ...]:
    """Return which tasks keep others' questions from being asked in all their wordings."""
    fewest, most = _questions(asked), max(len(task.questions) for task in asked)
    if not order.every_wording or fewest == most:
        return ()
    poor = ", ".join(task.id for task in asked if len(task.questions) == fewest)
    return (
        f"of {most} wordings of a question {fewest} can be asked of every task: {poor} declares no"
        " more; declare `rewordings` in its file, or name other tasks with --task",
    )


def _identity(
    folder: DataFolder,
    asked: Sequence[Task],
    order: GenerationOrder,
    prompters: Mapping[tuple[str, str], Prompter],
    wanted: Sequence[Repetition],
) -> Described:
    store = PostStore(folder.posts)
    chosen = {prompter.strategy.id: prompter.strategy for prompter in prompters.values()}
    return {
        "benchmark": order.benchmark,
        "tasks": {
            task.id: {"revision": task.revision, "content": store.info(task).content_sha256}
            for task in asked
        },
        "prompts": {
            s.id: {
                "version": s.version,
                "sha256": s.sha256,
                "demonstrations": {
                    task.id: {"ids": list(shown.ids), "sha256": shown.sha256}
                    for task in asked
                    if (shown := prompters[task.id, s.id].shown).ids
                },
                # Of the first wording the task's content tells.
                **({"questions": _asked_in(asked, s)} if s.asks > 1 else {}),
            }
            for s in chosen.values()
        },
        "decoding": asdict(order.decoding),
        "seeds": list(order.seeds),
        "repetitions": [asdict(repetition) for repetition in wanted],
    }


def _written(plan: GenerationPlan, kept: GeneratedTexts, source: TextSource) -> GenerationOutcome:
    """Write outputs and record, whole, in the order of tasks, repetitions and examples.

    Raises:
        GenerationError: Somebody else's outputs are there.
    """
    rows = list(_rows(plan, kept.records))
    content = _as_file(plan.order.out, rows).encode()
    if plan.order.out.exists() and plan.order.out.read_bytes() != content:
        raise GenerationError(
            f"{plan.order.out}: there already, with other content; move it, and say the same again"
        )
    replace_file(plan.order.out, content)
    texts = [kept.records[request.key] for request in plan.requests]
    ends = Counter(text.finish for text in texts)
    cut = sum(text.cut > 0 for text in texts)
    altered = sum(text.output != storable(text.output) for text in texts)
    record = {
        "format": journal.FORMAT,
        "outputs": {"file": plan.order.out.name, "sha256": sha256_of(plan.order.out)},
        "identity": {**plan.identity, "model": source.identity},
        "starts": kept.starts,
        "rows": len(rows),
        "ends": dict(sorted(ends.items())),
        "posts_cut": cut,
        "outputs_altered": altered,
        "prompt_tokens": _total(text.prompt_tokens for text in texts),
        "output_tokens": _total(text.output_tokens for text in texts),
        "models_of_the_server": _said(texts, "model"),
        "fingerprints_of_the_server": _said(texts, "system_fingerprint"),
    }
    described = json.dumps(record, ensure_ascii=False, indent=2)
    replace_file(plan.order.record, f"{described}\n".encode())
    return GenerationOutcome(len(rows), dict(ends), cut, altered)


def _rows(
    plan: GenerationPlan, texts: Mapping[RequestKey, GeneratedText[RequestKey]]
) -> Iterator[dict[str, str | int]]:
    """Yield a row an example and repetition; of a post that was taken down, with
    an empty output.
    """
    for task, examples in plan.gold.items():
        for repetition in plan.repetitions:
            for example in examples:
                key = RequestKey(task, example.example_id, repetition.prompt, repetition.seed)
                yield {
                    "task": task,
                    "example_id": example.example_id,
                    "prompt": repetition.prompt,
                    "seed": repetition.seed,
                    "output": "" if example.redacted else storable(texts[key].output),
                }


def storable(output: str) -> str:
    """Return a text as a file of outputs can hold it.

    Without NUL and halves of surrogate pairs, which no text has, and not longer than a cell may be;
    the journal keeps it as it came.
    """
    content = output.replace("\0", "\ufffd").encode(errors="replace")
    return content[: LIMITS.cell].decode(errors="ignore")


def _as_file(path: Path, rows: Sequence[Mapping[str, str | int]]) -> str:
    """Return the rows as CSV where the file is called so, else as JSON Lines."""
    if path.suffix.lower() != ".csv":
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(LineFeeds(stream), COLUMNS, lineterminator=LINE_END)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _total(counts: Iterator[int | None]) -> int | None:
    """Return the sum; None where nobody counted."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _said(texts: Sequence[GeneratedText[RequestKey]], name: str) -> list[str]:
    return sorted({text.details[name] for text in texts if name in text.details})
