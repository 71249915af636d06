"""Rule "field": JSON, or what a model takes for it: {"label": "yes", "explanation": "..."}.

Fields are searched for, not parsed as a document: models leave a bracket open or add a comma, and the fields are as
plain as before. The search is linear, and no nesting can hurt it.
"""

from __future__ import annotations

import json
import re

from scoring.extraction.finding import NOT_A_LABEL, Finding, settle
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage

NAME = "field"
_STRING = r"(?:\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.|'(?=\w))*+)')"
_LABEL = re.compile(
    rf"[\"'](?:label|answer|prediction|class|category|classification)[\"']\s{{0,5}}:\s{{0,5}}{_STRING}",
    re.I,
)
_REASON = re.compile(
    rf"[\"'](?:explanation|reasoning|reason|rationale)[\"']\s{{0,5}}:\s{{0,5}}{_STRING}", re.I
)


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """The label in the field that is named after it, and the explanation in its own."""
    if not passage.plain.lstrip("json \n").startswith("{"):
        return None
    straight = _straight(passage.shown)
    values = {_decoded(match, _content(match)) for match in _LABEL.finditer(straight)}
    if not values:
        return None
    labels = frozenset(lexicon.whole(value.lower()) or "" for value in values)
    reason = _REASON.search(straight)
    explanation = _explanation(passage, reason) if reason is not None else None
    finding = settle(labels, len(passage.shown))
    if "" in labels:
        finding = Finding(None, NOT_A_LABEL, len(passage.shown))
    return Finding(finding.label, finding.reason, finding.rest, explanation or "")


def _straight(text: str) -> str:
    """With straight quotation marks where curly ones delimit the fields, not where the fields quote with them."""
    return text if '"' in text else text.replace("“", '"').replace("”", '"')


def _explanation(passage: Passage, match: re.Match[str]) -> str:
    """What the field holds in the raw output, its markup and its quotation marks as they are."""
    start, end = match.span(match.lastindex or 0)
    return _decoded(match, passage.view.between(start, end))


def _content(match: re.Match[str]) -> str:
    return match[match.lastindex or 0]


def _decoded(match: re.Match[str], content: str) -> str:
    """The string that `content` writes, by the quotation marks around it."""
    if match.lastindex == 2:
        return content.replace("\\'", "'")
    try:
        return str(json.loads(f'"{content}"', strict=False))
    except ValueError:
        return content
