"""What the rating page draws: an explanation with its post, the scales with their wording, and the
keys for them.

All of it can be done by keyboard: a digit rates the first aspect that is not rated yet, Backspace
takes the last one back, Enter saves. The scales are radio buttons too, for whoever uses a mouse or
a screen reader. Nothing that is sent to the browser tells whose explanation it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.settings import data_folder
from app.site.auth import account_in_use
from app.text import markdown, told
from submissions.rating.rounds import (
    Item,
    RatingRefused,
    annotator_id,
    next_item,
    rate,
    rated_last,
    skip,
)
from submissions.rating.rubrics import Aspect, Rubric
from submissions.store.rated.rounds import Round
from submissions.teams.accounts import Team

LONG = 20_000
_POST = "post-to-rate"
_INTO_VIEW = f"""<script data-item="ITEM">
  requestAnimationFrame(() => {{
    const page = document.querySelector("[data-testid=stMain]"), post = document.querySelector(".st-key-{_POST}");
    if (page && post) page.scrollBy(0, post.getBoundingClientRect().top - 120);
  }});
</script>"""
"""Runs once an item, since its id stands in it; 120 pixels above the post are the page's head and
the progress.
"""
_REVISING, _NOTE = "revising the last rating", "what became of the last item"


def annotator_of(team: Team) -> str:
    """Return the pseudonym of whoever is signed in.

    The person where single sign-on tells, else the team.
    """
    account = account_in_use()
    return annotator_id(data_folder(), team.name, account.email if account else "")


def show_note() -> None:
    """Say once what became of the last item."""
    if note := st.session_state.pop(_NOTE, None):
        st.info(note, icon=":material/info:")


def current_item(round: Round, annotator: str) -> Item | None:
    """Return what is to be rated.

    The next one, or the last one again where its annotator wants to revise it.
    """
    if st.session_state.get(_REVISING) == round.id and (
        last := rated_last(data_folder(), round, annotator)
    ):
        return last
    st.session_state.pop(_REVISING, None)
    return next_item(data_folder(), round, annotator)


def show_item(item: Item) -> None:
    """Draw the post, what was asked, and the explanation, and bring them into view.

    On a phone the page still stands where the last item's buttons were.
    """
    with st.container(border=True, key=_POST):
        st.markdown(f"**Post.** {_paragraphs(item.post)}")
        if item.asked:
            st.markdown(f"**Asked:** {markdown(item.asked)}")
    with st.container(border=True):
        st.markdown(f"**Explanation to be rated.** {_paragraphs(item.text)}")
    st.html(_INTO_VIEW.replace("ITEM", item.id), unsafe_allow_javascript=True)


def show_scales(rubric: Rubric, item: Item) -> dict[str, int]:
    """Return a scale an aspect, with what it asks; the ratings so far."""
    for aspect in rubric.aspects:
        key = _key(item, aspect)
        # Only at first: what the annotator has chosen since must not be overwritten by what is
        # stored.
        if key not in st.session_state and aspect.name in item.ratings:
            st.session_state[key] = item.ratings[aspect.name]
        st.radio(
            f"**{markdown(aspect.title)}.** {markdown(aspect.wording)}",
            range(aspect.low, aspect.high + 1),
            index=None,
            horizontal=True,
            key=key,
        )
    return _given(rubric, item)


def show_keys(
    round: Round, rubric: Rubric, item: Item, annotator: str, ratings: Mapping[str, int]
) -> None:
    """Draw buttons that keys press too: digits, back, save, skip."""
    left = [aspect for aspect in rubric.aspects if aspect.name not in ratings]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not left:  # in the keys' place, so that the buttons below stay where they are
            st.markdown("All is rated: Enter saves.", width="content")
        for aspect in left[:1]:
            st.markdown(f"Keys for **{markdown(aspect.title)}**:", width="content")
            for value in range(aspect.low, aspect.high + 1):
                st.button(
                    f"Give {value}",
                    key=f"give {value}",
                    shortcut=str(value),
                    on_click=_give,
                    args=(rubric, item, value),
                    type="tertiary",
                )
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Save and go on",
            shortcut="Enter",
            type="primary",
            disabled=bool(left),
            on_click=_save,
            args=(round, rubric, item, annotator),
            icon=":material/check:",
        )
        st.button(
            "Take one back",
            shortcut="Backspace",
            disabled=not ratings,
            on_click=_take_back,
            args=(rubric, item),
            icon=":material/undo:",
        )
    with st.container(horizontal=True, gap="small"):
        if item.ratings:
            st.button(
                "Leave it as it was",
                shortcut="Esc",
                on_click=_stop_revising,
                icon=":material/close:",
            )
        else:
            st.button(
                "Skip: distressing",
                shortcut="S",
                on_click=_skip,
                args=(round, item.id, annotator),
                icon=":material/skip_next:",
                help="It is not shown to you again. Nobody asks why.",
            )


def offer_revision(round: Round) -> None:
    """Offer the way back to what was rated last."""
    if st.session_state.get(_REVISING) is None:
        st.button(
            "Revise the last one",
            shortcut="B",
            on_click=_revise,
            args=(round.id,),
            icon=":material/arrow_back:",
            type="tertiary",
            help="Ratings can be revised until the round is closed.",
        )


def _paragraphs(text: str) -> str:
    """Return text from outside with its paragraphs, and nothing else of its form."""
    lines = [markdown(line, LONG) for line in text.splitlines() if line.strip()]
    return "\n\n".join(lines)


def _key(item: Item, aspect: Aspect) -> str:
    return f"{item.id} {aspect.name}"


def _given(rubric: Rubric, item: Item) -> dict[str, int]:
    """Return the ratings of an item so far, an aspect."""
    chosen = {aspect.name: st.session_state.get(_key(item, aspect)) for aspect in rubric.aspects}
    return {name: value for name, value in chosen.items() if value is not None}


# A key may be pressed before the page is drawn anew after the one before, and then brings along
# what stood on the page as it was. So the following look at what is rated when they are called: two
# digits at once rate two aspects.
def _give(rubric: Rubric, item: Item, value: int) -> None:
    given = _given(rubric, item)
    aspect = next((each for each in rubric.aspects if each.name not in given), None)
    if aspect and aspect.low <= value <= aspect.high:
        st.session_state[_key(item, aspect)] = value


def _take_back(rubric: Rubric, item: Item) -> None:
    given = _given(rubric, item)
    aspect = next((each for each in reversed(rubric.aspects) if each.name in given), None)
    if aspect:
        st.session_state[_key(item, aspect)] = None


def _save(round: Round, rubric: Rubric, item: Item, annotator: str) -> None:
    _stop_revising()
    try:
        rate(data_folder(), round, rubric, item.id, annotator, _given(rubric, item))
    except RatingRefused as error:
        st.session_state[_NOTE] = told(error)


def _skip(round: Round, item: str, annotator: str) -> None:
    try:
        skip(data_folder(), round, item, annotator)
    except RatingRefused as error:
        st.session_state[_NOTE] = told(error)
        return
    st.session_state[_NOTE] = (
        "Skipped; you will not be shown it again. Take a break whenever you like: what you have"
        " rated is stored."
    )


def _revise(round: str) -> None:
    st.session_state[_REVISING] = round


def _stop_revising() -> None:
    st.session_state.pop(_REVISING, None)
