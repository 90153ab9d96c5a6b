"""Several files that make up one delivery."""

from __future__ import annotations

import io
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

# ZIP files keep the time of each member; one time for all, so that the same parts are always the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def together(extracts: Iterable[Extract], mapping: Mapping) -> tuple[list[Extract], list[Problem]]:
    """The extracts with the parts of each month put together, where the mapping's pattern tells parts apart (group `part`).

    Of a part that came twice the later one counts, with a note on the other. Where the mapping lists the parts, a month that
    lacks one waits, and is a problem.
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
            advice = f"Nothing of {period} is used until they come. Send them, or mend `file.parts` in {mapping.path}"
            problems.append(Problem("missing_part", HELD, first.name, f"{says}. {advice}"))
        elif len(parts) == 1:
            whole.append(first)
        else:
            latest = max(parts.values(), key=lambda extract: (extract.received_at, extract.name))
            whole.append(replace(latest, parts=tuple(parts[part].path for part in sorted(parts))))
    return sorted(whole, key=lambda extract: (extract.received_at, extract.name)), problems


def content_of(extract: Extract, mapping: Mapping) -> bytes | Problem:
    """An extract's bytes, or why not even a copy of it is made. Several parts are a ZIP file that holds each of them untouched."""
    paths = extract.parts or (extract.path,)
    try:
        for path in paths:
            check_file(path, mapping.format in TEXT_FORMATS)
        size = sum(path.stat().st_size for path in paths)
        if size <= LARGEST_FILE:
            return _packed(paths) if extract.parts else extract.path.read_bytes()
    except FileRefused as refused:
        return problem(refused.findings[0], extract.name, held=True)
    except OSError as error:
        says = f"{extract.name}: the file cannot be read ({type(error).__name__}). Check that it is still there and may be read"
        return Problem("unreadable_file", HELD, extract.name, says)
    says = f"{extract.name}: the file has {size // MEBIBYTE:,} MB, expected at most {LARGEST_FILE // MEBIBYTE}"
    return Problem("too_large", HELD, extract.name, f"{says}. Check that it is the extract; if it is, send it in several files")


def _packed(paths: Iterable[Path]) -> bytes:
    """Files in a ZIP file that is always the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            archive.writestr(zipfile.ZipInfo(path.name, NO_TIME), path.read_bytes())
    return written.getvalue()
