"""Regular expressions of a mapping. They run in an engine whose time grows only in proportion to the text, whatever the expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

LONGEST = 1_000
# A name or title, or the part of it that is looked at.
LONGEST_TEXT = 2_000


class ExpressionError(Exception):
    """A text that is no usable expression. The message says why."""


@dataclass(frozen=True)
class Found:
    """What an expression found in a text: its named groups. A group that took no part is None."""

    named: dict[str, str | None]

    def __getitem__(self, name: str) -> str:
        return self.named[name] or ""

    def groupdict(self) -> dict[str, str | None]:
        return dict(self.named)


@dataclass(frozen=True)
class Expression:
    """A regular expression without look-around and backreferences, in the syntax of polars' engine."""

    pattern: str
    groupindex: tuple[str, ...] = ()
    groups: int = 0

    def fullmatch(self, text: str) -> Found | None:
        """What is found if the expression fits a text as a whole."""
        return self._found(rf"\A(?:{self.pattern})\z", text)

    def search(self, text: str) -> Found | None:
        """What is found at the first place in a text that the expression fits."""
        return self._found(self.pattern, text)

    def _found(self, pattern: str, text: str) -> Found | None:
        # A file's name may hold half of a character, which a text cannot.
        texts = pl.Series([text[:LONGEST_TEXT].encode(errors="replace").decode()], dtype=pl.String)
        if not texts.str.contains(pattern).item():
            return None
        if not self.groups:
            return Found({})
        groups = texts.str.extract_groups(pattern).item()
        return Found({name: groups[name] for name in self.groupindex})


def expression(text: str) -> Expression:
    """The expression in a text. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"it is longer than {LONGEST:,} characters")
    try:
        re.compile(text)
        pl.Series([""]).str.contains(rf"\A(?:{text})\z")
        groups = pl.Series([""]).str.extract_groups(text).struct.fields
    except (re.error, OverflowError, RecursionError, pl.exceptions.PolarsError) as error:
        raise ExpressionError(next(_reasons(str(error)))) from None
    return Expression(text, tuple(name for name in groups if not name.isdigit()), len(groups))


def _reasons(says: str) -> Iterator[str]:
    yield from (line.removeprefix("error: ") for line in says.splitlines() if line.startswith("error: "))
    yield says.splitlines()[0] if says else "it cannot be read"
