"""Source data sets: what the tasks tell about them, and what a declaration `trained_on` means.

A declaration is read in one place, wherever it comes from and whenever it was made: the stored text
stays as its team wrote it, and `Sources.read` says what it means under the tasks that are declared
now. A name is, in this order,

- a source data set, by its name, by an alias that a task declares (`dataset_aliases`), or by the id
  of a task made from it;
- a benchmark, by its name or an alias (`benchmark_aliases`): *all* data sets of its tasks. Who
  trained on its training part alone has seen fewer where a benchmark has sets for testing only
  (Mental-LLM has three), but the name does not say so, and what may have been seen is not called
  unseen; the data sets can be named instead;
- `other:NAME`: by its team's word the data of no task;
- else unknown. Of a system that was trained on something unknown it cannot be told what is unseen
  to it.

Names are compared without case, spaces, hyphens and punctuation, and without the words that only
say which part of a data set is meant: "Dreaddit (train split)" is Dreaddit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scoring.errors import nearest
from scoring.tasks import UNKNOWN, Task, TasksById, unreadable

OTHER = "other:"
"""What stands before the name of a data set that is no task's."""
_PARTS = re.compile(
    r"the|of|on|train(ing|ed)?|dev(elopment)?|val(id(ation)?)?|test(ing)?|splits?|sets?|data(sets?)?|corpus|benchmark"
)
_NONE = frozenset({"none", "nothing", "no", "na"})


@dataclass(frozen=True)
class Training:
    """What a declaration means.

    Attributes:
        datasets: Source data sets of tasks, as these call them.
        others: Those that are no task's, each with `other:` before it.
        unknown: Names that nothing is known of, as they were written.
    """

    datasets: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All that it certainly was trained on."""
        return (*self.datasets, *self.others)

    @property
    def why_unknown(self) -> str:
        """Why nothing can be said of unseen data; "" where it can."""
        names = ", ".join(map(repr, self.unknown))
        return f"cannot tell: `trained_on` names {names}, which no task knows" if names else ""


@dataclass(frozen=True)
class Sources:
    """What the tasks tell about source data sets, over all declared benchmarks.

    Attributes:
        platforms: Data set -> where its posts were written; {"unknown"} where that is not known.
        families: Data set -> what is asked of it.
        benchmarks: Benchmark -> its data sets; without those of which a declaration cannot be read,
            as their names would say too little.
        aliases: Aliases, each with the data sets that it is declared to mean.
        ids: Task id -> its data set.
    """

    platforms: Mapping[str, frozenset[str]]
    families: Mapping[str, frozenset[str]]
    benchmarks: Mapping[str, tuple[str, ...]]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]
    ids: Mapping[str, str]

    @classmethod
    def of(cls, tasks: TasksById) -> Sources:
        """Gather them."""
        listed = list(tasks.values())
        # A benchmark with a faulty task has data sets that nobody here can name.
        unread = {name.split("/", 1)[0] for name in unreadable(tasks)}
        benchmarks = {
            name: tuple(sorted({task.dataset for task in listed if task.benchmark == name}))
            for name in sorted({task.benchmark for task in listed} - unread)
        }
        return cls(
            platforms=_gathered((task.dataset, task.platform) for task in listed),
            families=_gathered((task.dataset, task.family) for task in listed),
            benchmarks=benchmarks,
            aliases=tuple(pair for task in listed for pair in _aliases(task, benchmarks)),
            ids={task.id: task.dataset for task in listed},
        )

    def read(self, trained_on: Iterable[str]) -> Training:
        """Return what a declaration means; in the order of its names, each once."""
        datasets: list[str] = []
        others: list[str] = []
        unknown: list[str] = []
        for name in trained_on:
            # A name that some task knows is that data set, whatever its team takes it for.
            meant, called = self.meaning(name), other_name(name)
            if meant is not None:
                datasets += meant
            elif called:
                others.append(OTHER + called)
            else:
                unknown.append(name)
        return Training(*(tuple(dict.fromkeys(names)) for names in (datasets, others, unknown)))

    def meaning(self, name: str) -> tuple[str, ...] | None:
        """Return the data sets that a name means, with or without `other:` before it.

        None where no task knows it.
        """
        return self._meanings.get(folded(other_name(name) or name))

    def fault(self, name: str) -> tuple[str, str]:
        """Return what is to be asked about a name, and what to do; ("", "") where nothing is."""
        meant, other = self.meaning(name), other_name(name)
        if meant is not None and other is None:
            return "", ""
        if meant is not None:
            return "is a data set of the tasks, not another one", f"write {other!r}"
        if other:
            return "", ""
        if other is not None:
            return "names no data set", f"write {OTHER}NAME"
        if folded(name) in _NONE:
            return "is no data set", "write [] for none of them"
        declare = (
            f"a data set of no task is declared as '{OTHER}{name.strip()[:40]}'; who does not know"
            " leaves `trained_on` out"
        )
        near = nearest(name, self.names)
        return "is no data set or benchmark that the tasks name", f"{near} {declare}".strip()

    @property
    def datasets(self) -> tuple[str, ...]:
        """All source data sets, by name."""
        return tuple(sorted(self.platforms))

    @property
    def choices(self) -> tuple[str, ...]:
        """What a list offers: data sets, then benchmarks."""
        return (*self.datasets, *self.benchmarks)

    @property
    def names(self) -> tuple[str, ...]:
        """All that may be written without `other:`: data sets, benchmarks, aliases, tasks' ids."""
        aliases = [alias for alias, _ in self.aliases]
        return tuple(dict.fromkeys([*self.datasets, *self.benchmarks, *aliases, *self.ids]))

    def without_platform(self, datasets: Iterable[str]) -> list[str]:
        """Return those of `datasets` whose platform is not known."""
        return [name for name in datasets if UNKNOWN in self.platforms.get(name, {UNKNOWN})]

    def without_family(self, datasets: Iterable[str]) -> list[str]:
        """Return those of `datasets` of which it is not known what is asked."""
        return [name for name in datasets if name not in self.families]

    @cached_property
    def _meanings(self) -> Mapping[str, tuple[str, ...]]:
        """Folded name -> data sets. An alias gives way to a name; one that means several things
        means nothing.
        """
        names = _united(
            [
                *((name, (name,)) for name in self.datasets),
                *self.benchmarks.items(),
                *((name, (dataset,)) for name, dataset in self.ids.items()),
            ]
        )
        aliases: dict[str, set[tuple[str, ...]]] = {}
        for alias, meant in self.aliases:
            # Two tasks may declare one alias; only where both mean the same is it one.
            aliases.setdefault(folded(alias), set()).add(meant)
        return {name: meant for name, (meant, *more) in aliases.items() if not more} | names


