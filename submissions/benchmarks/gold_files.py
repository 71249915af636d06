"""Import of gold data: the published IMHI checkout, and a plain CSV for any task.

What comes in is somebody else's file, so every fault of it is collected and named by its line. A
set with a fault is not imported at all, since half a test set would score as a whole one. What
merely differs from what the task expects (row count, hash, a label that never occurs) is a note:
the holder of another version may know better.

Decisions:

* An example is its row, `<set>-0001` in file order, because T-SID repeats queries.
* A post's id is a hash of its text, case and white space folded, so that posts which several tasks
  share have one id everywhere; bootstraps draw these ids.
* A plain CSV need not say it. It is then that hash, and not the row's `id`: a board's files count their
  rows from 1 each, and what two tasks call 1 would be drawn together and taken down together.
* Prompts of plain CSVs take IMHI's form, `Consider this post: "<text>" Question: <question>`; where
  the task's question is not known, they end after the post.
* An example of several posts of a user names the user, whom bootstraps draw, and has its posts
  from a file beside (`import_histories`); each post has the id of its text, so that the same post
  elsewhere is the same, and the source's name, by which a maintainer takes it down.
* A reference that says nothing ("nan", "None", "-", white space) is absent: no explanation and no
  whole text.
* A question that differs from the declared one is a fault only where an attribute has to be read
  out of it.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from scoring.counterfactuals import JOINT, origin_of
from scoring.segments import REDACTED, Example, Post
from scoring.tasks import UNKNOWN, PublishedTable, Task, TasksById, normalise_gold
from scoring.texts import said
from submissions.benchmarks.gold_table import (
    BenchmarkError,
    GoldTable,
    Record,
    gold_fault,
    read_table,
)
from submissions.problems import Problem
from submissions.receiving.evidence import passages_in
from submissions.store.files.gold import Imported, post_id_of
from submissions.wording import counted

PUBLISHED_COLUMNS = ("query", "gpt-3.5-turbo")
PLAIN_COLUMNS = ("id", "text", "label")
PLAIN_OPTIONAL = ("post_id", "reference", "attributes", "evidence")
HISTORY_COLUMNS = ("id", "user_id", "label")
POST_COLUMNS = ("user_id", "post_id", "text")
_READ = frozenset(
    PUBLISHED_COLUMNS + PLAIN_COLUMNS + PLAIN_OPTIONAL + HISTORY_COLUMNS + ("post_ids",)
)

_SHOWN_FAULTS = 50
_QUERY = re.compile(r'Consider this post: "(?P<post>.*)" Question: (?P<question>[^"]*)', re.DOTALL)
_REASONING = re.compile(r"\s*Reasoning:\s*")


_Reader = Callable[[Task, Record, list[Problem]], Example | None]


def import_imhi(folder: Path, tasks: TasksById) -> list[Imported]:
    """Read a checkout of the published IMHI data, going on where a set is missing or faulty.

    Args:
        folder: Holds `test_data/test_instruction` and `human_evaluation/test_instruction_expert`;
            file names as published, in any case, a byte order mark allowed.
        tasks: The declared tasks; those of benchmarks with published files are looked for.

    Returns:
        One entry a task, missing sets included, in the order of `tasks`.

    Raises:
        BenchmarkError: `folder` holds neither of the two folders.
    """
    kept = checkout_folders(tasks)
    if not any((folder / part).is_dir() for part in kept.values()):
        raise BenchmarkError(
            f"{folder}: not a checkout of the IMHI data; it must hold {' or '.join(kept.values())}."
            " Clone the published repository and name its folder."
        )
    return [
        _import_set(folder, task, kept[task.benchmark])
        for task in tasks.values()
        if task.benchmark in kept
    ]


def checkout_folders(tasks: TasksById) -> dict[str, str]:
    """Return benchmark -> where its published checkout keeps its sets, by the tasks' declared
    files.
    """
    return {
        task.benchmark: PurePosixPath(task.published_file).parent.as_posix()
        for task in tasks.values()
        if task.published_file
    }


def import_csv(path: Path, task: Task) -> Imported:
    """Read a plain CSV of gold data, for any task.

    Args:
        path: UTF-8, a header with `id`, `text`, `label`, and optionally `post_id`, `reference` (the
            explanation alone) and `attributes` ("key=value;key=value"). Without a `post_id`, each
            text is a post, and rows with the same text are of one; a counterfactual must have its
            origin's. `label` holds a label's name or one of its gold wordings.
            Attributes that the task declares must all be there; others are kept as tags.
        task: The task that the file is for.

    Raises:
        BenchmarkError: With every fault of the file.
    """
    return without_faults(
        task, _import_file(path, path.name, task, _labelled(task, PLAIN_COLUMNS), PlainReader())
    )


def import_histories(path: Path, posts: Path, task: Task) -> Imported:
    """Read gold of examples that are of several posts of a user, and the posts from a file beside.

    A posts file and not a list in a cell of the gold: each post is written once, however many
    examples it is in (timelines overlap, several things are asked about a user), so that its id
    means one text; its text is a cell like any other, and not JSON within CSV, which spreadsheets
    spoil; and what is to be taken down is looked up by its row. Their order is the file's, since
    dates are often withheld.

    Args:
        path: As for `import_csv`, with `user_id` for `text`: whose posts an example is of.
            `post_ids` may name those that it is of, between semicolons, in their order; else it is
            of all of the user's.
        posts: UTF-8, a header with `user_id`, `post_id` (unique for the user) and `text`, a row a
            post, each user's in their order.
        task: The task that the files are for. A declared `sha256` is of the two files' bytes, one
            behind the other.

    Raises:
        BenchmarkError: With every fault of the files.
    """
    table = read_table(path, _labelled(task, HISTORY_COLUMNS))
    held, faults = _posts_by_user(read_table(posts, POST_COLUMNS))
    if faults:
        failed = Imported(task.id, posts.name, faults=tuple(faults))
        raise BenchmarkError(fault_list(task, failed), failed.faults)
    both = hashlib.sha256(path.read_bytes() + posts.read_bytes()).hexdigest()
    reader = _HistoryReader(held)
    imported = imported_table(
        replace(table, sha256=both), path.name, task, reader, list(_column_notes(task, table))
    )
    unused = held.keys() - reader.asked
    more = (f"users of {posts.name} that no row is about: {len(unused)}",) if unused else ()
    return without_faults(task, replace(imported, notes=(*imported.notes, *more)))


def _labelled(task: Task, columns: Sequence[str]) -> list[str]:
    return [name for name in columns if task.labels or name != "label"]


def without_faults(task: Task, imported: Imported) -> Imported:
    """Return what was imported.

    Raises:
        BenchmarkError: With every fault, where it has any.
    """
    if imported.faults:
        raise BenchmarkError(fault_list(task, imported), imported.faults)
    return imported


def user_drawn(task: Task, user: str) -> str:
    """Return what a bootstrap draws for a user: the same in all tasks of the data set, and in no
    other's, where somebody else may be called so.
    """
    return f"{task.dataset}: {user}"


def import_tables(folder: Path, tasks: TasksById, benchmark: str) -> list[Imported]:
    """Read what the sources of a benchmark's tasks publish, each in its own shape, going on where one
    is missing or faulty.

    Args:
        folder: What was downloaded, in whatever folders below it; for a task whose source's shape is
            not known, a plain CSV called after the task.
        tasks: The declared tasks.
        benchmark: Which of them.

    Returns:
        One entry a task, missing ones included.

    Raises:
        BenchmarkError: There is no such folder.
    """
    if not folder.is_dir():
        raise BenchmarkError(f"{folder}: not a folder; name the one that holds the sources' files")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        _import_source(folder, paths, task)
        for task in tasks.values()
        if task.benchmark == benchmark and task.superseded_by is None
    ]


def published_apart(tasks: TasksById) -> list[str]:
    """Return the benchmarks of which some task declares its source's own file."""
    return list(dict.fromkeys(task.benchmark for task in tasks.values() if task.published_table))


