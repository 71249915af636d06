"""A benchmark of one's own: the files of task, protocol and rubric, drafted from a task's CSV and what
its maker says of it.

What the file says is not asked: labels, how many rows each has, whether there are references, the
hash. What it cannot say is asked, and may be `unknown`; nothing is guessed. A draft is read back by
what reads declarations and gold before anything is written: what is written can be imported.

Labels that differ by case, spaces or a closing full stop alone are one label, as they are when gold
is read. The rubric begins as a copy of the one that raters get unless another is named: its wording
can be edited until somebody rated by it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scoring.answers import KINDS
from scoring.errors import ReasonBoardError, nearest
from scoring.tasks import NO_REFERENCES, TASKS, Task, TasksById, normalise_gold
from scoring.texts import said
from submissions.benchmarks.gold_files import PLAIN_COLUMNS, import_csv
from submissions.benchmarks.gold_table import read_table
from submissions.benchmarks.protocols import FOLDER as PROTOCOLS
from submissions.benchmarks.protocols import KIND as PROTOCOL_KIND
from submissions.benchmarks.protocols import MAJORITY, context_of
from submissions.declarations.settings import board_tasks
from submissions.rating.rubrics import KIND as RUBRIC_KIND
from submissions.rating.rubrics import RUBRICS, Rubric, default_rubric, usable_rubrics
from submissions.wording import counted

YES_NO = ("yes", "no")
MULTI_LABEL = "multi-label"
MOST_LABELS = 100
"""More are taken for free text."""
_DEL, _DEL_ESCAPED = "\x7f", "\\u007f"
_NOT_IN_COMMENT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Controls, line breaks of any kind, and what a name on disk has in place of bytes that are no text."""
TASK_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
"""Of a task within its benchmark."""
_TASK_ID = re.compile(f"{TASK_NAME.pattern}/{TASK_NAME.pattern}")

QUESTIONS: Mapping[str, str] = {
    "csv": "the task's CSV file: id, text, label; optionally reference, post_id, attributes",
    "task": "the task's id, BENCHMARK/TASK in lower case, such as our-lab/sleep",
    "question": "what is asked of each post, as a sentence, or unknown",
    "platform": "where the posts were written, any word in lower case, or unknown",
    "annotation": "how the labels came about: human, weak, invented or unknown",
    "references": "who wrote the reference explanations, or none",
    "concept": "what a yes affirms, in the words that outputs use",
    "licence": "of the data, or unknown",
    "citation": "whom to cite, or unknown",
}
"""What has to be said of a task, by the name of its option."""


class NewBenchmarkError(ReasonBoardError):
    """A benchmark that cannot be drafted, with everything that keeps it from it."""


@dataclass(frozen=True)
class Surveyed:
    """What a task's CSV holds.

    Attributes:
        path: The file.
        sha256: Of its bytes.
        n_rows: Rows below the header.
        spellings: Label, as gold is compared -> how it is spelled -> rows.
        explained: Rows with a reference explanation.
        several: Whether a row may have several of the labels, or none.
    """

    path: Path
    sha256: str
    n_rows: int
    spellings: Mapping[str, Mapping[str, int]]
    explained: int
    several: bool = False

    @property
    def kind(self) -> str:
        """The kind of task, as far as its labels have no order."""
        if self.several:
            return MULTI_LABEL
        return "binary" if len(self.spellings) == 2 else "multi-class"

    def rows(self, label: str) -> int:
        """Count the rows with a label."""
        return sum(self.spellings[label].values())

    @property
    def lines(self) -> Iterator[str]:
        """What it holds, for its maker."""
        labels = ", ".join(f"{label} {self.rows(label)}" for label in self.spellings)
        yield (
            f"{self.path}: {counted(self.n_rows, 'row')}; labels: {labels};"
            f" {counted(self.explained, 'reference explanation')}"
        )
        for label, spelled in self.spellings.items():
            if len(spelled) > 1:
                listed = ", ".join(f"{text!r} {rows}" for text, rows in spelled.items())
                yield f"note: {listed} are taken for one label, {label!r}"
        joined = [label for label in self.spellings if len(_parts(label)) > 1]
        if joined and not self.several:
            yield (
                f"note: {joined[0]!r} is taken for one label; where it is several, say --several"
            )


