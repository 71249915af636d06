"""The whole awkward board, with baselines, redactions and ratings: every kind of number but those
of ratings.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.api.application import api_application
from submissions.store.folder import DataFolder
from tests.oracle import awkward, checks, formulas
from tests.oracle.awkward import COLUMNS, HALF, ONE_NOTE, PERFECT, PLAIN, REPEATS, TWIN
from tests.oracle.published import (
    FEW,
    LABELS,
    ORDINAL,
    REFERENCE,
    TASKS,
    Published,
    entering,
    explanation_value,
    label_value,
    pairs,
    tables,
    text_value,
)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
DRAWN = 20_000
MEASURED = (COLUMNS, REPEATS)
"""The systems whose texts BARTScore measures once more, pair by pair."""
ALL = [task.id for task in awkward.TASKS]
SEEN = {
    PLAIN: ["oracle/mood"],
    TWIN: ["oracle/mood"],
    COLUMNS: None,
    HALF: ["oracle/strain"],
    REPEATS: [task for task in ALL if task != "oracle/strain"],
    PERFECT: ALL,
}
"""What the systems declare, by tasks; the others were trained on none."""


def test_metrics_of_labels(whole: Published) -> None:
    assert checks.metrics_of_labels(whole) == 12 * (5 * 6 + 2) - 8


def test_flips_of_labels(whole: Published) -> None:
    assert checks.flips_of_labels(whole) > 0


def test_intervals_of_labels(whole: Published) -> None:
    assert checks.intervals_of_labels(whole, DRAWN) > 150


def test_coverage_and_means(whole: Published) -> None:
    assert checks.coverage_and_means(whole) > 200


OF_SOME = ("label_explanation_agreement", "verified_quotations")
"""Of those explanations alone that name a label, or quote; few of these do."""


def test_intervals_of_means(whole: Published) -> None:
    assert checks.intervals_of_means(whole, DRAWN) > 20


def test_ranks_of_labels(whole: Published) -> None:
    assert checks.ranks_of_labels(whole) > 70


def test_exact_copies_share_their_ranks(whole: Published) -> None:
    by: dict[object, dict[str, tuple[object, ...]]] = defaultdict(dict)
    for row in whole.rows("overall"):
        kept = ("value", "covered", "total", "rank", "rank_low", "rank_high", "cluster")
        by[row["metric"]][whole.names[str(row["system"])]] = tuple(row[key] for key in kept)
    trivial = (REFERENCE, "Constant explanation", "Copy of the post")
    for metric in ("weighted_f1", "accuracy", "mcc"):
        for one, other in itertools.pairwise(trivial):
            assert by[metric][one] == by[metric][other]
    for found in by.values():
        assert found[PLAIN] == found[TWIN]


def test_explanations_are_what_the_published_programs_say(whole: Published) -> None:
    """Values, what they are of, and what was absent, of texts in several scripts, with markup, or
    missing.
    """
    compared = 0
    for row, task, groups in whole.cells():
        name, system = str(row["metric"]), whole.names[str(row["system"])]
        if name in LABELS or name in OF_SOME or name.startswith("flip_rate"):
            continue
        if name.startswith("bartscore") and system not in MEASURED:
            continue
        found = [pairs(group, full=name.endswith("_full")) for group in groups]
        counts = [len(one) for one in found]
        assert row["n"] == min(counts), row
        assert row["n_absent"] == max(len(g) - n for g, n in zip(groups, counts, strict=True)), row
        if min(counts) < FEW:
            assert row["value"] is None, row
        else:
            values = [explanation_value(name, group) for group in groups]
            assert row["value"] == pytest.approx(np.mean(values), abs=5e-6), (task.id, row)
        compared += 1
    assert compared > 450


def test_intervals_of_explanations(whole: Published) -> None:
    compared = 0
    for row, _, groups in whole.cells():
        if row["metric"] not in ("rouge1", "words", "words_full") or row["low"] is None:
            continue
        metric, full = str(row["metric"]), row["metric"] == "words_full"
        posts = sorted({one.asked.post_id for one in groups[0]})
        weights = formulas.weights(DRAWN, len(posts), 5)
        replicates = []
        for group in groups:
            sums = np.zeros((len(posts), 2))
            for one in group:
                for h, r, s in pairs([one], full=full):
                    value = text_value(metric, h, r, s)
                    sums[posts.index(one.asked.post_id)] += (value, 1)
            replicates.append(formulas.text_replicates(*sums.T, weights))
        mean = np.mean(replicates, axis=0)
        for end, share in ((row["low"], 0.025), (row["high"], 0.975)):
            assert formulas.quantile_fits(mean, float(str(end)), share, 1000), row
        compared += 1
    assert compared > 60


def test_label_explanation_agreement(whole: Published) -> None:
    """Of explanations that were written to state a label, which need not be the system's own."""
    row = whole.by_name[COLUMNS, "oracle/mood", "label_explanation_agreement"]
    stating = [one for one in whole.said[COLUMNS] if one.stated is not None]
    agree = sum(one.stated == one.label for one in stating)
    assert 0 < agree < len(stating)
    assert (row["n"], row["value"]) == (len(stating), pytest.approx(agree / len(stating)))
    ends = formulas.wilson(agree / len(stating), len(stating))
    assert (row["low"], row["high"]) == pytest.approx(ends, abs=1e-12)
    silent = whole.by_name[ONE_NOTE, "oracle/mood", "label_explanation_agreement"]
    assert (silent["n"], silent["value"]) == (0, None)


