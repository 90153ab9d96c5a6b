"""How every command ends: with its exit code, and without an error if nobody reads its output any more."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

REFUSED_BY_THE_DISK = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
WHAT_IS_NEEDED = (
    "Give the account that runs this the right to it, or free the disk. Then type the same again: python -m warehouse doctor says what else"
)


def run(main: Callable[[], int]) -> NoReturn:
    """Run a command and exit with the code that it returns.

    The reader of the output may stop, as `| head` does. The work continues to its end, and the rest of the output is not printed. A disk or
    folder that refuses is one sentence and code 2.
    """
    sys.stdout, sys.stderr = _WhileRead(sys.stdout), _WhileRead(sys.stderr)
    try:
        code = main()
    except OSError as error:
        if error.errno not in REFUSED_BY_THE_DISK:
            raise
        print(f"{error.filename or 'The disk'}: {error.strerror}, so the work stopped. {WHAT_IS_NEEDED}", file=sys.stderr)
        code = 2
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    raise SystemExit(code)


def printable(text: str) -> str:
    """A text with its signs that cannot be seen written out, line breaks apart: a terminal would take some of them for commands."""
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


class _WhileRead:
    """A stream that discards its output once its reader is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        """Discard what is still in the stream's buffer."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
