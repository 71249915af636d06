"""Every declaration is walked; facts are held against the published hashes and the
papers' tables.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given

from scoring.errors import TaskError
from scoring.tasks import UNKNOWN, Task, normalise_gold
from tests.declarations import check_read_or_refused, load_tasks, parse_task, toml_texts

# sha256 of the files in the published repository.
PUBLISHED = {
    "test_data/test_instruction": {
        "CAMS.csv": "3d55a634654315ed77e97a1ee268e0cb37f4ff5bbefbc3c23bd86af3396cb051",
        "DR.csv": "20a9edab07c4f3888ec6536779465be20b96683e7d5bbdedfb763d6f791a485a",
        "Irf.csv": "c9c3b8e882a2aa00007779c6c7f526c6b94d69ab2e7a4ca878080e9b174ce9f0",
        "MultiWD.csv": "e0043e239b4e9fab45f62a548d205032d0c0184189b49b075711f8a8899499fe",
        "SAD.csv": "248b849c73361f2642b42630943e126decebc1516435010bb280842ecc30c516",
        "dreaddit.csv": "c6ecca8e5262b3f008af20c7b220bc4638f255d5eae4e6828160b75d70871722",
        "loneliness.csv": "88bb970014fbd8fe64b88b962e348e208e73406bc96d40f52dca736ef92d4d85",
        "t-sid.csv": "198f2a33cc084460fcbf8578a3f2df27d50d5bf2249c6ffa11255426d67a766a",
    },
    "human_evaluation/test_instruction_expert": {
        "CAMS.csv": "6691a520662929743b29a3dc16f11b4a81d411456a9b8f94177bc886ce85439c",
        "DR.csv": "b406111b6d7ca36cdb58bfedce8b5f5e36996d144d9779cbe7b7990311f4485f",
        "Irf.csv": "07c97e2d3925318ebdf05a4456224547b52b24f7857b48a6e8dd4123dd143f36",
        "MultiWD.csv": "6c96a8c14b775091c1fead9208bafe32a0cf86edef936b759af1da3b90dce5ba",
        "SAD.csv": "38b25997d16c0ddc2d254181d7fca68fc9a2a22c4b0fcd0b77f22fa3a65a00aa",
        "dreaddit.csv": "b7bcfcf4e9bcee9b51817a2cf728029be04a0805a2b4df407aaaa2f29c3e1bd9",
        "loneliness.csv": "b3bff602c4a3eee4b432fa183215667d8d7bec5e50368faeba5c16f9c70ff8c1",
        "swmh.csv": "c8e3507e570e4df9031e02e5a3d81ad8b71e59940aeea23aa69570e7a655d3d4",
        "t-sid.csv": "5dacb962044b6456f4250115d69cf9b35fb1e1ecfc881354b1ee45ab1712bb4a",
    },
}

# Test sizes: rows of the released files; for CLP and SWMH, not in the checkout, the paper's.
IMHI_SIZES = {
    "cams": 625,
    "clp": 299,
    "dr": 405,
    "dreaddit": 414,
    "irf": 2113,
    "loneliness": 528,
    "multiwd": 2441,
    "sad": 684,
    "swmh": 10882,
    "t-sid": 959,
}
IMHI_LABELS = {
    "sad": [
        "school",
        "finance",
        "family",
        "social",
        "work",
        "health",
        "emotion",
        "decision",
        "other",
    ],
    "cams": ["bias", "jobs", "medication", "relationship", "alienation", "none"],
    "swmh": ["suicide", "anxiety", "bipolar", "depression", "none"],
    "t-sid": ["none", "suicide", "depression", "ptsd"],
}
# Mental-LLM (arXiv:2307.14385): size, platform, kind, unit, source of its six tasks and three
# external sets.
MENTAL_LLM = {
    "dreaddit": (715, "reddit", "binary", "post", "dreaddit"),
    "depseverity-2": (711, "reddit", "binary", "post", "depseverity"),
    "depseverity-4": (711, "reddit", "ordinal", "post", "depseverity"),
    "sdcnl": (379, "reddit", "binary", "post", "sdcnl"),
    "cssrs-2": (100, "reddit", "binary", "user", "cssrs-suicide"),
    "cssrs-5": (100, "reddit", "ordinal", "user", "cssrs-suicide"),
    "red-sam": (3245, "reddit", "binary", "post", "red-sam"),
    "twt-60users": (8135, "twitter", "binary", "post", "twt-60users"),
    "sad-stress": (6185, "sms", "binary", "post", "sad"),
}
METRICS = {"weighted_f1", "balanced_accuracy", "jaccard"}

# A user's posts are stored one by one since the second.
REVISED = {"mental-llm/cssrs-2": 2, "mental-llm/cssrs-5": 2}

# What is not known, and why it is still not: an entry that no longer applies fails.
KNOWN_UNKNOWNS = {
    ("imhi/clp", "platform"),  # printed Reddit, shown tweets
    ("imhi/clp", "question"),  # not released
    ("imhi/clp", "licence"),
    ("imhi/swmh", "licence"),  # distributed apart
    ("mental-llm/cssrs-5", "question"),
    *((f"mental-llm/{name}", "licence") for name in MENTAL_LLM),
}


DECLARED = load_tasks(Path(__file__).parents[2] / "leaderboard_data" / "tasks")


@pytest.fixture(params=DECLARED.values(), ids=DECLARED)
def task(request: pytest.FixtureRequest) -> Task:
    return request.param


def test_imhi_has_the_papers_families(tasks: dict[str, Task]) -> None:
    assert {task.family for task in tasks.values() if task.benchmark == "imhi"} == {
        "depression detection",
        "stress detection",
        "mental disorders detection",
        "stress cause detection",
        "depression/suicide cause detection",
        "loneliness detection",
        "wellness dimensions detection",
        "interpersonal risk factors detection",
    }


def test_a_declaration_is_whole(task: Task) -> None:
    assert re.fullmatch(r"[a-z-]+/[a-z0-9-]+", task.id)
    assert task.expected_size
    assert task.known_problems
    assert all(problem.endswith(".") for problem in task.known_problems)
    assert task.headline in METRICS
    assert task.revision == REVISED.get(task.id, 1)
    assert task.superseded_by is None
    assert (task.annotation == "invented") == (task.references == "project") == task.demonstration
    text = [task.title, task.family, task.dataset, task.question, task.licence, task.citation]
    assert all(part.strip() == part and part for part in text)


def test_labels_can_be_told_apart(task: Task) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for label in task.labels:
        assert label.name == label.name.lower().strip()
        assert label.gold
        for wording in (label.name, *label.gold, *label.aliases):
            owners[normalise_gold(wording)].add(label.name)
    assert [wording for wording, names in owners.items() if len(names) > 1] == []
    assert all(
        task.gold_labels[normalise_gold(label.gold[0])] == label.name for label in task.labels
    )


def test_yes_no_tasks_say_what_yes_affirms(task: Task) -> None:
    assert (task.label_names == ("yes", "no")) == (task.kind == "binary") == bool(task.concept)
    asked = set(re.findall(r"{(\w+)}", task.question))
    assert asked == set(task.attributes)
    for concept in task.concept:
        assert set(re.findall(r"{(\w+)}", concept)) <= asked


def test_what_is_not_known_is_said_so(tasks: dict[str, Task]) -> None:
    fields = (
        "title",
        "family",
        "dataset",
        "platform",
        "annotation",
        "question",
        "licence",
        "citation",
    )
    found = {(t.id, name) for t in tasks.values() for name in fields if getattr(t, name) == UNKNOWN}
    assert found == KNOWN_UNKNOWNS
    spelled = re.compile(r"(?i)\b(n/?a|tbd|todo|not known|none known|\?+)\b")
    assert not [
        t.id for t in tasks.values() for name in fields if spelled.fullmatch(getattr(t, name))
    ]
    assert {t.id for t in tasks.values() if "source data: unknown" in t.citation} == {
        "imhi-expert/loneliness",
        "imhi/loneliness",
    }


def test_imhi_is_as_published(tasks: dict[str, Task]) -> None:
    imhi = {task.id.split("/")[1]: task for task in tasks.values() if task.benchmark == "imhi"}
    assert {name: task.expected_size for name, task in imhi.items()} == IMHI_SIZES
    assert {name for name, task in imhi.items() if task.annotation == "weak"} == {
        "dr",
        "swmh",
        "t-sid",
    }
    assert {name for name, task in imhi.items() if task.platform != "reddit"} == {
        "t-sid",
        "sad",
        "clp",
    }
    for name, task in imhi.items():
        assert list(task.label_names) == IMHI_LABELS.get(name, ["yes", "no"])
        assert (task.dataset, task.references, task.headline) == (name, "chatgpt", "weighted_f1")
        assert any("ChatGPT" in problem for problem in task.known_problems)
    assert len(imhi["multiwd"].attributes["dimension"]) == 6
    assert imhi["irf"].attributes["factor"] == (
        "thwarted belongingness",
        "perceived burdensomeness",
    )
    assert any(
        "528" in problem and "531" in problem for problem in imhi["loneliness"].known_problems
    )
    assert any("930" in problem and "959" in problem for problem in imhi["t-sid"].known_problems)


def test_expert_sets_ask_what_the_test_sets_ask(tasks: dict[str, Task]) -> None:
    expert = {
        task.id.split("/")[1]: task for task in tasks.values() if task.benchmark == "imhi-expert"
    }
    assert set(expert) == set(IMHI_SIZES) - {"clp"}
    for name, task in expert.items():
        whole = tasks[f"imhi/{name}"]
        assert (task.expected_size, task.references) == (35, "expert")
        for field in (
            "labels",
            "question",
            "concept",
            "attributes",
            "dataset",
            "platform",
            "kind",
            "imhi_rule",
        ):
            assert getattr(task, field) == getattr(whole, field)
    assert any(
        "17 of 138" in problem and "10 of 33" in problem
        for problem in expert["cams"].known_problems
    )


def test_published_files_and_their_hashes(tasks: dict[str, Task]) -> None:
    declared = {task.published_file: task.sha256 for task in tasks.values() if task.sha256}
    assert declared == {
        f"{folder}/{name}": h for folder, names in PUBLISHED.items() for name, h in names.items()
    }
    unhashed = {
        task.id: task.published_file
        for task in tasks.values()
        if task.published_file and not task.sha256
    }
    assert unhashed == {"imhi/swmh": "test_data/test_instruction/swmh.csv"}


def test_mental_llm_is_as_printed(tasks: dict[str, Task]) -> None:
    found = {
        task.id.split("/")[1]: (
            task.expected_size,
            task.platform,
            task.kind,
            task.unit,
            task.dataset,
        )
        for task in tasks.values()
        if task.benchmark == "mental-llm"
    }
    assert found == MENTAL_LLM
    assert tasks["mental-llm/depseverity-4"].label_names == (
        "minimal",
        "mild",
        "moderate",
        "severe",
    )
    assert tasks["mental-llm/cssrs-5"].label_names == (
        "supportive",
        "indicator",
        "ideation",
        "behavior",
        "attempt",
    )
    for name in MENTAL_LLM:
        task = tasks[f"mental-llm/{name}"]
        assert (task.headline, task.explained, task.imhi_rule) == ("balanced_accuracy", False, None)
        assert not task.posts_public


def test_training_on_a_source_counts_in_both_benchmarks(tasks: dict[str, Task]) -> None:
    assert tasks["imhi/dreaddit"].dataset == tasks["mental-llm/dreaddit"].dataset
    assert tasks["imhi/sad"].dataset == tasks["mental-llm/sad-stress"].dataset


def test_the_published_scripts_rule(tasks: dict[str, Task]) -> None:
    """Orders and fallbacks as in the repository's IMHI.py."""
    orders = {
        "sad": [
            "school",
            "financial",
            "family",
            "social",
            "work",
            "health",
            "emotional",
            "decision",
            "other",
        ],
        "cams": ["none", "bias", "jobs", "medication", "relationship", "alienation"],
        "swmh": ["no mental", "suicide", "depression", "anxiety", "bipolar"],
        "t-sid": ["depression", "suicide", "ptsd", "no mental"],
    }
    fallbacks = {"sad": "other", "cams": "none", "swmh": "none", "t-sid": "none"}
    for name in IMHI_SIZES:
        rule = tasks[f"imhi/{name}"].imhi_rule
        assert rule is not None
        assert [substring for substring, _ in rule.order] == orders.get(name, ["yes", "no"])
        assert rule.fallback == fallbacks.get(name, "no")
        # Gold is read by its own sentences; the rule still has to be able to name every label.
        assert {label for _, label in rule.order} == set(tasks[f"imhi/{name}"].label_names)