@dataclass(frozen=True)
class TaskSaid:
    """What its maker says of a task; fields as in `Task`, where nothing else is said.

    Attributes:
        task: Its id.
        question: The same.
        platform: The same.
        annotation: The same.
        licence: The same.
        citation: The same.
        references: The same.
        concept: The same.
        title: "" for the task's name.
        family: "" for the title.
        dataset: "" for benchmark and task.
        order: The labels from least to most, of an ordinal task; () where they have no order.
        named: Label of the file -> what it is called: {"1": "yes"}.
        public: Whether posts and gold may be shown.
        held_out: Source data sets that the benchmark's protocol holds out; () for no protocol.
    """

    task: str
    question: str
    platform: str
    annotation: str
    licence: str
    citation: str
    references: str = NO_REFERENCES
    concept: str = ""
    title: str = ""
    family: str = ""
    dataset: str = ""
    order: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    public: bool = True
    held_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewBenchmark:
    """What was drafted.

    Attributes:
        task: The task, as it will be read.
        files: Path -> text, of what is to be written.
        notes: What its maker should know.
    """

    task: Task
    files: Mapping[Path, str]
    notes: tuple[str, ...]


def survey(path: Path, *, several: bool = False) -> Surveyed:
    """Look at a task's CSV; its rows are checked when the task is drafted.

    Args:
        path: The file.
        several: Whether `label` holds any of the labels: between semicolons, commas or bars, or as
            a JSON list, and "none" for none of them.

    Raises:
        BenchmarkError: It is not a CSV with the columns.
        NewBenchmarkError: Its labels are no labels.
    """
    table = read_table(path, PLAIN_COLUMNS)
    spelled: dict[str, Counter[str]] = {}
    for record in table.records:
        cell = record.cells["label"].strip()
        for text in _parts(cell) if several else (cell,):
            # An empty label is a fault of its row, and none of the task's.
            if label := normalise_gold(text):
                spelled.setdefault(label, Counter())[text] += 1
    if not 2 <= len(spelled) <= MOST_LABELS:
        named = ", ".join(map(repr, list(spelled)[:3])) or "none"
        raise NewBenchmarkError(
            f"{path}: column label holds {counted(len(spelled), 'label')} ({named}, ...); a task has"
            f" from 2 to {MOST_LABELS}"
        )
    explained = sum(said(record.cells.get("reference")) is not None for record in table.records)
    return Surveyed(path, table.sha256, table.n_rows, _in_order(spelled), explained, several)


def missing(
    given: Mapping[str, str], surveyed: Surveyed | None, named: Mapping[str, str]
) -> list[str]:
    """Return the names of QUESTIONS that are not answered yet.

    Args:
        given: Name -> answer; "" for none.
        surveyed: The CSV; None where it is not named yet.
        named: Label of the file -> what it is called.
    """
    return [
        name
        for name in QUESTIONS
        if not given.get(name, "").strip() and _matters(name, surveyed, named)
    ]


