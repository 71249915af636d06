"""A board as a table for a paper: read back by LaTeX's, Markdown's and BibTeX's grammars."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt
from pybtex.database import parse_string
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexNode, LatexWalker

from app import at_once
from app.grouping import grouped
from app.paper.bibliography import CitedSource, bibliography, bibtex_of, source_of, told_apart
from app.paper.style import Style
from scoring.errors import ReasonBoardError
from scoring.metrics import METRICS
from scoring.tasks import Task
from submissions.declarations.metric_papers import metric_papers, papers_of
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from tests.app.conftest import Open, opened, sound
from tests.app.test_reported import CELLS, POE, REAL, ROE, cell
from tests.commands import refuse, succeed

BOTH = ("leaderboard", "--benchmark", REAL, "--metric", "weighted_f1,bartscore")
OURS = (
    "Doe and Poe (2024), A Board, of Sorts: Boards for All, ACL 2024, arXiv:2401.00001; source data:"
    " Gaur et al. (2019), An Apt Set of Posts, WWW 2019"
)


@pytest.fixture(scope="module")
def board(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two metrics, a hostile name, systems of papers, and tasks that say where they come from."""
    whole = invented.content()
    told_elsewhere = cell(-3.9, f"{REAL}/irf", metric="bartscore", table="Table 5")
    content = replace(
        whole,
        tasks=tuple(replace(task, citation=OURS) for task in whole.tasks),
        systems=tuple(
            replace(row, system=r"50% of a_b & {c}") if row.system == "alpha" else row
            for row in whole.systems
        ),
        cells=tuple(replace(row, sd=0.0214) if row.value == 0.701 else row for row in whole.cells),
        papers=(POE, ROE),
        reported=(*CELLS, told_elsewhere),
    )
    return invented.publish_invented(tmp_path_factory.mktemp("papers"), 1, content)


def written(board: Path, *options: str) -> str:
    return succeed(board, *BOTH, *options)


def environments(nodes: list[LatexNode]) -> dict[str, LatexEnvironmentNode]:
    """The environments of some LaTeX, by name, from without to within."""
    by_name = {}
    for node in nodes or []:
        if isinstance(node, LatexEnvironmentNode):
            by_name[node.environmentname] = node
        by_name |= environments(getattr(node, "nodelist", None))
    return by_name


def rows_of(text: str) -> list[list[str]]:
    """The cells of a LaTeX table's rows, heads first."""
    body = text.split(r"\toprule")[1].split(r"\bottomrule")[0]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    return [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in lines]


def test_latex_is_a_table_of_both_metrics_by_task_with_all_that_it_states(board: Path) -> None:
    text = written(board, "--format", "latex", "--label", "tab:main")
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    assert [*environments(nodes)] == ["table*", "tabular"]
    over, heads, *rows = rows_of(text)
    assert len(over) == 1 + 4, "a column over the two metrics of each task, and of the mean"
    assert len(heads) == 1 + 8
    assert {len(row) for row in rows} == {9}
    assert [head.split("$")[0].strip() for head in heads[1:3]] == [
        "Weighted F1",
        "BARTScore recall",
    ]
    caption = text[text.index(r"\caption{") : text.index(r"\label{tab:main}")]
    for stated in (REAL, "release 1 of 2026-01-31", "(35)", "Not tested"):
        assert stated in caption
    assert text.count(r"\midrule") == 3, "systems, baselines, papers"


def test_the_best_is_bold_and_no_paper_is(board: Path) -> None:
    _, _, *rows = rows_of(written(board, "--format", "latex", "--decimals", "2"))
    by_name = {row[0].strip(): [value.strip() for value in row[1:]] for row in rows}
    name = r"50\% of a\_b \& \{c\}"
    irf = [row[2] for row in by_name.values()]
    assert by_name[name][2] == r"\textbf{0.70}"
    assert sum("textbf" in value for value in irf) == 1
    printed = next(row for key, row in by_name.items() if key.startswith("Sys, zero-shot"))
    assert printed[:4] == ["0.80", "--", "0.75", "$-$3.90"], "both metrics of a paper in a row"
    assert not any("textbf" in value for value in printed)


def test_shares_alone_are_multiplied_and_spread_is_by_choice(board: Path) -> None:
    text = written(board, "--format", "latex", "--percent", "--decimals", "2", "--spread", "sd")
    assert r"\textbf{70.10} {\scriptsize $\pm$ 2.14}" in text
    assert r"Weighted F1 $\times$100" in text
    assert r"BARTScore recall $\times$100" not in text
    assert re.search(r"\$-\$3\.\d\d\b", text)
    ranged = written(board, "--format", "latex", "--spread", "interval")
    assert r"\textbf{0.701} {\scriptsize {[}0.601, 0.801]}" in ranged
    assert r"Brackets: 95\% intervals" in ranged