@pytest.mark.parametrize(
    ("task_id", "sentence", "label"),
    [
        ("imhi/sad", "This post shows the stress cause related to emotion turmoil.", "emotion"),
        ("imhi/sad", "emotional turmoil. ", "emotion"),
        ("imhi/sad", "This post shows other stress causes.", "other"),
        ("imhi/sad", "other causes.", "other"),
        ("imhi/cams", "This post shows no causes of depression.", "none"),
        ("imhi/cams", "none.", "none"),
        ("imhi/t-sid", " no mental disorders.", "none"),
        ("imhi/t-sid", "This post shows PTSD.", "ptsd"),
        (
            "imhi/swmh",
            "This post shows mental disorder symptoms related to bipolar disorder.",
            "bipolar",
        ),
        ("imhi/multiwd", "No, this wellness dimension does not exist in the post.", "no"),
    ],
)
def test_gold_wordings_of_both_published_forms(
    tasks: dict[str, Task], task_id: str, sentence: str, label: str
) -> None:
    assert tasks[task_id].gold_labels[normalise_gold(sentence)] == label


def test_the_demonstration_covers_platforms_and_kinds(tasks: dict[str, Task]) -> None:
    demo = [task for task in tasks.values() if task.demonstration]
    assert {task.benchmark for task in demo} == {"demo"}
    assert {task.platform for task in demo} == {"reddit", "twitter", "sms"}
    assert {task.kind for task in demo} == {
        "binary",
        "multi-class",
        "ordinal",
        "multi-label",
    }
    assert {task.expected_size for task in demo} == {40}
    assert [task.id for task in demo if task.attributes] == ["demo/wellness"]


