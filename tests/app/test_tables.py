from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest

from app.site.tables.base import SD, Table
from app.site.tables.board import DEFAULT_FIXED, FLIPS, Beside, board_table, taken, task_column
from app.site.tables.board_frame import (
    BASELINE,
    CELLS,
    MEAN,
    PARTIAL,
    SYSTEM,
    BoardFrame,
    Filters,
    arranged,
    families,
    incomplete,
    kept,
    make_board,
    means,
    size_class,
    thin_cells,
    unparsed,
)
from app.site.tables.comparison import difference_table, example_table
from app.site.tables.side_by_side import ComparedAnswers, runs_of
from app.site.tables.system import runs_table, system_table
from app.site.tables.task import (
    DETAILS,
    breakdown_table,
    class_table,
    detail_table,
    mean_details,
    task_table,
)
from submissions.releasing.itemwise import Answers

REAL = "imhi-expert"
TASKS = ["imhi-expert/dreaddit", "imhi-expert/irf", "imhi-expert/severity"]


def cells(invented: ModuleType, columns: tuple[str, ...], **equal: str) -> pd.DataFrame:
    rows = [vars(row) for row in invented.real_board()[0]]
    return pd.DataFrame(
        [{n: r[n] for n in columns} for r in rows if all(r[k] == v for k, v in equal.items())]
    )


@pytest.fixture
def board(invented: ModuleType) -> BoardFrame:
    overall = [row for row in invented.real_board()[1] if row.metric == "weighted_f1"]
    return make_board(
        invented.SYSTEMS, overall, cells(invented, CELLS, metric="weighted_f1"), TASKS
    )


def order(board: BoardFrame, column: str, *, descending: bool) -> list[str]:
    everyone = pd.Series(True, index=board.systems.index)
    values = {MEAN: board.overall["value"], SYSTEM: None}.get(
        column, board.cells["value"].get(column)
    )
    partial = incomplete(board.overall)
    return board.systems.loc[
        arranged(board, everyone, values, descending=descending, partial=partial), SYSTEM
    ].tolist()


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("column", [MEAN, SYSTEM, *TASKS])
def test_partial_systems_stand_below_complete_ones(
    board: BoardFrame, column: str, descending: bool
) -> None:
    assert set(order(board, column, descending=descending)[-2:]) == {"half", "=1+1"}


@pytest.mark.parametrize("descending", [True, False])
def test_blanks_stand_last_whatever_the_direction(board: BoardFrame, descending: bool) -> None:
    assert order(board, "imhi-expert/severity", descending=descending)[-2:] == ["=1+1", "half"]
    assert order(board, "imhi-expert/dreaddit", descending=descending)[-2:] == ["half", "=1+1"]


def test_order_follows_the_column_and_the_direction(
    board: BoardFrame, invented: ModuleType
) -> None:
    by_task = order(board, "imhi-expert/dreaddit", descending=True)
    assert by_task[:4] == ["beta", "alpha", invented.HOSTILE, "majority label"]
    assert order(board, MEAN, descending=False)[:4] == [
        "majority label",
        invented.HOSTILE,
        "beta",
        "alpha",
    ]
    assert order(board, SYSTEM, descending=True)[:4] == [
        "majority label",
        "beta",
        "alpha",
        invented.HOSTILE,
    ]


def test_filters_look_at_names_methods_sizes_and_baselines(board: BoardFrame) -> None:
    def left(**filters: object) -> set[str]:
        return set(board.systems.loc[kept(board, Filters(**filters)), SYSTEM])  # type: ignore[arg-type]

    assert left(text="ALPHA") == {"alpha"}
    assert left(text="**bold** <script>") != set(), "a search is text, no pattern"
    assert "majority label" not in left(baselines=False)
    assert left(methods=("few-shot",)) == set()
    assert len(left(sizes=("medium",), methods=("zero-shot",))) == 6


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7B", "medium"),
        ("7000000000", "medium"),
        ("110M", "small"),
        ("1.76T", "huge"),
        ("70b", "large"),
        ("unknown", "none"),
        ("", "none"),
        ("0", "none"),
        ("1.2.3B", "none"),
        ("7e9", "medium"),
    ],
)
def test_sizes_are_read_however_they_are_declared(text: str, size: str) -> None:
    assert size_class(text) == size


