"""Rosters in the shapes in which public bodies publish theirs come in by mapping alone. All people and posts here are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts import contract
from foundation.configuration import ConfigurationError
from ingestion.drafting.mapping_trial import check
from ingestion.mapping import read_mapping
from tests.ingestion.testshire import SendingCouncil

ALIKE = 'constants: {registered_social_worker: "false", contract_type: permanent}'


@dataclass(frozen=True)
class Roster:
    """A file as it is published, its mapping, and the expected result: rows by what became of them, and raw values in the file's order."""

    name: str
    mapping: str
    content: str
    period: str
    accepted: int
    rejected: int = 0
    left_out: int = 0
    raw: dict[str, list[Any]] = field(default_factory=dict)
    source: str = "hr_assignments"
    encoding: str = "utf-8"
    salaries: list[str] = field(default_factory=list)


ROSTERS = {
    "no numbers of people or dates, full or part-time as a letter, dollars, hundreds of titles": Roster(
        name="Current_Employees_2024-10.csv",
        mapping=r"""
source: hr_assignments
file: {pattern: 'Current_Employees_(?P<period>\d{4}-\d{2})\.csv', format: csv, only: {Department: [FAMILY & SUPPORT, HEALTH]}}
columns:
  person_id: Name
  assignment_id: {join: [Name, Job Titles, Department], with: "|"}
  post_id: Job Titles
  team_id: Department
  job_role: Job Titles
  fte: Full or Part-Time
  base_salary: Annual Salary
constants: {registered_social_worker: "false", contract_type: permanent, start_date: "1900-01-01"}
currency: "$"
codes:
  fte: {F: 1, P: 0.5}
  job_role: {SUPERVISING SOCIAL WORKER: team_manager, /.*SOCIAL WORKER.*/: social_worker, /.*/: business_support}
""",
        content="""Name,Job Titles,Department,Full or Part-Time,Annual Salary
"AAA,  PERSON A",SUPERVISING SOCIAL WORKER,FAMILY & SUPPORT,F,$101442.00
"BBB,  PERSON B",SOCIAL WORKER III,FAMILY & SUPPORT,P,"$46,050.50 "
"CCC,  PERSON C",CLERK,HEALTH,F,
"DDD,  PERSON D",POLICE OFFICER,POLICE,F,$84054.00
"BBB,  PERSON B",SOCIAL WORKER III,FAMILY & SUPPORT,P,$46050.50
""",
        period="2024-10",
        accepted=3,
        rejected=1,
        left_out=1,
        raw={"job_role": ["team_manager", "social_worker", "business_support"], "fte": [Decimal(1), Decimal("0.5"), Decimal(1)]},
        salaries=["101442", "46050.5", ""],
    ),
    "a year in a column, years of two digits": Roster(
        name="Salaries_FY2014.csv",
        mapping=rf"""
source: hr_assignments
file: {{pattern: 'Salaries_FY\d{{4}}\.csv', format: csv, period: {{column: SurveyYear, dates: "%Y"}}, month: "06"}}
columns:
  person_id: {{join: [Name, HireDate], with: "|"}}
  assignment_id: {{join: [Name, HireDate, JobTitle], with: "|"}}
  post_id: AgencyID
  team_id: Agency
  job_role: JobTitle
  start_date: HireDate
{ALIKE}
dates: "%m/%d/%y"
two_digit_years_from: 1945
codes: {{job_role: {{/.*/: business_support}}}}
""",
        content="""SurveyYear,Name,JobTitle,AgencyID,Agency,HireDate
2014,"Aaa,Person A",AIDE,W02200,Youth Summer  ,6/10/13
2014,"Bbb,Person B",CLERK,A03031,Health ,10/24/68
2014,"Ccc,Person C",CLERK,A03032,Health ,7/19/45
""",
        period="2014-06",
        accepted=3,
        raw={"start_date": [date(2013, 6, 10), date(1968, 10, 24), date(1945, 7, 19)], "team_id": ["Youth Summer", "Health", "Health"]},
    ),
    "no month anywhere, a title that another column may overrule, hours, dates with a time, dates that mean none": Roster(
        name="Employees.csv",
        mapping=rf"""
source: hr_assignments
file: {{pattern: 'Employees\.csv', format: tsv, period: {{is: 2022-12}}, leave_out: {{Status: "CEASED|Future .*"}}}}
columns:
  person_id: id
  assignment_id: id
  post_id: {{join: [department, jobtitle], with: "/"}}
  team_id: department
  job_role: {{first_of: [underfilled, jobtitle]}}
  start_date: hire_date
  end_date: termdate
  fte: {{hours: hours, standard_hours: 2080}}
{ALIKE}
dates: ["%m/%d/%Y", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%dT%H:%M:%S%.f"]
missing: ["0000-00-00"]
when_empty: {{fte: 1, team_id: Not given}}
codes: {{job_role: {{Social Worker: social_worker, Trainee: asye_social_worker}}}}
""",
        content="""id\tdepartment\tjobtitle\tunderfilled\thire_date\ttermdate\thours\tStatus
00-0037846\tServices\tSocial Worker\t\t1/20/2002\t0000-00-00\t2,080\tACTIVE
00-0041533\tServices\tSocial Worker\tTrainee\t4/8/2019\t2022-11-02 06:09:38 UTC\t1040\tACTIVE
00-0045747\t\tSocial Worker\t\t2014-09-22T00:00:00.000\t\t\tACTIVE
00-0045748\tServices\tSocial Worker\t\t2014-09-22T00:00:00.000\t\t\tCEASED
00-0045749\tServices\tSocial Worker\t\t9/22/2023\t\t\tFuture Start
""",
        period="2022-12",
        accepted=3,
        left_out=2,
        raw={
            "job_role": ["social_worker", "asye_social_worker", "social_worker"],
            "start_date": [date(2002, 1, 20), date(2019, 4, 8), date(2014, 9, 22)],
            "end_date": [None, date(2022, 11, 2), None],
            "fte": [Decimal(1), Decimal("0.5"), Decimal(1)],
            "team_id": ["Services", "Services", "Not given"],
            "post_id": ["Services/Social Worker", "Services/Social Worker", "Social Worker"],
        },
    ),
    "the month in a title, semicolons, decimal commas, a euro sign, a total and a note below the table": Roster(
        name="Personal.csv",
        mapping=r"""
source: hr_assignments
file:
  pattern: 'Personal\.csv'
  format: csv
  encoding: iso-8859-1
  delimiter: ";"
  period: {title: "Stand: (?P<date>.+)"}
  totals: {column: Personalnummer, equals: Summe}
  ends_at: "(Quelle|\\*).*"
columns:
  person_id: Personalnummer
  assignment_id: Personalnummer
  post_id: Funktion
  team_id: Dienststelle
  job_role: Funktion
  fte: Beschäftigungsausmaß
  start_date: Eintritt
  end_date: Austritt
  base_salary: Jahresgehalt
constants: {registered_social_worker: "true", contract_type: permanent}
dates: ["%d.%m.%Y", "%m/%Y", "%Y"]
decimal: ","
currency: "€"
codes: {job_role: {Sozialarbeiterin: social_worker}}
""",
        content="""Stand: 10.10.2024;;;;;;
Personalnummer;Name;Dienststelle;Funktion;Beschäftigungsausmaß;Eintritt;Austritt;Jahresgehalt
0001234;Aaa, Person A;Jugendamt;Sozialarbeiterin;100,00 %;01.03.2015;;43.456,78 €
0001235;Bbb, Person B;Jugendamt;Sozialarbeiterin;62,5%;11/2019;2023;€ 32 160,50
0001236;Ccc, Person C;Jugendamt;Sozialarbeiterin;0,5;2001;02/2024;-
Summe;;;;;;;75.617,28 €
Quelle: Personalverwaltung, ohne Gewähr
* vorläufig
""",
        encoding="cp1252",
        period="2024-10",
        accepted=2,
        rejected=1,
        left_out=3,
        raw={
            "fte": [Decimal(1), Decimal("0.625")],
            "start_date": [date(2015, 3, 1), date(2019, 11, 1)],
            "end_date": [None, date(2023, 12, 31)],
        },
        salaries=["43456.78", "32160.5"],
    ),
    "posts with vacancies among the holders, not one number of a person, a header over nothing": Roster(
        name="organogram_senior_data_31032011.csv",
        mapping=r"""
source: hr_assignments
file:
  pattern: 'organogram_senior_data_\d\d(?P<month>\d\d)(?P<year>\d{4})\.csv'
  format: csv
  encoding: latin-1
  leave_out: {Name: [Vacant, N/D]}
columns:
  person_id: {join: [Name, Contact E-mail]}
  assignment_id: Post Unique Reference
  post_id: Post Unique Reference
  team_id: Unit
  job_role: Job Title
  fte: FTE
  base_salary: Actual Pay Floor (£)
constants: {registered_social_worker: "false", contract_type: permanent, start_date: "1900-01-01"}
missing: [N/D]
codes: {job_role: {/.*(Chief|Director).*/: director}}
""",
        content="""Post Unique Reference,Name,Grade,Job Title,Unit,Contact E-mail,Reports to Senior Post,FTE,Actual Pay Floor (£),,Notes
90115,Person A,SCS1A,Deputy Chief Executive,Finance,a@example.org,90334,1,120000,,
90250,Person B,SCS1A,Director,"Research, Skills",b@example.org,90334,0.5,N/D,,
90284,Vacant,SCS1A,Director,Education,,90334,0,N/D,,
""",
        encoding="cp1252",
        period="2011-03",
        accepted=2,
        left_out=1,
        raw={"post_id": ["90115", "90250"], "fte": [Decimal(1), Decimal("0.5")], "team_id": ["Finance", "Research, Skills"]},
    ),
    "several posts a row, as junior posts are published": Roster(
        name="organogram_junior_data_31032011.csv",
        source="establishment",
        mapping=r"""
source: establishment
file: {pattern: 'organogram_junior_data_\d\d(?P<month>\d\d)(?P<year>\d{4})\.csv', format: csv}
columns:
  post_id: {join: [Reporting Senior Post, Grade, Generic Job Title], with: "/"}
  team_id: Unit
  team_name: Unit
  service_id: Organisation
  service_name: Organisation
  job_role: Generic Job Title
  budgeted_fte: Number of Posts in FTE
constants: {post_status: active}
codes: {job_role: {/.*/: business_support}}
""",
        content="""Organisation,Unit,Reporting Senior Post,Grade,Generic Job Title,Number of Posts in FTE
Council,Education,90284,4,Administrator,2
Council,Finance,90115,4,Administrator,8.67
Council,Finance,90115,7,Analyst,12.65
""",
        period="2011-03",
        accepted=2,
        rejected=1,
        raw={"post_id": ["90284/4/Administrator", "90115/4/Administrator"], "budgeted_fte": [Decimal(2), Decimal("8.67")]},
    ),
    "pay in wide columns, a financial year": Roster(
        name="Citywide_Payroll.csv",
        source="payroll",
        mapping=r"""
source: payroll
file: {pattern: 'Citywide_Payroll\.csv', format: csv, period: {column: Fiscal Year, dates: "%Y"}, month: "06"}
unpivot: {headers: [Regular Gross Paid, Total OT Paid], name: Element, value: Amount}
columns:
  person_id: {join: [Last Name, First Name, Agency Start Date], with: "|"}
  element: Element
  amount: Amount
codes: {element: {Regular Gross Paid: basic_pay, Total OT Paid: overtime}}
""",
        content="""Fiscal Year,Agency Name,Last Name,First Name,Agency Start Date,Regular Gross Paid,Total OT Paid
2016,CHILDREN'S SVCS   ,AAA,PERSON,7/14/2003,47166.03,57.28
2016,CHILDREN'S SVCS   ,BBB,PERSON,6/12/1995,"119,042.50",
""",
        period="2016-06",
        accepted=3,
        left_out=1,
        raw={"element": ["basic_pay", "overtime", "basic_pay"], "amount": [Decimal("47166.03"), Decimal("57.28"), Decimal("119042.5")]},
    ),
}


