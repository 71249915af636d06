"""What the code is called: one name a class, and variables that say what they hold."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = [
    path
    for package in ("app", "scoring", "submissions")
    for path in sorted((ROOT / package).rglob("*.py"))
]
SAY_NOTHING = {"found", "told", "there", "one"}


def bound(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a module binds: variables, parameters, captures."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield node.lineno, name


def test_no_two_public_classes_share_a_name() -> None:
    where: defaultdict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(str(path.relative_to(ROOT)))
    assert where["Task"] == ["scoring/tasks.py"]  # else it looked at nothing
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_variables_say_what_they_hold() -> None:
    empty = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in MODULES
        for line, name in bound(ast.parse(path.read_text(encoding="utf-8")))
        if name in SAY_NOTHING
    ]
    assert empty == []


def test_every_way_of_binding_a_name_is_seen() -> None:
    code = "def f(one, *there):\n for told in one: pass\n return [found for found in there]\n"
    assert {name for _, name in bound(ast.parse(code))} == SAY_NOTHING
