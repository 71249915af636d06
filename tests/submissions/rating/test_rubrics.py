"""Declared rubrics."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given

from submissions.rating.rubrics import RubricError, declared_rubric, default_rubric
from tests.declarations import check_read_or_refused, load_rubrics, parse_rubric, toml_texts

GOOD = """
title = "T"
source = "S"
headline = "clarity"
[[aspects]]
name = "clarity"
title = "Clarity"
wording = "Is it clear?"
low = 0
high = 3
"""


def test_the_declared_ones_have_the_published_aspects_and_scales() -> None:
    rubrics = load_rubrics()
    assert rubrics["dr-annotation"].names == ("fluency", "completeness", "reliability", "overall")
    assert rubrics["dr-annotation"].task == "imhi/dr"
    assert rubrics["mentallama"].names == (
        "consistency",
        "reliability",
        "professionality",
        "overall",
    )
    for name in ("dr-annotation", "mentallama"):
        assert {(aspect.low, aspect.high) for aspect in rubrics[name].aspects} == {(0, 3)}
    # The Cognitive Therapy Rating Scale: eleven items from 0 to 6, 66 in all.
    assert sum(aspect.high for aspect in rubrics["ctrs"].aspects) == 66
    for rubric in rubrics.values():
        assert "wording: this project's" in rubric.source


def test_the_rubric_that_is_meant_is_the_benchmarks_own_or_the_default() -> None:
    rubrics = load_rubrics()
    assert default_rubric(rubrics, "imhi") is rubrics["mentallama"]
    own = parse_rubric("our-lab", GOOD)
    assert default_rubric({**rubrics, "our-lab": own}, "our-lab") is own
    assert default_rubric({"a": own}, "imhi") is own, "the only one"
    two = {name: parse_rubric(name, GOOD) for name in ("a", "b")}
    with pytest.raises(RubricError, match="imhi has no default: there are a, b; name one"):
        default_rubric(two, "imhi")
    with pytest.raises(RubricError, match="there are none"):
        default_rubric({}, "imhi")


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        GOOD.replace('"S"', "3").replace(
            'headline = "clarity"', 'headline = "clarty"\ncolour = "red"'
        ),
        "utf-8",
    )
    (tmp_path / "two.toml").write_text(
        GOOD.replace("high = 3", "high = 0").replace('"clarity"\ntitle', '"Clarity"\ntitle'),
        "utf-8",
    )
    (tmp_path / "three.toml").write_text("not [ toml", "utf-8")
    with pytest.raises(RubricError) as caught:
        load_rubrics(tmp_path)
    said = str(caught.value)
    for part in (
        "rubric one: `source` is 3; it must be text",
        "one: `colour` is not a field here; allowed: title",
        "one: `headline` is 'clarty'; allowed: clarity",
        "two: aspect 1: `name` is 'Clarity'; it must be lower case",
        "two: aspect 1: `low` is 0 and `high` 0; low must be less",
        "three: not TOML",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "`title` is missing"),
        ('title = "T"\nsource = "S"\nheadline = "x"\naspects = []', "`aspects` is empty"),
        ('title = "T"\nsource = "S"\nheadline = "x"\naspects = ["x"]', "aspect 1: must be a table"),
        (GOOD.replace("low = 0", "low = true"), "`low` is True; it must be a whole number"),
        (GOOD + GOOD[GOOD.index("[[") :], "two aspects are called 'clarity'"),
    ],
)
def test_a_fault_is_said(text: str, fault: str) -> None:
    with pytest.raises(RubricError, match=fault.replace("[", r"\[")):
        parse_rubric("r", text)


def test_an_unknown_rubric_is_refused_with_the_nearest() -> None:
    with pytest.raises(RubricError, match="did you mean 'mentallama'"):
        declared_rubric(load_rubrics(), "mentalama")


INLINE = (
    'title = "T"\nsource = "S"\nheadline = "b"\naspects = [{name = "b", title = "B", wording = "?",'
    " low = 0, high = 3}]"
)


@given(
    toml_texts(INLINE, ["aspects", "name", "title", "wording", "low", "high", "headline", "task"])
)
@example("aspects = [{name = [], low = {}, high = 1}, 3]\nheadline = []")
@example(f"{INLINE.replace('low = 0', 'low = 0x' + 'f' * 5_000)}")
def test_any_declaration_is_read_or_refused(text: str) -> None:
    check_read_or_refused(lambda toml: parse_rubric("r", toml), RubricError, text)
