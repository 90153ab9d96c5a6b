-- Grain: one row per source that has a contract.
select
    source,
    title,
    purpose,
    grain,
    owner
from {{ ref('stg_config__contracts') }}
