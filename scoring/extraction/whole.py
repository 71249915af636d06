"""Rule "whole": where a text is asked for and no label, all that is said is the answer."""

from __future__ import annotations

from scoring.extraction.finding import Finding
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage

NAME = "whole"
STAGE = "text"


def find(passage: Passage, lexicon: Lexicon) -> Finding:
    """Return the answer, which has no label."""
    return Finding(lexicon.task.answer(()), None, len(passage.shown))
