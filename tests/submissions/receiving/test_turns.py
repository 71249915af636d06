"""Whose upload is read next; no clock and no process is needed to say so."""

from __future__ import annotations

from submissions.receiving.turns import Place, Turns
from submissions.teams.quota import Quota


def line_of(cores: int) -> Turns:
    return Turns(available=lambda: cores)


def at_a_reader(*places: Place) -> list[bool]:
    return [place.done() for place in places]


def test_a_team_leaves_a_reader_to_others() -> None:
    turns = line_of(cores=2)
    first, second, third = (turns.ask("Large", 4) for _ in range(3))
    other = turns.ask("Small", 4)
    assert at_a_reader(first, second, third, other) == [True, False, False, True]
    turns.leave("Small", other)
    assert at_a_reader(second) == [False], "the reader stays free for whoever comes next"
    turns.leave("Large", first)
    assert at_a_reader(second, third) == [True, False]


def test_with_one_reader_teams_take_turns_however_many_files_one_sends() -> None:
    turns = line_of(cores=1)
    large = [turns.ask("Large", 4) for _ in range(3)]
    small = [turns.ask("Small", 4) for _ in range(2)]
    order = []
    waiting = {("L", i): p for i, p in enumerate(large)} | {
        ("S", i): p for i, p in enumerate(small)
    }
    while waiting:
        (name, number), place = next((key, p) for key, p in waiting.items() if p.done())
        order.append(f"{name}{number}")
        del waiting[name, number]
        turns.leave({"L": "Large", "S": "Small"}[name], place)
    assert order == ["L0", "S0", "L1", "S1", "L2"]


def test_there_are_as_many_readers_as_cores_and_no_more_than_are_allowed() -> None:
    for cores, readers, expected in ((8, 4, 4), (2, 4, 2), (1, 4, 1), (8, 1, 1)):
        turns = line_of(cores)
        places = [turns.ask(f"team {n}", readers) for n in range(10)]
        assert sum(at_a_reader(*places)) == expected


def test_whoever_gives_up_waiting_keeps_nobody_waiting() -> None:
    turns = line_of(cores=1)
    first, gone, last = (turns.ask(team, 4) for team in ("A", "B", "C"))
    turns.leave("B", gone)
    turns.leave("A", first)
    assert at_a_reader(last) == [True]
    turns.leave("C", last)
    with turns.turn("D", 4):
        assert at_a_reader(turns.ask("E", 4)) == [False]


def test_a_quota_fills_again_steadily() -> None:
    clock = [0.0]
    quota = Quota(seconds=60, now=lambda: clock[0])
    assert [quota.wait("A", 3) for _ in range(4)] == [0, 0, 0, 20]  # three in 60 s: one every 20 s
    assert quota.wait("B", 3) == 0
    clock[0] = 19.0
    assert quota.wait("A", 3) == 1
    clock[0] = 20.0
    assert [quota.wait("A", 3) for _ in range(2)] == [0, 20]
    clock[0] = 10_000.0
    assert [quota.wait("A", 3) for _ in range(4)] == [0, 0, 0, 20]