def ask(task: Task, attributes: Mapping[str, str], wording: int = 1) -> str:
    """Return the task's question, in the wording of this number, with its attributes filled in."""
    question = task.questions[wording - 1]
    for name, value in attributes.items():
        question = question.replace(f"{{{name}}}", value)
    return question


def prompt(task: Task, text: str, attributes: Mapping[str, str]) -> str:
    """Return IMHI's form of a prompt.

    It ends after the post where the task's question is not known.
    """
    asked = "" if task.question == UNKNOWN else f" Question: {ask(task, attributes)}"
    return f'Consider this post: "{text}"{asked}'


def _import_set(folder: Path, task: Task, kept: str) -> Imported:
    name = task.id.split("/", 1)[1]
    expected = task.published_file or f"{kept}/{name}.csv"
    path = _find(folder / expected)
    # Some sets are given out on request alone; the others are imported without them.
    if path is None:
        why = " (not part of the published checkout)" if task.published_file is None else ""
        return Imported(
            task.id, expected, notes=(f"{expected} is not there{why}; the set is left out",)
        )
    source = path.relative_to(folder).as_posix()
    try:
        return _import_file(path, source, task, PUBLISHED_COLUMNS, _published_example)
    except BenchmarkError as error:
        return Imported(task.id, source, faults=error.faults)


