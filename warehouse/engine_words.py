"""The words of an error that are kept: those about files, tables and columns, and none that may quote a row."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

import duckdb

NOT_KEPT = "its message may quote rows and is not kept"
# Any other message of DuckDB may quote the value that it could not use.
QUOTES_NO_VALUE = (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException, duckdb.ParserException)
QUOTES_NO_ROW = ("Binder Error", "Catalog Error", "IO Error", "Parser Error", "Compilation Error", "Dependency Error", "Parsing Error")
# What the models' own macros say (macros/engine/table.sql).
OWN_WORDS = re.compile(
    r"The columns of \w+ are not those of its contract|\w+: a value is missing in one of|\w+: more than one row has the same"
)
KIND = re.compile(r"(?P<kind>[A-Z][A-Za-z]*(?: [A-Z]?[a-z]+)* Error)(?P<rest>:| in .*)")


def without_values(error: BaseException) -> str:
    """An error's kind, and its first line if that kind never quotes a row."""
    kind = type(error).__name__
    return f"{kind}: {str(error).splitlines()[0]}" if isinstance(error, QUOTES_NO_VALUE) and str(error) else f"{kind}: {NOT_KEPT}"


def place_of(error: BaseException) -> str:
    """The kind of an error, and the lines of code where it was raised. Of the operating system's errors also its own words, such as of a full disk."""
    lines = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    # Its words for the number of the error, since an error's own text may be anybody's.
    kind = f"{os.strerror(error.errno)} ({type(error).__name__})" if isinstance(error, OSError) and error.errno else type(error).__name__
    return f"{kind} at {' > '.join(lines)}"


def of_node(message: str) -> str:
    """dbt's message about a node, without words of the database that may quote a row."""
    kept: list[str] = []
    for line in message.splitlines():
        found = KIND.search(line)
        if found and found["rest"] == ":" and found["kind"] not in QUOTES_NO_ROW and not OWN_WORDS.match(line[found.end() :].strip()):
            return "\n".join([*kept, f"  {found['kind']}: {NOT_KEPT}"])
        kept.append(line)
        if found and found["rest"] == ":":
            # This line names what is missing. The lines below it quote the statement.
            return "\n".join(kept)
    first = KIND.search(kept[0]) if kept else None
    if first and first["kind"] not in QUOTES_NO_ROW:
        return f"{kept[0]}\n  {NOT_KEPT}"
    return "\n".join(kept)
