"""Files of human ratings -> rated texts and ratings, with every problem of the file at once.

Two shapes are read.

* **Wide**, as the DR ratings of IMHI are published: a row a rated text, with the post (`text` or
  `post`), the text in a column named after the system that wrote it, and a column an aspect that
  lists the annotators' ratings: "[3, 2, 3]".
* **Long**: a row a rating, with `item`, `system`, `annotator`, `aspect`, `rating`, and what says
  which text was rated: `task` and `example_id` of an answer that the system submitted, or the text
  itself (`post`, and `explanation` or `output`).

A column named after its system, and `output`, hold what the system wrote, label sentence and all.
`explanation` holds the explanation alone, as in a submission. `gold` holds the right label as the
raters knew it; in a wide file `label` does, as in the published ones.

Names of annotators and systems are compared by `submissions.likeness.names`: "ana", "ANA " and
forms that differ in encoding or width alone are one, called as it was spelled first, and a note
says so. Systems are folded as annotators are, since the board takes no two systems whose names are
one by that rule either. One annotator rates one aspect of one text once. A second rating is a
problem that names both lines, also where it is the same: whoever is there twice was copied twice,
or is two people. Only where the row itself says that it is a revision ("yes" in a column
`revision`) does it count instead of the earlier one.

Columns may stand in any order, and further ones are passed over. Files come out of spreadsheets, so
UTF-8 with or without a byte order mark, UTF-16 and Windows-1252 are read, with commas, semicolons
or tabs, and with quotation marks doubled or behind a backslash. What a cell says is never guessed
at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from scoring.errors import nearest
from submissions.declarations.meta import is_reserved
from submissions.likeness.names import Spellings, folded_name, quoted
from submissions.problems import SubmissionRefused, shorten
from submissions.rating.rating_table import RatingTable, rating_table
from submissions.rating.rubrics import Aspect, Rubric, declared_rubric
from submissions.receiving.formats.budget import LIMITS
from submissions.receiving.formats.columns import column
from submissions.receiving.formats.row import describe, refused
from submissions.store.files.gold import post_id_of
from submissions.store.rated.ratings import RatingKey

IDENTIFYING = ("item", "task", "example_id", "post", "system", "explanation", "output")
LONG = ("annotator", "aspect", "rating")
REVISION = "revision"
_SAID = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
NO_TEXT = frozenset({"label", "gold", "id", "index", "", "query", REVISION, *IDENTIFYING, *LONG})
MISSING = frozenset({"", "none", "nan", "null", "na", "n/a", "-", "?"})
_NUMPY = re.compile(r"(?:np\.|numpy\.)?(?:int|float)\d*\(([^()]*)\)")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")


@dataclass(frozen=True)
class Naming:
    """What the person who imports says of a file besides what stands in it; None is for the file to
    say.

    Attributes:
        rubric: Id of what was rated.
        task: Id of the task whose explanations were rated.
        system: Who wrote them, or the column that they stand in.
    """

    rubric: str | None = None
    task: str | None = None
    system: str | None = None


class Known(NamedTuple):
    """Names that stand somewhere already: who is called so in a file is shown as they are spelled
    there.
    """

    annotators: Iterable[str] = ()
    systems: Iterable[str] = ()


NOBODY = Known()


@dataclass(frozen=True)
class Said:
    """A rated text as the file has it.

    Attributes:
        line: Where it stands first.
        item: What was rated; with the system it names the text.
        system: Who wrote it.
        task: "" where the file does not say.
        example_id: None where the file does not say.
        post: None where the file does not have it.
        output: What the system wrote, label sentence and all; None where the file does not have it.
        explanation: The explanation alone; None where the file does not have it.
        gold: The right label, as it is spelled there; None where the file does not say.
    """

    line: int
    item: str
    system: str
    task: str = ""
    example_id: str | None = None
    post: str | None = None
    output: str | None = None
    explanation: str | None = None
    gold: str | None = None


@dataclass(frozen=True)
class Given:
    """One rating.

    Attributes:
        line: Where it stands.
        item: Of what, with the system.
        system: As it was spelled first.
        annotator: As they were spelled first; a number where the file knows them by place.
        aspect: Of the rubric.
        rating: On the aspect's scale.
        revision: Whether it counts instead of an earlier one of the same file.
        spelled: The annotator as they are spelled here.
    """

    line: int
    item: str
    system: str
    annotator: str
    aspect: str
    rating: int
    revision: bool = False
    spelled: str = ""

    @property
    def key(self) -> RatingKey:
        """What it is of, and whose."""
        return self.item, self.system, self.annotator, self.aspect


@dataclass(frozen=True)
class RatingsFile:
    """A file, read without problems.

    Attributes:
        rubric: What was rated.
        texts: In file order.
        ratings: In file order.
        notes: What the person should know, such as columns that are passed over.
    """

    rubric: Rubric
    texts: tuple[Said, ...]
    ratings: tuple[Given, ...]
    notes: tuple[str, ...]

    @property
    def by_key(self) -> dict[RatingKey, int]:
        """(item, system, annotator, aspect) -> rating."""
        return {given.key: given.rating for given in self.ratings}


def read_ratings(
    path: Path, rubrics: Mapping[str, Rubric], naming: Naming, known: Known = NOBODY
) -> RatingsFile:
    """Read a file of ratings.

    Args:
        path: The file.
        rubrics: The declared ones.
        naming: What the file need not say.
        known: Whose names are spelled already.

    Raises:
        SubmissionRefused: Everything that is wrong with it.
        RubricError: No such rubric.
        OSError: It cannot be opened.
    """
    if path.stat().st_size > LIMITS.packed:
        raise refused(
            path.name, f"{path.stat().st_size:,} bytes", allowed=f"at most {LIMITS.packed:,} bytes"
        )
    table = rating_table(path.name, path.read_bytes())
    table.annotators, table.systems = Spellings(known.annotators), Spellings(known.systems)
    # Refused at once where there is no such rubric: all else would be held against the wrong one.
    asked = None if naming.rubric is None else declared_rubric(rubrics, naming.rubric)
    # A wide file has a column an aspect, and none that is called so.
    if {"aspect", "rating"} <= set(table.header):
        names = {cells["aspect"].strip().casefold() for _, cells in table.records}
        rubric = asked or _rubric_of(
            table, rubrics, names, f"aspects found: {_listed(sorted(names))}"
        )
        texts, ratings = _long(table, rubric, naming)
    else:
        names = set(table.header)
        rubric = asked or _rubric_of(table, rubrics, names, f"found: {_listed(table.header)}")
        texts, ratings = _wide(table, rubric, naming)
    if not table.problems and not ratings:
        table.fault(
            None, "", "", "holds no rating", hint="fill in the ratings, then import it again"
        )
    if table.problems:
        raise SubmissionRefused(sorted(table.problems, key=lambda problem: problem.line or 0))
    spelled = [*table.annotators.lines("annotator"), *table.systems.lines("system")]
    return RatingsFile(rubric, tuple(texts), tuple(ratings), (*table.notes, *spelled))


def parse_ratings(cell: str) -> list[int | str | None]:
    """Return the ratings that a cell lists.

    Whole numbers, None for a missing one, text for what is neither.

    Brackets and quotation marks do not matter, nor whether commas, semicolons, bars or spaces stand
    between.
    """
    # A list that a notebook printed: "[np.int64(3), np.int64(2)]".
    text = _NUMPY.sub(r"\1", cell).strip().strip("[](){}").strip()
    if text.casefold() in MISSING:
        return []
    # Spaces part ratings only where nothing else does: "3, 2" is two ratings and not three.
    tokens = re.split(r"[,;|/\n]", text) if re.search(r"[,;|/\n]", text) else text.split()
    # A closing comma is no further rating.
    if len(tokens) > 1 and not tokens[-1].strip():
        tokens.pop()
    return [_rating(token.strip().strip("'\"").strip()) for token in tokens]


def _rating(token: str) -> int | str | None:
    if token.casefold() in MISSING:
        return None
    # 16 digits on, a float is not the number that stands there.
    return int(float(token)) if _WHOLE.fullmatch(token) and len(token) < 16 else token


# What was rated


def _rubric_of(
    table: RatingTable, rubrics: Mapping[str, Rubric], names: set[str], why: str
) -> Rubric:
    rubric = _best(rubrics, names)
    if rubric is not None:
        return rubric
    declared = "; ".join(f"{rubric.id}: {', '.join(rubric.names)}" for rubric in rubrics.values())
    raise SubmissionRefused(
        [
            *table.problems,
            describe(
                table.file,
                f"does not tell which rubric's aspects were rated ({why})",
                line=1,
                allowed=(
                    "a column an aspect, or the columns item, system, annotator, aspect, rating"
                    f" ({declared})"
                ),
                hint="say which with --rubric",
            ),
        ]
    )


def _listed(names: Iterable[str]) -> str:
    return shorten(", ".join(names), 200)


def _best(rubrics: Mapping[str, Rubric], names: set[str]) -> Rubric | None:
    """Return the rubric most of whose aspects are among `names`.

    None where none is, or two are alike.
    """
    shares = sorted(
        ((len(names & set(r.names)) / len(r.names), r.id) for r in rubrics.values()), reverse=True
    )
    # Two rubrics that fit alike are a question for a person.
    tied = len(shares) > 1 and shares[0][0] == shares[1][0]
    return None if tied or not shares[0][0] else rubrics[shares[0][1]]


# The wide shape


def _wide(table: RatingTable, rubric: Rubric, naming: Naming) -> tuple[list[Said], list[Given]]:
    aspects = {name: aspect for name in table.header if (aspect := rubric.aspect(name))}
    for name in rubric.names:
        if name not in aspects:
            # Column names are short, so only one that is nearly the same is worth asking about.
            near = nearest(name, _unknown(table, rubric), cutoff=0.7)
            _missing_column(
                table, name, hint=near or "add it, with empty cells, if nobody rated it"
            )
    if "post" not in table.header and "example_id" not in table.header:
        _missing_column(
            table, "text", hint="it holds the post; `post` will do, or `task` and `example_id`"
        )
    written = _written(table, rubric, naming)
    if written is None:  # the ratings are checked all the same: everything is said at once
        for line, cells in table.records:
            for name, aspect in aspects.items():
                list(_ratings_in(table, aspect, cells[name], Said(line, "", ""), revision=False))
        return [], []
    _note_unread(table, {written, *aspects, REVISION, "gold", *IDENTIFYING})
    kept = _Kept(table)
    for line, cells in table.records:
        said = _wide_text(table, line, cells, written, naming)
        revision = _is_revision(table, line, cells)
        given = [
            entry
            for name, aspect in aspects.items()
            for entry in _ratings_in(table, aspect, cells[name], said, revision=revision)
        ]
        kept.add(said, given)
    return kept.texts, kept.ratings


def _missing_column(table: RatingTable, name: str, hint: str) -> None:
    columns = _listed(table.header)
    table.fault(1, "", "", f"the column `{name}` is missing (found: {columns})", hint=hint)


def _unknown(table: RatingTable, rubric: Rubric) -> list[str]:
    return [name for name in table.header if name not in NO_TEXT and not rubric.aspect(name)]


def _written(table: RatingTable, rubric: Rubric, naming: Naming) -> str | None:
    """Return the column of the rated texts; None, with a problem, where that cannot be told."""
    # What the importer says stands above what the file looks like.
    if naming.system is not None and column(naming.system) in table.header:
        return column(naming.system)
    for name in ("output", "explanation"):
        if name in table.header:
            if naming.system is None and "system" not in table.header:
                table.fault(
                    1, name, "", "does not tell which system wrote it", hint="say so with --system"
                )
                return None
            return name
    candidates = [name for name in _unknown(table, rubric) if _holds_text(table, name)]
    if len(candidates) == 1:
        return candidates[0]
    listed = (
        "there is none" if not candidates else f"there are {', '.join(map(repr, candidates[:5]))}"
    )
    table.fault(
        1,
        "",
        "",
        "one column must hold the rated texts and be named after the system that wrote them;"
        f" {listed}",
        hint="name it with --system",
    )
    return None


def _holds_text(table: RatingTable, name: str) -> bool:
    """Return whether a column holds words in at least half of its cells.

    Ids, numbers and rare remarks do not.
    """
    cells = [cells[name].strip() for _, cells in table.records]
    words = sum(any(char.isalpha() for char in cell) for cell in cells)
    # pandas calls an index column so when it writes one.
    return bool(name) and words * 2 >= len(cells) and not name.startswith("unnamed:")


def _note_unread(table: RatingTable, known: set[str]) -> None:
    unread = [table.titles[name] for name in table.header if name not in known | {"label", ""}]
    if unread:
        table.notes.append(
            f"not read: column {', '.join(f'`{shorten(name)}`' for name in unread[:10])}"
        )


def _wide_text(
    table: RatingTable, line: int, cells: Mapping[str, str], written: str, naming: Naming
) -> Said:
    # The rated text is kept as it stands: what raters saw may begin with white space.
    post, example_id, text = _cell(cells, "post"), _cell(cells, "example_id"), cells[written]
    if post is None and example_id is None:
        table.fault(line, "text", "", "the post is missing", "the post that the explanation is of")
    if not text.strip():
        table.notes.append(f"line {line}: the rated text is empty")
    return Said(
        line=line,
        item=_cell(cells, "item") or _item(post or example_id or "", text),
        system=_system(table, line, cells, written, naming),
        task=_cell(cells, "task") or "",
        example_id=example_id,
        post=post,
        output=None if written == "explanation" else text,
        explanation=text if written == "explanation" else None,
        gold=_cell(cells, "gold") or _cell(cells, "label"),
    )


def _cell(cells: Mapping[str, str], name: str) -> str | None:
    """Return what stands in a cell; None where nothing does, or there is no such column."""
    return cells.get(name, "").strip() or None


def _item(post: str, text: str) -> str:
    """Return an id made of post and text.

    The same post may be rated with several texts of one system.
    """
    return f"{post_id_of(post)}.{post_id_of(text)[2:10]}"


def _system(
    table: RatingTable, line: int, cells: Mapping[str, str], written: str, naming: Naming
) -> str:
    if written not in ("output", "explanation"):
        # A name that is the column's own is spelled better in the header, which has its capitals.
        asked = naming.system if naming.system and column(naming.system) != written else None
        return asked or table.titles[written]
    system = _cell(cells, "system") or naming.system or ""
    if not folded_name(system):
        table.fault(
            line,
            "system",
            "",
            "is empty",
            "the system that wrote the text",
            "or say it with --system",
        )
    return table.systems.first(system)


def _ratings_in(
    table: RatingTable, aspect: Aspect, cell: str, said: Said, *, revision: bool
) -> Iterator[Given]:
    for place, rating in enumerate(parse_ratings(cell), start=1):
        if rating is not None and _on_scale(table, aspect, said.line, rating):
            annotator, value = str(place), int(rating)
            yield Given(said.line, said.item, said.system, annotator, aspect.name, value, revision)


def _is_revision(table: RatingTable, line: int, cells: Mapping[str, str]) -> bool:
    cell = cells.get(REVISION, "").strip().casefold()
    # A revision counts instead of an earlier rating, so "maybe" must not be taken for either.
    if cell not in _SAID:
        table.fault(line, REVISION, cells[REVISION], "does not tell", "yes, or no, or nothing")
    return _SAID.get(cell, False)


def _on_scale(table: RatingTable, aspect: Aspect, line: int, rating: int | str) -> bool:
    if isinstance(rating, int) and aspect.low <= rating <= aspect.high:
        return True
    table.fault(
        line,
        aspect.name,
        str(rating),
        "not a rating on this scale",
        f"whole numbers from {aspect.low} to {aspect.high}",
        "leave it empty where an annotator gave none",
    )
    return False


# The long shape


def _long(table: RatingTable, rubric: Rubric, naming: Naming) -> tuple[list[Said], list[Given]]:
    missing = [name for name in LONG if name not in table.header]
    missing += ["system"] if "system" not in table.header and naming.system is None else []
    # An example's id names what was rated as well as an item does.
    missing += ["item"] if not {"item", "example_id"} & set(table.header) else []
    for name in missing:
        _missing_column(
            table, name, nearest(name, [n for n in table.header if n not in NO_TEXT], cutoff=0.7)
        )
    if missing:
        return [], []
    _note_unread(table, {REVISION, "gold", *IDENTIFYING, *LONG})
    kept, empty = _Kept(table), 0
    for line, cells in table.records:
        said = _long_text(table, line, cells, naming)
        given = _one(table, rubric, line, cells, said)
        empty += cells["rating"].strip().casefold() in MISSING
        kept.add(said, [given] if given else [])
    if empty:
        table.notes.append(f"rows without a rating: {empty:,}")
    return kept.texts, kept.ratings


def _long_text(table: RatingTable, line: int, cells: Mapping[str, str], naming: Naming) -> Said:
    example_id = _cell(cells, "example_id")
    item = _cell(cells, "item") or example_id or ""
    system = table.systems.first(cells.get("system", "") or naming.system or "")
    for name, value in (("item", item), ("system", system)):
        if not folded_name(value):
            table.fault(
                line, name, "", "is empty", "what was rated" if name == "item" else "who wrote it"
            )
    return Said(
        line,
        item,
        system,
        _cell(cells, "task") or "",
        example_id,
        _cell(cells, "post"),
        cells.get("output") or None,
        cells.get("explanation") or None,
        _cell(cells, "gold"),
    )


def _one(
    table: RatingTable, rubric: Rubric, line: int, cells: Mapping[str, str], said: Said
) -> Given | None:
    # A row with any fault gives no rating, or the same fault would be told twice.
    known = len(table.problems)
    annotator = table.annotators.first(cells["annotator"])
    name = cells["aspect"].strip().casefold()
    revision = _is_revision(table, line, cells)
    if not folded_name(annotator):
        table.fault(line, "annotator", "", "is empty", "who gave the rating: any name or number")
    aspect = rubric.aspect(name)
    if aspect is None:
        allowed = ", ".join(rubric.names)
        table.fault(
            line,
            "aspect",
            cells["aspect"],
            f"not an aspect of {rubric.id}",
            allowed,
            nearest(name, rubric.names),
        )
        return None
    # An empty rating is allowed: a row may say that an annotator gave none.
    ratings = parse_ratings(cells["rating"]) or [None]
    if len(ratings) > 1:
        table.fault(line, "rating", cells["rating"], "more than one rating", "one a row")
    elif (
        ratings[0] is not None
        and _on_scale(table, aspect, line, ratings[0])
        and len(table.problems) == known
    ):
        return Given(
            line,
            said.item,
            said.system,
            annotator,
            name,
            int(ratings[0]),
            revision,
            cells["annotator"],
        )
    return None


def _who(rating: Given, earlier: Given) -> str:
    # In a wide file annotators are places, and have no spelling.
    if rating.spelled in ("", earlier.spelled):
        return rating.annotator
    return f"{rating.annotator} ({quoted(earlier.spelled)} there, {quoted(rating.spelled)} here)"


class _Kept:
    """Texts and ratings so far; a text may be told of again, and is rated once by
    each annotator.
    """

    def __init__(self, table: RatingTable) -> None:
        self._table = table
        self._texts: dict[tuple[str, str], Said] = {}
        self._ratings: dict[RatingKey, Given] = {}

    @property
    def texts(self) -> list[Said]:
        """In the order in which they stand first."""
        return list(self._texts.values())

    @property
    def ratings(self) -> list[Given]:
        """Those that count."""
        return list(self._ratings.values())

    def add(self, said: Said, given: Iterable[Given]) -> None:
        """Take in one row."""
        key = (said.item, said.system)
        first = self._texts.get(key)
        self._texts[key] = said if first is None else self._merged(first, said)
        if first is None and is_reserved(said.system):
            self._table.fault(
                said.line,
                "system",
                said.system,
                "is what all rated systems together are called",
                "any other name",
                "rename the system, in the file or with --system",
            )
        for rating in given:
            self._rate(rating)

    def _merged(self, first: Said, said: Said) -> Said:
        """Return what several lines say of one text; any of them may say it in full."""
        merged = {}
        for name in ("task", "example_id", "post", "output", "explanation", "gold"):
            old, new = getattr(first, name), getattr(said, name)
            # What one line leaves out another may say; only what they say differently is a fault.
            if old and new and old != new:
                self._table.fault(
                    said.line,
                    name,
                    new,
                    f"line {first.line} has another {name} for {said.item} of {said.system}",
                    hint="give every rated text an `item` of its own",
                )
            merged[name] = old or new
        return replace(first, **merged)

    def _rate(self, given: Given) -> None:
        earlier = self._ratings.get(given.key)
        self._ratings[given.key] = given
        if given.revision and earlier is None:
            self._table.fault(
                given.line,
                REVISION,
                "",
                f"no earlier line has a rating of this text by annotator {given.annotator}",
                hint="leave `revision` empty; a whole file is corrected with --revise",
            )
        elif earlier is not None and not given.revision:
            # The earlier one stays, so that a third line is held against it too.
            self._ratings[given.key] = earlier
            self._table.fault(
                given.line,
                given.aspect,
                str(given.rating),
                f"line {earlier.line} has {earlier.rating} for the same text, by annotator"
                f" {_who(given, earlier)}",
                "one rating of a text by an annotator",
                'remove one of the lines, or say "yes" in a column `revision` where the later one'
                " is meant to count",
            )
