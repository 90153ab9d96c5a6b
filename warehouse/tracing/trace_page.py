"""A trace as text for a terminal, in sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from textwrap import wrap

from foundation.storage import Storage
from foundation.text_table import text_table
from warehouse.tracing.column_lineage import read_from_extracts
from warehouse.tracing.deliveries_behind import REPORT_THE_PAST, SourceMonth
from warehouse.tracing.recount import CountedPart, CountedSum, Step
from warehouse.tracing.trace import Trace

FIGURE, ROWS, DELIVERIES, RULES, MODELS, COLUMNS = SECTIONS = ("figure", "rows", "deliveries", "rules", "models", "columns")
RESTRICTED = "Restricted: these are rows of people and posts, from the build. Keys are pseudonyms. Pass them on to nobody"
AGAIN = "docs/trace_a_figure.md says how to have that build again"
WIDTH = 120


def page(traced: Trace, place: Storage, sections: Sequence[str] = SECTIONS) -> str:
    """The sections that are asked for."""
    written = {
        FIGURE: _figure,
        ROWS: _rows,
        DELIVERIES: lambda given: _deliveries(given, place),
        RULES: _rules,
        MODELS: _models,
        COLUMNS: _columns,
    }
    return "\n\n".join("\n".join(written[section](traced)) for section in SECTIONS if section in sections)


def _figure(traced: Trace) -> Iterator[str]:
    figure, indicator, words = traced.figure, traced.indicator, traced.indicator.words
    whose = figure.scope_id if figure.scope == "organisation" else f"{figure.organisation_id}, {figure.scope} {figure.scope_id}"
    yield f"{indicator.label}, {whose}, {figure.month_end:%B %Y}: {_shown(traced)}"
    lines = [
        ("numerator", _number(figure.numerator), words["numerator"]),
        ("denominator", _number(figure.denominator), words["denominator"]),
        ("population", "", words["population"]),
        ("period", "", words["period"]),
        ("status", figure.status, _why(traced)),
        ("defined by", indicator.metric, f"{words['owner']}: {words['document']}"),
        ("publication", traced.publication.identity, str(traced.publication.folder)),
        ("made", "", f"{traced.publication.manifest['made_at']}, of what was known until {traced.publication.manifest['as_known_at']}"),
        ("build", "", _build(traced)),
        (
            "code",
            "",
            f"{traced.code}{'' if traced.build.is_of_this_code else '. Configuration or code is no longer that of the publication'}",
        ),
    ]
    yield text_table(lines)
    if traced.other_definitions:
        yield f"The indicator has other definitions too: --indicator {', '.join(traced.other_definitions)}"


def _shown(traced: Trace) -> str:
    if traced.figure.value is None:
        return "not shown"
    ending = {"per_cent": "%", "cases": " cases"}.get(traced.figure.unit, "")
    return f"{traced.figure.value:.{traced.indicator.words['decimals']}f}{ending}"


def _why(traced: Trace) -> str:
    figure = traced.figure
    told = [figure.status_reason, figure.reason_source, figure.reason_rule, figure.reason_since and f"since {figure.reason_since}"]
    says = ", ".join(str(part) for part in told if part)
    if figure.counted_month_end != figure.month_end:
        return f"the figure of {figure.counted_month_end:%B %Y} stands in: {says}"
    return says


def _build(traced: Trace) -> str:
    if traced.build.is_published:
        return "rows are from the build that was published, or from one of the same deliveries, configuration and code"
    return f"rows are from another build than the one that was published. It knew until {traced.build.knew_until}. {AGAIN}"


def _rows(traced: Trace) -> Iterator[str]:
    if not traced.parts:
        yield f"Rows: none are listed. {traced.rows_not_told or 'No figure is shown'}"
        return
    yield RESTRICTED
    for part in traced.parts:
        yield ""
        yield from _part(traced, part)


def _part(traced: Trace, part: CountedPart) -> Iterator[str]:
    printed, counted = traced.figure.part(part.name), _number(part.value) or "nothing"
    if part.contradicts(printed):
        yield f"{part.name.capitalize()}: the rows of this build come to {counted}, and {_number(printed)} is printed. {AGAIN}"
    else:
        yield f"{part.name.capitalize()}: the rows come to {counted}, {'which is not printed' if printed is None else 'as printed'}"
    yield text_table([("", step.name, _number(step.value), step.formula) for step in _different(part.steps)], right=[2])
    for counted_sum in part.sums:
        yield from _sum(counted_sum)


def _different(steps: Sequence[Step]) -> list[Step]:
    return list({step.name: step for step in steps}.values())


def _sum(counted: CountedSum) -> Iterator[str]:
    keys, adding = counted.behind.keys, [row for row in counted.rows if row.adds]
    same = [place for place in range(len(keys)) if len(adding) > 1 and len({row.key[place] for row in adding}) == 1]
    places = [place for place in range(len(keys)) if place not in same]
    yield ""
    yield f"{counted.column}: rows of {', '.join(table.name for table in counted.behind.tables)} by their key. Each adds: {counted.behind.each_adds}"
    if same:
        yield f"  for all of them: {', '.join(f'{keys[place]} {_cell(adding[0].key[place])}' for place in same)}"
    heads = ["", "month", *(keys[place] for place in places), "rows", "adds"]
    body = [["", _month(row.month_no), *(_cell(row.key[place]) for place in places), str(row.rows), _number(row.adds)] for row in adding]
    if all(row.rows == 1 for row in adding):
        heads, body = _without_rows(heads), [_without_rows(line) for line in body]
    if body:
        yield text_table([heads, *body], right=range(2 + len(places), len(heads)))
    nothing = sum(row.rows for row in counted.rows if not row.adds)
    yield f"  {sum(row.rows for row in adding):,} rows add up to {_number(counted.total)}" + (
        f", and {nothing:,} more add nothing" if nothing else ""
    )


def _without_rows(cells: list[str]) -> list[str]:
    return [*cells[:-2], cells[-1]]


def _deliveries(traced: Trace, place: Storage) -> Iterator[str]:
    yield f"Deliveries in force, by the publication and the ledger ({place.home / 'ledger'})"
    heads = (
        "",
        "source",
        "month",
        "delivery",
        "landed (UTC)",
        "contract",
        "accepted",
        "rejected",
        "original, with the first digits of its SHA-256",
    )
    yield text_table([heads, *(_delivery(month, place) for month in traced.months)], right=[6, 7])
    for month in traced.months:
        for held in month.held:
            state = held.states[-1]
            yield f"  held: {month.source} {month.period} {held.delivery_id} since {state.at[:16]} by {state.by}: {state.reason}"
    used = traced.publication.manifest["deliveries_in_force"]
    for source in sorted({month.source for month in traced.months} & set(REPORT_THE_PAST)):
        of_source = [
            entry["period"] for entry in used if (entry["organisation_id"], entry["source"]) == (traced.figure.organisation_id, source)
        ]
        if of_source:
            yield f"  {source} reports the past too: its history is made of all {len(of_source)} deliveries in force, {min(of_source)} to {max(of_source)}"


def _delivery(month: SourceMonth, place: Storage) -> tuple[str, ...]:
    if month.in_force is None:
        return ("", month.source, month.period, "none", "", "", "", "", "")
    entry = month.delivery
    if entry is None:
        return ("", month.source, month.period, month.in_force, "", "", "", "", "the ledger has it no more")
    counts = (f"{entry.rows_accepted:,}", f"{entry.rows_rejected:,}")
    landed = entry.states[0].at[:16].replace("T", " ")
    original = month.original(place)
    kept = original if (place.home / original).exists() else f"{original} (not there)"
    return ("", month.source, month.period, month.in_force, landed, entry.contract_version, *counts, kept)


def _rules(traced: Trace) -> Iterator[str]:
    yield "Rules of the contracts by which these rows were read"
    for source, contract in traced.contracts:
        rules = ", ".join(f"{rule.name} ({rule.severity})" for rule in contract.rules) or "no rule of a row"
        yield from wrap(f"{source} {contract.version}: {rules}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield f"Checks of these deliveries: {traced.passed} passed, {len(traced.failed)} did not"
    for check in traced.failed:
        yield f"  {check.source} {check.period} {check.rule_id} ({check.severity}, {check.outcome}, {check.rows_failed} rows): {check.says}"


def _models(traced: Trace) -> Iterator[str]:
    yield "Models, from the figure down to the extracts. dbt_project/ has their SQL, build/dbt/compiled/ of the data root as it ran"
    yield text_table([("", f"{table.schema}.{table.name}", table.file) for table in traced.below])


def _columns(traced: Trace) -> Iterator[str]:
    yield "Columns, each with those that it is calculated from. Which rows count is in the SQL of the models"
    for line in traced.columns:
        behind = ", ".join(f"{table.name}.{column}" for table, column in line.behind) or "no column: it counts rows, or is the same in each"
        yield from wrap(f"{line.table.name}.{line.column} < {behind}", WIDTH, initial_indent="  ", subsequent_indent="      ")
    yield "Read from the extracts, the ledger and the configuration"
    for source, columns in read_from_extracts(traced.columns).items():
        yield from wrap(f"{source}: {', '.join(columns)}", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _month(month_no: int) -> str:
    return f"{month_no // 12}-{month_no % 12 + 1:02}"


def _cell(cell: object) -> str:
    return "" if cell is None else str(cell)


def _number(number: Decimal | float | int | None) -> str:
    if number is None:
        return ""
    written = f"{number:,.6f}"
    return written.rstrip("0").rstrip(".")
