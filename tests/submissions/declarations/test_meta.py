"""What a team declares about its system: taken as it is, or refused with every fault."""

from __future__ import annotations

import time
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.sources import Sources
from scoring.tasks import Task
from submissions.declarations.meta import METHODS, Meta, name_problems, parse_meta, read_meta
from submissions.problems import SubmissionRefused

DATASETS = Sources(
    platforms={name: frozenset({"reddit"}) for name in ("dreaddit", "depseverity", "sad", "dr")},
    families={},
    benchmarks={},
    aliases=(),
    ids={},
)
LEAST = {"system": "mine", "version": "1", "method": "zero-shot"}


def faults(**declared: object) -> dict[str, str]:
    with pytest.raises(SubmissionRefused) as refusal:
        parse_meta(LEAST | declared, DATASETS)
    return {problem.field: str(problem) for problem in refusal.value.problems}


def test_everything_that_can_be_declared(tmp_path: Path) -> None:
    path = tmp_path / "submission.toml"
    path.write_text(
        """
        system = " MentalThing "
        version = "7B-chat"
        description = "Two lines\\nof it."
        base_model = "a model"
        parameters = 7_000_000_000
        method = "instruction fine-tuning"
        prompt_strategy = "as published"
        trained_on = ["Dreaddit", "something else"]
        links = ["https://example.org/paper"]
        licence = "MIT"
        consent = true
        contact = "us@example.org"
        """,
        encoding="utf-8",
    )
    assert read_meta(path, DATASETS) == Meta(
        system="MentalThing",
        version="7B-chat",
        description="Two lines\nof it.",
        base_model="a model",
        parameters=7_000_000_000,
        method="instruction fine-tuning",
        prompt_strategy="as published",
        trained_on=("dreaddit", "something else"),
        links=("https://example.org/paper",),
        licence="MIT",
        consent=True,
        contact="us@example.org",
    )


DEEP = {
    "dots": "description." + ".".join("a" * 30_000) + " = 1",
    "head": "[" + ".".join("a" * 30_000) + "]",
    "quoted": "description." + ".".join(['"a"'] * 15_000) + " = 1",
    "one word": "a" * 60_000,
    "inline": "x = {" + ".".join("a" * 30_000) + " = 1}",
    "open strings": '\\"' * 30_000,
    "triple": ('"' * 3 + "'" * 3) * 10_000,
    "lists": "x = " + "[" * 30_000,
}


@pytest.mark.parametrize("case", DEEP)
def test_a_file_that_is_made_to_be_read_slowly_is_refused_at_once(
    tmp_path: Path, case: str
) -> None:
    path = tmp_path / "submission.toml"
    path.write_text(
        'system = "S"\nversion = "1"\nmethod = "few-shot"\n' + DEEP[case], encoding="utf-8"
    )
    started = time.process_time()
    with pytest.raises(SubmissionRefused, match="not TOML"):
        read_meta(path, DATASETS)
    assert time.process_time() - started < 2


def test_dots_in_texts_and_comments_are_no_keys(tmp_path: Path) -> None:
    path = tmp_path / "submission.toml"
    dots = "a.b.c.d.e.f.g.h.i.j.k.l"
    path.write_text(
        f'system = "{dots}"  # {dots}, it\'s\nversion = \'{dots}\'\nmethod = "few-shot"\n'
        f'description = """{dots} \\" " {dots}"""\nlinks = ["https://{dots}/x"]',
        encoding="utf-8",
    )
    meta = read_meta(path)
    assert (meta.system, meta.version, meta.links) == (dots, dots, (f"https://{dots}/x",))
    assert meta.description == f'{dots} " " {dots}'


@pytest.mark.parametrize("depth", range(10, 4_000, 290))
def test_a_value_of_any_depth_is_a_fault_like_any_other(depth: int) -> None:
    nested: dict[str, object] = {}
    for _ in range(depth):
        nested = {"a": nested}
    assert "must be text" in faults(description=nested)["description"]


BLANK = ["\u3164", "\u2800", "S\ufe0f", "S\u034f", "\uffa0", "S\U000e0101", "\u115f\u1160"]


@pytest.mark.parametrize("name", BLANK)
def test_a_name_that_nobody_sees_or_could_tell_from_another_is_refused(name: str) -> None:
    said = faults(system=name, version=name, trained_on=[name])
    assert all("invisible" in said[field] for field in ("system", "version", "trained_on"))
    assert parse_meta(LEAST | {"description": "\u2764\ufe0f"}).description


def test_what_is_not_declared_is_unknown_and_not_consented_to() -> None:
    meta = parse_meta(LEAST)
    assert (meta.parameters, meta.licence, meta.consent, meta.contact) == (
        "unknown",
        "unknown",
        False,
        None,
    )


def test_trained_on_nothing_is_not_the_same_as_undeclared() -> None:
    assert parse_meta(LEAST).trained_on is None
    assert parse_meta({**LEAST, "trained_on": []}).trained_on == ()


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        parse_meta({"sytem": "x", "method": "zero shot", "links": ["ftp://a"], "consent": "yes"})
    found = {(problem.field, problem.value) for problem in refusal.value.problems}
    assert found == {
        ("key", "sytem"),
        ("system", ""),
        ("version", ""),
        ("method", "zero shot"),
        ("links", "['ftp://a']"),
        ("consent", "yes"),
    }
    assert "did you mean 'system'?" in str(refusal.value)
    assert "did you mean 'zero-shot'?" in str(refusal.value)
    assert all(method in str(refusal.value) for method in METHODS)


@pytest.mark.parametrize(
    "name", ["", "  ", "a" * 81, "two\nlines", "bell\x07", "turned\u202eround", 7, None, ["a"]]
)
def test_names_are_short_and_visible(name: object) -> None:
    assert set(faults(system=name, version=name)) == {"system", "version"}


