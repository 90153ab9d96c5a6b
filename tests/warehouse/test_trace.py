"""Every published figure is traced to rows that come to it, and to the deliveries, rules, models and columns behind it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from foundation import ledger
from foundation.storage import Storage
from tests.warehouse.test_team_retention import build_five_years
from warehouse.__main__ import main
from warehouse.build import build
from warehouse.models import SEMANTIC_MANIFEST, dbt_target
from warehouse.publish import stage_publication, switch_latest
from warehouse.tracing.compiled_models import CannotBeFollowed, CompiledModels
from warehouse.tracing.figure import Figure, Publication
from warehouse.tracing.metric_parts import PARTS, Definitions
from warehouse.tracing.recount import SUMS, Recount
from warehouse.tracing.row_query import rows_behind
from warehouse.tracing.sums_behind import column_of
from warehouse.tracing.trace import Asked, trace

# These need four years of extracts: see the test of a council with five.
NO_FIGURE_IN_THE_SAMPLES = {"team_retention_36m_board"}
NOTHING_IN_THE_SAMPLES = {"joined_36_months_before", "still_in_the_team_joined"}


@dataclass(frozen=True)
class Traced:
    """What the sample councils published, and the build that it was published from."""

    home: Path
    publication: Publication
    built: duckdb.DuckDBPyConnection
    recount: Recount

    def printed(self) -> list[tuple[str, str, str, str, date]]:
        """Metric, council, scope, id and month of figures that are shown: of councils, of some teams and services, and of many months."""
        marts = self.publication.folder / "inside" / "workforce.duckdb"
        with duckdb.connect(str(marts), read_only=True) as connection:
            return connection.execute(
                """
                select indicator.metric, organisation_id, scope, scope_id, month_end
                from marts.indicator_value inner join marts.indicator using (indicator_key)
                where value is not null and organisation_id is not null and (
                    month_end = date '2025-09-30'
                    and (scope = 'organisation' or hash(indicator.metric || organisation_id || scope_id) % 24 = 0)
                    or scope = 'organisation' and month_end = date '2024-12-31'
                )
                order by all
                """
            ).fetchall()


@pytest.fixture(scope="module")
def samples(three_home: Path) -> Iterator[Traced]:
    place = Storage(three_home)
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        yield Traced(three_home, Publication(place.latest), built, Recount(built, CompiledModels(dbt_target(place), built)))


@pytest.fixture
def home(three_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data root of the sample councils. Do not change."""
    monkeypatch.setenv("WORKFORCE_HOME", str(three_home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(three_home / "config"))
    return three_home


@pytest.fixture
def published_home(built_home: Path) -> Path:
    """A data root of its own with the golden councils, published."""
    switch_latest(stage_publication())
    return built_home


def said(capsys: pytest.CaptureFixture[str], *arguments: str, ends_with: int = 0) -> str:
    """What the command prints."""
    assert main(["trace", *arguments]) == ends_with
    printed = capsys.readouterr()
    return printed.out if ends_with < 2 else printed.err


def of_council(organisation_id: str, indicator: str, month: str, *more: str) -> list[str]:
    return ["--organisation", organisation_id, "--indicator", indicator, "--month", month, *more]


def test_every_indicators_rows_come_to_its_printed_numerator_and_denominator(samples: Traced) -> None:
    traced, wrong, with_rows = set(), [], set()
    for metric, organisation_id, scope, scope_id, month_end in samples.printed():
        indicator = samples.publication.definitions.indicator(metric)
        figure = samples.publication.figure(indicator, organisation_id, (scope, scope_id), month_end)
        for name in PARTS:
            part = samples.recount.part(indicator, name, figure)
            printed = figure.part(name)
            assert printed is not None
            if part.contradicts(printed):
                wrong.append((metric, organisation_id, scope_id, month_end, name, part.value, printed))
            # A part that is one sum is the plain sum of what its rows add, whatever the engine says.
            if len(part.sums) == 1 and len(part.steps) == 1 and part.sums[0].total != Decimal(printed):
                wrong.append((metric, organisation_id, scope_id, month_end, name, part.sums[0].total, printed))
            if part.sums[0].rows:
                with_rows.add((metric, name))
        traced.add((metric, scope))
    assert wrong == []
    metrics = {metric for metric, *_ in samples.printed()}
    assert metrics == {row[0] for row in samples.built.execute("select metric from marts.indicator").fetchall()} - NO_FIGURE_IN_THE_SAMPLES
    assert with_rows == {(metric, name) for metric in metrics for name in PARTS}
    assert {scope for _, scope in traced} == {"organisation", "service", "team"}


def test_every_column_of_sums_that_a_metric_names_is_the_sum_of_rows_in_every_unit_and_month(samples: Traced) -> None:
    models = samples.recount._models
    table = models.tables[SUMS]
    definitions = samples.publication.definitions
    names = [row[0] for row in samples.built.execute("select metric from marts.indicator").fetchall()]
    columns = {column for name in names for column in definitions.indicator(name).columns}
    assert {"still_in_the_team_joined", "leavers", "survey_answers", "training_held", "cases"} <= columns
    units = samples.built.execute("select distinct organisation_id, scope, scope_id from counts.unit_month_sums order by all").fetchall()
    some = [unit for place, unit in enumerate(units) if unit[1] == "organisation" or place % 20 == 0]
    assert {scope for _, scope, _ in some} == {"organisation", "service", "team"}
    different, rows_seen = [], {}
    for name in sorted(columns):
        column = column_of(models, table, name)
        queries = {held: rows_behind(models, added) for held, added in column.sums.items()}
        assert queries or column.given == (name,)
        joined = " ".join(
            f"left join (select month_no, sum(value) as {held} from ({rows.query}) group by 1) using (month_no)"
            for held, rows in queries.items()
        )
        for organisation_id, scope, scope_id in some if queries else []:
            unit = {"organisation_id": organisation_id, "scope": scope, "scope_id": scope_id, "first_month_no": 0, "last_month_no": 99_999}
            found = samples.built.execute(
                f"""
                select month_no, {name}, {column.formula} from counts.unit_month_sums {joined}
                where organisation_id = $organisation_id and scope = $scope and scope_id = $scope_id
                and month_no between $first_month_no and $last_month_no
                """,
                unit,
            ).fetchall()
            different += [(name, scope_id, *row) for row in found if row[1] != row[2]]
            rows_seen[name] = rows_seen.get(name, 0) + sum(1 for row in found if row[1])
    assert different == []
    assert {name for name, rows in rows_seen.items() if not rows} == NOTHING_IN_THE_SAMPLES


def test_the_indicator_that_needs_four_years_comes_to_its_rows_too(tmp_path: Path, built_once: Path) -> None:
    target = dbt_target(Storage(built_once))
    indicator = Definitions(target / SEMANTIC_MANIFEST).indicator("team_retention_36m")
    month_end = date(2025, 9, 30)
    figure = Figure(
        "ashby", "organisation", "ashby", month_end, Decimal(2), Decimal(4), 50, "per_cent", "no_target", None, month_end, None, None, None
    )
    with duckdb.connect(str(build_five_years(tmp_path, built_once)), read_only=True) as built:
        recount = Recount(built, CompiledModels(target, built))
        parts = [recount.part(indicator, name, figure) for name in PARTS]
    assert [part.value for part in parts] == [2, 4]
    assert [sum(1 for row in part.sums[0].rows if row.adds) for part in parts] == [2, 4]


def test_the_rows_are_those_that_the_counting_rules_name(home: Path, samples: Traced) -> None:
    """Against SQL of its own over the facts: people in post at the month end, and leavers of twelve months."""
    traced = trace(Asked("cambridgeshire", "turnover_rate", date(2025, 9, 1)), Storage(home).latest, Storage(home))
    numerator, denominator = traced.parts
    place = numerator.sums[0].behind.keys.index("person_key")
    leavers = samples.built.execute(
        "select person_key from restricted.leaver where organisation_id = 'cambridgeshire' and is_dfe_leaver "
        "and leaving_date between date '2024-10-01' and date '2025-09-30' order by 1"
    ).fetchall()
    assert sorted({row.key[place] for row in numerator.sums[0].rows if row.adds}) == [key for (key,) in leavers]
    place = denominator.sums[0].behind.keys.index("assignment_key")
    in_post = samples.built.execute(
        "select assignment_key, fte from restricted.assignment_month where organisation_id = 'cambridgeshire' and is_in_dfe "
        "and month_end = date '2025-09-30' order by 1"
    ).fetchall()
    assert sorted((row.key[place], row.adds) for row in denominator.sums[0].rows) == in_post


def test_posts_bookings_absences_courses_and_answers_have_the_keys_of_their_own_grain(home: Path, samples: Traced) -> None:
    def keys(metric: str, part: str) -> list[tuple[list[str], list[str]]]:
        indicator = samples.publication.definitions.indicator(metric)
        month = samples.publication.figure(indicator, "peterborough", None, date(2025, 9, 1))
        return [
            ([table.name for table in added.behind.tables], added.behind.keys)
            for added in samples.recount.part(indicator, part, month).sums
        ]

    assert keys("vacancy_rate", "numerator") == [(["post_month"], ["post_id"])]
    assert keys("agency_rate", "numerator") == [(["agency_month"], ["booking_key", "agency_worker_key"])]
    assert keys("absence_rate", "numerator") == [(["absence_people"], ["absence_key", "person_key"])]
    assert keys("training_compliance_board", "denominator") == [(["required_training"], ["person_key", "course_id"])]
    assert keys("agency_rate", "denominator") == [
        *keys("agency_rate", "numerator"),
        (["assignment_month"], ["assignment_key", "person_key"]),
    ]
    # Answers of one respondent cannot be linked: they have no key, and are added up by their question.
    ((tables, columns),) = keys("survey_score_board", "numerator")
    assert (tables, columns) == (["stg_survey__answers"], ["survey_name", "standard", "question_id"])


def test_the_page_has_the_figure_its_rows_deliveries_rules_models_columns_and_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, *of_council("peterborough", "turnover_rate", "2025-09"))
    manifest = json.loads((home / "published" / "latest" / "manifest.json").read_bytes())
    assert re.search(r"^Turnover rate, peterborough, September 2025: \d+\.\d%$", page, re.MULTILINE)
    assert manifest["publication"] in page
    assert page.count("as printed") == 2
    assert "Restricted: these are rows of people and posts" in page
    for entry in ledger.deliveries("peterborough", "hr_assignments", Storage(home)):
        line = next((line for line in page.splitlines() if entry.delivery_id in line), None)
        assert (line is not None) == ("2024-10" <= str(entry.period) <= "2025-09")
        if line:
            assert f"landing/hr_assignments/peterborough/{entry.sha256[:12]}__{entry.file}" in line
            assert entry.states[0].at[:16].replace("T", " ") in line and entry.contract_version in line
            assert "not there" not in line
    assert "hr_assignments 3.1.0: " in page and "fte_in_range (reject)" in page
    assert re.search(r"Checks of these deliveries: \d+ passed", page)
    order = [
        page.index(f"  {name}") for name in ("marts.indicator_value", "counts.unit_month_sums", "restricted.leaver", "raw.hr_assignments")
    ]
    assert order == sorted(order)
    assert "spell_edges.fte < registered_versions.fte" in page
    assert re.search(r"^  hr_assignments: .*\bcontract_type\b.*\bfte\b", page, re.MULTILINE)
    assert re.search(r"^code +(commit [0-9a-f]{12}|not known)", page, re.MULTILINE)


