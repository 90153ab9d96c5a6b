-- Grain: one row per organisation, month end, scope and unit, with the sums of the month from which indicators are
--   made.
-- Rule: registered social workers, all grades except the Director, unless a column says otherwise.
-- Rule: a sum is empty if a source that it needs is not in force for the month, or if the council declared the measure
--   as not supplied. Starters, leavers and permanent staff are known by their dates in a missed month, between the
--   first and the last month of staff.
-- Rule: `withheld` names the metrics that cannot be counted for the month. A metric is empty there, and indicator_value
--   says why.
-- Limit: the teams' heads do not add up to the council's, because a person may work in two teams.
with
units as (
    {{ with_unit_keys('select * from ' ~ ref('unit_month_sums'), 'month_no') }}
),

known as (select * from {{ ref('known_months') }})

{# What must be in force, and for each of its columns the name under which it may be declared as not supplied. #}
{% set staff = 'known.staff_is_in_force' %}
{% set vacancies = staff ~ ' and known.establishment_is_in_force' %}
{% set columns = [
    (staff, {
        'in_post_fte': 'inpost_fte', 'in_post_heads': 'inpost_headcount', 'in_post_graded_fte': 'inpost_fte',
        'with_36_months_in_team': 'inpost_headcount', 'with_a_team': 'inpost_headcount',
    }),
    ('known.staff_is_known', {
        'permanent_fte': 'inpost_fte', 'starters_fte': none, 'starters': none,
        'leavers_fte': 'leavers_fte', 'leavers': 'leavers_headcount', 'board_leavers_fte': 'leavers_fte',
        'joined_36_months_before': none, 'still_in_the_team_joined': none,
    }),
    ('known.agency_is_in_force', {
        'agency_fte': 'agency_fte', 'agency_heads': 'agency_headcount', 'agency_graded_fte': 'agency_fte', 'agency_cover_fte': 'agency_cover_fte',
    }),
    ('known.establishment_is_in_force', {'establishment_fte': none}),
    (vacancies, {'vacancy_fte': 'vacancy_fte'}),
    (vacancies ~ ' and known.agency_is_in_force', {'unfilled_fte': 'vacancy_fte'}),
    (staff ~ ' and known.absence_is_in_force', {
        'fte_days_lost': 'working_days_lost_fte', 'people_absent': 'working_days_lost_fte',
    }),
    ('known.caseload_is_known', {'cases': 'cases', 'case_holders_fte': 'case_holders_fte', 'case_holders': 'case_holders_fte'}),
    (staff ~ ' and known.training_is_in_force', {'training_held': none, 'training_required': none, 'training_people': none}),
    ('known.survey_is_in_force', {'survey_score_sum': none, 'survey_answers': none, 'survey_respondents': none}),
] %}
select
    units.unit_key,
    units.organisation_id,
    units.month_end,
    units.scope,
    units.scope_id,
    {{ org_unit_key('units') }} as org_unit,
    {% for needs, names in columns %}
    {% for name, measure in names.items() %}
    case
        when
            {{ needs }}{% if measure %} and not {{ is_listed(measure, 'known.measures_not_supplied') }}{% endif %}
            then units.{{ name }}
    end
        as {{ name }},
    {% endfor %}
    {% endfor %}
    units.working_days,
    known.withheld
from units
inner join known using (organisation_id, month_no)
