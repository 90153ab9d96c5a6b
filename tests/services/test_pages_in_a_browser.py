"""Every page in Chromium: axe-core for WCAG 2.2 AA, keyboard alone, 320 px and 400% zoom, dark, forced colours, and print.

Screenshots and PDFs lie in the folder that WORKFORCE_TEST_SCREENSHOTS names, for somebody to look at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reporting.quality import write_quality_pages
from reporting.scorecard import write_scorecards
from tests.reporting.board_tables import BOARD_TABLES
from tests.reporting.conftest import TABLES

pytestmark = pytest.mark.services
REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = REPOSITORY / ".venv-browser" / "bin" / "python"
CHROMIUM = os.environ.get("WORKFORCE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
AT_MOST_WIDE = 320


def _pages(folder: Path) -> list[Path]:
    """The pages of a publication. WORKFORCE_TEST_PUBLICATION names another one than the two small councils."""
    publication = Path(os.environ.get("WORKFORCE_TEST_PUBLICATION") or folder / "2025-09" / "p-001")
    if not publication.exists():
        (publication / "inside").mkdir(parents=True)
        with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as marts:
            marts.execute(TABLES)
            marts.execute(BOARD_TABLES)
        write_scorecards(publication)
        write_quality_pages(publication)
    inside = publication / "inside"
    return sorted([*inside.glob("scorecard/**/*.html"), *inside.glob("quality/*.html")])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What Chromium saw of each page."""
    if not CHROMIUM:
        pytest.skip("Chromium is missing: install it (apt-get install chromium), or name it in WORKFORCE_TEST_CHROMIUM")
    if not PYTHON.exists():
        pytest.skip("The browser's Python packages are missing: run `make test-services`, which installs them into .venv-browser")
    folder = tmp_path_factory.mktemp("pages")
    shots = Path(os.environ.get("WORKFORCE_TEST_SCREENSHOTS") or folder / "seen")
    shots.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("browser_look.py")
    command = [str(PYTHON), str(script), CHROMIUM, str(shots), *map(str, _pages(folder))]
    looked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500)
    assert looked.returncode == 0, looked.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(looked.stdout)
    assert found
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(seen: list[dict[str, Any]], scheme: str) -> None:
    assert not {page["page"]: page[scheme] for page in seen if page[scheme]}


def test_a_page_asks_for_nothing_else(seen: list[dict[str, Any]]) -> None:
    assert not {page["page"]: page["requests"] for page in seen if page["requests"]}


def test_at_320_pixels_and_400_per_cent_zoom_a_page_does_not_scroll_sideways(seen: list[dict[str, Any]]) -> None:
    assert not {page["page"]: page["narrow"] for page in seen if page["narrow"] > AT_MOST_WIDE}


def test_no_label_of_a_chart_is_clipped(seen: list[dict[str, Any]]) -> None:
    assert not {page["page"]: page["clipped"] for page in seen if page["clipped"]}


def test_the_tab_key_reaches_everything_and_shows_where_it_is(seen: list[dict[str, Any]]) -> None:
    for page in seen:
        stops = page["keys"]["stops"]
        assert stops[0]["label"].startswith("Skip to"), page["page"]
        assert all(stop["is"] in ("A", "DIV") and stop["label"] for stop in stops), page["page"]
        assert all(stop["seen"] and stop["outline"] != "none" and stop["width"] != "0px" for stop in stops), page["page"]
        assert len(stops) == page["keys"]["expected"]


def test_lines_and_icons_are_seen_in_forced_colours(seen: list[dict[str, Any]]) -> None:
    drawn = [page["forced"] for page in seen if page["forced"]["drawn"]]
    assert len(drawn) >= 5
    for forced in drawn:
        assert forced["ink"] != forced["paper"]
        assert forced["paper"] not in forced["drawn"]
        assert forced["ink"] in forced["drawn"]


def test_a_printed_page_is_tagged_numbered_and_never_nearly_empty(seen: list[dict[str, Any]]) -> None:
    for page in seen:
        printed = page["pdf"]
        assert printed["tagged"], page["page"]
        for number, text in enumerate(printed["pages"], 1):
            assert f"Page {number} of {len(printed['pages'])}" in " ".join(text.split()), page["page"]
        assert all(len(text.split()) > 25 for text in printed["pages"][:-1]), page["page"]


def test_the_first_two_printed_pages_say_it_all(seen: list[dict[str, Any]]) -> None:
    first = [page for page in seen if "/scorecard/" in page["page"] and Path(page["page"]).parent.name == "scorecard"]
    councils = [page for page in first if not page["page"].endswith("index.html")]
    assert councils
    for page in councils:
        two = " ".join(" ".join(page["pdf"]["pages"][:2]).split())
        for part in ("What needs attention", "Missing figures, and who owes them", "Summary", "limits would flag what is nothing"):
            assert part in two, (page["page"], part)
