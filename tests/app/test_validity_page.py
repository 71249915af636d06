"""The page on whether metrics can be believed, opened without a browser."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.stats

from app.site.navigation import SECTIONS
from scoring.metrics import METRICS
from submissions.store.released.rated_rows import (
    AnchoredRow,
    MetricContestRow,
    OnScaleRow,
    PreferenceRow,
    RatingSetRow,
    StrengthRow,
    ValidityViewRow,
)
from tests.app.grids import table
from tests.app.saying import said

TITLES = {place.name: place.title for places in SECTIONS.values() for place in places}
REAL = "imhi-expert"
METRIC_TITLES = {metric.name: metric.title for metric in METRICS}


def test_validity_puts_a_human_first_and_word_count_last(open_page) -> None:
    site = open_page("validity", rated="alpha")
    assert table(site, "metric")["metric"].tolist() == [
        "A human rater",
        "BARTScore recall",
        "Words",
    ]
    blank = (
        table(open_page("validity", rated="beta"), "metric")
        .set_index("metric")
        .loc["BARTScore recall"]
    )
    assert blank["value"] != blank["value"]
    assert blank["why"] == "no variance"
    assert len(site.get("plotly_chart")) == 1
    assert table(site, "coefficient")["value"].tolist() == [0.5]
    assert table(site, "references")["references"].tolist() == ["a domain expert"] * 3


def test_each_metric_has_a_human_and_word_count_of_its_own_texts(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    words = {"alpha": 0.1, "beta": 0.2, "pooled": 0.6}
    rows = tuple(
        replace(
            row,
            alike=0.25,
            alike_low=0.2,
            alike_high=0.35,
            human=0.5,
            words=words[row.system],
            words_full=0.05,
            yardstick="words",
        )
        if row.metric == "bartscore" and row.value is not None
        else row
        for row in invented.validity_rows()
    )
    data = invented.publish_invented(tmp_path, what=replace(invented.content(), validity=rows))
    site = open_page("validity", data=data, measure="spearman", aspect="overall")
    figures = [json.loads(chart.proto.spec) for chart in site.get("plotly_chart")]
    first, second, pooled = ({trace["name"]: trace for trace in one["data"]} for one in figures)
    human, ruler = "A human, same texts", "The stronger word count, same texts"
    assert (points(first[human]), points(first[ruler])) == ([0.5], [0.1])
    assert (points(pooled[human]), points(pooled[ruler])) == ([0.5], [0.6])
    assert human not in second, "it has no value there, so nothing to be compared with"
    assert points(first["alpha"])[0] == 0.25, "the point faces the same means as the marks"
    assert len({str(one["layout"]["xaxis"]["range"]) for one in figures}) == 1, "on one scale"
    shown = table(open_page("validity", data=data, measure="spearman", rated="alpha"), "alike")
    bartscore = shown.set_index("metric").loc["BARTScore recall"]
    assert bartscore[["value", "alike", "human", "ruler"]].tolist() == [0.3, 0.25, 0.5, 0.1]
    assert bartscore["span"] == "0.10–0.50, on 30 of 35 texts"


def test_a_joined_set_says_who_joined_it_and_alpha_that_it_misleads(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    rows = invented.content()
    name = rows.validity[0].ratings
    joined = RatingSetRow(
        name,
        REAL,
        rows.validity[0].rubric,
        "join",
        ["first", "<b>second"],
        "tester",
        "one study",
        "2026-01-31T12:00:00Z",
    )
    data = invented.publish_invented(tmp_path, what=replace(rows, rating_sets=(joined,)))
    shown = said(open_page("validity", data=data))
    assert r"\<b\>second" in shown, "what stands there is data"
    told = shown.replace("\\", "")
    assert "joined from first, <b>second on 2026-01-31 (tester: one study)" in told
    assert (
        "Alpha and kappa are near 0, or negative, where nearly all ratings are one value" in shown
    )
    assert "joined from" not in said(open_page("validity"))


def points(trace: dict[str, Any]) -> list[float]:
    """The x of a trace's points, however plotly writes them."""
    x = trace["x"]
    if isinstance(x, dict):
        return np.frombuffer(base64.b64decode(x["bdata"]), dtype=x["dtype"]).tolist()
    return list(x)


