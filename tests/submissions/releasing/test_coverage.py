"""Coverage is about the outputs and explanations that are there; too few values are none, by every
metric.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from app.site.tables.board_frame import make_board
from app.site.tables.board_frame import thin_cells as cells_too_thin
from app.site.tables.task import detail_table
from scoring.metrics import METRICS, metric
from scoring.tasks import Task
from submissions.life.states import scores_of
from submissions.releasing.coverage import thin, thin_cells
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.released.scored_rows import CellRow, OverallRow
from submissions.store.scored.scores import FEWEST, with_enough
from submissions.store.submitted.submissions import submissions
from tests.boards import a_run, build_content, demo_board, submit, workplace

TASK, AGREEMENT = "demo/loneliness", "label_explanation_agreement"
NAMED = (AGREEMENT, "rouge1", "words", "weighted_f1", "brier")
STATED = {
    "yes": "They sit alone all day. The poster is lonely.",
    "no": "They see friends all day. The poster is not lonely.",
}
SYSTEMS = {"names all": (40, 40), "names ten": (40, 10), "names nine": (40, 9), "half": (20, 20)}
"""System -> how many of forty examples it explains, and in how many it names its label."""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    path = tmp_path_factory.mktemp("coverage")
    folder = demo_board(path / "data", tasks, ["loneliness"])
    examples = PostStore(folder.posts).examples(tasks[TASK])
    assert len(examples) == 40
    for name, (explained, named) in SYSTEMS.items():
        rows = [
            {
                "task": TASK,
                "example_id": one.example_id,
                "label": one.gold,
                # Alone, and of the half that it explains.
                "confidence": "0.9" if name == "half" and place < explained else "",
                "explanation": ""
                if place >= explained
                else STATED[one.gold]
                if place < named
                else "Nobody calls any more.",
            }
            for place, one in enumerate(examples)
        ]
        submit(folder, tasks, path, rows, system=name)
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=tuple(map(metric, NAMED))), LocalEngine(), a_run(folder))
    return folder


@pytest.fixture(scope="module")
def content(board: DataFolder, tasks: dict[str, Task]) -> ReleaseContent:
    return build_content(board, tasks)


def cell(content: ReleaseContent, system: str, name: str) -> CellRow:
    ids = {row.system: row.id for row in content.systems}
    (found,) = [c for c in content.cells if (c.system, c.metric) == (ids[system], name)]
    return found


def overall(content: ReleaseContent, system: str, name: str) -> OverallRow:
    ids = {row.system: row.id for row in content.systems}
    (found,) = [o for o in content.overall if (o.system, o.metric) == (ids[system], name)]
    return found


def test_an_explanation_that_names_no_label_is_there(content: ReleaseContent) -> None:
    """Ten of forty explanations name a label: that is what can be said of them, and all forty are
    there.
    """
    found = cell(content, "names ten", AGREEMENT)
    assert (found.value, found.n, found.n_given) == (1.0, 10, 40)
    ranked = overall(content, "names ten", AGREEMENT)
    assert (ranked.covered, ranked.total, ranked.value) == (1, 1, 1.0)
    assert ranked.rank == overall(content, "names all", AGREEMENT).rank == 1


def test_fewer_than_ten_values_are_too_few_and_say_how_many(content: ReleaseContent) -> None:
    found = cell(content, "names nine", AGREEMENT)
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 9)
    assert found.why_blank == "too few: 9 examples with a value, and it takes 10"
    mean = overall(content, "names nine", AGREEMENT)
    assert (mean.value, mean.covered, mean.rank) == (None, 0, None)
    assert cell(content, "names nine", "words").value is not None


def test_who_explains_half_is_not_covered_whatever_the_explanations_name(
    content: ReleaseContent,
) -> None:
    for name in (AGREEMENT, "rouge1", "words"):
        found, mean = cell(content, "half", name), overall(content, "half", name)
        assert (found.n_given, found.value is None) == (20, False), "the cell keeps its value"
        assert (mean.covered, mean.value, mean.rank) == (0, None, None)
    assert overall(content, "half", "weighted_f1").covered == 1
    told = {row.why_blank for row in content.platforms if row.metric == AGREEMENT}
    assert "an answer or explanation on fewer than 95% of the examples of demo/loneliness" in told
    assert "a value on fewer than 10 examples of demo/loneliness" in told


def test_what_is_optional_is_held_against_all_examples(
    content: ReleaseContent,
) -> None:
    """Nobody else sent a confidence, and yet one for half of the answers covers no task."""
    sent, mean = cell(content, "half", "brier"), overall(content, "half", "brier")
    assert (sent.value, sent.n, sent.n_absent) == (pytest.approx(0.01), 20, 20)
    assert (mean.covered, mean.value, mean.rank) == (0, None, None)
    place = (sent.system, TASK)
    assert thin_cells([sent]) == {place}
    assert thin_cells([replace(sent, n=38, n_given=38, n_absent=2)]) == set()
    assert thin_cells([replace(sent, metric="words")]) == set(), "the fullest there is"
    cells = pd.DataFrame([vars(sent)])
    frame = make_board(content.systems, (), cells, [TASK])
    assert cells_too_thin(frame, frame.systems.index, [TASK]) == [("half", TASK, 20, 40)]
    details = detail_table(cells, {sent.system: "half"}, {TASK: "t"}, "task", 3).frame
    assert details["why_blank"].tolist() == ["fewer than 95% of the 40 examples: 20 have it"]


def test_its_team_is_told_no_more_than_the_board(board: DataFolder, tasks: dict[str, Task]) -> None:
    own = next(one for one in submissions(board) if one.system == "names nine")
    found = {score.identity.metric: score for score in scores_of(board, tasks, own)}
    assert (found[AGREEMENT].value, found[AGREEMENT].n) == (None, 9)
    assert found[AGREEMENT].interval.startswith("too few: 9 examples")
    assert found["words"].value is not None


def test_the_rule_is_the_same_for_every_metric(board: DataFolder, tasks: dict[str, Task]) -> None:
    own = next(one for one in submissions(board) if one.system == "names all")
    score = scores_of(board, tasks, own)[0]
    for one in METRICS:
        measured = replace(score, identity=replace(score.identity, metric=one.name), value=0.5)
        assert with_enough(replace(measured, n=FEWEST)).value == 0.5
        assert with_enough(replace(measured, n=FEWEST - 1)).value is None
    assert {one.counted_by for one in METRICS} <= {"", "words", "words_full", "evidence_f1"}
    given = [one for one in METRICS if not one.optional]
    assert all((one.group == "explanation") == bool(one.counted_by) for one in given)


def test_a_place_is_thin_beside_the_fullest_of_its_task() -> None:
    counts = {("a", "t"): 38, ("b", "t"): 40, ("c", "t"): 37, ("c", "u"): 3}
    assert thin(counts) == {("c", "t")}  # 38 of 40 are just 95%; nobody has more of u
    assert thin(counts, {"t": 41, "u": 40}) == {("a", "t"), ("c", "t"), ("c", "u")}
