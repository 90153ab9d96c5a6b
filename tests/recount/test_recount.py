"""The marts of the sample councils, counted a second time from the extracts and the written rules, without any of the product's code."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.recount.__main__ import COUNCILS
from tests.recount.compare import compare

# The least number of cells that must be compared, so that the test cannot pass on nothing.
FEWEST = {
    "org_unit_month": 50_000,
    "movement_month": 38_000,
    "indicator_value": 28_000,
    "absence_rate_month": 16_000,
    "workforce_profile": 13_000,
    "payroll_cost_month": 600,
    "staff_cost_month": 2_000,
}


def test_every_cell_of_the_sample_councils_comes_out_of_the_written_rules(three_home: Path) -> None:
    cells = list(compare(three_home, COUNCILS))
    compared = Counter(cell.table for cell in cells if cell.shown is not None)
    print(*(f"{table}: {compared[table]:,} cells" for table in FEWEST), sep="\n")
    different = [str(cell) for cell in cells if cell.differs]
    assert different[:20] == [], f"{len(different):,} of {compared.total():,} cells differ"
    assert {table: compared[table] for table, fewest in FEWEST.items() if compared[table] < fewest} == {}
