"""A browser's sign-in: kept until it is ended or left alone, and bounded in number."""

from __future__ import annotations

from app.server.sign_ins import HOURS, SignIn, SignIns

ADA = SignIn("Ada's", "t1")
BEN = SignIn("Ben's", "t2")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.hours = 0.0

    def __call__(self) -> float:
        return self.hours * 3600


def test_each_browser_is_signed_in_for_itself() -> None:
    sign_ins = SignIns()
    sign_ins.begin("a", ADA)
    sign_ins.begin("b", BEN)
    assert (sign_ins.of("a"), sign_ins.of("b"), sign_ins.of("c")) == (ADA, BEN, None)
    sign_ins.end("a")
    assert (sign_ins.of("a"), sign_ins.of("b")) == (None, BEN)


def test_a_browser_that_is_away_too_long_is_signed_out_and_each_look_begins_anew() -> None:
    clock = Clock()
    sign_ins = SignIns(clock)
    sign_ins.begin("a", ADA)
    clock.hours = HOURS - 1
    assert sign_ins.of("a") == ADA
    clock.hours = 2 * HOURS - 2
    assert sign_ins.of("a") == ADA
    clock.hours = 3 * HOURS
    assert sign_ins.of("a") is None


def test_a_flood_of_sign_ins_pushes_out_the_one_that_was_away_longest() -> None:
    sign_ins = SignIns()
    for number in range(10_000):
        sign_ins.begin(str(number), ADA)
    assert sign_ins.of("0") == ADA
    sign_ins.begin("new", BEN)
    assert sign_ins.of("1") is None
    assert (sign_ins.of("0"), sign_ins.of("new")) == (ADA, BEN)