@pytest.mark.parametrize("name", ["pooled", " Pooled "])
def test_no_system_is_called_what_all_together_are(name: str) -> None:
    with pytest.raises(
        SubmissionRefused, match=r"what all systems together are called; allowed: .*other than"
    ):
        parse_meta(LEAST | {"system": name})


@pytest.mark.parametrize(
    "name", ["=cmd()", "<b>bold</b>", "../../etc", "' OR 1=1 --", "Größe 模型 🙂"]
)
def test_a_name_is_only_text(name: str) -> None:
    assert parse_meta(LEAST | {"system": name}).system == name


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "example.org",
        "http://",
        "https://a b",
        "http://[",
        "//a",
        3,
        "http://a:99999999/",
        "http://a:b/",
    ],
)
def test_links_lead_to_the_web(link: object) -> None:
    assert "http or https" in faults(links=[link])["links"]


@pytest.mark.parametrize("key", [field.name for field in fields(Meta)])
def test_of_every_key_it_is_said_what_is_allowed(key: str) -> None:
    found = faults(**{key: {"a": 1}, "methd": 1})
    assert "; allowed: " in found[key]
    assert f" {key}," in f" {found['key']}".replace(";", ",")


@pytest.mark.parametrize("number", [-1, True, "7B", float("nan"), float("inf"), [1]])
def test_parameters_are_a_number_or_unknown(number: object) -> None:
    assert "parameters" in faults(parameters=number)


def asked(tasks: dict[str, Task], *names: str, accepted: tuple[str, ...] = ()) -> list[str]:
    sources = Sources.of(tasks)
    meta = parse_meta({**LEAST, "trained_on": [*names]}, sources)
    return [str(problem) for problem in name_problems(meta, sources, accepted=accepted)]


def test_names_that_no_task_knows_are_asked_about_all_at_once(tasks: dict[str, Task]) -> None:
    near, far = asked(
        tasks, "dreadit", "IMHI", "eRisk 2018", "Depression_Reddit", "other:eRisk 2018"
    )
    assert "trained_on 'dreadit': is no data set or benchmark" in near
    assert "did you mean 'dreaddit'?" in near
    assert "'other:eRisk 2018'" in far
    assert "leaves `trained_on` out" in far
    assert all(f" {name}," in near for name in ("t-sid", "imhi-expert", "mental-llm"))
    assert asked(tasks, "eRisk 2018", accepted=("eRisk 2018",)) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("none", "write [] for none of them"),
        ("other:", "write other:NAME"),
        ("OTHER: dreaddit (train)", "write 'dreaddit (train)'"),
        (
            "imhi-general",
            "'other:imhi-general'",
        ),  # a protocol says what is held out, not what was used
    ],
)
def test_what_is_to_be_written_instead(tasks: dict[str, Task], name: str, hint: str) -> None:
    (problem,) = asked(tasks, name)
    assert hint in problem


def test_names_are_asked_about_beside_other_faults(tasks: dict[str, Task]) -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        parse_meta({**LEAST, "method": "magic", "trained_on": ["dreadit"]}, Sources.of(tasks))
    assert {problem.field for problem in refusal.value.problems} == {"method", "trained_on"}


def test_names_are_kept_as_they_were_written(tasks: dict[str, Task]) -> None:
    written = [
        " IMHI ",
        "DREADDIT",
        "Dreaddit",
        "Other:  My own set",
        "DepressionReddit",
        "imhi/sad",
    ]
    meta = parse_meta({**LEAST, "trained_on": written}, Sources.of(tasks))
    assert meta.trained_on == (
        "IMHI",
        "dreaddit",
        "other:My own set",
        "DepressionReddit",
        "imhi/sad",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"system = ", "not TOML"),
        (b'system = "\xff"', "not UTF-8"),
        (b"#" * 70_000, "too long"),
        (b"a = " + b"[" * 20_000, "not TOML"),
        (b"parameters = " + b"9" * 5_000, "not TOML: .*digits"),
        (b"parameters = 0x" + b"f" * 5_000, "parameters .*digits.*: not a number of parameters"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "submission.toml"
    path.write_bytes(content)
    with pytest.raises(SubmissionRefused, match=said):
        read_meta(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused, match="No such file"):
        read_meta(tmp_path / "submission.toml")


def test_what_is_wrong_is_measured_and_placed() -> None:
    assert (
        "is 2,001 characters long; allowed: text of at most 2,000"
        in faults(prompt_strategy="a" * 2001)["prompt_strategy"]
    )
    assert "entry 2: must be text" in faults(trained_on=["sad", 3, 4])["trained_on"]
    assert "has 101 entries" in faults(links=["https://a"] * 101)["links"]
    assert "invisible" in faults(licence="\ud800")["licence"]
    assert "not a key" in faults(**{"\ud800": 1})["key"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)
KEYS = st.sampled_from(
    ["system", "version", "method", "description", "parameters", "trained_on", "links", "consent"]
)


@given(st.dictionaries(KEYS | st.text(), JSON))
def test_any_declaration_is_taken_or_refused(declared: dict[str, object]) -> None:
    try:
        meta = parse_meta(declared, DATASETS)
    except SubmissionRefused:
        return
    assert meta.system.strip()
    assert meta.method in METHODS


def test_of_many_unknown_keys_the_first_are_told_one_by_one() -> None:
    raw = {"system": "S", "version": "1", "method": "few-shot"} | {
        f"key{n}": 1 for n in range(3000)
    }
    with pytest.raises(SubmissionRefused) as refused:
        parse_meta(raw)
    assert len(refused.value.problems) == 21
    assert "2,980 more keys" in str(refused.value.problems[-1])
