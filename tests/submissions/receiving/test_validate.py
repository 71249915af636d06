"""Rows against tasks and gold: every problem is found, said by place, and nothing else is one."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scoring.extraction import EXTRACTION, read
from scoring.segments import Example
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_imhi
from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats import Row, read_rows
from submissions.receiving.formats.row import NamedRun
from submissions.receiving.validate import Checked, check
from submissions.store.files import outputs as stored
from submissions.store.files.outputs import (
    OutputsError,
    parse_rules,
    read_outputs,
    run_names,
    segments,
    stored_hashes,
    thought_lengths,
    write_outputs,
)

Gold = dict[str, tuple[Example, ...]]


def example(name: str, index: int, gold: str, sentence: str) -> Example:
    full = f"{sentence} Reasoning: The writer \\ says so in post {index}, twice."
    post = f"An invented post, number {index}."
    return Example(
        f"{name}-{index:04}",
        f"p-{index}",
        f"{post} What is it?",
        post,
        gold,
        "The writer says so.",
        full,
    )


@pytest.fixture(scope="module")
def gold() -> Gold:
    sad = [
        example("sad", i, "work", "This post shows the stress cause related to work.")
        for i in range(1, 21)
    ]
    dr = [example("dr", i, "yes", "Yes, the poster suffers from depression.") for i in range(1, 4)]
    return {"imhi/sad": tuple(sad), "imhi/dr": tuple(dr), "imhi-expert/dr": tuple(dr)}


def complete(gold: Gold, name: str = "imhi/sad", **fields: str | None) -> list[Row]:
    given = {
        "output": (
            "This post shows the stress cause related to work. Reasoning: There is a boss in it."
        )
    } | fields
    return [Row("o.csv", i, name, e.example_id, **given) for i, e in enumerate(gold[name], start=2)]


def generated(gold: Gold, name: str = "imhi/sad") -> list[Row]:
    return [
        Row("SAD.csv", i + 2, name, None, "Work.", golden=e.reference_full, position=i)
        for i, e in enumerate(gold[name])
    ]


def only(checked: Checked) -> Problem:
    (problem,) = checked.problems
    return problem


def test_a_complete_submission_is_accepted_in_the_tasks_order(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [
        *reversed(complete(gold)),
        *complete(gold, "imhi/dr", output="Yes. Reasoning: It says so."),
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    assert checked.accepted
    assert checked.tasks == ("imhi/dr", "imhi/sad")
    assert [run.example_ids for run in checked.runs] == [
        tuple(e.example_id for e in gold[name]) for name in ("imhi/dr", "imhi/sad")
    ]
    sad = checked.coverage[1]
    assert (sad.expected, sad.repetitions, sad.rows, sad.parse_rate) == (20, 1, 20, 1.0)
    assert sum(sad.rules.values()) == 20


def test_rows_say_what_was_read(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = complete(gold, "imhi/dr", output="I cannot tell.")
    rows[0] = replace(rows[0], output=None, label="NO", explanation="It says so.")
    found = list(check(rows, gold, tasks, "imhi").require().rows())
    assert [list(row) for row in found] == [
        ["task", "example_id", "label", "rule", "reason", "stages", "explanation", "reasoning"]
    ] * 3
    assert [row["label"] for row in found] == ["no", None, None]
    assert found[0]["explanation"] == "It says so."
    assert found[1]["reason"]
    assert found[1]["rule"] is None


def test_rows_say_what_was_cut_off_before_they_were_read(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = complete(
        gold, "imhi/dr", output="<think>No?</think>Yes.<|im_end|>\n<|im_start|>user\nWhy?"
    )
    found = list(check(rows, gold, tasks, "imhi").require().rows())
    assert [(row["label"], row["stages"], row["reasoning"]) for row in found] == [
        ("yes", "channel: think; echo: next turn; bare answer: opening", "No?")
    ] * 3


def test_a_prompt_and_a_seed_name_a_repetition(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = [
        replace(row, run=NamedRun(prompt, seed))
        for prompt in ("plain", "with context")
        for seed in ("1", "2", "3")
        for row in complete(gold, "imhi/dr", output="Yes.")
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    assert [(run.repetition, run.named) for run in checked.runs] == [
        (1, ("plain", "1")),
        (2, ("plain", "2")),
        (3, ("plain", "3")),
        (4, ("with context", "1")),
        (5, ("with context", "2")),
        (6, ("with context", "3")),
    ]
    (note,) = checked.notes
    assert note.text.startswith(
        "repetitions by 2 prompts and 3 seeds: 1 is prompt plain and seed 1, "
    )
    first = next(checked.rows())
    assert (first["repetition"], first["prompt"], first["seed"]) == (1, "plain", "1")


def test_a_design_with_gaps_is_said_and_a_prompt_without_all_examples_refused(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [
        replace(row, run=NamedRun(prompt, seed))
        for prompt, seed in (("plain", "1"), ("plain", "2"), ("with context", "1"))
        for row in complete(gold, "imhi/dr", output="Yes.")
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    assert [note.text for note in checked.notes][1:] == [
        "not every prompt was run with every seed: plain with 2 seeds; with context with 1 seed. The"
        " value is the mean over the repetitions, so that prompts with more of them weigh more"
    ]
    (problem,) = check(rows[:-1], gold, tasks, "imhi").problems
    assert problem.problem.endswith(" is missing in prompt with context and seed 1")
    tasks_apart = [*rows, *complete(gold)]
    assert check(tasks_apart, gold, tasks, "imhi").require().notes[-1].text == (
        "imhi/dr has 3 repetitions and imhi/sad 1: a mean over the tasks has no standard"
        " deviation over repetitions"
    )


def test_a_column_of_whole_prompts_names_no_repetition(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = [
        replace(row, run=NamedRun(None, "7")) for row in complete(gold, "imhi/dr", output="Yes.")
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    assert [run.repetition for run in checked.runs] == [1]
    assert "column `prompt`, which holds prompts" in checked.notes[0].text


def test_names_of_repetitions_and_a_classifiers_labels_are_stored(
    tmp_path: Path, gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [
        replace(row, run=NamedRun("plain", seed), classified=("no", "YES", "maybe")[n])
        for seed in ("1", "2")
        for n, row in enumerate(complete(gold, "imhi/dr", output="Yes."))
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    path = tmp_path / "outputs"
    write_outputs(path, checked.runs)
    stored = read_outputs(path).runs
    assert [run.named for run in stored] == [("plain", "1"), ("plain", "2")]
    assert [run.classified for run in stored] == [("no", "yes", None)] * 2
    assert run_names(path) == {"imhi/dr": [("plain", "1"), ("plain", "2")]}
    assert [row["classifier"] for row in checked.rows()][:3] == ["no", "yes", None]
    said = checked.notes[-1].text
    assert "in 6 rows" in said
    assert "2 of 4 agree with what is read here" in said
    assert "2 are no label of the task" in said


def test_how_long_thoughts_are_is_stored_without_them(
    tmp_path: Path, gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = complete(gold, "imhi/dr", output="<think>One two three.</think>Yes.")
    rows[1] = replace(rows[1], output="Yes.")
    path = tmp_path / "outputs"
    write_outputs(path, check(rows, gold, tasks, "imhi").require().runs)
    assert thought_lengths(path) == {"imhi/dr": [3, 3]}


def test_an_empty_generation_is_an_unparsed_answer(gold: Gold, tasks: dict[str, Task]) -> None:
    checked = check(complete(gold, output=""), gold, tasks).require()
    assert checked.coverage[0].parse_rate == 0.0
    assert sum(checked.coverage[0].unparsed.values()) == 20


def test_none_is_an_answer_where_several_labels_are_asked_for(tasks: dict[str, Task]) -> None:
    feelings = "demo/feelings"
    several = {feelings: (Example("1", "1", "q", "A bus.", "none"),)}
    (row,) = complete(several, feelings)
    checked = check([replace(row, output="None")], several, tasks, "demo").require()
    assert checked.coverage[0].parse_rate == 1
    assert not [note for note in checked.notes if "is empty" in note.said]
    empty = check([replace(row, output="NaN")], several, tasks, "demo").require()
    assert [note for note in empty.notes if "is empty" in note.said]


def test_all_problems_are_reported_at_once_and_by_place(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = complete(gold)
    rows[1] = replace(rows[1], example_id="SAD-2")
    rows[2] = replace(rows[2], label="wrok")
    rows[3] = replace(rows[3], output=None)
    rows[4] = replace(rows[4], repetition="first")
    rows.append(replace(rows[0], line=40))
    rows.append(replace(rows[0], line=41, task="imhi/sda"))
    checked = check(rows, gold, tasks, "imhi")
    found = [(p.line, p.field, p.value, p.hint) for p in checked.problems]
    assert found[1:] == [
        (3, "example_id", "SAD-2", "did you mean 'sad-0002'?"),
        (4, "label", "wrok", "did you mean 'work'?"),
        (6, "repetition", "first", ""),
        (40, "example_id", "sad-0001", "it stands first in o.csv, line 2"),
        (41, "task", "imhi/sda", "did you mean 'imhi/sad'?"),
    ]
    assert "2 of 20 examples of imhi/sad are missing" in str(checked.problems[0])
    assert "sad-0002, sad-0005" in checked.problems[0].hint
    assert "school" in checked.problems[2].allowed
    with pytest.raises(SubmissionRefused, match="did you mean 'work'") as refusal:
        checked.require()
    assert refusal.value.problems == checked.problems


def test_a_task_without_gold_and_one_of_another_benchmark_are_said_once(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = complete(gold, "imhi/dr")
    elsewhere = [replace(row, task="imhi/cams") for row in rows] + [
        replace(r, task="imhi-expert/dr") for r in rows
    ]
    found = [(p.value, p.problem) for p in check([*rows, *elsewhere], gold, tasks, "imhi").problems]
    assert found == [
        ("imhi/cams", "the task's gold data are not imported here (and in 2 more rows)"),
        ("imhi-expert/dr", "not a task of imhi (and in 2 more rows)"),
    ]


def test_rows_of_any_benchmark_are_taken_where_none_is_asked_for(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [*complete(gold, "imhi/dr"), *complete(gold, "imhi-expert/dr")]
    assert check(rows, gold, tasks).require().tasks == ("imhi-expert/dr", "imhi/dr")


def test_repetitions_must_each_be_complete(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = [*complete(gold, repetition="0"), *complete(gold, repetition="7")]
    checked = check(rows, gold, tasks).require()
    assert [run.repetition for run in checked.runs] == [0, 7]
    assert {row["repetition"] for row in checked.rows()} == {0, 7}
    assert "1 of 20 examples of imhi/sad is missing in repetition 7" in str(
        only(check(rows[:-1], gold, tasks))
    )


def test_a_task_is_repeated_a_hundred_times_at_most(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = [row for i in range(101) for row in complete(gold, "imhi/dr", repetition=str(i))]
    checked = check(rows, gold, tasks)
    assert {(p.field, p.value, p.allowed) for p in checked.problems} == {
        ("repetition", "100", "at most 100 a task")
    }
    assert check(rows[:300], gold, tasks).require().coverage[0].repetitions == 100


def test_checking_imports_nothing_heavy() -> None:
    program = (
        "import sys, submissions.receiving.validate, submissions.receiving.formats\nprint([m for m"
        " in ('torch', 'transformers', 'pandas', 'pyarrow', 'sklearn', 'scipy') if m in"
        " sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_nothing_at_all_is_a_problem(gold: Gold, tasks: dict[str, Task]) -> None:
    assert only(check([], gold, tasks)).problem == "there are no rows"


def test_a_long_list_of_problems_is_capped_and_counted(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = [Row("o.csv", i, "imhi/sad", f"no-{i}", "Work.") for i in range(1_500)]
    checked = check(rows, gold, tasks)
    assert len(checked.problems) == 1_000
    assert checked.unlisted == 500
    with pytest.raises(
        SubmissionRefused, match=r"1,000 times, first line 0 'no-0', .*\n\.\.\. and 500 more"
    ):
        checked.require()


def test_a_problem_of_a_whole_file_is_listed_however_many_rows_have_one(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [Row("o.csv", i, "imhi/sad", f"no-{i}", "Work.") for i in range(1, 1_501)]
    whole = Problem("o.csv", None, "", "", "1,500 lines are not UTF-8")
    checked = check([*rows, whole], gold, tasks)
    assert checked.problems[0] == whole
    assert checked.unlisted == 500


def test_goldens_may_differ_in_backslashes_and_white_space_only(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = generated(gold)
    rows[3] = replace(rows[3], golden=(rows[3].golden or "").replace(" ", "  \n"))
    rows[4] = replace(rows[4], golden=(rows[4].golden or "").replace("\\", ""))
    assert check(rows, gold, tasks, "imhi").require().coverage[0].rows == 20
    rows[5] = replace(rows[5], golden=(rows[5].golden or "").replace("writer", "Writer"))
    problem = only(check(rows, gold, tasks, "imhi"))
    assert (problem.file, problem.line, problem.field) == ("SAD.csv", 7, "goldens")
    assert problem.problem == "differs from the gold of imhi/sad at this place"


def test_doubled_backslashes_are_undone_where_the_goldens_prove_them(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = [replace(row, output="a \\\\ b") for row in generated(gold)]
    assert set(check(rows, gold, tasks).runs[0].outputs) == {"a \\\\ b"}
    doubled = [replace(row, golden=(row.golden or "").replace("\\", "\\\\")) for row in rows]
    assert set(check(doubled, gold, tasks).require().runs[0].outputs) == {"a \\ b"}


@pytest.mark.parametrize(("left_out", "shift"), [(4, "+1"), (0, "+1")])
def test_a_row_left_out_is_recognised_as_a_shift(
    gold: Gold, tasks: dict[str, Task], left_out: int, shift: str
) -> None:
    rows = [row for row in generated(gold) if row.position != left_out]
    rows = [replace(row, position=i, line=i + 2) for i, row in enumerate(rows)]
    checked = check(rows, gold, tasks, "imhi")
    differing = [p for p in checked.problems if p.field == "goldens"]
    assert [p.line for p in differing] == list(range(left_out + 2, 21))
    assert all(f"shifted by {shift}" in p.hint for p in differing)
    assert any("1 of 20 examples of imhi/sad is missing" in p.problem for p in checked.problems)


def test_a_row_too_many_is_a_problem(gold: Gold, tasks: dict[str, Task]) -> None:
    rows = generated(gold)
    rows.append(replace(rows[-1], position=20, line=22))
    assert only(check(rows, gold, tasks)).problem == "a row more than the test set has"


# --- what is stored


def test_stored_outputs_come_back_as_they_were(
    gold: Gold, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = [
        *complete(gold, repetition="2"),
        *complete(gold, repetition="1"),
        *complete(gold, "imhi/dr"),
    ]
    rows[0] = replace(rows[0], output=None, label="work", explanation="Größe, “quoted” 🙂")
    rows[1] = replace(rows[1], output="")
    checked = check(rows, gold, tasks).require()
    path = tmp_path / "outputs.parquet"
    write_outputs(path, checked.runs)
    again = read_outputs(path)
    assert (again.extraction, again.runs) == (EXTRACTION, checked.runs)
    assert read_outputs(path, "imhi/dr").runs == (checked.runs[0],)
    # pyarrow itself sees the columns that are promised.
    table = pq.read_table(path)
    table.validate(full=True)
    assert table.column_names == list(stored.COLUMNS)
    assert Counter(table.column("task").to_pylist()) == {"imhi/sad": 40, "imhi/dr": 3}
    written = path.read_bytes()
    write_outputs(path, checked.runs)
    assert path.read_bytes() == written


def test_a_run_with_long_texts_is_written_in_several_groups(
    gold: Gold, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = (
        check([*complete(gold, repetition="2"), *complete(gold, repetition="1")], gold, tasks)
        .require()
        .runs
    )
    path = tmp_path / "outputs.parquet"
    write_outputs(path, runs)
    assert pq.ParquetFile(path).num_row_groups == 2
    whole, hashes = read_outputs(path), stored_hashes(path, "imhi/sad", "full")
    monkeypatch.setattr(stored, "GROUP", 500)
    write_outputs(path, runs)
    assert pq.ParquetFile(path).num_row_groups > 4
    assert read_outputs(path) == whole
    assert stored_hashes(path, "imhi/sad", "full") == hashes
    assert parse_rules(path) == {
        "imhi/sad": dict(Counter(r.rule for run in runs for r in run.readings))
    }


def test_segments_follow_the_golds_order_a_repetition_each(
    gold: Gold, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = [*complete(gold, repetition="2"), *complete(gold, repetition="1", output="School.")]
    path = tmp_path / "outputs.parquet"
    write_outputs(path, check(rows, gold, tasks).require().runs)
    turned = tuple(reversed(gold["imhi/sad"]))
    first, second = segments(path, tasks["imhi/sad"], turned)
    assert first.examples == second.examples == turned
    assert set(first.outputs) == {"School."}
    assert {reading.label for reading in second.readings} == {"work"}
    assert segments(path, tasks["imhi/dr"], gold["imhi/dr"]) == []
    more = (
        *turned,
        example("sad", 21, "work", "This post shows the stress cause related to work."),
    )
    with pytest.raises(OutputsError, match="sad-0021"):
        segments(path, tasks["imhi/sad"], more)


def test_labels_read_by_older_rules_are_read_again(
    gold: Gold, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(complete(gold), gold, tasks).require().runs[0]
    nothing = tuple(
        replace(reading, label=None, rule=None, reason="old") for reading in run.readings
    )
    path = tmp_path / "outputs.parquet"
    write_outputs(path, [replace(run, readings=nothing)])
    (as_stored,) = segments(path, tasks["imhi/sad"], gold["imhi/sad"])
    assert as_stored.readings == nothing
    with monkeypatch.context() as patch:
        patch.setattr(stored, "EXTRACTION", "reasonboard/0")
        write_outputs(path, [replace(run, readings=nothing)])
    (again,) = segments(path, tasks["imhi/sad"], gold["imhi/sad"])
    assert again.readings == run.readings


def test_a_file_that_holds_no_outputs_says_so(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(OutputsError, match=r"other\.parquet: not a file of stored outputs"):
        read_outputs(path)


# --- the published example generations


@pytest.fixture(scope="module")
def expert(imhi_dir: Path, tasks: dict[str, Task]) -> Gold:
    return {
        found.task_id: found.examples for found in import_imhi(imhi_dir, tasks) if found.examples
    }


@pytest.fixture
def generations(imhi_dir: Path) -> Path:
    return imhi_dir / "examples" / "response_generation_examples"


def plain_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_the_published_generations_are_accepted_as_folder_and_as_zip(
    generations: Path, expert: Gold, tasks: dict[str, Task], tmp_path: Path
) -> None:
    archive = tmp_path / "generations.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for path in generations.glob("*.csv"):
            made.write(path, path.name)
    as_folder = check(
        read_rows(generations, benchmark="imhi-expert"), expert, tasks, "imhi-expert"
    ).require()
    as_zip = check(
        read_rows(archive, benchmark="imhi-expert"), expert, tasks, "imhi-expert"
    ).require()
    assert as_folder == as_zip
    assert [(c.task, c.rows) for c in as_folder.coverage] == [
        ("imhi-expert/dr", 35),
        ("imhi-expert/dreaddit", 35),
        ("imhi-expert/sad", 35),
    ]
    texts = plain_rows(generations / "DR.csv")
    run = as_folder.runs[0]
    assert list(run.outputs) == [row[1] for row in texts[1:]]
    example = expert["imhi-expert/dr"][0]
    reading = read(
        tasks["imhi-expert/dr"],
        output=run.outputs[0],
        post=example.post,
        attributes=example.attributes,
    )
    assert run.readings[0] == reading
    assert json.loads(json.dumps(list(as_folder.rows())))[104]["example_id"] == "sad-0035"


@pytest.mark.parametrize("name", ["DR", "SAD", "dreaddit"])
def test_a_published_generation_shifted_by_one_row_is_refused(
    generations: Path, expert: Gold, tasks: dict[str, Task], tmp_path: Path, name: str
) -> None:
    """The first row stands last, so every row is one too early."""
    rows = plain_rows(generations / f"{name}.csv")
    path = tmp_path / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([rows[0], *rows[2:], rows[1]])
    checked = check(read_rows(path, benchmark="imhi-expert"), expert, tasks, "imhi-expert")
    assert len(checked.problems) == 35
    assert "shifted by +1" in checked.problems[0].hint
    assert {problem.field for problem in checked.problems} == {"goldens"}


def test_generations_sent_to_the_wrong_benchmark_are_refused(
    generations: Path, expert: Gold, tasks: dict[str, Task]
) -> None:
    checked = check(read_rows(generations, benchmark="imhi"), expert, tasks, "imhi")
    assert sum(problem.field == "goldens" for problem in checked.problems) > 90
    assert sum("are missing" in problem.problem for problem in checked.problems) == 3


def labelled(gold: Gold, *labels: str, **fields: str | None) -> list[Row]:
    """`imhi/dr`'s three rows with these labels."""
    rows = complete(gold, "imhi/dr", **({"output": None} | fields))
    return [replace(row, label=label) for row, label in zip(rows, labels, strict=True)]


