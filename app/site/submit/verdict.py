"""Draws what was read of an upload: tables of it, in the words of the preview, and nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd
import streamlit as st

from app.site.tables.base import Table, draw
from app.text import markdown, plain
from submissions.csv_export import csv_export
from submissions.problems import Problem
from submissions.receiving.preview import Preview, TaskPreview
from submissions.wording import counted, noun_for

LONG = 400
PROBLEM_HEADS = {
    "file": "File",
    "line": "Line",
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
        f"**{len(present)} of {counted(len(present) + len(preview.without_rows), 'task')}, {counted(rows, 'output')}; a label "
        f"was read from {_share(rows - unparsed, rows)} of them.** An output without one counts as wrong, none is guessed."
    )
    draw(coverage_table(present), "What was read, by task")
    if preview.without_rows:
        names = ", ".join(markdown(name.split("/", 1)[1]) for name in preview.without_rows)
        st.caption(
            f"No rows of {counted(len(preview.without_rows), 'task')}, so that the system stands unranked: {names}."
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
    frame = pd.DataFrame(
        [
            {name: value if name == "line" else plain(value, LONG) for name, value in row.items()}
            for row in rows
        ]
    ).astype({"line": "Int64"})
    draw(Table(frame, PROBLEM_HEADS), "Problems of the file")
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
    frame = pd.DataFrame([_coverage(task) for task in tasks])
    columns = {
        "task": "Task",
        "rows": "Rows",
        "repetitions": st.column_config.NumberColumn(
            "Runs", help="How often each example was answered."
        ),
        "parsed": st.column_config.NumberColumn(
            "Label read", format="percent", help="Outputs from which a label was read, of all."
        ),
        "unparsed": "Unparsed",
        "refused": st.column_config.NumberColumn(
            "Refused", help="Outputs that decline to answer, or only offer to; they count as wrong."
        ),
        "cut_off": st.column_config.NumberColumn(
            "Cut off",
            help="Outputs that end while the model still reasons; they count as wrong. Let it write more tokens.",
        ),
        "thought": st.column_config.NumberColumn(
            "Words of thought",
            help="Of what the model thought in a channel of its own, at the median: kept apart, and never scored.",
        ),
        "repeated": st.column_config.NumberColumn(
            "Repeated outputs", help="Outputs that are, to the letter, another example's too."
        ),
        "truncated": st.column_config.NumberColumn(
            "Too long",
            help="Outputs that BARTScore's model will cut. Blank where no model scores the task, or its "
            "tokenizer is not at hand.",
        ),
    }
    whole = [name for name in frame if name not in ("task", "rows", "parsed")]
    return Table(frame.astype(dict.fromkeys(whole, "Int64")), columns)


def label_table(task: TaskPreview) -> Table:
    """Return how often each label was read, beside how often it is gold."""
    gold = sum(label.gold or 0 for label in task.labels)
    known = bool(task.labels) and all(label.gold is not None for label in task.labels)
    frame = pd.DataFrame(
        {
            "label": [plain(label.label) for label in task.labels],
            "read": [label.read for label in task.labels],
            "share": [label.read / task.rows for label in task.labels],
            "gold": [label.gold for label in task.labels],
            "gold_share": [
                (label.gold or 0) / gold if known and gold else None for label in task.labels
            ],
        }
    ).astype({"gold": "Int64", "gold_share": float})
    columns = {
        "label": "Label",
        "read": "Read",
        "share": st.column_config.NumberColumn("of the outputs", format="percent"),
        "gold": "Gold",
        "gold_share": st.column_config.NumberColumn("of the examples", format="percent"),
    }
    return Table(frame, columns, None if known else ["label", "read", "share"])


def count_table(counts: Mapping[str, int], rows: int, head: str) -> Table:
    """Return how many of the rows each rule or reason is of."""
    frame = pd.DataFrame(
        {
            "what": [_words(name) for name in counts],
            "rows": list(counts.values()),
            "share": [count / rows for count in counts.values()],
        }
    )
    share = st.column_config.NumberColumn("of the outputs", format="percent")
    return Table(frame, {"what": head, "rows": "Outputs", "share": share})


def unparsed_table(task: TaskPreview) -> Table:
    """Return some of the team's own outputs that state no label."""
    frame = pd.DataFrame(
        {
            "example": [plain(example.example_id) for example in task.examples],
            "reason": [_words(example.reason) for example in task.examples],
            "output": [plain(example.output, LONG) for example in task.examples],
        }
    )
    return Table(frame, {"example": "Example", "reason": "Why", "output": "How the output begins"})


def stage_table(task: TaskPreview) -> Table:
    """Return what each stage of reading cut off, and what it left, in a few of the team's own outputs."""
    frame = pd.DataFrame(
        {
            "stage": [plain(example.stage) for example in task.shown],
            "rows": [task.stages[example.stage] for example in task.shown],
            "example": [plain(example.example_id) for example in task.shown],
            "cut": [plain(example.cut, LONG) for example in task.shown],
            "left": [plain(example.left, LONG) for example in task.shown],
        }
    )
    heads = {
        "stage": "Stage of reading",
        "rows": "Outputs",
        "example": "Example",
        "cut": "What it cut off",
        "left": "What it left",
    }
    return Table(frame, heads)


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


def _coverage(task: TaskPreview) -> dict[str, object]:
    return {
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


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _words(name: str) -> str:
    return plain(name.replace("_", " "))
