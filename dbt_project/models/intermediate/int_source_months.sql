-- Grain: one row an organisation, source and month, from the council's first month to its last delivery of any source.
-- Rule: a source is in force for a month if a delivery of that month is, or a full history that covers it.
-- Rule: what a council declares as not supplied (with DfE's symbol) is not in force, whatever was delivered.
with
organisations as (
    select
        organisation_id,
        {{ period_month_no('first_month') }} as first_month_no
    from {{ source('raw', 'config_organisation') }}
),

council_last_month as (
    -- Held deliveries count: a month that came but cannot be used is missing, not out of sight.
    select organisation_id, max(month_no) as last_month_no
    from {{ ref('stg_ledger__deliveries') }}
    where received_at <= cast('{{ var("as_known_at") }}' as timestamp)
    group by organisation_id
),

sources as (
    select organisation_id, source from {{ source('raw', 'config_source') }}
),

grid as (
    select sources.organisation_id, sources.source, months.month_no, months.month_end
    from sources
    inner join organisations on sources.organisation_id = organisations.organisation_id
    inner join council_last_month on sources.organisation_id = council_last_month.organisation_id
    inner join {{ ref('int_months') }} as months
        on months.month_no between organisations.first_month_no and council_last_month.last_month_no
),

delivered as (
    select deliveries.organisation_id, deliveries.source, deliveries.delivers, deliveries.month_no, organisations.first_month_no
    from {{ ref('int_deliveries_in_force') }} as deliveries
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
    select grid.organisation_id, grid.source, grid.month_no, min(declared.symbol) as symbol
    from grid
    inner join {{ source('raw', 'config_not_supplied') }} as declared
        on grid.organisation_id = declared.organisation_id
        and grid.source = declared.source
        and grid.month_no between {{ period_month_no('declared.from_month') }} and {{ period_month_no('declared.to_month') }}
    group by grid.organisation_id, grid.source, grid.month_no
)

select
    grid.organisation_id,
    grid.source,
    grid.month_no,
    grid.month_end,
    covered.month_no is not null and not_supplied.symbol is null as is_in_force,
    not_supplied.symbol
from grid
left join covered using (organisation_id, source, month_no)
left join not_supplied using (organisation_id, source, month_no)
