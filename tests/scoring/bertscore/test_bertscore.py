"""BERTScore against its authors' own program, bert-score 0.3.13, on tiny models."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bert_score import BERTScorer
from bert_score.utils import model2layers
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from scoring.bartscore.runtime import OutOfMemoryError
from scoring.bartscore.tokens import Tokens
from scoring.bertscore import RECOMMENDED, BertScoreModel, RescalingBaseline, read_baseline
from scoring.bertscore.layers import layer_of
from scoring.bertscore.scorer import BertScorer
from scoring.encoders import EncoderScorer
from scoring.errors import CheckpointError, ScoringError
from tests.scoring.encoders.models import LAYERS, MODELS, PACKED, POSITIONS, sentence, write_encoder

DRAWN = np.random.default_rng(5)
POSTS = [sentence(int(words), seed) for seed, words in enumerate((3, 60, 20, 700, 9))]
REFERENCES = [sentence(int(words), 100 + seed) for seed, words in enumerate((8, 30, 25, 650, 1))]
PAIRS = [(POSTS[i % 5], sentence(int(DRAWN.integers(1, 80)), 200 + i)) for i in range(25)]
PAIRS += [(POSTS[3], REFERENCES[3]), (REFERENCES[0], PAIRS[0][1]), PAIRS[4], (POSTS[1], POSTS[1])]
SOURCES, TARGETS = ([pair[side] for pair in PAIRS] for side in (0, 1))


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint of each kind."""
    root = tmp_path_factory.mktemp("encoders")
    return {kind: write_encoder(root / kind, kind) for kind in MODELS}


def theirs(folder: Path, layer: int, idf: Sequence[str] = (), **options: Any) -> np.ndarray:
    """What the authors' program says of the pairs.

    Pair by pair: where it pads a batch, a token whose best match is below 0 has 0. RoBERTa's
    tokenizer is told beforehand that texts begin with a space, since Transformers 5 passes over what
    the program asks of it.
    """
    scorer = BERTScorer(
        str(folder), layer, device="cpu", nthreads=0, lang="en", idf=bool(idf), **options
    )
    if "roberta" in folder.name:
        scorer._tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    if idf:
        scorer.compute_idf(list(idf))
    return np.column_stack(
        [column.numpy() for column in scorer.score(TARGETS, SOURCES, batch_size=1)]
    )


def ours(folder: Path, layer: int, **fields: Any) -> BertScorer:
    return BertScoreModel(str(folder), layer, device="cpu", dtype="float32", **fields).scorer()


@pytest.mark.parametrize("layer", range(1, LAYERS + 1))
@pytest.mark.parametrize("kind", MODELS)
def test_values_are_those_of_the_authors_program(
    folders: dict[str, Path], kind: str, layer: int
) -> None:
    expected = theirs(folders[kind], layer)
    assert np.abs(ours(folders[kind], layer).score(SOURCES, TARGETS) - expected).max() < 1e-5
    assert expected.std(axis=0).min() > 0.005  # the agreement means something


@pytest.mark.parametrize("kind", PACKED)
def test_what_enters_the_first_layer_is_layer_0(folders: dict[str, Path], kind: str) -> None:
    values = ours(folders[kind], 0).score(SOURCES, TARGETS)
    assert np.abs(values - theirs(folders[kind], 0)).max() < 1e-5


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta-v2"])
def test_idf_weights_are_those_of_the_authors_program(folders: dict[str, Path], kind: str) -> None:
    expected = theirs(folders[kind], 2, idf=SOURCES)
    scorer = ours(folders[kind], 2)
    assert np.abs(scorer.weighted_by(SOURCES).score(SOURCES, TARGETS) - expected).max() < 1e-5
    assert np.abs(scorer.score(SOURCES, TARGETS) - expected).max() > 1e-3


