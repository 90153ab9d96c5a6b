"""A mapping file as it is written: YAML in which every value is text, and the checks that any of its keys may need."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import yaml

from foundation.configuration import ConfigurationError
from foundation.configuration_yaml import read_yaml
from ingestion.mapping.expressions import Expression, ExpressionError, expression

# Characters that look like a blank, copied from a page or a file. In a mapping and in cells they count as blanks.
OTHER_BLANKS = "[\u00a0\u2007\u2009\u202f]"


class _TextLoader(yaml.CSafeLoader):
    """YAML in which every value is text, so that `01`, `no` and dates mean what is written. A repeated key is an error."""


_TextLoader.yaml_implicit_resolvers = {}


def _once(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    names = [name for name, _ in pairs]
    for name in names:
        if not isinstance(name, str):
            raise yaml.YAMLError(f"a key of the table from line {node.start_mark.line + 1} on is no text")
    found = dict(pairs)
    if len(found) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise yaml.YAMLError(f"the key {twice} appears twice from line {node.start_mark.line + 1} on")
    return found


_TextLoader.add_constructor("tag:yaml.org,2002:map", _once)


class Written:
    """The content of a file, with one way to ask for each kind of value. If a key holds something else, the error names the key."""

    def __init__(self, path: Path, keys: tuple[str, ...]) -> None:
        self.path = path
        self.written = load(path, keys)
        self.known_keys("", self.written, keys)

    def one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value.lower() not in allowed:
            self.wrong(key, f"must be one of {', '.join(allowed)}")
        return value.lower()

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "must be a text")
        return value

    def texts(self, key: str, value: object = None) -> tuple[str, ...]:
        value = (self.written.get(key) if value is None else value) or []
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self.wrong(key, "must be a list of texts")
        return tuple(value)

    def table(self, key: str, value: object = None) -> dict[str, Any]:
        value = (self.written.get(key) if value is None else value) or {}
        if not isinstance(value, dict):
            self.wrong(key, "must contain keys and values")
        return value

    def expression(self, key: str, written: object, groups: tuple[str, ...] = ()) -> Expression:
        """A regular expression with the groups, for an engine without look-around."""
        try:
            found = expression(self.text(key, written))
        except ExpressionError as error:
            self.wrong(key, f"is not a regular expression that can be used: {error}")
        for group in groups:
            if group not in found.groupindex:
                self.wrong(key, f"needs the group (?P<{group}>...)")
        return found

    def known_keys(self, prefix: str, written: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in written:
            if key not in known:
                self.wrong(f"{prefix}{key}", f"is not known here; known are {', '.join(known)}")

    def wrong(self, key: str, says: str) -> NoReturn:
        raise ConfigurationError(f"{self.path}: `{key}` {says}")


def load(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    """The content of a YAML file. Raises ConfigurationError if there is no file, or if it holds no such keys."""
    try:
        written = read_yaml(path, _TextLoader, OTHER_BLANKS)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such mapping. Write it, or take the source out of organisation.yaml") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read as a file ({type(error).__name__}). Name the mapping file itself") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}: must contain keys and values: {', '.join(keys)}")
    return written