GOOD = """
title = "T"
family = "f"
dataset = "d"
platform = "reddit"
annotation = "human"
unit = "post"
kind = "binary"
question = "q?"
headline = "accuracy"
references = "none"
licence = "unknown"
citation = "unknown"
labels = [{name = "yes"}, {name = "no"}]
"""


def test_a_minimal_declaration() -> None:
    task = parse_task("b/t", GOOD)
    assert (task.benchmark, task.label_names, task.explained) == ("b", ("yes", "no"), False)
    with pytest.raises(TaskError, match="no label 'maybe'; it has yes, no"):
        task.label("maybe")


def test_every_fault_of_a_declaration_is_named() -> None:
    text = GOOD.replace('kind = "binary"', 'kind = "ternary"').replace('title = "T"', "colour = 1")
    text = text.replace('{name = "no"}', '{name = "yes"}')
    with pytest.raises(TaskError) as caught:
        parse_task("b/t", text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    for part in (
        "`title` is missing",
        "`colour` is not",
        "'ternary'; allowed: binary",
        "distinct names",
    ):
        assert any(part in line for line in lines)


def test_faults_of_several_files_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.toml").write_text("title = ")
    (tmp_path / "b" / "two.toml").write_text(GOOD + 'superseded_by = "b/three"\n')
    with pytest.raises(
        TaskError, match=r"(?s)b/one: not TOML.*b/two: superseded_by names 'b/three'"
    ):
        load_tasks(tmp_path)


def test_a_folder_without_tasks_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="no task declarations"):
        load_tasks(tmp_path)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('labels = ["yes", "no"]', ["label 1: must be a table", "label 2: must be a table"]),
        ("labels = 1", ["`labels` is 1; it must be a list of tables"]),
        ("labels = []", ["`labels` must be two or more with distinct names, not []"]),
        (
            'labels = [{title = "A"}, {name = 2}]',
            ["label 1: `name` is missing", "label 2: `name` is 2"],
        ),
        (
            "imhi_rule = {}",
            ["`imhi_rule`: `order` is missing", "`imhi_rule`: `fallback` is missing"],
        ),
        (
            'imhi_rule = {order = [["yes"]], fallback = "no"}',
            ["`imhi_rule`: `order` is [['yes']]; it must be a list"],
        ),
        (
            'imhi_rule = {order = [["eh", "eh"]], fallback = "no"}',
            ["`imhi_rule` gives 'eh', which is not a label"],
        ),
        ('gold_public = "false"', ["`gold_public` is 'false'; it must be true or false"]),
        ("revision = true", ["`revision` is True; it must be a whole number"]),
        (
            'platform = "Red - it"',
            ["`platform` is 'Red - it'; it must be a name in lower case, without"],
        ),
        (
            'attributes = {factor = "haste"}',
            ["`attributes` is {'factor': 'haste'}; it must be a table of lists"],
        ),
        ('licence = ""', ["`licence` is ''; it must be text"]),
        ('separator = ""', ["`separator` is ''; it must be text that parts words"]),
        ('rewordings = ["q?"]', ["`rewordings` say the question twice in the same words"]),
        (
            'rewordings = ["{factor}?"]',
            ["`rewordings` hold '{factor}?', which must have the places of 'q?'"],
        ),
    ],
)
def test_what_a_field_may_not_hold_is_said(text: str, faults: list[str]) -> None:
    kept = [line for line in GOOD.splitlines() if line.split(" = ")[0] != text.split(" = ")[0]]
    with pytest.raises(TaskError) as caught:
        parse_task("b/t", "\n".join([text, *kept]))
    for fault, line in zip(faults, str(caught.value).splitlines(), strict=True):
        assert line.startswith(f"task b/t: {fault}")


@given(
    toml_texts(
        GOOD, ["labels", "imhi_rule", "attributes", "name", "gold", "order", "fallback", "kind"]
    )
)
@example("imhi_rule = {order = [[1, {}]], fallback = []}\nlabels = [{name = []}, {name = {}}]")
def test_any_declaration_is_read_or_refused(text: str) -> None:
    check_read_or_refused(lambda toml: parse_task("b/t", toml), TaskError, text)
