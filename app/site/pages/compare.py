"""Two to four systems: by how much they differ and with what doubt, and then example by example.

The differences are paired and tested on demand, from the arrays that the release lists. Above
`AT_ONCE` examples the tests wait for a click: ten thousand permutations of the whole of IMHI take
seconds, and the examples should not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, islice

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.reported import ReportedSystem
from app.site import data as queries
from app.site.data import SideBySide
from app.site.examples.listing import choose_page, draw_examples
from app.site.examples.show import choose_text_metric, show_example
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    choose_metric,
    control_row,
    end_page,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import Table, answer_title, draw, metric_help, task_name
from app.site.tables.board_frame import BoardFrame, arranged, incomplete
from app.site.tables.comparison import difference_table, example_table
from app.site.tables.reported import choose_line, to_mind, with_line
from app.site.tables.side_by_side import POOR, TRIFLE, filtered, filters, poor_below, runs_of
from app.site.url_state import Address
from app.text import markdown, number, plain, told, wanted_difference
from submissions.releasing.comparing import CannotCompare, Comparison, Question
from submissions.store.files.damage import DamagedFile
from submissions.store.released.scored_rows import MetricRow, SystemRow, TaskRow
from submissions.wording import counted

AT_ONCE = 3_000
CANDIDATES = 8  # systems that are held against the best
EVERY = "all"
POOR_FILTERS = ("poor", "low")


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Compare") as current:
        with control_row():
            chosen = choose_benchmark(
                address, current, clears=("metric", "task", "system", "show", "score", "line")
            )
            metric = choose_metric(address, chosen, width=230)
            board = chosen.board(metric.name)
            tasks = choose_tasks(
                address, [task for task in chosen.tasks if task.id in board.columns]
            )
        systems = choose_systems(address, chosen, board)
        address.show_notes()
        warn_of_demonstration(chosen.tasks, [metric])
        if len(systems) < 2:
            st.info(
                "Choose at least two systems above. Until then there is nothing to hold against"
                " each other."
            )
            end_page()
        question = Question(chosen.name, tuple(systems), tuple(tasks), metric.name)
        st.subheader(f"By how much they differ: {markdown(metric.title)}", anchor=False)
        # The table's place comes first, and what fills it last: the tests take seconds, and all
        # else should stand meanwhile.
        place = st.empty()
        with st.container(horizontal=True, vertical_alignment="center"):
            tested = choose_testing(address, question)
            wanted = choose_wanted(address)
            printed = queries.reported(current, chosen.name, metric.name)
            line = choose_line(
                address, [row for row in printed if any(task.id in row.by_task for task in tasks)]
            )
            actions = action_row()
        say_what_is_reported(line, tasks)
        say_who_is_nearly_alike(chosen, question)
        table = differences(chosen, question, line)
        with place:
            draw(table, f"Differences by task on {metric.title}")
        st.subheader("Example by example", anchor=False)
        show_examples(address, chosen, question)
        if tested:
            table = test_differences(place, chosen, question, line, table, wanted)
        with actions:
            offer_export(chosen, question, table)
        with st.expander("What this metric measures, and how far to believe it"):
            st.markdown(metric_help(metric))


def offer_export(chosen: Benchmark, question: Question, table: Table) -> None:
    """Offer the differences as a file, as tested as they are on the page."""
    export_menu(
        chosen,
        f"{' against '.join(names_of(question))}, {chosen.metrics[question.metric].title}",
        table,
        queries.signatures(chosen.release, question.metric, ids_of(question.tasks)),
        metric=question.metric,
    )


def choose_tasks(address: Address, tasks: Sequence[TaskRow]) -> list[TaskRow]:
    """Let the reader choose one of the tasks, or all where there are several."""
    by_id = {task.id: task for task in tasks}
    every = {EVERY: f"All {counted(len(by_id), 'task')}"} if len(by_id) > 1 else {}
    names = every | {key: task_name(task) for key, task in by_id.items()}
    asked = address.choose("Task", "task", names, clears=("page", "example"))
    return list(tasks) if asked == EVERY else [by_id[asked]]


def choose_systems(address: Address, chosen: Benchmark, board: BoardFrame) -> list[SystemRow]:
    """Let the reader choose the systems; the first is held against each of the others."""
    by_id = chosen.systems()
    ids = address.several(
        "Systems",
        "system",
        {key: plain(system.system) for key, system in by_id.items()},
        default=best_two(chosen, board, by_id),
        at_most=4,
        placeholder="Choose two to four",
        help="The first is held against each of the others.",
    )
    return [by_id[key] for key in ids]


def best_two(chosen: Benchmark, board: BoardFrame, by_id: Mapping[str, SystemRow]) -> list[str]:
    """Return the best system and the best that does not answer nearly alike: shown until somebody
    says otherwise.

    Baselines come after all others. Where even the next `CANDIDATES` are alike, the first with
    other outputs is shown.
    """
    everyone = pd.Series(True, index=board.systems.index)
    ranks, partial = -board.overall["rank"].astype(float), incomplete(board.overall)
    # By rank, and so by mean over all tasks, whichever task is looked at.
    in_order = arranged(board, everyone, ranks, descending=True, partial=partial)
    ranked = sorted(in_order, key=lambda key: bool(board.systems.loc[key, "trivial"]))
    outputs = {key: by_id[key].outputs or key for key in ranked}
    others = [
        key for key in ranked if outputs[key] != outputs[ranked[0]]
    ]  # copies have nothing to compare
    unlike = (
        key
        # Each look reads the answers of both: of a thousand systems that would take minutes.
        for key in others[:CANDIDATES]
        if not queries.nearly_alike(chosen.release, chosen.name, ranked[0], key)
    )
    return [*ranked[:1], *islice(chain(unlike, others), 1)]


def ids_of(rows: Iterable[SystemRow | TaskRow]) -> tuple[str, ...]:
    """Return the ids of systems or tasks."""
    return tuple(row.id for row in rows)


def names_of(question: Question) -> list[str]:
    """Return the systems' names, short enough to stand in heads."""
    return [plain(system.system, 40) for system in question.systems]


