"""Transcripts, how they are rated, and what a release states of that."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.keeping.verify import TEXTS, verify
from submissions.life.takedown import NothingToRedact, redact_transcript
from submissions.likeness.quotation import Quotation
from submissions.problems import SubmissionRefused
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, RatingsRefused, import_ratings
from submissions.rating.rubric_figures import RubricFigures, rubric_figures
from submissions.rating.rubrics import KIND as RUBRICS
from submissions.rating.rubrics import RubricError, usable_rubrics
from submissions.rating.sets import SetRefused, join_sets, rating_sets
from submissions.rating.transcript_tasks import (
    Transcripts,
    TranscriptsError,
    declared_transcripts,
    read_transcript_tasks,
)
from submissions.rating.transcripts import import_transcripts, stored_transcripts
from submissions.rating.validity import find_validity
from submissions.store.database import prepare, writing
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import (
    FILE,
    JUDGED,
    RatedText,
    Session,
    Source,
    add_source,
    rated_texts,
    redacted_hashes,
    remember_redacted,
    transcript_hash,
)
from submissions.store.submitted.takedowns import pending_takedowns
from tests.killing import killed

DEMO = DECLARATIONS / "demo"
SPOKEN, PEOPLE, JUDGE = (
    DEMO / f"{name}"
    for name in ("transcripts.jsonl", "transcript-ratings.csv", "transcript-judged.csv")
)
TUNED, INSTRUCT = "Counsel-8B, tuned", "Counsel-8B, instruct"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    return folder


def task_of(folder: DataFolder) -> Transcripts:
    return declared_transcripts(folder.path, "demo-cbt")


def take_in(folder: DataFolder, path: Path = SPOKEN) -> str:
    return "\n".join(import_transcripts(folder, task_of(folder), path, "ana", "a test").lines)


def rate(
    folder: DataFolder, path: Path, kind: str = FILE, name: str | None = None, **more: Any
) -> str:
    asked = ImportRequest("ana", "a test", Naming(task="demo-cbt"), name, kind=kind, **more)
    rubrics = usable_rubrics(folder.path)
    return "\n".join(import_ratings(folder, {}, rubrics, path, asked).lines)


def rated(folder: DataFolder) -> RubricFigures:
    take_in(folder)
    rate(folder, PEOPLE, name="people")
    rate(folder, JUDGE, JUDGED, "judge")
    return rubric_figures(folder)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def totals() -> dict[str, dict[str, float]]:
    """System -> patient -> people's mean total, summed here anew from the files."""
    lines = [json.loads(line) for line in SPOKEN.read_text(encoding="utf-8").splitlines()]
    by_rater: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows_of(PEOPLE):
        by_rater[row["item"], row["annotator"]] += int(row["rating"])
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for line in lines:
        raters = [total for (item, _), total in by_rater.items() if item == line["id"]]
        values[line["system"]][line["patient"]] = sum(raters) / len(raters)
    return values


def test_the_demonstration_is_twelve_short_transcripts(folder: DataFolder) -> None:
    assert "12 transcripts of Counsel-8B, tuned, Counsel-8B, instruct" in take_in(folder)
    assert "nothing to do" in take_in(folder)
    here = stored_transcripts(folder, task_of(folder))
    assert len(here) == 12
    assert all(text.session and text.session.turns == 6 for text in here.values())
    assert not rating_sets(folder), "transcripts by themselves are no ratings"


def test_totals_and_items_are_means_over_patients(folder: DataFolder) -> None:
    figures = rated(folder)
    cells = {(row.ratings, row.system, row.item): row for row in figures.values}
    for system, by_patient in totals().items():
        own, values = cells["people", system, "total"], np.array([*by_patient.values()])
        assert (own.value, own.sd) == pytest.approx((values.mean(), values.std(ddof=1)))
        ends = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert (own.low, own.high) == pytest.approx((ends.low, ends.high))
        assert (own.transcripts, own.patients, own.raters) == (3, 3, 2)
        items = [cells["people", system, item["name"]].value for item in figures.boards[0].items]
        assert sum(items) == pytest.approx(own.value)
        assert len(items) == 11
    (board,) = figures.boards
    assert (board.low, board.high, board.transcripts, board.patients) == (0, 66, 12, 3)


