"""What was published is never written over, whatever the database has forgotten:
by the commands.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.release import release_path
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import refuse, succeed


@pytest.fixture
def published(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """Two releases; `old.db` beside the board is its database as it was before the second."""
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    _score(folder, tasks)
    publish(folder, tasks, "tester", "first")
    shutil.copy(folder.database, tmp_path / "old.db")  # nobody writes
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/loneliness"]))
    _score(folder, tasks)
    publish(folder, tasks, "tester", "second")
    return folder


def _score(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))


def _with(folder: DataFolder, database: Path | None) -> None:
    for path in folder.path.glob("working.db*"):
        path.unlink()
    if database is not None:
        shutil.copy(database, folder.database)
    prepare(folder)


def test_an_older_database_stops_publishing_and_goes_on_once_the_files_are_adopted(
    published: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    hashes = [sha256_of(release_path(published, number)) for number in (1, 2)]
    _with(published, tmp_path / "old.db")
    for arguments in (("--reason", "third"), ("--dry-run",)):
        said = refuse(published.path, "publish", "--allow-pending", *arguments)
        assert "releases/2.db" in said
        assert "reasonboard restore" in said
        assert "reasonboard adopt" in said
    assert "1 release adopted: 2" in succeed(published.path, "adopt", "--reason", "it was served")
    submit(published, tasks, tmp_path, gold_rows(published, tasks["demo/loneliness"]), system="T")
    _score(published, tasks)
    succeed(published.path, "publish", "--allow-pending", "--reason", "third")
    assert [sha256_of(release_path(published, number)) for number in (1, 2)] == hashes
    assert release_path(published, 3).is_file()
    assert "Nothing to adopt" in succeed(published.path, "adopt", "--reason", "again")


def test_an_empty_database_never_counts_from_one_again(
    published: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    hashes = [sha256_of(release_path(published, number)) for number in (1, 2)]
    _with(published, None)
    submit(published, tasks, tmp_path, gold_rows(published, tasks["demo/loneliness"]))
    _score(published, tasks)
    assert "releases/1.db, releases/2.db" in refuse(
        published.path, "publish", "--allow-pending", "--reason", "first?"
    )
    succeed(published.path, "adopt", "--reason", "the database was lost")
    said = succeed(published.path, "publish", "--allow-pending", "--reason", "anew")
    assert "Release 3 is published" in said
    assert [sha256_of(release_path(published, number)) for number in (1, 2)] == hashes


def test_what_is_no_release_is_not_adopted(published: DataFolder) -> None:
    release_path(published, 7).write_bytes(b"no release")
    shutil.copy(release_path(published, 1), release_path(published, 8))
    assert "7.db" in refuse(published.path, "adopt", "--reason", "what is this?")
    release_path(published, 7).unlink()
    assert "says that it is release 1" in refuse(published.path, "adopt", "--reason", "and this?")
