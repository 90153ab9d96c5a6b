"""Parquet and JSON lines with false sizes, footers or names, or too many of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.archives import noise
from tests.hostile.trial import READ, Attack, Place
from tests.ingestion.dress import json_lines as as_lines
from tests.ingestion.dress import parquet

PARQUET, JSON = "Parquet", "JSON lines"
ROWS = [["Worker", "Agency Ref", "Cases"], ["1", None, "12"], ["2", None, "9"]]


def written(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def table(workers: list[str | None], cases: object = None) -> pa.Table:
    count = len(workers)
    return pa.table(
        {
            "Worker": pa.array(workers, pa.string()),
            "Agency Ref": pa.nulls(count, pa.string()),
            "Cases": pa.array(["12"] * count, pa.string()) if cases is None else cases,
        }
    )


def many_groups(count: int) -> bytes:
    out = io.BytesIO()
    one = table(["1"])
    with pq.ParquetWriter(out, one.schema) as file:
        for _ in range(count):
            file.write_table(one)
    return out.getvalue()


def varint(number: int) -> bytes:
    """A number as the footer writes it: zigzag, seven bits per byte."""
    number <<= 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def false_sizes() -> bytes:
    """A Parquet whose footer and page headers state 4 GB, and which has some kilobytes."""
    content = written(table([str(number) for number in range(5000)]), compression="snappy", use_dictionary=False)
    length = int.from_bytes(content[-8:-4], "little")
    body, footer = bytearray(content[: -8 - length]), content[-8 - length : -8]
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    for at in range(3):
        column = metadata.row_group(0).column(at)
        footer = footer.replace(varint(column.total_uncompressed_size), varint(0x7FFF_0000))
        start = column.data_page_offset
        # After the page's type comes its unpacked size, as a number in a field whose id is one higher.
        place = body.index(b"\x15", start + 2)
        end = place + 1
        while body[end] & 0x80:
            end += 1
        large = varint(0x7FFF_0000)[: end - place]
        body[place + 1 : end + 1] = bytes(byte | 0x80 for byte in large[:-1]) + bytes([0x7F])
    return bytes(body) + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def false_rows() -> bytes:
    """A Parquet whose footer says that it has two thousand million rows."""
    content = parquet(ROWS)
    length = int.from_bytes(content[-8:-4], "little")
    footer = bytearray(content[-8 - length : -8])
    place = footer.index(b"\x16\x04")
    footer[place + 1 : place + 2] = varint(2_000_000_000)
    return content[: -8 - length] + bytes(footer) + len(footer).to_bytes(4, "little") + b"PAR1"


def long_text_in_many_rows() -> bytes:
    long = pa.DictionaryArray.from_arrays(pa.nulls(1_500_000, pa.int32()).fill_null(0), pa.array(["x" * 500]))
    return written(pa.table({"Worker": long, "Agency Ref": pa.nulls(1_500_000, pa.string()), "Cases": pa.nulls(1_500_000, pa.int8())}))


def broken_middle() -> bytes:
    content = bytearray(parquet(ROWS))
    content[10:60] = b"\xff" * 50
    return bytes(content)


def no_text(**options: object) -> bytes:
    """A Parquet whose texts are not UTF-8: the beginning of a character that does not go on."""
    content = written(table(["7777777", "8888888", "9999999"] * 50), compression="none", **options)
    return content.replace(b"8888888", b"8888\xf0\x90\x80").replace(b"9999999", b"\xe2" * 7)


def no_name() -> bytes:
    """A Parquet with a column whose name is not UTF-8."""
    content = written(table(["1"]).append_column("Zzzzzz", pa.array(["x"])), store_schema=False)
    return content.replace(b"Zzzzzz", b"Zz\xff\xf0\x90z")


def file_of(form: str, content: Callable[[], bytes]) -> Callable[[Place], object]:
    return lambda place: place.put(f"cases_2024-09.{form}", content())


def columns(content: Callable[[], bytes], name: str, **more: object) -> Attack:
    beside = ("cases_2024-08.parquet", parquet(ROWS))
    return Attack(name=name, kind=PARQUET, lay=file_of("parquet", content), form="parquet", beside=beside, **more)  # type: ignore[arg-type]


def lines(content: Callable[[], bytes], name: str, **more: object) -> Attack:
    beside = ("cases_2024-08.jsonl", as_lines(ROWS))
    return Attack(name=name, kind=JSON, lay=file_of("jsonl", content), form="jsonl", beside=beside, **more)  # type: ignore[arg-type]


GOOD = as_lines(ROWS).encode()
ATTACKS = [
    columns(false_sizes, "false sizes in the footer and pages", in_table=True),
    columns(false_rows, "a footer of two thousand million rows"),
    columns(lambda: many_groups(20_000), "20,000 groups of rows", in_table=True),
    columns(long_text_in_many_rows, "one long text in 1.5 million rows"),
    columns(lambda: written(table([None] * 5_000_000)), "5 million empty rows in a few kilobytes"),
    columns(broken_middle, "a broken middle", says="damaged"),
    columns(lambda: no_text(use_dictionary=False), "texts that are not UTF-8", says="damaged"),
    columns(lambda: no_text(use_dictionary=True), "texts that are not UTF-8, each kept once", says="damaged"),
    columns(
        lambda: no_text(use_dictionary=False, data_page_version="2.0"), "texts that are not UTF-8, in pages of version 2", says="damaged"
    ),
    columns(no_name, "a column's name that is not UTF-8"),
    columns(lambda: parquet(ROWS)[:-20], "a footer cut off"),
    columns(lambda: parquet(ROWS)[:-8] + b"\xff\xff\xff\x7fPAR1", "a footer longer than the file", says="damaged"),
    columns(lambda: b"PAR1" + noise(50_000) + b"\x10\x00\x00\x00PAR1", "noise"),
    columns(lambda: written(pa.table({f"c{number}": [1] for number in range(3000)})), "3,000 columns", says="columns"),
    columns(lambda: written(table(["1"], pa.array([2**31 - 1], pa.date32()))), "a day that is in no calendar"),
    columns(lambda: written(table(["1"], pa.array([Decimal(3)], pa.decimal256(60, 2)))), "a decimal of 256 bits"),
    columns(lambda: written(table(["1"], pa.array([[1]]))), "a list where a number is wanted", says="lists or records"),
    columns(lambda: GOOD, "JSON named like Parquet", says="not what its name says"),
    columns(lambda: parquet(ROWS), "an honest Parquet", result=READ, rows=2),
    columns(
        lambda: written(table([str(number) for number in range(3000)]), row_group_size=10),
        "an honest Parquet of 300 groups",
        result=READ,
        rows=3000,
    ),
    lines(
        lambda: json.dumps({f"k{number}": 1 for number in range(1900)}).encode() + b"\n" + b"{}\n" * 1_000_000,
        "1,900 names, then a million lines without any",
    ),
    lines(lambda: GOOD + b"\n" * 5_000_000, "5 million blank lines"),
    lines(lambda: GOOD + b"[" * 900_000 + b"\n", "brackets that are never closed", result=READ, rows=2),
    lines(lambda: GOOD + b'{"Worker": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "a hundred thousand levels", result=READ, rows=2),
    lines(lambda: GOOD + b"nothing\n" * 2_000_000, "2 million lines that are not JSON", says="no JSON objects"),
    lines(lambda: GOOD + b'{"Worker": "3", "Cases": ' + b"9" * 900_000 + b"}\n", "a number of 900,000 digits", result=READ, rows=2),
    lines(lambda: GOOD + b'{"Worker": "3", "Cases": 1e999999999}\n', "a number with a huge exponent", result=READ, rows=2),
    lines(lambda: GOOD + b'{"Worker": "3", "Worker": "4", "Cases": 2}\n', "one name twice in a line", result=READ, rows=2),
    lines(lambda: GOOD + b'{"Worker": "\\ud800", "Cases": 2}\n', "half a character", result=READ, rows=2),
    lines(
        lambda: b"".join(json.dumps({f"n{line}_{at}": 1 for at in range(50)}).encode() + b"\n" for line in range(100)),
        "each line with names of its own",
        says="columns",
    ),
    lines(lambda: GOOD, "honest JSON lines", result=READ, rows=2),
]
