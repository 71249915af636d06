"""Tags that rules propose: the rules by hand, and the way to the import."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.benchmarks.tag_suggestions import NAME, TagRulesError, tag_rules
from tests.boards import demo_board
from tests.commands import refuse, succeed

RULES = {rule.tag: rule for rule in tag_rules(Path("nowhere"))}


@pytest.mark.parametrize(
    ("tag", "post", "words"),
    [
        ("negation", "I can’t sleep.", "can't"),
        ("negation", "A knot, a nod and a note.", None),
        ("negation", "NOTHING helps", "NOTHING"),
        ("question", "Is it late", None),
        ("question", "Is it late?", "?"),
        ("first person absent", "Tests on Monday.", ""),
        ("first person absent", "Im tired", None),
        ("first person absent", "It was mine.", None),
        ("first person absent", "A mime and a mystery", ""),
        ("figurative", "I am at the end of my rope", "at the end of my rope"),
        ("figurative", "Spiralling again", "Spiralling"),
        ("figurative", "A stormy day, a masked ball", None),
        ("short", "word " * 19, ""),
        ("short", "word " * 20, None),
        ("long", "word " * 201, ""),
        ("long", "word " * 200, None),
        ("past anxiety", "Last year I was really worried.", "I was really worried"),
        ("past anxiety", "I am worried", None),
        ("hypothetical", "What if it rains?", "What if"),
        ("hypothetical", "It rains", None),
    ],
)
def test_what_rules_propose(tag: str, post: str, words: str | None) -> None:
    assert RULES[tag].hit(post) == words


OWN = """
[[rules]]
tag = "work"
version = "1"
title = "A boss and a wrong in one sentence"
together = [["boss", "manager*"], ["late", "shout*"]]
none = ["thanks"]

[[rules]]
tag = "question"
version = "7"
title = "Another"
any = ["why"]
"""


def test_a_boards_own_rules_stand_before_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(OWN, encoding="utf-8")
    rules = {rule.tag: rule for rule in tag_rules(tmp_path)}
    assert rules.keys() == {*RULES, "work"}
    assert rules["question"].signature == "question/7"
    work = rules["work"]
    assert work.hit("Managers left. My boss shouted at me.") == "boss + shouted"
    assert work.hit("My boss smiled. I was late.") is None, "two sentences"
    assert work.hit("Thanks. My boss shouted.") == "boss + shouted"
    assert work.hit("My boss shouted thanks.") is None


def test_faulty_rules_and_unknown_names_are_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('[[rules]]\ntag = "A B"\nversion = "1"\ntitel = "x"\n')
    with pytest.raises(TagRulesError) as refused:
        tag_rules(tmp_path)
    assert "lower case, with single spaces" in str(refused.value)
    assert "did you mean 'title'?" in str(refused.value)
    with pytest.raises(TagRulesError, match=r"--rules negatoin: .*did you mean 'negation'"):
        tag_rules(Path("nowhere"), ["negatoin"])


def test_a_file_of_suggestions_is_what_the_import_takes(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    out = tmp_path / "suggested.csv"
    said = succeed(
        folder.path, "tags", "suggest", "demo/stress", "--rules", "question,short", "--out", out
    )
    assert "question: 17 examples of 40" in said
    assert "short: 0 examples of 40" in said
    assert out.stat().st_mode & 0o077 == 0, "words of posts are in it"
    assert succeed(folder.path, "tags", "list") == "", "nothing is tagged by a rule"
    imported = succeed(folder.path, "tags", "import", out, "--reason", "read by one person")
    assert "17 rows, 17 new tags" in imported
    assert "name another file" in refuse(
        folder.path, "tags", "suggest", "demo/stress", "--out", out
    )
