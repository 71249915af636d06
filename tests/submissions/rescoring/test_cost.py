"""What a plan says of a run's cost and time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scoring.bartscore.cost import pair_flops
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.rescoring.cost import cost_of, cost_of_units
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.forecast import forecast, total
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.scored.rates import Rate, last_rate, record_rate
from tests.boards import TINY, a_run, demo_board, workplace

FEW = (metric("accuracy"), metric("bartscore_src_to_hyp"))


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["loneliness", "strain-level"])


def test_flops_of_bart_large_are_those_of_the_printed_formula() -> None:
    source, target = np.array([128.0, 900.0, 3.0]), np.array([128.0, 60.0, 1024.0])
    printed = (
        0.3523e9 * source + 0.4553e9 * target + 49152 * (source**2 + target**2 + source * target)
    )
    assert pair_flops({}, source, target) == pytest.approx(printed, rel=1e-3)
    assert pair_flops({}, source, target)[0] == pytest.approx(105.8e9, rel=1e-3)


def test_the_cost_of_pairs_is_counted_by_the_checkpoints_own_tokenizer() -> None:
    from transformers import BartTokenizer

    pairs = [("a post about the week", "it was long"), ("another " * 2000, "cut")]
    tokenizer = BartTokenizer.from_pretrained(TINY.checkpoint)
    lengths = [
        [len(tokenizer(text, truncation=True, max_length=1024).input_ids) for text in pair]
        for pair in pairs
    ]
    cost = cost_of(TINY, pairs)
    assert (cost.pairs, cost.tokens) == (2, sum(map(sum, lengths)))
    assert TINY.count_truncated([text for pair in pairs for text in pair]) == 1


def test_a_sample_stands_for_all_pairs() -> None:
    pairs = [(f"post {i} " * (1 + i % 13), f"because {i} " * (1 + i % 7)) for i in range(5000)]
    parts = [cost_of(TINY, pairs[start : start + 500]) for start in range(0, 5000, 500)]
    exact = sum(part.flops for part in parts)
    assert cost_of(TINY, pairs).flops == pytest.approx(exact, rel=0.1)
    assert cost_of(TINY, pairs).pairs == 5000


def test_the_forecast_says_how_long_it_took_before(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    units = plan(place, metrics=FEW)
    before = forecast(folder, units, "local")
    assert [(line.task, line.why, line.units) for line in before] == [
        ("demo/loneliness", ("new submission",), 4),
        ("demo/strain-level", ("new submission",), 4),
    ]
    assert [line.seconds for line in before] == [None, None]
    assert total(before).cost.pairs == pytest.approx(8 * 40)
    run(place, units, LocalEngine(), a_run(folder))
    rate = last_rate(folder, TINY.fingerprint, "local")
    assert rate is not None
    assert total(forecast(folder, units, "local")).cost.pairs == 0  # all of it is there to be taken
    others = plan(place, metrics=[metric("bartscore_src_to_hyp_full")])
    after = forecast(folder, others, "local")
    assert total(after).cost.pairs > 0
    assert total(after).seconds == pytest.approx(total(after).cost.flops / rate)
    assert forecast(folder, others, "another engine")[0].seconds is None


def test_the_last_run_counts_and_all_of_it(folder: DataFolder) -> None:
    runs = [a_run(folder).id for _ in range(2)]
    for of, flops, seconds in ((0, 1e12, 1.0), (1, 1e9, 2.0), (1, 5e9, 1.0)):
        record_rate(folder, Rate(runs[of], "model", "local", 10, flops, seconds))
    assert last_rate(folder, "model", "local") == pytest.approx(2e9)
    assert last_rate(folder, "another", "local") is None


def test_what_cannot_be_read_is_left_to_the_run(folder: DataFolder, tasks: dict[str, Task]) -> None:
    units = plan(workplace(folder, tasks), metrics=FEW)
    (folder.files / f"{units[0].submission.outputs}.parquet").write_bytes(b"spoiled")
    assert cost_of_units(folder, units[:1], TINY.kind).flops == 0
    labels = plan(workplace(folder, tasks), metrics=FEW[:1])
    assert forecast(folder, labels, "local")[0].seconds == 0
