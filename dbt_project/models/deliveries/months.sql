-- Grain: one row per month.
-- Rule: from the first month that any council configured to the last month of any delivery.
-- Rule: published statistics do not create a month. Their file may be for a September that no council has yet.
-- Rule: held deliveries count. A month that was delivered but cannot be used is shown as missing.
with
bounds as (
    select
        (select min({{ period_month_no('first_month') }}) from {{ ref('stg_config__councils') }}) as first_month_no,
        (
            select max(deliveries.month_no)
            from {{ ref('stg_ledger__deliveries') }} as deliveries
            inner join {{ ref('stg_config__sources') }} as sources
                on deliveries.organisation_id = sources.organisation_id
                and deliveries.source = sources.source
                and not sources.is_published_statistics
        ) as last_month_no
),

numbers as (
    select {{ each_month_no('first_month_no', 'last_month_no') }} as month_no
    from bounds
)

select
    cast(month_no as integer) as month_no,
    {{ month_start('month_no') }} as month_start,
    {{ month_end('month_no') }} as month_end,
    -- The census year of the month, which ends on 30 September.
    cast(floor((month_no + 3) / 12) as integer) as census_year
from numbers