def _import_source(folder: Path, paths: Sequence[Path], task: Task) -> Imported:
    """Read a task's source as it is published, else a plain CSV of the task's name."""
    plain = f"{task.id.split('/', 1)[1]}.csv"
    published = task.published_table
    for name in (published.file, plain) if published else (plain,):
        same = [path for path in paths if path.name.casefold() == name.casefold()]
        if len(same) > 1:
            listed = ", ".join(str(path.relative_to(folder)) for path in same)
            fault = gold_fault(None, "file", listed, "one file of this name")
            return Imported(task.id, name, faults=(fault,))
        try:
            if same and published and name == published.file:
                return _import_table(same[0], task, published)
            if same:
                return import_csv(same[0], task)
        except BenchmarkError as error:
            return Imported(task.id, name, faults=error.faults)
    wanted = f"{published.file} or {plain}" if published else plain
    return Imported(task.id, wanted, notes=(f"{wanted} is not there; the set is left out",))


def _import_table(path: Path, task: Task, published: PublishedTable) -> Imported:
    table = read_table(path, (), published.separator)
    chosen = [
        next((name for name in names if name in table.header), "")
        for names in (published.text, published.label)
    ]
    if not all(chosen):
        allowed = " and ".join(" or ".join(names) for names in (published.text, published.label))
        fault = gold_fault(None, "header", ", ".join(table.header), allowed)
        return Imported(task.id, path.name, faults=(fault,))
    reader = _TableReader(published, *chosen)
    return imported_table(
        table, path.name, task, reader, (f"read as published: {published.basis}",)
    )


def _find(path: Path) -> Path | None:
    """Return the file of that name, whatever its case.

    Checkouts pass through file systems that fold it.
    """
    if not path.parent.is_dir():
        return None
    names = sorted(
        entry for entry in path.parent.iterdir() if entry.name.casefold() == path.name.casefold()
    )
    exact = [entry for entry in names if entry.name == path.name]
    return next((entry for entry in exact + names if entry.is_file()), None)


def _import_file(
    path: Path, source: str, task: Task, columns: Sequence[str], reader: _Reader
) -> Imported:
    table = read_table(path, columns)
    return imported_table(table, source, task, reader, list(_column_notes(task, table)))


def parts_of_query(task: Task, query: str) -> tuple[str, dict[str, str]]:
    """Return the post and the attributes that a prompt names, in IMHI's form; the whole prompt and
    none where it has another.
    """
    match = _QUERY.fullmatch(query)
    if match is None:
        return query, {}
    return match["post"], _asked_attributes(task, match["question"]) or {}