def test_confusions(whole: Published) -> None:
    found: dict[tuple[str, str], dict[tuple[object, object], object]] = defaultdict(dict)
    for row in whole.rows("confusions"):
        key = (whole.names[str(row["system"])], str(row["task"]))
        found[key][row["gold"], row["predicted"]] = row["n"]
    assert not [task for _, task in found if task == "oracle/secret"]
    for (name, task), cells in found.items():
        labels = TASKS[task].labels
        own = sum(tables(TASKS[task], group).sum(0) for group in whole.answers(name, task))
        expected = {
            (labels[i], [*labels, "unparsed"][j]): own[i, j] for i, j in np.argwhere(own).tolist()
        }
        assert cells == expected, (name, task)
    assert len(found) == 12 * 4 - 1


def test_parts_of_a_task(whole: Published) -> None:
    """By the dimension that is asked about: each of ten posts, of which every one has a question of
    each.
    """
    compared = 0
    for row in whole.rows("breakdowns"):
        metric, name = str(row["metric"]), whole.names[str(row["system"])]
        task = TASKS[str(row["task"])]
        assert task.id == "oracle/facets"
        groups = [
            [o for o in group if o.asked.attributes == f"dimension={row['attribute_value']}"]
            for group in whole.answers(name, task.id)
        ]
        if metric in LABELS:
            values = [label_value(metric, task, group) for group in groups]
            count = min(len(entering(metric, group)) for group in groups)
        elif metric.startswith("bartscore") or metric in OF_SOME:
            continue
        else:
            count = min(len(pairs(group, full=metric.endswith("_full"))) for group in groups)
            values = [explanation_value(metric, group) for group in groups]
        assert row["n"] == count, row
        if count < FEW or None in values:
            assert row["value"] is None, row
            assert row["why_blank"], row
            continue
        assert row["value"] == pytest.approx(np.mean(np.array(values, float)), abs=1e-9), row
        if metric in LABELS and row["low"] is not None and 0 < float(str(row["value"])) < 1:
            _hold_part(metric, row, [tables(task, group) for group in groups])
        compared += 1
    assert compared > 400


def _hold_part(metric: str, row: dict[str, object], own: list[np.ndarray]) -> None:
    low, high = float(str(row["low"])), float(str(row["high"]))
    if metric in ("accuracy", "parse_rate") and len(own) == 1:
        value = float(str(row["value"]))
        ends = formulas.wilson(value, int(str(row["n"])))
        assert (low, high) == pytest.approx(ends, abs=1e-12), row
        return
    weights = formulas.weights(DRAWN, len(own[0]), 7)
    replicates = formulas.label_replicates(metric, own, weights, 7)
    assert formulas.quantile_fits(replicates, low, 0.025, 1000), row
    assert formulas.quantile_fits(replicates, high, 0.975, 1000), row


def test_platforms(whole: Published) -> None:
    """Means over platforms and ways of annotation, their contrasts, and all of it less the
    reference.
    """
    compared = 0
    for row in whole.rows("platforms"):
        metric, name = str(row["metric"]), whole.names[str(row["system"])]
        plus, minus = [
            [t.id for t in whole.asked_on(metric) if part in (t.platform, t.annotation)]
            for part in (*str(row["part"]).split(" - "), "")
        ][:2]
        contrast = " - " in str(row["part"])
        less = REFERENCE if row["reference"] else ""
        expected = checks.contrast(whole, name, plus, minus if contrast else [], metric, less)
        if (contrast and not (plus and minus)) or name == less:
            expected = None
        assert row["value"] == (None if expected is None else pytest.approx(expected, abs=1e-9)), (
            row
        )
        assert bool(row["why_blank"]) == (expected is None), row
        compared += expected is not None
    assert compared > 1000


