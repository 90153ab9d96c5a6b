"""Pages as tagged PDFs, printed by a headless Chromium that the settings name. The printed page and the PDF are the same."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

SETTING = "WORKFORCE_CHROMIUM"
SECONDS = 120


class NotPrinted(Exception):
    """A page could not be printed. The message says which, and what to do."""


def print_pages(pages: Iterable[Path]) -> list[Path]:
    """Write a PDF beside each page and return the PDFs. None are written unless WORKFORCE_CHROMIUM names a Chromium.

    Raises NotPrinted if the setting names nothing that runs, or a page was not printed in two minutes.
    """
    asked = os.environ.get(SETTING, "").strip()
    if not asked:
        return []
    chromium = shutil.which(asked)
    if chromium is None:
        raise NotPrinted(
            f"{SETTING} is '{asked}', which is no program here. Install Chromium (apt-get install chromium), or empty the setting"
        )
    return [_print(chromium, page) for page in pages]


def print_or_say(pages: Iterable[Path]) -> list[Path]:
    """As print_pages. A page that cannot be printed is a warning in the log: the figures are published all the same."""
    try:
        return print_pages(pages)
    except NotPrinted as failed:
        log.warning("%s", failed)
        return []


def _print(chromium: str, page: Path) -> Path:
    target = page.with_suffix(".pdf")
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        # No sandbox: the user of a container cannot make one, and the pages are our own, without scripts.
        command = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPrinted(f"{page}: {chromium} did not print it: {type(error).__name__}") from None
    if not target.is_file():
        raise NotPrinted(f"{page}: {chromium} wrote no PDF. Run it by hand: {' '.join(command)}")
    return target