def parts_of_response(text: str) -> tuple[str, str]:
    """Return what stands before the first "Reasoning:" and after it; "" where nothing does."""
    before, *after = _REASONING.split(text, maxsplit=1)
    return before, after[0].strip() if after else ""


def imported_table(
    table: GoldTable, source: str, task: Task, reader: _Reader, notes: Sequence[str]
) -> Imported:
    """Return what a reader makes of a table's rows, nothing where any of it is at fault."""
    faults = list(table.faults)
    examples = [reader(task, record, faults) for record in table.records]
    good = [example for example in examples if example is not None]
    return imported_examples(table, source, task, good, faults, notes)


def imported_examples(
    table: GoldTable,
    source: str,
    task: Task,
    examples: Sequence[Example],
    faults: Sequence[Problem],
    notes: Sequence[str],
) -> Imported:
    """Return what was found, without the examples where any of it is at fault.

    Args:
        table: The file; its rows are not read.
        source: Its name.
        task: The task.
        examples: What was made of its rows.
        faults: Every fault.
        notes: What is to be said besides, a sentence each.
    """
    good = tuple(examples)
    every_fault = [*faults, *_unstorable(good)]
    counts = Counter(name for each in good for name in task.labels_of(each.gold))
    matches = None if task.sha256 is None else task.sha256 == table.sha256
    return Imported(
        task_id=task.id,
        source=source,
        sha256=table.sha256,
        hash_matches=matches,
        n_rows=table.n_rows,
        label_counts={name: counts[name] for name in task.label_names},
        # Half a test set would score as a whole one.
        examples=() if every_fault else good,
        notes=(*_notes(task, table, good, matches), *notes),
        faults=tuple(sorted(every_fault, key=lambda fault: fault.line or 0)),
    )


def _unstorable(examples: Iterable[Example]) -> Iterator[Problem]:
    """Yield what no gold file can keep as it is."""
    for example in examples:
        names = [post.name for post in example.posts]
        written = (example.example_id, example.post_id, example.query, example.reference_full)
        if not all(map(_is_whole, (*written, *example.texts, *names))):
            allowed = "text without half of a surrogate pair, which no file can hold"
            yield gold_fault(None, ascii(example.example_id), "", allowed)
        # It would count for nobody, and no takedown on record would say why.
        if REDACTED in (example.query, *example.texts):
            allowed = (
                f"the post's text; leave out an example of which all that is left is {REDACTED}"
            )
            yield gold_fault(None, example.example_id, REDACTED, allowed)


def _is_whole(text: str | None) -> bool:
    return text is None or not any("\ud800" <= character <= "\udfff" for character in text)


def _notes(
    task: Task, table: GoldTable, examples: Sequence[Example], matches: bool | None
) -> Iterator[str]:
    if task.expected_size not in (None, table.n_rows):
        yield f"{counted(table.n_rows, 'row')} where the task expects {task.expected_size}"
    if matches is False:
        yield f"not the published file: sha256 {table.sha256}, the task expects {task.sha256}"
    present = {name for example in examples for name in task.labels_of(example.gold)}
    absent = [name for name in task.label_names if name not in present]
    if absent:
        yield f"no row has the label {', '.join(absent)}"
    unexplained = sum(example.reference is None for example in examples)
    if task.explained and unexplained:
        yield f"rows without a reference explanation: {unexplained}"
    reworded = sum(
        example.query != prompt(task, example.post, example.attributes) for example in examples
    )
    if reworded and task.question != UNKNOWN:
        yield f"rows that ask another question than the task declares: {reworded}"


def _column_notes(task: Task, table: GoldTable) -> Iterator[str]:
    unread = [column for column in table.header if column not in _READ]
    if unread:
        yield f"columns that are not read: {', '.join(unread)}"
    if "reference" in table.header and not task.explained:
        yield "the column reference is not read: the task has no reference explanations"


