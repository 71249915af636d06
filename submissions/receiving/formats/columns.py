"""Which columns a table has, and one row's cells -> a Row.

Two shapes are told apart by their columns: the contract (`task`, `example_id`, and `output` or
`label`), and what the benchmark's own script writes (`goldens`, `generated_text`), where file name
and position say what is meant.

An empty CSV cell is absent, never the text "nan"; JSON Lines and Parquet can also say that a model
generated nothing ("", as against null), and so can the benchmark's shape, whose every row is a
generation. What a row without output and label means is seen from the others of its task
(`submissions.receiving.alignment`).

Columns as other tools call them are never read as if they were ours: a model's `response` may hold
its thoughts, and an `id` may be a post's. They are asked about: where what they may mean is needed
and missing, by a refusal, else by a note.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.receiving.formats.budget import Limits
from submissions.receiving.formats.row import Item, NamedRun, Note, Row, describe, refused

REQUIRED = ("task", "example_id")
ANSWERS = ("output", "label")
LISTS = ("label", "evidence")
"""Columns whose cells may be lists of texts."""
CONTRACT = (*REQUIRED, *ANSWERS, "explanation", "repetition", "confidence", "evidence")
GENERATED = ("goldens", "generated_text")
CLASSIFIED = "labels"
"""What the benchmark's `label_inference.py` adds to these: the labels that a classifier read."""
RUNS = ("prompt", "seed")
"""What may name a repetition where no `repetition` does."""
LONGEST_NAME = 64
"""In characters: what is longer under `prompt` is a prompt, and no name of one."""
SILENTLY_IGNORED = ("query", "__index_level_0__", "unnamed: 0", "")
OTHER_NAMES = {
    "task": ("task_name", "task_id", "dataset", "dataset_name", "subset"),
    "example_id": (
        "id",
        "ids",
        "idx",
        "index",
        "doc_id",
        "sample_id",
        "item_id",
        "instance_id",
        "question_id",
        "row_id",
        "uid",
        "guid",
        "qid",
        "example",
    ),
    "output": (
        "response",
        "responses",
        "model_response",
        "prediction",
        "predictions",
        "generated_text",
        "generation",
        "generated",
        "model_output",
        "raw_output",
        "llm_output",
        "completion",
        "completions",
        "model_completion",
        "answer",
        "model_answer",
        "reply",
    ),
    "label": (
        "pred_label",
        "predicted_label",
        "label_pred",
        "pred",
        "predicted",
        "y_pred",
        "predicted_class",
        "pred_class",
        "model_label",
    ),
    "explanation": ("reasoning", "rationale", "reason", "justification", "model_explanation"),
    "repetition": ("run", "seed", "epoch", "trial", "repeat", "replicate"),
    "goldens": ("golden", "gold", "target", "reference", "references"),
}
"""What other tools call the columns."""
SHAPES = (
    "`task`, `example_id` and `output` or `label` (with `explanation` and `repetition` where there"
    " are any), or `goldens` and `generated_text`"
)


def column(name: str) -> str:
    """Return the form in which column names are compared."""
    return name.strip().strip("\ufeff").casefold()


