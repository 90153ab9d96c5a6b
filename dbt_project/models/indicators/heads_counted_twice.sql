-- Grain: one row per partnership, indicator, definition and month in which somebody is counted by two of its councils:
--   heads too many, above and below.
-- Rule: a person in post, or an agency worker, in two councils of a partnership is one head of it. Two councils know a
--   person as the same one only under a data-sharing agreement (config/data_sharing_agreements.yaml): without one
--   nobody is linked, and each council's head counts.
-- Limit: FTE of a joint post is not split here. Leavers, and who is agency in one council and in post in the
--   other, are not linked.
with
members as (select * from {{ ref('area_members') }} where scope = 'partnership'),

heads as (
    select organisation_id, month_no, 'inpost_headcount' as measure, person_key as head
    from {{ ref('assignment_month') }}
    where is_in_dfe
    union -- two posts, one head
    select organisation_id, month_no, 'agency_headcount', agency_worker_key
    from {{ ref('agency_month') }}
    where is_in_dfe
),

shared as (
    select members.scope_id, heads.*
    from heads
    inner join members on heads.organisation_id = members.organisation_id
    qualify count(*) over (partition by members.scope_id, heads.month_no, heads.measure, heads.head) > 1
),

figures as (
    select * from {{ ref('indicator_figures') }}
    where scope = 'organisation' and is_counted_above
),

counted as (
    select
        shared.scope_id,
        figures.indicator_id,
        figures.definition_id,
        figures.month_no,
        measures.part,
        shared.measure,
        shared.head,
        count(*) - 1 as heads_too_many
    from figures
    inner join {{ ref('indicator_measures') }} as measures
        on figures.indicator_id = measures.indicator_id
        and figures.definition_id = measures.definition_id
    inner join shared
        on figures.organisation_id = shared.organisation_id
        and figures.figure_month_no = shared.month_no
        and measures.measure = shared.measure
    where figures.indicator_id in ('agency_rate_headcount', 'turnover_rate_headcount')
    group by
        shared.scope_id,
        figures.indicator_id,
        figures.definition_id,
        figures.month_no,
        measures.part,
        shared.measure,
        shared.head
)

select
    scope_id,
    indicator_id,
    definition_id,
    month_no,
    sum(case when part = 'numerator' then heads_too_many else 0 end) as in_numerator,
    sum(case when part = 'denominator' then heads_too_many else 0 end) as in_denominator
from counted
where heads_too_many > 0
group by scope_id, indicator_id, definition_id, month_no