def other_name(name: str) -> str | None:
    """Return the name after `other:`, without the space around it.

    None where that does not stand before it.
    """
    text = name.strip()
    return text[len(OTHER) :].strip() if text[: len(OTHER)].casefold() == OTHER else None


def folded(name: str) -> str:
    """Return the form in which names of data sets are compared."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold())
    # A name of nothing but such words ("test set") keeps them, or it would fold to nothing.
    return "".join([word for word in words if not _PARTS.fullmatch(word)] or words)


def clashes(tasks: TasksById) -> Iterator[tuple[str, str]]:
    """Yield task id and what is wrong, of each alias that does not mean what its task declares."""
    sources = Sources.of(tasks)
    for task in tasks.values():
        for alias, meant in _aliases(task, sources.benchmarks):
            if sources.meaning(alias) != meant:
                meaning = ", ".join(sources.meaning(alias) or ()) or "nothing"
                yield (
                    task.id,
                    f"the alias {alias!r} is declared or called elsewhere too, and means {meaning}",
                )


def _aliases(
    task: Task, benchmarks: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the aliases that a task declares, each with what it is to mean."""
    yield from ((alias, (task.dataset,)) for alias in task.dataset_aliases)
    if task.benchmark in benchmarks:
        yield from ((alias, benchmarks[task.benchmark]) for alias in task.benchmark_aliases)


def _united(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return folded name -> all that the names mean which are folded so.

    What may have been seen is not called unseen.
    """
    united: dict[str, tuple[str, ...]] = {}
    for name, meant in pairs:
        united[folded(name)] = tuple(dict.fromkeys([*united.get(folded(name), ()), *meant]))
    return united


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    gathered: dict[str, set[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in gathered.items()}
