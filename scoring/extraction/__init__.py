"""Raw output -> label or `unparsed`, and explanation: what an output *states*, never what it suggests.

The rules are tried in the order of `RULES`; the first that finds a label, or finds why there can be none, decides. What
none of them finds is unparsed with a reason, and never a class. The order goes from the most explicit to the least:
what a team or a format says outright stands above what a sentence says, and a template answer above what follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scoring.extraction import boxed, column, fields, marked, opening, refusal, statement, template
from scoring.extraction.explanation import explanation_in
from scoring.extraction.finding import NO_STATEMENT, REFUSED, Finding
from scoring.extraction.imhi import imhi_label
from scoring.extraction.lexicon import Lexicon, lexicon_of
from scoring.extraction.passage import Passage, open_passage
from scoring.segments import Reading
from scoring.tasks import Task
from scoring.texts import ABSENT, normalized, said

EXTRACTION = "reasonboard/3"
IMHI_RULE = "imhi-rule/1"


@dataclass(frozen=True)
class Rule:
    """One way in which an output can state its answer.

    Attributes:
        name: Stored with every label that it finds.
        find: None where the rule does not apply, else the label or the reason why there is none.
    """

    name: str
    find: Callable[[Passage, Lexicon], Finding | None]


RULES: tuple[Rule, ...] = tuple(
    Rule(rule.NAME, rule.find) for rule in (fields, template, boxed, marked, opening, statement)
)
"""In the order tried on an output; the rule "label" (a label column) stands before them all."""


def read(
    task: Task,
    *,
    output: str | None = None,
    label: str | None = None,
    explanation: str | None = None,
    post: str | None = None,
    attributes: Mapping[str, str] = {},
) -> Reading:
    """What one row of a submission says.

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
    text = normalized(output or "")
    passage = open_passage(text, post, lexicon.question, lexicon)
    if label is not None and label.strip():
        finding, rule = column.find(label, lexicon), column.NAME
        told = _find(passage, lexicon)[0] if explanation is None else Finding(None, None)
    else:
        finding, rule = _find(passage, lexicon)
        told = finding
    given = said(explanation)
    return Reading(
        label=finding.label,
        rule=rule if finding.label is not None else None,
        reason=finding.reason,
        explanation=given if given is not None else explanation_in(passage, lexicon, told),
        stages=passage.stages,
    )


def stated_label(
    task: Task, explanation: str, *, post: str | None = None, attributes: Mapping[str, str] = {}
) -> str | None:
    """The label that an explanation states by itself; None where it states none."""
    return read(task, output=explanation, post=post, attributes=attributes).label


def _find(passage: Passage, lexicon: Lexicon) -> tuple[Finding, str]:
    """The deciding rule's finding, and its name."""
    if not passage.shown or (passage.plain in ABSENT and lexicon.whole(passage.plain) is None):
        return Finding(None, passage.nothing), ""
    for rule in RULES:
        finding = rule.find(passage, lexicon)
        if finding is not None:
            return finding, rule.name
    return Finding(None, REFUSED if refusal.declines(passage) else NO_STATEMENT), ""


__all__ = ["EXTRACTION", "IMHI_RULE", "RULES", "Rule", "imhi_label", "read", "stated_label"]
