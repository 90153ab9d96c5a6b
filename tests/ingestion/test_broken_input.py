"""Damaged and hostile files end in a clear refusal, soon and in little memory, and change nothing outside the data root."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.conforming.month_judgement import judge
from ingestion.landing import months_of_file
from ingestion.reading import delivery_parts, size_limits
from ingestion.reading.extract_table import Table, read
from ingestion.refusal import FileRefused
from tests.ingestion.dress import HEADER, Rows, caseload, ods, parquet, separated, workbook, zipped
from tests.ingestion.old_books import XLS
from tests.ingestion.testshire import STAFF_HEADER, SendingCouncil, staff_row

ROWS: Rows = [HEADER, *([str(at), None, "12"] for at in range(50))]
MEBIBYTE = 1 << 20
PROCESS = Path("/proc/self")


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Every refusal of this file takes less than ten seconds, and at most a gibibyte more memory than was in use before."""
    if PROCESS.exists():
        # Resets the peak of the process (proc(5)). Otherwise no test after one that needed much memory could fail.
        (PROCESS / "clear_refs").write_text("5")
    start, before = time.perf_counter(), memory("VmRSS")
    yield
    assert time.perf_counter() - start < 10
    assert memory("VmHWM") - before < MEBIBYTE


def memory(which: str) -> int:
    """Memory of this process in KiB: in use now (VmRSS), or at its peak (VmHWM). 0 if the system does not say, as on a Mac."""
    lines = (PROCESS / "status").read_text().splitlines() if PROCESS.exists() else [f"{which}: 0"]
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:"))


def refused(content: bytes, folder: Path, file: str = "format: csv") -> str:
    with pytest.raises(FileRefused) as error:
        read(content, caseload(folder, file)).whole()
    return str(error.value)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("form", ["csv", "xlsx", "ods", "parquet"])
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, form: str, share: float) -> None:
    whole = {"csv": zipped({"x.csv": separated(ROWS)}), "xlsx": workbook(ROWS), "ods": ods(ROWS), "parquet": parquet(ROWS)}[form]
    says = refused(whole[: int(len(whole) * share)], tmp_path, f"format: {form}")
    assert "damaged" in says


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_with_bytes_changed_inside_is_refused(tmp_path: Path, form: str) -> None:
    whole = bytearray({"xlsx": workbook(ROWS), "ods": ods(ROWS)}[form])
    place = whole.index(b"PK\x03\x04", 200) + 120
    whole[place : place + 40] = b"\xff" * 40
    assert "damaged" in refused(bytes(whole), tmp_path, f"format: {form}")


def bomb(name: str = "x.csv", size: int = 200 * MEBIBYTE) -> bytes:
    """A ZIP of a few hundred kilobytes whose member is very large."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(size // MEBIBYTE):
            member.write(b"0" * MEBIBYTE)
    return written.getvalue()


def test_a_zip_that_unpacks_to_very_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    says = refused(bomb(), tmp_path)
    assert "the ZIP file would unpack to 200 MB, " in says
    assert "times its size" in says


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = bytearray(bomb())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    assert "damaged" in refused(bytes(content), tmp_path)


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO(workbook(ROWS))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"0" * (200 * MEBIBYTE))
    assert "the workbook would unpack to 200 MB" in refused(content.getvalue(), tmp_path, "format: xlsx")


def test_a_zip_with_very_many_members_is_refused(tmp_path: Path) -> None:
    assert "holds 300 files, expected at most 200" in refused(zipped({f"{at}.csv": "x" for at in range(300)}), tmp_path)


def test_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    assert "the ZIP file holds a ZIP file" in refused(zipped({"x.csv": zipped({"y.csv": separated(ROWS)})}), tmp_path)


@pytest.mark.parametrize("name", ["../../escaped.csv", "/tmp/escaped.csv", "a/../../escaped.csv", "..\\escaped.csv", "C:\\escaped.csv"])
def test_a_path_outside_the_zip_is_refused_and_nothing_is_written(council: SendingCouncil, name: str) -> None:
    council.mapping(
        "caseload", "source: caseload\nfile: {pattern: '(?P<period>\\d{4}-\\d\\d)\\.zip', format: csv}\ncolumns: {cases: Cases}\n"
    )
    council.receive("caseload", "2024-09.zip", zipped({name: separated(ROWS)}))
    before = set(council.home.parent.rglob("*"))
    (only,) = council.land("caseload").problems
    assert "the ZIP file names a path outside itself" in only.message
    written = set(council.home.parent.rglob("*")) - before
    assert all(path.is_relative_to(council.home) for path in written)
    assert not any("escaped" in path.name for path in written)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("x.csv")
    link.external_attr = 0o120777 << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "names a path outside itself" in refused(written.getvalue(), tmp_path)


def edited(content: bytes, part: str, edit: Callable[[bytes], bytes]) -> bytes:
    """The workbook with a part changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {member.filename: old.read(member) for member in old.infolist()}
    return zipped(members | {part: edit(members[part])})


