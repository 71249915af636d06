"""Which endpoints a benchmark's posts may be sent to."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.asking.allowed import (
    endpoints_file,
    read_endpoints,
    require_allowed,
    require_public,
)
from submissions.asking.texts import GenerationError
from submissions.declarations.settings import SettingsError
from submissions.operating.declaration_faults import ENDPOINTS, declaration_faults
from submissions.store.folder import DataFolder

HERE = "http://localhost:8000/v1"


def allowing(path: Path, text: str) -> DataFolder:
    folder = DataFolder(path)
    endpoints_file(folder).write_text(text, encoding="utf-8")
    return folder


def test_none_is_allowed_unless_a_maintainer_says_so(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = DataFolder(tmp_path)
    with pytest.raises(GenerationError) as refused:
        require_allowed(folder, tasks, "imhi", HERE)
    said = str(refused.value)
    assert said.startswith("Nothing was sent: no maintainer allowed that posts of imhi go to")
    assert f'imhi = ["{HERE}"]' in said
    assert str(tmp_path / "endpoints.toml") in said


def test_what_is_allowed_is_of_that_benchmark_and_that_address(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = allowing(tmp_path, f'[benchmarks]\nimhi = ["{HERE}/", "https://A.example/x"]')
    require_allowed(folder, tasks, "imhi", HERE)
    require_allowed(folder, tasks, "imhi", "https://a.example/x/")
    for benchmark, address in (
        ("demo", HERE),
        ("imhi", "http://localhost:8001/v1"),
        ("imhi", "https://localhost:8000/v1"),
        ("imhi", "http://localhost.example:8000/v1"),
        ("imhi", f"{HERE}/v2"),
        ("imhi", "https://a.example/X"),
    ):
        with pytest.raises(GenerationError, match="no maintainer allowed"):
            require_allowed(folder, tasks, benchmark, address)


def test_posts_that_are_not_public_go_nowhere_whatever_the_file_says(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = allowing(tmp_path, f'[benchmarks]\nmental-llm = ["{HERE}"]')
    with pytest.raises(GenerationError, match="posts_public = false"):
        require_allowed(folder, tasks, "mental-llm", HERE)
    with pytest.raises(SettingsError, match=r"mental-llm/dreaddit.* go to no endpoint"):
        read_endpoints(folder, tasks)


def test_a_task_whose_posts_are_not_public_is_refused_beside_others_whose_are(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = allowing(tmp_path, f'[benchmarks]\nimhi = ["{HERE}"]')
    require_allowed(folder, tasks, "imhi", HERE)
    require_public([tasks["imhi/dr"]])
    with pytest.raises(GenerationError, match="the posts of imhi/clp go to no endpoint"):
        require_public([tasks["imhi/dr"], tasks["imhi/clp"]])


def test_a_faulty_file_allows_nothing_and_every_fault_is_told(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    text = (
        f'[benchmarks]\nimhi = ["{HERE}"]\ndemoo = []\ndemo = ["ftp://x", "https://me:secret@x/v1",'
        ' "https://x/v1?key=secret", "http://[::1"]'
    )
    folder = allowing(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        require_allowed(folder, tasks, "imhi", HERE)
    lines = str(refused.value).splitlines()
    assert len(lines) == 5
    assert "did you mean 'demo'?" in lines[0]
    assert "secret" not in str(refused.value)
    (fault,) = declaration_faults(folder)
    assert fault.path == str(tmp_path / "endpoints.toml")
    assert fault.consequence == ENDPOINTS


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "ftp://x/v1", "https://me:key@x/v1", "https://x/?key=1", "http://"],
)
def test_an_address_that_is_none_or_holds_a_key_is_refused(
    tasks: dict[str, Task], tmp_path: Path, address: str
) -> None:
    with pytest.raises(GenerationError, match=r"--endpoint (is not|must be)") as refused:
        require_allowed(DataFolder(tmp_path), tasks, "demo", address)
    assert "key@" not in str(refused.value)
