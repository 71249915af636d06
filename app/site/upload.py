"""An upload in the browser, looked at once a file and before anything is stored.

What was found is kept in the session, under the file's hash, and nowhere else: another user never
meets it. What would be kept of the outputs lies aside on disk meanwhile; the upload itself does
not.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from submissions.receiving.examination import Examined, examine_apart, new_workspace
from submissions.receiving.turns import TURNS, count_reading
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Team
from submissions.teams.limits import BoardLimits

META = ".toml"
SEVERAL = "upload.zip"
"""How several files that were dropped together are named in messages about all of them."""
_KEPT = "upload that was looked at"
_EPOCH = (1980, 1, 1, 0, 0, 0)

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class LookedAt:
    """An upload and what was found in it.

    Attributes:
        key: Benchmark, and name and hash of each file.
        workspace: Where what would be kept of it lies.
        examined: What was found.
    """

    key: Key
    workspace: Path
    examined: Examined

    @property
    def there(self) -> bool:
        """Whether what would be kept is still at hand."""
        return self.examined.outputs is None or self.examined.outputs.is_file()


def most_in_browser() -> int:
    """Return bytes that one upload in the browser may have; the server refuses
    larger files itself.
    """
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


def outputs_of(files: Sequence[UploadedFile]) -> list[UploadedFile]:
    """Return the files that hold outputs, in the order of their names."""
    return sorted(
        (file for file in files if not file.name.lower().endswith(META)), key=lambda file: file.name
    )


def meta_of(files: Sequence[UploadedFile]) -> UploadedFile | None:
    """Return the `submission.toml` among them."""
    return next((file for file in files if file.name.lower().endswith(META)), None)


def faults_of(files: Sequence[UploadedFile]) -> list[str]:
    """Return what is wrong with what was dropped, before any of it is read."""
    faults = []
    size, most = sum(file.size for file in files), most_in_browser()
    if size > most:
        faults.append(
            f"The files have {size / 2**20:.1f} MB together; in the browser {most // 2**20} MB are"
            " taken. Pack them (zip, gzip, zstd), or use the command line or the HTTP API."
        )
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        faults.append(
            "Two of the files have the same name. Rename one, or drop a zip of the folder."
        )
    return faults


def look_at(
    folder: DataFolder,
    files: Sequence[UploadedFile],
    benchmark: str,
    team: Team,
    limits: BoardLimits,
) -> LookedAt:
    """Return what is in an upload.

    Read in a process of its own when it is new, else as it was found before.

    Raises:
        TooManyReadings: It is new, and the team has had as many read as it may for now.
    """
    key = (
        benchmark,
        tuple((file.name, hashlib.sha256(file.getbuffer()).hexdigest()) for file in files),
    )
    known = st.session_state.get(_KEPT)
    # A page is drawn anew at every click, and reading a file may take a minute.
    if isinstance(known, LookedAt) and known.key == key and known.there:
        return known
    forget_upload()
    count_reading(team.name, limits.team.readings_an_hour)
    with st.spinner(
        "Reading the file in a process of its own. Others may be read first.", show_time=True
    ):
        looked_at = _look_at(folder, files, key, team, limits)
        st.session_state[_KEPT] = looked_at
    return looked_at


def forget_upload() -> None:
    """Drop what lies aside of the upload that was looked at last."""
    known = st.session_state.pop(_KEPT, None)
    if isinstance(known, LookedAt):
        shutil.rmtree(known.workspace, ignore_errors=True)


def _look_at(
    folder: DataFolder, files: Sequence[UploadedFile], key: Key, team: Team, limits: BoardLimits
) -> LookedAt:
    workspace = new_workspace(folder)
    try:
        path = workspace / "upload"
        with path.open("wb") as target:
            _write(files, target)
        name = files[0].name if len(files) == 1 else SEVERAL
        with TURNS.turn(team.name, limits.check.at_once):
            examined = examine_apart(folder, path, key[0], limits, name)
        # The upload itself is not needed any more: what was read of it is.
        path.unlink()
    except BaseException:
        shutil.rmtree(workspace, ignore_errors=True)
        raise
    return LookedAt(key, workspace, examined)


def _write(files: Sequence[UploadedFile], target: BinaryIO) -> None:
    """Write one file as it is, several as a zip: the same one whenever the files are the same."""
    if len(files) == 1:
        target.write(files[0].getbuffer())
        return
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _EPOCH), file.getvalue())