@dataclass(frozen=True)
class UploadTable:
    """One file's rows in the making.

    Attributes:
        file: For messages.
        benchmark: What `--benchmark` said.
        limits: A cell's length.
        generated: Whether the file has the shape that the benchmark's own script writes.
        runs: Whether `prompt` and `seed` name its repetitions.
    """

    file: str
    benchmark: str | None
    limits: Limits
    generated: bool
    runs: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read."""
        if self.generated:
            return (*GENERATED, CLASSIFIED)
        return (*CONTRACT, *RUNS) if self.runs else CONTRACT

    def rows(self, line: int, position: int, cells: Mapping[str, object]) -> list[Item]:
        """Return one row, and before it what is wrong with its cells.

        Args:
            line: Its first line, counted from 1.
            position: Counted from 0.
            cells: Wanted column -> value; other keys are not looked at.
        """
        items: list[Item] = []
        texts: dict[str, str | None] = {}
        for name in self.wanted:
            value = _listed(cells.get(name)) if name in LISTS else cells.get(name)
            texts[name] = text = as_text(value)
            if name in RUNS:
                continue
            fault = cell_fault(value, text, self.limits)
            if fault:
                items.append(_cell_problem(self.file, line, name, text, fault, self.limits))
                texts[name] = "?"
        return [*items, self._row(line, position, texts)]

    def _row(self, line: int, position: int, texts: Mapping[str, str | None]) -> Row:
        if self.generated:
            return Row(
                self.file,
                line,
                self.task,
                None,
                texts["generated_text"] or "",
                golden=texts["goldens"] or "",
                position=position,
                classified=(texts[CLASSIFIED] or "").strip() or None,
            )
        return Row(
            self.file,
            line,
            (texts["task"] or "").strip(),
            (texts["example_id"] or "").strip(),
            texts["output"],
            texts["label"] or None,
            texts["explanation"] or None,
            (texts["repetition"] or "").strip() or None,
            run=_named_run(texts) if self.runs else None,
            confidence=(texts["confidence"] or "").strip() or None,
            evidence=texts["evidence"] or None,
        )

    @property
    def task(self) -> str:
        """What a file in the benchmark's own shape is for: `DR.csv` sent to imhi-expert,
        imhi-expert/dr.
        """
        return f"{self.benchmark}/{PurePosixPath(self.file).name.split('.')[0].strip().lower()}"


def _listed(value: object) -> object:
    """Return a list as JSON; anything else as it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _named_run(texts: Mapping[str, str | None]) -> NamedRun:
    """Return what names a row's repetition; a prompt that is no name is None.

    A number that stands beside a prompt counts the repetitions by that prompt.
    """
    prompt, seed = ((texts[name] or "").strip() for name in RUNS)
    seed = seed or (texts["repetition"] or "").strip()
    named = len(prompt) <= LONGEST_NAME and "\n" not in prompt
    return NamedRun(prompt if named else None, seed[:LONGEST_NAME])


def table(
    names: Sequence[str], file: str, benchmark: str | None, limits: Limits, *, headed: bool = True
) -> UploadTable:
    """Return the table that these columns make.

    Args:
        names: As they stand in the file.
        file: For messages.
        benchmark: What `--benchmark` said.
        limits: A cell's length.
        headed: Whether all columns are among `names`, and not the first row's alone, which may
            leave an answer out.

    Raises:
        SubmissionRefused: Columns are missing, doubled or misspelled; all of it at once.
    """
    columns = [column(name) for name in names]
    generated = not set(columns) & set(CONTRACT) and bool(set(columns) & set(GENERATED))
    wanted = GENERATED if generated else CONTRACT
    meant = _meant(columns, wanted)
    problems = [
        describe(
            file,
            "the column stands there twice",
            line=1,
            field=name,
            hint="remove or rename one of them",
        )
        for name in dict.fromkeys(columns)
        if name in wanted and columns.count(name) > 1
    ]
    needed = GENERATED if generated else REQUIRED
    missing = [name for name in needed if name not in columns]
    if missing:
        problems.append(_missing(file, columns, [f"`{name}`" for name in missing]))
    unanswered = not generated and not set(columns) & set(ANSWERS)
    if unanswered and (headed or set(ANSWERS) & set(meant.values())):
        problems.append(_missing(file, columns, ["`output` or `label`"]))
    asked = {*missing, *(ANSWERS if unanswered else ())}
    problems += [
        _other_name(file, name, of)
        for name, of in meant.items()
        if of in asked or _misspelled(name, (of,))
    ]
    if generated and benchmark is None:
        problems.append(_no_benchmark(file))
    if problems:
        raise SubmissionRefused(problems)
    runs = not generated and _name_runs(columns)
    return UploadTable(file, benchmark, limits, generated, runs)


def _name_runs(columns: Sequence[str]) -> bool:
    """Return whether repetitions are named: by a prompt, a seed, or both, or by a prompt and a
    number.
    """
    if "repetition" in columns:
        return "prompt" in columns and "seed" not in columns
    return not {*RUNS}.isdisjoint(columns)


