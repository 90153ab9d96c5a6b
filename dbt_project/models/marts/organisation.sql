-- Grain: one row a council.
-- Rule: what stands for published statistics alone, such as England, is no council.
select
    organisation_id,
    organisation_name,
    la_code,
    new_la_code,
    region,
    {{ as_id('region') }} as region_id,
    partnership,
    {{ as_id('partnership') }} as partnership_id
from {{ source('raw', 'config_organisation') }}
where is_council
