"""What a person can get wrong at the command line: plain words, exit status 1, nothing stored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests import releases
from tests.commands import reasonboard, refuse, succeed

TEXTS = Path(__file__).parents[2] / "leaderboard_data" / "demo" / "test"
META = 'system = "S"\nversion = "1"\nmethod = "zero-shot"\nconsent = true\n'


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with one demo task imported."""
    data = tmp_path_factory.mktemp("cli") / "data"
    succeed(data, "benchmark", "import", "demo/stress", TEXTS / "stress.csv")
    return data


@pytest.fixture
def meta(tmp_path: Path) -> Path:
    path = tmp_path / "submission.toml"
    path.write_text(META)
    return path


def filled(board: Path, change: str = "{output}", columns: str = "task,example_id,output") -> str:
    """A complete, right submission for demo/stress, each line made by `change`."""
    template = succeed(board, "benchmark", "template", "demo/stress").splitlines()
    assert template[0].startswith("task,example_id,query,output")
    lines = [
        f"demo/stress,stress-{n:03d},{change.format(n=n, output='Yes.')}" for n in range(1, 41)
    ]
    return "\n".join([columns, *lines]) + "\n"


def stored(board: Path) -> set[str]:
    return {
        str(path.relative_to(board)) for path in board.rglob("*") if "working.db" not in path.name
    }


def test_the_file_that_the_others_spoil_is_right(board: Path, tmp_path: Path) -> None:
    (tmp_path / "right.csv").write_text(filled(board))
    said = succeed(board, "check", tmp_path / "right.csv")
    assert "40 rows of 40" in said
    assert "100.0% parsed" in said


def test_how_a_file_was_read_is_told_by_check_and_submit(
    board: Path, meta: Path, tmp_path: Path
) -> None:
    path = tmp_path / "right.csv"
    path.write_text(filled(board).replace(",", ";"))
    meta.write_text(META.replace('"S"', '"Semicolons"'))
    said = "note: right.csv: cells are separated by semicolons: read so"
    assert said in succeed(board, "check", path)
    assert said in succeed(board, "submit", path, "--benchmark", "demo", "--meta", meta)


def bomb(tmp_path: Path) -> Path:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stress.csv", b"task,example_id,output\n" + b"x" * 60_000_000)
    return path


def climbing(tmp_path: Path) -> Path:
    path = tmp_path / "climbing.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.csv", "task,example_id,output\n")
    return path


