"""Every name, through every export, comes back from a real reader of the format as it went in.

The readers are pandas and `csv`, `json`, pybtex, markdown-it-py (CommonMark with GitHub's tables),
and pylatexenc, which reads LaTeX's grammar; no LaTeX typesets anything here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexWalker

from app.site.export import Export, caveats
from app.site.tables.base import Table
from app.text import plain
from submissions.csv_export import neutralise

NASTY = re.split(
    r"  |\n",
    r"""{  }  {{  a}b{c  \  \}  \\[2em]  [  [x]  [2cm] tall  *  *starred  %  % all of it  &  a & b  #
$x$  1 ± 2 × 3  _  ^  ~  \input{/etc/passwd}  \write18{x}  \end{tabular}  ``quoted''  a -- b  a---b  –-
?`  @misc{x,  a, b = {c}  "  a "b" c  '  ,  ;  =1+1  +1  -1  @SUM(A1)  =cmd|' /C calc'!A0
![i](http://evil.example/i.png)  [x](javascript:alert(1))  <script>alert(1)</script>
<img src=x onerror=y>  </td>  |  a|b  a\|b  `code`  **b**  _www.evil.example  www.evil.example
http://evil.example  me@evil.example  <http://evil.example>  [1]: http://evil.example  # head
1. one  - item  > quote  ---  &lt;  &#42;  null  NaN  None  0  1e5  true  日本""",
)
NASTY += [
    "\t",
    "a\rb",
    "a\nb",
    "\r",
    "\u041aeyword rules",
    "\uff23LI",
    "e\u0301",
    "\U0001f600",
    "\u202eabc",
    "\u200b",
    "\u0627\u0644",
]
ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
ADDRESS = "http://board.example/?system=%7Bx%7D&release=7"


def exported(name: str) -> Export:
    """As the page of a system named so exports it: its name in a cell, in the title, and beside the
    table.
    """
    shown = plain(name)
    frame = pd.DataFrame(
        {
            "system": [shown, "last"],
            "mean": [0.5, 0.25],
            "mean low": [0.4, 0.2],
            "mean high": [0.6, 0.3],
        }
    )
    table = Table(frame, {"system": "System", "mean": "Mean"}, ["system", "mean"], {"mean": 2})
    told = caveats(shown, table, 7, "2026-01-31", invented=True, demonstration=True)
    about = {"system": shown, "release": 7, "release_date": "2026-01-31", **told}
    return Export("name", shown, table, {**about, "address": ADDRESS})


def in_csv(name: str) -> None:
    text = exported(name).csv()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert [row["system"] for row in rows] == [neutralise(plain(name)), "last"]
    assert frame["system"].tolist() == [neutralise(plain(name)), "last"]
    assert set(frame["export_system"]) == {neutralise(plain(name))}


def in_json(name: str) -> None:
    read = json.loads(exported(name).json())
    assert [row["system"] for row in read["rows"]] == [plain(name), "last"]
    assert read["title"] == read["about"]["system"] == plain(name)


def in_bibtex(name: str) -> None:
    found = parse_string(exported(name).bibtex(), "bibtex").entries
    (entry,) = found.values()
    assert set(entry.fields) == {"title", "howpublished", "year", "date", "note", "url"}
    assert entry.fields["url"] == ADDRESS
    assert [str(person) for person in entry.persons["author"]] == ["{ReasonBoard}"]
    assert read_latex(entry.fields["title"]) == spaced(name)


def in_markdown(name: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(exported(name).markdown())
    inside = [child for token in tokens for child in token.children or []]
    live = [one for one in inside if one.type not in ("text", "text_special")]
    assert [one.type for one in live] == ["link_open", "link_close"], "the table's own address"
    assert live[0].attrs == {"href": ADDRESS}
    assert {token.type.rsplit("_", 1)[0] for token in tokens} <= {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "paragraph",
        "inline",
    }
    cells = [
        "".join(child.content for child in token.children or [])
        for token in tokens
        if token.type == "inline"
    ]
    assert cells[2].replace("\u2060", "") == plain(name).replace("\u2060", "").strip()
    assert f"system: {plain(name)}; release" in cells[-1].replace("\u2060", "") or "\u2060" in name
    linked = re.search(r"(?i)www\.|://(?!board)|[\w.]@[\w-]+\.\w", " ".join(cells[:-1]))
    assert linked is None, "GitHub makes links of what looks like an address"


def in_latex(name: str) -> None:
    nodes, _, _ = LatexWalker(exported(name).latex(), tolerant_parsing=False).get_latex_nodes()
    (table,) = [node for node in nodes if isinstance(node, LatexEnvironmentNode)]
    (body,) = [node for node in table.nodelist if isinstance(node, LatexEnvironmentNode)]
    ends = [
        node
        for node in body.nodelist
        if isinstance(node, LatexMacroNode) and node.macroname == "\\"
    ]
    assert len(ends) == 3, "a head and two rows"
    source = body.latex_verbatim()
    first = re.search(r"\\midrule\n(.*) \\\\\n(.*) \\\\\n\\bottomrule", source)
    assert first is not None
    for row in first.groups():
        assert not row.lstrip().startswith(("[", "*")), "`\\\\` and `\\midrule` would take it"
    cell, _, number = first[1].rpartition(" & ")
    assert number == "0.50 [0.40–0.60]".replace("–", "--")
    assert read_latex(cell) == spaced(name)


# Commands of LaTeX itself that pylatexenc does not know, or shows as an accent ("LaTeX2e font
# selection", section 8.2).
SIGNS = {
    "textbraceleft": "{",
    "textbraceright": "}",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciicircum": "^",
}
CONTEXT = get_default_latex_context_db()
CONTEXT.add_context_category(
    "signs", macros=[MacroTextSpec(name, sign) for name, sign in SIGNS.items()], prepend=True
)


def read_latex(source: str) -> str:
    """What LaTeX prints of `source`, as pylatexenc reads it, white space apart."""
    nodes, _, _ = LatexWalker(source, tolerant_parsing=False).get_latex_nodes()
    reader = LatexNodes2Text(latex_context=CONTEXT, strict_latex_spaces=True)
    return " ".join(reader.nodelist_to_text(nodes).split())


def spaced(name: str) -> str:
    return " ".join(plain(name).split())


def in_authors(name: str) -> None:
    text = replace(exported("x"), authors=(name, f"{name}, Ada", "Lovelace, Ada")).bibtex()
    (entry,) = parse_string(text, "bibtex").entries.values()
    first, *_, last = map(str, entry.persons["author"])
    # pybtex sets the space around a person's comma itself.
    assert read_latex(first).replace(" ", "") == spaced(name).replace(" ", "")
    assert last == "Lovelace, Ada"
    assert len(entry.persons["author"]) == 3


READERS = [in_authors, in_csv, in_json, in_bibtex, in_markdown, in_latex]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_comes_back(name: str, read: Any) -> None:
    read(name)


@pytest.mark.parametrize("read", READERS)
@settings(deadline=None, max_examples=100)
@given(name=ANY)
def test_any_name_comes_back(read: Any, name: str) -> None:
    read(name)


@pytest.mark.parametrize("text", ["a\rb", "\r", "a\nb", "a\r\nb", '"', ",\r"])
def test_csv_keeps_line_ends_inside_a_cell(text: str) -> None:
    from submissions.csv_export import csv_export

    written = csv_export([{"a": text, "b": "x"}, {"a": "y", "b": text}], [])
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [["a", "b"], [text, "x"], ["y", text]]


def test_each_view_of_a_release_has_its_own_key_and_the_same_view_the_same() -> None:
    one = exported("one")
    other = Export(one.name, one.title, one.table, {**one.about, "address": ADDRESS + "&metric=x"})
    keys = [
        next(iter(parse_string(view.bibtex(), "bibtex").entries))
        for view in (one, exported("one"), exported("two"), other)
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(re.fullmatch(r"reasonboard-release-7-[a-z0-9-]+", key) for key in keys)


def test_the_releases_keep_their_numbers_and_the_exports_own_stands_beside() -> None:
    table = Table(pd.DataFrame({"release": [2, 1], "reason": ["b", "a"]}), {})
    rows = csv.DictReader(io.StringIO(Export("n", "t", table, {"release": 2}).csv()))
    assert [(row["release"], row["export_release"]) for row in rows] == [("2", "2"), ("1", "2")]


@pytest.mark.parametrize("write", ["csv", "json", "markdown", "latex"])
def test_no_table_loses_what_it_may_not_lose(write: str) -> None:
    text = getattr(exported("x"), write)()
    for said in (
        "INVENTED",
        "DEMONSTRATION",
        "95",
        "2026-01-31",
        "ReasonBoard (2026): x. Release 7",
    ):
        assert said in text.replace("\\", "")
    assert "7" in text


def test_a_board_of_real_data_says_so_and_what_has_no_interval_speaks_of_none() -> None:
    table = Table(pd.DataFrame({"a": [1]}), {})
    real = caveats("t", table, 1, "2026-01-31", invented=False, demonstration=False)
    assert real["data"] == "real"
    assert set(real) == {"data", "cite_as"}
    assert set(caveats("t", table, 1, "2026-01-31", invented=None, demonstration=False)) == {
        "cite_as"
    }


def test_a_board_is_cited_as_its_maintainers_say() -> None:
    said = ("Lovelace, Ada", "Knuth, Donald E.", "Smith and Sons, Ltd.", "The {Example} Board")
    text = replace(exported("x"), authors=said).bibtex()
    (entry,) = parse_string(text, "bibtex").entries.values()
    people = entry.persons["author"]
    assert (people[0].last_names, people[0].first_names) == (["Lovelace"], ["Ada"])
    assert (people[1].last_names, people[1].middle_names) == (["Knuth"], ["E."])
    assert [str(one) for one in people[2:]] == [
        "{Smith and Sons, Ltd.}",
        r"{The \textbraceleft{}Example\textbraceright{} Board}",
    ]
    cited = caveats(
        "t",
        exported("x").table,
        7,
        "2026-01-31",
        invented=False,
        demonstration=False,
        authors=said[:2],
    )
    assert cited["cite_as"].startswith(
        "Lovelace, Ada; Knuth, Donald E. (2026): t. ReasonBoard, release 7 of 2026-01-31"
    )
