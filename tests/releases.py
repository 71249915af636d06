"""An invented release with all that can make a page go wrong, for tests of the site."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import AgreementRow, ValidityRow
from submissions.store.released.release import place_release, switch_to, write_release
from submissions.store.released.release_rows import HistoryRow, ReleaseContent
from submissions.store.released.scored_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    CrossDatasetRow,
    GeneralizationRow,
    MetricRow,
    OverallRow,
    ParticipationRow,
    PlatformRow,
    ProtocolRow,
    ReleaseRow,
    SystemRow,
    TaskRow,
)

HOSTILE = (
    "**bold** <script>alert(1)</script> [x](http://evil.example) ![](http://evil.example/i.png)"
)
REAL, DEMO = "imhi-expert", "demo"
YES_NO = ("no", "yes")
LEVELS = ("none", "mild", "severe")


def task(task_id: str, labels: tuple[str, ...] = YES_NO, **changes: Any) -> TaskRow:
    """A task with plausible fields; `changes` win."""
    benchmark = task_id.split("/")[0]
    counts = (20, 10, 5) if len(labels) == 3 else (20, 15)
    row = TaskRow(
        id=task_id,
        benchmark=benchmark,
        title=f"{task_id.split('/')[1].upper()} detection, expert explanations",
        family="stress detection",
        dataset=task_id.split("/")[1],
        platform="reddit",
        annotation="human",
        unit="post",
        kind="ordinal" if len(labels) == 3 else "binary",
        question="Does the poster suffer from stress?",
        headline="weighted_f1",
        reference_authors="expert",
        licence="MIT",
        citation="Doe and Roe (2024), An invented citation, Proc. of Nowhere",
        known_problems=["Only 35 examples: intervals are wide."],
        labels=[{"name": name, "title": name.capitalize()} for name in labels],
        attributes={},
        classes=dict(zip(labels, counts, strict=True)),
        revision=1,
        superseded_by=None,
        demonstration=False,
        expected_size=35,
        size=35,
        posts=35,
        source_sha256="ab" * 32,
        hash_matches=True,
    )
    return replace(row, **changes)


TASKS = (
    task(f"{REAL}/dreaddit"),
    task(f"{REAL}/irf", attributes={"factor": ["belongingness", "burdensomeness"]}, posts=18),
    task(f"{REAL}/severity", LEVELS, hash_matches=False, expected_size=36),
    task(
        f"{DEMO}/mood",
        demonstration=True,
        annotation="invented",
        reference_authors="project",
        hash_matches=None,
    ),
)


def metric(name: str, position: int, **changes: Any) -> MetricRow:
    """A metric of the real board; `changes` win."""
    row = MetricRow(
        benchmark=REAL,
        name=name,
        title=name.replace("_", " ").capitalize(),
        grouping="correctness",
        measures="How well labels agree with gold.",
        limits="Rare labels count little.",
        unit="",
        higher_is_better=True,
        low_bound=0.0,
        high_bound=1.0,
        checkpoint="",
        demonstration=False,
        validity="",
        position=position,
    )
    return replace(row, **changes)


METRICS = (
    metric("weighted_f1", 0, title="Weighted F1"),
    metric("mae", 1, title="Mean absolute error", higher_is_better=False, high_bound=None),
    metric(
        "bartscore",
        2,
        title="BARTScore recall",
        grouping="explanation",
        unit="nats/token",
        low_bound=None,
        high_bound=0.0,
        checkpoint="tiny-bart",
        demonstration=True,
        validity="not validated here: nobody has rated",
    ),
    metric(
        "words",
        3,
        title="Words",
        grouping="explanation",
        unit="words",
        higher_is_better=None,
        high_bound=None,
    ),
)


def system(name: str, benchmark: str = REAL, **changes: Any) -> SystemRow:
    """A submitted system; `changes` win."""
    row = SystemRow(
        id=f"{benchmark}:{name}:1",
        benchmark=benchmark,
        system=name,
        version="1",
        versions=1,
        description="An invented system.",
        base_model="none",
        parameters="7B",
        method="zero-shot",
        prompt_strategy="plain",
        trained_on=[],
        links=["https://example.org/model"],
        licence="MIT",
        trivial=False,
        demonstration=False,
        received_at="2026-01-30T10:00:00Z",
        n_rows=105,
        parse_rules={"template": 100, "unparsed": 5},
    )
    return replace(row, **changes)


SYSTEMS = (
    system("alpha", version="2", versions=3, published=2),
    system("beta", trained_on=None, links=["javascript:alert(1)"]),
    system(
        HOSTILE,
        description=HOSTILE,
        base_model=HOSTILE,
        links=["javascript:alert(1)", "http://evil.example/a b"],
    ),
    system("half", trained_on=["dreaddit", "sad"]),
    system("majority label", trivial=True),
    system("=1+1", description="A name that a spreadsheet would run."),
)
WEIGHTED_F1: dict[str, tuple[float | None, float | None, float | None]] = {
    "alpha": (0.812, 0.701, 0.5),
    "beta": (0.9, 0.65, 0.4),
    HOSTILE: (0.61, 0.6, 0.3),
    "half": (0.95, None, None),
    "majority label": (0.42, 0.41, 0.2),
    "=1+1": (None, None, 0.99),
}
"""Of each system on the real board's three tasks; None: the task was left out."""

