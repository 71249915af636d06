"""What a row states under the names that it has elsewhere: copied in one place, so that no column
is told twice.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def named_alike(source: object, kind: type[Any]) -> dict[str, Any]:
    """Return what `source` has under the names of a dataclass's fields.

    Args:
        source: What has them.
        kind: The dataclass; fields of it that `source` lacks are left out.

    Returns:
        Field name -> value; tuples as lists, as they come back from a release's JSON.
    """
    names = (field.name for field in fields(kind) if hasattr(source, field.name))
    values = {name: getattr(source, name) for name in names}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