def test_a_mean_over_some_tasks_has_no_rank_and_leaves_blanks_out(board: BoardFrame) -> None:
    found = means(board, TASKS[:2])
    by_name = found.set_axis(board.systems[SYSTEM])
    assert by_name.loc["alpha", "value"] == pytest.approx((0.812 + 0.701) / 2)
    assert by_name.loc["half", "value"] == pytest.approx(0.95), "over what it covers"
    assert by_name.loc["half", ["covered", "total"]].tolist() == [1, 2]
    assert found["rank"].isna().all()
    assert found["low"].isna().all(), "an interval of another mean is not its own"
    one = means(board, TASKS[:1]).set_axis(board.systems[SYSTEM])
    assert one.loc["alpha", ["low", "high"]].tolist() == pytest.approx([0.712, 0.912])


def test_a_family_is_blank_where_one_of_its_tasks_is(
    board: BoardFrame, invented: ModuleType
) -> None:
    rows = [*invented.TASKS[:2], invented.task(TASKS[2], family="severity")]
    found = families(board, rows).cells
    values = found["value"].set_axis(board.systems[SYSTEM])
    assert values.loc["alpha", "stress detection"] == pytest.approx((0.812 + 0.701) / 2)
    assert math.isnan(values.loc["half", "stress detection"])
    assert found["low"]["stress detection"].isna().all()
    assert found["low"]["severity"].notna().any(), "one task alone keeps its interval"


def the_table(board: BoardFrame, invented: ModuleType, *, intervals: bool) -> Table:
    everyone = pd.Series(True, index=board.systems.index)
    partial = incomplete(board.overall)
    ids = arranged(board, everyone, board.overall["value"], descending=True, partial=partial)
    metric = invented.METRICS[0]
    columns = {task.id: task_column(task, metric) for task in invented.TASKS[:3]}
    whole = board_table(board, board.overall, partial, metric, columns, None)
    return taken(whole, ids, DEFAULT_FIXED, list(columns), intervals=intervals, deviations=True)


def test_board_keeps_blanks_blank_and_partial_systems_unranked(
    board: BoardFrame, invented: ModuleType
) -> None:
    frame = the_table(board, invented, intervals=True).drawn().set_index(SYSTEM)
    assert frame["rank"].dropna().to_dict() == invented.RANKS
    doubts = {name: f"{rank}–{rank + 1}" for name, rank in invented.RANKS.items()}
    assert {name: text for name, text in frame["ranks"].items() if text} == doubts
    assert frame[MEAN].to_dict() == {
        name: round(value, 3) for name, value in invented.MEANS.items()
    }
    for system, values in invented.WEIGHTED_F1.items():
        shown = [frame.loc[system, task] for task in TASKS]
        assert [None if math.isnan(value) else value for value in shown] == list(values)
    assert math.isnan(frame.loc["half", "imhi-expert/irf low"])
    assert frame.loc["alpha", ["imhi-expert/irf low", "imhi-expert/irf high"]].tolist() == [
        0.601,
        0.801,
    ]
    assert frame.loc["half", "coverage"] == "1 of 3"
    assert frame.loc["alpha", "unparsed"] == "15 of 105"
    assert frame.loc["half", "unparsed"] == "0 of 35", (
        "of the outputs it has, not of those it left out"
    )
    assert frame["notes"].tolist() == [[], [], [], [BASELINE], [PARTIAL], [PARTIAL]]


def test_a_phone_sees_rank_name_and_mean_first(board: BoardFrame, invented: ModuleType) -> None:
    table = the_table(board, invented, intervals=False)
    assert list(table.drawn())[:3] == ["rank", SYSTEM, MEAN]
    assert set(table.drawn()) <= set(table.columns)
    assert sum(table.columns[name]["width"] for name in ("rank", SYSTEM, MEAN)) <= 390 - 32


def test_cells_show_their_signature_and_why_they_are_blank(
    board: BoardFrame, invented: ModuleType
) -> None:
    names = dict(board.systems[SYSTEM])
    rows = pd.concat([mean_details(board.overall), cells(invented, DETAILS, metric="weighted_f1")])
    frame = detail_table(
        rows, names, {MEAN: "Mean", **{task: task for task in TASKS}}, "task", 3
    ).frame
    assert frame["column"].value_counts().to_dict() == dict.fromkeys(("Mean", *TASKS), 6)
    blank = frame[frame["value"].isna()]
    assert set(blank["why_blank"]) == {"task not submitted"}
    assert blank[["n", "n_unparsed", "n_absent", "span"]].replace("", pd.NA).isna().all(axis=None)
    alpha = frame[frame[SYSTEM] == "alpha"].set_index("column")
    assert (
        alpha.loc[TASKS[0], "signature"]
        == "weighted_f1|v:1|task:imhi-expert/dreaddit@1|read:reasonboard/1"
    )
    assert alpha.loc[TASKS[0], ["n", "n_unparsed"]].tolist() == [35, 5]
    assert alpha.loc["Mean", "signature"] == "weighted_f1|v:1|mean-of:3 tasks"
    assert alpha.loc["Mean", "span"] == "0.621–0.721"
    assert pd.isna(alpha.loc["Mean", "n"])


