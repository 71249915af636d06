"""Which sentences of an explanation are unsupported is kept beside the score, and shown with the
example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from app.site.examples.show import marked
from app.text import markdown
from scoring.entailment.judged import JudgedSentence, sentences_in, spans_of
from scoring.entailment.support import judged, support_pairs
from scoring.instruments import Instruments, Pair
from scoring.metrics import metric
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from submissions.keeping.verify import glance
from submissions.life.takedown import redact_example
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import Workplace, plan
from submissions.rescoring.worker import run
from submissions.store.files.arrays import array_fault, array_path, load_array, load_spans
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import PinnedModel, Score, all_scores, pin_model
from submissions.store.submitted.submissions import submissions
from tests.app.saying import said
from tests.boards import TINY, a_run, demo_board, gold_rows, submit
from tests.boards import publish_with_blanks as publish
from tests.instruments import PerPairInstrument

TASK = "demo/loneliness"
NAMES = ("sentence_support", "sentence_support_worst", "contradiction", "accuracy")
JUDGING = PerPairInstrument(
    lambda _, said: (len(said) % 7 / 6, 0.0, len(said) % 5 / 4),
    kind="nli",
    outputs=("entailment", "neutral", "contradiction"),
)


@dataclass(frozen=True)
class Listing(LocalEngine):
    """Keeps the pairs that it is left to score."""

    asked: list[Pair] = field(default_factory=list)

    def score(self, model, pairs, values, keep, advance):  # type: ignore[no-untyped-def]
        self.asked.extend(pairs[i] for i in np.flatnonzero(np.isnan(values).any(axis=1)))
        return super().score(model, pairs, values, keep, advance)


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["loneliness"])


def scored(folder: DataFolder, tasks: dict[str, Task]) -> list[Pair]:
    """Score all; the pairs that the model was asked about."""
    engine, under = Listing(), a_run(folder)
    pinned = {name: getattr(JUDGING, name) for name in ("kind", "checkpoint", "fingerprint")}
    pinned |= {name: getattr(JUDGING, name) for name in ("max_tokens", "dtype_name")}
    pin_model(folder, PinnedModel("demo", **pinned, demonstration=False), under)
    place = Workplace(folder, tasks, {"demo": Instruments(TINY, JUDGING)})
    run(place, plan(place, metrics=[metric(name) for name in NAMES]), engine, under)
    return engine.asked


def score_of(folder: DataFolder, submission: str) -> Score:
    (score,) = (
        score
        for score in all_scores(folder)
        if (score.submission, score.identity.metric) == (submission, "sentence_support")
    )
    return score


def kept(
    folder: DataFolder, tasks: dict[str, Task], submission: str
) -> list[tuple[JudgedSentence, ...]]:
    """The sentences of each example's explanation, as they are kept."""
    spans = load_spans(folder, score_of(folder, submission).array)
    assert spans is not None
    return [
        tuple(sentence for _, sentence in sentences_in(text or "", rows))
        for text, rows in zip(explanations(folder, tasks, submission), spans[0], strict=True)
    ]


def explanations(
    folder: DataFolder, tasks: dict[str, Task], submission: str
) -> Sequence[str | None]:
    (own,) = (each for each in submissions(folder) if each.id == submission)
    examples = PostStore(folder.posts).examples(tasks[TASK])
    (only,) = segments(folder.outputs(own.outputs), tasks[TASK], examples)
    return [reading.explanation for reading in only.readings]


def check_kept(folder: DataFolder, tasks: dict[str, Task], submission: str) -> None:
    examples = PostStore(folder.posts).examples(tasks[TASK])
    texts = explanations(folder, tasks, submission)
    assert any(texts)
    for own, text, example in zip(kept(folder, tasks, submission), texts, examples, strict=True):
        pairs = support_pairs(text or "", example.post)
        outputs: Floats = np.array([JUDGING.numbers(*pair) for pair in pairs], dtype=float)
        expected = judged(pairs, outputs)
        assert [sentence.text for sentence in own] == [sentence.text for sentence in expected]
        for mine, other in zip(own, expected, strict=True):
            assert mine.support == pytest.approx(other.support, abs=1e-6)
            assert mine.contradiction == pytest.approx(other.contradiction, abs=1e-6)


