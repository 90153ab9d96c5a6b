-- Grain: one row per council, rule and first month from which the council uses its own limits for the rule.
select
    organisation_id as unit_key,
    organisation_id,
    rule_id,
    from_month,
    to_month,
    least,
    most,
    decided_by,
    reason
from {{ ref('changed_limits') }}
