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
    straight = passage.shown.replace("“", '"').replace("”", '"')
    values = {_value(match) for match in _LABEL.finditer(straight)}
    if not values:
        return None
    labels = frozenset(lexicon.whole(value.lower()) or "" for value in values)
    reason = _REASON.search(straight)
    explanation = _value(reason) if reason is not None else None
    finding = settle(labels, len(passage.shown))
    if "" in labels:
        finding = Finding(None, NOT_A_LABEL, len(passage.shown))
    return Finding(finding.label, finding.reason, finding.rest, explanation or "")


def _value(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2].replace("\\'", "'")
    try:
        return str(json.loads(f'"{match[1]}"', strict=False))
    except ValueError:
        return match[1]
