"""Raw output -> label or `unparsed`, and explanation: what an output *states*, never what it
suggests.

The rules are tried in the order of `RULES`; the first that finds a label, or finds why there can be
none, decides. What none of them finds is unparsed with a reason, and never a class. The order goes
from the most explicit to the least: what a team or a format says outright stands above what a
sentence says, and a template answer above what follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from scoring.answers import NOTHING, ONE, SEVERAL
from scoring.extraction import (
    boxed,
    channels,
    column,
    echo,
    fields,
    marked,
    opening,
    plain,
    refusal,
    several,
    statement,
    template,
    whole,
)
from scoring.extraction.explanation import explanation_in
from scoring.extraction.finding import NO_STATEMENT, REFUSED, Finding
from scoring.extraction.folding import fold
from scoring.extraction.imhi import imhi_label
from scoring.extraction.lexicon import Lexicon, lexicon_of
from scoring.extraction.passage import Passage, may_be_cut, open_passage
from scoring.segments import Example, Reading
from scoring.tasks import Task
from scoring.texts import normalized, said

EXTRACTION = "reasonboard/6"
IMHI_RULE = "imhi-rule/1"


class Cut(NamedTuple):
    """What one stage of reading cut off an output, and what it left; the deciding stage leaves the
    explanation.
    """

    stage: str
    cut: str
    left: str


_NOTHING = Finding(None, None)
_MOST_CUTS = 16
"""No text wraps its explanation more often; a cell of 64 KiB of nothing else must
not cost seconds.
"""
_LONG = 8192
_SHORT = 120
"""In characters: a text may be nothing but an answer up to here."""


@dataclass(frozen=True)
class Rule:
    """One way in which an output can state its answer.

    Attributes:
        name: Stored with every label that it finds.
        stage: The stage of reading that it belongs to.
        find: None where the rule does not apply, else the label or the reason why there is none.
    """

    name: str
    stage: str
    find: Callable[[Passage, Lexicon], Finding | None]


RULES: tuple[Rule, ...] = tuple(
    Rule(rule.NAME, rule.STAGE, rule.find)
    for rule in (fields, template, boxed, marked, opening, statement, plain)
)
"""In the order tried on an output; the rule "label" (a label column) stands before them all."""
SEVERAL_RULES: tuple[Rule, ...] = tuple(
    Rule(rule.NAME, rule.STAGE, find) for rule, find in several.RULES
)
"""The same where an answer may have several labels; what states one is called as there."""
_RULES = {
    ONE: RULES,
    SEVERAL: SEVERAL_RULES,
    NOTHING: (Rule(whole.NAME, whole.STAGE, whole.find),),
}
"""What a task takes for an answer -> how it is read."""
_STATEMENTS = (statement.NAME, plain.NAME)
"""Rules whose statements are part of what they stand in, so that nothing is cut off for them."""
_DECIDED = {
    "": (),
    column.NAME: (column.STAGE,),
    whole.NAME: (whole.STAGE,),
    **{
        rule.name: (rule.stage if rule.stage == rule.name else f"{rule.stage}: {rule.name}",)
        for rule in RULES
    },
}
"""Rule -> the stage that it decides in, as a row's provenance names it."""


def read(
    task: Task,
    *,
    output: str | None = None,
    label: str | None = None,
    explanation: str | None = None,
    post: str | None = None,
    attributes: Mapping[str, str] = {},
) -> Reading:
    """Return what one row of a submission says.

    Args:
        task: What was asked.
        output: The generated text.
        label: The label, where the team gives it.
        explanation: The explanation, where the team gives it.
        post: The post, so that what an output copies from it is not taken for an answer.
        attributes: The example's attributes, which fill in the task's question and concept.

    Returns:
        A label with its rule, or the reason why there is none.
    """
    lexicon = lexicon_of(task, attributes)
    passage = open_passage(normalized(output or ""), post, lexicon.question, lexicon)
    if label is not None and label.strip():
        finding, rule, cutting = column.find(label, lexicon), column.NAME, None
    else:
        finding, rule = _find(passage, lexicon)
        cutting = finding if rule not in _STATEMENTS else _NOTHING
    given = said(explanation)
    if given is None:
        text, stages = _explanation(passage, lexicon, cutting), passage.stages
    else:
        text, explained = _of_column(given, lexicon, post)
        stages = (*passage.stages, *explained)
    decided = (refusal.STAGE,) if finding.reason == REFUSED else _DECIDED[rule]
    return Reading(
        label=finding.label,
        rule=rule if finding.label is not None else None,
        reason=finding.reason,
        explanation=text,
        stages=tuple(dict.fromkeys((*stages, *decided))),
        reasoning=passage.thought or None,
    )


def cuts(
    task: Task, output: str, *, post: str | None = None, attributes: Mapping[str, str] = {}
) -> Iterator[Cut]:
    """Yield what each stage of reading cut off an output, and what it left.

    Args:
        task: What was asked.
        output: The generated text.
        post: The post.
        attributes: The example's attributes.
    """
    text, lexicon = normalized(output), lexicon_of(task, attributes)
    said = channels.answered(text)
    spoken = text[said.start : said.end].strip()
    for name in said.channels:
        yield Cut(f"{channels.NAME}: {name}", text[slice(*said.thought)].strip(), spoken)
    own = echo.answered(fold(text), said.start, said.end, post, lexicon.question)
    left = text[own.start : own.end].strip()
    for name in own.cut:
        cut = text[own.end : said.end] if name == echo.NEXT_TURN else text[said.start : own.start]
        yield Cut(f"{echo.NAME}: {name}", cut.strip(), left)
    reading = read(task, output=output, post=post, attributes=attributes)
    explanation = reading.explanation or ""
    for stage in reading.stages[len(said.channels) + len(own.cut) :]:
        yield Cut(stage, left.removesuffix(explanation).strip(), explanation)


