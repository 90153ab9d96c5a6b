"""PDFs of pages by setting, with a stand-in for Chromium that writes down how it was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.printed import NotPrinted, print_or_say, print_pages

STAND_IN = """#!/bin/sh
for argument in "$@"; do case "$argument" in --print-to-pdf=*) echo "$@" > "${argument#--print-to-pdf=}";; esac; done
"""


def program(folder: Path, text: str) -> str:
    path = folder / "chromium"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_nothing_is_printed_without_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKFORCE_CHROMIUM", raising=False)
    assert print_pages([tmp_path / "a.html"]) == []


def test_each_page_has_its_pdf_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_CHROMIUM", program(tmp_path, STAND_IN))
    pages = [tmp_path / "a.html", tmp_path / "b c.html"]
    assert print_pages(pages) == [tmp_path / "a.pdf", tmp_path / "b c.pdf"]
    called = (tmp_path / "b c.pdf").read_text()
    assert "--no-pdf-header-footer" in called  # the page has its own foot and page numbers
    assert f"file://{tmp_path}/b%20c.html" in called


def test_a_setting_that_names_no_program_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_CHROMIUM", "no-such-browser")
    with pytest.raises(NotPrinted, match="apt-get install chromium"):
        print_pages([tmp_path / "a.html"])


def test_a_page_that_was_not_printed_is_named_and_no_older_pdf_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_CHROMIUM", program(tmp_path, "#!/bin/sh\nexit 3\n"))
    (tmp_path / "a.pdf").write_text("of last month")
    with pytest.raises(NotPrinted, match=r"a\.html: .* wrote no PDF"):
        print_pages([tmp_path / "a.html"])
    assert not (tmp_path / "a.pdf").exists()


def test_a_publication_goes_on_without_its_pdfs_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WORKFORCE_CHROMIUM", "no-such-browser")
    assert print_or_say([tmp_path / "a.html"]) == []
    assert "WORKFORCE_CHROMIUM is 'no-such-browser'" in caplog.text
