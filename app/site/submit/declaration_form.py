"""What a team declares of its system, as a form: the fields of `submission.toml`, each with what it
is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.site.tables.strategy import strategy_choices, strategy_title
from app.text import markdown
from scoring.sources import OTHER, Sources
from scoring.tasks import UNKNOWN
from submissions.declarations.meta import METHODS, NAME_LENGTH, TEXT_LENGTH
from submissions.life.decisions import FIXED
from submissions.problems import Problem

UNDECLARED, ON_NONE, ON_THESE = "Not declared", "On none of the data sets", "On these:"
LINE = 200
HELP = {
    "system": "The name that stands on the board. The first team that uses a name keeps it.",
    "version": (
        "A new one for new outputs: a submission is never replaced. The board shows the latest"
        " published one."
    ),
    "method": "How the answers were made. The board can be filtered by it.",
    "base_model": "The model it builds on, as others would look it up.",
    "parameters": "Their number, as 7_000_000_000 or 7e9. Empty: unknown.",
    "description": "What the system is, in a few sentences. Shown as text, not as Markdown.",
    "strategy": "How the model was asked or made. The board can be grouped and filtered by it.",
    "prompt_strategy": (
        "In your own words: the prompt, the number of examples in it, how they were chosen."
    ),
    "trained_on": (
        "The source data sets that the system has seen in training. Generalization is judged by"
        " this, and nobody checks it for you: say what is true, or leave it undeclared."
    ),
    "datasets": (
        "Choose, or write a name. A benchmark means all of its data sets: name them one by one if"
        f" it was some. A data set that is none of these is written {OTHER}NAME."
    ),
    "links": "Paper, code, model: one http or https address a line.",
    "licence": "Of the system.",
    "contact": "For the maintainers alone; in no release, on no page but your team's.",
    "consent": (
        "What is declared here (but not the contact), scores, labels and explanations become public"
        " with the next release. Without it your team and the maintainers see the scores, and you"
        " can still publish later."
    ),
}


@dataclass(frozen=True)
class Declared:
    """What stands in the form.

    Attributes:
        raw: Key -> value as `submissions.declarations.meta.parse_meta` takes it; what is left empty
            is missing.
        places: Key -> where to say what is wrong with it.
        faults: What contradicts itself in the form; it could not be so in a file.
    """

    raw: Mapping[str, Any]
    places: Mapping[str, DeltaGenerator] = field(repr=False)
    faults: tuple[Problem, ...] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """All that may be edited: key -> value, None to declare nothing."""
        return {key: self.raw.get(key) for key in self.places if key not in FIXED}

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say at each field what is wrong with it, and the rest here."""
        for key in dict.fromkeys(problem.field for problem in problems):
            faults = [_sentence(problem) for problem in problems if problem.field == key]
            self.places.get(key, st).error("  \n".join(faults), icon=":material/report:")


def declaration_fields(
    known: Mapping[str, Any], source: str, sources: Sources, *, new: bool
) -> Declared:
    """Return the fields, filled with what is known; to be drawn in a form.

    Args:
        known: Key -> value, as TOML or `Meta` has them; nothing need be right.
        source: Where that is from: another source fills the fields anew.
        sources: What the tasks tell about source data sets.
        new: Whether system and version are still to be chosen.
    """
    fields = _Fields(known, source)
    if new:
        with st.container(horizontal=True):
            fields.text("system", "System", 320, NAME_LENGTH)
            fields.text("version", "Version", 150, NAME_LENGTH)
            fields.method()
            fields.strategy()
    else:
        with st.container(horizontal=True):
            fields.method()
            fields.strategy()
    with st.container(horizontal=True):
        fields.text("base_model", "Base model", 320)
        fields.parameters()
        fields.text("licence", "Licence", 220)
    fields.area("description", "Description")
    fields.area("prompt_strategy", "Prompts")
    fields.trained_on(sources.choices)
    fields.links()
    fields.text("contact", "Contact (private)", 420)
    fields.consent()
    return Declared(fields.raw, fields.places, fields.faults)


