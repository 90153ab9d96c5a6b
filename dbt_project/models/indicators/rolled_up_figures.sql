-- Grain: one row per area (partnership, region, England), indicator, definition and month.
-- Rule: as in DfE's statistics, numerators and denominators of the councils that have both are added up. A council
--   whose numerator cannot be used is left out of the denominator too. The row says how many councils are counted and
--   how many are left out.
-- Rule: a council's older figure that is in force counts. The row names the oldest month counted (figure_month_no).
-- Rule: a region, and England, has a figure only if all its authorities are configured, because a part is not the
--   whole.
-- Rule: a person whom two councils of a partnership both count is one head, if the councils may link the person
--   (heads_counted_twice).
with
figures as (select * from {{ ref('indicator_figures') }} where scope = 'organisation'),

summed as (
    select
        areas.scope, areas.scope_id,
        figures.indicator_id,
        figures.definition_id,
        figures.unit,
        figures.decimals,
        figures.disclosure_class,
        figures.tells_of_people,
        figures.month_no,
        figures.month_end,
        sum(case when figures.is_counted_above then figures.numerator end) as numerator,
        sum(case when figures.is_counted_above then figures.denominator end) as denominator,
        sum(case when figures.is_counted_above then figures.people end) as people,
        sum(case when figures.is_counted_above then 1 else 0 end) as organisations_counted,
        any_value(areas.organisations) as organisations,
        bool_and(areas.is_whole) as is_whole,
        min(case when figures.is_counted_above then figures.figure_month_no end) as figure_month_no
    from {{ ref('area_members') }} as areas
    inner join figures on areas.organisation_id = figures.organisation_id
    group by
        areas.scope, areas.scope_id,
        figures.indicator_id,
        figures.definition_id,
        figures.unit,
        figures.decimals,
        figures.disclosure_class,
        figures.tells_of_people,
        figures.month_no,
        figures.month_end
)

select
    summed.scope,
    summed.scope_id,
    summed.indicator_id,
    summed.definition_id,
    summed.unit,
    summed.decimals,
    summed.disclosure_class,
    summed.tells_of_people,
    summed.month_no,
    summed.month_end,
    summed.figure_month_no,
    case when summed.is_whole then {{ as_fte('summed.numerator - coalesce(twice.in_numerator, 0)') }} end as numerator,
    case when summed.is_whole then {{ as_fte('summed.denominator - coalesce(twice.in_denominator, 0)') }} end
        as denominator,
    cast(summed.people as bigint) as people,
    case
        when not summed.is_whole then 'not_all_authorities'
        when summed.organisations_counted = 0 then 'none_counted'
    end as reason,
    cast(summed.organisations_counted as bigint) as organisations_counted,
    cast(summed.organisations - summed.organisations_counted as bigint) as organisations_left_out
from summed
left join {{ ref('heads_counted_twice') }} as twice
    on summed.scope = 'partnership'
    and summed.scope_id = twice.scope_id
    and summed.indicator_id = twice.indicator_id
    and summed.definition_id = twice.definition_id
    and summed.month_no = twice.month_no
