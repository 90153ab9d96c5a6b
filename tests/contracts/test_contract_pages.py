"""Each contract as a page that HR can read and a workbook that comes back filled in. What dbt reads is current."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
import yaml

from contracts import Column, contract, sources
from contracts.contract_pages import page_of, write_contracts
from contracts.contract_workbook import ROWS, asked
from contracts.dbt_sources import SOURCES_FILE, sources_yaml, write_sources
from contracts.raw_tables import tables
from foundation.configuration import organisations
from foundation.storage import REPOSITORY, Storage
from ingestion.__main__ import main
from ingestion.mapping import read_mapping
from tests.ingestion.testshire import SendingCouncil
from warehouse.inputs import write_inputs

CONFIG = REPOSITORY / "config"
ENGINEERS_WORDS = r"\b(varchar|decimal|boolean|regexp|null|HMAC|parquet|schema|yaml)\b"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pages and workbooks."""
    folder = tmp_path_factory.mktemp("contracts")
    write_contracts(folder)
    return folder


def test_every_contract_has_a_page_a_workbook_and_its_mapping_and_the_index_names_them(written: Path) -> None:
    expected = {f"{source}{ending}" for source in sources() for ending in (".html", ".xlsx", ".mapping.yaml")}
    assert {path.name for path in written.iterdir()} == expected | {"index.html"}
    index = (written / "index.html").read_text()
    assert all(f'href="{source}.html"' in index and f'href="{source}.xlsx"' in index for source in sources())


def test_the_same_contracts_give_the_same_files_byte_for_byte(written: Path, tmp_path: Path) -> None:
    for path in write_contracts(tmp_path):
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name


@pytest.mark.parametrize("source", sources())
def test_a_page_has_every_column_rule_code_and_the_owner_in_plain_words(source: str) -> None:
    shown = contract(source)
    page = page_of(shown)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", page)))
    text = text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    assert shown.about.owner in text
    for column in shown.columns:
        assert column.title in text
        assert column.description in text
        assert all(code.label in text for code in column.labelled_codes)
    for rule in shown.rules:
        assert rule.says in text
        assert rule.fix in text
    assert not re.search(ENGINEERS_WORDS, text)


@pytest.mark.parametrize("source", sources())
def test_a_page_has_no_script_and_asks_nothing_of_another_server(source: str) -> None:
    page = page_of(contract(source))
    assert "<script" not in page
    assert not re.search(r"https?://|src=|@import", page)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_what_is_not_settled_is_said_on_the_page() -> None:
    assert "Whether the census switched from GenderCurrent to Sex" in page_of(contract("hr_assignments"))


def test_a_page_tells_what_each_version_changed() -> None:
    page = page_of(contract("hr_assignments"))
    assert "No longer asked: Qualification institution, Knowledge and skills status." in page
    assert "Until September 2023" in page


def test_the_command_writes_pages_workbooks_and_what_dbt_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.__main__.write_sources", lambda: write_sources(tmp_path / "sources.yml"))
    assert main(["contracts", "--out", str(tmp_path / "out")]) == 0
    assert f"{len(sources())} contracts" in capsys.readouterr().out
    assert (tmp_path / "out" / "index.html").exists()
    assert (tmp_path / "sources.yml").read_text() == sources_yaml()


def test_what_dbt_reads_of_the_contracts_is_current() -> None:
    assert SOURCES_FILE.read_text(encoding="utf-8") == sources_yaml(), "run `python -m ingestion contracts`"


def test_dbt_is_told_of_every_table_and_column_of_raw_with_a_description(tmp_path: Path) -> None:
    connection = duckdb.connect()
    write_inputs(connection, Storage(tmp_path), CONFIG, organisations(CONFIG))
    made: dict[str, dict[str, str]] = {}
    query = "select table_name, column_name, data_type from information_schema.columns where table_schema = 'raw' order by ordinal_position"
    for table, column, kind in connection.execute(query).fetchall():
        made.setdefault(table, {})[column] = kind
    made.pop("config_target_written")
    assert made == {table: dict(columns) for table, columns in tables().items()}
    (raw,) = yaml.safe_load(sources_yaml())["sources"]
    assert {table["name"]: [column["name"] for column in table["columns"]] for table in raw["tables"]} == {
        table: list(columns) for table, columns in tables().items()
    }
    assert all(column["description"] for table in raw["tables"] for column in table["columns"])


