"""Tables of a page that was opened without a browser."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest


def grid(site: AppTest, place: int = 0) -> pd.DataFrame:
    """One of the page's tables by its own heads, without the row that may stand above them."""
    frame = site.dataframe[place].value
    return frame.droplevel(0, axis=1) if frame.columns.nlevels > 1 else frame


def table(site: AppTest, column: str) -> pd.DataFrame:
    """The first of the page's tables that has `column`."""
    return next(
        frame
        for frame in (grid(site, place) for place in range(len(site.dataframe)))
        if column in frame
    )
