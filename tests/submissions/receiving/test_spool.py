"""Texts on disk come back as they were, whatever they are and in whatever order they
are asked for.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from submissions.receiving.spool import WINDOW, Spool, Texts, span_within

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(
    st.lists(st.none() | TEXT | TEXT.map(lambda text: text * 2_000)),
    st.randoms(use_true_random=False),
)
def test_texts_come_back_in_any_order(texts: list[str | None], random: object) -> None:
    spool = Spool()
    spans = [spool.keep(text) for text in texts]
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert [spool.text(spans[i]) for i in order] == [texts[i] for i in order]
    lazy = Texts(spool, spans)
    assert lazy == texts
    assert tuple(texts) == lazy
    assert list(lazy[1:]) == texts[1:]
    assert lazy != [*texts, "more"]


def test_what_is_written_after_a_read_is_read_too() -> None:
    spool = Spool()
    spans = []
    for text in ("a", "é" * WINDOW, "b" * 3, ""):
        spans.append(spool.keep(text))
        assert spool.text(spans[-1]) == text
    assert [spool.text(span) for span in spans] == ["a", "é" * WINDOW, "bbb", ""]


@given(TEXT, TEXT, TEXT)
def test_a_part_is_found_where_it_stands(before: str, part: str, after: str) -> None:
    spool = Spool()
    spool.keep("elsewhere")
    whole = before + part + after
    found = span_within(part, whole, spool.keep(whole))
    assert found is not None
    assert spool.text(found) == part
    assert span_within(whole + "x", whole, (0, 1)) is None
    assert span_within(None, whole, (0, 1)) is None