def test_invented_ratings_say_so_and_never_stand_for_a_real_boards(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    ours = tuple(
        replace(row, ratings="play", benchmark="demo") for row in invented.content().validity
    )
    data = invented.publish_invented(tmp_path, what=replace(invented.content(), validity=ours))
    assert "Nobody has rated explanations yet" in said(open_page("validity", data=data))
    shown = open_page("validity", data=data, benchmark="demo")
    assert shown.selectbox(key="ratings").options == ["play (invented)"]
    assert "Invented" in said(shown)


def test_what_nobody_has_rated_is_said_to_be_not_validated(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    bare = replace(invented.content(), validity=(), agreement=())
    site = open_page("validity", data=invented.publish_invented(tmp_path, 1, bare))
    assert "Nobody has rated explanations yet" in said(site)
    assert "BARTScore recall, Words" in said(site)


def test_how_often_expert_and_test_sets_disagree_is_counted_on_real_gold(
    open_page, real_board: Path
) -> None:
    site = open_page("validity", data=real_board, benchmark=REAL)
    found = table(site, "differ").set_index("dataset").loc["sad"]
    assert (found["differ"], found["both"]) == (4, 35)
    assert found["share"] == pytest.approx(4 / 35, abs=0.005)  # two digits are shown
    low, high = scipy.stats.binomtest(4, 35).proportion_ci(method="wilson")
    assert found["span"] == f"{low:.2f}–{high:.2f}"


def test_pairs_of_systems_are_not_called_texts(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    rows = tuple(
        replace(row, measure="system accuracy", system="pooled")
        for row in invented.validity_rows()[-3:]
    )
    both = (*rows, *invented.validity_rows())
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), validity=both))
    heads = open_page("validity", data=data, measure="system accuracy").dataframe[0].proto.columns
    assert "Pairs of systems with a value" in heads
    assert "Texts" not in heads
    assert (
        "Texts with a value"
        in open_page("validity", data=data, measure="spearman").dataframe[0].proto.columns
    )


def test_metrics_that_are_compared_stand_under_their_titles(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    contests = tuple(
        MetricContestRow(
            "invented ratings",
            "mentallama",
            "overall",
            "alpha",
            "pearson",
            first,
            second,
            0.1,
            p,
            p,
            30,
            30,
            "",
        )
        for first, second, p in (
            ("bartscore", "words", 0.0001),
            ("words_full", "bartscore_src_to_hyp_full", 0.5),
        )
    )
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), contests=contests))
    found = table(open_page("validity", data=data), "first")
    assert found["first"].tolist() == ["BARTScore recall", METRIC_TITLES["words_full"]]
    assert found["second"].tolist() == ["Words", METRIC_TITLES["bartscore_src_to_hyp_full"]]
    assert not any("_" in name for name in [*found["first"], *found["second"]])


def test_a_benchmark_without_explanation_metrics_claims_nothing_of_them(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    full = invented.content()
    labels = tuple(one for one in full.metrics if one.grouping == "correctness")
    bare = replace(full, metrics=labels, validity=(), agreement=())
    spoken = said(open_page("validity", data=invented.publish_invented(tmp_path, 1, bare)))
    assert "no explanation metrics" in spoken
    assert "has been held against" not in spoken


def test_a_metrics_row_says_which_baselines_it_beats_and_which_beat_it(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    contests = tuple(
        MetricContestRow(
            *("invented ratings", "mentallama", "overall", "alpha", "pearson", "bartscore"),
            *(baseline, difference, p, p, 30, 30, ""),
        )
        for baseline, difference, p in (
            ("words", 0.2, 0.01),
            ("log_words", 0.1, 0.04),
            ("relative_length", 0.1, 0.06),
            ("label_right", -0.3, 0.001),
        )
    )
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), contests=contests))
    shown = table(open_page("validity", data=data, rated="alpha"), "beats").set_index("metric")
    beaten = shown.loc["BARTScore recall", ["beats", "beaten"]].tolist()
    assert beaten == ["words, log words", "label right"]
    assert shown.loc["Words", "beats"] == "", "a baseline is held against nothing"


def test_blanks_and_labels_stand_side_by_side(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    values = {"explained": 0.3, "blank as 0": 0.6, "label right": 0.1, "label wrong": None}
    views = tuple(
        ValidityViewRow(
            *("invented ratings", "mentallama", "overall", "alpha", view, metric, "pearson"),
            *(value, None if value is None else 0.0, None if value is None else 0.9, "BCa"),
            *(0 if value is None else 30, 30, 30, "no variance" if value is None else ""),
            *((0.5, 0.8) if metric == "bartscore" and value else (None, None)),
        )
        for view, value in values.items()
        for metric in ("human", "bound", "bartscore")
    )
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), validity_views=views))
    site = open_page("validity", data=data, aspect="overall")
    shown = table(site, "blank as 0").set_index("metric")
    assert shown.index.tolist() == [
        "A human rater",
        "The bound, √ICC(2,k)",
        "BARTScore recall",
    ]
    row = shown.loc["BARTScore recall"]
    assert row[["explained", "blank as 0", "label right"]].tolist() == [0.3, 0.6, 0.1]
    assert row["explained on"] == "0.00–0.90, n = 30; 0.50, 0.80"
    assert row["label wrong on"] == "no variance"
    assert "By blanks and by label" not in said(open_page("validity", rated="beta", data=data))


