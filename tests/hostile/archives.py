"""ZIP files with false sizes, that unpack to very much, or that are packed in a way that a library cannot limit."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.hostile.trial import CASES, READ, Attack, Place
from tests.ingestion.dress import locked, zipped

KIND = "archive"
MEBIBYTE = 1 << 20
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
ROWS = CASES.encode()


def packed(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def bomb(name: str, mebibytes: int, method: int = zipfile.ZIP_DEFLATED, start: bytes = b"") -> bytes:
    """A ZIP whose only member is very large and packs very well."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive, archive.open(name, "w", force_zip64=True) as member:
        member.write(start)
        for _ in range(mebibytes):
            member.write(b"\n" * MEBIBYTE)
    return written.getvalue()


def stating(archive: bytes, size: int, content: bytes, packed_size: int | None = None) -> bytes:
    """The ZIP of one member, with another size and the checksum of so many bytes of its content, in both of its headers."""
    told = bytearray(archive)
    for mark, at in ((LOCAL, 14), (CENTRAL, 16)):
        place = told.rindex(mark) + at
        told[place : place + 4] = struct.pack("<I", zlib.crc32(content[:size]))
        told[place + 8 : place + 12] = struct.pack("<I", size)
        if packed_size is not None:
            told[place + 4 : place + 8] = struct.pack("<I", packed_size)
    return bytes(told)


def method_of(archive: bytes, method: int) -> bytes:
    """The ZIP, with another method in both headers of its last member."""
    told = bytearray(archive)
    for mark, at in ((LOCAL, 8), (CENTRAL, 10)):
        place = told.rindex(mark) + at
        told[place : place + 2] = struct.pack("<H", method)
    return bytes(told)


def flagged(archive: bytes, flag: int) -> bytes:
    told = bytearray(archive)
    for mark, at in ((LOCAL, 6), (CENTRAL, 8)):
        place = told.rindex(mark) + at
        told[place : place + 2] = struct.pack("<H", flag)
    return bytes(told)


def two_of_one_name() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("cases.csv", CASES)
        # The library warns of a second member with the name of the first.
        archive.writestr("cases.csw", CASES.replace("12", "13"))
    return written.getvalue().replace(b"cases.csw", b"cases.csv")


def nameless() -> bytes:
    """A ZIP whose directory has a member with no name: the extract's, which has become a comment."""
    whole = bytearray(packed("cases.csv", ROWS))
    entry = whole.rindex(CENTRAL)
    whole[entry + 28 : entry + 34] = struct.pack("<HHH", 0, 0, len("cases.csv"))
    return bytes(whole)


def overlapping() -> bytes:
    """A ZIP whose directory names the same bytes twice."""
    whole = packed("cases.csv", ROWS)
    start, end = whole.index(CENTRAL), whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    directory = entry + entry.replace(b"cases.csv", b"cazes.csv")
    finish = bytearray(whole[end:])
    finish[8:12] = struct.pack("<HH", 2, 2)
    finish[12:16] = struct.pack("<I", len(directory))
    return whole[:start] + directory + bytes(finish)


