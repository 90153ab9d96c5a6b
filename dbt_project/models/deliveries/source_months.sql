-- Grain: one row per organisation, source and month, from the council's first month to the last month that any council
--   delivered.
-- Rule: a council that was split, or became part of another, has no month after its last one (last_month).
-- Rule: a council that has not sent the month yet has a row too. Its earlier figures are shown, and say so.
-- Rule: a source is in force for a month if a delivery of that month is in force, or a full history that covers it.
-- Rule: a source that a council declares as not supplied (with DfE's symbol) is not in force, whatever was delivered.
with
organisations as (
    select
        organisation_id,
        {{ period_month_no('first_month') }} as first_month_no,
        coalesce({{ period_month_no('last_month') }}, 9999 * 12) as last_month_no
    from {{ ref('stg_config__councils') }}
),

sources as (
    select organisation_id, source from {{ ref('stg_config__sources') }}
),

grid as (
    select sources.organisation_id, sources.source, months.month_no, months.month_end
    from sources
    inner join organisations on sources.organisation_id = organisations.organisation_id
    inner join
        {{ ref('months') }} as months
    on months.month_no between organisations.first_month_no and organisations.last_month_no
),

delivered as (
    select
        deliveries.organisation_id,
        deliveries.source,
        deliveries.delivers,
        deliveries.month_no,
        organisations.first_month_no
    from {{ ref('deliveries_in_force') }} as deliveries
    inner join organisations on deliveries.organisation_id = organisations.organisation_id
),

covered as (
    select distinct -- a month can be covered by its own delivery and by a history
        grid.organisation_id, grid.source, grid.month_no
    from grid
    inner join delivered
        on grid.organisation_id = delivered.organisation_id
        and grid.source = delivered.source
        and grid.month_no <= delivered.month_no
        and (grid.month_no = delivered.month_no or delivered.delivers = 'history')
),

not_supplied as (
    select * from {{ ref('measures_not_supplied') }} where measure is null
)

select
    grid.organisation_id,
    grid.source,
    grid.month_no,
    grid.month_end,
    covered.month_no is not null and not_supplied.symbol is null as is_in_force,
    not_supplied.symbol,
    not_supplied.counts_above,
    not_supplied.stands_in_month_no
from grid
left join covered using (organisation_id, source, month_no)
left join not_supplied using (organisation_id, source, month_no)