def choose_testing(address: Address, question: Question) -> bool:
    """Let the reader choose whether the differences are tested, which takes some seconds on large
    boards.
    """
    return address.switch(
        "Test the differences",
        "test",
        default=sum(task.size for task in question.tasks) <= AT_ONCE,
        help=(
            "95% intervals of the paired differences, and permutation tests with 10,000"
            " permutations that swap whole posts; p-values are also given as adjusted (Holm) for"
            " the tests of all pairs of the chosen systems, by task and of means apart. Large"
            " boards take some seconds."
        ),
    )


def choose_wanted(address: Address) -> float | None:
    """Let the reader name a difference; return None where none is named, or what is no number."""
    text = address.text(
        "Wanted difference",
        "wanted",
        placeholder="e.g. 0.02",
        width=150,
        help=(
            "A difference that would matter to you, in the metric’s own unit: the table says how"
            " many posts it would take to show it."
        ),
    )
    wanted = wanted_difference(text)
    if text and wanted is None:
        st.caption(f"“{markdown(text)}” is no difference: write a number above 0, e.g. 0.02.")
    return wanted


def say_who_is_nearly_alike(chosen: Benchmark, question: Question) -> None:
    """Name the systems that answer nearly as the first does."""
    first, *others = question.systems
    alike = [
        other
        for other in others
        if queries.nearly_alike(chosen.release, chosen.name, first.id, other.id)
    ]
    for other in alike:
        pair = " and ".join(markdown(plain(system.system, 40)) for system in (first, other))
        st.caption(
            f"**{pair} answer nearly alike:** on half of the tasks or more, label or explanation"
            f" differs on no more than {TRIFLE:.0%} of the examples."
        )


def differences(
    chosen: Benchmark,
    question: Question,
    line: ReportedSystem | None,
    comparisons: Sequence[Comparison] = (),
    wanted: float | None = None,
) -> Table:
    """Return the differences by task, with intervals and p-values where comparisons have them; the
    first system less a reported row has neither.
    """
    board = chosen.board(question.metric)
    table = difference_table(
        board,
        question.tasks,
        names_of(question),
        ids_of(question.systems),
        chosen.metrics[question.metric],
        comparisons,
        wanted,
    )
    if line is None:
        return table
    ids = ids_of(question.tasks)
    scored = board.cells["value"].loc[[question.systems[0].id], list(ids)].to_numpy(dtype=float)[0]
    return with_line(table, dict(zip(ids, scored.tolist(), strict=True)), line, question.tasks)


def say_what_is_reported(line: ReportedSystem | None, tasks: Sequence[TaskRow]) -> None:
    """Say where a reported row is printed, and what keeps it from being comparable."""
    if line is not None:
        caveats = line.caveats(task.id for task in tasks)
        st.caption(
            f"**{markdown(line.title)}, {markdown(line.cells[0].table)}:** reported, not scored"
            f" here, and so without a test. {to_mind(caveats)}"
        )


