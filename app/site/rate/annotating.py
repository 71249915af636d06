"""What the rating page draws: an explanation with its post, the scales with their wording, and the
keys for them; in a pairwise round two explanations, and which is better.

All of it can be done by keyboard: a digit rates the first aspect that is not rated yet, or chooses
(1 left, 2 equal, 3 right, 0 cannot say), Backspace takes the last one back, Enter saves. The scales
are radio buttons too, for whoever uses a mouse or a screen reader. Nothing that is sent to the
browser tells whose explanation it is, nor which item checks its rater; but what is practice says so
and, once it is rated, what was agreed.
"""

from __future__ import annotations

import streamlit as st

from app.settings import data_folder
from app.site.auth import account_in_use
from app.text import markdown, told
from submissions.rating.rounds import (
    CANNOT_SAY,
    DISTRESSING,
    LEFT,
    PREFERRED,
    REASON_LENGTH,
    RIGHT,
    TIE,
    Feedback,
    RatingRefused,
    annotator_id,
    feedback,
    next_item,
    rate,
    rated_last,
    skip,
)
from submissions.rating.rubrics import Aspect
from submissions.rating.shown import Item
from submissions.store.rated.rounds import Round
from submissions.teams.accounts import Team

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
_NAMED = {LEFT: "Left", TIE: "Equal", RIGHT: "Right"}
_REVISING, _NOTE = "revising the last rating", "what became of the last item"


def annotator_of(team: Team) -> str:
    """Return the pseudonym of whoever is signed in.

    The person where single sign-on tells, else the team.
    """
    account = account_in_use()
    return annotator_id(data_folder(), team.name, account.email if account else "")


def show_note() -> None:
    """Say what became of the last item, until the next is done: feedback takes a while to read."""
    if note := st.session_state.get(_NOTE):
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
    """Draw the post, what was asked, and the explanation, or a transcript's turns, and bring them
    into view.

    On a phone the page still stands where the last item's buttons were.
    """
    with st.container(border=True, key=_POST):
        for turn in item.turns:
            # A frame a turn: what is said within it may look like another one.
            with st.container(border=True):
                st.markdown(f"**{turn.role.capitalize()}:** {_paragraphs(turn.text)}")
        if not item.turns:
            st.markdown(f"**Post.** {_paragraphs(item.post)}")
        if item.asked:
            st.markdown(f"**Asked:** {_whole(item.asked)}")
    if item.practice:
        st.markdown(
            ":blue-badge[:material/school: Practice] Rate it like any other. You are told afterwards"
            " what was agreed, and it does not count."
        )
    if item.against:
        for side, heading, text in zip(
            st.columns(2), ("Left", "Right"), (item.text, item.against), strict=True
        ):
            with side.container(border=True):
                st.markdown(f"**{heading}.** {_paragraphs(text)}")
    elif not item.turns:
        with st.container(border=True):
            st.markdown(f"**Explanation to be rated.** {_paragraphs(item.text)}")
    st.html(_INTO_VIEW.replace("ITEM", item.id), unsafe_allow_javascript=True)


def show_scales(scales: tuple[Aspect, ...], item: Item) -> dict[str, int]:
    """Return a scale an aspect, with what it asks; the ratings so far."""
    for aspect in scales:
        key = _key(item, aspect)
        # Only at first: what the annotator has chosen since must not be overwritten by what is
        # stored.
        if key not in st.session_state and aspect.name in item.ratings:
            st.session_state[key] = item.ratings[aspect.name]
        st.radio(
            f"**{markdown(aspect.title)}.** {_whole(aspect.wording)}",
            _values(aspect),
            index=None,
            horizontal=True,
            key=key,
            format_func=_NAMED.get if aspect.name == PREFERRED else str,
        )
    return _given(scales, item)


def ask_why(item: Item) -> None:
    """Draw where an annotator may say why."""
    key = _why(item)
    if key not in st.session_state and item.reason:
        st.session_state[key] = item.reason
    st.text_area(
        "Why? You need not say; only maintainers of this board read it.",
        key=key,
        max_chars=REASON_LENGTH,
        height=68,
    )


