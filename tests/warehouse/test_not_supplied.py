"""Each line of not_supplied.csv either has an effect, or its council is left out and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.storage import storage
from warehouse.build import left_out, write_raw

HEADER = "source,measure,from_month,to_month,symbol,counts_above\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("agency,agency_ftes,2022-05,2022-05,u,no", "measure must be empty, for the whole source, or one of agency_cover_fte, agency_fte"),
        ("agency,,2022-05,2022-05,low,no", "symbol must be one of u, x, z, c"),
        ("agency,agency_fte,2022-05,2022-05,u,2022", "counts_above must be no, yes, or the month"),
        ("agency,,2022-05,2022-05,u,yes", "of a whole source nothing is counted"),
        ("agency,,2022-13,2022-05,u,no", "from_month and to_month must be months"),
    ],
)
def test_a_council_with_a_declaration_that_would_do_nothing_is_left_out(golden_home: Path, row: str, says: str) -> None:
    path = golden_home / "config" / "organisations" / "peterborough" / "not_supplied.csv"
    path.write_text(HEADER + row + "\n", encoding="utf-8")
    write_raw(storage())
    (council,) = left_out(storage())
    assert council.organisation_id == "peterborough"
    assert f"{path}: {row}" in council.says
    assert says in council.says
