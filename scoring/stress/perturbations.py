"""What is done to explanations: every perturbation a function of them all and a seeded generator.

A perturbation must make an explanation worse for whoever reads it, beyond doubt; where it cannot
(one sentence cannot be shuffled, nothing else has the same label), there is none. Each does one
thing, so that a metric's losses can be laid to one cause.

Of what is made by rules of language, 50 outputs on references of the published IMHI sets (both test
and expert sets) were read by hand for grammar and for a meaning that has truly changed: 49 of 50
negated explanations, 47 of 50 with another symptom. Of 930 explanations, 929 could be negated, and
about half name a symptom or cause that can be swapped; the others make no pair.

Raise a perturbation's version when what it makes changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.stress.negation import SENTENCE, negated
from scoring.stress.swapping import swapped
from scoring.words import count_words

PRAISE = "This is an excellent explanation."
FILLER = "indeed"
EVERY = 3
"""Words between two fillers: a copy with them has no run of words for long in common."""
_DRAWS = 8
ANOTHER, ALTERED, MORE = "Another text", "The explanation, altered", "The explanation and more"
GROUPS = (ANOTHER, ALTERED, MORE)
"""What is done to explanations, by its kind."""

Rng = np.random.Generator


@dataclass(frozen=True)
class Explained:
    """A real explanation, and what it is about.

    Attributes:
        explanation: The explanation.
        post: The post.
        post_id: The post's.
        label: The label, the system's and gold.
        label_sentence: How the task states that label.
    """

    explanation: str
    post: str
    post_id: str
    label: str
    label_sentence: str


Texts = list[str | None]


@dataclass(frozen=True)
class Perturbation:
    """One way to spoil explanations.

    Attributes:
        name: Unique; lower case, underscores.
        version: Raised when what it makes changes.
        title: A column's head.
        what: One sentence: what stands in the real explanation's place.
        group: One of `GROUPS`.
        make: Returns a perturbed text for each explanation, None where there can be none.
    """

    name: str
    version: str
    title: str
    what: str
    group: str
    make: Callable[[Sequence[Explained], Rng], Texts]

    @property
    def example(self) -> str:
        """What becomes of the explanation of `SPECIMEN`."""
        # By another seed where the first draws the specimen itself.
        made = (self.make(_SPECIMENS, np.random.default_rng(seed))[0] for seed in range(_DRAWS))
        return next(text for text in made if text is not None)


SPECIMEN = Explained(
    "The poster has slept badly since their job ended. They mention insomnia, which shows"
    " signs of stress.",
    "Third week without my job. I lie awake every night and count what is left.",
    "specimen",
    "yes",
    "Yes, the poster suffers from stress.",
)
"""An invented explanation, for examples of what perturbations make."""
_SPECIMENS = (
    SPECIMEN,
    Explained(
        "The poster dreads the exam on Monday. They shake, and that is stress.",
        "Exam on Monday. My hands shake when I only think of it.",
        "another",
        "yes",
        SPECIMEN.label_sentence,
    ),
    Explained(
        "The poster enjoyed the walk.", "A walk by the lake today.", "third", "no", "No stress."
    ),
)


def _other_posts(rows: Sequence[Explained], rng: Rng) -> Texts:
    by_label: dict[str, list[Explained]] = {}
    for row in rows:
        by_label.setdefault(row.label, []).append(row)
    return [_of_another_post(row, by_label[row.label], rng) for row in rows]


def _of_another_post(row: Explained, alike: Sequence[Explained], rng: Rng) -> str | None:
    """Return an explanation drawn from those of other posts; None where there is none."""
    # Drawn until it fits: a post has few rows among thousands, and one pass each would be a square.
    for _ in range(_DRAWS):
        drawn = alike[int(rng.integers(len(alike)))]
        if drawn.post_id != row.post_id:
            return drawn.explanation
    others = [each for each in alike if each.post_id != row.post_id]
    return others[int(rng.integers(len(others)))].explanation if others else None


def _first_half(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    halves = (words[: len(words) // 2] for words in (row.explanation.split() for row in rows))
    return [" ".join(half) or None for half in halves]


def _shuffled_words(rows: Sequence[Explained], rng: Rng) -> Texts:
    return [_shuffled(row.explanation.split(), rng) for row in rows]


def _shuffled_sentences(rows: Sequence[Explained], rng: Rng) -> Texts:
    return [_shuffled(SENTENCE.split(row.explanation.strip()), rng) for row in rows]


def _one_text(rows: Sequence[Explained], rng: Rng) -> Texts:
    """Return one explanation for all, of those of middling length; None for its own post."""
    if not rows:
        return []
    by_length = sorted(rows, key=lambda row: count_words(row.explanation))
    middle = by_length[len(rows) // 4 : 3 * len(rows) // 4 + 1]
    chosen = middle[rng.integers(len(middle))]
    return [None if row.post_id == chosen.post_id else chosen.explanation for row in rows]


def _copy(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [row.post for row in rows]


def _copy_with_filler(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [_filled(row.post) for row in rows]


def _real_and_copy(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [f"{row.explanation} {row.post}" for row in rows]


def _real_and_filled_copy(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [f"{row.explanation} {_filled(row.post)}" for row in rows]


def _real_and_half_the_post(rows: Sequence[Explained], rng: Rng) -> Texts:
    texts: Texts = []
    for row in rows:
        words = row.post.split()
        half = [words[place] for place in rng.permutation(len(words))[: len(words) // 2]]
        texts.append(f"{row.explanation} {' '.join(half)}" if half else None)
    return texts


def _label_alone(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [row.label_sentence for row in rows]


def _praised(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [f"{row.explanation} {PRAISE}" for row in rows]


def _negated(rows: Sequence[Explained], rng: Rng) -> Texts:  # noqa: ARG001
    return [negated(row.explanation) for row in rows]


def _swapped(rows: Sequence[Explained], rng: Rng) -> Texts:
    return [swapped(row.explanation, rng) for row in rows]


def _shuffled(parts: Sequence[str], rng: Rng) -> str | None:
    """Return the parts in another order; None where there is none."""
    if len(set(parts)) < 2:
        return None
    while True:
        order = [parts[place] for place in rng.permutation(len(parts))]
        if order != list(parts):
            return " ".join(order)


def _filled(text: str) -> str:
    words = text.split()
    groups = (words[start : start + EVERY] for start in range(0, len(words), EVERY))
    return " ".join(" ".join([*group, FILLER]) for group in groups)


PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation(
        "other_post",
        "1",
        "Another post's",
        "The explanation of another post with the same label.",
        ANOTHER,
        _other_posts,
    ),
    Perturbation("first_half", "1", "First half", "Its first half alone.", ALTERED, _first_half),
    Perturbation(
        "shuffled_words",
        "1",
        "Words shuffled",
        "Its words in random order.",
        ALTERED,
        _shuffled_words,
    ),
    Perturbation(
        "shuffled_sentences",
        "1",
        "Sentences shuffled",
        "Its sentences in another order.",
        ALTERED,
        _shuffled_sentences,
    ),
    Perturbation(
        "one_text",
        "1",
        "One text for all",
        "One explanation of middling length for every post.",
        ANOTHER,
        _one_text,
    ),
    Perturbation("copy", "1", "Copy of the post", "The post itself.", ANOTHER, _copy),
    Perturbation(
        "copy_with_filler",
        "1",
        "Copy with filler",
        f'The post with "{FILLER}" after every {EVERY} words.',
        ANOTHER,
        _copy_with_filler,
    ),
    Perturbation(
        "real_and_copy", "1", "Real + copy", "The explanation and the post.", MORE, _real_and_copy
    ),
    Perturbation(
        "real_and_filled_copy",
        "1",
        "Real + copy with filler",
        f'The explanation, and the post with "{FILLER}" after every {EVERY} words.',
        MORE,
        _real_and_filled_copy,
    ),
    Perturbation(
        "real_and_half_the_post",
        "1",
        "Real + half the post",
        "The explanation and half of the post's words in random order.",
        MORE,
        _real_and_half_the_post,
    ),
    Perturbation(
        "negated",
        "1",
        "Claims negated",
        "The claim of each of its sentences turned round.",
        ALTERED,
        _negated,
    ),
    Perturbation(
        "swapped_symptom",
        "1",
        "Symptom swapped",
        "Another symptom or cause in the place of one that it names.",
        ALTERED,
        _swapped,
    ),
    Perturbation(
        "label_alone",
        "2",
        "Label alone",
        "The sentence that states the label, and nothing else.",
        ANOTHER,
        _label_alone,
    ),
    Perturbation("praised", "1", "Praised", f'The explanation and "{PRAISE}"', MORE, _praised),
)
"""In the order in which they are shown."""
