"""Protocols: every fault of every file at once, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given

from scoring.baselines import TRIVIAL
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.benchmarks.protocols import Participation, ProtocolError, participation
from tests.declarations import check_read_or_refused, load_protocols, parse_protocol, toml_texts

GOOD = """
benchmark = "imhi"
title = "T"
description = "D"
reference = "Majority label"
held_out_datasets = ["dreaddit"]
"""


def test_the_declared_ones_hold_out_what_the_paper_does_and_pin_one_reference(
    tasks: dict[str, Task],
) -> None:
    protocols = load_protocols(tasks)
    assert set(protocols["imhi-general"].held_out_datasets) == {"dreaddit", "t-sid", "cams", "irf"}
    assert protocols["imhi-without-twitter"].held_out_platforms == ("twitter",)
    assert {protocol.benchmark for protocol in protocols.values()} == {
        task.benchmark for task in tasks.values()
    }
    for protocol in protocols.values():
        assert protocol.reference in {system.name for system in TRIVIAL}, (
            "it must be on every board"
        )
        named = {
            other.reference for other in protocols.values() if other.benchmark == protocol.benchmark
        }
        assert named == {protocol.reference}
    held_out = {
        task.id for task in tasks.values() if protocols["imhi-without-twitter"].holds_out(task)
    }
    assert {name for name in held_out if name.startswith("imhi/")} == {"imhi/t-sid"}


def test_every_fault_of_every_file_is_said_at_once(tasks: dict[str, Task], tmp_path: Path) -> None:
    for name, text in {
        "torn": "benchmark = ",
        "empty": 'title = ""\nheld_out_datasets = "dreaddit"\nreferense = "x"\n',
        "names": GOOD.replace('"dreaddit"', '"dreadit", "sms"').replace('"imhi"', '"imh"'),
        "platform": GOOD + 'held_out_platforms = ["unknown"]',
        "nothing": GOOD.replace('"dreaddit"', '"red-sam"'),
        "one": GOOD,
        "other": GOOD.replace("Majority label", "Copy of the post"),
    }.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(ProtocolError) as caught:
        load_protocols(tasks, tmp_path)
    said = str(caught.value)
    imhi = sum(task.benchmark == "imhi" for task in tasks.values())
    for part in (
        "torn: not TOML",
        "`benchmark` is missing",
        "`title` is ''; it must be text",
        "`held_out_datasets` is 'dreaddit'; it must be a list",
        "`referense` is not a field here; allowed: benchmark",
        "did you mean 'reference'?",
        "`benchmark` names 'imh'; allowed: demo, imhi,",
        "did you mean 'imhi'?",
        "`held_out_datasets` names 'dreadit'",
        "did you mean 'dreaddit'?",
        "`held_out_platforms` names 'unknown'",
        f"nothing: holds out 0 of imhi's {imhi} tasks",
        "imhi: its protocols name several references",
        "'Majority label' (one); 'Copy of the post' (other)",
        "bytes.toml: cannot be read",
    ):
        assert part in said, part


@given(text=toml_texts(GOOD, ["benchmark", "reference", "held_out_datasets", "held_out_platforms"]))
@example(text='benchmark = {}\nheld_out_datasets = [[], 1]\nheld_out_platforms = "sms"')
def test_any_declaration_is_read_or_refused(tasks: dict[str, Task], text: str) -> None:
    check_read_or_refused(lambda toml: parse_protocol("p", toml, tasks), ProtocolError, text)


def test_no_folder_is_no_protocols(tasks: dict[str, Task], tmp_path: Path) -> None:
    assert load_protocols(tasks, tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("trained_on", "expected"),
    [
        (None, Participation("undeclared", "the submission does not say what it was trained on")),
        ((), Participation("takes part", "trained on none of the data sets")),
        (("sad", "other:mine"), Participation("takes part", "trained on sad, other:mine")),
        (
            ("sad", "elsewhere"),
            Participation(
                "cannot tell", "cannot tell: `trained_on` names 'elsewhere', which no task knows"
            ),
        ),
        # The paper's own: MentaLLaMA was trained on the train splits of all ten sets.
        (("IMHI",), Participation("trained on held-out data", "trained on dreaddit")),
        (("Mental-LLM",), Participation("trained on held-out data", "trained on dreaddit")),
        (
            ("elsewhere", "Dreaddit train split"),
            Participation("trained on held-out data", "trained on dreaddit"),
        ),
        (("sad", "dreaddit"), Participation("trained on held-out data", "trained on dreaddit")),
    ],
)
def test_data_set_hold_outs(
    tasks: dict[str, Task], trained_on: Sequence[str] | None, expected: Participation
) -> None:
    assert (
        participation(parse_protocol("p", GOOD, tasks), trained_on, Sources.of(tasks)) == expected
    )


@pytest.mark.parametrize(
    ("trained_on", "status", "why"),
    [
        (("dreaddit", "sad"), "takes part", "dreaddit, sad"),
        (("dreaddit", "twt-60users"), "trained on held-out data", "twt-60users (twitter)"),
        (("dreaddit", "other:x"), "cannot tell", "the platform of other:x is not known"),
        (("dreaddit", "elsewhere"), "cannot tell", "'elsewhere', which no task knows"),
        (("clp",), "cannot tell", "the platform of clp is not known"),
        (("elsewhere", "t-sid"), "trained on held-out data", "t-sid (twitter)"),
    ],
)
def test_platform_hold_outs_count_what_other_benchmarks_declare_and_never_guess(
    tasks: dict[str, Task], trained_on: Sequence[str], status: str, why: str
) -> None:
    found = participation(
        load_protocols(tasks)["imhi-without-twitter"], trained_on, Sources.of(tasks)
    )
    assert found.status == status
    assert why in found.why
