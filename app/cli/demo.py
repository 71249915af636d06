"""`reasonboard demo`: the whole way on the invented benchmark, by the same code that real data take."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from app.cli.publish import print_published
from app.cli.score import Order, score_pending
from app.cli.watching import watched
from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.benchmarks.baselines import submit_trained
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.benchmarks.protocols import ProtocolError, read_protocols
from submissions.benchmarks.transfers import submit_transfers
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import Asked, import_ratings
from submissions.rating.rubrics import usable_rubrics
from submissions.releasing.publish import publish
from submissions.rescoring.selection import Selection
from submissions.settings import DECLARATIONS
from submissions.store.folder import DataFolder
from submissions.store.posts import PostStore
from submissions.store.submissions import submissions
from submissions.wording import counted

TEXTS = DECLARATIONS / "demo"
PROTOCOL = "demo-general"


def build_demo(
    folder: DataFolder, tasks: Mapping[str, Task], console: Console, author: str
) -> None:
    """Import, submit ten systems, score, publish. A second run finds everything there and changes nothing.

    Raises:
        ReasonBoardError: The folder holds a real board.
    """
    refuse_real_board(folder, tasks)
    demo = {name: task for name, task in tasks.items() if task.benchmark == "demo"}
    console.print(f"[1/4] Importing the invented benchmark: {counted(len(demo), 'task')}")
    found = [
        import_csv(TEXTS / "test" / f"{name.split('/')[1]}.csv", task)
        for name, task in demo.items()
    ]
    store_gold(folder, tasks, found)
    console.print(
        "[2/4] Running the systems: four trivial baselines, keyword rules, TF-IDF with logistic regression"
    )
    train = {
        name: import_csv(TEXTS / "train" / f"{name.split('/')[1]}.csv", task).examples
        for name, task in demo.items()
    }
    submit_trained(folder, tasks, "demo", train)
    protocols, faults = read_protocols(tasks)
    if PROTOCOL not in protocols:
        raise ProtocolError("\n".join(fault.text for fault in faults if fault.id == PROTOCOL))
    submit_transfers(folder, tasks, protocols[PROTOCOL], train)
    rated = Asked(
        author, "the demonstration: invented ratings", Naming(rubric="mentallama"), ratings="demo"
    )
    import_ratings(folder, tasks, usable_rubrics(), TEXTS / "ratings.csv", rated)
    console.print("[3/4] Scoring what is pending")
    score_pending(folder, tasks, console, Order(author, "the demonstration", Selection("demo")))
    console.print("[4/4] Publishing")
    with watched(console) as report:
        published = publish(
            folder,
            tasks,
            author,
            "the demonstration: invented data, ten simple systems",
            report=report,
        )
    print_published(published)


def refuse_real_board(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    """Refuse a folder with more than the demonstration in it: publishing would put invented systems beside real ones.

    Raises:
        ReasonBoardError: With what is there, and what to do.
    """
    invented = {task.benchmark for task in tasks.values() if task.demonstration}
    store = PostStore(folder.posts)
    there = {task.benchmark for task in tasks.values() if store.has(task)}
    there |= {one.benchmark for one in submissions(folder)}
    if real := sorted(there - invented):
        raise ReasonBoardError(
            f"{folder.path} holds a real board ({', '.join(real)}), and the demonstration would put invented systems "
            "on it and publish. Nothing was changed. Build it in another folder: `reasonboard demo --data demo-board`"
        )
