"""How a step says that an extract cannot be used: which file, what was expected, and what to do."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foundation.ledger import Problem

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """A step's finding about an extract, without the file's name. Never holds a value of a personal column."""

    code: str
    says: str
    row: int | None = None
    column: str | None = None


class FileRefused(Exception):
    """An extract that cannot be used. The delivery is held, and the other files go on."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(finding.says for finding in findings))
        self.findings = findings


def refuse(code: str, says: str, row: int | None = None, column: str | None = None) -> FileRefused:
    """A refusal with one finding, to be raised."""
    return FileRefused(Finding(code, says, row, column))


def problem(finding: Finding, file: str, held: bool) -> Problem:
    """The finding as the ledger keeps it. Its message begins with the file's name."""
    # Imported here, so that the process that parses files starts in half the time.
    from foundation.command_line import printable
    from foundation.ledger import HELD, NOTE, Problem

    says, column = (None if text is None else printable(text).replace("\n", " ") for text in (finding.says, finding.column))
    return Problem(finding.code, HELD if held else NOTE, file, f"{file}: {says}", finding.row, column)


def is_panic(error: BaseException) -> bool:
    """Whether native code gave up on a file. Such an error is no Exception."""
    return type(error).__name__ == "PanicException"


@contextmanager
def refused_if_unforeseen() -> Iterator[None]:
    """Turn an unforeseen error about a file into a refusal of that file, so that other files go on.

    This is the last resort. So it takes every error except those about the configuration, and those that end the process. An
    error's own words may hold a value of the file, so the log has only the kind of error and the lines of the code.
    """
    from foundation.configuration import ConfigurationError

    try:
        yield
    except (FileRefused, ConfigurationError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        kind = type(error).__name__
        log.error("%s while a file was read, at:\n%s", kind, "".join(traceback.format_tb(error.__traceback__)))
        says = f"the file stopped the reading ({kind}), in a way that the code does not know; the log says where in the code"
        raise refuse("unforeseen", f"{says}. Tell the engineers, and keep the file as it is; the other files go on") from None
