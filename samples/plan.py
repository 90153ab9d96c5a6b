"""What is generated for a council: its years, the figures behind them, and the months of each source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from samples.calibrate import Figures, calibrate
from samples.layout import Layout
from samples.layouts import COUNCILS, layout_of
from samples.months import census_end, census_start, census_year, month_before, month_ends, period
from samples.published_figures import PublishedYear, SampleError

STOCKS = ("hr_assignments", "establishment", "agency", "caseload")  # their opening September is delivered too
SOURCES = ("hr_assignments", "establishment", "agency", "absence", "caseload", "training", "survey", "payroll")
OF_ONE_COUNCIL = ("survey_means",)
SURVEY_MONTH = 3
HEALTH_CHECK_REPORTED = date(2024, 6, 30)  # the last national survey of children's services
LIKELY_TURNOVER = 0.1


@dataclass(frozen=True)
class Plan:
    """One council's samples. `history` has years for which only staff in post and absences are delivered."""

    organisation_id: str
    by_name: bool
    la_code: str
    published: PublishedYear
    layout: Layout
    prefix: str
    opening: Figures
    figures: list[Figures]
    reported_from: int
    rows: dict[int, PublishedYear]
    sources: tuple[str, ...] = SOURCES

    @property
    def late_in_september(self) -> list[int]:
        """The years after which staff in post are delivered for the next October too."""
        delivered = {census_year(day) for day in self.months("hr_assignments")}
        return [figures.year for figures in self.figures if figures.year + 1 in delivered]

    def months(self, source: str) -> list[date]:
        """The month ends for which a source is delivered."""
        return [day for day in self.wanted(source) if source not in self._missing(census_year(day))]

    def not_supplied(self) -> list[tuple[str, str, str, str, str, str]]:
        """Rows of not_supplied.csv: source, measure, first and last month, symbol, whether it counts above."""
        found = []
        for year, row in sorted(self.rows.items()):
            whole = [(source, "", symbol) for source, symbol in self._missing(year).items()]
            for source, measure, symbol in (*whole, *row.missing_measures()):
                if source not in self.sources:
                    continue
                months = [day for day in self.wanted(source) if census_year(day) == year]
                if months and source == "survey":
                    months = [census_start(year), census_end(year)]
                if months:
                    found.append((source, measure, period(months[0]), period(months[-1]), symbol, row.counts_above.get(measure, "no")))
        return found

    def _missing(self, year: int) -> dict[str, str]:
        """Sources missing from a year's publication. For the opening September, only sources of stocks."""
        if year not in self.rows:
            return {}
        missing = self.rows[year].missing_sources()
        return missing if year >= self.figures[0].year else {source: symbol for source, symbol in missing.items() if source in STOCKS}

    def wanted(self, source: str) -> list[date]:
        """The month ends for which a source would be delivered if every source had been published."""
        first_year = self.figures[0].year if source in ("hr_assignments", "absence") else self.reported_from
        last = census_end(self.figures[-1].year)
        if source == "survey_means":
            return [HEALTH_CHECK_REPORTED] if census_start(self.reported_from) <= HEALTH_CHECK_REPORTED <= last else []
        opening = month_before(census_start(first_year))
        months = month_ends(opening if source in (*STOCKS, "training") else census_start(first_year), last)
        return [day for day in months if day.month == SURVEY_MONTH] if source == "survey" else months


def plan_council(
    published: Mapping[tuple[str, int], PublishedYear],
    la_code: str,
    years: list[int],
    history: list[int],
    file: str,
    by_name: bool = False,
) -> Plan:
    """Plan the samples of one authority, under its code or, for one of the three councils, under its name.

    Raises SampleError if the file has no such authority or year.
    """
    played = sorted({*years, *history})
    known = sorted({year for code, year in published if code == la_code})
    if not known:
        raise SampleError(
            f"{file}: there is no authority with the code {la_code}. Take a code of the column old_la_code, for example 926; "
            "a joint one as '940 / 941'"
        )
    lacking = [year for year in played if year not in known]
    if lacking:
        raise SampleError(
            f"{file}: {published[la_code, known[-1]].name} ({la_code}) has no figures for {', '.join(map(str, lacking))}. "
            f"Choose --years from {known[0]} to {known[-1]}"
        )
    rows = {year: published[la_code, year] for year in played}
    opening_row = published.get((la_code, played[0] - 1))
    figures = _figures(rows)
    layout = layout_of(la_code)
    organisation_id, prefix = COUNCILS[la_code] if by_name else ("la" + la_code.replace(" / ", "_"), "LA")
    return Plan(
        organisation_id=organisation_id,
        by_name=by_name,
        la_code=la_code,
        published=rows[played[-1]],
        layout=layout,
        prefix=prefix,
        opening=_opening(opening_row, figures[0]),
        figures=figures,
        reported_from=min(years),
        rows=rows if opening_row is None else {opening_row.year: opening_row, **rows},
        sources=(*SOURCES, *(name for name in OF_ONE_COUNCIL if by_name and name in layout.extracts)),
    )


def _figures(rows: dict[int, PublishedYear]) -> list[Figures]:
    """Calibrated figures. A year without staff in post is played like the next year that has them, and is not delivered."""
    solved = {year: calibrate(row) for year, row in rows.items() if "hr_assignments" not in row.missing_sources()}
    if not solved:
        name, years = next(iter(rows.values())).name, ", ".join(map(str, rows))
        raise SampleError(f"{name}: staff in post were not published for {years}, so nothing can be generated. Choose other --years")
    found = []
    for year in sorted(rows):
        nearest = solved[min(solved, key=lambda known_year: (abs(known_year - year), known_year))]
        found.append(solved[year] if year in solved else _unpublished(rows[year], nearest, year))
    return found


def _unpublished(row: PublishedYear, nearest: Figures, year: int) -> Figures:
    heads = row.whole("inpost_headcount") or nearest.inpost_headcount
    tenths = row.tenths("inpost_fte")
    fte = tenths * 10 if tenths else round(nearest.inpost_fte * heads / max(1, nearest.inpost_headcount))
    moving = round(heads * LIKELY_TURNOVER)
    return replace(
        nearest,
        year=year,
        inpost_fte=fte,
        inpost_headcount=heads,
        starters_headcount=moving,
        starters_fte=moving * 95,
        leavers_headcount=moving,
        leavers_fte=moving * 95,
        case_holders_fte=(),
        cases=None,
        working_days_lost_fte=None,
    )


def _opening(row: PublishedYear | None, first: Figures) -> Figures:
    """The stocks of the September before, as published, or what the first year's flows imply."""
    if row is not None and "hr_assignments" not in row.missing_sources():
        try:
            return calibrate(row)
        except SampleError:
            pass
    heads = max(0, first.inpost_headcount - first.starters_headcount + first.leavers_headcount)
    fte = round(heads * (first.inpost_fte / first.inpost_headcount if first.inpost_headcount else 100))
    return replace(first, year=first.year - 1, inpost_headcount=heads, inpost_fte=fte, case_holders_fte=(), cases=None)
