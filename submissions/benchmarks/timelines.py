"""Import of timelines as the shared tasks of CLPsych have them: a JSON file a timeline, its posts in
their order, with passages marked as evidence and summaries.

A timeline has `timeline_id`, `timeline_summary` and `posts`; a post `post_id`, `post` (its text),
`Post Summary`, `Well-being` and `evidence`: state (`adaptive-state`, `maladaptive-state`) ->
element -> `highlighted_evidence`, a passage or a list of them. These are the names that the 2025 task's own evaluation reads
(Maria-Liakata-NLP-Group/clpsych2025, `evaluation/process_gold_data.py`), and so certain; the data are
given out on request alone, no file of them is at hand, and the tests are of invented ones. That the
2026 task kept the shape is not known. Licence and hash are what the task's declaration says.

What an example is follows from the task's declaration:

- `unit = "user"`: a timeline with all of its posts; its reference is the timeline's summary (task C).
- `unit = "post"`: a post; its reference is the post's summary (task B), and its label, where the task
  has labels, the well-being (task A.2: labels "1" to "10").
- `evidence = true`: it has the passages that are marked (task A.1). Where the attribute `state` is
  declared ("adaptive", "maladaptive"), each state is an example of its own, `<id>-<state>`.

No timeline says whose it is, so bootstraps draw timelines, with their posts. What lacks something
that the task asks for, a summary, say, is left out, and told: parts of the sets are not annotated.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.segments import Example, Post
from scoring.tasks import Task
from scoring.texts import said
from submissions.benchmarks.gold_files import imported_examples, prompt, user_drawn, without_faults
from submissions.benchmarks.gold_table import BenchmarkError, GoldTable, gold_fault
from submissions.benchmarks.json_files import read_json
from submissions.problems import Problem
from submissions.store.files.gold import Imported, post_id_of

STATE = "state"
_HIGHLIGHTED = "highlighted_evidence"
_BASIS = (
    "read as CLPsych's timelines are: names from the shared task's own evaluation, whose data no"
    " file at hand proves"
)


@dataclass(frozen=True)
class _Part:
    """What may become an example: a timeline, or one of its posts.

    Attributes:
        id: Its own.
        timeline: The timeline's.
        rows: Its posts, as the file has them.
        summary: What is written about it.
        level: Of well-being; None for a timeline.
    """

    id: str
    timeline: str
    rows: Sequence[Mapping[str, Any]]
    summary: Any
    level: Any = None


def holds_timelines(path: Path) -> bool:
    """Return whether a path is a folder, or a JSON file of timelines."""
    if path.is_dir():
        return True
    try:
        return any("posts" in row for row in _rows(path) if isinstance(row, Mapping))
    except BenchmarkError:
        return False


def import_timelines(path: Path, task: Task) -> Imported:
    """Read one task's timelines.

    Args:
        path: A folder of `<timeline>.json`, or one file of a timeline or of a list of them, UTF-8.
        task: The task that they are for. A declared `sha256` is the file's; a folder's is of its
            files' digests and names: `sha256sum *.json | sha256sum`.

    Raises:
        BenchmarkError: With every fault of the files.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise BenchmarkError(f"{path}: holds no .json file; name the folder of the timelines")
    faults: list[Problem] = []
    parts = [
        part
        for file in files
        for timeline in _rows(file)
        for part in _parts(file, timeline, task, faults)
    ]
    examples = [
        example for part in parts for example in _examples_of(part, task, faults) if example
    ]
    faults += _repeated(examples)
    if not examples and not faults:
        faults.append(
            gold_fault(None, "timelines", path.name, "one with all that the task asks for")
        )
    asked = [part for part in parts if _is_annotated(part, task)]
    table = GoldTable((), _digest(files, path), len(examples), (), ())
    notes = (_BASIS, *_left_out(len(parts) - len(asked)))
    return without_faults(task, imported_examples(table, path.name, task, examples, faults, notes))


def _rows(path: Path) -> list[Any]:
    content = read_json(path)
    return content if isinstance(content, list) else [content]


def _digest(files: Sequence[Path], path: Path) -> str:
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    if not path.is_dir():
        return digests[0]
    listed = (f"{digest}  {file.name}\n" for digest, file in zip(digests, files, strict=True))
    return hashlib.sha256("".join(listed).encode()).hexdigest()


def _parts(path: Path, timeline: Any, task: Task, faults: list[Problem]) -> Iterator[_Part]:
    """Yield what of a timeline may become examples; a fault where it is none."""
    where = timeline if isinstance(timeline, Mapping) else {}
    name, posts = where.get("timeline_id"), where.get("posts")
    if not (isinstance(name, str) and name.strip() and isinstance(posts, list) and posts):
        allowed = "timeline_id, timeline_summary and posts, a list with at least one"
        faults.append(gold_fault(None, path.name, str(name or ""), allowed))
        return
    for place, post in enumerate(posts, start=1):
        if not _is_post(post):
            allowed = "post_id and post, texts that are not empty"
            faults.append(gold_fault(None, f"{path.name}, {name}, post {place}", "", allowed))
    posts = [post for post in posts if _is_post(post)]
    if task.unit == "user":
        yield _Part(name, name, posts, timeline.get("timeline_summary"))
        return
    for post in posts:
        yield _Part(post["post_id"], name, [post], post.get("Post Summary"), post.get("Well-being"))


