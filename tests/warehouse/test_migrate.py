"""An older data root:

everything that would read or write it refuses it. It is migrated without landing again, and then equals a new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from expectations.source_check import check_source
from foundation import ledger
from foundation.layout import FILE, LAYOUT, LayoutError
from ingestion.__main__ import main as ingestion
from ingestion.landing.land import land_source
from ingestion.renewing import migration
from ingestion.renewing.migration import migrate
from ingestion.renewing.rekey import rekey
from warehouse.__main__ import main as warehouse
from warehouse.build import build
from warehouse.ledger import main as print_ledger
from warehouse.publish import stage_publication

KEY = "a key for the tests of this file, and no secret"
COUNCIL = """
id: oldshire
name: Oldshire
la_code: "999"
new_la_code: E10000999
region: East of England
partnership: null
system: a test
first_month: "2024-01"
sources:
  hr_assignments: {owner: HR, delivers: snapshot}
  caseload: {owner: Performance, delivers: snapshot}
  payroll: {owner: Payroll, delivers: events}
"""
STAFF = r"""
source: hr_assignments
file: {pattern: 'staff_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv', format: csv}
columns: {person_id: Emp, assignment_id: Asg, post_id: Post, team_id: Team, job_role: Job, fte: FTE, start_date: Start, end_date: End}
constants: {contract_type: permanent, registered_social_worker: true}
dates: "%d/%m/%Y"
codes: {job_role: {SW: social_worker}}
"""
CASES = r"""
source: caseload
file: {pattern: 'cases.*\.csv', format: csv, period: {column: Month, dates: "%Y-%m"}, only: {Dept: [Children]}}
columns: {person_id: Emp, cases: Cases}
"""
PAY = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Emp, amount: Amount}
constants: {element: basic_pay}
"""
HEADER = "Emp,Asg,Post,Team,Job,FTE,Start,End"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Oldshire, landed: staff of three months, one corrected and one partly rejected, cases of two months in a file, a file that is held."""
    home, config = tmp_path / "home", tmp_path / "config"
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    folder = config / "organisations" / "oldshire"
    (folder / "mappings").mkdir(parents=True)
    (folder / "organisation.yaml").write_text(COUNCIL)
    for source, text in (("hr_assignments", STAFF), ("caseload", CASES), ("payroll", PAY)):
        (folder / "mappings" / f"{source}.yaml").write_text(text)
    for name, header in (
        ("team_changes.csv", "from_date,old_team_id,new_team_id"),
        ("post_grades.csv", "list,job_role,from_date,to_date"),
        ("not_supplied.csv", "source,measure,from_month,to_month,symbol,counts_above"),
    ):
        (folder / name).write_text(header + "\n")
    (config / "courses.csv").write_text("course_id,course_name,required_of,valid_months\n")
    (config / "targets.csv").write_text("organisation_id,indicator_id,definition_id,from_date,by_date,comparison,value,source\n")
    for period in ("2024-07", "2024-08", "2024-09"):
        receive(home, "hr_assignments", f"staff_{period}.csv", HEADER, *staff(), on=9)
    receive(home, "hr_assignments", "staff_2024-09_v2.csv", HEADER, *staff("0.8"), on=10)
    receive(home, "hr_assignments", "staff_2024-08_v2.csv", HEADER, *staff(), "9,9-1,P9,T1,SW,lots,01/04/2019,", on=10)
    receive(home, "caseload", "cases.csv", "Emp,Month,Cases,Dept", "1,2024-07,9,Roads", *cases("2024-08"), *cases("2024-09"), on=10)
    receive(home, "payroll", "pay_2024-09.csv", "Emp,Gross", "1,3000", on=10)
    for source in ("hr_assignments", "caseload", "payroll"):
        land_source("oldshire", source)
    return home


def staff(fte: str = "1") -> list[str]:
    return [f"{number},{number}-1,P{number},T1,SW,{fte if number == 1 else 1},01/04/2019," for number in range(1, 31)]


def cases(month: str) -> list[str]:
    return [f"{number},{month},{number + int(month[-1])},Children" for number in range(1, 4)]


def receive(home: Path, source: str, name: str, *lines: str, on: int) -> None:
    path = home / "inbox" / "oldshire" / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    stamp = 1_728_000_000 + on * 86_400
    os.utime(path, (stamp, stamp))


def as_layout_1(home: Path) -> Path:
    """The data root as it was before there was a layout version:

    deliveries named by the hash of their file, and an original for each delivery.
    """
    (home / FILE).unlink()
    for folder in (home / "ledger").glob("*/*"):
        shutil.rmtree(folder / "files")
        source, council = folder.parent.name, folder.name
        originals = {path.name.partition("__")[0]: path for path in (home / "landing" / source / council).iterdir()}
        for path in folder.glob("*.json"):
            entry = json.loads(path.read_bytes())
            new, old = entry["delivery_id"], f"{entry['period'] or 'no-month'}-{entry['sha256'][:12]}"
            for key in ("rows_hash", "of_several", "came_again"):
                del entry[key]
            path.unlink()
            text = json.dumps(entry | {"delivery_id": old}).replace(new, old)
            (folder / f"{old}.json").write_text(text)
            for kept in [*home.glob(f"*/{source}/**/{new}.parquet"), *home.glob(f"raw/*/**/{source}__{new}.parquet")]:
                rows = pl.read_parquet(kept)
                if "delivery_id" in rows.columns:
                    rows = rows.with_columns(delivery_id=pl.lit(old))
                kept.unlink()
                rows.write_parquet(kept.with_name(kept.name.replace(new, old)))
            original = originals[entry["sha256"][:12]]
            shutil.copy2(original, original.with_name(f"{old}__{entry['file']}"))
        for original in originals.values():
            original.unlink()
    return home


def contents(home: Path, *folders: str) -> dict[str, bytes]:
    """The files of some folders of the data root, or of all but the inbox, without the ledger's times and locks."""
    found = {}
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home)
        if path.is_file() and path.name != ".lock" and place.parts[0] != "inbox" and (not folders or place.parts[0] in folders):
            found[place.as_posix()] = path.read_bytes()
    return found


