"""What a board must find on its page, and what must never be there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from reporting.scorecard import write_scorecards


class Page(HTMLParser):
    """A page as read by a browser: its elements with their attributes, its tables' cells, and whether tags close in order."""

    EMPTY = frozenset({"meta", "link", "br", "col", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.captions: list[str] = []
        self.open: list[str] = []
        self.tables: list[list[str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if "table" in self.open:
            self.tables[-1].append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "caption":
            self.captions.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"style", "svg"} & set(self.open):
            return
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += " " + data.strip()
        if "caption" in self.open:
            self.captions[-1] += data

    def row(self, *beginning: str) -> list[str]:
        """The only row whose first cell has all these words, its cells without extra space."""
        rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]
        found = [row for row in rows if row and all(part in row[0] for part in beginning)]
        assert found, f"no row begins with {beginning}"
        return found[0]


@pytest.fixture(scope="module")
def written(publication: Path) -> dict[str, str]:
    """The text of every page by its file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in write_scorecards(publication)}


@pytest.fixture(scope="module")
def north(written: dict[str, str]) -> Page:
    return Page(written["north.html"])


def test_a_page_a_council_and_an_index_that_links_to_them(written: dict[str, str]) -> None:
    assert list(written) == ["north.html", "south.html", "index.html"]
    links = [attributes.get("href") for tag, attributes in Page(written["index.html"]).elements if tag == "a"]
    assert {"north.html", "south.html"} <= set(links)
    assert Page(written["index.html"]).row("North Shire")[2:] == ["0", "1", "2", "2"]


def test_the_page_says_council_month_and_publication(written: dict[str, str], north: Page) -> None:
    assert "<title>North Shire: children's services workforce scorecard, September 2025</title>" in written["north.html"]
    assert "North Shire, September 2025" in north.text
    assert "p-001" in north.text
    assert "South &amp; West, September 2025" in written["south.html"]


def test_both_definitions_stand_side_by_side_each_with_value_status_and_target(north: Page) -> None:
    dfe = north.row("Turnover rate", "DfE definition")
    board = north.row("Turnover rate of permanent staff", "Board definition")
    assert dfe[1:4] == ["9.7%", "Month: 0.1 worse Year: 1.2 worse", "none"]
    assert board[1] == "11.1%"
    assert board[3] == "Below 10% by April 2023 Not met 29 months late"
    beside = next(row for row in north.rows if row[0].strip() == "Turnover rate" and len(row) == 4)
    assert "9.7%" in beside[1]
    assert "11.1%" in beside[2]
    assert beside[3].strip() == "Board definition"


def test_a_figure_that_is_not_available_says_why_in_words(north: Page) -> None:
    row = north.row("Sickness absence rate", "DfE definition")
    assert row[1] == "[u]"
    assert "In place of a figure: [c] confidential: it would tell" in " ".join(north.text.split())
    assert row[3] == "DfE marks this figure as of low reliability"


def test_an_indicator_without_a_row_is_on_the_page_all_the_same(written: dict[str, str]) -> None:
    assert Page(written["south.html"]).row("Average caseload", "DfE definition")[3] == "This publication has no figure for the month"


def test_a_suppressed_value_is_nowhere_in_the_page(written: dict[str, str], north: Page) -> None:
    row = north.row("Survey score", "Board definition")
    assert (row[1], row[3][:20]) == ("[c]", "Fewer than 10 people")
    for number in ("78", "313", "78.25"):
        assert not re.search(rf"(?<![\d.#]){re.escape(number)}(?![\d])", written["north.html"].split("</style>")[1])


def test_a_figure_of_an_older_month_says_which_and_is_a_gap_in_the_line(written: dict[str, str], north: Page) -> None:
    assert north.row("Average caseload", "DfE definition")[1] == "15.5 cases as at August 2025"
    assert "caseload is held back by rule CAS-002 since 12 October 2025: Average caseload" in " ".join(north.text.split())
    assert "Caseload, owed by Case system team: Average caseload. Last month in force: August 2025." in " ".join(north.text.split())
    assert "to 15.5 cases in August 2025" in written["north.html"]
    assert "1 delivery was held back by the checks; the last month in force is August 2025." in north.text


def test_a_figure_that_was_given_otherwise_stands_beside_what_is_now_known_and_why(written: dict[str, str], north: Page) -> None:
    restated = [[" ".join(cell.split()) for cell in row] for row in north.rows if len(row) == 5 and "August 2025" in row[1]]
    assert restated == [
        [
            "Turnover rate DfE definition",
            "August 2025",
            "9.1% 12 September 2025",
            "9.6%",
            "Staff in post of 2025-09, received 2025-10-12, staff_2025-09.csv; "
            "Staff in post of 2025-07, received 2025-08-12, old.csv (no longer in force)",
        ],
        [
            "Turnover rate of permanent staff Board definition",
            "August 2025",
            "10.2% 12 September 2025",
            "[c]",
            "The way of counting or the configuration changed",
        ],
    ]
    assert "66.6" not in written["north.html"]
    assert "known to be others" not in written["south.html"]


def test_a_figure_stands_beside_what_the_department_published_of_the_same_september(written: dict[str, str], north: Page) -> None:
    rows = [[" ".join(cell.split()) for cell in row] for row in north.rows]
    start = rows.index(["Indicator", "North Shire, counted", "North Shire, published", "East Midlands", "Similar councils", "England"])
    assert rows[start + 1 : start + 3] == [
        ["Turnover rate", "9.7%", "9.7%", "12.3%", "10.9% 2 without a figure", "11.8%"],
        ["Sickness absence rate", "[u]", "[u]", "-", "-", "-"],
    ]
    assert "DfE's indicators, September 2025" in north.captions
    assert "in its release of 2025" in " ".join(north.text.split())
    assert "66.6" not in written["north.html"]
    assert "Similar councils" not in written["south.html"]


def test_the_line_has_a_text_alternative(written: dict[str, str]) -> None:
    said = "from 8.8% in October 2023 to 11.1% in September 2025, lowest 8.8%, highest 11.1%"
    assert written["north.html"].count(f'aria-label="{said}"') == 1


def test_the_establishment_is_printed_as_the_published_table(north: Page) -> None:
    assert north.row("The council")[:7] == ["The council", "120", "56%", "40%", "26%", "0%", "20%"]
    assert north.row("Fenland and East")[4] == "75%"
    assert north.row("Fenland and East")[-1] == "6 of 8"
    assert north.row("Fenland and East")[5] == "[c]", "what is hidden is not called not available"
    assert north.row("Project team")[1:5] == ["0", "-", "5.5 FTE", "-"]
    teams = [row[0].strip() for row in north.rows if row[-1].strip().endswith((" of 8", " of 20", " of 120"))]
    assert teams == ["The council", "Fenland and East Assessment Team", "Care <b>leavers</b>"]


def test_an_older_establishment_and_unknown_agency_are_said(written: dict[str, str]) -> None:
    south = Page(written["south.html"])
    assert south.row("The council")[1:] == [
        "64",
        "80%",
        "not available",
        "not available",
        "5%",
        "not available",
        "not available",
        "0%",
        "not available",
    ]
    assert "The establishment for September 2025 is not in force. This table is for August 2025." in south.text


def test_failed_rules_stand_with_their_rows_and_where_to_put_them_right(north: Page) -> None:
    assert north.row("Every post is known")[1:] == ["Staff in post", "5", "Warning", "Position screen"]
    assert north.row("No case is lost")[1:] == ["Caseload", "40", "Holds the delivery back", "Ask the case system team"]
    assert north.row("Staff in post")[1:] == ["September 2025", "12 October 2025", "1,204", "3", "0", "1 of 2"]


def test_a_team_name_cannot_write_into_the_page(written: dict[str, str]) -> None:
    assert "Care &lt;b&gt;leavers&lt;/b&gt;" in written["north.html"]
    assert "<b>" not in written["north.html"]


@pytest.mark.parametrize("name", ["north.html", "south.html", "index.html"])
def test_a_page_runs_nothing_and_asks_nothing_of_another_server(written: dict[str, str], name: str) -> None:
    text = written[name]
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("name", ["north.html", "south.html", "index.html"])
def test_a_page_can_be_read_with_a_screen_reader(written: dict[str, str], name: str) -> None:
    page = Page(written[name])
    assert page.elements[0] == ("html", {"lang": "en-GB"})
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all("caption" in table for table in page.tables)
    assert len(page.captions) == len(page.tables)
    assert all(attributes.get("scope") in ("col", "row", "rowgroup") for tag, attributes in page.elements if tag == "th")
    drawn = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("aria-hidden") != "true"]
    assert all(attributes.get("role") == "img" and attributes.get("aria-label") for attributes in drawn)
    inner = [tag for tag, attributes in page.elements if tag in ("g", "path", "line", "rect", "text") and "role" in attributes]
    assert not inner
    scrolling = [attributes for tag, attributes in page.elements if attributes.get("class") == "scroll"]
    assert len(scrolling) == len(page.tables)
    assert all(attributes["tabindex"] == "0" and attributes["aria-label"] for attributes in scrolling)


def test_the_index_names_councils_that_are_left_out(publication: Path, written: dict[str, str]) -> None:
    assert "Not in this publication" not in written["index.html"]
    (publication / "manifest.json").write_text('{"councils_left_out": [{"organisation_id": "east"}]}')
    write_scorecards(publication)
    (publication / "manifest.json").unlink()
    assert "<strong>Not in this publication:</strong> east." in (publication / "inside" / "scorecard" / "index.html").read_text(
        encoding="utf-8"
    )


def test_a_publication_gives_the_same_pages_twice(publication: Path, written: dict[str, str]) -> None:
    again = {path.name: path.read_text(encoding="utf-8") for path in write_scorecards(publication)}
    assert again == written


def test_a_council_of_which_nothing_came_still_gets_a_page(make_publication: Callable[[str], Path]) -> None:
    silent = make_publication("insert into marts.organisation values ('west', 'West', null, null)")
    text = (silent / "inside" / "scorecard" / "west.html").read_text() if write_scorecards(silent) else ""
    assert "This publication has no deliveries from this council." in text
    assert "There is no establishment of social worker posts" in text
