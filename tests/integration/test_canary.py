"""The canary: a person's name in every column of every source is nowhere outside the restricted folders after a month's run.

The name is in rows that are used, in rows that are rejected, in headers, in titles, in files that cannot be read, and in a delivery
that a check holds. Open columns without a list of codes are kept as they are. In good rows they have another marker, which may be
in raw, in the build and in the published columns listed here, but in no message.
"""

from __future__ import annotations

import io
import logging
import os
import time
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import duckdb
import polars as pl
import pytest

from contracts import Column, contract, sources, versions
from dags.by_hand import run_here
from dags.workforce_month import workforce_month
from expectations.rules.every_source import SOURCES
from foundation import ledger
from foundation.configuration import PUBLISHED_STATISTICS
from foundation.ledger import Delivery

RESTRICTED = {"inbox", "landing", "rejected", "identity", "config"}
PERIOD, EARLIER, LATER, LATEST = "2024-10", "2024-09", "2024-11", "2024-12"
# A month of the first version of each contract. Later versions drop some personal columns and add others.
OLDEST = "2023-09"
DELIVERS = {"hr_assignments": "snapshot", "establishment": "snapshot", "agency": "snapshot", "caseload": "snapshot"}
BORN = "1941-07-19"
SALARY = "981734.26"
# What a row needs to keep the rules of its source.
FITTING = {"standard_hours": "37", "weekly_hours": "37", "job_role": "social_worker", "held_date": "2024-09-02", "fte": "1"}
EITHER = ("person_id", "agency_worker_id", "unallocated_in_team")
GOOD_ROWS = 45
# Answers for a return are so few that one bad row holds the file. The other rows are planted and searched for all the same.
FEW_ROWS = ("return_answers",)
# If so many rows have a code that is not listed, the file is held. Here there are fewer, so that the marker is in rejected rows too.
NEW_CODES_HOLD_FROM = 4
# Texts of extracts that are published as they are: the names and ids of teams, services, courses and surveys.
PUBLISHED_TEXTS = {
    "absence_rate_month.scope_id",
    "absence_rate_month.unit_key",
    "agency_position.scope_id",
    "agency_position.unit_key",
    "caseload_month.scope_id",
    "caseload_month.unit_key",
    "cohort_retention_month.scope_id",
    "cohort_retention_month.unit_key",
    "course.course_id",
    "course.course_key",
    "course.course_name",
    "establishment_position.scope_id",
    "establishment_position.unit_key",
    "indicator_value.scope_id",
    "indicator_value.unit_key",
    "movement_month.scope_id",
    "movement_month.unit_key",
    "movement_year.scope_id",
    "movement_year.unit_key",
    "org_unit.parent_unit_id",
    "org_unit.unit_id",
    "org_unit.unit_name",
    "org_unit_month.org_unit",
    "org_unit_month.scope_id",
    "org_unit_month.unit_key",
    "survey_result.survey_name",
    "training_completion_month.course_id",
    "training_completion_month.course_key",
    "unit.org_unit",
    "unit.parent_unit_id",
    "unit.scope_id",
    "unit.service_id",
    "unit.service_name",
    "unit.team_id",
    "unit.team_name",
    "unit.unit_key",
    "unit.unit_name",
}
ORGANISATION = """
id: canary
name: Canary County Council
la_code: "998"
new_la_code: "E10000998"
region: East of England
partnership: null
system: a test
first_month: "2023-09"
sources:
"""
pytestmark = pytest.mark.slow


