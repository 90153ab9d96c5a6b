-- Grain: one row per council, rule and first month whose failure the council accepts as true until a day.
select
    organisation_id,
    rule_id,
    from_month,
    accepted_until,
    most_rows,
    accepted_by,
    reason
from {{ ref('stg_config__accepted_exceptions') }}
