"""The tables of `reasonboard validity`: a set of ratings each, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import typer

from app.cli.tabulating import Sheet, print_sheet, reasons
from app.cli.validity.standing_in import standing_in, why_none
from app.grouping import grouped
from app.text import no_interval
from scoring.statistics import SKEWED
from submissions.declarations.meta import POOLED
from submissions.rating.baselines import TITLES
from submissions.rating.figures import HUMAN, OF_PAIRS
from submissions.rating.validity import Validity
from submissions.rating.views import BOUND, VIEWS, WITH_OWN, WITHOUT_OWN
from submissions.releasing.own_family import FamilyMean
from submissions.store.released.rated_rows import (
    AgreementRow,
    MetricContestRow,
    ValidityRow,
    ValidityViewRow,
)
from submissions.wording import counted

LACKING = {
    "label_explanation_agreement": "have no label, or name no answer in the explanation",
    "verified_quotations": "quote nothing",
}
"""Metric -> what explanations without a value of it lack, besides an example."""
NO_EXAMPLE = "answer no example that has what it needs (a reference, or the post)"
FULL_ENDING = "_full"
VIEW_TITLES = {HUMAN: "human", BOUND: "bound"}
MEASURES = ("pearson", "spearman", "kendall", "acc_eq")


FAMILY_VIEWS = (WITH_OWN, WITHOUT_OWN)


def print_set(validity: Validity, name: str) -> None:
    """Write what is known of one set of ratings to standard output."""
    rows = [row for row in validity.rows if row.ratings == name]
    mark = " (invented: a demonstration)" if name in validity.invented else ""
    first = rows[0]
    typer.echo(
        f"{first.benchmark}: ratings {name} of {first.task}, by the rubric {first.rubric}{mark}"
    )
    for ratings in validity.sets:
        if ratings.name == name and ratings.joined:
            typer.echo(f"{name} is {ratings.joined}")
    agreement = [row for row in validity.agreement if row.ratings == name]
    if agreement:
        print_sheet(_agreement_sheet(agreement))
    tests = grouped(
        ((test.aspect, test.system, test.first), test)
        for test in validity.contests
        if test.ratings == name and test.measure == "pearson"
    )
    views = grouped(
        ((row.system, row.aspect), row) for row in validity.views if row.ratings == name
    )
    systems, aspects = ([getattr(row, name) for row in rows] for name in ("system", "aspect"))
    own = grouped(((row.system, row.aspect), row) for row in rows)
    for of in product(dict.fromkeys(systems), dict.fromkeys(aspects)):
        if of in own:
            sheets = [_validity_sheet(own[of]), _beside_sheet(own[of], tests)]
            own_views = views.get(of, [])
            by_text = [row for row in own_views if row.view not in FAMILY_VIEWS]
            by_family = [row for row in own_views if row.view in FAMILY_VIEWS]
            sheets += [_views_sheet(by_text)] if by_text else []
            sheets += [_families_sheet(by_family)] if by_family else []
            sheets += standing_in(validity, name, *of)
            for sheet in sheets:
                if sheet.rows:
                    print_sheet(sheet)
    for line in _not_validated(rows):
        typer.echo(line)
    for line in why_none(validity, name):
        typer.echo(line)


def _agreement_sheet(rows: Sequence[AgreementRow]) -> Sheet:
    """Return a table of how far the raters agree, a row a system and aspect."""
    coefficients = list(dict.fromkeys(row.coefficient for row in rows))
    table = []
    for of, own in grouped(((row.system, row.aspect), row) for row in rows).items():
        figures = {row.coefficient: _figure(row) for row in own}
        shown = (figures[name] for name in coefficients)
        table.append((*of, *shown, str(own[0].n), str(own[0].raters)))
    heads = ("system", "aspect", *coefficients, "n", "raters")
    without = (
        (f"{row.coefficient} of {row.system}, {row.aspect}", no_interval(row.value, row.interval))
        for row in rows
    )
    caption = "\n".join([f"95% intervals over posts. {SKEWED}", *reasons(without)])
    return Sheet("How far the raters agree", heads, table, caption, keys=2)


def _validity_sheet(rows: Sequence[ValidityRow]) -> Sheet:
    """Return how far each metric goes along with the mean of all raters, on its own texts."""
    system = rows[0].system
    # Systems differ in quality, which every metric sees: pooled, each seems to agree with people.
    caution = ": pooling unlike systems makes every metric look good" if system == POOLED else ""
    measures = [*MEASURES, *OF_PAIRS] if system == POOLED else MEASURES
    table = []
    for metric, own in _measured(rows).items():
        figures = [_figure(own[name]) if name in own else "" for name in measures]
        table.append((_on_its_texts(metric, own), *figures))
    caption = (
        "95% intervals over posts. Each metric is on the texts that it has a value on: figures of "
        "other texts are not to be held against each other"
    )
    without = ((row.metric, no_interval(row.value, row.interval)) for row in rows)
    lines = "\n".join([caption, *_why_fewer(rows), *reasons(without)])
    return Sheet(f"{system}, {rows[0].aspect}{caution}", ("metric", *measures), table, lines)


def _beside_sheet(
    rows: Sequence[ValidityRow], tests: Mapping[tuple[str, str, str], Sequence[MetricContestRow]]
) -> Sheet:
    """Return each metric with what it can be held against, on its texts and the same means."""
    system, aspect = rows[0].system, rows[0].aspect
    table = [
        (
            _on_its_texts(metric, own),
            *_beside(own["pearson"]),
            *_against(tests.get((aspect, system, metric), ())),
        )
        for metric, own in _measured(rows).items()
        # A human is what the others are held against.
        if metric != HUMAN
    ]
    caption = (
        "pearson with the mean of the raters but one, each left out in turn: of the metric, of the "
        "rater left out, and of the stronger word count, all on the metric's texts. Beats, beaten "
        "by: baselines that the metric goes along with the mean of all raters further than, or less "
        "far, on the texts that both have a value on: p below .05 by PERM-BOTH with Holm's "
        "correction over all metrics and baselines"
    )
    human = next(row for row in rows if row.metric == HUMAN and row.measure == "pearson")
    if human.why_blank:
        caption += f"\nBlank, since it takes raters to be left out: {human.why_blank}"
    heads = ("metric", "this", "a human", "words", "beats", "beaten by")
    title = f"{system}, {aspect}: on each metric's own texts, one rater left out"
    return Sheet(title, heads, table, caption)


def _measured(rows: Sequence[ValidityRow]) -> dict[str, dict[str, ValidityRow]]:
    """Return metric -> measure -> row, of those that have a value on any text."""
    return {
        metric: {row.measure: row for row in own}
        for metric, own in grouped((row.metric, row) for row in rows).items()
        if any(row.value is not None or row.n for row in own)
    }


def _on_its_texts(metric: str, own: Mapping[str, ValidityRow]) -> str:
    """Return a metric's name, and on how many of the rated texts it has a value."""
    title = "human (one against the others)" if metric == HUMAN else metric
    return f"{title}, {own['pearson'].n} of {own['pearson'].n_rated} texts"


