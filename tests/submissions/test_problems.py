"""How problems are listed: all of them, and each once."""

from __future__ import annotations

from dataclasses import replace

from submissions.problems import LINES, Problem, SubmissionRefused, listed


def problem(line: int, value: str = "yse") -> Problem:
    return Problem("a.csv", line, "label", value, "not a label", "yes, no", "did you mean 'yes'?")


def test_problems_that_differ_in_their_line_alone_are_one() -> None:
    assert listed([problem(3), problem(5, "on"), problem(9)]) == (
        f"{problem(3)} (the same on line 9)",
        str(problem(5, "on")),
    )


def test_many_lines_are_counted() -> None:
    (only,) = listed([problem(line) for line in range(1, LINES + 13)])
    assert only.endswith(
        f"(the same on lines {', '.join(str(n) for n in range(2, LINES + 2))} and 11 more)"
    )


def test_what_is_not_listed_is_counted() -> None:
    refusal = SubmissionRefused(
        [Problem("a.csv", line, "", "", f"{line} cells") for line in range(30)], unlisted=5
    )
    assert str(refusal).splitlines()[-1] == "... and 15 more"


def test_equal_problems_of_many_values_are_counted_and_the_first_few_named() -> None:
    (only,) = listed([*(problem(line, f"y{line}") for line in range(2, 1_002)), problem(5, "on")])
    assert (
        only
        == "a.csv, label: not a label; allowed: yes, no; did you mean 'yes'?; 1,001 times, first"
        " line 2 'y2', line 3 'y3', line 4 'y4', ..."
    )


def test_each_of_the_few_that_are_named_has_its_own_hint() -> None:
    hinted = [
        replace(problem(line, f"y{line}"), hint=f"did you mean 'x{line}'?") for line in range(2, 9)
    ]
    (only,) = listed(hinted)
    assert (
        "; 7 times, first line 2 'y2' (did you mean 'x2'?), line 3 'y3' (did you mean 'x3'?)"
        in only
    )