def test_variants_of_a_base_model_are_paired_on_patients(folder: DataFolder) -> None:
    rows = rated(folder).contrasts
    pairs = {(row.first, row.second) for row in rows}
    assert pairs == {(TUNED, INSTRUCT), ("Counsel-3B, tuned", "Counsel-3B, instruct")}
    (row,) = [r for r in rows if (r.first, r.item, r.judge) == (TUNED, "total", "")]
    ours, theirs = (totals()[system] for system in (TUNED, INSTRUCT))
    test = stats.ttest_rel(*([side[p] for p in ours] for side in (ours, theirs)))
    assert (row.test, row.patients, row.p) == ("paired t", 3, pytest.approx(test.pvalue))
    assert row.p_permutation == 2 / 2**3, "three patients allow no less"
    assert row.p_holm == pytest.approx(2 * row.p_permutation), "of two pairs' totals"


def test_other_patients_are_held_against_each_other_by_welch(
    folder: DataFolder, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in SPOKEN.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["patient"] += "" if line["system"] == TUNED else " of the others"
    take_in(folder, written(tmp_path, lines))
    rate(folder, PEOPLE, name="people")
    (row,) = [r for r in rubric_figures(folder).contrasts if (r.first, r.item) == (TUNED, "total")]
    sides = [[*totals()[system].values()] for system in (TUNED, INSTRUCT)]
    test = stats.ttest_ind(*sides, equal_var=False)
    assert (row.test, row.p) == ("Welch's t", pytest.approx(test.pvalue))
    assert (row.p_permutation, row.permutations) == (2 / 20, 20)


def test_a_judge_is_held_against_people_and_never_meaned_with_them(folder: DataFolder) -> None:
    figures = rated(folder)
    assert {(row.ratings, row.judge) for row in figures.values} == {
        ("people", ""),
        ("judge", "demo-judge-7b"),
    }
    told = {(row.judge, row.coefficient): row for row in figures.agreement if row.item == "total"}
    means = defaultdict(list)
    for path in (PEOPLE, JUDGE):
        by_item: dict[str, int] = defaultdict(int)
        raters = {row["annotator"] for row in rows_of(path)}
        for row in rows_of(path):
            by_item[row["item"]] += int(row["rating"])
        means[path] = [by_item[item] / len(raters) for item in sorted(by_item)]
    r = told["demo-judge-7b", "Pearson's r"]
    assert r.value == pytest.approx(stats.pearsonr(means[PEOPLE], means[JUDGE]).statistic)
    assert (r.low, r.interval) == (None, "none: fewer than 10 patients")
    bias = np.mean(means[JUDGE]) - np.mean(means[PEOPLE])
    assert told["demo-judge-7b", "bias"].value == pytest.approx(bias)
    assert 0 < (told["", "ICC(2,1)"].value or 0) < (told["", "ICC(2,k)"].value or 0) < 1


def test_a_total_is_of_all_items_or_there_is_none(folder: DataFolder, tmp_path: Path) -> None:
    take_in(folder)
    path = tmp_path / "some.csv"
    lines = PEOPLE.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("s01") or "homework" not in line]
    path.write_text("\n".join(kept), encoding="utf-8")
    rate(folder, path)
    cells = {(row.system, row.item): row for row in rubric_figures(folder).values}
    assert cells[TUNED, "total"].patients == 2
    assert cells[TUNED, "homework"].patients == 2
    assert cells[TUNED, "agenda"].patients == 3


def test_a_total_in_per_cent_says_so(folder: DataFolder) -> None:
    own = folder.path / "transcripts" / "demo-cbt.toml"
    own.parent.mkdir()
    shipped = (DECLARATIONS / "transcripts" / "demo-cbt.toml").read_text(encoding="utf-8")
    own.write_text(shipped.replace('"sum"', '"per cent of the maximum"'), encoding="utf-8")
    figures = rated(folder)
    row = next(r for r in figures.values if (r.system, r.item) == (TUNED, "total"))
    mean = np.mean([*totals()[TUNED].values()])
    assert row.value == pytest.approx(100 * mean / 66)
    assert (figures.boards[0].total, figures.boards[0].high) == ("per cent of the maximum", 100)


