"""Files that the real programs wrote (see `written/README.md`) are read as the scripted model
answered.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from tests.submissions.receiving.files import checked, demo_gold, notes
from tests.submissions.receiving.written.make import answer

WRITTEN = Path(__file__).parent / "written"
PROGRAMS = {
    "lm-eval": "those of `first` are read; not read: 40 lines of `again`",
    "inspect": "of scripted/model: 80 samples read",
    "helm": "a run of HELM: 80 requests read",
    "openai": "40 answers read, by `custom_id`",
}


def check_as_answered(folder: Path, tasks: dict[str, Task], said: str) -> None:
    """Two repetitions of all 40 examples, as the script answers, and a note that says so."""
    taken = checked(folder, tasks, demo_gold(tasks)).require()
    assert taken.tasks == ("demo/stress",)
    for run, time in zip(taken.runs, (1, 2), strict=True):
        assert run.repetition == time
        assert list(run.outputs) == [answer(place, time) for place in range(40)]
    assert said in notes(taken)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_the_program_wrote_is_read(program: str, tasks: dict[str, Task]) -> None:
    check_as_answered(WRITTEN / program, tasks, PROGRAMS[program])


def test_the_run_is_named(tasks: dict[str, Task]) -> None:
    taken = checked(WRITTEN / "lm-eval", tasks, demo_gold(tasks))
    assert "not read: results of lm-evaluation-harness of scripted" in notes(taken)
