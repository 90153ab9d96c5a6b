"""Make the next item of a series while the present one is used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
TURN = 0.0002


def ahead(makes: Iterable[T]) -> Iterator[T]:
    """The items of an iterable in their order, each next one made in another thread."""
    waiting = iter(makes)
    with ThreadPoolExecutor(max_workers=1) as aside:
        coming = aside.submit(next, waiting, None)
        while (one := coming.result()) is not None:
            coming = aside.submit(next, waiting, None)
            yield one


@contextmanager
def short_turns() -> Iterator[None]:
    """Let Python's threads take turns of a fifth of a millisecond instead of five.

    Otherwise a thread that hashes in Python would keep the other thread waiting that long after each of its many short calls of an
    engine.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