def test_system_table_links_to_web_pages_only(invented: ModuleType) -> None:
    frame = system_table(invented.SYSTEMS).frame.set_index("System")
    assert frame.loc["alpha", "Link"] == "https://example.org/model"
    assert frame.loc[["beta", invented.HOSTILE], "Link"].isna().all()
    assert frame["Trained on"][["alpha", "beta"]].tolist() == [
        "none of the tasks' data",
        "undeclared",
    ]
    assert frame.loc["half", "Trained on"] == "dreaddit, sad"
    assert frame.loc["alpha", "Version"] == "2 (of 3 submitted, 2 published)"


def test_task_table_counts_unparsed_once(invented: ModuleType) -> None:
    severity = cells(invented, CELLS, task="imhi-expert/severity")
    board = make_board(invented.SYSTEMS, (), severity, ["weighted_f1", "mae"], by="metric")
    everyone = pd.Series(True, index=board.systems.index)
    ids = arranged(board, everyone, board.cells["value"]["mae"], descending=False)
    frame = (
        task_table(board, ids, invented.METRICS[:2], "weighted_f1", intervals=False)
        .drawn()
        .set_index(SYSTEM)
    )
    assert list(frame.index) == [
        "=1+1",
        "alpha",
        "beta",
        invented.HOSTILE,
        "majority label",
        "half",
    ]
    assert frame.loc["alpha", "unparsed"] == "5 of 35"
    assert frame.loc["half", "unparsed"] == ""


def test_breakdown_has_intervals_and_counts(invented: ModuleType) -> None:
    names = {system.id: system.system for system in invented.SYSTEMS}
    table = breakdown_table(invented.content().breakdowns, names, invented.METRICS[0])
    assert table.drawn().iloc[0].to_dict() == {
        "attribute": "factor: belongingness",
        SYSTEM: "alpha",
        "value": 0.7,
        "span": "0.500–0.900",
        "n": 20,
    }
    assert table.frame["n"].tolist() == [20, 20, 15, 15]
    assert breakdown_table([], names, invented.METRICS[0]).frame.empty


def test_class_shares_are_of_all_examples(invented: ModuleType) -> None:
    assert class_table(invented.TASKS[2]).frame["share"].tolist() == pytest.approx(
        [100 * n / 35 for n in (20, 10, 5)]
    )
    nobody = invented.task("imhi-expert/empty", classes={"no": 0, "yes": 0})
    assert class_table(nobody).frame["share"].isna().all()


def test_a_deviation_over_runs_is_a_column_where_a_system_shown_has_one(
    invented: ModuleType,
) -> None:
    frame = cells(invented, CELLS, metric="weighted_f1")
    alphas = (frame["task"] == TASKS[1]) & (frame["system"] == f"{REAL}:alpha:1")
    frame["sd"] = frame["sd"].mask(alphas, 0.0214)
    overall = [row for row in invented.real_board()[1] if row.metric == "weighted_f1"]
    overall = [replace(row, sd=0.01) if row.system.endswith("alpha:1") else row for row in overall]
    board = make_board(invented.SYSTEMS, overall, frame, TASKS)
    table = the_table(board, invented, intervals=True)
    assert [name for name in table.names if name.endswith(SD)] == [MEAN + SD, TASKS[1] + SD]
    drawn = table.drawn().set_index(SYSTEM)[TASKS[1] + SD]
    assert (drawn["alpha"], drawn.notna().sum()) == (0.021, 1)
    without = taken(table, board.systems.index[1:], (), TASKS, intervals=False, deviations=True)
    assert not [name for name in without.names if name.endswith(SD)], "beta and others ran once"
    hidden = taken(table, board.systems.index, (), TASKS, intervals=False, deviations=False)
    assert [name for name in hidden.names if name.endswith(SD)] == [MEAN + SD]
    assert TASKS[1] + SD in hidden.frame, "every export has it"


