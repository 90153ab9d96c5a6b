"""DfE's published file comes in as it is downloaded, in its present layout and in that of 2017 to 2022.

The files in `comparators/` are rows of the published ones (Department for Education, Open Government Licence v3.0).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from contracts import contract
from tests.ingestion.testshire import SendingCouncil

FILES = Path(__file__).resolve().parent / "comparators"
MAPPINGS = Path(__file__).resolve().parents[2] / "config" / "comparators"
ENGLAND = """
id: england
name: England
la_code: NATIONAL
new_la_code: E92000001
region: England
partnership: null
first_month: "2017-09"
sources: {comparators: {owner: Analyst of the warehouse, delivers: history}}
"""
PRESENT, OLDER = "csww_indicators_2017_to_2025.csv", "csww_headline_measures_2017_to_2022.csv"


@pytest.fixture
def england(council: SendingCouncil) -> SendingCouncil:
    """An organisation that stands for England."""
    made = SendingCouncil(council.home, council.config, "england").configure()
    (council.config / "organisations" / "england" / "organisation.yaml").write_text(ENGLAND)
    return made


def landed(england: SendingCouncil, file: str, period: str) -> pl.DataFrame:
    name = file.partition("_2017")[0]
    england.mapping("comparators", (MAPPINGS / f"{name}.yaml").read_text())
    england.receive("comparators", file, (FILES / file).read_bytes(), on="2026-03-12T06:00")
    report = england.land("comparators")
    assert (report.landed, report.rows_rejected, report.rows_left_out) == (1, 0, 0)
    return england.raw("comparators", period)


def test_the_published_file_is_read_as_it_is_downloaded_symbols_and_all(england: SendingCouncil) -> None:
    raw = landed(england, PRESENT, "2025-09")
    assert raw.height == 12
    rows = {(row["time_period"], row["la_name"]): row for row in raw.rows(named=True)}
    assert rows[2025, "Cambridgeshire"]["turnover_rate_fte"] == "17.2"
    assert rows[2025, "Westminster"]["inpost_fte"] == "x"
    assert rows[2025, "Sunderland"]["agency_fte"] == "low"
    assert rows[2018, "Isles of Scilly"]["absence_rate_fte"] == "c"
    assert rows[2025, "North Northamptonshire / West Northamptonshire"]["old_la_code"] == "940 / 941"
    assert rows[2025, None]["geographic_level"] in ("National", "Regional")


def test_the_older_layout_gives_the_same_columns(england: SendingCouncil) -> None:
    raw = landed(england, OLDER, "2022-09")
    cambridgeshire = raw.filter(pl.col("la_name") == "Cambridgeshire").row(0, named=True)
    assert cambridgeshire["inpost_fte"] is not None
    assert cambridgeshire["agency_rate_headcount"] is not None
    assert raw["starters_fte"].null_count() == raw.height
    assert set(raw["release"]) == {"2022"}


def test_a_cell_that_is_neither_number_nor_symbol_is_rejected(england: SendingCouncil) -> None:
    england.mapping("comparators", (MAPPINGS / "csww_indicators.yaml").read_text())
    content = (FILES / PRESENT).read_text().replace("36186.3", "36.186,3 FTE".replace(",", " "))
    england.receive("comparators", PRESENT, content, on="2026-03-12T06:00")
    england.land("comparators")
    assert england.rejected("comparators")["rule"].to_list() == ["inpost_fte_is_number_or_symbol"]


def test_the_measures_stay_text_so_that_no_symbol_is_lost() -> None:
    measures = [column for column in contract("comparators").columns if column.description.endswith("or a symbol.")]
    assert len(measures) == 22
    assert {column.logical_type for column in measures} == {"string"}
