"""The engine against the formula written out, and what it refuses."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import BartForConditionalGeneration, BartTokenizer

from scoring.bartscore import BartScorer
from scoring.bartscore.checkpoint import find_checkpoint
from scoring.bartscore.head import Tile, TiledHead
from scoring.bartscore.loading import load_model
from scoring.bartscore.runtime import Runtime
from scoring.bartscore.tokens import TextEncoder, Tokens
from scoring.bartscore.torch_runtime import TorchRuntime
from scoring.errors import ScoringError

PAIRS = 200
POSITIONS = 64
Sentence = Callable[[int, int], str]


def formula(folder: Path, sources: list[str], targets: list[str]) -> np.ndarray:
    """BARTScore as published (Yuan et al. 2021, equation 2 with equal weights): plain, and slow."""
    model = BartForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = BartTokenizer.from_pretrained(folder)
    values = []
    for source, target in zip(sources, targets, strict=True):
        x = tokenizer(source, truncation=True, max_length=POSITIONS, return_tensors="pt").input_ids
        y = tokenizer(target, truncation=True, max_length=POSITIONS, return_tensors="pt").input_ids
        with torch.no_grad():
            log_p = model(input_ids=x, labels=y).logits.log_softmax(-1)
        values.append(log_p[0].gather(1, y[0].unsqueeze(1)).mean().item())
    return np.array(values)


@pytest.fixture(scope="module")
def texts(sentence: Sentence) -> tuple[list[str], list[str]]:
    """Pairs of 1 to 70 words: up to twice the positions on either side."""
    draw = np.random.default_rng(5)
    lengths = [
        (int(draw.choice([1, 3, 9, 20, 70])), int(draw.choice([1, 2, 7, 25, 70])))
        for _ in range(PAIRS)
    ]
    sources = [sentence(n, seed) for seed, (n, _) in enumerate(lengths)]
    targets = [sentence(n, 1000 + seed) for seed, (_, n) in enumerate(lengths)]
    return sources, targets


@pytest.fixture(scope="module")
def expected(random_bart: Path, texts: tuple[list[str], list[str]]) -> np.ndarray:
    return formula(random_bart, *texts)


@pytest.mark.parametrize("token_budget", [1, 200, 2_048, 10**9])
def test_equals_the_formula_at_every_batch_size(
    scorer: BartScorer, texts: tuple[list[str], list[str]], expected: np.ndarray, token_budget: int
) -> None:
    scorer.token_budget = token_budget
    values = scorer.score(*texts)
    assert values.dtype == np.float64
    assert np.abs(values - expected).max() < 1e-5
    assert expected.std() > 0.1  # the agreement means something


@pytest.mark.parametrize("batch", [1, 4, 16, 50])
def test_equals_the_formula_in_calls_of_every_size(
    scorer: BartScorer, texts: tuple[list[str], list[str]], expected: np.ndarray, batch: int
) -> None:
    sources, targets = texts
    parts = [
        scorer.score(sources[i : i + batch], targets[i : i + batch]) for i in range(0, PAIRS, batch)
    ]
    assert np.abs(np.concatenate(parts) - expected).max() < 1e-5


def test_values_follow_the_input_order(
    scorer: BartScorer, texts: tuple[list[str], list[str]], expected: np.ndarray
) -> None:
    order = np.random.default_rng(0).permutation(PAIRS)
    values = scorer.score([texts[0][i] for i in order], [texts[1][i] for i in order])
    assert np.abs(values - expected[order]).max() < 1e-5


@pytest.mark.parametrize("tile", [Tile(1, 10**6), Tile(10**6, 7), Tile(5, 64)], ids=str)
def test_logits_in_small_tiles_change_nothing(
    random_bart: Path, texts: tuple[list[str], list[str]], expected: np.ndarray, tile: Tile
) -> None:
    checkpoint = find_checkpoint(str(random_bart))
    model = load_model(checkpoint, "cpu", "float32")
    runtime = TorchRuntime(model, TiledHead(model, tile))
    sliced = BartScorer(
        checkpoint, runtime, TextEncoder(checkpoint.folder, checkpoint.max_tokens), "float32"
    )
    assert np.abs(sliced.score(texts[0][:40], texts[1][:40]) - expected[:40]).max() < 1e-5


def test_the_other_direction_is_another_number(scorer: BartScorer) -> None:
    one, other = "the kettle waited", "every exam on Tuesday"
    assert scorer.score([one], [other])[0] != pytest.approx(
        scorer.score([other], [one])[0], abs=1e-3
    )


def test_a_long_neighbour_does_not_change_a_short_pair(
    scorer: BartScorer, sentence: Sentence
) -> None:
    alone = scorer.score(["a bus"], ["rain"])[0]
    scorer.token_budget = 10**6
    beside = scorer.score(["a bus", sentence(50, 1)], ["rain", sentence(50, 2)])[0]
    assert beside == pytest.approx(alone, abs=2e-6)


def test_no_pairs_no_values(scorer: BartScorer) -> None:
    assert scorer.score([], []).shape == (0,)


class Recorder:
    """A runtime that notes how many sources and targets each call has."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.default_token_budget = runtime.default_token_budget
        self.encoded: list[int] = []
        self.scored: list[int] = []

    def encode(self, sources: Sequence[Tokens]) -> Any:
        self.encoded.append(len(sources))
        return self._runtime.encode(sources)

    def scores(self, encoded: Any, targets: Sequence[Sequence[Tokens]]) -> np.ndarray:
        self.scored.append(sum(len(group) for group in targets))
        return self._runtime.scores(encoded, targets)

    def describe(self) -> dict[str, str]:
        return self._runtime.describe()


