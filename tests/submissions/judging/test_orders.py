"""Verdicts of a pairwise judge are held against those of the other order, repeat by repeat."""

from __future__ import annotations

import pytest

from scoring.judging.verdicts import Verdict, VerdictKey, texts_hash
from submissions.judging.judges import JUDGES, read_judges
from submissions.judging.prompts import JudgePrompter
from submissions.judging.results import JudgedAspect, Judgement
from tests.declarations import load_rubrics

POST, OWN, OTHER = "a post", "the own answer", "the other's"


def said(first: str, second: str, seed: int, level: str | None) -> Verdict:
    levels = {} if level is None else {"overall": level}
    return Verdict(VerdictKey(texts_hash(POST, first, second), seed), levels, "stop")


@pytest.mark.parametrize(
    ("own_first", "own_second", "expected"),
    [
        (["first"], ["second"], [1.0]),
        (["first"], ["first"], [0.5]),
        (["second", "first"], ["first", "second"], [0.0, 1.0]),
        ([None, "first"], ["first", "second"], [1.0]),
        (["first", "second"], [None, "first"], [0.0]),
        (["first", None], [None, "second"], []),
    ],
)
def test_a_repeat_is_held_against_the_same_repeat_of_the_other_order(
    own_first: list[str | None], own_second: list[str | None], expected: list[float]
) -> None:
    verdicts = [said(OWN, OTHER, seed, level) for seed, level in enumerate(own_first)]
    verdicts += [said(OTHER, OWN, seed, level) for seed, level in enumerate(own_second)]
    rubric = load_rubrics()["mentallama"]
    prompter = JudgePrompter(read_judges(JUDGES)[0]["pairwise"], rubric)
    (overall,) = [aspect for aspect in rubric.aspects if aspect.name == "overall"]
    judged = JudgedAspect(Judgement("a-judge", prompter, verdicts), overall, {})
    assert judged._compared(POST, OWN, OTHER) == expected
