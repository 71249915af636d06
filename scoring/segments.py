"""What metrics are given: one task's gold and one run's outputs, aligned, in the task's order.

Whatever comes in, metrics see texts in one form (`scoring.texts`), and an explanation or a
reference that says nothing as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scoring.errors import ScoringError
from scoring.tasks import Task
from scoring.texts import normalized, said

REDACTED = "[redacted]"
"""Stands in place of the texts of a post that was taken down."""


@dataclass(frozen=True)
class Post:
    """One of the several posts of an example.

    Attributes:
        post_id: What equal posts share in all tasks, as a hash of the text: by it a post is taken
            down wherever it stands.
        name: How its source calls it, by which a maintainer names it; unique in the example.
        text: What it says; REDACTED once it was taken down.
    """

    post_id: str
    name: str
    text: str


@dataclass(frozen=True)
class Example:
    """One gold example of a task.

    An example may be of several posts of one user, as user-level tasks and timelines are. Then
    `post` is all of them, put together as the task declares (`Task.separator`): what models are
    asked about and metrics hold explanations against. `posts` has them apart: what is taken down,
    searched for and shown. Once one of them is taken down the text that was asked about is no
    more; the example is redacted, and the other posts stay.

    Attributes:
        example_id: Unique in the task.
        post_id: What a bootstrap draws: shared by all questions about one post, in every task; of
            several posts, by all examples of one user.
        query: The prompt as published, or the post and the question.
        post: The post alone, or the posts.
        gold: The gold label's name.
        reference: The reference explanation alone; None where there is none.
        reference_full: The gold text as published, label sentence included; None where there is
            none.
        attributes: Attribute name -> value, e.g. {"dimension": "social"}.
        evidence: The passages of the post that the gold marks; None where it marks nothing.
        posts: The several posts in their order; empty where there is but the one.
    """

    example_id: str
    post_id: str
    query: str
    post: str
    gold: str
    reference: str | None = None
    reference_full: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] | None = None
    posts: tuple[Post, ...] = ()

    @property
    def redacted(self) -> bool:
        """Whether any of its texts was taken down: then it counts for nobody."""
        return self.post == REDACTED

    @property
    def parts(self) -> tuple[Post, ...]:
        """Its posts, also where it is but the one, which nobody needs to name."""
        return self.posts or (Post(self.post_id, "", self.post),)

    @property
    def texts(self) -> tuple[str, ...]:
        """What each of its posts says."""
        return tuple(post.text for post in self.parts)


@dataclass(frozen=True)
class Reading:
    """What was read out of one output, and what was sent beside it.

    Attributes:
        label: The label's name; None when no rule found one.
        rule: The rule that found the label; None when unparsed.
        reason: Why no label was found; None when one was.
        explanation: The explanation without the label sentence; None when there is none.
        stages: Which stages of reading applied, in their order: what was cut off ("channel: think",
            "echo: prompt"), and what decided ("structure: field", "bare answer: opening",
            "statement", "refusal").
        reasoning: What the model wrote in a channel of its own for thinking; never scored. It and
            the stages are not stored, and found again from the output.
        confidence: How sure the system says it is of its answer, 0 to 1; None where it does not.
        evidence: The passages of the post that the system gives as evidence; None where it gives
            no such list.
    """

    label: str | None
    rule: str | None
    reason: str | None
    explanation: str | None
    stages: tuple[str, ...] = field(default=(), compare=False)
    reasoning: str | None = field(default=None, compare=False)
    confidence: float | None = None
    evidence: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Segments:
    """One task's examples with one repetition's outputs: position i of every sequence is the same
    example.

    Texts are normalised as they come in.

    Attributes:
        task: The task.
        examples: Gold, in the task's order.
        outputs: The raw generated texts; None where the submission gave only a label.
        readings: What was read out of each.
        named: The prompt and the seed that name the repetition; None where nothing does.
    """

    task: Task
    examples: tuple[Example, ...]
    outputs: tuple[str | None, ...]
    readings: tuple[Reading, ...]
    named: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        # `zip` would shorten to the least, and shift nothing visibly.
        lengths = {len(self.examples), len(self.outputs), len(self.readings)}
        if len(lengths) != 1:
            raise ScoringError(
                f"{self.task.id}: {len(self.examples)} examples, {len(self.outputs)} outputs and "
                f"{len(self.readings)} readings must be equally many"
            )
        outputs = (text if text is None else normalized(text) for text in self.outputs)
        object.__setattr__(self, "examples", tuple(map(_comparable, self.examples)))
        object.__setattr__(self, "outputs", tuple(outputs))
        object.__setattr__(self, "readings", tuple(map(_readable, self.readings)))

    def __len__(self) -> int:
        return len(self.examples)


def _comparable(example: Example) -> Example:
    """Return the example with its texts normalised; the same one where they are."""
    post, reference = normalized(example.post), said(example.reference)
    # A whole text around a reference that says nothing would be scored as if it said something.
    nothing = example.reference is not None and reference is None
    full = None if nothing or example.reference_full is None else normalized(example.reference_full)
    # The same object where nothing changes: tasks share their examples by the thousand.
    if (post, reference, full) == (example.post, example.reference, example.reference_full):
        return example
    return replace(example, post=post, reference=reference, reference_full=full)


def _readable(reading: Reading) -> Reading:
    explanation = said(reading.explanation)
    if explanation == reading.explanation:
        return reading
    return replace(reading, explanation=explanation)
