-- Grain: one row per publication made before this build.
select
    publication,
    published_at
from {{ source('raw', 'publication') }}
