"""From text in any encoding that a mapping may name to UTF-8, or a refusal that names the row."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from ingestion.reading.size_limits import check_lines_in_all, count_of_lines
from ingestion.refusal import refuse

CHUNK = 1 << 20
# A text in another encoding that is not larger is converted once, and otherwise each time that it is read.
SMALL = 1 << 25
ADVICE = "If the system writes Windows-1252, set `file.encoding: cp1252` in the mapping; if not, send the extract again"


class Utf8:
    """A text as UTF-8 without a byte order mark, converted piece by piece: all of it at once may take four times the memory of its bytes."""

    def __init__(self, content: bytes, encoding: str) -> None:
        self.content, self.encoding = content, encoding
        self.named = encoding.removesuffix("-sig")
        self.is_utf8 = encoding == "utf-8-sig" or (not encoding.startswith("utf-16") and content.isascii())
        self.kept: list[bytes] | None = None

    def check(self) -> None:
        """Raises FileRefused if the bytes are in another encoding than the mapping names, or have more lines than a table may have."""
        if self.encoding == "cp1252" and not self.is_utf8 and is_utf8(self.content):
            says = f"the text is UTF-8, but the mapping names {self.named}: letters with accents and pound signs would be misread"
            raise refuse("unreadable_file", f"{says}. Set `file.encoding: utf-8` in the mapping")
        if self.is_utf8:
            _check(self.content, "utf-8", self.named)
        kept, lines = [], 0
        for piece in self.pieces():
            lines += count_of_lines(piece)
            check_lines_in_all(lines)
            if not self.is_utf8 and len(self.content) <= SMALL:
                kept.append(bytes(piece))
        self.kept = kept or None

    def first(self, size: int) -> bytes:
        """The first bytes: at least so many, unless the text is shorter."""
        found = bytearray()
        for piece in self.pieces():
            found += piece
            if len(found) >= size:
                break
        return bytes(found[:size])

    def pieces(self, skipped: int = 0) -> Iterator[bytes | memoryview]:
        """The text in pieces, without its first bytes."""
        for piece in self.kept or (self._plain() if self.is_utf8 else self._decoded()):
            left = memoryview(piece)[skipped:]
            skipped = max(0, skipped - len(piece))
            if left:
                yield left

    def _plain(self) -> Iterator[memoryview]:
        start = len(codecs.BOM_UTF8) if self.encoding == "utf-8-sig" and self.content.startswith(codecs.BOM_UTF8) else 0
        content = memoryview(self.content)
        for at in range(start, len(content), CHUNK):
            yield content[at : at + CHUNK]

    def _decoded(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        lines = 0
        for start in range(0, len(self.content), CHUNK):
            try:
                piece = decoder.decode(self.content[start : start + CHUNK], start + CHUNK >= len(self.content))
                text = piece.encode()
            except UnicodeDecodeError as error:
                raise _wrong(lines + bytes(error.object[: error.start]).count(b"\n") + 1, self.named) from None
            if "\x00" in piece:
                says = f"the text holds NUL characters when it is read as {self.named}"
                raise refuse("unreadable_file", f"{says}. Send the extract again, or correct `file.encoding` in the mapping")
            lines += text.count(b"\n")
            yield text.removeprefix(codecs.BOM_UTF8) if start == 0 else text


def _check(content: bytes, encoding: str, named: str) -> None:
    if content.isascii():
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), CHUNK):
        try:
            decoder.decode(content[start : start + CHUNK], start + CHUNK >= len(content))
        except UnicodeDecodeError as error:
            # The decoder may hold the beginning of a character from the chunk before.
            place = max(0, start + error.start - 3)
            raise _wrong(content.count(b"\n", 0, place + 3) + 1, named) from None


def is_utf8(content: bytes) -> bool:
    """Whether bytes are UTF-8, checked piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), CHUNK):
            decoder.decode(content[start : start + CHUNK], start + CHUNK >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def _wrong(row: int, named: str) -> Exception:
    says = f"row {row} holds a character that is not {named}"
    return refuse("unreadable_file", f"{says}, the encoding that the mapping names. {ADVICE}", row)