@pytest.mark.parametrize("shape", ROSTERS)
def test_a_roster_comes_in_by_mapping_alone(council: SendingCouncil, shape: str) -> None:
    roster = ROSTERS[shape]
    path = council.config / "organisations" / council.council / "organisation.yaml"
    path.write_text(path.read_text().replace('first_month: "2024-01"', 'first_month: "2010-01"'))
    mapping = council.mapping(roster.source, roster.mapping)
    extract = council.receive(roster.source, roster.name, roster.content.encode(roster.encoding))
    checked = check(mapping, extract)
    (month,) = checked.months
    assert (month.period, checked.lands, [*checked.refused]) == (roster.period, True, [])
    report = council.land(roster.source)
    assert (report.landed, report.held) == (1, 0)
    assert (report.rows_accepted, report.rows_rejected, report.rows_left_out) == (roster.accepted, roster.rejected, roster.left_out)
    assert (month.conformed.accepted.height, month.conformed.rows_rejected) == (roster.accepted, roster.rejected)
    raw = council.raw(roster.source, roster.period)
    for name, values in roster.raw.items():
        assert raw[name].to_list() == values, name
    if roster.salaries:
        kept = council.identity()["base_salary"].to_list()
        assert kept == [Decimal(salary) if salary else None for salary in roster.salaries]