class Canary:
    """A council whose every column holds the marker. In good rows, open texts hold another one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.marker = f"Jane Canary QQ123456C {uuid4().hex}"
        self.open = f"open{uuid4().hex}"
        self.named = f"named{uuid4().hex}"
        self.sources = [source for source in sources() if source in SOURCES and source not in PUBLISHED_STATISTICS]
        self.planted: dict[str, set[str]] = {}

    def lay_out(self) -> None:
        folder = self.home / "config" / "organisations" / "canary"
        (folder / "mappings").mkdir(parents=True)
        lines = [f"  {source}: {{owner: Somebody, delivers: {DELIVERS.get(source, 'events')}}}" for source in self.sources]
        (folder / "organisation.yaml").write_text(ORGANISATION + "\n".join(lines) + "\n")
        for name in ("team_changes", "post_grades", "not_supplied"):
            golden = self.home / "config" / "organisations" / "cambridgeshire" / f"{name}.csv"
            (folder / f"{name}.csv").write_text(golden.read_text().splitlines()[0] + "\n")
        for source in self.sources:
            self._mapping(folder / "mappings" / f"{source}.yaml", source)
            for more, period in enumerate(self.months(source)):
                self._receive(source, period, self._rows(source, period, GOOD_ROWS + more) + self._bad_rows(source, period, 1))
            self._receive(source, LATER, self._rows(source, LATER, 2) + self._bad_rows(source, LATER, 3))
            self._receive_unusable(source)

    @staticmethod
    def months(source: str) -> tuple[str, ...]:
        """The months for which each source's extract is used: one for each version of its contract, and at least two."""
        return (OLDEST, EARLIER, PERIOD) if len(versions(source)) > 1 else (EARLIER, PERIOD)

    def _columns(self, source: str, period: str) -> list[Column]:
        """The columns that an extract has: every one of the contract."""
        return list(contract(source, period).columns)

    def _mapping(self, path: Path, source: str) -> None:
        names = {column.name: column for period in self.months(source) for column in self._columns(source, period)}
        written = f"source: {source}\nfile:\n  pattern: '{source}_(?P<period>\\d{{4}}-\\d\\d)_\\w+\\.csv'\n  format: csv\n"
        written += f"  ends_at: 'Notes.*'\n  totals: {{column: {next(iter(names))}, equals: Total}}\n"
        written += "columns:\n" + "".join(f"  {name}: {name}\n" for name in names)
        coded = "".join(f"  {name}: {NEW_CODES_HOLD_FROM}\n" for name, column in names.items() if column.codes)
        written += f"new_codes_hold_from:\n{coded}" if coded else ""
        path.write_text(written + 'dates: "%Y-%m-%d"\nyes: [Y]\nno: [N]\n')

    def _value(self, column: Column, source: str, number: int) -> str:
        self.planted.setdefault(source, set()).add(column.name)
        if column.privacy == "open":
            return self._open_value(column, number)
        if column.codes:
            return column.codes[0]
        texts = {"date": BORN, "number": SALARY, "integer": SALARY[:6], "boolean": "Y"}
        return texts.get(column.logical_type, f"{self.marker}{column.name}{number}")

    def _open_value(self, column: Column, number: int) -> str:
        if column.name in FITTING:
            return FITTING[column.name]
        if column.codes:
            return column.codes[0]
        texts = {"date": "2024-09-02", "boolean": "Y", "integer": "1", "number": "1"}
        return texts.get(column.logical_type, f"{self.open}{column.name}{number if column.key else ''}")

    def _rows(self, source: str, period: str, count: int) -> list[dict[str, str]]:
        columns = self._columns(source, period)
        rows = [{column.name: self._value(column, source, number) for column in columns} for number in range(1, count + 1)]
        for number, row in enumerate(rows):
            # A case or a supervision belongs to an employee, to an agency worker or to nobody yet.
            either = [system for system in EITHER if system in row]
            row.update(dict.fromkeys((text for at, text in enumerate(either) if at != number % len(either)), ""))
        return rows

    def _bad_rows(self, source: str, period: str, count: int) -> list[dict[str, str]]:
        """Rows with the marker in every column. None of them can be used, because each has a column that is not a text."""
        columns = self._columns(source, period)
        # A rejected row reports its numbers. A number that is a free text, such as that of a post, is kept in raw as for a good row.
        free = {
            column.name
            for column in columns
            if column.key and column.privacy == "open" and column.logical_type == "string" and not column.codes
        }
        return [
            {column.name: f"{self.open if column.name in free else self.marker}{column.name}" for column in columns} for _ in range(count)
        ]

    def _receive(self, source: str, period: str, rows: list[dict[str, str]], name: str = "good", cut: str = "") -> None:
        """Write an extract. `cut` is a column to leave out.

        The marker is in a title, in two unknown headers, in a row that does not fit the header, in a total and in a note.
        """
        header = [name for name in rows[0] if name != cut]
        lines = [f"Staff of {self.marker}", ",".join([*header, f"{self.marker}header", f"{self.marker}other header"])]
        lines += [",".join([*(row[name] for name in header), self.marker, self.marker]) for row in rows]
        lines += [",".join([self.marker] * (len(header) + 3))]
        lines += [",".join(["Total", *[self.marker] * (len(header) + 1)]), f"Notes for {self.marker}"]
        self._put(source, f"{source}_{period}_{name}_{self.named}.csv", "\n".join(lines).encode())

    def _receive_unusable(self, source: str) -> None:
        rows = self._rows(source, LATEST, 3)
        for column in list(rows[0])[:2]:
            self._receive(source, LATEST, rows, f"without_{column}", column)
        self._receive(source, LATEST, rows + self._bad_rows(source, LATEST, NEW_CODES_HOLD_FROM), "new_codes")
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        self._put(source, f"{source}_{LATEST}_no_header.csv", "\n".join(lines[1:]).encode())
        self._put(source, f"{source}_{LATEST}_other_encoding.csv", "\n".join(lines).encode() + b"\xff\xfe")
        self._put(source, f"{source}_{LATEST}_open_quote.csv", "\n".join([lines[0], f'"{lines[1]}', *lines[2:]]).encode())
        self._put(source, f"{source}_{LATEST}_not_a_table.csv", f"%PDF-1.4 {self.marker}".encode())

    def _put(self, source: str, name: str, content: bytes) -> None:
        path = self.home / "inbox" / "canary" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        received = datetime(2025, 1, 12, 6, tzinfo=UTC).timestamp()
        os.utime(path, (received, received))

    def told_by(self, text: str) -> bool:
        return any(marker in text for marker in ("Jane Canary", "QQ123456C", BORN, SALARY))

    def deliveries(self, source: str) -> list[Delivery]:
        return ledger.deliveries("canary", source)


