-- Grain: one row an assignment and delivery in force; of a full history, one row an assignment and effective date.
-- Rule: who works in term time alone has the FTE of the year: contracted share of full time, times weeks a year over 52.143. A contract of
--   52 weeks or more is full time.
-- Rule: of a casual or zero-hours contract FTE is hours worked over standard hours, 0 where none were worked. Without either it is the FTE told;
--   a contract of no hours tells none.
with rows_in_force as ({{ in_force('hr_assignments') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no,
    rows_in_force.delivers,
    rows_in_force.delivery_id,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.person_key as told_person_key,
    rows_in_force.swe_key,
    rows_in_force.assignment_key,
    rows_in_force.post_id,
    rows_in_force.team_id,
    rows_in_force.job_role,
    rows_in_force.registered_social_worker,
    rows_in_force.contract_type,
    {{ as_fte("case
        when contract_type = 'casual' then coalesce(hours_worked / standard_hours, nullif(fte, 0))
        when weeks_a_year < 52 then fte * weeks_a_year / 52.143
        else fte
    end") }} as fte,
    rows_in_force.fte_from,
    rows_in_force.cost_share_percent,
    rows_in_force.start_date,
    rows_in_force.end_date,
    rows_in_force.leaving_reason,
    rows_in_force.leaver_destination,
    rows_in_force.start_origin,
    rows_in_force.team_start_date,
    rows_in_force.long_absence,
    coalesce(rows_in_force.secondment = 'out' or rows_in_force.long_absence = 'seconded_out', false) as is_seconded_out,
    rows_in_force.effective_from,
    rows_in_force.effective_to
from rows_in_force
{{ join_person_links('rows_in_force') }}
