"""What a table for a paper cites, as BibTeX: the release, the benchmark and the data that its tasks
are made of, the metrics, and the papers whose numbers stand in it.

A task says in a sentence where it comes from: "Last and Last (2019), Title, Venue 2019, arXiv:1234.5;
source data: ...". What is so written becomes an entry with authors, by their last names where no
paper of the release (with first names) is the same; any other sentence becomes the note of an entry
without authors, so that nothing is lost. What is unknown is not cited. Keys are of the release and
not of a table: where several of its sources have one, a, b, ... stand behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING

from app.escaping import address, bibtex, bibtex_authors
from app.grouping import grouped
from submissions.store.released.release import ReleaseReader
from submissions.store.released.reported_rows import PaperRow
from submissions.store.released.scored_rows import MetricRow, TaskRow

if TYPE_CHECKING:
    from submissions.declarations.metric_papers import MetricPaper

_CITED = re.compile(r"(?P<authors>[^()]+?) \((?P<year>\d{4})\), (?P<title>.+)", re.DOTALL)
_ARXIV = re.compile(r",? arXiv:(\S+)$", re.IGNORECASE)
_VENUE = re.compile(r"(?P<title>.+), (?P<venue>[^,]*[\d)])", re.DOTALL)
"""A title may have commas; the venue is behind the last, and has a year or a volume."""
_SMALL = {"a", "an", "the", "on", "of", "and", "for", "in"}
DATA, OTHERS = "source data:", "others"


@dataclass(frozen=True)
class CitedSource:
    """Something that is cited; "" and 0 for what is not known.

    Attributes:
        key: Of the entry.
        authors: "Last, First" each, last names alone, or one name that is no person's.
        title: Its title.
        year: When it came out.
        venue: Where.
        arxiv: Its number there.
        note: What else is to be said.
        date: The day, of a release.
        url: Where it is shown.
    """

    key: str
    authors: tuple[str, ...] = ()
    title: str = ""
    year: int = 0
    venue: str = ""
    arxiv: str = ""
    note: str = ""
    date: str = ""
    url: str = ""

    def bibtex(self) -> str:
        """Return the entry."""
        fields = {
            "author": _names(self.authors),
            # What it is sorted by where nobody is known to have written it.
            "key": "" if self.authors else self.key,
            "title": f"{{{bibtex(self.title)}}}" if self.title else "",
            "howpublished": bibtex(self.venue),
            "year": str(self.year or ""),
            "date": bibtex(self.date),
            "eprint": bibtex(self.arxiv),
            "archiveprefix": "arXiv" if self.arxiv else "",
            "note": bibtex(self.note),
            "url": address(self.url),
        }
        stated = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
        return "\n".join([f"@misc{{{self.key},", ",\n".join(stated), "}"])


@dataclass(frozen=True)
class Bibliography:
    """All that a table cites.

    Attributes:
        release: The release.
        benchmark: Where its tasks come from.
        data: What these are made of: task id -> source.
        metrics: Name -> sources.
        papers: Those whose numbers stand in the table.
    """

    release: CitedSource
    benchmark: tuple[CitedSource, ...]
    data: dict[str, CitedSource]
    metrics: dict[str, tuple[CitedSource, ...]]
    papers: tuple[CitedSource, ...]

    @property
    def sources(self) -> Iterator[CitedSource]:
        """All of them; some several times."""
        yield from (self.release, *self.benchmark, *self.data.values())
        yield from chain.from_iterable(self.metrics.values())
        yield from self.papers


def bibtex_of(tables: Iterable[Bibliography]) -> str:
    """Return the entries of some tables of one release, each once."""
    sources = dict.fromkeys(source for table in tables for source in table.sources)
    return "\n\n".join(source.bibtex() for source in sources) + "\n"


def bibliography(
    release: ReleaseReader,
    tasks: Sequence[TaskRow],
    metrics: Iterable[MetricRow],
    papers: Iterable[PaperRow],
    authors: tuple[str, ...],
    url: str = "",
) -> Bibliography:
    """Return what a table cites.

    Args:
        release: Whose values stand in it.
        tasks: Of one board, at least one.
        metrics: Of its columns.
        papers: Whose numbers stand in it too.
        authors: Who the board is cited as.
        url: Of the table on the site; "" where it was not made there.
    """
    from submissions.declarations.metric_papers import metric_papers, papers_of

    known = [_of_paper(paper) for paper in release.papers()]
    of_metrics = {paper.key: _known(_of_metric(paper), known) for paper in metric_papers()}
    by_task = {task.id: list(_sources(task, known)) for task in release.tasks()}
    of_tasks = [source for sources in by_task.values() for _, source in sources]
    keyed = told_apart((*of_metrics.values(), *of_tasks), known)
    cited = [
        (task.id, is_data, keyed[source]) for task in tasks for is_data, source in by_task[task.id]
    ]
    row, board = release.release, tasks[0].benchmark
    invented = " (invented data)" if any(task.demonstration for task in tasks) else ""
    day = row.created_at[:10]
    return Bibliography(
        CitedSource(
            f"reasonboard-release-{row.number}-{re.sub(r'[^a-z0-9]+', '-', board.casefold())}",
            authors,
            f"The {board} board{invented}, release {row.number}",
            int(day[:4]),
            f"ReasonBoard, release {row.number}",
            date=day,
            url=url,
        ),
        tuple(dict.fromkeys(source for _, is_data, source in cited if not is_data)),
        {task: source for task, is_data, source in cited if is_data},
        {
            metric.name: tuple(keyed[of_metrics[paper.key]] for paper in papers_of(metric.name))
            for metric in metrics
        },
        tuple(_of_paper(paper) for paper in papers),
    )


def told_apart(
    sources: Iterable[CitedSource], kept: Collection[CitedSource]
) -> dict[CitedSource, CitedSource]:
    """Return each source with a key of its own: a, b, ... stand behind one that several have.

    Args:
        sources: In the order of the letters.
        kept: Those whose keys stay.
    """
    # BibTeX takes keys in any case for the same.
    by_key = grouped((s.key.casefold(), s) for s in dict.fromkeys((*kept, *sources)))
    keyed = {}
    for key, own in by_key.items():
        free = (key + letters for letters in _letters() if key + letters not in by_key)
        for source in own:
            alone = len(own) == 1 or source in kept
            keyed[source] = source if alone else replace(source, key=next(free))
    return keyed


def _letters() -> Iterator[str]:
    """Yield a to z, then aa, ab and so on."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _sources(task: TaskRow, known: Sequence[CitedSource]) -> Iterator[tuple[bool, CitedSource]]:
    """Yield where a task comes from, and whether that is its data."""
    origin, _, data = task.citation.partition(DATA)
    for is_data, sentence in ((False, origin.strip(" ;")), (True, data.strip(" ;"))):
        if sentence and sentence != "unknown":
            yield is_data, _known(source_of(sentence, task.benchmark), known)