def texts_in(path: Path, content: bytes) -> list[str]:
    """Everything in a file: its bytes, and what is packed in a Parquet, DuckDB or ZIP file (a workbook is a ZIP)."""
    found = [content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    if path.suffix == ".parquet":
        found.append(told(pl.read_parquet(io.BytesIO(content)).rows()))
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
            found += [told(connection.execute(f'select * from "{schema}"."{name}"').fetchall()) for schema, name in tables]
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found += [text for name in archive.namelist() for text in texts_in(Path(name), archive.read(name))]
    return found


def test_the_search_looks_into_packed_files(tmp_path: Path) -> None:
    rows = pl.DataFrame({"text": ["canary"] * 3, "pay": [Decimal(SALARY)] * 3})
    rows.write_parquet(tmp_path / "a.parquet", compression="zstd")
    with duckdb.connect(str(tmp_path / "b.duckdb")) as connection:
        connection.execute("create schema s")
        connection.execute("create table s.t as select 'canary' as text, cast(? as date) as born", [BORN])
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "canary " * 9)
    for path in tmp_path.iterdir():
        assert any("canary" in text for text in texts_in(path, path.read_bytes())), path
    assert any(SALARY in text for text in texts_in(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes()))
    assert any(BORN in text for text in texts_in(tmp_path / "b.duckdb", b""))


def told(rows: list[tuple[object, ...]]) -> str:
    return "\n".join("|".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in row) for row in rows)