def test_what_is_kept_of_sentences_is_what_the_model_says_of_them(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks[TASK])
    first = submit(board, tasks, tmp_path, rows, system="first").submission.id
    scored(board, tasks)
    check_kept(board, tasks, first)
    score = score_of(board, first)
    mean = np.mean([np.mean([s.support for s in own]) for own in kept(board, tasks, first) if own])
    assert score.value == pytest.approx(float(mean), abs=1e-6)
    rows[0]["output"] = "Label: yes. Reasoning: Nobody has called for a month. That hurts."
    second = submit(board, tasks, tmp_path, rows, system="second").submission.id
    hypotheses = {hypothesis for _, hypothesis in scored(board, tasks)}
    assert len(hypotheses) == 2, "what was computed before is not computed again"
    check_kept(board, tasks, second)
    assert not glance(board, tasks)


def test_a_file_that_lost_the_end_of_its_sentences_is_damaged(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks[TASK])
    first = submit(board, tasks, tmp_path, rows).submission.id
    scored(board, tasks)
    digest = score_of(board, first).array
    whole = array_path(board, digest).read_bytes()
    assert array_fault(board, digest) == ""
    for cut in (whole[:-1], whole + b"more"):
        array_path(board, digest).write_bytes(cut)
        assert "is damaged" in array_fault(board, digest)
    array_path(board, digest).write_bytes(whole)
    assert np.load(array_path(board, digest)).tolist() == load_array(board, digest).tolist()
    others = {s.identity.metric: s.array for s in all_scores(board) if s.submission == first}
    assert [name for name in NAMES if load_spans(board, others[name]) is not None] == [NAMES[0]]


def test_nothing_is_kept_of_a_redacted_example(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks[TASK])
    first = submit(board, tasks, tmp_path, rows).submission.id
    scored(board, tasks)
    example = PostStore(board.posts).examples(tasks[TASK])[0].example_id
    redact_example(board, tasks, TASK, example, "tester", "the poster asked")
    publish(board, tasks, "tester", "first")
    reader = current_release(board)
    (cell,) = reader.cells(system=first, task=TASK, metric="sentence_support")
    assert cell.array is not None
    spans = load_spans(board, cell.array)
    assert spans is not None
    assert np.isnan(spans[:, 0]).all()
    assert not np.isnan(spans[:, 1:, 0]).all(axis=(0, 2)).any()


@pytest.mark.parametrize("page", ["explorer", "compare"])
def test_unsupported_sentences_are_marked_with_their_numbers(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path, open_page, page: str
) -> None:
    rows = gold_rows(board, tasks[TASK])
    other = [row | {"output": f"{row['output']} It hurts."} for row in rows]
    ids = [
        submit(board, tasks, tmp_path, sent, system=name).submission.id
        for name, sent in (("first", rows), ("second", other))
    ]
    scored(board, tasks)
    publish(board, tasks, "tester", "first")
    site = open_page(page, data=board.path, benchmark="demo", task=TASK, system=ids)
    place = next(
        index
        for index, sentences in enumerate(kept(board, tasks, ids[0]))
        if index and any(sentence.unsupported for sentence in sentences)
    )
    site.query_params["example"] = f"{TASK}:{rows[place]['example_id']}"
    site.run()
    shown = said(site)
    if "**Post.**" not in shown:
        next(button for button in site.button if "I understand" in button.label).click().run()
        shown = said(site)
    sentences = kept(board, tasks, ids[0])[place]
    for sentence in sentences:
        assert (f"unsupported, support {sentence.support:.2f}" in shown) or not sentence.unsupported
    assert "the post does not support" in shown
    assert sum(sentence.unsupported for sentence in sentences) > 0


def test_marks_are_signs_and_words_around_text_that_stays_text() -> None:
    sentences = [
        JudgedSentence("Fine.", 0.9, 0.0),
        JudgedSentence("**Bad** <b>.", 0.125, 0.75),
        JudgedSentence("So?", 0.2, 0.1),
    ]
    text = "Fine. **Bad** <b>.  :-) So?"
    places = [(text.index(sentence.text), sentence) for sentence in sentences]
    assert marked(text, places) == (
        r"Fine\. :material/cancel: \*\*Bad\*\* \<b\>\. **(contradicted, 0.75; unsupported, support"
        " 0.12)** " + markdown(":-)") + r" :material/help: So\? **(unsupported, support"
        " 0.20)**"
    )
    assert sentences_in("shorter", spans_of(text, sentences)) == ()
    assert sentences_in(text, spans_of(text, sentences)) == tuple(places)
