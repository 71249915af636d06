"""Finding a checkpoint, naming it by its contents, and refusing what is not one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BartConfig, BartForConditionalGeneration, BartTokenizer

from scoring.bartscore import DEFAULT_CHECKPOINT, BartModel, BartScorer
from scoring.bartscore.checkpoint import ARITHMETIC, find_checkpoint
from scoring.errors import CheckpointError

PAIR = (["the kettle waited"], ["every exam on Tuesday"])
WEIGHTS = "model.safetensors"


@pytest.fixture
def copy(random_bart: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to be changed."""
    return Path(shutil.copytree(random_bart, tmp_path / "copy"))


def fingerprint(folder: Path, weights: Path | None = None) -> str:
    return find_checkpoint(str(folder), weights).fingerprint


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_copy_elsewhere_has_the_same_identity(random_bart: Path, copy: Path) -> None:
    (copy / "README.md").write_text("a copy")
    rewrite(
        copy / "config.json", _name_or_path="/elsewhere", transformers_version="4.6.1", num_beams=4
    )
    assert fingerprint(copy) == fingerprint(random_bart)


def test_the_tokenizers_two_forms_are_one_identity(random_bart: Path, copy: Path) -> None:
    model = json.loads((copy / "tokenizer.json").read_text())["model"]
    (copy / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [" ".join(merge) for merge in model["merges"]]
    (copy / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
    (copy / "tokenizer.json").unlink()
    assert fingerprint(copy) == fingerprint(random_bart)
    one, other = (
        BartScorer.load(str(folder), device="cpu").score(*PAIR) for folder in (random_bart, copy)
    )
    assert one == other


def test_defaults_written_out_are_the_same_identity(random_bart: Path, copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    assert config.pop("activation_function") == "gelu"
    (copy / "config.json").write_text(json.dumps(config))
    assert fingerprint(copy) == fingerprint(random_bart)


def test_the_defaults_are_those_of_transformers() -> None:
    assert {name: getattr(BartConfig(), name) for name in ARITHMETIC} == ARITHMETIC


@pytest.mark.parametrize("change", ["config", "weights", "vocabulary", "merges"])
def test_what_changes_scores_changes_the_identity(
    random_bart: Path, copy: Path, change: str
) -> None:
    if change == "config":
        rewrite(copy / "config.json", scale_embedding=True)
    elif change == "weights":
        tensors = load_file(copy / WEIGHTS)
        tensors["final_logits_bias"][0, 7] += 1e-3
        save_file(tensors, copy / WEIGHTS)
    else:
        path = copy / "tokenizer.json"
        tokenizer = json.loads(path.read_text())
        if change == "merges":
            tokenizer["model"]["merges"].pop()
        else:
            vocabulary = tokenizer["model"]["vocab"]
            vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
        path.write_text(json.dumps(tokenizer))
    assert fingerprint(copy) != fingerprint(random_bart)


def test_half_precision_files_are_scored_in_float32(random_bart: Path, tmp_path: Path) -> None:
    model = BartForConditionalGeneration.from_pretrained(random_bart)
    model.half().save_pretrained(tmp_path)
    BartTokenizer.from_pretrained(random_bart).save_pretrained(tmp_path)
    assert load_file(tmp_path / WEIGHTS)["final_logits_bias"].dtype == torch.float16
    half, full = (
        BartScorer.load(str(folder), device="cpu").score(*PAIR)[0]
        for folder in (tmp_path, random_bart)
    )
    assert half == pytest.approx(full, abs=0.05)
    assert half != float(torch.tensor(half).half())


@pytest.mark.parametrize(
    ("absent", "said"),
    [
        ("config.json", "config.json is missing"),
        (WEIGHTS, "model.safetensors (or pytorch_model.bin) is missing"),
        ("tokenizer.json", "tokenizer.json (or vocab.json and merges.txt) is missing"),
    ],
)
def test_a_folder_that_is_not_whole_says_what_is_missing(
    copy: Path, absent: str, said: str
) -> None:
    (copy / absent).unlink()
    with pytest.raises(CheckpointError) as caught:
        BartScorer.load(str(copy))
    assert said in str(caught.value)
    assert str(copy) in str(caught.value)


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"vocab": {}}}', "[]"])
def test_a_broken_tokenizer_is_refused(copy: Path, content: str) -> None:
    (copy / "tokenizer.json").write_text(content)
    with pytest.raises(CheckpointError, match="vocabulary and merges cannot be read"):
        find_checkpoint(str(copy))


@pytest.mark.parametrize("content", ["", "[]", "null"])
def test_a_broken_configuration_is_refused(copy: Path, content: str) -> None:
    (copy / "config.json").write_text(content)
    with pytest.raises(CheckpointError):
        find_checkpoint(str(copy))


def test_another_architecture_is_refused(copy: Path) -> None:
    rewrite(copy / "config.json", model_type="t5")
    with pytest.raises(CheckpointError, match=r"needs a BART .* not 't5'"):
        find_checkpoint(str(copy))


def test_a_checkpoint_that_lacks_tensors_is_not_filled_with_random_ones(copy: Path) -> None:
    tensors = load_file(copy / WEIGHTS)
    del tensors["model.encoder.layers.0.fc1.weight"]
    tensors["model.encoder.layers.0.fc9.weight"] = torch.zeros(2)
    save_file(tensors, copy / WEIGHTS)
    with pytest.raises(CheckpointError) as caught:
        BartScorer.load(str(copy))
    assert "missing: model.encoder.layers.0.fc1.weight" in str(caught.value)
    assert "unexpected: model.encoder.layers.0.fc9.weight" in str(caught.value)


def test_broken_weights_are_refused(copy: Path) -> None:
    (copy / WEIGHTS).write_bytes((copy / WEIGHTS).read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        BartScorer.load(str(copy))


def test_an_absent_folder_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        BartScorer.load(str(tmp_path / "nowhere"))
    assert f"there is no folder {tmp_path / 'nowhere'}. Give the path of a folder" in str(
        caught.value
    )


@pytest.mark.parametrize("offline", ["1", None])
def test_a_hub_checkpoint_that_cannot_be_had_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: str | None
) -> None:
    # The hub's library reads its variables when it is imported, so its settings are set as it holds
    # them.
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    if offline:
        monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    with pytest.raises(CheckpointError) as caught:
        BartModel("nobody/no-such-bart").scorer()
    said = str(caught.value)
    assert "checkpoint 'nobody/no-such-bart' cannot be had" in said
    assert str(Path("nobody/no-such-bart").absolute()) in said
    assert str(tmp_path) in said
    assert ("HF_HUB_OFFLINE is '1'" if offline else "HF_HUB_OFFLINE is not set") in said
    assert "`hf download nobody/no-such-bart`" in said


def test_a_hub_checkpoint_in_the_cache_is_used_offline(
    random_bart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    cached = tmp_path / "models--someone--a-bart"
    shutil.copytree(random_bart, cached / "snapshots" / ("0" * 40))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    scorer = BartScorer.load("someone/a-bart", device="cpu")
    assert scorer.fingerprint == fingerprint(random_bart)
    assert scorer.provenance()["checkpoint"] == "someone/a-bart"


@pytest.fixture
def other_weights(save_random_bart: Callable[..., Path], tmp_path: Path) -> tuple[Path, Path]:
    """Another BART of the same shape: its folder, and its state dict as ParaBank2's weights are
    published.
    """
    folder = tmp_path / "other"
    folder.mkdir()
    save_random_bart(folder, seed=1)
    state = BartForConditionalGeneration.from_pretrained(folder).state_dict()
    torch.save(state, tmp_path / "other.pth")
    return folder, tmp_path / "other.pth"


def test_weights_are_loaded_over_the_checkpoint(
    random_bart: Path, other_weights: tuple[Path, Path]
) -> None:
    folder, weights = other_weights
    base = BartScorer.load(str(random_bart), device="cpu")
    over = BartScorer.load(str(random_bart), weights=weights, device="cpu")
    expected = BartScorer.load(str(folder), device="cpu").score(*PAIR)
    assert over.score(*PAIR) == expected
    assert base.score(*PAIR) != expected
    assert over.fingerprint != base.fingerprint
    assert over.provenance()["weights"] == "other.pth"


def test_weights_that_do_not_match_name_the_tensors(
    random_bart: Path, other_weights: tuple[Path, Path]
) -> None:
    _, path = other_weights
    state = torch.load(path, weights_only=True)
    state["model.extra"] = state.pop("lm_head.weight")
    torch.save(state, path)
    with pytest.raises(
        CheckpointError, match=r"missing: lm_head\.weight; unexpected: model\.extra"
    ):
        BartScorer.load(str(random_bart), weights=path)


def test_weights_of_another_shape_are_refused(
    random_bart: Path, other_weights: tuple[Path, Path]
) -> None:
    _, path = other_weights
    state = torch.load(path, weights_only=True)
    state["final_logits_bias"] = torch.zeros(1, 3)
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="size mismatch for final_logits_bias"):
        BartScorer.load(str(random_bart), weights=path)


def test_weights_that_untie_shared_tensors_are_refused(
    random_bart: Path, other_weights: tuple[Path, Path]
) -> None:
    _, path = other_weights
    state = torch.load(path, weights_only=True)
    state["lm_head.weight"] = state["lm_head.weight"] + 1
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="other values for tensors that the model shares"):
        BartScorer.load(str(random_bart), weights=path)