@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_values_are_rescaled_as_by_the_authors_program(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "baseline.tsv"
    path.write_text("LAYER,P,R,F\n0,.1,.2,.3\n1,.5,.4,.3\n2,.31,.32,.33\n")
    expected = theirs(folders[kind], 2, rescale_with_baseline=True, baseline_path=str(path))
    for baseline in (RescalingBaseline(0.31, 0.32, 0.33), path):
        values = ours(folders[kind], 2, baseline=baseline).score(SOURCES, TARGETS)
        assert np.abs(values - expected).max() < 1e-5


def test_a_baseline_beside_the_checkpoint_is_read_by_its_name(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(folders["bert"], tmp_path / "bert")
    model = BertScoreModel(str(tmp_path / "bert"), 1, Path("baseline.tsv"))
    with pytest.raises(CheckpointError, match="baseline cannot be read"):
        _ = model.fingerprint
    (tmp_path / "bert" / "baseline.tsv").write_text("LAYER,P,R,F\n0,.1,.2,.3\n1,.5,.4,.3\n")
    assert model.resolved_baseline == RescalingBaseline(0.5, 0.4, 0.3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LAYER,P,R,F\n0,.1,.2,.3\n", "there is no 2"),
        ("LAYER,P,R\n2,.1,.2\n", "there is no 'F'"),
        ("LAYER,P,R,F\n2,.1,.2,much\n", "cannot be read"),
        ("LAYER,P,R,F\n2,.1,.2,1\n", "each above -1 and below 1"),
        ("LAYER,P,R,F\n2,.1,.2,nan\n", "each above -1 and below 1"),
        ("LAYER,P,R,F\n2,.1\n", "cannot be read"),
    ],
)
def test_a_baseline_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "baseline.tsv"
    path.write_text(text)
    with pytest.raises(CheckpointError, match=said):
        read_baseline(path, 2)


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta-v2"])
@pytest.mark.parametrize("token_budget", [1, 700, 10**9])
def test_what_is_scored_together_changes_nothing(
    folders: dict[str, Path], kind: str, token_budget: int
) -> None:
    scorer = ours(folders[kind], 2)
    expected = theirs(folders[kind], 2)
    budget = scorer.token_budget
    try:
        scorer.token_budget = token_budget
        assert np.abs(scorer.score(SOURCES, TARGETS) - expected).max() < 1e-5
        order = np.random.default_rng(0).permutation(len(PAIRS))
        values = scorer.score([SOURCES[i] for i in order], [TARGETS[i] for i in order])
    finally:
        scorer.token_budget = budget
    assert np.abs(values - expected[order]).max() < 1e-5
    alone = np.concatenate([scorer.score([x], [y]) for x, y in PAIRS[:6]])
    assert np.abs(alone - expected[:6]).max() < 1e-5


def test_a_text_of_robertas_begins_as_if_a_space_stood_before_it(folders: dict[str, Path]) -> None:
    encoder = ours(folders["roberta"], 2)._encoder
    plain = AutoTokenizer.from_pretrained(folders["roberta"])
    assert encoder.tokens.encode(["rain"])[0].tolist() == plain(" rain").input_ids
    assert plain("rain").input_ids != plain(" rain").input_ids


class Recorder:
    """A runtime that notes the texts that it encodes and the pairs that it compares."""

    def __init__(self, scorer: EncoderScorer, held: int = sys.maxsize) -> None:
        self._runtime = scorer._runtime
        self.outputs = self._runtime.outputs
        self.default_token_budget = self._runtime.default_token_budget
        self.encoded: list[int] = []
        self.compared: list[int] = []
        self.held = held
        scorer._runtime = self

    def encode(self, texts: Sequence[Tokens]) -> Any:
        self._check(sum(map(len, texts)))
        self.encoded += [len(text) for text in texts]
        return self._runtime.encode(texts)

    def joined(self, parts: Sequence[Any]) -> Any:
        self._check(sum(int(part.counts.sum()) for part in parts))
        return self._runtime.joined(parts)

    def some(self, vectors: Any, places: Any) -> Any:
        return self._runtime.some(vectors, places)

    def compare(self, vectors: Any, texts: Sequence[Tokens], pairs: Any) -> Any:
        self.compared.append(len(pairs))
        return self._runtime.compare(vectors, texts, pairs)

    def describe(self) -> dict[str, str]:
        return self._runtime.describe()

    def _check(self, tokens: int) -> None:
        if tokens > self.held:
            raise OutOfMemoryError


def fresh(folder: Path, layer: int = 2) -> BertScorer:
    """A scorer that no other test has."""
    scorer = ours(folder, layer)
    return BertScorer(scorer._encoder, "float32")


def test_each_distinct_text_is_encoded_once(folders: dict[str, Path]) -> None:
    scorer = fresh(folders["bert"])
    recorder = Recorder(scorer)
    long = sentence(600, 9)
    sources = [*SOURCES, long + " rain", long + " bus"]  # these differ beyond the cut
    targets = [*TARGETS, "rain", "rain"]
    values = scorer.score(sources, targets)
    assert len(recorder.encoded) == len({*sources, *targets}) - 1
    assert sum(recorder.compared) == len({*zip(sources, targets, strict=True)}) - 1
    assert values[-1].tolist() == values[-2].tolist()


@pytest.mark.parametrize("token_budget", [20, 60])
def test_a_post_of_more_pairs_than_are_held_is_encoded_once(
    folders: dict[str, Path], token_budget: int
) -> None:
    scorer = fresh(folders["bert"])
    recorder = Recorder(scorer)
    scorer.token_budget = token_budget
    targets = [sentence(10, seed) for seed in range(40)]
    scorer.score([POSTS[1]] * 40, targets)
    assert len(recorder.encoded) == 41
    assert len(recorder.compared) > 2


def test_a_text_that_is_held_against_two_others_is_encoded_once(folders: dict[str, Path]) -> None:
    scorer = fresh(folders["bert"])
    recorder = Recorder(scorer)
    scorer.token_budget = 30
    said = [sentence(10, seed) for seed in range(30)]
    posts = [sentence(12, 50 + seed) for seed in range(30)]
    references = [sentence(11, 90 + seed) for seed in range(30)]
    scorer.score([*posts, *references], [*said, *said])
    assert len(recorder.encoded) == 90
    assert len(recorder.compared) > 5


def test_stream_yields_every_row_once_with_its_value(folders: dict[str, Path]) -> None:
    scorer = fresh(folders["bert"])
    scorer.token_budget = 100
    seen: list[int] = []
    expected = theirs(folders["bert"], 2)
    for done in scorer.stream(SOURCES, TARGETS):
        assert np.abs(done.values - expected[done.rows]).max() < 1e-5
        seen += done.rows.tolist()
    assert sorted(seen) == list(range(len(PAIRS)))


def test_no_pairs_no_values(folders: dict[str, Path]) -> None:
    assert fresh(folders["bert"]).score([], []).shape == (0, 3)


def test_out_of_memory_halves_the_budget_and_says_so(
    folders: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    scorer = fresh(folders["bert"])
    Recorder(scorer, held=1_100)
    scorer.token_budget = 10**6
    with caplog.at_level(logging.WARNING):
        values = scorer.score(SOURCES, TARGETS)
    assert np.abs(values - theirs(folders["bert"], 2)).max() < 1e-5
    assert scorer.token_budget <= 1_100
    assert 1 <= len(caplog.messages) < 10
    assert caplog.messages[-1].startswith("out of memory with ")
    assert caplog.messages[-1].endswith(f"going on with {scorer.token_budget} a batch")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate"),
    ],
    ids=["accelerator", "cpu"],
)
@pytest.mark.parametrize("kind", ["bert", "deberta-v2"])
def test_what_torch_says_of_memory_is_understood(
    folders: dict[str, Path], tmp_path: Path, kind: str, error: Exception
) -> None:
    shutil.copytree(folders[kind], tmp_path / "own")  # of which the model is no other test's
    loaded = ours(tmp_path / "own", 2)
    states: Any = loaded._encoder.states
    embeddings = states._embeddings if kind == "bert" else states._model.embeddings

    def refuse(_module: Any, packed: tuple[torch.Tensor, ...]) -> None:
        if packed[0].numel() > 600 * 32:
            raise error

    embeddings.LayerNorm.register_forward_pre_hook(refuse)
    values = loaded.score(SOURCES, TARGETS)
    assert np.abs(values - theirs(folders[kind], 2)).max() < 1e-5
    assert loaded.token_budget < loaded._runtime.default_token_budget


