"""One post of several is taken down: from every example that holds it, with what was said of these."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.segments import REDACTED
from scoring.tasks import Task, read_tasks
from submissions.benchmarks.gold_files import import_csv, import_histories
from submissions.benchmarks.importing import import_gold, store_gold
from submissions.declarations.settings import DECLARATIONS
from submissions.life.takedown import NothingToRedact, redact_example
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.files.gold import TakenDown
from submissions.store.files.outputs import read_outputs
from submissions.store.files.posts import PostStore, StandingPosts
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submission_with
from submissions.store.submitted.takedowns import pending_takedowns, redacted_posts
from tests.boards import a_run, build_content, gold_rows, submit, workplace
from tests.histories import SHARED, TASK, declare, import_timelines, text, write_files
from tests.killing import killed

SINGLE = "demo/stress"
HOLDING = {"t0", "t1", "short"}
FEW = tuple(map(metric, ("words", "rougel_recall")))


@pytest.fixture
def board(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "boards" / "data")
    prepare(folder)
    (folder.path / "scoring.toml").write_text('[similarity.demo]\ncheckpoint = "none"\n')
    return folder


@pytest.fixture
def declared(board: DataFolder, tmp_path: Path) -> dict[str, Task]:
    return import_timelines(board, tmp_path)


def everything(board: DataFolder) -> bytes:
    """All bytes under the data folder, outputs decompressed; what is declared aside."""
    files = [path for path in board.path.rglob("*") if path.is_file()]
    outputs = [repr(read_outputs(path)).encode() for path in files if path.suffix == ".parquet"]
    return b"".join([*outputs, *(path.read_bytes() for path in files)])


def test_one_post_goes_from_every_example_and_the_others_stay(
    board: DataFolder, declared: dict[str, Task], tmp_path: Path
) -> None:
    # The same post is asked about by itself, in another task.
    single = tmp_path / "single.csv"
    rows = [f"s{n},Post {n} is about a shelf of jars and nothing else.,no,R." for n in range(9)]
    single.write_text("\n".join(["id,text,label,reference", f's,"{SHARED}",yes,R.', *rows, ""]))
    store_gold(board, declared, [import_csv(single, declared[SINGLE])])
    sent = submit(board, declared, tmp_path, gold_rows(board, declared[TASK])).submission
    place = workplace(board, declared)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(board))
    assert SHARED.encode() in everything(board)

    count = redact_example(board, declared, TASK, "t0", "me", "the poster asked", post="p1")

    assert count > 1  # baselines copied references and posts
    assert SHARED[10:60].encode() not in everything(board)
    store = PostStore(board.posts)
    by_id = {each.example_id: each for each in store.examples(declared[TASK])}
    assert {name for name, each in by_id.items() if each.redacted} == HOLDING
    gone = by_id["t0"]
    assert [post.text for post in gone.posts] == [text(0, 0), REDACTED, text(0, 2)]
    assert (gone.query, gone.reference) == (REDACTED, None)
    assert [e.example_id for e in store.examples(declared[SINGLE]) if e.redacted] == ["s"]
    # What was said of them went, and nothing else did; the other posts are asked about elsewhere.
    standing = submission_with(board, sent.id)
    assert standing is not None
    (outputs,) = read_outputs(board.outputs(standing.outputs)).runs
    said = dict(zip(outputs.example_ids, outputs.outputs, strict=True))
    assert {name for name, output in said.items() if output is None} == HOLDING
    # The value is of those that stand, by the rule for redacted examples.
    cells = {
        (cell.system, cell.metric): cell
        for cell in build_content(board, declared).cells
        if cell.task == TASK
    }
    cell = cells[sent.id, "rougel_recall"]
    assert (cell.value, cell.n) == (1, 10)
    # It does not come back: not with the files, not with an upload.
    import_gold(board, declared, TASK, *write_files(tmp_path))
    assert SHARED[10:60].encode() not in everything(board)
    rows = [{**row, "output": "They sleep."} for row in gold_rows(board, declared[TASK])]
    later = submit(board, declared, tmp_path, rows, system="Later").submission
    (outputs,) = read_outputs(board.outputs(later.outputs)).runs
    assert sum(output is None for output in outputs.outputs) == len(HOLDING)


def test_all_posts_of_an_example_go_where_none_is_named(
    board: DataFolder, declared: dict[str, Task]
) -> None:
    redact_example(board, declared, TASK, "t2", "me", "the poster asked")
    left = everything(board)
    assert not [place for place in range(3) if text(2, place)[5:40].encode() in left]
    assert text(3, 0).encode() in left
    # Again, for nothing, and one by one.
    redact_example(board, declared, TASK, "t2", "me", "again", post="p1")
    redact_example(board, declared, TASK, "t2", "me", "again")
    assert pending_takedowns(board) == ()


def rows_of(board: DataFolder, task: Task, texts: list[str], where: Path) -> None:
    """Import some texts, and others of nothing, as a plain task's gold, each under an id of its
    own.
    """
    declared = read_tasks(board.path / "tasks", DECLARATIONS / "tasks")
    every = [*texts, *(f"Post {n} is about a shelf of jars and nothing else." for n in range(9))]
    names, file = task.label_names, where / "plain.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "post_id", "text", "label", "reference"])
        writer.writerows(
            [f"r{n}", f"mine-{n}", said, names[n % len(names)], "R."]
            for n, said in enumerate(every)
        )
    store_gold(board, declared, [import_csv(file, task)])


def redacted(board: DataFolder, task: Task) -> list[str]:
    return [e.example_id for e in PostStore(board.posts).examples(task) if e.redacted]


def test_a_post_goes_by_what_it_says_under_any_id_and_in_any_text(
    board: DataFolder, declared: dict[str, Task], tmp_path: Path
) -> None:
    apart, joined = declared[SINGLE], declared["demo/loneliness"]
    rows_of(board, apart, [SHARED], tmp_path)
    rows_of(board, joined, ["\n\n".join([text(0, 0), SHARED]), text(5, 0)], tmp_path)
    # The one that bears an id of its own is asked for: those of the timelines are others.
    redact_example(board, declared, SINGLE, "r0", "me", "the poster asked")
    assert pending_takedowns(board) == ()
    assert SHARED[10:60].encode() not in everything(board)
    assert set(redacted(board, declared[TASK])) == HOLDING
    assert (redacted(board, apart), redacted(board, joined)) == (["r0"], ["r0"])
    store = PostStore(board.posts)
    assert store.standing(redacted_posts(board)) == {}
    # Whoever comes later is held against the same examples as whoever was there.
    rows = [{**row, "output": "They sleep."} for row in gold_rows(board, declared[TASK])]
    later = submit(board, declared, tmp_path, rows, system="Later").submission
    (outputs,) = read_outputs(board.outputs(later.outputs)).runs
    said = zip(outputs.example_ids, outputs.outputs, strict=True)
    assert {name for name, output in said if output is None} == HOLDING
    # Nor does it come in again, under another guise.
    guises = [
        f"He said: {SHARED}",
        SHARED.replace(".", "!"),
        "\n\n".join([text(4, 1), SHARED, text(4, 0)]),
        text(4, 2),
    ]
    rows_of(board, declared["demo/low-mood"], guises, tmp_path)
    assert redacted(board, declared["demo/low-mood"]) == ["r0", "r1", "r2"]
    assert SHARED[10:60].encode() not in everything(board)


def test_what_is_written_about_another_post_goes_where_it_quotes(
    board: DataFolder, declared: dict[str, Task], tmp_path: Path
) -> None:
    rows_of(board, declared[SINGLE], [SHARED], tmp_path)
    file = tmp_path / "quoting.csv"
    task = declared["demo/loneliness"]
    names = task.label_names
    others = "".join(f"o{n},A shelf of {n} jars.,{names[n % 2]},R.\n" for n in range(9))
    file.write_text(
        f'id,text,label,reference\nq,A long day it was.,{names[0]},"They say: {SHARED}"\n{others}'
    )
    store_gold(board, declared, [import_csv(file, task)])
    redact_example(board, declared, SINGLE, "r0", "me", "the poster asked")
    assert redacted(board, task) == ["q"]
    assert SHARED[10:60].encode() not in everything(board)


def test_all_posts_of_an_example_take_one_sweep(
    board: DataFolder, declared: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps = []
    looked = PostStore.standing

    def counting(store: PostStore, gone: TakenDown) -> dict[Path, StandingPosts]:
        sweeps.append(gone)
        return looked(store, gone)

    monkeypatch.setattr(PostStore, "standing", counting)
    redact_example(board, declared, TASK, "t3", "me", "the poster asked")
    # One to say what goes, one to take it out, one to see that it is gone.
    assert len(sweeps) == 3
    assert redacted(board, declared[TASK]) == ["t3"]


def test_a_post_that_is_not_there_is_named(board: DataFolder, declared: dict[str, Task]) -> None:
    before = redacted_posts(board).ids
    with pytest.raises(NothingToRedact, match="'p9' is not a post of example 't0'"):
        redact_example(board, declared, TASK, "t0", "me", "why", post="p9")
    assert redacted_posts(board).ids == before


@pytest.mark.timeout(900)
def test_a_post_of_several_is_gone_wherever_its_redaction_was_killed(
    board: DataFolder, tmp_path: Path
) -> None:
    declared = declare(board)
    task = declared[TASK]
    # Without baselines, each of which is a dozen more places to die at.
    PostStore(board.posts).write(task, import_histories(*write_files(tmp_path), task))
    submit(board, declared, tmp_path, gold_rows(board, task))
    piece = SHARED[10:60].encode()
    left = killed(board, "redact-example", TASK, "t0", "p1")
    assert len(left) > 15
    undone = 0
    for each in left:
        assert pending_takedowns(each) == ()
        by_id = {e.example_id: e for e in PostStore(each.posts).examples(declared[TASK])}
        if piece in everything(each):  # it died before it was written down what was asked
            undone += 1
            assert not any(e.redacted for e in by_id.values())
            continue
        assert {name for name, e in by_id.items() if e.redacted} == HOLDING
        assert [post.text for post in by_id["t1"].posts] == [REDACTED, text(1, 1), text(1, 2)]
        assert not list(each.path.rglob("*.aside"))
    assert undone < len(left) / 2