class _Fields:
    """Draws one field after the other, and collects what stands in them."""

    def __init__(self, known: Mapping[str, Any], source: str) -> None:
        self._known, self._source = known, source
        self.raw: dict[str, Any] = {}
        self.places: dict[str, DeltaGenerator] = {}
        self.faults: tuple[Problem, ...] = ()

    def text(self, key: str, label: str, width: int, longest: int = LINE) -> str:
        """Draw a line of text, and return it.

        System and version are kept even if empty, so that it is said that they are.
        """
        with st.container(width=width):
            value: str = st.text_input(
                label, self._text(key), max_chars=longest, **self._named(key)
            )
            self._done(key, value if value.strip() or key in FIXED else None)
        return value

    def area(self, key: str, label: str) -> None:
        """Draw a field of several lines."""
        value = st.text_area(
            label, self._text(key), max_chars=TEXT_LENGTH, height=100, **self._named(key)
        )
        self._done(key, value if value.strip() else None)

    def method(self) -> None:
        """Offer METHODS; none is chosen for the team."""
        known = self._known.get("method")
        with st.container(width=260):
            value = st.selectbox(
                "Method",
                METHODS,
                METHODS.index(known) if known in METHODS else None,
                placeholder="Choose one",
                **self._named("method"),
            )
            self._done("method", value)

    def strategy(self) -> None:
        """Offer the board's strategies; none need be chosen."""
        known = self._text("strategy")
        choices = {"": UNDECLARED, **strategy_choices()}
        # One that the board does not declare any more stays what was declared.
        choices.setdefault(known, strategy_title(known))
        with st.container(width=320):
            value = st.selectbox(
                "Strategy",
                choices,
                [*choices].index(known),
                format_func=choices.__getitem__,
                **self._named("strategy"),
            )
            self._done("strategy", value or None)

    def parameters(self) -> None:
        """Draw a field for a number, in digits."""
        text = self.text("parameters", "Parameters", 220, 40)
        if text.strip():
            self.raw["parameters"] = _number(text)

    def trained_on(self, choices: Sequence[str]) -> None:
        """Ask for the training data: undeclared, none, or some are three different things."""
        known = self._listed("trained_on")
        named = [name for name in known or () if isinstance(name, str)]
        # Silence, none, and some are three different statements on training data.
        start = 0 if known is None else 2 if named else 1
        with st.container(horizontal=True):
            said = st.selectbox(
                "Trained on",
                (UNDECLARED, ON_NONE, ON_THESE),
                start,
                key=self._key("trained"),
                width=260,
                help=HELP["trained_on"],
            )
            names = st.multiselect(
                "Data sets",
                list(dict.fromkeys([*choices, *named])),
                named,
                key=self._key("trained_on"),
                accept_new_options=True,
                help=HELP["datasets"],
                width=520,
            )
        if bool(names) != (said == ON_THESE):
            self.faults += (
                Problem(
                    "form",
                    None,
                    "trained_on",
                    str(said),
                    "does not go with the data sets beside it",
                    f"data sets with “{ON_THESE}”, and none otherwise",
                ),
            )
        self._done("trained_on", names or ([] if said == ON_NONE else None))

    def links(self) -> None:
        """Draw a field for addresses, one a line."""
        lines = "\n".join(map(str, self._listed("links") or ()))
        text = st.text_area("Links", lines, height=80, **self._named("links"))
        self._done("links", [line.strip() for line in text.splitlines() if line.strip()] or None)

    def consent(self) -> None:
        """Ask for consent, which is never given by default."""
        given = st.checkbox(
            "Publish the results", self._known.get("consent") is True, **self._named("consent")
        )
        st.caption(HELP["consent"])
        self._done("consent", given)

    def _done(self, key: str, value: Any) -> None:
        """Note what stands in a field, None for nothing, and where its faults are to be said."""
        # Right below the field, where its faults are going to stand.
        self.places[key] = st.empty()
        if value is not None:
            self.raw[key] = value

    def _key(self, key: str) -> str:
        return f"declared {self._source} {key}"

    def _named(self, key: str) -> dict[str, Any]:
        return {"key": self._key(key), "help": HELP[key]}

    def _listed(self, key: str) -> Sequence[Any] | None:
        value = self._known.get(key)
        return value if isinstance(value, list | tuple) else None

    def _text(self, key: str) -> str:
        value = self._known.get(key)
        return "" if value is None or value == UNKNOWN else str(value)


def _number(text: str) -> int | float | str:
    # A whole number first: as a float it would be written back with a point.
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _sentence(problem: Problem) -> str:
    value = f"“{markdown(problem.value)}”: " if problem.value else ""
    allowed = f"; allowed: {markdown(problem.allowed)}" if problem.allowed else ""
    hint = f"; {markdown(problem.hint)}" if problem.hint else ""
    return f"**{markdown(problem.field)}** {value}{markdown(problem.problem)}{allowed}{hint}"
