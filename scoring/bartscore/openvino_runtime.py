"""The formula in OpenVINO, for CPUs: the same checkpoint, the same layers, other matrix products.

Three graphs are read off traces of `layers`: a source's encoder states with the keys and values that every decoder
layer makes of them; a target's decoder states; and the log-probabilities of some rows of those. They take one sequence
at a time, so nothing is padded here either, and a source's part is computed once for all its targets. The rows go
through the LM head in tiles across targets; of the logits only a tile of `ROWS` x `WORDS` exists on a thread.

Sequences are shared out among the CPU's threads, each of which takes whole ones (see `workers`). Arithmetic is fp32
throughout, said to OpenVINO too, which would otherwise take bf16 where the CPU has it.

OpenVINO's Python package reports its use over the network unless told otherwise; here it is told otherwise.
"""

from __future__ import annotations

import platform
import sys
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import tokenizers
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from scoring.bartscore.layers import (
    decoder_layer,
    embed,
    encoder_layer,
    keys_and_values,
    label_log_probs,
)
from scoring.bartscore.runtime import OutOfMemoryError, processor
from scoring.bartscore.tokens import Tokens
from scoring.bartscore.workers import workers
from scoring.errors import ScoringError

ROWS = 512
WORDS = 4_096
"""Logits that exist at one time on a thread: 8 MiB, about what a CPU's caches hold."""

THREAD_TOKENS = 2_048
"""Tokens of a batch for each thread; of BART-large, keys and values of so many source tokens take 400 MB."""

Floats32 = NDArray[np.float32]
Job = TypeVar("Job")


@dataclass(frozen=True)
class Source:
    """One encoded source.

    Attributes:
        keys_and_values: (2 * decoder layers, tokens, heads, width).
    """

    keys_and_values: Floats32


class OpenVinoRuntime:
    """A Transformers BART compiled for this machine's CPU; see `runtime.Runtime`."""

    def __init__(self, model: Any) -> None:
        """Compile a model, which is not needed afterwards.

        Args:
            model: A `BartForConditionalGeneration` in evaluation mode, fp32, on the CPU.

        Raises:
            ScoringError: OpenVINO is not installed.
        """
        openvino = import_openvino()
        self._version = str(openvino.__version__)
        self._start = int(model.config.decoder_start_token_id)
        self._threads = torch.get_num_threads()
        self.default_token_budget = THREAD_TOKENS * self._threads
        self._encoder, self._decoder, self._head = (
            _Graph(openvino, module, self._threads)
            for module in (_Encoder(model), _Decoder(model), _Head(model))
        )

    def encode(self, sources: Sequence[Tokens]) -> list[Source]:
        """See `runtime.Runtime.encode`."""
        return self._map(lambda source: Source(self._encoder(source.astype(np.int64))), sources)

    def scores(
        self, encoded: Sequence[Source], targets: Sequence[Sequence[Tokens]]
    ) -> NDArray[np.float64]:
        """See `runtime.Runtime.scores`."""
        pairs = [
            (source, target)
            for source, group in zip(encoded, targets, strict=True)
            for target in group
        ]
        hidden = np.concatenate(self._map(self._decode, pairs))
        labels = np.concatenate([target for _, target in pairs]).astype(np.int64)
        tiles = [slice(first, first + ROWS) for first in range(0, len(labels), ROWS)]
        log_probs = np.concatenate(
            self._map(lambda tile: self._head(hidden[tile], labels[tile]), tiles)
        )
        lengths = np.array([len(target) for _, target in pairs])
        starts = np.cumsum(lengths) - lengths
        return np.asarray(np.add.reduceat(log_probs.astype(np.float64), starts) / lengths)

    def _decode(self, pair: tuple[Source, Tokens]) -> Floats32:
        source, target = pair
        shifted = np.concatenate(([self._start], target[:-1])).astype(np.int64)
        return self._decoder(shifted, source.keys_and_values)

    def _map(self, compute: Callable[[Job], Any], jobs: Sequence[Job]) -> list[Any]:
        try:
            return list(workers(self._threads).map(compute, jobs))
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
        raise OutOfMemoryError

    def describe(self) -> dict[str, str]:
        """Device, hardware, threads and versions."""
        return {
            "runtime": "openvino",
            "device": "cpu",
            "hardware": processor(),
            "threads": str(self._threads),
            "python": platform.python_version(),
            "openvino": self._version,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
        }


