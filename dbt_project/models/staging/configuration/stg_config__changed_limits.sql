-- Grain: one row per council, rule and first month from which the council uses its own limits for the rule.
select
    organisation_id,
    rule_id,
    from_month,
    nullif(to_month, '') as to_month,
    least,
    most,
    limits.by as decided_by,
    reason
from {{ source('raw', 'config_threshold') }} as limits
