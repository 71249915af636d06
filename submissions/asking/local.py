"""A causal or seq2seq model of Transformers on this machine.

Requests are cut into batches over the whole run, longest prompts first: what does not fit into
memory is known at once, and a batch that was interrupted is computed again as it was. A batch's
tokens are its rows times the longest prompt and what may be generated, padding included, since that
is what memory holds. Nothing of a checkpoint's own generation settings is taken but its special
tokens: how tokens are chosen is the run's business. No code of a checkpoint is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Generic

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
)

from scoring.bartscore.devices import resolve_device, resolve_dtype
from scoring.bartscore.loading_noise import quiet_transformers
from scoring.errors import CheckpointError
from scoring.hub import folder_of
from scoring.pretrained import UNREADABLE, load_beside, load_pretrained
from submissions.asking.patience import REFUSED
from submissions.asking.sampling import OwnDraws
from submissions.asking.texts import (
    Decoding,
    Described,
    GeneratedText,
    GenerationError,
    Key,
    TextRequest,
    digest,
)

FILES = ("*.json", "*.jinja", "*.model", "*.txt", "*.safetensors")
OLDER_WEIGHTS = ("pytorch_model*.bin", "pytorch_model*.json")
STRUCTURE = (
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "decoder_start_token_id",
    "forced_bos_token_id",
)
"""What is taken of a checkpoint's generation settings."""
UNLIMITED = 10**6
"""A tokenizer without a longest input says a number above this."""


@dataclass(frozen=True)
class _Encoded(Generic[Key]):
    """A request, its prompt as token ids, and how much of the post was left out."""

    request: TextRequest[Key]
    prompt: str
    tokens: tuple[int, ...]
    cut: int


def _too_long(request: TextRequest[Key]) -> GeneratedText[Key]:
    """Return that nothing comes of a request whose prompt does not fit the model."""
    prompt = request.prompt(0)
    digest_of_prompt = hashlib.sha256(prompt.encode(errors="replace")).hexdigest()
    return GeneratedText(request.key, "", REFUSED, None, None, 0, digest_of_prompt)