@pytest.mark.parametrize("source", sources())
def test_the_mapping_of_a_workbook_fits_its_contract(written: Path, source: str) -> None:
    mapping = read_mapping(written / f"{source}.mapping.yaml", contract(source))
    assert set(mapping.columns) == {column.name for column in asked(contract(source))}
    assert mapping.pattern.fullmatch(f"{source}_2025-09.xlsx")


@pytest.mark.parametrize("source", sources())
def test_a_workbook_has_a_list_for_each_coded_column_and_no_column_for_names(written: Path, source: str) -> None:
    with zipfile.ZipFile(written / f"{source}.xlsx") as book:
        rows, texts = book.read("xl/worksheets/sheet2.xml").decode(), book.read("xl/sharedStrings.xml").decode()
    coded = [column for column in contract(source).columns if column.codes]
    assert rows.count("<formula1>Lists!") == len(coded)
    for column in contract(source).columns:
        assert (f">{column.title}<" in texts) == (column.privacy != "drop")


def typed(value: object) -> object:
    """The same value as somebody types it, who chooses nothing from a list and does not let Excel convert it."""
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return value if value is None or isinstance(value, bool) else str(value).lower()


def filled_in(source: str, by_hand: bool = False) -> bytes:
    """A workbook as it comes back: the headings of the empty one, and a row in which each column has a value of its kind."""
    headings = [column.title for column in asked(contract(source))]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("Instructions").write_string(0, 0, "Read me")
        sheet = book.add_worksheet(ROWS)
        sheet.write_row(0, 0, headings)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, column in enumerate(asked(contract(source))):
            value = typed(good_value(source, column)) if by_hand else good_value(source, column)
            if isinstance(value, date):
                sheet.write_datetime(1, at, value, day)
            elif value is not None:
                sheet.write(1, at, value)
    return content.getvalue()


# Used if the first value of a kind would break a rule of the row or its column.
CHOSEN: dict[str, object] = {
    "agency_worker_id": None,
    "unallocated_in_team": None,
    "fte": 0.6,
    "paid_fte": 0.6,
    "standard_hours": 37,
    "time_period": 2025,
    "year": 2021,
    "parent_unit_id": "U0",
    "cost_share_percent": 50,
    "approvers_count": 2,
    "answer": 4,
}


def good_value(source: str, column: Column) -> object:
    """A value as somebody types or chooses it in Excel."""
    if source == "comparators" and column.description.endswith("or a symbol."):
        return "low"
    if column.codes:
        return column.labelled_codes[0].label
    if column.name in CHOSEN:
        return CHOSEN[column.name]
    kinds = {"string": "00123", "date": date(2024, 9, 2), "boolean": "Yes", "integer": 1, "number": 1.5}
    return kinds[column.logical_type]


@pytest.mark.parametrize(("source", "by_hand"), [*((source, False) for source in sources()), ("hr_assignments", True), ("training", True)])
def test_a_workbook_that_comes_back_filled_in_is_accepted(council: SendingCouncil, written: Path, source: str, by_hand: bool) -> None:
    mapping = written / f"{source}.mapping.yaml"
    folder = council.config / "organisations" / council.council
    (folder / "organisation.yaml").write_text(
        (folder / "organisation.yaml").read_text().partition("sources:")[0] + f"sources: {{{source}: {{owner: HR, delivers: snapshot}}}}\n"
    )
    council.mapping(source, mapping.read_text())
    council.receive(source, f"{source}_2024-10.xlsx", filled_in(source, by_hand), on="2024-11-12T06:00")
    report = council.land(source)
    rejected = council.home / "rejected" / source / council.council
    told = council.rejected(source)["message"].to_list() if list(rejected.glob("*.parquet")) else []
    assert (report.landed, report.rows_accepted, told) == (1, 1, [])
    if "person_key" in council.raw(source, "2024-10").columns:
        assert "00123" not in council.raw(source, "2024-10")["person_key"].to_list()
