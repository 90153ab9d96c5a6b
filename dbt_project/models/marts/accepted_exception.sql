-- Grain: one row an organisation, rule and first month whose failure the council takes as true until a day.
select
    exceptions.organisation_id,
    exceptions.rule_id,
    exceptions.from_month,
    exceptions.until as accepted_until,
    exceptions.most_rows,
    exceptions.by as accepted_by,
    exceptions.reason
from {{ source('raw', 'config_accepted_exception') }} as exceptions
