"""The pages of an indicator and of a flow, and the summary above them: what a board acts on, figure by figure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from foundation.page_notes import NOTES
from reporting import figure_wording
from reporting.board_summary import change_words, months_between
from reporting.indicator_pages import is_hot
from reporting.published_history import OfUnit
from reporting.scorecard import write_scorecards
from tests.reporting.test_scorecard import Page

NOTES_OF_NORTH = {
    "rebases": [
        {"organisation_id": "north", "series": "leavers", "from_date": "2024-10-01", "by": "HR lead", "reason": "Leavers are entered in the month"},
        {"organisation_id": "south", "series": "leavers", "from_date": "2025-01-01", "by": "x", "reason": "of another council"},
    ],
    "plans": [{"organisation_id": "north", "plan": "Framework 7", "from_date": "2022-04-01", "to_date": "2025-06-30"}],
    "commentary": [
        {"organisation_id": "north", "indicator_id": "", "written_on": "2025-09-20", "by": "Director", "says": "We hire <now>"},
        {"organisation_id": "north", "indicator_id": "turnover_rate", "written_on": "2025-09-21", "by": "Lead", "says": "Exit interviews began"},
        {"organisation_id": "north", "indicator_id": "", "written_on": "2025-10-20", "by": "Director", "says": "of a later month"},
    ],
}  # fmt: skip


def texts(publication: Path) -> dict[str, str]:
    """Every page of a publication by its path under the scorecards."""
    write_scorecards(publication)
    folder = publication / "inside" / "scorecard"
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))}


@pytest.fixture(scope="module")
def written(publication: Path) -> dict[str, str]:
    return texts(publication)


@pytest.fixture(scope="module")
def noted(make_publication: Callable[[str], Path]) -> dict[str, str]:
    publication = make_publication("")
    (publication / "inside" / NOTES).write_text(json.dumps(NOTES_OF_NORTH), encoding="utf-8")
    return texts(publication)


def words(page: str) -> str:
    return " ".join(Page(page).text.split())


def test_each_indicator_and_flow_has_a_page_that_the_first_page_links_to(written: dict[str, str]) -> None:
    links = {attributes.get("href") for tag, attributes in Page(written["north.html"]).elements if tag == "a"}
    pages = {path for path in written if path.startswith("north/")}
    assert pages == {f"north/{name}.html" for name in ("turnover_rate", "absence_rate", "caseload", "survey_score", "leavers", "starters", "net_change", "days_lost")}  # fmt: skip
    assert pages <= links


def test_what_is_worse_than_chance_comes_first(written: dict[str, str]) -> None:
    said = words(written["north.html"])
    assert "Leavers: 19 in September 2025, worse than usual: above the upper limit. A usual month has" in said
    assert said.index("Worse than chance alone") < said.index("Targets not met") < said.index("Summary")


def test_a_missed_target_says_how_far_it_is_and_how_late(written: dict[str, str]) -> None:
    assert (
        "Turnover rate of permanent staff is 11.1%; the target is below 10% by April 2023. 1.1 points away: 0.7 FTE. 29 months late. "
        "Not met in any month since April 2024." in words(written["north.html"])
    )


def test_the_pounds_of_a_missed_agency_target_are_the_dearer_years(make_publication: Callable[[str], Path]) -> None:
    publication = make_publication("""
        insert into marts.indicator values ('agency_rate', 'dfe', 'Agency rate', 'FTE of agency', 'FTE of all', 'All', 'Month end', 'per_cent', 'lower',
            1, 'Guide', 5, 'DfE');
        insert into marts.indicator_value (organisation_id, indicator_id, definition_id, month_end, scope, scope_id, numerator, denominator, value,
            unit, target, status) values
            ('north', 'agency_rate', 'dfe', '2025-09-30', 'organisation', 'north', 30, 200, 15, 'per_cent', 10, 'not_met');
        insert into marts.target values ('north', 'agency_rate', 'dfe', '2024-04-01', '2025-09-30', 'at_most', 10, 'A plan')""")
    said = words(texts(publication)["north.html"])
    assert "5.0 points away: 10.0 FTE. Not met in any month since September 2025. " in said
    assert "10.0 FTE of agency workers cost about £200,000 a year more than permanent staff." in said


def test_a_target_ends_with_its_plan(noted: dict[str, str], written: dict[str, str]) -> None:
    said = words(noted["north.html"])
    assert "Expired with its plan (Framework 7, until June 2025): Turnover rate of permanent staff below 10% by April 2023." in said
    assert "29 months late" not in said
    assert Page(noted["north/turnover_rate.html"]).row("1 April 2022")[-1] == "expired with its plan, 30 June 2025"
    assert Page(written["north/turnover_rate.html"]).row("1 April 2022")[-1] == "in force"


def test_a_target_that_another_took_over_from_is_superseded(make_publication: Callable[[str], Path]) -> None:
    later = make_publication(
        "insert into marts.target values ('north', 'turnover_rate', 'board', '2025-04-01', null, 'below', 12, 'Plan B')"
    )
    page = Page(texts(later)["north/turnover_rate.html"])
    assert page.row("1 April 2022")[-1] == "superseded from 1 April 2025"
    assert page.row("1 April 2025")[-1] == "in force"


def test_commentary_is_the_owners_and_dated_or_none_given(noted: dict[str, str], written: dict[str, str]) -> None:
    assert "We hire &lt;now&gt;" in noted["north.html"]
    assert "Director, 20 September 2025" in noted["north.html"]
    assert "of a later month" not in noted["north.html"]
    assert "Exit interviews began Lead, 21 September 2025" in words(noted["north/turnover_rate.html"])
    assert "None given." in words(written["north.html"])


def test_limits_start_again_at_a_rebase_with_its_reason(noted: dict[str, str], written: dict[str, str]) -> None:
    said = words(noted["north/leavers.html"])
    assert "Limits start again on 1 October 2024: Leavers are entered in the month (HR lead)" in said
    assert "of another council" not in said
    rows = [[cell.strip() for cell in row] for row in Page(noted["north/leavers.html"]).rows]
    before, after = rows[rows_of(rows, "September 2024")], rows[rows_of(rows, "October 2024")]
    assert before[3] != after[3]
    assert "Limits start again" not in written["north/leavers.html"]


def rows_of(rows: list[list[str]], month: str) -> int:
    return next(place for place, row in enumerate(rows) if row[0] == month)


def test_reasons_of_a_movement_add_up_and_a_month_without_a_row_is_none(written: dict[str, str]) -> None:
    leavers, starters = Page(written["north/leavers.html"]), Page(written["north/starters.html"])
    assert leavers.row("September 2025")[1] == "19"
    assert leavers.row("September 2025")[-1] == "above the upper limit"
    assert starters.row("October 2023")[1] == "0"
    assert starters.row("May 2024")[1] == "-"  # hidden in the marts
    assert Page(written["north/net_change.html"]).row("September 2025")[1] == "-14"
    assert "666" not in written["north/leavers.html"]


def test_fewer_than_twelve_months_have_no_limits(written: dict[str, str]) -> None:
    said = words(written["north/days_lost.html"])
    assert "Fewer than 12 months, so no limits" in said
    assert Page(written["north/days_lost.html"]).row("September 2025")[1:] == ["120.3", "-", "-", "-", "-"]


def test_every_figure_of_an_indicators_page_is_the_published_marts(publication: Path, written: dict[str, str]) -> None:
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
        found = marts.execute(
            "select month_end, definition_id, value, numerator, denominator from marts.indicator_value "
            "where organisation_id = 'north' and indicator_id = 'turnover_rate' and scope = 'organisation' order by month_end desc, definition_id desc"
        ).fetchall()
    page = Page(written["north/turnover_rate.html"])
    expected: dict[date, list[str]] = {}
    for month_end, _, value, numerator, denominator in found:
        cells = expected.setdefault(month_end, [figure_wording.month(month_end)])
        if value is None:
            cells += ["- no extract of hr came for the month", "-", "-"]
        else:
            cells += [
                figure_wording.value(value, "per_cent", 1),
                figure_wording.count(numerator, True),
                figure_wording.count(denominator, True),
            ]
    shown = [[" ".join(cell.split()) for cell in row] for row in page.rows]
    for cells in expected.values():
        row = next(row for row in shown if row[0] == cells[0] and len(row) == 7)
        for cell, there in zip(cells, row, strict=True):
            assert there == cell or (cell.startswith("- ") and there.startswith("-"))
    assert len(expected) == 24


def test_a_hot_spot_is_worse_than_chance_at_its_size(written: dict[str, str]) -> None:
    page = Page(written["north/turnover_rate.html"])
    assert page.row("Care <b>leavers</b>")[-1] == "Hot spot"  # 30% of 40, where the council has 9.65%
    assert page.row("Fenland and East")[-1] == ""  # 50% of 4: chance alone may do that
    assert page.row("Fenland and East")[1:3] == ["50.0%", "2.0 ÷ 4.0"]
    assert page.row("Project team")[1] == "-"
    for hidden in ("66.6", "77.7", "88.8"):
        assert hidden not in page.text


@pytest.mark.parametrize(
    ("value", "size", "better", "hot"),
    [(30, 40, "lower", True), (50, 4, "lower", False), (30, 40, "higher", False), (30, 40, "none", False), (0.5, 400, "higher", True)],
)
def test_hot_is_beyond_three_standard_errors(value: float, size: int, better: str, hot: bool) -> None:
    from decimal import Decimal

    assert is_hot(OfUnit("a", "team", value, Decimal(1), Decimal(size), None), 10, better, "per_cent") is hot
    assert not is_hot(OfUnit("a", "team", value, Decimal(1), Decimal(size), None), None, better, "per_cent")
    assert not is_hot(OfUnit("a", "team", value, Decimal(1), Decimal(size), None), 10, better, "cases")


@pytest.mark.parametrize(
    ("now", "then", "better", "unit", "said"),
    [
        (9.65, 9.55, "lower", "per_cent", ("0.1 points worse", "0.1 worse", "worse")),
        (11.0, 10.0, "higher", "per_cent", ("1.0 point better", "1.0 better", "better")),
        (15.0, 16.2, "lower", "cases", ("1.2 cases better", "1.2 better", "better")),
        (10.04, 10.0, "lower", "per_cent", ("no change", "no change", "steady")),
        (12.0, 10.0, "none", "per_cent", ("up 2.0 points", "up 2.0", "steady")),
        (None, 10.0, "lower", "per_cent", ("not known", "not known", "unknown")),
        (10.0, None, "lower", "per_cent", ("not known", "not known", "unknown")),
    ],
)
def test_a_change_is_said_in_words(now: float | None, then: float | None, better: str, unit: str, said: tuple[str, str, str]) -> None:
    assert change_words(now, then, better, unit, 1) == said


def test_months_are_counted_by_the_calendar() -> None:
    assert months_between(date(2023, 4, 30), date(2025, 9, 30)) == 29


def test_indicators_without_a_target_stand_under_what_they_say(written: dict[str, str]) -> None:
    rows = [" ".join(cell.split()) for row in Page(written["north.html"]).rows for cell in row[:1]]
    assert rows.index("Target not met") < rows.index("Turnover rate of permanent staff Board definition")
    assert rows.index("No target in force: worse than a year ago") < rows.index("Turnover rate DfE definition")


def test_the_deliveries_behind_an_indicator_have_their_owner(written: dict[str, str]) -> None:
    page = Page(written["north/caseload.html"])
    assert page.row("Staff in post")[1:] == ["HR systems", "received 12 October 2025", "1,204", "3"]
    assert page.row("Caseload")[1:3] == ["Case system team", "not in force; last month in force: August 2025"]


def test_no_page_is_heavy_runs_anything_or_asks_another_server(written: dict[str, str]) -> None:
    for path, text in written.items():
        assert len(text.encode()) < (300_000 if "/" not in path else 1_000_000)
        for wrong in ("<script", "http://", "https://", "@import", "url(", "aria-roledescription"):
            assert wrong not in text
        page = Page(text)
        ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
        assert len(set(ids)) == len(ids)


def test_links_lead_to_pages_that_are_there(written: dict[str, str]) -> None:
    for path, text in written.items():
        for tag, attributes in Page(text).elements:
            if tag == "a" and not (attributes["href"] or "").startswith(("#", "../quality", "../../quality")):
                there = (Path("/") / path).parent / (attributes["href"] or "")
                assert str(there.resolve())[1:] in written


def test_a_title_cannot_leave_the_foot_of_a_printed_page(make_publication: Callable[[str], Path]) -> None:
    tricky = make_publication("""update marts.organisation set organisation_name = 'A"; } </style><b>&' where organisation_id = 'north'""")
    text = texts(tricky)["north.html"]
    style = re.search(r"@bottom-left \{ content: \"([^\"]*)\"", text)
    assert style and "\\22 " in style[1] and "\\3c " in style[1]
    assert "</style><b>" not in text


@pytest.mark.parametrize("council", ["north", "south"])
def test_every_figure_of_the_summary_is_the_published_marts(publication: Path, written: dict[str, str], council: str) -> None:
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
        found = marts.execute(
            "select indicator.title, definition_id, value, indicator.unit, indicator.decimals, status from marts.indicator as indicator "
            "left join (select * from marts.indicator_value where organisation_id = $1 and scope = 'organisation' and month_end = '2025-09-30') "
            "using (indicator_id, definition_id)",
            [council],
        ).fetchall()
    page = Page(written[f"{council}.html"])
    assert len(found) == 5
    for title, definition, value, unit, decimals, status in found:
        shown = page.row(title, f"{figure_wording.definition(definition)} definition")[1]
        hidden = value is None or status in ("suppressed", "not_available")
        assert shown.startswith("[" if hidden else figure_wording.value(value, unit, decimals))


def test_every_month_of_a_flow_is_the_published_marts(publication: Path, written: dict[str, str]) -> None:
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
        found = marts.execute(
            "select month_end, sum(headcount) from marts.movement_month where organisation_id = 'north' and scope = 'organisation' "
            "and movement = 'leaver' group by month_end"
        ).fetchall()
    page = Page(written["north/leavers.html"])
    assert len(found) == 24
    for month_end, people in found:
        assert page.row(figure_wording.month(month_end))[1] == str(people)
