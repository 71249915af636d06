"""Which teams may have posts that are not public: those that a maintainer names in `posts.toml`, and nobody else.

The file lies in the data folder: who agreed to a data set's terms is an installation's business. Without it, or where it
has a fault, nobody has such posts from the site or the API; templates then hold ids and questions. The command line is
the maintainer's own machine, where the posts lie anyway.

    [teams]
    "A team" = ["mental-llm/dreaddit", "imhi"]      # tasks, or all tasks of a benchmark
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from scoring.declarations import TABLE, TEXTS, Fields, table_of, text_of
from scoring.tasks import Task
from submissions.declarations.settings import SettingsError
from submissions.store.folder import DataFolder

_FILE = Fields("table", {"teams": TABLE})
WITHHELD = (
    "The posts of this task are not public: they are given to teams that agreed to its terms, and a maintainer writes down "
    "which those are. The template holds ids and questions; the posts are to be had from whoever publishes the data set."
)


def access_file(folder: DataFolder) -> Path:
    """Return where a board says who may have posts."""
    return folder.path / "posts.toml"


def may_have_posts(
    folder: DataFolder, tasks: Mapping[str, Task], task: Task, team: str | None
) -> bool:
    """Return whether a task's posts may be given to a team.

    Args:
        folder: The data.
        tasks: Every declared task.
        task: The task.
        team: The team's name; None for somebody who is in none.
    """
    if task.posts_public:
        return True
    try:
        granted = read_access(folder, tasks).get(team or "", frozenset())
    except SettingsError:
        return False
    return not granted.isdisjoint((task.id, task.benchmark))


def read_access(folder: DataFolder, tasks: Mapping[str, Task]) -> dict[str, frozenset[str]]:
    """Return team -> the tasks and benchmarks whose posts it may have.

    Raises:
        SettingsError: Every fault of the file.
    """
    path = access_file(folder)
    if not path.is_file():
        return {}
    content = table_of(text_of(path, SettingsError), str(path), SettingsError)
    faults = list(_FILE.faults(content)) or list(_faults(content["teams"], tasks))
    if faults:
        raise SettingsError("\n".join(f"{path}: {fault}" for fault in faults))
    return {team: frozenset(names) for team, names in content["teams"].items()}


def _faults(teams: Mapping[str, object], tasks: Mapping[str, Task]) -> Iterator[str]:
    known = {*tasks, *(task.benchmark for task in tasks.values())}
    for team, names in teams.items():
        if not isinstance(names, list) or not TEXTS.fits(names):
            yield f"[teams] {team!r} is {TEXTS.fault(names)}"
            continue
        for name in names:
            if name not in known:
                yield f"[teams] {team!r}: {name!r} is neither a task nor a benchmark; `reasonboard benchmark list` lists them"