def _is_post(post: Any) -> bool:
    return isinstance(post, Mapping) and all(
        isinstance(post.get(key), str) and post[key].strip() for key in ("post_id", "post")
    )


def _is_annotated(part: _Part, task: Task) -> bool:
    """Return whether all that the task asks for was annotated."""
    return bool(
        (not task.explained or _summary(part))
        and (not task.labels or part.level is not None)
        and (not task.evidence or any(post.get("evidence") for post in part.rows))
    )


def _left_out(count: int) -> list[str]:
    return [f"left out, for lack of what the task asks for: {count}"] if count else []


def _summary(part: _Part) -> str | None:
    return said(part.summary) if isinstance(part.summary, str) else None


def _examples_of(part: _Part, task: Task, faults: list[Problem]) -> Iterator[Example | None]:
    if not _is_annotated(part, task):
        return
    for state in task.attributes.get(STATE, ("",)):
        yield _example(part, state, task, faults)


def _example(part: _Part, state: str, task: Task, faults: list[Problem]) -> Example | None:
    known = len(faults)
    posts = tuple(Post(post_id_of(row["post"]), row["post_id"], row["post"]) for row in part.rows)
    if len({post.name for post in posts}) < len(posts):
        faults.append(gold_fault(None, part.id, "post_id", "one that no other post has"))
    gold = "" if not task.labels else task.stated(str(part.level))
    if gold is None:
        allowed = ", ".join(task.label_names)
        faults.append(gold_fault(None, f"{part.id}, Well-being", str(part.level), allowed))
    evidence = tuple(_passages(part, state, faults)) if task.evidence else None
    if gold is None or len(faults) > known:
        return None
    text = task.separator.join(post.text for post in posts)
    attributes = {STATE: state} if state else {}
    reference = _summary(part) if task.explained else None
    return Example(
        example_id=f"{part.id}-{state}" if state else part.id,
        post_id=user_drawn(task, part.timeline),
        query=prompt(task, text, attributes),
        post=text,
        gold=gold,
        reference=reference,
        reference_full=reference,
        attributes=attributes,
        evidence=None if evidence is None else tuple(dict.fromkeys(evidence)),
        posts=posts,
    )


def _passages(part: _Part, state: str, faults: list[Problem]) -> Iterator[str]:
    """Yield the passages that are marked, as they stand in their posts."""
    for row in part.rows:
        for passage in _marked(row, state, faults):
            match = re.search(_spelling(passage), row["post"])
            if match is None:
                where = f"{row['post_id']}, {_HIGHLIGHTED}"
                faults.append(gold_fault(None, where, passage, "a passage of its post"))
            elif match[0]:
                yield match[0]


def _spelling(passage: str) -> str:
    """Return the pattern of a passage in its post.

    Line ends may have been lost on the way through the annotators' tool, and the Unicode form too.
    """
    words = passage.split()
    return r"\s+".join(f"(?:{re.escape(word)}|{_in_any_form(word)})" for word in words)


def _in_any_form(word: str) -> str:
    forms = ({c, unicodedata.normalize("NFD", c)} for c in unicodedata.normalize("NFC", word))
    return "".join(f"(?:{'|'.join(map(re.escape, sorted(form)))})" for form in forms)


def _marked(row: Mapping[str, Any], state: str, faults: list[Problem]) -> Iterator[str]:
    """Yield what is marked of a state in a post; of all of them for ""."""
    where = f"{row['post_id']}, evidence"
    for name, elements in _members(row.get("evidence"), where, faults):
        # Beside its elements a state has a level, a number.
        if state in ("", name.removesuffix("-state")):
            for element, marks in _members(elements, f"{where}.{name}", faults):
                if not isinstance(marks, int | float):
                    of_element = f"{where}.{name}.{element}"
                    marked = dict(_members(marks, of_element, faults)).get(_HIGHLIGHTED)
                    yield from _listed(marked, f"{of_element}.{_HIGHLIGHTED}", faults)


def _members(value: Any, where: str, faults: list[Problem]) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object, none of null; a fault of anything else, whose passages would
    be lost without a word.
    """
    if isinstance(value, Mapping):
        yield from value.items()
    elif value:
        faults.append(gold_fault(None, where, str(value), "an object, or null"))


def _listed(marked: Any, where: str, faults: list[Problem]) -> Iterator[str]:
    """Yield the passages of a `highlighted_evidence`: a text, a list of texts, or null."""
    passages = [marked] if isinstance(marked, str) else marked or []
    if isinstance(passages, list) and all(isinstance(passage, str) for passage in passages):
        yield from passages
    else:
        faults.append(gold_fault(None, where, str(marked), "a text, a list of texts, or null"))


def _repeated(examples: Sequence[Example]) -> Iterator[Problem]:
    seen: set[str] = set()
    for example in examples:
        if example.example_id in seen:
            yield gold_fault(None, "id", example.example_id, "an id that no other example has")
        seen.add(example.example_id)