def many_empty_members(count: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.csv", "")
    return written.getvalue()


def noise(length: int) -> bytes:
    return random.Random("noise").randbytes(length)


def put(content: Callable[[], bytes], name: str = "cases_2024-09.csv") -> Callable[[Place], object]:
    return lambda place: place.put(name, content())


ATTACKS = [
    Attack("60 million blank lines in a ZIP of 58 KB", KIND, put(lambda: bomb("c.csv", 58, start=ROWS)), says="lines", in_table=True),
    Attack(
        "a bzip2 member named mimetype in a file named .csv",
        KIND,
        put(lambda: packed("mimetype", b"x" * (256 * MEBIBYTE), zipfile.ZIP_BZIP2)),
        in_table=True,
    ),
    Attack(
        "a bzip2 mimetype that states the size of a true one",
        KIND,
        put(lambda: stating(packed("mimetype", b"x" * (256 * MEBIBYTE), zipfile.ZIP_BZIP2), 46, b"x" * 46)),
        says="packed by bzip2",
        in_table=True,
    ),
    Attack(
        "a bzip2 member in a ZIP",
        KIND,
        put(lambda: stating(packed("c.csv", b"\n" * (256 * MEBIBYTE), zipfile.ZIP_BZIP2), 200, b"\n" * 200)),
        says="packed by bzip2",
        in_table=True,
    ),
    Attack("an LZMA member in a ZIP", KIND, put(lambda: packed("c.csv", b"\n" * (32 * MEBIBYTE), zipfile.ZIP_LZMA)), says="packed by LZMA"),
    Attack(
        "a ZIP that states 200 bytes and the checksum of the first 200",
        KIND,
        put(lambda: stating(packed("c.csv", ROWS + b"3,,4\n" * MEBIBYTE), 200, ROWS + b"3,,4\n" * 100)),
        says="damaged",
        in_table=True,
    ),
    Attack("a ZIP that states one byte too few", KIND, put(lambda: stating(packed("c.csv", ROWS), len(ROWS) - 1, ROWS)), says="damaged"),
    Attack("a ZIP that states one byte too many", KIND, put(lambda: stating(packed("c.csv", ROWS), len(ROWS) + 1, ROWS)), says="damaged"),
    Attack(
        "a stored member that states less than it has",
        KIND,
        put(lambda: stating(packed("c.csv", ROWS, zipfile.ZIP_STORED), 30, ROWS)),
        says="damaged",
    ),
    Attack(
        "an unsupported method (Deflate64)",
        KIND,
        put(lambda: method_of(packed("c.csv", ROWS), 9)),
        says="packed by Deflate64",
        in_table=True,
    ),
    Attack("an unsupported method (97)", KIND, put(lambda: method_of(packed("c.csv", ROWS), 97)), says="packed by the method 97"),
    Attack("patched data", KIND, put(lambda: flagged(packed("c.csv", ROWS), 0x20)), says="packed or encrypted in a way that is not read"),
    Attack("strong encryption", KIND, put(lambda: flagged(packed("c.csv", ROWS), 0x41))),
    Attack("a ZIP that unpacks to 2 GB", KIND, put(lambda: bomb("c.csv", 2048)), says="would unpack to"),
    Attack("two members of one name", KIND, put(two_of_one_name), says="two files of one name"),
    Attack(
        "two members of one name in capitals and small letters",
        KIND,
        put(lambda: zipped({"cases.csv": CASES, "CASES.CSV": CASES})),
        says="two files of one name",
    ),
    Attack(
        "a member without a name",
        KIND,
        put(nameless),
        says="without a name",
    ),
    Attack("members that overlap", KIND, put(overlapping), says=""),
    Attack("30,000 empty members", KIND, put(lambda: many_empty_members(30_000)), says="holds more than 20,000 files"),
    Attack("a ZIP in a ZIP", KIND, put(lambda: zipped({"c.csv": zipped({"d.csv": CASES})})), says="holds a ZIP file"),
    Attack("a path out of the ZIP", KIND, put(lambda: zipped({"../../c.csv": CASES})), says="a path outside itself"),
    Attack("an absolute path in the ZIP", KIND, put(lambda: zipped({"/etc/c.csv": CASES})), says="a path outside itself"),
    Attack("a ZIP cut off", KIND, put(lambda: zipped({"c.csv": CASES})[:60]), says="damaged"),
    Attack("a ZIP of noise", KIND, put(lambda: LOCAL + noise(100_000)), says="damaged"),
    Attack("a ZIP without members", KIND, put(lambda: zipped({})), says=""),
    Attack("a ZIP with a password that is not known", KIND, put(lambda: locked({"c.csv": CASES}, "secret")), says="has a password"),
    Attack("an honest ZIP", KIND, put(lambda: zipped({"c.csv": CASES})), READ, rows=2),
    Attack("an honest ZIP with a Mac's files", KIND, put(lambda: zipped({"c.csv": CASES, "__MACOSX/._c.csv": "x"})), READ, rows=2),
]