def test_a_pair_that_does_not_fit_alone_is_named(folders: dict[str, Path]) -> None:
    scorer = fresh(folders["bert"])
    Recorder(scorer, held=100)
    long = sentence(200, 1)
    with pytest.raises(
        ScoringError, match=r"pair 1, 3 \(\d+ source and 3 target tokens\) does not"
    ):
        scorer.score(["rain", long, "bus", long], ["rain"] * 4)


@pytest.mark.parametrize("absent", [None, float("nan"), 3, "", " \n\u00a0", "\ud800"])
@pytest.mark.parametrize("side", [0, 1])
def test_what_is_no_text_is_refused_by_index(
    folders: dict[str, Path], absent: Any, side: int
) -> None:
    scorer = fresh(folders["bert"])
    recorder = Recorder(scorer)
    sides: list[list[Any]] = [["a", "b", "c", "d"], ["a", "b", "c", "d"]]
    sides[side][1] = sides[side][3] = absent
    with pytest.raises(ScoringError, match=f"{('source', 'target')[side]}s 1, 3 are "):
        scorer.stream(*sides)
    assert recorder.encoded == []
    with pytest.raises(ScoringError, match="3 sources and 2 targets"):
        scorer.stream(["a", "b", "c"], ["a", "b"])
    with pytest.raises(ScoringError, match="texts 1, 3 are "):
        scorer.weighted_by(sides[side])