def test_differences(
    place: DeltaGenerator,
    chosen: Benchmark,
    question: Question,
    line: ReportedSystem | None,
    untested: Table,
    wanted: float | None,
) -> Table:
    """Test the differences, and draw them anew with what the tests say; return the table that
    stands there then.
    """
    title = f"Differences by task on {chosen.metrics[question.metric].title}"
    with place.container():
        draw(untested, title)
        st.caption("Testing the differences …")
    try:
        comparisons = queries.compared(
            chosen.release,
            chosen.name,
            question.metric,
            ids_of(question.systems),
            ids_of(question.tasks),
        )
        table = differences(chosen, question, line, comparisons, wanted)
    except (CannotCompare, DamagedFile) as error:
        with place.container():
            draw(untested, title)
            st.warning(f"The differences cannot be tested here: {told(error)}")
        return untested
    with place.container():
        draw(table, f"{title}, with intervals and p-values")
        say_what_p_means(question)
    return table


def say_what_p_means(question: Question) -> None:
    """Say what the tests can show and what not."""
    meaning = (
        "Where p (Holm) is under .05, chance in the choice of posts does not explain the"
        " difference. Each interval is for its own task: of many, one may leave out 0 by chance."
        " Differences in how systems were prompted or trained are not in it. What is detectable"
        " goes by how the difference varies over posts like these: a true difference of that size"
        " is found 4 times out of 5."
    )
    unlisted = " Holm’s adjustment counts the tests of all pairs, also of those not listed."
    st.caption(meaning + unlisted if len(question.systems) > 2 else meaning)


def show_examples(address: Address, chosen: Benchmark, question: Question) -> None:
    """Draw the examples that a filter keeps, the largest difference first, and the texts of one."""
    with control_row():
        ids = set(ids_of(question.systems))
        rated = any(row.system in ids for row in queries.reasoning(chosen.release))
        kinds = {task.labelled for task in question.tasks}
        choices = filters(
            names_of(question), rated=rated, labelled=True in kinds, texts_alone=False in kinds
        )
        show = address.choose("Show", "show", choices, width=330, clears=("page", "example"))
        score = choose_text_metric(address, chosen.metrics.values(), question.metric)
    both = queries.side_by_side(
        chosen.release,
        chosen.name,
        ids_of(question.tasks),
        ids_of(question.systems),
        score.name if score else question.metric,
    )
    higher = score is None or score.higher_is_better is not False
    systems = len(question.systems)
    # Without any task that may be shown it has no columns to filter by.
    rows = both.frame
    if len(rows):
        rows = filtered(rows, systems, show, higher_is_better=higher)
    say_what_is_left_out(question, both)
    about_poor = (
        threshold_of_poor(both.frame, systems, higher=higher) if show in POOR_FILTERS else ""
    )
    order = (
        f" Largest difference in {markdown(score.title)} first, examples without both scores last."
        if score
        else ""
    )
    st.caption(f"{len(rows)} of {counted(len(both.frame), 'example')}.{order}{about_poor}")
    if len(rows):
        wanted = list_examples(address, question, both, rows, show, score)
        show_example(wanted, both.tasks, question.systems, score, chosen.tasks)
    elif len(both.frame):
        st.info("No example is left by this filter. Choose another under “Show”.")
    else:
        st.info("There are no examples to show here.")


def say_what_is_left_out(question: Question, both: SideBySide) -> None:
    """Say of how many tasks the examples cannot be shown."""
    hidden = len(question.tasks) - len(both.tasks)
    if hidden:
        st.caption(
            f"Left out here: {hidden} of {counted(len(question.tasks), 'task')}, whose gold is not"
            " public, is not on this machine, or was corrected after this release."
        )


def threshold_of_poor(frame: pd.DataFrame, systems: int, *, higher: bool) -> str:
    """Return the sentence on which scores count as poor; "" where there are no scores."""
    poor = poor_below(frame, systems, higher_is_better=higher) if len(frame) else math.nan
    if math.isnan(poor):
        return ""
    return f" Poor: the lowest {POOR:.0%} of these scores, up to {number(poor, 3)}."


def list_examples(
    address: Address,
    question: Question,
    both: SideBySide,
    rows: pd.DataFrame,
    show: str,
    score: MetricRow | None,
) -> str:
    """Draw a page of the examples with each system's label and score; return the one to show,
    "task:example".
    """
    listed = choose_page(address, rows)
    titles = {task.id: partial(answer_title, task) for task in question.tasks}
    runs = runs_of(both.tasks, len(question.systems))
    several = (
        " Labels and texts are those of a system's first run, scores means over its runs."
        if max(runs) > 1
        else ""
    )
    st.caption(f"Click the box at the left of a row to see its texts below.{several}")
    return draw_examples(
        example_table(
            listed.rows,
            names_of(question),
            runs,
            score,
            titles,
            several_tasks=len(question.tasks) > 1,
        ),
        "Examples with each system's label and score",
        [
            f"{task}:{example}"
            for task, example in zip(listed.rows["task"], listed.rows["example"], strict=True)
        ],
        show,
        listed.page,
    )


if __name__ == "__main__":
    main()