def draft(folder: Path, surveyed: Surveyed, answered: TaskSaid) -> NewBenchmark:
    """Draft the declarations of a task and of what its benchmark lacks; nothing is written.

    Args:
        folder: Where they will lie: a board's data folder.
        surveyed: The task's CSV.
        answered: What its maker says.

    Raises:
        ReasonBoardError: With every fault of what was said, or of the file.
    """
    declared = board_tasks(folder)
    _check(answered, surveyed, declared)
    text = _task_text(surveyed, answered)
    task = TASKS.parse(answered.task, text)
    notes = import_csv(surveyed.path, task).notes
    files = {folder / "tasks" / f"{answered.task}.toml": text}
    if answered.held_out:
        name = f"{task.benchmark}-general"
        protocol = _protocol_text(name, task.benchmark, answered.held_out)
        PROTOCOL_KIND.parse(name, protocol, context_of({**declared, task.id: task}))
        files[folder / PROTOCOLS.name / f"{name}.toml"] = protocol
    rubrics = usable_rubrics(folder)
    if task.explained and task.benchmark not in rubrics:
        rubric = _rubric_text(task.benchmark, default_rubric(rubrics, task.benchmark))
        RUBRIC_KIND.parse(task.benchmark, rubric)
        files[folder / RUBRICS.name / f"{task.benchmark}.toml"] = rubric
    return NewBenchmark(task, files, (*_notes(task, declared), *notes))


def write(drafted: NewBenchmark) -> None:
    """Write the files, none of them over another.

    Raises:
        NewBenchmarkError: Some are there already; nothing is written.
    """
    if taken := [str(path) for path in drafted.files if path.exists()]:
        raise NewBenchmarkError(
            f"there already: {', '.join(taken)}; nothing was written. What something was scored on is"
            " not written over: name another task, or move the file away"
        )
    for path, text in drafted.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)


def _parts(cell: str) -> Sequence[str]:
    return KINDS[MULTI_LABEL].parts(cell)