def marts(home: Path) -> dict[str, list[tuple[object, ...]]]:
    build(with_tests=False)
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        names = [row[0] for row in built.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()]
        return {name: built.execute(f"select * from marts.{name} order by all").fetchall() for name in names}


@pytest.mark.wide
def test_an_older_root_is_brought_along_without_landing_again_and_gives_the_same_marts(home: Path) -> None:
    before = marts(home)
    shutil.rmtree(home / "build")
    old = as_layout_1(home)
    raw = contents(old, "raw", "identity", "rejected")
    states = {path.name: json.loads(path.read_bytes())["states"] for path in old.glob("ledger/*/*/*.json")}
    done = migrate()
    assert done is not None
    assert done.unread == {}
    assert contents(home, "raw", "identity", "rejected") == raw
    assert {path.name: json.loads(path.read_bytes())["states"] for path in home.glob("ledger/*/*/*.json")} == states
    ids = {delivery.delivery_id for delivery in ledger.deliveries()}
    after = marts(home)
    assert before.keys() == after.keys()
    renamed = {
        delivery.delivery_id: f"{delivery.period}-{delivery.rows_hash[:12]}" for delivery in ledger.deliveries() if delivery.rows_hash
    }
    assert {name: sorted(told(rows, renamed)) for name, rows in after.items()} == {
        name: sorted(told(rows, {})) for name, rows in before.items()
    }
    # The originals are kept once, and nothing that came before lands again.
    assert len(list(home.glob("landing/caseload/oldshire/*"))) == 1
    reports = [land_source("oldshire", source) for source in ("hr_assignments", "caseload")]
    assert [(report.landed, report.already_known, report.failed) for report in reports] == [(0, 5, False), (0, 2, False)]
    assert {delivery.delivery_id for delivery in ledger.deliveries()} == ids


def told(rows: list[tuple[object, ...]], renamed: dict[str, str]) -> list[str]:
    """Rows as texts, with deliveries by the names that they would have if they landed today."""
    texts = [repr(row) for row in rows]
    for old, new in renamed.items():
        texts = [text.replace(old, new) for text in texts]
    return texts


def test_the_same_rows_in_a_longer_export_are_known_to_a_root_that_was_brought_along(home: Path) -> None:
    as_layout_1(home)
    migrate()
    for path in (home / "inbox").rglob("*.csv"):
        path.unlink()
    longer = [*cases("2024-10"), *cases("2024-09"), *cases("2024-08")]
    receive(home, "caseload", "cases_2.csv", "Emp,Month,Cases,Dept", *longer, on=45)
    report = land_source("oldshire", "caseload")
    assert (report.landed, report.already_known) == (1, 2)


def test_migrating_twice_does_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_layout_1(home)
    assert warehouse(["migrate"]) == 0
    first = contents(home)
    assert warehouse(["migrate"]) == 0
    assert contents(home) == first
    assert "already has the layout of this code. Nothing was changed" in capsys.readouterr().out


