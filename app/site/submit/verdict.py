"""Draws what was read of an upload: tables of it, in the words of the preview, and nothing decided
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import streamlit as st
from streamlit.column_config import NumberColumn

from app.site.tables.base import Column, Table, draw, tabulate
from app.text import markdown, plain
from submissions.csv_export import csv_export
from submissions.problems import Problem
from submissions.receiving.preview import Preview, TaskPreview
from submissions.wording import counted, noun_for

LONG = 400
PROBLEM_HEADS = {
    "file": "File",
    "line": Column("Line", digits=0),
    "field": "Column or key",
    "value": "What stands there",
    "problem": "Problem",
    "allowed": "Allowed",
    "hint": "What to do",
}


def show_preview(preview: Preview) -> None:
    """Show everything that a team wants to know of its file before it submits."""
    if preview.problems:
        show_problems(preview.problems, preview.unlisted)
    for note in preview.notes:
        st.info(markdown(note), icon=":material/info:")
    present = preview.tasks
    if not present:
        return
    rows, unparsed = (
        sum(task.rows for task in present),
        sum(sum(task.unparsed.values()) for task in present),
    )
    st.markdown(
        f"**{len(present)} of {counted(len(present) + len(preview.without_rows), 'task')},"
        f" {counted(rows, 'output')}; a label was read from {_share(rows - unparsed, rows)} of"
        " them.** An output without one counts as wrong, none is guessed."
    )
    draw(coverage_table(present), "What was read, by task")
    if preview.without_rows:
        names = ", ".join(markdown(name.split("/", 1)[1]) for name in preview.without_rows)
        st.caption(
            f"No rows of {counted(len(preview.without_rows), 'task')}, so that the system stands"
            f" unranked: {names}."
        )
    titles = {task.task: plain(task.title) for task in present}
    chosen = st.selectbox(
        "Look closer at", list(titles), format_func=lambda name: titles[name], width=420
    )
    _closer(next(task for task in present if task.task == chosen))


def show_problems(problems: Sequence[Problem], unlisted: int) -> None:
    """Show what is to be put right, as a table that can be taken away."""
    count = len(problems) + unlisted
    st.error(
        f"{counted(count, 'problem')}: put {noun_for(count, 'it', 'them')} right and drop the file "
        "again. Nothing was stored, and this does not count.",
        icon=":material/report:",
    )
    rows = [asdict(problem) for problem in problems]
    texts = (
        {name: value if name == "line" else plain(value, LONG) for name, value in row.items()}
        for row in rows
    )
    draw(tabulate(texts, PROBLEM_HEADS), "Problems of the file")
    if unlisted:
        st.caption(f"{unlisted:,} more are not listed.")
    st.download_button(
        "All problems as CSV",
        data=csv_export(rows, [name for name in PROBLEM_HEADS if name != "line"]),
        file_name="problems.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def coverage_table(tasks: Sequence[TaskPreview]) -> Table:
    """Return a row a task."""
    rows = (
        {
            "task": plain(task.title),
            "rows": f"{task.rows:,} of {task.expected * task.repetitions:,}",
            "repetitions": task.repetitions,
            "parsed": task.parse_rate,
            "unparsed": task.unread,
            "refused": task.refused,
            "cut_off": task.cut_off,
            "thought": task.thoughts.median if task.thoughts is not None else None,
            "repeated": task.repeated,
            "truncated": task.truncated,
        }
        for task in tasks
    )
    heads = {
        "task": "Task",
        "rows": "Rows",
        "repetitions": Column("Runs", "How often each example was answered.", 0),
        "parsed": NumberColumn(
            "Label read", format="percent", help="Outputs from which a label was read, of all."
        ),
        "unparsed": Column("Unparsed", digits=0),
        "refused": Column(
            "Refused", "Outputs that decline to answer, or only offer to; they count as wrong.", 0
        ),
        "cut_off": Column(
            "Cut off",
            "Outputs that end while the model still reasons; they count as wrong. Let it write more"
            " tokens.",
            0,
        ),
        "thought": Column(
            "Words of thought",
            "Of what the model thought in a channel of its own, at the median: kept apart, and"
            " never scored.",
            0,
        ),
        "repeated": Column(
            "Repeated outputs", "Outputs that are, to the letter, another example's too.", 0
        ),
        "truncated": Column(
            "Too long",
            "Outputs that BARTScore's model will cut. Blank where no model scores the task, or its "
            "tokenizer is not at hand.",
            0,
        ),
    }
    return tabulate(rows, heads)


def label_table(task: TaskPreview) -> Table:
    """Return how often each label was read, beside how often it is gold."""
    gold = sum(label.gold or 0 for label in task.labels)
    # Where gold is not public, its share is not told either.
    known = bool(task.labels) and all(label.gold is not None for label in task.labels)
    rows = (
        {
            "label": plain(label.label),
            "read": label.read,
            "share": label.read / task.rows,
            "gold": label.gold,
            "gold_share": (label.gold or 0) / gold if known and gold else None,
        }
        for label in task.labels
    )
    heads = {
        "label": "Label",
        "read": "Read",
        "share": NumberColumn("of the outputs", format="percent"),
        "gold": Column("Gold", digits=0),
        "gold_share": NumberColumn("of the examples", format="percent"),
    }
    return tabulate(rows, heads, None if known else ["label", "read", "share"])


def count_table(counts: Mapping[str, int], rows: int, head: str) -> Table:
    """Return how many of the rows each rule or reason is of."""
    cells = (
        {"what": _words(name), "rows": count, "share": count / rows}
        for name, count in counts.items()
    )
    share = NumberColumn("of the outputs", format="percent")
    return tabulate(cells, {"what": head, "rows": "Outputs", "share": share})


def unparsed_table(task: TaskPreview) -> Table:
    """Return some of the team's own outputs that state no label."""
    rows = (
        {
            "example": plain(example.example_id),
            "reason": _words(example.reason),
            "output": plain(example.output, LONG),
        }
        for example in task.examples
    )
    return tabulate(
        rows, {"example": "Example", "reason": "Why", "output": "How the output begins"}
    )


def stage_table(task: TaskPreview) -> Table:
    """Return what each stage of reading cut off, and what it left, in a few of the team's own
    outputs.
    """
    rows = (
        {
            "stage": plain(example.stage),
            "rows": task.stages[example.stage],
            "example": plain(example.example_id),
            "cut": plain(example.cut, LONG),
            "left": plain(example.left, LONG),
        }
        for example in task.shown
    )
    heads = {
        "stage": "Stage of reading",
        "rows": "Outputs",
        "example": "Example",
        "cut": "What it cut off",
        "left": "What it left",
    }
    return tabulate(rows, heads)


def _closer(task: TaskPreview) -> None:
    title = plain(task.title)
    left, right = st.columns(2)
    with left:
        draw(label_table(task), f"Labels of {title}")
        if any(label.gold is None for label in task.labels):
            st.caption("The gold labels of this task are not public.")
    with right:
        draw(
            count_table(task.rules, task.rows, "Rule that read the label"),
            f"Rules that read the labels of {title}",
        )
        if task.unparsed:
            draw(
                count_table(task.unparsed, task.rows, "Why none was read"),
                f"Why labels of {title} were not read",
            )
    if task.examples:
        st.caption("Some of your outputs from which no label could be read:")
        draw(unparsed_table(task), f"Outputs of {title} without a label")
    if task.shown:
        st.caption("How your outputs were read: what each stage cut off, and what it left.")
        draw(stage_table(task), f"Stages of reading of {title}")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _words(name: str) -> str:
    return plain(name.replace("_", " "))
