"""A task as other programs run it: its queries, and what makes lm-evaluation-harness or Inspect ask
them.

Only ids and queries are written, never a label or a reference: what is generated is scored here, by
the rules of this board. What either program logs of such a run is taken by `check` and `submit` as
it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from scoring.segments import Example
from scoring.tasks import Task
from submissions.store.folder import replace_file

MOST_TOKENS = 512
"""Of an output, unless whoever runs the task says otherwise; so may the temperature be."""


class TaskFormat(StrEnum):
    """For which program a task is written."""

    lm_eval = "lm-eval"
    inspect = "inspect"
    jsonl = "jsonl"


def write_task(task: Task, examples: Iterable[Example], harness: TaskFormat, folder: Path) -> Path:
    """Write a task into `folder`, which is there and empty.

    Args:
        task: The task.
        examples: Its gold, in its order.
        harness: For which program.
        folder: Where the queries go, and beside them what that program needs.

    Returns:
        What is given to the program.
    """
    name = _name(task)
    queries = folder / f"{name}.jsonl"
    rows = [
        {"task": task.id, "example_id": example.example_id, "query": example.query}
        for example in examples
    ]
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    replace_file(queries, content.encode())  # for its owner alone: posts are in it
    if harness not in _DEFINITIONS:
        return queries
    suffix, definition = _DEFINITIONS[harness]
    made = folder / f"{name}{suffix}"
    made.write_text(definition(task, name, queries.resolve()), encoding="utf-8")
    return made


def command_for(harness: TaskFormat, made: Path) -> str:
    """Return the command that runs what `write_task` made, "" where there is none."""
    return {
        TaskFormat.lm_eval: f"lm_eval --include_path {made.parent} --tasks {made.stem} "
        "--model hf --model_args pretrained=MODEL --log_samples --output_path OUT",
        # It takes a relative path alone.
        TaskFormat.inspect: f"cd {made.parent} && inspect eval {made.name} --model hf/MODEL",
    }.get(harness, "")


def _name(task: Task) -> str:
    """Return the task's id as both programs take it: letters, digits and underscores."""
    return "reasonboard_" + re.sub(r"\W", "_", task.id)


def _line(text: str) -> str:
    """Return a text on one line, without what neither YAML nor Python takes in a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _docstring(text: str) -> str:
    """Return Python source of a docstring that says `text`, whatever stands in it."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"""{escaped}"""'


def _lm_eval(task: Task, name: str, queries: Path) -> str:
    return f"""\
# {_line(task.title)} ({task.id}), as lm-evaluation-harness runs it. What it logs with --log_samples is
# scored by ReasonBoard; its own metric says nothing.
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {json.dumps(str(queries))}
test_split: test
output_type: generate_until
doc_to_text: "{{{{query}}}}"
doc_to_target: ""
generation_kwargs:
  until: []
  do_sample: false
  max_gen_toks: {MOST_TOKENS}
metric_list:
  - metric: bypass
metadata:
  version: {task.revision}
"""


def _inspect(task: Task, name: str, queries: Path) -> str:
    said = f"{_line(task.title)} ({task.id}), as Inspect runs it. Its log is scored by ReasonBoard."
    return f'''\
{_docstring(said)}

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.model import GenerateConfig
from inspect_ai.solver import generate

QUERIES = Path(__file__).with_name("{queries.name}")


@task
def {name}() -> Task:
    """Ask every query once."""
    return Task(
        dataset=json_dataset(str(QUERIES), FieldSpec(input="query", id="example_id")),
        solver=generate(),
        config=GenerateConfig(max_tokens={MOST_TOKENS}),
    )
'''


_DEFINITIONS: Mapping[TaskFormat, tuple[str, Callable[[Task, str, Path], str]]] = {
    TaskFormat.lm_eval: (".yaml", _lm_eval),
    TaskFormat.inspect: (".py", _inspect),
}
