"""Stress tests: does a metric rank a real explanation above one that was spoilt on purpose?

They need no ratings. Of a system's explanations whose label is right, each is held against a
*perturbed* one of the same post; a metric wins a pair where it values the real one higher, and a
tie is a loss. What a metric loses to, it can be gamed by.

    perturbations.py    what is done to explanations, each with a name, a version and plain words
    negation.py, swapping.py    the two that need rules of language
    wins.py             the share of pairs that a metric wins, with its interval
"""

from scoring.stress.perturbations import GROUPS, PERTURBATIONS, SPECIMEN, Explained, Perturbation
from scoring.stress.wins import CONSTANT, RANDOM, Wins, stress

__all__ = [
    "CONSTANT",
    "GROUPS",
    "PERTURBATIONS",
    "RANDOM",
    "SPECIMEN",
    "Explained",
    "Perturbation",
    "Wins",
    "stress",
]