def source_of(sentence: str, otherwise: str) -> CitedSource:
    """Return what a sentence cites; see the module.

    Args:
        sentence: A task's.
        otherwise: The key where it has no authors and year.
    """
    cited = _CITED.fullmatch(sentence)
    if cited is None:
        return CitedSource(f"{_word(otherwise)}-benchmark", title=sentence)
    rest, arxiv = cited["title"], _ARXIV.search(cited["title"])
    rest = rest[: arxiv.start()] if arxiv else rest
    parted = _VENUE.fullmatch(rest)
    title, venue = (parted["title"], parted["venue"]) if parted else (rest, "")
    authors = _authors(cited["authors"])
    return CitedSource(
        _key(authors[0], cited["year"], title),
        authors,
        title,
        int(cited["year"]),
        venue,
        arxiv[1] if arxiv else "",
    )


def _authors(names: str) -> tuple[str, ...]:
    several = names.removesuffix(" et al.")
    authors = tuple(filter(None, re.split(r",? and |, ", several)))
    return (*authors, OTHERS) if several != names else authors


def _names(authors: Sequence[str]) -> str:
    """Return authors for BibTeX, which writes "others" as "et al." where no braces hide it."""
    if not authors or authors[-1] != OTHERS:
        return bibtex_authors(authors)
    return f"{bibtex_authors(authors[:-1])} and {OTHERS}"


def _key(first: str, year: str, title: str) -> str:
    words = (_word(word) for word in re.split(r"[\s:–-]+", title))
    return _word(first) + year + next((word for word in words if word and word not in _SMALL), "")


def _word(text: str) -> str:
    """Return letters and digits that every BibTeX takes in a key."""
    plain_letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain_letters.casefold())


def _known(source: CitedSource, known: Iterable[CitedSource]) -> CitedSource:
    """Return the paper that a source is; else the source."""
    return next((paper for paper in known if _same(paper, source)), source)


def _same(paper: CitedSource, source: CitedSource) -> bool:
    if paper.arxiv and source.arxiv:
        return paper.arxiv == source.arxiv
    return paper.title.casefold() == source.title.casefold()


def _of_paper(row: PaperRow) -> CitedSource:
    return CitedSource(
        row.key, tuple(row.authors), row.title, row.year, row.venue, row.arxiv, row.note
    )


def _of_metric(paper: MetricPaper) -> CitedSource:
    return CitedSource(paper.key, paper.authors, paper.title, paper.year, paper.venue, paper.arxiv)
