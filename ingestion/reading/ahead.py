"""Making the next of something while the present one is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(makes: Iterable[T]) -> Iterator[T]:
    """What an iterable gives, in its order, each next one made in another thread meanwhile."""
    waiting = iter(makes)
    with ThreadPoolExecutor(max_workers=1) as aside:
        coming = aside.submit(next, waiting, None)
        while (one := coming.result()) is not None:
            coming = aside.submit(next, waiting, None)
            yield one
