"""Posts of tasks whose posts are not public: who gets them from the API and the site, and who is
told that they do not.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.api import api_application
from scoring.segments import Example
from scoring.tasks import Task
from submissions.operating.declaration_faults import declaration_faults
from submissions.store.database import prepare
from submissions.store.files.gold import Imported
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team
from tests.app.conftest import PAGES, ROOT, sound
from tests.commands import succeed

TASK, POST = "mental-llm/dreaddit", "Nobody else may read this post"
ADDRESS = f"/api/v1/tasks/{TASK}/template"


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """A board with a task whose posts are not public; its one post is invented."""
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    task = tasks[TASK]
    question = f"Consider this post: {POST} Question: {task.question}"
    example = Example("d-001", "p-001", question, POST, task.labels[0].name)
    imported = Imported(task.id, "invented", "ab" * 32, n_rows=1, examples=(example,))
    PostStore(folder.posts).write(task, imported)
    return folder


def rows(folder: DataFolder, tasks: dict[str, Task], token: str) -> tuple[list[list[str]], str]:
    """The template's rows as the API gives them, and what it says of the posts."""
    client = TestClient(
        api_application(folder, tasks), headers={"Authorization": f"Bearer {token}"}
    )
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text, newline=""))), answer.headers["X-Posts"]


def test_only_teams_that_are_named_get_posts_that_are_not_public(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    agreed, other, chief = (
        add_team(folder, name, role, "tester")
        for name, role in (
            ("Agreed", Role.member),
            ("Other", Role.member),
            ("Chief", Role.maintainer),
        )
    )
    withheld = (
        [["task", "example_id", "query", "output"], [TASK, "d-001", tasks[TASK].question, ""]],
        "withheld",
    )
    for token in (agreed, other, chief):  # nobody, as long as nobody is named
        assert rows(folder, tasks, token) == withheld
    for names in (f'["{TASK}"]', '["mental-llm"]'):
        (folder.path / "posts.toml").write_text(f'[teams]\n"Agreed" = {names}\n')
        found, said = rows(folder, tasks, agreed)
        assert (POST in found[1][2], said) == (True, "included")
        assert rows(folder, tasks, other) == withheld
    (folder.path / "posts.toml").write_text('[teams]\n"Agreed" = ["imhi"]\n')
    assert rows(folder, tasks, agreed) == withheld


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[teams]\n"Agreed" = ["mental-llm/dreadit"]\n', "neither a task nor a benchmark"),
        ('[teams]\n"Agreed" = "mental-llm"\n', "must be a list of texts"),
        ("[team]\n", "`team` is not a field here"),
        ("teams = [", "TOML"),
    ],
)
def test_a_list_with_a_fault_gives_nobody_posts_and_status_says_so(
    folder: DataFolder, tasks: dict[str, Task], text: str, said: str
) -> None:
    token = add_team(folder, "Agreed", Role.member, "tester")
    (folder.path / "posts.toml").write_text(text)
    assert rows(folder, tasks, token)[1] == "withheld"
    fault = next(one for one in declaration_faults(folder) if one.name == "posts")
    assert said in "\n".join(fault.faults)
    assert "given to no team" in fault.consequence


def test_the_command_line_is_the_maintainers_own_machine(folder: DataFolder) -> None:
    assert POST in succeed(folder.path, "benchmark", "template", TASK)


def test_the_page_says_that_posts_are_withheld_and_gives_them_to_whom_the_list_names(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REASONBOARD_DATA", str(folder.path))
    token = add_team(folder, "Agreed", Role.member, "tester")
    site = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=30).run()
    site.switch_page(PAGES["submit"]).run()
    site.text_input(key="token field").set_value(token)
    site.button[0].click().run()
    next(one for one in site.button if one.label == "I understand, show the texts").click()
    told = [info.value for info in sound(site.run()).info]
    assert any("The posts of this task are not public" in one for one in told), told
    (folder.path / "posts.toml").write_text('[teams]\n"Agreed" = ["mental-llm"]\n')
    told = [info.value for info in sound(site.run()).info]
    assert not any("not public" in one for one in told), told