def test_a_migration_that_was_killed_is_finished_by_the_next(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in home.glob("*/hr_assignments"):
        shutil.rmtree(folder)  # a file of several months, and a file that is held, together have every kind of step
    old = shutil.copytree(as_layout_1(home), tmp_path / "old")
    migrate()
    expected = contents(home)
    steps = 0
    really = {"replace": Path.replace, "unlink": Path.unlink}
    while True:
        steps += 1
        shutil.rmtree(home)
        shutil.copytree(old, home)
        left = steps

        def counted(name: str) -> Callable[..., object]:
            def step(*arguments: object, **named: object) -> object:
                nonlocal left
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
                return really[name](*arguments, **named)  # type: ignore[operator]

            return step

        with monkeypatch.context() as patch:
            for name in really:
                patch.setattr(Path, name, counted(name))
            try:
                migrate()
                ended = True
            except KeyboardInterrupt:
                ended = False
        if ended:
            break
        with pytest.raises(LayoutError, match="migrate"):
            land_source("oldshire", "payroll")
        for part in home.rglob("*.part"):
            part.unlink()
        migrate()
        assert contents(home) == expected, f"killed before step {steps}"
    assert steps > 8


def refusals() -> dict[str, Callable[[], object]]:
    return {
        "land": lambda: land_source("oldshire", "payroll"),
        "check": lambda: check_source("oldshire", "payroll"),
        "build": build,
        "publish": stage_publication,
        "ledger": ledger.deliveries,
        "rekey": lambda: rekey(KEY.encode(), (KEY + "2").encode()),
    }


@pytest.mark.parametrize("name", list(refusals()))
def test_whatever_reads_or_writes_an_older_root_says_what_to_type(home: Path, name: str) -> None:
    as_layout_1(home)
    before = contents(home)
    with pytest.raises(LayoutError, match=r"older layout 1\. Update it first: python -m warehouse migrate$"):
        refusals()[name]()
    assert contents(home) == before


def test_commands_on_an_older_root_end_with_that_sentence_and_no_traceback(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dags.progress import run_month
    from dags.workforce_month import month
    from expectations.__main__ import main as expectations

    as_layout_1(home)
    commands: list[Callable[[], int]] = [
        lambda: ingestion(["land"]),
        lambda: warehouse(["build"]),
        lambda: print_ledger([]),
        lambda: expectations(["source", "--organisation", "oldshire", "--source", "payroll"]),
        lambda: expectations(["marts"]),
        lambda: run_month(month),
    ]
    for command in commands:
        assert command() == 2
        said = "".join(capsys.readouterr())
        assert "python -m warehouse migrate" in said
        assert len(said.strip().splitlines()) == 1


def test_a_root_that_is_newer_than_the_code_is_refused(home: Path) -> None:
    (home / FILE).write_text(json.dumps({"layout": LAYOUT + 1}))
    for command in (ledger.deliveries, migrate):
        with pytest.raises(LayoutError, match=rf"has the layout {LAYOUT + 1}, which is newer than this code"):
            command()
    (home / FILE).write_text("{")
    with pytest.raises(LayoutError, match=r"layout\.json: the layout of the data root cannot be read"):
        ledger.deliveries()


def test_what_can_no_longer_be_read_stays_as_it_is_and_is_said(home: Path) -> None:
    as_layout_1(home)
    shutil.rmtree(home / "landing" / "caseload")
    done = migrate()
    assert done is not None
    assert done.unread == {"the original is no longer there": 2}
    assert "the rows of 2 could not be told" in "\n".join(done.lines())
    assert land_source("oldshire", "caseload").landed == 0, "the file itself is known all the same"


def test_numbers_of_rejected_rows_that_an_older_version_did_not_keep_are_said(home: Path) -> None:
    as_layout_1(home)
    shutil.rmtree(home / "raw" / "rejected_key")
    done = migrate()
    assert done is not None and done.without_numbers == 1
    assert "1 have rejected rows whose numbers were not kept" in "\n".join(done.lines())
    land_source("oldshire", "hr_assignments", again=True)
    assert len(list((home / "raw" / "rejected_key").rglob("*.parquet"))) == 1


def test_migration_reads_each_original_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_layout_1(home)
    reads: list[str] = []
    really = migration.MonthsReader.months

    def months(self: migration.MonthsReader, extract: object, content: bytes) -> object:
        reads.append(str(extract))
        return really(self, extract, content)  # type: ignore[arg-type]

    monkeypatch.setattr(migration.MonthsReader, "months", months)
    migrate()
    assert len(reads) == len(set(reads)) == 7
