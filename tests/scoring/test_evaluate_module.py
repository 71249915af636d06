"""Every metric through the `evaluate` library, without a network.

The library reads its settings and cache folders once, when it is imported, so everything runs in
one process of its own, in which opening a connection is an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, corpus_chrf, sentence_chrf
from sklearn.metrics import cohen_kappa_score, f1_score

from scoring.bartscore import BartModel
from scoring.evaluate_module.inputs import INPUTS
from scoring.instruments import BARTSCORE, BERTSCORE, NLI
from scoring.judging.instrument import JUDGES
from scoring.judging.pairs import NO_ANSWER
from scoring.metrics import METRICS, metric
from tests.judging import write_verdicts
from tests.scoring.encoders.models import write_encoder
from tests.scoring.entailment.conftest import save_nli

TINY = str(Path(__file__).parents[2] / "leaderboard_data" / "checkpoints" / "tiny-bart")

DRIVER = """
import doctest, json, socket, sys
def refuse(*args, **kwargs):
    raise OSError("no network here")
socket.socket.connect = socket.getaddrinfo = refuse
import evaluate
from scoring import evaluate_module

answers = []
for call in json.load(sys.stdin):
    try:
        loaded = evaluate.load(evaluate_module.FOLDER, config_name=call["metric"], cache_dir=sys.argv[1])
        for batch in call.get("batches", []):
            loaded.add_batch(**batch)
        for row in call.get("rows", []):
            loaded.add(**row)
        answers.append(loaded.compute(**call["compute"]))
    except Exception as error:
        answers.append({"error": f"{type(error).__name__}: {error}"})
