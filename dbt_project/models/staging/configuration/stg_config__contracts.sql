-- Grain: one row per source that has a contract.
select
    source,
    title,
    purpose,
    grain,
    owner
from {{ source('raw', 'config_contract') }}
