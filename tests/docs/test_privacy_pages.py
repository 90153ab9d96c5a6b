"""The pages for the data protection officer say about every source what its contract says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts import Column, sources, versions

PRIVACY = Path(__file__).resolve().parents[2] / "docs" / "privacy"
SOURCE = re.compile(r"`(\w+)`")


def rows(page: str) -> list[list[str]]:
    """The cells of every row of a page's tables that names a source in its first cell."""
    lines = [line for line in (PRIVACY / page).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if set(SOURCE.findall(row[0])) & set(sources())]


@pytest.mark.parametrize("page", ["retention.md", "record_of_processing.md"])
def test_every_source_is_told_of_once(page: str) -> None:
    assert sorted(source for row in rows(page) for source in SOURCE.findall(row[0])) == sorted(sources())


def test_every_source_has_its_purpose_and_a_proposal_how_long_it_is_kept() -> None:
    assert all(all(cell for cell in row) and row[-1] == "**Fill in**" for row in rows("retention.md"))


def test_the_record_says_of_each_source_how_its_columns_are_kept() -> None:
    for row in rows("record_of_processing.md"):
        for source in SOURCE.findall(row[0]):
            columns: list[Column] = [column for version in versions(source) for column in version.columns]
            kept = [any(column.privacy == way for column in columns) for way in ("pseudonymise", "generalise", "identity", "drop")]
            assert [bool(cell) for cell in row[1:5]] == kept, source
