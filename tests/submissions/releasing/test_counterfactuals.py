"""A counterfactual task from the rules to the release: made, imported, answered, compared."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from scoring.counterfactuals import WORST
from scoring.errors import ReasonBoardError
from scoring.metrics import metric
from scoring.tasks import TASKS, Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.declarations.settings import board_tasks
from submissions.keeping.verify import verify
from submissions.life.takedown import redact_example
from submissions.operating.counterfactual_task import (
    board_rules,
    declared_anew,
    make_task,
)
from submissions.releasing.counterfactuals import FLIPS, CounterfactualPair
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CounterfactualRow
from submissions.store.submitted.takedowns import redacted_posts
from tests.boards import (
    TEXTS,
    a_run,
    build_content,
    demo_board,
    gold_rows,
    publish_with_blanks,
    submit,
    workplace,
)
from tests.commands import succeed

ORIGIN, MADE = "demo/stress", "demo/stress-counterfactual"
WOMEN, MEN = 7, 6
"""Posts of demo/stress in which somebody is a man, and a woman."""


def with_counterfactual(
    folder: DataFolder, tasks: dict[str, Task], rules: list[str]
) -> dict[str, Task]:
    """The tasks of a board whose stress has a counterfactual task."""
    origin = import_csv(TEXTS / "stress.csv", tasks[ORIGIN])
    made = declared_anew(folder, tasks, origin, rules, 20)
    assert made is not None
    declared = board_tasks(folder.path)
    assert declared_anew(folder, declared, origin, rules, 20) is None, "once"
    store_gold(folder, declared, [made])
    return declared


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """Two systems: one whose label flips on three of 13 counterfactuals, and one without them."""
    path = tmp_path_factory.mktemp("counterfactual")
    folder = demo_board(path / "data", tasks, ["stress"])
    declared = with_counterfactual(folder, tasks, ["women", "men"])
    before, after = (gold_rows(folder, declared[name]) for name in (ORIGIN, MADE))
    turned = [{**row, "output": _other(row["output"])} for row in after[:3]]
    submit(folder, declared, path, [*before, *turned, *after[3:]], system="Turns")
    submit(folder, declared, path, before, system="Origins alone")
    place = workplace(folder, declared)
    few = tuple(metric(name) for name in ("accuracy", "words"))
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    return folder


def _other(output: str) -> str:
    sentence = "No, the poster does not suffer from stress."
    return sentence if output.startswith("Yes") else "Yes, the poster suffers from stress."


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rows_of(folder: DataFolder) -> dict[tuple[str, str, str, str], CounterfactualRow]:
    content = build_content(folder, board_tasks(folder.path))
    names = {system.id: system.system for system in content.systems}
    return {
        (names[row.system], row.measure, row.axis, row.change): row
        for row in content.counterfactuals
    }


def test_labels_that_flip_are_counted_by_hand(board: DataFolder) -> None:
    rows = rows_of(board)
    rate = rows["Turns", FLIPS, "", ""]
    assert rate.value == 3 / 13
    assert (rate.n, rate.posts, rate.n_absent) == (13, 12, 0), "stress-031 has both"
    assert rate.low is not None
    women = rows["Turns", FLIPS, "gender", "women"]
    assert (women.value, women.n) == (None, WOMEN)
    assert women.why_blank.startswith("too few")
    assert rows["Majority label", FLIPS, "", ""].value == 0
    right = rows["Turns", "accuracy", "", ""]
    assert (right.value, right.before, right.after) == (pytest.approx(-3 / 13), 1, 10 / 13)
    # "He" and "she" are a word each.
    assert rows["Turns", "words", "", ""].value == 0
    assert rows["Turns", "rougel", "", ""].why_blank == "not scored on both tasks"
    # Neither group has ten pairs.
    assert WORST not in {measure for _, measure, _, _ in rows}


def test_who_did_not_answer_both_is_absent_and_not_zero(board: DataFolder) -> None:
    row = rows_of(board)["Origins alone", FLIPS, "", ""]
    assert row.value is None
    assert row.why_blank == f"did not answer {MADE}"


def test_the_board_has_no_column_and_no_mean_of_it(board: DataFolder) -> None:
    content = build_content(board, board_tasks(board.path))
    assert [task.id for task in content.tasks] == [ORIGIN]
    assert {cell.task for cell in content.cells} == {ORIGIN}
    assert {row.total for row in content.overall} <= {0, 1}


def test_a_task_is_made_as_the_origin_is(board: DataFolder) -> None:
    made = board_tasks(board.path)[MADE]
    origin = board_tasks(board.path)[ORIGIN]
    assert made.counterfactual_of == origin.origin == ORIGIN
    assert (made.labels, made.platform, made.dataset) == (
        origin.labels,
        origin.platform,
        origin.dataset,
    )
    assert made.known_problems == (f"Made from {ORIGIN} by the rules women/1, men/1.",)
    store = PostStore(board.posts)
    gold = {example.example_id: example for example in store.examples(origin)}
    for example in store.examples(made):
        source = gold[example.example_id.partition("~")[0]]
        assert (example.gold, example.post_id) == (source.gold, source.post_id)
        assert example.post != source.post
    swapped = {example.example_id: example for example in store.examples(made)}
    assert "her husband" in str(swapped["stress-007~men"].reference) or "husband" in str(
        swapped["stress-007~men"].post
    )


def test_what_cannot_be_made_is_refused(board: DataFolder) -> None:
    declared = board_tasks(board.path)
    origin, gold = declared[ORIGIN], PostStore(board.posts).examples(declared[ORIGIN])
    with pytest.raises(ReasonBoardError, match="--rules womn: no such rule; did you mean 'women'"):
        board_rules(board, ["womn"])
    older = board_rules(board, ["older"])
    with pytest.raises(ReasonBoardError, match="no post of demo/stress is changed by older"):
        make_task(origin, "new", gold, older, None, declared)
    for name in ("../../../evil", "Evil", ""):
        with pytest.raises(ReasonBoardError, match="must be of a-z, 0-9 and hyphens"):
            make_task(origin, name, gold, older, None, declared)
    with pytest.raises(ReasonBoardError, match="is declared already"):
        make_task(origin, "stress-counterfactual", gold, older, None, declared)
    with pytest.raises(ReasonBoardError, match="is itself a counterfactual of demo/stress"):
        make_task(declared[MADE], "new", gold, older, None, declared)


def test_a_taken_down_post_takes_its_counterfactuals_along(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    declared = with_counterfactual(folder, tasks, ["women"])
    redact_example(folder, declared, ORIGIN, "stress-002", "tester", "asked")
    examples = PostStore(folder.posts).examples(declared[MADE])
    assert [each.example_id for each in examples if each.redacted] == ["stress-002~women"]


def test_what_was_made_of_a_redacted_post_does_not_come_in_after(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    gold = tmp_path / "cf.csv"
    perturb = ("benchmark", "perturb", ORIGIN, "--rules", "women", "--name", "cf", "--out", gold)
    succeed(folder.path, *perturb)
    words = "stress-002~women"
    [made] = [row for row in csv_rows(gold) if row["id"] == words]
    said = succeed(folder.path, "redact", ORIGIN, "stress-002", "--reason", "privacy")
    assert "demo/cf is declared and not imported" in said
    succeed(folder.path, "benchmark", "import", "demo/cf", gold)
    declared = board_tasks(folder.path)
    store = PostStore(folder.posts)
    path = store.path(declared["demo/cf"])
    assert made["text"].encode() not in path.read_bytes()
    assert [each.example_id for each in store.examples(declared["demo/cf"]) if each.redacted] == [
        words
    ]
    again = import_csv(gold, declared["demo/cf"])
    path.unlink()
    store.write(declared["demo/cf"], again)
    clear = path.read_bytes()
    assert made["text"].encode() in clear
    damaged = verify(folder, declared)
    assert [each.why for each in damaged.damages] == ["holds 1 post that was redacted"]
    assert store.put_back(path.name, clear, redacted_posts(folder)) == 1
    assert verify(folder, declared).damages == ()


def test_a_counterfactual_says_whose_it_is(board: DataFolder, tmp_path: Path) -> None:
    gold = tmp_path / "gold.csv"
    gold.write_text("id,text,label\nstress-001,She cried.,yes\n", encoding="utf-8")
    with pytest.raises(ReasonBoardError) as refused:
        import_csv(gold, board_tasks(board.path)[MADE])
    assert "id 'stress-001'; allowed: the origin's id, ~ and the rule" in str(refused.value)
    assert "post_id: is empty" in str(refused.value)


def test_the_axis_of_each_rule_is_looked_up_once(board: DataFolder) -> None:
    declared, store = board_tasks(board.path), PostStore(board.posts)
    made, origin = declared[MADE], declared[ORIGIN]
    pair = CounterfactualPair.of(made, origin, store.examples(made), store.examples(origin))
    assert pair.axes == {"women": "gender", "men": "gender"}
    assert pair.axes is pair.axes


def test_an_origin_must_be_another_task_of_the_benchmark(tmp_path: Path) -> None:
    from submissions.declarations.settings import DECLARATIONS

    text = (DECLARATIONS / "tasks/demo/stress.toml").read_text(encoding="utf-8")
    (tmp_path / "demo").mkdir()
    for name, of in (("a", "demo/b"), ("b", "demo/none"), ("c", "demo/c")):
        (tmp_path / f"demo/{name}.toml").write_text(
            text.replace("revision = 1", f'revision = 1\ncounterfactual_of = "{of}"')
        )
    _, faults = TASKS.read_each([tmp_path])
    assert [fault.id for fault in faults] == ["demo/a", "demo/b", "demo/c"]
    assert "itself no counterfactual" in faults[0].text


def test_the_command_prints_the_release(board: DataFolder) -> None:
    publish_with_blanks(board, board_tasks(board.path), "tester", "first")
    said = succeed(board.path, "counterfactuals", "--benchmark", "demo")
    assert f"{MADE}, made from {ORIGIN}" in said
    assert "0.231 (" in said
    assert f"Origins alone: did not answer {MADE}" in said
    stated = json.loads(succeed(board.path, "counterfactuals", "--format", "json"))
    rate = [
        row
        for row in stated
        if (row["system"], row["measure"], row["axis"]) == ("Turns", FLIPS, "")
    ]
    assert [row["value"] for row in rate] == [3 / 13]


def test_a_team_and_a_maintainer_go_the_whole_way(board: DataFolder, tmp_path: Path) -> None:
    gold = tmp_path / "young.csv"
    said = succeed(
        board.path,
        "benchmark",
        "perturb",
        ORIGIN,
        "--rules",
        "unmarried,lower",
        "--most",
        "3",
        "--name",
        "stress-forms",
        "--out",
        gold,
    )
    assert "unmarried: 2 posts changed" in said
    assert "lower: 3 posts changed" in said
    succeed(board.path, "benchmark", "import", "demo/stress-forms", gold)
    template = succeed(board.path, "benchmark", "template", "demo/stress-forms")
    assert "stress-007~unmarried" in template