def test_a_text_without_a_word_of_the_vocabulary_has_0_and_never_nan(
    folders: dict[str, Path],
) -> None:
    """What bert-score has, which warns of an empty candidate."""
    values = fresh(folders["bert"]).score(["rain", "\u200b", "[SEP]"], ["\u200b", "rain", "rain"])
    assert values.tolist() == [[0.0, 0.0, 0.0]] * 3


def test_idf_of_texts_whose_tokens_are_everywhere_is_0_and_never_nan(
    folders: dict[str, Path],
) -> None:
    scorer = fresh(folders["bert"]).weighted_by(["rain", "rain"])
    assert scorer.score(["rain", "bus"], ["bus", "bus"]).tolist()[0] == [0.0, 0.0, 0.0]
    assert scorer.score(["bus"], ["bus"])[0] == pytest.approx([1, 1, 1], abs=1e-6)


def test_truncated_texts_are_counted(folders: dict[str, Path]) -> None:
    for kind in ("bert", "roberta"):
        model = BertScoreModel(str(folders[kind]), 2, device="cpu")
        texts = [sentence(words, words) for words in (1, 400, 505, 600, 700)]
        tokenizer = AutoTokenizer.from_pretrained(folders[kind], add_prefix_space=True)
        expected = sum(len(tokenizer(text).input_ids) > POSITIONS for text in texts)
        assert model.max_tokens == POSITIONS
        assert 0 < expected < 5
        assert model.scorer().count_truncated(texts) == model.count_truncated(texts) == expected


def test_bfloat16_is_another_identity_and_near(folders: dict[str, Path]) -> None:
    half = BertScoreModel(str(folders["bert"]), 2, device="cpu", dtype="bfloat16")
    assert (half.dtype_name, half.on("cpu")) == ("bfloat16", half)
    apart = np.abs(half.scorer().score(SOURCES, TARGETS) - theirs(folders["bert"], 2))
    assert 1e-5 < apart.max() < 0.05