def thought_in(output: str) -> str:
    """Return what a model wrote in a channel of its own for thinking; "" where it wrote nothing
    there.
    """
    said = channels.answered(output)
    return output[slice(*said.thought)].strip() if said.channels else ""


def answer_in(
    task: Task, output: str, *, post: str | None = None, attributes: Mapping[str, str] = {}
) -> str:
    """Return what is read of an output: without thoughts, special tokens and repeated prompt.

    Args:
        task: What was asked.
        output: The generated text.
        post: The post, where it is known.
        attributes: The example's attributes.
    """
    lexicon = lexicon_of(task, attributes)
    return open_passage(normalized(output), post, lexicon.question, lexicon).shown.strip()


def explanation_alone(
    task: Task, text: str, *, post: str | None = None, attributes: Mapping[str, str] = {}
) -> str | None:
    """Return what of a text is explanation, cut as outputs and explanation columns are.

    Args:
        task: What was asked.
        text: An explanation, with or without what states its label.
        post: The post that it is about, where it is known.
        attributes: The example's attributes.

    Returns:
        The explanation, which a second cut leaves as it is; None where the text says nothing but a
        label, or nothing.
    """
    given = said(text)
    return None if given is None else _of_column(given, lexicon_of(task, attributes), post)[0]


def _of_column(
    given: str, lexicon: Lexicon, post: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return what of an explanation column's text is explanation, and what was cut off before it
    was read.
    """
    passage = open_passage(given, post, lexicon.question, lexicon)
    return _explanation(passage, lexicon, None), passage.stages


def with_references_cut(task: Task, examples: Sequence[Example]) -> tuple[Example, ...]:
    """Return `examples` with of each reference what is explanation, so that both sides of a
    comparison are cut alike.
    """
    return tuple(
        example
        if example.reference is None
        else replace(
            example,
            reference=explanation_alone(
                task, example.reference, post=example.post, attributes=example.attributes
            ),
        )
        for example in examples
    )


def stated_label(
    task: Task, explanation: str, *, post: str | None = None, attributes: Mapping[str, str] = {}
) -> str | None:
    """Return the label that an explanation states by itself; None where it states none."""
    return read(task, output=explanation, post=post, attributes=attributes).label


def _explanation(passage: Passage, lexicon: Lexicon, finding: Finding | None) -> str | None:
    """Return what is left of a passage when all is cut off that is no explanation.

    Args:
        passage: What was opened.
        lexicon: The task's words.
        finding: What the rules found that say where an answer stands; None where they are still to
            be asked.
    """
    # Nothing in it is a label's.
    if lexicon.task.answers.takes == NOTHING:
        return said(passage.view.cut(0, len(passage.shown)))
    text = explanation_in(passage, lexicon, finding or _cutting(passage, lexicon))
    for _ in range(_MOST_CUTS if len(passage.plain) < _LONG else _MOST_CUTS // 4):
        if text is None or text == passage.view.raw or _is_prose(text, passage, lexicon):
            break
        passage = open_passage(text, passage.post, lexicon.question, lexicon)
        text = explanation_in(passage, lexicon, _cutting(passage, lexicon))
    return text


def _is_prose(text: str, passage: Passage, lexicon: Lexicon) -> bool:
    """Return whether nothing in `text`, as it was cut out of `passage`, can be an answer or a
    structure, at a glance.
    """
    if len(text) < _SHORT or ":" in text or "{" in text or "|" in text or "\\" in text:
        return False
    front = fold(text[:_SHORT])
    return not (
        front[0] in "\"'"
        or may_be_cut(text, front, passage)
        or lexicon.opens(front)
        or lexicon.question in passage.plain
        or ("\n" in text and echo.may_have_turns(passage.plain, 0))
    )


def _cutting(passage: Passage, lexicon: Lexicon) -> Finding:
    """Return the finding of the rules that say where an answer stands.

    A statement is part of what it stands in.
    """
    if not passage.shown:
        return _NOTHING
    rules = (rule for rule in _rules(lexicon.task) if rule.name not in _STATEMENTS)
    findings = (rule.find(passage, lexicon) for rule in rules)
    return next((finding for finding in findings if finding is not None), _NOTHING)


def _rules(task: Task) -> tuple[Rule, ...]:
    return _RULES[task.answers.takes]


def _find(passage: Passage, lexicon: Lexicon) -> tuple[Finding, str]:
    """Return the deciding rule's finding, and its name."""
    if not passage.shown or lexicon.misses(passage.plain):
        return Finding(None, passage.nothing), ""
    for rule in _rules(lexicon.task):
        finding = rule.find(passage, lexicon)
        if finding is not None:
            return finding, rule.name
    return Finding(None, REFUSED if refusal.declines(passage) else NO_STATEMENT), ""


__all__ = [
    "EXTRACTION",
    "IMHI_RULE",
    "RULES",
    "Cut",
    "Rule",
    "cuts",
    "explanation_alone",
    "imhi_label",
    "read",
    "stated_label",
    "thought_in",
    "with_references_cut",
]
