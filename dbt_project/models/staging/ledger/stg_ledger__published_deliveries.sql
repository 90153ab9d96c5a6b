-- Grain: one row per publication and delivery that was in force in it.
select
    publication,
    organisation_id,
    source,
    period,
    delivery_id
from {{ source('raw', 'published_delivery') }}
