-- Grain: one row an organisation, indicator, definition, month and scope: numerator, denominator and the people behind it, whether usable or not.
-- Rule: the one place where an indicator's numerator and denominator are named; their words are in the seed indicator_definition.
with
stocks as (select * from {{ ref('int_stock_sums') }}),
turnover as (select * from {{ ref('int_turnover_sums') }}),
absence as (select * from {{ ref('int_absence_sums') }}),

case_holders as (
    select * from {{ ref('int_case_holders') }} where is_dfe_case_holder
),

caseload as (
    select organisation_id, month_no, scope, scope_id, sum(cases) as cases, sum(fte) as case_holders_fte, count(*) as case_holders
    from ({{ in_each_scope('case_holders') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

tenure_people as (select * from {{ ref('int_team_tenure') }}),

tenure as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(case when has_36_months then 1 else 0 end) as with_36_months,
        count(*) as people
    from ({{ in_each_scope('tenure_people') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

required_training as (select * from {{ ref('int_required_training') }}),

training as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(case when is_held then 1 else 0 end) as held,
        count(*) as required,
        count(distinct person_key) as people
    from ({{ in_each_scope('required_training') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

components as (
    select organisation_id, month_no, scope, scope_id, 'agency_rate' as indicator_id, 'dfe' as definition_id,
        agency_fte as numerator, agency_fte + in_post_fte as denominator, agency_heads + in_post_heads as people
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'agency_rate', 'board',
        agency_graded_fte, agency_graded_fte + in_post_graded_fte, agency_heads + in_post_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'agency_rate_headcount', 'dfe',
        agency_heads, agency_heads + in_post_heads, agency_heads + in_post_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'turnover_rate', 'dfe', leavers_fte, in_post_fte, in_post_heads
    from turnover
    union all
    select organisation_id, month_no, scope, scope_id, 'turnover_rate', 'board', board_leavers_fte, average_permanent_fte, in_post_heads
    from turnover
    union all
    select organisation_id, month_no, scope, scope_id, 'turnover_rate_headcount', 'dfe', leavers, in_post_heads, in_post_heads
    from turnover
    union all
    select organisation_id, month_no, scope, scope_id, 'vacancy_rate', 'dfe', vacancy_fte, vacancy_fte + in_post_fte, in_post_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'vacancy_rate', 'board', unfilled_fte, establishment_fte, in_post_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'agency_cover_rate', 'dfe', agency_cover_fte, agency_fte, agency_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'vacancy_agency_cover_rate', 'dfe', agency_cover_fte, vacancy_fte, agency_heads
    from stocks
    union all
    select organisation_id, month_no, scope, scope_id, 'absence_rate', 'dfe', fte_days_lost, working_days * in_post_fte, in_post_heads
    from absence
    union all
    select organisation_id, month_no, scope, scope_id, 'caseload', 'dfe', cases, case_holders_fte, case_holders
    from caseload
    union all
    select organisation_id, month_no, scope, scope_id, 'team_tenure_36m', 'board', with_36_months, people, people
    from tenure
    union all
    select organisation_id, month_no, scope, scope_id, 'training_compliance', 'board', held, required, people
    from training
    union all
    select organisation_id, month_no, 'organisation', organisation_id, 'survey_score', 'board', score_sum, answers, respondents
    from {{ ref('int_survey_scores') }}
)

select
    organisation_id,
    indicator_id,
    definition_id,
    month_no,
    scope,
    scope_id,
    {{ as_fte('numerator') }} as numerator,
    {{ as_fte('denominator') }} as denominator,
    cast(people as bigint) as people
from components
