-- Grain: one row per council.
-- Rule: what stands for published statistics alone, such as England, is no council.
select
    organisation_id,
    organisation_name,
    la_code,
    new_la_code,
    region,
    region_id,
    partnership,
    partnership_id
from {{ ref('councils') }}