def _beside(row: ValidityRow) -> tuple[str, str, str]:
    """Return the metric, a human and the stronger word count on its texts, on the same means."""
    words = "" if row.ruler is None else f"{row.ruler:z.2f} ({row.yardstick})"
    return _two_decimals(row.alike), _two_decimals(row.human), words


def _two_decimals(value: float | None) -> str:
    return "" if value is None else f"{value:z.2f}"


def _figure(row: AgreementRow | ValidityRow) -> str:
    if row.value is None:
        return row.why_blank
    if isinstance(row, ValidityRow) and row.measure in OF_PAIRS:
        return f"{row.value:z.2f} of {counted(row.n, 'pair')}"
    return f"{row.value:z.2f}{_ends(row)}"


def _against(tests: Sequence[MetricContestRow]) -> tuple[str, str]:
    """Return which baselines a metric beats, and which beat it."""
    if not tests:
        return "", ""
    beaten = ", ".join(TITLES.get(test.second, test.second) for test in tests if test.beats)
    beating = ", ".join(TITLES.get(test.second, test.second) for test in tests if test.beaten)
    return beaten or "none", beating


def _views_sheet(rows: Sequence[ValidityViewRow]) -> Sheet:
    """Return each metric by what of the texts is looked at, each on its own texts of the view."""
    figures = {(row.metric, row.view): row for row in rows}
    table = [
        (VIEW_TITLES.get(metric, metric), *(_viewed(figures[metric, view.name]) for view in VIEWS))
        for metric in dict.fromkeys(row.metric for row in rows if row.n)
    ]
    caption = (
        "pearson with the mean of all raters (of a human: of the others), n texts with a value; "
        "then, on these texts, a human and the bound: the square root of ICC(2,k), which is how far "
        "anything can go along with the raters' mean"
    )
    title = f"{rows[0].system}, {rows[0].aspect}: by blanks and by label"
    return Sheet(title, ("metric", *(view.title.lower() for view in VIEWS)), table, caption)


