from __future__ import annotations

from types import ModuleType

import pytest

from app.charts import confusion, confusion_figure, mean_figure
from app.tables import MEAN, board_entries, ordered


def test_confusion_counts_shares_and_unparsed(invented: ModuleType) -> None:
    severity, alpha = invented.TASKS[2], invented.SYSTEMS[0]
    rows = [row for row in invented.content().confusions if (row.system, row.task) == (alpha.id, severity.id)]
    matrix = confusion(severity, rows)
    assert matrix.counts.to_numpy().tolist() == [[15, 3, 0, 2], [0, 0, 7, 3], [0, 0, 5, 0]]
    assert matrix.shares.loc["none", "none"] == 15 / 20
    assert matrix.shares.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    figure = confusion_figure(severity, matrix)
    assert list(figure.data[0].x) == ["None", "Mild", "Severe", "unparsed"]
    assert figure.data[0].text[0][0] == "15<br>75%"


def test_a_label_without_examples_has_no_share(invented: ModuleType) -> None:
    assert confusion(invented.TASKS[2], []).shares.isna().all(axis=None)


def test_means_are_drawn_in_the_tables_order_with_names_as_text(invented: ModuleType) -> None:
    cells, means = invented.real_board()
    chosen = [[row for row in rows if row.metric == "weighted_f1"] for rows in (means, cells)]
    rows = ordered(board_entries(invented.SYSTEMS, *chosen), MEAN, descending=True)
    figure = mean_figure(rows, invented.METRICS[0])
    labels = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    assert [labels[0], labels[1], labels[4]] == ["alpha", "beta", "=1+1"]
    assert not any("<" in label for label in labels.values())
    assert [trace.name for trace in figure.data] == ["system", "trivial baseline", "partial"]
    assert list(figure.data[0].x)[:2] == pytest.approx([invented.MEANS["alpha"], invented.MEANS["beta"]])
    assert list(figure.data[0].error_x.array)[:2] == pytest.approx([0.05, 0.05])