def test_explanation_metrics_are_not_held_against_transcripts(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    rated(folder)
    people = find_validity(folder, tasks)
    assert (people.rows, people.sets) == ((), ())


def test_models_and_people_are_not_joined(folder: DataFolder) -> None:
    rated(folder)
    with pytest.raises(SetRefused, match="people's ratings and models' are not joined"):
        join_sets(folder, ["people", "judge"], "both", "ana", "a test")
    with pytest.raises(RatingsRefused, match="sets of their own"):
        rate(folder, JUDGE, name="judge", revise=True)


def test_ratings_name_transcripts_that_are_here(folder: DataFolder, tmp_path: Path) -> None:
    take_in(folder)
    path = tmp_path / "few.csv"
    path.write_text("item,annotator,aspect,rating\ns99,A,agenda,3\n,B,agenda,3\n")
    with pytest.raises(SubmissionRefused) as refused:
        rate(folder, path)
    assert "is empty" in str(refused.value)
    path.write_text("item,annotator,aspect,rating\ns99,A,agenda,3\ns98,A,agenda,3\n")
    with pytest.raises(SubmissionRefused) as refused:
        rate(folder, path)
    assert [problem.value for problem in refused.value.problems] == ["s99", "s98"]
    path.write_text("item,system,annotator,aspect,rating\ns01,Another,A,agenda,3\n")
    with pytest.raises(SubmissionRefused, match="another system's"):
        rate(folder, path)
    with pytest.raises(RatingsRefused, match="rated by ctrs"):
        import_ratings(
            folder,
            {},
            usable_rubrics(folder.path),
            path,
            ImportRequest("ana", "a test", Naming("mentallama", "demo-cbt")),
        )
    asked = ImportRequest("ana", "a test", kind=JUDGED)
    with pytest.raises(RatingsRefused, match="say whose with --task"):
        import_ratings(folder, {}, usable_rubrics(folder.path), path, asked)


def written(where: Path, lines: list[Any]) -> Path:
    path = where / "some.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines),
        encoding="utf-8",
    )
    return path


GOOD: Mapping[str, Any] = {
    "id": "a",
    "system": "S",
    "turns": [{"role": "patient", "text": "Hello."}],
    "base_model": "b",
    "variant": "tuned",
}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[1]", "is no object"),
        ("[" * 200_000, "line 2: is nested too deeply"),
        ({**GOOD, "turns": [{"role": "patient", "text": "x \ud83d"}]}, "turns: holds half of a"),
        ({**GOOD, "system": "S\udc00"}, "system: holds half of a surrogate pair"),
        ({**GOOD, "sy\udc00": "S"}, "a name: holds half of a surrogate pair"),
        ({**GOOD, "sytem": "S"}, "did you mean 'system'?"),
        ({**GOOD, "id": " "}, "id: is empty"),
        ({**GOOD, "parameters": 8}, "is not text"),
        ({**GOOD, "turns": []}, "is not a list of turns"),
        ({**GOOD, "turns": [{"role": "user", "text": "Hello."}]}, "allowed: therapist, patient"),
        ({**GOOD, "turns": [{"role": "patient", "text": " "}]}, "turn 1 says nothing"),
        ({**GOOD, "variant": "tund"}, "did you mean 'tuned'?"),
        ({**GOOD, "base_model": ""}, "base_model: is missing"),
        ({**GOOD, "id": "b", "variant": "instruct"}, "says 'tuned' of the same system"),
        (dict(GOOD), "line 1 has it already"),
    ],
)
def test_a_file_is_refused_with_what_is_wrong(
    folder: DataFolder, tmp_path: Path, line: Any, said: str
) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        take_in(folder, written(tmp_path, [dict(GOOD), line]))
    assert said in "\n".join(map(str, refused.value.problems))
    assert not stored_transcripts(folder, task_of(folder))


def quoting(folder: DataFolder, said: str, where: Path) -> None:
    """Somebody says why they import another transcript, and quotes this one."""
    path = written(where, [{**GOOD, "base_model": "", "variant": ""}])
    import_transcripts(folder, task_of(folder), path, "ana", f"It goes on like: {said}")


