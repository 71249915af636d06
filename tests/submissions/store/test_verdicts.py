"""Verdicts are found again by what they are of, and only then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from submissions.store.files.verdicts import UNKNOWN, load_verdicts, save_verdicts
from submissions.store.folder import DataFolder

SIGNIFICANT = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=np.bool_)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    folder.create()
    save_verdicts(folder, "column", ["a", "b", "c"], SIGNIFICANT)
    return folder


def test_they_follow_their_systems(folder: DataFolder) -> None:
    found = load_verdicts(folder, "column", ["b", "new", "a"])
    assert found.tolist() == [[0, UNKNOWN, 1], [UNKNOWN] * 3, [1, UNKNOWN, 0]]


def test_another_column_knows_nothing(folder: DataFolder) -> None:
    assert (load_verdicts(folder, "other", ["a", "b"]) == UNKNOWN).all()


@pytest.mark.parametrize("content", [b"", b"spoiled", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_no_file(folder: DataFolder, content: bytes) -> None:
    (folder.verdicts / "column.npz").write_bytes(content)
    assert (load_verdicts(folder, "column", ["a", "b"]) == UNKNOWN).all()