def test_the_totals_of_a_filtered_extract_are_still_those_of_all_its_rows(council: SendingCouncil) -> None:
    text = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d{2})\.csv', format: csv, only: {Dept: [Kids]}, totals: {column: Dept, equals: Total}}
columns: {person_id: Id, element: Element, amount: Amount}
codes: {element: {Basic: basic_pay}}
"""
    mapping = council.mapping("payroll", text)
    rows = "Id,Dept,Element,Amount\n1,Kids,Basic,100\n2,Roads,Basic,50\n,Total,,{}\n"
    notes = []
    for said in ("150", "100"):
        extract = council.receive("payroll", "pay_2024-09.csv", rows.format(said))
        (month,) = check(mapping, extract).months
        assert month.conformed.left_out == {"total row": 1, "not wanted by Dept": 1}
        notes.append([finding.code for finding in month.notes])
    assert notes == [[], ["total_disagrees"]]


MONTHLY = r"file: {pattern: 'x_(?P<period>\d{4}-\d{2})\.csv', format: csv}"
STAFF = f"""
source: hr_assignments
{MONTHLY}
columns: {{person_id: Id, assignment_id: Id, post_id: Post, team_id: Team, job_role: Job, fte: FTE, start_date: Start}}
{ALIKE}
dates: "%d/%m/%Y"
codes: {{job_role: {{SW: social_worker}}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('dates: "%d/%m/%Y"', 'dates: "%d/%m/%y"', "`two_digit_years_from` is needed"),
        ('dates: "%d/%m/%Y"', 'dates: "%d/%m/%y"\ntwo_digit_years_from: 50', "must be the first of the hundred years"),
        (
            'dates: "%d/%m/%Y"',
            'dates: "%d/%m/%Q"',
            "has '%d/%m/%Q', and %Q is nothing that dates can be read by. Write dates with %d (day)",
        ),
        ('dates: "%d/%m/%Y"', 'dates: "%-d/%m/%Y"', "%-d is nothing that dates can be read by"),
        ('dates: "%d/%m/%Y"', 'dates: "%d of %m, %Z, %Y"', "%Z is nothing that dates can be read by"),
        ('dates: "%d/%m/%Y"', 'dates: ["%d/%m/%Y", "%d %B"]', "has '%d %B', which gives no year, and none is guessed"),
        ('registered_social_worker: "false"', "registered_social_worker: never", "it must be true or false"),
        (ALIKE, ALIKE.replace("}", ', role_start_date: "01/04/2020"}'), "it must be a date like 2025-09-30"),
        (ALIKE, ALIKE.replace("}", ", standard_hours: 37h}"), "it must be a number written with digits and a point"),
        ("person_id: Id, ", "", "`columns.person_id` is missing"),
        ("post_id: Post", "post_id: Name, name: Name", "`columns.post_id` is open to everybody, but takes 'Name', which name protects"),
        (
            "person_id: Id, assignment_id: Id, post_id: Post",
            "person_id: Id, assignment_id: X, post_id: {join: [Id, Post]}",
            "which person_id protects",
        ),
        (ALIKE, ALIKE.replace("}", ", swe_number: SW1}"), "`constants.swe_number` would make one of all"),
        ("codes:", "when_empty: {person_id: '0'}\ncodes:", "is an identifier or a date, which is never made up"),
        ("codes:", "when_empty: {start_date: 01/01/1900}\ncodes:", "is an identifier or a date, which is never made up"),
        ("codes:", "when_empty: {end_date: 01/01/1900}\ncodes:", "is not mapped in `columns`"),
        ("codes:", "when_empty: {fte: full}\ncodes:", "it must be a number written with digits and a point"),
        ("codes:", "when_empty: {job_role: social_worker}\ncodes:", "written like a cell of the file; it must be one of SW"),
        ("{SW: social_worker}", "{'/S(?=W)/': social_worker}", "not a regular expression that can be used: look-around"),
        ("{SW: social_worker}", "{/SW.*/: nobody}", "`codes.job_role./SW.*/` is 'nobody'; it must be one of"),
        ("codes: {", "codes: {fte: {F: one}, ", "`codes.fte.F` is 'one'; it must be a number"),
        ("codes: {", "codes: {fte: {/F.*/: 1}, ", "is a number, whose words are listed"),
        ("format: csv}", "format: csv, only: {Team: '(T1'}}", "`file.only.Team` is not a regular expression"),
        ("format: csv}", "format: csv, period: {is: 2024-09}}", "leave one out"),
        (MONTHLY, "file: {pattern: 'x.csv', format: csv, period: {is: Sep24}}", "must be a month like 2025-09"),
        (MONTHLY, "file: {pattern: 'x.csv', format: csv, period: {is: 2024-09, column: M}}", "must be one of {column: ...}"),
        (MONTHLY, "file: {pattern: 'x.csv', format: csv, period: {column: Y, dates: '%Y'}}", "has a year alone. Say `file.month`"),
        (
            MONTHLY,
            "file: {pattern: 'x.csv', format: csv, period: {column: M, dates: '%B'}}",
            "`file.period.dates` has '%B', which gives no year",
        ),
        (MONTHLY, "file: {pattern: 'x.csv', format: csv}", "or say in `file.period` where else the month stands"),
    ],
)
def test_what_a_mapping_cannot_say_is_said_before_anything_is_read(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "hr_assignments.yaml"
    path.write_text(STAFF)
    read_mapping(path, contract("hr_assignments"))
    assert old in STAFF
    path.write_text(STAFF.replace(old, new))
    with pytest.raises(ConfigurationError) as refused:
        read_mapping(path, contract("hr_assignments"))
    assert says in str(refused.value)


def test_a_title_without_a_date_is_the_wrong_period(council: SendingCouncil) -> None:
    text = STAFF.replace(MONTHLY, "file: {pattern: 'x.csv', format: csv, period: {title: 'As at (?P<date>.*)'}}")
    council.mapping("hr_assignments", text)
    council.receive("hr_assignments", "x.csv", "As at some day\nId,Post,Team,Job,FTE,Start\n1,P,T,SW,1,01/04/2020\n")
    (problem,) = council.land().problems
    assert problem.code == "wrong_period"
    assert "no row above the header has a date" in problem.message


def test_words_of_numbers_are_listed_and_numbers_stay_numbers(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF.replace("codes: {", "codes: {fte: {Full: 1, Half: 0.5}, "))
    rows = ["1,P,T,SW,Full,01/04/2020", "2,P,T,SW,0.8,01/04/2020", "3,P,T,SW,Quarter,01/04/2020", "4,P,T,SW,Half,01/04/2020"]
    council.receive("hr_assignments", "x_2024-09.csv", "\n".join(["Id,Post,Team,Job,FTE,Start", *rows]))
    council.land()
    assert council.raw()["fte"].to_list() == [Decimal(1), Decimal("0.8"), Decimal("0.5")]
    assert council.rejected().select("rule", "source_row").rows() == [("not_a_number", 4)]


def test_an_empty_cell_means_what_the_mapping_says_and_a_filled_one_what_it_says_itself(council: SendingCouncil) -> None:
    council.mapping(
        "hr_assignments",
        STAFF.replace("codes:", "when_empty: {job_role: SW, team_id: None given}\nnew_codes_hold_from: {job_role: 2}\ncodes:"),
    )
    rows = ["1,P,,SW,1,01/04/2020", "2,P,T,,1,01/04/2020", "3,P,T,XX,1,01/04/2020"]
    council.receive("hr_assignments", "x_2024-09.csv", "\n".join(["Id,Post,Team,Job,FTE,Start", *rows]))
    council.land()
    expected = pl.DataFrame({"team_id": ["None given", "T"], "job_role": ["social_worker", "social_worker"]})
    assert council.raw().select("team_id", "job_role").equals(expected)
    assert council.rejected()["rule"].to_list() == ["job_role_known"]


@pytest.mark.parametrize("standard", ["38.5", "{column: Full}", "{by: Grade, table: {G9: 38.5}}"])
def test_hours_with_a_decimal_comma_become_fte(council: SendingCouncil, standard: str) -> None:
    text = STAFF.replace("fte: FTE", f"fte: {{hours: FTE, standard_hours: {standard}}}").replace("format: csv", "format: csv, delimiter: ;")
    council.mapping("hr_assignments", f"{text}decimal: ','\n")
    rows = ["1;P;T;SW;38,5;01/04/2020;38,50;G9", "2;P;T;SW;19,25;01/04/2020;38,50;G9", "3;P;T;SW;;01/04/2020;38,50;G9"]
    council.receive("hr_assignments", "x_2024-09.csv", "\n".join(["Id;Post;Team;Job;FTE;Start;Full;Grade", *rows]))
    council.land()
    assert council.raw()["fte"].to_list() == [Decimal(1), Decimal("0.5"), None]


def test_the_same_columns_may_be_joined_in_two_ways(council: SendingCouncil) -> None:
    joined = "person_id: {join: [Id, Post]}, assignment_id: {join: [Id, Post], with: '-'}, post_id: {join: [Post, Team], with: '/'}"
    council.mapping("hr_assignments", STAFF.replace("person_id: Id, assignment_id: Id, post_id: Post", joined))
    council.receive("hr_assignments", "x_2024-09.csv", "Id,Post,Team,Job,FTE,Start\n1,P,T,SW,1,01/04/2020\n")
    council.land()
    assert council.identity().select("person_id", "assignment_id").rows() == [("1 P", "1-P")]
    assert council.raw()["post_id"].to_list() == ["P/T"]