def test_a_transcript_that_is_taken_down_does_not_come_back(
    folder: DataFolder, tmp_path: Path
) -> None:
    rated(folder)
    with pytest.raises(NothingToRedact, match="did you mean 's"):
        redact_transcript(folder, "demo-cbt", "s1", "ana", "asked for")
    said = str(stored_transcripts(folder, task_of(folder))["s01"].output)
    quoting(folder, said, tmp_path)
    redact_transcript(folder, "demo-cbt", "s01", "ana", "asked for")
    assert not pending_takedowns(folder)
    piece = of_it_alone(said)
    assert not [path for path in folder.path.rglob("*") if holds(path, piece)]
    assert rubric_figures(folder).boards[0].transcripts == 12
    with pytest.raises(NothingToRedact, match="it was taken down"):
        redact_transcript(folder, "demo-cbt", "s01", "ana", "asked for")

    lines = [json.loads(line) for line in SPOKEN.read_text(encoding="utf-8").splitlines()]
    again = take_in(folder, written(tmp_path, ["", *lines]))
    assert "not taken in: 1 transcript that was taken down here" in again
    assert "(line 2)" in again
    assert "all of its 11 transcripts are here" in again
    renamed, changed = {**lines[0], "id": "z"}, {**lines[0], "turns": GOOD["turns"]}
    assert "not taken in: 1 transcript" in take_in(folder, written(tmp_path, [renamed]))
    assert "not taken in: 1 transcript" in take_in(folder, written(tmp_path, [changed]))
    longer = tmp_path / "longer.csv"
    longer.write_bytes(PEOPLE.read_bytes() + b"\n")
    with pytest.raises(SubmissionRefused, match="leave its rows out"):
        rate(folder, longer)
    assert len(stored_transcripts(folder, task_of(folder))) == 12


def test_a_reworded_copy_of_what_was_taken_down_stays_out(
    folder: DataFolder, tmp_path: Path
) -> None:
    take_in(folder)
    lines = [json.loads(line) for line in SPOKEN.read_text(encoding="utf-8").splitlines()]
    copy = {**lines[0], "id": "copy", "turns": reworded(lines[0]["turns"])}
    take_in(folder, written(tmp_path, [copy]))
    near = redact_transcript(folder, "demo-cbt", "s01", "ana", "asked for")
    assert near == ("copy",), "what is here is left to a person, and told"
    redact_transcript(folder, "demo-cbt", "copy", "ana", "asked for")

    again = {**copy, "id": "again", "turns": reworded(lines[0]["turns"], seed=2)}
    assert "or reworded from one" in take_in(folder, written(tmp_path, [again]))
    # The patient says to another therapist what they said to this one.
    other = [
        turn if turn["role"] == "patient" else {**turn, "text": f"Let us see, {place}: go on."}
        for place, turn in enumerate(lines[0]["turns"])
    ]
    session = {**lines[0], "id": "other", "system": "Another", "base_model": "", "variant": ""}
    said = take_in(folder, written(tmp_path, [{**session, "turns": other, "parameters": ""}]))
    assert "1 transcript of Another" in said


def reworded(turns: list[dict[str, str]], seed: int = 1) -> list[dict[str, str]]:
    """Turns with one word in ten changed."""
    rng = np.random.default_rng(seed)
    return [
        {
            **turn,
            "text": " ".join("so" if rng.random() < 0.1 else word for word in turn["text"].split()),
        }
        for turn in turns
    ]


def of_it_alone(said: str) -> bytes:
    """Return what somebody says in this transcript of the demonstration and in no other."""
    turns = [turn.split(": ", 1)[1].encode() for turn in said.split("\n\n")]
    return next(turn for turn in turns if SPOKEN.read_bytes().count(turn) == 1)


def holds(path: Path, piece: bytes) -> bool:
    return path.is_file() and piece in path.read_bytes()


def test_a_transcript_that_quotes_a_post_that_was_taken_down_stays_out(
    folder: DataFolder, tmp_path: Path
) -> None:
    post = "I have not slept for nine days now and nobody at work has noticed it at all."
    remember_redacted(folder, Quotation.of([post]).hashes())
    turns = [{"role": "patient", "text": f"As I wrote there: {post}"}]
    said = take_in(folder, written(tmp_path, [{**GOOD, "turns": turns}, {**GOOD, "id": "b"}]))
    assert "a post quoted there (line 1)" in said
    assert [*stored_transcripts(folder, task_of(folder))] == ["b"]


def test_a_transcript_is_gone_wherever_its_takedown_was_killed(
    folder: DataFolder, tmp_path: Path
) -> None:
    take_in(folder)
    said = str(stored_transcripts(folder, task_of(folder))["s01"].output)
    quoting(folder, said, tmp_path)
    piece = of_it_alone(said)
    undone = 0
    left = killed(folder, "redact-transcript", "demo-cbt", "s01")
    for board in left:
        assert not pending_takedowns(board)
        if "s01" in stored_transcripts(board, task_of(board)):
            undone += 1  # it died before it was written down what was asked
        else:
            assert not [path for path in board.path.rglob("*") if holds(path, piece)]
            assert transcript_hash("demo-cbt", "s01") in redacted_hashes(board)
    assert 0 < undone < len(left) / 2


