"""A contract in plain words, for its page and its workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from contracts.contract_model import Column, Contract, Rule
from contracts.contract_versions import versions

KINDS = {"string": "Text", "date": "Date", "boolean": "Yes or no", "integer": "Whole number"}
KEPT = {"open": "As it is", "pseudonymise": "As a code", "identity": "For returns only", "drop": "Never"}
KEPT_IN_BANDS = "As an age band"
KEPT_IN_GROUPS = "In broad groups"
# What each of them means; shown above the columns of a contract that has any.
KEPT_MEANS = {
    "As a code": "the number is replaced by a code. Nobody can turn it back without the council's own key. The number itself is kept only in a "
    "restricted folder, for statutory returns.",
    "As an age band": "ten years wide, at the month end. The date of birth is kept only in the restricted folder.",
    "In broad groups": "see the lists below. The full answer is kept only in the restricted folder.",
    "For returns only": "it is kept only in the restricted folder.",
    "Never": "it is removed as the file is read. Leave the column out if you can.",
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True)
class VersionTold:
    """A version of a contract: the months it applies to, why it was made, and the titles of the columns that were added or removed."""

    version: str
    months: str
    why: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def kind(column: Column) -> str:
    """What a column may contain, without its codes."""
    if column.codes:
        return "One of a list"
    if column.logical_type in KINDS:
        return KINDS[column.logical_type]
    places = int(re.sub(r".*,(\d+)\)", r"\1", column.physical_type))
    return f"Number, up to {places} decimals"


def kept(column: Column) -> str:
    """How a column is kept, in a few words. KEPT_MEANS explains them."""
    if column.privacy == "generalise":
        return KEPT_IN_GROUPS if column.groups else KEPT_IN_BANDS
    return KEPT[column.privacy]


def kept_means(contract: Contract) -> tuple[tuple[str, str], ...]:
    """The ways in which the columns of a contract are kept, each with its meaning. Leaves out columns kept as they are."""
    ways = {kept(column) for column in contract.columns}
    return tuple((way, meaning) for way, meaning in KEPT_MEANS.items() if way in ways)


def needed(column: Column) -> str:
    """Whether a row needs the column."""
    if column.required:
        return "Yes"
    if column.privacy == "drop":
        return "No"
    return "Where it applies" if column.key else "If you have it"


def rules_of(contract: Contract) -> tuple[tuple[str, Rule], ...]:
    """Every rule with the title of its column, in the order of the columns; a rule of the whole row has `Whole row`."""
    told = [("Whole row", rule) for rule in contract.rules if rule.column is None]
    for column in contract.columns:
        if column.codes_rule:
            told.append((column.title, column.codes_rule))
        told += [(column.title, rule) for rule in contract.rules if rule.column == column.name]
    return tuple(told)


def month_words(period: str) -> str:
    """A month as it is read: `2024-10` is `October 2024`."""
    year, month = period.split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def span_words(contract: Contract) -> str:
    """The months that a version applies to."""
    if contract.from_month and contract.to_month:
        return f"{month_words(contract.from_month)} to {month_words(contract.to_month)}"
    if contract.from_month:
        return f"From {month_words(contract.from_month)}"
    return f"Until {month_words(contract.to_month)}" if contract.to_month else "All months"


def told_versions(source: str) -> tuple[VersionTold, ...]:
    """Every version of a source's contract with what it changed, the latest first."""
    known = versions(source)
    told = [VersionTold(known[0].version, span_words(known[0]), "The first version.", (), (), ())]
    for before, after in pairwise(known):
        old, new = ({column.name: column for column in version.columns} for version in (before, after))
        told.append(
            VersionTold(
                version=after.version,
                months=span_words(after),
                why=after.why,
                added=tuple(new[name].title for name in new if name not in old),
                removed=tuple(old[name].title for name in old if name not in new),
                changed=tuple(new[name].title for name in new if name in old and new[name] != old[name]),
            )
        )
    return tuple(reversed(told))
