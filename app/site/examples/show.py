"""One example, with what each system answered: behind the content notice, and only where the task
allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isnan

import streamlit as st

from app.site import data as queries
from app.site.page import texts_may_be_shown
from app.site.tables.base import answer_title, task_name
from app.site.tables.comparison import first_of
from app.site.tables.side_by_side import ComparedAnswers
from app.site.url_state import Address
from app.text import decimals, markdown, number, plain
from scoring.entailment.judged import SUPPORTED, JudgedSentence
from scoring.segments import Example, Reading
from submissions.store.released.scored_rows import MetricRow, SystemRow, TaskRow
from submissions.wording import counted

LONG = 20_000
NOTICE = "Below stand posts, and what models and people wrote about them."


def choose_text_metric(
    address: Address, metrics: Iterable[MetricRow], wanted: str
) -> MetricRow | None:
    """Return the metric by which single explanations are held against each other.

    None where the board has none.
    """
    by_name = {metric.name: metric for metric in metrics if metric.grouping == "explanation"}
    if not by_name:
        return None
    better = next((name for name in by_name if by_name[name].higher_is_better is not None), None)
    chosen = address.choose(
        "Explanation score",
        "score",
        {name: plain(metric.title) for name, metric in by_name.items()},
        default=wanted if wanted in by_name else better,
        width=260,
        clears=("page",),
    )
    return by_name[chosen]


def show_example(
    wanted: str,
    compared: Sequence[ComparedAnswers],
    systems: Sequence[SystemRow],
    score: MetricRow | None,
    tasks: Sequence[TaskRow],
) -> None:
    """Draw the texts of one example.

    Args:
        wanted: "task:example".
        compared: The tasks that may be looked at.
        systems: In the order of the answers.
        score: The metric of the scores.
        tasks: The benchmark's.
    """
    name, _, example_id = wanted.partition(":")
    places = (
        (task, index)
        for task in compared
        for index, example in enumerate(task.examples)
        if (task.task, example.example_id) == (name, example_id)
    )
    place = next(places, None)
    if place is None:
        st.info("This example is not among those above. Choose one in the table.")
        return
    task, index = place
    row = next(row for row in tasks if row.id == name)
    st.markdown(f"##### Example {markdown(example_id)} of {markdown(task_name(row))}")
    declared = queries.declared_task(row)
    if declared is None or not declared.posts_public:
        st.info(
            "The posts of this task may not be shown, nor texts that repeat them: there is only the"
            " example's id."
        )
        return
    if texts_may_be_shown(NOTICE, invented=row.demonstration):
        _texts(row, task, index, systems, score)


def asked(question: str, attributes: Mapping[str, str]) -> tuple[str, str]:
    """Return a task's question with the example's attributes where it names them, and the other
    attributes in a line.
    """
    for key, value in attributes.items():
        question = question.replace(f"{{{key}}}", value)
    return question, "; ".join(
        f"{key}: {value}" for key, value in attributes.items() if value not in question
    )


def _texts(
    row: TaskRow,
    task: ComparedAnswers,
    index: int,
    systems: Sequence[SystemRow],
    score: MetricRow | None,
) -> None:
    example = task.examples[index]
    with st.container(border=True):
        for head, text in _posts(example):
            st.markdown(f"**{head}.** {markdown(text, LONG)}")
        question, attributes = asked(row.question, example.attributes)
        st.markdown(f"**Asked:** {markdown(question)} {markdown(attributes)}")
        if row.labelled:
            st.markdown(f"**Gold:** {markdown(answer_title(row, example.gold))}")
        if example.reference:
            written = {"chatgpt": "ChatGPT", "expert": "an expert", "project": "this project"}.get(
                row.reference_authors, ""
            )
            st.markdown(
                f"**Reference{f', by {written}' if written else ''}.**"
                f" {markdown(example.reference, LONG)}"
            )
    for column, system, answers, scores in zip(
        st.columns(len(systems)), systems, task.answers, task.scores, strict=True
    ):
        with column.container(border=True):
            st.markdown(
                f"**{markdown(system.system)}**{first_of(answers.repetitions) if answers else ''}"
            )
            if answers is None:
                st.caption("has left this task out")
                continue
            reading = answers.readings[index]
            if row.labelled:
                _label(row, example, reading)
            if score is not None:
                value = float("nan") if scores is None else float(scores[index])
                shown = "none" if isnan(value) else number(value, decimals(score))
                meant = ", mean over runs" if answers.repetitions > 1 else ""
                st.caption(f"{markdown(score.title)}: {shown}{meant}")
            _explanation(reading.explanation or "", answers.sentences(index))
            if reading.label is None and answers.outputs[index]:
                st.caption(f"Raw output: {markdown(answers.outputs[index] or '', LONG)}")


def _label(row: TaskRow, example: Example, reading: Reading) -> None:
    """Draw what an answer states, and whether it is right."""
    right = reading.label == example.gold
    label = "unparsed" if reading.label is None else answer_title(row, reading.label)
    st.markdown(
        f"{':material/check:' if right else ':material/close:'} {markdown(label)}, "
        f"{'right' if right else 'wrong'}"
    )


def _posts(example: Example) -> Iterator[tuple[str, str]]:
    """Yield what stands before each post of an example, and the post."""
    if not example.posts:
        yield "Post", example.post
    for place, post in enumerate(example.posts, start=1):
        yield f"Post {place} of {len(example.posts)} ({markdown(post.name)})", post.text


def _explanation(text: str, sentences: Sequence[tuple[int, JudgedSentence]]) -> None:
    """Draw an explanation, its unsupported and contradicted sentences marked where that is known."""
    if not sentences or len(text) > LONG:
        st.markdown(markdown(text, LONG) or "*No explanation.*")
        return
    st.markdown(marked(text, sentences))
    judged = [sentence for _, sentence in sentences]
    unsupported = sum(sentence.unsupported for sentence in judged)
    contradicted = sum(sentence.contradicted for sentence in judged)
    st.caption(
        f"By the board's NLI model, the post does not support {unsupported} of"
        f" {counted(len(judged), 'sentence')} (support below {SUPPORTED}) and contradicts"
        f" {contradicted}. An inference of the explanation's own counts as unsupported, right or"
        " wrong."
    )


def marked(text: str, sentences: Sequence[tuple[int, JudgedSentence]]) -> str:
    """Return an explanation as Markdown, with a sign before and words after each sentence that the
    post does not support, or contradicts.
    """
    pieces = []
    end = 0
    for start, sentence in sentences:
        pieces.append(markdown(text[end:start], LONG))
        pieces.append(_with_mark(sentence))
        end = start + len(sentence.text)
    pieces.append(markdown(text[end:], LONG))
    # What stands between sentences is white space, or says nothing.
    return " ".join(filter(None, pieces))


def _with_mark(sentence: JudgedSentence) -> str:
    said = markdown(sentence.text, LONG)
    faults = []
    if sentence.contradicted:
        faults.append(f"contradicted, {sentence.contradiction:.2f}")
    if sentence.unsupported:
        faults.append(f"unsupported, support {sentence.support:.2f}")
    if not faults:
        return said
    sign = ":material/cancel:" if sentence.contradicted else ":material/help:"
    return f"{sign} {said} **({'; '.join(faults)})**"
