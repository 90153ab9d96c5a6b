"""A publication asked for metrics: its answer is what it published, and a question without an answer is told why in a sentence."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.publish import stage_publication, switch_latest
from warehouse.query import main

REPOSITORY = Path(__file__).resolve().parents[2]
BY = "metric_time__month,org_unit"


@pytest.fixture(scope="module")
def published_home(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden councils, published; the build is gone, since a reader has none."""
    home = tmp_path_factory.mktemp("asked") / "home"
    shutil.copytree(built_once, home)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        switch_latest(stage_publication())
    shutil.rmtree(home / "build")
    return home


@pytest.fixture
def home(published_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published golden councils as the data root; not to be changed."""
    monkeypatch.setenv("WORKFORCE_HOME", str(published_home))
    return published_home


@pytest.fixture
def own_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root of its own with the publication."""
    shutil.copytree(home / "published", tmp_path / "published", symlinks=True)
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    return tmp_path


def rows_of(*arguments: str, file: Path) -> list[dict[str, str]]:
    """The rows that a question gives as CSV."""
    assert main([*arguments, "--csv", str(file)]) == 0
    with file.open(encoding="utf-8", newline="") as written:
        return list(csv.DictReader(written))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a question without an answer is told: one line, and nothing else is printed."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (told,) = printed.err.splitlines()
    return told


def test_every_indicator_is_what_the_publication_has(home: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as marts:
        figures = marts.execute(
            """
            select metric, cast(cast(date_trunc('month', month_end) as date) as varchar), org_unit, value
            from marts.indicator_value
            inner join marts.indicator using (indicator_id, definition_id)
            inner join (select distinct organisation_id, scope, scope_id, org_unit from marts.org_unit_month) using (organisation_id, scope, scope_id)
            where as_at_month is null and value is not null
            """
        ).fetchall()
        metrics = [name for (name,) in marts.execute("select metric from marts.indicator").fetchall()]
    rows = rows_of("--metrics", ",".join(metrics), "--by", BY, file=tmp_path / "answer.csv")
    given = {(name, row["metric_time__month"], row["org_unit"]): float(row[name]) for row in rows for name in metrics if row[name]}
    assert len(figures) > 10
    assert given == pytest.approx({(name, month, unit): value for name, month, unit, value in figures}, rel=1e-12)


def test_a_filter_an_order_months_and_a_limit_choose_among_the_rows(home: Path, tmp_path: Path) -> None:
    every = rows_of("--metrics", "in_post_fte", "--by", BY, file=tmp_path / "every.csv")
    months = sorted({row["metric_time__month"][:7] for row in every})
    assert every == sorted(every, key=lambda row: (row["metric_time__month"], row["org_unit"])), "ordered by what it is grouped by"
    asked = ["--metrics", "in_post_fte", "--by", BY, "--where", "{{ Dimension('org_unit__scope') }} = 'organisation'"]
    councils = [row for row in every if "/" not in row["org_unit"]]
    assert 0 < len(councils) < len(every)
    assert rows_of(*asked, file=tmp_path / "councils.csv") == councils
    last = [row for row in councils if row["metric_time__month"][:7] == months[-1]]
    assert rows_of(*asked, "--from", months[-1], "--to", months[-1], file=tmp_path / "last.csv") == last
    backwards = rows_of(*asked, "--order=-metric_time__month,org_unit", "--limit", "1", file=tmp_path / "one.csv")
    assert backwards == last[:1]


def test_the_table_has_the_figures_of_the_file_with_four_decimals(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--metrics", "in_post_fte,in_post_heads", "--by", BY]
    rows = rows_of(*asked, file=tmp_path / "answer.csv")
    assert main(asked) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["metric_time__month", "org_unit", "in_post_fte", "in_post_heads"]
    printed = [[row["metric_time__month"], row["org_unit"], f"{float(row['in_post_fte']):.4f}", row["in_post_heads"]] for row in rows]
    assert [line.split() for line in lines] == printed


def test_the_sql_that_is_explained_gives_the_answer(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--metrics", "in_post_heads", "--by", BY]
    rows = rows_of(*asked, file=tmp_path / "answer.csv")
    assert main([*asked, "--explain"]) == 0
    with duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as marts:
        given = marts.execute(capsys.readouterr().out).fetchall()
    assert [[str(month.date()), unit, str(heads)] for month, unit, heads in given] == [list(row.values()) for row in rows]


def test_without_metrics_it_lists_them_all_and_what_they_can_be_grouped_by(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--metrics", ""]) == 0
    printed = capsys.readouterr().out
    with duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as marts:
        indicators = [name for (name,) in marts.execute("select metric from marts.indicator").fetchall()]
    named, _, rest = printed.partition("The sums")
    assert {line.split()[0] for line in named.splitlines()[1:]} == set(indicators)
    assert "\n  leavers_fte_12_months " in rest
    assert "org_unit__scope" in rest


@pytest.mark.parametrize(
    ("metrics", "by", "where", "told"),
    [
        ("turnover_rat", BY, "", "There is no metric 'turnover_rat'. Near names: turnover_rate, turnover_rate_board"),
        ("zzz", BY, "", "There is no metric 'zzz'. All metrics are listed by: make query"),
        (
            "turnover_rate",
            "metric_time__mont,org_unit",
            "",
            "turnover_rate cannot be grouped by 'metric_time__mont'. Near names: metric_time__month",
        ),
        ("turnover_rate", "metric_time__month,unit", "", "turnover_rate cannot be grouped by 'unit'. Near names: org_unit"),
        ("in_post_fte", "zzz", "", "in_post_fte cannot be grouped by 'zzz'. There are: metric_time__month, "),
        ("turnover_rate", "org_unit", "", "turnover_rate cannot be given without a month. Group by metric_time__month too"),
        (
            "turnover_rate",
            BY,
            "{{ Entity('org_unt') }} = 'a'",
            "WHERE names 'org_unt', which turnover_rate cannot be filtered by. Near names: org_unit",
        ),
        ("turnover_rate", BY, "{{ Dimension('org_unit') }} = 'a'", "WHERE cannot be read. Write it like {{ Entity('org_unit') }} = "),
        ("turnover_rate", BY, "{{ Entity('org_unit' }} = 'a'", "WHERE cannot be read. Write it like {{ Entity('org_unit') }} = "),
        ("turnover_rate", BY, "{{ 1 / 0 }}", "WHERE cannot be read. Write it like {{ Entity('org_unit') }} = "),
        (
            "turnover_rate",
            BY,
            "{{ Entity('org_unit') }} = 'a' 7",
            'WHERE cannot be used: syntax error at or near "7". Write it like ',
        ),
        (
            "turnover_rate",
            BY,
            "{{ Entity('org_unit') }} = a",
            'WHERE cannot be used: Referenced column "a" not found in FROM clause. Write it like ',
        ),
    ],
)
def test_a_wrong_name_or_filter_is_told_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], metrics: str, by: str, where: str, told: str
) -> None:
    assert refused(capsys, "--metrics", metrics, "--by", by, "--where", where).startswith(told)


def test_an_order_by_what_is_not_asked_for_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "--metrics", "in_post_fte", "--by", BY, "--order=-leavers")
    assert told == "The order names 'leavers'. Order by what you ask for or group by"


@pytest.mark.parametrize("reads", ["read_text('{file}')", "read_csv('{file}')", "'{file}'"])
def test_a_filter_reads_no_file_beside_the_publication(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], reads: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    where = f"exists (select 1 from {reads.format(file=secret)})"
    assert "disabled" in refused(capsys, "--metrics", "in_post_fte", "--by", BY, "--where", where)


def test_an_empty_answer_says_why(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--metrics", "in_post_fte", "--by", BY, "--where", "{{ Entity('org_unit') }} = 'nowhere'"]) == 0
    assert capsys.readouterr() == ("", "No row fits the question. Look at WHERE and at the months\n")
    assert main(["--metrics", "vacancy_rate", "--by", "metric_time__month"]) == 0
    assert capsys.readouterr().err == (
        "vacancy_rate: empty, because an indicator is given for one unit and month at a time. Group by metric_time__month,org_unit\n"
    )
    assert main(["--metrics", "vacancy_rate", "--by", BY]) == 0
    assert capsys.readouterr().err == ""


def test_without_a_publication_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    told = refused(capsys, "--metrics", "turnover_rate")
    assert told == f"{tmp_path / 'published' / 'latest'}: there is no publication yet. Make one: make run"


def test_a_publication_that_cannot_be_asked_says_why(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = (own_home / "published" / "latest" / "inside").resolve()
    question = ["--metrics", "in_post_fte", "--by", BY]
    (inside / "workforce.duckdb").write_text("no database")
    assert refused(capsys, *question).startswith(f"{inside / 'workforce.duckdb'} cannot be opened. ")
    (inside / "semantic_manifest.json").write_text("{")
    assert refused(capsys, *question).startswith(f"{inside / 'semantic_manifest.json'} cannot be read. ")
    (inside / "semantic_manifest.json").unlink()
    assert refused(capsys, *question) == (
        f"{inside / 'semantic_manifest.json'} is not there: an earlier version made this publication. Publish again: make run"
    )


def test_an_earlier_publication_is_asked_by_the_definitions_that_it_was_made_with(own_home: Path, tmp_path: Path) -> None:
    latest = (own_home / "published" / "latest").resolve()
    earlier = latest.with_name("earlier")
    shutil.copytree(latest, earlier)
    definitions = earlier / "inside" / "semantic_manifest.json"
    definitions.write_text(definitions.read_text(encoding="utf-8").replace("in_post_heads", "in_post_then"), encoding="utf-8")
    with duckdb.connect(str(earlier / "inside" / "workforce.duckdb")) as marts:
        marts.execute("alter table marts.org_unit_month rename in_post_heads to in_post_then")
    now = rows_of("--metrics", "in_post_heads", "--by", BY, file=tmp_path / "now.csv")
    then = rows_of("--metrics", "in_post_then", "--by", BY, "--publication", str(earlier), file=tmp_path / "then.csv")
    assert then
    assert [list(row.values()) for row in then] == [list(row.values()) for row in now]
    assert main(["--metrics", "in_post_then", "--by", BY]) == 2


def test_a_file_that_cannot_be_written_is_named(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "not there" / "answer.csv"
    assert refused(capsys, "--metrics", "in_post_fte", "--by", BY, "--csv", str(file)).startswith(f"{file}: No such file or directory. ")


def test_asking_starts_neither_dbt_nor_the_build() -> None:
    """Reading the project takes dbt longer than everything else together."""
    brought = "import warehouse.query, sys; print(sorted({'dbt', 'dbt_metricflow', 'polars', 'pandas', 'airflow'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", brought], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_make_leaves_quotes_and_dollars_in_a_filter_as_they_are(home: Path) -> None:
    run = subprocess.run(
        ["make", "-s", "-o", ".venv/.ready", "query", "METRICS=in_post_fte", f"BY={BY}", """WHERE="org_unit" = '$(HOME)`' or $HOME"""],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    # A name with a dollar is a parameter to DuckDB. The shell, or make, would have made a folder of it.
    assert run.stderr.startswith("WHERE cannot be used: Values were not provided for the following prepared statement parameters: HOME. ")
