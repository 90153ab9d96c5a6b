"""Puts what councils report into a data root: rows given to the last step of landing, or extracts as files that landing reads."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from contracts import Contract, contract
from foundation import ledger
from foundation.storage import Storage, shared
from ingestion.landing.kept_files import keep_rejected_keys
from ingestion.landing.land import land_source
from ingestion.protecting.protect import protect, with_delivery
from ingestion.protecting.pseudonyms import Pseudonyms
from ingestion.reading.text_values import polars_type
from tests.lives.days import first_day, last_day, written
from tests.lives.extracts import Delivery, Row
from tests.lives.jobs import TEAM_MANAGER_AND_BELOW
from tests.lives.simulated_council import FIRST, SimulatedCouncil

KEY = "a key for simulated lives only, no secret at all"
DELIVERS = {"establishment": "snapshot", "agency": "snapshot", "payroll": "events", "absence": "events"}
RENAMED = {"T2": "T9"}


def team_changes(council: SimulatedCouncil) -> dict[str, str]:
    """The teams that go on under a new name, by the council's configuration."""
    return RENAMED if "team_renamed" in council.happens else {}


def configure(councils: Iterable[SimulatedCouncil], home: Path) -> None:
    """Write the configuration of councils into a data root."""
    config = home / "config"
    _write(config / "courses.csv", "course_id,course_name,required_of,valid_months\n")
    _write(config / "targets.csv", "organisation_id,indicator_id,definition_id,from_date,by_date,comparison,value,source\n")
    _write(config / "sample_pseudonym_key.yaml", f"sample: true\nkey: {KEY}\n")
    grades = "".join(f"team_manager_and_below,{role},2010-01-01,\n" for role in TEAM_MANAGER_AND_BELOW)
    for council in councils:
        folder = config / "organisations" / council.organisation_id
        sources = {source: {"owner": "somebody", "delivers": DELIVERS.get(source, council.delivers)} for source in council.sources}
        organisation = {
            "id": council.organisation_id,
            "name": council.organisation_id,
            "la_code": council.organisation_id,
            "new_la_code": f"E{council.organisation_id}",
            "region": "Midshires",
            "partnership": None,
            "first_month": written(council.months[0]),
            "sources": sources,
        }
        _write(folder / "organisation.yaml", yaml.safe_dump(organisation, sort_keys=False))
        _write(folder / "post_grades.csv", "list,job_role,from_date,to_date\n" + grades)
        renamed = "".join(f"{first_day(council.happens['team_renamed'])},{old},{new}\n" for old, new in team_changes(council).items())
        _write(folder / "team_changes.csv", "from_date,old_team_id,new_team_id\n" + renamed)
        _write(folder / "not_supplied.csv", "source,measure,from_month,to_month,symbol,counts_above\n")


def _write(path: Path, text: str) -> None:
    shared(path.parent)
    path.write_text(text, encoding="utf-8")


def hand_over(said: dict[str, list[Delivery]], home: Path, councils: dict[str, SimulatedCouncil]) -> int:
    """Write deliveries by council as landing's last step does. Returns how many.

    Rows of one source and month are protected together, because a call for each delivery takes longer than everything else.
    """
    store = Storage(home)
    pseudonyms = Pseudonyms("lives", KEY.encode())
    together: dict[tuple[str, int], list[tuple[str, Delivery]]] = defaultdict(list)
    for organisation_id, deliveries in said.items():
        for extract in deliveries:
            together[extract.source, extract.month].append((organisation_id, extract))
    for (source, month), those in together.items():
        promised = contract(source, written(month))
        rows = [row for _, extract in those for row in extract.rows]
        protected = protect(_frame(rows, promised), promised, pseudonyms, last_day(month), history_since=written(FIRST))
        raw = with_delivery(protected, promised, "", "", None)
        # Rows of a source whose rows must not be linked are sorted by now, and belong to nobody in particular.
        assert promised.linkable
        table, first = raw.to_arrow(), 0
        for organisation_id, extract in those:
            delivery = _entry(organisation_id, extract, councils[organisation_id], promised, pseudonyms)
            folder = shared(store.raw(organisation_id, source, written(month)))
            _write_rows(table.slice(first, len(extract.rows)), delivery, folder / f"{delivery.delivery_id}.parquet")
            first += len(extract.rows)
            if extract.rejected:
                keep_rejected_keys(_keys(extract), delivery, promised, pseudonyms, store)
            ledger.write(delivery, store)
    return sum(len(deliveries) for deliveries in said.values())


