"""All boards at a glance: the best of each task by its own metric, families across benchmarks, what
the metrics are worth; nothing averaged that is not alike.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.overview import (
    BoardOverview,
    RankedSystem,
    TaskOverview,
    Validation,
    ValuedSystem,
    by_family,
    overview_of,
    task_overview,
    validation_of,
)
from app.site.tables.overview import validation_table
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import AgreementRow, ValidityRow
from submissions.store.released.scored_rows import TaskRow
from submissions.store.released.serving import current_release
from tests import releases
from tests.app.conftest import ROOT
from tests.app.grids import table
from tests.app.saying import said
from tests.commands import refuse, succeed

REAL = releases.REAL
NAMES = ("best", "second", "twin", "sparse", "majority label")
OWNERS = {
    f"{REAL}:{name}:1": releases.system(name, trivial=name == "majority label") for name in NAMES
}


def at_a_glance(on: TaskRow, metric: str, values: dict[str, float], **n: int) -> TaskOverview:
    """A task on which systems have these values, each on 40 examples unless said."""
    cells = [
        replace(releases.cell(owner, on, metric, values[owner.system]), n=n.get(owner.system, 40))
        for owner in OWNERS.values()
        if owner.system in values
    ]
    by_name = {row.name: row for row in releases.METRICS}
    return task_overview(on, by_name.get(metric), cells, OWNERS)


def names(rows: tuple[ValuedSystem, ...]) -> list[str]:
    return [row.system for row in rows]


STRESS = releases.task("imhi/dreaddit", size=40)
OTHER_STRESS = releases.task("mental-llm/sad-stress", headline="mae", size=90)
VALUES = {"best": 0.8, "second": 0.7, "sparse": 0.9, "majority label": 0.4}


def test_the_best_covers_the_task_and_baselines_stand_apart() -> None:
    whole = at_a_glance(STRESS, "weighted_f1", VALUES, sparse=37)
    assert names(whole.best) == ["best"], "37 of 40 examples are less than 95%"
    assert (whole.best[0].low, whole.best[0].high) == pytest.approx((0.7, 0.9))
    assert names(whole.trivial) == ["majority label"]
    assert (whole.n, whole.metric_title, whole.why_blank) == (40, "Weighted F1", "")
    assert names(at_a_glance(STRESS, "weighted_f1", VALUES, sparse=38).best) == ["sparse"]


def test_of_errors_the_smallest_is_best_and_equal_values_are_told_together() -> None:
    errors = {"best": 0.1 + 0.2, "second": 0.9, "twin": 0.3, "majority label": 1.5}
    assert names(at_a_glance(OTHER_STRESS, "mae", errors).best) == ["best", "twin"]


def test_no_best_has_its_reason() -> None:
    alone = at_a_glance(STRESS, "weighted_f1", {"majority label": 0.4})
    assert (alone.best, alone.why_blank) == ((), "no system but baselines has a value")
    assert "is not on the board" in at_a_glance(STRESS, "jaccard", {}).why_blank
    assert "neither end" in at_a_glance(STRESS, "words", VALUES).why_blank
    few = at_a_glance(STRESS, "weighted_f1", {"best": 0.8, "majority label": 0.4}, best=3)
    assert few.why_blank == "1 system answered, and too little of it to count"


def test_families_of_several_benchmarks_come_first_and_invented_ones_apart() -> None:
    tasks = [
        releases.task("imhi/irf", family="risk factors"),
        STRESS,
        releases.task("demo/stress", demonstration=True),
        OTHER_STRESS,
    ]
    shown = by_family(at_a_glance(on, on.headline, {"best": 0.5}) for on in tasks)
    order = ["imhi/dreaddit", "mental-llm/sad-stress", "imhi/irf", "demo/stress"]
    assert [task.task for task in shown] == order
    assert [task.metric for task in shown[:2]] == ["weighted_f1", "mae"], "each by its own"


def rated(metric: str, system: str, value: float | None, ratings: str = "set") -> ValidityRow:
    """A Pearson correlation on 35 rated texts."""
    row = next(row for row in releases.validity_rows() if row.metric == "words")
    changes = {"measure": "pearson", "metric": metric, "system": system, "ratings": ratings}
    return replace(row, value=value, n=35, **changes)


METRICS = (*releases.METRICS, releases.metric("nli", 4, title="NLI", grouping="explanation"))


def test_validation_is_the_lowest_of_the_metric_that_is_never_far_off() -> None:
    rows = [
        rated("bartscore", "alpha", 0.9),
        rated("bartscore", "beta", 0.1),
        rated("nli", "alpha", 0.4),
        rated("nli", "beta", 0.3),
        rated("words", "alpha", 0.8),
        rated("weighted_f1", "alpha", 0.95),
        rated("nli", "pooled", 0.97),
    ]
    icc = ("mentallama", "overall", "alpha", "ICC(2,k)", 0.7, 0.6, 0.8, "", 35, 35, 3, "")
    agreement = [AgreementRow("set", *icc), AgreementRow("other", *icc)]
    whole = validation_of(METRICS, rows, agreement, {})
    assert (whole.metric, whole.system, whole.value, whole.of) == ("nli", "beta", 0.3, 2)
    assert (whole.ratings, whole.aspect, whole.raters, whole.n) == ("set", "overall", 3, 35)
    assert whole.why_blank == ""


def test_lower_is_better_goes_along_below_0_and_what_has_no_better_end_is_left_out() -> None:
    contradiction = {"title": "Contradiction", "grouping": "explanation", "higher_is_better": False}
    own = {"title": "Own words", "grouping": "explanation", "higher_is_better": None}
    metrics = (
        *METRICS,
        releases.metric("contradiction", 5, **contradiction),
        releases.metric("own_words", 6, **own),
    )

    def best(*contradictions: float) -> Validation:
        rows = [
            rated("contradiction", system, value)
            for system, value in zip(("alpha", "beta"), contradictions, strict=False)
        ]
        others = [rated("own_words", "alpha", 0.9), rated("own_words", "beta", 0.9)]
        nli = [
            rated("nli", system, 0.3) for system, _ in zip(("alpha", "beta"), rows, strict=False)
        ]
        return validation_of(metrics, [*rows, *others, *nli], [], {})

    wrong_way, right_way, mixed = best(0.4), best(-0.8, -0.5), best(-0.9, -0.1)
    assert (wrong_way.metric, wrong_way.lower_is_better, wrong_way.of) == ("nli", False, 2)
    assert (right_way.metric, right_way.lower_is_better, right_way.of) == ("contradiction", True, 2)
    assert right_way.value == -0.5, "the worst way round is told, as it is"
    assert mixed.metric == "nli"
    boards = [
        BoardOverview(REAL, False, (), "weighted_f1", "Weighted F1", (), None, "", of)
        for of in (right_way, wrong_way, Validation(why_blank="nobody"))
    ]
    assert list(validation_table(boards).frame["better"]) == ["lower", "higher", ""]
    only = validation_of(metrics[-1:], [rated("own_words", "alpha", 0.9)], [], {})
    assert only.why_blank == "no explanation metric of the board has an end that is better"


def test_what_is_not_validated_says_why() -> None:
    labels = [row for row in METRICS if row.grouping != "explanation" or row.name == "words"]
    assert validation_of(labels, [], [], {}).why_blank == "the board has no explanation metric"
    assert validation_of(METRICS, [], [], {}).why_blank.startswith("nobody has rated")
    blank = replace(rated("nli", "alpha", None), why_blank="no variance")
    unsure = validation_of(METRICS, [blank], [], {})
    assert unsure.why_blank == "rated, but no metric has a correlation: no variance"
    assert unsure.value is None


def test_the_page_shows_all_boards_and_invented_ones_apart(open_page) -> None:
    site: AppTest = open_page("overview")
    leaders = table(site, "rank")
    assert list(leaders["system"]) == ["alpha", "beta", releases.HOSTILE, "majority label"]
    assert list(leaders["ranks"][:2]) == ["1–2", "2–3"]
    assert set(leaders["benchmark"]) == {REAL}
    tasks = table(site, "trivial value")
    assert list(tasks["system"]) == ["half", "alpha", "=1+1"]
    assert list(tasks["trivial value"]) == [0.42, 0.41, 0.2]
    assert list(table(site, "words")["metric"]) == ["not validated"]
    assert "demo" not in "".join(tasks["task"])
    assert "Everything here shows how a board works" in said(site)
    none = open_page("overview", families="depression")
    assert "which is not there" in said(none)


def test_commands_state_what_the_page_shows(published: Path) -> None:
    stated = json.loads(succeed(published, "overview", "--format", "json"))
    reader = current_release(DataFolder(published))
    assert stated == json.loads(json.dumps(asdict(overview_of(reader, {}))))
    assert [board["benchmark"] for board in stated["boards"]] == [REAL, "demo"]
    shown = " ".join(succeed(published, "overview", "--family", "stress detection").split())
    assert "0.950 (0.850 to 1.050)" in shown
    assert "All boards" not in shown
    assert "did you mean" in refuse(published, "overview", "--family", "stress detecton").lower()


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    section = text.split("## reasonboard overview")[1].split("\n## ")[0]
    for kind in (BoardOverview, RankedSystem, Validation, TaskOverview, ValuedSystem):
        assert all(f"`{field.name}`" in section for field in fields(kind))
