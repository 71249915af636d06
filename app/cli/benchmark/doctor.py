"""`reasonboard benchmark doctor`: what a benchmark lacks for which view, and which posts are in two
sets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, TableOrJson, Written
from app.cli.tabulating import Sheet, print_sheet
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.operating.common_posts import CommonPosts
    from submissions.operating.readiness import Need

SHARED = ("set", "other set", "same", "nearly", "for example", "")
SHOWN = 3
"""Pairs of ids that the table names of two sets; JSON has all."""


def doctor(
    board: ChosenBoard,
    benchmark: Annotated[str, typer.Argument(help="A benchmark, as `benchmark list` names it.")],
    train: Annotated[
        list[Path] | None,
        typer.Option(
            help="A CSV that systems are trained on, with a column text; repeat it for others."
        ),
    ] = None,
    written: Written = TableOrJson.table,
) -> None:
    """Say what a benchmark lacks for which view, and which posts are in two sets; exit with 1 where
    something prevents publishing.

    Posts are held against those of all imported tasks, and named by ids.
    """
    from submissions.operating.common_posts import common_posts
    from submissions.operating.readiness import readiness

    needs = readiness(board.folder, board.tasks, benchmark)
    common = common_posts(board.folder, board.tasks, benchmark, train or ())
    if written is TableOrJson.json:
        _write_json(needs, common)
    else:
        _print(benchmark, needs, common)
    if any(need.prevents for need in needs):
        raise typer.Exit(1)


def _write_json(needs: tuple[Need, ...], common: CommonPosts) -> None:
    stated = {
        "needs": list(map(asdict, needs)),
        "pairs": [
            {
                "first_set": pair.first.set,
                "first_id": pair.first.id,
                "second_set": pair.second.set,
                "second_id": pair.second.id,
                "shared": round(pair.shared, 3),
                "same": pair.same,
            }
            for pair in common.pairs
        ],
        "repeated": list(map(asdict, common.repeated)),
    }
    sys.stdout.write(json.dumps(stated, indent=1, ensure_ascii=False) + "\n")


def _print(benchmark: str, needs: tuple[Need, ...], common: CommonPosts) -> None:
    rows = [
        (need.view, need.what, need.state + (" (!)" if need.prevents else ""), need.detail)
        for need in needs
    ]
    stopping = sum(need.prevents for need in needs)
    verdict = (
        f"(!) {counted(stopping, 'thing')} to put right before it can be published"
        if stopping
        else "nothing prevents publishing"
    )
    heads = ("view", "needs", "", "what is there, or what to do")
    print_sheet(Sheet(f"{benchmark}: what is missing for which view", heads, rows, verdict, keys=2))
    if common.pairs:
        caption = "posts that are one: the same words, or cut or reworded; --format json has all"
        shared = list(_shared(common))
        print_sheet(Sheet(f"{benchmark}: posts in two sets", SHARED, shared, caption, keys=2))
    for row in common.repeated[:SHOWN]:
        label = "the same label" if row.same_label else "ANOTHER LABEL"
        typer.echo(f"{row.task}: {row.again} repeats {row.first}, with {label}")
    if len(common.repeated) > SHOWN:
        typer.echo(f"{benchmark}: {counted(len(common.repeated), 'repeated row')} in all")
    compared = (
        f"{counted(sum(common.sizes.values()), 'row')} of {counted(len(common.sizes), 'set')}"
    )
    typer.echo(f"{compared} compared: {counted(len(common.pairs), 'pair')} of posts that are one.")


def _shared(common: CommonPosts) -> Iterator[tuple[str, ...]]:
    for first, second, same, near in common.shared():
        pairs = [
            f"{pair.first.id} = {pair.second.id}"
            for pair in common.pairs
            if (pair.first.set, pair.second.set) == (first, second)
        ]
        advice = common.advice(first, second)
        yield first, second, str(same), str(near), ", ".join(pairs[:SHOWN]), advice
