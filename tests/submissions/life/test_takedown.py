"""What is taken down is gone from every file, and says so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scoring.instruments import Pair
from scoring.judging.instrument import JUDGES
from scoring.judging.pairs import judged_pairs
from scoring.judging.verdicts import read_verdicts, texts_hash
from scoring.segments import REDACTED
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.asking.journal import opened
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.declarations.meta import Meta
from submissions.judging.run import LINES
from submissions.life.decisions import TooLate, edit_meta, hold
from submissions.life.takedown import (
    NothingToRedact,
    TakedownIncomplete,
    complete,
    redact_example,
    redact_output,
    withdraw,
)
from submissions.problems import SubmissionRefused
from submissions.receiving.examination import examine_apart, new_workspace
from submissions.receiving.intake import Sender, submit_examined
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import writing
from submissions.store.events import events
from submissions.store.files.outputs import read_outputs, segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.ledger import release_records
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import start_run
from submissions.store.submitted.submissions import Submission, outputs_in_use, submissions
from submissions.store.submitted.takedowns import pending_takedowns
from submissions.teams.limits import load_limits
from tests.boards import TEXTS, a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.judging import compared_line, write_verdicts

TASK = "demo/stress"


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def sent(
    board: DataFolder, tasks: dict[str, Task], where: Path, mark: str, **meta: object
) -> Submission:
    rows = [
        {**row, "output": f"{row['output']} {mark}{row['example_id']}."}
        for row in gold_rows(board, tasks[TASK])
    ]
    return submit(board, tasks, where, rows, **meta).submission


def bytes_under(board: DataFolder) -> bytes:
    """Everything that could hold a text: decompressed outputs, and the files of posts as they lie
    on disk.
    """
    outputs = [repr(read_outputs(path)).encode() for path in board.files.glob("*.parquet")]
    return b"".join([*outputs, *(path.read_bytes() for path in board.posts.iterdir())])


def scored(board: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(board, tasks)
    run(place, plan(place), LocalEngine(), a_run(board))


def test_a_withdrawn_systems_outputs_are_deleted(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own, other = (
        sent(board, tasks, tmp_path, "mine-"),
        sent(board, tasks, tmp_path, "theirs-", system="T"),
    )
    assert b"mine-stress-001" in bytes_under(board)
    gone = withdraw(board, own, "me", "asked for")
    assert b"mine-" not in bytes_under(board)
    assert b"theirs-stress-001" in bytes_under(board)
    assert withdraw(board, own, "me", "again") == gone
    assert [event.reason for event in events(board, own.id) if event.kind == "withdrawn"] == [
        "asked for"
    ]
    tombstone = next(one for one in submissions(board) if one.id == own.id)
    assert (tombstone.withdrawn_at, tombstone.meta.contact, tombstone.public) == (
        gone.withdrawn_at,
        None,
        False,
    )
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    assert other.public


def test_outputs_that_another_submission_shares_stay_with_it(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own, copy = (
        sent(board, tasks, tmp_path, "same-"),
        sent(board, tasks, tmp_path, "same-", system="Copy"),
    )
    assert own.outputs == copy.outputs
    withdraw(board, own, "me", "asked for")
    assert b"same-stress-001" in bytes_under(board)
    withdraw(board, copy, "me", "asked for")
    assert b"same-" not in bytes_under(board)


def test_a_redacted_output_is_gone_and_its_label_stays(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = sent(board, tasks, tmp_path, "said-")
    before = read_outputs(board.files / f"{own.outputs}.parquet").runs[0]
    redact_output(board, own, TASK, "stress-002", "me", "names a person")
    after_submission = next(one for one in submissions(board) if one.id == own.id)
    after = read_outputs(board.files / f"{after_submission.outputs}.parquet").runs[0]
    assert b"said-stress-002" not in bytes_under(board)
    assert b"said-stress-003" in bytes_under(board)
    assert after.example_ids == before.example_ids
    assert [reading.label for reading in after.readings] == [
        reading.label for reading in before.readings
    ]
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    for task, example in ((TASK, "stress-999"), ("demo/none", "stress-002")):
        with pytest.raises(NothingToRedact):
            redact_output(board, own, task, example, "me", "x")
    withdraw(board, own, "me", "x")
    with pytest.raises(TooLate):
        redact_output(board, withdraw(board, own, "me", "x"), TASK, "stress-003", "me", "x")


def test_a_redacted_post_is_gone_from_everything_and_does_not_come_back(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    store, task = PostStore(board.posts), tasks[TASK]
    example = store.examples(task)[1]
    piece = example.post[10:60].encode()
    own = sent(board, tasks, tmp_path, "said-")
    scored(board, tasks)
    assert piece in bytes_under(board)
    said = redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    assert said >= 1
    assert piece not in bytes_under(board)
    assert f"said-{example.example_id}".encode() not in bytes_under(board)
    words = [word for word in example.post.split() if word.isalpha() and len(word) > 5]
    assert example.example_id not in store.search(task, words[0])
    found = store.examples(task)[1]
    assert (found.gold, found.example_id) == (example.gold, example.example_id)
    assert (found.post, found.query, found.reference) == (REDACTED, REDACTED, None)
    assert store.examples(task)[2].post != REDACTED
    assert not plan(workplace(board, tasks)), "what was scored stays scored"
    store_gold(board, tasks, [import_csv(TEXTS / "stress.csv", task)])
    assert store.examples(task)[1].post == REDACTED, "importing the same file again is recognised"
    assert sent(board, tasks, tmp_path, "later-", version="2").id != own.id
    assert f"later-{example.example_id}".encode() not in bytes_under(board), "nor do words about it"
    assert b"later-" in bytes_under(board)
    store.path(task).unlink()
    store_gold(board, tasks, [import_csv(TEXTS / "stress.csv", task)])
    assert store.examples(task)[1].post == REDACTED, "nor from the file that was imported first"
    assert piece not in bytes_under(board)
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    reasons = {event.kind: event.reason for event in events(board)}
    assert reasons["example redacted"] == "the poster asked"
    for task_id, example_id in ((TASK, "none"), ("demo/none", "stress-001"), ("imhi/dr", "dr-1")):
        with pytest.raises(NothingToRedact):
            redact_example(board, tasks, task_id, example_id, "me", "x")


def test_what_quotes_a_redacted_post_goes_however_it_is_spelled(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    example, *others = PostStore(board.posts).examples(tasks[TASK])[1:]
    words = example.post.split()
    spelled = [
        example.post.upper(),
        "  ".join(words),
        example.post.replace("'", "\u2019").rstrip("."),
        f"It says: {' '.join(words[:14])} ...",
    ]
    kept = " ".join(words[:5])
    rows = gold_rows(board, tasks[TASK])
    for row, text in zip(rows[5:], [*spelled, kept], strict=False):
        row["output"] += f" {text}"
    own = submit(board, tasks, tmp_path, rows).submission
    redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    (run,) = read_outputs(
        board.files
        / f"{next(one for one in submissions(board) if one.id == own.id).outputs}.parquet"
    ).runs
    gone = [output is None for output in run.outputs]
    assert gone[5:10] == [True, True, True, True, False], "five words in a row are anybody's"
    assert sum(gone) == 5
    assert len(others) > 10
    again = submit(board, tasks, tmp_path, rows, version="later").submission
    (later,) = read_outputs(board.files / f"{again.outputs}.parquet").runs
    assert [output is None for output in later.outputs] == gone, "nor do they come back"
    assert [reading.label for reading in later.readings] == [
        reading.label for reading in run.readings
    ]


def test_what_a_team_declared_that_quotes_a_redacted_post_goes_from_releases_too(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    example = PostStore(board.posts).examples(tasks[TASK])[1]
    own = sent(
        board,
        tasks,
        tmp_path,
        "said-",
        description=f"Made for posts such as: \u201c{example.post}\u201d",
    )
    scored(board, tasks)
    publish(board, tasks, "me", "first")
    edited = {"description": f"As before, for: {example.post}"}
    edit_meta(board, tasks, own, edited, "team")
    piece = example.post[10:60].encode()
    assert piece in (board.releases / "1.db").read_bytes()
    redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    assert pending_takedowns(board) == ()
    assert piece not in b"".join(
        path.read_bytes() for path in board.path.rglob("*") if path.is_file()
    )
    assert next(one for one in submissions(board) if one.id == own.id).meta.description == REDACTED
    listed = {system.id: system for system in current_release(board).systems()}
    assert listed[own.id].description == REDACTED
    (record,) = release_records(board)
    assert record.sha256 == sha256_of(board.releases / "1.db")
    altered = [event for event in events(board) if event.kind == "release altered"]
    assert [event.subject for event in altered] == ["1"]
    scored(board, tasks)
    assert publish(board, tasks, "me", "second").number in (1, 2)


def fourteen_words(post: str, at: int) -> str:
    """So many of a post's words in a row, as a name may have them."""
    return " ".join("".join(c for c in word if c.isalnum()) for word in post.split()[at : at + 14])


