"""Broken and hostile files end in a clear refusal, soon and in little memory, and touch nothing outside the data root."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dress import HEADER, Rows, caseload, ods, parquet, separated, workbook, zipped
from testshire import STAFF_HEADER, Council, staff_row

from ingestion import parts
from ingestion.read import read
from ingestion.reading import limits
from ingestion.refusal import FileRefused

ROWS: Rows = [HEADER, *([str(at), None, "12"] for at in range(50))]
MEBIBYTE = 1 << 20
PROCESS = Path("/proc/self")


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Every refusal of this file takes less than ten seconds, and never a gibibyte more memory than was in use before."""
    if PROCESS.exists():
        # Forgets the peak of the process until now (proc(5)): else no test after one that needed much could fail.
        (PROCESS / "clear_refs").write_text("5")
    start, before = time.perf_counter(), memory("VmRSS")
    yield
    assert time.perf_counter() - start < 10
    assert memory("VmHWM") - before < MEBIBYTE


def memory(which: str) -> int:
    """Memory of this process in KiB: in use now (VmRSS), or at its peak (VmHWM). 0 where the system does not tell, as on a Mac."""
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
def test_a_path_outside_the_zip_is_refused_and_nothing_is_written(council: Council, name: str) -> None:
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


def with_entity(content: bytes, part: str, declaration: bytes) -> bytes:
    """The workbook with an XML declaration put into a part."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            text = old.read(one)
            if one.filename == part:
                text = text.replace(b"?>", b"?>" + declaration, 1) if b"?>" in text else declaration + text
            new.writestr(one.filename, text)
    return written.getvalue()


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


@pytest.mark.parametrize("form", ["csv", "csv, encoding: utf-16", "jsonl"])
def test_a_line_that_never_ends_is_refused(tmp_path: Path, form: str) -> None:
    text = b'{"Worker": 1}\n' * 3 if form == "jsonl" else separated(ROWS[:3]).encode("utf-16" if "16" in form else "utf-8")
    says = refused(text + b"x," * (200 * MEBIBYTE), tmp_path, f"format: {form}")
    assert "row 4 is longer than 1,048,576 bytes, so that the file is no table" in says


def test_a_file_that_begins_with_a_line_that_never_ends_is_refused_after_its_first_bytes(council: Council) -> None:
    path = council.staff("staff_2024-09.csv", staff_row())
    os.truncate(path, 790 * MEBIBYTE)
    started = time.process_time()
    (only,) = council.land().problems
    assert (only.code, only.severity, only.row) == ("unreadable_file", "held", 3)
    assert time.process_time() - started < 1
    assert not list((council.home / "landing").rglob("*.csv"))


def test_a_line_of_two_gigabytes_is_not_even_read(council: Council) -> None:
    path = council.staff("staff_2024-09.csv", staff_row())
    os.truncate(path, 2 << 30)
    (only,) = council.land().problems
    assert (only.code, only.severity) == ("too_large", "held")
    assert list((council.home / "landing").rglob("*.csv")) == []


def test_a_file_of_rows_that_do_not_fit_its_header_is_refused(tmp_path: Path) -> None:
    says = refused(b"Worker,Agency Ref,Cases\n1,,2\n" + b"1,2\n" * 3_000_000, tmp_path)
    assert "more than 100,000 rows have more or fewer fields than the header, the first is row 3. Check `file.delimiter`" in says


def test_an_open_quotation_mark_over_a_large_file_is_refused(tmp_path: Path) -> None:
    assert "a quotation mark opened in row 2 is not closed" in refused(b'Worker,Agency Ref,Cases\n"' + b"1,,2\n" * 500_000, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_nul_bytes_are_refused_with_their_row(tmp_path: Path, encoding: str) -> None:
    text = "Worker,Agency Ref,Cases\n1,,2\n2,\x00,3\n"
    says = refused(text.encode(encoding), tmp_path, f"format: csv, encoding: {encoding}")
    assert ("NUL byte in row 3" in says) or ("NUL characters when it is read as utf-16" in says)


def test_a_file_too_large_to_be_an_extract_is_not_even_copied(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (limits, parts):
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


def test_a_link_in_the_inbox_is_not_followed(council: Council, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "staff_2024-09.csv").write_text("\n".join([STAFF_HEADER, staff_row()]))
    inbox = council.home / "inbox" / "testshire" / "hr_assignments"
    inbox.mkdir(parents=True)
    (inbox / "staff_2024-09.csv").symlink_to(outside / "staff_2024-09.csv")
    (inbox / "staff_2024-10.csv").symlink_to(outside)
    (inbox / "staff_2024-11.csv").symlink_to(inbox / "nowhere.csv")
    report = council.land()
    assert [(one.code, one.severity) for one in report.problems] == [("unknown_file", "held")] * 3
    assert report.rows_read == 0
    assert not list((council.home / "landing").rglob("*.csv"))
