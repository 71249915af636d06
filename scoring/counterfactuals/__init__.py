"""Counterfactual posts: does an answer change where nothing changed that it should rest on?

rules.py      what is changed in a post, by declared rules: words swapped, another form
changes.py    how answers differ between posts and their counterfactuals, with intervals
"""

from scoring.counterfactuals.changes import WORST, MeanChange, Pair, changes, flips, worst_gap
from scoring.counterfactuals.rules import (
    AXIS,
    FORM,
    JOINT,
    RULE,
    CounterfactualRule,
    RulesError,
    as_asked,
    changed,
    example_id,
    origin_of,
    read_rules,
)

__all__ = [
    "AXIS",
    "FORM",
    "JOINT",
    "RULE",
    "WORST",
    "CounterfactualRule",
    "MeanChange",
    "Pair",
    "RulesError",
    "as_asked",
    "changed",
    "changes",
    "example_id",
    "flips",
    "origin_of",
    "read_rules",
    "worst_gap",
]
