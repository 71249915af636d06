"""One task's rows held against its gold, example by example.

* A label may be sent as its name, its title, a gold wording or a declared alias, in any case, or as
  `unparsed`, for an output in which no label was found; anything else is refused.
  What was sent otherwise than by name or gold wording is counted in a note, and so are labels that
  contradict what the row's own output states.
* Goldens are compared without white space and backslashes, since the benchmark's script doubles the
  latter; where they prove that it did, the doubling is undone in the outputs too. The completion
  form of a gold text, which states the label in another of the task's wordings before the same
  reasoning, is the same gold.
* A row with neither output nor label is of a model that generated nothing, where others of its task
  have an output: an answer that states no label, and a warning. Where none has, the file lacks its
  answers, and every such row is a problem.
* Nearest matches among thousands of ids cost time, so only the first few unknown ids get one.
* Texts go to a spool as they come and are read at the end, when it is known what was doubled:
  memory holds no text.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from scoring.extraction import column, cuts, read, stated_label
from scoring.extraction.finding import CUT_OFF, SENT_UNPARSED
from scoring.extraction.lexicon import lexicon_of
from scoring.segments import Example, Reading
from scoring.tasks import Task
from scoring.texts import ABSENT, said
from submissions.problems import Problem, shorten
from submissions.receiving.complaints import Complaints
from submissions.receiving.evidence import as_number, given_passages, passages_in
from submissions.receiving.formats.row import REPETITIONS, Note, Row
from submissions.receiving.gold_comparison import GoldComparison
from submissions.receiving.named_runs import run_title
from submissions.receiving.spool import Lazy, Span, Spool, Texts, span_within
from submissions.store.files.outputs import TaskOutputs
from submissions.wording import counted, noun_for

# It is stored as int32.
LAST_REPETITION = 2**31 - 1
LONGEST_ABSENT = max(map(len, ABSENT)) + 2
"""Bytes of an output that may be a word for a missing value, white space around it included."""
FIRST = 3
"""Rows, or labels, that a note names."""
SHOWN = 3
"""Rows by which a preview shows what a stage of reading does."""
Stated: TypeAlias = tuple[str | None, str | None, str | None]
"""Label, rule and reason of a reading."""


class Readings(Lazy[Reading]):
    """What was read of each row: in memory but for the explanations."""

    def __init__(
        self,
        stated: Sequence[Stated],
        stages: Sequence[tuple[str, ...]],
        explanations: Texts,
        thoughts: Texts,
        confidences: Sequence[float | None],
        evidence: Texts,
    ) -> None:
        self._stated = stated
        self._stages = stages
        self._explanations = explanations
        self._thoughts = thoughts
        self._confidences = confidences
        self._evidence = evidence

    def __len__(self) -> int:
        return len(self._stated)

    def item(self, index: int) -> Reading:
        """Return its reading, with its explanation."""
        return Reading(
            *self._stated[index],
            self._explanations.item(index),
            self._stages[index],
            self._thoughts.item(index),
            self._confidences[index],
            given_passages(self._evidence.item(index)),
        )


class _Kept(NamedTuple):
    """A row that has its place, its texts in the spool."""

    file: str
    line: int
    label: str | None
    output: Span | None
    explanation: Span | None
    classified: str | None
    confidence: float | None
    evidence: Span | None


class _Answer(NamedTuple):
    """What was read of a row.

    Attributes:
        output: Where it stands.
        stated: What it states.
        stages: Which stages of reading applied.
        explanation: Where it stands.
        thought: Where what the model thought stands.
    """

    output: Span | None
    stated: Stated
    stages: tuple[str, ...]
    explanation: Span | None
    thought: Span | None


@dataclass(frozen=True)
class StageExample:
    """What one stage of reading cut off one output, and what it left."""

    stage: str
    example_id: str
    cut: str
    left: str


class Tray:
    """One task's rows, in any order, by repetition and example.

    Attributes:
        task: The task.
        examples: Its gold, in its order.
        stated: What was read, explanations aside, and of how many rows; once there are `runs`.
        stages: Stage of reading -> rows in which it applied; once there are `runs`.
        shown: Of each stage the first few rows, with what it cut off and what it left; once there
            are `runs`.
        thoughts: The words of every thought; once there are `runs`.
    """

    def __init__(
        self, task: Task, examples: tuple[Example, ...], complaints: Complaints, spool: Spool
    ) -> None:
        self.task, self.examples = task, examples
        self.stated: Counter[Stated] = Counter()
        self.stages: Counter[str] = Counter()
        self.shown: list[StageExample] = []
        self.thoughts = array("i")
        self._complaints, self._spool = complaints, spool
        self._place = {example.example_id: index for index, example in enumerate(examples)}
        self._seen: dict[int, dict[int, _Kept]] = {}
        self._bad: set[tuple[int, int]] = set()
        self._gold = GoldComparison(task, complaints)
        self._aliased: Counter[tuple[str, str]] = Counter()
        self._contradicting: list[str] = []
        self._contradictions = 0
        self._explanations: Counter[str] = Counter()
        self._classifier: Counter[str] = Counter()

    def take(self, row: Row) -> None:
        """Place one row, or say why it cannot be."""
        index, repetition = self._index(row), self._repetition(row)
        if index is None or repetition is None:
            return
        rows = self._seen.setdefault(repetition, {})
        if index in rows:
            first = f"{shorten(rows[index].file)}, line {rows[index].line}"
            where = f" in repetition {repetition}" if row.repetition else ""
            hint = f"it stands first in {first}"
            self._complaints.complain(
                row, "example_id", self._name(index), f"stands there twice{where}", hint=hint
            )
            return
        label = self._label(row, self.examples[index])
        output, explanation = self._spool.keep(row.output), self._spool.keep(row.explanation)
        classified = self._classified(row, self.examples[index])
        confidence, evidence = self._confidence(row), self._evidence(row, self.examples[index])
        rows[index] = _Kept(
            row.file, row.line, label, output, explanation, classified, confidence, evidence
        )
        if row.label is not None and label is None:
            self._bad.add((repetition, index))
        if row.golden is not None:
            self._gold.compare(row, self.examples[index])

    def runs(self, names: Mapping[int, tuple[str, str]]) -> list[TaskOutputs]:
        """Return what was placed, in the task's order; says what is missing.

        To be called once, at the end.

        Args:
            names: Repetition -> the prompt and the seed that name it.
        """
        self._gold.report(self.examples)
        self._settle_unanswered()
        return [
            self._run(repetition, rows, names.get(repetition))
            for repetition, rows in sorted(self._seen.items())
        ]

    def notes(self) -> Iterator[Note]:
        """Yield what the team should know; to be asked after `runs`."""
        for file in sorted(self._gold.completed):
            yield Note(file, "gold texts in the completion form: compared by label and reasoning")
        if self._aliased:
            most = self._aliased.most_common(FIRST)
            listed = ", ".join(f"{shorten(sent)!r} as {name}" for (sent, name), _ in most)
            more = ", ..." if len(self._aliased) > FIRST else ""
            rows = counted(self._aliased.total(), "row")
            yield Note("", f"{self.task.id}: labels by other names in {rows}: {listed}{more}")
        yield from self._empty_outputs()
        yield from self._cut_off()
        yield from self._classifiers_labels()
        yield from self._cut_explanations()
        if self._contradictions:
            both = sum(
                kept.label is not None and kept.output is not None
                for rows in self._seen.values()
                for kept in rows.values()
            )
            verb = noun_for(self._contradictions, "contradicts", "contradict")
            labels = f"{counted(self._contradictions, 'label')} of {both:,}"
            more = "; ..." if self._contradictions > FIRST else ""
            first = "; ".join(self._contradicting)
            yield Note(
                "",
                f"WARNING: {self.task.id}: {labels} {verb} what the row's own output states"
                f" ({first}{more}): the `label` column counts; leave it out where the output is"
                " meant",
            )

    def _classifiers_labels(self) -> Iterator[Note]:
        """Yield how far the labels of the benchmark's classifier agree with those that are read
        here.
        """
        sent, unknown, unread, same, other = (
            self._classifier[what] for what in ("sent", "unknown", "unread", "True", "False")
        )
        if not sent:
            return
        parts = [f"{same:,} of {same + other:,} agree with what is read here"]
        parts += [f"of {counted(unread, 'row')} nothing is read here"] if unread else []
        parts += (
            [f"{unknown:,} {noun_for(unknown, 'is', 'are')} no label of the task"]
            if unknown
            else []
        )
        yield Note(
            "",
            f"{self.task.id}: a classifier's labels (`labels`) in {counted(sent, 'row')}, kept as a"
            f" reading of their own: {'; '.join(parts)}",
        )

    def _cut_off(self) -> Iterator[Note]:
        """Yield how many outputs end within the model's thought."""
        rows = sum(count for (*_, reason), count in self.stated.items() if reason == CUT_OFF)
        if rows:
            of = counted(self.stated.total(), "output")
            verbs = noun_for(
                rows, "ends within a thought and states", "end within a thought and state"
            )
            yield Note(
                "",
                f"WARNING: {self.task.id}: {rows:,} of {of} {verbs} no label, which counts as"
                " wrong: let the model write more tokens",
            )

    def _cut_explanations(self) -> Iterator[Note]:
        """Yield what of the `explanation` column is no explanation."""
        sent, cut, blank = (self._explanations[name] for name in ("sent", "cut", "blank"))
        cuts = []
        if cut:
            cuts.append(
                f"of {cut:,} what states the label, a thought or a structure around them was"
                " cut off"
            )
        if blank:
            verbs = noun_for(
                blank, "says nothing besides, and counts", "say nothing besides, and count"
            )
            cuts.append(f"{blank:,} {verbs} as blank")
        if cuts:
            yield Note("", f"{self.task.id}: of {counted(sent, 'explanation')}: {'; '.join(cuts)}")

    def _index(self, row: Row) -> int | None:
        if row.position is not None:
            if row.position < len(self.examples):
                return row.position
            allowed = f"{counted(len(self.examples), 'row')}, in the test set's order"
            self._complaints.complain(row, "", "", "a row more than the test set has", allowed)
            return None
        index = self._place.get(row.example_id or "")
        if index is None:
            problem = f"not an example of {self.task.id}" if row.example_id else "is empty"
            allowed = (
                f"{self._name(0)} to {self._name(-1)}, as `reasonboard benchmark template` writes"
                " them"
            )
            hint = (
                self._complaints.suggest_id(row.example_id, self._place) if row.example_id else ""
            )
            self._complaints.complain(
                row, "example_id", row.example_id or "", problem, allowed, hint
            )
        return index

    def _repetition(self, row: Row) -> int | None:
        text = (row.repetition or "1").removesuffix(".0")
        if not (
            text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LAST_REPETITION
        ):
            allowed = f"0 to {LAST_REPETITION:,}, or nothing"
            self._complaints.complain(row, "repetition", text, "not a whole number", allowed)
            return None
        if int(text) not in self._seen and len(self._seen) == REPETITIONS:
            self._complaints.complain(
                row, "repetition", text, "one repetition too many", f"at most {REPETITIONS} a task"
            )
            return None
        return int(text)

    def _label(self, row: Row, example: Example) -> str | None:
        if row.label is None:
            return None
        label = self.task.stated(row.label)
        if label is None:
            finding = column.find(row.label, lexicon_of(self.task, example.attributes))
            if finding.reason == SENT_UNPARSED:
                return column.UNPARSED
            label = finding.label
            if label is not None:
                self._aliased[row.label, label] += 1
        if label is None:
            names = self.task.label_names
            problem, hint = (
                f"not a label of {self.task.id}",
                self._complaints.suggest(row.label, names),
            )
            if row.label.strip().removesuffix(".0").isdigit():
                hint = "a number is a label only where the task declares which one it stands for"
            self._complaints.complain(row, "label", row.label, problem, ", ".join(names), hint)
        return label

    def _classified(self, row: Row, example: Example) -> str | None:
        """Return the label that a classifier read in the row's output; None where it is none of the
        task's.
        """
        if row.classified is None:
            return None
        label = column.find(row.classified, lexicon_of(self.task, example.attributes)).label
        self._classifier["sent"] += 1
        self._classifier["unknown"] += label is None
        return label

    def _confidence(self, row: Row) -> float | None:
        if row.confidence is None:
            return None
        confidence = as_number(row.confidence)
        if confidence is None or not 0 <= confidence <= 1:
            allowed = "a number from 0 to 1: how likely the row's own label is right"
            self._complaints.complain(
                row, "confidence", row.confidence, "not a probability", allowed
            )
            return None
        return confidence

    def _evidence(self, row: Row, example: Example) -> Span | None:
        if row.evidence is None:
            return None
        passages = passages_in(row.evidence, example.post)
        if passages is None:
            allowed = (
                "a JSON list of passages, or of [start, end] in characters of the post, from 0"
            )
            self._complaints.complain(row, "evidence", row.evidence, "no list of passages", allowed)
            return None
        return self._spool.keep(json.dumps(passages, ensure_ascii=False))

    def _settle_unanswered(self) -> None:
        """Take rows with neither output nor label for empty outputs, or say that
        they are problems.
        """
        generated = any(kept.output for rows in self._seen.values() for kept in rows.values())
        for repetition, rows in self._seen.items():
            for index, kept in rows.items():
                if kept.output or kept.label or (repetition, index) in self._bad:
                    continue
                if generated:
                    rows[index] = kept._replace(output=self._spool.keep(""))
                else:
                    self._bad.add((repetition, index))
                    problem, hint = (
                        "neither an output nor a label",
                        "no row of the task has an output",
                    )
                    self._complaints.complain(kept, "output", "", problem, "one of them", hint)

    def _empty_outputs(self) -> Iterator[Note]:
        """Yield how many outputs are empty and have no label beside them, and where
        the first are.
        """
        empty = [
            kept
            for rows in self._seen.values()
            for kept in rows.values()
            if kept.label is None and kept.output is not None and self._says_nothing(kept.output)
        ]
        if not empty:
            return
        places = ", ".join(f"{shorten(kept.file)}, line {kept.line}" for kept in empty[:FIRST])
        more = ", ..." if len(empty) > FIRST else ""
        of = counted(sum(map(len, self._seen.values())), "output")
        verbs = noun_for(len(empty), "is empty and states", "are empty and state")
        text = f"{len(empty):,} of {of} {verbs} no label, which counts as wrong ({places}{more})"
        yield Note("", f"WARNING: {self.task.id}: {text}")

    def _says_nothing(self, output: Span) -> bool:
        """Return whether an output is empty, or a word for a missing value such as "NaN"."""
        if output[1] > LONGEST_ABSENT:
            return False
        text = (self._spool.text(output) or "").strip().casefold()
        return not text or lexicon_of(self.task, {}).misses(text)

    def _run(
        self, repetition: int, rows: Mapping[int, _Kept], named: tuple[str, str] | None
    ) -> TaskOutputs:
        self._report_missing(rows, run_title(*named) if named else f"repetition {repetition}")
        kept = [(i, rows[i]) for i in sorted(rows) if (repetition, i) not in self._bad]
        answers = [self._answer(self.examples[i], row) for i, row in kept]
        self.stated.update(answer.stated for answer in answers)
        return TaskOutputs(
            task=self.task.id,
            repetition=repetition,
            named=named,
            example_ids=tuple(self._name(i) for i, _ in kept),
            outputs=Texts(self._spool, (answer.output for answer in answers)),
            labels_given=tuple(row.label for _, row in kept),
            explanations_given=Texts(self._spool, (row.explanation for _, row in kept)),
            classified=(
                tuple(row.classified for _, row in kept)
                if any(row.classified for _, row in kept)
                else ()
            ),
            readings=Readings(
                [answer.stated for answer in answers],
                [answer.stages for answer in answers],
                Texts(self._spool, (answer.explanation for answer in answers)),
                Texts(self._spool, (answer.thought for answer in answers)),
                [row.confidence for _, row in kept],
                Texts(self._spool, (row.evidence for _, row in kept)),
            ),
        )

    def _answer(self, example: Example, row: _Kept) -> _Answer:
        """Read one row."""
        output, span = self._output(row)
        given = self._spool.text(row.explanation)
        reading = read(
            self.task,
            output=output,
            label=row.label,
            explanation=given,
            post=example.post,
            attributes=example.attributes,
        )
        if row.label not in (None, column.UNPARSED) and output:
            self._hold_against(row, output, example)
        text = reading.explanation
        if (sent := said(given)) is not None:
            self._explanations["sent"] += 1
            self._explanations["cut"] += text is not None and text != sent
            self._explanations["blank"] += text is None
        place = (
            span_within(text, output, span)
            or span_within(text, given, row.explanation)
            or self._spool.keep(text)
        )
        if row.classified is not None:
            what = "unread" if reading.label is None else str(reading.label == row.classified)
            self._classifier[what] += 1
        self._show(reading.stages, output, example)
        thought = reading.reasoning
        if thought is not None:
            self.thoughts.append(len(thought.split()))
        return _Answer(
            span,
            (reading.label, reading.rule, reading.reason),
            reading.stages,
            place,
            span_within(thought, output, span) or self._spool.keep(thought),
        )

    def _show(self, stages: Sequence[str], output: str | None, example: Example) -> None:
        """Count the stages that applied to a row, and keep what the first few show of each."""
        new = {stage for stage in stages if self.stages[stage] < SHOWN}
        self.stages.update(stages)
        if not new or not output:
            return
        for cut in cuts(self.task, output, post=example.post, attributes=example.attributes):
            if cut.stage in new:
                self.shown.append(StageExample(cut.stage, example.example_id, cut.cut, cut.left))

    def _hold_against(self, row: _Kept, output: str, example: Example) -> None:
        """Count a label that contradicts what its row's output states; one that is unparsed
        contradicts nothing.
        """
        stated = stated_label(self.task, output, post=example.post, attributes=example.attributes)
        if stated is None or stated == row.label:
            return
        self._contradictions += 1
        if len(self._contradicting) < FIRST:
            where = f"{shorten(row.file)}, line {row.line}"
            self._contradicting.append(f"{where}: label {row.label}, output {stated}")

    def _output(self, row: _Kept) -> tuple[str | None, Span | None]:
        output = self._spool.text(row.output)
        if output is None or row.file not in self._gold.doubled or "\\\\" not in output:
            return output, row.output
        undone = output.replace("\\\\", "\\")
        return undone, self._spool.keep(undone)

    def _report_missing(self, rows: Mapping[int, _Kept], run: str) -> None:
        missing = [self._name(i) for i in range(len(self.examples)) if i not in rows]
        if not missing:
            return
        several = f" in {shorten(run)}" if len(self._seen) > 1 else ""
        of, lack = counted(len(self.examples), "example"), noun_for(len(missing), "is", "are")
        problem = f"{len(missing):,} of {of} of {self.task.id} {lack} missing{several}"
        file = next(iter(rows.values())).file
        first = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        hint = f"missing are {first}; add them, or leave the whole task out"
        self._complaints.add(
            Problem(file, None, "example_id", "", problem, "every example of the task", hint)
        )

    def _name(self, index: int) -> str:
        return self.examples[index].example_id
