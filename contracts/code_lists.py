"""Code lists from `contracts/codes.yaml`: the code in an extract, the label that a reader sees, and the census's own code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

CODES = Path(__file__).with_name("codes.yaml")
LIST_KEYS = ("title", "element", "code_set", "about", "codes")
CODE_KEYS = ("label", "dfe", "group")
ABBREVIATIONS = ("fte", "id", "swe", "cpd", "la", "dfe")


class ContractError(Exception):
    """A contract or a shared code list cannot be used. The message names the file and the key."""


@dataclass(frozen=True)
class Code:
    """One code: its value in an extract, its label, DfE's code (None: the census has none), and the group that raw keeps instead of it."""

    value: str
    label: str
    dfe: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class CodeList:
    """A list of codes in order. `element` is the census's name for it, or None if the census does not ask for it.
    `code_set` is the list's number in the Common Basic Data Set, if known."""

    name: str
    title: str
    element: str | None
    about: str
    codes: tuple[Code, ...]
    code_set: str | None = None

    def code(self, value: str) -> Code:
        """The code of that value. Raises KeyError."""
        return {code.value: code for code in self.codes}[value]


@lru_cache
def code_lists() -> Mapping[str, CodeList]:
    """The code lists by name. Raises ContractError naming the file and the key."""
    return read_code_lists(CODES)


def read_code_lists(path: Path) -> Mapping[str, CodeList]:
    """The code lists written in a file, by name. Raises ContractError naming the file and the key."""
    try:
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (FileNotFoundError, yaml.YAMLError) as error:
        raise ContractError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict):
        raise ContractError(f"{path}: must contain code lists by name")
    return MappingProxyType({name: _code_list(path, name, listed) for name, listed in written.items()})


def plain_code(value: str) -> Code:
    """A code that is in no shared list. Its label is the value in words."""
    return Code(value, in_words(value))


def in_words(name: str) -> str:
    """A name as a reader sees it: `fixed_term` is `Fixed term`, `budgeted_fte` is `Budgeted FTE`."""
    words = " ".join(word.upper() if word in ABBREVIATIONS else word for word in name.split("_"))
    return words[:1].upper() + words[1:]


def _code_list(path: Path, name: str, written: Any) -> CodeList:
    where = f"{path}: {name}"
    if not isinstance(written, dict) or not isinstance(written.get("codes"), dict) or not isinstance(written.get("title"), str):
        raise ContractError(f"{where}: needs `title` and `codes`")
    _known(where, written, LIST_KEYS)
    codes = []
    for value, told in written["codes"].items():
        place = f"{where}: codes.{value}"
        if not isinstance(value, str) or not isinstance(told, dict) or not isinstance(told.get("label"), str):
            raise ContractError(f"{place}: a code is a text, and needs `label`")
        _known(place, told, CODE_KEYS)
        if not all(isinstance(code_list, str) for code_list in told.values()):
            raise ContractError(f"{place}: `dfe` and `group` are texts; put numbers in quotation marks")
        codes.append(Code(value, **told))
    _once(where, "dfe", [code.dfe for code in codes if code.dfe is not None])
    if len({code.group is None for code in codes}) > 1:
        raise ContractError(f"{where}: either every code has a `group`, or none")
    return CodeList(name, written["title"], written.get("element"), written.get("about", ""), tuple(codes), written.get("code_set"))


def _known(where: str, written: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in written:
        if key not in known:
            raise ContractError(f"{where}: `{key}` is not known here; known are {', '.join(known)}")


def _once(where: str, key: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ContractError(f"{where}: `{key}` {twice[0]} appears twice")