def open_texts(database: Path, marker: str) -> set[str]:
    """The published columns, as `table.column`, with a text that comes from an extract and is in no list of codes."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns where data_type = 'VARCHAR'"
        ).fetchall()
        return {
            f"{table}.{column}"
            for schema, table, column in columns
            if connection.execute(f'select count(*) from "{schema}"."{table}" where contains("{column}", ?)', [marker]).fetchall() != [(0,)]
        }


def files_written(folder: Path, since: float) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since]


@pytest.fixture
def canary(golden_home: Path) -> Canary:
    made = Canary(golden_home)
    made.lay_out()
    return made


def test_every_column_of_every_version_of_every_contract_is_planted(canary: Canary) -> None:
    every = {(source, column.name) for source in sources() for version in versions(source) for column in version.columns}
    assert {("hr_assignments", "gender_current"), ("hr_assignments", "contract_type")} <= every
    # Published statistics are about areas, and no council's system writes them.
    unchecked = {(source, name) for source, name in every if source not in SOURCES or source in PUBLISHED_STATISTICS}
    assert every - {(source, name) for source, names in canary.planted.items() for name in names} == unchecked


def test_no_value_is_found_outside_the_restricted_folders(
    canary: Canary, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("foundation", "contracts", "ingestion", "warehouse", "expectations", "reporting"):
        caplog.set_level(logging.DEBUG, logger=name)
    started = time.time() - 1
    run = run_here(workforce_month())
    states = {task.task_id: str(task.state) for task in run.get_task_instances()}
    captured = capfd.readouterr()

    # The run went through all its steps, and the marker was in every place from which it could leak.
    assert states["switch_latest"] == "success", captured.out + captured.err
    assert states["confirm_deliveries"] == "failed"
    for source in (source for source in canary.sources if source not in FEW_ROWS):
        used = [delivery for delivery in canary.deliveries(source) if delivery.period in canary.months(source)]
        assert [delivery.state for delivery in used] == ["accepted"] * len(canary.months(source)), source
        assert all(delivery.rows_accepted and delivery.rows_rejected for delivery in used), source
        held = [delivery for delivery in canary.deliveries(source) if delivery.state == "held"]
        assert len(held) == 8, (source, [(delivery.file, delivery.problems) for delivery in held])
    restricted = [path for name in ("landing", "rejected", "identity") for path in (canary.home / name).rglob("*") if path.is_file()]
    assert any(canary.told_by(text) for path in restricted for text in texts_in(path, path.read_bytes()))

    leaks = [name for name, text in (("stdout", captured.out), ("stderr", captured.err), ("log", caplog.text)) if canary.told_by(text)]
    for path in files_written(canary.home, 0):
        shown = path.relative_to(canary.home)
        if shown.parts[0] not in RESTRICTED and (
            canary.told_by(str(shown)) or any(canary.told_by(text) for text in texts_in(path, path.read_bytes()))
        ):
            leaks.append(str(shown))
    # Birthdays and pay cannot be told from other numbers, and numbers of an older run may be in Airflow's home. The marker cannot.
    for path in files_written(Path(os.environ["AIRFLOW_HOME"]), started):
        if any(canary.marker in text for text in texts_in(path, path.read_bytes())):
            leaks.append(str(path))
    assert leaks == []

    told_of = [captured.out, captured.err, caplog.text]
    told_of += [
        text
        for name in ("ledger", "alerts", "quality")
        for path in files_written(canary.home / name, 0)
        for text in texts_in(path, path.read_bytes())
    ]
    assert not any(canary.open in text for text in told_of), "a value of an open column is in no message"
    published = files_written(canary.home / "published", 0)
    assert not any(canary.named in text for path in published for text in texts_in(path, path.read_bytes())), "no file's name is published"
    assert open_texts(canary.home / "published" / "latest" / "inside" / "workforce.duckdb", canary.open) == PUBLISHED_TEXTS
