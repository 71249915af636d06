"""What papers print is carried as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.releasing.reported import ReportedError, read_cells


def test_cells_are_as_printed_with_paper_table_and_metric(tasks: dict[str, Task]) -> None:
    cells = read_cells(DECLARATIONS / "reported" / "mentallama.csv")
    printed = {(cell.paper.split()[0], cell.system, cell.task): cell for cell in cells}
    # Yang et al. 2024 (arXiv:2309.13567), Table 2; Singh and Lohani 2025, Table 2
    assert printed["Yang", "MentaLLaMA-chat-13B", "imhi/t-sid"].value == 0.7531
    assert printed["Yang", "BERT-base", "imhi/cams"].value == 0.3492
    assert printed["Singh", "MentaLLaMA-chat-13B", "imhi/irf"].printed == "67.87"
    assert len(cells) == 15 * 10 + 4 * 4
    assert {cell.table for cell in cells} == {"Table 2"}
    assert all(cell.paper and cell.printed_metric and cell.task in tasks for cell in cells)


def test_a_blank_in_print_is_no_zero() -> None:
    blank = [
        cell
        for cell in read_cells(DECLARATIONS / "reported" / "mentallama.csv")
        if not cell.printed
    ]
    assert {(cell.system, cell.task) for cell in blank} == {
        ("RoBERTa-base", "imhi/multiwd"),
        ("MentalRoBERTa", "imhi/irf"),
        ("MentalRoBERTa", "imhi/multiwd"),
    }
    assert all(cell.value is None for cell in blank)


HEAD = "paper,table,metric,printed_metric,unit,system,method,parameters,note,task,printed"


@pytest.mark.parametrize(
    "text", [f"{HEAD}\np,t,m,m,stones,s,,,,imhi/dr,1\n", "paper,table\np,t\n", None]
)
def test_a_broken_file_is_said_plainly(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "mentallama.csv").write_text(text)
    with pytest.raises(ReportedError, match=r"mentallama\.csv"):
        read_cells(tmp_path / "mentallama.csv")
