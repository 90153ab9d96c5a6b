"""Where a table's header is, and which of its columns each header of the mapping is."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

from ingestion.mapping import Mapping, tidy
from ingestion.reading.places import columns_at
from ingestion.reading.sheet import HEAD_ROWS, Sheet
from ingestion.reading.size_limits import check_width
from ingestion.refusal import FileRefused, Finding, refuse

NUMBERED = re.compile(r"(?P<header>.+) \[(?P<nth>[1-9]\d?)\]")
MOST_LISTED = 30
UNPIVOTED = "columns to turn into rows"


@dataclass(frozen=True)
class Header:
    """A header that was found: `last` is its lowest row (from 0), `labels` the columns' names, `columns` the place of each mapped header.

    `unpivoted` has the place of each header whose column becomes rows.
    """

    first: int
    last: int
    labels: tuple[str, ...]
    columns: dict[str, int] = field(default_factory=dict)
    unpivoted: dict[str, int] = field(default_factory=dict)


def find_header(sheet: Sheet, mapping: Mapping) -> Header:
    """The first of the head's rows that holds every header of the mapping. Raises FileRefused if there is none."""
    check_width(max((len(row) for row in sheet.head), default=0))
    best, fewest = None, 0
    for place in range(len(sheet.head) - mapping.header_rows + 1):
        looked = _Row(sheet.head, place, mapping)
        if not looked.missing:
            return looked.header()
        if best is None or len(looked.missing) < fewest:
            best, fewest = looked, len(looked.missing)
    # Only a row with several of the headers counts as the header and is shown. Any other row may be a person's.
    if best is not None and (best.held >= 2 or best.held * 2 >= best.held + len(best.missing)) and best.held:
        raise FileRefused(*best.findings())
    expected = ", ".join(f"'{header}'" for header in mapping.headers)
    says = f"no header in the first {HEAD_ROWS} rows. Expected a row with {expected}"
    raise refuse("missing_column", f"{says}. Send the extract with its header, or correct `columns` in {mapping.path}")


def how_near(sheet: Sheet, mapping: Mapping) -> int:
    """How many of the mapping's headers the best row of a sheet's head has."""
    return max((_Row(sheet.head, place, mapping).held for place in range(len(sheet.head) - mapping.header_rows + 1)), default=0)


