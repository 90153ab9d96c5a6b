-- Grain: one row per configured council.
-- Rule: an entry that has only published statistics, such as England, is not a council.
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
