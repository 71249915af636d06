"""A property that is computed when it is first asked for, and kept.

As `functools.cached_property` is from Python 3.12 on: before, that takes a lock at every first use,
which takes longer than most of what is kept here. Two threads that ask at once may both compute it,
and get the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 (a decorator, as `property` is)
    """Compute a property at its first use, and keep it in the instance."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
