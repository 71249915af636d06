"""A release as files, and served by Datasette."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from submissions.releasing.release_files import ExportError, export_release
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from tests import releases
from tests.commands import refuse, succeed


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return releases.publish_invented(tmp_path_factory.mktemp("data"))


def test_every_table_is_written_twice_and_reads_back(published: Path, tmp_path: Path) -> None:
    release = current_release(DataFolder(published))
    export_release(release, tmp_path / "out")
    content = release.content()
    for name in ("tasks", "cells", "overall", "platforms", "validity"):
        rows = [asdict(row) for row in getattr(content, name)]
        assert json.loads((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8")) == rows
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert table.column_names == [
            field.name for field in fields(type(getattr(content, name)[0]))
        ]
        assert len(table) == len(rows)
    cells = pq.read_table(tmp_path / "out" / "cells.parquet").to_pylist()
    assert [cell["value"] for cell in cells] == [cell.value for cell in content.cells], (
        "a blank stays null"
    )


def test_a_folder_that_holds_something_is_left_alone(published: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        export_release(current_release(DataFolder(published)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_exports_the_current_release_or_an_earlier_one(
    published: Path, tmp_path: Path
) -> None:
    assert "cells.parquet" in succeed(published, "export", tmp_path / "now")
    assert json.loads((tmp_path / "now" / "release.json").read_text())[0]["number"] == 1
    succeed(published, "export", tmp_path / "one", "--release", "1")
    assert "9" in refuse(published, "export", tmp_path / "nine", "--release", "9")


def test_datasette_serves_a_release(published: Path) -> None:
    from datasette.app import Datasette

    async def ask() -> dict[str, object]:
        served = Datasette([str(published / "releases" / "1.db")])
        await served.invoke_startup()
        answer = await served.client.get("/1/overall.json?metric=weighted_f1&rank=1&_shape=array")
        return answer.json()[0]

    with ThreadPoolExecutor(
        1
    ) as elsewhere:  # another test's browser may have an event loop in this thread
        row = elsewhere.submit(lambda: asyncio.run(ask())).result()
    assert row["system"] == "imhi-expert:alpha:1"
    assert row["value"] == pytest.approx(releases.MEANS["alpha"])
