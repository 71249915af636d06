"""Takes human ratings in: a file is read, its texts are found, and all of it is stored or nothing.

A rated text is in the file itself, or it is an answer that a submitted system gave to an example.
It is kept as it was rated. Which reference it is held against is found each time anew
(`submissions.rating.rated_values`), so gold may be imported after the ratings.

What was redacted here does not come back in a file: its texts are passed over, with their ratings,
and the report says so. They are known by hash: posts, outputs that were redacted themselves, and
what was written about a redacted post, which counts only where the file does not tell the post: of
two posts a system may say the same.

A file is a set of ratings, called like the file unless its importer names it, and reported apart
from every other (`submissions.rating.sets`). The same file again changes nothing, whatever it is
called. Another file under the name of a set is refused, unless it is said to revise it: then what
differs is added as a later rating of the same text, and what is gone is taken back. Its annotators
are held against those that stand there by `submissions.likeness.names`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from scoring.errors import ReasonBoardError, nearest
from scoring.segments import REDACTED, Example
from scoring.tasks import Task, TasksById, normalise_gold
from submissions.benchmarks.importing import UnknownTask, declared_task
from submissions.likeness.names import Spellings, folded_name, quoted
from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.rating.rating_files import Known, Naming, RatingsFile, Said, read_ratings
from submissions.rating.rubrics import Rubric
from submissions.rating.sets import benchmarks_of, refuse_name, refuse_twice
from submissions.rating.shown import looks
from submissions.rating.transcript_tasks import Transcripts, usable_transcript_tasks
from submissions.rating.transcripts import (
    UNNAMED,
    named_by_transcripts,
    rated_transcripts,
    stored_transcripts,
)
from submissions.store.files.gold import post_id_of
from submissions.store.files.outputs import TaskOutputs, read_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.forgotten_annotators import is_forgotten, sets_with_forgotten
from submissions.store.rated.ratings import (
    FILE,
    JUDGED,
    ROUND,
    RatedText,
    Rating,
    RatingKey,
    Source,
    add_source,
    current_ratings,
    joins,
    redacted_hashes,
    shown_texts,
    sources,
    text_hash,
)
from submissions.store.submitted.submissions import Submission, submissions
from submissions.wording import counted, noun_for


class RatingsRefused(ReasonBoardError):
    """A file that cannot be taken beside what is there."""


@dataclass(frozen=True)
class ImportRequest:
    """What a person asks for who imports a file.

    Attributes:
        author: Who.
        reason: Why.
        naming: What the file need not say of itself.
        ratings: The set that it is; None for the one called like the file.
        revise: Whether it corrects the set of that name.
        kind: Whose ratings they are: FILE people's, JUDGED models' (of transcripts alone).
    """

    author: str
    reason: str
    naming: Naming = field(default_factory=Naming)
    ratings: str | None = None
    revise: bool = False
    kind: str = FILE


@dataclass(frozen=True)
class ImportedRatings:
    """What became of a file.

    Attributes:
        source: As stored; the earlier one where the file was there already.
        new: Whether anything was stored.
        lines: What to tell, a line each.
    """

    source: Source
    new: bool
    lines: tuple[str, ...]


def import_ratings(
    folder: DataFolder,
    tasks: TasksById,
    rubrics: Mapping[str, Rubric],
    path: Path,
    asked: ImportRequest,
) -> ImportedRatings:
    """Import a file of ratings.

    Raises:
        SubmissionRefused: With everything that is wrong in the file; nothing is stored.
        RatingsRefused: It does not go with what is there.
        ReasonBoardError: No such rubric, or no such task.
    """
    name = _set_name(folder, asked.ratings or path.stem)
    spoken = usable_transcript_tasks(folder.path).get(asked.naming.task or "")
    if spoken is None and asked.kind == JUDGED:
        raise RatingsRefused(
            "models' ratings in a file are of transcripts: say whose with --task; of explanations"
            " models rate by `reasonboard judge`"
        )
    # Before the file is looked for among those that are there: how it is read is part of what it
    # is.
    naming = asked.naming if spoken is None else _naming(spoken, asked.naming)
    read = read_ratings(path, rubrics, naming, _known(folder, name))
    here = {} if spoken is None else stored_transcripts(folder, spoken)
    read = named_by_transcripts(read, here)
    source = _source(path, read, name, asked)
    for same in sources(folder):
        if same.sha256 == source.sha256:
            message = f"{path.name}: imported before, as the set {same.ratings!r}; nothing to do"
            return ImportedRatings(same, new=False, lines=(message,))
    # Handed on to the storing, which refuses where another file of the set came in between.
    earlier = sources(folder, name)
    _check_set(folder, source, earlier, revise=asked.revise)
    matched = (
        _found_texts(folder, tasks, read, path.name, asked.naming)
        if spoken is None
        else rated_transcripts(read, here, spoken, path.name, redacted_hashes(folder))
    )
    read, forgotten = _without_forgotten(folder, read, name, matched)
    _check_benchmark(folder, name, matched)
    unread = _unread_gold(read.texts, matched)
    texts, redacted = _without_redacted(folder, read.texts, matched, path.name)
    # Ratings of what may not come in would be numbers of no text.
    taken = {text.key for text in texts}
    read = replace(
        read,
        ratings=tuple(rating for rating in read.ratings if (rating.item, rating.system) in taken),
    )
    ratings = _to_add(current_ratings(folder, name), read.by_key)
    _check_join(folder, source, texts, read.by_key)
    stored = add_source(folder, source, texts, ratings, earlier)
    return ImportedRatings(
        stored,
        True,
        (*forgotten, *redacted, *unread, *_report(folder, tasks, read, texts, ratings, stored)),
    )


def _naming(spoken: Transcripts, naming: Naming) -> Naming:
    """Return how a file of transcripts' ratings is read: by their rubric, and of whom they say."""
    if naming.rubric not in (None, spoken.rubric):
        raise RatingsRefused(f"{spoken.id} is rated by {spoken.rubric}: leave --rubric out")
    return Naming(spoken.rubric, spoken.id, naming.system or UNNAMED)