MEANS = {
    "alpha": 0.671,
    "beta": 0.65,
    HOSTILE: 0.503333,
    "half": 0.95,
    "majority label": 0.343333,
    "=1+1": 0.99,
}
RANKS = {"alpha": 1, "beta": 2, HOSTILE: 3, "majority label": 4}


def cell(owner: SystemRow, on: TaskRow, name: str, value: float | None, **changes: Any) -> CellRow:
    """A cell; without a value it is blank and says why."""
    unparsed = 5 if owner.system == "alpha" and value is not None else 0
    row = CellRow(
        system=owner.id,
        task=on.id,
        metric=name,
        value=value,
        low=None if value is None else value - 0.1,
        high=None if value is None else value + 0.1,
        interval="" if value is None else "percentile bootstrap over posts, 1000 draws, seed 0",
        sd=None,
        repetitions=0 if value is None else 1,
        n=0 if value is None else 35,
        n_absent=0,
        n_unparsed=unparsed,
        n_truncated=0,
        signature=f"{name}|v:1|task:{on.id}@1|read:reasonboard/1",
        identity={},
        provenance={},
        array=None,
        why_blank="task not submitted" if value is None else None,
    )
    return replace(row, **changes)


def mean(
    owner: SystemRow, name: str, values: list[float | None], rank: int | None, total: int = 3
) -> OverallRow:
    """The mean of what there is."""
    present = [value for value in values if value is not None]
    value = sum(present) / len(present) if present else None
    return OverallRow(
        benchmark=owner.benchmark,
        system=owner.id,
        metric=name,
        value=value,
        low=None if value is None else value - 0.05,
        high=None if value is None else value + 0.05,
        covered=len(present),
        total=total,
        rank=rank,
        interval="" if value is None else "percentile bootstrap",
        signature="" if value is None else f"{name}|v:1|mean-of:3 tasks",
        rank_low=rank,
        rank_high=None if rank is None else rank + 1,
        cluster=rank,
    )


@dataclass(frozen=True)
class _Column:
    metric: str
    values: dict[str, tuple[float | None, ...]]
    ranks: dict[str, int]
    tasks: tuple[TaskRow, ...]


def _columns() -> list[_Column]:
    severity = (TASKS[2],)
    shifted = {
        name: tuple(None if v is None else v - 4 for v in values)
        for name, values in WEIGHTED_F1.items()
    }
    counts = {
        name: tuple(None if v is None else 100 * v for v in values)
        for name, values in WEIGHTED_F1.items()
    }
    errors = {
        name: (None if values[2] is None else 1 - values[2],)
        for name, values in WEIGHTED_F1.items()
    }
    return [
        _Column("weighted_f1", WEIGHTED_F1, RANKS, TASKS[:3]),
        _Column(
            "mae",
            errors,
            {"=1+1": 1, "alpha": 2, "beta": 3, HOSTILE: 4, "majority label": 5},
            severity,
        ),
        _Column("bartscore", shifted, RANKS, TASKS[:3]),
        _Column("words", counts, {}, TASKS[:3]),
    ]


