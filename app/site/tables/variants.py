"""Tables of variants of one base model on a board of labels, and what a picture of sizes draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

import pandas as pd
from streamlit.column_config import TextColumn

from app.site.tables.base import HIGH, LOW, Column, Table, tabulate
from app.text import better, decimals, p_value, plain
from submissions.declarations.base_models import declared_size, read_base_model
from submissions.releasing.variants import VariantContrast
from submissions.store.released.scored_rows import MetricRow, SystemRow
from submissions.wording import counted


def variant_table(contrasts: Iterable[VariantContrast], metric: MetricRow) -> Table:
    """Return a row a pair of variants: the first less the second."""
    digits = decimals(metric)
    heads: dict[str, Any] = {
        "differ": "Differ in",
        "first": TextColumn("First", width=180),
        "second": TextColumn("less second", width=180),
        "base_models": "Base model",
        "on": "On",
        "difference": Column(
            "Difference", f"With its 95% interval. {better(metric)}", digits, True
        ),
        "p": Column("p", "Two-sided, from permutations.", wording=p_value),
        "p_holm": Column("p (Holm)", "Corrected for all pairs.", wording=p_value),
        "posts": Column("Posts", digits=0),
        "why_blank": "Why blank",
    }
    shown = ["differ", "first", "second", "base_models", "on", "difference"]
    shown += [f"difference{LOW}", f"difference{HIGH}", "p", "p_holm", "posts", "why_blank"]
    return tabulate(map(_row, contrasts), heads, shown, optional="why_blank")


def _row(contrast: VariantContrast) -> dict[str, object]:
    pair, compared = contrast.pair, contrast.comparison
    return {
        "differ": pair.differ,
        "first": plain(pair.first.system),
        "second": plain(pair.second.system),
        "base_models": plain(pair.base_models),
        "on": plain(compared.task) or f"mean of {counted(len(compared.tasks), 'task')}",
        "difference": compared.difference,
        f"difference{LOW}": compared.low,
        f"difference{HIGH}": compared.high,
        "p": compared.p,
        "p_holm": compared.p_holm,
        "posts": compared.posts,
        "why_blank": "" if compared.difference is not None else plain(compared.interval),
    }


def size_frame(systems: Mapping[str, SystemRow], means: pd.DataFrame) -> pd.DataFrame:
    """Return what a picture of values by parameters draws: a row a system of known size.

    Args:
        systems: By id.
        means: "value", "low" and "high" by the same ids.
    """
    ends = means[["value", "low", "high"]].to_dict("records")
    rows = [
        {
            "name": plain(systems[name].system),
            "group": plain(systems[name].method),
            "size": size_of(systems[name]),
            **row,
        }
        for name, row in zip(means.index, ends, strict=True)
        if not systems[name].trivial and pd.notna(row["value"])
    ]
    return pd.DataFrame([row for row in rows if not isnan(row["size"])])


def size_of(system: SystemRow) -> float:
    """Return how many parameters a system has: as declared, else as its base model's name says."""
    declared = declared_size(system.parameters)
    return read_base_model(system.base_model).size if isnan(declared) else declared
