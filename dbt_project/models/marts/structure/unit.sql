-- Grain: one row per unit and span of months in which its name, its parent and the names above it stayed the same. One
--   more row, `none`, stands for what is about no single unit.
-- Rule: calculated in unit_versions. The versions of a unit cover every month of `month`, so that every fact has one.
-- Rule: the columns above a unit are those of its own months for a service, and of today for partnership and region.
with
bounds as (select min(month_start) as first_day, max(month_end) as last_day from {{ ref('month') }}),

regions as (
    select {{ as_id('region') }} as region_id, region from {{ ref('region') }}
),

partnerships as (
    select partnership_id, min(partnership) as partnership
    from {{ ref('councils') }}
    group by partnership_id
),

units as (
    select
        versions.unit_key,
        versions.org_unit,
        versions.organisation_id,
        versions.scope,
        versions.scope_id,
        case
            when versions.scope = 'national' then 'England'
            else coalesce(regions.region, partnerships.partnership, versions.unit_name)
        end as unit_name,
        versions.parent_unit_id,
        versions.service_id,
        versions.service_name,
        councils.organisation_name,
        coalesce(councils.partnership_id, partnerships.partnership_id) as partnership_id,
        coalesce(councils.partnership, partnerships.partnership) as partnership,
        coalesce(councils.region_id, regions.region_id) as region_id,
        coalesce(councils.region, regions.region) as region,
        greatest(
            case
                when versions.from_month_no > 0 then {{ month_start('versions.from_month_no') }}
                else bounds.first_day
            end,
            bounds.first_day
        ) as from_date,
        case
            when versions.to_month_no < 999999 then {{ month_end('versions.to_month_no - 1') }} else bounds.last_day
        end as to_date,
        versions.to_month_no = 999999 as is_current,
        versions.is_former
    from {{ ref('unit_versions') }} as versions
    cross join bounds
    left join {{ ref('councils') }} as councils on versions.organisation_id = councils.organisation_id
    left join partnerships
        on versions.scope = 'partnership'
        and versions.scope_id = partnerships.partnership_id
    left join regions
        on versions.scope = 'region'
        and versions.scope_id = regions.region_id
    union all
    select
        'none', 'none', null, 'none', 'none', 'No single unit', null, null, null, null, null, null, null, null,
        first_day, last_day, true, false
    from bounds
)

select
    unit_key,
    org_unit,
    scope,
    scope_id,
    unit_name,
    case when scope = 'team' then scope_id end as team_id,
    case when scope = 'team' then unit_name end as team_name,
    service_id,
    service_name,
    organisation_id,
    organisation_name,
    partnership_id,
    partnership,
    region_id,
    region,
    case when scope <> 'none' then 'England' end as country,
    parent_unit_id,
    from_date,
    to_date,
    is_current,
    is_former
from units
