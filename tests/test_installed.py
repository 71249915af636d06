"""The program as a wheel installs it: far from a checkout, and on a machine where nothing is
scored.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

from app.server.launch import url
from app.settings import default_data
from scoring.libraries import MODEL_MODULES, MODULES, SERVER_MODULES
from tests.commands import environment
from tests.live import free_port
from tests.releases import publish_invented
from tests.workers import wait_until

ROOT = Path(__file__).parents[1]
PARTS = ("app", "scoring", "submissions", "leaderboard_data", "docs")
COMMAND = (sys.executable, "-P", "-c", "from app.cli.main import main; main()")
"""The entry point itself: the script beside this Python names another installation."""
FILES = ("pyproject.toml", "README.md", "LICENSE")

# Loaded by every Python that starts with this folder first on its path, so by the processes that a
# command starts too. The environment's own link to the checkout goes, and whatever is opened or
# listed there is written down.
FAR_FROM_THE_CHECKOUT = """
import os, sys

root, environment, log = {root!r}, {environment!r}, {log!r}
sys.path[:] = [one for one in sys.path if os.path.realpath(one) != root]
sys.meta_path[:] = [one for one in sys.meta_path if "editable" not in getattr(one, "__module__", "")]

def look(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str):
        path = os.path.realpath(arguments[0])
        if path.startswith(root + os.sep) and not path.startswith(environment + os.sep):
            with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "w") as file:
                file.write(f"{{event}} {{path}}\\n")

sys.addaudithook(look)
"""

# As where the extra is not installed: each of its modules, and what comes with them alone.
WITHOUT_SCORING = """
import sys

class Missing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {modules!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing)
"""

OPEN_PAGES = """
import sys
from streamlit.testing.v1 import AppTest
from app.site.navigation import SECTIONS

script, *wanted = sys.argv[1:]
for name in wanted or [place.name for places in SECTIONS.values() for place in places]:
    site = AppTest.from_file(script, default_timeout=120).run()
    site.switch_page(f"site/pages/{name}.py")
    site.run()
    print(name, "failed" if site.exception else "opened")
