"""The rules of an extract of staff in post: what each says, expects and asks to do. `hr_assignments.py` measures what they test."""

from expectations.engine.check_rule import Rule, between, holds, present
from expectations.rules.common_rules import change_rules, delivery_rules, registration_rule, same_again_rule, year_rule

MOST_FTE_OF_A_PERSON = 1.0001  # full time; the rest is rounding of two part posts
LONGEST_SINCE_END = 3  # months: a leaver is recorded one month late, rarely two; older ones mean that the report does not filter leavers
MOST_GONE_WITHOUT_END = 0  # every leaver should appear once with an end date
MOST_GONE_SHARE = 0.03  # a year's turnover of 20% is 1.7% a month: twice that without an end date makes turnover wrong by a tenth
MOST_STRANGE_POSTS_SHARE = 0.1  # a tenth of the posts not in the establishment means that the two systems have different numbers
MOST_RISE_OF_NOT_KNOWN = 0.1  # share of a year's leavers or starters: a tenth more in a month is most of that month's
MOST_RISE_OF_NOT_KNOWN_IN_A_YEAR = 0.2
MOST_LOST_OF_A_TEAM = 0.15  # a team of seven that loses one has lost 14%: an ordinary month
LEAST_LOSS_OF_A_TEAM = 3  # people: in a team of nine one leaver is 11%, two in a month happen
MOST_FTE_ABOVE_POST = 0.99  # a whole FTE, less the rounding of hours
MOST_WITHOUT_FTE_SHARE = 0.05  # above this, every rate by FTE is wrong by more than its last digit
MOST_STARTED_SAME_DAY = 0.2  # share of people in post: more start on one day only if a service moved in, or dates were overwritten
FURTHEST_START = 3  # months ahead: notice is usually three months at most
LONGEST_SERVICE = 60  # years

WHERE = "HR system, staff in post report"
ASK_LEAVERS = "HR system, Termination screen, Leaving reason: find out and enter it"
ASK_STARTERS = "HR system, New starter screen, Previous role: find out and enter it"
TURNOVER = ("turnover_rate", "turnover_rate_headcount")
STABILITY = ("team_tenure_36m", "team_retention_36m")
RATES = (
    "agency_rate",
    "agency_rate_headcount",
    "turnover_rate",
    "turnover_rate_headcount",
    "vacancy_rate",
    "vacancy_agency_cover_rate",
    "absence_rate",
    "caseload",
    *STABILITY,
)
VACANCIES = ("vacancy_rate", "vacancy_agency_cover_rate")

