-- Grain: one row per council, rule and first month of a failure that the council accepts as true until a given day.
select
    organisation_id as unit_key,
    organisation_id,
    rule_id,
    from_month,
    accepted_until,
    most_rows,
    accepted_by,
    reason
from {{ ref('accepted_exceptions') }}
