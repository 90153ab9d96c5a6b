"""The extracts in a ZIP file. Each member is checked before it is unpacked, in memory only. Nothing is ever written to a path."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyzipper

from ingestion.mapping.expressions import Expression
from ingestion.reading.file_kind import kind_of
from ingestion.reading.size_limits import check_archive, check_directory, chunks_of
from ingestion.refusal import FileRefused, Finding, refuse

ENDINGS = {
    "csv": (".csv", ".txt"),
    "tsv": (".tsv", ".txt", ".tab"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "parquet": (".parquet",),
}
SYMLINK = 0o120000
FILE_TYPES = 0o170000
DAMAGED = (zipfile.BadZipFile, pyzipper.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError)


@dataclass(frozen=True)
class Piece:
    """Bytes that are one table. `label` tells the pieces of one delivery apart. None if there is only one."""

    label: str | None
    content: bytes


def unzip(
    content: bytes, file_format: str, names: Expression | None = None, password: Callable[[], str] | None = None
) -> tuple[list[Piece], list[Finding]]:
    """The members of a ZIP that have the ending of the format (or, if none has, fit `names`), by name, and a note if there are others.

    `password` is asked only if the ZIP has one. Raises FileRefused for a damaged ZIP, and for one that unpacks to too much, names
    paths outside itself, holds ZIPs or nothing of the format, or has another password.
    """
    check_directory(content)
    try:
        with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
            check_archive(archive, "the ZIP file")
            for member in archive.infolist():
                _check_member(member)
            members = [member for member in archive.infolist() if not member.is_dir() and not _is_clutter(member.filename)]
            wanted = [member for member in members if member.filename.lower().endswith(ENDINGS[file_format])]
            wanted = wanted or [member for member in members if names and names.fullmatch(PurePosixPath(member.filename).name)]
            if not wanted:
                expected = " or ".join(ENDINGS[file_format])
                raise refuse("unreadable_file", f"the ZIP file holds no file that ends in {expected}. Send it with the extract in it")
            if any(member.flag_bits & 1 for member in wanted):
                archive.setpassword(_asked(password).encode())
            several = sorted(wanted, key=lambda member: member.filename)
            pieces = [
                Piece(_shown(member.filename, place, names) if len(wanted) > 1 else None, _unpacked(archive, member))
                for place, member in enumerate(several, start=1)
            ]
            others = len(members) - len(wanted)
    except FileRefused:
        raise
    except NotImplementedError:
        says = "the ZIP file is packed or encrypted in a way that is not read"
        raise refuse("unreadable_file", f"{says}. Pack it as an ordinary ZIP file, or with AES, and send it again") from None
    except RuntimeError:
        says = "the ZIP file has another password than the connection that the mapping names in `file.password`"
        raise refuse("unreadable_file", f"{says}. Correct the connection's password in Airflow") from None
    except DAMAGED:
        raise refuse("unreadable_file", "the ZIP file is damaged (cut off on the way?). Send it again") from None
    says = f"files in the ZIP file that are not of the format that the mapping names: {others:,}. Nothing of them is read"
    return pieces, [Finding("unknown_member", says)] if others else []


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.orig_filename.replace("\\", "/")
    outside = name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name.split("/")[0] or "\x00" in name
    if outside or (member.external_attr >> 16) & FILE_TYPES == SYMLINK:
        raise refuse("unreadable_file", "the ZIP file names a path outside itself. Send a ZIP file with the extract alone")


def _is_clutter(name: str) -> bool:
    """What a Mac or Windows puts into a ZIP beside the files."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name.lower() in ("thumbs.db", "desktop.ini")


def _unpacked(archive: pyzipper.AESZipFile, member: zipfile.ZipInfo) -> bytes:
    content = b"".join(chunks_of(archive, member))
    if kind_of(content)[0] == "zip":
        raise refuse("unreadable_file", "the ZIP file holds a ZIP file. Send the extract in one ZIP file only")
    return content


def _asked(password: Callable[[], str] | None) -> str:
    if password is None:
        says = "the ZIP file has a password, and the mapping names no connection for it"
        raise refuse("unreadable_file", f"{says}. Set `file.password` to the id of an Airflow connection that holds the password")
    return password()


def _shown(name: str, place: int, names: Expression | None) -> str:
    """A member's name if the mapping's pattern fits it, and otherwise its place by name, because any other name may be a person's."""
    return name if names and names.fullmatch(PurePosixPath(name).name) else f"file {place} in the ZIP file"
