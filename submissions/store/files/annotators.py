"""The pseudonyms of people who rate, and the key that they are made with.

A plain hash of a name is no pseudonym: whoever sees it and knows who might have rated tries their
names. So it is keyed (HMAC-SHA-256), with 256 random bits in a file of their own, readable by its
owner alone. They lie beside the database and not in it: who is given a copy of the database, to
analyse ratings or to find a fault, learns nothing of who rated. Random names kept in a table would
do as well against outsiders, but the table would say who is who in every copy.

What is kept of transcripts that were taken down is keyed with it too (`submissions.likeness.sketches`).

The key belongs into the backup of the data folder. Without it nobody can be told who rated, not
even by a maintainer, whoever rates again counts as somebody new, and a reworded copy of such a
transcript is not known any more.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from submissions.store.folder import sync

KEY_FILE = "annotators.key"
# 48 bits: among ten thousand annotators two alike are a chance of one in millions.
_DIGITS = 12


def pseudonym(data: Path, name: str) -> str:
    """Return what stands for a name: 12 hex digits, always the same ones in one data folder.

    Args:
        data: The folder of the run-time data; the key is made there on first use.
        name: Whom it stands for.
    """
    return pseudonyms(data)(name)


def pseudonyms(data: Path) -> Callable[[str], str]:
    """Return `pseudonym` for many names; the key is read once.

    Args:
        data: As there.
    """
    key = _key(data / KEY_FILE)

    def stands_for(name: str) -> str:
        encoded = name.encode("utf-8", "surrogatepass")
        return hmac.new(key, encoded, "sha256").hexdigest()[:_DIGITS]

    return stands_for


def _key(path: Path) -> bytes:
    if not path.exists():
        _make_key(path)
    return path.read_bytes()


def _make_key(path: Path) -> None:
    """Make the key, readable by its owner alone.

    It is written aside, whole, then linked: of two at once, the first one stays.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".aside") as aside:
        aside.write(secrets.token_bytes(32))
        aside.flush()
        os.fsync(aside.fileno())
        # A link fails where the name is taken, so that nobody's key is replaced.
        with suppress(FileExistsError):
            os.link(aside.name, path)
    sync(path.parent)