def recorded(scorer: BartScorer) -> Recorder:
    """Put a recorder before the runtime of `scorer`."""
    recorder = Recorder(scorer._runtime)
    scorer._runtime = recorder
    return recorder


def test_a_pair_is_computed_once_however_often_it_occurs(
    scorer: BartScorer, sentence: Sentence
) -> None:
    recorder = recorded(scorer)
    long = sentence(200, 3)
    sources = [
        "a bus",
        "rain",
        "a bus",
        long + " one ending",
        long + " another",
    ]  # the last two differ past the cut
    values = scorer.score(sources, ["rain", "a bus", "rain", "quiet", "quiet"])
    assert sum(recorder.scored) == 3
    assert values[0] == values[2]
    assert values[3] == values[4]
    assert len(set(values)) == 3


def every_source_with_every_target(sentence: Sentence) -> tuple[list[str], list[str]]:
    sources = [sentence(n, n) for n in (3, 9, 20, 11)]
    targets = [sentence(n, 100 + n) for n in (2, 5, 11, 30, 41, 50)]
    return [source for _ in targets for source in sources], [
        target for target in targets for _ in sources
    ]


@pytest.mark.parametrize("token_budget", [1, 100, 300, 10**6])
def test_a_source_is_encoded_once_for_all_its_targets(
    scorer: BartScorer, random_bart: Path, sentence: Sentence, token_budget: int
) -> None:
    sources, targets = every_source_with_every_target(sentence)
    recorder = recorded(scorer)
    scorer.token_budget = token_budget
    values = scorer.score(sources, targets)
    assert sum(recorder.encoded) == len(set(sources)) < len(sources) == sum(recorder.scored)
    assert np.abs(values - formula(random_bart, sources, targets)).max() < 1e-5


def test_out_of_memory_in_the_decoder_is_survived_too(
    scorer: BartScorer, random_bart: Path, sentence: Sentence
) -> None:
    sources, targets = every_source_with_every_target(sentence)
    limit_memory(scorer, 80, OUT_OF_MEMORY[0], stack="decoder")
    values = scorer.score(sources, targets)
    assert np.abs(values - formula(random_bart, sources, targets)).max() < 1e-5


def test_stream_yields_every_row_once_with_its_value(
    scorer: BartScorer, texts: tuple[list[str], list[str]], expected: np.ndarray
) -> None:
    scorer.token_budget = 500
    parts = 0
    seen: list[int] = []
    for done in scorer.stream(*texts):
        assert np.abs(done.values[:, 0] - expected[done.rows]).max() < 1e-5  # noqa: PD011  (not a data frame)
        seen += done.rows.tolist()
        parts += 1
    assert parts > 10
    assert sorted(seen) == list(range(PAIRS))


