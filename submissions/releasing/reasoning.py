"""Right label, wrong reasoning: which answers raters found to rest on wrong reasons.

A rubric asks it (`leaderboard_data/rubrics/right-label-wrong-reasoning.toml`). A release states, of
each answer of a board's system that was rated by it, how many raters said so of how many; of tasks
whose gold is public, since an answer's example is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scoring.segments import Example
from submissions.rating.sets import held, open_rounds_of, rating_sets
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText
from submissions.store.rated.rounds import pairwise_rounds
from submissions.store.released.rated_rows import ReasoningRow

RUBRIC, ASPECT = "right-label-wrong-reasoning", "wrong-reasoning"


def reasoning_rows(
    folder: DataFolder, systems: Sequence[str], examples: Mapping[str, Sequence[Example]]
) -> Iterator[ReasoningRow]:
    """Yield what raters said of the answers of a board's systems.

    Args:
        folder: Where ratings are.
        systems: Ids of the board's submissions.
        examples: Task -> its gold, of those whose examples may be named.
    """
    shown = {
        task: {example.example_id for example in of_task if not example.redacted}
        for task, of_task in examples.items()
    }
    left_out = open_rounds_of(folder) | set(pairwise_rounds(folder))
    for rating_set in rating_sets(folder):
        # Who is still rating must not read what others said; a choice of two is no yes or no.
        if rating_set.rubric != RUBRIC or not left_out.isdisjoint(rating_set.members):
            continue
        rated = held(folder, rating_set)
        said: dict[tuple[str, str], list[int]] = {}
        for (item, system, _, aspect), rating in rated.ratings.items():
            if aspect == ASPECT:
                said.setdefault((item, system), []).append(rating)
        for key, given in said.items():
            text = rated.texts.get(key)
            if text is not None and _is_shown(text, systems, shown):
                yield ReasoningRow(
                    ratings=rating_set.name,
                    system=str(text.submission),
                    task=text.task,
                    example=str(text.example_id),
                    raters=len(given),
                    wrong=sum(given),
                )


def _is_shown(text: RatedText, systems: Sequence[str], shown: Mapping[str, set[str]]) -> bool:
    return text.submission in systems and text.example_id in shown.get(text.task, ())