@pytest.mark.parametrize(
    "labels",
    [
        ("True", "FALSE", " true "),
        ("Yes.", "NO", "yes"),
        ("Yes, the poster suffers from depression.", "No", "yes"),
    ],
)
def test_labels_by_other_names_are_read_and_counted(
    labels: tuple[str, ...], gold: Gold, tasks: dict[str, Task]
) -> None:
    checked = check(labelled(gold, *labels), gold, tasks, "imhi").require()
    assert list(checked.runs[0].labels_given) == ["yes", "no", "yes"]
    aliased = [note.text for note in checked.notes]
    assert aliased == (
        ["imhi/dr: labels by other names in 3 rows: 'True' as yes, 'FALSE' as no, ' true ' as yes"]
        if "True" in labels
        else []
    )


def test_truth_values_are_labels_of_yes_no_tasks_alone(gold: Gold, tasks: dict[str, Task]) -> None:
    plain = replace(
        tasks["imhi/dr"], labels=tuple(replace(one, aliases=()) for one in tasks["imhi/dr"].labels)
    )
    bare = {**tasks, "imhi/dr": plain}
    checked = check(labelled(gold, "true", "false", "true"), gold, bare, "imhi").require()
    assert list(checked.runs[0].labels_given) == ["yes", "no", "yes"]
    sad = [replace(row, label="true") for row in complete(gold)]
    assert {problem.value for problem in check(sad, gold, tasks, "imhi").problems} == {"true"}


