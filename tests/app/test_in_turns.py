"""A crowd that asks for much does not keep others waiting, and each of it is served in the order in
which it came.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.server.in_turns import SMALL, InTurns, LoopQueue


def test_a_round_of_the_loop_has_a_few_turns_in_the_order_of_coming() -> None:
    taken = list[int]()
    in_rounds = list[int]()

    async def take(turns: LoopQueue, number: int) -> None:
        await turns.take()
        taken.append(number)

    async def crowd() -> None:
        turns = LoopQueue(3)
        tasks = [asyncio.create_task(take(turns, number)) for number in range(10)]
        while len(taken) < 10:
            before = len(taken)
            await asyncio.sleep(0)
            in_rounds.append(len(taken) - before)
        await asyncio.gather(*tasks)

    asyncio.run(crowd())
    assert taken == list(range(10))
    assert [count for count in in_rounds if count] == [3, 3, 3, 1]


def test_who_left_while_waiting_takes_no_turn_from_others() -> None:
    async def crowd() -> list[str]:
        turns = LoopQueue(1)
        waiting = [asyncio.create_task(turns.take(), name=f"{n}") for n in range(5)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        done, _ = await asyncio.wait(waiting, timeout=60)
        return sorted(task.get_name() for task in done if not task.cancelled())

    assert asyncio.run(crowd()) == ["0", "2", "3", "4"]


@pytest.mark.parametrize(("path", "at_once"), [("/api/v1/health", True), ("/api/v1/tasks", False)])
def test_whether_the_server_is_up_is_answered_before_a_crowd(path: str, *, at_once: bool) -> None:
    order = list[str]()

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        order.append(scope["path"])

    async def ask(served: InTurns, asked: str) -> None:
        await served({"type": "http", "path": asked}, receive, send)

    async def crowd() -> None:
        served = InTurns(app, at_once="/health")
        crowd = [asyncio.create_task(ask(served, "/api/v1/leaderboard")) for _ in range(20)]
        await asyncio.gather(*crowd, asyncio.create_task(ask(served, path)))

    asyncio.run(crowd())
    assert (order[0] == path) is at_once
    assert len(order) == 21


def test_large_pieces_take_turns_and_small_ones_do_not() -> None:
    sent = list[tuple[str, int]]()

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x" * scope["size"]})

    async def ask(served: InTurns, name: str, size: int) -> None:
        async def note(message: Any) -> None:
            sent.append((name, len(message["body"])))

        await served({"type": "http", "path": name, "size": size}, receive, note)

    async def crowd() -> None:
        served = InTurns(app, at_once="/health")
        large = [asyncio.create_task(ask(served, f"large {n}", SMALL + 1)) for n in range(8)]
        await asyncio.gather(*large, asyncio.create_task(ask(served, "small", SMALL)))

    asyncio.run(crowd())
    last_small = max(at for at, (name, _) in enumerate(sent) if name == "small")
    last_large = max(at for at, (name, _) in enumerate(sent) if name != "small")
    assert last_small < last_large
    assert len(sent) == 27


async def receive() -> Any:
    raise AssertionError("nothing is received here")


async def send(message: Any) -> None:
    raise AssertionError(f"nothing is sent here, and this was: {message}")
