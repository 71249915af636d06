"""What a page says in sentences."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def said(site: AppTest) -> str:
    return "\n".join(
        e.value for kind in (site.caption, site.markdown, site.warning, site.info) for e in kind
    )
