"""Rate explanations, or transcripts: one at a time, blind, each by three people."""

from __future__ import annotations

import streamlit as st

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import end_page, marked_name, team_page, texts_may_be_shown
from app.site.rate.annotating import (
    annotator_of,
    ask_why,
    current_item,
    offer_revision,
    show_item,
    show_keys,
    show_note,
    show_scales,
)
from app.site.url_state import Address
from app.text import markdown
from submissions.rating.rounds import (
    Share,
    is_declared,
    is_invented,
    open_rounds,
    rates_transcripts,
    scales_of,
    share,
)
from submissions.rating.rubrics import Rubric, usable_rubrics
from submissions.rating.turns import RATERS
from submissions.store.rated.rounds import Round
from submissions.wording import counted, noun_for


def main() -> None:
    """Draw the page."""
    with team_page("Rate") as team:
        if not team.may_rate:
            st.info(
                "Your team may submit, and not rate. Ask a maintainer of this board to be an"
                " annotator."
            )
            end_page()
        rounds = rounds_to_rate()
        if not rounds:
            st.info(
                "No round of rating is open, so there is nothing to rate. A maintainer of this"
                " board opens one; come back then, nothing has to be installed.",
                icon=":material/inbox:",
            )
            end_page()
        chosen = choose_round(rounds)
        rubric = usable_rubrics(data_folder().path).get(chosen.rubric)
        if rubric is None:
            say_rubric_is_unreadable(chosen)
            end_page()
        if not is_declared(data_folder(), chosen, declared_tasks()):
            say_nothing_is_declared(chosen)
            end_page()
        say_what_to_do(chosen, rubric)
        annotator = annotator_of(team)
        # Counted before the notice: whoever has rated all need not read it.
        mine = share(data_folder(), chosen, annotator)
        show_progress(mine)
        show_note()
        notice = (
            "You will read conversations of models with patients, one after the other."
            if rates_transcripts(data_folder(), chosen)
            else "You will read posts, and what models wrote about them, one after the other."
        )
        if not texts_may_be_shown(notice, invented=of_invented_posts(chosen)):
            end_page()
        rate_next(chosen, rubric, annotator, mine)


def rounds_to_rate() -> list[Round]:
    """Return the rounds that are open, those of real posts first."""
    return sorted(open_rounds(data_folder()), key=of_invented_posts)


def of_invented_posts(round: Round) -> bool:
    """Say whether no person wrote the posts of a round."""
    return is_invented(data_folder(), round, declared_tasks())


def choose_round(rounds: list[Round]) -> Round:
    """Let the annotator choose among several rounds; a single one is taken."""
    address = Address()
    by_name = {each.name: each for each in rounds}
    names = {
        name: marked_name(name, invented=of_invented_posts(each)) for name, each in by_name.items()
    }
    chosen = rounds[0]
    if len(rounds) > 1:
        chosen = by_name[address.choose("Round", "round", names, width=260)]
    address.show_notes()
    return chosen


def say_rubric_is_unreadable(round: Round) -> None:
    """Say why nothing can be rated in a round, and who can see what is wrong."""
    st.error(
        f"The rubric of this round, {markdown(round.rubric)}, cannot be read, so that nothing can"
        " be rated by it now. Its maintainers see what is wrong in `reasonboard status`.",
        icon=":material/report:",
    )


def say_nothing_is_declared(round: Round) -> None:
    """Say why nothing can be rated in a round whose benchmark or task is gone."""
    st.error(
        f"What this round rates, {markdown(round.benchmark)}, is not declared on this board any more,"
        " so that nobody can say whose words its texts are, and nothing can be rated now. Tell its"
        " maintainers: the declaration has to come back, or the round to be closed.",
        icon=":material/report:",
    )


def say_what_to_do(round: Round, rubric: Rubric) -> None:
    """Say what the annotator is shown, and what is asked."""
    if of_invented_posts(round):
        st.markdown(
            ":orange-badge[:material/science: Invented] No person wrote these texts. The round"
            " shows how rating works, and its ratings say nothing about real systems."
        )
    if round.pairwise:
        aspects = ", ".join(markdown(each.title).lower() for each in rubric.aspects)
        st.markdown(
            "You are shown what two models wrote about a post, side by side and without their names."
            f" {RATERS} people compare each pair. Say which is better, all in all; what counts:"
            f" {aspects}."
        )
        with st.expander("What these mean where each is rated on a scale"):
            st.markdown("\n".join(f"- {markdown(each.wording)}" for each in rubric.aspects))
        return
    if rates_transcripts(data_folder(), round):
        st.markdown(
            "You are shown whole conversations, one at a time. The therapist is a model, whose name"
            f" you are not told; rate the therapist, not the patient. {RATERS} people rate each. Rate"
            f" it by itself, by these scales: {markdown(rubric.title)}."
        )
        return
    st.markdown(
        "You are shown what models wrote about posts, one explanation at a time and without their"
        f" names. {RATERS} people rate each. Rate it by itself, by these scales:"
        f" {markdown(rubric.title)}."
    )


def show_progress(mine: Share) -> None:
    """Draw how much the annotator has rated, and how much is left."""
    if mine.practice:
        left = f"{counted(mine.practice, 'item')} {noun_for(mine.practice, 'is', 'are')} left"
        st.info(f"Practice first: {left}, to get to know what is asked.", icon=":material/school:")
        return
    skipped = f", {mine.skipped} skipped" if mine.skipped else ""
    st.progress(
        mine.rated / max(1, mine.rated + mine.left),
        f"You have rated {mine.rated}{skipped}; {mine.left} {'is' if mine.left == 1 else 'are'}"
        " left for you.",
    )


def rate_next(round: Round, rubric: Rubric, annotator: str, mine: Share) -> None:
    """Draw the next explanation beside its scales, or why none is left."""
    item = current_item(round, annotator)
    if item is not None:
        texts, answers = st.columns([3, 2], gap="medium")
        with texts:
            show_item(item)
        with answers:
            scales = scales_of(round, rubric)
            ratings = show_scales(scales, item)
            ask_why(item)
            show_keys(round, scales, item, annotator, ratings)
    elif mine.left or mine.practice:
        st.info(
            "Others have all that is left on their screens. Come back in half an hour: some may be"
            " given back."
        )
    else:
        st.success(
            "All done: nothing is left for you in this round. Thank you.",
            icon=":material/celebration:",
        )
    # What was rated to learn on stays as it is: what is agreed has been told.
    if mine.rated:
        offer_revision(round)


if __name__ == "__main__":
    main()