def show_keys(
    round: Round, scales: tuple[Aspect, ...], item: Item, annotator: str, ratings: dict[str, int]
) -> None:
    """Draw buttons that keys press: one a rating of the first aspect that has none, save, take
    back, skip.
    """
    left = [aspect for aspect in scales if aspect.name not in ratings]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not left:  # in the keys' place, so that the buttons below stay where they are
            st.markdown("All is rated: Enter saves.", width="content")
        for aspect in left[:1]:
            st.markdown(f"Keys for **{markdown(aspect.title)}**:", width="content")
            for place, value in enumerate(_values(aspect), 1):
                st.button(
                    _NAMED[value] if round.pairwise else f"Give {value}",
                    key=f"give {value}",
                    shortcut=str(place if round.pairwise else value),
                    on_click=_give,
                    args=(scales, item, value),
                    type="tertiary",
                )
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Save and go on",
            shortcut="Enter",
            type="primary",
            disabled=bool(left),
            on_click=_save,
            args=(round, scales, item, annotator),
            icon=":material/check:",
        )
        st.button(
            "Take one back",
            shortcut="Backspace",
            disabled=not ratings,
            on_click=_take_back,
            args=(scales, item),
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
            if round.pairwise:
                st.button(
                    "Cannot say",
                    shortcut="0",
                    on_click=_skip,
                    args=(round, item.id, annotator, CANNOT_SAY),
                    icon=":material/question_mark:",
                    help="Where neither can be judged. Choose “Equal” where both are as good.",
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
    return "\n\n".join(_whole(line) for line in text.splitlines() if line.strip())


def _whole(text: str) -> str:
    """Return text from outside as it is, however long: what is cut cannot be rated."""
    return markdown(text, len(text))


def _key(item: Item, aspect: Aspect) -> str:
    return f"{item.id} {aspect.name}"


def _why(item: Item) -> str:
    return f"{item.id} why"


def _values(aspect: Aspect) -> list[int]:
    """Return what an aspect can be rated, from left to right."""
    values = list(range(aspect.low, aspect.high + 1))
    return values[::-1] if aspect.name == PREFERRED else values


def _given(scales: tuple[Aspect, ...], item: Item) -> dict[str, int]:
    """Return the ratings of an item so far, an aspect."""
    chosen = {aspect.name: st.session_state.get(_key(item, aspect)) for aspect in scales}
    return {name: value for name, value in chosen.items() if value is not None}


# A key may be pressed before the page is drawn anew after the one before, and then brings along
# what stood on the page as it was. So the following look at what is rated when they are called: two
# digits at once rate two aspects.
def _give(scales: tuple[Aspect, ...], item: Item, value: int) -> None:
    given = _given(scales, item)
    aspect = next((each for each in scales if each.name not in given), None)
    if aspect and aspect.low <= value <= aspect.high:
        st.session_state[_key(item, aspect)] = value


def _take_back(scales: tuple[Aspect, ...], item: Item) -> None:
    given = _given(scales, item)
    aspect = next((each for each in reversed(scales) if each.name in given), None)
    if aspect:
        st.session_state[_key(item, aspect)] = None


def _save(round: Round, scales: tuple[Aspect, ...], item: Item, annotator: str) -> None:
    _stop_revising()
    st.session_state.pop(_NOTE, None)
    folder, reason = data_folder(), st.session_state.get(_why(item)) or ""
    try:
        rate(folder, round, scales, item.id, annotator, _given(scales, item), reason)
        learned = feedback(folder, round, item.id, annotator)
    except RatingRefused as error:
        st.session_state[_NOTE] = told(error)
        return
    if learned is not None:
        st.session_state[_NOTE] = _taught(scales, learned)


def _taught(scales: tuple[Aspect, ...], learned: Feedback) -> str:
    """Return what was agreed on an item of practice, beside what its annotator gave."""
    compared = ", ".join(
        f"{_heading(aspect)}{_shown(aspect, learned.agreed[aspect.name])}"
        f" (you: {_shown(aspect, learned.given[aspect.name])})"
        for aspect in scales
    )
    return f"**Practice.** Agreed: {compared}. {_whole(learned.sentence)}"


def _heading(aspect: Aspect) -> str:
    return "" if aspect.name == PREFERRED else f"{markdown(aspect.title)} "


def _shown(aspect: Aspect, value: int) -> str:
    return _NAMED[value] if aspect.name == PREFERRED else str(value)


def _skip(round: Round, item: str, annotator: str, reason: str = DISTRESSING) -> None:
    st.session_state.pop(_NOTE, None)
    try:
        skip(data_folder(), round, item, annotator, reason)
    except RatingRefused as error:
        st.session_state[_NOTE] = told(error)
        return
    if reason == DISTRESSING:
        st.session_state[_NOTE] = (
            "Skipped; you will not be shown it again. Take a break whenever you like: what you have"
            " rated is stored."
        )


def _revise(round: str) -> None:
    st.session_state[_REVISING] = round


def _stop_revising() -> None:
    st.session_state.pop(_REVISING, None)
