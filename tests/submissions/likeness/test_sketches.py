"""What is kept of a text that was taken down: that it knows reworded copies, takes no other text for
one, and tells as good as nothing.
"""

from __future__ import annotations

import hmac
import json
from functools import partial

import numpy as np

from scoring.near_posts import words_of
from submissions.declarations.settings import DECLARATIONS
from submissions.likeness.sketches import FEWEST, ONE_IN, Sketch, run_hashes

SPOKEN = DECLARATIONS / "demo" / "transcripts.jsonl"
CHANGED = 0.1


def keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:12]


BY_KEY = partial(keyed, b"a board's")


def sessions() -> list[str]:
    """The twelve transcripts of the demonstration, in which a patient says the same to each of four
    therapists.
    """
    lines = SPOKEN.read_text(encoding="utf-8").splitlines()
    return [" ".join(turn["text"] for turn in json.loads(line)["turns"]) for line in lines]


def sketched(texts: list[str], place: int) -> Sketch:
    others = [text for at, text in enumerate(texts) if at != place]
    sketch = Sketch.of(texts[place], others, BY_KEY)
    assert sketch is not None
    return sketch


def test_copies_with_a_word_in_ten_changed_are_known_and_sessions_with_one_patient_are_not() -> (
    None
):
    texts, rng = sessions(), np.random.default_rng(1)
    vocabulary = sorted({word for text in texts for word in words_of(text)})
    known = tried = 0
    for place, text in enumerate(texts):
        sketch = sketched(texts, place)
        words = text.split()
        for _ in range(20):
            copy = list(words)
            for at in rng.choice(len(words), round(CHANGED * len(words)), replace=False):
                copy[at] = vocabulary[rng.integers(len(vocabulary))]
            known += sketch.is_like(run_hashes(" ".join(copy), BY_KEY))
            tried += 1
        for at, other in enumerate(texts):
            assert sketch.is_like(run_hashes(other, BY_KEY)) == (at == place)
    assert known / tried >= 0.95, known / tried


def test_it_is_a_quarter_of_the_own_runs_and_says_nothing_without_the_key() -> None:
    texts = sessions()
    sketch = sketched(texts, 0)
    assert len(sketch.sample) * ONE_IN <= len(run_hashes(texts[0], BY_KEY))
    assert Sketch.read(sketch.written) == sketch
    assert Sketch.read("run-0123") is None
    other_key = run_hashes(texts[0], partial(keyed, b"another board's"))
    assert not sketch.is_like(other_key)
    assert not any(word in sketch.written for word in words_of(texts[0]) if len(word) > 3)


def test_a_text_with_too_few_runs_of_its_own_has_none() -> None:
    words = " ".join(map(str, range(FEWEST * ONE_IN + 2)))
    assert Sketch.of(words, [], BY_KEY) is not None
    assert Sketch.of(words.rsplit(" ", 1)[0], [], BY_KEY) is None
    assert Sketch.of(words, [words], BY_KEY) is None
