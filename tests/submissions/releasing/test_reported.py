"""What papers print is carried as it is printed, checked on load, and published."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.releasing.changes import alterations, changes_between
from submissions.releasing.reported import (
    COLUMNS,
    Reported,
    ReportedError,
    board_reported,
    read_cells,
)
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.released.reported_rows import ReportedRow

PRINTED = Path(__file__).parents[4] / "shared" / "reported"
STRATEGIES = {
    "": "",
    "ZS": "zero-shot",
    "ZS_context": "zero-shot, +context",
    "ZS_mh": "zero-shot, +mental-health",
    "ZS_both": "zero-shot, +both",
    "FS": "few-shot",
    "FT": "multi-dataset instruction fine-tuning",
}
TASKS = {
    "T1": "dreaddit",
    "T2": "depseverity-2",
    "T3": "depseverity-4",
    "T4": "sdcnl",
    "T5": "cssrs-2",
    "T6": "cssrs-5",
    "RedSam_T2": "red-sam",
    "Twt60Users_T2": "twt-60users",
    "Twt60Users_T2_mean_only": "twt-60users",
    "SAD_T1": "sad-stress",
}
SDS = {"RedSam_T2": "RedSam_sd", "Twt60Users_T2": "Twt60_sd", "SAD_T1": "SAD_sd"}
SOURCED = {"Dreaddit": "dreaddit", "DepSeverity": "depseverity", "SDCNL": "sdcnl"} | {
    "CSSRS-Suicide": "cssrs-suicide"
}
XU = "xu2024mentalllm"
Home = tuple[str, str, str, str, str, str, str]
"""Paper, table, system, strategy, trained on, task, value as printed with its SD."""


@pytest.fixture(scope="module")
def reported(tasks: dict[str, Task], tmp_path_factory: pytest.TempPathFactory) -> Reported:
    cells, faults = board_reported(tmp_path_factory.mktemp("board"), tasks)
    assert not faults
    return cells


def rows_of(name: str) -> list[dict[str, str]]:
    with (PRINTED / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def of_mentallama() -> Iterator[Home]:
    for name, paper in (
        ("mentallama_table2_weighted_f1.csv", "yang2024mentallama"),
        ("mentallama_generalizability_weighted_f1.csv", "singh2025"),
    ):
        for row in rows_of(name):
            for column in row.keys() - {"category", "model", "params", "source"}:
                task = f"imhi/{column.lower()}"
                yield (paper, "Table 2", row["model"], "*", "", task, row[column])


def of_tables_5_and_8() -> Iterator[Home]:
    for row in rows_of("mental_llm_table5_deltas.csv"):
        for name in row.keys() - {"model", "strategy"}:
            task = f"mental-llm/{TASKS[name]}" if name != "mean" else ""
            yield (XU, "Table 5", row["model"], STRATEGIES[row["strategy"]], "", task, row[name])
    for row in rows_of("mental_llm_table8_cross_dataset.csv"):
        tuned = row["finetune_dataset"]
        system = "Mental-Alpaca" if tuned == "(ref) Mental-Alpaca" else "Alpaca"
        for name in row.keys() - {"finetune_dataset"}:
            task = f"mental-llm/{TASKS[name[:2]]}"
            yield (XU, "Table 8", system, "*", SOURCED.get(tuned, ""), task, row[name])


def of_tables_9_and_10() -> Iterator[Home]:
    for row in rows_of("mental_llm_table9_external.csv"):
        best = row["category"] == "zero-shot best"
        strategy = "zero-shot, best of its prompts" if best else STRATEGIES["FT"]
        system = row["model"].removesuffix("_ZS_best")
        for name, sd in SDS.items():
            home = (XU, "Table 9", system, strategy, "", f"mental-llm/{TASKS[name]}")
            yield (*home, f"{row[name]} ± {row[sd]}")
    for row in rows_of("mental_llm_table10_balanced_accuracy.csv"):
        strategy = "*" if row["category"] == "baseline" else STRATEGIES[row["strategy"]]
        for name in [n for n in row if n.startswith(("T", "Red")) and not n.endswith("_sd")]:
            column = name if name in TASKS else name[:2]
            sd = row.get(SDS.get(column, f"{column}_sd"), "")
            home = (XU, "Table 10", row["model"], strategy, "", f"mental-llm/{TASKS[column]}")
            yield (*home, row[name] and f"{row[name]}{f' ± {sd}' if sd else ''}")


def of_cbt() -> Iterator[Home]:
    for row in rows_of("cbt_2412.00251_ctrs.csv"):
        value = row["ctrs_total_mean"] and f"{row['ctrs_total_mean']} ± {row['ctrs_total_sd']}"
        yield ("tahir2024cbt", "abstract", row["model"], row["variant"], "", "", value)


def home_of(cell: ReportedRow) -> Home:
    # A model's strategy in these tables is said by its name.
    whole = cell.table in ("Table 2", "Table 8") or cell.category == "baseline"
    strategy = "*" if whole else cell.strategy
    value = f"{cell.printed} ± {cell.printed_sd}" if cell.printed_sd else cell.printed
    return (
        cell.paper,
        cell.table,
        cell.system,
        strategy,
        cell.trained_on,
        cell.task,
        value,
    )


@pytest.mark.skipif(not PRINTED.is_dir(), reason="the collected tables are not here")
def test_every_collected_cell_has_its_home_and_blanks_have_none(reported: Reported) -> None:
    tables = chain(of_mentallama(), of_tables_5_and_8(), of_tables_9_and_10(), of_cbt())
    collected = Counter(home for home in tables if home[-1])
    kept = Counter(home_of(cell) for cell in reported.cells if cell.benchmark != "demo")
    assert kept == collected
    assert kept.total() == 147 + 16 + 126 + 36 + 24 + 238 + 3


def test_cells_are_as_printed_and_compared_as_shares(reported: Reported) -> None:
    cells = {(c.paper, c.table, c.system, c.strategy, c.task): c for c in reported.cells}
    chat = [c for c in reported.cells if (c.system, c.task) == ("MentaLLaMA-chat-13B", "imhi/irf")]
    # Yang et al. 2024 (arXiv:2309.13567), Table 2; Singh and Lohani 2025, Table 2
    assert [(c.paper, c.printed, c.value) for c in chat] == [
        ("yang2024mentallama", "76.49", 0.7649),
        ("singh2025", "67.87", 0.6787),
    ], "two papers' numbers of one system are two"
    # Xu et al. 2024 (arXiv:2307.14385), Table 10
    tuned = "multi-dataset instruction fine-tuning"
    stress = cells["xu2024mentalllm", "Table 10", "Mental-Alpaca", tuned, "mental-llm/dreaddit"]
    assert (stress.value, stress.sd, stress.metric) == (0.816, 0.006, "balanced_accuracy")
    lonely = [c for c in reported.cells if c.task == "imhi/loneliness"]
    assert {c.n for c in lonely} == {531}
    assert all("531 rows, ours 528" in c.caveat for c in lonely)
    generated = [c for c in lonely if c.category != "discriminative"]
    assert {c.metric for c in generated} == {"weighted_f1_imhi_rule"}
    assert all("gives a class to unparsed outputs" in c.caveat for c in generated)


def test_totals_of_another_scale_are_of_no_metric_here(reported: Reported) -> None:
    totals = [c for c in reported.cells if c.paper == "tahir2024cbt"]
    assert max(c.value for c in totals) == 67.86 > 11 * 6
    assert {(c.metric, c.task, c.benchmark, c.unit) for c in totals} == {("", "", "", "points")}
    assert all("shares no axis" in c.caveat for c in totals)


def test_headline_claims_are_recomputed_from_the_cells(reported: Reported) -> None:
    found = {(c.claimed, c.reading): (c.points, c.follows, len(c.cells)) for c in reported.claims}
    prompts = "the best zero-shot prompt a task"
    few = "the best prompt a task, few-shot too"
    expected = {
        ("23.4", "Alpaca’s plain zero-shot prompt"): (23.4, True),
        ("10.9", prompts): (10.87, True),
        ("10.9", few): (10.1, False),
        ("4.8", f"Mental-Alpaca, {prompts}"): (4.1, False),
        ("4.8", f"Mental-Alpaca, {few}"): (4.0, False),
        ("4.8", f"Mental-FLAN-T5, {prompts}"): (6.6, False),
        ("4.8", f"Mental-FLAN-T5, {few}"): (6.5, False),
    }
    assert {key: found[key][1] for key in expected} == {k: v for k, (_, v) in expected.items()}
    for key, (points, _) in expected.items():
        assert found[key][0] == pytest.approx(points, abs=0.05)
        assert found[key][2] == 12, "a pair of cells a task"
    assert found["11.33", ""] == (None, None, 0), "claimed; cells not printed"
    assert len(found) == len(expected) + 1


def test_a_claim_takes_the_best_of_the_other_side_task_by_task(reported: Reported) -> None:
    (claim,) = [c for c in reported.claims if c.reading == "the best zero-shot prompt a task"]
    against = [cell for cell in claim.cells if cell["system"] == "GPT-3.5"]
    # Table 10's highest of the four rows of GPT-3.5, by hand
    assert [cell["printed"] for cell in against] == [
        "0.688",
        "0.653",
        "0.642",
        "0.632",
        "0.617",
        "0.310",
    ]


HEAD = ",".join(COLUMNS)
GOOD = dict.fromkeys(COLUMNS, "") | {
    "paper": "p2020",
    "table": "Table 1",
    "system": "S",
    "benchmark": "demo",
    "task": "demo/stress",
    "set": "stress",
    "metric": "accuracy",
    "printed_metric": "accuracy",
    "unit": "per cent",
    "value": "71.5",
}


def written(path: Path, *rows: dict[str, str], head: str = HEAD) -> Path:
    lines = [",".join(row[name] for name in COLUMNS) for row in rows]
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"paper": "p2021"}, "`paper` is 'p2021', not a paper that sources.toml has"),
        ({"unit": "percent"}, "did you mean 'per cent'"),
        ({"metric": "acuracy"}, "did you mean 'accuracy'"),
        ({"task": "demo/stres"}, "did you mean 'demo/stress'"),
        ({"benchmark": "imhi"}, "which is of another"),
        ({"value": ""}, "`value` is blank; a cell that a paper does not print has no row"),
        ({"value": "NOT FOUND"}, "it must be a number as printed"),
        ({"value": "715"}, "which accuracy cannot be"),
        ({"value": "9" * 400, "metric": ""}, "it must be a number as printed"),
        ({"sd": "-1.0"}, "must not be negative"),
        ({"n": "0"}, "whole number of examples"),
        ({"n": "9" * 5_000}, "whole number of examples"),
        ({}, "the same cell as line 2"),
    ],
)
def test_every_fault_is_named_with_its_line(
    tmp_path: Path, tasks: dict[str, Task], wrong: dict[str, str], said: str
) -> None:
    second = GOOD | ({"system": "R"} | wrong if wrong else {})
    path = written(tmp_path / "own.csv", GOOD, second, GOOD | {"system": "T", "unit": "ell"})
    with pytest.raises(ReportedError) as refused:
        read_cells(path, {"p2020"}, tasks)
    first, last = str(refused.value).splitlines()
    assert first.startswith(f"{path}: line 3: ")
    assert said.casefold() in first.casefold()
    assert "line 4: `unit` is 'ell'" in last


def test_blanks_around_a_cell_are_no_part_of_it(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = written(tmp_path / "own.csv", GOOD | {"sd": " ", "n": " 40 ", "value": " 71.5"})
    (cell,) = read_cells(path, {"p2020"}, tasks)
    assert (cell.value, cell.printed, cell.sd, cell.n) == (0.715, "71.5", None, 40)


CLAIM = """[p2020]
authors = ["Poe, P."]
year = {year}
[[p2020.claims]]
text = "Ours is better."
claimed = "{claimed}"
"""


@pytest.mark.parametrize(
    ("claimed", "year", "said"),
    [
        ("8.4 points", "2020", "it must be a number, as text"),
        (">8.4", "2020", "it must be a number, as text"),
        ("8.4\\n", "2020", "it must be a number, as text"),
        ("9" * 400, "2020", "it must be a number, as text"),
        ("8.4", "9" * 30, "it must be a year"),
        ("8.4", "9" * 5_000, "not TOML"),
    ],
)
def test_a_claim_that_is_no_number_is_a_fault_of_its_file(
    tmp_path: Path,
    tasks: dict[str, Task],
    reported: Reported,
    claimed: str,
    year: str,
    said: str,
) -> None:
    own = tmp_path / "reported"
    own.mkdir()
    (own / "sources.toml").write_text(CLAIM.format(claimed=claimed, year=year), encoding="utf-8")
    left, (fault,) = board_reported(tmp_path, tasks)
    assert left == reported, "what is shipped stays"
    assert said in fault.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("unit", "units"), "has no column unit and does not need a column units"),
        ("", "has no column paper"),
        (f"{HEAD}\na,b\n", "line 2: 2 cells where there are 17 columns"),
        (f'{HEAD}\n"a\n', "cannot be read as CSV"),
        (None, "cannot be read as CSV"),
    ],
)
def test_what_is_no_table_is_said_plainly(
    tmp_path: Path, tasks: dict[str, Task], text: str | None, said: str
) -> None:
    path = tmp_path / "own.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportedError, match=said):
        read_cells(path, {"p2020"}, tasks)


def test_a_boards_own_papers_and_cells_stand_beside_the_shipped_ones(
    tmp_path: Path, tasks: dict[str, Task], reported: Reported
) -> None:
    own = tmp_path / "reported"
    own.mkdir()
    written(own / "own.csv", GOOD)
    (unsourced,) = board_reported(tmp_path, tasks)[1]
    assert "'p2020', not a paper" in unsourced.text
    (own / "sources.toml").write_text('[p2020]\nauthors = ["Poe, P."]\nyear = 2020\n')
    both, faults = board_reported(tmp_path, tasks)
    assert not faults
    assert both.cells[:-1] == reported.cells
    assert (both.papers[-1].key, both.cells[-1].value) == ("p2020", 0.715)
    # A fault of the board's own sources takes nothing of what is shipped.
    (own / "sources.toml").write_text('[p2020]\nyear = "2020"\nauthor = "Poe"\n')
    left, faults = board_reported(tmp_path, tasks)
    assert left == reported
    assert [fault.path.name for fault in faults] == ["sources.toml", "own.csv"]
    assert len(faults[0].text.splitlines()) == 3, "year, author and authors at once"


def test_invented_papers_stand_with_invented_boards_alone(reported: Reported) -> None:
    real = reported.without({"demo"})
    assert {cell.benchmark for cell in real.cells} == {"imhi", "mental-llm", ""}
    assert not [paper for paper in real.papers if "invented" in paper.note]
    assert real.claims == reported.claims


def test_a_release_states_them_and_says_when_they_change(reported: Reported) -> None:
    empty = ReleaseContent((), (), (), (), (), (), ())
    stated = replace(empty, papers=reported.papers, reported=reported.cells, claims=reported.claims)
    assert stated.digest() != empty.digest()
    added = changes_between(empty, stated)
    assert {change.details["table"] for change in added} == {"papers", "reported", "claims"}
    assert not alterations(added), "what only adds needs no reason"
    corrected = replace(
        stated, reported=(replace(reported.cells[0], value=0.5), *reported.cells[1:])
    )
    (change,) = changes_between(stated, corrected)
    assert "1 rows gone or other, 1 in place" in change.why
    assert alterations((change,)), "a correction needs one"


def test_shipped_files_are_what_the_readme_lists() -> None:
    folder = DECLARATIONS / "reported"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in readme for path in folder.glob("*.*") if path.suffix != ".md")