def _set_name(folder: DataFolder, name: str) -> str:
    """Return the name as a set has it already; as it is said, where none has."""
    return Spellings(source.ratings for source in sources(folder)).first(name)


def _known(folder: DataFolder, name: str) -> Known:
    """Return how names are spelled that stand here already.

    A set's annotators, its systems, those submitted.
    """
    # A rater of one name is one rater in all sets of a join.
    joined = next((join.members for join in joins(folder) if name in join.members), (name,))
    keys = [key for member in joined for key in current_ratings(folder, member)]
    return Known(
        (annotator for _, _, annotator, _ in keys),
        [
            *(system for _, system, _, _ in keys),
            *(
                shown
                for submission in submissions(folder)
                for shown in (submission.system, submission.name)
            ),
        ],
    )


def _source(path: Path, read: RatingsFile, name: str, asked: ImportRequest) -> Source:
    """Return the source to be stored; how its columns were to be read is part of what it is."""
    how: tuple[str | None, ...] = (read.rubric.id, asked.naming.task, asked.naming.system)
    # Earlier versions passed the right labels over: such a file may come in again, as a revision.
    how = (*how, "gold") if any(text.gold for text in read.texts) else how
    how = (*how, JUDGED) if asked.kind == JUDGED else how
    said = repr(how).encode()
    digest = hashlib.sha256(hashlib.sha256(path.read_bytes()).digest() + said).hexdigest()
    identity = hashlib.sha256(repr((name, digest)).encode()).hexdigest()[:12]
    about = (asked.author, asked.reason, "")
    return Source(identity, name, read.rubric.id, asked.kind, path.name, digest, "", *about)


def _check_set(
    folder: DataFolder, source: Source, earlier: Sequence[Source], *, revise: bool
) -> None:
    """Refuse a file that may not be the set that it would be.

    Raises:
        RatingsRefused: It may not.
        SetRefused: The name is a joined set's, or none.
    """
    if not earlier and revise:
        names = ", ".join(dict.fromkeys(stored.ratings for stored in sources(folder))) or "none"
        raise RatingsRefused(
            f"no set of ratings is called {source.ratings!r} that could be revised; imported:"
            f" {names}. Leave --revise out, or say with --name which set the file revises."
        )
    if not earlier:
        refuse_name(folder, source.ratings)
        return
    if earlier[0].kind == ROUND:
        raise RatingsRefused(
            f"{source.ratings!r} is a round of rating; name another set with --name"
        )
    if earlier[0].kind != source.kind:
        raise RatingsRefused(
            f"the set {source.ratings!r} is not of the same kind of raters: people's ratings and"
            " models' are sets of their own; name another with --name"
        )
    if earlier[0].rubric != source.rubric:
        raise RatingsRefused(
            f"the set {source.ratings!r} holds ratings by the rubric {earlier[0].rubric}"
            f" ({earlier[0].name}), and {source.name} is rated by {source.rubric}: name another set"
            " with --name"
        )
    # Last, because what is wrong above is wrong of a revision too.
    if not revise:
        raise RatingsRefused(
            f"the set {source.ratings!r} was imported on {earlier[-1].received_at}"
            f" ({earlier[-1].name}) with other content or other options. If this file corrects it,"
            " import it with --revise. If it holds further ratings, name a set of its own with"
            " --name; `reasonboard ratings join` then reports both as one, where they are one"
            " study."
        )