def test_the_fingerprint_covers_what_numbers_depend_on(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    model = BertScoreModel(str(folders["bert"]), 2)
    others = [
        BertScoreModel(str(folders["bert"]), 1),
        BertScoreModel(str(folders["bert"]), 2, RescalingBaseline(0.1, 0.1, 0.1)),
        BertScoreModel(str(folders["roberta"]), 2),
    ]
    assert len({each.fingerprint for each in (model, *others)}) == 4
    shutil.copytree(folders["bert"], tmp_path / "copy")
    copied = BertScoreModel(str(tmp_path / "copy"), 2)
    assert copied.fingerprint == model.fingerprint
    assert not copied.demonstration
    assert BertScoreModel(str(folders["bert"]), 2).scorer() is model.scorer()


def test_operations_count_each_distinct_text_once(folders: dict[str, Path]) -> None:
    model = BertScoreModel(str(folders["bert"]), 2)
    tokens, operations = model.operations([("rain bus", "rain"), ("rain bus", "bus bus bus")])
    lengths = np.array([4, 3, 5])
    assert tokens == lengths.sum()
    encoding = 2 * (2 * (4 * 32**2 + 2 * 32 * 64) * 12 + 4 * 32 * (lengths**2).sum())
    assert operations == encoding + 2 * 32 * (4 * 3 + 4 * 5)
    assert model.operations([("rain bus", "rain")] * 9) == model.operations([("rain bus", "rain")])


def test_recommended_layers_are_the_authors() -> None:
    assert {name: model2layers[name] for name in RECOMMENDED} == RECOMMENDED
    assert layer_of("roberta-large", None, 24) == 17
    assert layer_of("FacebookAI/roberta-large", None, 24) == 17
    assert layer_of("microsoft/deberta-xlarge-mnli", None, 48) == 40
    assert layer_of("google-bert/bert-base-uncased", None, 12) == 9


def test_a_layer_that_nobody_recommends_must_be_declared(folders: dict[str, Path]) -> None:
    with pytest.raises(CheckpointError, match="declare one from 0 to 3"):
        BertScoreModel(str(folders["bert"])).scorer()
    with pytest.raises(CheckpointError, match="has no layer 4; allowed: 0 to 3"):
        _ = BertScoreModel(str(folders["bert"]), 4).fingerprint


def test_missing_tensors_are_refused_but_for_the_pooler(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    for lost, allowed in (("pooler.", True), ("encoder.layer.1.output.dense", False)):
        folder = tmp_path / lost
        shutil.copytree(folders["bert"], folder)
        tensors = load_file(folder / "model.safetensors")
        kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(lost)}
        assert len(kept) < len(tensors)
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        model = BertScoreModel(str(folder), 2, device="cpu", dtype="float32")
        if allowed:
            values = model.scorer().score(SOURCES, TARGETS)
            assert np.abs(values - theirs(folders["bert"], 2)).max() < 1e-5
        else:
            with pytest.raises(CheckpointError, match=r"lacks tensors .*encoder.layer.1.output"):
                model.scorer()


def test_an_architecture_without_such_layers_is_refused(tmp_path: Path) -> None:
    from transformers import T5Config, T5Model

    folder = write_encoder(tmp_path / "other", "bert")
    model = T5Model(T5Config(vocab_size=40, d_model=16, d_kv=4, d_ff=16, num_layers=2, num_heads=2))
    model.save_pretrained(folder)
    with pytest.raises(CheckpointError, match="of the kind 't5' no single layer"):
        BertScoreModel(str(folder), 1, device="cpu").scorer()


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"config.json is missing; model.safetensors"):
        _ = BertScoreModel(str(tmp_path), 1).fingerprint


def test_a_fixture_says_so(folders: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(folders["bert"], tmp_path / "fixture")
    path = tmp_path / "fixture" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"reasonboard_demonstration": True}))
    assert BertScoreModel(str(tmp_path / "fixture"), 1).demonstration


def test_importing_it_loads_no_heavy_library() -> None:
    heavy = {"torch", "transformers"}
    code = (
        "import sys, scoring.bertscore, scoring.similarity, scoring.encoders;"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.network
@pytest.mark.parametrize(
    "checkpoint", ["roberta-large", "bert-base-uncased", "microsoft/deberta-large-mnli"]
)
def test_a_real_checkpoint_has_the_authors_values(checkpoint: str) -> None:
    """Two pairs of everyday sentences; the authors' program on Transformers' tokenizer with the
    space before a text.
    """
    sources = ["The poster says that work keeps them awake.", "I feel fine and sleep well."]
    targets = ["Work is why the poster cannot sleep.", "The poster does not suffer from stress."]
    scorer = BERTScorer(checkpoint, device="cpu", nthreads=0)
    if checkpoint.startswith("roberta"):
        scorer._tokenizer = AutoTokenizer.from_pretrained(checkpoint, add_prefix_space=True)
    expected = np.column_stack([column.numpy() for column in scorer.score(targets, sources)])
    values = BertScoreModel(checkpoint, device="cpu").scorer().score(sources, targets)
    assert np.abs(values - expected).max() < 1e-5
