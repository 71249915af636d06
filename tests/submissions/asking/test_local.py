"""Texts of tiny random models, held against a bare loop over the model, one prompt at a time and
without padding.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from scoring.bartscore.loading_noise import quiet_transformers
from scoring.errors import CheckpointError
from scoring.tasks import Task
from submissions.asking.local import LocalModel
from submissions.asking.texts import Decoding, GeneratedText, GenerationError
from submissions.generating.plan import RequestKey
from submissions.generating.run import GenerationPlan, generate
from submissions.progress import unseen
from submissions.store.folder import DataFolder
from tests import forking
from tests.commands import environment
from tests.generating import a_plan, gold_board
from tests.once import made_once
from tests.tiny_models import tiny_causal, tiny_t5

GREEDY = Decoding(10)
DRAWN = Decoding(10, temperature=1.3, top_p=0.9)
ROOMY, TIGHT, ALONE = 100_000, 1_200, 1


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny checkpoints: llama, chat, short (few positions) and t5."""

    def make(folder: Path) -> None:
        tiny_causal(folder / "llama")
        tiny_causal(folder / "chat", chat=True)
        tiny_causal(folder / "short", positions=150)
        tiny_t5(folder / "t5")

    return made_once(tmp_path_factory, "tiny-models", make)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return gold_board(tmp_path_factory.mktemp("board") / "data", tasks, "stress")


def a_model(folder: Path, decoding: Decoding = GREEDY, budget: int = TIGHT) -> LocalModel:
    return LocalModel(str(folder), None, "cpu", "float32", decoding, budget)


def texts_of(model: LocalModel, plan: GenerationPlan) -> dict[RequestKey, GeneratedText]:
    return {text.key: text for batch in model.texts(plan.requests, ()) for text in batch}


def bare(folder: Path, prompts: Sequence[str], steps: int) -> list[str]:
    """The most probable token, again and again, of one prompt at a time: the model
    called by hand.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder)
    seq2seq = json.loads((folder / "config.json").read_text())["model_type"] == "t5"
    kind = AutoModelForSeq2SeqLM if seq2seq else AutoModelForCausalLM
    with quiet_transformers():
        model = kind.from_pretrained(folder, dtype=torch.float32).eval()
    return [_bare(model, tokenizer, prompt, steps, seq2seq) for prompt in prompts]


@torch.inference_mode()
def _bare(model: Any, tokenizer: Any, prompt: str, steps: int, seq2seq: bool) -> str:
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    made: list[int] = []
    for _ in range(steps):
        if seq2seq:
            so_far = torch.tensor([[model.config.decoder_start_token_id, *made]])
            logits = model(input_ids=ids, decoder_input_ids=so_far).logits
        else:
            logits = model(
                input_ids=torch.cat([ids, torch.tensor([made], dtype=torch.long)], 1)
            ).logits
        token = int(logits[0, -1].argmax())
        if token == tokenizer.eos_token_id:
            break
        made.append(token)
    frame = {tokenizer.bos_token_id, tokenizer.pad_token_id}
    return str(tokenizer.decode([token for token in made if token not in frame]))


@pytest.mark.parametrize("name", ["llama", "t5"])
def test_without_a_temperature_it_is_the_most_probable_token_each_time(
    name: str, checkpoints: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    plan = a_plan(board, tasks, tmp_path / "o.jsonl", prompts=("imhi",))
    texts = texts_of(a_model(checkpoints / name), plan)
    assert len(texts) == 40
    some = plan.requests[::7]
    by_hand = bare(checkpoints / name, [request.prompt() for request in some], 10)
    assert [texts[request.key].output for request in some] == by_hand
    assert len(set(by_hand)) > 1
    assert {text.finish for text in texts.values()} <= {"stop", "length"}


def test_a_chat_model_is_asked_by_its_template_unless_the_strategy_is_plain(
    checkpoints: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    model = a_model(checkpoints / "chat")
    for name, chat in (("zero-shot", True), ("imhi", False)):
        plan = a_plan(board, tasks, tmp_path / "o.jsonl", prompts=(name,))
        texts = texts_of(model, plan)
        request = plan.requests[0]
        tokenizer = AutoTokenizer.from_pretrained(checkpoints / "chat")
        said = f"<s>user: {request.prompt()}\nassistant: " if chat else request.prompt()
        assert texts[request.key].prompt_tokens == len(tokenizer(said).input_ids)
        if not chat:
            assert texts[request.key].output == bare(checkpoints / "chat", [said], 10)[0]


@pytest.mark.parametrize("name", ["llama", "t5"])
def test_a_seeds_text_is_the_same_in_whatever_batch_it_is(
    name: str, checkpoints: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    several = a_plan(
        board,
        tasks,
        tmp_path / "a.jsonl",
        prompts=("context", "imhi"),
        seeds=(1, 2),
        decoding=DRAWN,
    )
    alone = a_plan(
        board, tasks, tmp_path / "b.jsonl", prompts=("imhi",), seeds=(2,), decoding=DRAWN
    )
    roomy = texts_of(a_model(checkpoints / name, DRAWN, ROOMY), several)
    for budget, plan in ((TIGHT, several), (ALONE, alone)):
        other = texts_of(a_model(checkpoints / name, DRAWN, budget), plan)
        assert {key: text.output for key, text in other.items()} == {
            key: roomy[key].output for key in other
        }
    by_seed = [{key: text.output for key, text in roomy.items() if key.seed == s} for s in (1, 2)]
    assert len(by_seed[0]) == 80
    same = sum(text == by_seed[1][key._replace(seed=2)] for key, text in by_seed[0].items())
    assert same < 8, "seeds make a difference"


def test_batches_keep_to_the_budget_and_begin_with_the_longest(
    checkpoints: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    plan = a_plan(board, tasks, tmp_path / "o.jsonl")
    batches = list(a_model(checkpoints / "llama").texts(plan.requests, ()))
    sizes = [[text.prompt_tokens or 0 for text in batch] for batch in batches]
    assert all(len(batch) * (max(batch) + 10) <= TIGHT for batch in sizes)
    flat = [size for batch in sizes for size in batch]
    assert flat == sorted(flat, reverse=True)
    assert len(batches) > 3
    single = list(a_model(checkpoints / "llama", budget=ALONE).texts(plan.requests, ()))
    assert [len(batch) for batch in single] == [1] * 40


def test_a_post_that_does_not_fit_is_cut_and_the_question_stays(
    checkpoints: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    plan = a_plan(board, tasks, tmp_path / "o.jsonl")
    said: list[str] = []
    outcome = generate(plan, a_model(checkpoints / "short"), said.append, unseen)
    assert 0 < outcome.cut <= 40
    texts = texts_of(a_model(checkpoints / "short"), plan)
    tokenizer = AutoTokenizer.from_pretrained(checkpoints / "short")
    for request in plan.requests:
        text = texts[request.key]
        kept = request.prompt(len(request.example.post) - text.cut)
        assert kept.endswith("explain why.")
        assert text.prompt_tokens == len(tokenizer(kept).input_ids) <= 140
        if text.cut:
            longer = request.prompt(len(request.example.post) - text.cut + 1)
            assert len(tokenizer(longer).input_ids) > 140
    few = a_plan(board, tasks, tmp_path / "f.jsonl", prompts=("few-shot",))
    with pytest.raises(GenerationError, match="tokens without a post, and short takes 140"):
        texts_of(a_model(checkpoints / "short"), few)


def test_its_identity_is_of_what_its_files_hold(checkpoints: Path, tmp_path: Path) -> None:
    model = a_model(checkpoints / "llama").identity
    assert (model["kind"], model["dtype"], model["revision"]) == ("causal", "float32", None)
    copy = shutil.copytree(checkpoints / "llama", tmp_path / "llama")
    (copy / "README.md").write_text("not read")
    assert a_model(copy).identity == model
    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"] + 1
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert a_model(copy).identity["fingerprint"] != model["fingerprint"]
    assert a_model(checkpoints / "t5").identity["kind"] == "seq2seq"
    assert a_model(checkpoints / "chat").identity["chat_template"] is not None


def test_a_model_that_is_not_whole_is_refused(checkpoints: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(checkpoints / "llama", tmp_path / "llama")
    weights = load_file(copy / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match=r"would be random: model\.norm\.weight"):
        a_model(copy)
    (copy / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be used as a causal or seq2seq model"):
        a_model(copy)
    with pytest.raises(CheckpointError, match="there is no folder"):
        a_model(tmp_path / "nowhere")


DYING = """
import os, signal, sys
from submissions.asking.journal import Journal

