"""The project's own pages in Markdown: their blocks, headings, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
WALK = ("README.md", "docs/teams.md", "docs/readers.md", "docs/maintainers.md")
"""What a newcomer reads, in this order: the commands of a page go on where those
before it ended.
"""

_markdown = MarkdownIt("commonmark").enable("table")


def pages() -> list[Path]:
    """Every page of the project."""
    below = ("docs", "benchmarks", "leaderboard_data")
    found = [*ROOT.glob("*.md"), *(page for name in below for page in (ROOT / name).rglob("*.md"))]
    return sorted(found)


def text_of(name: str) -> str:
    """The text of the page `name`, below the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each fenced block: its language and its text."""
    for token in _markdown.parse(text):
        if token.type == "fence":
            yield token.info, token.content


def instructed_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each fenced block: the paragraph before it, its line breaks taken out, and its text."""
    instruction = ""
    for token in _markdown.parse(text):
        if token.type == "inline":
            instruction = " ".join(token.content.split())
        elif token.type == "fence":
            yield instruction, token.content
            instruction = ""


def anchors(text: str) -> list[str]:
    """The anchor of each heading, as GitHub makes it: lower case, words joined by hyphens."""
    return [anchor for _, anchor in headings(text)]


def headings(text: str) -> Iterator[tuple[str, str]]:
    """The level (h1, h2, ...) and the anchor of each heading."""
    tokens = _markdown.parse(text)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            plain = "".join(part.content for part in inline.children or ())
            yield token.tag, re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def links(text: str) -> Iterator[str]:
    """The target of each link and picture."""
    for token in _inline(text):
        if token.type == "link_open":
            yield str(token.attrs["href"])
        elif token.type == "image":
            yield str(token.attrs["src"])


def _inline(text: str) -> Iterator[Token]:
    for token in _markdown.parse(text):
        yield from token.children or ()


def table_rows(text: str) -> Iterator[list[Token]]:
    """Each row of each table's body: the inline token of each cell."""
    row: list[Token] = []
    body = False
    for token in _markdown.parse(text):
        if token.type in ("tbody_open", "tbody_close"):
            body = token.type == "tbody_open"
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and body:
            yield row
        elif token.type == "inline":
            row.append(token)