def _published_example(task: Task, record: Record, faults: list[Problem]) -> Example | None:
    query, text = (record.cells[column] for column in PUBLISHED_COLUMNS)
    # The first one parts label and explanation; an explanation may say the word itself.
    before, *after = _REASONING.split(text, maxsplit=1)
    gold = gold_answer(task, record, PUBLISHED_COLUMNS[1], before, faults)
    match = _QUERY.fullmatch(query)
    if match is None:
        faults.append(
            gold_fault(record.line, "query", query, 'Consider this post: "..." Question: ...')
        )
        return None
    attributes = _asked_attributes(task, match["question"])
    if attributes is None:
        faults.append(gold_fault(record.line, "query", match["question"], _attribute_help(task)))
    if gold is None or attributes is None:
        return None
    reasoning = after[0].strip() if after else ""
    reference = said(reasoning)
    return Example(
        example_id=f"{task.id.split('/', 1)[1]}-{record.row:04d}",
        post_id=post_id_of(match["post"]),
        query=query,
        post=match["post"],
        gold=gold,
        reference=reference,
        # Kept as published where no explanation follows, absent where "nan" does.
        reference_full=None if reasoning and reference is None else text,
        attributes=attributes,
    )


def gold_answer(
    task: Task, record: Record, column: str, text: str, faults: list[Problem]
) -> str | None:
    """Return the answer that a cell states; None, and a fault more, where it states none."""
    gold = task.stated(text)
    if gold is None:
        # One wording a label: all of them would fill the screen.
        allowed = dict.fromkeys(
            wording for label in task.labels for wording in (label.name, *label.gold[:1])
        )
        faults.append(gold_fault(record.line, column, text, "; ".join(allowed)))
    return gold


def _asked_attributes(task: Task, question: str) -> dict[str, str] | None:
    """Return the attributes' values that `question` names; None where it does not name them."""
    if not task.attributes:
        return {}
    # The question's own words are no pattern; only its placeholders are.
    pattern = re.escape(task.question)
    for name, values in task.attributes.items():
        choices = "|".join(re.escape(value) for value in values)
        pattern = pattern.replace(re.escape(f"{{{name}}}"), f"(?P<{name}>{choices})")
    match = re.fullmatch(pattern, question.strip())
    return None if match is None else match.groupdict()


def _attribute_help(task: Task) -> str:
    declared = "; ".join(f"{name}: {', '.join(values)}" for name, values in task.attributes.items())
    return f"{task.question} with {declared}"


@dataclass(frozen=True)
class _TableReader:
    """Reads the rows of a source's own file: ids are rows, posts are texts."""

    published: PublishedTable
    text: str
    label: str

    def __call__(self, task: Task, record: Record, faults: list[Problem]) -> Example | None:
        known = len(faults)
        post_id, text, posts = self._about(task, record, faults)
        stated = record.cells[self.label]
        named = {normalise_gold(old): new for old, new in self.published.labels.items()}
        gold = named.get(normalise_gold(stated)) or task.stated(stated)
        if gold is None:
            allowed = ", ".join(self.published.labels) or ", ".join(task.label_names)
            faults.append(gold_fault(record.line, self.label, stated, allowed))
        if gold is None or len(faults) > known:
            return None
        return Example(
            example_id=f"{task.id.split('/', 1)[1]}-{record.row:04d}",
            post_id=post_id,
            query=prompt(task, text, {}),
            post=text,
            gold=gold,
            posts=posts,
        )

    def _about(self, task: Task, record: Record, faults: list[Problem]) -> AskedAbout:
        cell = record.cells[self.text]
        texts = _posts_of(cell) if self.published.posts else (cell,)
        if not any(text.strip() for text in texts):
            faults.append(gold_fault(record.line, self.text, cell, self._allowed))
        if not self.published.posts:
            return AskedAbout(post_id_of(cell), cell)
        posts = tuple(
            Post(post_id_of(text), str(place), text) for place, text in enumerate(texts, start=1)
        )
        # A row is a user's, in every task that is made of the file.
        user = user_drawn(task, f"row {record.row}")
        return AskedAbout(user, task.separator.join(texts), posts)

    @property
    def _allowed(self) -> str:
        return "['a post', 'another']" if self.published.posts else "the post's text"