def _check_benchmark(folder: DataFolder, name: str, texts: Sequence[RatedText]) -> None:
    # What an earlier file of the set rated counts too.
    both = sorted(benchmarks_of(folder, name) | {text.task.split("/", 1)[0] for text in texts})
    if len(both) > 1:
        raise RatingsRefused(
            f"a set of ratings is of one benchmark's explanations; {name!r} would be of"
            f" {', '.join(both)}: import each benchmark's ratings as a set of its own, with --name"
        )


def _check_join(
    folder: DataFolder, source: Source, texts: Sequence[RatedText], given: Mapping[RatingKey, int]
) -> None:
    """Refuse a set that is part of a joined one and no longer goes with the others."""
    # Before anything is stored: a joined set that rates a text twice could state no agreement.
    for join in joins(folder):
        if source.ratings in join.members:
            refuse_twice(folder, join, source.ratings, {text.key: text for text in texts}, given)


# The rated texts


def _found_texts(
    folder: DataFolder, tasks: TasksById, read: RatingsFile, file: str, naming: Naming
) -> list[RatedText]:
    finder = _Finder(folder, tasks, file, naming.task or read.rubric.task or "")
    texts = [finder.find(said) for said in read.texts]
    if finder.problems:
        raise SubmissionRefused(finder.problems)
    return [text for text in texts if text is not None]


class _Finder:
    """Finds what was rated: the task, the example, and the text where the file does not hold it."""

    def __init__(self, folder: DataFolder, tasks: TasksById, file: str, task: str) -> None:
        self.problems: list[Problem] = []
        self._folder, self._tasks, self._file, self._task = folder, tasks, file, task
        self._examples: dict[str, dict[str, Example]] = {}
        self._runs: dict[tuple[str, str], tuple[TaskOutputs, dict[str, int]]] = {}

    def find(self, said: Said) -> RatedText | None:
        """Return the text of `said`; None with a problem."""
        task = self._declared(said)
        if task is None:
            return None
        example = self._example(task, said)
        if example is None and (said.example_id or not _has_text(said)):
            return None
        post = said.post or (example.post if example else None)
        text = RatedText(
            said.item,
            said.system,
            task.id,
            post_id_of(post) if post else f"item:{said.item}",
            example.example_id if example else None,
            post,
            said.output,
            said.explanation,
            gold=_gold(task, said.gold),
        )
        return (
            text
            if _has_text(said) or example is None
            else self._submitted(task, example, said, text)
        )

    def _fault(
        self, said: Said, name: str, value: str, problem: str, allowed: str = "", hint: str = ""
    ) -> None:
        self.problems.append(Problem(self._file, said.line, name, value, problem, allowed, hint))

    def _declared(self, said: Said) -> Task | None:
        name = said.task or self._task
        if not name:
            self._fault(
                said, "task", "", "does not tell which task was answered", hint="say so with --task"
            )
            return None
        try:
            task = declared_task(self._tasks, name)
        except UnknownTask:
            self._fault(
                said, "task", name, "not a declared task", hint=nearest(name, list(self._tasks))
            )
            return None
        if not task.explained:
            self._fault(said, "task", name, "asks for labels alone", "a task with explanations")
            return None
        return task

    def _example(self, task: Task, said: Said) -> Example | None:
        """Return the example that the file names.

        Without a text of its own, the item may be the example.
        """
        # An item id beside a text is the file's own, and need not be an example of ours.
        named = said.example_id or (None if _has_text(said) else said.item)
        if named is None:
            return None
        if task.id not in self._examples:
            store = PostStore(self._folder.posts)
            examples = store.examples(task) if store.has(task) else ()
            self._examples[task.id] = {example.example_id: example for example in examples}
        known = self._examples[task.id]
        if not known:
            hint = (
                "import it (`reasonboard benchmark import`), or give post and explanation in the"
                " file"
            )
            self._fault(
                said, "example_id", named, f"the gold of {task.id} is not imported", hint=hint
            )
        elif named not in known:
            hint = (
                nearest(named, list(known))
                or "or give the text itself, in a column `explanation` or `output`"
            )
            self._fault(said, "example_id", named, f"not an example of {task.id}", hint=hint)
        return known.get(named)

    def _submitted(
        self, task: Task, example: Example, said: Said, text: RatedText
    ) -> RatedText | None:
        """Return what a submitted system answered."""
        submission = self._submission(task, said)
        if submission is None:
            names = list(
                dict.fromkeys(
                    own.system for own in self._submissions if own.benchmark == task.benchmark
                )
            )
            hint = (
                nearest(said.system, names) or "give the text in a column `explanation` or `output`"
            )
            self._fault(
                said,
                "system",
                said.system,
                f"neither has the file a text of it, nor was one submitted for {task.id}",
                ", ".join(names[:10]),
                hint,
            )
            return None
        run, places = self._answers(submission, task)
        if example.example_id not in places:
            self._fault(said, "example_id", example.example_id, f"{said.system} did not answer it")
            return None
        place = places[example.example_id]
        return replace(
            text,
            output=run.outputs[place],
            explanation=run.explanations_given[place],
            label=run.labels_given[place],
            submission=submission.id,
        )

    @cached_property
    def _submissions(self) -> tuple[Submission, ...]:
        return submissions(self._folder)

    def _submission(self, task: Task, said: Said) -> Submission | None:
        """Return the newest version of that name; "System Version" names an older one."""
        return next(
            (
                submission
                # The newest first: a file that names no version was rated on what was there last.
                for submission in reversed(self._submissions)
                if task.id in submission.tasks
                and folded_name(said.system)
                in map(folded_name, (submission.system, submission.name))
            ),
            None,
        )

    def _answers(self, submission: Submission, task: Task) -> tuple[TaskOutputs, dict[str, int]]:
        """Return what was answered, and where each example's answer stands in it."""
        key = (submission.id, task.id)
        if key not in self._runs:
            run = first_run(self._folder, submission, task.id)
            self._runs[key] = run, {name: place for place, name in enumerate(run.example_ids)}
        return self._runs[key]