"""


@dataclass(frozen=True)
class Program:
    """A way to run the program.

    Attributes:
        path: What its Python looks for modules in, before its own environment.
        home: Where its user's data are.
    """

    path: str
    home: Path

    def environment(self, **more: str) -> Mapping[str, str]:
        """Of its processes; it names no data folder."""
        kept = environment(self.home)
        del kept["REASONBOARD_DATA"]
        return {**kept, "PYTHONPATH": self.path, "XDG_DATA_HOME": str(self.home), **more}

    def run(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command from an empty folder."""
        cwd = self.home / "empty"
        cwd.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=cwd,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=280,
            stdin=subprocess.DEVNULL,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the checkout in which there is a board: building writes beside the
    sources.
    """
    source = tmp_path_factory.mktemp("source")
    for name in PARTS:
        ignored = shutil.ignore_patterns("__pycache__", "db", "*.png")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    board = source / "leaderboard_data" / "db"
    board.mkdir()
    (board / "working.db").write_text("private")
    (board / "scoring.toml").write_text("private = true")
    out = tmp_path_factory.mktemp("wheel")
    _pip("wheel", source, "--no-deps", "--no-build-isolation", "--wheel-dir", out)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    target = tmp_path_factory.mktemp("installed")
    _pip("install", wheel, "--no-deps", "--no-index", "--target", target)
    return target


def _pip(command: str, *arguments: str | Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            command,
            "--quiet",
            "--disable-pip-version-check",
            *map(str, arguments),
        ],
        check=True,
        timeout=280,
    )


def test_everything_that_is_shipped_is_installed_and_no_board_is(installed: Path) -> None:
    shipped = {
        path.relative_to(ROOT)
        for name in ("app", "scoring", "submissions", "leaderboard_data")
        for path in (ROOT / name).rglob("*")
        if path.is_file()
        and path.suffix not in {".md", ".pyc"}
        and not path.is_relative_to(ROOT / "leaderboard_data" / "db")
        and path.name != "secrets.toml"
    } | {Path("app/site/methods.md")}
    assert len(shipped) > 300
    for name in shipped:
        assert (installed / name).is_file(), name
        assert (installed / name).read_bytes() == (ROOT / name).read_bytes(), name
    assert not (installed / "leaderboard_data" / "db").exists()
    assert (installed / "app/site/methods.md").read_text() == (ROOT / "docs/methods.md").read_text()
    assert not (installed / "app/site/methods.md").is_symlink()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_imports_scores_publishes_and_serves_without_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    log, aside = tmp_path / "read", tmp_path / "aside"
    aside.mkdir()
    text = FAR_FROM_THE_CHECKOUT.format(root=str(ROOT), environment=sys.prefix, log=str(log))
    (aside / "sitecustomize.py").write_text(text)
    program = Program(os.pathsep.join((str(aside), str(installed))), tmp_path / "home")
    gold = installed / "leaderboard_data" / "demo" / "test" / "loneliness.csv"
    for arguments in (
        ("--version",),
        ("benchmark", "import", "demo/loneliness", gold),
        ("score", "--benchmark", "demo"),
        ("publish", "--reason", "far from any checkout"),
        ("leaderboard", "--benchmark", "demo", "--metric", "bartscore_f"),
    ):
        done = program.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        if arguments[0] == "--version":
            assert done.stdout == f"reasonboard {version('reasonboard')}\n"
        if arguments[0] == "leaderboard":
            assert "Majority label" in done.stdout
    assert (tmp_path / "home" / "reasonboard" / "working.db").is_file()
    assert list((tmp_path / "home" / "empty").iterdir()) == []
    page = subprocess.run(
        [sys.executable, "-P", "-c", OPEN_PAGES, installed / "app" / "streamlit_app.py", "methods"],
        env=program.environment(),
        cwd=tmp_path / "home" / "empty",
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert page.stdout == "methods opened\n", page.stderr
    assert not log.exists(), log.read_text()
    assert _sees_what_is_read(program, log), "the log would have told"


def _sees_what_is_read(program: Program, log: Path) -> bool:
    looking = f"open({str(ROOT / 'pyproject.toml')!r}).close()"
    subprocess.run([sys.executable, "-c", looking], env=program.environment(), check=True)
    return log.exists()


def test_a_checkout_keeps_its_board_in_itself() -> None:
    assert default_data() == ROOT / "leaderboard_data" / "db"


def test_the_extra_is_what_scoring_asks_for() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split("[>=<]", one)[0] for one in extras["optional-dependencies"]["score"]}
    assert names == set(MODULES.values())
    assert not names & {re.split("[>=<]", one)[0] for one in extras["dependencies"]}


def test_the_extra_of_generating_is_what_it_asks_for() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split("[>=<]", one)[0] for one in extras["optional-dependencies"]["generate"]}
    assert names == {*SERVER_MODULES.values(), *MODEL_MODULES.values()}


def test_generating_says_what_it_needs(without_scoring: Program, tmp_path: Path) -> None:
    done = without_scoring.run(
        "--create",
        *[
            "generate",
            "--benchmark",
            "demo",
            "--model",
            "m",
            "--prompt",
            "zero-shot",
            "--out",
            "o.jsonl",
        ],
        "--data",
        tmp_path / "data",
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error: generating needs libraries that are not installed here: huggingface_hub," in (
        done.stderr
    )
    assert "pip install 'reasonboard[generate]'" in done.stderr


@pytest.fixture
def without_scoring(tmp_path: Path) -> Program:
    """The checkout's program, where nothing of the extra can be imported."""
    aside = tmp_path / "aside"
    aside.mkdir()
    modules = {*MODULES, "datasets", "nltk", "absl", "safetensors"}
    (aside / "sitecustomize.py").write_text(WITHOUT_SCORING.format(modules=modules))
    return Program(os.pathsep.join((str(aside), str(ROOT))), tmp_path / "home")


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "--benchmark", "demo"),
        ("worker",),
        ("demo", "--no-serve"),
    ],
)
def test_scoring_says_what_it_needs_and_changes_nothing(
    without_scoring: Program, arguments: tuple[str, ...]
) -> None:
    done = without_scoring.run(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error: scoring needs libraries that are not installed here: evaluate," in done.stderr
    assert "torch" in done.stderr
    assert "pip install 'reasonboard[score]'" in done.stderr
    assert not (without_scoring.home / "reasonboard").exists()


@pytest.mark.timeout(600)
def test_what_is_published_is_served_and_read_where_nothing_can_be_scored(
    without_scoring: Program, tmp_path: Path
) -> None:
    data, port = publish_invented(tmp_path / "data"), free_port()
    (tmp_path / "app.py").write_text("raise ImportError('of somebody else')")
    told = {**without_scoring.environment(), "REASONBOARD_DATA": str(data)}
    log = tmp_path / "log"
    with log.open("wb") as said:
        site = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            env=told,
            stdout=said,
            stderr=said,
            cwd=tmp_path,
        )
    try:
        wait_until(lambda: "is on" in log.read_text() or site.poll() is not None)
        assert site.poll() is None, log.read_text()
        for place in ("/", "/api/v1/health", "/api/v1/leaderboard?benchmark=imhi-expert"):
            answer = requests.get(url("localhost", port) + place, timeout=60)
            assert answer.status_code == 200
        assert "majority label" in answer.text
    finally:
        site.terminate()
        site.wait(timeout=60)
    pages = subprocess.run(
        [sys.executable, "-c", OPEN_PAGES, ROOT / "app" / "streamlit_app.py"],
        env=told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert "compare opened" in pages.stdout, pages.stderr
    assert "failed" not in pages.stdout, pages.stdout
    done = without_scoring.run(
        "leaderboard", "--benchmark", "imhi-expert", REASONBOARD_DATA=str(data)
    )
    assert done.returncode == 0, done.stderr
    assert "majority label" in done.stdout
