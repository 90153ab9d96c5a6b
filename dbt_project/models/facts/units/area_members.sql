-- Grain: one row per area (partnership, region, England) and council that belongs to it.
-- Rule: a partnership is all councils that name it in their configuration. Inner and Outer London are parts of London.
-- Rule: a region is complete if all its authorities are configured. A joint service of two authorities counts as both
--   (la_code).
-- Source: authorities by region in DfE's statistics of 2025 (seed region).
with
councils as (
    select
        organisation_id, partnership, region,
        -- A council that no longer exists adds to the sums of its months, but not to the number of authorities.
        case when last_month is null then length(la_code) - length(replace(la_code, '/', '')) + 1 else 0 end
            as authorities
    from {{ ref('stg_config__councils') }}
),

regions as (select * from {{ ref('region') }}),

members as (
    select
        'partnership' as scope,
        {{ as_id('partnership') }} as scope_id,
        organisation_id,
        authorities,
        cast(null as integer) as authorities_of_area
    from councils
    where partnership is not null
    union all
    select 'region', {{ as_id('regions.region') }}, councils.organisation_id, councils.authorities, regions.authorities
    from councils
    inner join regions on councils.region = regions.region
    union all
    select 'region', {{ as_id('wider.region') }}, councils.organisation_id, councils.authorities, wider.authorities
    from councils
    inner join regions on councils.region = regions.region
    inner join regions as wider on regions.part_of = wider.region
    union all
    select
        'national', 'england', councils.organisation_id, councils.authorities,
        (select sum(authorities) from regions where part_of is null)
    from councils
    inner join regions on councils.region = regions.region
)

select
    scope,
    scope_id,
    organisation_id,
    count(*) over area as organisations,
    sum(authorities) over area >= coalesce(authorities_of_area, 0) as is_whole
from members
window area as (partition by scope, scope_id)
