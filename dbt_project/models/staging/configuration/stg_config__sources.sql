-- Grain: one row per council, or other sender, and source that it sends.
select
    organisation_id,
    source,
    owner,
    is_published_statistics,
    due_through
from {{ source('raw', 'config_source') }}
