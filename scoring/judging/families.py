"""Whether a judge is of the family of the system that it judges: judges favour their own.

Families are read from names: the judge's model, and the base model that a team declares, or the
system's name where it declares none. A name that says nothing leaves it unknown, which is neither
"own" nor "another".
"""

from __future__ import annotations

import re

OWN = "own family"
OTHER = "another family"
UNKNOWN_FAMILY = "cannot tell"

_FAMILIES = {
    "llama": r"(?<!o)llama(?![\s._-]*cpp|file)|vicuna|alpaca|codellama",
    "gpt": r"gpt(?!q)|davinci|curie|(?<![a-z0-9])o[134](?:-mini|-pro|-preview)?(?![a-z0-9])",
    "qwen": r"qwen|qwq|tongyi",
    "mistral": r"mi[sx]tral|ministral|magistral|zephyr",
    "gemma": r"gemma|gemini|palm(?![a-z])|bard(?![a-z])",
    "claude": r"claude|anthropic",
    "deepseek": r"deepseek",
    "phi": r"(?<![a-z])phi(?![a-z])",
    "t5": r"(?<![a-z])(?:flan[\s._-]*)?[mu]?t5(?![a-z0-9])|flan",
    "bart": r"(?<![a-z])bart(?![a-z])",
    "command": r"command[\s._-]*[ra](?![a-z])|cohere|aya(?![a-z])",
    "falcon": r"falcon",
    "olmo": r"olmo",
    "yi": r"(?<![a-z])yi(?![a-z])",
    "glm": r"glm",
    "internlm": r"internlm",
    "baichuan": r"baichuan",
    "bloom": r"bloom(?:z|(?![a-z]))",
    "grok": r"grok",
    "granite": r"granite",
    "smollm": r"smollm",
    "nemotron": r"nemotron",
    "kimi": r"kimi|moonshot",
}
_PATTERNS = {name: re.compile(pattern, re.I) for name, pattern in _FAMILIES.items()}


def families_of(name: str) -> frozenset[str]:
    """Return the families that a model's name speaks of; several of one distilled into another."""
    return frozenset(family for family, pattern in _PATTERNS.items() if pattern.search(name))


def kinship(judge: str, *names: str) -> str:
    """Return OWN, OTHER or UNKNOWN_FAMILY.

    Args:
        judge: The judge's model.
        names: Of the judged system, the surest first: the first that speaks of a family counts.
    """
    own = families_of(judge)
    judged = next(filter(None, map(families_of, names)), frozenset[str]())
    if not own or not judged:
        return UNKNOWN_FAMILY
    return OWN if own & judged else OTHER
