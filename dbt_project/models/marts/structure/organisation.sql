-- Grain: one row per council.
-- Rule: an entry that has only published statistics, such as England, is not a council.
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