class _Row:
    """A row (or two) of the head, read as if it were the header."""

    def __init__(self, head: list[list[str]], place: int, mapping: Mapping) -> None:
        self.place, self.mapping = place, mapping
        lower = head[place + mapping.header_rows - 1]
        self.labels = tuple(tidy(text) for text in lower)
        self.grouped = self.labels
        if mapping.header_rows == 2:
            upper = [tidy(text) for text in head[place]] + [""] * len(lower)
            self.labels = tuple(tidy(f"{above} {below}") for above, below in zip(upper, lower, strict=False))
            self.grouped = tuple(tidy(f"{above} {below}") for above, below in zip(filled_right(upper), lower, strict=False))
        self.found = {header: self._places(header) for header in mapping.headers}
        self.unpivoted = self._unpivoted()
        self.missing = [header for header, places in self.found.items() if not places]
        if mapping.unpivot and not self.unpivoted:
            self.missing.append(UNPIVOTED)
        self.held = len(self.found) - sum(header != UNPIVOTED for header in self.missing)

    def header(self) -> Header:
        for name, places in (self.found | self.unpivoted).items():
            if len(places) > 1:
                raise self._repeated(name, places)
        columns = {name: places[0] for name, places in self.found.items()}
        unpivoted = {name: places[0] for name, places in self.unpivoted.items()}
        return Header(self.place, self.place + self.mapping.header_rows - 1, self.labels, columns, unpivoted)

    def findings(self) -> list[Finding]:
        number = self.place + self.mapping.header_rows
        findings = []
        for header in self.missing:
            feeds = ", ".join(self.mapping.columns_of(header)) or "the mapping's `file` section"
            says = f"the column '{header}' ({feeds}) is missing. The header in row {number} has {self._listed()}"
            near = difflib.get_close_matches(header, [label for label in self.labels if label], 1, 0.75)
            says = f"{says}; {self._shown(self.labels.index(near[0]))} is spelled most like it" if near else says
            says = f"{says}. Send the extract with the column, or correct `columns` in {self.mapping.path}"
            findings.append(Finding("missing_column", says, number, header))
        return findings

    def _listed(self) -> str:
        """The known labels of the row, by name, and the number of other labels."""
        labels = [label for label in self.labels if label]
        known = [f"'{label}'" for label in labels if self.mapping.knows(label)]
        others = len(labels) - len(known)
        named = known[:MOST_LISTED] + ([f"{len(known) - MOST_LISTED:,} more that are known"] if len(known) > MOST_LISTED else [])
        return ", ".join([*named, f"{others:,} that are not known"] if others else named)

    def _shown(self, at: int) -> str:
        """A column by its label if the label is known, and otherwise by its place."""
        return f"'{self.labels[at]}'" if self.mapping.knows(self.labels[at]) else columns_at([at])

    def _places(self, header: str) -> list[int]:
        """The columns with the header in any of its spellings. `Name [2]` is the second of several columns called Name."""
        places = []
        for spelled in self.mapping.written(header):
            found = [at for at, label in enumerate(self.labels) if label == spelled]
            found = found or [at for at, label in enumerate(self.grouped) if label == spelled]
            # Capitals count only if they alone tell two columns apart.
            for labels in (self.labels, self.grouped):
                found = found or [at for at, label in enumerate(labels) if label.casefold() == spelled.casefold()]
            numbered = NUMBERED.fullmatch(spelled)
            if not found and numbered:
                alike = [at for at, label in enumerate(self.grouped) if label == numbered["header"]]
                found = alike[int(numbered["nth"]) - 1 : int(numbered["nth"])]
            places += [at for at in found if at not in places]
        return places

    def _unpivoted(self) -> dict[str, list[int]]:
        """The places of each header whose column becomes rows, with the text of a merged cell above it."""
        rule = self.mapping.unpivot
        if rule is None:
            return {}
        if rule.matches is None:
            return {header: places for header in rule.listed if (places := self.found[header])}
        mapped = {at for places in self.found.values() for at in places}
        found: dict[str, list[int]] = {}
        for at, label in enumerate(self.grouped):
            if label and at not in mapped and rule.matches.fullmatch(label):
                found.setdefault(label, []).append(at)
        return found

    def _repeated(self, header: str, places: list[int]) -> FileRefused:
        number = self.place + self.mapping.header_rows
        if header not in self.found:
            says = f"{columns_at(places)} have the same header, so that nobody can say which column is meant"
            return refuse("repeated_column", f"{says}. Send the extract with each header once", number)
        spelled = list(dict.fromkeys(self.labels[at] for at in places))
        if len(spelled) > 1:
            named = " and ".join(self._shown(self.labels.index(spelling)) for spelling in spelled)
            says = f"the headers {named} both stand in the file, and the mapping takes them for the same column"
            return refuse("repeated_column", f"{says}. Leave one of them out of `columns` in {self.mapping.path}", number, header)
        says = f"the header '{header}' stands {len(places)} times, so that nobody can say which column is meant"
        advice = f"Send the extract with each header once, or write '{header} [1]' for the first of them in {self.mapping.path}"
        return refuse("repeated_column", f"{says}. {advice}", number, header)


def unknown_columns(header: Header, holds: dict[int, bool], mapping: Mapping) -> list[Finding]:
    """A note on the columns that the mapping neither uses nor ignores. Columns without a header are noted only if they hold something.

    A header that the contract knows is named. Any other may be anything, so its column is named by its place.
    """
    used = {*header.columns.values(), *header.unpivoted.values()}
    ignored = {header.casefold() for header in mapping.ignore}
    unused = [at for at, label in enumerate(header.labels) if at not in used and label.casefold() not in ignored]
    findings = []
    for at in unused:
        label = header.labels[at]
        if label and mapping.knows(label):
            says = f"the column '{label}' is not mapped, and nothing of it is kept. Add it to `columns` or `ignore` in {mapping.path}"
            findings.append(Finding("unknown_column", says, column=label))
    unknown = [at for at in unused if header.labels[at] and not mapping.knows(header.labels[at])]
    if unknown:
        says = f"headers that are not known: {len(unknown):,}, in {columns_at(unknown)}. Nothing of these columns is kept"
        findings.append(Finding("unknown_column", f"{says}. Add their headers to `columns` or `ignore` in {mapping.path}"))
    bare = [at for at in unused if not header.labels[at] and holds.get(at, False)]
    if bare:
        says = f"columns without a header that hold something: {len(bare):,}, {columns_at(bare)}. Nothing of them is kept"
        findings.append(Finding("unknown_column", f"{says}. Send them with a header if they are needed"))
    return findings


def filled_right(groups: list[str]) -> list[str]:
    """The upper header row with merged cells filled. The text of a merged cell is in its first column only."""
    filled, last = [], ""
    for group in groups:
        last = group or last
        filled.append(last)
    return filled