def test_only_the_systems_asked_for(board: Path) -> None:
    text = written(board, "--format", "latex", "--systems", "BETA,sys")
    _, _, *rows = rows_of(text)
    assert [row[0].strip().split("~")[0] for row in rows] == [
        "beta",
        "Sys, zero-shot",
        "Sys, zero-shot",
    ]
    alone = written(board, "--format", "latex", "--systems", "beta", "--no-reported")
    assert len(rows_of(alone)) == 3


def test_bibtex_has_what_the_table_cites_with_authors(board: Path) -> None:
    text = written(board, "--format", "latex")
    entries = parse_string(written(board, "--format", "bibtex"), "bibtex").entries
    cited = {key for keys in re.findall(r"\\cite\{([^}]+)\}", text) for key in keys.split(",")}
    assert cited == set(entries)
    assert cited >= {
        f"reasonboard-release-1-{REAL}",
        "doe2024board",
        "gaur2019apt",
        "yuan2021bartscore",
        "poe2020",
        "roe2021",
    }
    assert [str(who) for who in entries["yuan2021bartscore"].persons["author"]] == [
        "Yuan, Weizhe",
        "Neubig, Graham",
        "Liu, Pengfei",
    ]
    assert [str(who) for who in entries["gaur2019apt"].persons["author"]] == ["{Gaur}", "others"]


def test_no_source_is_lost_to_another_with_its_key(invented: ModuleType, tmp_path: Path) -> None:
    """Whatever table cites them: the keys of a release's sources are the release's."""
    sentences = (
        "Clinic A, unpublished",
        "Clinic B, on request; source data: An archive",
        "Smith and Doe (2020), Detecting Stress, ACL 2020; source data: Smith (2020), Detecting"
        " Loneliness, EMNLP 2020",
    )
    whole = invented.content()
    tasks = tuple(
        replace(task, citation=sentences[place % 3]) for place, task in enumerate(whole.tasks)
    )
    folder = invented.publish_invented(tmp_path, 1, replace(whole, tasks=tasks))
    release = current_release(DataFolder(folder))
    boards = grouped((task.benchmark, task) for task in release.tasks())
    assert len(boards) > 1
    cited = [bibliography(release, own, (), (), ("X",)) for own in boards.values()]
    entries = parse_string(bibtex_of(cited), "bibtex").entries
    expected = {source for table in cited for source in table.sources}
    assert len(entries) == len(expected), "pybtex takes no key twice"
    assert {f"reasonboard-release-1-{board}" for board in boards} < set(entries)
    titles = {entry.fields["title"].strip("{}") for entry in entries.values()}
    stated = ("Clinic A, unpublished", "Clinic B, on request", "An archive", "Detecting Stress")
    assert titles > {*stated, "Detecting Loneliness"}
    smith = {key for key in entries if key.startswith("smith2020")}
    assert smith == {"smith2020detectinga", "smith2020detectingb"}


def test_letters_pass_by_keys_that_are_taken_and_go_on_behind_z() -> None:
    kept = CitedSource("k", title="of the release")
    taken = CitedSource("ka", title="another")
    many = [CitedSource("K", title=str(number)) for number in range(27)]
    keyed = told_apart([*many, taken], [kept])
    assert (keyed[kept], keyed[taken]) == (kept, taken)
    assert [keyed[source].key for source in (many[0], many[-2], many[-1])] == ["kb", "kaa", "kab"]