def with_entity(content: bytes, part: str, declaration: bytes) -> bytes:
    """The workbook with an XML declaration put into a part."""

    def declare(text: bytes) -> bytes:
        return text.replace(b"?>", b"?>" + declaration, 1) if b"?>" in text else declaration + text

    return edited(content, part, declare)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
@pytest.mark.parametrize(("form", "part"), [("xlsx", "xl/sharedStrings.xml"), ("xlsx", "xl/workbook.xml"), ("ods", "content.xml")])
def test_a_workbook_with_xml_entities_is_refused(tmp_path: Path, form: str, part: str, declaration: bytes) -> None:
    content = with_entity({"xlsx": workbook(ROWS), "ods": ods(ROWS)}[form], part, declaration)
    assert "declares XML entities" in refused(content, tmp_path, f"format: {form}")


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1048576", "Z1048576"])
def test_a_workbook_with_a_cell_far_outside_its_table_is_refused(tmp_path: Path, cell: str) -> None:
    row = f'<row r="1048576"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    content = edited(workbook(ROWS), "xl/worksheets/sheet1.xml", lambda text: text.replace(b"</sheetData>", row))
    says = refused(content, tmp_path, "format: xlsx")
    assert "takes far more memory or time than one of its size: perhaps a cell far outside the table is filled" in says


def test_a_workbook_that_repeats_a_cell_over_the_whole_sheet_is_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="1048570">{cell}</table:table-row></table:table>'.encode()
    content = edited(ods(ROWS), "content.xml", lambda text: text.replace(b"</table:table>", rows))
    assert "the workbook" in refused(content, tmp_path, "format: ods")


def test_a_workbook_is_read_after_one_that_ended_its_reader(tmp_path: Path) -> None:
    mapping = caseload(tmp_path, "format: xls")
    for place in range(0x200, len(XLS), len(XLS) // 12):
        with suppress(FileRefused):
            read(XLS[:place] + b"\xff" * 12 + XLS[place + 12 :], mapping).whole()
    assert read(XLS, mapping).whole().rows.height


def test_a_workbook_without_a_sheet_is_refused(tmp_path: Path) -> None:
    content = edited(workbook(ROWS), "xl/workbook.xml", lambda text: re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", text))
    assert "the workbook has no sheet with cells" in refused(content, tmp_path, "format: xlsx")


def test_a_table_of_a_million_columns_is_refused(tmp_path: Path) -> None:
    says = refused(b"Worker,Agency Ref,Cases" + b"," * 1_000_000, tmp_path)
    assert "the table has 1,000,003 columns, expected at most 2,000" in says
    names = "".join(f'{{"{at}": 1}}\n' for at in range(3000))
    assert "the table has 2,001 columns" in refused(names.encode(), tmp_path, "format: jsonl")


def test_a_refusal_lists_the_headers_that_are_known_and_counts_the_others(tmp_path: Path) -> None:
    says = refused(("Worker,Agency Ref," + ",".join(f"h{at}" for at in range(1000)) + "\n1,2\n").encode(), tmp_path)
    assert "The header in row 1 has 'Worker', 'Agency Ref', 1,000 that are not known" in says


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_a_parquet_file_of_one_long_text_in_very_many_rows_is_refused(tmp_path: Path, kind: pa.DataType) -> None:
    long = pa.DictionaryArray.from_arrays(pa.nulls(2_000_000, pa.int32()).fill_null(0), pa.array([b"x" * 1000], kind))
    table = pa.table({"Worker": long, "Agency Ref": pa.nulls(2_000_000, pa.string()), "Cases": pa.nulls(2_000_000, pa.int8())})
    written = io.BytesIO()
    pq.write_table(table, written, store_schema=False)
    assert "the Parquet file would unpack to 1,9" in refused(written.getvalue(), tmp_path, "format: parquet")


@pytest.mark.parametrize("cases", [pa.array([2**31 - 1], pa.date32()), pa.array([Decimal(3)], pa.decimal256(60, 2))])
def test_a_parquet_file_of_values_that_the_reader_fails_at_is_refused(tmp_path: Path, cases: pa.Array) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"Worker": ["1"], "Agency Ref": [None], "Cases": cases}), written)
    assert "or holds values of a kind that is not read" in refused(written.getvalue(), tmp_path, "format: parquet")