def test_a_line_ends_where_json_lines_end(folder: DataFolder, tmp_path: Path) -> None:
    turns = [{"role": "patient", "text": "One\u2028two\u0085three."}]
    path = tmp_path / "some.jsonl"
    path.write_bytes(json.dumps({**GOOD, "turns": turns}, ensure_ascii=False).encode() + b"\r\n")
    assert "1 transcript of S" in take_in(folder, path)


def test_texts_with_halves_of_characters_are_read_as_they_were_written(folder: DataFolder) -> None:
    text = RatedText("a", "S", "demo-cbt", "item:a", output="x \ud83d", session=Session(1))
    source = Source("0" * 12, "s", "ctrs", FILE, "s", "0" * 64, "", "ana", "a test", "")
    stored = add_source(folder, source, [text], [], ())
    assert list(rated_texts(folder, "s").values()) == [text]
    assert not [damage for damage in verify(folder, {}).damages if damage.kind == TEXTS]
    with writing(folder) as db:
        content = b"not JSON"
        digest = hashlib.sha256(content).hexdigest()
        folder.rated(digest).write_bytes(content)
        db.table("rating_sources").update(stored.id, {"texts": digest})
    (damage,) = [damage for damage in verify(folder, {}).damages if damage.kind == TEXTS]
    assert damage.why == "holds no texts that can be read"


def test_a_transcript_does_not_change(folder: DataFolder, tmp_path: Path) -> None:
    take_in(folder, written(tmp_path, [dict(GOOD)]))
    other = {**GOOD, "turns": [{"role": "patient", "text": "Good day."}]}
    with pytest.raises(SubmissionRefused, match="with other content"):
        take_in(folder, written(tmp_path, [other]))
    said = take_in(folder, written(tmp_path, [dict(GOOD), {**other, "id": "b"}]))
    assert "1 transcript of S" in said
    assert "1 were here already" in said


def test_declarations_say_what_is_wrong_with_them(folder: DataFolder) -> None:
    with pytest.raises(TranscriptsError, match="did you mean 'demo-cbt'"):
        declared_transcripts(folder.path, "demo-cbd")
    own = folder.path / "transcripts" / "demo-cbt.toml"
    own.parent.mkdir()
    own.write_text('total = "mean"\nvariants = ["a", "a"]\n')
    (fault,) = read_transcript_tasks(folder.path)[1]
    assert "`total` is 'mean'; allowed: sum, per cent of the maximum" in fault.text
    assert "has a name twice" in fault.text
    assert not rubric_figures(folder).boards


def test_variants_that_are_declared_no_more_come_last(folder: DataFolder) -> None:
    take_in(folder)
    rate(folder, PEOPLE, name="people")
    own = folder.path / "transcripts" / "demo-cbt.toml"
    own.parent.mkdir()
    shipped = (DECLARATIONS / "transcripts" / "demo-cbt.toml").read_text(encoding="utf-8")
    own.write_text(re.sub("variants = .*", 'variants = ["instruct"]', shipped), encoding="utf-8")
    pairs = {(row.first, row.second) for row in rubric_figures(folder).contrasts}
    assert (INSTRUCT, TUNED) in pairs


def test_no_total_is_per_cent_of_nothing(folder: DataFolder) -> None:
    for kind, name, before, after in (
        ("transcripts", "demo-cbt", '"sum"', '"per cent of the maximum"'),
        ("rubrics", "ctrs", "low = 0\nhigh = 6", "low = -6\nhigh = 0"),
    ):
        own = folder.path / kind / f"{name}.toml"
        own.parent.mkdir()
        shipped = (DECLARATIONS / kind / f"{name}.toml").read_text(encoding="utf-8")
        assert before in shipped
        own.write_text(shipped.replace(before, after), encoding="utf-8")
    (fault,) = read_transcript_tasks(folder.path)[1]
    assert "the maximum of ctrs is not above 0; allowed: sum" in fault.text
    assert not rubric_figures(folder).boards


def test_no_aspect_is_called_as_all_of_them_together() -> None:
    with pytest.raises(RubricError, match="what all aspects together are called"):
        RUBRICS.parse(
            "r",
            'title = "R"\nsource = "S"\nheadline = "total"\n[[aspects]]\nname = "total"\n'
            'title = "T"\nwording = "W"\nlow = 0\nhigh = 1\n',
        )
