-- Grain: one row per council.
select
    organisation_id,
    organisation_name,
    la_code,
    new_la_code,
    region,
    {{ as_id('region') }} as region_id,
    partnership,
    {{ as_id('partnership') }} as partnership_id
from {{ ref('stg_config__councils') }}
