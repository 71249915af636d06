"""Kept verdicts as what metrics measure with: what was judged has its level, what was not has none."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from scoring.errors import CheckpointError
from scoring.instruments import Instruments, scores_of
from scoring.judging.instrument import JUDGES, JudgeInstrument
from scoring.judging.pairs import judged_pairs
from scoring.kinds import kinds
from scoring.metrics import metric
from scoring.metrics.judged import JUDGED
from tests.declarations import load_rubrics
from tests.judging import write_verdicts
from tests.scoring.metrics.test_registry import segments_of

PAIR, OTHER = (
    ("post", "Answer: Yes\n\nExplanation: tired"),
    ("post", "Answer: No\n\nExplanation: x"),
)
ALL = {"consistency": 3, "reliability": 2, "professionality": 0, "overall": 1}


MENTALLAMA, DR_ANNOTATION = JUDGES


def judge(path: Path, kind: str = MENTALLAMA.kind) -> JudgeInstrument:
    return JudgeInstrument.read(str(path), kind)


def test_metrics_are_the_aspects_of_the_shipped_rubrics_on_their_scales(tmp_path: Path) -> None:
    rubrics = load_rubrics()
    for each in JUDGES:
        rubric = rubrics[each.rubric]
        assert [aspect.name for aspect in each.aspects] == list(rubric.names)
        own = [entry for entry in JUDGED if entry.needs == each.kind]
        assert [entry.name for entry in own] == [f"{each.kind}_{name}" for name in rubric.names]
        assert [entry.bounds for entry in own] == [(a.low, a.high) for a in rubric.aspects]
        path = tmp_path / f"{each.rubric}.jsonl"
        write_verdicts(path, each, {PAIR: [{}]})
        assert kinds()[each.kind](str(path)).instrument() == judge(path, each.kind)


def test_what_is_judged_meanwhile_changes_no_instrument(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    write_verdicts(path, MENTALLAMA, {PAIR: [ALL]})
    before = judge(path)
    write_verdicts(path, MENTALLAMA, {PAIR: [ALL], OTHER: [ALL]})
    assert before.fingerprint != judge(path).fingerprint
    assert scores_of(before, [OTHER]).tolist() == [[0.0] * len(before.outputs)]
    assert pickle.loads(pickle.dumps(before)) == before  # noqa: S301


def test_a_level_is_the_mean_of_repeats_and_0_is_not_absent(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    write_verdicts(path, MENTALLAMA, {PAIR: [ALL, {**ALL, "overall": 2}, {"reliability": 0}]})
    values = scores_of(judge(path), [PAIR, OTHER])
    assert values.tolist() == [[3, 4 / 3, 0, 1.5, 1, 1, 1, 1], [0] * 8]
    assert pickle.loads(pickle.dumps(judge(path))).fingerprint == judge(path).fingerprint  # noqa: S301


def test_what_was_not_judged_or_was_off_the_menu_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    run = segments_of(range(4), absent=(3,))
    first, second, third, nothing = judged_pairs(run)
    assert nothing is None
    assert first is not None
    assert second is not None
    assert third is not None
    write_verdicts(path, MENTALLAMA, {first: [ALL], second: [{"consistency": 2, "overall": 0}]})
    measured = {
        name: metric(f"judge_mentallama_{name}").measure(run, Instruments(judge(path))).tolist()
        for name in ("consistency", "reliability", "overall")
    }
    nothing_there = [0.0, 0.0]
    assert measured == {
        "consistency": [[3, 1], [2, 1], nothing_there, nothing_there],
        "reliability": [[2, 1], nothing_there, nothing_there, nothing_there],
        "overall": [[1, 1], [0, 1], nothing_there, nothing_there],
    }


def test_the_label_is_part_of_what_is_judged(tmp_path: Path) -> None:
    run = segments_of(range(2))
    (post, answer), _ = (pair for pair in judged_pairs(run) if pair)
    assert answer.startswith("Answer: Low\n\nExplanation: ")
    path = tmp_path / "v.jsonl"
    write_verdicts(path, MENTALLAMA, {(post, answer.replace("Low", "High")): [ALL]})
    assert np.all(metric("judge_mentallama_overall").measure(run, Instruments(judge(path))) == 0)


def test_its_fingerprint_is_of_who_judged_and_of_every_level(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jsonl" for n in range(4)]
    write_verdicts(paths[0], MENTALLAMA, {PAIR: [ALL]})
    write_verdicts(paths[1], MENTALLAMA, {PAIR: [{**ALL, "overall": 2}]})
    write_verdicts(paths[2], MENTALLAMA, {PAIR: [ALL], OTHER: [ALL]})
    paths[3].write_text(paths[0].read_text().replace("a-judge", "b-judge"), encoding="utf-8")
    assert len({judge(path).fingerprint for path in paths}) == 4
    # When it was begun again, and by what library, is no part of it.
    before = judge(paths[0]).fingerprint
    with paths[0].open("a", encoding="utf-8") as stream:
        stream.write('{"start": {"at": "later"}}\n')
    assert judge(paths[0]).fingerprint == before
    assert judge(paths[0]).public_name == "a-judge (scale)"


def test_verdicts_that_cannot_be_had_are_said(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    with pytest.raises(
        CheckpointError, match=r"no verdicts in .*; `reasonboard judge` writes them"
    ):
        _ = judge(path).fingerprint
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match="no file of verdicts"):
        _ = judge(path).fingerprint
    write_verdicts(path, DR_ANNOTATION, {PAIR: [{}]})
    with pytest.raises(
        CheckpointError, match=r"by the rubric dr-annotation .* file's is \[judge_dr_annotation"
    ):
        _ = judge(path).fingerprint


def test_a_post_that_a_judge_was_not_shown_whole_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    again = (PAIR[0], "Answer: No\n\nExplanation: glad")
    write_verdicts(path, MENTALLAMA, {PAIR: [ALL], again: [ALL], ("short", "x"): [ALL]})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines[2:4]:
        line["verdict"]["cut"] = 700
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert judge(path).count_cut([PAIR, again, ("short", "x"), OTHER]) == 1
    assert judge(path).count_cut([("short", "x"), OTHER]) == 0
