"""Rule "label": the label that a team gives in a column of its own."""

from __future__ import annotations

from scoring.extraction.finding import NOT_A_LABEL, Finding
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.folding import fold

NAME = "label"


def find(label: str, lexicon: Lexicon) -> Finding:
    """The task's label that `label` is a name, title, gold wording or alias of, case and spaces aside."""
    name = lexicon.whole(fold(label))
    return Finding(name, None) if name is not None else Finding(None, NOT_A_LABEL)