def test_a_parquet_column_of_lists_is_refused_where_it_is_wanted(tmp_path: Path) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"Worker": ["1"], "Agency Ref": ["a"], "Cases": [[3]], "Others": [[1, 2]]}), written)
    assert "column C (3) holds lists or records" in refused(written.getvalue(), tmp_path, "format: parquet")
    table = read(written.getvalue(), caseload(tmp_path, "format: parquet", "{person_id: Worker, cases: Agency Ref}"))
    assert table.whole().rows.height == 1


def test_half_a_character_in_json_is_no_row(tmp_path: Path) -> None:
    text = '{"Worker": "\\ud800x", "Agency Ref": null, "Cases": 3}\n{"Worker": "\\ud83d\\ude00", "Agency Ref": null, "Cases": 3}\n'
    block = read(text.encode(), caseload(tmp_path, "format: jsonl")).whole()
    assert [misfit.row for misfit in block.misfits] == [1]
    assert block.rows["Worker"].to_list() == ["\U0001f600"]


def test_a_name_that_cannot_be_kept_or_written_is_a_problem_of_its_file_alone(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row())
    council.staff(f"staff_2024-09_v{'1' * 220}.csv", staff_row())
    inbox = os.fsencode(council.home / "inbox" / "testshire" / "hr_assignments")
    Path(os.fsdecode(inbox + b"/staff_2024-08\xff.csv")).write_text("x")
    report = council.land()
    assert [(problem.code, problem.severity) for problem in report.problems] == [("unsafe_name", "held")] * 2
    assert [problem for problem in report.problems if not problem.message.isprintable()] == []
    assert report.landed == 1