def _families_sheet(rows: Sequence[ValidityViewRow]) -> Sheet:
    """Return each judge's metric over all rated systems, with and without its own family's."""
    figures = {(row.metric, row.view): row for row in rows}
    table = [
        (metric, *(_viewed(figures[metric, view]) for view in FAMILY_VIEWS))
        for metric in dict.fromkeys(row.metric for row in rows)
    ]
    caption = "pearson with the mean of all raters, all rated systems together"
    title = f"{rows[0].aspect}: judges with and without systems of their own family"
    return Sheet(title, ("metric", *FAMILY_VIEWS), table, caption)


def family_means_sheet(means: Sequence[FamilyMean], systems: Mapping[str, str]) -> Sheet:
    """Return means over judges, with and without those of a system's own family."""
    heads = ("system", "task", "scale", "judges", "own family", *FAMILY_VIEWS)
    table = [
        (
            systems.get(each.system, each.system),
            each.task,
            each.scale,
            f"{each.judges:,}",
            f"{each.of_family:,}",
            f"{each.mean:.2f}",
            "none: no judge of another family" if each.without is None else f"{each.without:.2f}",
        )
        for each in means
    ]
    caption = (
        "Means over judges of their means; without an interval: judges are few, and not drawn."
    )
    return Sheet("Judges of a system's own family", heads, table, caption, keys=3)


def _viewed(row: ValidityViewRow) -> str:
    if row.value is None:
        return row.why_blank
    beside = (
        ""
        if row.human is None and row.bound is None
        else f"; {_told(row.human)}, {_told(row.bound)}"
    )
    return f"{row.value:z.2f}{_ends(row)}, n {row.n}{beside}"


def _told(value: float | None) -> str:
    return "none" if value is None else f"{value:z.2f}"


def _ends(row: AgreementRow | ValidityRow | ValidityViewRow) -> str:
    return "" if row.low is None else f" ({row.low:z.2f} to {row.high:z.2f})"


def _not_validated(rows: Sequence[ValidityRow]) -> Iterator[str]:
    """Say why metrics stand in no table, a line a reason."""
    shown = _measured(rows)
    absent = grouped((row.why_blank, row.metric) for row in rows if row.metric not in shown)
    for why, metrics in absent.items():
        yield f"Blank: {', '.join(dict.fromkeys(metrics))}: {why}"


def _why_fewer(rows: Sequence[ValidityRow]) -> Iterator[str]:
    """Say why fewer texts have a value than were rated, a line a reason.

    Word count has a value wherever there is a text.
    """
    own = {row.metric: row for row in rows if row.measure == "pearson"}

    def why_fewer(row: ValidityRow) -> str:
        # Each metric is held against the word count of the text that it reads.
        words = own.get("words_full" if row.metric.endswith(FULL_ENDING) else "words", row)
        return f"{row.n} of {row.n_rated}, because {_why_without(row, words)}"

    partial = (row for row in own.values() if 0 < row.n < row.n_rated)
    for why, metrics in grouped((why_fewer(row), row.metric) for row in partial).items():
        yield f"n of {', '.join(metrics)}: {why}."


def _why_without(row: ValidityRow, words: ValidityRow) -> str:
    if row.metric == HUMAN:
        return "it takes two ratings of a text"
    # Where even word count has no value there is no text; the rest lacks what this metric needs.
    empty, others = row.n_rated - words.n, words.n - row.n
    whole = row.metric.endswith(FULL_ENDING)
    nothing = (
        "have no text" if whole else "have no explanation beside the sentence that states the label"
    )
    parts = [f"{empty:,} {nothing}"] if empty else []
    if others > 0:
        parts.append(f"{others:,} {LACKING.get(row.metric, NO_EXAMPLE)}")
    return " and ".join(parts) or "the others have no value"
