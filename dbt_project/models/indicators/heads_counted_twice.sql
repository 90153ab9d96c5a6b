-- Grain: one row per partnership, indicator, definition and month in which two of its councils count the same person,
--   with the heads to subtract from numerator and denominator.
-- Rule: a person in post, or an agency worker, in two councils of a partnership is one head in the partnership.
--   Councils can link a person only under a data-sharing agreement (config/data_sharing_agreements.yaml). Without one,
--   each council's head counts.
-- Limit: the FTE of a joint post is not split here. Leavers are not linked. Nor are people who are agency workers in
--   one council and in post in the other.
with
members as (select * from {{ ref('area_members') }} where scope = 'partnership'),

heads as (
    select organisation_id, month_no, 'inpost_headcount' as measure, person_key as head
    from {{ ref('assignment_month') }}
    where is_in_dfe
    union -- a person with two posts is one head
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
