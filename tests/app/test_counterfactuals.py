"""Counterfactual posts where readers find them: on the origin's page and by HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

from scoring.tasks import Task
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CounterfactualRow
from tests.app.saying import said
from tests.live import live


def row(system: str, benchmark: str, origin: str, measure: str) -> CounterfactualRow:
    """A row of one measure over all pairs."""
    return CounterfactualRow(
        benchmark=benchmark,
        task=f"{origin}-counterfactual",
        origin=origin,
        system=system,
        measure=measure,
        axis="gender",
        change="women",
        value=0.25,
        low=0.1,
        high=0.4,
        before=None,
        after=None,
        interval="Wilson",
        n=40,
        n_absent=0,
        posts=40,
        why_blank="",
    )


def test_the_origins_page_and_http_show_them(
    invented: ModuleType, open_page, tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    origin, other = invented.TASKS[:2]
    system = invented.SYSTEMS[0]
    rows = tuple(
        row(system.id, origin.benchmark, origin.id, measure)
        for measure in ("counterfactual_flip_rate", "accuracy", "worst_gap")
    )
    content = replace(invented.content(), counterfactuals=rows)
    data = Path(invented.publish_invented(tmp_path, 1, content))
    page = open_page("task", data=data, benchmark=origin.benchmark, task=origin.id)
    assert f"{origin.id}-counterfactual" in said(page)
    [table] = [frame.value for frame in page.dataframe if "measure" in frame.value.columns]
    assert table["measure"].tolist() == [
        "Labels that flip",
        "Change of accuracy",
        "Worst group's change of accuracy",
    ]
    assert set(table["changed"]) == {"gender: women"}
    elsewhere = open_page("task", data=data, benchmark=other.benchmark, task=other.id)
    assert "-counterfactual" not in said(elsewhere)
    with live(DataFolder(data), tasks) as board:
        every = board.anybody.get("/counterfactuals").json["counterfactuals"]
        assert every == [asdict(each) for each in rows]
        assert board.anybody.get("/counterfactuals?benchmark=none").status == 404
