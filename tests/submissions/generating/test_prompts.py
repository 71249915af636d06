"""What a model is asked, held against what the two papers print and publish."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task, read_tasks
from submissions.asking.texts import Decoding
from submissions.benchmarks.gold_files import import_imhi
from submissions.declarations.settings import DECLARATIONS
from submissions.generating.prompts import (
    NO_DEMONSTRATIONS,
    Prompter,
    PromptError,
    demonstrations,
    filled,
)
from submissions.generating.run import GenerationOrder, planned
from submissions.generating.strategies import Strategy, read_strategies
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from tests.generating import TRAIN, an_example
from tests.histories import DECLARED, SHARED, TASK, import_timelines

STRATEGIES = read_strategies(DECLARATIONS / "prompts")[0]

# Table 2 of Mental-LLM (arXiv:2307.14385), the first wording of each strategy.
SPECIFICATIONS = {
    "zero-shot": "",
    "context": "This person wrote this paragraph on social media. ",
    "mental-health": "As a psychologist, read the post on social media and answer the question. ",
    "both": (
        "This person wrote this paragraph on social media. As a psychologist, read the post on"
        " social media and answer the question. "
    ),
}


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_mental_llms_prompt_is_text_specification_question_and_constraint(
    name: str, tasks: dict[str, Task]
) -> None:
    binary, ordinal = tasks["mental-llm/dreaddit"], tasks["mental-llm/depseverity-4"]
    said = SPECIFICATIONS[name]
    assert (
        filled(STRATEGIES[name], binary, an_example(binary, "I ran."))
        == f"I ran.\n\n{said}{binary.question} Only return Yes or No."
    )
    assert (
        filled(STRATEGIES[name], ordinal, an_example(ordinal, "I ran."))
        == f"I ran.\n\n{said}Which level is the person depressed? "
        "Only return one of: Minimal; Mild; Moderate; Severe."
    )


# The same table: the second wording of each enhancement, and the questions about a mental state.
SECOND = {
    "context": "Consider this post on social media to answer the question. ",
    "mental-health": (
        "If you are a psychologist, read the post on social media and answer the question. "
    ),
    "both": (
        "This person wrote this paragraph on social media. As a psychologist, consider the mental"
        " well-being condition expressed in this post, read the post on social media, and answer"
        " the question. "
    ),
}
STRESSED = {
    "Is the poster stressed?",
    "Is the poster of this post stressed?",
    "Determine if the poster of this post is stressed.",
}
LEVELS = {
    "Which level is the person depressed?",
    "How depressed is the person?",
    "Determine how depressed the person is.",
}


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_its_wordings_are_the_printed_specifications_by_the_printed_questions(
    name: str, tasks: dict[str, Task]
) -> None:
    said = {SPECIFICATIONS[name], SECOND.get(name, SPECIFICATIONS[name])}
    for task, questions in (
        (tasks["mental-llm/dreaddit"], STRESSED),
        (tasks["mental-llm/depseverity-4"], LEVELS),
    ):
        asked = [
            filled(worded, task, an_example(task, "I ran."))
            for worded in STRATEGIES[name].wordings(3)
        ]
        assert len(asked) == len(said) * 3
        assert {text.split("Only return")[0] for text in asked} == {
            f"I ran.\n\n{specification}{question} "
            for specification in said
            for question in questions
        }


def test_where_there_are_reference_explanations_one_is_asked_for(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    prompt = filled(STRATEGIES["zero-shot"], task, an_example(task))
    assert prompt.endswith('Begin with Yes or No. Then write "Reasoning:" and explain why.')


def test_imhis_own_is_the_published_query(tasks: dict[str, Task], small_checkout: Path) -> None:
    imported = {read.task_id: read for read in import_imhi(small_checkout, tasks)}
    examples = imported["imhi-expert/dr"].examples
    assert len(examples) == 35
    for example in examples:
        task = tasks["imhi-expert/dr"]
        assert filled(STRATEGIES["imhi"], task, example) == example.query.strip()


def test_braces_of_a_post_are_the_posts_and_a_cut_is_of_the_post_alone(
    tasks: dict[str, Task],
) -> None:
    task = tasks["mental-llm/dreaddit"]
    post = "{question} {labels} {} {0} \\1"
    prompter = Prompter(STRATEGIES["zero-shot"], task)
    assert prompter.prompt(an_example(task, post)).startswith(f"{post}\n\n{task.question}")
    assert prompter.prompt(an_example(task, post), 5).startswith(f"{{ques\n\n{task.question}")
    cut = Prompter(STRATEGIES["imhi"], task).prompt(an_example(task, "abcdef"), 2)
    assert cut == f'Consider this post: "ab" Question: {task.question}'


def test_few_shot_shows_prompts_with_labels_before_the_question(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    shown = demonstrations(STRATEGIES["few-shot"], task, TRAIN, ())
    assert shown.ids == ("stress-t001", "stress-t003", "stress-t002", "stress-t005")
    prompt = Prompter(STRATEGIES["few-shot"], task, shown).prompt(an_example(task, "I ran."))
    asked = filled(STRATEGIES["zero-shot"], task, an_example(task, "I ran."))
    assert prompt.endswith(f"\n\n{asked}")
    # Each demonstration is a zero-shot prompt and its answer (section 4.1.2 of the paper).
    assert prompt.count("Does the poster suffer from stress?") == 5
    assert prompt.count("\nYes. Reasoning: ") == prompt.count("\nNo. Reasoning: ") == 2
    assert prompt.startswith("The seating plan for our own wedding has defeated me.")


def test_undeclared_demonstrations_are_the_first_of_each_label_in_turn(
    tasks: dict[str, Task],
) -> None:
    task = tasks["demo/strain-level"]
    undeclared = replace(STRATEGIES["few-shot"], examples={}, shots=6)
    # Labels as declared: none, mild, moderate, high; ids read off the file.
    assert demonstrations(undeclared, task, TRAIN, ()).ids == (
        "strain-level-t001",
        "strain-level-t003",
        "strain-level-t004",
        "strain-level-t002",
        "strain-level-t005",
        "strain-level-t006",
    )


def test_a_post_that_is_asked_about_is_never_shown(tasks: dict[str, Task], tmp_path: Path) -> None:
    task = tasks["demo/stress"]
    header = "id,post_id,text,label,reference\n"
    rows = ["a,,I run.,yes,r1", "b,,I  RUN.,no,r2", "c,,I sit.,yes,r3", "d,,I eat.,no,r4"]
    (tmp_path / "stress.csv").write_text(header + "\n".join(rows), encoding="utf-8")
    plain = Strategy("x", "T", "S", "{post}", shots=4)
    tested = {"i run."}
    assert demonstrations(plain, task, tmp_path, tested).ids == ("c", "d")
    declared = replace(plain, examples={task.id: ("c", "a", "z")})
    with pytest.raises(PromptError, match=r"posts are asked about: a, z$"):
        demonstrations(declared, task, tmp_path, tested)


def test_nor_is_a_text_that_holds_such_a_post(tasks: dict[str, Task], tmp_path: Path) -> None:
    task = tasks["demo/stress"]
    header = "id,post_id,text,label,reference\n"
    rows = [f"a,,One day. {SHARED} Another.,yes,r1", "b,,I sit.,no,r2"]
    rows = [row.replace(SHARED, SHARED.replace(",", ";")) for row in rows]
    (tmp_path / "stress.csv").write_text(header + "\n".join(rows), encoding="utf-8")
    plain = Strategy("x", "T", "S", "{post}", shots=4)
    assert demonstrations(plain, task, tmp_path, {"I walk."}).ids == ("a", "b")
    assert demonstrations(plain, task, tmp_path, {SHARED, "I walk."}).ids == ("b",)


def test_nor_are_the_posts_of_a_tested_timeline_together(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    import_timelines(folder, tmp_path)
    declared = folder.path / "tasks" / f"{TASK}.toml"
    labels = ", ".join(f'{{name = "{x}", title = "{x}", gold = ["{x}"]}}' for x in ("no", "yes"))
    labelled = DECLARED.replace("labels = []", f'labels = [{labels}]\nconcept = ["strain"]')
    labelled = labelled.replace('kind = "summary"', 'kind = "binary"')
    declared.write_text(labelled.replace("rougel_recall", "accuracy"), encoding="utf-8")
    tasks = read_tasks(folder.path / "tasks", DECLARATIONS / "tasks")
    first, second = PostStore(folder.posts).examples(tasks[TASK])[:2]
    for name, text in (("whole", first.post), ("one post", second.posts[2].text)):
        train = tmp_path / name
        train.mkdir()
        with (train / "timeline.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = [
                ("id", "text", "label", "reference"),
                ("x", text, "yes", "They."),
                ("y", "I sit.", "no", "They."),
            ]
            csv.writer(stream).writerows(rows)
        order = GenerationOrder(
            "demo", tmp_path / "out.jsonl", ("few-shot",), (1,), Decoding(8), (TASK,), train
        )
        plan = planned(folder, tasks, order)
        [prompter] = plan.prompters.values()
        assert prompter.shown.ids == ("y",), name


def test_without_a_train_split_it_is_said_what_is_missing(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    task = tasks["demo/stress"]
    with pytest.raises(PromptError, match="--train"):
        demonstrations(STRATEGIES["few-shot"], task, None, ())
    with pytest.raises(PromptError, match=r"stress\.csv is not there"):
        demonstrations(STRATEGIES["few-shot"], task, tmp_path, ())
    assert demonstrations(STRATEGIES["zero-shot"], task, None, ()) is NO_DEMONSTRATIONS
