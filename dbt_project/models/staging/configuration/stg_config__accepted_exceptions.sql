-- Grain: one row per council, rule and first month of a failure that the council accepts as true until a given day.
select
    organisation_id,
    rule_id,
    from_month,
    until as accepted_until,
    most_rows,
    exceptions.by as accepted_by,
    reason
from {{ source('raw', 'config_accepted_exception') }} as exceptions
