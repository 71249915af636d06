"""`reasonboard demo`: the whole way on the invented benchmark, by the code that real data take."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, Port, author, board_command, notes
from scoring.errors import ReasonBoardError
from scoring.libraries import require_scoring
from submissions.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scoring.tasks import Tasks
    from submissions.store.files.gold import Imported
    from submissions.store.folder import DataFolder

commands = typer.Typer()


@dataclass(frozen=True)
class Counterfactual:
    """Which counterfactual posts are made.

    Attributes:
        origin: Of this task's posts.
        rules: By these rules.
        most: So many by each at most.
    """

    origin: str
    rules: list[str]
    most: int


@dataclass(frozen=True)
class Demonstration:
    """What is shown, as `leaderboard_data/demo/demo.toml` declares it.

    Attributes:
        files: The folder with its gold, training data and ratings.
        benchmark: Whose tasks.
        protocol: By which systems are trained on a part of the data.
        rubric: By which its ratings are.
        transcripts: The task of its transcripts.
        counterfactuals: Of which posts counterfactuals are made.
    """

    files: Path
    benchmark: str
    protocol: str
    rubric: str
    transcripts: str
    counterfactuals: Counterfactual

    @classmethod
    def declared(cls) -> Demonstration:
        """Read what is shipped."""
        from submissions.declarations.settings import DECLARATIONS

        files = DECLARATIONS / "demo"
        stated = tomllib.loads((files / "demo.toml").read_text(encoding="utf-8"))
        counterfactuals = Counterfactual(**stated.pop("counterfactuals"))
        return cls(files, **stated, counterfactuals=counterfactuals)

    def imported(self, board: ChosenBoard, part: str) -> list[Imported]:
        """Read one of its two parts, "test" or "train": its file of each of its tasks."""
        from submissions.benchmarks.gold_files import import_csv

        return [
            import_csv(self.files / part / f"{task.id.split('/')[1]}.csv", task)
            for task in board.tasks.values()
            if task.benchmark == self.benchmark and task.counterfactual_of is None
        ]

    def counterfactual(self, board: ChosenBoard, gold: Sequence[Imported]) -> list[Imported]:
        """Declare the task of counterfactual posts, as `benchmark perturb` makes one, and return
        its gold; nothing where it is declared.
        """
        from submissions.operating.counterfactual_task import declared_anew

        wanted = self.counterfactuals
        (origin,) = (read for read in gold if read.task_id == wanted.origin)
        made = declared_anew(board.folder, board.tasks, origin, wanted.rules, wanted.most)
        return [] if made is None else [made]


@board_command(commands)
def demo(
    board: ChosenBoard,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Start the site when all is done.")
    ] = True,
    port: Port = 8501,
) -> None:
    """Fill a board with the invented benchmark and ten simple systems, publish it, and open the
    site.
    """
    from submissions.benchmarks.importing import store_gold

    require_scoring()
    # Before anything is written, so that a real board is as it was.
    refuse_real_board(board.folder, board.tasks)
    shown = Demonstration.declared()
    gold = shown.imported(board, "test")
    notes.print(f"[1/4] Importing the invented benchmark: {counted(len(gold), 'task')}")
    made = shown.counterfactual(board, gold)
    board = board.read_anew()
    # At once, since the trivial baselines answer all that is stored.
    store_gold(board.folder, board.tasks, gold + made)
    notes.print(
        "[2/4] Running the systems: four trivial baselines, keyword rules, TF-IDF with logistic "
        "regression"
    )
    _submit_systems(board, shown)
    _import_ratings(board, shown)
    _import_transcripts(board, shown)
    notes.print("[3/4] Scoring what is pending")
    _score(board, shown)
    notes.print("[4/4] Publishing")
    _publish(board)
    if serving:
        from app.server.launch import serve as serve_site

        serve_site(board.folder.path, port=port, address="localhost")


def refuse_real_board(folder: DataFolder, tasks: Tasks) -> None:
    """Refuse a folder with more than the demonstration in it.

    Publishing would put invented systems beside real ones.

    Raises:
        ReasonBoardError: With what is in it, and what to do.
    """
    from submissions.store.files.posts import PostStore
    from submissions.store.submitted.submissions import submissions

    store = PostStore(folder.posts)
    used = {task.benchmark for task in tasks.values() if store.has(task)}
    # Also what was submitted: gold may have been deleted since.
    used |= {submission.benchmark for submission in submissions(folder)}
    invented = {task.benchmark for task in tasks.values() if task.demonstration}
    if real := sorted(used - invented):
        raise ReasonBoardError(
            f"{folder.path} holds a real board ({', '.join(real)}), and the demonstration would "
            "put invented systems on it and publish. Nothing was changed. Build it in another "
            "folder: `reasonboard demo --data demo-board`"
        )


def _submit_systems(board: ChosenBoard, shown: Demonstration) -> None:
    """Submit what is trained on all of the training data, and by the protocol."""
    from submissions.benchmarks.baselines import submit_trained
    from submissions.benchmarks.protocols import ProtocolError, read_protocols
    from submissions.benchmarks.transfers import submit_transfers
    from submissions.declarations.settings import declared_in

    folder, tasks = board.folder, board.tasks
    train = {part.task_id: part.examples for part in shown.imported(board, "train")}
    submit_trained(folder, tasks, shown.benchmark, train)
    protocols, faults = read_protocols(tasks, *declared_in(folder.path, "protocols"))
    if shown.protocol not in protocols:
        raise ProtocolError("\n".join(fault.text for fault in faults if fault.id == shown.protocol))
    submit_transfers(folder, tasks, protocols[shown.protocol], train)


def _import_ratings(board: ChosenBoard, shown: Demonstration) -> None:
    from submissions.rating.rating_files import Naming
    from submissions.rating.ratings import ImportRequest, import_ratings
    from submissions.rating.rubrics import usable_rubrics

    reason = "the demonstration: invented ratings"
    asked = ImportRequest(author(), reason, Naming(rubric=shown.rubric), ratings=shown.benchmark)
    file = shown.files / "ratings.csv"
    import_ratings(board.folder, board.tasks, usable_rubrics(board.folder.path), file, asked)


def _import_transcripts(board: ChosenBoard, shown: Demonstration) -> None:
    """Bring in transcripts, and how people and a model rate them."""
    from submissions.rating.rating_files import Naming
    from submissions.rating.ratings import ImportRequest, import_ratings
    from submissions.rating.rubrics import usable_rubrics
    from submissions.rating.transcript_tasks import declared_transcripts
    from submissions.rating.transcripts import import_transcripts
    from submissions.store.rated.ratings import FILE, JUDGED

    folder, rubrics = board.folder, usable_rubrics(board.folder.path)
    task, reason = (
        declared_transcripts(folder.path, shown.transcripts),
        "the demonstration: invented",
    )
    import_transcripts(folder, task, shown.files / "transcripts.jsonl", author(), reason)
    naming = Naming(task=task.id)
    for called, file, kind in (
        (f"{task.id} people", "transcript-ratings.csv", FILE),
        (f"{task.id} judge", "transcript-judged.csv", JUDGED),
    ):
        asked = ImportRequest(author(), reason, naming, called, kind=kind)
        import_ratings(folder, board.tasks, rubrics, shown.files / file, asked)


def _score(board: ChosenBoard, shown: Demonstration) -> None:
    from app.cli.score import ScoringRequest, score_pending
    from submissions.rescoring.engines.local import LocalEngine
    from submissions.rescoring.selection import Selection

    order = ScoringRequest(board, author(), "the demonstration", Selection(shown.benchmark))
    score_pending(order, LocalEngine())


def _publish(board: ChosenBoard) -> None:
    from app.cli.publish import print_published
    from app.cli.watching import watched
    from submissions.releasing.publish import publish

    reason = "the demonstration: invented data, ten simple systems"
    with watched(notes) as report:
        published = publish(board.folder, board.tasks, author(), reason, report=report)
    print_published(published)
