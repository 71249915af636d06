"""What names of data sets mean: benchmarks, aliases, other spellings, others' data, names that
nobody knows.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scoring.declarations import Fault
from scoring.sources import Sources, Training, clashes
from scoring.tasks import Task, Tasks
from submissions.benchmarks.templates import declaration_template
from submissions.declarations.meta import parse_meta, parse_toml

# MentaLLaMA (arXiv:2309.13567, table 1): the ten sets of IMHI, each with a train split.
IMHI = ("cams", "clp", "dr", "dreaddit", "irf", "loneliness", "multiwd", "sad", "swmh", "t-sid")
# Mental-LLM (arXiv:2307.14385, table 2): four sets to train and test on, three to test on alone.
MENTAL_LLM = ("cssrs-suicide", "depseverity", "dreaddit", "red-sam", "sad", "sdcnl", "twt-60users")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IMHI", IMHI),
        ("imhi", IMHI),
        ("IMHI-completion", IMHI),
        ("IMHI training set", IMHI),
        ("MentaLLaMA", IMHI),
        ("Mental-LLM", MENTAL_LLM),
        ("mental llm", MENTAL_LLM),
        ("dreaddit train split", ("dreaddit",)),
        ("DREADDIT", ("dreaddit",)),
        ("DepressionReddit", ("dr",)),
        ("Depression_Reddit", ("dr",)),
        ("T SID", ("t-sid",)),
        ("C-SSRS", ("cssrs-suicide",)),
        ("imhi/dreaddit", ("dreaddit",)),
        ("mental-llm/sad-stress", ("sad",)),
        ("ＳＡＤ", ("sad",)),
    ],
)
def test_what_a_name_means(tasks: dict[str, Task], name: str, meant: tuple[str, ...]) -> None:
    sources = Sources.of(tasks)
    assert sources.read([name]) == Training(datasets=meant)
    assert sources.fault(name) == ("", "")


def test_names_together_mean_each_data_set_once(tasks: dict[str, Task]) -> None:
    names = ["dreaddit", "Dreaddit (train)", " other: Mine ", "OTHER:Mine", "eRisk", "SAD", "eRisk"]
    found = Sources.of(tasks).read(names)
    assert found == Training(("dreaddit", "sad"), ("other:Mine",), ("eRisk",))
    assert found.why_unknown == "cannot tell: `trained_on` names 'eRisk', which no task knows"
    assert Sources.of(tasks).read([]) == Training()


@pytest.mark.parametrize(
    "name", ["", "the data set", "reddit", "imhi-general", "IMHI without SAD", "none", "other:"]
)
def test_what_no_task_knows_is_unknown_and_never_nothing(tasks: dict[str, Task], name: str) -> None:
    assert Sources.of(tasks).read([name]) == Training(unknown=(name,))
    assert all(Sources.of(tasks).fault(name))


def test_a_task_of_others_is_never_other_data(tasks: dict[str, Task]) -> None:
    assert Sources.of(tasks).read(["other:Dreaddit"]) == Training(("dreaddit",))
    assert "write 'Dreaddit'" in Sources.of(tasks).fault("other:Dreaddit")[1]


def test_every_declared_alias_means_what_its_task_says(tasks: dict[str, Task]) -> None:
    assert not list(clashes(tasks))
    assert any(task.dataset_aliases for task in tasks.values())


def test_an_alias_of_two_things_means_neither(tasks: dict[str, Task]) -> None:
    tasks = dict(tasks)
    tasks["imhi/sad"] = replace(tasks["imhi/sad"], dataset_aliases=("Depression Reddit", "CAMS"))
    assert {task_id for task_id, _ in clashes(tasks)} == {"imhi/sad", "imhi/dr"}
    sources = Sources.of(tasks)
    assert sources.read(["DepressionReddit"]).unknown == ("DepressionReddit",)
    assert sources.read(["cams"]).datasets == ("cams",), "a name stands before an alias"


def test_a_benchmark_that_cannot_be_read_whole_does_not_say_what_it_means(
    tasks: dict[str, Task],
) -> None:
    left = {name: task for name, task in tasks.items() if name != "imhi/clp"}
    sources = Sources.of(Tasks(left, (Fault("imhi/clp", "not TOML"),)))
    assert sources.read(["IMHI", "MentaLLaMA", "clp"]).unknown == ("IMHI", "MentaLLaMA", "clp")
    assert sources.read(["Mental-LLM"]).datasets == MENTAL_LLM


def test_the_methods_page_lists_every_name_and_what_it_means(tasks: dict[str, Task]) -> None:
    page = Path(__file__).parents[2] / "docs" / "methods.md"
    rows = [
        line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    listed = {cells[1].strip(" `"): cells[2:4] for cells in (row.split("|") for row in rows)}
    sources = Sources.of(tasks)
    for name in sources.choices:
        means, others = (cell.strip() for cell in listed[name])
        meant = sources.meaning(name)
        assert means == ("the data set" if name in sources.datasets else ", ".join(meant or ()))
        declared = [alias for alias, of in sources.aliases if of == meant]
        assert others == ", ".join(declared)


def test_the_file_to_fill_in_lists_them_too(tasks: dict[str, Task]) -> None:
    sources = Sources.of(tasks)
    text = declaration_template(sources, ["zero-shot"])
    said = " ".join(text.replace("#", " ").split())
    assert all(
        name in said
        for name in (*sources.choices, "DepressionReddit", "IMHI-completion", "other:NAME")
    )
    filled = text.replace('system = ""', 'system = "S"').replace(
        'method = ""', 'method = "few-shot"'
    )
    assert parse_meta(parse_toml(filled), sources).trained_on is None
    assert (
        parse_meta(parse_toml(filled.replace("# trained_on", "trained_on")), sources).trained_on
        == ()
    )
