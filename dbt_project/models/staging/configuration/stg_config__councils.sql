-- Grain: one row per council that is configured.
-- Rule: what stands for published statistics alone, such as England, is no council.
select
    organisation_id,
    organisation_name,
    la_code,
    new_la_code,
    region,
    partnership,
    first_month,
    last_month
from {{ source('raw', 'config_organisation') }}
where is_council
