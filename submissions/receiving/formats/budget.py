"""How much a submission may hold, and the account of how much has been read.

Everything is checked while it streams: nothing is unpacked first and measured afterwards.

The ratio guards against small files that unpack to large ones. Text compresses about 4 to 1; a real
but monotonous submission (one constant explanation) reaches about 150 to 1 with zstd, and gzip
cannot exceed 1,032 to 1, so 400 lies well between. Parquet stores a repeated value once, so there a
monotonous submission is honest at any ratio; it is refused only past a size that such a submission
does not reach (`parquet_floor`).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from submissions.receiving.formats.row import LimitExceeded, describe, refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEGABYTE = 10**6


@dataclass(frozen=True)
class Limits:
    """What one submission may hold; bytes unless said otherwise.

    Attributes:
        packed: As sent; of a folder, all its files together.
        unpacked: After decompression.
        cell: One cell, as UTF-8.
        rows: Rows, not bytes.
        files: Members of an archive or files of a folder.
        samples: Members of a zipped log, which has a file a sample.
        columns: Columns of a table.
        ratio: Unpacked to packed, once more than `ratio_floor` is unpacked.
        ratio_floor: Below this no ratio is asked for.
        parquet_floor: The same for Parquet.
    """

    packed: int = 50 * MEGABYTE
    unpacked: int = 500 * MEGABYTE
    cell: int = 64 * 1024
    rows: int = 200_000
    files: int = 1_000
    samples: int = 50_000
    columns: int = 1_000
    ratio: int = 400
    ratio_floor: int = MEGABYTE
    parquet_floor: int = 64 * MEGABYTE

    @property
    def record(self) -> int:
        """The longest row of a text file: room for every column at its longest, spelled in JSON
        escapes.
        """
        return 32 * self.cell


LIMITS = Limits()


class Budget:
    """The account of one submission: what has been unpacked and read so far."""

    def __init__(self, limits: Limits, packed: int, file: str) -> None:
        self.limits, self.packed, self.file = limits, packed, file
        self.unpacked = self.rows = self.blank_lines = 0
        if packed > limits.packed:
            self._exceeded(f"{packed:,} bytes as sent", f"at most {limits.packed:,} bytes")

    def spend(self, size: int, file: str, floor: int | None = None) -> None:
        """Count `size` unpacked bytes of `file`.

        Raises:
            LimitExceeded: That is too much, or too much for what was sent.
        """
        self.unpacked += size
        limits = self.limits
        if self.unpacked > limits.unpacked:
            self._exceeded(f"unpacks to more than {limits.unpacked:,} bytes", "less", file)
        floor = limits.ratio_floor if floor is None else floor
        if self.unpacked > max(floor, limits.ratio * self.packed):
            self._exceeded(
                f"unpacks to more than {limits.ratio} times what was sent ({self.packed:,} bytes),"
                " as a decompression bomb does",
                f"at most {limits.ratio} to 1",
                file,
            )

    def row(self, file: str) -> None:
        """Count one row.

        Raises:
            LimitExceeded: There are too many.
        """
        self.rows += 1
        if self.rows > self.limits.rows:
            self._exceeded(
                f"more than {self.limits.rows:,} rows", f"at most {self.limits.rows:,} rows", file
            )

    def blank_line(self, file: str) -> None:
        """Count a line with nothing on it: as many as rows may stand between them.

        Raises:
            LimitExceeded: There are too many.
        """
        self.blank_lines += 1
        if self.blank_lines > self.limits.rows:
            self._exceeded(f"more than {self.limits.rows:,} blank lines", "a row a line", file)

    def _exceeded(self, problem: str, allowed: str, file: str | None = None) -> None:
        hint = "split the submission by task, or ask the maintainers"
        raise LimitExceeded([describe(file or self.file, problem, allowed=allowed, hint=hint)])


class Metered(io.RawIOBase):
    """A decompressor's output, counted against the budget; its failures become problems of the
    file.
    """

    def __init__(self, read: Callable[[int], bytes], budget: Budget, file: str) -> None:
        super().__init__()
        self._read, self._budget, self._file = read, budget, file

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` with the next bytes.

        Raises:
            LimitExceeded: The submission unpacks to too much.
            SubmissionRefused: The compressed data are damaged.
        """
        view = memoryview(buffer).cast("B")
        try:
            chunk = self._read(len(view))
        except (
            OSError,
            EOFError,
            ValueError,
            RuntimeError,
            zlib.error,
            zipfile.BadZipFile,
        ) as error:
            raise refused(
                self._file,
                "the compressed data are damaged or cut short",
                hint="compress the file again and compare sizes after the upload",
            ) from error
        self._budget.spend(len(chunk), self._file)
        view[: len(chunk)] = chunk
        return len(chunk)