def _in_order(spelled: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    """Return labels as a declaration has them: yes before no, numbers by size, else the most
    frequent first.
    """

    def key(label: str) -> tuple[int, float, str]:
        if spelled.keys() == set(YES_NO):
            return 0, YES_NO.index(label), label
        if all(name.isdecimal() for name in spelled):
            return 1, int(label), label
        return 2, -spelled[label].total(), label

    return {label: spelled[label] for label in sorted(spelled, key=key)}


def _matters(name: str, surveyed: Surveyed | None, named: Mapping[str, str]) -> bool:
    """Return whether a question is to be answered, as far as is known."""
    if name == "references":
        return surveyed is None or surveyed.explained > 0
    if name == "concept":
        return surveyed is not None and _label_texts(surveyed, named).keys() == set(YES_NO)
    return True


def named_labels(pairs: Sequence[str]) -> dict[str, str]:
    """Return label of the file -> what it is called, of "1=yes".

    Raises:
        NewBenchmarkError: Names what is no such pair.
    """
    if faults := [pair for pair in pairs if len(list(_named([pair]))) != 1]:
        raise NewBenchmarkError(f"--label {', '.join(faults)}: it must be OLD=NEW, such as 1=yes")
    return dict(_named(pairs))


def _named(pairs: Sequence[str]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        old, equals, new = (normalise_gold(part) for part in pair.partition("="))
        if old and equals and new:
            yield old, new


def _check(answered: TaskSaid, surveyed: Surveyed, declared: TasksById) -> None:
    """Refuse what no draft can be made of.

    Raises:
        NewBenchmarkError: With every fault.
    """
    faults = []
    if not _TASK_ID.fullmatch(answered.task):
        faults.append(
            f"--task {answered.task!r}: it must be BENCHMARK/TASK, of a-z, 0-9 and hyphens"
        )
    if answered.task in declared:
        faults.append(f"--task {answered.task}: it is declared already; name another")
    faults += [
        f"--label {old}=...: no row has the label {old!r}; there are: {', '.join(surveyed.spellings)}"
        for old in answered.named
        if old not in surveyed.spellings
    ]
    names = set(_label_texts(surveyed, answered.named))
    if answered.order and surveyed.several:
        faults.append("--order and --several: labels of which a row may have several have no order")
    elif answered.order and set(answered.order) != names:
        faults.append(
            f"--order {','.join(answered.order)}: it must be each label once: {', '.join(sorted(names))}"
        )
    if faults:
        raise NewBenchmarkError("\n".join(faults))


def _label_texts(surveyed: Surveyed, named: Mapping[str, str]) -> dict[str, list[str]]:
    """Return label -> what the file calls it, where that is something else."""
    texts: dict[str, list[str]] = {}
    for old in surveyed.spellings:
        texts.setdefault(named.get(old, old), []).extend([old] if old in named else [])
    return texts


def _task_text(surveyed: Surveyed, answered: TaskSaid) -> str:
    benchmark, _, name = answered.task.partition("/")
    title = answered.title or name.replace("-", " ").capitalize()
    labels = _label_texts(surveyed, answered.named)
    counts = ", ".join(f"{label} {surveyed.rows(label)}" for label in surveyed.spellings)
    concept = [answered.concept] if answered.concept else []
    lines = [
        toml_comment(
            f"Drafted from {surveyed.path.name} ({counted(surveyed.n_rows, 'row')}: {counts})."
        ),
        "# Once something was scored on it, it is not edited, except to raise `revision`.",
        *toml_pairs(
            title=title,
            family=answered.family or title.lower(),
            dataset=answered.dataset or f"{benchmark}-{name}",
            platform=answered.platform,
            annotation=answered.annotation,
            unit="post",
            kind="ordinal" if answered.order else surveyed.kind,
            question=answered.question,
            **({"concept": concept} if concept else {}),
            headline="jaccard" if surveyed.several else "weighted_f1",
            expected_size=surveyed.n_rows,
            sha256=surveyed.sha256,
            references=answered.references,
            licence=answered.licence,
            citation=answered.citation,
            gold_public=answered.public,
            posts_public=answered.public,
            revision=1,
        ),
    ]
    for label in answered.order or labels:
        lines += ["", "[[labels]]", *toml_pairs(name=label)]
        if texts := labels[label]:
            # The first is what templates and whole texts state.
            lines += toml_pairs(gold=[label.capitalize(), *texts])
    return "\n".join([*lines, ""])


def _protocol_text(name: str, benchmark: str, held_out: Sequence[str]) -> str:
    listed = ", ".join(held_out)
    return "\n".join(
        [
            *toml_pairs(
                benchmark=benchmark,
                title=name.replace("-", " ").capitalize(),
                description=f"Trained on nothing from {listed}, which is then unseen data.",
                held_out_datasets=list(held_out),
            ),
            "# On every board, learns nothing, and was fixed before any result.",
            *toml_pairs(reference=MAJORITY),
            "",
        ]
    )


def _rubric_text(benchmark: str, model: Rubric) -> str:
    lines = [
        f"# Aspects and wording are those of `{model.id}`: edit them before the first rating, and not"
        " afterwards.",
        *toml_pairs(
            title=f"Explanations of {benchmark}",
            source=f"{model.source} (copied from {model.id})",
            headline=model.headline,
        ),
    ]
    for aspect in model.aspects:
        lines += ["", "[[aspects]]", *toml_pairs(**vars(aspect))]
    return "\n".join([*lines, ""])


def toml_pairs(**values: object) -> list[str]:
    """Return lines of TOML: what JSON writes of texts, numbers, flags and lists of texts is TOML,
    but for the character DEL, which TOML has escaped.
    """
    written = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return [f"{name} = {text.replace(_DEL, _DEL_ESCAPED)}" for name, text in written.items()]


def toml_comment(text: str) -> str:
    """Return a line of TOML that says `text`, whatever characters are in it: what a comment may not
    hold, a line break above all, is a space.
    """
    return f"# {_NOT_IN_COMMENT.sub(' ', text)}"


def _notes(task: Task, declared: TasksById) -> Iterator[str]:
    platforms = {other.platform for other in declared.values()}
    if task.platform not in platforms:
        near = nearest(task.platform, sorted(platforms))
        yield f"no other task is of the platform {task.platform!r}{near and '; '}{near}"
    if numbers := [name for name in task.label_names if name.isdecimal()]:
        yield (
            f"labels that are numbers ({', '.join(numbers)}) are seldom what a model writes:"
            f" --label {numbers[0]}=NAME calls one otherwise"
        )