def test_quotations_of_whatever_shape_go_and_two_names_that_quote_stay_two(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    example = PostStore(board.posts).examples(tasks[TASK])[0]
    first, second, third = (fourteen_words(example.post, at) for at in (37, 36, 35))
    links = [f"https://example.org/{sign.join(first.split())}" for sign in ("-", "_", "+", "%20")]
    for version in ("1", "2"):
        own = sent(board, tasks, tmp_path, f"said-{version}", system=first, version=version)
    declared = {"trained_on": [f"other:{first}"], "links": links}
    other = sent(board, tasks, tmp_path, "said too-", system=second, **declared)
    third_one = sent(
        board, tasks, tmp_path, "third-", system="Third", trained_on=[f"other:{third}"]
    )
    place, reason = workplace(board, tasks), f"as with {first}"
    ran = start_run(board, "tester", reason, {"library": "1"})
    scored(board, tasks)
    run(place, plan(place), LocalEngine(), ran)
    with writing(board) as db:
        db.conn.execute("UPDATE scores SET run = ?", [ran.id])
    publish(board, tasks, "me", "first")
    before = current_release(board)
    held = b"".join((board.path / name).read_bytes() for name in ("working.db", "releases/1.db"))
    for sign in ("-", "_", "+", "%20", " "):
        assert sign.join(first.split()).encode() in held
    redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    assert pending_takedowns(board) == ()
    left = b"".join(path.read_bytes() for path in board.path.rglob("*") if path.is_file())
    for sign in ("-", "_", "+", "%20", " "):
        assert sign.join(first.split()[:12]).encode() not in left
        assert sign.join(second.split()[:12]).encode() not in left
        assert sign.join(third.split()[:12]).encode() not in left
    now_called = {one.id: one for one in submissions(board)}
    names = [now_called[one.id].system for one in (own, other)]
    assert len(set(names)) == 2
    assert all(name.startswith(REDACTED) for name in names)
    assert [one.system for one in now_called.values()].count(names[0]) == 2, "versions of one"
    assert now_called[other.id].meta.system == names[1]
    assert now_called[other.id].meta.links == (REDACTED,) * 4
    assert now_called[third_one.id].meta.trained_on == (f"other:{REDACTED}",)
    after = current_release(board)
    listed = {one.id: one for one in after.systems()}
    assert [listed[one.id].system for one in (own, other)] == names
    assert listed[third_one.id].training == {
        "datasets": [],
        "others": [f"other:{REDACTED}"],
        "unknown": [],
    }
    assert [cell.value for cell in after.cells()] == [cell.value for cell in before.cells()]
    assert publish(board, tasks, "me", "second").number in (1, 2)


def test_what_was_looked_at_before_a_redaction_and_is_submitted_after_it_brings_nothing_back(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    example, other = PostStore(board.posts).examples(tasks[TASK])[1:3]
    rows = gold_rows(board, tasks[TASK])
    for row in rows:
        if row["example_id"] in (example.example_id, other.example_id):
            row["output"] += f" It says: {example.post}"
    workspace = new_workspace(board)
    path = workspace / "upload"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    examined = examine_apart(board, path, "demo", load_limits(board), "o.csv")
    path.unlink()
    assert examined.preview.accepted
    assert examined.outputs is not None
    of_before = examined.outputs.read_bytes()
    redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    piece = example.post[10:60]
    assert piece not in repr(read_outputs(examined.outputs)), "nor does it lie aside"
    examined.outputs.write_bytes(of_before)  # as when it was written only now
    sources, sender = Sources.of(tasks), Sender("import")
    meta = Meta("Late", "1", "zero-shot", consent=True)
    late = submit_examined(board, examined, meta, "demo", sender, sources)
    assert "2 outputs about posts that were taken down" in "".join(late.lines)
    (kept,) = read_outputs(board.files / f"{late.submission.outputs}.parquet").runs
    assert [output is None for output in kept.outputs][:4] == [False, True, True, False]
    assert piece.encode() not in bytes_under(board)
    assert {path.stem for path in board.files.glob("*.parquet")} == outputs_in_use(board)


def test_a_redacted_post_does_not_come_back_in_a_declaration_or_a_reason(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    example = PostStore(board.posts).examples(tasks[TASK])[0]
    own = sent(board, tasks, tmp_path, "said-")
    redact_example(board, tasks, TASK, example.example_id, "me", f"as in: {example.post}")
    quote = fourteen_words(example.post, 30)
    link = f"https://example.org/{quote.replace(' ', '_')}"
    declared: dict[str, object] = {
        "description": example.post,
        "prompt_strategy": quote.upper(),
        "links": ["https://example.org/", link],
        "trained_on": [f"other:{word}" for word in ("a", quote)],
    }
    for name, value in declared.items():
        with pytest.raises(SubmissionRefused, match="quotes a post that was taken down"):
            edit_meta(board, tasks, own, {name: value}, "team")
    declared |= {"system": quote, "version": "2"}
    with pytest.raises(SubmissionRefused) as refusal:
        sent(board, tasks, tmp_path, "again-", **declared)
    quoting = {one.field for one in refusal.value.problems if "taken down" in one.problem}
    assert quoting == {"system", "description", "prompt_strategy", "links", "trained_on"}
    assert quote.lower() not in str(refusal.value).lower()
    assert edit_meta(board, tasks, own, {"description": "Another."}, "team").meta.description
    hold(board, own, "me", f"because of {quote}")
    assert start_run(board, "me", f"because of {quote}", {}).reason == REDACTED
    reasons = {event.kind: event.reason for event in events(board)}
    assert reasons["held"] == reasons["example redacted"] == REDACTED
    left = b"".join(path.read_bytes() for path in board.path.glob("working.db*"))
    assert " ".join(quote.split()[:12]).encode() not in left
    assert example.post[10:60].encode() not in left


def test_a_takedown_that_cannot_be_finished_stops_publishing_at_once_and_says_why(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    scored(board, tasks)
    example = PostStore(board.posts).examples(tasks[TASK])[1]
    (board.arrays / "stray.npy").write_text(example.post)
    with pytest.raises(TakedownIncomplete, match=r"arrays/stray\.npy holds words of it"):
        redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    with pytest.raises(TakedownIncomplete, match=r"not published.*arrays/stray\.npy"):
        publish(board, tasks, "me", "first")
    (board.arrays / "stray.npy").unlink()
    assert publish(board, tasks, "me", "first").number == 1
    assert pending_takedowns(board) == ()


def judged(board: DataFolder, tasks: dict[str, Task], *of: Submission) -> list[list[Pair]]:
    """Have every explanation of some submissions judged, and the first two's compared; return what
    the judge was shown of each.
    """
    examples = PostStore(board.posts).examples(tasks[TASK])
    runs = [segments(board.outputs(each.outputs), tasks[TASK], examples)[0] for each in of]
    pairs = [[pair for pair in judged_pairs(run) if pair] for run in runs]
    board.judged.mkdir()
    path = board.judged / "scale.jsonl"
    levels = [{"overall": 2}]
    write_verdicts(path, JUDGES[0], {pair: levels for own in pairs for pair in own})
    both = zip(*pairs[:2], strict=True)
    lines = [compared_line(own[0], own[1], other[1]) for own, other in both]
    (board.judged / "pairwise.jsonl").write_text("".join(lines), encoding="utf-8")
    return pairs


def verdicts(board: DataFolder, name: str) -> set[str]:
    return {verdict.key.pair for verdict in read_verdicts(board.judged / f"{name}.jsonl")}


def test_verdicts_on_a_withdrawn_system_go_but_for_what_another_said_word_for_word(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = sent(board, tasks, tmp_path, "mine-")
    other = sent(board, tasks, tmp_path, "theirs-", system="T")
    rows = gold_rows(board, tasks[TASK])
    shared = f"{rows[0]['output']} mine-{rows[0]['example_id']}."
    copying = submit(
        board, tasks, tmp_path, [{**rows[0], "output": shared}, *rows[1:]], system="C"
    ).submission
    ours, theirs, copies = judged(board, tasks, own, other, copying)
    assert len(verdicts(board, "scale")) == 40 + 40 + 39
    assert len(verdicts(board, "pairwise")) == 40
    withdraw(board, own, "me", "asked for")
    assert verdicts(board, "scale") == {texts_hash(*pair) for pair in (*theirs, *copies)}
    assert ours[0] == copies[0]
    kept = texts_hash(*ours[0], theirs[0][1])
    assert verdicts(board, "pairwise") == {kept}, "what stands, with what stands"


def test_verdicts_on_a_redacted_output_and_on_a_redacted_post_go(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = sent(board, tasks, tmp_path, "mine-")
    other = sent(board, tasks, tmp_path, "theirs-", system="T")
    ours, theirs = judged(board, tasks, own, other)
    first, second = (row["example_id"] for row in gold_rows(board, tasks[TASK])[:2])
    redact_output(board, own, TASK, first, "me", "asked for")
    every = {texts_hash(*pair) for pair in (*ours, *theirs)}
    assert every - verdicts(board, "scale") == {texts_hash(*ours[0])}
    assert len(verdicts(board, "pairwise")) == 39
    redact_example(board, tasks, TASK, second, "me", "asked for")
    gone = {texts_hash(*ours[0]), texts_hash(*ours[1]), texts_hash(*theirs[1])}
    assert every - verdicts(board, "scale") == gone
    assert len(verdicts(board, "pairwise")) == 38


def test_a_takedown_is_not_done_while_a_judge_writes_and_goes_on_after(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = sent(board, tasks, tmp_path, "mine-")
    (ours,) = judged(board, tasks, own, own)[:1]
    with (
        opened(board.judged / "scale.jsonl", LINES),
        pytest.raises(
            TakedownIncomplete, match=r"judged/scale.jsonl holds verdicts on it; is `rea"
        ),
    ):
        withdraw(board, own, "me", "asked for")
    assert len(verdicts(board, "scale")) == len(ours)
    assert complete(board) == ()
    assert verdicts(board, "scale") == set()