def test_truncated_texts_are_counted(
    scorer: BartScorer, random_bart: Path, sentence: Sentence
) -> None:
    tokenizer = BartTokenizer.from_pretrained(random_bart)
    texts = [sentence(n, n) for n in range(1, 70)] + ["x" * 62, "é" * 62, "\U0001f642" * 40]
    by_transformers = sum(len(tokenizer(text).input_ids) > POSITIONS for text in texts)
    assert scorer.max_tokens == POSITIONS
    assert 0 < by_transformers < len(texts)
    assert scorer.count_truncated(texts) == by_transformers


def test_positions_beyond_1024_are_not_used(random_bart: Path, tmp_path: Path) -> None:
    for path in random_bart.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = (tmp_path / "config.json").read_text().replace(f": {POSITIONS},", ": 4096,")
    (tmp_path / "config.json").write_text(config)
    checkpoint = find_checkpoint(str(tmp_path))
    assert checkpoint.config["max_position_embeddings"] == 4096
    assert checkpoint.max_tokens == 1024


@pytest.mark.parametrize(
    "absent", [None, float("nan"), pd.NA, np.nan, 3, b"bytes", "", "  \n\t\u00a0", "\ud800"]
)
@pytest.mark.parametrize("side", [0, 1])
def test_what_is_no_text_is_refused_by_index(scorer: BartScorer, absent: Any, side: int) -> None:
    sides = [["a", "b", "c", "d"], ["a", "b", "c", "d"]]
    sides[side][1] = sides[side][3] = absent
    recorder = recorded(scorer)
    with pytest.raises(ScoringError, match=f"{('source', 'target')[side]}s 1, 3 are "):
        scorer.score(*sides)
    assert recorder.encoded == recorder.scored == []


def test_all_faults_are_named_at_once(scorer: BartScorer) -> None:
    with pytest.raises(ScoringError) as caught:
        scorer.score(["", "b", None], ["a", " ", "c"])
    assert str(caught.value).startswith(
        "cannot score: source 2 is not a text (None, NaN or another type); source 0 is empty or"
        " blank; target 1 is empty or blank."
    )


def test_unequal_lengths_are_refused_with_both(scorer: BartScorer) -> None:
    with pytest.raises(ScoringError, match="3 sources and 2 targets"):
        scorer.score(["a", "b", "c"], ["a", "b"])


def test_one_text_is_not_a_list_of_texts(scorer: BartScorer) -> None:
    with pytest.raises(ScoringError, match="one text, not a list of texts"):
        scorer.score("abc", "abc")


def test_bad_texts_are_refused_before_the_first_batch(scorer: BartScorer) -> None:
    with pytest.raises(ScoringError):
        scorer.stream(["a"], [""])
    with pytest.raises(ScoringError, match="text 1 is empty"):
        scorer.count_truncated(["a", ""])


CPU_ALLOCATOR = (  # what `torch.empty(10**15)` says on Linux
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you"
    " tried to allocate 4000000000000000 bytes. Error code 12 (Cannot allocate memory)"
)
OUT_OF_MEMORY = [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError(CPU_ALLOCATOR)]


def limit_memory(scorer: BartScorer, tokens: int, error: Exception, stack: str = "encoder") -> None:
    """Let passes of more than `tokens` tokens through a stack fail."""

    def refuse(_module: Any, packed: tuple[torch.Tensor]) -> None:
        if len(packed[0]) > tokens:
            raise error

    runtime: Any = scorer._runtime
    getattr(runtime.model.model, stack).layernorm_embedding.register_forward_pre_hook(refuse)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["accelerator", "cpu"])
def test_out_of_memory_halves_the_budget_and_says_so(
    scorer: BartScorer,
    texts: tuple[list[str], list[str]],
    expected: np.ndarray,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limit_memory(scorer, 300, error)
    scorer.token_budget = 10**6
    with caplog.at_level(logging.WARNING):
        values = scorer.score(*texts)
    assert np.abs(values - expected).max() < 1e-5
    assert scorer.token_budget < 1_000
    assert 1 <= len(caplog.messages) < 10
    assert caplog.messages[-1].startswith("out of memory with ")
    assert caplog.messages[-1].endswith(f"going on with {scorer.token_budget}")


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["accelerator", "cpu"])
def test_a_pair_that_does_not_fit_alone_is_named(
    scorer: BartScorer, sentence: Sentence, error: Exception
) -> None:
    limit_memory(scorer, 30, error)
    with pytest.raises(
        ScoringError, match=r"pair 1, 3 \(64 source and \d+ target tokens\) does not fit"
    ):
        scorer.score(["a", sentence(70, 1), "rain", sentence(70, 1)], ["a", "a", "a", "a"])


