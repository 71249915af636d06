"""Files made to break a reader end in a clear refusal, quickly and in little memory."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.problems import Problem
from submissions.receiving.formats import LIMITS, Limits, Row, read_rows

HEADER = b"task,example_id,output\n"
MEGABYTE = 10**6


def refusals(content: bytes, name: str = "outputs.csv", limits: Limits = LIMITS) -> list[str]:
    """What is wrong with a file, said within five seconds of work."""
    started = time.process_time()
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found = [
            str(item)
            for item in read_rows(path, benchmark="imhi", limits=limits)
            if isinstance(item, Problem)
        ]
    assert time.process_time() - started < 5
    return found


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def zip_of_csv(content: bytes) -> bytes:
    return zipped(("a.csv", content))


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "zip": zip_of_csv,
}


@given(st.binary(max_size=2_000))
@settings(deadline=None)
def test_random_bytes_never_raise(content: bytes) -> None:
    refusals(content)


@pytest.mark.parametrize(
    "start",
    [
        HEADER,
        b'{"task": "',
        b"PAR1",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"\xff\xfe",
        b"sep=",
        b'[{"task": "a", ',
        b'{"version": 2, "status": "success", "eval": {}, "samples": ',
        b'{"doc": {}, "resps": ',
    ],
)
@given(content=st.binary(max_size=500))
@settings(deadline=None)
def test_random_bytes_after_a_known_beginning_never_raise(start: bytes, content: bytes) -> None:
    refusals(start + content)


def real_files() -> dict[str, bytes]:
    rows = HEADER + b"".join(b"imhi/dr,dr-%d,Yes.\n" % i for i in range(200))
    stream = io.BytesIO()
    pq.write_table(
        pa.table({"task": ["a"] * 200, "example_id": ["b"] * 200, "output": ["c"] * 200}), stream
    )
    sample = b'{"id": "dr-1", "epoch": 1, "output": {"completion": "Yes."}}'
    header = b'{"version": 2, "status": "success", "eval": {}}'
    log = zipped(("header.json", header), *((f"samples/{i}.json", sample) for i in range(20)))
    return {"parquet": stream.getvalue(), "log": log} | {
        name: pack(rows) for name, pack in PACKINGS.items()
    }


@pytest.mark.parametrize("shape", ["parquet", "gzip", "zstd", "zip", "log"])
@given(data=st.data())
@settings(deadline=None)
def test_damaged_files_never_raise(shape: str, data: st.DataObject) -> None:
    content = bytearray(real_files()[shape])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
        content[at] = data.draw(st.integers(0, 255))
    refusals(bytes(content))


def test_a_zip_that_holds_a_file_without_a_name_is_refused() -> None:
    named = zip_of_csv(HEADER)
    assert named.count(b"a.csv") == 2, "before the file, and in the directory at the end"
    assert any("without a name" in text for text in refusals(named.replace(b"a.csv", b"\0.csv")))


@pytest.mark.parametrize("shape", ["parquet", "gzip", "zstd", "zip"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_file_cut_short_is_refused(shape: str, kept: float) -> None:
    content = real_files()[shape]
    assert refusals(content[: int(len(content) * kept)])


BOMB = HEADER + b"".join(b"imhi/dr,dr-%d,%s\n" % (i, b"a" * 60_000) for i in range(200))


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_compression_bomb_is_refused(packing: str) -> None:
    packed = PACKINGS[packing](BOMB)
    assert len(BOMB) > 400 * len(packed)
    assert any("400 times what was sent" in text for text in refusals(packed))


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_gigabyte_of_zeros_is_refused(packing: str) -> None:
    assert refusals(PACKINGS[packing](bytes(100 * MEGABYTE)))


@pytest.mark.parametrize("packing", PACKINGS)
def test_unpacking_stops_at_the_limit(packing: str) -> None:
    small = Limits(unpacked=MEGABYTE, ratio=10**9)
    assert any(
        "unpacks to more than 1,000,000 bytes" in text
        for text in refusals(PACKINGS[packing](BOMB), limits=small)
    )


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_parquet_dictionary_bomb_is_refused(compression: str) -> None:
    count = 100_000
    ids = pa.array([str(i) for i in range(count)])
    output = pa.DictionaryArray.from_arrays(
        pa.array([0] * count, pa.int32()), pa.array(["a" * 60_000])
    )
    stream = io.BytesIO()
    pq.write_table(
        pa.table({"task": ids, "example_id": ids, "output": output}),
        stream,
        compression=compression,
    )
    assert len(stream.getvalue()) * 1_000 < count * 60_000
    assert any("unpacks to more than" in text for text in refusals(stream.getvalue()))


def test_a_parquet_page_bomb_is_refused() -> None:
    texts = pa.array([f"{i}" + "a" * 60_000 for i in range(3_000)])
    stream = io.BytesIO()
    pq.write_table(
        pa.table({"task": texts, "example_id": texts, "output": texts}), stream, compression="zstd"
    )
    assert any("unpacks to more than" in text for text in refusals(stream.getvalue()))


def test_memory_stays_small_while_a_bomb_is_refused(tmp_path: Path) -> None:
    """In a process of its own, whose address space may hold 1.6 GB, while the bomb unpacks to 2.9.

    1.4 of them are taken before it is read: one by pyarrow, when it is imported.
    """
    line = b"imhi/dr,dr-1," + b"a" * 60_000 + b"\n"
    bomb = tmp_path / "bomb.csv.zst"
    packer = zstandard.ZstdCompressor()
    with bomb.open("wb") as stream, packer.stream_writer(stream) as writer:
        writer.write(HEADER)
        for _ in range(3_000):
            writer.write(line * 16)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (16 * 10**8,) * 2)\n"
        "from pathlib import Path\nfrom submissions.receiving.formats import read_rows\n"
        "print(*read_rows(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(bomb)], capture_output=True, text=True, check=False
    )
    assert "unpacks to more than" in done.stdout, done.stderr


def test_one_large_row_group_is_read_in_little_memory(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 (no secret)
    passages = [chance.randbytes(300).hex() for _ in range(400)]
    texts = [" ".join(chance.choices(passages, k=90)) for _ in range(3_000)]
    large = tmp_path / "large.parquet"
    columns = {
        "task": ["imhi/dr"] * 3_000,
        "example_id": [str(i) for i in range(3_000)],
        "output": texts,
    }
    pq.write_table(pa.table(columns), large, compression="zstd")
    assert pq.ParquetFile(large).metadata.num_row_groups == 1
    program = (
        "import sys\nfrom pathlib import Path\nfrom submissions.receiving.formats import Row,"
        " read_rows\nfound = [(row.example_id, len(row.output)) for row in"
        " read_rows(Path(sys.argv[1])) if isinstance(row, Row)]\npeak = next(line for line in"
        " open('/proc/self/status') if line.startswith('VmHWM')).split()[1]\nprint(len(found),"
        " sum(size for _, size in found), int(peak) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(large)], capture_output=True, text=True, check=True
    )
    rows, characters, peak = map(int, done.stdout.split())
    assert (rows, characters) == (3_000, sum(map(len, texts)))
    assert peak < 300, "of 160 MB of text, which as a whole would take twice that"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "/etc/evil.csv",
        "a/../../evil.csv",
        "..\\evil.csv",
        "C:\\evil.csv",
        "C:/evil.csv",
    ],
)
def test_a_path_that_leaves_the_archive_is_refused(name: str) -> None:
    (problem,) = refusals(zipped((name, HEADER)))
    assert "path" in problem


def test_a_link_in_an_archive_is_refused() -> None:
    link = zipfile.ZipInfo("DR.csv")
    link.external_attr = 0o120777 << 16
    (problem,) = refusals(zipped((link, b"/etc/passwd")))
    assert "a link" in problem


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("task,example_id,output\na,b,c\n")
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "DR.csv").symlink_to(tmp_path / "secret")
    (item,) = read_rows(folder)
    assert "a link" in str(item)


@pytest.mark.parametrize("inner", ["gzip", "zstd", "zip"])
@pytest.mark.parametrize("outer", PACKINGS)
def test_what_is_packed_twice_is_refused(inner: str, outer: str) -> None:
    packed = PACKINGS[outer](PACKINGS[inner](HEADER + b"a,b,c\n"))
    assert any("packed twice" in text for text in refusals(packed))


def test_a_zip_within_a_zip_is_refused_under_its_own_name_too() -> None:
    assert any(
        "packed twice" in text for text in refusals(zipped(("inner.zip", zip_of_csv(HEADER))))
    )


def test_an_archive_with_too_many_files_is_refused() -> None:
    members = [(f"{i}.csv", HEADER) for i in range(20_000)]
    (problem,) = refusals(zipped(*members))
    assert "table of contents" in problem


def test_an_encrypted_archive_is_refused() -> None:
    content = bytearray(zip_of_csv(HEADER))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (problem,) = refusals(bytes(content))
    assert "encrypted" in problem


BINARY = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n ", "empty"),
    "an empty gzip": (gzip.compress(b""), "empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
    "bzip2": (b"BZh91AY&SY", "bzip2"),
    "Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
    "UTF-16 without its mark": ("task,example_id,output\n".encode("utf-16-le"), "UTF-16 without"),
    "UTF-16 cut within a character": ("task,example_id,output\n".encode("utf-16")[:-1], "UTF-16"),
    "UTF-32": ("task,example_id,output\n".encode("utf-32"), "UTF-32"),
    "an empty zip": (zipped(), "no files"),
    "a zip of other files": (zipped(("paper.pdf", b"%PDF")), "no files"),
    "deep JSON": (b"[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize("case", BINARY)
def test_a_file_that_is_no_table_is_refused(case: str) -> None:
    content, said = BINARY[case]
    assert any(said in text for text in refusals(content)), refusals(content)


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("size", [70_000, 10 * MEGABYTE])
def test_a_huge_cell_is_refused(quoted: bool, size: int) -> None:
    cell = b"a" * size
    content = HEADER + b"imhi/dr,dr-1," + (b'"' + cell + b'"' if quoted else cell) + b"\n"
    assert any("line 2" in text and "65,536 bytes" in text for text in refusals(content))
    as_json = b'{"task": "imhi/dr", "example_id": "dr-1", "output": "' + cell + b'"}\n'
    assert any("line 1" in text and "65,536 bytes" in text for text in refusals(as_json))
    stream = io.BytesIO()
    pq.write_table(
        pa.table({"task": ["a"], "example_id": ["b"], "output": [cell.decode()]}), stream
    )
    assert any("line 1" in text and "65,536 bytes" in text for text in refusals(stream.getvalue()))


def test_a_cell_is_measured_in_bytes_and_may_be_just_as_long_as_allowed() -> None:
    def line(text: str) -> bytes:
        return HEADER + f"imhi/dr,a,{text}\n".encode()

    assert refusals(line("é" * 32_768)) == []
    assert refusals(line("é" * 32_769))


def test_a_quotation_mark_that_swallows_the_file_is_refused() -> None:
    assert refusals(HEADER + b'imhi/dr,dr-1,"' + b"imhi/dr,dr-2,text\n" * 200_000)


def test_more_rows_or_bytes_than_allowed_are_refused() -> None:
    rows = HEADER + b"a,b,c\n" * 200_001
    assert any("more than 200,000 rows" in text for text in refusals(rows))
    assert any("as sent" in text for text in refusals(rows, limits=Limits(packed=MEGABYTE)))
    stream = io.BytesIO()
    column = ["a"] * 200_001
    pq.write_table(pa.table({"task": column, "example_id": column, "output": column}), stream)
    assert any("200,001 rows" in text for text in refusals(stream.getvalue()))


@pytest.mark.parametrize(
    "start", [HEADER, b'{"task": "demo/stress", "example_id": "a", "output": "yes"}\n']
)
def test_lines_with_nothing_on_them_are_counted(start: bytes) -> None:
    few = Limits(rows=1_000)
    assert not any("blank" in said for said in refusals(start + b"\n" * 1_000, limits=few))
    assert "more than 1,000 blank lines" in refusals(start + b"\n" * 1_001, limits=few)[-1]
    assert "more than 200,000 blank lines" in refusals(start + b"\n" * 30_000_000)[-1]


def test_a_limit_is_said_once_for_many_files(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_bytes(HEADER + b"a,b,c\n" * 100)
    items = list(read_rows(tmp_path, limits=Limits(rows=150)))
    assert len([item for item in items if isinstance(item, Problem)]) == 1
    assert len([item for item in items if isinstance(item, Row)]) == 150


def test_parquet_files_of_one_archive_share_its_limits() -> None:
    stream = io.BytesIO()
    texts = pa.array(["a" * 60_000 + str(i) for i in range(20)])
    pq.write_table(pa.table({"task": texts, "example_id": texts, "output": texts}), stream)
    members = zipped(*((f"{i}.parquet", stream.getvalue()) for i in range(5)))
    found = refusals(members, limits=Limits(unpacked=10 * MEGABYTE, ratio=10**9))
    assert [text for text in found if "unpacks to more than 10,000,000 bytes" in text]
    assert not refusals(members, limits=Limits(ratio=10**9))


def test_a_message_holds_no_control_characters() -> None:
    texts = refusals(b"ta\x1b[31msk,b\n1,2\n", "evil\x1b]0;title\x07.csv")
    assert texts
    assert all(text.isprintable() for text in texts)