def test_markdown_is_one_table_and_names_stay_names(board: Path) -> None:
    text = written(board, "--format", "markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    kinds = [token.type for token in tokens]
    assert kinds.count("table_open") == 1
    rows, cells = kinds.count("tr_open"), kinds.count("td_open") + kinds.count("th_open")
    assert cells == 9 * rows
    shown = [
        "".join(child.content for child in token.children or [])
        for token in tokens
        if token.children
    ]
    assert "50% of a_b & {c}" in shown
    assert "[@poe2020]" in text


def test_what_cannot_be_is_refused_at_once_with_what_can(board: Path) -> None:
    said = refuse(board, *BOTH, "--format", "latex", "--systems", "beto,gamma9")
    assert "'beto'" in said
    assert "'gamma9'" in said
    assert "beta" in said
    said = refuse(board, "leaderboard", "--benchmark", REAL, "--percent")
    assert "--format latex, markdown, bibtex" in said
    said = refuse(board, *BOTH, "--format", "latex", "--label", "a}b")
    assert "is no label" in said
    with pytest.raises(ReasonBoardError, match="no label"):
        Style(label="a b")
    for ignored in (("--group", "strategy"), ("--ranks", "own")):
        said = refuse(board, *BOTH, "--format", "bibtex", *ignored)
        assert "leave them out, or say --format table" in " ".join(said.split())
    assert "names nothing" in refuse(board, *BOTH, "--format", "latex", "--systems", ",")
    both = ("--task", f"{REAL}/irf", "--tasks", f"{REAL}/irf")
    assert "say one" in refuse(board, *BOTH, "--format", "latex", *both)


def test_columns_stand_as_the_tasks_are_typed(board: Path) -> None:
    def columns(names: str) -> list[str]:
        over, *_ = rows_of(written(board, "--format", "latex", "--tasks", names))
        return [head.split("{")[-1].strip("} ") for head in over[1:] if "Mean" not in head]

    forwards, backwards = columns("dreaddit,irf"), columns(f"{REAL}/irf,dreaddit")
    assert len(forwards) == 2
    assert backwards == forwards[::-1]


def test_every_declared_citation_is_read(tasks: Mapping[str, Task]) -> None:
    """A task's sentence becomes entries with authors and a year; an invented one's is a note."""
    parts = {
        part.strip(" ;")
        for task in tasks.values()
        if not task.demonstration
        for part in task.citation.split("source data:")
    } - {"unknown", ""}
    read = [source_of(part, "x") for part in parts]
    assert len(read) > 10
    assert [source for source in read if not (source.authors and source.year)] == []
    dreaddit = next(source for source in read if source.key == "turcan2019dreaddit")
    assert dreaddit == CitedSource(
        "turcan2019dreaddit",
        ("Turcan", "McKeown"),
        "Dreaddit: A Reddit Dataset for Stress Analysis in Social Media",
        2019,
        "LOUHI 2019",
    )
    assert (
        source_of("ours, unpublished", "My board").bibtex().startswith("@misc{myboard-benchmark,")
    )


def test_every_paper_is_of_a_metric() -> None:
    names = {metric.name for metric in METRICS}
    of = {
        paper.key: {name for name in names if paper in papers_of(name)} for paper in metric_papers()
    }
    assert [key for key, metrics in of.items() if not metrics] == []
    assert [paper.key for paper in papers_of("bartscore_f")] == ["yuan2021bartscore"]
    assert papers_of("accuracy") == ()


def test_a_link_to_the_site_reproduces_the_table_that_it_shows(
    board: Path, open_page: Open
) -> None:
    site = opened(open_page(data=board, benchmark=REAL), "paper")
    site.multiselect(key="paper_metric").set_value(["weighted_f1", "bartscore"])
    site.selectbox(key="paper_decimals").set_value("2")
    site.selectbox(key="paper_spread").set_value("sd")
    site.toggle(key="paper_percent").set_value(True)
    site.toggle(key="paper_reported").set_value(False)
    made = sound(site.toggle(key="paper_table").set_value(True).run())
    latex, bibtex, markdown = [block.value for block in made.code][-3:]
    assert latex.startswith("% \\usepackage{booktabs}")
    assert r"\textbf{70.10} {\scriptsize $\pm$ 2.14}" in latex
    assert "Poe" not in latex
    assert "yuan2021bartscore" in bibtex
    assert markdown.startswith("| System |")
    address = {name: made.query_params[name] for name in made.query_params if "paper" in name}
    assert len(address) == 6
    again = open_page(data=board, benchmark=REAL, **address)
    written_again = [block.value for block in again.code][-3:]
    assert [rows_of(latex), markdown] == [rows_of(written_again[0]), written_again[2]]


def test_a_large_table_that_a_link_leads_to_waits_for_a_click(
    board: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "MOST_PAIRS", 1)
    site = open_page(data=board, benchmark=REAL, paper_table="1", paper_metric="weighted_f1")
    assert not site.code
    (make,) = [button for button in site.button if button.label == "Make the linked table"]
    assert sound(make.click().run()).code[-1].value.startswith("| System |")


def test_what_does_not_fit_in_a_link_to_a_table_is_said(board: Path, open_page: Open) -> None:
    address = {"paper_table": "1", "paper_decimals": "9", "paper_metric": ["weighted_f1", "none"]}
    site = open_page(data=board, benchmark=REAL, **address)
    notes = " ".join(note.value for note in site.warning).replace("\\", "")
    assert "paper_decimals = “9”" in notes
    assert "paper_metric = “none”" in notes
    assert site.code[-1].value.startswith("| System |")
