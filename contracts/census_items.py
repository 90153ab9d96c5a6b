"""The items of the workforce census, from `contracts/census.yaml`: number, what is asked, for whom it is mandatory, when and in which years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from contracts.code_lists import ContractError

CENSUS = Path(__file__).with_name("census.yaml")
LEVELS = ("header", "authority", "worker")
MANDATORY_FOR = {
    "all": "mandatory for all",
    "all_but_agency": "mandatory for all but agency workers",
    "leavers": "mandatory for leavers",
    "all_but_leavers": "mandatory for all but leavers, agency workers included",
    "none": "voluntary",
}
WHEN = {
    "date": "on 30 September of the census year",
    "date_a_year_before": "on the 30 September before the census year",
    "year": "in the census year",
}


@dataclass(frozen=True)
class CensusItem:
    """An item of the census by its element's name. `number` is its number in the Common Basic Data Set (None: not known).

    `mandatory_for` is a key of MANDATORY_FOR, `when` one of WHEN (None: it has no day). `answered` says where the answer comes from if no
    column gives it. `note` says what else a sender must know. The item is asked in the census years `from_year` to `to_year` (None: without end).
    """

    element: str
    number: str | None
    level: str
    asks: str
    mandatory_for: str
    when: str | None = None
    answered: str | None = None
    note: str | None = None
    from_year: int | None = None
    to_year: int | None = None

    def is_asked_in(self, census_year: int) -> bool:
        """Whether the census of that year, by the year of its 30 September, asks for it."""
        return (self.from_year or census_year) <= census_year <= (self.to_year or census_year)

    @property
    def is_voluntary(self) -> bool:
        """Whether its tag may be left out. For any other item, a missing value is an error for the people for whom the item is mandatory."""
        return self.mandatory_for == "none"

    @property
    def in_words(self) -> str:
        """The item's description for readers: number and name, for whom it is mandatory, what is asked and when."""
        named = f"{self.number} {self.element}" if self.number else self.element
        asked = f"{self.asks} {WHEN[self.when]}" if self.when else self.asks
        told = [f"{named}, {MANDATORY_FOR[self.mandatory_for]}", asked, self.note]
        return " ".join(f"{text}." for text in told if text)


@lru_cache
def census_items() -> Mapping[str, CensusItem]:
    """The items by the names of their elements, in the order of the collection. Raises ContractError naming the file and the key."""
    return read_census_items(CENSUS)


def read_census_items(path: Path) -> Mapping[str, CensusItem]:
    """The items written in a file, by element. Raises ContractError naming the file and the key."""
    try:
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (FileNotFoundError, yaml.YAMLError) as error:
        raise ContractError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict):
        raise ContractError(f"{path}: must contain the census's items by the names of their elements")
    items = {element: _item(path, element, told) for element, told in written.items()}
    numbers = [item.number for item in items.values() if item.number]
    for twice in (number for number in numbers if numbers.count(number) > 1):
        raise ContractError(f"{path}: `number` {twice} appears twice")
    return MappingProxyType(items)


def _item(path: Path, element: str, written: Any) -> CensusItem:
    where = f"{path}: {element}"
    if not isinstance(written, dict) or not {"level", "asks", "mandatory_for"} <= set(written):
        raise ContractError(f"{where}: needs `level`, `asks` and `mandatory_for`")
    known = tuple(field for field in CensusItem.__dataclass_fields__ if field != "element")
    for key in written:
        if key not in known:
            raise ContractError(f"{where}: `{key}` is not known here; known are {', '.join(known)}")
    for key, allowed in (("level", LEVELS), ("mandatory_for", tuple(MANDATORY_FOR)), ("when", (None, *WHEN))):
        if written.get(key) not in allowed:
            raise ContractError(f"{where}: `{key}` must be one of {', '.join(value for value in allowed if value)}")
    for key in ("from_year", "to_year"):
        if not isinstance(written.get(key), int | None):
            raise ContractError(f"{where}: `{key}` must be a year, like 2025")
    return CensusItem(element, **{"number": None, **written})
