"""Results that several metrics ask for one after another, kept without the texts they are of.

A worker lives for weeks, and a post may be taken down meanwhile: what is kept is found by a digest.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import wraps

from scoring.metrics.explanation_metric import ExplanationPair
from scoring.statistics.bootstrap import Floats

_MOST = 8
Pairs = Sequence[ExplanationPair | None]


def keep_recent(compute: Callable[[Pairs], Floats]) -> Callable[[Pairs], Floats]:
    """Have a function of pairs remember its last results, which nobody can write to."""
    kept: OrderedDict[bytes, Floats] = OrderedDict()

    @wraps(compute)
    def computed(pairs: Pairs) -> Floats:
        key = _digest(pairs)
        result = kept.pop(key, None)
        if result is None:
            result = compute(pairs)
            result.flags.writeable = False
        kept[key] = result
        while len(kept) > _MOST:
            kept.popitem(last=False)
        return result

    return computed


def _digest(pairs: Pairs) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    for pair in pairs:
        if pair is None:
            digest.update(b"-")
            continue
        for text in pair:
            content = text.encode(errors="surrogatepass")
            digest.update(b"%d:" % len(content))
            digest.update(content)
    return digest.digest()
