"""An XLS of Excel 97, written record by record, as there is no library here that writes one."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

SECTOR = 512
CUTOFF = 4096
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
# What Excel 97 writes for a title, the header and two rows.
XLS = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#iy6|1@b*Q=t_~C>XW&(CR@C))+;5veaHGBG|N9MH&)GywrnMYmS28N%2zX#Y@$TKj=Yk9)yY>1VKpk=t)rU&}Mz_?JiAg4-IHhnJ?^{H*elI"
        "KRa(`GxKI4QJa0(xrjA52orTXj6j1;(G&JEaZtH!v+AWGdTfn<3gHk<WWbMS(bqwqL!R$N7<k}&NfP)(&uLu1P^oC8HW7!V4>`qs7$B)|mn<=KNUz#NPKewh"
        "^1gUJ7kNl5H$)DQZ%v)TLT0FEzZ=CTjczH6f$M!NoDX8@M>}3|6koZi9A7`O<@341-&xS*Yr!07-Uh9rRn8S^NYVt(;k%szzIiM4MM~Q@*RDYJAFJ)bb?mnc"
        "A21DjOai=$C~78`_;Dmxu_{YAAnP&U?5%7olyZ5>j+V-kRyhJ>&soKZsnm#d*6%n}sDi$}ehTL7z6kHvvcBW1)^}9mzJ+8St)eF+`s38f(!H;5kB<*$&WL4N"
        "_H<|G-_D(djjPNca!g8mBDvQ+!q_eHn$)^Y^iGjU8Wg4J;dWO!HX}aQr8G_L>=nGr>}b$;l3x9C;z?Kab7mLm^Mi|*lJoB~v*@NTQJ(nxn?bMYRd;SPo@TsM"
        "xx2(iksZJ67$GC>j?H#IZ>?BHMAU>x_E0jq)gDSbSUNfH{W&><a;D2R)?pjM=J%$Ifcy3@8*FFh9+zpZVY06&Os>Ne7EQS@O<|__t8KL55jQ}4;0hwp(9qD("
        "(9qD(&{(<CG2DOfJ~?_gXM~`8ud_@~U0;*@w-`Z*ei!LrdK5)U%b02^ezwA|yt>o|Io^FCW0YDiV-n-ikIAOvm(F;qaXcF)#(&=uYPS7)GyVL-?f(Q|Y0kp"
    )
)


def xls(
    rows: Iterable[Sequence[Any]],
    merged: Iterable[tuple[int, int, int, int]] = (),
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[int] = (),
    from_1904: bool = False,
    sheet_state: int = 0,
) -> bytes:
    """A workbook with one sheet; a cell is a text, a number, or a number (or text) with its number format. `merged` has first row, first column, last row, last column."""
    table = [list(row) for row in rows]
    codes = list(dict.fromkeys(cell[1] for row in table for cell in row if isinstance(cell, tuple)))
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600))
    for column in hidden_columns:
        sheet += _record(0x007D, struct.pack("<HHHHHH", column, column, 2048, 0, 1, 0))
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(table), 0, max((len(row) for row in table), default=0), 0))
    for row in hidden_rows:
        sheet += _record(0x0208, struct.pack("<HHHHHHHH", row, 0, 1, 255, 0, 0, 0x0120, 0x0F))
    for row, cells in enumerate(table):
        for at, cell in enumerate(cells):
            value, style = (cell[0], codes.index(cell[1]) + 1) if isinstance(cell, tuple) else (cell, 0)
            if isinstance(value, str):
                sheet += _record(0x0204, struct.pack("<HHHH", row, at, style, len(value)) + b"\x01" + value.encode("utf-16-le"))
            elif value is not None:
                sheet += _record(0x0203, struct.pack("<HHHd", row, at, style, value))
    places = [struct.pack("<HHHH", first, last, left, right) for first, left, last, right in merged]
    sheet += _record(0x00E5, struct.pack("<H", len(places)) + b"".join(places)) + _record(0x000A, b"")
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600)) + _record(0x0042, struct.pack("<H", 1200))
    start += _record(0x0022, struct.pack("<H", from_1904))
    for number, code in enumerate(codes):
        start += _record(0x041E, struct.pack("<HH", 164 + number, len(code)) + b"\x01" + code.encode("utf-16-le"))
    for number in [0, *(164 + number for number in range(len(codes)))]:
        start += _record(0x00E0, struct.pack("<HH", 0, number) + bytes(16))
    name = b"Data"
    place = len(start) + 4 + 8 + len(name) + 4
    start += _record(0x0085, struct.pack("<IBBBB", place, sheet_state, 0, len(name), 0) + name) + _record(0x000A, b"")
    return _file(start + sheet)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _file(stream: bytes) -> bytes:
    """The file that holds a stream: its header, a table of sectors, a directory, and the stream, which is made long enough to stand alone."""
    length = max(len(stream), CUTOFF)
    sectors = -(-length // SECTOR)
    tables = -(-(sectors + 2) // (SECTOR // 4 - 1))
    chain = [TABLE] * tables + [END] + [tables + 2 + nth for nth in range(sectors - 1)] + [END]
    chain += [FREE] * (tables * SECTOR // 4 - len(chain))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, CUTOFF, END, 0, END, 0)
    header += struct.pack("<109I", *range(tables), *[FREE] * (109 - tables))
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, FREE, tables + 1, length) + bytes(256)
    body = struct.pack(f"<{len(chain)}I", *chain) + entries + stream.ljust(sectors * SECTOR, b"\0")
    return header + body


def _entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
    written = name.encode("utf-16-le")
    told = written.ljust(64, b"\0") + struct.pack("<HBBIII", len(written) + 2, kind, 1, FREE, FREE, child)
    return told + bytes(36) + struct.pack("<IQ", start, length)