def first_run(folder: DataFolder, submission: Submission, task: str) -> TaskOutputs:
    """Return a submission's first repetition of a task that it answers.

    What people are shown of it.
    """
    runs = read_outputs(folder.outputs(submission.outputs), task).runs
    return min(runs, key=lambda run: run.repetition)


def _gold(task: Task, said: str | None) -> str | None:
    """Return the label's name that a file states as the right one; None where it is no label."""
    if said is None:
        return None
    # As the published ratings have it: 1 where the condition is there.
    number = {"1": "yes", "0": "no"}.get(said, "")
    return task.gold_labels.get(normalise_gold(said)) or task.gold_labels.get(number)


def _unread_gold(said: Sequence[Said], texts: Sequence[RatedText]) -> list[str]:
    unread = [line for line, text in zip(said, texts, strict=True) if line.gold and not text.gold]
    if not unread:
        return []
    first, right = unread[0], counted(len(unread), "right label")
    return [
        f"note: {right} passed over, the first {quoted(shorten(first.gold or ''))} in line"
        f" {first.line}: no label of the task; allowed: a label's name, or 1 for yes and 0 for no"
    ]


def _has_text(said: Said) -> bool:
    return said.output is not None or said.explanation is not None


def _without_redacted(
    folder: DataFolder, said: Sequence[Said], texts: Sequence[RatedText], file: str
) -> tuple[list[RatedText], list[str]]:
    """Return what of a file may come in, and what to tell of the rest.

    Raises:
        RatingsRefused: Nothing of it may.
    """
    hashes = redacted_hashes(folder)
    gone = [is_redacted(text, hashes) for text in texts]
    if texts and all(gone):
        raise RatingsRefused(
            f"{file}: every text in it, or its post, was redacted here; nothing is stored"
        )
    lines = [str(line.line) for line, is_gone in zip(said, gone, strict=True) if is_gone]
    named = ", ".join(lines[:10]) + (", ..." if len(lines) > 10 else "")
    redacted = counted(len(lines), "text that was", "texts that were")
    notes = (
        [f"not taken in: {redacted} redacted here, or whose post was (line {named})"]
        if lines
        else []
    )
    return [text for text, is_gone in zip(texts, gone, strict=True) if not is_gone], notes