before, lost = int(sys.argv[1]), int(sys.argv[2])
write, seen = os.write, 0

def dying(handle, content):
    global seen
    content = bytes(content)
    if b'"prompt_sha256"' not in content:
        return write(handle, content)
    if seen == before:
        write(handle, content[:len(content) - lost])
        os.kill(os.getpid(), signal.SIGKILL)
    seen += 1
    return write(handle, content)

os.write = dying
sys.argv = sys.argv[2:]
from app.cli.main import main
main()
"""
"""The command, killed while it writes a batch down: so many bytes of that never come."""


@pytest.mark.parametrize(("before", "lost"), [(0, 10**6), (3, 700), (5, 0)])
def test_a_run_that_is_killed_ends_as_one_that_is_not(
    before: int,
    lost: int,
    checkpoints: Path,
    board: DataFolder,
    tasks: dict[str, Task],
    tmp_path: Path,
) -> None:
    words = (
        f"generate --benchmark demo --model {checkpoints / 'llama'} --prompt zero-shot --prompt"
        " imhi --seed 1 --seed 2 "
    )
    words += (
        f"--temperature 1.3 --top-p 0.9 --max-new-tokens 10 --batch-tokens {TIGHT} --device cpu"
        " --dtype float32"
    )
    command = [*words.split(), "--data", str(board.path), "--out", str(tmp_path / "killed.jsonl")]
    died = forking.run(
        [sys.executable, "-c", DYING, str(before), str(lost), *command],
        280,
        env=environment(board.path),
        text=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert not (tmp_path / "killed.jsonl").exists()
    journal = (tmp_path / "killed.journal.jsonl").read_bytes()
    plan = a_plan(
        board,
        tasks,
        tmp_path / "killed.jsonl",
        prompts=("zero-shot", "imhi"),
        seeds=(1, 2),
        decoding=DRAWN,
    )
    said: list[str] = []
    model = a_model(checkpoints / "llama", DRAWN)
    outcome = generate(plan, model, said.append, unseen)
    assert outcome.rows == 160
    kept = journal.count(b'"prompt_sha256"') - (not journal.endswith(b"\n"))
    assert (f"{kept} texts of 160 are there; going on" in "".join(said)) == (kept > 0)
    undisturbed = a_plan(
        board,
        tasks,
        tmp_path / "whole.jsonl",
        prompts=("zero-shot", "imhi"),
        seeds=(1, 2),
        decoding=DRAWN,
    )
    generate(undisturbed, model, said.append, unseen)
    assert (tmp_path / "killed.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    killed, whole = (
        json.loads((tmp_path / f"{name}.run.json").read_text()) for name in ("killed", "whole")
    )
    assert len(killed.pop("starts")) == len(whole.pop("starts")) + 1 == 2
    assert killed.pop("outputs")["sha256"] == whole.pop("outputs")["sha256"]
    assert killed == whole
