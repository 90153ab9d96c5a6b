"""What a council may declare in not_supplied.csv: a whole source or one measure of it, DfE's symbol, and what counts above the council."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from foundation.configuration import ConfigurationError
from foundation.storage import REPOSITORY

MEASURES = REPOSITORY / "dbt_project" / "models" / "marts" / "workforce" / "org_unit_month.yml"
SYMBOLS = ("u", "x", "z", "c")
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


def measures() -> list[str]:
    """The measures that indicators use, by DfE's names."""
    (model,) = yaml.load(MEASURES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["semantic_models"]
    metas = [measure.get("config", {}).get("meta", {}) for measure in model["measures"]]
    return sorted({name for meta in metas for name in meta.get("not_supplied_as", [])})


def refuse_unknown_declarations(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Raise ConfigurationError naming the council's file and row if a row of raw.config_not_supplied would have no effect."""
    wrong = connection.execute(
        """
        select organisation_id, concat_ws(',', source, coalesce(measure, ''), from_month, to_month, symbol, counts_above) as written,
            case
                when measure is not null and not list_contains($measures, measure)
                    then 'measure must be empty, for the whole source, or one of ' || array_to_string($measures, ', ')
                when symbol is null or not list_contains($symbols, symbol) then 'symbol must be one of ' || array_to_string($symbols, ', ')
                when counts_above is null or (counts_above not in ('no', 'yes') and not regexp_matches(counts_above, $month))
                    then 'counts_above must be no, yes, or the month YYYY-MM whose figures stand in above the council'
                when measure is null and counts_above = 'yes'
                    then 'of a whole source nothing is counted, so that counts_above must be no, or the month YYYY-MM whose figures stand in'
                when not regexp_matches(coalesce(from_month, ''), $month) or not regexp_matches(coalesce(to_month, ''), $month)
                    then 'from_month and to_month must be months, YYYY-MM'
            end as why
        from raw.config_not_supplied
        where why is not null
        order by 1, 2
        limit 1
        """,
        {"measures": measures(), "symbols": list(SYMBOLS), "month": MONTH},
    ).fetchone()
    if wrong:
        organisation_id, written, why = wrong
        raise ConfigurationError(f"{folder / 'organisations' / organisation_id / 'not_supplied.csv'}: {written}: {why}")
