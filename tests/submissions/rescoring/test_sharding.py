"""Several processes that hold the model: the numbers are those of one, and a process that dies
costs nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.instruments import Instrument, Pair, scores_of
from scoring.statistics.bootstrap import Floats
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.engines.processes import NoDevices, process_engine
from submissions.rescoring.engines.sharding import (
    DEATHS,
    SHARD_CHARACTERS,
    SHARDS_EACH,
    Died,
    ModelProcess,
    ShardedEngine,
    shards,
)
from tests.boards import TINY

PAIRS = [
    (f"post {i % 40} about the week " * (1 + i % 7), f"explanation {i} " * (1 + i % 5))
    for i in range(300)
]
NOTHING = np.full((len(PAIRS), 1), np.nan)


def unkept(_values: Floats) -> None:
    """Nobody keeps them."""


def uncounted(_more: int) -> None:
    """Nobody counts."""


@pytest.fixture(scope="module")
def expected() -> Floats:
    return LocalEngine().score(TINY, PAIRS, NOTHING, unkept, uncounted)


def test_shards_are_every_row_once_sources_together_and_of_like_length() -> None:
    cut = shards(PAIRS, 2)
    assert sorted(np.concatenate(cut).tolist()) == list(range(len(PAIRS)))
    assert len(cut) == 2 * SHARDS_EACH
    sources = [{PAIRS[row][0] for row in rows.tolist()} for rows in cut]
    split = sum(len(one) for one in sources) - len({source for source, _ in PAIRS})
    assert split < len(cut)
    lengths = [sum(len(side) for row in rows.tolist() for side in PAIRS[row]) for rows in cut]
    assert max(lengths) < 2 * np.mean(lengths)
    assert shards([], 2) == []
    assert len(shards(PAIRS[:3], 2)) <= 3
    assert len(shards([("a" * SHARD_CHARACTERS, "b")] * 40, 1)) == 40


class Mortal(ModelProcess):
    """Scores in this process, or dies when it meets a pair that kills it."""

    def __init__(self, deadly: Pair | None, deaths: int, room: bool = True) -> None:
        self.deadly, self.deaths, self.revived, self.room = deadly, deaths, 0, room

    def submit(
        self, model: Instrument, sources: Sequence[str], targets: Sequence[str]
    ) -> Future[Floats]:
        answer = Future[Floats]()
        if self.deaths and self.deadly in zip(sources, targets, strict=True):
            self.deaths -= 1
            answer.set_exception(Died())
        else:
            answer.set_result(scores_of(model, list(zip(sources, targets, strict=True))))
        return answer

    def revive(self) -> bool:
        self.revived += 1
        return self.room

    def close(self) -> None:
        """Nothing to end."""


def test_what_a_dead_process_was_at_is_done_again(expected: Floats) -> None:
    place = Mortal(PAIRS[17], deaths=DEATHS - 1)
    found = ShardedEngine([place], "mortal").score(TINY, PAIRS, NOTHING, unkept, uncounted)
    assert place.revived == DEATHS - 1
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_pairs_that_end_every_process_are_an_error_and_the_rest_is_kept(expected: Floats) -> None:
    kept: list[Floats] = []
    engine = ShardedEngine([Mortal(PAIRS[17], deaths=99)], "mortal")
    with pytest.raises(ScoringError, match="memory"):
        engine.score(TINY, PAIRS, NOTHING, lambda values: kept.append(values.copy()), uncounted)
    known = ~np.isnan(kept[-1][:, 0])
    assert 0 < known.sum() < len(PAIRS)
    np.testing.assert_allclose(kept[-1][known], expected[known], atol=1e-5, rtol=0)


def test_where_there_is_no_room_for_another_the_others_do_the_work(expected: Floats) -> None:
    places = [
        Mortal(None, 0),
        Mortal(PAIRS[17], deaths=1, room=False),
        Mortal(PAIRS[17], deaths=1, room=False),
    ]
    found = ShardedEngine(places, "mortal").score(TINY, PAIRS, NOTHING, unkept, uncounted)
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_without_room_for_any_it_ends_and_says_so() -> None:
    engine = ShardedEngine([Mortal(PAIRS[17], deaths=1, room=False)], "mortal")
    with pytest.raises(ScoringError, match="no room for another"):
        engine.score(TINY, PAIRS, NOTHING, unkept, uncounted)


def test_what_is_known_is_not_asked_for_again(expected: Floats) -> None:
    values = np.where(np.arange(len(PAIRS)) % 3 == 0, 7.0, np.nan)[:, None]
    counted: list[int] = []
    found = ShardedEngine([Mortal(None, 0)], "mortal").score(
        TINY, PAIRS, values, unkept, counted.append
    )
    assert (found[::3] == 7.0).all()
    assert sum(counted) == len(PAIRS)
    rest = np.isnan(values[:, 0])
    np.testing.assert_allclose(found[rest], expected[rest], atol=1e-5, rtol=0)


def test_two_processes_agree_with_one_and_survive_a_kill(expected: Floats) -> None:
    with process_engine(["cpu", "cpu"]) as engine:
        engine.prepare(TINY)
        place = engine.places[0]
        os.kill(place.pid.result(), signal.SIGKILL)  # type: ignore[attr-defined]
        found = engine.score(TINY, PAIRS, NOTHING, unkept, uncounted)
        assert engine.name == "processes on 2 x cpu"
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_an_error_of_the_scorer_comes_back_as_it_is() -> None:
    with process_engine(["cpu"]) as engine, pytest.raises(ScoringError, match="blank"):
        engine.score(TINY, [("a post", " ")], np.array([[np.nan]]), unkept, uncounted)


def test_without_a_gpu_devices_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with pytest.raises(NoDevices, match="cpu,cpu"), process_engine():
        pass
    with pytest.raises(ScoringError, match="device"), process_engine(["cuda:99"]):
        pass