def ignored(names: Iterable[str], made: UploadTable, others: Iterable[str] = ()) -> list[Item]:
    """Return a note on the columns that are not read, if there are any.

    Args:
        names: Of columns.
        made: The table that they are of.
        others: Further columns that it has.
    """
    unread = [n for n in names if column(n) not in (*made.wanted, *SILENTLY_IGNORED)]
    if not unread:
        return []
    meant = _meant([column(name) for name in (*names, *others)], made.wanted)
    listed = ", ".join(
        f"`{shorten(name)}`" + (f" (is it `{of}`?)" if (of := meant.get(column(name))) else "")
        for name in unread[:10]
    )
    return [
        Note(made.file, f"not read: column {listed}" + (" and more" if len(unread) > 10 else ""))
    ]


def as_text(value: object) -> str | None:
    """Return a cell as text: 1 -> "1", true -> "true", NaN -> None.

    "" where it is nothing that has a text.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if math.isnan(value) else str(int(value) if value.is_integer() else value)
    return str(value) if isinstance(value, int) else ""


def cell_fault(value: object, text: str | None, limits: Limits) -> str:
    """Return what is wrong with a cell whatever its column, "" if nothing."""
    if not isinstance(value, str | int | float | None):
        return f"must be text, not a {'list' if isinstance(value, list) else 'nested value'}"
    if not text:
        return ""
    if "\0" in text:
        return "holds a NUL character, which no text has"
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        return "holds half of a surrogate pair, which no UTF-8 text can"
    return f"is {size:,} bytes long" if size > limits.cell else ""


def _cell_problem(
    file: str, line: int, name: str, text: str | None, fault: str, limits: Limits
) -> Problem:
    value = (text or "").encode(errors="replace").decode()
    return Problem(file, line, name, value, fault, f"text of at most {limits.cell:,} bytes")


def _missing(file: str, columns: Sequence[str], missing: Sequence[str]) -> Problem:
    what, verb = ("column", "is") if len(missing) == 1 else ("columns", "are")
    present = shorten(", ".join(columns), 200)
    return describe(
        file,
        f"the {what} {' and '.join(missing)} {verb} missing (found: {present})",
        line=1,
        allowed=SHAPES,
        hint="`reasonboard benchmark template TASK` writes a file to fill in",
    )


def _meant(columns: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return columns that are not read -> the one of those `wanted` and absent that each may be.

    Misspelled, or another tool's.
    """
    absent = [name for name in wanted if name not in columns]
    read_besides = (CLASSIFIED,) if wanted == GENERATED else RUNS
    allowed = (*read_besides, *SILENTLY_IGNORED)
    unknown = [name for name in columns if name not in wanted and name not in allowed]
    meant = {name: _elsewhere(name, absent) or _misspelled(name, absent) for name in unknown[:100]}
    return {name: of for name, of in meant.items() if of}


def _elsewhere(name: str, absent: Sequence[str]) -> str:
    """Return what other tools mean by a column; "" where nothing that is absent."""
    plain = name.replace(" ", "_").replace("-", "_").replace(".", "_")
    return next((of for of in absent if plain in OTHER_NAMES.get(_ours(of), ())), "")


def _ours(name: str) -> str:
    return "output" if name == "generated_text" else name


def _misspelled(name: str, absent: Sequence[str]) -> str:
    """Return the absent column that is spelled nearly so; "" where none is."""
    return next(iter(difflib.get_close_matches(name[:200], absent, n=1, cutoff=0.8)), "")


def _other_name(file: str, name: str, of: str) -> Problem:
    hint = f"did you mean {of!r}?"
    return describe(
        file, "not a column that is read", line=1, field="column", value=name, hint=hint
    )


def _no_benchmark(file: str) -> Problem:
    return refused(
        file,
        "a file of `goldens` and `generated_text` does not say which benchmark it is for",
        field="benchmark",
        allowed="a benchmark's name: what stands before the slash in `reasonboard benchmark list`",
        hint="say so with --benchmark",
    ).problems[0]