def _write_rows(rows: pa.Table, delivery: ledger.Delivery, path: Path) -> None:
    """Write a delivery's rows with its id, without the columns that are empty in all of them. A build adds these."""
    for name, value in (("delivery_id", delivery.delivery_id), ("source_file", delivery.file)):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, pa.array([value] * rows.num_rows, pa.large_string()))
    said = [name for name in rows.column_names if rows[name].null_count < rows.num_rows] or ["delivery_id"]
    if delivery.delivers != "history":
        said = [name for name in said if name != "age_band_since"]
    pq.write_table(rows.select(said), path)


def _frame(rows: list[Row], promised: Contract) -> pl.DataFrame:
    """Rows as accepted: the contract's columns, typed, with the number of each row."""
    columns: dict[str, pl.Series] = {"source_row": pl.Series(range(1, len(rows) + 1), dtype=pl.Int32)}
    for column in promised.columns:
        kind = polars_type(column.physical_type)
        values = [row.get(column.name) for row in rows]
        if isinstance(kind, pl.Decimal):
            columns[column.name] = pl.Series(values, dtype=pl.Float64, strict=False).cast(kind)
        else:
            columns[column.name] = pl.Series(values, dtype=kind)
    return pl.DataFrame(columns)


def _readable(extract: Delivery) -> list[Row]:
    """The rejected rows with a number that can be read."""
    return [row for row in extract.rejected if row["readable"] != "nothing"]


def _keys(extract: Delivery) -> pl.DataFrame:
    """What can be read of the numbers of rejected rows."""
    keys = [(row["person_id"], row["assignment_id"] if row["readable"] == "number" else None) for row in _readable(extract)]
    columns = {"person_id": [person for person, _ in keys], "assignment_id": [number for _, number in keys]}
    return (
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        .with_row_index("source_row", offset=len(extract.rows) + 1)
        .cast({"source_row": pl.Int32})
    )


def _entry(
    organisation_id: str, extract: Delivery, council: SimulatedCouncil, promised: Contract, pseudonyms: Pseudonyms
) -> ledger.Delivery:
    """The ledger's entry of a delivery."""
    sha256 = hashlib.sha256(f"{organisation_id} {extract.source} {extract.month} {extract.order}".encode()).hexdigest()
    entry = ledger.Delivery(
        delivery_id=f"{written(extract.month)}-{sha256[:12]}",
        organisation_id=organisation_id,
        source=extract.source,
        period=written(extract.month),
        delivers=DELIVERS.get(extract.source, council.delivers),
        file=f"{extract.source}_{written(extract.month)}_{extract.order}.csv",
        sheet=None,
        sha256=sha256,
        received_at=received_at(extract).isoformat(),
        contract_version=promised.version,
        rows_read=len(extract.rows) + len(extract.rejected),
        rows_accepted=len(extract.rows),
        rows_rejected=len(extract.rejected),
        rejected_keys=len(_readable(extract)),
        key_id=pseudonyms.key_id if promised.has_pseudonyms else None,
    )
    entry = ledger.append_state(entry, ledger.ACCEPTED, ledger.LANDING, "landed")
    return ledger.append_state(entry, ledger.HELD, "HR-000", "a check held it") if extract.is_held else entry