SPOILED = {
    "an empty file": ("", "empty"),
    "wrong columns": ("a,b\n1,2\n", "column"),
    "an unknown task": ("task,example_id,output\ndemo/stres,stress-001,Yes.\n", "demo/stress"),
    "an unknown id": ("task,example_id,output\ndemo/stress,stress-01,Yes.\n", "stress-01"),
    "missing ids": ("task,example_id,output\ndemo/stress,stress-001,Yes.\n", "missing"),
    "a duplicate": (
        "task,example_id,output\ndemo/stress,stress-001,Yes.\ndemo/stress,stress-001,No.\n",
        "stress-001",
    ),
    "a label outside the set": ("task,example_id,label\ndemo/stress,stress-001,maybe\n", "yes, no"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_file_is_refused_and_nothing_is_stored(
    board: Path, tmp_path: Path, meta: Path, name: str
) -> None:
    content, expected = SPOILED[name]
    path = tmp_path / "spoiled.csv"
    path.write_text(content)
    before = stored(board)
    assert expected in refuse(board, "check", path)
    assert expected in refuse(board, "submit", path, "--benchmark", "demo", "--meta", meta)
    assert stored(board) == before


def test_bytes_that_are_no_table_are_refused(board: Path, tmp_path: Path, meta: Path) -> None:
    for name, content in {
        "binary.csv": bytes(range(256)) * 9,
        "latin.csv": b"task,example_id,output\nx,y,caf\xe9\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert name in refuse(
            board, "submit", tmp_path / name, "--benchmark", "demo", "--meta", meta
        )
    assert "65,536 bytes a cell" in refuse(
        board, "submit", bomb(tmp_path), "--benchmark", "demo", "--meta", meta
    )
    assert "escaped.csv" in refuse(
        board, "submit", climbing(tmp_path), "--benchmark", "demo", "--meta", meta
    )
    assert not (tmp_path.parent / "escaped.csv").exists()
    assert not list((board / "files").glob("*.csv"))


def test_a_file_that_is_not_utf8_is_one_problem(board: Path, tmp_path: Path, meta: Path) -> None:
    path = tmp_path / "windows.csv"
    path.write_bytes(filled(board, "Yes. She’s hurried.").encode("cp1252"))
    said = reasonboard(board, "check", path)
    assert "demo/stress: 40 rows of 40" in said.out
    for told in (said.err, refuse(board, "submit", path, "--benchmark", "demo", "--meta", meta)):
        assert "windows.csv: 40 lines are not UTF-8 (lines 2, 3," in told
        assert "looks like Windows-1252" in told
        assert "Error: 1 problem. Nothing is stored." in told


def test_rows_that_have_no_place_are_counted_of_all(board: Path, tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text(
        "task,example_id,output\n" + "".join(f"demo/stress,case-{n},Yes.\n" for n in range(1, 41))
    )
    said = reasonboard(board, "check", path)
    assert "demo/stress: 0 rows of 40" in said.out
    assert said.err.count("not an example of demo/stress") == 1
    assert "40 times, first line 2 'case-1'" in said.err


def test_faults_of_both_files_are_told_at_once(board: Path, tmp_path: Path) -> None:
    (tmp_path / "spoiled.csv").write_text("task,example_id,output\ndemo/stress,stress-001,Yes.\n")
    (tmp_path / "submission.toml").write_text('system = "S"\nmethod = "zero shot"\nvesion = "1"\n')
    said = refuse(
        board,
        "submit",
        tmp_path / "spoiled.csv",
        "--benchmark",
        "demo",
        "--meta",
        tmp_path / "submission.toml",
    )
    for part in ("39 of 40", "vesion", "'version'", "zero-shot"):
        assert part in said


def test_other_bytes_under_the_same_name_are_refused(
    board: Path, tmp_path: Path, meta: Path
) -> None:
    (tmp_path / "one.csv").write_text(filled(board))
    (tmp_path / "two.csv").write_text(filled(board, "No."))
    succeed(board, "submit", tmp_path / "one.csv", "--benchmark", "demo", "--meta", meta)
    said = refuse(board, "submit", tmp_path / "two.csv", "--benchmark", "demo", "--meta", meta)
    assert "new `version`" in said
    meta.write_text(META.replace('"1"', '"2"'))
    assert "accepted" in succeed(
        board, "submit", tmp_path / "two.csv", "--benchmark", "demo", "--meta", meta
    )


def test_rows_are_json_lines_on_standard_output(board: Path, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(filled(board, '"{output} Reasoning: Because of the rota."'))
    done = reasonboard(board, "check", tmp_path / "mixed.csv", "--rows")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert len(rows) == 40
    assert {"task", "example_id", "label", "rule", "reason", "explanation"} <= rows[0].keys()
    assert rows[0]["label"] == "yes"
    assert rows[0]["explanation"] == "Because of the rota."
    assert "parsed" in done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("leaderboard",), "publish"),
        (("check", "nowhere.csv"), "nowhere.csv"),
        (("check", "nowhere.csv", "--benchmark", "dem"), "nowhere.csv"),
        (("benchmark", "template", "demo/stres"), "demo/stress"),
        (("benchmark", "template", "imhi/dr"), "benchmark import imhi"),
        (("benchmark", "import", "imhi", "."), "checkout"),
        (("benchmark", "import", "demo/stress", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(
    board: Path, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    done = reasonboard(board, *arguments, cwd=tmp_path)
    assert done.status == 1
    assert expected in done.err
    assert "Traceback" not in done.err


def test_a_data_folder_that_is_a_file_or_no_database_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert "file" in refuse(tmp_path / "file", "status")
    assert "Not a directory" in refuse(tmp_path / "file", "leaderboard")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "working.db").write_bytes(
        b"this is not a database, whatever its name says" * 100
    )
    assert "working.db" in refuse(tmp_path / "data", "status")


def test_the_data_folder_may_be_said_in_three_ways(board: Path, tmp_path: Path) -> None:
    for arguments in (
        ("--data", board, "benchmark", "list"),
        ("benchmark", "list", "--data", board),
    ):
        assert "imported" in succeed(tmp_path / "other", *arguments)
    assert "imported" in succeed(board, "benchmark", "list")
    assert not (tmp_path / "other").exists()


def test_a_mistyped_data_folder_makes_no_board_of_its_own(tmp_path: Path) -> None:
    slip, new = tmp_path / "bord", tmp_path / "new"
    said = refuse(tmp_path, "status", "--data", slip)
    assert f"no board at {slip}" in said
    assert "--create" in said
    assert "no board at" in refuse(tmp_path, "--data", slip, "status")
    assert not slip.exists()
    assert "none yet" in succeed(tmp_path, "--create", "status", "--data", new)
    assert (new / "working.db").is_file()
    (tmp_path / "made").mkdir()  # by who installs it: nothing is asked
    assert "none yet" in succeed(tmp_path, "status", "--data", tmp_path / "made")


def test_a_reader_that_goes_away_is_no_error_of_ours(board: Path, tmp_path: Path) -> None:
    import subprocess

    from tests.commands import COMMAND, environment

    (tmp_path / "right.csv").write_text(filled(board))
    line = f"'{COMMAND}' check '{tmp_path / 'right.csv'}' --rows | head -n 1"
    done = subprocess.run(
        ["bash", "-c", line], env=environment(board), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_formula_cells_are_taken_as_they_are(board: Path, tmp_path: Path, meta: Path) -> None:
    meta.write_text(META.replace('"S"', '"=HYPERLINK(1)"'))
    (tmp_path / "formula.csv").write_text(filled(board, "=1+1"))
    succeed(board, "submit", tmp_path / "formula.csv", "--benchmark", "demo", "--meta", meta)


def test_a_baselines_name_is_not_to_be_had(board: Path, tmp_path: Path, meta: Path) -> None:
    meta.write_text(META.replace('"S"', '"majority  Label"'))
    (tmp_path / "right.csv").write_text(filled(board))
    said = refuse(board, "submit", tmp_path / "right.csv", "--benchmark", "demo", "--meta", meta)
    assert "name of a baseline" in said


def test_other_declarations_for_the_same_outputs_need_a_new_version(
    board: Path, tmp_path: Path, meta: Path
) -> None:
    meta.write_text(META.replace('"S"', '"Declared"').replace("true", "false"))
    (tmp_path / "right.csv").write_text(filled(board))
    assert "accepted" in succeed(
        board, "submit", tmp_path / "right.csv", "--benchmark", "demo", "--meta", meta
    )
    meta.write_text(META.replace('"S"', '"Declared"'))
    said = refuse(board, "submit", tmp_path / "right.csv", "--benchmark", "demo", "--meta", meta)
    assert "other declarations" in said


def test_weights_that_cannot_be_loaded_change_nothing(board: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.pth").write_text("no weights at all")
    before = stored(board)
    assert "wrong.pth" in refuse(
        board, "score", "--benchmark", "demo", "--weights", tmp_path / "wrong.pth"
    )
    assert stored(board) == before


def test_nothing_scored_is_nothing_to_publish(tmp_path: Path) -> None:
    data = tmp_path / "data"
    succeed(data, "benchmark", "import", "demo/stress", TEXTS / "stress.csv")
    assert "Nothing to publish" in succeed(data, "publish", "--reason", "too early")


def test_a_metric_without_platform_values_says_what_is_missing_and_what_to_do(
    tmp_path: Path,
) -> None:
    data = releases.publish_invented(tmp_path)
    said = succeed(data, "platforms", "--benchmark", "imhi-expert", "--metric", "bartscore")
    assert said.startswith(
        "imhi-expert: release 1 has no mean of bartscore over any platform or way of annotation"
    )
    assert "it has no value on any task" in said
    assert (
        "`reasonboard score --benchmark imhi-expert` and `reasonboard publish` add what is pending"
        in said
    )
    assert (
        json.loads(
            succeed(
                data,
                "platforms",
                "--benchmark",
                "imhi-expert",
                "--metric",
                "bartscore",
                "--format",
                "json",
            )
        )
        == []
    )
