"""How easily the code is read, in numbers.

    python -m benchmarks.house [FOLDER]

Counted over app, scoring and submissions of a checkout (this one unless a folder is given), so that
two versions can be held against each other. A line of code is one that holds a token other than a
comment or a docstring; nodes are those of the syntax tree without contexts (`ast.Load` and the
like) and docstrings.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("app", "scoring", "submissions")
WIDE = 100
"""Characters of a line that is wide."""
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Module:
    """One file of Python.

    Attributes:
        path: Below the checkout.
        lines: Everything, as it stands.
        code: The numbers of its lines of code, from 1.
        comments: How many comments.
        nodes: How many syntax nodes.
        classes: Names of its public classes.
    """

    path: Path
    lines: tuple[str, ...]
    code: frozenset[int]
    comments: int
    nodes: int
    classes: tuple[str, ...]


def read_module(path: Path, root: Path) -> Module:
    """Read one file of the checkout at `root`."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    docstrings = {
        line for node in _docstrings(tree) for line in range(node.lineno, node.end_lineno + 1)
    }
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    code = {
        line
        for token in tokens
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return Module(
        path.relative_to(root),
        tuple(text.splitlines()),
        frozenset(code - docstrings),
        sum(token.type == tokenize.COMMENT for token in tokens),
        sum(not isinstance(node, ast.expr_context) for node in ast.walk(tree))
        - 2 * len(list(_docstrings(tree))),
        tuple(
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        ),
    )


def _docstrings(tree: ast.Module) -> Iterator[ast.Expr]:
    """Yield every text that stands alone: docstrings, of attributes too."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node


def measures(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what is measured, and the figure."""
    modules = [
        read_module(path, root)
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
    ]
    code = [module.lines[number - 1] for module in modules for number in sorted(module.code)]
    nodes = sum(module.nodes for module in modules)
    names = Counter(name for module in modules for name in module.classes)
    called = Counter(module.path.stem for module in modules if module.path.stem != "__init__")
    folders = Counter(module.path.parent for module in modules if module.path.name != "__init__.py")
    fullest, count = folders.most_common(1)[0]
    yield "modules; lines; lines of code", f"{len(modules)}; {_lines(modules):,}; {len(code):,}"
    yield "syntax nodes; a line of code", f"{nodes:,}; {nodes / len(code):.1f}"
    yield "characters a line of code", f"{sum(map(len, map(str.strip, code))) / len(code):.1f}"
    yield f"lines over {WIDE} columns", f"{_wide(modules) / _lines(modules):.1%}"
    yield "lines set by hand (`fmt: skip`)", str(sum("fmt: skip" in line for line in code))
    yield "comments a line of code", f"{sum(m.comments for m in modules) / len(code):.1%}"
    yield "modules in the fullest folder", f"{count} ({fullest})"
    yield "public class names that stand more than once", _repeated(names)
    yield "module names that stand more than once", _repeated(called)


def _lines(modules: list[Module]) -> int:
    return sum(len(module.lines) for module in modules)


def _wide(modules: list[Module]) -> int:
    return sum(len(line) > WIDE for module in modules for line in module.lines)


def _repeated(names: Counter[str]) -> str:
    several = sorted(name for name, count in names.items() if count > 1)
    return f"{len(several)}: {', '.join(several)}" if several else "0"


def main() -> None:
    """Print the measures."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    for what, figure in measures(root):
        print(f"{what:46}  {figure}")


if __name__ == "__main__":
    main()