def test_gaps_to_unseen_data_sets(whole: Published) -> None:
    found = checks.gaps(whole, "unseen data set", lambda name: SEEN.get(name, []), DRAWN)
    assert found > 200


def test_gaps_to_unseen_families(whole: Published) -> None:
    """Each of the tasks is a family of its own; of what somebody else's letters
    ask nobody knows.
    """
    seen = {**SEEN, HALF: None}
    assert checks.gaps(whole, "unseen family", lambda name: seen.get(name, [])) > 200


def test_gaps_to_unseen_platforms(whole: Published) -> None:
    of = {task.id: task.platform for task in awkward.TASKS}

    def seen(name: str) -> list[str] | None:
        known = SEEN.get(name, [])
        if known is None or name == HALF:
            return None
        return [task for task in ALL if of[task] in {of[one] for one in known}]

    assert checks.gaps(whole, "unseen platform", seen) > 200


def test_gaps_under_the_protocol(whole: Published) -> None:
    """Who was trained on strain's data, or does not say, takes no part."""
    out = (COLUMNS, HALF, PERFECT)
    rows = [r for r in whole.rows("generalization") if r["notion"] == "protocol"]
    gaps = [row for row in rows if row["quantity"] != "full - held-out"]
    assert {whole.names[str(row["system"])] for row in gaps}.isdisjoint(out)
    status = {whole.names[str(r["system"])]: r["status"] for r in whole.rows("participation")}
    takes_part = {name for name, said in status.items() if said == "takes part"}
    assert takes_part == set(whole.names.values()).difference(out)
    others = [task for task in ALL if task != "oracle/strain"]
    assert checks.gaps(whole, "protocol", lambda _: others, DRAWN) > 100


def test_full_less_held_out(whole: Published) -> None:
    """Of one base model and method, one knows the held-out data besides all that
    the other knows.
    """
    found = [r for r in whole.rows("generalization") if r["quantity"] == "full - held-out"]
    versions = {(whole.names[str(r["system"])], whole.names[str(r["other"])]) for r in found}
    assert versions == {(PERFECT, PLAIN), (PERFECT, REPEATS)}
    compared = 0
    for row in found:
        full, other = whole.names[str(row["system"])], whole.names[str(row["other"])]
        metric = str(row["metric"])
        expected = whole.mean(full, ["oracle/strain"], metric, other)
        assert row["value"] == (None if expected is None else pytest.approx(expected, abs=1e-12))
        compared += expected is not None
    assert compared == 2 * len(LABELS)  # the full version gives labels alone


def test_trained_on_times_tested_on(whole: Published) -> None:
    expected = {
        (name, task, metric): tuple(row[key] for key in ("value", "low", "high"))
        for (name, task, metric), row in whole.by_name.items()
        if name in (PLAIN, TWIN) and row["value"] is not None
    }
    found = {}
    for row in whole.rows("cross_dataset"):
        key = (whole.names[str(row["system"])], str(row["task"]), str(row["metric"]))
        found[key] = tuple(row[name] for name in ("value", "low", "high"))
        tested_on = f"oracle-{str(row['task']).split('/')[1]}"
        assert (row["trained_on"], row["tested_on"]) == ("oracle-mood", tested_on)
    assert found == expected


def test_the_command_and_the_api_say_what_the_file_says(whole: Published) -> None:
    (said,) = whole.board.run(("leaderboard", "--format", "json"))
    cells = json.loads(said)
    assert checks.the_command(whole, cells) > 1000
    api = TestClient(api_application(DataFolder(whole.board.data), {}))
    assert api.get("/api/v1/leaderboard").json() == cells
    part = {"task": "oracle/mood", "metric": "mcc"}
    chosen = [cell for cell in cells if part.items() <= cell.items()]
    assert api.get("/api/v1/leaderboard", params=part).json() == chosen


def test_ordinal_metrics_are_of_ordinal_tasks_alone(whole: Published) -> None:
    assert {row["task"] for row in whole.rows("cells") if row["metric"] in ORDINAL} == {
        "oracle/strain"
    }
