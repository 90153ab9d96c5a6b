"""Making the next of something while the present one is used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
TURN = 0.0002


def ahead(makes: Iterable[T]) -> Iterator[T]:
    """What an iterable gives, in its order, each next one made in another thread meanwhile."""
    waiting = iter(makes)
    with ThreadPoolExecutor(max_workers=1) as aside:
        coming = aside.submit(next, waiting, None)
        while (one := coming.result()) is not None:
            coming = aside.submit(next, waiting, None)
            yield one


@contextmanager
def short_turns() -> Iterator[None]:
    """Let Python's threads take turns of a fifth of a millisecond instead of five.

    A thread that hashes in Python would otherwise keep another waiting so long after each of its many short calls of an engine.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