def test_a_metric_in_a_raters_place_and_anchored_means(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    of = ("invented ratings", "mentallama", "overall", "alpha")
    on_scale = tuple(
        OnScaleRow(*of, "bartscore", name, value, low, high, how, 30, 30, 3, "")
        for name, value, low, high, how in (
            ("ICC(C,1)", 0.8, 0.7, 0.9, "percentile"),
            ("bias", 0.5, None, None, "none: no spread in the resamples"),
        )
    )
    anchored = (
        AnchoredRow(
            *(*of, "demo/stress", "bartscore", "prediction-powered"),
            *(1.5, 1.0, 2.0, 1.75, 1.5, 2.0, "t", 0.25, 30, 1_200, 30, ""),
        ),
    )
    content = replace(invented.content(), on_scale=on_scale, anchored=anchored)
    data = invented.publish_invented(tmp_path, 1, content)
    site = open_page("validity", data=data, aspect="overall")
    (row,) = table(site, "ICC(C,1)").to_dict("records")
    assert (row["metric"], row["ICC(C,1)"], row["bias"]) == ("BARTScore recall", 0.8, 0.5)
    assert row["ICC(C,1) on"] == "0.70–0.90"
    assert "no spread" in row["bias on"]
    (row,) = table(site, "n_all").to_dict("records")
    assert (row["raw"], row["value"], row["span"]) == (1.5, 1.75, "1.50–2.00")
    assert (row["n"], row["n_all"], row["tuning"]) == (30, 1_200, 0.25)
    elsewhere = said(open_page("validity", data=data, rated="beta"))
    assert "In a rater's place" not in elsewhere
    assert "Human-anchored means" not in elsewhere


def test_a_set_without_anchored_means_says_why(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    why = "nothing called <b>alpha is on the board of demo"
    blank = AnchoredRow(
        *("invented ratings", "mentallama", "overall", "alpha", "demo/stress", "", ""),
        *(None, None, None, None, None, None, "", None, 0, 0, 0, why),
    )
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), anchored=(blank,)))
    shown = said(open_page("validity", data=data, aspect="overall"))
    assert r"None here: nothing called \<b\>alpha" in shown


def test_one_rated_system_alone_has_no_pairs(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    rows = tuple(row for row in invented.validity_rows() if row.system == "alpha")
    data = invented.publish_invented(tmp_path, 1, replace(invented.content(), validity=rows))
    assert "One system alone was rated" in said(open_page("validity", data=data))
    assert "One system alone was rated" not in said(open_page("validity"))


def test_choices_between_two_stand_beside_ratings_on_scales(
    open_page, invented: ModuleType, tmp_path: Path
) -> None:
    named = ("round-2", REAL, "mentallama")
    by = "percentile bootstrap over posts"
    strengths = (
        StrengthRow(*named, "<b>alpha", 20, 4, 6, 0.5, 0.2, 0.9, by, 30, 12, ""),
        StrengthRow(*named, "beta", 6, 4, 20, -0.5, -0.9, -0.2, by, 30, 12, ""),
    )
    preferences = (
        PreferenceRow(*named, "words", 0.4, 0.3, 0.5, by, 26, 26, 12, ""),
        PreferenceRow(*named, "bartscore", None, None, None, "none: x", 0, 26, 0, "no model"),
        PreferenceRow(*named, "human", 0.8, 0.7, 0.9, by, 26, 26, 12, ""),
    )
    what = replace(invented.content(), strengths=strengths, preferences=preferences)
    site = open_page("validity", data=invented.publish_invented(tmp_path, what=what))
    assert "A tie is half a win of either" in said(site)
    shown = table(site, "losses")
    assert shown["system"].tolist() == ["<b>alpha", "beta"]
    assert shown["span"].tolist() == ["0.20–0.90", "-0.90 to -0.20"]
    (metrics,) = [
        one.value
        for one in site.dataframe
        if list(one.value)[:4] == ["metric", "value", "span", "n"]
    ]
    assert metrics["metric"].tolist() == ["A human rater", "Words", "BARTScore recall"]
    assert metrics["why"].tolist()[-1] == "no model"