def test_a_number_is_a_label_where_the_task_declares_its_place(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = labelled(gold, "1", "0", "1.0")
    for problem in check(rows, gold, tasks, "imhi").problems:
        assert "a number is a label only where the task declares" in str(problem)
    declared = {**tasks, "imhi/dr": replace(tasks["imhi/dr"], class_labels=("no", "yes"))}
    checked = check(rows, gold, declared, "imhi").require()
    assert list(checked.runs[0].labels_given) == ["yes", "no", "yes"]
    beyond = check(labelled(gold, "2", "0", "1"), gold, declared, "imhi")
    assert only(beyond).value == "2"


def test_explanations_that_hold_more_or_no_more_than_that_are_counted(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    texts = (
        "Yes. Reasoning: They cry.",
        "No, the poster does not suffer from depression.",
        "They cry.",
    )
    rows = [
        replace(row, explanation=text)
        for row, text in zip(labelled(gold, "yes", "no", "yes"), texts, strict=True)
    ]
    checked = check(rows, gold, tasks, "imhi").require()
    (note,) = checked.notes
    assert (
        note.text
        == "imhi/dr: of 3 explanations: of 1 what states the label, a thought or a structure around"
        " them was cut off; 1 says nothing besides, and counts as blank"
    )
    assert [reading.explanation for reading in checked.runs[0].readings] == [
        "They cry.",
        None,
        "They cry.",
    ]


def test_labels_that_contradict_their_own_outputs_are_counted(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = labelled(
        gold, "yes", "no", "yes", output="No, the poster does not suffer from depression."
    )
    checked = check(rows, gold, tasks, "imhi").require()
    (note,) = checked.notes
    assert note.text.startswith(
        "WARNING: imhi/dr: 2 labels of 3 contradict what the row's own output states "
        "(o.csv, line 2: label yes, output no; o.csv, line 4: label yes, output no)"
    )
    assert list(checked.runs[0].labels_given) == ["yes", "no", "yes"]
    unread = labelled(
        gold,
        *("unparsed", "Unparsed", "unparsed"),
        output="No, the poster does not suffer from depression.",
    )
    assert check(unread, gold, tasks, "imhi").require().notes == ()
    silent = labelled(gold, "yes", "no", "yes", output="I would rather talk about the weather.")
    assert check(silent, gold, tasks, "imhi").require().notes == ()


def completed(gold: Gold, name: str = "imhi/sad") -> list[Row]:
    """As the benchmark's script writes them for `--test_dataset IMHI-completion`: label, then the
    same reasoning.
    """
    return [
        replace(row, golden=f" work. Reasoning: {(row.golden or '').partition('Reasoning: ')[2]}")
        for row in generated(gold, name)
    ]


def test_goldens_in_the_completion_form_are_the_same_gold(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    checked = check(completed(gold), gold, tasks, "imhi").require()
    assert [note.said for note in checked.notes] == [
        "SAD.csv: gold texts in the completion form: compared by label and reasoning"
    ]


def test_a_shift_of_goldens_in_the_completion_form_is_found(
    gold: Gold, tasks: dict[str, Task]
) -> None:
    rows = completed(gold)
    shifted = [
        *rows[:5],
        *(replace(row, golden=rows[i].golden) for i, row in enumerate(rows[5:-1], start=6)),
    ]
    checked = check(shifted, gold, tasks, "imhi")
    assert [problem.line for problem in checked.problems if problem.field == "goldens"] == list(
        range(7, 21)
    )
    assert any("shifted by +1" in str(problem) for problem in checked.problems)
    other = [replace(rows[0], golden=(rows[0].golden or "").replace("work", "school")), *rows[1:]]
    assert only(check(other, gold, tasks, "imhi")).line == 2, "another label is another gold"


def test_published_goldens_in_the_completion_form_are_accepted(
    imhi_dir: Path, tasks: dict[str, Task], tmp_path: Path
) -> None:
    """Made of the published test sets: each gold text with its label in the shortest of the task's
    wordings.
    """
    names = {"imhi/sad": "SAD.csv", "imhi/dreaddit": "dreaddit.csv", "imhi/cams": "CAMS.csv"}
    imported = {one.task_id: one.examples for one in import_imhi(imhi_dir, tasks)}
    published = {name: imported[name] for name in names}
    for name, file in names.items():
        with (tmp_path / file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, escapechar="\\")
            writer.writerow(["goldens", "generated_text"])
            for example in published[name]:
                label = tasks[name].label(example.gold)
                short = min((f"{label.name}.", *label.gold), key=len)
                _, mark, reasoning = (example.reference_full or "").partition("Reasoning:")
                writer.writerow([f" {short} {mark}{reasoning}", f"{short} Reasoning: Invented."])
    checked = check(read_rows(tmp_path, benchmark="imhi"), published, tasks, "imhi").require()
    assert {one.task: one.parse_rate for one in checked.coverage} == dict.fromkeys(sorted(names), 1)
