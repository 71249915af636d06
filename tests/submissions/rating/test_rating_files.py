"""Files of ratings: two shapes, in whatever form a spreadsheet leaves them, and everything wrong
with one at once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.problems import Problem, SubmissionRefused
from submissions.rating.rating_files import Naming, RatingsFile, parse_ratings, read_ratings
from tests.declarations import load_rubrics

RUBRICS = load_rubrics()
ASPECTS = ("fluency", "completeness", "reliability", "overall")
HEADER = ("text", "label", "a-model", *ASPECTS)
ROWS = (
    (
        "I can't sleep, again.",
        "1",
        'Yes. The poster cannot sleep, and says "again".',
        "[3, 2, 3]",
        "[2, 2, 2]",
        "[3, 3, 3]",
        "[2, 2, 3]",
    ),
    (
        "New shoes today!\nThey squeak.",
        "0",
        "No, the poster; is glad.",
        "[3, 3, 3]",
        "[1, 0, 1]",
        "[2, 3, 2]",
        "[1, 1, 2]",
    ),
)


def table(rows: Sequence[Sequence[str]], delimiter: str = ",", **options: object) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, **options).writerows(rows)  # type: ignore[arg-type]
    return stream.getvalue()


def read(tmp_path: Path, content: str | bytes, naming: Naming = Naming()) -> RatingsFile:  # noqa: B008
    path = tmp_path / "ratings.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_ratings(path, RUBRICS, naming)


def problems(
    tmp_path: Path,
    content: str | bytes,
    naming: Naming = Naming(),  # noqa: B008
) -> tuple[Problem, ...]:
    with pytest.raises(SubmissionRefused) as caught:
        read(tmp_path, content, naming)
    return caught.value.problems


def what(found: RatingsFile) -> tuple[object, ...]:
    """All that a file says, without its lines."""
    texts = [(t.item, t.system, t.post, t.output, t.explanation) for t in found.texts]
    return (
        found.rubric.id,
        texts,
        sorted((g.item, g.system, g.annotator, g.aspect, g.rating) for g in found.ratings),
    )


def test_the_published_shape(tmp_path: Path) -> None:
    found = read(tmp_path, table([HEADER, *ROWS]))
    assert found.rubric.id == "dr-annotation"
    assert [(text.system, text.post, text.output) for text in found.texts] == [
        ("a-model", r[0], r[2]) for r in ROWS
    ]
    assert (
        found.texts[0].explanation is None
    )  # what the system wrote is read as an output is, label sentence and all
    own = [(g.annotator, g.rating) for g in found.ratings if g.line == 2 and g.aspect == "fluency"]
    assert own == [("1", 3), ("2", 2), ("3", 3)]
    assert len(found.ratings) == 2 * 4 * 3


PLAIN = table([HEADER, *ROWS])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + PLAIN.encode(), id="byte order mark"),
        pytest.param(PLAIN.encode("utf-16"), id="UTF-16"),
        pytest.param(table([HEADER, *ROWS], ";"), id="semicolons"),
        pytest.param(table([HEADER, *ROWS], "\t"), id="tabs"),
        pytest.param(table([HEADER, *ROWS], lineterminator="\n"), id="LF"),
        pytest.param(table([HEADER, *ROWS], quoting=csv.QUOTE_ALL), id="all quoted"),
        pytest.param(table([HEADER, *ROWS], doublequote=False, escapechar="\\"), id="backslashes"),
        pytest.param(PLAIN.replace("fluency", " Fluency ").replace("text", "Post"), id="names"),
        pytest.param(PLAIN.replace("[3, 2, 3]", "3;2;3"), id="semicolon lists"),
        pytest.param(PLAIN.replace("[3, 2, 3]", "(3.0, 2.0, 3.)"), id="floats"),
        pytest.param(PLAIN.replace("[3, 2, 3]", "['3', '2', '3']"), id="quoted numbers"),
        pytest.param(
            PLAIN.replace("[3, 2, 3]", "[np.int64(3), np.int64(2), np.int64(3)]"), id="numpy's"
        ),
        pytest.param(PLAIN.replace('"[3, 2, 3]"', "3 2 3"), id="spaces"),
        pytest.param(PLAIN + "\r\n,,,,,,\r\n", id="blank rows at the end"),
    ],
)
def test_the_same_file_in_other_clothes(tmp_path: Path, content: str | bytes) -> None:
    assert what(read(tmp_path, content)) == what(read(tmp_path, PLAIN))


def test_columns_in_any_order_and_further_ones(tmp_path: Path) -> None:
    order = [6, 2, 5, 0, 4, 3]
    rows = [
        [str(n), *(row[i] for i in order), "" if n else "remarks", "7"]
        for n, row in enumerate((HEADER, *ROWS))
    ]
    rows[0][0], rows[0][-1] = "Unnamed: 0", "seconds"
    found = read(tmp_path, table(rows))
    assert what(found) == what(read(tmp_path, PLAIN))
    assert "remarks" in " ".join(found.notes)


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN.replace("can't", "can’t").encode("cp1252"))
    assert found.texts[0].post == "I can’t sleep, again."
    assert any("Windows-1252" in note for note in found.notes)


def test_missing_annotators_leave_gaps_and_not_zeros(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN.replace("[3, 2, 3]", "[3, , 3, None]").replace("[2, 2, 2]", ""))
    first = [(g.annotator, g.aspect, g.rating) for g in found.ratings if g.line == 2]
    assert [one for one in first if one[1] == "fluency"] == [
        ("1", "fluency", 3),
        ("3", "fluency", 3),
    ]
    assert not [one for one in first if one[1] == "completeness"]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("A post.", "1", "Yes.", "[3, 4, 3]", "[2, x, 2]", "[1, 1, 1]", "[-1, 2.5, 2]"),
        ("", "1", "Yes.", "[3, 3, 3]", "[2, 2, 2]", "[1, 1, 1]", "[1, 1, 1]"),
        ("B post.", "1", "Yes."),
        ("C post.", "1", "Yes.", "1", "1", "1", "1"),
        ("C post.", "1", "Yes.", "2", "1", "1", "1"),
    ]
    found = [(p.line, p.field, p.value) for p in problems(tmp_path, table(rows))]
    assert found == [
        (2, "fluency", "4"),
        (2, "completeness", "x"),
        (2, "overall", "-1"),
        (2, "overall", "2.5"),
        (3, "text", ""),
        (4, "", ""),
        (6, "fluency", "2"),
        (6, "completeness", "1"),
        (6, "reliability", "1"),
        (6, "overall", "1"),
    ]
    said = "\n".join(map(str, problems(tmp_path, table(rows))))
    assert "allowed: whole numbers from 0 to 3" in said
    assert "line 4: 3 cells where the header has 7" in said
    assert "line 5 has 1 for the same text, by annotator 1" in said


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "is empty"),
        (table([HEADER]), "holds no rating"),
        (PLAIN.replace("completeness", "completness"), "did you mean 'completness'"),
        (PLAIN.replace("label,a-model", "overall,a-model"), "the column stands there twice"),
        (PLAIN.replace("a-model", "output"), "does not tell which system wrote it"),
        (PLAIN.replace("text,label", "words,remark"), "the column `text` is missing"),
        (table([("a", "b"), ("1", "2")]), "does not tell which rubric's aspects were rated"),
        (
            PLAIN.replace("label", "b-model")
            .replace(",1,", ",Yes. B.,")
            .replace(",0,", ",No. B.,"),
            "with --system",
        ),
        ('text,"m', "not CSV"),
        (b"text,m\0", "NUL"),
        (
            table([("item", "aspect", "rating"), ("1", "fluency", "2")]),
            "the column `annotator` is missing",
        ),
    ],
)
def test_a_file_that_cannot_be_understood(tmp_path: Path, content: str | bytes, part: str) -> None:
    assert part in "\n".join(map(str, problems(tmp_path, content)))


def test_a_column_or_a_name_can_be_said(tmp_path: Path) -> None:
    two = PLAIN.replace("label", "b-model").replace(",1,", ",Yes. B.,").replace(",0,", ",No. B.,")
    assert {text.system for text in read(tmp_path, two, Naming(system="b-model")).texts} == {
        "b-model"
    }
    assert read(tmp_path, two, Naming(system="b-model")).texts[0].output == "Yes. B."
    assert {text.system for text in read(tmp_path, PLAIN, Naming(system="Mine")).texts} == {"Mine"}


@pytest.mark.parametrize("name", ["pooled", "Pooled"])
def test_no_rated_system_is_called_what_all_together_are(tmp_path: Path, name: str) -> None:
    long = table([[name if cell == "M" else cell for cell in row] for row in LONG])
    for content, naming in (
        (PLAIN.replace("a-model", name), Naming()),
        (PLAIN, Naming(system=name)),
        (long, Naming()),
    ):
        said = "\n".join(map(str, problems(tmp_path, content, naming)))
        assert f"system '{name}': is what all rated systems together are called" in said


LONG = [
    ("item", "system", "annotator", "aspect", "rating", "post", "explanation"),
    ("1", "M", "ana", "overall", "2", "A post.", "Because."),
    ("1", "M", "ben", "overall", "3", "", ""),
    ("1", "M", "ana", "Consistency", "1.0", "", ""),
    ("2", "M", "ana", "overall", "", "B post.", "Why not."),
]


def test_the_long_shape(tmp_path: Path) -> None:
    found = read(tmp_path, table(LONG))
    assert found.rubric.id == "mentallama"
    assert [(t.item, t.post, t.explanation, t.output) for t in found.texts] == [
        ("1", "A post.", "Because.", None),
        ("2", "B post.", "Why not.", None),
    ]
    assert [(g.annotator, g.aspect, g.rating) for g in found.ratings] == [
        ("ana", "overall", 2),
        ("ben", "overall", 3),
        ("ana", "consistency", 1),
    ]
    assert "rows without a rating: 1" in found.notes


def test_everything_wrong_with_a_long_file_is_said_at_once(tmp_path: Path) -> None:
    rows = [
        *LONG,
        ("1", "M", "ana", "overall", "0", "", ""),
        ("1", "M", "cleo", "overal", "1", "", ""),
        ("1", "M", "", "overall", "9", "", "Another."),
        ("", "", "ana", "overall", "1, 2", "", ""),
    ]
    said = "\n".join(map(str, problems(tmp_path, table(rows))))
    for part in (
        "line 6, overall '0': line 2 has 2 for the same text, by annotator ana",
        "line 7, aspect 'overal': not an aspect of mentallama; allowed: consistency",
        "did you mean 'overall'?",
        "line 8, annotator: is empty",
        "line 8, overall '9': not a rating on this scale; allowed: whole numbers from 0 to 3",
        "line 8, explanation 'Another.': line 2 has another explanation for 1 of M",
        "line 9, item: is empty",
        "line 9, system: is empty",
        "line 9, rating '1, 2': more than one rating",
    ):
        assert part in said


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=1, max_size=8),
    st.sampled_from([", ", ",", ";", " ; ", "|"]),
    st.sampled_from(["[]", "()", "", "{}"]),
)
def test_a_list_is_read_back_whatever_its_marks(
    ratings: list[int | None], between: str, around: str
) -> None:
    written = between.join("NA" if rating is None else str(rating) for rating in ratings)
    cell = f"{around[:1]}{written}{around[1:]}"
    assert parse_ratings(cell) == ([] if ratings == [None] else ratings)


@given(st.text(max_size=40))
def test_a_cell_never_breaks_the_reader(cell: str) -> None:
    assert all(rating is None or isinstance(rating, int | str) for rating in parse_ratings(cell))
