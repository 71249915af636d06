from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from scoring.segments import Example, Reading, Segments
from scoring.tasks import ImhiRule, Label, Task


def _task(labels: Sequence[str], kind: str, references: str = "project") -> Task:
    return Task(
        id="test/task",
        title="T",
        family="f",
        dataset="d",
        platform="reddit",
        annotation="human",
        unit="post",
        kind=kind,
        labels=tuple(
            Label(name, name.title(), gold=(f"The answer is {name}.",)) for name in labels
        ),
        question="q",
        headline="weighted_f1",
        references=references,
        licence="MIT",
        citation="c",
        imhi_rule=ImhiRule(tuple((name, name) for name in labels), labels[-1]),
    )


def _reading(label: str | None, explanation: str | None) -> Reading:
    return Reading(label, "given" if label else None, None if label else "none stated", explanation)


@pytest.fixture(scope="session")
def labelled() -> Callable[..., Segments]:
    """Segments from gold and predicted labels (None: unparsed)."""

    def make(
        labels: Sequence[str],
        golds: Sequence[str],
        predicted: Sequence[str | None],
        kind: str = "multi-class",
    ) -> Segments:
        examples = tuple(Example(str(i), str(i), "q", "p", gold) for i, gold in enumerate(golds))
        outputs = tuple(label or "I cannot say" for label in predicted)
        readings = tuple(_reading(label, None) for label in predicted)
        return Segments(_task(labels, kind), examples, outputs, readings)

    return make


@pytest.fixture(scope="session")
def explained() -> Callable[..., Segments]:
    """Segments from explanations, references (None: absent) and posts, with a label on every odd
    row.
    """

    def make(
        explanations: Sequence[str | None],
        references: Sequence[str | None],
        posts: Sequence[str] | None = None,
    ) -> Segments:
        posts = posts or [f"post {i}" for i in range(len(references))]
        examples = tuple(
            Example(
                str(i),
                str(i),
                "q",
                post,
                "yes",
                reference,
                reference and f"Yes. Reasoning: {reference}",
            )
            for i, (reference, post) in enumerate(zip(references, posts, strict=True))
        )
        readings = tuple(
            _reading("yes" if i % 2 else None, text) for i, text in enumerate(explanations)
        )
        outputs = tuple(text and f"Yes. Reasoning: {text}" for text in explanations)
        return Segments(_task(("yes", "no"), "binary"), examples, outputs, readings)

    return make
