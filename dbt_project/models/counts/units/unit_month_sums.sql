-- Grain: one row per organisation, scope and month, with every sum of the month from which an indicator is made,
--   whether it can be used or not.
-- Rule: sums are for the month only. A period of several months is defined once, in the indicator's metric.
-- Rule: for cases, tenure, required training and joining a team, a person has one team per month, so that teams add up
--   to services and the council.
-- Rule: a unit has a row even for a month with only a leaver, a starter, sickness or somebody who once joined it.
--   Otherwise twelve months would not add up.
with
stocks as (select * from {{ ref('stock_sums') }}),

movements as (select * from {{ ref('movement_sums') }}),

absence as (select * from {{ ref('absence_sums') }}),

case_holders as (
    select organisation_id, month_no, current_team_id, cases, fte as case_holders_fte, 1 as case_holders
    from {{ ref('case_holders') }}
    where is_dfe_case_holder
),

caseload as (
    {{ sums_in_each_scope('case_holders', ['cases', 'case_holders_fte', 'case_holders']) }}
),

team_tenure as (
    select
        organisation_id, month_no, current_team_id,
        case when has_36_months then 1 else 0 end as with_36_months_in_team,
        1 as with_a_team
    from {{ ref('team_tenure') }}
),

tenure as (
    {{ sums_in_each_scope('team_tenure', ['with_36_months_in_team', 'with_a_team']) }}
),

trained_people as (
    select
        organisation_id, month_no, current_team_id, person_key,
        sum(case when is_held then 1 else 0 end) as training_held,
        count(*) as training_required,
        1 as training_people
    from {{ ref('required_training') }}
    group by organisation_id, month_no, current_team_id, person_key
),

training as (
    {{ sums_in_each_scope('trained_people', ['training_held', 'training_required', 'training_people']) }}
),

survey as (
    select *, 'organisation' as scope, organisation_id as scope_id from {{ ref('survey_scores') }}
),

joined_people as (
    select
        organisation_id, month_no, current_team_id,
        1 as joined_36_months_before,
        case when is_still_there then 1 else 0 end as still_in_the_team_joined
    from {{ ref('cohort_months') }}
    where cohort_kind = 'joined_team' and months_since_start = 36
),

joined as (
    {{ sums_in_each_scope('joined_people', ['joined_36_months_before', 'still_in_the_team_joined']) }}
),

units as (
    select organisation_id, month_no, scope, scope_id from stocks
    union
    select organisation_id, month_no, scope, scope_id from movements
    union
    select organisation_id, month_no, scope, scope_id from absence
    union
    select organisation_id, month_no, scope, scope_id from joined
)

select
    organisation_id,
    month_no,
    months.month_end,
    scope,
    scope_id,
    {{ as_fte('coalesce(stocks.in_post_fte, 0)') }} as in_post_fte,
    cast(coalesce(stocks.in_post_heads, 0) as bigint) as in_post_heads,
    {{ as_fte('coalesce(stocks.in_post_graded_fte, 0)') }} as in_post_graded_fte,
    {{ as_fte('coalesce(stocks.permanent_fte, 0)') }} as permanent_fte,
    {{ as_fte('coalesce(stocks.agency_fte, 0)') }} as agency_fte,
    cast(coalesce(stocks.agency_heads, 0) as bigint) as agency_heads,
    {{ as_fte('coalesce(stocks.agency_graded_fte, 0)') }} as agency_graded_fte,
    {{ as_fte('coalesce(stocks.agency_cover_fte, 0)') }} as agency_cover_fte,
    {{ as_fte('coalesce(stocks.vacancy_fte, 0)') }} as vacancy_fte,
    {{ as_fte('coalesce(stocks.unfilled_fte, 0)') }} as unfilled_fte,
    {{ as_fte('coalesce(stocks.establishment_fte, 0)') }} as establishment_fte,
    {{ as_fte('coalesce(movements.starters_fte, 0)') }} as starters_fte,
    cast(coalesce(movements.starters, 0) as bigint) as starters,
    {{ as_fte('coalesce(movements.leavers_fte, 0)') }} as leavers_fte,
    cast(coalesce(movements.leavers, 0) as bigint) as leavers,
    {{ as_fte('coalesce(movements.board_leavers_fte, 0)') }} as board_leavers_fte,
    {{ as_fte('coalesce(absence.fte_days_lost, 0)') }} as fte_days_lost,
    cast(coalesce(absence.people_absent, 0) as bigint) as people_absent,
    cast(working_days.working_days as integer) as working_days,
    cast(coalesce(caseload.cases, 0) as bigint) as cases,
    {{ as_fte('coalesce(caseload.case_holders_fte, 0)') }} as case_holders_fte,
    cast(coalesce(caseload.case_holders, 0) as bigint) as case_holders,
    cast(coalesce(tenure.with_36_months_in_team, 0) as bigint) as with_36_months_in_team,
    cast(coalesce(tenure.with_a_team, 0) as bigint) as with_a_team,
    cast(coalesce(joined.joined_36_months_before, 0) as bigint) as joined_36_months_before,
    cast(coalesce(joined.still_in_the_team_joined, 0) as bigint) as still_in_the_team_joined,
    cast(coalesce(training.training_held, 0) as bigint) as training_held,
    cast(coalesce(training.training_required, 0) as bigint) as training_required,
    cast(coalesce(training.training_people, 0) as bigint) as training_people,
    {{ as_fte('survey.score_sum') }} as survey_score_sum,
    cast(survey.answers as bigint) as survey_answers,
    cast(survey.respondents as bigint) as survey_respondents
from units
inner join {{ ref('months') }} as months using (month_no)
inner join {{ ref('working_days') }} as working_days using (census_year)
left join stocks using (organisation_id, month_no, scope, scope_id)
left join movements using (organisation_id, month_no, scope, scope_id)
left join absence using (organisation_id, month_no, scope, scope_id)
left join caseload using (organisation_id, month_no, scope, scope_id)
left join tenure using (organisation_id, month_no, scope, scope_id)
left join joined using (organisation_id, month_no, scope, scope_id)
left join training using (organisation_id, month_no, scope, scope_id)
left join survey using (organisation_id, month_no, scope, scope_id)
