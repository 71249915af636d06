"""How far a run is, by a clock of the test's."""

from __future__ import annotations

from submissions.asking.pace import TextPace, span
from submissions.asking.texts import GeneratedText
from submissions.generating.plan import RequestKey


def texts(count: int, tokens: int | None) -> list[GeneratedText]:
    key = RequestKey("t", "e", "p", 1)
    return [GeneratedText(key, "", "stop", 1, tokens, 0, "h") for _ in range(count)]


def test_tokens_a_second_and_the_time_left_are_of_this_start_alone() -> None:
    time = 100.0
    reported: list[tuple[int, int, str]] = []
    pace = TextPace(
        "generating",
        lambda _, done, total, detail="": reported.append((done, total, detail)),
        total=100,
        done=40,
        clock=lambda: time,
    )
    time += 10
    pace.add(texts(10, 300))
    time += 10
    pace.add([*texts(9, 200), *texts(1, None)])
    # 3,000 tokens in 10 s and 50 texts left at one a second; 4,800 in 20 s and 40 texts left.
    assert reported == [
        (40, 100, ""),
        (50, 100, "300 tokens/s, 50 s left"),
        (60, 100, "240 tokens/s, 40 s left"),
    ]


def test_times_are_in_the_unit_that_fits() -> None:
    assert [span(s) for s in (5, 89, 720, 12_600)] == ["5 s", "89 s", "12 min", "3.5 h"]