RULES = (
    *delivery_rules("HR", WHERE, empty="block"),
    *change_rules("HR-005", "assignments", "The number of assignments in post", WHERE, blocks=True),
    *change_rules("HR-006", "fte", "The FTE in post", WHERE, blocks=True),
    Rule(
        rule_id="HR-007",
        severity="warn",
        says="A person has more than {most:.3g} FTE in all assignments together",
        fix="HR system, Position screen, Contracted hours: end the assignment that was replaced, or correct the hours",
        expects=between("fte_of_person", most=MOST_FTE_OF_A_PERSON),
    ),
    Rule(
        rule_id="HR-008",
        severity="warn",
        says="FTE is missing. The person counts in headcount but not in FTE",
        fix="HR system, Position screen, Contracted hours",
        expects=present("fte"),
    ),
    Rule(
        rule_id="HR-009",
        severity="warn",
        says="An assignment that ended more than {most:g} months ago is in the extract of staff in post",
        fix="HR system, staff in post report: leave out assignments that ended before the month",
        expects=between("months_since_end", most=LONGEST_SINCE_END),
    ),
    Rule(
        rule_id="HR-010",
        severity="warn",
        says="Somebody was in post last month, and is missing this month without an end date",
        fix="HR system, Termination screen: enter the last day and the reason, and send the extract again",
        expects=between("gone_without_end", most=MOST_GONE_WITHOUT_END),
        of="deliveries",
        counted_in="gone_without_end",
    ),
    Rule(
        rule_id="HR-011",
        severity="warn",
        says="Somebody in post is in a team that the establishment of the month does not have",
        fix="HR system, Position screen, Team. Or have the team added to the establishment",
        expects=holds("team_in_establishment"),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-012",
        severity="note",
        says="Somebody in post holds a post that the establishment of the month does not have",
        fix="HR system, Position screen, Position number. Or have the post added to the establishment",
        expects=holds("post_in_establishment"),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-013",
        severity="hold",
        says="More than {most:.0%} of people in post last month are missing this month without an end date",
        fix="HR system, staff in post report: include people who left in the month. Enter the last day and reason if they are missing",
        expects=between("gone_share", most=MOST_GONE_SHARE),
        of="deliveries",
        counted_in="gone_without_end",
        indicators=(*TURNOVER, *STABILITY),
    ),
    Rule(
        rule_id="HR-014",
        severity="hold",
        says="More than {most:.0%} of people in post hold posts that the establishment of the month does not have",
        fix="Compare the post numbers of both reports: HR system, Position number; establishment control, Position number",
        expects=between("strange_posts_share", most=MOST_STRANGE_POSTS_SHARE),
        of="deliveries",
        reads=("establishment",),
        counted_in="strange_posts",
        indicators=VACANCIES,
    ),
    Rule(
        rule_id="HR-015",
        severity="hold",
        says="FTE is missing for more than {most:.0%} of people in post",
        fix="HR system, staff in post report: check the column FTE or contracted hours. Then Position screen, Contracted hours",
        expects=between("without_fte_share", most=MOST_WITHOUT_FTE_SHARE),
        of="deliveries",
        counted_in="without_fte",
        indicators=tuple(rate for rate in RATES if not rate.endswith("headcount")),
    ),
    Rule(
        rule_id="HR-016",
        severity="hold",
        says="The number of registered social workers in post fell by more than {fall:.0%} or rose by more than {rise:.0%} since the month before",
        fix="HR system, Professional registration screen. Or check the column that says who is a registered social worker",
        expects=between("social_workers_change_sound", 0.85, 1.25),
        of="deliveries",
        indicators=RATES,
    ),
    same_again_rule("HR-017", "block", WHERE),
    year_rule("HR-018", "assignments", "The number of assignments in post", WHERE),
    year_rule("HR-019", "fte", "The FTE in post", WHERE),
    Rule(
        rule_id="HR-020",
        severity="warn",
        says=f"A team lost more than {{most:.0%}} of its staff in post in a month, and at least {LEAST_LOSS_OF_A_TEAM} people",
        fix="HR system, staff in post report: check that the whole team is in the extract. If they left, you do not need to do anything",
        expects=between("share_lost_of_a_team", most=MOST_LOST_OF_A_TEAM),
        of="deliveries",
        counted_in="share_lost_of_a_team",
        counts="teams",
    ),
    Rule(
        rule_id="HR-021",
        severity="warn",
        says="A person has two assignments in the same post at the same time",
        fix="HR system, Position screen: end the assignment that was replaced",
        expects=holds("only_one_in_post"),
    ),
    registration_rule("HR-022", "HR system, Professional registration screen, Registration number. You can find it on the public register"),
    Rule(
        rule_id="HR-023",
        severity="warn",
        says="Two people have the same registration number. It is one person under two employee numbers, or a typing error",
        fix="HR system, Professional registration screen, Registration number. If it is one person, merge the two records",
        expects=holds("registration_of_one_person"),
    ),
    Rule(
        rule_id="HR-024",
        severity="warn",
        says="Two employee numbers have the same post, first day, age group and sex. They may be one person",
        fix="HR system, Person search: if it is one person, merge the two records. Otherwise accept the exception",
        expects=holds("person_is_there_once"),
    ),
    Rule(
        rule_id="HR-025",
        severity="warn",
        says="A registered social worker in post has no registration number, which the return asks for",
        fix="HR system, Professional registration screen, Registration number",
        expects=holds("registration_given"),
    ),
    Rule(
        rule_id="HR-026",
        severity="warn",
        says="Somebody left without a reason, which the return asks for",
        fix="HR system, Termination screen, Leaving reason",
        expects=holds("leaver_has_reason"),
    ),
    Rule(
        rule_id="HR-027",
        severity="warn",
        says="Somebody started this month without an origin, which the return asks for",
        fix="HR system, New starter screen, Previous role",
        expects=holds("starter_has_origin"),
    ),
    Rule(
        rule_id="HR-028",
        severity="warn",
        says="The share of a year's leavers whose reason is 'not known' rose by more than {most:.0%} of them since the month before",
        fix=ASK_LEAVERS,
        expects=between("reasons_not_known_rise", most=MOST_RISE_OF_NOT_KNOWN),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-029",
        severity="warn",
        says="The day on which somebody joined their team is after the end of the month",
        fix="HR system, Position screen, Start in team",
        expects=holds("in_team_by_month_end"),
    ),
    Rule(
        rule_id="HR-030",
        severity="warn",
        says="An assignment begins more than {most:g} months after the month of the extract",
        fix="HR system, Position screen, Start date: check the year",
        expects=between("months_to_start", most=FURTHEST_START),
    ),
    Rule(
        rule_id="HR-031",
        severity="warn",
        says="Somebody has been in the same assignment for more than {most:g} years. The date probably stands for 'not known'",
        fix="HR system, Position screen, Start date",
        expects=between("years_in_assignment", most=LONGEST_SERVICE),
    ),
    Rule(
        rule_id="HR-032",
        severity="hold",
        says="More than {most:.0%} of people in post started on the same day in this month. Start dates were overwritten, or a service moved in",
        fix="HR system, staff in post report: give the first day of the assignment, not the day on which data was moved",
        expects=between("started_same_day_share", most=MOST_STARTED_SAME_DAY),
        of="deliveries",
        indicators=(*TURNOVER, *STABILITY),
    ),
    Rule(
        rule_id="HR-033",
        severity="warn",
        says="A fixed-term assignment ended before the month and is still in post",
        fix="HR system, Position screen, Contract end: end the assignment, or enter the new contract end",
        expects=holds("contract_not_run_out"),
    ),
    Rule(
        rule_id="HR-034",
        severity="note",
        says="People in a post together have more than {most:g} FTE above the FTE of the post",
        fix="HR system, Position screen, Position number. Or establishment control, Budgeted FTE",
        expects=between("fte_above_post", most=MOST_FTE_ABOVE_POST),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-035",
        severity="warn",
        says="Staff in post changed by more than {most:g} times this council's usual change from month to month",
        fix=f"Check that nobody is missing from the extract or in it twice. If the change is real, accept it with its reason: {WHERE}",
        expects=between("unusual_change", most=4.0),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-036",
        severity="warn",
        says="The share of a year's starters whose origin is 'not known' rose by more than {most:.0%} of them since the month before",
        fix=ASK_STARTERS,
        expects=between("origins_not_known_rise", most=MOST_RISE_OF_NOT_KNOWN),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-037",
        severity="warn",
        says="The share of a year's leavers whose reason is 'not known' rose by more than {most:.0%} of them since the same month last year",
        fix=ASK_LEAVERS,
        expects=between("reasons_not_known_year_rise", most=MOST_RISE_OF_NOT_KNOWN_IN_A_YEAR),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-038",
        severity="warn",
        says="The share of a year's starters whose origin is 'not known' rose by more than {most:.0%} of them since the same month last year",
        fix=ASK_STARTERS,
        expects=between("origins_not_known_year_rise", most=MOST_RISE_OF_NOT_KNOWN_IN_A_YEAR),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-039",
        severity="warn",
        says="An assignment has the status ended, and no end date. The person is counted as in post",
        fix="HR system, Termination screen: enter the last day and the reason. If the person is still there, Assignment screen, Status",
        expects=holds("ended_has_end"),
    ),
    Rule(
        rule_id="HR-040",
        severity="warn",
        says="An assignment has a status that says the person is there, and an end date before the month. The person is counted as having left",
        fix="HR system, Assignment screen: if the person is still there, remove the end date. Otherwise set Status to ended",
        expects=holds("still_there_has_no_past_end"),
    ),
    Rule(
        rule_id="HR-041",
        severity="warn",
        says="An assignment has the status ended, and an end date after the month. The person is counted as in post until then",
        fix="HR system, Termination screen, Last day. Or Assignment screen, Status, notice given",
        expects=holds("ended_by_month_end"),
    ),
    Rule(
        rule_id="HR-042",
        severity="warn",
        says="The status of an assignment does not fit its start date. It is active but starts after the month, or it is not started but the start date has passed",
        fix="HR system, Position screen, Start date. Or Assignment screen, Status",
        expects=holds("started_as_status_says"),
    ),
    Rule(
        rule_id="HR-043",
        severity="note",
        says="An announced start is no longer in the extract. It does not count as a start",
        fix="HR system, New starter screen: if the start was withdrawn, you do not need to do anything. Otherwise send the extract again with the person",
        expects=between("starts_withdrawn", most=0),
        of="deliveries",
        counted_in="starts_withdrawn",
    ),
    Rule(
        rule_id="HR-044",
        severity="note",
        says="Somebody is missing from the extract before their planned end. They count as having left this month",
        fix="HR system, Termination screen: enter the last day and the reason, and send the extract again",
        expects=between("plans_outweighed", most=0),
        of="deliveries",
        counted_in="plans_outweighed",
    ),
    Rule(
        rule_id="HR-045",
        severity="note",
        says="Somebody who was missing from last month's extract is back with the old start date. They count as never away",
        fix="HR system, staff in post report: include people on unpaid leave. If the person left and came back, enter the new start date",
        expects=between("never_away", most=0),
        of="deliveries",
        counted_in="never_away",
    ),
    Rule(
        rule_id="HR-046",
        severity="note",
        says="Somebody is missing from the extract, but payroll or absence still has them this month. They stay in post for one more extract",
        fix="HR system, Termination screen: if the person left, enter the last day. Otherwise include the person in the staff in post report",
        expects=between("unconfirmed", most=0),
        of="deliveries",
        reads=("payroll", "absence"),
        counted_in="unconfirmed",
    ),
)
