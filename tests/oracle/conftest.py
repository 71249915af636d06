"""The whole awkward board, made once: minutes."""

from __future__ import annotations

import pytest

from tests.oracle.awkward import REDACTED_POST, REDACTED_ROW, Board
from tests.oracle.published import Published


def opened(board: Board) -> Published:
    """The release of a whole board, and what was taken from it."""
    return Published(board, frozenset({REDACTED_POST}), frozenset({REDACTED_ROW}))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Published:
    board = Board(tmp_path_factory.mktemp("whole"))
    board.make()
    return opened(board)