def real_board() -> tuple[list[CellRow], list[OverallRow]]:
    """Cells and means of the real board."""
    cells, means = [], []
    for column in _columns():
        for owner in SYSTEMS:
            values = column.values[owner.system]
            cells += [
                cell(owner, on, column.metric, value)
                for on, value in zip(column.tasks, values, strict=True)
            ]
            means.append(
                mean(
                    owner,
                    column.metric,
                    list(values),
                    column.ranks.get(owner.system),
                    len(column.tasks),
                )
            )
    return cells, means


def platform_rows() -> tuple[PlatformRow, ...]:
    """Raw and relative means on two platforms and their contrast; one system has
    none on Twitter.
    """
    rows = []
    for place, owner in enumerate(SYSTEMS):
        for part, value in (
            ("reddit", 0.8 - 0.1 * place),
            ("twitter", 0.5 + 0.05 * place),
            ("twitter - reddit", None),
        ):
            missing = owner.system == "half" and part != "reddit"
            value = None if missing else -0.3 + 0.15 * place if value is None else value
            rows += [
                PlatformRow(
                    REAL,
                    owner.id,
                    "weighted_f1",
                    part,
                    reference,
                    value,
                    None if value is None else value - 0.1,
                    None if value is None else value + 0.1,
                    "" if missing else "percentile bootstrap",
                    2,
                    40,
                    "no task of this platform" if missing else "",
                )
                for reference in ("", "majority label")
            ]
    return tuple(rows)


PROTOCOL = ProtocolRow(
    "real-general", REAL, "IMHI-general", "Four sets held out.", ["dreaddit"], [], "majority label"
)


def generalization_rows() -> tuple[GeneralizationRow, ...]:
    """Seen and unseen data sets of two systems, one of which has seen everything;
    and the protocol.
    """
    return tuple(
        GeneralizationRow(
            REAL,
            owner.id,
            "weighted_f1",
            protocol,
            "protocol" if protocol else "unseen data set",
            quantity,
            "",
            value,
            None if value is None else value - 0.05,
            None if value is None else value + 0.05,
            "",
            2,
            40,
            "" if value is not None else "it has seen every task",
        )
        for owner, gap in ((SYSTEMS[0], 0.2), (SYSTEMS[3], 0.1), (SYSTEMS[1], None))
        for protocol in ("", PROTOCOL.id)
        for quantity, value in (
            ("seen", 0.8),
            ("unseen", None if gap is None else 0.8 - gap),
            ("gap", gap),
            ("adjusted gap", None if gap is None else gap / 2),
        )
    )


def validity_rows() -> tuple[ValidityRow, ...]:
    """Two explanation metrics and a human, within two rated systems and pooled, on one aspect."""
    values = {"human": 0.7, "bartscore": 0.3, "words": 0.4}
    return tuple(
        ValidityRow(
            "invented ratings",
            REAL,
            TASKS[0].id,
            "mentallama",
            "overall",
            rated,
            name,
            "spearman",
            None if (name, rated) == ("bartscore", "beta") else value,
            value - 0.2,
            value + 0.2,
            "BCa",
            30,
            35,
            30,
            f"{name}|ratings:invented",
            "no variance" if (name, rated) == ("bartscore", "beta") else "",
        )
        for rated in ("alpha", "beta", "pooled")
        for name, value in values.items()
    )