def test_a_flip_rate_is_a_column_where_a_system_shown_ran_several_times(
    board: BoardFrame, invented: ModuleType
) -> None:
    flips = board.overall.assign(value=float("nan"), covered=0)
    alpha = f"{REAL}:alpha:1"
    flips.loc[alpha, ["value", "low", "high", "covered", "total"]] = [0.25, 0.1, 0.4, 3, 3]
    metric = invented.metric("flip_rate", 9, grouping="stability", higher_is_better=False)
    everyone = incomplete(board.overall)
    columns = {task.id: task_column(task, metric) for task in invented.TASKS[:3]}
    whole = board_table(
        board, board.overall, everyone, metric, columns, None, {FLIPS: Beside(metric, flips)}
    )
    shown = taken(whole, board.systems.index, (FLIPS,), (), intervals=True, deviations=True)
    assert shown.names[-3:] == [FLIPS, f"{FLIPS} low", f"{FLIPS} high"]
    assert shown.drawn().set_index(SYSTEM)[FLIPS].dropna().to_dict() == {"alpha": 0.25}
    others = board.systems.index.drop(alpha)
    without = taken(whole, others, (FLIPS,), (), intervals=True, deviations=True)
    assert FLIPS not in without.names


def test_a_systems_runs_are_told_task_by_task(invented: ModuleType) -> None:
    rows = [
        replace(row, repetitions=4, sd=0.02, sd_prompts=0.03, sd_seeds=0.01)
        if row.task == TASKS[0]
        else row
        for row in invented.real_board()[0]
        if row.system == f"{REAL}:alpha:1"
    ]
    owner, task = invented.SYSTEMS[0], invented.TASKS[0]
    rows.append(invented.cell(owner, task, "flip_rate", 0.3, repetitions=4))
    metrics = {metric.name: metric for metric in invented.METRICS} | {
        "flip_rate": invented.metric("flip_rate", 9, grouping="stability")
    }
    details = pd.DataFrame([{name: vars(row)[name] for name in DETAILS} for row in rows])
    (shown,) = runs_table(details, invented.TASKS[:3], metrics).drawn().to_dict("records")
    assert {name: shown[name] for name in ("task", "runs", "value", "sd", "sd_prompts")} == {
        "task": "dreaddit",
        "runs": 4,
        "value": 0.812,
        "sd": 0.02,
        "sd_prompts": 0.03,
    }
    assert [shown[f"flip_rate{end}"] for end in ("", " low", " high")] == [0.3, 0.2, 0.4]
    once = details.assign(repetitions=1)
    assert runs_table(once, invented.TASKS[:3], metrics).frame.empty


def thin_board(invented: ModuleType) -> BoardFrame:
    """The board, beta's value on irf being of 12 of the 35 examples, and alpha's of 34; baselines
    have all.
    """
    frame = cells(invented, CELLS, metric="weighted_f1")
    few = {f"{REAL}:beta:1": 12, f"{REAL}:alpha:1": 34}
    on_irf = (frame["task"] == TASKS[1]) & frame["system"].isin(few)
    frame.loc[on_irf, "n"] = frame.loc[on_irf, "system"].map(few)
    frame["n_absent"] = 35 - frame["n"]
    overall = [row for row in invented.real_board()[1] if row.metric == "weighted_f1"]
    return make_board(invented.SYSTEMS, overall, frame, TASKS)


def test_a_value_on_too_few_examples_is_in_no_mean(invented: ModuleType) -> None:
    """The release's own rule: fewer than 95% of what the fullest system has."""
    board = thin_board(invented)
    found = means(board, TASKS[:2])
    assert found.loc[f"{REAL}:beta:1", ["value", "covered", "total"]].tolist() == [0.9, 1, 2]
    assert incomplete(found)[f"{REAL}:beta:1"]
    assert found.loc[f"{REAL}:alpha:1", ["value", "covered"]].tolist() == [
        pytest.approx((0.812 + 0.701) / 2),
        2,
    ]
    alone = means(board, TASKS[1:2])
    assert alone.loc[f"{REAL}:beta:1", ["value", "low", "high"]].isna().all()
    rows = [invented.task(name) for name in TASKS]
    assert math.isnan(
        families(board, rows).cells["value"].loc[f"{REAL}:beta:1", "stress detection"]
    )
    assert board.cells["value"].loc[f"{REAL}:beta:1", TASKS[1]] == 0.65, "the cell keeps its value"
    assert thin_cells(board, board.systems.index, TASKS) == [("beta", TASKS[1], 12, 35)]