class Code:
    """What unsafe unpickling would run."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("raise SystemExit('code ran')",)


def test_weights_never_run_code(random_bart: Path, tmp_path: Path) -> None:
    torch.save({"lm_head.weight": Code()}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError, match="not a state dict that can be loaded safely"):
        BartScorer.load(str(random_bart), weights=tmp_path / "evil.pth")


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"PK\x03\x04 nor a zip"])
def test_a_file_that_is_no_state_dict_is_refused(
    random_bart: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"x\.pth is not a state dict"):
        BartScorer.load(str(random_bart), weights=tmp_path / "x.pth")


def test_a_saved_list_is_no_state_dict(random_bart: Path, tmp_path: Path) -> None:
    torch.save([torch.zeros(2)], tmp_path / "x.pth")
    with pytest.raises(CheckpointError, match="holds a list, not a state dict"):
        BartScorer.load(str(random_bart), weights=tmp_path / "x.pth")


def test_absent_weights_are_named(random_bart: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no weights file /"):
        BartScorer.load(str(random_bart), weights=tmp_path / "bart_score.pth")


def test_equal_models_share_one_scorer(random_bart: Path) -> None:
    one, same, other = (
        BartModel(str(random_bart), device="cpu", dtype=dtype)
        for dtype in ("auto", "auto", "bfloat16")
    )
    assert one.scorer() is same.scorer()
    assert one.scorer() is not other.scorer()
    assert (one.dtype_name, other.dtype_name) == ("float32", "bfloat16")
    assert (one.scorer().dtype, other.scorer().dtype) == ("float32", "bfloat16")


def test_a_model_and_its_scorer_have_one_identity(random_bart: Path) -> None:
    model = BartModel(str(random_bart), device="cpu")
    assert model.fingerprint == model.scorer().fingerprint
    assert model.max_tokens == model.scorer().max_tokens == 64
    assert not model.demonstration


def test_the_default_is_what_the_benchmark_uses() -> None:
    assert BartModel().checkpoint == DEFAULT_CHECKPOINT == "facebook/bart-large-cnn"