def received_at(extract: Delivery) -> datetime:
    """When an extract came: in the month after its own. If there are two for one month, the second comes one day later."""
    return datetime.combine(last_day(extract.month), datetime.min.time(), UTC) + timedelta(days=8 + extract.order)


# As files


def write_files(organisation_id: str, deliveries: list[Delivery], home: Path, council: SimulatedCouncil) -> None:
    """Write a council's deliveries into its inbox, with the mappings that read them."""
    folder = home / "config" / "organisations" / organisation_id / "mappings"
    for source in council.sources:
        _write(folder / f"{source}.yaml", yaml.safe_dump(_mapping(source, council), sort_keys=False))
    for extract in deliveries:
        path = shared(home / "inbox" / organisation_id / extract.source) / _file_name(extract)
        columns = _columns(extract.source, council)
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(columns)
            lines.writerows([[_text(row.get(column)) for column in columns] for row in extract.rows])
            lines.writerows([[_text(_spoilt(row).get(column)) for column in columns] for row in extract.rejected])
        instant = received_at(extract).timestamp()
        os.utime(path, (instant, instant))


def _file_name(extract: Delivery) -> str:
    return f"{extract.source}_{written(extract.month)}_v{extract.order}.csv"


def _columns(source: str, council: SimulatedCouncil) -> list[str]:
    """The columns of a source's extract: those in which the simulator writes anything."""
    promised = contract(source, written(council.months[0]))
    silent = {"name", "sex", "gender_current", "ethnicity", "disability"}
    said = {
        "hr_assignments": "person_id assignment_id date_of_birth swe_number post_id team_id job_role registered_social_worker contract_type fte fte_from "
        "standard_hours hours_worked weeks_a_year cost_share_percent start_date end_date leaving_reason start_origin team_start_date long_absence",
        "establishment": "post_id team_id team_name service_id service_name job_role budgeted_fte post_status",
        "agency": "booking_id worker_id swe_number team_id job_role registered_social_worker start_date end_date weekly_hours standard_hours cover_reason post_id",
        "payroll": "person_id element paid_fte amount",
        "absence": "absence_id person_id absence_type start_date end_date fte_days_lost",
    }[source].split()
    if source == "hr_assignments" and council.delivers == "history":
        said += ["effective_from", "effective_to"]
    return [column.name for column in promised.columns if column.name in said and column.name not in silent]


def _mapping(source: str, council: SimulatedCouncil) -> dict[str, object]:
    return {
        "source": source,
        "file": {
            "pattern": source + r"_(?P<period>\d{4}-\d{2})_v\d+\.csv",
            "format": "csv",
            "encoding": "utf-8",
            "may_be_empty": True,
        },
        "columns": {column: column for column in _columns(source, council)},
        "dates": "%Y-%m-%d",
        "missing": [""],
        "yes": ["Y"],
        "no": ["N"],
    }


def _text(value: object) -> str:
    return "" if value is None else {True: "Y", False: "N"}[value] if isinstance(value, bool) else str(value)


def _spoilt(row: Row) -> Row:
    """A row that its contract rejects: the FTE is no number, and parts that cannot be read are empty."""
    readable = {"number": ("person_id", "assignment_id"), "person": ("person_id",), "nothing": ()}[row["readable"]]
    return {**row, "fte": "I.0", **{name: row[name] if name in readable else None for name in ("person_id", "assignment_id")}}


def land_files(organisation_id: str, deliveries: list[Delivery], council: SimulatedCouncil) -> None:
    """Land a council's extracts through the function that the DAG calls, and hold those that a check holds."""
    for source in council.sources:
        report = land_source(organisation_id, source)
        if report.held:
            raise AssertionError(f"{report}\n" + "\n".join(problem.message for problem in report.problems))
    held = {(extract.source, _file_name(extract)) for extract in deliveries if extract.is_held}
    for entry in ledger.deliveries(organisation_id):
        if (entry.source, entry.file) in held:
            ledger.hold(organisation_id, entry.source, entry.delivery_id, "HR-000", "a check held it")
