"""YAML of the configuration, read by a loader that makes plain values alone, and only where it is as small as a configuration is."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import Any

import yaml

LARGEST = 1 << 20
MOST_VALUES = 200_000
DEEPEST = 40
# What no name, address or key of a configuration has: it could end a line of a mail's header, or speak to a terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class TooMuch(yaml.YAMLError):
    """A text that is far larger, or deeper, than a configuration is."""


def read_yaml(path: Path, loader: type = yaml.CSafeLoader, blanks: str | None = None) -> Any:
    """What stands in a file; `blanks` is an expression of characters to be read as blanks.

    Raises OSError and UnicodeDecodeError for a file that cannot be read, yaml.YAMLError for one that is no YAML or is too much of it.
    """
    # A pipe that nobody writes to would be waited for without end.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooMuch(f"the file is larger than {LARGEST:,} bytes")
    text = content.decode("utf-8")
    if blanks:
        text = re.sub(blanks, " ", text)
    _refuse_too_much(text)
    try:
        return yaml.load(text, Loader=loader)
    except (ValueError, OverflowError, TypeError) as error:
        # Such as a day that no calendar has, and a number with thousands of digits.
        raise yaml.YAMLError(
            f"it has a value that is no day, time or number, though it is written like one ({type(error).__name__})"
        ) from None


def _refuse_too_much(text: str) -> None:
    """Count what a text comes to before anything is made of it: an alias stands for all that its anchor has."""
    sizes: dict[str, int] = {}
    # The anchor of each list or table that is open, and the number of values before it.
    open_ones: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_ones.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_ones.pop()
            if anchor:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise TooMuch("it has an alias that stands for nothing, or for what it is part of")
            total += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            sizes[event.anchor] = 1
        total += 1
        if total > MOST_VALUES or len(open_ones) > DEEPEST:
            raise TooMuch(f"it holds more than {MOST_VALUES:,} values, or more than {DEEPEST} levels of them, aliases counted")


def control_character(written: object, where: str = "") -> str | None:
    """The key of the first text in a configuration that has a control character, such as a carriage return; None where none has."""
    if isinstance(written, dict):
        for name, value in written.items():
            key = f"{where}.{name}" if where else str(name)
            if isinstance(name, str) and CONTROL.search(name):
                return ascii(key)
            if found := control_character(value, key):
                return found
    elif isinstance(written, list):
        return next((found for value in written if (found := control_character(value, where))), None)
    elif isinstance(written, str) and CONTROL.search(written):
        return where
    return None