def test_what_is_there_counts_and_not_what_a_metric_could_say_of_it(invented: ModuleType) -> None:
    frame = cells(invented, CELLS, metric="weighted_f1")
    some = (frame["task"] == TASKS[1]) & (frame["system"] == f"{REAL}:beta:1")
    frame.loc[some, ["n", "n_absent", "n_given"]] = [12, 23, 35]
    overall = [row for row in invented.real_board()[1] if row.metric == "weighted_f1"]
    board = make_board(invented.SYSTEMS, overall, frame, TASKS)
    assert means(board, TASKS[:2]).loc[f"{REAL}:beta:1", ["covered", "total"]].tolist() == [2, 2]
    assert not thin_cells(board, board.systems.index, TASKS)


def test_unparsed_outputs_are_the_same_by_task_and_by_family(invented: ModuleType) -> None:
    """A metric that leaves half of a task out has no value by family; the outputs that were sent
    stay as they are.
    """
    frame = cells(invented, CELLS, metric="weighted_f1")
    some = (frame["task"] == TASKS[1]) & (frame["system"] == f"{REAL}:alpha:1")
    frame.loc[some, ["n", "n_absent", "n_unparsed"]] = [17, 18, 18]
    board = make_board(invented.SYSTEMS, (), frame, TASKS)
    rows = [invented.task(name) for name in TASKS]
    by_family = families(board, rows)
    ids = board.systems.index[board.systems[SYSTEM] == "alpha"]
    assert by_family.cells["value"].loc[ids].isna().all(axis=None)
    assert unparsed(board, TASKS, ids) == ["28 of 105"]
    assert unparsed(by_family, by_family.columns, ids) == ["28 of 105"]


def test_details_say_which_values_rest_on_too_few_examples(invented: ModuleType) -> None:
    rows = cells(invented, DETAILS, metric="weighted_f1")
    rows.loc[(rows["system"] == f"{REAL}:beta:1") & (rows["task"] == TASKS[1]), "n"] = 12
    named = {f"{REAL}:beta:1": "beta"}  # what others have counts though they are not shown
    shown = detail_table(rows, named, {name: name for name in TASKS}, "task", 3).frame.set_index(
        "column"
    )
    assert (
        shown.loc[TASKS[1], "why_blank"]
        == "fewer than 95% of the 35 examples that others answered or explained"
    )
    assert shown.loc[TASKS[0], "why_blank"] == ""


def test_a_mean_over_fewer_tasks_never_stands_beside_one_over_all(
    board: BoardFrame, invented: ModuleType
) -> None:
    metrics = {metric.name: metric for metric in invented.METRICS}
    columns = {name: task_column(invented.task(name), metrics["bartscore"]) for name in TASKS}
    partial = incomplete(board.overall)
    beside = Beside(metrics["weighted_f1"], board.overall)
    frame = board_table(
        board, board.overall, partial, metrics["bartscore"], columns, beside
    ).frame.set_index(SYSTEM)
    assert frame.loc["alpha", "beside"] == pytest.approx(0.671)
    assert frame.loc["half", ["beside", "beside low", "beside high"]].isna().all()
    assert frame.loc["half", "beside span"] == ""


def test_a_label_of_several_runs_is_said_to_be_the_firsts(invented: ModuleType) -> None:
    names = [
        "task",
        "example",
        "gold",
        "labelled",
        "label 0",
        "answered 0",
        "right 0",
        "score 0",
        "label 1",
        "answered 1",
        "right 1",
        "score 1",
        "spread",
    ]
    rows = pd.DataFrame(
        [[TASKS[0], "1", "yes", True, "yes", True, 1.0, 0.5, "no", True, 0.0, 0.4, 0.1]],
        columns=names,
    )
    table = example_table(
        rows, ["alpha", "beta"], [3, 1], invented.METRICS[2], {TASKS[0]: str}, several_tasks=False
    )
    heads = [table.columns[f"label {number}"]["label"] for number in (0, 1)]
    assert heads == ["alpha: label, run 1 of 3", "beta: label"]
    first = Answers((), (), 3)
    compared = [
        ComparedAnswers("a", (), [first, None], [None, None]),
        ComparedAnswers("b", (), [None, None], [None, None]),
    ]
    assert runs_of(compared, 2) == [3, 1]


def test_help_says_which_tests_holms_correction_is_over(
    board: BoardFrame, invented: ModuleType
) -> None:
    """`compare_systems` adjusts over all pairs, of which the table shows those with the first."""
    ids = list(board.systems.index[:3])
    rows = [invented.task(TASKS[0])]
    table = difference_table(board, rows, ["a", "b", "c"], ids, invented.METRICS[0], ())
    assert "of all pairs of the chosen systems" in table.columns["p_holm"]["help"]
    assert "this table" not in table.columns["p_holm"]["help"]