examples = doctest.testmod(evaluate_module)
print(json.dumps({"answers": answers, "examples": list(examples)}))
"""

GOLDS = ["yes", "no", "no", "yes", "no"]
LABELS = ["yes", "no", "yes", "", "no"]
LEVELS = ["low", "middle", "high"]
TEXTS = ["The poster sleeps badly at night.", "", "Work is on their mind all day."]
REFERENCES = [
    "The poster sleeps very badly.",
    "They feel alone.",
    "The poster thinks of work all day.",
]
POSTS = ["I lie awake at night.", "Nobody calls.", "Work, work, work."]


ENCODER = "tiny-bert"


ORDERED = {
    "predictions": ["low", "high", "high", ""],
    "references": ["low", "low", "high", "middle"],
    "labels": LEVELS,
}
SEVERAL = {
    "predictions": ["angry; sad", "none", "sad", ""],
    "references": ["sad; angry", "none", "angry", "sad"],
}
SURE = {
    "predictions": LABELS,
    "references": GOLDS,
    "confidences": ["0.9", "0.5", "", "0.5", "1"],
}
ENCODED = {"checkpoint": ENCODER, "layer": 2, "device": "cpu", "dtype": "float32"}
MODELS: dict[str, dict[str, Any]] = {
    BARTSCORE: {"checkpoint": TINY, "device": "cpu", "dtype": "float32"},
    BERTSCORE: ENCODED,
}
EVIDENCE = {
    "predictions": ['["at night"]', "", '["Work", "never said"]'],
    "references": ['["sleeps badly"]', "[]", '["Work"]'],
    "sources": TEXTS,
}
OF_KIND: dict[str, dict[str, Any]] = {
    "quadratic_weighted_kappa": ORDERED,
    "mean_absolute_error": ORDERED,
    "ece": SURE,
    "brier": SURE,
    "jaccard": SEVERAL,
    "micro_f1": SEVERAL,
    "flip_rate_near_posts": {
        "predictions": ["yes", "no"],
        "references": ["yes", "yes"],
        "sources": [" ".join(POSTS), " ".join(POSTS).upper()],
    },
}
"""What metrics are called with whose tasks are of a kind of their own."""


def arguments(name: str) -> dict[str, Any]:
    """What a metric is called with."""
    if name in OF_KIND:
        return OF_KIND[name]
    if name.startswith("evidence_"):
        return EVIDENCE | (ENCODED if metric(name).needs else {})
    inputs = INPUTS[name]
    texts = {"predictions": TEXTS, "references": REFERENCES, "sources": POSTS}
    columns = {column: texts[column] for column in inputs.names}
    if name.endswith("_imhi_rule"):
        rule = {"order": [["yes", "yes"], ["no", "no"]], "fallback": "no"}
        outputs = ["Yes, it does.", "No.", "Yes.", "Hard to say", "Nothing"]
        return {"predictions": outputs, "references": GOLDS, "imhi_rule": rule}
    if name == "label_explanation_agreement":
        said = ["Yes, this post shows stress.", "It rains."]
        return {
            "predictions": said,
            "references": ["yes", "no"],
            "labels": ["yes", "no"],
            "concept": ["stress"],
        }
    if name.startswith("judge_"):
        return {**columns, "checkpoint": f"{metric(name).needs}.jsonl"}
    if metric(name).needs == NLI:
        return {**columns, "device": "cpu", "dtype": "float32"}
    if metric(name).needs in MODELS:
        return {**columns, **MODELS[metric(name).needs]}
    if name == "verified_quotations":
        quoting = ['They "lie awake" at night.', "", 'They are at "work" and "play".']
        return {**columns, "predictions": quoting}
    if inputs.predictions == "explanations":
        return columns
    return {"predictions": LABELS, "references": GOLDS}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "several runs": (
        {"metric": "flip_rate", "compute": {"predictions": ["yes"]}},
        r"ScoringError: flip_rate holds several runs against each other, and columns hold one",
    ),
    "none": (
        {"metric": "rouge1", "compute": {"predictions": ["a", None], "references": ["a", "b"]}},
        r"ScoringError: `predictions`[1] is None; it must be a text",
    ),
    "nan": (
        {
            "metric": "rouge1",
            "compute": {"predictions": ["a", "b"], "references": [float("nan"), "b"]},
        },
        r"ScoringError: `references`[0] is nan; it must be a text",
    ),
    "lengths": (
        {"metric": "bleu", "compute": {"predictions": ["a", "b"], "references": ["a"]}},
        "ScoringError: 2 predictions, 1 references: every row needs each",
    ),
    "missing": (
        {"metric": "bleu", "compute": {"predictions": ["a"]}},
        "ScoringError: `references` is None; it must be a list of texts",
    ),
    "one text": (
        {"metric": "words", "compute": {"predictions": "some words"}},
        "ScoringError: `predictions` is 'some words'; it must be a list of texts",
    ),
    "row": (
        {"metric": "words", "rows": [{"prediction": 3}], "compute": {}},
        "ScoringError: `predictions`[0] is 3; it must be a text",
    ),
    "label": (
        {
            "metric": "accuracy",
            "compute": {"predictions": ["yess"], "references": ["yes"], "labels": ["yes", "no"]},
        },
        "ScoringError: 'yess' is not one of `labels`: yes, no; did you mean 'yes'?",
    ),
    "order": (
        {
            "metric": "mean_absolute_error",
            "compute": {"predictions": ["low"], "references": ["low"]},
        },
        "ScoringError: mean_absolute_error needs `labels`, in order from least to most",
    ),
    "rule": (
        {
            "metric": "accuracy_imhi_rule",
            "compute": {"predictions": ["Yes."], "references": ["yes"]},
        },
        "ScoringError: accuracy_imhi_rule needs `imhi_rule`",
    ),
    "metric": (
        {"metric": "rouge4", "compute": {}},
        "ScoringError: no metric 'rouge4'; did you mean 'rouge",
    ),
    "no metric": (
        {"metric": None, "compute": {}},
        "ScoringError: pass config_name=<metric> to evaluate.load; there are: weighted_f1,",
    ),
    "checkpoint": (
        {
            "metric": "bartscore_f",
            "compute": {"predictions": ["a"], "references": ["a"], "checkpoint": "/nowhere/bart"},
        },
        "CheckpointError: ",
    ),
}

BATCHED = {
    "metric": "weighted_f1",
    "batches": [
        {"predictions": LABELS[:2], "references": GOLDS[:2]},
        {"predictions": LABELS[2:4], "references": GOLDS[2:4]},
    ],
    "rows": [{"prediction": LABELS[4], "reference": GOLDS[4]}],
    "compute": {},
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that this file looks at, from one process."""
    home = tmp_path_factory.mktemp("hub")
    nli = {"checkpoint": str(save_nli(tmp_path_factory.mktemp("nli"), "bert"))}
    write_encoder(home / ENCODER, "bert")  # where the process runs
    named = {
        entry.name: {
            "metric": entry.name,
            "compute": arguments(entry.name) | (nli if entry.needs == NLI else {}),
        }
        for entry in METRICS
        if entry.name in INPUTS
    }
    calls = {
        **named,
        "batched": BATCHED,
        **{f"bad {name}": call for name, (call, _) in BAD.items()},
    }
    offline = {
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "HF_EVALUATE_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
    }
    # Labels are no column here: what is judged is the explanation alone.
    pair = (POSTS[0], f"Answer: {NO_ANSWER}\n\nExplanation: {TEXTS[0]}")
    for judge in JUDGES:
        levels = {aspect.name: 2 for aspect in judge.aspects}
        write_verdicts(home / f"{judge.kind}.jsonl", judge, {pair: [levels]})
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(home / "cache")],
        input=json.dumps(list(calls.values())),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **offline, "OMP_NUM_THREADS": "1"},
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return {**dict(zip(calls, told["answers"], strict=True)), "examples": told["examples"]}


def test_the_documented_examples_run(ran: dict[str, Any]) -> None:
    failed, attempted = ran["examples"]
    assert (failed, attempted) == (0, 8)