def _without_forgotten(
    folder: DataFolder, read: RatingsFile, name: str, texts: Sequence[RatedText]
) -> tuple[RatingsFile, list[str]]:
    """Return a file without annotators whose ratings were deleted, and what to tell.

    They were deleted from its set, or from another that has a text in common with it: the same file
    under another name would bring them back.

    Raises:
        RatingsRefused: Nothing of it is left.
    """
    given = dict.fromkeys(rating.annotator for rating in read.ratings)
    gone: dict[str, str] = {}
    for ratings in _forgetting(folder, name, texts):
        gone |= {who: ratings for who in given if is_forgotten(folder, ratings, who)}
    if not gone:
        return read, []
    left = tuple(rating for rating in read.ratings if rating.annotator not in gone)
    deleted = counted(len(gone), "annotator whose", "annotators whose")
    of_sets = ", ".join(map(repr, dict.fromkeys(gone.values())))
    said = f"{deleted} ratings were deleted from {of_sets}"
    hint = "call whoever else has that name by another in the file"
    if not left:
        raise RatingsRefused(f"every rating in the file is of {said}; nothing is stored; {hint}")
    taken_out = counted(len(read.ratings) - len(left), "rating")
    return replace(read, ratings=left), [f"not taken in: {taken_out} of {said}; {hint}"]


def _forgetting(folder: DataFolder, name: str, texts: Sequence[RatedText]) -> Iterator[str]:
    """Yield the sets with texts of a file from which annotators were deleted."""
    own = set(map(looks, texts))
    for ratings in sets_with_forgotten(folder):
        # By the texts: items and systems may be called otherwise in another file.
        if ratings == name or not own.isdisjoint(map(looks, shown_texts(folder, ratings).values())):
            yield ratings


def is_redacted(text: RatedText, hashes: frozenset[str]) -> bool:
    """Return whether a text or its post may not come in, by `redacted_hashes`."""
    # A gold set from after the redaction brings the tombstone in the post's place.
    if text.post == REDACTED or text.post_id in hashes:
        return True
    # A text about a redacted post counts only where the file does not tell which post it is of.
    kinds = (False,) if text.post else (False, True)
    return any(
        text_hash(written, kind) in hashes
        for written in (text.output, text.explanation)
        if written
        for kind in kinds
    )


# The ratings


def _to_add(standing: Mapping[RatingKey, int], given: Mapping[RatingKey, int]) -> list[Rating]:
    """Return what of a file is to be added to its set.

    What is not there yet, and what is taken back.
    """
    added = [Rating(*key, rating) for key, rating in given.items() if standing.get(key) != rating]
    return [*added, *(Rating(*key, None) for key in standing if key not in given)]


# What to tell


def _report(
    folder: DataFolder,
    tasks: TasksById,
    read: RatingsFile,
    texts: Sequence[RatedText],
    ratings: Sequence[Rating],
    source: Source,
) -> Iterator[str]:
    yield from (f"note: {note}" for note in read.notes)
    systems = ", ".join(dict.fromkeys(text.system for text in texts))
    annotators = len({given.annotator for given in read.ratings})
    posts = len({text.post_id for text in texts})
    yield (
        f"{source.name}: {counted(len(texts), 'text')} on {counted(posts, 'post')} by {systems},"
        f" rated by {counted(annotators, 'annotator')} by the rubric {read.rubric.id}"
    )
    for aspect in read.rubric.names:
        count = sum(given.aspect == aspect for given in read.ratings)
        yield f"  {aspect}: {counted(count, 'rating')}" if count else f"  {aspect}: not rated"
    withdrawn = sum(rating.rating is None for rating in ratings)
    taken_back = f", {withdrawn} taken back" if withdrawn else ""
    stored = len(ratings) - withdrawn
    yield f"{counted(stored, 'rating')} stored in the set {source.ratings!r}{taken_back}"
    store = PostStore(folder.posts)
    for name in dict.fromkeys(text.task for text in texts):
        # Transcripts are held against nothing.
        if name in tasks:
            yield _joined(store, tasks[name], [text for text in texts if text.task == name])


def _joined(store: PostStore, task: Task, texts: Sequence[RatedText]) -> str:
    """Return how many texts have a reference to be held against."""
    if not store.has(task):
        return (
            f"{task.id}: its gold is not imported, so metrics that need a reference are not"
            " validated; import it at any time"
        )
    with_reference = referenced(texts, store.examples(task))
    joined = sum(
        example is not None and example.reference is not None for example in with_reference
    )
    answering = f"{joined} of {counted(len(texts), 'text')} {noun_for(joined, 'answers', 'answer')}"
    return f"{task.id}: {answering} one of its examples, with a reference"


def referenced(texts: Sequence[RatedText], examples: Sequence[Example]) -> list[Example | None]:
    """Return the example that each text answers: the one it names, else the only one
    with its post.
    """
    named = {example.example_id: example for example in examples}
    by_post: dict[str, Example | None] = {}
    for example in examples:
        post_id = post_id_of(example.post)
        # Where a task asks several questions about a post, the post does not say which was
        # answered.
        by_post[post_id] = None if post_id in by_post else example
    return [
        named.get(text.example_id) if text.example_id else by_post.get(text.post_id)
        for text in texts
    ]
