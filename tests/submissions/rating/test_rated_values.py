"""A worker measures the texts that people rated: when nothing else waits, without losing what was
computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from scoring.instruments import BARTSCORE, Instrument, Pair
from scoring.metrics import METRICS
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.operating.shift import Shift
from submissions.rating.rated_values import RatedTextsFailed
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.rating.validity import find_validity
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.selection import Selection
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import rated_value_arrays
from tests.boards import a_run, demo_board, workplace
from tests.declarations import load_rubrics


@dataclass
class Stumbling:
    """The local engine, which notes what it is asked for and stops half-way as often
    as it is told.
    """

    stops: int = 0
    asked: list[int] = field(default_factory=list)
    name: str = "stumbling"

    def prepare(self, model: Instrument) -> None:
        """Nothing."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        """As the local engine; half of it where it is to stop."""
        todo = np.flatnonzero(np.isnan(values).any(axis=1))
        self.asked.append(len(todo))
        if not self.stops:
            return LocalEngine().score(model, pairs, values, keep, advance)
        self.stops -= 1
        half = values.copy()
        half[todo[: len(todo) // 2]] = -3.0
        keep(half)
        raise MemoryError("no memory")


@pytest.fixture
def folder(tmp_path: Path, tasks: Mapping[str, Task]) -> DataFolder:
    """A board of one demo task, all scored, and a rated explanation of each of six posts."""
    made = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    place = workplace(made, dict(tasks))
    run(place, plan(place), LocalEngine(), a_run(made))
    head = "item,system,annotator,aspect,rating,post,explanation\n"
    lines = [
        f"{n},M,{who},overall,{(n + place) % 4},Post number {n} is of a long"
        f" week.,{'Work is too much. ' * (n + 1)}\n"
        for n in range(6)
        for place, who in enumerate(("ana", "ben", "cleo"))
    ]
    path = tmp_path / "ratings.csv"
    path.write_text(head + "".join(lines), encoding="utf-8")
    asked = ImportRequest("tester", "a test", Naming("mentallama", "demo/stress"), "made-up")
    import_ratings(made, tasks, load_rubrics(), path, asked)
    return made


def shift_of(
    folder: DataFolder, tasks: Mapping[str, Task], engine: Stumbling, **selected: str
) -> Shift:
    return Shift(folder, tasks, engine, "worker", "as it came in", 60, Selection(**selected))


def test_a_shift_measures_what_people_rated_once(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    engine = Stumbling()
    shift = shift_of(folder, tasks, engine)
    stored = shift.step()
    measured = [
        entry
        for entry in METRICS
        if entry.group == "explanation" and entry.needs in ("", BARTSCORE)
    ]
    assert stored == len(rated_value_arrays(folder)) == len(measured)
    assert len(engine.asked) == 1, "one call of the model for all of its metrics"
    while shift.step():  # it tries metrics on what is spoilt
        pass
    asked = len(engine.asked)
    assert shift_of(folder, tasks, engine).step() == 0, "nor does another worker"
    assert len(engine.asked) == asked
    assert len(rated_value_arrays(folder)) == stored
    bart = [
        row for row in find_validity(folder, tasks).rows if row.metric == "bartscore_src_to_hyp"
    ]
    assert bart
    assert all(row.value is not None and row.n == 6 for row in bart if row.aspect == "overall")


def test_values_that_were_computed_survive_a_stop(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    engine = Stumbling(stops=1)
    shift = shift_of(folder, tasks, engine)
    with pytest.raises(RatedTextsFailed, match="cannot be measured: made-up: no memory"):
        shift.step()
    assert rated_value_arrays(folder), "what needs no model is stored all the same"
    while shift.step():  # what was stored since is a reason to try again
        pass
    first, second = engine.asked[:2]
    assert second == first - first // 2
    assert not list(folder.partial.glob("rated.*"))


def test_a_shift_for_something_else_leaves_them(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    engine = Stumbling()
    assert shift_of(folder, tasks, engine, metric="words").step() == 0
    assert shift_of(folder, tasks, engine, benchmark="imhi").step() == 0
    assert not rated_value_arrays(folder)
