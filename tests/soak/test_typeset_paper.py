"""A table for a paper, typeset by pdflatex and BibTeX as an author would.

Debian: `apt-get install --no-install-recommends texlive-latex-base texlive-latex-recommended`.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests import releases
from tests.app.test_reported import CELLS, POE, REAL, ROE
from tests.commands import succeed

pytestmark = pytest.mark.soak
DOCUMENT = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs}
\usepackage{graphicx}
\begin{document}
Tables \ref{tab:none}, \ref{tab:interval} and \ref{tab:sd}.
\input{none}\input{interval}\input{sd}
\bibliographystyle{plain}
\bibliography{refs}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not on this machine")
def test_tables_are_typeset_without_a_fault_and_nothing_is_cited_in_vain(tmp_path: Path) -> None:
    systems = [
        replace(row, system=r"50% of a_b & {c} ~^ #1 <x>") if row.system == "alpha" else row
        for row in releases.content().systems
    ]
    content = replace(releases.content(), systems=tuple(systems), papers=(POE, ROE), reported=CELLS)
    data = releases.publish_invented(tmp_path / "data", 1, content)
    asked = ("leaderboard", "--benchmark", REAL, "--metric", "weighted_f1,bartscore", "--percent")
    for spread in ("none", "interval", "sd"):
        shaped = (*asked, "--format", "latex", "--spread", spread, "--label", f"tab:{spread}")
        (tmp_path / f"{spread}.tex").write_text(succeed(data, *shaped), encoding="utf-8")
    (tmp_path / "refs.bib").write_text(succeed(data, *asked[:5], "--format", "bibtex"), "utf-8")
    (tmp_path / "paper.tex").write_text(DOCUMENT, encoding="utf-8")
    typeset = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper")
    for command in (typeset, ("bibtex", "-terse", "paper"), typeset, typeset):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
    for fault in ("undefined", "Overfull", "multiply"):
        assert fault not in done.stdout
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