def _posts_of(cell: str) -> tuple[str, ...]:
    """Return a user's posts; none where the cell is no list of texts."""
    try:
        posts = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    texts = posts if isinstance(posts, list) else []
    return tuple(texts) if all(isinstance(text, str) for text in texts) else ()


class AskedAbout(NamedTuple):
    """What a row is about: what is drawn with it, the text, and its posts where they are several."""

    post_id: str
    text: str
    posts: tuple[Post, ...] = ()


class PlainReader:
    """Reads a plain CSV's rows; remembers ids and posts, which must not contradict each other."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._posts: dict[str, str] = {}

    def __call__(self, task: Task, record: Record, faults: list[Problem]) -> Example | None:
        """Return a row's example; None, and the faults, where it has any."""
        known = len(faults)
        example_id = self._unique_id(record, faults)
        post_id, text, posts = self.about(task, record, faults)
        gold = gold_answer(task, record, "label", record.cells.get("label", ""), faults)
        attributes = _given_attributes(task, record, faults)
        evidence = _evidence(task, record, AskedAbout(post_id, text, posts), faults)
        if gold is None or len(faults) > known:
            return None
        # A task without references reads none, though a file may have the column.
        reference = said(record.cells.get("reference")) if task.explained else None
        return Example(
            example_id=example_id,
            post_id=post_id,
            query=prompt(task, text, attributes),
            post=text,
            gold=gold,
            reference=reference,
            reference_full=_with_label(task, gold, reference) if reference else None,
            attributes=attributes,
            evidence=evidence,
            posts=posts,
        )

    def about(self, task: Task, record: Record, faults: list[Problem]) -> AskedAbout:
        """Return what a row is about: the post in its cell."""
        text = record.cells["text"]
        if not text.strip():
            faults.append(gold_fault(record.line, "text", text, "the post's text"))
        return AskedAbout(self._post_id(task, record, faults), text)

    def _unique_id(self, record: Record, faults: list[Problem]) -> str:
        example_id = record.cells["id"].strip()
        if not example_id:
            faults.append(gold_fault(record.line, "id", "", "an id that no other row has"))
        # Ids name examples in every upload from then on.
        elif self._lines.setdefault(example_id, record.line) != record.line:
            taken = f"an id that no other row has; line {self._lines[example_id]} has this one"
            faults.append(gold_fault(record.line, "id", example_id, taken))
        return example_id

    def _post_id(self, task: Task, record: Record, faults: list[Problem]) -> str:
        folded = post_id_of(record.cells["text"])
        post_id = record.cells.get("post_id", "").strip() or folded
        # What is made from a person's post is drawn, and taken down, with it.
        if task.counterfactual_of is not None:
            faults += _origin_faults(record)
            return post_id
        # Bootstraps draw posts by id: two texts under one would be drawn together.
        if self._posts.setdefault(post_id, folded) != folded:
            faults.append(
                gold_fault(
                    record.line, "post_id", post_id, "one id for one text; an earlier row's differs"
                )
            )
        return post_id


