"""How problems are listed: all of them, and each once."""

from __future__ import annotations

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
    assert only.endswith(f"(the same on lines {', '.join(str(n) for n in range(2, LINES + 2))} and 11 more)")


def test_what_is_not_listed_is_counted() -> None:
    refusal = SubmissionRefused([problem(line, f"label {line}") for line in range(30)], unlisted=5)
    assert str(refusal).splitlines()[-1] == "... and 15 more"