def test_other_errors_are_not_taken_for_memory(scorer: BartScorer) -> None:
    limit_memory(scorer, 0, RuntimeError("device-side assert triggered"))
    with pytest.raises(RuntimeError, match="device-side assert"):
        scorer.score(["a"], ["b"])


def test_bfloat16_is_near_float32(
    random_bart: Path, texts: tuple[list[str], list[str]], expected: np.ndarray
) -> None:
    scorer = BartScorer.load(str(random_bart), device="cpu", dtype="bfloat16")
    assert scorer.dtype == "bfloat16"
    difference = np.abs(scorer.score(texts[0][:40], texts[1][:40]) - expected[:40])
    assert 1e-6 < difference.max() < 0.2


def test_auto_is_float32_without_a_gpu(random_bart: Path) -> None:
    scorer = BartScorer.load(str(random_bart), device="cpu", dtype="auto")
    assert scorer.dtype == "float32"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "float16"}, "allowed: auto, float32, bfloat16"),
        ({"device": "abacus"}, "device 'abacus' cannot"),
    ],
)
def test_unknown_arithmetic_or_device_is_refused(
    random_bart: Path, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(ScoringError, match=message):
        BartScorer.load(str(random_bart), **arguments)


def test_provenance_names_versions_and_no_path(scorer: BartScorer, random_bart: Path) -> None:
    provenance = scorer.provenance()
    assert provenance["torch"] == torch.__version__
    assert provenance["device"] == "cpu"
    assert provenance["checkpoint"] == random_bart.name
    assert provenance["fingerprint"] == scorer.fingerprint
    assert not any("/" in value for value in provenance.values())


def test_threads_change_no_value_and_other_threads_keep_theirs(random_bart: Path) -> None:
    # In processes of their own: how many threads torch has is settled once.
    code = (
        "import sys, torch; from concurrent.futures import ThreadPoolExecutor\n"
        "torch.set_num_threads(int(sys.argv[1])); from scoring.bartscore import BartScorer\n"
        f"scorer = BartScorer.load({str(random_bart)!r}, device='cpu')\n"
        "texts = ['the kettle waited ' * n for n in range(1, 15)]\n"
        "values = scorer.score([x for x in texts for _ in texts], texts * len(texts))\n"
        "later = ThreadPoolExecutor().submit(torch.get_num_threads).result()\n"
        "print(torch.get_num_threads(), later, *values)"
    )
    one, three = (python(code, threads).stdout.split() for threads in ("1", "3"))
    assert (one[:2], three[:2]) == (["1", "1"], ["3", "3"])
    assert np.array(one[2:], dtype=float) == pytest.approx(
        np.array(three[2:], dtype=float), abs=2e-6
    )
    assert len(one) == 2 + 14 * 14


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Have torch use as many threads as nothing here sets."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_global_state_of_torch_is_left_alone(random_bart: Path) -> None:
    before = (
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.random.get_rng_state(),
    )
    BartScorer.load(str(random_bart), device="cpu").score(["a"], ["b"])
    after = (
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.random.get_rng_state(),
    )
    assert before[:3] == after[:3]
    assert torch.equal(before[3], after[3])


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_importing_loads_neither_torch_nor_transformers() -> None:
    said = python(
        "import sys, scoring.bartscore; print({'torch', 'transformers', 'tokenizers'} &"
        " set(sys.modules))"
    )
    assert said.stdout.strip() == "set()"


def test_an_identity_needs_no_torch(random_bart: Path) -> None:
    said = python(
        f"import sys; from scoring.bartscore import BartModel\nm = BartModel({str(random_bart)!r},"
        " device='cpu'); m.fingerprint, m.max_tokens, m.dtype_name\nprint({'torch',"
        " 'transformers', 'tokenizers'} & set(sys.modules))"
    )
    assert said.stdout.strip() == "set()"


def test_loading_and_scoring_print_nothing(random_bart: Path) -> None:
    said = python(
        "from scoring.bartscore import BartScorer\n"
        f"BartScorer.load({str(random_bart)!r}).score(['word ' * 500], ['word ' * 500])"
    )
    assert (said.stdout, said.stderr) == ("", "")