def test_no_identifier_of_an_extract_is_on_the_page(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = str(home / "identity" / "*" / "**" / "*.parquet")
    columns = [name for name, *_ in duckdb.execute("describe select * from read_parquet(?, union_by_name = true)", [known]).fetchall()]
    personal = [name for name in columns if re.search(r"person_id|assignment_id|swe_number|worker_id|name", name)]
    assert {"person_id", "assignment_id"} <= set(personal)
    values = duckdb.execute(
        f"select distinct unnest([{', '.join(f'cast({name} as varchar)' for name in personal)}]) from read_parquet(?, union_by_name = true)",
        [known],
    ).fetchall()
    identifiers = {value for (value,) in values if value}
    assert len(identifiers) > 500
    pages = [
        said(capsys, *of_council(council, indicator, "2025-09"))
        for council, indicator in [("cambridgeshire", "turnover_rate"), ("leicestershire", "caseload"), ("peterborough", "agency_rate")]
    ]
    for page in pages:
        assert {word for word in re.split(r"\s+", page) if word in identifiers} == set()


def test_an_older_figure_that_stands_in_is_traced_in_its_own_month(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, *of_council("peterborough", "survey_score", "2025-09", "--only", "figure,rows,deliveries"))
    assert "the figure of March 2025 stands in: source_missing, survey" in page
    assert page.count("as printed") == 2
    assert re.search(r"^  survey +2025-03 +2025-03-[0-9a-f]{12} ", page, re.MULTILINE)
    assert "2025-09-" not in page.partition("Deliveries in force")[2]


def test_a_figure_that_is_not_shown_has_no_rows(home: Path, capsys: pytest.CaptureFixture[str], samples: Traced) -> None:
    with duckdb.connect(str(samples.publication.folder / "inside" / "workforce.duckdb"), read_only=True) as published:
        hidden = published.execute(
            "select organisation_id, scope, scope_id from marts.indicator_value where indicator_id = 'absence_rate' "
            "and month_end = date '2025-09-30' and status = 'suppressed' and status_reason = 'floor_10' order by all limit 1"
        ).fetchall()
    assert hidden, "the samples have a team of fewer people than the floor"
    ((council, scope, scope_id),) = hidden
    page = said(capsys, *of_council(council, "absence_rate", "2025-09", "--unit", f"{scope}/{scope_id}"))
    assert page.startswith(f"Sickness absence rate, {council}, {scope} {scope_id}, September 2025: not shown")
    assert "floor_10" in page and "Rows: none are listed. No figure is shown" in page
    assert "person_key  " not in page and "Restricted" not in page
    assert "not shown" in said(capsys, *of_council("leicestershire", "team_retention_36m", "2025-09"))


def test_a_team_may_be_named_as_the_tables_name_it(home: Path, capsys: pytest.CaptureFixture[str], samples: Traced) -> None:
    unit = next(printed for printed in samples.printed() if printed[2] == "team")
    metric, council, scope, scope_id, month_end = unit
    month = f"{month_end:%Y-%m}"
    short = said(capsys, *of_council(council, metric, month, "--unit", f"{scope}/{scope_id}", "--only", "figure,rows"))
    assert said(capsys, *of_council(council, metric, month, "--unit", f"{council}/{scope}/{scope_id}", "--only", "figure,rows")) == short
    assert short.count("as printed") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["peterboro", "turnover_rate", "2025-09"], "There is no council 'peterboro'. Near names: peterborough"),
        (["nowhere", "turnover_rate", "2025-09"], "There is no council 'nowhere'. There are: cambridgeshire, leicestershire, peterborough"),
        (["peterborough", "turnover", "2025-09"], "There is no indicator 'turnover'. Near names: turnover_rate"),
        (["peterborough", "zzz", "2025-09"], "There is no indicator 'zzz'. There are: absence_rate, agency_cover_rate"),
        (["peterborough", "turnover_rate", "2031-01"], "turnover_rate has no figure of peterborough for 2031-01. It has 20"),
        (
            ["peterborough", "turnover_rate", "2025-09", "--unit", "team/SU010"],
            "turnover_rate has no figure of team/SU010. Near names: team/SU01",
        ),
        (["peterborough", "survey_score", "2025-09", "--unit", "team/SU0105"], "it has figures of councils alone"),
    ],
)
def test_a_question_without_an_answer_is_told_what_there_is(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    told = said(capsys, *of_council(*arguments), ends_with=2)
    assert says in told and told.count("\n") == 1


def test_an_area_is_traced_through_its_councils(home: Path, capsys: pytest.CaptureFixture[str], samples: Traced) -> None:
    area = samples.built.execute("select min(scope_id) from marts.indicator_value where scope = 'partnership'").fetchall()[0][0]
    told = said(capsys, *of_council(area, "turnover_rate", "2025-09"), ends_with=2)
    assert told.startswith(f"'{area}' is an area. Its figures add up those of its councils: trace one of cambridgeshire")


@pytest.mark.parametrize("wrong", [["--month", "September"], ["--unit", "SU0105"], ["--only", "figure,lines"]])
def test_a_wrong_option_is_told_how_to_write_it(home: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trace", *of_council("peterborough", "turnover_rate", "2025-09"), *wrong])
    assert re.search(r"Write it like|There are: figure, rows", capsys.readouterr().err)


def test_rows_of_another_build_are_never_taken_for_the_published_ones(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = of_council("cambridgeshire", "agency_rate", "2022-05")
    assert "from the build that was published" in said(capsys, *asked)
    agency = ledger.deliveries("cambridgeshire", "agency")[0]
    hr = ledger.deliveries("cambridgeshire", "hr_assignments")[0]
    ledger.hold("cambridgeshire", "agency", agency.delivery_id, "AGY-002", "Bookings doubled in a month")
    build()
    page = said(capsys, *asked, ends_with=1)
    assert "from another build than the one that was published" in page
    assert re.search(r"^Numerator: the rows of this build come to 0, and [\d.]+ is printed\.", page, re.MULTILINE)
    assert f"held: agency 2022-05 {agency.delivery_id} since" in page and "by AGY-002: Bookings doubled in a month" in page
    # The publication still says which delivery it used.
    assert page.count(agency.delivery_id) == 2 and page.count(hr.delivery_id) == 1
    known_until = json.loads((published_home / "published" / "latest" / "manifest.json").read_bytes())["as_known_at"]
    build(as_known_at=datetime.fromisoformat(known_until))
    page = said(capsys, *asked)
    assert "from the build that was published" in page and page.count("as printed") == 2


def test_rows_that_cannot_be_told_leave_the_rest_of_the_page(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compiled = dbt_target(Storage(published_home)) / "compiled" / "workforce" / "models" / "counts" / "units" / "stock_sums.sql"
    sql = compiled.read_text(encoding="utf-8")
    assert "sum(fte) as agency_fte" in sql
    compiled.write_text(sql.replace("sum(fte) as agency_fte", "max(fte) as agency_fte"), encoding="utf-8")
    page = said(capsys, *of_council("cambridgeshire", "agency_rate", "2022-05"), ends_with=1)
    assert "Rows: none are listed. MAX(" in page and "does not add up rows" in page
    assert "Deliveries in force" in page and "restricted.agency_month" in page and "stock_sums.agency_fte < agency_month.fte" in page


def test_what_is_missing_is_named(published_home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = of_council("cambridgeshire", "agency_rate", "2022-05")
    entry = ledger.deliveries("cambridgeshire", "agency")[0]
    original = Storage(published_home).landing("cambridgeshire", "agency") / ledger.original_name(entry.sha256, entry.file)
    original.rename(tmp_path / "moved")
    assert f"{original.name} (not there)" in said(capsys, *asked)
    compiled = dbt_target(Storage(published_home)) / "compiled"
    compiled.rename(tmp_path / "compiled")
    assert "unit_month_sums.sql is not there" in said(capsys, *asked, ends_with=2)
    Storage(published_home).build_database.write_bytes(b"no database")
    assert "cannot be opened" in said(capsys, *asked, ends_with=2)
    Storage(published_home).build_database.unlink()
    assert "there is no build, and only a build has the rows" in said(capsys, *asked, ends_with=2)
    (Storage(published_home).latest / "inside" / SEMANTIC_MANIFEST).unlink()
    assert "its manifests are not whole" in said(capsys, *asked, ends_with=2)
    Storage(published_home).latest.unlink()
    assert "there is no publication" in said(capsys, *asked, ends_with=2)


FACT = ("restricted", "people")


def small_project(target: Path, models: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """A database with a table of people and a manifest of models over it, as a build leaves them."""
    connection = duckdb.connect()
    connection.execute("create schema restricted")
    connection.execute("create schema counts")
    connection.execute("create table restricted.people (organisation_id text, month_no int, team text, person_key text, fte decimal(9, 2))")
    connection.execute(
        "insert into restricted.people values "
        "('a', 1, 't', 'p', 0.5), ('a', 1, 't', 'p', 0.25), ('a', 1, 'u', 'q', 1), ('a', 2, 't', 'p', 1), ('b', 1, 't', 'r', 1)"
    )
    nodes = {
        "model.small.people": {"name": "people", "schema": "restricted", "privacy": "personal", "sql": "", "reads": []},
        **{
            f"model.small.{name}": {"name": name, "schema": "counts", "privacy": "counts", "sql": sql, "reads": ["model.small.people"]}
            for name, sql in models.items()
        },
    }
    for name, sql in models.items():
        connection.execute(f"create table counts.{name} as {sql}")
    manifest = {
        "metadata": {"project_name": "small"},
        "sources": {},
        "nodes": {
            unique_id: {
                "resource_type": "model",
                "name": node["name"],
                "schema": node["schema"],
                "original_file_path": f"models/{node['name']}.sql",
                "config": {"meta": {"privacy": node["privacy"]}},
                "depends_on": {"nodes": node["reads"]},
            }
            for unique_id, node in nodes.items()
        }
        | {
            "test.small.grain": {
                "resource_type": "test",
                "attached_node": "model.small.people",
                "test_metadata": {"name": "one_row_a", "kwargs": {"columns": ["organisation_id", "month_no", "team", "person_key", "fte"]}},
            }
        },
    }
    folder = target / "compiled" / "small" / "models"
    folder.mkdir(parents=True)
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name, sql in models.items():
        (folder / f"{name}.sql").write_text(sql, encoding="utf-8")
    return connection


OF_UNIT = "organisation_id, month_no, 'organisation' as scope, organisation_id as scope_id"
A = {"organisation_id": "a", "scope": "organisation", "scope_id": "a", "first_month_no": 1, "last_month_no": 1}


@pytest.mark.parametrize(
    ("sql", "added"),
    [
        (f"select {OF_UNIT}, sum(fte) as n from restricted.people group by organisation_id, month_no", [0.25, 0.5, 1]),
        (f"select {OF_UNIT}, count(*) as n from restricted.people group by organisation_id, month_no", [1, 1, 1]),
        (f"select {OF_UNIT}, count(distinct person_key) as n from restricted.people group by organisation_id, month_no", [0, 1, 1]),
        (
            f"with teams as (select organisation_id, month_no, team, sum(fte) as fte from restricted.people group by 1, 2, 3) "
            f"select {OF_UNIT}, coalesce(sum(fte), 0) as n from teams where team = 't' group by organisation_id, month_no",
            [0.25, 0.5],
        ),
        (
            "with twice as (select organisation_id, month_no, 'organisation' as scope, organisation_id as scope_id, fte from restricted.people "
            "union all select organisation_id, month_no, 'team', team, fte from restricted.people) "
            "select organisation_id, month_no, scope, scope_id, sum(fte) as n from twice group by all",
            [0.25, 0.5, 1],
        ),
    ],
)
def test_a_sum_is_unfolded_into_its_rows(tmp_path: Path, sql: str, added: list[float]) -> None:
    connection = small_project(tmp_path, {"sums": sql})
    models = CompiledModels(tmp_path, connection)
    column = column_of(models, models.tables["counts", "sums"], "n")
    ((_, behind),) = column.sums.items()
    rows = rows_behind(models, behind)
    assert rows.keys == ["team", "person_key", "fte"]
    assert sorted(float(value) for (value,) in connection.execute(f"select value from ({rows.query})", A).fetchall()) == added


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (f"select {OF_UNIT}, max(fte) as n from restricted.people group by organisation_id, month_no", "does not add up rows"),
        (
            f"with alike as (select distinct organisation_id, month_no, fte from restricted.people) "
            f"select {OF_UNIT}, sum(fte) as n from alike group by organisation_id, month_no",
            "removes rows that are alike",
        ),
        (
            f"with alike as (select organisation_id, month_no, fte from restricted.people union select 'a', 1, fte from restricted.people) "
            f"select {OF_UNIT}, sum(fte) as n from alike group by organisation_id, month_no",
            "removes rows that are alike",
        ),
        (
            f"with people as (select organisation_id, month_no, person_key, 1 as heads from restricted.people group by 1, 2, 3) "
            f"select {OF_UNIT}, sum(heads) as n from people group by organisation_id, month_no",
            "does not add up rows",
        ),
    ],
)
def test_a_sum_whose_rows_cannot_be_told_is_refused_and_not_guessed(tmp_path: Path, sql: str, why: str) -> None:
    connection = small_project(tmp_path, {"sums": sql})
    models = CompiledModels(tmp_path, connection)
    column = column_of(models, models.tables["counts", "sums"], "n")
    with pytest.raises(CannotBeFollowed, match=why):
        rows_behind(models, next(iter(column.sums.values())))


def test_a_trace_reads_and_changes_nothing(published_home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(published_home, kept, symlinks=True)
    said(capsys, *of_council("cambridgeshire", "vacancy_rate", "2022-05"))
    for path in kept.rglob("*"):
        if path.is_file():
            assert (published_home / path.relative_to(kept)).read_bytes() == path.read_bytes()
    assert {path.relative_to(kept) for path in kept.rglob("*")} == {path.relative_to(published_home) for path in published_home.rglob("*")}