class LocalModel:
    """A loaded model.

    Args:
        name: A folder, or a hub name.
        revision: Of the hub's; None for its newest.
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16".
        decoding: How tokens are chosen.
        token_budget: Tokens of a batch; a prompt that exceeds it alone is a batch of its own.

    Raises:
        CheckpointError: The model cannot be had, or is not whole.
        ScoringError: There is no such device.
    """

    def __init__(
        self,
        name: str,
        revision: str | None,
        device: str,
        dtype: str,
        decoding: Decoding,
        token_budget: int,
    ) -> None:
        local = Path(name).expanduser()
        self.name = local.resolve().name if local.is_dir() else name
        self.folder = folder_of(name, FILES, OLDER_WEIGHTS, revision)
        self.revision = None if local.is_dir() else self.folder.name
        self._device = resolve_device(device)
        self._dtype = resolve_dtype(dtype, self._device)
        self._decoding, self._budget = decoding, token_budget
        self._config, self._tokenizer, self._model = self._loaded()

    @property
    def identity(self) -> Described:
        """What decides the texts, besides the decoding."""
        template = getattr(self._tokenizer, "chat_template", None)
        return {
            "name": self.name,
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "kind": "seq2seq" if self._seq2seq else "causal",
            "dtype": self._dtype,
            "chat_template": digest(str(template)) if template else None,
        }

    @property
    def provenance(self) -> Described:
        """What it runs on, and how it is cut into batches."""
        return {"device": self._device, "batch_tokens": self._budget}

    @cached_property
    def fingerprint(self) -> str:
        """Sha256 over every file of the checkpoint that is read: configuration,
        tokenizer, weights.
        """
        patterns = FILES if any(self.folder.glob("*.safetensors")) else (*FILES, *OLDER_WEIGHTS)
        files = sorted({path for pattern in patterns for path in self.folder.glob(pattern)})
        whole = hashlib.sha256()
        for path in files:
            with path.open("rb") as stream:
                whole.update(f"{path.name} ".encode())
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        return whole.hexdigest()

    def texts(
        self, requests: Sequence[TextRequest[Key]], done: Collection[Key]
    ) -> Iterator[list[GeneratedText[Key]]]:
        """Yield what is generated, a batch at a time; batches of which all is done are passed over.

        Args:
            requests: All of the run.
            done: What was generated before.

        Raises:
            GenerationError: A prompt without its post does not fit the model, or a batch not into
                memory.
        """
        encoded, unfit = self._encoded(requests)
        if refused := [_too_long(request) for request in unfit if request.key not in done]:
            yield refused
        for batch in self._batches(encoded):
            if any(encoded.request.key not in done for encoded in batch):
                yield self._generated(batch)

    def _loaded(self) -> tuple[Any, Any, Any]:
        with self._said_plainly():
            config = load_beside(AutoConfig, self.folder)
            kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
            tokenizer = load_beside(AutoTokenizer, self.folder)
            model, report = load_pretrained(kind, self.folder, getattr(torch, self._dtype))
        if missing := sorted(map(str, report["missing_keys"])):
            raise CheckpointError(
                f"{self.folder} lacks tensors of the model, which would be random:"
                f" {', '.join(missing[:8])}"
            )
        model.generation_config = self._settings(model.generation_config, tokenizer)
        return config, tokenizer, model.to(self._device).eval()

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            raise CheckpointError(
                f"{self.name!r} cannot be used as a causal or seq2seq model of Transformers"
                f" ({reason}). It needs config.json, weights and a tokenizer, and no code of"
                " its own"
            ) from error

    def _settings(self, own: Any, tokenizer: Any) -> Any:
        """Return the generation settings: the run's decoding with the checkpoint's
        special tokens.
        """
        structure = {name: getattr(own, name, None) for name in STRUCTURE}
        ends = structure["eos_token_id"]
        if ends is None:
            ends = structure["eos_token_id"] = tokenizer.eos_token_id
        if structure["pad_token_id"] is None:
            structure["pad_token_id"] = ends[0] if isinstance(ends, list) else ends
        return GenerationConfig(
            max_new_tokens=self._decoding.max_new_tokens, do_sample=False, num_beams=1, **structure
        )

    @property
    def _seq2seq(self) -> bool:
        return bool(self._config.is_encoder_decoder)

    @cached_property
    def _longest_prompt(self) -> int:
        """Tokens that a prompt may have."""
        text = self._config.get_text_config(decoder=not self._seq2seq)
        limits = [
            int(limit)
            for limit in (
                getattr(text, "max_position_embeddings", None),
                self._tokenizer.model_max_length,
            )
            if limit and limit < UNLIMITED
        ]
        generated = 0 if self._seq2seq else self._decoding.max_new_tokens
        longest = min(limits, default=UNLIMITED) - generated
        if longest < 1:
            raise GenerationError(
                f"{self.name} takes {min(limits):,} tokens, prompt and text together;"
                f" --max-new-tokens {generated:,} leaves no room for a prompt"
            )
        return longest

    def _batches(self, encoded: list[_Encoded[Key]]) -> Iterator[list[_Encoded[Key]]]:
        """Cut all requests into batches, longest prompts first."""
        encoded.sort(key=lambda row: (-len(row.tokens), row.request.key))
        batch: list[_Encoded[Key]] = []
        for row in encoded:
            width = len((batch or [row])[0].tokens) + self._decoding.max_new_tokens
            if batch and (len(batch) + 1) * width > self._budget:
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    def _encoded(
        self, requests: Sequence[TextRequest[Key]]
    ) -> tuple[list[_Encoded[Key]], list[TextRequest[Key]]]:
        """Encode each prompt once, whatever seeds it is asked with; and return those that do not
        fit.

        Raises:
            GenerationError: None fits.
        """
        encoded: list[_Encoded[Key]] = []
        unfit: list[TextRequest[Key]] = []
        why: GenerationError | None = None

        def asked_by(request: TextRequest[Key]) -> tuple[str, ...]:
            return request.asked_by

        for _, alike in groupby(sorted(requests, key=asked_by), key=asked_by):
            several = list(alike)
            try:
                text, tokens, cut = self._fitting(several[0])
            except GenerationError as error:
                unfit += several
                why = error
                continue
            encoded += [_Encoded(request, text, tokens, cut) for request in several]
        if why is not None and not encoded:
            raise why
        return encoded, unfit

    def _fitting(self, request: TextRequest[Any]) -> tuple[str, tuple[int, ...], int]:
        """Return the prompt with as much of the post as fits, its tokens, and how much of the post
        it lacks.
        """
        prompt = request.prompt()
        tokens = self._tokens(request, prompt)
        if len(tokens) <= self._longest_prompt:
            return prompt, tokens, 0
        shortest = self._tokens(request, request.prompt(0))
        if len(shortest) > self._longest_prompt:
            raise GenerationError(
                f"{request.title}: {len(shortest):,} tokens without a"
                f" post, and {self.name} takes {self._longest_prompt:,}; show fewer demonstrations,"
                " or generate fewer tokens"
            )
        low, high = 0, request.characters
        while high - low > 1:
            middle = (low + high) // 2
            if len(self._tokens(request, request.prompt(middle))) <= self._longest_prompt:
                low = middle
            else:
                high = middle
        prompt = request.prompt(low)
        return prompt, self._tokens(request, prompt), request.characters - low

    def _tokens(self, request: TextRequest[Any], prompt: str) -> tuple[int, ...]:
        chat = request.chat and getattr(self._tokenizer, "chat_template", None)
        text = prompt
        if chat:
            text = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
            )
        # A chat template writes the special tokens itself.
        with quiet_transformers():
            ids = self._tokenizer(text, add_special_tokens=not chat, verbose=False)["input_ids"]
        return tuple(ids)

    def _generated(self, batch: Sequence[_Encoded[Key]]) -> list[GeneratedText[Key]]:
        keys = [encoded.request.key for encoded in batch]
        drawing = [OwnDraws(keys, self._decoding)] if self._decoding.temperature else []
        inputs, mask = self._padded([encoded.tokens for encoded in batch])
        try:
            with torch.inference_mode(), quiet_transformers():
                rows = self._model.generate(
                    inputs, attention_mask=mask, logits_processor=drawing
                ).tolist()
        except torch.cuda.OutOfMemoryError as error:
            raise GenerationError(
                f"a batch of {len(batch)} prompts does not fit into memory; go on with less than"
                f" --batch-tokens {self._budget}. What was generated is kept"
            ) from error
        before = 1 if self._seq2seq else inputs.shape[1]
        return [self._text(encoded, row[before:]) for encoded, row in zip(batch, rows, strict=True)]

    def _padded(self, rows: Sequence[tuple[int, ...]]) -> tuple[Any, Any]:
        """Return (rows, longest) ids and mask: padded before the text, after it for an encoder."""
        longest = max(map(len, rows))
        pad = self._model.generation_config.pad_token_id

        def padded(row: Sequence[int], filler: int) -> list[int]:
            room = [filler] * (longest - len(row))
            return [*row, *room] if self._seq2seq else [*room, *row]

        ids = torch.tensor([padded(row, pad) for row in rows], device=self._device)
        mask = torch.tensor([padded([1] * len(row), 0) for row in rows], device=self._device)
        return ids, mask

    def _text(self, encoded: _Encoded[Key], tokens: list[int]) -> GeneratedText[Key]:
        settings = self._model.generation_config
        given = settings.eos_token_id
        ends = set(given) if isinstance(given, list) else {given}
        end = next((place for place, token in enumerate(tokens) if token in ends), None)
        made = tokens[:end]
        frame = {settings.bos_token_id, settings.pad_token_id, settings.decoder_start_token_id}
        # Other special tokens stay: a model's channels may be made of them.
        shown = [token for token in made if token not in frame]
        return GeneratedText(
            encoded.request.key,
            self._tokenizer.decode(shown, clean_up_tokenization_spaces=False),
            "length" if end is None else "stop",
            len(encoded.tokens),
            len(made),
            encoded.cut,
            digest(encoded.prompt),
        )
