"""Days, hours and numbers in the spellings that systems and people use, and mappings with a spelling that cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.configuration import ConfigurationError
from ingestion.conforming.conform import Conformed
from ingestion.drafting.column_guesses import date_formats
from ingestion.reading.text_values import as_hours, days, number_of
from tests.ingestion.books import HEADER, accepted, person, staff
from tests.ingestion.dress import Rows, json_lines, parquet, separated

HOURS = "{hours: FTE, standard_hours: 37}"


def csv_of(*rows: list[str | None]) -> bytes:
    return separated([list(HEADER), *rows]).encode()


def read_day(text: str, form: str) -> date | None:
    read: date | None = pl.select(days(pl.lit(text), [form], None)).item()
    return read


def values(conformed: Conformed, column: str) -> list[object]:
    assert not conformed.rows_rejected, conformed.rejected["message"].to_list()
    return conformed.accepted[column].to_list()


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("%G-W%V-%u", ["2019-W14-1"]),
        ("%GW%V%u", ["2019W141"]),
        ("%d %B %Y", ["1st April 2019", "1 April 2019", "01 April 2019", "1ST APRIL 2019"]),
        ("%B %d, %Y", ["April 1st, 2019"]),
        ("%A %d of %B %Y", ["Monday 1st of April 2019"]),
        ("%Y-%m-%dT%H:%M:%S%z", ["2019-04-01T00:00:00+01:00", "2019-03-31T23:00:00Z", "2019-04-01T00:00:00Z", "2019-04-01T22:59:00+0000"]),
        ("%Y-%m-%dT%H:%M:%S%.f%z", ["2019-04-01T00:00:00.000+01:00", "2019-04-01T09:30:00Z"]),
        ("%Y-%m-%d %H:%M:%S UTC", ["2019-03-31 23:00:00 UTC", "2019-04-01 00:00:00 UTC"]),
        ("%Y-%m-%dT%H:%M:%SZ", ["2019-03-31T23:30:00Z"]),
        ("%Y-%m-%d%z", ["2019-04-01+01:00", "2019-04-01Z"]),
    ],
)
def test_a_day_is_read_in_every_spelling_of_its_format(tmp_path: Path, form: str, texts: list[str]) -> None:
    rows = [person(nth, Start=f'"{text}"') for nth, text in enumerate(texts)]
    found = accepted(csv_of(*rows), staff(tmp_path, "csv", dates=f'"{form}"'))
    assert values(found, "start_date") == [date(2019, 4, 1)] * len(texts)


def test_a_midnight_is_the_day_that_is_written_and_another_time_is_a_day_in_england() -> None:
    zoned = "%Y-%m-%dT%H:%M:%S%z"
    # A birthday whose offset is that of the day of the export.
    assert read_day("1980-01-15T00:00:00+01:00", zoned) == date(1980, 1, 15)
    assert read_day("2019-01-31T23:30:00Z", zoned) == date(2019, 1, 31)
    assert read_day("2019-07-31T23:30:00Z", zoned) == date(2019, 8, 1)
    assert read_day("2019-07-31T23:30:00+01:00", zoned) == date(2019, 7, 31)


def test_iso_times_with_zones_need_no_format_where_cells_may_be_real_dates(tmp_path: Path) -> None:
    rows: Rows = [list(HEADER), person(1, Start="2019-03-31T23:00:00Z"), person(2, Start="2019-04-01T00:00:00.000+01:00")]
    for form, content in (("jsonl", json_lines(rows).encode()), ("parquet", parquet(rows))):
        assert values(accepted(content, staff(tmp_path, form)), "start_date") == [date(2019, 4, 1)] * 2


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%Q/%m/%Y", "has '%Q/%m/%Y', and %Q is nothing that dates can be read by"),
        ("%d/%m/%Y %Z", "%Z is nothing that dates can be read by. Write dates with %d .day., .*%G-W%V-%u for weeks; .* and %z for times"),
        ("%Y-W%W-%u", "%W is nothing that dates can be read by"),
        ("%G-W%V", "is a part of the date of a week. Write all of it: %G-W%V-%u reads 2025-W40-2"),
        ("%Y-W%V-%u", "is a part of the date of a week"),
        ("%dst %B %Y", 'fits one ending only. Write the day as %d alone: "%d %B %Y" reads 1st April 2025 too'),
    ],
)
def test_a_format_that_is_not_read_is_named_when_the_mapping_is_read(tmp_path: Path, form: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        staff(tmp_path, "csv", dates=f'"{form}"')


def test_hours_and_minutes_of_a_csv_are_hours(tmp_path: Path) -> None:
    rows = [person(nth, FTE=hours) for nth, hours in enumerate(["37:00", "18:30", "22:12:00", "37", "7.4"])]
    assert values(accepted(csv_of(*rows), staff(tmp_path, "csv", fte=HOURS)), "fte") == [
        Decimal(fte) for fte in ("1", "0.5", "0.6", "1", "0.2")
    ]
    both = accepted(csv_of(*rows), staff(tmp_path, "csv", fte=f"{HOURS}, contracted_hours: FTE"))
    assert values(both, "contracted_hours") == [Decimal(hours) for hours in ("37", "18.5", "22.2", "37", "7.4")]


def test_hours_and_minutes_where_no_hours_are_asked_for_are_rejected(tmp_path: Path) -> None:
    found = accepted(csv_of(person(1, FTE="18:30")), staff(tmp_path, "csv"))
    assert found.rejected["rule"].to_list() == ["not_a_number"]


def test_a_no_break_blank_is_a_blank(tmp_path: Path) -> None:
    header = [f"{header}\u00a0" for header in HEADER]
    row = person(1, FTE="\u00a00.6\u00a0", Job="Social\u00a0Worker\u202f", Start="\u00a001/04/2019")
    found = accepted(separated([header, row]).encode(), staff(tmp_path, "csv"))
    assert (values(found, "fte"), values(found, "job_role")) == ([Decimal("0.6")], ["social_worker"])
    mapping = staff(tmp_path, "csv", more="missing: [not\u00a0known]")
    empty = accepted(csv_of(person(1, End="not known"), person(2, End="not\u00a0known")), mapping)
    assert values(empty, "end_date") == [None, None]


@settings(max_examples=150, deadline=None)
@given(
    number=st.decimals(0, 99_999_999, places=2),
    mark=st.sampled_from([",", "\u00a0", "\u2009", "\u202f"]),
    sign=st.sampled_from(["", "£", "-"]),
)
def test_a_number_reads_alike_however_its_thousands_are_parted(number: Decimal, mark: str, sign: str) -> None:
    written = f"{sign}{number:,}".replace(",", mark)
    assert number_of(written) == (-number if sign == "-" else number)


@pytest.mark.parametrize("text", ["1 234", "1\u00a02", "12\u00a034", "1,234\u00a0567", "1\u00a0234,567", "12\u00a03456"])
def test_numbers_that_are_parted_otherwise_are_none(text: str) -> None:
    assert number_of(text) is None


@settings(max_examples=150, deadline=None)
@given(minutes=st.integers(0, 60 * 9999))
def test_hours_and_minutes_are_the_number_of_hours(minutes: int) -> None:
    read = pl.select(as_hours(pl.lit(f"{minutes // 60}:{minutes % 60:02d}"))).item()
    assert abs(float(read) - minutes / 60) < 1e-6


@pytest.mark.parametrize("text", ["37:60", "18:3", "x:30", "1:30:75", "7", "-1:30"])
def test_what_is_no_duration_stays_as_it_is(text: str) -> None:
    assert pl.select(as_hours(pl.lit(text))).item() == text


def test_the_spellings_are_guessed_from_an_extract() -> None:
    assert date_formats(pl.Series(["2019-W14-1", "2020-W53-7"])) == [["%G-W%V-%u"]]
    assert date_formats(pl.Series(["1st April 2019", "22nd May 2020"])) == [["%d %B %Y"]]
    assert date_formats(pl.Series(["2019-04-01T00:00:00+01:00", "2019-01-31T23:30:00Z"])) == [["%Y-%m-%dT%H:%M:%S%.f%z"]]
