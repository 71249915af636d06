"""The command starts fast: what is heavy is loaded by the command that needs it, when it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HELP_OF_ALL = """
import sys
from typer.main import get_command
from typer.testing import CliRunner
from app.cli.main import app

def walk(command, path):
    assert CliRunner().invoke(app, [*path, "--help"]).exit_code == 0, path
    commands = getattr(command, "commands", {})
    return 1 + sum(walk(inner, [*path, name]) for name, inner in commands.items())

heavy = ("numpy", "pandas", "pyarrow", "scipy", "sqlite_utils", "streamlit", "torch", "transformers")
print(walk(get_command(app), []), [name for name in heavy if name in sys.modules])
"""


def test_no_help_loads_what_is_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP_OF_ALL], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    pages, _, heavy = done.stdout.strip().partition(" ")
    assert int(pages) > 20
    assert heavy == "[]"


def test_a_command_that_draws_no_table_of_data_loads_no_pandas(tmp_path: Path) -> None:
    code = (
        "from app.cli.main import main\nimport sys\ntry: main()\nfinally: print('pandas' in"
        " sys.modules)"
    )
    command = [sys.executable, "-c", code, "team", "list", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "False", done.stderr