class _HistoryReader(PlainReader):
    """Reads rows that are each about posts of a user, which stand in a file beside.

    Args:
        held: User -> name -> post, in their order.
    """

    def __init__(self, held: Mapping[str, Mapping[str, Post]]) -> None:
        super().__init__()
        self._held = held
        self.asked: set[str] = set()

    def about(self, task: Task, record: Record, faults: list[Problem]) -> AskedAbout:
        """Return what a row is about: the posts of a user, or those of them that it names."""
        user = record.cells["user_id"].strip()
        self.asked.add(user)
        own = self._held.get(user, {})
        if not own:
            faults.append(gold_fault(record.line, "user_id", user, "a user of the posts file"))
        cell = record.cells.get("post_ids", "")
        names = [name for part in cell.split(";") if (name := part.strip())] or list(own)
        strange = [name for name in names if name not in own] if own else []
        if strange or len(set(names)) < len(names):
            allowed = f"ids of posts of {user}, each once, between semicolons"
            faults.append(gold_fault(record.line, "post_ids", cell, allowed))
        posts = tuple(own[name] for name in names if name in own)
        text = task.separator.join(post.text for post in posts)
        return AskedAbout(user_drawn(task, user), text, posts)


def _posts_by_user(table: GoldTable) -> tuple[dict[str, dict[str, Post]], list[Problem]]:
    """Return user -> name -> post of a posts file, and its faults."""
    held: dict[str, dict[str, Post]] = {}
    faults = list(table.faults)
    for record in table.records:
        user, name = (record.cells[column].strip() for column in ("user_id", "post_id"))
        text = record.cells["text"]
        own = held.setdefault(user, {})
        empty = [column for column in POST_COLUMNS if not record.cells[column].strip()]
        faults += [gold_fault(record.line, column, "", "something") for column in empty]
        # Semicolons part names in the gold.
        if name in own or ";" in name:
            allowed = "an id without semicolons that no other post of the user has"
            faults.append(gold_fault(record.line, "post_id", name, allowed))
        own[name] = Post(post_id_of(text), name, text)
    return held, faults


def _origin_faults(record: Record) -> Iterator[Problem]:
    """Yield what keeps a counterfactual from being known as its origin's."""
    example_id = record.cells["id"].strip()
    if example_id and not origin_of(example_id):
        yield gold_fault(record.line, "id", example_id, f"the origin's id, {JOINT} and the rule")
    if not record.cells.get("post_id", "").strip():
        yield gold_fault(
            record.line, "post_id", "", "the origin's, as `benchmark perturb` wrote it"
        )


def _with_label(task: Task, gold: str, reference: str) -> str:
    return f"{task.sentence(gold)} Reasoning: {reference}" if task.labels else reference


def _given_attributes(task: Task, record: Record, faults: list[Problem]) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in filter(
        None, (part.strip() for part in record.cells.get("attributes", "").split(";"))
    ):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value) or name in given:
            faults.append(
                gold_fault(record.line, "attributes", part, "key=value;key=value, each key once")
            )
        given[name] = value
    for name, allowed in task.attributes.items():
        if given.get(name) not in allowed:
            choices = " or ".join(f"{name}={value}" for value in allowed)
            faults.append(gold_fault(record.line, "attributes", given.get(name, ""), choices))
    return given


def _evidence(
    task: Task, record: Record, about: AskedAbout, faults: list[Problem]
) -> tuple[str, ...] | None:
    """Return the passages of the text, or of its posts, that the gold marks; None where the task has no such."""
    if not task.evidence:
        return None
    cell = record.cells.get("evidence", "").strip() or "[]"
    passages = passages_in(cell, about.text)
    texts = [post.text for post in about.posts] or [about.text]
    if passages is None or any(all(each not in text for text in texts) for each in passages):
        allowed = "a JSON list of passages as they stand in the text, or of [start, end] in it"
        faults.append(gold_fault(record.line, "evidence", cell, allowed))
        return None
    return tuple(passages)


def fault_list(task: Task, imported: Imported) -> str:
    """Return the message of a set that was not imported: its faults, a line each."""
    shown = [f"  {fault}" for fault in imported.faults[:_SHOWN_FAULTS]]
    if len(imported.faults) > _SHOWN_FAULTS:
        shown.append(f"  and {len(imported.faults) - _SHOWN_FAULTS} more")
    count = counted(len(imported.faults), "fault")
    head = f"{imported.source}: {count}; nothing was imported for {task.id}. Correct them:"
    return "\n".join([head, *shown])
