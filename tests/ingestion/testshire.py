"""A small council whose inbox and configuration are in a test's own folder, with a mapping and rows to vary."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from foundation import ledger
from foundation.ledger import Delivery
from ingestion.landing.land import land_source
from ingestion.landing.landing_report import SourceReport

KEY = "a key for the tests of this folder, not a secret"
ORGANISATION = """
id: {council}
name: Testshire County Council
la_code: "999"
new_la_code: "E10000999"
region: East of England
partnership: null
system: a test
first_month: "2024-01"
sources:
  hr_assignments: {{owner: HR systems, delivers: {hr}}}
  establishment: {{owner: Finance, delivers: snapshot}}
  agency: {{owner: Agency desk, delivers: snapshot}}
  absence: {{owner: HR, delivers: events}}
  caseload: {{owner: Performance, delivers: snapshot}}
  training: {{owner: Learning, delivers: events}}
  survey: {{owner: Principal Social Worker, delivers: events}}
  payroll: {{owner: Payroll, delivers: events}}
"""
STAFF_MAPPING = r"""
source: hr_assignments
file: {pattern: 'staff_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv', format: csv, encoding: utf-8}
columns: {person_id: Employee, assignment_id: Assignment, name: Name, date_of_birth: Born, swe_number: SWE, post_id: Post,
  team_id: Team, job_role: Job, registered_social_worker: Registered, contract_type: Contract, fte: FTE, start_date: Start,
  end_date: End}
dates: "%d/%m/%Y"
codes: {job_role: {SW: social_worker, TM: team_manager}, contract_type: {PERM: permanent, FTC: fixed_term, CAS: casual}}
yes: [Y]
no: [N]
ignore: [Location]
"""
# A mapping in which a new job title holds the file from three rows on, and a new contract type from two.
TOLERANT = STAFF_MAPPING + "new_codes_hold_from: {job_role: 3, contract_type: 2}\n"
STAFF_HEADER = "Employee,Assignment,Name,Born,SWE,Post,Team,Job,Registered,Contract,FTE,Start,End"


def staff_row(employee: str = "00123", assignment: str = "00123-1", **other: str) -> str:
    """A good row of a staff extract; any field may be given another text."""
    fields = {
        "employee": employee,
        "assignment": assignment,
        "name": "Person 004217",
        "born": "30/09/1984",
        "swe": "SW12345",
        "post": "P1",
        "team": "T1",
        "job": "SW",
        "registered": "Y",
        "contract": "PERM",
        "fte": "0.6",
        "start": "01/04/2020",
        "end": "",
    }
    return ",".join((fields | other).values())


@dataclass
class SendingCouncil:
    """A council of a test: write its mappings and extracts, land them, and look at the results."""

    home: Path
    config: Path
    council: str = "testshire"
    hr: str = "snapshot"

    def configure(self) -> SendingCouncil:
        folder = self.config / "organisations" / self.council
        (folder / "mappings").mkdir(parents=True, exist_ok=True)
        (folder / "organisation.yaml").write_text(ORGANISATION.format(council=self.council, hr=self.hr))
        return self

    def arrives(self, written: str, source: str = "hr_assignments") -> None:
        """Write into organisation.yaml where a source's extracts arrive."""
        path = self.config / "organisations" / self.council / "organisation.yaml"
        text = path.read_text()
        setting = next(line for line in text.splitlines() if line.startswith(f"  {source}:"))
        plain = re.sub(r", arrives: .*", "}", setting)
        path.write_text(text.replace(setting, f"{plain.removesuffix('}')}, arrives: {written}}}"))

    def mapping(self, source: str, text: str) -> Path:
        path = self.config / "organisations" / self.council / "mappings" / f"{source}.yaml"
        path.write_text(text)
        return path

    def receive(self, source: str, name: str, content: str | bytes, on: str = "2024-10-12T06:00") -> Path:
        """Put a file into the inbox as if it had come at that time (UTC)."""
        path = self.home / "inbox" / self.council / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        stamp = datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp()
        os.utime(path, (stamp, stamp))
        return path

    def staff(self, name: str, *rows: str, on: str = "2024-10-12T06:00", header: str = STAFF_HEADER) -> Path:
        return self.receive("hr_assignments", name, "\n".join([header, *rows]) + "\n", on)

    def land(self, source: str = "hr_assignments", again: bool = False) -> SourceReport:
        return land_source(self.council, source, again)

    def deliveries(self, source: str = "hr_assignments") -> list[Delivery]:
        return ledger.deliveries(self.council, source)

    def raw(self, source: str = "hr_assignments", period: str = "2024-09") -> pl.DataFrame:
        return pl.read_parquet(self.home / "raw" / source / f"organisation={self.council}" / f"period={period}" / "*.parquet")

    def rejected(self, source: str = "hr_assignments") -> pl.DataFrame:
        return pl.read_parquet(self.home / "rejected" / source / self.council / "*.parquet")

    def identity(self) -> pl.DataFrame:
        return pl.read_parquet(self.home / "identity" / "hr_assignments" / f"organisation={self.council}" / "*.parquet")
