"""From text in any encoding that a mapping may name to UTF-8, or a refusal that names the row."""

from __future__ import annotations

import codecs

from ingestion.refusal import refuse

CHUNK = 1 << 20
ADVICE = "If the system writes Windows-1252, set `file.encoding: cp1252` in the mapping; if not, send the extract again"


def to_utf8(content: bytes, encoding: str) -> memoryview:
    """The text as UTF-8 without a byte order mark. Raises FileRefused if the bytes are in another encoding than the mapping names."""
    named = encoding.removesuffix("-sig")
    if encoding == "utf-8-sig":
        _check(content, "utf-8", named)
        return memoryview(content)[3 if content.startswith(codecs.BOM_UTF8) else 0 :]
    if content.isascii() and not encoding.startswith("utf-16"):
        return memoryview(content)
    if encoding == "cp1252" and is_utf8(content):
        says = f"the text is UTF-8, but the mapping names {named}: letters with accents and pound signs would be misread"
        raise refuse("unreadable_file", f"{says}. Set `file.encoding: utf-8` in the mapping")
    return memoryview(_decoded(content, encoding, named))


def _decoded(content: bytes, encoding: str, named: str) -> bytearray:
    """The text as UTF-8, converted piece by piece. Converting all of it at once may take four times the memory of its bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    text = bytearray()
    for start in range(0, len(content), CHUNK):
        try:
            piece = decoder.decode(content[start : start + CHUNK], start + CHUNK >= len(content))
            text += piece.encode()
        except UnicodeDecodeError as error:
            raise _wrong(text.count(b"\n") + bytes(error.object[: error.start]).count(b"\n") + 1, named) from None
        if "\x00" in piece:
            says = f"the text holds NUL characters when it is read as {named}"
            raise refuse("unreadable_file", f"{says}. Send the extract again, or correct `file.encoding` in the mapping")
    if text.startswith(codecs.BOM_UTF8):
        del text[: len(codecs.BOM_UTF8)]
    return text


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
