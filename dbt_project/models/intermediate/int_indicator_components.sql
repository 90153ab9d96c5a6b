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

survey as (
    select *, 'organisation' as scope, organisation_id as scope_id from {{ ref('int_survey_scores') }}
),

components as (
    {# indicator, definition, relation, numerator, denominator, people. Each sum is cast before the union: a union takes the coarsest scale. #}
    {% set components = [
        ('agency_rate', 'dfe', 'stocks', 'agency_fte', 'agency_fte + in_post_fte', 'agency_heads + in_post_heads'),
        ('agency_rate', 'board', 'stocks', 'agency_graded_fte', 'agency_graded_fte + in_post_graded_fte', 'agency_heads + in_post_heads'),
        ('agency_rate_headcount', 'dfe', 'stocks', 'agency_heads', 'agency_heads + in_post_heads', 'agency_heads + in_post_heads'),
        ('turnover_rate', 'dfe', 'turnover', 'leavers_fte', 'in_post_fte', 'in_post_heads'),
        ('turnover_rate', 'board', 'turnover', 'board_leavers_fte', 'average_permanent_fte', 'in_post_heads'),
        ('turnover_rate_headcount', 'dfe', 'turnover', 'leavers', 'in_post_heads', 'in_post_heads'),
        ('vacancy_rate', 'dfe', 'stocks', 'vacancy_fte', 'vacancy_fte + in_post_fte', 'in_post_heads'),
        ('vacancy_rate', 'board', 'stocks', 'unfilled_fte', 'establishment_fte', 'in_post_heads'),
        ('agency_cover_rate', 'dfe', 'stocks', 'agency_cover_fte', 'agency_fte', 'agency_heads'),
        ('vacancy_agency_cover_rate', 'dfe', 'stocks', 'agency_cover_fte', 'vacancy_fte', 'agency_heads'),
        ('absence_rate', 'dfe', 'absence', 'fte_days_lost', 'working_days * in_post_fte', 'in_post_heads'),
        ('caseload', 'dfe', 'caseload', 'cases', 'case_holders_fte', 'case_holders'),
        ('team_tenure_36m', 'board', 'tenure', 'with_36_months', 'people', 'people'),
        ('training_compliance', 'board', 'training', 'held', 'required', 'people'),
        ('survey_score', 'board', 'survey', 'score_sum', 'answers', 'respondents'),
    ] %}
    {% for indicator_id, definition_id, relation, numerator, denominator, people in components %}
    select
        organisation_id,
        '{{ indicator_id }}' as indicator_id,
        '{{ definition_id }}' as definition_id,
        month_no,
        scope,
        scope_id,
        {{ as_fte(numerator) }} as numerator,
        {{ as_fte(denominator) }} as denominator,
        cast({{ people }} as bigint) as people
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    organisation_id,
    indicator_id,
    definition_id,
    month_no,
    scope,
    scope_id,
    numerator,
    denominator,
    people
from components
