"""Several files that make up one delivery."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from foundation.ledger import HELD, NOTE, Problem
from ingestion.arriving.inbox_extracts import Extract
from ingestion.mapping import Mapping
from ingestion.mapping.file_formats import TEXT_FORMATS
from ingestion.reading.size_limits import LARGEST_FILE, MEBIBYTE, check_file
from ingestion.refusal import FileRefused, problem

# A ZIP file keeps a time for each member. One fixed time makes the same parts always the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def together(extracts: Iterable[Extract], mapping: Mapping) -> tuple[list[Extract], list[Problem]]:
    """The extracts, with the parts of each month put together if the mapping's pattern tells parts apart (group `part`).

    If a part came twice, the later one counts, and a note names the other. If the mapping lists the parts and a month lacks one,
    the month waits and is a problem.
    """
    if not mapping.has_parts:
        return list(extracts), []
    months: dict[str | None, dict[str, Extract]] = {}
    problems = []
    for extract in extracts:
        parts = months.setdefault(extract.period, {})
        match = mapping.pattern.fullmatch(extract.name)
        part = (match["part"] if match else None) or ""
        if part in parts:
            says = f"{parts[part].name}: replaced by {extract.name}, which came later for the same part and month"
            problems.append(Problem("replaced_part", NOTE, parts[part].name, says))
        parts[part] = extract
    whole = []
    for period, parts in months.items():
        missing = [part for part in mapping.parts if part not in parts]
        first = parts[min(parts)]
        if missing:
            says = f"{first.name}: the parts {', '.join(missing)} of {period} are missing, expected {', '.join(mapping.parts)}"
            advice = f"Nothing of {period} is used until they come. Send them, or correct `file.parts` in {mapping.path}"
            problems.append(Problem("missing_part", HELD, first.name, f"{says}. {advice}"))
        elif len(parts) == 1:
            whole.append(first)
        else:
            latest = max(parts.values(), key=lambda extract: (extract.received_at, extract.name))
            whole.append(replace(latest, parts=tuple(parts[part].path for part in sorted(parts))))
    return sorted(whole, key=lambda extract: (extract.received_at, extract.name)), problems


def content_of(extract: Extract, mapping: Mapping) -> bytes | Problem:
    """An extract's bytes, or the reason why it is not even copied. Several parts become a ZIP file that holds each of them unchanged."""
    paths = extract.parts or (extract.path,)
    try:
        for path in paths:
            check_file(path, mapping.format in TEXT_FORMATS)
        size = sum(path.stat().st_size for path in paths)
        if size <= LARGEST_FILE:
            contents = {path.name: _bytes_of(path) for path in paths}
            return _packed(contents) if extract.parts else contents[extract.path.name]
    except FileRefused as refused:
        return problem(refused.findings[0], extract.name, held=True)
    except _StillWritten:
        says = f"{extract.name}: changed while it was read, and is left until the next time"
        return Problem("still_written", NOTE, extract.name, says)
    except OSError as error:
        says = f"{extract.name}: the file cannot be read ({type(error).__name__}). Check that it is still there and may be read"
        return Problem("unreadable_file", HELD, extract.name, says)
    says = f"{extract.name}: the file has {size // MEBIBYTE:,} MB, expected at most {LARGEST_FILE // MEBIBYTE}"
    return Problem("too_large", HELD, extract.name, f"{says}. Check that it is the extract; if it is, send it in several files")


class _StillWritten(Exception):
    """A file that changed while it was read."""


def _bytes_of(path: Path) -> bytes:
    """A plain file's bytes. Raises _StillWritten if the file changed since it was opened, and OSError for anything that is no plain file.

    Since the inbox was listed, a file can have become a link, a pipe that never ends, or longer.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
        before = os.fstat(opened.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise OSError("not a plain file")
        content = path.read_bytes()
        after = path.lstat()
    if (len(content), _identity(after)) != (before.st_size, _identity(before)):
        raise _StillWritten
    return content


def _identity(stamps: os.stat_result) -> tuple[int, ...]:
    """What identifies a file and its content at one moment."""
    return stamps.st_dev, stamps.st_ino, stamps.st_size, stamps.st_mtime_ns


def _packed(contents: dict[str, bytes]) -> bytes:
    """Files in a ZIP file that always has the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), content)
    return written.getvalue()
