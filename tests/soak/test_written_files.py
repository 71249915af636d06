"""The files of other programs, made anew by the programs themselves in environments of their own.

Each environment takes some minutes and hundreds of megabytes to install. The versions are those of
`tests/submissions/receiving/written/README.md`; raise them there to see whether newer ones write
otherwise.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.tasks import Task
from tests.submissions.receiving.files import demo_gold
from tests.submissions.receiving.test_written_files import PROGRAMS, WRITTEN, check_as_answered

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("default")]

NEEDED = {
    "lm-eval": ["lm-eval[hf]=={}", "torch=={torch}"],
    "inspect": ["inspect-ai=={}"],
    "helm": ["crfm-helm=={}", "torch=={torch}"],
    "openai": ["openai=={}"],
}


def _version(program: str) -> str:
    table = (WRITTEN / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{program}` .*\| (\S+) \|$", table, re.MULTILINE)
    assert row, program
    return row[1]


def _python_with(program: str, folder: Path) -> Path:
    """Make an environment that has the program; torch is this one's, so that no other build is
    fetched.
    """
    import torch

    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    needed = [
        spec.format(_version(program), torch=torch.__version__.split("+")[0])
        for spec in NEEDED[program]
    ]
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *needed], check=True)
    return folder / "bin" / "python"


@pytest.mark.parametrize("program", PROGRAMS)
def test_made_anew_they_are_read_the_same(
    program: str, tasks: dict[str, Task], tmp_path: Path
) -> None:
    python = _python_with(program, tmp_path / "environment")
    rows = [
        {"example_id": example.example_id, "query": example.query}
        for example in demo_gold(tasks)["demo/stress"]
    ]
    subprocess.run(
        [python, WRITTEN / "make.py", program, tmp_path / "out"],
        input="".join(json.dumps(row) + "\n" for row in rows),
        text=True,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")},
    )
    check_as_answered(tmp_path / "out", tasks, PROGRAMS[program])