def import_openvino() -> Any:
    """The package, which will not report its use.

    Raises:
        ScoringError: It is not installed.
    """
    # Its reports come from a package beside it, for whose absence it is prepared.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise ScoringError(
            f"the runtime 'openvino' cannot be used here ({error}): install it with pip install -e '.[openvino]', "
            "or take the runtime 'torch'"
        ) from error
    return openvino


class _Graph:
    """A module, traced and compiled; every thread that calls it has a request of its own."""

    def __init__(self, openvino: Any, module: _Traced, threads: int) -> None:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # tracing is deprecated in torch; it remains what OpenVINO converts best
            graph = openvino.convert_model(module.eval(), example_input=module.example())
        graph.reshape(
            {place: openvino.PartialShape(shape) for place, shape in enumerate(module.shapes())}
        )
        self._compiled = openvino.Core().compile_model(graph, "CPU", _compilation(threads))
        self._of_thread = threading.local()

    def __call__(self, *arrays: NDArray[Any]) -> Floats32:
        if not hasattr(self._of_thread, "request"):
            self._of_thread.request = self._compiled.create_infer_request()
        found = self._of_thread.request.infer(list(arrays), share_inputs=True)[0]
        return np.array(
            found, dtype=np.float32
        )  # a copy: the request's own array is written to by its next call


def _compilation(threads: int) -> dict[str, Any]:
    return {
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": threads,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # several processes would all pin theirs to the same cores
    }


class _Traced(torch.nn.Module, ABC):
    """What a graph is made from: a part of the model that takes one sequence."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    @abstractmethod
    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""

    @abstractmethod
    def shapes(self) -> list[list[int]]:
        """Of the inputs, -1 for what may be of any length."""


class _Encoder(_Traced):
    def forward(self, ids: Tensor) -> Tensor:
        states = embed(self.model.model.encoder, ids, _positions(ids))
        for layer in self.model.model.encoder.layers:
            states = encoder_layer(layer, _attend, states)
        decoder = self.model.model.decoder.layers
        return torch.stack(
            [part for layer in decoder for part in keys_and_values(layer.encoder_attn, states)]
        )

    def example(self) -> tuple[Tensor, ...]:
        return (torch.ones(7, dtype=torch.int64),)

    def shapes(self) -> list[list[int]]:
        return [[-1]]


class _Decoder(_Traced):
    def forward(self, ids: Tensor, sources: Tensor) -> Tensor:
        states = embed(self.model.model.decoder, ids, _positions(ids))
        for number, layer in enumerate(self.model.model.decoder.layers):
            source = (sources[2 * number], sources[2 * number + 1])
            states = decoder_layer(layer, _attend, _attend, states, source)
        return states

    def example(self) -> tuple[Tensor, ...]:
        first, _, *heads = self.shapes()[1]
        return torch.ones(7, dtype=torch.int64), torch.zeros(first, 9, *heads)

    def shapes(self) -> list[list[int]]:
        layers = self.model.model.decoder.layers
        across = layers[0].encoder_attn
        return [[-1], [2 * len(layers), -1, across.num_heads, across.head_dim]]


class _Head(_Traced):
    def forward(self, hidden: Tensor, labels: Tensor) -> Tensor:
        return label_log_probs(self.model, hidden, labels, WORDS)

    def example(self) -> tuple[Tensor, ...]:
        return torch.zeros(7, self.model.config.d_model), torch.ones(7, dtype=torch.int64)

    def shapes(self) -> list[list[int]]:
        return [[-1, self.model.config.d_model], [-1]]


def _positions(ids: Tensor) -> Tensor:
    return torch.arange(ids.shape[0])


def _attend(query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False) -> Tensor:
    """Of a single sequence: (length, heads, width) all three."""
    query, key, value = (states.transpose(0, 1).unsqueeze(0) for states in (query, key, value))
    return (
        scaled_dot_product_attention(query, key, value, is_causal=causal).squeeze(0).transpose(0, 1)
    )


def _is_out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """OpenVINO wraps a failed allocation in an error of its own, which names it."""
    return isinstance(error, MemoryError) or "bad_alloc" in str(error)