def content() -> ReleaseContent:
    """Everything the release states: the real board and a demonstration board of one task and one
    system.
    """
    cells, means = real_board()
    demo_system = system("keyword rules", DEMO, demonstration=True, n_rows=35)
    cells.append(cell(demo_system, TASKS[3], "weighted_f1", 0.75))
    means.append(mean(demo_system, "weighted_f1", [0.75], 1, total=1))
    irf, severity = TASKS[1], TASKS[2]
    return ReleaseContent(
        tasks=(TASKS[3], *TASKS[:3]),
        metrics=(*METRICS, metric("weighted_f1", 0, title="Weighted F1", benchmark=DEMO)),
        systems=(*SYSTEMS, demo_system),
        cells=tuple(cells),
        overall=tuple(means),
        breakdowns=tuple(
            BreakdownRow(
                owner.id, irf.id, "weighted_f1", "factor", value, score, score - 0.2, score + 0.2, n
            )
            for owner, score in ((SYSTEMS[0], 0.7), (SYSTEMS[1], 0.6))
            for value, n in (("belongingness", 20), ("burdensomeness", 15))
        ),
        confusions=(
            ConfusionRow(SYSTEMS[0].id, severity.id, "none", "none", 15),
            ConfusionRow(SYSTEMS[0].id, severity.id, "none", "mild", 3),
            ConfusionRow(SYSTEMS[0].id, severity.id, "none", "unparsed", 2),
            ConfusionRow(SYSTEMS[0].id, severity.id, "mild", "severe", 7),
            ConfusionRow(SYSTEMS[0].id, severity.id, "mild", "unparsed", 3),
            ConfusionRow(SYSTEMS[0].id, severity.id, "severe", "severe", 5),
            *(
                ConfusionRow(owner.id, on.id, on.labels[0]["name"], on.labels[-1]["name"], 35)
                for owner in SYSTEMS
                for on, value in zip(TASKS[:3], WEIGHTED_F1[owner.system], strict=True)
                if value is not None and (owner, on) != (SYSTEMS[0], severity)
            ),
        ),
        platforms=platform_rows(),
        protocols=(PROTOCOL,),
        participation=(
            ParticipationRow(
                PROTOCOL.id, SYSTEMS[0].id, "takes part", "declares none of the held-out data"
            ),
            ParticipationRow(PROTOCOL.id, SYSTEMS[1].id, "undeclared", "declares nothing"),
            ParticipationRow(PROTOCOL.id, SYSTEMS[3].id, "trained on held-out data", "dreaddit"),
        ),
        generalization=generalization_rows(),
        cross_dataset=tuple(
            CrossDatasetRow(
                REAL,
                "weighted_f1",
                trained,
                tested,
                f"{REAL}/{tested}",
                SYSTEMS[0].id,
                value,
                0.1,
                0.9,
            )
            for trained, tested, value in (
                ("dreaddit", "dreaddit", 0.8),
                ("dreaddit", "irf", 0.3),
                ("sad", "irf", 0.4),
            )
        ),
        agreement=(
            AgreementRow(
                "invented ratings",
                "mentallama",
                "overall",
                "alpha",
                "alpha (ordinal)",
                0.5,
                0.3,
                0.7,
                "",
                30,
                30,
                3,
                "",
            ),
        ),
        validity=validity_rows(),
    )


def with_strategies() -> ReleaseContent:
    """The same, three systems of which declare a strategy: one that is not declared any more."""
    declared = {"alpha": "few-shot", "beta": "zero-shot", "half": "chain-of-thought"}
    whole = content()
    systems = (
        replace(row, strategy=declared.get(row.system, row.strategy)) for row in whole.systems
    )
    return replace(whole, systems=tuple(systems))


def publish_invented(
    path: Path, number: int = 1, what: ReleaseContent | None = None, after: tuple[int, ...] = ()
) -> Path:
    """Write and serve a release under `path` that lists those before it, `after`."""
    folder = DataFolder(path)
    prepare(folder)
    row = ReleaseRow(number, "2026-01-31T12:00:00Z", "tester", "a first release", None, "0.1.0")
    history = [HistoryRow(one, row.created_at, row.author, row.reason) for one in (*after, number)]
    write_release(folder, row, what or content(), (), history)
    place_release(folder, number)
    switch_to(folder, number)
    return path
