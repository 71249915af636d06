"""Which teams may have posts that are not public: those that a maintainer names in `posts.toml`,
and nobody else.

The file lies in the data folder: who agreed to a data set's terms is an installation's business.
Without it, or where it has a fault, nobody has such posts from the site or the API; templates then
hold ids and questions. The command line is the maintainer's own machine, where the posts lie
anyway.

    [teams]
    "A team" = ["mental-llm/dreaddit", "imhi"]      # tasks, or all tasks of a benchmark
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationInfo, field_validator

from scoring.declarations import Texts, fitted, table_of, text_of
from scoring.tasks import Task, TasksById
from submissions.declarations.settings import SettingsError
from submissions.store.folder import DataFolder

WITHHELD = (
    "The posts of this task are not public: they are given to teams that agreed to its terms, and a"
    " maintainer writes down which those are. The template holds ids and questions; the posts are"
    " to be had from whoever publishes the data set."
)


@dataclass(frozen=True)
class Access:
    """What `posts.toml` says.

    Attributes:
        teams: Team -> the tasks and benchmarks whose posts it may have.
    """

    teams: Mapping[str, Texts]

    @field_validator("teams")
    @classmethod
    def _name_tasks(
        cls, teams: Mapping[str, Texts], known: ValidationInfo[TasksById]
    ) -> Mapping[str, Texts]:
        tasks = known.context
        names = {*tasks, *(task.benchmark for task in tasks.values())}
        unknown = [
            (team, name) for team, given in teams.items() for name in given if name not in names
        ]
        if unknown:
            raise ValueError(
                "\n".join(
                    f"{team!r}: {name!r} is neither a task nor a benchmark; `reasonboard benchmark"
                    " list` lists them"
                    for team, name in unknown
                )
            )
        return teams


def access_file(folder: DataFolder) -> Path:
    """Return where a board says who may have posts."""
    return folder.path / "posts.toml"


def may_have_posts(folder: DataFolder, tasks: TasksById, task: Task, team: str | None) -> bool:
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
    # In doubt nobody: a slip in the file must not give posts away.
    except SettingsError:
        return False
    return not granted.isdisjoint((task.id, task.benchmark))


def read_access(folder: DataFolder, tasks: TasksById) -> dict[str, frozenset[str]]:
    """Return team -> the tasks and benchmarks whose posts it may have.

    Raises:
        SettingsError: Every fault of the file.
    """
    path = access_file(folder)
    if not path.is_file():
        return {}
    content = table_of(text_of(path, SettingsError), str(path), SettingsError)
    access = fitted(Access, content, str(path), SettingsError, context=tasks)
    return {team: frozenset(names) for team, names in access.teams.items()}
