"""Posts that a benchmark's sets have in common: with each other, with other tasks' on the board, with
files that systems are trained on.

Where posts are in two tasks whose `dataset` differs, whoever trained on the one has seen posts of the
other, and `trained_on` does not say so. What is stated names posts by the rows' ids and holds no
word of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.near_posts import LikePosts, like_posts, words_of
from scoring.segments import REDACTED, Example
from scoring.tasks import TasksById
from submissions.benchmarks.gold_table import read_table
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder


@dataclass(frozen=True)
class RepeatedRow:
    """A row of a task with the words and attributes of an earlier one.

    Attributes:
        task: Which.
        first: The earlier row.
        again: The later one.
        same_label: Whether their gold labels are the same.
    """

    task: str
    first: str
    again: str
    same_label: bool


@dataclass(frozen=True)
class CommonPosts:
    """What a benchmark's sets have in common with others.

    Attributes:
        sizes: Set -> its posts; tasks by id, files by path.
        pairs: Posts that are one, of two sets or of one; the benchmark has at least one of them.
        repeated: Rows of its tasks that are there twice.
        datasets: Task -> its source data set.
    """

    sizes: Mapping[str, int]
    pairs: tuple[LikePosts, ...]
    repeated: tuple[RepeatedRow, ...]
    datasets: Mapping[str, str]

    def shared(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield two sets, the pairs that are the same word by word, and those that are nearly."""
        same, near = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for pair in self.pairs:
            (same if pair.same else near)[pair.first.set, pair.second.set] += 1
        for sets in dict.fromkeys((pair.first.set, pair.second.set) for pair in self.pairs):
            yield *sets, same[sets], near[sets]

    def advice(self, first: str, second: str) -> str:
        """Return what to make of posts that two sets share; "" where it is said already."""
        datasets = [self.datasets.get(name) for name in (first, second)]
        if None in datasets:
            return "trained on and tested on: leave them out of the training file"
        if first == second:
            return "rows of one task: leave one of each out, or let them be one post_id"
        if datasets[0] == datasets[1]:
            return ""
        return (
            f"one post, two data sets: whoever trained on {datasets[0]} has seen posts of"
            f" {datasets[1]}; say so in known_problems"
        )


def common_posts(
    folder: DataFolder, tasks: TasksById, benchmark: str, files: Sequence[Path] = ()
) -> CommonPosts:
    """Hold a benchmark's imported sets against each other and against all others.

    Args:
        folder: The data.
        tasks: The declared tasks.
        benchmark: Whose sets.
        files: What systems are trained on: CSV files with a column `text`, and ids in `id`.

    Raises:
        BenchmarkError: A file is no such CSV.
    """
    store = PostStore(folder.posts)
    imported = {
        task.id: [example for example in store.examples(task) if example.post != REDACTED]
        for task in tasks.values()
        if store.has(task) and not store.fault(task)
    }
    sets = {
        **{name: dict(_placed(own)) for name, own in imported.items()},
        **{str(path): _texts(path) for path in files},
    }
    own = {name for name in imported if tasks[name].benchmark == benchmark}
    return CommonPosts(
        sizes={name: len(posts) for name, posts in sets.items()},
        pairs=tuple(
            pair
            for pair in like_posts(sets)
            if not own.isdisjoint((pair.first.set, pair.second.set))
        ),
        repeated=tuple(
            row for name in imported if name in own for row in _repeated(name, imported[name])
        ),
        datasets={name: tasks[name].dataset for name in imported},
    )


def _placed(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Yield id -> text of a task's posts: of several of an example, each by its own name."""
    for example in examples:
        if not example.posts:
            yield example.example_id, example.post
        for post in example.posts:
            yield f"{example.example_id}/{post.name}", post.text


def _texts(path: Path) -> dict[str, str]:
    """Return id -> text of a file; the line where a row has no id, or one that another has."""
    texts: dict[str, str] = {}
    for record in read_table(path, ("text",)).records:
        name = record.cells.get("id", "").strip()
        place = f"line {record.line}"
        texts[place if not name or name in texts else name] = record.cells["text"]
    return texts


def _repeated(task: str, examples: Sequence[Example]) -> Iterator[RepeatedRow]:
    first: dict[object, Example] = {}
    for example in examples:
        # Several questions about one post are no repetition.
        asked = words_of(example.post), tuple(sorted(example.attributes.items()))
        earlier = first.setdefault(asked, example)
        if earlier is not example:
            same_label = earlier.gold == example.gold
            yield RepeatedRow(task, earlier.example_id, example.example_id, same_label)
