"""The same texts in every shape of file are the same explanations, and so have the same scores."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.score import score
from scoring.tasks import Task
from submissions.receiving.intake import submit_file
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions
from tests.boards import demo_board

OVERLAP = ("rouge1", "rouge2", "rougel", "bleu", "chrf", "words")
TASK = "demo/stress"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path_factory.mktemp("texts") / "data", tasks, ["stress"])


def explanations(folder: DataFolder, task: Task) -> list[str]:
    """The references with every sixth word in bold, and with what else a normalisation might take
    for markup.
    """
    made = []
    for example in PostStore(folder.posts).examples(task):
        words = str(example.reference).split(" ")
        bold = (f"**{word}**" if place % 6 == 0 else word for place, word in enumerate(words))
        made.append(" ".join(bold) + "  “Really”,\n`é` they say.")
    return made


def rows_of(shape: str, folder: DataFolder, task: Task) -> list[dict[str, str]]:
    rows = []
    for example, text in zip(
        PostStore(folder.posts).examples(task), explanations(folder, task), strict=True
    ):
        place = {"task": task.id, "example_id": example.example_id}
        rows.append(
            {
                "output": place | {"output": f"{example.gold.title()}. Reasoning: {text}"},
                "bold": place | {"output": f"**Answer: {example.gold}**\n\n**Reasoning:** {text}"},
                "explanation": place | {"output": example.gold, "explanation": text},
                "label": place | {"label": example.gold, "explanation": f" {text}\n"},
                "fields": place
                | {"output": json.dumps({"label": example.gold, "explanation": text})},
                "other Unicode": place
                | {"label": example.gold, "explanation": unicodedata.normalize("NFD", text)},
                "other line ends": place
                | {"output": f"{example.gold}\n\nReasoning: {text}".replace("\n", "\r\n")},
                "generated": {
                    "goldens": str(example.reference_full),
                    "generated_text": f"{example.gold.title()}. Reasoning: {text}",
                },
            }[shape]
        )
    return rows


def written(rows: Sequence[Mapping[str, str]], where: Path, suffix: str) -> Path:
    frame, path = pd.DataFrame(rows), where / f"outputs{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        path.mkdir()
        frame.to_csv(path / "stress.csv", index=False)
    return path


SENT = [
    *[(shape, ".csv") for shape in ("bold", "explanation", "label", "fields", "other Unicode")],
    *[("output", suffix) for suffix in (".csv", ".jsonl", ".parquet")],
    ("other line ends", ".jsonl"),
    ("generated", ""),
]


@pytest.mark.parametrize(("shape", "suffix"), SENT)
def test_every_shape_of_file_gives_the_same_scores(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path, shape: str, suffix: str
) -> None:
    task, name = tasks[TASK], f"{shape}{suffix}"
    meta = tmp_path / "submission.toml"
    meta.write_text(f'system = "{name}"\nversion = "1"\nmethod = "zero-shot"\nconsent = true\n')
    path = written(rows_of(shape, board, task), tmp_path, suffix)
    submit_file(board, tasks, path, "demo", meta)
    [stored] = [one for one in submissions(board, "demo") if one.system == name]
    examples = PostStore(board.posts).examples(task)
    runs = segments(board.files / f"{stored.outputs}.parquet", task, examples)
    sent = [unicodedata.normalize("NFC", text) for text in explanations(board, task)]
    assert [reading.explanation for reading in runs[0].readings] == sent
    assert [reading.label for reading in runs[0].readings] == [one.gold for one in examples]
    expected = library_values(sent, [str(one.reference) for one in examples])
    found = {name: score(metric(name), runs, Instruments(), draws=10).value for name in OVERLAP}
    assert found == pytest.approx(expected)


def library_values(texts: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """By the libraries, on the texts as they were sent."""
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu import corpus_bleu, corpus_chrf

    kinds = {"rouge1": "rouge1", "rouge2": "rouge2", "rougel": "rougeL"}
    scorer = RougeScorer(list(kinds.values()), use_stemmer=True)
    # The library drops letters beyond ASCII, of which each text has one: a word of its own, as it
    # is here.
    pairs = zip(references, texts, strict=True)
    found = [scorer.score(reference, text.replace("é", "zq")) for reference, text in pairs]
    means = {
        name: sum(one[kind].fmeasure for one in found) / len(found) for name, kind in kinds.items()
    }
    return means | {
        "bleu": corpus_bleu(list(texts), [list(references)]).score,
        "chrf": corpus_chrf(list(texts), [list(references)]).score,
        "words": sum(len(text.split()) for text in texts) / len(texts),
    }
