"""Grounded chrF: chrF that neither leaving the post nor copying it pays for.

With E the explanation, R the reference, P the post, chrF that of one sentence as a share of 1, and
own the share of E's words outside verbatim runs of P (`scoring.metrics.own_words`):

    own * (chrF(E, R) + min(chrF(E, P), chrF(E, R))) / 2        with the reference
    own * chrF(E, P)                                            without

So likeness to the post counts only as far as likeness to the reference goes, and a copy has 0. It
was made on the published ratings of two systems on one task, DR of IMHI, where it went along with
people better than chrF within gpt-3.5-turbo's explanations and as well within those of
curie-instruct-beta.
"""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import POST, REFERENCE, MeanMetric
from scoring.metrics.chrf import sentence_chrf
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.metrics.own_words import own_shares
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats

_POINTS = 100
_EVIDENCE = "Chosen on one task and two old systems. Blind to wrong reasoning."


class GroundedChrf(ExplanationMetric, MeanMetric):
    """Likeness to the reference and the post, less what is copied from the post."""

    name = "grounded_chrf"
    title = "Grounded chrF"
    measures = (
        "How much of short runs of characters the explanation shares with the reference and, no"
        " more than that, with the post, times the share of words that it does not copy."
    )
    limits = (
        f"{_EVIDENCE} A good explanation with part of the post appended, shuffled or between"
        " fillers, scores above the explanation alone in four cases of five."
    )
    held_against = (REFERENCE, POST)

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) shares of 1, NaN where explanation, reference or post is absent."""
        to_post = compared(segments, POST)
        like_reference = sentence_chrf(compared(segments)) / _POINTS
        like_post = sentence_chrf(to_post) / _POINTS
        grounded = (like_reference + np.minimum(like_post, like_reference)) / 2
        return np.asarray(own_shares(to_post) * grounded)


class GroundedChrfOfPost(ExplanationMetric, MeanMetric):
    """Likeness to the post, less what is copied from it: the part that needs no reference."""

    name = "grounded_chrf_post"
    title = "Grounded chrF (post alone)"
    measures = (
        "How much of short runs of characters the explanation shares with the post, times the share"
        " of words that it does not copy. Needs no reference."
    )
    limits = (
        f"{_EVIDENCE} The post with a filler every few words scores higher than any explanation."
    )
    held_against = (POST,)

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) shares of 1, NaN where explanation or post is absent."""
        to_post = compared(segments, POST)
        return np.asarray(own_shares(to_post) * sentence_chrf(to_post) / _POINTS)
