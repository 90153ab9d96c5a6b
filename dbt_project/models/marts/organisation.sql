-- Grain: one row a council.
select
    organisation_id,
    organisation_name,
    la_code,
    new_la_code,
    region,
    partnership
from {{ source('raw', 'config_organisation') }}
