"""An invented board of timelines: examples that are of several posts of a user each."""

from __future__ import annotations

import json
from pathlib import Path

from scoring.tasks import Task, read_tasks
from submissions.benchmarks.importing import import_gold
from submissions.declarations.settings import DECLARATIONS
from submissions.store.folder import DataFolder

TASK = "demo/timeline"
DECLARED = """
title = "Summary of a timeline"
family = "summarization"
dataset = "demo-timelines"
platform = "reddit"
annotation = "invented"
unit = "user"
kind = "summary"
labels = []
question = "Summarise the posts."
headline = "rougel_recall"
references = "project"
licence = "unknown"
citation = "unknown"
separator = "\\n---\\n"
demonstration = true
"""
SHARED = (
    "I walked home the long way tonight because nobody was waiting, and the kitchen light was"
    " off again when I came in."
)
"""A post that two timelines hold, and that a task of single posts asks about too."""


def declare(folder: DataFolder) -> dict[str, Task]:
    """Declare the task on a board; every task with it."""
    path = folder.path / "tasks" / f"{TASK}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DECLARED, encoding="utf-8")
    return read_tasks(folder.path / "tasks", DECLARATIONS / "tasks")


def text(user: int, place: int) -> str:
    """What one of the other posts says."""
    return f"Day {place} of user {user}: shift {user * place} was long, and bus {place} came late."


def write_files(where: Path, users: int = 12) -> tuple[Path, Path]:
    """Write a gold file and its posts file: a timeline a user, three posts each, and one more of
    the first user's first two.
    """
    gold = ["id,user_id,post_ids,reference"]
    gold += [f"t{user},u{user},,User {user} works long shifts." for user in range(users)]
    gold += ["short,u0,p1;p0,User 0 comes home to an empty flat."]
    posts = ["user_id,post_id,text"]
    for user in range(users):
        posts += [f'u{user},p{place},"{_said(user, place)}"' for place in range(3)]
    paths = where / "timelines.csv", where / "posts.csv"
    for path, rows in zip(paths, (gold, posts), strict=True):
        path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return paths


def _said(user: int, place: int) -> str:
    return SHARED if (user, place) in {(0, 1), (1, 0)} else text(user, place)


def import_timelines(folder: DataFolder, where: Path) -> dict[str, Task]:
    """Declare and import the task; every task with it."""
    tasks = declare(folder)
    gold, posts = write_files(where)
    import_gold(folder, tasks, TASK, gold, posts)
    return tasks


def clpsych(timeline: str, *posts: dict[str, object], summary: str = "They get by.") -> str:
    """A timeline's file, in the shape of CLPsych's."""
    return json.dumps({"timeline_id": timeline, "timeline_summary": summary, "posts": posts})
