"""What commands share that ask a model: the model or server that is meant, by their options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard
from scoring.errors import ReasonBoardError
from scoring.libraries import require_generating

if TYPE_CHECKING:
    from scoring.tasks import Task
    from submissions.asking.texts import Decoding, TextSource

TOKENS = 16_384
ModelName = Annotated[
    str, typer.Option(help="A hub name or a folder; with --endpoint, as the server calls it.")
]
EndpointAddress = Annotated[
    str | None,
    typer.Option(
        help=(
            "Address of an OpenAI-compatible server that a maintainer allowed for the benchmark;"
            " its key: REASONBOARD_ENDPOINT_KEY."
        )
    ),
]
Temperature = Annotated[float, typer.Option(help="0 for the most probable token.")]
MaxNewTokens = Annotated[int, typer.Option(help="At most so many tokens a text.")]
BatchTokens = Annotated[
    int, typer.Option(help="Tokens of a batch, or of the requests under way at once.")
]
Revision = Annotated[
    str | None, typer.Option(help="Of a model from the hub; its newest unless said.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1, ...")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32 or bfloat16.")]
Timeout = Annotated[
    float | None,
    typer.Option(help="With --endpoint: seconds an answer may take; 600 unless said."),
]


@dataclass(frozen=True)
class ChosenModel:
    """The model that a command asks, as its options say.

    Attributes:
        model: Its name.
        endpoint: The server's address; None for a model on this machine.
        revision: Of a model from the hub.
        device: Of a model on this machine.
        dtype: The same.
        timeout: Of a server, in seconds.
        batch_tokens: Tokens that are under way at once.

    Raises:
        ReasonBoardError: Options of the other kind of model are given.
    """

    model: str
    endpoint: str | None
    revision: str | None
    device: str | None
    dtype: str | None
    timeout: float | None
    batch_tokens: int

    def __post_init__(self) -> None:
        local = {"--revision": self.revision, "--device": self.device, "--dtype": self.dtype}
        server = self.endpoint is not None
        others = local if server else {"--timeout": self.timeout}
        if given := [name for name, value in others.items() if value is not None]:
            rule = "not with --endpoint" if server else "with --endpoint alone"
            raise ReasonBoardError(f"{', '.join(given)}: {rule}")

    def require_usable(self, board: ChosenBoard, benchmark: str) -> None:
        """Refuse an endpoint that nobody allowed, and what lacks its libraries.

        Raises:
            ReasonBoardError: With what to do.
        """
        from submissions.asking.allowed import require_allowed
        from submissions.rating.transcript_tasks import usable_transcript_tasks

        if self.endpoint is not None:
            spoken = usable_transcript_tasks(board.folder.path)
            require_allowed(board.folder, board.tasks, benchmark, self.endpoint, spoken)
        require_generating(server=self.endpoint is not None)

    def require_public(self, tasks: Iterable[Task]) -> None:
        """Refuse to send posts that are not public.

        Raises:
            ReasonBoardError: With the tasks that they are of.
        """
        from submissions.asking.allowed import require_public

        if self.endpoint is not None:
            require_public(list(tasks))

    def source(self, decoding: Decoding) -> TextSource:
        """Return what is asked; a model on this machine is loaded.

        Raises:
            ReasonBoardError: It cannot be had.
        """
        if self.endpoint is None:
            from submissions.asking.local import LocalModel

            return LocalModel(
                self.model,
                self.revision,
                self.device or "auto",
                self.dtype or "auto",
                decoding,
                self.batch_tokens,
            )
        from submissions.asking.endpoint import Endpoint
        from submissions.asking.patience import Patience

        patience = Patience() if self.timeout is None else Patience(seconds=self.timeout)
        return Endpoint(self.endpoint, self.model, decoding, self.batch_tokens, patience)

    def where(self, source: TextSource) -> str:
        """Return where what is asked goes, as a sentence ends."""
        if self.endpoint is None:
            return f"stay on this machine (model {self.model})"
        return f"go to {source.identity['endpoint']} (model {self.model}), and nowhere else"
