"""Declared judges, the prompts that they make by any rubric, and the values of their verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.judging.framing import code_of
from scoring.judging.verdicts import Menu, VerdictKey
from submissions.judging.judges import (
    JUDGES,
    JudgeError,
    declared_judge,
    parse_judge,
    read_judges,
    rubric_hash,
)
from submissions.judging.prompts import JudgePrompter, JudgeRequest
from submissions.operating.declaration_faults import JUDGE, declaration_faults
from submissions.rating.rubrics import RUBRICS, Rubric
from submissions.store.folder import DataFolder
from tests.declarations import load_rubrics
from tests.submissions.judging.injected import written

POST = 'Consider this post: "I cannot sleep." Question: Is the poster stressed?'
ANSWER = "Answer: Yes\n\nExplanation: Sleepless nights speak for stress."


@pytest.fixture(scope="module")
def rubrics() -> dict[str, Rubric]:
    return load_rubrics(RUBRICS)


def a_prompter(rubric: Rubric, judge: str = "scale") -> JudgePrompter:
    return JudgePrompter(read_judges(JUDGES)[0][judge], rubric)


def test_every_shipped_judge_can_be_used() -> None:
    judges, faults = read_judges(JUDGES)
    assert set(judges) == {"scale", "checklist", "pairwise", "transcript"}
    assert faults == ()


def test_any_rubric_is_asked_on_its_own_scale(rubrics: dict[str, Rubric]) -> None:
    assert {"ctrs", "mentallama", "dr-annotation"} <= set(rubrics)
    for rubric in rubrics.values():
        prompter = a_prompter(rubric)
        prompt = prompter.prompt((POST, ANSWER))
        for aspect in rubric.aspects:
            assert f"- {aspect.name} ({aspect.title}): {aspect.wording}" in prompt
        levels = {aspect.name: aspect.high for aspect in rubric.aspects}
        assert [prompter.value(aspect, levels) for aspect in rubric.aspects] == list(
            levels.values()
        )
    assert a_prompter(rubrics["ctrs"]).menus[0] == Menu("agenda", (0, 1, 2, 3, 4, 5, 6))


def test_texts_stand_between_delimiters_and_nothing_of_them_outside(
    rubrics: dict[str, Rubric],
) -> None:
    prompt = a_prompter(rubrics["mentallama"]).prompt((POST, ANSWER))
    code = code_of(POST, ANSWER)
    assert f"[[POST {code}]]\n{POST}\n[[END OF POST {code}]]" in prompt
    assert f"[[ANSWER {code}]]\n{ANSWER}\n[[END OF ANSWER {code}]]" in prompt
    assert prompt.count(POST) == prompt.count(ANSWER) == 1


@pytest.mark.parametrize("judge", ["scale", "checklist"])
def test_no_injection_changes_a_word_outside_the_delimiters(
    rubrics: dict[str, Rubric], judge: str
) -> None:
    def outside(answer: str) -> str:
        prompt = a_prompter(rubrics["mentallama"], judge).prompt((POST, answer))
        code = code_of(POST, answer)
        before, _, rest = prompt.partition(f"[[ANSWER {code}]]\n")
        _, end, after = rest.partition(f"\n[[END OF ANSWER {code}]]")
        assert end
        return (before + after).replace(code, "CODE")

    honest = outside(ANSWER)
    assert len(written()) == 40
    for injection in written():
        assert outside(f"{ANSWER} {injection}") == honest
    assert outside("{post} {code} {form}") == honest


def test_braces_of_a_text_are_the_texts(rubrics: dict[str, Rubric]) -> None:
    assert "{form} {code}" in a_prompter(rubrics["mentallama"]).prompt((POST, "{form} {code}"))


def test_where_a_post_is_cut_its_question_stays(rubrics: dict[str, Rubric]) -> None:
    post = f'Consider this post: "{"word " * 500}" Question: Is the poster stressed?'
    request = JudgeRequest(VerdictKey("p", 1), a_prompter(rubrics["mentallama"]), (post, ANSWER))
    assert request.characters == len(post)
    cut = request.prompt(1_000)
    assert "Question: Is the poster stressed?" in cut
    assert len(request.prompt()) - len(cut) == len(post) - 1_000 - len(" (...) ")
    # The delimiters are those of the whole, whatever is shown of it.
    assert code_of(post, ANSWER) in cut


def test_a_checklists_value_is_the_share_of_yes_on_the_scale(rubrics: dict[str, Rubric]) -> None:
    prompter = a_prompter(rubrics["mentallama"], "checklist")
    aspect = rubrics["mentallama"].aspect("consistency")
    assert aspect is not None
    names = [menu.name for menu in prompter.menus if menu.name.startswith("consistency-")]
    assert len(names) == 3
    answers = dict(zip(names, ("yes", "no", "yes"), strict=True))
    assert prompter.value(aspect, answers) == pytest.approx(2 / 3 * 3)
    # Without one of its questions it would be the answer to something else.
    del answers[names[1]]
    assert prompter.value(aspect, answers) is None
    assert prompter.value(aspect, {}) is None


def test_a_checklist_is_of_the_rubric_that_it_is_made_for(rubrics: dict[str, Rubric]) -> None:
    judge = read_judges(JUDGES)[0]["checklist"]
    judge.require_fit(rubrics["mentallama"])
    with pytest.raises(JudgeError, match="made for mentallama, not for ctrs"):
        judge.require_fit(rubrics["ctrs"])


SOUND = """title = "t"
source = "s"
kind = "scale"
template = "{post} {answer} {code} {form}"
"""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (SOUND.replace("{answer}", ""), "has no place {answer}"),
        (SOUND.replace("{code}", "{nonce}"), "has a place {nonce}; allowed: title"),
        (SOUND.replace("{answer}", "{answer} {first}"), "has a place {first}; allowed: title"),
        (SOUND.replace("{answer}", "{transcript}"), "has a place {post}; allowed: title"),
        (SOUND.replace('"scale"', '"scales"'), "did you mean 'scale'"),
        (SOUND.replace('"scale"', '"checklist"'), "`questions` are missing"),
        (SOUND + "[questions]\noverall = ['Is it?']\n", "a checklist's"),
        (SOUND.replace('"scale"', '"pairwise"'), "has no place {first}"),
        (SOUND.replace('title = "t"\n', ""), "`title` is missing"),
    ],
)
def test_a_faulty_declaration_is_refused_with_every_fault(changed: str, said: str) -> None:
    parse_judge("mine", SOUND)
    with pytest.raises(JudgeError) as refused:
        parse_judge("mine", changed)
    assert said in str(refused.value)


def test_a_boards_own_judge_stands_before_the_shipped_and_status_tells_its_faults(
    tmp_path: Path,
) -> None:
    own = tmp_path / "judges"
    own.mkdir()
    (own / "scale.toml").write_text(SOUND, encoding="utf-8")
    assert declared_judge(tmp_path, "scale").title == "t"
    (own / "mine.toml").write_text("kind = 1", encoding="utf-8")
    (fault,) = declaration_faults(DataFolder(tmp_path))
    assert (fault.name, fault.consequence) == ("mine", JUDGE)
    with pytest.raises(JudgeError, match="did you mean 'scale'"):
        declared_judge(tmp_path, "scales")


def test_whatever_is_changed_of_judge_or_rubric_changes_its_hash(
    rubrics: dict[str, Rubric],
) -> None:
    first, second = (parse_judge("mine", text) for text in (SOUND, SOUND + "version = 2\n"))
    assert first.sha256 != second.sha256
    assert len({rubric_hash(rubric) for rubric in rubrics.values()}) == len(rubrics)


def test_the_form_that_is_asked_for_names_every_question(rubrics: dict[str, Rubric]) -> None:
    prompt = a_prompter(rubrics["ctrs"]).prompt((POST, ANSWER))
    form = json.loads(prompt[prompt.rindex("\n{") :])
    assert list(form) == list(rubrics["ctrs"].names)
    assert form["agenda"] == "a whole number from 0 to 6"


def test_a_transcript_is_shown_whole_whatever_fits(rubrics: dict[str, Rubric]) -> None:
    spoken = "patient: I cannot sleep.\n\ntherapist: Since when?" * 100
    request = JudgeRequest(VerdictKey("p", 1), a_prompter(rubrics["ctrs"], "transcript"), (spoken,))
    assert (request.characters, request.judged) == (0, (spoken,))
    code = code_of(spoken)
    framed = f"[[TRANSCRIPT {code}]]\n{spoken}\n[[END OF TRANSCRIPT {code}]]"
    assert framed in request.prompt()
    assert request.prompt(0) == request.prompt()
