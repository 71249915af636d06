"""Rubrics of a board that no code knows: what judges said by them is a metric like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.cells import BoardCells
from scoring.judging.values import CHECKLIST, AskedAspect, Judging
from scoring.tasks import Task
from submissions.asking.texts import Decoding
from submissions.declarations.settings import SettingsError, load_settings
from submissions.judging.plan import JudgeOrder, planned_judging
from submissions.rating.rated_values import rated_sets, score_ratings
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.releasing.comparing import ask, compare_systems
from submissions.releasing.own_family import FamilyMean, family_means
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.instruments import find_models, pin
from submissions.rescoring.pending import Unit, Workplace
from submissions.rescoring.selection import Selection, UnknownName
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import CellRow
from submissions.store.released.serving import current_release
from tests.app.conftest import Open
from tests.boards import a_run, demo_board, gold_rows, submit
from tests.boards import publish_with_blanks as publish
from tests.commands import succeed
from tests.declarations import load_rubrics
from tests.judging import write_verdicts

SCORING = """
[judge_ctrs.demo]
checkpoint = "./judged/ctrs.jsonl"

[judge_kindness.demo]
checkpoint = "./judged/kindness.jsonl"

[[judge_mentallama.demo]]
checkpoint = "./judged/llama.jsonl"

[[judge_mentallama.demo]]
name = "mistral"
checkpoint = "./judged/mistral.jsonl"
"""
KINDNESS = Judging("kindness", (AskedAspect("warm-words", CHECKLIST, 1, 5, questions=2),), "j")
PACING = "judge_ctrs_pacing"


def on_scale(rubric: str, model: str) -> Judging:
    asked = [AskedAspect(a.name, "scale", a.low, a.high) for a in load_rubrics()[rubric].aspects]
    return Judging(rubric, tuple(asked), model)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """A board with two systems, judged by four judges, scored and published."""
    path = tmp_path_factory.mktemp("judged")
    folder = demo_board(path / "data", tasks, ["stress"])
    rows = gold_rows(folder, tasks["demo/stress"])
    submit(folder, tasks, path, rows, system="Ada", base_model="meta-llama/Llama-3-8B")
    other = [{**row, "output": f"{row['output']} So it is."} for row in rows]
    submit(folder, tasks, path, other, system="Eve", base_model="Qwen/Qwen2.5-7B")
    order = JudgeOrder("demo", "mentallama", "scale", Decoding(64, 0.0), systems=("Ada", "Eve"))
    pairs = [(post, answer) for post, answer in planned_judging(folder, tasks, order).judged]
    assert len(pairs) == 80
    folder.judged.mkdir()
    ctrs = on_scale("ctrs", "a-judge")
    levels: dict[tuple[str, str], Sequence[Mapping[str, int]]] = {
        pair: [{aspect.name: 6 if pair[1].endswith("So it is.") else 0 for aspect in ctrs.aspects}]
        for pair in pairs
    }
    levels[pairs[1]] = [{"agenda": 3}]  # no level of pacing's menu
    del levels[pairs[0]]
    write_verdicts(folder.judged / "ctrs.jsonl", ctrs, levels)
    both, one_missing = {"warm-words-1": "yes", "warm-words-2": "no"}, {"warm-words-1": "yes"}
    write_verdicts(
        folder.judged / "kindness.jsonl",
        KINDNESS,
        {pair: [one_missing if place % 2 else both] for place, pair in enumerate(pairs)},
    )
    for name, shift in (("llama", 0), ("mistral", 1)):
        judging = on_scale("mentallama", f"{name}-large")
        said = {
            pair: [{aspect.name: min(3, place % 4 + shift) for aspect in judging.aspects}]
            for place, pair in enumerate(pairs)
        }
        write_verdicts(folder.judged / f"{name}.jsonl", judging, said)
    (folder.path / "scoring.toml").write_text(SCORING, encoding="utf-8")
    rate(folder, tasks, {"Ada-llama": rows, "Eve": other})
    score_judged(folder, tasks)
    publish(folder, tasks, "tester")
    return folder


def score_judged(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    selection = Selection("demo")
    kinds = [kind for kind in selection.kinds(folder) if kind.startswith("judge_")]
    models = find_models(folder, ["demo"], tasks, kinds=kinds)
    assert not models.troubles
    under = a_run(folder)
    pin(folder, models.unpinned(folder, kinds), under)
    place = Workplace(folder, tasks, models.instruments)
    run(place, [of_judges(unit) for unit in selection.plan(place)], LocalEngine(), under)
    score_ratings(folder, list(rated_sets(folder, tasks, load_rubrics())), models.instruments)


def rate(
    folder: DataFolder, tasks: Mapping[str, Task], said: Mapping[str, Sequence[Mapping[str, str]]]
) -> None:
    """Have two people rate twelve explanations of each system."""
    path = folder.path.parent / "people.csv"
    lines = ["example_id,system,annotator,aspect,rating,output"]
    for system, rows in said.items():
        for place, row in enumerate(rows[:12]):
            for annotator, rating in (("a", place % 4), ("b", place // 2 % 4)):
                given = f"{row['example_id']},{system},{annotator},overall,{rating}"
                lines.append(f'{given},"{row["output"]}"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ImportRequest("tester", "a test", Naming("mentallama", "demo/stress"))
    import_ratings(folder, tasks, load_rubrics(), path, asked)


def of_judges(unit: Unit) -> Unit:
    return replace(
        unit, lacking=tuple(e for e in unit.lacking if e.metric.needs.startswith("judge_"))
    )


@pytest.fixture(scope="module")
def release(board: DataFolder) -> ReleaseReader:
    return current_release(board)


def test_every_aspect_of_every_judge_is_a_column_of_its_own(release: ReleaseReader) -> None:
    ctrs, mentallama = load_rubrics()["ctrs"], load_rubrics()["mentallama"]
    columns = {row.name: row for row in release.metrics("demo") if row.name.startswith("judge_")}
    assert set(columns) == {
        "judge_kindness_warm_words",
        *(f"judge_ctrs_{name.replace('-', '_')}" for name in ctrs.names),
        *(f"judge_mentallama_{name}" for name in mentallama.names),
        *(f"judge_mentallama_by_mistral_{name}" for name in mentallama.names),
    }
    assert (columns[PACING].low_bound, columns[PACING].high_bound) == (0, 6)
    assert columns["judge_kindness_warm_words"].high_bound == 5
    assert columns["judge_ctrs_key_cognitions"].title == "Key cognitions (judge, ctrs)"
    titles = [columns[f"judge_mentallama{by}_overall"].title for by in ("", "_by_mistral")]
    assert titles == ["Overall (judge)", "Overall (judge, mistral)"]


def test_what_was_off_the_menu_or_not_judged_is_absent_and_0_is_a_level(
    release: ReleaseReader,
) -> None:
    ada, eve = cells(release, PACING)
    assert (ada.value, ada.n, ada.n_absent) == (0, 38, 2)
    assert (eve.value, eve.n, eve.n_absent) == (6, 40, 0)
    agenda, _ = cells(release, "judge_ctrs_agenda")
    assert (agenda.value, agenda.n, agenda.n_absent) == (pytest.approx(3 / 39), 39, 1)


def test_a_checklist_with_a_question_unanswered_is_absent_and_the_rest_is_on_the_scale(
    release: ReleaseReader,
) -> None:
    for cell in cells(release, "judge_kindness_warm_words"):
        assert (cell.value, cell.n, cell.n_absent) == (3, 20, 20)


def test_two_judges_by_one_rubric_have_identities_of_their_own(release: ReleaseReader) -> None:
    first, second = (cells(release, f"judge_mentallama{by}_overall") for by in ("", "_by_mistral"))
    assert [cell.value for cell in first] == [1.5, 1.5]
    assert [cell.value for cell in second] == [2.25, 2.25]
    assert {cell.signature for cell in first}.isdisjoint(cell.signature for cell in second)


def test_a_judge_of_the_systems_own_family_is_marked_in_every_cell(release: ReleaseReader) -> None:
    marked = {
        metric: [cell.judge_family for cell in cells(release, metric)]
        for metric in ("judge_mentallama_overall", "judge_mentallama_by_mistral_overall", PACING)
    }
    assert marked == {
        "judge_mentallama_overall": ["own family", "another family"],
        "judge_mentallama_by_mistral_overall": ["another family", "another family"],
        PACING: ["cannot tell", "cannot tell"],
    }
    assert {cell.judge_family for cell in cells(release, "words")} == {None}
    tasks = [task for task in release.tasks() if task.benchmark == "demo"]
    shown = {
        (cell["system"], cell["judge_family"])
        for cell in BoardCells(release).of(tasks, "judge_mentallama_overall")
    }
    assert ("Ada", "own family") in shown


def test_means_over_judges_stand_with_and_without_the_own_family(
    board: DataFolder, release: ReleaseReader
) -> None:
    scales = {row.name: row.scale for row in release.metrics("demo")}
    assert scales["judge_mentallama_by_mistral_overall"] == "mentallama/overall"
    assert scales["words"] == ""
    means = {mean.scale: mean for mean in family_means(release.cells(), scales)}
    ids = {row.system: row.id for row in release.systems("demo")}
    assert means.keys() == {
        f"mentallama/{aspect}"
        for aspect in ("consistency", "reliability", "professionality", "overall")
    }
    assert means["mentallama/overall"] == FamilyMean(
        ids["Ada"], "demo/stress", "mentallama/overall", 2, 1, (1.5 + 2.25) / 2, 2.25
    )
    stated = json.loads(succeed(board.path, "validity", "--format", "json"))
    (overall,) = [row for row in stated["own_family"] if row["scale"] == "mentallama/overall"]
    assert (overall["system"], overall["without"]) == ("Ada 1", 2.25)
    assert ("with own family", 24) in {(row["view"], row["n_view"]) for row in stated["views"]}
    said = succeed(board.path, "validity")
    assert "overall: judges with and without systems of their own family" in said
    assert "Judges of a system's own family" in said


def test_validity_stands_with_and_without_the_texts_of_the_judges_own_family(
    release: ReleaseReader,
) -> None:
    views = {
        (row.metric, row.view): row for row in release.validity_views() if "own family" in row.view
    }
    assert {metric for metric, _ in views} == {
        *(f"judge_mentallama_{aspect}" for aspect in load_rubrics()["mentallama"].names)
    }, "the other is of nobody's family here"
    every = views["judge_mentallama_overall", "with own family"]
    others = views["judge_mentallama_overall", "without own family"]
    assert (every.system, every.n, every.n_view) == ("pooled", 24, 24)
    assert (others.n, others.n_view) == (12, 12)
    places = np.arange(12)
    human = (places % 4 + places // 2 % 4) / 2
    judge = places % 4
    assert others.value == pytest.approx(np.corrcoef(judge, human)[0, 1])


def test_a_page_shows_both(board: DataFolder, open_page: Open) -> None:
    site = open_page("validity", data=board.path, benchmark="demo")
    assert "Judges of a system's own family" in [each.value for each in site.subheader]


def test_systems_are_compared_by_such_a_metric(board: DataFolder, release: ReleaseReader) -> None:
    (compared,) = compare_systems(release, board, ask(release, ["Ada", "Eve"], metric=PACING))
    assert (compared.first_value, compared.second_value) == (0, 6)


def test_it_is_asked_for_by_its_name_alone(board: DataFolder, tasks: dict[str, Task]) -> None:
    Selection("demo", metric=PACING).check(board, tasks)
    assert Selection("demo", metric=PACING).kinds(board) == {"judge_ctrs"}
    with pytest.raises(UnknownName, match="judge_ctrs_pacing"):
        Selection("demo", metric="judge_ctrs_pacin").check(board, tasks)


def cells(release: ReleaseReader, metric: str) -> list[CellRow]:
    """Ada's and Eve's."""
    ids = {row.system: row.id for row in release.systems("demo")}
    return [release.cells(system=ids[name], metric=metric)[0] for name in ("Ada", "Eve")]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            '[[judge_a.demo]]\ncheckpoint = "x"\n[[judge_a.demo]]\ncheckpoint = "y"\n',
            "have no `name`",
        ),
        ('[[judge_a.demo]]\ncheckpoint = "x"\nname = "Q 2"\n', "`name` is 'Q 2'; it must be lower"),
        (
            '[[judge_a.demo]]\ncheckpoint = "x"\nname = "q"\n[[judge_a.demo]]\ncheckpoint = "y"\nname = "q"\n',
            "two judges are called 'q'",
        ),
        ('[[judge_a.demo]]\nname = "q"\n', "`checkpoint` is missing"),
        ("judge_a = 3\n", "must hold a table a benchmark"),
    ],
)
def test_a_list_of_judges_with_faults_is_refused(table: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "scoring.toml"
    path.write_text(f'{table}[bartscore.default]\ncheckpoint = "x"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings("demo", path)
    assert said in str(refused.value)
