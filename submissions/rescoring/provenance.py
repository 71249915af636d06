"""What one would want to know of a run besides the identity of its scores."""

from __future__ import annotations

import importlib.metadata
import platform

from scoring.libraries import require_scoring

LIBRARIES = ("torch", "transformers", "numpy", "scikit-learn", "rapidfuzz")


def provenance(engine: str) -> dict[str, str]:
    """Return library versions, the engine and the kind of machine; nothing that names it.

    Raises:
        ScoringNotInstalled: Libraries that a run needs are not there.
    """
    require_scoring()
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        **versions,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "engine": engine,
    }