@pytest.mark.parametrize("name", INPUTS)
def test_every_metric_has_a_value_and_its_counts(name: str, ran: dict[str, Any]) -> None:
    answer = ran[name]
    assert set(answer) == {name, "low", "high", "interval", "n", "n_absent", "n_truncated"}, answer
    assert isinstance(answer[name], float)
    assert answer["n"] + answer["n_absent"] == len(arguments(name)["predictions"])


def test_label_metrics_equal_scikit_learn(ran: dict[str, Any]) -> None:
    expected = f1_score(
        GOLDS, [label or "unparsed" for label in LABELS], average="weighted", zero_division=0
    )
    assert ran["weighted_f1"]["weighted_f1"] == pytest.approx(expected)
    assert ran["parse_rate"]["parse_rate"] == 0.8
    kappa = ran["quadratic_weighted_kappa"]
    assert kappa["quadratic_weighted_kappa"] == pytest.approx(
        cohen_kappa_score([0, 0, 2], [0, 2, 2], labels=[0, 1, 2], weights="quadratic")
    )
    assert kappa["n_absent"] == 1
    # Right, right, not said, unparsed, right.
    assert ran["brier"]["brier"] == pytest.approx((0.01 + 0.25 + 0.25 + 0) / 4)
    assert ran["brier"]["n_absent"] == 1
    assert ran["jaccard"]["jaccard"] == 0.5
    assert ran["micro_f1"]["micro_f1"] == pytest.approx(2 * 2 / (4 + 3))
    assert ran["mean_absolute_error"]["mean_absolute_error"] == pytest.approx(2 / 3)
    assert ran["accuracy_imhi_rule"]["accuracy_imhi_rule"] == 0.6


def test_text_metrics_equal_their_libraries(ran: dict[str, Any]) -> None:
    texts, references = (
        [TEXTS[0], TEXTS[2]],
        [REFERENCES[0], REFERENCES[2]],
    )  # the empty one is absent
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    pairs = zip(references, texts, strict=True)
    expected = sum(scorer.score(*pair)["rougeL"].fmeasure for pair in pairs) / 2
    assert ran["rougel"]["rougel"] == pytest.approx(expected)
    assert ran["bleu"]["bleu"] == pytest.approx(corpus_bleu(texts, [references]).score)
    assert ran["chrf"]["chrf"] == pytest.approx(corpus_chrf(texts, [references]).score)
    assert ran["words"]["words"] == 6.5
    assert [ran[name]["n_absent"] for name in ("rougel", "bleu", "chrf", "words")] == [1, 1, 1, 1]


def test_metrics_of_posts_are_given_sources(ran: dict[str, Any]) -> None:
    """By hand: of three passages two stand in their posts, one explanation has both of its own and
    the other one of two. No six words are the posts'.
    """
    assert ran["verified_quotations"]["verified_quotations"] == (1 + 1 / 2) / 2
    assert ran["own_words"]["own_words"] == 1.0
    present = ((TEXTS[row], POSTS[row], REFERENCES[row]) for row in (0, 2))
    chrfs = [
        (sentence_chrf(e, [p]).score / 100, sentence_chrf(e, [r]).score / 100)
        for e, p, r in present
    ]
    to_post, grounded = (sum(p for p, _ in chrfs) / 2), sum(min(p, r) + r for p, r in chrfs) / 4
    assert ran["grounded_chrf_post"]["grounded_chrf_post"] == pytest.approx(to_post)
    assert ran["grounded_chrf"]["grounded_chrf"] == pytest.approx(grounded)
    assert ran["grounded_chrf"]["n_absent"] == 1


def test_agreement_reads_the_label_that_an_explanation_states(ran: dict[str, Any]) -> None:
    answer = ran["label_explanation_agreement"]
    assert (answer["label_explanation_agreement"], answer["n"], answer["n_absent"]) == (1.0, 1, 1)


def test_bartscore_equals_the_engine(ran: dict[str, Any]) -> None:
    scorer = BartModel(TINY, device="cpu", dtype="float32").scorer()
    texts = [TEXTS[0], TEXTS[2]]
    faithful = scorer.score([POSTS[0], POSTS[2]], texts).mean()
    recall = scorer.score(texts, [REFERENCES[0], REFERENCES[2]]).mean()
    assert ran["bartscore_src_to_hyp"]["bartscore_src_to_hyp"] == pytest.approx(faithful, abs=1e-5)
    assert ran["bartscore_hyp_to_ref"]["bartscore_hyp_to_ref"] == pytest.approx(recall, abs=1e-5)
    assert ran["bartscore_hyp_to_ref"]["n_absent"] == 1


def test_batches_and_rows_add_up(ran: dict[str, Any]) -> None:
    assert ran["batched"] == ran["weighted_f1"]


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_what_to_do(case: str, ran: dict[str, Any]) -> None:
    answer = ran[f"bad {case}"]
    assert answer.get("error", answer).startswith(BAD[case][1])
