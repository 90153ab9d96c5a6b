"""The columns of a mapping file: a header by its spellings, texts made of several columns, columns turned into rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ingestion.mapping.mapping_model import FirstOf, HoursToFte, Joined, Rule, Taken, Unpivot, tidy
from ingestion.mapping.mapping_yaml import Written

COLUMN_IS = "must be a header, a list of its spellings, {join: [...], with: ...}, {first_of: [...]}, {from: ..., take: ...} or {hours: ..., standard_hours: ...}"
NUMBER = re.compile(r"\d+(\.\d+)?")


class WrittenColumns(Written):
    """The headers in a mapping file. `spellings` and `made` collect what its keys say about them."""

    def __init__(self, path: Path, keys: tuple[str, ...]) -> None:
        super().__init__(path, keys)
        self.spellings: dict[str, tuple[str, ...]] = {}
        self.made: dict[str, Rule] = {}

    def header(self, key: str, written: object) -> str:
        """A header by its first spelling. The other spellings in a list are remembered."""
        if isinstance(written, list):
            spelled = tuple(tidy(self.text(key, name)) for name in written)
            if not spelled:
                self.wrong(key, "lists no header")
            self.spellings[spelled[0]] = tuple(dict.fromkeys([*self.spellings.get(spelled[0], ()), *spelled[1:]]))
            return spelled[0]
        return tidy(self.text(key, written))

    def column(self, name: str, written: object) -> str:
        """The header of a column of the contract. For texts that a rule makes, it is a label that the file does not have."""
        key = f"columns.{name}"
        if not isinstance(written, dict):
            return self.header(key, written)
        rule: Rule
        if "join" in written:
            self.known_keys(f"{key}.", written, ("join", "with"))
            rule = Joined(self._headers(f"{key}.join", written["join"]), self._between(key, written.get("with", " ")))
            label = " + ".join(rule.headers)
        elif "first_of" in written:
            self.known_keys(f"{key}.", written, ("first_of",))
            rule = FirstOf(self._headers(f"{key}.first_of", written["first_of"]))
            label = " or ".join(rule.headers)
        elif "take" in written:
            self.known_keys(f"{key}.", written, ("from", "take"))
            rule = Taken(self.header(f"{key}.from", written.get("from")), self._part(f"{key}.take", written["take"]))
            label = f"part of {rule.header}"
        elif "hours" in written:
            self.known_keys(f"{key}.", written, ("hours", "standard_hours"))
            rule = self._hours_to_fte(key, written)
            label = f"{rule.hours} / {rule.standard or rule.by or rule.otherwise}"
        else:
            self.wrong(key, COLUMN_IS)
        if self.made.get(label, rule) != rule:
            label = f"{label} ({name})"
        self.made[label] = rule
        return label

    def _headers(self, key: str, written: object) -> tuple[str, ...]:
        if not isinstance(written, list) or not written:
            self.wrong(key, "must be a list of headers")
        return tuple(self.header(key, name) for name in written)

    def _between(self, key: str, written: object) -> str:
        if not isinstance(written, str):
            self.wrong(f"{key}.with", "must be a text, which is put between the columns' texts")
        return written

    def _part(self, key: str, written: object) -> str:
        expression = self.expression(key, written)
        if expression.groups != 1:
            self.wrong(key, r'needs one group, which is the part that is taken, like "\\((\\d+)\\)" for the number in brackets')
        return expression.pattern

    def _hours_to_fte(self, key: str, written: dict[str, Any]) -> HoursToFte:
        hours, standard = self.header(f"{key}.hours", written["hours"]), written.get("standard_hours")
        key = f"{key}.standard_hours"
        if not isinstance(standard, dict):
            return HoursToFte(hours, otherwise=self._number(key, standard))
        if "column" in standard:
            self.known_keys(f"{key}.", standard, ("column",))
            return HoursToFte(hours, standard=self.header(f"{key}.column", standard["column"]))
        self.known_keys(f"{key}.", standard, ("by", "table", "otherwise"))
        table = self.table(f"{key}.table", standard.get("table"))
        return HoursToFte(
            hours,
            by=self.header(f"{key}.by", standard.get("by")),
            table={value.strip(): self._number(f"{key}.table.{value}", number) for value, number in table.items()},
            otherwise=self._number(f"{key}.otherwise", standard["otherwise"]) if "otherwise" in standard else None,
        )

    def unpivot(self) -> Unpivot:
        """Which columns become rows."""
        written = self.table("unpivot")
        self.known_keys("unpivot.", written, ("headers", "name", "value"))
        headers = written.get("headers")
        listed = tuple(self.header("unpivot.headers", header) for header in headers) if isinstance(headers, list) else ()
        matches = None if listed else self.expression("unpivot.headers", headers)
        name, value = (tidy(self.text(f"unpivot.{key}", written.get(key))) for key in ("name", "value"))
        return Unpivot(listed, matches, name, value)

    def _number(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()) or float(value) == 0:
            self.wrong(key, "must be a number of hours above 0")
        return value.strip()