def test_what_nobody_foresaw_of_a_file_is_a_problem_of_that_file_alone(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    council.staff("staff_2024-08.csv", staff_row(name="Person 004217"), on="2024-09-12T06:00")
    council.staff("staff_2024-09.csv", staff_row())

    def fails_at_august(table: Table, *others: object) -> object:
        if others[3] == "2024-08":
            raise KeyError(str(table.whole().rows.rows()))
        return judge(table, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(months_of_file, "judge", fails_at_august)
    report = council.land()
    (only,) = report.problems
    assert (only.code, only.severity, only.file) == ("unforeseen", "held", "staff_2024-08.csv")
    assert "stopped the reading (KeyError)" in only.message
    assert report.landed == 1
    assert "fails_at_august" in caplog.text
    assert "Person 004217" not in caplog.text + only.message


@pytest.mark.parametrize("form", ["csv", "csv, encoding: utf-16", "jsonl"])
def test_a_line_that_never_ends_is_refused(tmp_path: Path, form: str) -> None:
    text = b'{"Worker": 1}\n' * 3 if form == "jsonl" else separated(ROWS[:3]).encode("utf-16" if "16" in form else "utf-8")
    says = refused(text + b"x," * (200 * MEBIBYTE), tmp_path, f"format: {form}")
    assert "row 4 is longer than 1,048,576 bytes, so that the file is no table" in says


def test_a_file_that_begins_with_a_line_that_never_ends_is_refused_after_its_first_bytes(council: SendingCouncil) -> None:
    path = council.staff("staff_2024-09.csv", staff_row())
    os.truncate(path, 790 * MEBIBYTE)
    started = time.process_time()
    (only,) = council.land().problems
    assert (only.code, only.severity, only.row) == ("unreadable_file", "held", 3)
    assert time.process_time() - started < 1
    assert not list((council.home / "landing").rglob("*.csv"))


def test_a_line_of_two_gigabytes_is_not_even_read(council: SendingCouncil) -> None:
    path = council.staff("staff_2024-09.csv", staff_row())
    os.truncate(path, 2 << 30)
    (only,) = council.land().problems
    assert (only.code, only.severity) == ("too_large", "held")
    assert list((council.home / "landing").rglob("*.csv")) == []


def test_a_file_of_rows_that_do_not_fit_its_header_is_refused(tmp_path: Path) -> None:
    says = refused(b"Worker,Agency Ref,Cases\n1,,2\n" + b"1,2\n" * 2_000_000, tmp_path)
    assert "more than 100,000 rows have more or fewer fields than the header, the first is row 3. Check `file.delimiter`" in says


def test_an_open_quotation_mark_over_a_large_file_is_refused(tmp_path: Path) -> None:
    assert "a quotation mark opened in row 2 is not closed" in refused(b'Worker,Agency Ref,Cases\n"' + b"1,,2\n" * 500_000, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_nul_bytes_are_refused_with_their_row(tmp_path: Path, encoding: str) -> None:
    text = "Worker,Agency Ref,Cases\n1,,2\n2,\x00,3\n"
    says = refused(text.encode(encoding), tmp_path, f"format: csv, encoding: {encoding}")
    assert ("NUL byte in row 3" in says) or ("NUL characters when it is read as utf-16" in says)


def test_a_file_too_large_to_be_an_extract_is_not_even_copied(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (size_limits, delivery_parts):
        monkeypatch.setattr(module, "LARGEST_FILE", 1000)
    council.staff("staff_2024-09.csv", "x" * 2000)
    (only,) = council.land().problems
    assert (only.code, only.severity) == ("too_large", "held")
    assert not (council.home / "landing/hr_assignments/testshire").exists() or not list((council.home / "landing").rglob("*.csv"))


def test_random_bytes_of_every_format_are_refused(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 40
    starts = {
        "csv": b"",
        "tsv": b"",
        "jsonl": b"",
        "xlsx": b"PK\x03\x04",
        "ods": b"PK\x03\x04",
        "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "parquet": b"PAR1",
    }
    for form, start in starts.items():
        assert refused(start + noise, tmp_path, f"format: {form}")


def test_a_parquet_file_with_a_broken_middle_is_refused(tmp_path: Path) -> None:
    content = bytearray(parquet(ROWS))
    content[10:80] = b"\xff" * 70
    assert "the Parquet file is damaged" in refused(bytes(content), tmp_path, "format: parquet")


def test_a_link_in_the_inbox_is_not_followed(council: SendingCouncil, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "staff_2024-09.csv").write_text("\n".join([STAFF_HEADER, staff_row()]))
    inbox = council.home / "inbox" / "testshire" / "hr_assignments"
    inbox.mkdir(parents=True)
    (inbox / "staff_2024-09.csv").symlink_to(outside / "staff_2024-09.csv")
    (inbox / "staff_2024-10.csv").symlink_to(outside)
    (inbox / "staff_2024-11.csv").symlink_to(inbox / "nowhere.csv")
    report = council.land()
    assert [(problem.code, problem.severity) for problem in report.problems] == [("unknown_file", "held")] * 3
    assert report.rows_read == 0
    assert not list((council.home / "landing").rglob("*.csv"))
